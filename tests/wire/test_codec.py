"""Codecs: what is encoded decodes to the same; rows are what psycopg reads from them."""

from __future__ import annotations

import datetime
import struct
import uuid
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vql import schema
from vql.errors import Error
from vql.server.protocol import codec
from vql.server.protocol.codec import (
    BINARY_FORMAT,
    TEXT_FORMAT,
    column_encoder,
    decoder,
    encoder,
    row_encoder,
)
from vql.session.statements.changes.copy_cells import binary_cells, text_cells
from vql.storage.columns.column import Column
from vql.types.numbers.numeric import decode_numeric, encode_numeric
from vql.types.ranges.range import Range
from vql.types.type import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    JSONB,
    NUMERIC,
    REAL,
    SMALLINT,
    TEXT,
    TEXT_ARRAY,
    TIMESTAMPTZ,
    UUID,
    VECTOR,
    Type,
)

UTC = datetime.UTC
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
Cells = st.SearchStrategy[object]
VALUES = [
    (BOOLEAN, st.booleans()), (SMALLINT, st.integers(-(2**15), 2**15 - 1)),
    (INTEGER, st.integers(-(2**31), 2**31 - 1)), (BIGINT, st.integers(-(2**63), 2**63 - 1)),
    (REAL, st.floats(width=32, allow_nan=False)), (DOUBLE, st.floats(allow_nan=False)),
    (NUMERIC, st.decimals(allow_nan=False, allow_infinity=False)), (TEXT, WORDS),
    (TIMESTAMPTZ, st.datetimes(timezones=st.just(UTC))), (DATE, st.dates()), (UUID, st.uuids()),
    (TEXT_ARRAY, st.lists(st.none() | WORDS)),
    (Type("integer[]"), st.lists(st.none() | st.integers(-9, 9))),
    (Type("bytea"), st.binary()),
    (Type("inet"), st.ip_addresses().map(Type("inet").coerce)),
    (Type("cidr"), st.ip_addresses().map(Type("cidr").coerce)),
    (Type("macaddr"), st.binary(min_size=6, max_size=6).map(Type("macaddr").base.from_internal)),
    (Type("timetz"), st.times(timezones=st.just(datetime.timezone(datetime.timedelta(hours=-3))))),
    (Type("inet[]"), st.lists(st.none() | st.ip_addresses().map(Type("inet").coerce))),
    (JSONB, st.just('{"a": [1, 2]}')),
    (Type("int4range"), st.sampled_from(["empty", "[1,5]", "(,3)", "(,)"]).map(Type("int4range").coerce)),
    (Type("tstzrange"), st.datetimes(timezones=st.just(UTC)).map(Range)),
    (Type("nummultirange"), st.sampled_from(["{}", "{[1,2.50),(3,)}"]).map(Type("nummultirange").coerce)),
    (Type("interval"), st.timedeltas(datetime.timedelta(0), datetime.timedelta(10_000))),
]  # fmt: skip


@given(st.sampled_from(VALUES).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1])))
def test_both_formats_give_the_value_back(case: tuple[Type, object]) -> None:
    type_, value = case
    if isinstance(value, Decimal) and abs(value.adjusted()) > 1000:
        return
    for code in (TEXT_FORMAT, BINARY_FORMAT):
        if code == TEXT_FORMAT and type_.name == "interval":
            continue
        data = encoder(type_, code)(value)
        assert struct.unpack_from(">i", data)[0] == len(data) - 4
        assert decoder(type_, code)(data[4:]) == value


STACKED = [
    *VALUES, (Type("timestamp"), st.datetimes()), (Type("varchar", 300), st.text("aé", max_size=300)),
    (VECTOR, st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=2).map(VECTOR.coerce)),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "cells"), STACKED, ids=[str(type_) for type_, _ in STACKED])
