"""A query vector that is another row's: searched for through the index, however it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import vql

ROWS, DIM = 12_000, 8
FIRST = "SELECT e AS v FROM t WHERE id = 77"
FORMS = {
    "a sub-query": f"SELECT id FROM t WHERE true ORDER BY e <-> ({FIRST}) LIMIT 9",
    "of a name of WITH": f"WITH q AS ({FIRST}) SELECT id FROM t WHERE true"
    " ORDER BY e <-> (SELECT v FROM q) LIMIT 9",
    "beside a name of WITH": f"WITH q AS ({FIRST}) SELECT t.id FROM t, q WHERE true"
    " ORDER BY t.e <-> q.v LIMIT 9",
    "by its alias": f"WITH q AS ({FIRST}) SELECT id, e <-> v AS d FROM q CROSS JOIN t WHERE true"
    " ORDER BY d LIMIT 9",
    "beside a query": f"SELECT id FROM t, ({FIRST}) AS q (x) WHERE true ORDER BY x <-> e LIMIT 9",
    "beside its row": "SELECT b.id FROM t a JOIN t b ON a.id = 77 WHERE true ORDER BY b.e <-> a.e LIMIT 9",
    "of values": "WITH q (v) AS (VALUES ($1::vector(8))) SELECT id FROM t, q WHERE true"
    " ORDER BY e <-> v LIMIT 9",
    "of one row": "WITH q AS (SELECT $1::vector(8) AS v) SELECT id FROM t WHERE true"
    " ORDER BY e <-> (SELECT v FROM q) LIMIT 9",
    "the first of many": "WITH q AS (SELECT e FROM t WHERE id > 76 ORDER BY id LIMIT 1) SELECT t.id FROM t, q"
    " WHERE true ORDER BY t.e <-> q.e LIMIT 9",
}


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((ROWS, DIM)).astype(np.float32)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory, vectors: np.ndarray) -> Iterator[vql.Connection]:
    folder: Path = tmp_path_factory.mktemp("query_vectors")
    with vql.connect(folder / "db") as connection:
        connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, e vector({DIM}), n int)")
        connection.insert("t", {"id": np.arange(ROWS), "e": vectors, "n": np.arange(ROWS) % 5})
        connection.execute("CREATE INDEX ON t USING hnsw (e vector_l2_ops)")
        connection.execute("CREATE SNAPSHOT before")
        connection.execute("UPDATE t SET e = '[9,9,9,9,9,9,9,9]' WHERE id < 300")
        yield connection


def nearest(vectors: np.ndarray, passes: np.ndarray) -> list[int]:
    distances = np.linalg.norm(vectors - vectors[77], axis=1)
    return [int(row) for row in np.argsort(np.where(passes, distances, np.inf), kind="stable")[:9]]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("filtered", [False, True])
def test_its_neighbours_are_those_of_the_vector(
    connection: vql.Connection, vectors: np.ndarray, form: str, filtered: bool
):
    alias = "b." if form == "beside its row" else "t."
    sql = FORMS[form].replace("true", f"{alias}n = 3 AND {alias}id <> 12" if filtered else "true")
    sql = sql.replace("LIMIT 9", "LIMIT 9 WITH (recall = 1)") + " AS OF SNAPSHOT 'before'"
    given = (vectors[77],) if "$1" in sql else ()
    found = [row[0] for row in connection.execute(sql, given).fetchall()]
    passes = (np.arange(ROWS) % 5 == 3) & (np.arange(ROWS) != 12) if filtered else np.ones(ROWS, bool)
    assert found == nearest(vectors, passes)
    explained = "\n".join(row[0] for row in connection.execute("EXPLAIN " + sql, given).fetchall())
    assert "t_e_idx" in explained


def test_a_row_that_is_not_there_leaves_no_rows(connection: vql.Connection):
    for name in ("beside a name of WITH", "beside a query", "beside its row"):
        assert connection.execute(FORMS[name].replace("77", "-1")).fetchall() == []
    found = connection.execute(FORMS["of a name of WITH"].replace("77", "-1")).fetchall()
    assert len(found) == 9, "a distance from NULL is NULL"


def test_what_is_more_than_one_row_or_no_column_is_said(connection: vql.Connection):
    many = "WITH q AS (SELECT e AS v FROM t WHERE id < 3) SELECT id FROM t"
    for column, sqlstate in (("v", "21000"), ("w", "42703")):
        with pytest.raises(vql.Error) as raised:
            connection.execute(f"{many} ORDER BY e <-> (SELECT {column} FROM q) LIMIT 2")
        assert raised.value.sqlstate == sqlstate


def test_every_row_beside_has_its_neighbours(connection: vql.Connection):
    sql = "SELECT q.id, t.id FROM t, q ORDER BY t.e <-> q.e, q.id LIMIT 4"
    found = connection.execute("WITH q AS (SELECT id, e FROM t WHERE id IN (400, 401))" + sql).fetchall()
    assert found[:2] == [(400, 400), (401, 401)]
