"""Any object given as a parameter or a cell,
    any bytes as a wire parameter: a value or an error of ours with
its SQLSTATE. That none is XX000 every test sees (tests/conftest.py)."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import vql
from vql.types.type import BASE_TYPES, Type, type_named

STORED = (
    "smallint", "int", "bigint", "real", "double precision", "numeric", "numeric(5,2)", "text",
    "varchar(3)",
    "boolean", "date", "timestamp", "timestamptz", "uuid", "jsonb", "text[]", "vector(3)", "halfvec(3)",
    "bit(3)", "sparsevec(3)",
)  # fmt: skip
OF_RESULTS = (
    "json",
    "bytea",
    "time",
    "interval",
    "int[]",
    "float8[]",
    "numeric[]",
    "date[]",
    "vector",
    "oid",
)
D = decimal.Decimal


class Failing:
    """Raises whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __float__(self) -> float:
        raise RuntimeError("no number")

    __int__ = __index__ = __float__  # type: ignore[assignment]

    def __array__(self, *_: object, **__: object) -> object:
        raise RuntimeError("no array")


class Texts(str):
    pass


class Numbers(enum.IntEnum):
    ONE = 1


RECURSIVE: list[object] = []
RECURSIVE.append(RECURSIVE)
ZONE = datetime.timezone(datetime.timedelta(hours=14))
VALUES: tuple[object, ...] = (
    0, -1, 2**31, 2**63, 2**64, 10**400, 10**5000, True, 1.5, -0.0, 1e308, float("nan"), float("inf"),
    D("1.5"), D("NaN"), D("sNaN"), D("Infinity"), D("1E+1000000"), D("1E-1000000"),
    fractions.Fraction(1, 3), 1j,
    "", "a", "a\0b", "\ud800", "x" * 10_000, "9" * 5_000, "[1,2,3]", "[nan,1,2]", "{1,2}", "{", "{{1}}",
    "101", "infinity", "2020-01-01", "0001-01-01 BC", "99999-01-01", "{1:1}/3", "1e999999999", "\u0663",
    "1_000",
    b"", b"\xff\x00", bytearray(b"ab"), memoryview(b"ab"), memoryview(np.zeros((2, 2), "f4")),
    datetime.date(1, 1, 1), datetime.datetime(1, 1, 1, tzinfo=ZONE), datetime.datetime(9999, 12, 31, 23),
    datetime.time(1, 2), datetime.timedelta(days=999_999_999), uuid.UUID(int=0),
    [], [1], [1, 2, 3], [1.0, float("nan"), 2], [1, None, 3], [[1, 2], [3]], ["a", 1], (1, 2, 3), {1, 2},
    {"a": float("nan")}, {1: 2}, {"a": {1, 2}}, {"\0": 1}, {"a": "\ud800"}, range(3), object(), Failing(),
    Texts("1"), Numbers.ONE, Ellipsis, int, RECURSIVE, collections.UserDict(a=1),
    collections.deque([1, 2, 3]), np.int8(1), np.uint64(2**64 - 1), np.float16(1.5), np.float32("nan"),
    np.longdouble(1), np.bool_(True),
    np.str_("a"), np.bytes_(b"a"), np.datetime64("NaT"), np.datetime64("2020-01-01T00:00:00", "ns"),
    np.datetime64(10**17, "s"), np.timedelta64(1, "D"), np.complex64(1), np.void(b"a"), np.array(1.0),
    np.array([]), np.array([1, 2, 3], ">f4"), np.array([1.0, np.nan, 3]), np.array([[1, 2, 3]]),
    np.array(["a"]), np.array([object()]), np.zeros(16_001, "f4"), np.zeros(3, "c8"), np.zeros((0, 3)),
    np.zeros(3, "f4")[::-1], np.zeros(3, dtype=[("a", "i4")]), vql.SparseVector({0: 1.0}, 3),
)  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("odd") / "db") as made:
        for place, type_ in enumerate(STORED):
            made.execute(f"CREATE TABLE t{place} (id int, v {type_})")
        yield made


def in_error_or_not(connection: vql.Connection, sql: str, value: object) -> None:
    try:
        connection.execute(sql, [value]).fetchall()
    except vql.Error as error:
        assert error.sqlstate is not None and not error.sqlstate.startswith("XX"), error


