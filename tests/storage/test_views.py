"""Views: kept on disk, over indexes, and what of them others may change meanwhile."""

from __future__ import annotations

import numpy as np
import pytest

import vql
from vql.errors import DependentObjects
from vql.session.database import check


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        yield made


def rows(connection: vql.Connection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


def test_views_are_there_after_opening_again(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        connection.execute("INSERT INTO t VALUES (1, 5), (2, 6)")
        connection.execute("CREATE VIEW v (key, twice) AS SELECT id, n * 2 FROM t")
        connection.execute("CREATE VIEW w AS SELECT * FROM v")
        connection.execute("ALTER TABLE t ADD COLUMN later int")
        connection.execute("ALTER TABLE t RENAME TO u")
    with vql.connect(path) as connection:
        assert rows(connection, "SELECT * FROM w ORDER BY key") == [(1, 10), (2, 12)]
        connection.execute("DROP TABLE u CASCADE")
        assert rows(connection, "SELECT viewname FROM pg_views") == []
    assert check(path) == []


def test_a_search_of_a_view_goes_through_the_index(connection):
    vectors = np.random.default_rng(7).random((6000, 8), np.float32)
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, n int, emb vector(8))")
    connection.insert("t", {"id": np.arange(6000), "n": np.arange(6000) % 10, "emb": vectors})
    connection.execute("CREATE INDEX near ON t USING hnsw (emb vector_l2_ops)")
    connection.execute("VACUUM t")
    connection.execute("CREATE VIEW v AS SELECT id AS key, emb AS e, n FROM t WHERE n < 5")
    query = vectors[17]
    sql = "SELECT {0} FROM {1} ORDER BY {2} <-> $1 LIMIT 10"
    told = connection.execute("EXPLAIN " + sql.format("key", "v", "e"), (query,)).fetchall()
    assert any("near" in line for (line,) in told), told
    found = connection.execute(sql.format("key", "v", "e"), (query,)).fetchall()
    assert found == connection.execute(sql.format("id", "t WHERE n < 5", "emb"), (query,)).fetchall()


def test_a_view_keeps_its_table_while_it_is_made(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection, vql.connect(path) as other:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("BEGIN")
        connection.execute("CREATE VIEW v AS SELECT id FROM t")
        other.execute("SET lock_timeout = 1")
        with pytest.raises(vql.Error) as refused:
            other.execute("DROP TABLE t")
        assert refused.value.sqlstate == "55P03"
        connection.execute("COMMIT")
        with pytest.raises(DependentObjects):
            other.execute("DROP TABLE t")


def test_a_view_is_undone_with_its_transaction(connection):
    connection.execute("CREATE TABLE t (id int)")
    connection.execute("BEGIN")
    connection.execute("CREATE VIEW v AS SELECT id FROM t")
    connection.execute("DROP TABLE t CASCADE")
    connection.execute("ROLLBACK")
    assert rows(connection, "SELECT * FROM t") == []
    with pytest.raises(vql.Error):
        connection.execute("SELECT * FROM v")


def test_a_materialized_view_is_kept_and_read_as_it_was(tmp_path):
    path = tmp_path / "db"
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        connection.execute("INSERT INTO t VALUES (1, 5)")
        connection.execute("CREATE MATERIALIZED VIEW m AS SELECT n * 2 AS twice FROM t")
        connection.execute("CREATE SNAPSHOT before")
        connection.execute("UPDATE t SET n = 6")
    with vql.connect(path) as connection:
        assert rows(connection, "SELECT * FROM m") == [(10,)]
        connection.execute("REFRESH MATERIALIZED VIEW m")
        assert rows(connection, "SELECT * FROM m") == [(12,)]
        assert rows(connection, "SELECT * FROM m AS OF SNAPSHOT 'before'") == [(10,)]
    assert check(path) == []


def test_a_refresh_that_fails_leaves_the_rows(connection):
    connection.execute("CREATE TABLE t (n int)")
    connection.execute("INSERT INTO t VALUES (1)")
    connection.execute("CREATE MATERIALIZED VIEW m AS SELECT 10 / n AS part FROM t")
    connection.execute("INSERT INTO t VALUES (0)")
    with pytest.raises(vql.Error):
        connection.execute("REFRESH MATERIALIZED VIEW m")
    assert rows(connection, "SELECT * FROM m") == [(10,)]
