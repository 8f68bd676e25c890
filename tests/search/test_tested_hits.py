"""Filters that pass a good part of the rows are tested on what a search finds: the same rows, no mask."""

from __future__ import annotations

import numpy as np
import pytest

import vql
from vql.executor.knn import strategy
from vql.executor.masks.row_test import RowTest

ROWS, DIM, CENTRES = 30_000, 24, 60
# What passes a third to nine tenths.
CONDITIONS = {
    "n < ?": (500,),
    "n >= ? AND n < ?": (300, 700),
    "colour = ?": ("red",),
    "colour <> ? AND n NOT IN (1, 2, 3)": ("blue",),
    "(n < ? OR colour LIKE 'gr%') AND x IS NOT NULL": (100,),
    "x < ?": (0.5,),
}  # fmt: skip


@pytest.fixture(autouse=True)
def a_mask_costs_more(monkeypatch):
    """Which of both costs less depends on how long searches took on this machine when the index was built."""
    monkeypatch.setattr(strategy, "MASK_ROW_US", 10.0)


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(31)
    centres = generator.normal(size=(CENTRES, DIM)) * 2
    of = generator.integers(0, CENTRES, ROWS)
    vectors = (centres[of] + generator.normal(size=(ROWS, DIM))).astype(np.float32)
    return of, vectors


@pytest.fixture(scope="module", params=["one segment", "two segments"])
def table(request, tmp_path_factory, rows):
    generator = np.random.default_rng(32)
    of, vectors = rows
    connection = vql.connect(tmp_path_factory.mktemp("tested") / "db")
    connection.execute(
        f"CREATE TABLE t (id bigint PRIMARY KEY, n int, colour text, x double precision, cluster int, "
        f"v vector({DIM}))"
    )
    columns = {
        "id": np.arange(ROWS),
        "n": generator.integers(0, 1000, ROWS),
        "colour": generator.choice(["red", "green", "blue"], ROWS).tolist(),
        "x": [None if i % 10 == 0 else float(i % 97) / 97 for i in range(ROWS)],
        "cluster": of,
        "v": vectors,
    }
    connection.insert("t", columns)
    connection.execute("VACUUM t")
    connection.execute("CREATE INDEX ON t USING ivfpq (v vector_l2_ops)")
    connection.execute("CREATE INDEX ON t (n)")
    if request.param == "two segments":
        more = {name: values[:12_000] for name, values in columns.items()}
        connection.insert("t", {**more, "id": np.arange(12_000) + ROWS, "v": vectors[:12_000] + 0.01})
        connection.execute("VACUUM t")
    yield connection
    connection.close()


def nearest(connection, where, parameters, query, settings="", k=10):
    sql = f"SELECT id, v <-> ? FROM t WHERE {where} {settings} ORDER BY v <-> ? LIMIT {k}"
    return connection.execute(sql, (query, *parameters, query)).fetchall()


def explained(connection, where, parameters, query):
    sql = f"EXPLAIN ANALYZE SELECT id FROM t WHERE {where} ORDER BY v <-> ? LIMIT 10"
    return "\n".join(row[0] for row in connection.execute(sql, (*parameters, query)).fetchall())


@pytest.mark.parametrize("where", CONDITIONS)
def test_rows_pass_and_hardly_any_is_missed(table, rows, where, monkeypatch):
    parameters, queries = CONDITIONS[where], rows[1][::1501] + np.float32(0.05)
    tested = []
    passes = RowTest.passes
    monkeypatch.setattr(RowTest, "passes", lambda self, at: tested.append(len(at)) or passes(self, at))
    passing = {row[0] for row in table.execute(f"SELECT id FROM t WHERE {where}", parameters).fetchall()}
    found = wanted = 0
    for query in queries:
        got = nearest(table, where, parameters, query)
        assert len({row[0] for row in got}) == 10
        assert {row[0] for row in got} <= passing
        assert [row[1] for row in got] == sorted(row[1] for row in got)
        table.execute("SET vql.recall = 1")
        truth = nearest(table, where, parameters, query)
        table.execute("RESET vql.recall")
        found += sum(row[1] <= truth[-1][1] + 1e-9 for row in got)
        wanted += 10
    assert found / wanted > 0.9
    assert tested


