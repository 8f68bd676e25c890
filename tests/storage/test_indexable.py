"""Data no index can learn from is answered all the same."""

from __future__ import annotations

import numpy as np
import pytest
from statements import rows

import vql
from vql.limits import INDEX_ROWS_MIN

N, DIM = INDEX_ROWS_MIN, 8
OPERATORS = {"l2": "<->", "ip": "<#>", "cosine": "<=>"}


def vectors(kind):
    generator = np.random.default_rng(3)
    made = generator.random((N, DIM), dtype="f4")
    match kind:
        case "null":
            return [None] * N
        case "zero":
            return np.zeros((N, DIM), "f4")
        case "equal":
            return np.ones((N, DIM), "f4")
        case "one":
            return [made[0] if i == 77 else None for i in range(N)]
        case "few":
            return [v if i % 100 == 0 else None for i, v in enumerate(made)]
        case "huge":  # squares overflow float32
            return made * np.float32(1e30)
        case "tiny":  # squares vanish
            return made * np.float32(1e-30)
        case "half zero":
            return np.where(generator.random((N, 1)) < 0.5, 0, made).astype("f4")


@pytest.mark.parametrize("metric", ["l2", "ip", "cosine"])
@pytest.mark.parametrize("kind", ["null", "zero", "equal", "one", "few", "huge", "tiny"])
def test_data_without_structure(tmp_path, kind, metric):
    answers(tmp_path, "hnsw" if kind == "one" else "auto", kind, metric)


def test_data_half_without_direction(tmp_path):
    answers(tmp_path, "auto", "half zero", "cosine")


def answers(path, method, kind, metric):
    operator = OPERATORS[metric]
    given = vectors(kind)
    with vql.connect(path / "db") as connection:
        connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, v vector({DIM}))")
        connection.insert("t", {"id": np.arange(N), "v": given})
        connection.execute(f"CREATE INDEX ON t USING {method} (v vector_{metric}_ops)")
        query = [1.0] * DIM
        nearest = f"ORDER BY v {operator} $1 LIMIT 10"
        found = rows(connection, f"SELECT id, v {operator} $1 FROM t {nearest}", [query])
        assert len(found) == 10 and len({row[0] for row in found}) == 10
        distances = [d for _, d in found if d is not None and d == d]
        assert distances == sorted(distances)
        known = sum(v is not None for v in given)
        assert sum(d is not None for _, d in found) == min(10, known)
        assert len(rows(connection, f"SELECT id FROM t WHERE id % 7 = 0 {nearest}", [query])) == 10