@settings(max_examples=30)
@given(data=st.data())
def test_a_column_is_written_and_read_as_its_cells(type_: Type, cells: Cells, data: st.DataObject) -> None:
    values = [
        v for v in data.draw(st.lists(cells, min_size=1, max_size=6)) if type_ != NUMERIC or abs(v) < 1e9
    ]
    for code in (TEXT_FORMAT, BINARY_FORMAT):
        one = encoder(type_, code)
        assert column_encoder(type_, code)(values) == [one(value) for value in values]
        assert column_encoder(type_, code)([*values, None])[-1] == b"\xff" * 4
    column = schema.Column("c", type_)
    raw = [encoder(type_, BINARY_FORMAT)(value)[4:] for value in values]
    if not type_.has_layout or not values:
        return
    found = Column.from_array(type_, binary_cells(column, raw, 1)).values()
    assert list(map(type_.to_text, found)) == list(map(type_.to_text, values))
    texts = [encoder(type_, TEXT_FORMAT)(value)[4:].decode() for value in values]
    read = Column.from_array(type_, text_cells(column, texts, 1)).values()
    assert list(map(type_.to_text, read)) == list(map(type_.to_text, values))


@pytest.mark.parametrize("type_", [DATE, TIMESTAMPTZ, Type("timestamp"), UUID, TEXT])
def test_a_bad_cell_among_good_ones_is_named(type_: Type) -> None:
    size = 4 if type_ == DATE else 16 if type_ == UUID else 8
    bad = b"\xff" * size if type_ == TEXT else b"\x80" + bytes(size - 2) + (b"" if type_ == UUID else b"\1")
    with pytest.raises(Error) as refused:
        binary_cells(schema.Column("c", type_), [b"x" * size if type_ == TEXT else bytes(size), bad], 5)
    assert refused.value.context == "COPY, row 6, column c"


@pytest.mark.parametrize(
    ("value", "hexadecimal"),
    [
        ("0", "0000000000000000"), ("1", "00010000000000000001"),
        ("-12345.678", "0003000140000003000109291a7c"), ("0.0001", "0001ffff000000040001"),
        ("10000", "00010001000000000001"), ("NaN", "00000000c0000000"),
        ("1.50", "00020000000000020001 1388".replace(" ", "")),
    ],
)  # fmt: skip
def test_numeric_has_postgres_bytes(value: str, hexadecimal: str) -> None:
    data = encode_numeric(Decimal(value))
    assert data.hex() == hexadecimal
    assert str(decode_numeric(data)) == value


def test_vector_has_pgvectors_bytes() -> None:
    data = encoder(VECTOR, BINARY_FORMAT)(np.array([1, -2.5], np.float32))
    assert data == struct.pack(">ihhff", 12, 2, 0, 1, -2.5)
    found = decoder(VECTOR.sized(2), BINARY_FORMAT)(data[4:])
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float32
    assert found.tolist() == [1, -2.5]


@pytest.mark.parametrize(
    ("type_", "data", "sqlstate", "message"),
    [
        (VECTOR, struct.pack(">hh", 1, 3), "22000", "expected unused to be 0, not 3"),
        (VECTOR, struct.pack(">hh", 0, 0), "22000", "vector must have at least 1 dimension"),
        (VECTOR, struct.pack(">hhf", 1, 0, float("nan")), "22000", "NaN not allowed in vector"),
        (VECTOR, struct.pack(">hhf", 2, 0, 1), "22P03", "incorrect binary data format"),
        (VECTOR.sized(3), struct.pack(">hhf", 1, 0, 1), "22000", "expected 3 dimensions, not 1"),
        (VECTOR, b"\0", "08P01", "insufficient data left in message"),
        (INTEGER, b"\0", "22P03", "incorrect binary data format"),
        (UUID, b"\0", "22P03", "incorrect binary data format"),
        (JSONB, b"\x02{}", "22000", "unsupported jsonb version number 2"),
        (TIMESTAMPTZ, struct.pack(">q", 2**63 - 2), "22008", "timestamp out of range"),
        (DATE, struct.pack(">i", 2**31 - 2), "22008", "date out of range"),
        (TEXT_ARRAY, struct.pack(">iii", 2, 0, 25), "22P03", "incorrect binary data format"),
        (TEXT_ARRAY, struct.pack(">iii", 7, 0, 25), "54000", "number of array dimensions exceeds"),
        (TEXT_ARRAY, struct.pack(">iiiii", 1, 0, 25, 9, 1), "22P03", "incorrect binary data format"),
        (NUMERIC, b"\0", "22P03", "insufficient data left in message"),
        (TEXT, b"\xff", "22021", "invalid byte sequence"),
    ],
)
def test_bad_binary_values_are_refused(type_: Type, data: bytes, sqlstate: str, message: str) -> None:
    with pytest.raises(Error, match=message) as caught:
        decoder(type_, BINARY_FORMAT)(data)
    assert caught.value.sqlstate == sqlstate


