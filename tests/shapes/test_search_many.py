"""One statement for many vectors: each is answered as a statement of its own is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import vql
from vql.executor.knn.dense import SegmentSearcher

METRICS = ["<->", "<=>", "<#>", "<+>"]


@pytest.fixture
def exactly(data) -> Iterator[None]:
    data.connection.execute("SET vql.recall = 1")
    yield
    data.connection.execute("RESET vql.recall")


def one_by_one(connection: vql.Connection, sql: str, vectors, parameters=(), place: int = 0) -> list:
    """The rows of each vector by a statement of its own."""
    found = []
    for vector in vectors:
        given = [*parameters[:place], vector, *parameters[place:]]
        found.append(connection.execute(sql, given).fetchall())
    return found


def told(rows: list) -> str:
    return str([[tuple(map(str, row)) for row in each] for each in rows])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("condition", "k"), [("true", 10), ("brand = $2", 10), ("brand = $2", 9_000), ("doc < 3", 100)]
)
def test_exact_answers_are_those_of_single_statements(data, exactly, batches, metric, condition, k):
    vectors = [*data.queries, data.a[1000], np.zeros(16, "f4"), None]
    sql = f"SELECT id, a {metric} $1 FROM t WHERE {condition} ORDER BY a {metric} $1 LIMIT {k}"
    parameters = ["brand 2"] if "$2" in condition else []
    found = data.connection.search_many(sql, vectors, parameters)
    assert set(batches) == {22}  # NULL has no distances
    assert told(list(found)) == told(one_by_one(data.connection, sql, vectors, parameters))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("condition", ["true", "doc < 150", "doc = 7", "doc < 0", "a IS NULL"])
def test_answers_of_an_index_are_whole_and_near(data, metric, condition):
    sql = f"SELECT id, a {metric} $1 AS d FROM t WHERE {condition} ORDER BY d LIMIT 25"
    vectors = np.concatenate([data.queries] * 3) + np.float32(0.01)
    found = data.connection.search_many(sql, vectors)
    data.connection.execute("SET vql.recall = 1")
    try:
        truth = data.connection.search_many(sql, vectors)
    finally:
        data.connection.execute("RESET vql.recall")
    assert [len(each) for each in found] == [len(each) for each in truth]
    hits = sum(len({r[0] for r in a} & {r[0] for r in b}) for a, b in zip(found, truth, strict=True))
    assert hits >= 0.9 * sum(map(len, truth))


def test_results_come_as_lists_arrays_and_tables(data, exactly):
    sql = "SELECT id, a <-> $1 AS d, a FROM t ORDER BY d LIMIT 5"
    found = data.connection.search_many(sql, data.queries)
    assert len(found) == 20
    assert found[-1] == found[19]
    assert found[3:5] == [found[3], found[4]]
    assert found.starts.tolist() == list(range(0, 105, 5))
    assert found.queries.tolist() == [number for number in range(20) for _ in range(5)]
    arrays = found.numpy()
    assert arrays["id"].reshape(-1, 5)[7].tolist() == [row[0] for row in found[7]]
    assert arrays["a"].shape == (100, 16) and arrays["a"].dtype == np.float32
    assert arrays["d"].dtype == np.float64
    assert found.arrow().num_rows == 100
    assert [column[0] for column in found.description] == ["id", "d", "a"]
    with pytest.raises(IndexError):
        found[20]


def test_no_vectors_have_no_answers(data):
    found = data.connection.search_many("SELECT id FROM t ORDER BY a <-> $1 LIMIT 5", [])
    assert list(found) == [] and found.starts.tolist() == [0]
    assert found.numpy()["id"].shape == (0,)
    with pytest.raises(IndexError):
        found[0]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, 1 - (a <=> $1) AS similarity FROM t ORDER BY a <=> $1 LIMIT 6",
        "SELECT id FROM t WHERE a <> $1 ORDER BY a <-> $1 LIMIT 6",
        "SELECT id FROM t ORDER BY a <-> $1 LIMIT 6 OFFSET 3",
        "SELECT id FROM t ORDER BY a <-> $1, id DESC LIMIT 6",
        "SELECT id FROM t WHERE a <-> $1 < 4 ORDER BY a <-> $1",
        "SELECT count(*), min(a <-> $1) FROM t WHERE doc = 3",
        "SELECT doc, id FROM t ORDER BY a <-> $1 LIMIT 3 PER doc 2",
        "WITH near AS (SELECT id FROM t ORDER BY a <-> $1 LIMIT 4) SELECT count(*) FROM near",
        "SELECT DISTINCT doc FROM (SELECT doc FROM t ORDER BY a <-> $1 LIMIT 9) s ORDER BY doc",
    ],
)
def test_statements_of_every_form_are_answered(data, exactly, sql):
    vectors = data.queries[:6]
    found = data.connection.search_many(sql, vectors)
    assert told(list(found)) == told(one_by_one(data.connection, sql, vectors))


def test_the_vector_is_found_among_the_parameters(data, exactly):
    sql = "SELECT id FROM t WHERE brand = ? AND doc < ? ORDER BY a <-> ? LIMIT ?"
    found = data.connection.search_many(sql, data.queries, ["brand 1", 200, 7])
    assert list(found) == one_by_one(data.connection, sql, data.queries, ["brand 1", 200, 7], place=2)


def test_all_see_one_moment_and_the_transaction(data, exactly):
    run, sql = data.connection.execute, "SELECT id FROM t ORDER BY a <-> $1 LIMIT 1"
    before = list(data.connection.search_many(sql, data.queries))
    run("CREATE SNAPSHOT before_many")
    run("BEGIN")
    for ((row,),) in before:
        run("DELETE FROM t WHERE id = ?", [row])
    run("INSERT INTO t (id, a) VALUES (90000, ?)", [data.queries[3]])
    within = data.connection.search_many(sql, data.queries)
    assert within[3] == [(90000,)]
    assert not {each[0] for each in before} & {each[0] for each in within}
    run("ROLLBACK")
    assert list(data.connection.search_many(sql, data.queries)) == before
    run("DELETE FROM t WHERE id = ?", [before[0][0][0]])
    then = data.connection.search_many(sql + " AS OF SNAPSHOT 'before_many'", data.queries)
    assert list(then) == before
    assert data.connection.search_many(sql, data.queries)[0] != before[0]
    run("INSERT INTO t SELECT * FROM t AS OF SNAPSHOT 'before_many' WHERE id = ?", [before[0][0][0]])
    run("DROP SNAPSHOT before_many")


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("SELECT id FROM t LIMIT 3", "07001"),
        ("SELECT a <-> ? FROM t ORDER BY a <-> ? LIMIT 3", "07001"),
        ("DELETE FROM t WHERE a = $1", "0A000"),
        ("SELECT id FROM t ORDER BY a <-> $1 LIMIT 3 FOR UPDATE", "0A000"),
    ],
)
def test_other_statements_are_refused(data, sql, state):
    with pytest.raises(vql.Error) as caught:
        data.connection.search_many(sql, data.queries)
    assert caught.value.sqlstate == state


@pytest.mark.parametrize("place", [0, 2, 9])
def test_a_vector_of_other_dimensions_is_refused(data, place):
    vectors = [*data.queries[:place], np.ones(3, "f4"), *data.queries[place:]]
    with pytest.raises(vql.Error) as caught:
        data.connection.search_many("SELECT id FROM t ORDER BY a <-> $1 LIMIT 3", vectors)
    assert caught.value.sqlstate == "22000"


@pytest.mark.parametrize(
    ("type_", "metrics"),
    [
        ("halfvec(6)", ["<->", "<=>", "<#>", "<+>"]),
        ("sparsevec(6)", ["<->", "<=>", "<#>", "<+>"]),
        ("bit(6)", ["<~>", "<%>"]),
        ("vector", ["<->"]),
    ],
)
def test_every_kind_of_vector_is_answered(tmp_path, type_, metrics):
    generator = np.random.default_rng(4)
    numbers = generator.integers(-3, 4, (400, 6))
    if type_.startswith("bit"):
        texts = ["".join(map(str, (row > 0).astype(int))) for row in numbers]
    elif type_.startswith("sparse"):
        texts = ["{" + ",".join(f"{i + 1}:{n}" for i, n in enumerate(row) if n) + "}/6" for row in numbers]
    else:
        texts = [str(row.tolist()) for row in numbers]
    texts[7] = None
    with vql.connect(tmp_path / "db") as connection:
        connection.execute(f"CREATE TABLE x (id int PRIMARY KEY, v {type_})")
        connection.executemany(f"INSERT INTO x VALUES (?, ?::{type_})", list(enumerate(texts)))
        for metric in metrics:
            sql = f"SELECT id, v {metric} $1::{type_} FROM x WHERE id % 3 <> 1 ORDER BY v {metric} $1 LIMIT 9"
            vectors = [text for text in texts[:12] if text is not None]
            found = connection.search_many(sql, vectors)
            assert told(list(found)) == told(one_by_one(connection, sql, vectors))


@pytest.mark.parametrize("method", ["auto", "ivfpq", "rabitq", "ivfflat", "hnsw"])
@pytest.mark.parametrize("operators", ["vector_l2_ops <->", "vector_cosine_ops <=>", "vector_ip_ops <#>"])
def test_one_call_of_an_index_finds_what_single_ones_do(tmp_path, monkeypatch, method, operators):
    # However quickly the machine compares all rows.
    monkeypatch.setattr(SegmentSearcher, "_scan_each_us", lambda *_: float("inf"))
    generator = np.random.default_rng(5)
    rows = (generator.normal(size=(40, 1, 8)) * 4 + generator.normal(size=(40, 130, 8))).reshape(-1, 8)
    family, metric = operators.split()
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE x (id int PRIMARY KEY, n int, v vector(8))")
        ids = np.arange(len(rows))
        connection.insert("x", {"id": ids, "n": ids % 2, "v": rows.astype("f4")})
        connection.execute(f"CREATE INDEX ON x USING {method} (v {family})")
        connection.execute("VACUUM")
        for condition in ("true", "n = 1"):
            sql = f"SELECT id FROM x WHERE {condition} ORDER BY v {metric} $1 LIMIT 10"
            vectors = rows[::65].astype("f4")
            found, singly = connection.search_many(sql, vectors), one_by_one(connection, sql, vectors)
            assert [len(each) for each in found] == [10] * 80
            same = [len(set(a) & set(b)) for a, b in zip(found, singly, strict=True)]
            assert sum(same) > 0.9 * 800


def test_a_cancel_ends_the_batch(data, exactly, monkeypatch):
    search, asked = SegmentSearcher.search_batch, []

    def cancelled(searcher, *given, **named):
        asked.append(searcher)
        data.connection.session.cancel()
        return search(searcher, *given, **named)

    monkeypatch.setattr(SegmentSearcher, "search_batch", cancelled)
    vectors = np.concatenate([data.queries] * 20)
    with pytest.raises(vql.Error) as caught:
        data.connection.search_many("SELECT id FROM t ORDER BY a <-> $1 LIMIT 100", vectors)
    assert caught.value.sqlstate == "57014" and len(asked) == 1
