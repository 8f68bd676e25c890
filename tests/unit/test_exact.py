"""The exact search keeps (distance, offset) order through ties and gaps that float32 cannot tell."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vql.executor.knn.scans.distances import row_distances
from vql.executor.knn.scans.exact import ExactSearch

# Apart by ties, by less than float32 rounding, by a little more, by much; squares that vanish or overflow.
SCALES = st.sampled_from([0.0, 1e-7, 1e-6, 3e-5, 1e-2, 1.0])
ROWS = st.one_of(st.integers(2, 560), st.integers(2_000, 3_000))
METRICS = st.sampled_from(["l2", "inner_product", "cosine", "l1"])
UNITS = st.sampled_from([1e-23, 1e-3, 1.0, 1e18])


@given(
    seed=st.integers(0, 2**32 - 1), rows=ROWS, dim=st.integers(1, 40), k=st.integers(1, 20),
    scale=SCALES, unit=UNITS, metric=METRICS,
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_order_is_by_distance_then_offset(
    seed: int, rows: int, dim: int, k: int, scale: float, unit: float, metric: str
) -> None:
    random = np.random.default_rng(seed)
    query = random.normal(size=dim).astype(np.float32)
    grid = query + random.integers(-1, 2, (rows, dim)) + scale * random.normal(size=(rows, dim))
    vectors = np.ascontiguousarray(grid * unit, np.float32)
    query = np.ascontiguousarray(query * np.float32(unit))
    ids = np.flatnonzero(random.random(rows) < 0.9) if rows > 9 else np.arange(rows)
    k = min(k, len(ids))
    with np.errstate(all="ignore"):
        distances = row_distances(vectors[ids], query, metric)
        expected = distances.argsort(kind="stable")[:k]
        search = ExactSearch(vectors, metric, 0.3)
        hits = search.search_ids(query, ids, k, ("test",))
        finished = search.finish(query, ids[:500], min(k, 500), ("test",))
        ordered = search.search_ids(query, ids, k, ("test",), order_only=True)
    np.testing.assert_array_equal(hits.offsets, ids[expected])
    np.testing.assert_array_equal(hits.distances, distances[expected])
    among = distances[:500].argsort(kind="stable")[:k]
    np.testing.assert_array_equal(finished.offsets, ids[among])
    np.testing.assert_array_equal(ordered.offsets, ids[expected])


def test_float32_alone_orders_rows_that_are_well_apart() -> None:
    vectors = np.arange(1, 41, dtype=np.float32).repeat(8).reshape(40, 8)
    hits = ExactSearch(vectors, "l2", 0.3).finish(
        np.zeros(8, np.float32), np.arange(40), 10, ("test",), order_only=True
    )
    assert hits.offsets.tolist() == list(range(10))
    assert not hits.distances.size
