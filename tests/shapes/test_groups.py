"""The nearest rows of each group: LIMIT ... PER, DISTINCT ON, and windows."""

from __future__ import annotations

import numpy as np
import pytest

import vql


def grouped(data, query, passing, groups, per_group):
    """The first rows of the first groups by definition, in order of distance."""
    distances = np.where(passing, data.distances("a", query, "<->"), np.nan)
    order = np.lexsort([data.ids, distances])[: int(passing.sum())]
    seen: dict[int, int] = {}
    rows = []
    for row in order.tolist():
        doc = int(data.doc[row])
        if doc not in seen and len(seen) == groups:
            continue
        seen[doc] = seen.get(doc, 0) + 1
        if seen[doc] <= per_group:
            rows.append(row)
    return rows


@pytest.mark.parametrize("brand", [None, 4])
@pytest.mark.parametrize(("groups", "per_group"), [(10, 1), (10, 3), (400, 2)])
def test_limit_per_gives_the_nearest_rows_of_the_nearest_groups(data, groups, per_group, brand):
    passing = data.alive & (True if brand is None else data.brand == brand)
    where = "" if brand is None else f"WHERE brand = 'brand {brand}'"
    hits = total = 0
    for query in data.queries[:10]:
        truth = grouped(data, query, passing, groups, per_group)
        sql = (
            f"SELECT id, doc, a <-> $1 AS d FROM t {where} ORDER BY d, id LIMIT {groups} PER doc {per_group}"
        )
        got = data.rows(sql, query)
        counts = np.unique([row[1] for row in got], return_counts=True)[1]
        assert len(counts) == min(groups, len(np.unique(data.doc[passing])))
        assert counts.max() <= per_group
        assert groups == 400 or (counts == per_group).all()
        keys = [(np.inf if d is None else d, i) for i, _, d in got]
        assert keys == sorted(keys)
        hits += len(set(truth) & {row[0] for row in got})
        total += len(truth)
    assert hits >= 0.93 * total


def test_exact_groups_are_their_definition(data):
    data.connection.execute("SET vql.recall = 1")
    try:
        for query in data.queries[:5]:
            truth = grouped(data, query, data.alive, 6, 2)
            got = data.rows("SELECT id FROM t ORDER BY a <-> $1 LIMIT 6 PER doc 2", query)
            assert [row[0] for row in got] == truth
            first = {int(data.doc[row]): None for row in truth}
            later = data.rows("SELECT DISTINCT doc FROM (SELECT doc FROM t ORDER BY a <-> $1"
                              " LIMIT 4 PER doc 2 OFFSET 2) s", query)  # fmt: skip
            assert {row[0] for row in later} == set(list(first)[2:])
    finally:
        data.connection.execute("RESET vql.recall")


def test_distinct_on_keeps_the_nearest_of_each_group(data):
    query = data.queries[0]
    distances = np.where(data.alive, data.distances("a", query, "<->"), np.nan)
    order = np.lexsort([data.ids, distances, data.doc])
    order = order[data.alive[order]]
    truth = order[np.unique(data.doc[order], return_index=True)[1]]
    sql = "SELECT DISTINCT ON (doc) doc, id FROM t ORDER BY doc, a <-> $1"
    got = data.rows(sql, query)
    assert [row[1] for row in got] == truth.tolist()
    assert data.rows(f"{sql} LIMIT 5 OFFSET 3", query) == got[3:8]
    windowed = data.rows(
        "SELECT doc, id FROM (SELECT doc, id, row_number() OVER (PARTITION BY doc ORDER BY a <-> $1, id) AS n"
        " FROM t) s WHERE n = 1 ORDER BY doc",
        query,
    )
    assert windowed == got


def test_distinct_on_the_distance_keeps_one_row_of_equal_ones(data):
    query = data.a[1000]
    got = data.rows(
        "SELECT DISTINCT ON (a <-> $1) id, a <-> $1 AS d FROM t ORDER BY a <-> $1, id LIMIT 5", query
    )
    distances = [row[1] for row in got]
    assert len(got) == 5 and distances == sorted(set(distances))
    assert got[0] == (1000, 0.0)


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT id FROM t ORDER BY id LIMIT 3 PER doc", "0A000"),
        ("SELECT id FROM t ORDER BY a <-> $1 LIMIT 3 PER nope", "42703"),
        ("SELECT id FROM t ORDER BY a <-> $1 LIMIT 3 PER a", "0A000"),
        ("SELECT count(*) FROM t WHERE a <-> $1 < 3 LIMIT 3 PER doc", "0A000"),
        ("(SELECT id FROM t WHERE a <-> $1 < 3) LIMIT 3 PER doc", "42601"),
    ],
)
def test_what_limit_per_refuses(data, sql, sqlstate):
    with pytest.raises(vql.Error) as caught:
        data.rows(sql, data.queries[0])
    assert caught.value.sqlstate == sqlstate