@pytest.mark.parametrize("place", range(len(STORED)), ids=STORED)
def test_any_object_as_parameter_and_cell(connection: vql.Connection, place: int) -> None:
    connection.begin()
    for value in VALUES:
        in_error_or_not(connection, f"SELECT id FROM t{place} WHERE v = $1", value)
        for row in (lambda v: connection.execute(f"INSERT INTO t{place} VALUES (1, $1)", [v]), None):
            if connection.session.transaction_status == "E":
                connection.rollback()
                connection.begin()
            try:
                if row is not None:
                    row(value)
                else:
                    connection.insert(f"t{place}", {"v": [value, None]})
            except vql.Error as error:
                assert error.sqlstate is not None and not error.sqlstate.startswith("XX"), error
    connection.rollback()
    assert connection.execute(f"SELECT id FROM t{place}").fetchall() == []


@pytest.mark.parametrize("type_", OF_RESULTS)
def test_any_object_as_a_value_of_results(connection: vql.Connection, type_: str) -> None:
    for value in VALUES:
        in_error_or_not(connection, f"SELECT $1::{type_}", value)


def test_a_cell_that_does_not_fit_is_named(connection: vql.Connection) -> None:
    with pytest.raises(vql.Error, match='column "v", row 3: invalid input syntax for type integer: "x"'):
        connection.insert("t1", {"v": [1, 2, "x"]})
    with pytest.raises(vql.Error, match=r"parameter \$1 is a Failing"):
        connection.execute("SELECT id FROM t7 WHERE v = $1", [Failing()])


TEXTS = (
    "", "{", "}", "{{}}", '{"', "{\\", "[", "[1,", "[1e400]", "1" * 5_000, "-", "1e", "NaN", "infinity",
    "\u0663", "{1:1}/0", "{0:1}/3", "{1:1}/" + "9" * 5_000, "{1:x}/3", "2020-13-01", "2020-01-01 25:00",
    "0000-01-01",
    "2020-01-01 10:00+99", "24:00", "P" * 3_000, '{"a":' * 3_000, "[" * 3_000, '{"a":1e400}', "\\xg",
    "\\777",
    "0" * 70_000, "urn:uuid:", "9" * 40, "BC", "\U0001f600", "{NULL}", "[1:2]={1,2}",
)  # fmt: skip
SIZED = ("vector(3)", "halfvec(3)", "bit(3)", "sparsevec(3)", "numeric(5,2)", "varchar(3)")


def sized(spelt: str) -> Type:
    name, _, numbers = spelt.rstrip(")").partition("(")
    return type_named(name, tuple(map(int, numbers.split(","))))


@pytest.mark.parametrize("type_", [*map(Type, BASE_TYPES), *map(sized, SIZED)], ids=str)
def test_any_text_and_any_bytes_over_the_wire(type_: Type) -> None:
    chosen = random.Random(20_261_126)
    for text in TEXTS:
        try:
            type_.to_text(type_.from_text(text))
        except vql.Error as error:
            assert not error.sqlstate.startswith("XX"), text
    for _ in range(200):
        size = chosen.choice((0, 1, 2, 4, 8, 12, 16, 20, chosen.randrange(60)))
        data = bytes(chosen.choice((0, 0, 1, 255, chosen.randrange(256))) for _ in range(size))
        try:
            type_.base.to_binary(type_.base.from_binary(data, type_.modifier))
        except vql.Error as error:
            assert not error.sqlstate.startswith("XX"), data


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("CREATE DOMAIN d AS int CHECK (VALUE < 10 FROM n)", "42601"),
        ("CREATE DOMAIN d AS int CHECK (FROM n WHERE VALUE < 10)", "42601"),
        ("CREATE DOMAIN d AS int CHECK (VALUE < 10, VALUE > 2)", "42601"),
        ("CREATE DOMAIN d AS int DEFAULT 1 FROM n", "42601"),
        ("SELECT pg_input_is_valid('x', 'varchar(x)')", "42601"),
        ("SELECT pg_input_is_valid('12', 'numeric(3')", "42601"),
    ],
)
def test_texts_within_statements_are_looked_at(tmp_path: Path, sql: str, sqlstate: str) -> None:
    """A default and a check are one expression, a type's name has numbers in its parentheses."""
    with vql.connect(tmp_path / "db") as connection, pytest.raises(vql.Error) as caught:
        connection.execute(sql)
    assert caught.value.sqlstate == sqlstate


def test_names_of_types_may_have_modifiers(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        sql = "SELECT pg_input_is_valid('123', 'numeric(3, 1)'), pg_input_is_valid('12:00', '{}')"
        assert connection.execute(sql.format("time(3) with time zone")).fetchall() == [(False, True)]
