"""The DuckDB bridge: relational SQL on our snapshot, the catalog, and what it must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import vql

ROWS = 100


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    folder: Path = tmp_path_factory.mktemp("relational")
    connection = vql.connect(folder)
    connection.execute(
        "CREATE TABLE t (id bigint PRIMARY KEY, brand text, price real, n numeric, tags text[],"
        " j jsonb, at timestamptz, vec vector(3))"
    )
    ids = np.arange(ROWS)
    connection.insert(
        "t",
        {
            "id": ids,
            "brand": ["y" if i % 3 == 0 else "x" for i in range(ROWS)],
            "price": ids / 4,
            "n": [f"{i}.50" for i in range(ROWS)],
            "tags": [["a", "b"] if i % 2 else None for i in range(ROWS)],
            "j": [f'{{"k": {i}}}' for i in range(ROWS)],
            "vec": np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32),
        },
    )
    yield connection
    connection.close()


CASES: list[tuple[str, list[tuple[object, ...]]]] = [
    ("SELECT 1/3, 7/2, -7/2, 7/2.0, 5 % 3", [(0, 3, -3, 3.5, 2)]),
    ("SELECT count(*), count(tags) FROM t", [(100, 50)]),
    ("SELECT brand, count(*) FROM t GROUP BY brand ORDER BY 1", [("x", 66), ("y", 34)]),
    ("SELECT sum(id), avg(id) FROM t", [(Decimal(4950), Decimal("49.5"))]),
    ("SELECT a.id, b.id FROM t a JOIN t b ON a.id = b.id + 1 ORDER BY 1 LIMIT 1", [(1, 0)]),
    ("SELECT id FROM t UNION SELECT id + 1000 FROM t ORDER BY 1 DESC LIMIT 1", [(1099,)]),
    ("SELECT n, j->>'k', tags FROM t WHERE (j->>'k')::int = 5", [(Decimal("5.50"), "5", ["a", "b"])]),
    ("SELECT id FROM t WHERE id IN (SELECT id FROM t WHERE price < 0.5) ORDER BY id", [(0,), (1,)]),
    ("SELECT generate_series(1, 2)", [(1,), (2,)]),
    ("SELECT n FROM generate_series(1, 3) AS g(n) WHERE n > 2", [(3,)]),
    ("SELECT 'a' || 1, 3::numeric, 2.50::numeric, round(2.567, 2)",
     [("a1", Decimal(3), Decimal("2.50"), Decimal("2.57"))]),
    ("SELECT EXISTS (SELECT 1 FROM t WHERE id = 1), ARRAY(SELECT id FROM t ORDER BY id LIMIT 2)",
     [(True, [0, 1])]),
    ("SELECT count(DISTINCT brand), count(*) FILTER (WHERE price > 3) FROM t", [(2, 87)]),
    ("VALUES (1, 'a'), (2, 'b')", [(1, "a"), (2, "b")]),
    ("SELECT string_agg(brand, ',' ORDER BY id) FROM t WHERE id < 3", [("y,x,x",)]),
    ("SELECT id, rank() OVER (ORDER BY price DESC) FROM t LIMIT 1", [(99, 1)]),
    ("SELECT j @> '{\"k\": 7}' FROM t WHERE id = 7", [(True,)]),
    ("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass"
     " AND attname = 'vec'", [("vector(3)",)]),
    ("SELECT relname FROM pg_catalog.pg_class ORDER BY 1", [("t",), ("t_pkey",)]),
    ("SELECT oid::regtype::text FROM pg_type WHERE oid = to_regtype('vector')", [("vector",)]),
    ("SELECT current_setting('vql.recall'), current_schema()", [("0.95", "public")]),
    ("SELECT column_name FROM information_schema.columns WHERE table_name = 't' LIMIT 1", [("id",)]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql for sql, _ in CASES])
def test_answers_as_postgres_would(db: vql.Connection, sql: str, expected: list[tuple[object, ...]]) -> None:
    assert db.execute(sql).fetchall() == expected


def test_blocks_inside_a_query_are_the_native_answer(db: vql.Connection) -> None:
    query = np.zeros(3, np.float32)
    native = db.execute("SELECT id, vec <-> ? AS d FROM t ORDER BY d LIMIT 5", [query]).fetchall()
    inside = db.execute(
        "WITH near AS (SELECT id, vec <-> ? AS d FROM t ORDER BY d LIMIT 5) "
        "SELECT id, d FROM near ORDER BY d",
        [query],
    ).fetchall()
    assert inside == native
    listed = db.execute("SELECT upper(brand), id FROM t ORDER BY vec <-> ? LIMIT 5", [query]).fetchall()
    assert [row[1] for row in listed] == [row[0] for row in native]


def test_vector_sums_are_element_by_element(db: vql.Connection) -> None:
    every = db.execute("SELECT vec FROM t").numpy()["vec"]
    (row,) = db.execute("SELECT sum(vec), avg(vec), count(*) FROM t").fetchall()
    np.testing.assert_allclose(np.asarray(row[0]), every.sum(0), rtol=1e-4)
    np.testing.assert_allclose(np.asarray(row[1]), every.mean(0), rtol=1e-4)


def test_a_query_runs_on_the_snapshot_it_names(db: vql.Connection) -> None:
    (version,) = db.execute("SELECT vql_version()").fetchone() or (0,)
    db.execute("INSERT INTO t (id, brand) SELECT id + 500, upper(brand) FROM t WHERE id < 5")
    try:
        assert db.execute("SELECT count(*) FROM t").fetchall() == [(105,)]
        assert db.execute(f"SELECT count(*) FROM t AS OF VERSION {version}").fetchall() == [(100,)]
    finally:
        db.execute("DELETE FROM t WHERE id >= 500")


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT 1/0", "22012"),
        ("SELECT nope FROM t GROUP BY 1", "42703"),
        ("SELECT f(1)", "42883"),
        ("SELECT * FROM nope JOIN t USING (id)", "42P01"),
        ("SELECT 'x'::int", "22P02"),
        ("SELECT (SELECT id FROM t ORDER BY upper(brand))", "21000"),
        ("SELECT * FROM read_csv('/etc/hostname')", "42883"),
        ("SELECT * FROM duckdb_settings()", "42883"),
        ("SELECT id FROM t WHERE $1 = ?", "42601"),
        ("SELECT 'nope'::regclass", "42P01"),
        ("SELECT brand, count(*) FROM t", "42803"),
    ],
)
def test_refuses_with_the_sqlstate_of_postgres(db: vql.Connection, sql: str, sqlstate: str) -> None:
    with pytest.raises(vql.Error) as caught:
        db.execute(sql)
    assert caught.value.sqlstate == sqlstate


def test_frames_come_in_and_go_out(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    with vql.connect(tmp_path) as connection:
        connection.execute("CREATE TABLE f (id bigint, name text, v vector(2))")
        vectors = [[1.0, 2.0], [3.0, 4.0]]
        connection.insert("f", pyarrow.table({"id": [1, 2], "name": ["a", None], "v": vectors}))
        connection.insert("f", polars.DataFrame({"id": [3, 4], "name": ["b", "c"], "v": vectors}))
        connection.insert("f", pandas.DataFrame({"id": [5, 6], "name": ["d", "e"], "v": vectors}))
        cursor = connection.execute("SELECT * FROM f ORDER BY id")
        assert cursor.df()["name"].fillna("-").tolist() == ["a", "-", "b", "c", "d", "e"]
        assert cursor.arrow()["id"].to_pylist() == [1, 2, 3, 4, 5, 6]
        assert cursor.numpy()["v"].shape == (6, 2)


def test_rows_without_columns_are_rows(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("INSERT INTO t VALUES (1), (2)")
        for sql in (
            "SELECT FROM t",
            "WITH q AS (SELECT FROM t) SELECT FROM q",
        ):
            assert connection.execute(sql).fetchall() == [(), ()]


def test_a_limit_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int)")
        for given in ((1, 2), "z", "1e5"):
            with pytest.raises(vql.DataError) as error:
                connection.execute("SELECT $1 FROM t LIMIT $1", [given])
            assert error.value.sqlstate == "22P02"


def test_a_row_is_no_bit_string(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (b bit(4))")
        for given in ("row(B'1010', '1')", "row('1010', 2)"):
            with pytest.raises(vql.ProgrammingError) as error:
                connection.execute(f"INSERT INTO t VALUES ({given})")
            assert error.value.sqlstate == "42804"


@pytest.mark.parametrize("first", ["'x'", r"'\x61'::bytea"])
def test_a_recursion_ends_where_a_value_outgrows_what_functions_make(tmp_path: Path, first: str) -> None:
    with vql.connect(tmp_path / "db") as connection, pytest.raises(vql.Error) as raised:
        connection.execute(f"WITH RECURSIVE q(s) AS (SELECT {first} UNION ALL SELECT s || s FROM q) TABLE q")
    assert raised.value.sqlstate == "54000"


def test_a_version_may_be_computed(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (2)")
        for moment in ("VERSION (1 + 1)", "VERSION (?::int - 1)", "VERSION (SELECT 2)"):
            given = [3] if "?" in moment else []
            sql = f"SELECT array_agg(id) FROM t AS OF {moment}"
            assert connection.execute(sql, given).fetchall() == [([1],)], moment
            plan = connection.execute(f"EXPLAIN SELECT id FROM t AS OF {moment}", given).fetchall()
            assert any("As Of: version" in line for (line,) in plan), moment
