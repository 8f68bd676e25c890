"""Values to bytes and back: every type's text and binary form, compiled for a row's shape.

An encoder returns a value with its int32 length in front, so that a row is one join. Decoders take
the bytes of one parameter or COPY field. Binary forms are those of Postgres' `*send` and `*recv`
functions (big-endian); those of vectors are in `vql.server.protocol.vector_codec`.
"""

from __future__ import annotations

import datetime
import struct
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache

from vql.errors import DataError, Error, NotSupportedError
from vql.server.protocol.messages import decode_text
from vql.server.protocol.numeric import decode_numeric, encode_numeric
from vql.server.protocol.vector_codec import VECTOR_DECODERS, VECTOR_ENCODERS, wrong_size
from vql.types.type import NAMES_BY_OID, SMALLINT, Type
from vql.types.values import coerce, from_text, to_text
from vql.types.vector import float_text

Encoder = Callable[[object], bytes]
Decoder = Callable[[bytes], object]
ColumnEncoder = Callable[[Sequence[object]], list[bytes]]
RowEncoder = Callable[[Sequence[Sequence[object]]], bytes]

TEXT_FORMAT, BINARY_FORMAT = 0, 1
# Heads of DataRow made beforehand: for rows below this many bytes.
HEADS_KEPT = 256
NULL = b"\xff\xff\xff\xff"
TRUE, FALSE = b"\0\0\0\x01t", b"\0\0\0\x01f"
PG_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
PG_EPOCH_NAIVE = datetime.datetime(2000, 1, 1)
PG_EPOCH_DAY = datetime.date(2000, 1, 1).toordinal()
MICROSECOND = datetime.timedelta(microseconds=1)
DAY_US = 86_400_000_000
JSONB_VERSION = 1

_pack_i32 = struct.Struct(">i").pack
_pack_row = struct.Struct(">ciH").pack
# Lengths of short values, made once: a look-up costs a third of a pack.
LENGTHS = tuple(_pack_i32(n) for n in range(1024))

# struct codes of types whose binary form is one number.
FIXED = {
    "boolean": "?", "smallint": "h", "integer": "i", "bigint": "q", "real": "f",
    "double precision": "d", "oid": "I",
}  # fmt: skip


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


def row_encoder(types: Sequence[Type], formats: Sequence[int]) -> RowEncoder:
    """Return a function that writes DataRow messages for rows of these types and formats."""
    columns = [column_encoder(type_, code) for type_, code in zip(types, formats, strict=True)]
    general = _general_rows(columns)
    # Not for booleans: struct takes None for false.
    if columns and all(formats) and all(t.name in FIXED and t.name != "boolean" for t in types):
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


def column_encoder(type_: Type, code: int) -> ColumnEncoder:
    """Return the encoder of a column's cells, None for NULL."""
    one = encoder(type_, code)

    def encode(cells: Sequence[object]) -> list[bytes]:
        return [NULL if cell is None else one(cell) for cell in cells]

    def integers(cells: Sequence[object]) -> list[bytes]:
        if set(map(type, cells)) != {int}:
            return encode(cells)
        return [LENGTHS[len(data)] + data for data in [b"%d" % cell for cell in cells]]  # type: ignore[str-format]

    def strings(cells: Sequence[object]) -> list[bytes]:
        if set(map(type, cells)) != {str}:
            return encode(cells)
        found = [cell.encode() for cell in cells]  # type: ignore[attr-defined]
        return [(LENGTHS[n] if (n := len(data)) < 1024 else _pack_i32(n)) + data for data in found]

    def doubles(cells: Sequence[object]) -> list[bytes]:
        # repr is Postgres' spelling where there is no exponent, which starts at 1e15 there.
        if set(map(type, cells)) != {float} or not all(abs(c) < 1e15 for c in cells):  # type: ignore[arg-type]
            return encode(cells)
        words = [repr(cell).removesuffix(".0").encode() for cell in cells]
        if b"e" in b"".join(words):
            return encode(cells)
        return [LENGTHS[len(data)] + data for data in words]

    if one is _text_integer:
        return integers
    if one is _text_double:
        return doubles
    return strings if one is _text_string else encode


