"""Conditions on a distance, and pages by key: the rows SQL says, at the recall an index promises."""

from __future__ import annotations

import numpy as np
import pytest

import vql

METRICS = ("<->", "<=>", "<#>", "<+>")
RECALL_LEAST = 0.95


def shares(data, metric: str, share: float):
    """Each query with its distances (NaN where a row is no answer) and the bound a share is within."""
    for query in data.queries:
        distances = np.where(data.alive, data.distances("a", query, metric), np.nan)
        yield query, distances, float(np.nanquantile(distances, share))


@pytest.mark.parametrize("share", [0.0005, 0.01, 0.3])
@pytest.mark.parametrize("metric", METRICS)
def test_a_range_holds_the_rows_within_it(data, metric, share):
    found_rows = true_rows = 0
    for query, distances, bound in shares(data, metric, share):
        for op, inside in (("<", distances < bound), ("<=", distances <= bound)):
            got = {row[0] for row in data.rows(f"SELECT id FROM t WHERE a {metric} ? {op} ?", query, bound)}
            truth = set(np.flatnonzero(inside).tolist())
            edge = set(np.flatnonzero(np.isclose(distances, bound, rtol=1e-12, atol=1e-12)).tolist())
            assert got <= truth | edge
            found_rows += len(got & truth)
            true_rows += len(truth)
    assert found_rows >= RECALL_LEAST * true_rows


@pytest.mark.parametrize("metric", METRICS)
def test_a_range_without_indexes_is_complete(data, metric):
    data.connection.execute("SET vql.recall = 1")
    try:
        for query, distances, bound in shares(data, metric, 0.02):
            got = [
                row[0]
                for row in data.rows(f"SELECT id FROM t WHERE a {metric} ? < ? ORDER BY id", query, bound)
            ]
            clear = np.flatnonzero(distances < bound - 1e-9 * abs(bound))
            assert set(clear.tolist()) <= set(got)
            assert len(got) <= int((distances <= bound + 1e-9 * abs(bound)).sum())
            assert got == sorted(got)
    finally:
        data.connection.execute("RESET vql.recall")


def test_a_range_stands_beside_other_conditions_orders_and_limits(data):
    for query, distances, bound in shares(data, "<->", 0.05):
        inside = (distances < bound) & (data.brand == 2)
        low = float(np.nanquantile(distances, 0.01))
        nearest = np.flatnonzero(inside)[np.argsort(distances[inside], kind="stable")]
        got = data.rows(
            "SELECT id FROM t WHERE a <-> $1 < $2 AND brand = 'brand 2' ORDER BY a <-> $1 LIMIT 7 OFFSET 2",
            query,
            bound,
        )
        assert len(set(nearest[2:9].tolist()) & {row[0] for row in got}) >= min(5, len(nearest) - 2)
        ring = (distances < bound) & (distances >= low)
        got = data.rows(
            "SELECT id, a <-> $1 AS d FROM t WHERE a <-> $1 BETWEEN $3 AND $2 ORDER BY d LIMIT 10",
            query,
            bound,
            low,
        )
        assert len(got) == min(10, int(ring.sum()))
        assert all(low <= row[1] <= bound for row in got)
        assert [row[1] for row in got] == sorted(row[1] for row in got)
        later = data.rows("SELECT id FROM t WHERE a <-> $1 < $2 ORDER BY id DESC LIMIT 3", query, bound)
        assert [row[0] for row in later] == sorted((row[0] for row in later), reverse=True)


def test_a_limited_range_is_never_short_of_what_is_in_range(data):
    for query, distances, _ in shares(data, "<->", 0.5):
        bound = float(np.sort(distances[~np.isnan(distances)])[12]) + 1e-9
        got = data.rows("SELECT id FROM t WHERE a <-> ? < ? ORDER BY a <-> ? LIMIT 13", query, bound, query)
        assert len(got) >= 12


def test_a_range_of_one_query_is_ordered_by_another(data):
    for query, distances, bound in shares(data, "<->", 0.02):
        other = data.queries[0]
        inside = np.flatnonzero(distances < bound - 1e-9)
        truth = inside[np.argsort(data.distances("a", other, "<->")[inside], kind="stable")][:10]
        got = data.rows("SELECT id FROM t WHERE a <-> ? < ? ORDER BY a <-> ? LIMIT 10", query, bound, other)
        assert len(got) == 10
        assert len(set(truth.tolist()) & {row[0] for row in got}) >= 8


@pytest.mark.parametrize("length", [1, 15, 17])
def test_a_query_of_other_dimensions_is_refused(data, length):
    for recall in (0.95, 1):
        data.connection.execute(f"SET vql.recall = {recall}")
        with pytest.raises(vql.Error) as caught:
            data.rows("SELECT id FROM t WHERE a <-> $1 < 3", np.ones(length, "f4"))
        data.connection.execute("RESET vql.recall")
        assert caught.value.sqlstate == "22000"


def test_nothing_is_within_null(data):
    query = data.queries[0]
    assert data.rows("SELECT id FROM t WHERE a <-> ? < NULL", query) == []
    assert data.rows("SELECT id FROM t WHERE a <-> ? < 5", None) == []
    (row,) = data.rows("SELECT count(*) FROM t WHERE (a <-> ?) IS NULL", query)
    assert row[0] == int((data.alive & ~data.known).sum())


