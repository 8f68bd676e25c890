"""A table is made of a frame: its columns have the types of the values, and what has none is named."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Iterator

import numpy as np
import pytest

import vql

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

DAY, NOON = datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1, 12)
COLUMNS = {"id": [1, 2, 3], "v": [[1.0] * 3] * 3, "n": [1.5, None, 2.0], "t": ["a", None, "b"]}
FRAME = pd.DataFrame(COLUMNS)
ARRAYS = {
    "id": np.arange(2),
    "small": np.arange(2, dtype=np.uint8),
    "large": np.arange(2, dtype=np.uint64),
    "vec": np.ones((2, 4), np.float32),
    "half": np.ones((2, 3), np.float16),
    "code": np.ones((2, 5), bool),
    "flag": np.array([True, False]),
    "day": np.array(["2020-01-01"] * 2, "M8[D]"),
    "moment": np.array(["2020-01-01"] * 2, "M8[us]"),
    "name": np.array(["a", "b"]),
}
ROWS = [{"id": 1, "v": [1, 2], "doc": {"a": 1}}, {"id": 2, "v": [0.5, 2.0], "tags": ["x"]}]
VALUES = {
    "a": [1, 2.5],
    "b": [1, decimal.Decimal("1.5")],
    "c": [DAY, NOON],
    "d": [uuid.UUID(int=1), None],
    "e": [b"a", None],
    "f": [1 << 70, 1],
    "g": [[1, 2], []],
    "h": [None, None],
    "i": [datetime.timedelta(1), None],
    "j": [NOON.replace(tzinfo=datetime.UTC), None],
    "k": [vql.SparseVector({1: 2.0}, 5), None],
    "l": [None, np.ones(3, np.float32)],
    "m": pd.Series([1, None], dtype="Int64", index=[5, 6]),
    "n": pl.Series([[1.0, 2.0], None]),
}
ARROW = pa.table(
    {
        "v": pa.array([[1, 2], None], pa.list_(pa.float32(), 2)),
        "w": pa.array([[1.0, 2.0], [3.0, 4.0]]),
        "h": pa.array([[1, 2], None], pa.list_(pa.float16(), 2)),
        "s": pa.array([{"a": 1}, None]),
        "l": pa.array([["a"], None]),
        "z": pa.array([b"a", None]),
    }
)
MADE = [
    (ARRAYS, "bigint smallint numeric vector(4) halfvec(3) bit(5) boolean date timestamp text"),
    (ROWS, "bigint vector(2) jsonb text[]"),
    (
        VALUES,
        "double precision,numeric,timestamp,uuid,bytea,numeric,bigint[],text,interval,timestamptz,"
        "sparsevec(5),vector(3),bigint,vector(2)",
    ),
    (FRAME, "bigint,vector(3),double precision,text"),
    (FRAME[FRAME.id > 1].sort_values("id", ascending=False), "bigint,vector(3),double precision,text"),
    (pl.DataFrame(COLUMNS), "bigint,vector(3),double precision,text"),
    (ARROW, "vector(2) vector(2) halfvec(2) jsonb text[] bytea"),
]


@pytest.fixture
def connection(tmp_path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as made:
        yield made


def types(connection: vql.Connection, table: str) -> list[str]:
    description = connection.execute(f"SELECT * FROM {table}").description
    assert description is not None
    return [column[1] for column in description]


@pytest.mark.parametrize(("frame", "wanted"), MADE)
def test_columns_have_the_types_of_the_values(connection: vql.Connection, frame: object, wanted: str) -> None:
    count = connection.insert("t", frame, create=True)
    assert types(connection, "t") == wanted.split("," if "," in wanted else None)
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (count,)
    assert connection.insert("t", frame, create=True) == count  # it is there now


def deep() -> list[object]:
    """Return a list that holds itself."""
    made: list[object] = []
    made.append(made)
    return made


BAD = [
    ({"v": [[1.0, 2.0], None, [1.0]]}, "22000", 'column "v", row 3: expected 2 dimensions, not 1'),
    ({"v": [np.ones(2), np.ones(3)]}, "22000", 'column "v", row 2: expected 2 dimensions, not 3'),
    (pl.DataFrame({"v": [[1.0, 2.0], [1.0]]}), "22000", 'column "v", row 2: expected 2 dimensions'),
    ({"v": [[1.0, 2.0], [1.0, float("nan")]]}, "22000", 'column "v", row 2: NaN'),
    ({"v": [1, "a"]}, "42804", 'column "v", row 2: a value of type text'),
    ({"v": [None, object()]}, "42804", 'column "v", row 2: a object'),
    ({"v": [1], "w": [1, 2]}, "22023", '"v" has 1, "w" has 2'),
    ({"v": ["a", "\ud800"]}, "22021", 'column "v", row 2'),
    ({1: [1]}, "42804", "the name of a column"),
    ({"v": 5}, "42804", 'column "v"'),
    ({}, "42804", "no columns"),
    ([], "42804", "list"),
    ([{"a": 1}, 5], "42804", "list"),
    (5, "42804", "int"),
    ({"v": np.array([1 + 2j])}, "42804", "complex128"),
    ({"v": np.array([(1,)], [("x", "i4")])}, "42804", 'column "v"'),
    ({"v": [1, deep()]}, "54000", 'column "v", row 2'),
    ({"v": [NOON, pd.NaT]}, "42804", 'column "v", row 2: NaT'),
    ({"v": np.ma.masked_array(np.ones((2, 2)), np.eye(2))}, "0A000", 'column "v"'),
    (pa.table([[1], [2]], names=["a", "a"]), "42701", 'column "a"'),
    (pa.chunked_array([pa.array([{"a": 1}, None])]), "22004", "a row"),
]


@pytest.mark.parametrize(("frame", "sqlstate", "text"), BAD)
def test_what_is_no_table_is_refused(
    connection: vql.Connection, frame: object, sqlstate: str, text: str
) -> None:
    with pytest.raises(vql.Error) as found:
        connection.insert("t", frame, create=True)
    assert found.value.sqlstate == sqlstate
    assert text in str(found.value)
    with pytest.raises(vql.ProgrammingError):
        connection.execute("SELECT * FROM t")


def test_rows_or_the_table_are_replaced_at_once(connection: vql.Connection) -> None:
    connection.insert("public.t", {"id": [1, 2]}, create=True)
    connection.execute("CREATE SNAPSHOT before")
    connection.insert("t", {"id": [3]}, replace=True)
    assert connection.execute("SELECT id FROM t").fetchall() == [(3,)]
    with pytest.raises(vql.DataError):
        connection.insert("t", {"id": ["x"]}, replace=True)
    connection.insert("t", {"name": ["a"], "Other name": [1]}, create=True, replace=True)
    assert connection.execute('SELECT name, "Other name" FROM t').fetchall() == [("a", 1)]
    past = connection.execute("SELECT id FROM t AS OF SNAPSHOT 'before'").fetchall()
    assert sorted(past) == [(1,), (2,)]


def test_what_is_made_in_a_block_goes_with_it(connection: vql.Connection) -> None:
    connection.insert("t", {"id": [1, 2]}, create=True)
    connection.begin()
    connection.insert("t", {"other": ["a"]}, create=True, replace=True)
    connection.insert("u", {"id": [1]}, create=True)
    connection.rollback()
    assert connection.execute("SELECT id FROM t").fetchall() == [(1,), (2,)]
    with pytest.raises(vql.ProgrammingError):
        connection.execute("SELECT * FROM u")


WHOLE = pa.table(
    {
        "n": pa.array([1, 2, None, 4]),
        "s": pa.array(["x", None, "y", "x"]).dictionary_encode(),
        "l": pa.DictionaryArray.from_arrays([0, 1, None, 0], pa.array([[1.0, 2.0], [3.0, 4.0]])),
        "w": pa.array([b"abc", b"def", None, b"xyz"], pa.binary(3)),
        "a": pa.array([[[1], [2]], [[3]], None, []]),
        "u": pa.array([uuid.UUID(int=i).bytes for i in range(4)], pa.uuid()),
    }
)


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_a_slice_of_a_struct_is_its_rows(connection: vql.Connection, start: int) -> None:
    struct = pa.StructArray.from_arrays([c.combine_chunks() for c in WHOLE.columns], WHOLE.column_names)
    connection.insert("t", WHOLE, create=True)
    assert types(connection, "t") == ["bigint", "text", "vector(2)", "bytea", "bigint[]", "uuid"]
    found = connection.execute("SELECT n, s, l::text, w, a, u FROM t").fetchall()
    connection.insert("t", pa.chunked_array([struct.slice(start, 2)]), create=True, replace=True)
    assert connection.execute("SELECT n, s, l::text, w, a, u FROM t").fetchall() == found[start : start + 2]
    assert [row[:2] for row in found] == [(1, "x"), (2, None), (None, "y"), (4, "x")]
    assert [row[3] for row in found] == [b"abc", b"def", None, b"xyz"]
    assert [row[4] for row in found] == [[[1], [2]], [[3]], None, []]


def test_a_masked_value_is_null(connection: vql.Connection) -> None:
    connection.insert("t", {"n": np.ma.masked_array([1, 2], [False, True])}, create=True)
    assert connection.execute("SELECT n FROM t").fetchall() == [(1,), (None,)]


def test_a_vector_with_a_null_in_it_is_refused(connection: vql.Connection) -> None:
    connection.execute("CREATE TABLE t (v vector(2))")
    values = pa.array([[9, None], [1, 2], None, [3, None]], pa.list_(pa.float32(), 2))
    with pytest.raises(vql.DataError, match='column "v", row 1'):
        connection.insert("t", pa.table({"v": values}))
    assert connection.insert("t", pa.table({"v": values.slice(1, 2)})) == 2
    values = pa.array([[9, None], [1, 2], None, [3, None]], pa.list_(pa.float32()))
    assert connection.insert("t", pa.table({"v": values.slice(1, 2)})) == 2


@pytest.mark.parametrize("moment", ["timestamp", "timestamptz", "date", "time"])
def test_no_moment_of_pandas_is_refused(connection: vql.Connection, moment: str) -> None:
    connection.execute(f"CREATE TABLE t (at {moment})")
    with pytest.raises(vql.Error, match="NaT is not a moment"):
        connection.execute("INSERT INTO t VALUES (?)", [pd.NaT])