def _fixed_rows(types: Sequence[Type], general: RowEncoder) -> RowEncoder:
    """All columns fixed-size and binary: one struct writes a whole row. A NULL in a block sends
    the block the general way."""
    codes = [FIXED[type_.name] for type_ in types]
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
        make = TEXT_ENCODERS.get(type_.name)
        return make if make is not None else lambda value: sized(to_text(type_, value).encode())
    if type_.name in FIXED:
        return _fixed_encoder(type_)
    if type_.name.endswith("[]"):
        return _array_encoder(Type(type_.name[:-2], type_.modifier))
    if type_.name == "int2vector":
        return _array_encoder(SMALLINT, lower_bound=0)
    binary = BINARY_ENCODERS.get(type_.name)
    if binary is None:
        raise NotSupportedError(f"type {type_} has no binary form yet; ask for text")
    return binary


def _text_string(value: object) -> bytes:
    return sized(value.encode() if isinstance(value, str) else str(value).encode())


def _text_integer(value: object) -> bytes:
    data = b"%d" % value if type(value) is int else str(value).encode()
    return LENGTHS[len(data)] + data


def _text_double(value: object) -> bytes:
    data = float_text(float(value), False).encode()  # type: ignore[arg-type]
    return LENGTHS[len(data)] + data


def _text_real(value: object) -> bytes:
    data = float_text(float(value), True).encode()  # type: ignore[arg-type]
    return LENGTHS[len(data)] + data


def _fixed_encoder(type_: Type) -> Encoder:
    shape = struct.Struct(">i" + FIXED[type_.name])
    size, pack = shape.size - 4, shape.pack

    def encode(value: object) -> bytes:
        try:
            return pack(size, value)
        except (struct.error, TypeError, OverflowError):
            # A relational result may hold a Decimal or a text where a plain number is expected.
            return pack(size, coerce(type_, value))

    return encode


