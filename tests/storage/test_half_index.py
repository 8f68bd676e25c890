"""Indexes of halfvec columns against numpy's brute force: recall, exact distances, filters, NULLs."""

from __future__ import annotations

import numpy as np
import pytest

import vql
from vql.executor.knn.half import HalfSearcher
from vql.executor.knn.scans.mask import Mask
from vql.limits import INDEX_ROWS_MIN
from vql.storage.index.dense.widened import WidenedRows

# Of fewer queries chance decides.
ROWS, DIM, QUERIES, K = INDEX_ROWS_MIN + 500, 32, 300, 10
OPERATORS = {"l2": "<->", "ip": "<#>", "cosine": "<=>"}


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows about 100 centres, some of them zeros and equal, and other such rows as queries."""
    random = np.random.default_rng(29)
    centres = random.normal(size=(100, DIM))
    made = centres[random.integers(0, 100, ROWS + QUERIES)] + 0.6 * random.normal(size=(ROWS + QUERIES, DIM))
    halves = made.astype(np.float16)
    halves[50:54] = halves[49]
    halves[77] = 0
    return halves[:ROWS], halves[ROWS:]


def distances(rows: np.ndarray, query: np.ndarray, metric: str) -> np.ndarray:
    rows, query = rows.astype(np.float64), query.astype(np.float64)
    if metric == "l2":
        return np.sqrt(((rows - query) ** 2).sum(1))
    if metric == "ip":
        return -(rows @ query)
    with np.errstate(all="ignore"):
        return 1 - rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))


@pytest.mark.parametrize(
    ("method", "metric"),
    [("auto", "l2"), ("auto", "cosine"), ("auto", "ip"), ("hnsw", "l2"), ("hnsw", "cosine")],
)
def test_recall_and_distances(tmp_path, data, method, metric):
    halves, queries = data
    with vql.connect(tmp_path / "db") as db:
        db.execute(f"CREATE TABLE t (id int PRIMARY KEY, part int, h halfvec({DIM}))")
        db.insert("t", {"id": np.arange(ROWS), "part": np.arange(ROWS) % 4, "h": halves})
        db.execute(f"CREATE INDEX ON t USING {method} (h halfvec_{metric}_ops)")
        db.execute("VACUUM t")
        operator = OPERATORS[metric]
        for where, passing in (("", np.ones(ROWS, bool)), ("WHERE part = 1", np.arange(ROWS) % 4 == 1)):
            hits = 0
            for number, query in enumerate(queries):
                effort = " WITH (effort = 60)" if number % 2 else ""
                found = db.execute(
                    f"SELECT id, h {operator} ? FROM t {where} ORDER BY h {operator} ? LIMIT {K}{effort}",
                    [query, query],
                ).fetchall()
                all_distances = distances(halves, query, metric)
                assert len(found) == K and passing[[row for row, _ in found]].all()
                np.testing.assert_allclose(
                    [d for _, d in found], all_distances[[row for row, _ in found]], rtol=1e-9, atol=1e-9
                )
                assert found == sorted(found, key=lambda row: (row[1], row[0]))
                bound = np.sort(all_distances[passing])[K - 1]
                hits += sum(d <= bound + 1e-9 for _, d in found)
            assert hits / (K * len(queries)) >= 0.95
            plan = db.execute(
                f"EXPLAIN ANALYZE SELECT id FROM t {where} ORDER BY h {operator} ? LIMIT {K}"
                " WITH (effort = 60)",
                [queries[0]],
            ).fetchall()
            assert any(kind in str(plan) for kind in ("ivfpq", "hnsw")), plan


@pytest.mark.parametrize("metric", ["l2", "inner_product", "cosine", "l1"])
def test_scans_agree_with_float64(data, metric):
    halves, queries = data
    valid = np.arange(ROWS) % 7 != 3
    searcher = HalfSearcher(halves, valid, None, metric)
    mask = Mask.from_bools(np.arange(ROWS) % 3 == 0)
    for query in (queries[0], halves[49]):
        if metric == "l1":
            expected = np.abs(halves.astype(float) - query.astype(float)).sum(1)
        else:
            expected = distances(halves, query, {"inner_product": "ip"}.get(metric, metric))
        expected[~valid] = np.nan
        for under in (None, mask):
            passed = expected.copy()
            if under is not None:
                passed[np.arange(ROWS) % 3 != 0] = np.nan
            order = np.argsort(passed, kind="stable")[:20]
            found = searcher.search(query, 20, 1.0, under)
            np.testing.assert_allclose(found.distances, passed[order], rtol=1e-9, atol=1e-9)


def test_equal_rows_come_in_order_where_more_are_equal_than_a_scan_looks_at():
    halves = np.ones((500, 8), np.float16)  # faiss scans, and cannot tell
    halves[::2] = 2
    found = HalfSearcher(halves, None, None, "l2").search(np.ones(8, np.float16), 20, 1.0, None)
    assert found.offsets.tolist() == list(range(1, 41, 2)) and not found.distances.any()


def test_widened_rows_are_the_halves(data):
    halves, queries = data
    rows = WidenedRows(halves)
    assert rows[3:9].dtype == np.float32 and (rows[3:9] == halves[3:9]).all()
    query = queries[0].astype(np.float32)
    ids = np.array([5, 7, 9000 % ROWS])
    for product in (False, True):
        wide = halves.astype(np.float64)
        expected = wide @ query if product else ((wide - query) ** 2).sum(1)
        np.testing.assert_allclose(rows.compared(query, None, product), expected, rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(rows.compared(query, ids, product), expected[ids], rtol=1e-4, atol=1e-3)