@given(type_=st.sampled_from([type_ for type_, _ in VALUES] + [VECTOR]), data=st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(type_: Type, data: bytes) -> None:
    for code in (TEXT_FORMAT, BINARY_FORMAT):
        try:
            decoder(type_, code)(data)
        except Error:
            continue


def rows_of(data: bytes) -> list[list[bytes | None]]:
    """Read DataRow messages."""
    rows = []
    while data:
        kind, length, count = struct.unpack_from(">ciH", data)
        assert kind == b"D"
        body, data = data[7 : 1 + length], data[1 + length :]
        row: list[bytes | None] = []
        for _ in range(count):
            (size,) = struct.unpack_from(">i", body)
            row.append(None if size < 0 else body[4 : 4 + size])
            body = body[4 + max(size, 0) :]
        assert body == b""
        rows.append(row)
    return rows


ROWS = [(1, 2.5, "a"), (None, None, None), (-1, float("inf"), "ü")]
DOUBLES = [0.0, -0.0, 2.5, 3.0, 1e14, 1e15, 123456789012345678.0, 1e-4, 1e-5, float("nan"), 0.1]


def test_rows_in_text_and_binary() -> None:
    types = (BIGINT, DOUBLE, TEXT)
    text = rows_of(row_encoder(types, (0, 0, 0))(ROWS))
    assert text == [[b"1", b"2.5", b"a"], [None] * 3, [b"-1", b"Infinity", "ü".encode()]]
    binary = rows_of(row_encoder(types, (1, 1, 1))(ROWS))
    assert binary[0] == [struct.pack(">q", 1), struct.pack(">d", 2.5), b"a"]


@pytest.mark.parametrize("width", [1, 2, 3])
def test_fixed_rows_equal_general_ones(width: int) -> None:
    types = (BIGINT, DOUBLE, INTEGER)[:width]
    rows = [(i, i / 2, i % 2)[:width] for i in range(5)]
    rows += [tuple(None for _ in range(width))]
    expected = codec._general_rows([codec.column_encoder(type_, 1) for type_ in types])
    encode = row_encoder(types, (1,) * width)
    assert encode(rows) == expected(rows)
    assert encode(rows[:-1]) == expected(rows[:-1])


def test_a_decimal_where_a_number_is_said_is_encoded_as_one() -> None:
    encode = row_encoder((BIGINT,), (1,))
    assert rows_of(encode([(Decimal(5),)])) == [[struct.pack(">q", 5)]]


def test_formats_are_none_one_or_each() -> None:
    assert codec.formats_of((), 2) == (0, 0)
    assert codec.formats_of((1,), 2) == (1, 1)
    assert codec.formats_of((0, 1), 2) == (0, 1)
    with pytest.raises(Error, match="bind message has 3 formats but query has 2 columns"):
        codec.formats_of((0, 0, 0), 2)


def test_a_bad_parameter_is_named() -> None:
    with pytest.raises(Error) as caught:
        codec.decode_parameters([b"1", b"x"], [decoder(INTEGER, 0)] * 2)
    assert caught.value.context == "the value of parameter $2"


def test_uuid_text_in_a_relational_result_is_encoded() -> None:
    value = uuid.UUID(int=3)
    assert encoder(UUID, 1)(str(value)) == struct.pack(">i", 16) + value.bytes


@pytest.mark.parametrize("count", [1, 2, 3, len(DOUBLES)])
def test_a_column_of_doubles_is_written_as_each_of_them(count: int) -> None:
    for start in range(len(DOUBLES) - count + 1):
        cells = DOUBLES[start : start + count]
        expected = [encoder(DOUBLE, TEXT_FORMAT)(cell) for cell in cells]
        assert codec.column_encoder(DOUBLE, TEXT_FORMAT)(cells) == expected


def test_columns_of_one_kind_are_written_as_their_cells() -> None:
    for type_, cells in ((BIGINT, [1, -5, 2**60]), (TEXT, ["a", "ü" * 2000, ""]), (BIGINT, [1, None, 2])):
        one = encoder(type_, TEXT_FORMAT)
        expected = [codec.NULL if cell is None else one(cell) for cell in cells]
        assert codec.column_encoder(type_, TEXT_FORMAT)(cells) == expected
