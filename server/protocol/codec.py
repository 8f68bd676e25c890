"""Values to bytes and back, compiled for a row's shape; what the bytes are, the types say.

An encoder returns a value with its int32 length in front, so that a row is one join. Decoders take
the bytes of one parameter.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache

from vql.calendar.style import DEFAULT, Style
from vql.errors import DataError, Error
from vql.types.forms.binary import decode_text, wrong_size
from vql.types.type import Type

Encoder = Callable[[object], bytes]
Decoder = Callable[[bytes], object]
ColumnEncoder = Callable[[Sequence[object]], list[bytes]]
RowEncoder = Callable[[Sequence[Sequence[object]]], bytes]

TEXT_FORMAT, BINARY_FORMAT = 0, 1
# Heads of DataRow made beforehand: for rows below this many bytes.
HEADS_KEPT = 256
NULL = b"\xff\xff\xff\xff"

_pack_i32 = struct.Struct(">i").pack
_pack_row = struct.Struct(">ciH").pack
# Lengths of short values, made once: a look-up costs a third of a pack.
LENGTHS = tuple(_pack_i32(n) for n in range(1024))


def sized(data: bytes) -> bytes:
    """Put the int32 length in front."""
    n = len(data)
    return (LENGTHS[n] if n < 1024 else _pack_i32(n)) + data


def formats_of(codes: Sequence[int], count: int) -> tuple[int, ...]:
    """Spread Bind's format codes over `count` columns: none, one for all or one each."""
    if len(codes) == count:
        return tuple(codes)
    if len(codes) == 0:
        return (TEXT_FORMAT,) * count
    if len(codes) == 1:
        return (codes[0],) * count
    raise DataError(f"bind message has {len(codes)} formats but query has {count} columns", sqlstate="08P01")


# ------------------------------------------------------------------ rows


def row_encoder(types: Sequence[Type], formats: Sequence[int], style: Style = DEFAULT) -> RowEncoder:
    """Return a function that writes DataRow messages for rows of these types and formats."""
    columns = [column_encoder(type_, code, style) for type_, code in zip(types, formats, strict=True)]
    general = _general_rows(columns)
    # Not for booleans: struct takes None for false.
    if columns and all(formats) and all(type_.base.struct_code not in ("", "?") for type_ in types):
        return _fixed_rows(types, general)
    return general


def _general_rows(columns: Sequence[ColumnEncoder]) -> RowEncoder:
    """Encode column by column, which costs a third less than row by row."""
    count = len(columns)
    heads = _heads(count)

    def encode(rows: Sequence[Sequence[object]]) -> bytes:
        if count == 0 or not rows:
            return heads[0] * len(rows)
        encoded = [e(cells) for e, cells in zip(columns, zip(*rows, strict=True), strict=True)]
        bodies = encoded[0] if count == 1 else [*map(b"".join, zip(*encoded, strict=True))]
        return b"".join(
            [
                (heads[n] if (n := len(body)) < HEADS_KEPT else _pack_row(b"D", n + 6, count)) + body
                for body in bodies
            ]
        )

    return encode


@lru_cache(maxsize=64)
def _heads(count: int) -> tuple[bytes, ...]:
    """Return the heads of rows of so many columns, by the size of what follows."""
    return tuple(_pack_row(b"D", size + 6, count) for size in range(HEADS_KEPT))


def column_encoder(type_: Type, code: int, style: Style = DEFAULT) -> ColumnEncoder:
    """Return the encoder of a column's cells, None for NULL."""
    base = type_.base_in(style)
    if code == BINARY_FORMAT and base.struct_code:
        one = encoder(type_, code)
        return lambda cells: [NULL if cell is None else one(cell) for cell in cells]
    to_text, to_binary = base.to_text, base.to_binary
    texts_of, binaries_of = base.texts_of, base.binaries_of

    def texts(cells: Sequence[object]) -> list[bytes]:
        found = texts_of(cells)
        if found is None:
            return framed([None if cell is None else to_text(cell).encode() for cell in cells])
        return framed(found)

    def binaries(cells: Sequence[object]) -> list[bytes]:
        found = binaries_of(cells)
        if found is None:
            return framed([None if cell is None else to_binary(cell) for cell in cells])
        return framed(found)

    return texts if code == TEXT_FORMAT else binaries


def framed(values: Sequence[bytes | None]) -> list[bytes]:
    """Put the int32 length in front of every value, -1 for None."""
    try:
        return [LENGTHS[len(data)] + data for data in values]  # type: ignore[arg-type, operator]
    except (IndexError, TypeError):  # a long value, a NULL
        return [NULL if data is None else sized(data) for data in values]


def _fixed_rows(types: Sequence[Type], general: RowEncoder) -> RowEncoder:
    """All columns fixed-size and binary: one struct writes a whole row. A NULL in a block sends
    the block the general way."""
    codes = [type_.base.struct_code for type_ in types]
    shape = struct.Struct(">ciH" + "".join(f"i{code}" for code in codes))
    # The constant parts of a row: kind, length, column count, each value's length.
    sizes = [struct.calcsize(code) for code in codes]
    head = (b"D", shape.size - 1, len(codes))
    pack = shape.pack

    def encode(rows: Sequence[Sequence[object]]) -> bytes:
        try:
            if len(sizes) == 1:
                size = sizes[0]
                return b"".join([pack(*head, size, row[0]) for row in rows])
            if len(sizes) == 2:
                a, b = sizes
                return b"".join([pack(*head, a, row[0], b, row[1]) for row in rows])
            return b"".join(
                [pack(*head, *(x for p in zip(sizes, row, strict=True) for x in p)) for row in rows]
            )
        except (struct.error, TypeError, OverflowError):
            return general(rows)

    return encode


# ------------------------------------------------------------------ encoders


def encoder(type_: Type, code: int) -> Encoder:
    """Return the encoder of one column: canonical value (not None) to length and bytes."""
    if code == TEXT_FORMAT:
        to_text = type_.base.to_text
        return lambda value: sized(to_text(value).encode())
    if type_.base.struct_code:
        return _fixed_encoder(type_)
    to_binary = type_.base.to_binary
    return lambda value: sized(to_binary(value))


def _fixed_encoder(type_: Type) -> Encoder:
    shape = struct.Struct(">i" + type_.base.struct_code)
    size, pack = shape.size - 4, shape.pack

    def encode(value: object) -> bytes:
        try:
            return pack(size, value)
        except (struct.error, TypeError, OverflowError):
            return sized(type_.base.to_binary(value))

    return encode


# ------------------------------------------------------------------ decoders


def decoder(type_: Type, code: int, style: Style = DEFAULT) -> Decoder:
    """Return the decoder of one parameter: bytes to a canonical value."""
    base, modifier = type_.base_in(style), type_.modifier
    if code == TEXT_FORMAT:
        return lambda data: base.from_text(decode_text(data), modifier)
    if not base.struct_code:
        read = base.from_binary
        return lambda data: read(data, modifier)
    shape = struct.Struct(">" + base.struct_code)

    def number(data: bytes) -> object:
        try:
            return shape.unpack(data)[0]
        except struct.error:
            raise wrong_size() from None

    return number


def decode_parameters(values: Sequence[bytes | None], decoders: Sequence[Decoder]) -> list[object]:
    """Decode Bind's values. Errors name the parameter, as Postgres' CONTEXT does."""
    out: list[object] = []
    for number, (data, decode) in enumerate(zip(values, decoders, strict=True), 1):
        try:
            out.append(None if data is None else decode(data))
        except Error as error:
            error.context = f"the value of parameter ${number}"
            raise
    return out