def test_explain_says_so(table, rows):
    told = explained(table, "n < ?", (500,), rows[1][7])
    assert "tested at the hits" in told
    assert "(about 1" in told or "(about 2" in told


def test_where_little_passes_near_the_query_a_mask_is_made(table, rows):
    """Half of the clusters pass, not the query's."""
    of, vectors = rows
    for number in range(0, 3000, 100):
        half = [int(c) for c in np.unique(of) if c % 2 != of[number] % 2]
        got = nearest(table, "cluster = ANY (?)", (half,), vectors[number])
        table.execute("SET vql.recall = 1")
        truth = nearest(table, "cluster = ANY (?)", (half,), vectors[number])
        table.execute("RESET vql.recall")
        assert len(got) == 10
        assert sum(row[1] <= truth[-1][1] + 1e-9 for row in got) >= 7


def test_deleted_rows_are_not_found_nor_those_of_later(tmp_path, rows):
    _, vectors = rows
    with vql.connect(tmp_path / "db") as connection:
        connection.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, n int, v vector({DIM}))")
        connection.insert("t", {"id": np.arange(ROWS), "n": np.arange(ROWS) % 1000, "v": vectors})
        connection.execute("VACUUM t")
        connection.execute("CREATE INDEX ON t USING ivfpq (v vector_l2_ops)")
        connection.execute("CREATE SNAPSHOT before")
        connection.execute("DELETE FROM t WHERE id % 3 = 0")
        for where, least in (("true", 0), ("n < 500", 0), ("n >= 500", 500)):
            for query in vectors[:120:3]:
                now = connection.execute(
                    f"SELECT id, n FROM t WHERE {where} ORDER BY v <-> ? LIMIT 10", (query,)
                ).fetchall()
                assert len(now) == 10 and all(row[0] % 3 for row in now)
                assert all(row[1] >= least for row in now)
        then = connection.execute(
            "SELECT id FROM t WHERE n < 500 ORDER BY v <-> ? LIMIT 1 AS OF SNAPSHOT 'before'", (vectors[6],)
        ).fetchall()
        assert then == [(6,)]


def test_an_open_transaction_sees_its_own_changes(table, rows):
    _, vectors = rows
    at = vectors[60]
    before = nearest(table, "n < ?", (900,), at)
    table.execute("BEGIN")
    try:
        table.execute("DELETE FROM t WHERE id = ANY (?)", ([row[0] for row in before[:5]],))
        table.execute("INSERT INTO t (id, n, v) VALUES (-1, 5, ?), (-2, 950, ?)", (at, at))
        after = [row[0] for row in nearest(table, "n < ?", (900,), at)]
    finally:
        table.execute("ROLLBACK")
    assert after[0] == -1 and -2 not in after
    assert not {row[0] for row in before[:5]} & set(after)
    assert nearest(table, "n < ?", (900,), at) == before


def test_what_may_raise_is_not_tested_on_rows_that_are_not_seen(tmp_path, rows):
    _, vectors = rows
    with vql.connect(tmp_path / "db") as connection:
        connection.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, n int, v vector({DIM}))")
        connection.insert("t", {"id": np.arange(ROWS), "n": np.arange(ROWS) % 1000, "v": vectors})
        connection.execute("UPDATE t SET n = 2147483647 WHERE id % 50 = 7")
        connection.execute("VACUUM t")
        connection.execute("CREATE INDEX ON t USING ivfpq (v vector_l2_ops)")
        connection.execute("DELETE FROM t WHERE id % 50 = 7")
        for query in vectors[7::1003]:
            got = connection.execute(
                "SELECT id FROM t WHERE n + 1 > 0 ORDER BY v <-> ? LIMIT 10", (query,)
            ).fetchall()
            assert len(got) == 10