def _timestamptz(value: object) -> bytes:
    assert isinstance(value, datetime.datetime), "a timestamptz is a datetime"
    epoch = PG_EPOCH if value.tzinfo else PG_EPOCH_NAIVE
    return struct.pack(">iq", 8, (value - epoch) // MICROSECOND)


def _date(value: object) -> bytes:
    assert isinstance(value, datetime.date), "a date is a date"
    return struct.pack(">ii", 4, value.toordinal() - PG_EPOCH_DAY)


def _time(value: object) -> bytes:
    moment = datetime.time.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(moment, datetime.time), "a time is a time"
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return struct.pack(">iq", 8, seconds * 1_000_000 + moment.microsecond)


def _interval(value: object) -> bytes:
    if not isinstance(value, datetime.timedelta):
        raise NotSupportedError("this interval has no binary form yet; ask for text")
    micros = value // MICROSECOND - value.days * DAY_US
    return struct.pack(">iqii", 16, micros, value.days, 0)


def _uuid(value: object) -> bytes:
    made = value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    return LENGTHS[16] + made.bytes


def _jsonb(value: object) -> bytes:
    return sized(b"\x01" + to_text(Type("jsonb"), value).encode())


def _numeric(value: object) -> bytes:
    return sized(encode_numeric(value if isinstance(value, Decimal) else Decimal(str(value))))


def _bytea(value: object) -> bytes:
    return sized(value if isinstance(value, bytes) else str(value).encode())


def _int2vector(value: object) -> bytes:
    return sized(" ".join(map(str, value)).encode())  # type: ignore[call-overload]


def _registered(value: object) -> bytes:
    """regclass and its kin travel as OIDs."""
    try:
        return struct.pack(">iI", 4, int(value))  # type: ignore[call-overload]
    except (ValueError, TypeError):
        raise NotSupportedError("a name of type reg* has no binary form; ask for text") from None


def _array_encoder(element: Type, lower_bound: int = 1) -> Encoder:
    encode_item = encoder(element, BINARY_FORMAT)

    def encode(value: object) -> bytes:
        items = list(value)  # type: ignore[call-overload]
        if not items:
            return struct.pack(">iiii", 12, 0, 0, element.oid)
        has_null = int(any(item is None for item in items))
        head = struct.pack(">iiiii", 1, has_null, element.oid, len(items), lower_bound)
        return sized(head + b"".join([NULL if i is None else encode_item(i) for i in items]))

    return encode


TEXT_ENCODERS: dict[str, Encoder] = {
    "boolean": lambda value: TRUE if value else FALSE,
    "smallint": _text_integer, "integer": _text_integer, "bigint": _text_integer,
    "oid": _text_integer, "text": _text_string, "varchar": _text_string, "name": _text_string,
    "unknown": _text_string, "double precision": _text_double, "real": _text_real,
    "int2vector": _int2vector,
}  # fmt: skip
BINARY_ENCODERS: dict[str, Encoder] = {
    "text": _text_string, "varchar": _text_string, "name": _text_string, "unknown": _text_string,
    "char": _text_string, "json": lambda value: sized(to_text(Type("json"), value).encode()),
    "jsonb": _jsonb, **VECTOR_ENCODERS, "timestamptz": _timestamptz, "timestamp": _timestamptz,
    "date": _date, "time": _time, "interval": _interval, "uuid": _uuid, "numeric": _numeric,
    "bytea": _bytea, "regclass": _registered, "regtype": _registered, "regproc": _registered,
}  # fmt: skip


# ------------------------------------------------------------------ decoders


def decoder(type_: Type, code: int) -> Decoder:
    """Return the decoder of one parameter: bytes to a canonical value."""
    name = type_.name
    if code == TEXT_FORMAT:
        return lambda data: from_text(type_, decode_text(data))
    if name in VECTOR_DECODERS:
        return lambda data: VECTOR_DECODERS[name](data, type_.modifier)
    if name in FIXED:
        return _fixed_decoder(type_)
    if name.endswith("[]"):
        return lambda data: _decode_array(data, type_)
    binary = BINARY_DECODERS.get(name)
    if binary is None:
        raise NotSupportedError(f"type {type_} has no binary form yet; send text")
    return binary


def _fixed_decoder(type_: Type) -> Decoder:
    shape = struct.Struct(">" + FIXED[type_.name])

    def decode(data: bytes) -> object:
        try:
            return shape.unpack(data)[0]
        except struct.error:
            raise wrong_size() from None

    return decode


def _decode_text(data: bytes) -> object:
    return decode_text(data)


def _decode_jsonb(data: bytes) -> object:
    if data[:1] != bytes([JSONB_VERSION]):
        raise DataError(f"unsupported jsonb version number {data[0] if data else 0}")
    return from_text(Type("jsonb"), decode_text(data[1:]))


def _decode_uuid(data: bytes) -> object:
    if len(data) != 16:
        raise wrong_size()
    return uuid.UUID(bytes=data)


def _decode_number(data: bytes, size: int) -> int:
    if len(data) != size:
        raise wrong_size()
    return int.from_bytes(data, "big", signed=True)


def _moment(data: bytes, epoch: datetime.datetime) -> datetime.datetime:
    try:
        return epoch + datetime.timedelta(microseconds=_decode_number(data, 8))
    except OverflowError:
        raise DataError("timestamp out of range", sqlstate="22008") from None


def _decode_date(data: bytes) -> object:
    try:
        return datetime.date.fromordinal(PG_EPOCH_DAY + _decode_number(data, 4))
    except (ValueError, OverflowError):
        raise DataError("date out of range", sqlstate="22008") from None


def _decode_interval(data: bytes) -> object:
    if len(data) != 16:
        raise wrong_size()
    micros, days, months = struct.unpack(">qii", data)
    if months:
        raise NotSupportedError("intervals with months have no binary form yet; send text")
    return datetime.timedelta(days=days, microseconds=micros)


def _decode_array(data: bytes, type_: Type) -> object:
    try:
        dimensions, _, oid = struct.unpack_from(">iiI", data)
        if dimensions == 0:
            return []
        if dimensions != 1:
            raise NotSupportedError("arrays of several dimensions are not supported yet")
        (count,) = struct.unpack_from(">i", data, 12)
        element = Type(NAMES_BY_OID.get(oid, type_.name[:-2]))
        decode = decoder(element, BINARY_FORMAT)
        items: list[object] = []
        position = 20
        for _ in range(count):
            (length,) = struct.unpack_from(">i", data, position)
            position += 4
            if length < 0:
                items.append(None)
                continue
            items.append(decode(data[position : position + length]))
            position += length
    except struct.error:
        raise wrong_size() from None
    if position != len(data):
        raise wrong_size()
    return coerce(type_, items)


BINARY_DECODERS: dict[str, Decoder] = {
    "text": _decode_text, "varchar": _decode_text, "name": _decode_text, "unknown": _decode_text,
    "char": _decode_text, "jsonb": _decode_jsonb, "uuid": _decode_uuid, "numeric": decode_numeric,
    "json": _decode_text, "bytea": bytes, "date": _decode_date, "interval": _decode_interval,
    "timestamptz": lambda data: _moment(data, PG_EPOCH),
    "timestamp": lambda data: _moment(data, PG_EPOCH_NAIVE),
    "time": lambda data: (datetime.datetime.min
                          + datetime.timedelta(microseconds=_decode_number(data, 8))).time(),
}  # fmt: skip


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
