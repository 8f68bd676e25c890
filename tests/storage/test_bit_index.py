"""Indexes of bit columns against numpy's brute force: recall, exact distances, what is not indexed."""

from __future__ import annotations

import numpy as np
import pytest

import vql
from vql.storage.index.bit import lists as bit_index

ROWS, BITS, QUERIES, K = 40_000, 256, 50, 10


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows that differ from one of 200 in an eighth of their bits, and other such rows as queries."""
    random = np.random.default_rng(31)
    centres = random.random((200, BITS)) < 0.5
    made = centres[random.integers(0, 200, ROWS + QUERIES)] ^ (random.random((ROWS + QUERIES, BITS)) < 0.125)
    made[50:54] = made[49]
    return made[:ROWS], made[ROWS:]


@pytest.mark.parametrize("method", ["auto", "hnsw", "binary_hnsw"])
def test_recall_and_distances(tmp_path, data, method):
    rows, queries = data
    with vql.connect(tmp_path / "db") as db:
        db.execute(f"CREATE TABLE t (id int PRIMARY KEY, code bit({BITS}))")
        db.insert("t", {"id": np.arange(ROWS), "code": rows})
        db.execute(f"CREATE INDEX ON t USING {method} (code bit_hamming_ops)")
        db.execute("VACUUM t")
        hits = 0
        for number, query in enumerate(queries):
            effort = " WITH (effort = 8)" if number % 2 else ""
            found = db.execute(
                f"SELECT id, code <~> ? FROM t ORDER BY code <~> ? LIMIT {K}{effort}", [query, query]
            ).fetchall()
            distances = (rows != query).sum(1)
            assert len(found) == K
            assert [d for _, d in found] == distances[[row for row, _ in found]].tolist()
            assert found == sorted(found, key=lambda row: (row[1], row[0]))
            hits += sum(d <= np.sort(distances)[K - 1] for _, d in found)
        assert hits / (K * len(queries)) >= 0.95

        def plan(text: str) -> str:
            return str(db.execute(f"EXPLAIN ANALYZE SELECT id FROM t {text}", [queries[0]]).fetchall())

        assert "binary_ivf" in plan("ORDER BY code <~> ? LIMIT 10 WITH (effort = 8)")
        assert "exact scan" in plan("ORDER BY code <%> ? LIMIT 10")
        assert "binary_ivf" not in plan("WHERE id > 5 ORDER BY code <~> ? LIMIT 10 WITH (effort = 8)")


def test_no_lists_where_rows_have_no_structure_or_no_bits():
    random = np.random.default_rng(5)
    packed = random.integers(0, 256, (6_000, 16), dtype=np.uint8)

    def quiet(phase, part):
        pass

    families, _ = bit_index.build(packed, None, quiet)
    for family in families:
        # What is promised takes nearly all lists.
        assert all(level[1] < 0.95 or level[0] >= 16 for level in family["levels"])
    assert bit_index.build(packed, random.random(6_000) < 0.5, quiet) == ([], {})
