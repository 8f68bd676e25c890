"""Schemas: kept on disk, changed by several sessions at once, and as databases of before have them."""

from __future__ import annotations

import threading

import pytest

import vql
from vql.errors import DuplicateSchema, DuplicateTable, UndefinedSchema, UndefinedTable
from vql.session.database import check


@pytest.fixture
def path(tmp_path):
    return tmp_path / "db"


def rows(connection: vql.Connection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


def test_schemas_are_there_after_opening_again(path):
    with vql.connect(path) as connection:
        connection.execute("CREATE SCHEMA a")
        connection.execute("CREATE TABLE a.t (id int PRIMARY KEY, v vector(2))")
        connection.execute("CREATE INDEX near ON a.t USING hnsw (v vector_l2_ops)")
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        connection.execute("INSERT INTO a.t VALUES (1, '[1,2]')")
        connection.execute("ALTER SCHEMA public RENAME TO was_public")
    with vql.connect(path) as connection:
        assert rows(connection, "SELECT id FROM a.t ORDER BY v <-> '[1,1]' LIMIT 1") == [(1,)]
        assert rows(connection, "SELECT * FROM was_public.t") == []
        with pytest.raises(UndefinedTable):
            connection.execute("SELECT * FROM t")
        connection.execute("DROP SCHEMA a CASCADE")
        connection.execute("DROP SCHEMA was_public CASCADE")
        with pytest.raises(UndefinedSchema):
            connection.execute("CREATE TABLE t (id int)")
        connection.execute("CREATE SCHEMA public")
        connection.execute("CREATE TABLE t (id int)")
    assert check(path) == []


def test_a_schema_is_undone_with_its_transaction(path):
    with vql.connect(path) as connection:
        connection.execute("BEGIN")
        connection.execute("CREATE SCHEMA a")
        connection.execute("CREATE TABLE a.t (id int)")
        connection.execute("SAVEPOINT s")
        connection.execute("ALTER SCHEMA a RENAME TO b")
        assert rows(connection, "SELECT * FROM b.t") == []
        connection.execute("ROLLBACK TO SAVEPOINT s")
        assert rows(connection, "SELECT * FROM a.t") == []
        connection.execute("ROLLBACK")
        with pytest.raises(UndefinedTable):
            connection.execute("SELECT * FROM a.t")
        connection.execute("CREATE SCHEMA a")


def test_nothing_is_made_in_a_schema_that_another_session_drops(path):
    """Who makes a table waits for who drops the schema, and sees then that it is not there."""
    with vql.connect(path) as connection, vql.connect(path) as other:
        connection.execute("CREATE SCHEMA a")
        connection.execute("BEGIN")
        connection.execute("DROP SCHEMA a")
        found: list[BaseException] = []

        def make() -> None:
            try:
                other.execute("CREATE TABLE a.t (id int)")
            except vql.Error as error:
                found.append(error)

        maker = threading.Thread(target=make)
        maker.start()
        connection.execute("COMMIT")
        maker.join()
        assert len(found) == 1 and found[0].sqlstate == "3F000"


def test_a_schema_in_use_is_not_dropped(path):
    with vql.connect(path) as connection, vql.connect(path) as other:
        connection.execute("CREATE SCHEMA a")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE a.t (id int)")
        other.execute("SET lock_timeout = 1")
        with pytest.raises(vql.Error) as refused:
            other.execute("DROP SCHEMA a")
        assert refused.value.sqlstate == "55P03"
        connection.execute("COMMIT")
        with pytest.raises(vql.Error) as refused:
            other.execute("DROP SCHEMA a")
        assert refused.value.sqlstate == "2BP01"


def test_two_sessions_take_one_name(path):
    with vql.connect(path) as connection, vql.connect(path) as other:
        connection.execute("CREATE SCHEMA b")
        connection.execute("BEGIN")
        connection.execute("CREATE SCHEMA a")
        connection.execute("CREATE TABLE b.t (id int)")
        other.execute("CREATE SCHEMA a")
        with pytest.raises(DuplicateSchema):
            connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE b.t (id int)")
        other.execute("CREATE TABLE t (id int)")
        other.execute("CREATE TABLE b.t (id int)")
        with pytest.raises(DuplicateTable):
            connection.execute("COMMIT")


def test_a_prepared_statement_follows_the_search_path(path):
    with vql.connect(path) as connection:
        for name in ("a", "b"):
            connection.execute(f"CREATE SCHEMA {name}")
            connection.execute(f"CREATE TABLE {name}.t (id int PRIMARY KEY, n text)")
            connection.execute(f"INSERT INTO {name}.t VALUES (1, '{name}')")
        for name in ("a", "b", "a"):
            connection.execute(f"SET search_path = {name}")
            for _ in range(3):
                assert connection.execute("SELECT n FROM t WHERE id = ?", (1,)).fetchall() == [(name,)]
                connection.execute("UPDATE t SET n = n WHERE id = ?", (1,))
        assert rows(connection, "SELECT n FROM b.t") == [("b",)]
