"""Rows that pass are compared exactly in chosen lists alone, where that costs least."""

from __future__ import annotations

import numpy as np
import pytest

import vql
from vql.executor.knn import dense, strategy
from vql.storage.index.dense.families import Family

ROWS, DIM, QUERIES, K = 8_000, 24, 40, 10


@pytest.fixture(scope="module", params=["vector_l2_ops", "vector_cosine_ops", "vector_ip_ops"])
def table(request, tmp_path_factory):
    """Rows about centres, some of them NULL or deleted; codes are dear, to choose lists costs nothing."""
    generator = np.random.default_rng(21)
    centres = 2 * generator.normal(size=(150, DIM))
    rows = centres[generator.integers(150, size=ROWS + QUERIES)] + generator.normal(
        size=(ROWS + QUERIES, DIM)
    )
    rows = rows.astype(np.float32)
    base, queries = rows[:ROWS], rows[ROWS:]
    side = np.argsort(np.argsort(base[:, 0])) * 100 // ROWS
    bucket = generator.integers(0, 100, ROWS)
    connection = vql.connect(tmp_path_factory.mktemp("within") / "db")
    connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, bucket int, side int, v vector({DIM}))")
    connection.insert("t", {"id": np.arange(ROWS), "bucket": bucket, "side": side, "v": base})
    connection.execute("UPDATE t SET v = NULL WHERE id % 50 = 7")
    connection.execute("VACUUM t")
    connection.execute(f"CREATE INDEX ON t USING ivfpq (v {request.param}) WITH (lists = 256)")
    connection.execute("CREATE INDEX ON t (bucket)")
    connection.execute("DELETE FROM t WHERE id % 50 = 8")
    there = ~np.isin(np.arange(ROWS) % 50, (7, 8))
    with pytest.MonkeyPatch.context() as patch:
        for name in dir(strategy):
            if name.startswith(("WITHIN_", "TELLING_")):
                patch.setattr(strategy, name, 0.0)
        patch.setattr(dense, "CHOOSING_US", 0.0)
        measured = Family.level
        patch.setattr(Family, "level", lambda *asked: dear(measured(*asked)))
        yield connection, request.param, base, queries, {"bucket": bucket, "side": side}, there
    connection.close()


def dear(level):
    return level and level._replace(microseconds=1e6)


def distances(base, query, opclass):
    wide, asked = base.astype(np.float64), query.astype(np.float64)
    if opclass == "vector_l2_ops":
        return np.sqrt(((wide - asked) ** 2).sum(1))
    if opclass == "vector_ip_ops":
        return -(wide @ asked)
    return 1 - wide @ asked / np.linalg.norm(wide, axis=1) / np.linalg.norm(asked)


@pytest.mark.parametrize("where", ["bucket = 5", "bucket < 4", "bucket < 20", "side < 40", "side >= 97"])
def test_all_that_is_asked_for_is_found(table, where):
    connection, opclass, base, queries, columns, there = table
    operator = {"vector_l2_ops": "<->", "vector_cosine_ops": "<=>", "vector_ip_ops": "<#>"}[opclass]
    passing = there & eval(where.replace(" = ", " == "), dict(columns))
    sql = f"SELECT id, v {operator} ? FROM t WHERE {where} ORDER BY v {operator} ? LIMIT {K}"
    hits = told = 0
    for query in queries:
        found = connection.execute(sql, (query, query)).fetchall()
        assert len(found) == K
        truth = distances(base, query, opclass)
        ids = np.array([row[0] for row in found])
        assert passing[ids].all()
        assert [row[1] for row in found] == pytest.approx(truth[ids].tolist(), abs=1e-9)
        assert (np.diff([row[1] for row in found]) >= 0).all()
        last = np.sort(truth[passing])[K - 1]
        hits += int((truth[ids] <= last + 1e-9).sum())
    for query in queries[:8]:
        lines = connection.execute(f"EXPLAIN ANALYZE {sql}", (query, query)).fetchall()
        told += any("exact in lists effort" in line for (line,) in lines)
    assert hits / (K * QUERIES) >= 0.93
    assert told