def test_pages_by_key_go_on_where_the_last_one_ended(data):
    for query in data.queries[:5]:
        page = data.rows("SELECT id, a <-> $1 FROM t ORDER BY a <-> $1, id LIMIT 10", query)
        seen = [row[0] for row in page]
        for _ in range(12):
            last_id, last = page[-1]
            page = data.rows(
                "SELECT id, a <-> $1 FROM t WHERE (a <-> $1, id) > ($2, $3) ORDER BY a <-> $1, id LIMIT 10",
                query,
                last,
                last_id,
            )
            assert len(page) == 10
            assert all((d, i) > (last, last_id) for i, d in page)
            seen += [row[0] for row in page]
        assert len(set(seen)) == len(seen)
        distances = np.where(data.alive & data.known, data.distances("a", query, "<->"), np.inf)
        truth = np.lexsort([data.ids, distances])[: len(seen)]
        assert len(set(truth.tolist()) & set(seen)) >= 0.9 * len(seen)


@pytest.mark.parametrize("limit", [7, 50])
def test_pages_by_offset_repeat_and_lose_no_rows(data, limit):
    matching = set(np.flatnonzero(data.alive & (data.brand == 1)).tolist())
    query = data.queries[3]
    seen: list[int] = []
    pages = 40 if limit == 7 else 60
    for page in range(pages):
        rows = data.rows(
            "SELECT id, a <-> $1 AS d FROM t WHERE brand = 'brand 1' ORDER BY d, id LIMIT $2 OFFSET $3",
            query,
            limit,
            page * limit,
        )
        keys = [(np.inf if d is None else d, i) for i, d in rows]
        assert keys == sorted(keys)
        assert len(rows) == max(0, min(limit, len(matching) - page * limit))
        seen += [row[0] for row in rows]
    assert len(set(seen)) == len(seen)
    assert set(seen) <= matching
    if limit == 50:
        assert set(seen) == matching


def test_exact_pages_are_the_single_large_query(data):
    data.connection.execute("SET vql.recall = 1")
    try:
        query = data.queries[4]
        whole = [row[0] for row in data.rows("SELECT id FROM t ORDER BY a <-> ? LIMIT 90", query)]
        pages = [
            row[0]
            for offset in range(0, 90, 30)
            for row in data.rows("SELECT id FROM t ORDER BY a <-> ? LIMIT 30 OFFSET ?", query, offset)
        ]
        assert pages == whole
    finally:
        data.connection.execute("RESET vql.recall")


def test_a_page_over_two_searches_is_ordered(data):
    query = data.queries[5]
    for offset in (3, 8, 37):
        rows = data.rows("SELECT id, a <-> $1 AS d FROM t ORDER BY d LIMIT 10 OFFSET $2", query, offset)
        assert len({row[0] for row in rows}) == 10
        assert [row[1] for row in rows] == sorted(row[1] for row in rows)


def test_a_cursor_reads_one_snapshot(data):
    query = data.queries[6].tolist()
    run = data.connection.execute
    run("BEGIN")
    run(f"DECLARE near CURSOR FOR SELECT id FROM t ORDER BY a <-> '{query}' LIMIT 2000")
    first = run("FETCH 500 FROM near").fetchall()
    run(f"DELETE FROM t WHERE id = {first[-1][0]}")
    rest = run("FETCH ALL FROM near").fetchall()
    run("ROLLBACK")
    seen = [row[0] for row in first + rest]
    assert len(seen) == len(set(seen)) == 2000


@pytest.mark.parametrize(
    "condition", ["brand < 'brand 4'", "a <-> $1 < {high!r}", "a <-> $1 BETWEEN {low!r} AND {high!r}"]
)
def test_pages_follow_one_order_however_much_the_first_one_misses(data, condition):
    data.connection.execute("SET vql.recall = 0.5")
    try:
        for query in data.queries:
            distances = np.where(data.alive & data.known, data.distances("a", query, "<->"), np.inf)
            order = np.lexsort([data.ids, distances])
            low, high = distances[order[5]], distances[order[400]]
            where = condition.format(low=float(low), high=float(high))
            sql = f"SELECT a <-> $1 AS d, id FROM t WHERE {where} ORDER BY d LIMIT 15 OFFSET $2"
            seen = [row for offset in range(0, 210, 15) for row in data.rows(sql, query, offset)]
            assert seen == sorted(seen)
            assert len({row_id for _, row_id in seen}) == 210
            matching = data.brand < 4 if condition.startswith("brand") else distances < high
            nearest = order[matching[order]].tolist()
            # Behind the first page nothing is missing.
            assert set(nearest[40:200]) <= {row_id for _, row_id in seen} <= set(nearest)
    finally:
        data.connection.execute("RESET vql.recall")


def test_pages_lose_none_of_rows_that_are_equally_far(tmp_path):
    """An index finds any of the rows as far as the last of a page; the next pages have the others."""
    connection, rows = vql.connect(tmp_path / "db"), 12_000
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(rows, 8)).astype("f4")
    vectors[2_000:2_500] = vectors[2_000]
    ids = generator.permutation(rows)
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(8))")
    connection.execute("CREATE INDEX ON t USING hnsw (v vector_l2_ops)")
    for half in np.split(ids, 2):
        connection.insert("t", {"id": half, "v": vectors[half]})
        connection.execute("VACUUM t")
    connection.execute("SET vql.recall = 0.5")
    sql = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 70 OFFSET $2"
    near = vectors[2_000] + np.float32(0.01)
    seen = [i for offset in range(0, 700, 70) for (i,) in connection.execute(sql, [near, offset])]
    assert len(set(seen)) == 700
    assert set(range(2_000, 2_500)) <= set(seen)
    connection.close()
