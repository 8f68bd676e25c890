"""Any k: as many rows as there are, at the recall asked for, nearest first."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("brands", [5, 2, 0])
@pytest.mark.parametrize("k", [1, 10, 100, 1_000, 16_384])
def test_k_rows_come_back_at_the_recall(data, k, brands):
    hits = total = 0
    where = f"WHERE brand < 'brand {brands}'" if brands else "WHERE doc = 3"
    passing = data.alive & (data.brand < brands if brands else data.doc == 3)
    for query in data.queries[:10]:
        distances = np.where(passing, data.distances("a", query, "<->"), np.nan)
        truth = np.lexsort([data.ids, distances])[: min(k, int((~np.isnan(distances)).sum()))]
        got = data.rows(f"SELECT id, a <-> $1 AS d FROM t {where} ORDER BY d LIMIT {k}", query)
        assert len(got) == min(k, int(passing.sum()))
        assert len({row[0] for row in got}) == len(got)
        found = [row[1] for row in got if row[1] is not None]
        assert found == sorted(found) and len(found) == len(truth)
        hits += len(set(truth.tolist()) & {row[0] for row in got})
        total += len(truth)
    assert hits >= 0.94 * total
