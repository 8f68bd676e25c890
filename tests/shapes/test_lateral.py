"""k-NN joins: every outer row gets what a search of its own would find."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import vql
from vql.executor.knn.dense import SegmentSearcher
from vql.executor.knn.recall_check import RecallChecker
from vql.executor.knn.scans.exact import ExactSearch
from vql.executor.knn.scans.exact_batch import scan_many
from vql.executor.knn.scans.mask import Mask


@pytest.fixture(scope="module")
def asked(data) -> Iterator[list]:
    """The rows of a table of queries: id, doc, vector."""
    data.connection.execute("CREATE TABLE q (id int PRIMARY KEY, doc int, v vector(16))")
    rows = [(i, int(i % 3), query) for i, query in enumerate(data.queries)]
    rows += [(20, 1, data.queries[0]), (21, 2, None)]
    for row in rows:
        data.connection.execute("INSERT INTO q VALUES (?, ?, ?)", row)
    yield rows
    data.connection.execute("DROP TABLE q")


@pytest.mark.parametrize(
    "join", [", LATERAL ({}) s", "CROSS JOIN LATERAL ({}) s", "JOIN LATERAL ({}) s ON true"]
)
def test_a_join_is_the_single_searches(data, asked, batches, join):
    inner = "SELECT id, a <-> q.v AS d FROM t ORDER BY d LIMIT 7"
    got = data.rows(f"SELECT q.id, s.id, s.d FROM q {join.format(inner)} ORDER BY 1, 3, 2")
    truth = [
        (number, *row)
        for number, _, query in asked
        for row in data.rows("SELECT id, a <-> ? AS d FROM t ORDER BY d LIMIT 7", query)
    ]
    assert len(got) == 7 * len(asked)
    # The two equal vectors are searched once, the one that is NULL alone.
    assert set(batches) == {20}
    assert sorted(got, key=str) == sorted(truth, key=str)


@pytest.fixture(scope="module")
def clusters(tmp_path_factory) -> Iterator[tuple[vql.Connection, np.ndarray]]:
    """A table with an index of each metric, and its rows."""
    generator = np.random.default_rng(5)
    rows = (generator.normal(size=(40, 1, 8)) * 4 + generator.normal(size=(40, 150, 8))).reshape(-1, 8)
    with vql.connect(tmp_path_factory.mktemp("clusters") / "db") as connection:
        connection.execute("CREATE TABLE x (id int PRIMARY KEY, v vector(8))")
        connection.insert("x", {"id": np.arange(len(rows)), "v": rows.astype("f4")})
        for name in ("l2", "cosine", "ip"):
            connection.execute(f"CREATE INDEX ON x USING hnsw (v vector_{name}_ops)")
        connection.execute("VACUUM")
        yield connection, rows


@pytest.mark.parametrize("recall", [0.9, 0.99, 1])
@pytest.mark.parametrize("metric", ["<->", "<=>", "<#>"])
def test_a_batch_by_an_index_is_its_single_searches(clusters, monkeypatch, metric, recall):
    # However quickly the machine compares all rows, and whatever was learnt from the searches before.
    monkeypatch.setattr(SegmentSearcher, "_scan_each_us", lambda *_: float("inf"))
    monkeypatch.setattr(RecallChecker, "put", lambda *_: None)
    connection, rows = clusters
    connection.execute(f"SET vql.recall = {recall}")
    got = connection.execute(
        f"SELECT q.id, s.id FROM x q, LATERAL (SELECT id FROM x ORDER BY v {metric} q.v LIMIT 5) s"
        " WHERE q.id % 100 = 3"
    ).fetchall()
    truth = [
        (number, *row)
        for number in range(3, len(rows), 100)
        for row in connection.execute(
            f"SELECT id FROM x ORDER BY v {metric} ? LIMIT 5", [rows[number].astype("f4")]
        ).fetchall()
    ]
    assert sorted(got) == sorted(truth)


@pytest.mark.parametrize("metric", ["<->", "<=>", "<#>", "<+>"])
@pytest.mark.parametrize("recall", [0.95, 1])
def test_joins_follow_conditions_and_metrics(data, asked, batches, metric, recall):
    data.connection.execute(f"SET vql.recall = {recall}")
    try:
        got = data.rows(
            f"SELECT q.id, s.id FROM q, LATERAL (SELECT i.* FROM t i WHERE i.doc = q.doc AND i.brand <> $1"
            f" ORDER BY i.a {metric} q.v LIMIT 4 OFFSET 1) s WHERE q.id < 9",
            "brand 0",
        )
        truth = [
            (number, *row)
            for number, doc, query in asked[:9]
            for row in data.rows(
                "SELECT id FROM t WHERE doc = $2 AND brand <> 'brand 0'"
                f" ORDER BY a {metric} $1 LIMIT 4 OFFSET 1",
                query,
                doc,
            )
        ]
        assert sorted(got) == sorted(truth)
        # Pages of what an index answers are cut out of one list a query, as everywhere.
        assert set(batches) == (set() if recall < 1 and metric != "<+>" else {3})
    finally:
        data.connection.execute("RESET vql.recall")


def test_conditions_may_name_the_vector(data, asked):
    for condition in ("t.a <> q.v", "vector_dims(q.v::vector) = 16 AND q.id % 2 = 0", "t.a <-> q.v > 3"):
        got = data.rows(
            f"SELECT q.id, s.id FROM q, LATERAL (SELECT t.id FROM t WHERE {condition}"
            " ORDER BY t.a <-> q.v LIMIT 2) s WHERE q.id < 6"
        )
        truth = [
            (number, *row)
            for number, doc, query in asked[:6]
            for row in data.rows(
                f"SELECT id FROM t WHERE {condition.replace('q.v', '$1').replace('q.id', '$2::int')}"
                " AND $2::int >= 0 ORDER BY a <-> $1 LIMIT 2",
                query,
                number,
            )
        ]
        assert sorted(got) == sorted(truth), condition


def test_vectors_of_an_array_are_one_search(data, asked, batches):
    vectors = [query for _, _, query in asked[:9]]
    got = data.rows(
        "SELECT q.n, s.id FROM unnest($1::vector(16)[]) WITH ORDINALITY AS q(v, n)"
        " CROSS JOIN LATERAL (SELECT id FROM t WHERE doc < 200 ORDER BY a <-> q.v LIMIT 4) s",
        vectors,
    )
    assert set(batches) == {9}
    single = "SELECT id FROM t WHERE doc < 200 ORDER BY a <-> ? LIMIT 4"
    truth = [(n + 1, *row) for n, vector in enumerate(vectors) for row in data.rows(single, vector)]
    assert sorted(got) == sorted(truth)


def test_a_left_join_keeps_rows_without_a_match(data, asked):
    got = data.rows(
        "SELECT q.id, s.id FROM q LEFT JOIN LATERAL (SELECT t.id FROM t WHERE t.doc = q.id + 290"
        " ORDER BY t.a <-> q.v LIMIT 1) s ON true ORDER BY q.id"
    )
    assert [row[0] for row in got] == list(range(22))
    assert [row[1] is None for row in got] == [i + 290 >= 300 for i in range(22)]


def test_joins_see_the_transaction_and_the_past(data, asked):
    sql = "SELECT q.id, s.id FROM q, LATERAL (SELECT id FROM t ORDER BY a <-> q.v LIMIT 1) s WHERE q.id < 5"
    run = data.connection.execute
    before = sorted(data.rows(sql))
    run("CREATE SNAPSHOT before_join")
    run("BEGIN")
    for _, row in before:
        run("DELETE FROM t WHERE id = ?", [row])
    run("INSERT INTO t (id, a) SELECT 90000 + id, v FROM q WHERE id = 3")
    within = sorted(data.rows(sql))
    assert within[3] == (3, 90003)
    assert not {row for _, row in before} & {row for _, row in within}
    run("ROLLBACK")
    assert sorted(data.rows(sql)) == before
    assert sorted(data.rows(sql + " AS OF SNAPSHOT 'before_join'")) == before
    run("DROP SNAPSHOT before_join")


def test_joins_stand_inside_other_queries(data, asked, batches):
    got = data.rows(
        "WITH few AS (SELECT id, v FROM q WHERE id < 4) SELECT x.id, count(*), min(s.d) FROM few x"
        " CROSS JOIN LATERAL (SELECT t.a <-> x.v AS d FROM t ORDER BY t.a <-> x.v LIMIT 3) s"
        " GROUP BY x.id ORDER BY x.id"
    )
    for number, count, least in got:
        (single,) = data.rows("SELECT a <-> ? FROM t ORDER BY 1 LIMIT 1", asked[number][2])
        assert (count, least) == (3, single[0])
    from_values = data.rows(
        "SELECT s.id FROM (VALUES (1, $1::vector(16)), (2, $2::vector(16))) AS w(n, v),"
        " LATERAL (SELECT id FROM t ORDER BY a <-> w.v LIMIT 2) s",
        asked[5][2],
        asked[6][2],
    )
    truth = [data.rows("SELECT id FROM t ORDER BY a <-> ? LIMIT 2", asked[n][2]) for n in (5, 6)]
    assert sorted(from_values) == sorted(truth[0] + truth[1])
    assert set(batches) == {4, 2}


def test_a_join_of_other_dimensions_is_refused(data, asked):
    with pytest.raises(vql.Error) as caught:
        data.rows("SELECT s.id FROM (SELECT '[1,2]'::vector(2) AS v) w, LATERAL"
                  " (SELECT id FROM t ORDER BY a <-> w.v LIMIT 2) s")  # fmt: skip
    assert caught.value.sqlstate == "22000"


@pytest.mark.parametrize("scale", [1.0, 1e4])
@pytest.mark.parametrize("metric", ["l2", "inner_product", "cosine", "l1"])
def test_a_batch_is_its_single_searches(metric, scale):
    generator = np.random.default_rng(8)
    # Far from the origin rounding of a product is greater than the distances between rows.
    vectors = (generator.normal(size=(5_000, 24)) + (scale if scale > 1 else 0)).astype("f4")
    vectors[100:140] = vectors[100]
    queries = (generator.normal(size=(30, 24)) + (scale if scale > 1 else 0)).astype("f4")
    queries[3] = vectors[100]
    searcher = SegmentSearcher(vectors, None, None, metric)
    masks = [None, Mask(generator.random(5_000) < 0.3), Mask(np.arange(5_000) == 7)]
    for mask in masks:
        for k in (1, 10, 900):
            many = searcher.search_batch(queries, k, 0.95, mask)
            for query, hits in zip(queries, many, strict=True):
                single = searcher.search(query, k, 0.95, mask)
                assert hits.offsets.tolist() == single.offsets.tolist()
                np.testing.assert_array_equal(hits.distances, single.distances)
    if scale == 1.0 and metric != "l1":
        # Else every query was searched alone, and this showed nothing.
        exact = ExactSearch(vectors, metric, 0.3)
        found = scan_many(exact, queries[5:], None, 10, ("exact scan",))
        assert sum(hits is not None for hits in found) > 20
