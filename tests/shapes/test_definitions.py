"""Shapes of search against their definitions, over small tables full of ties and NULLs."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vql

ROWS = 120
coordinates = st.tuples(st.integers(-2, 2), st.integers(-2, 2)).map(lambda v: [float(x) for x in v])
slow = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


class Small:
    """Rows (id, group, a, b) as Python values, and the same in a table of two segments and a delta."""

    def __init__(self, connection: vql.Connection) -> None:
        self.connection = connection
        generator = np.random.default_rng(6)
        self.rows = [
            (
                i,
                None if i % 11 == 0 else f"g{generator.integers(9)}",
                None if i % 7 == 3 else generator.integers(-2, 3, size=2).astype(float).tolist(),
                None if i % 13 == 4 else generator.integers(-2, 3, size=2).astype(float).tolist(),
            )
            for i in range(ROWS)
        ]
        connection.execute("CREATE TABLE s (id int PRIMARY KEY, g text, a vector(2), b vector(2))")
        for i, row in enumerate(self.rows):
            connection.execute("INSERT INTO s VALUES (?, ?, ?, ?)", row)
            if i in (40, 90):
                connection.execute("VACUUM s")
        connection.execute("DELETE FROM s WHERE id % 10 = 1")
        self.rows = [row for row in self.rows if row[0] % 10 != 1]

    def ids(self, sql: str, *parameters: object) -> list[int]:
        return [row[0] for row in self.connection.execute(sql, list(parameters)).fetchall()]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    connection = vql.connect(tmp_path_factory.mktemp("small") / "db")
    yield Small(connection)
    connection.close()


def l2(vector: list[float] | None, query: list[float]) -> float | None:
    return (
        None if vector is None else math.sqrt(sum((x - y) ** 2 for x, y in zip(vector, query, strict=True)))
    )


def last(value: float | None) -> tuple[bool, float]:
    """NULLS LAST."""
    return (value is None, value or 0.0)


@slow
@given(coordinates, st.floats(-1, 6), st.floats(-1, 3), st.booleans(), st.integers(0, 12), st.integers(0, 60))
def test_ranges(small, query, high, low, strict, limit, offset):
    op = "<" if strict else "<="
    near = [(d, row[0]) for row in small.rows if (d := l2(row[2], query)) is not None]
    inside = [i for d, i in sorted(near) if (d < high if strict else d <= high)]
    assert small.ids(f"SELECT id FROM s WHERE a <-> $1 {op} $2 ORDER BY a <-> $1, id", query, high) == inside
    window = slice(offset, offset + limit)
    sql = f"SELECT id FROM s WHERE a <-> $1 {op} $2 ORDER BY a <-> $1, id LIMIT $3 OFFSET $4"
    assert small.ids(sql, query, high, limit, offset) == inside[window]
    ring = [i for d, i in sorted(near, key=lambda pair: (pair[0], -pair[1])) if low <= d <= high]
    sql = "SELECT id FROM s WHERE a <-> $1 BETWEEN $2 AND $3 ORDER BY a <-> $1, id DESC LIMIT $4"
    assert small.ids(sql, query, low, high, limit) == ring[:limit]


@slow
@given(coordinates, st.floats(-1, 4), st.integers(-1, ROWS), st.integers(1, 12))
def test_pages_by_key(small, query, distance, key, limit):
    near = sorted((d, row[0]) for row in small.rows if (d := l2(row[2], query)) is not None)
    after = [i for d, i in near if (d, i) > (distance, key)]
    sql = "SELECT id FROM s WHERE (a <-> $1, id) > ($2, $3) ORDER BY a <-> $1, id LIMIT $4"
    assert small.ids(sql, query, distance, key, limit) == after[:limit]


@slow
@given(coordinates, coordinates, st.floats(-1, 2), st.floats(0, 2), st.integers(1, 130), st.integers(0, 9))
def test_weighted_sums(small, one, other, x, y, limit, offset):
    def score(row):
        p, q = l2(row[2], one), l2(row[3], other)
        return None if p is None or q is None else x * p + y * q

    found = small.connection.execute(
        "SELECT id, $3 * (a <-> $1) + $4 * (b <-> $2) AS s FROM s ORDER BY s, id LIMIT $5 OFFSET $6",
        [one, other, x, y, limit, offset],
    ).fetchall()
    truth = sorted(small.rows, key=lambda row: (last(score(row)), row[0]))[offset : offset + limit]
    assert [last(s) for _, s in found] == [last(score(row)) for row in truth]
    assert [i for i, _ in found] == [row[0] for row in truth]


@slow
@given(
    coordinates, coordinates, st.integers(0, 90), st.integers(1, 130), st.integers(1, 130), st.integers(0, 9)
)
def test_reciprocal_ranks(small, one, other, constant, depth, limit, offset):
    scores = {row[0]: 0.0 for row in small.rows}
    for place, query in ((2, one), (3, other)):
        near = sorted((d, row[0]) for row in small.rows if (d := l2(row[place], query)) is not None)
        for rank, (_, i) in enumerate(near[:depth], 1):
            scores[i] += 1 / (constant + rank)
    truth = sorted(scores, key=lambda i: (-scores[i], i))
    sql = (
        "SELECT id FROM s ORDER BY rrf(a <-> $1, b <-> $2, k => $3, depth => $4) DESC, id LIMIT $5 OFFSET $6"
    )
    assert small.ids(sql, one, other, constant, depth, limit, offset) == truth[offset : offset + limit]


@slow
@given(coordinates, st.integers(0, 12), st.integers(0, 4), st.integers(0, 3), st.booleans())
def test_groups(small, query, groups, per_group, offset, filtered):
    rows = [row for row in small.rows if not filtered or row[0] % 2 == 0]
    order = sorted(rows, key=lambda row: (last(l2(row[2], query)), row[0]))
    first = list(dict.fromkeys(row[1] for row in order))
    wanted = first[offset : offset + groups]
    counts: dict[str | None, int] = {}
    truth = []
    for row in order:
        counts[row[1]] = counts.get(row[1], 0) + 1
        if row[1] in wanted and counts[row[1]] <= per_group:
            truth.append(row[0])
    where = "WHERE id % 2 = 0" if filtered else ""
    sql = f"SELECT id FROM s {where} ORDER BY a <-> $1, id LIMIT $2 PER g $3 OFFSET $4"
    assert small.ids(sql, query, groups, per_group, offset) == truth
    nearest = {row[1]: row[0] for row in reversed(order)}
    sql = f"SELECT DISTINCT ON (g) id FROM s {where} ORDER BY g, a <-> $1, id"
    assert small.ids(sql, query) == [nearest[g] for g in sorted(nearest, key=lambda g: (g is None, g or ""))]


@slow
@given(st.integers(0, 5), st.integers(0, 3), st.integers(0, ROWS))
def test_joins(small, limit, offset, outer):
    found = small.connection.execute(
        "SELECT q.id, n.id FROM s q, LATERAL (SELECT id FROM s WHERE s.g = q.g AND s.id <> q.id"
        f" ORDER BY s.a <-> q.b, s.id LIMIT {limit} OFFSET {offset}) n WHERE q.id < $1",
        [outer],
    ).fetchall()
    truth = []
    for row in small.rows:
        mates = [r for r in small.rows if r[1] == row[1] is not None and r[0] != row[0]]
        mates.sort(key=lambda r: (last(None if row[3] is None else l2(r[2], row[3])), r[0]))
        truth += [(row[0], r[0]) for r in mates[offset : offset + limit] if row[0] < outer]
    assert sorted(found) == sorted(truth)
