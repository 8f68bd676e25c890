"""Frames as they come: every layout of Arrow that pandas, polars and pyarrow hand over is taken, or refused
with the name of the column and, where a value is at fault, its row."""

from __future__ import annotations

import datetime
import decimal
import itertools
from collections.abc import Iterator

import numpy as np
import pytest

import vql

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

TEXTS = ["short", "exactly12byt", "thirteen bytes", "x" * 100, None, "ü" * 20, ""]
LISTS = [["a", "a text of more than twelve bytes"], None, []]
FRAME = pd.DataFrame({"c": TEXTS, "id": range(7)})
DAY = datetime.date(2020, 1, 1)
MOMENT = datetime.datetime(2020, 1, 1)
CENTS = [decimal.Decimal("1.50"), None]
NUMBERS = itertools.count()


def table(values: object, type_: object = None) -> object:
    return pa.table({"c": pa.array(values, type_)})


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("frames") / "db") as made:
        yield made


def inserted(connection: vql.Connection, type_: str, frame: object) -> list[object]:
    name = f"t{next(NUMBERS)}"
    connection.execute(f"CREATE TABLE {name} (id int, c {type_})")
    connection.insert(name, frame)
    return [
        cell.tolist() if isinstance(cell, np.ndarray) else cell
        for (cell,) in connection.execute(f"SELECT c FROM {name}").fetchall()
    ]


GOOD = [
    ("text", pl.DataFrame({"c": TEXTS}), TEXTS),
    ("text", pl.DataFrame({"c": TEXTS}).slice(2, 4), TEXTS[2:6]),
    ("text", pl.concat([pl.DataFrame({"c": TEXTS})] * 2, rechunk=False), TEXTS * 2),
    ("text", pl.DataFrame({"c": pl.Series(TEXTS, dtype=pl.Categorical)}), TEXTS),
    ("text", pl.DataFrame({"c": pl.Series(["b", "a"], dtype=pl.Enum(["a", "b"]))}), ["b", "a"]),
    ("text", table(TEXTS, pa.string_view()), TEXTS),
    ("text", table(TEXTS, pa.string_view()).slice(2, 3), TEXTS[2:5]),
    ("text", table(TEXTS, pa.large_string()), TEXTS),
    ("text", pa.table({"c": pa.array(TEXTS).dictionary_encode()}), TEXTS),
    ("text", pa.table({"c": pa.chunked_array([TEXTS[:2], [], TEXTS[2:]])}), TEXTS),
    ("text", FRAME, TEXTS),
    ("text", FRAME[FRAME.id > 2], TEXTS[3:]),
    ("text", FRAME.sort_values("id", ascending=False), TEXTS[::-1]),
    ("text", FRAME[["c"]].set_index([[1] * 7, [2] * 7]), TEXTS),
    ("text", pd.DataFrame({"c": pd.Categorical(["a", None, "b"])}), ["a", None, "b"]),
    ("text[]", pl.DataFrame({"c": LISTS}), LISTS),
    ("text[]", table(LISTS, pa.list_view(pa.string_view())), LISTS),
    ("text[]", table(LISTS, pa.large_list(pa.large_string())), LISTS),
    ("text[]", table(LISTS, pa.list_view(pa.string())).slice(1), LISTS[1:]),
    *(
        ("vector(2)", table([[1, 2], None, [3, 4]], of), [[1, 2], None, [3, 4]])
        for of in (
            pa.list_view(pa.float32()),
            pa.large_list_view(pa.float64()),
            pa.large_list(pa.float32()),
            pa.list_(pa.float32(), 2),
            pa.list_(pa.int64()),
        )
    ),
    ("vector(2)", pl.DataFrame({"c": pl.Series([[1.0, 2.0]], dtype=pl.Array(pl.Float32, 2))}), [[1, 2]]),
    ("vector(2)", pd.DataFrame({"c": [np.array([1, 2]), np.array([3, 4])]}), [[1, 2], [3, 4]]),
    *(
        (type_, pa.table({"c": pa.nulls(2)}), [None, None])
        for type_ in ("int", "text", "vector(2)", "timestamptz", "bit(3)", "sparsevec(3)", "numeric")
    ),
    *(
        ("numeric", table(CENTS, of), CENTS)
        for of in (pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2))
    ),
    ("date", table([DAY, None], pa.date64()), [DAY, None]),
    *(
        ("timestamp", table([MOMENT, None], pa.timestamp(unit)), [MOMENT, None])
        for unit in "s ms us ns".split()
    ),
    (
        "timestamptz",
        table([MOMENT], pa.timestamp("ns", "Europe/Berlin")),
        [MOMENT.replace(tzinfo=datetime.UTC)],
    ),
    ("int", pd.DataFrame({"c": pd.array([1, None], dtype="Int64")}), [1, None]),
    ("bit(3)", table([b"\xa0", None]), [[True, False, True], None]),
    ("bit(8)", table([b"\xa0", None], pa.binary_view()), [[True, False, True] + [False] * 5, None]),
    ("jsonb", table(['{"a":1}'], pa.json_()), ['{"a": 1}']),
]


@pytest.mark.parametrize(("type_", "frame", "wanted"), GOOD, ids=lambda value: str(value)[:20])
def test_frames_are_taken(
    connection: vql.Connection, type_: str, frame: object, wanted: list[object]
) -> None:
    assert inserted(connection, type_, frame) == wanted


BAD = [
    (
        "vector(2)",
        table([[1, 2], [1, 2, 3]], pa.list_view(pa.float32())),
        "22000",
        'column "c", row 2: expected',
    ),
    (
        "vector(2)",
        table([[1, 2], [1, float("nan")]], pa.list_(pa.float32())),
        "22000",
        'column "c", row 2: NaN',
    ),
    ("int", table(["1", "x"]), "22P02", 'column "c", row 2: invalid input'),
    ("smallint", table([1, 70_000]), "22003", 'column "c", row 2: smallint'),
    ("bit(3)", table(["101", "11"]), "22026", 'column "c", row 2: bit string length'),
    ("text", table(["a\0b"]), "22021", 'column "c", row 1'),
    ("int", table([[("a", 1)]], pa.map_(pa.string(), pa.int32())), "0A000", "map"),
    ("int", pa.table({"c": pa.RunEndEncodedArray.from_arrays([2, 3], [5, 6])}), "0A000", "run-end"),
    ("int", pa.chunked_array([[1]]), "42804", "no named columns"),
    ("int", pl.DataFrame({"c": [1]}).lazy(), "42804", "LazyFrame"),
    ("int", [1], "42804", "list"),
    ("int", None, "42804", "NoneType"),
    ("int", {"c": 5}, "22023", 'column "c"'),
    ("int", pd.DataFrame([[1, 2]], columns=["c", "c"]), "22000", "Duplicate column"),
    ("text", pd.DataFrame({"c": [b"a", 1]}), "22000", "DataFrame"),
    ("text", {"c": ["a", "\ud800"]}, "22021", 'column "c", row 2'),
]


@pytest.mark.parametrize(("type_", "frame", "sqlstate", "text"), BAD, ids=lambda value: str(value)[:20])
def test_what_is_refused_is_named(
    connection: vql.Connection, type_: str, frame: object, sqlstate: str, text: str
) -> None:
    with pytest.raises(vql.Error) as found:
        inserted(connection, type_, frame)
    assert found.value.sqlstate == sqlstate
    assert text in str(found.value)
