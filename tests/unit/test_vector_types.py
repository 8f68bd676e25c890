"""halfvec, bit and sparsevec: values in and out, and searches against numpy's brute force."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pgvector import Bit, HalfVector, Vector
from pgvector import SparseVector as TheirSparse

import vql
from vql.storage.upkeep.check import check_store
from vql.types.vectors.bit import bits_from, bits_text
from vql.types.vectors.sparsevec import SparseVector, parse_sparse
from vql.types.vectors.vector import VECTOR

DIM = 24
ROWS = 700
METRICS = ("l2", "ip", "cosine", "l1")


def dense_distances(rows: np.ndarray, query: np.ndarray, metric: str) -> np.ndarray:
    rows, query = rows.astype(np.float64), query.astype(np.float64)
    if metric == "l2":
        return np.sqrt(((rows - query) ** 2).sum(1))
    if metric == "l1":
        return np.abs(rows - query).sum(1)
    if metric == "ip":
        return -(rows @ query)
    with np.errstate(all="ignore"):
        return 1 - rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))


def bit_distances(rows: np.ndarray, query: np.ndarray, metric: str) -> np.ndarray:
    if metric == "hamming":
        return (rows != query).sum(1).astype(float)
    both, either = (rows & query).sum(1), (rows | query).sum(1)
    return np.where(both == 0, 1.0, 1 - both / np.maximum(either, 1))


def order(distances: np.ndarray) -> np.ndarray:
    return np.lexsort([np.arange(len(distances)), distances])


@pytest.fixture(scope="module")
def data() -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)
    sparse = random.standard_normal((ROWS, DIM)).astype(np.float32)
    sparse[random.random((ROWS, DIM)) < 0.8] = 0
    sparse[5] = 0
    sparse[100:104] = sparse[99]  # ties
    half = random.standard_normal((ROWS, DIM)).astype(np.float16)
    half[17] = 0
    half[200:204] = half[199]
    return {"half": half, "code": random.random((ROWS, 70)) < 0.3, "words": sparse}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory, data: dict[str, np.ndarray]) -> vql.Connection:
    """Every row but the last ones sealed; every ninth row NULL."""
    connected = vql.connect(tmp_path_factory.mktemp("types") / "db")
    connected.execute(
        f"CREATE TABLE t (id int PRIMARY KEY, half halfvec({DIM}), code bit(70), words sparsevec({DIM}))"
    )
    for part in (slice(0, 600), slice(600, ROWS)):
        connected.insert("t", {"id": np.arange(ROWS)[part], **{name: a[part] for name, a in data.items()}})
        if part.start == 0:
            connected.execute("VACUUM t")
    connected.execute("UPDATE t SET half = NULL, code = NULL, words = NULL WHERE id % 9 = 0")
    return connected


@pytest.mark.parametrize("where", ["", "WHERE id % 5 < 2", "WHERE id < 20"])
@pytest.mark.parametrize(
    ("column", "metric"),
    [(c, m) for c in ("half", "words") for m in METRICS] + [("code", "hamming"), ("code", "jaccard")],
)
def test_search_is_brute_force(
    db: vql.Connection, data: dict[str, np.ndarray], column: str, metric: str, where: str
) -> None:
    compute = bit_distances if column == "code" else dense_distances
    ids = np.arange(ROWS)
    ids = ids[ids % 5 < 2] if "5" in where else ids[:20] if where else ids
    for row in (1, 99, 199, 333):
        distances = compute(data[column], data[column][row], metric)[ids]
        distances[ids % 9 == 0] = np.inf
        wanted = min(30, len(ids))
        distances[np.isnan(distances)] = 1e9  # NaN before NULL
        found = db.execute(
            f"SELECT id, {metric}({column}, ?) FROM t {where} ORDER BY {metric}({column}, ?), id"
            f" LIMIT {wanted}",
            [data[column][row]] * 2,
        ).fetchall()
        got = np.array([np.inf if d is None else 1e9 if np.isnan(d) else d for _, d in found])
        np.testing.assert_allclose(got, np.sort(distances)[:wanted], rtol=1e-9, atol=1e-9)
        assert len({i for i, _ in found}) == wanted
        by_id = dict(zip(ids.tolist(), distances.tolist(), strict=True))
        np.testing.assert_allclose(got, [by_id[i] for i, _ in found], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("column", "metric"), [("half", "l2"), ("words", "l2"), ("words", "cosine"), ("code", "hamming")]
)
def test_ties_come_in_the_order_of_rows(
    db: vql.Connection, data: dict[str, np.ndarray], column: str, metric: str
) -> None:
    rows = db.execute(f"SELECT id, {metric}({column}, ?) FROM t ORDER BY 2 LIMIT 60", [data[column][101]])
    found = rows.fetchall()
    # An update is a new row: those touched by the fixture are the NULLs, which are not among these.
    assert found == sorted(found, key=lambda row: (row[1], row[0]))


def test_a_distance_does_not_depend_on_the_plan(db: vql.Connection, data: dict[str, np.ndarray]) -> None:
    for column, metric in [("half", "l2"), ("words", "l2"), ("words", "l1"), ("code", "jaccard")]:
        query = data[column][3]
        near = db.execute(f"SELECT id, {metric}({column}, ?) d FROM t ORDER BY d LIMIT 40", [query])
        plain = dict(db.execute(f"SELECT id, {metric}({column}, ?) FROM t", [query]).fetchall())
        assert all(plain[row] == distance for row, distance in near.fetchall())


def test_values_come_back_through_sealing(db: vql.Connection, data: dict[str, np.ndarray]) -> None:
    found = db.execute("SELECT * FROM t WHERE half IS NOT NULL ORDER BY id").numpy()
    kept = found["id"]
    assert (found["half"] == data["half"][kept]).all() and found["half"].dtype == np.float16
    assert (found["code"] == data["code"][kept]).all() and found["code"].dtype == np.bool_
    assert all(
        (s.to_numpy() == row).all() for s, row in zip(found["words"], data["words"][kept], strict=True)
    )


def test_as_of_sees_the_vectors_of_before(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as db:
        db.execute("CREATE TABLE t (id int PRIMARY KEY, h halfvec(2), b bit(3), s sparsevec(4))")
        db.execute("INSERT INTO t VALUES (1, '[1,2]', '101', '{1:1}/4')")
        db.execute("CREATE SNAPSHOT before")
        db.execute("UPDATE t SET h = '[3,4]', b = '000', s = '{}/4'")
        for column, query in [("h <-> '[1,2]'", 0), ("b <~> '101'", 0), ("s <+> '{1:1}/4'", 0)]:
            then = db.execute(f"SELECT {column} d FROM t ORDER BY d LIMIT 1 AS OF SNAPSHOT 'before'")
            assert then.fetchall() == [(query,)]
            assert db.execute(f"SELECT {column} d FROM t ORDER BY d LIMIT 1").fetchall() != [(query,)]


def test_a_database_of_all_types_passes_its_check(tmp_path: Path, data: dict[str, np.ndarray]) -> None:
    path = tmp_path / "db"
    with vql.connect(path) as db:
        db.execute(f"CREATE TABLE t (id int, half halfvec({DIM}), code bit(70), words sparsevec({DIM}))")
        for _ in range(3):
            db.insert("t", {"id": np.arange(ROWS), **data})
            db.execute("INSERT INTO t VALUES (1, NULL, NULL, NULL)")
            db.execute("VACUUM t")
        assert db.execute("SELECT count(*) FROM t").fetchone() == (3 * ROWS + 3,)
    assert check_store(path) == []


def test_pgvectors_classes_are_values(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as db:
        db.execute("CREATE TABLE t (v vector(2), h halfvec(2), b bit(9), s sparsevec(4))")
        theirs = [Vector([1, 2]), HalfVector([1, 2.5]), Bit("101010101"), TheirSparse({1: 2.5}, 4)]
        db.execute("INSERT INTO t VALUES (?, ?, ?, ?)", theirs)
        ours = db.execute("SELECT * FROM t").fetchone()
        assert ours is not None
        assert ours[1].tolist() == [1, 2.5]
        assert bits_text(ours[2]) == "101010101"
        assert ours[3] == SparseVector({1: 2.5}, 4) == SparseVector([0, 2.5, 0, 0])


def test_bits_may_be_packed(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as db:
        db.execute("CREATE TABLE t (b bit(12))")
        db.insert("t", {"b": np.array([[0xFF, 0xF0], [0x80, 0x00]], np.uint8)})
        db.insert("t", {"b": np.array([[0, 1] * 6])})
        db.execute("INSERT INTO t VALUES (?), (?)", [b"\x01\x20", np.array([1, 0, 1] * 4, np.uint8)])
        found = [bits_text(b) for (b,) in db.execute("SELECT b FROM t").fetchall()]
        assert found == ["1" * 12, "1" + "0" * 11, "01" * 6, "000000010010", "101" * 4]
        with pytest.raises(vql.DataError, match="does not match type bit"):
            db.insert("t", {"b": np.zeros((2, 3), np.uint8)})
        with pytest.raises(vql.DataError, match="a bit is 0 or 1"):
            db.insert("t", {"b": np.full((2, 12), 2)})


def test_queries_of_duckdb_give_back_the_types(db: vql.Connection) -> None:
    row = db.execute("SELECT half, code, words, count(*) FROM t WHERE id = 1 GROUP BY 1, 2, 3").fetchone()
    plain = db.execute("SELECT half, code, words FROM t WHERE id = 1").fetchone()
    assert row is not None and plain is not None
    assert (row[0] == plain[0]).all() and row[0].dtype == np.float16
    assert (row[1] == plain[1]).all()
    assert row[2] == plain[2]


sparse_values = st.builds(
    lambda elements, dim: SparseVector({i % dim: v for i, v in elements.items()}, dim),
    st.dictionaries(st.integers(0, 10**9), st.floats(-(2.0**99), 2.0**99, width=32), max_size=20),
    st.integers(1, 10**9),
)


@given(sparse_values)
def test_sparse_text_reads_back(vector: SparseVector) -> None:
    assert parse_sparse(str(vector)) == vector


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_bit_text_reads_back(bits: list[bool]) -> None:
    assert bits_from(bits_text(np.array(bits))).tolist() == bits


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_sparse_distances_are_those_of_dense_vectors(data: st.DataObject) -> None:
    from vql.executor.knn.scans.distances import sparse_distances
    from vql.storage.columns.ragged_rows import SparseRows

    elements = st.lists(st.sampled_from([0, 0, 0, 1.0, -2.5, 3e-5, 1e6]), min_size=9, max_size=9)
    rows = np.array(data.draw(st.lists(elements, min_size=1, max_size=6)), np.float32)
    query = np.array(data.draw(elements), np.float32)
    made = SparseRows.of([SparseVector(row) for row in rows], 9)
    for metric in ("l2", "inner_product", "cosine", "l1"):
        found = sparse_distances(made, SparseVector(query), metric)
        wanted = dense_distances(rows, query, {"inner_product": "ip"}.get(metric, metric))
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["inverted", "hnsw", "auto"])
@pytest.mark.parametrize("metric", ["l2", "ip", "cosine", "l1"])
def test_inverted_lists_answer_as_the_scan_does(tmp_path: Path, method: str, metric: str) -> None:
    random = np.random.default_rng(3)
    dense = random.standard_normal((6_000, 300)).astype(np.float32)
    dense[random.random(dense.shape) < 0.96] = 0
    dense[7] = 0
    rows = [SparseVector(row) for row in dense]
    name = f"sparsevec_{metric}_ops"
    with vql.connect(tmp_path / "db") as db:
        db.execute("CREATE TABLE t (id int PRIMARY KEY, kind int, s sparsevec(300))")
        db.insert("t", {"id": np.arange(6_000), "kind": np.arange(6_000) % 7, "s": rows})
        db.execute("UPDATE t SET s = NULL WHERE id % 50 = 3")
        db.execute("VACUUM t")
        sql = f"SELECT id, {metric}(s, ?) d FROM t {{}} ORDER BY d LIMIT 25"
        wheres = ["", "WHERE kind < 3", "WHERE id < 30", "WHERE id % 50 = 3"]
        queries = [rows[11], rows[12], SparseVector({}, 300), SparseVector({299: 3.0}, 300)]
        before = [db.execute(sql.format(w), [q]).fetchall() for w in wheres for q in queries]
        db.execute(f"CREATE INDEX ON t USING {method} (s {name})")
        after = [db.execute(sql.format(w), [q]).fetchall() for w in wheres for q in queries]
        assert str(after) == str(before)  # NaN is not equal to itself
        told = db.execute(f"EXPLAIN ANALYZE SELECT id FROM t ORDER BY {metric}(s, ?) LIMIT 3", [rows[1]])
        assert "Strategy: inverted lists" in str(told.fetchall())
    assert check_store(tmp_path / "db") == []


@pytest.mark.parametrize(
    ("column", "definition"),
    [
        ("h", "hnsw (h halfvec_l2_ops)"),
        ("h", "auto (h halfvec_cosine_ops)"),
        ("b", "hnsw (b bit_hamming_ops)"),
        ("b", "hnsw (b bit_jaccard_ops) WITH (m = 8, ef_construction = 40)"),
        ("b", "binary_flat (b)"),
        ("b", "binary_hnsw (b bit_hamming_ops)"),
        ("b", "auto (b)"),
    ],
)
def test_an_index_does_not_change_the_answer(tmp_path: Path, column: str, definition: str) -> None:
    random = np.random.default_rng(4)
    bits = random.random((6_000, 64)) < 0.4
    halves = random.standard_normal((6_000, 8)).astype(np.float16)
    metric = {"l2": "l2", "co": "cosine", "ja": "jaccard"}.get(definition.partition("_")[2][:2], "hamming")
    with vql.connect(tmp_path / "db") as db:
        db.execute("CREATE TABLE t (id int PRIMARY KEY, h halfvec(8), b bit(64))")
        db.insert("t", {"id": np.arange(6_000), "h": halves, "b": bits})
        db.execute(f"CREATE INDEX i ON t USING {definition}")
        db.execute("INSERT INTO t VALUES (6000, NULL, NULL)")
        sql = f"SELECT id, {metric}({column}, ?) d FROM t {{}} ORDER BY d LIMIT 20"
        for where in ("", "WHERE id < 3000", "WHERE id < 40"):
            query = (halves if column == "h" else bits)[5]
            found = db.execute(sql.format(where) + " WITH (recall = 1)", [query]).fetchall()
            exact = db.execute(f"SELECT id, {metric}({column}, ?) d FROM t {where}", [query]).fetchall()
            exact.sort(key=lambda row: (row[1] is None, row[1], row[0]))
            assert found == exact[:20]


def test_many_texts_are_read_as_each_of_them():
    """What reads texts of a COPY at once gives what each of them is, or leaves them to be read one by one."""
    generator = random.Random(7)
    numbers = [
        "1",
        "-2.5",
        " 3",
        "4 ",
        "1e3",
        ".5",
        "6.",
        "+7",
        "1e-50",
        "1e99",
        "",
        " ",
        "x",
        "1_0",
        "nan",
        "0x1",
    ]
    read = 0
    for _ in range(3_000):
        few = generator.sample(numbers, 3)
        text = "[" + ",".join(generator.choices(few, k=generator.randrange(1, 4))) + "]"
        try:
            at_once = VECTOR.of_texts([text, text], None)
        except ValueError:
            continue  # as `vql.session.statements.changes.copy_cells` takes it
        if at_once is not None:
            read += 1
            assert np.asarray(at_once)[1].tolist() == VECTOR.from_text(text, None).tolist(), text
    assert read > 500
