"""Several distances in one order: weighted sums are exact, rrf() is its definition."""

from __future__ import annotations

import numpy as np
import pytest

import vql


def weighted(data, query, weights):
    return weights[0] * data.distances("a", query, "<->") + weights[1] * data.distances("b", query, "<=>")


@pytest.mark.parametrize("brand", [None, 3])
@pytest.mark.parametrize("weights", [(0.7, 0.3), (0.05, 2.0), (1.0, 0.0), (1.0, -0.5)])
def test_a_weighted_sum_orders_by_the_sum(data, weights, brand):
    hits = total = 0
    for query in data.queries[:10]:
        passing = data.alive & data.known & (True if brand is None else data.brand == brand)
        sums = weighted(data, query, weights)
        truth = np.flatnonzero(passing)[np.argsort(sums[passing], kind="stable")][:10]
        got = data.rows(
            "SELECT id, $2 * (a <-> $1) + $3 * (b <=> $1) AS s FROM t"
            f"{'' if brand is None else f' WHERE brand = {brand_text(brand)}'} ORDER BY s LIMIT 10",
            query,
            *weights,
        )
        np.testing.assert_allclose([row[1] for row in got], sums[[row[0] for row in got]])
        hits += len(set(truth.tolist()) & {row[0] for row in got})
        total += 10
    assert hits >= 0.95 * total


def brand_text(brand: int) -> str:
    return f"'brand {brand}'"


def test_decimal_weights_are_numbers(data):
    query = data.queries[0]
    (row,) = data.rows(
        "SELECT 0.5 * (a <-> $1) + 0.25 * (b <=> $1), a <-> $1, b <=> $1 FROM t WHERE id = 1", query
    )
    assert row[0] == 0.5 * row[1] + 0.25 * row[2]


def test_a_similarity_is_found_from_its_distance(data):
    query = data.queries[1]
    got = data.rows(
        "SELECT id FROM t WHERE id <> 13500 ORDER BY 1 - (a <=> $1) DESC NULLS LAST LIMIT 5", query
    )
    near = data.rows("SELECT id FROM t WHERE id <> 13500 ORDER BY a <=> $1 LIMIT 5", query)
    assert got == near


def test_rows_without_a_distance_come_where_sql_says(data):
    query = data.queries[1]
    first = data.rows("SELECT id, 1 - (a <-> $1) AS s FROM t ORDER BY s DESC LIMIT 3", query)
    assert [row[1] for row in first] == [None] * 3
    every = data.rows("SELECT id, 0.5 * (a <-> $1) + (b <-> $1) AS s FROM t ORDER BY s LIMIT 14000", query)
    assert len(every) == int(data.alive.sum())
    assert [row[1] is None for row in every] == sorted(row[1] is None for row in every)


def ranks(data, query, passing, depth):
    """Reciprocal ranks by definition, in exact arithmetic over both columns."""
    scores = np.zeros(len(data.ids))
    for column, metric, weight in (("a", "<->", 0.7), ("b", "<=>", 0.3)):
        distances = np.where(passing, data.distances(column, query, metric), np.nan)
        order = np.lexsort([data.ids, distances])[: min(depth, int((~np.isnan(distances)).sum()))]
        scores[order] += weight / (20 + np.arange(1, len(order) + 1))
    return scores


@pytest.mark.parametrize("brand", [None, 3])
def test_rrf_is_its_definition(data, brand):
    passing = data.alive & (True if brand is None else data.brand == brand)
    where = "" if brand is None else f"WHERE brand = {brand_text(brand)}"
    data.connection.execute("SET vql.recall = 1")
    try:
        for query in data.queries[:8]:
            scores = ranks(data, query, passing, 50)
            truth = np.lexsort([data.ids, -scores, ~passing])[:20]
            got = data.rows(
                f"SELECT id, rrf(a <-> $1, b <=> $1, k => 20, weights => '{{0.7,0.3}}', depth => 50) AS score"
                f" FROM t {where} ORDER BY score DESC LIMIT 15 OFFSET 5",
                query,
            )
            assert [row[0] for row in got] == truth[5:].tolist()
            np.testing.assert_allclose([row[1] for row in got], scores[truth[5:]])
    finally:
        data.connection.execute("RESET vql.recall")


def test_rrf_goes_through_indexes_at_their_recall(data):
    hits = 0
    for query in data.queries:
        data.connection.execute("SET vql.recall = 1")
        truth = data.rows("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1) DESC LIMIT 10", query)
        data.connection.execute("RESET vql.recall")
        got = data.rows("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1) DESC LIMIT 10", query)
        hits += len(set(truth) & set(got))
    assert hits >= 0.9 * 10 * len(data.queries)


def test_rrf_gives_all_rows_there_are(data):
    query = data.queries[0]
    passing = data.alive & (data.doc == 7)
    sql = "SELECT id, rrf(a <-> $1, b <=> $1, depth => 3) AS s FROM t WHERE doc = 7 ORDER BY s DESC LIMIT "
    got = data.rows(sql + "999", query)
    assert {row[0] for row in got} == set(np.flatnonzero(passing).tolist())
    assert data.rows(sql + "2", query) == got[:2]
    assert data.rows(sql + "$2", query, None) == got
    assert data.rows(sql + "0", query) == []


def test_reciprocal_ranks_written_in_sql_use_the_indexes(data):
    query = data.queries[2]
    sql = """
        WITH near AS (SELECT id, row_number() OVER (ORDER BY d, id) AS rank FROM
                        (SELECT id, a <-> $1 AS d FROM t ORDER BY a <-> $1 LIMIT 100) x),
             alike AS (SELECT id, row_number() OVER (ORDER BY d, id) AS rank FROM
                        (SELECT id, b <=> $1 AS d FROM t ORDER BY b <=> $1 LIMIT 100) y)
        SELECT coalesce(near.id, alike.id) AS id,
               coalesce(1.0 / (60 + near.rank), 0.0) + coalesce(1.0 / (60 + alike.rank), 0.0) AS score
        FROM near FULL JOIN alike ON near.id = alike.id ORDER BY score DESC, id LIMIT 10"""
    got = data.rows(sql, query)
    native = data.rows("SELECT id, rrf(a <-> $1, b <=> $1) AS s FROM t ORDER BY s DESC, id LIMIT 10", query)
    assert [row[0] for row in got] == [row[0] for row in native]
    np.testing.assert_allclose([float(row[1]) for row in got], [row[1] for row in native])


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1) LIMIT 5", "42P10"),
        ("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1) DESC", "0A000"),
        ("SELECT rrf(a <-> $1, b <=> $1) FROM t LIMIT 5", "0A000"),
        ("SELECT id FROM t WHERE rrf(a <-> $1, b <=> $1) > 0", "0A000"),
        ("SELECT id FROM t ORDER BY 1 - rrf(a <-> $1, b <=> $1) DESC LIMIT 5", "0A000"),
        ("SELECT id FROM t ORDER BY rrf(a <-> $1) DESC LIMIT 5", "42883"),
        ("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1, q => 3) DESC LIMIT 5", "42883"),
        ("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1, weights => '{1}') DESC LIMIT 5", "22023"),
        ("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1, weights => '{1,x}') DESC LIMIT 5", "22P02"),
        ("SELECT id FROM t ORDER BY rrf(a <-> $1, b <=> $1, depth => 0) DESC LIMIT 5", "22023"),
    ],
)
def test_what_rrf_refuses(data, sql, sqlstate):
    with pytest.raises(vql.Error) as caught:
        data.rows(sql, data.queries[0])
    assert caught.value.sqlstate == sqlstate
