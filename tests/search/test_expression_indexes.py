"""Indexes of expressions give the rows that comparing all of them gives, at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest

import vql

ROWS, GROWING, DIM, SEED = 5_000, 50, 8, 3
# expression, its operator class, the query, distances of all rows
HALF = "(e::halfvec(8))"
QUANTIZED = "(binary_quantize(e)::bit(8))"
PART = "(subvector(e, 1, 4)::vector(4))"


class Table(NamedTuple):
    connection: vql.Connection
    vectors: np.ndarray
    version: int


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Iterator[Table]:
    vectors = np.random.default_rng(SEED).integers(-9, 10, (ROWS + GROWING, DIM)).astype(np.float32)
    with vql.connect(tmp_path_factory.mktemp("expressions") / "db") as connection:
        run = connection.execute
        run("CREATE TABLE t (id int PRIMARY KEY, kind int, name text, e vector)")
        rows = np.arange(ROWS + GROWING)
        names = [f"Name{row}" for row in rows]
        connection.insert("t", {"id": rows, "kind": rows % 7, "name": names, "e": vectors})
        run("INSERT INTO t VALUES (-1, 0, NULL, NULL)")
        version = connection.session.snapshot().version
        run("DELETE FROM t WHERE id >= ?", [ROWS])
        run("VACUUM t")
        # Each expression is a column of its own, for which all rows are written and indexed anew.
        run("CREATE UNIQUE INDEX named ON t (lower(name))")
        run(f"CREATE INDEX near ON t USING hnsw ({HALF} halfvec_l2_ops)")
        run(f"CREATE INDEX bits ON t USING hnsw ({QUANTIZED} bit_hamming_ops)")
        run(f"CREATE INDEX part ON t USING ivfflat ({PART} vector_l2_ops) WITH (lists = 20)")
        for expression, query in ((HALF, [0] * 8), (QUANTIZED, "00000000"), (PART, [0] * 4)):
            operator = "<~>" if expression == QUANTIZED else "<->"
            plan = run(
                f"EXPLAIN SELECT id FROM t ORDER BY {expression} {operator} '{query}' LIMIT 3"
            ).fetchall()
            assert any("Index Scan using" in line for (line,) in plan), plan
        for row in range(ROWS, ROWS + GROWING):
            run("INSERT INTO t VALUES (?, ?, ?, ?)", [row, row % 7, names[row], vectors[row]])
        yield Table(connection, vectors, version)


def distances(expression: str, vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Return the distance of each row by numpy."""
    if expression == QUANTIZED:
        return ((vectors > 0) != (query > 0)).sum(1).astype(float)
    width = 4 if expression == PART else DIM
    return np.sqrt(((vectors[:, :width].astype(float) - query[:width]) ** 2).sum(1))


@pytest.mark.parametrize("expression", [HALF, QUANTIZED, PART])
@pytest.mark.parametrize("kind", [None, 3])
def test_an_expression_is_searched_as_a_column(table: Table, expression: str, kind: int | None) -> None:
    run, query = table.connection.execute, table.vectors[77] + 1
    given = query[:4] if expression == PART else query
    text = "".join("1" if q > 0 else "0" for q in query) if expression == QUANTIZED else str(given.tolist())
    operator = "<~>" if expression == QUANTIZED else "<->"
    where = "" if kind is None else f"WHERE kind = {kind} "
    order = f"{where}ORDER BY {expression} {operator} '{text}' LIMIT"
    true = distances(expression, table.vectors, query)
    if kind is not None:
        true = true[np.arange(len(true)) % 7 == kind]
    for limit in (10, 1_000, 7_000):
        sql = f"SELECT id, {expression} {operator} '{text}' FROM t"
        for moment, count in (("", ROWS + GROWING), (f"AS OF VERSION {table.version}", ROWS + GROWING)):
            run("SET vql.recall = 1")
            found = run(f"{sql} {order} {limit} {moment}").fetchall()
            run("RESET vql.recall")
            wanted = np.sort(true)[:limit]
            known = [distance for _, distance in found if distance is not None]
            assert np.allclose(known, wanted)
            assert len(found) == min(limit, len(true) + (kind in (None, 0))), count
            assert len(run(f"{sql} {order} {limit} {moment}").fetchall()) == len(found)


def test_a_unique_expression_is_looked_up_and_kept(table: Table) -> None:
    run = table.connection.execute
    assert run("SELECT id FROM t WHERE lower(name) = ?", ["name4321"]).fetchall() == [(4321,)]
    assert run("SELECT id FROM t WHERE lower(name) = ?", [f"name{ROWS + 3}"]).fetchall() == [(ROWS + 3,)]
    with pytest.raises(vql.IntegrityError, match="named"):
        run("INSERT INTO t VALUES (-2, 1, 'NAME17', NULL)")
    with pytest.raises(vql.IntegrityError, match="named"):
        run("UPDATE t SET name = 'naME18' WHERE id = 19")
    found = run(
        "INSERT INTO t VALUES (-2, 1, 'NAME17', NULL)"
        " ON CONFLICT (lower(name)) DO UPDATE SET kind = 9 RETURNING id"
    )
    assert found.fetchall() == [(17,)]
    run("UPDATE t SET kind = 3 WHERE id = 17")


def test_partial_indexes_of_one_column_are_built_once(tmp_path) -> None:
    generator = np.random.default_rng(SEED)
    vectors = generator.standard_normal((ROWS, DIM)).astype(np.float32)
    with vql.connect(tmp_path / "db") as connection:
        run = connection.execute
        run("CREATE TABLE p (id int, tenant int, v vector(8))")
        connection.insert("p", {"id": np.arange(ROWS), "tenant": np.arange(ROWS) % 5, "v": vectors})
        for tenant in range(3):
            run(f"CREATE INDEX tenant_{tenant} ON p USING hnsw (v vector_l2_ops) WHERE tenant = {tenant}")
        built = "SELECT DISTINCT index_name FROM vql_indexes"
        run("VACUUM p")
        assert run(built).fetchall() == [("tenant_0",)]
        run("DROP INDEX tenant_0")
        run("VACUUM p")
        assert run(built).fetchall() == [("tenant_1",)]
        for tenant in range(5):
            sql = f"SELECT id FROM p WHERE tenant = {tenant} ORDER BY v <-> ? LIMIT ?"
            found = [key for (key,) in run(sql, [vectors[3], 2_000]).fetchall()]
            assert sorted(found) == list(range(tenant, ROWS, 5))
