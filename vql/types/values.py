"""Values: Postgres text forms, accepted Python values, and what storage keeps.

Canonical Python values are those of `vql.types.type`. Text forms follow the manual's chapter 8 and
pgvector's reference; error texts are theirs. Vectors and moments have rooms of their own.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import uuid
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, NoReturn

import numpy as np

from vql.errors import (
    DatatypeMismatch,
    InvalidText,
    LimitExceeded,
    NotSupportedError,
    NumericOutOfRange,
    StringTooLong,
)
from vql.types.bit import bits_from, bits_text
from vql.types.moments import (
    EPOCH,
    EPOCH_DATE,
    MICROSECOND,
    date_from,
    datetime_text,
    interval_text,
    parse_date,
    parse_timestamp,
    parse_timestamptz,
    timestamptz_from,
)
from vql.types.sparsevec import SparseVector, sparse_from
from vql.types.type import Type
from vql.types.vector import float_text, halfvec_from, vector_from, vector_text

INTEGER_BOUNDS = {"smallint": 1 << 15, "integer": 1 << 31, "bigint": 1 << 63, "oid": 1 << 32}
REAL_MAX = 3.4028235677973366e38  # beyond this a double rounds to infinity as float4
TRUE_WORDS = ("t", "true", "y", "yes", "on", "1")
FALSE_WORDS = ("f", "false", "n", "no", "off", "0")
# Postgres' numeric: digits before and after the point. A text form beyond would not be one either.
NUMERIC_DIGITS_MAX, NUMERIC_SCALE_MAX = 131_072, 16_383
ARRAY_SPACE = " \t\n\r\v\f"
ARRAY_QUOTED = frozenset('{}",\\' + ARRAY_SPACE)
# A lone surrogate may stand in a JSON escape; it is no character and has no UTF-8 form.
SURROGATE = re.compile("[\ud800-\udfff]")


def from_text(type_: Type, text: str) -> object:
    """Parse a value's Postgres text form. Raises 22P02, 22003, 22007 and pgvector's errors."""
    if type_.name.endswith("[]"):
        return array_from_text(Type(type_.name[:-2], type_.modifier), text)
    parse = PARSERS.get(type_.name)
    return text if parse is None else parse(type_, text)


def to_text(type_: Type, value: object) -> str:
    """Write a canonical value in its Postgres text form."""
    match value:
        case bool():
            return "t" if value else "f"
        case str():
            return value
        case float():
            return float_text(float(value), type_.name == "real")
        case np.ndarray():
            return bits_text(value) if value.dtype == np.bool_ else vector_text(value)
        case datetime.datetime():
            return datetime_text(value)
        case list() | tuple():
            element = Type(type_.name.removesuffix("[]"))
            return "{" + ",".join(_array_item(element, item) for item in value) + "}"
        case Decimal():
            return decimal_text(value)
        case bytes():
            return "\\x" + value.hex()
        case datetime.timedelta():
            return interval_text(value)
        case dict():
            return json_text(value)
    return str(value)


ROUNDING = Context(prec=2_000)


def coerce(type_: Type, value: object) -> object:
    """Return the canonical value of anything a user may hand over; None stays None.

    Strings are read as text forms; numpy scalars and arrays, lists, pgvector's classes and objects
    with the buffer protocol are accepted as vectors. Raises DataError subclasses.
    """
    if value is None:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    name = type_.name
    vector = VECTOR_MAKERS.get(name)
    if vector is not None:
        return vector(value, type_.modifier)
    if name == "unknown" and isinstance(value, np.ndarray | SparseVector):
        return value if isinstance(value, SparseVector) else vector_from(value, type_.modifier)
    if name in ("text", "varchar", "name", "unknown"):
        return _text(type_, value)
    if name == "jsonb":
        return json_canonical(value) if isinstance(value, str) else json_text(value)
    if isinstance(value, str):
        return from_text(type_, value)
    convert = CONVERTERS.get(name)
    if convert is not None:
        return convert(type_, value)
    if name.endswith("[]") and isinstance(value, list | tuple | np.ndarray):
        element = Type(name[:-2], type_.modifier)
        return [coerce(element, item) for item in value]
    return value


def vector_dtype(type_: Type) -> np.dtype[Any]:
    """Return the dtype of a canonical dense vector or bit string."""
    return np.dtype(np.bool_) if type_.name == "bit" else type_.dtype


def stored(type_: Type, value: object) -> object:
    """Return what a column keeps for a canonical value (not None)."""
    match type_.name:
        case "timestamptz":
            assert isinstance(value, datetime.datetime)
            return (value - EPOCH) // MICROSECOND
        case "date":
            assert isinstance(value, datetime.date)
            return (value - EPOCH_DATE).days
        case "numeric":
            return decimal_text(value if isinstance(value, Decimal) else Decimal(str(value)))
        case "uuid":
            return str(value)
        case "text[]":
            return json.dumps(list(value), ensure_ascii=False)  # type: ignore[call-overload]
    return value


def from_stored(type_: Type, kept: object) -> object:
    """Return the canonical value of what a column keeps."""
    match type_.name:
        case "timestamptz":
            return EPOCH + datetime.timedelta(microseconds=int(kept))  # type: ignore[call-overload]
        case "date":
            return EPOCH_DATE + datetime.timedelta(days=int(kept))  # type: ignore[call-overload]
        case "numeric":
            return Decimal(str(kept))
        case "uuid":
            return uuid.UUID(str(kept))
        case "text[]":
            return json.loads(str(kept))
    return kept


def _bad(type_: Type, text: object) -> InvalidText:
    return InvalidText(f'invalid input syntax for type {type_.name}: "{text}"')


# ------------------------------------------------------------------ numbers


def decimal_text(value: Decimal) -> str:
    """Write numeric without an exponent."""
    if value.is_nan():
        return "NaN"
    if value.is_infinite():
        return "Infinity" if value > 0 else "-Infinity"
    return format(value, "f")


def _plain(type_: Type, text: str) -> None:
    """Refuse what Python's number parsers take and Postgres' do not: 1_000, other digits."""
    if "_" in text or not text.isascii():
        raise _bad(type_, text)


def _integer(type_: Type, value: object) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise NumericOutOfRange(f"{type_.name} out of range")
        value = round(value)
    if not isinstance(value, int):
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type {type_.name}")
    bound = INTEGER_BOUNDS[type_.name]
    if not -bound <= value < bound:
        raise NumericOutOfRange(f"{type_.name} out of range")
    return value


def _integer_text(type_: Type, text: str) -> int:
    _plain(type_, text)
    try:
        value = int(text)
    except ValueError:
        raise _bad(type_, text) from None
    bound = INTEGER_BOUNDS[type_.name]
    if not -bound <= value < bound:
        raise NumericOutOfRange(f'value "{text}" is out of range for type {type_.name}')
    return value


def _float(type_: Type, value: object) -> float:
    if not isinstance(value, int | float | Decimal):
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type {type_.name}")
    number = float(value)
    if type_.name == "real" and math.isfinite(number) and abs(number) > REAL_MAX:
        raise NumericOutOfRange(f'"{value}" is out of range for type real')
    return float(np.float32(number)) if type_.name == "real" else number


def _float_text(type_: Type, text: str) -> float:
    _plain(type_, text)
    try:
        number = float(text)
    except ValueError:
        raise _bad(type_, text) from None
    wide = math.isinf(number) or (type_.name == "real" and abs(number) > REAL_MAX)
    if wide and "inf" not in text.lower():
        raise NumericOutOfRange(f'"{text}" is out of range for type {type_.name}')
    return _float(type_, number)


def _decimal(type_: Type, value: object) -> Decimal:
    if isinstance(value, int | float | Decimal):
        return _scaled(type_, _bounded(value if isinstance(value, Decimal) else Decimal(str(value))))
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type numeric")


def _decimal_text(type_: Type, text: str) -> Decimal:
    _plain(type_, text)
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise _bad(type_, text) from None
    if value.is_nan() and text.strip().lower() != "nan":
        raise _bad(type_, text)
    return _scaled(type_, _bounded(value))


def _scaled(type_: Type, value: Decimal) -> Decimal:
    """Round to the scale of numeric(precision, scale), away from zero at the half as Postgres does."""
    if type_.modifier is None or not value.is_finite():
        return value
    precision, scale = type_.modifier >> 16, type_.modifier & 0xFFFF
    rounded = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, ROUNDING)
    if rounded and rounded.adjusted() >= precision - scale:
        raise NumericOutOfRange(
            "numeric field overflow",
            detail=f"A field with precision {precision}, scale {scale} must round to an absolute value"
            f" less than {f'10^{precision - scale}' if precision > scale else '1'}.",
        )
    return rounded


def _bounded(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and value != 0:
        if value.adjusted() >= NUMERIC_DIGITS_MAX or -exponent > NUMERIC_SCALE_MAX:
            raise NumericOutOfRange("value overflows numeric format")
    elif isinstance(exponent, int) and abs(exponent) > NUMERIC_SCALE_MAX:
        return Decimal(0)
    return value


def _boolean(type_: Type, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type boolean")


def _boolean_text(type_: Type, text: str) -> bool:
    word = text.strip().lower()
    for words, value in ((TRUE_WORDS, True), (FALSE_WORDS, False)):
        if word in words or (len(word) > 0 and any(w.startswith(word) for w in words) and word != "o"):
            return value
    raise _bad(type_, text)


# ------------------------------------------------------------------ text, json, uuid


def _text(type_: Type, value: object) -> str:
    text = value if isinstance(value, str) else to_text(type_, value)
    if type_.name == "varchar" and type_.modifier is not None and len(text) > type_.modifier:
        if text[type_.modifier :].strip(" "):
            raise StringTooLong(f"value too long for type character varying({type_.modifier})")
        text = text[: type_.modifier]
    if "\x00" in text:
        raise InvalidText('invalid byte sequence for encoding "UTF8": 0x00', sqlstate="22021")
    return text


def json_text(value: object) -> str:
    """Write a Python value as jsonb prints: `{"a": 1}`, keys by length, then bytes."""
    match value:
        case str() | bool() | None | int():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            named = {str(key): item for key, item in value.items()}
            keys = sorted(named, key=lambda key: (len(key.encode()), key.encode()))
            pairs = (f"{json_text(key)}: {json_text(named[key])}" for key in keys)
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(json_text(item) for item in value) + "]"
        case Decimal() | float() if math.isfinite(value):
            return decimal_text(_bounded(Decimal(str(value))))
    raise InvalidText(f"{type(value).__name__} is not a value of type json")


def json_canonical(text: str) -> str:
    """Parse JSON text and write it as jsonb does. Raises 22P02, 22P05, 54001."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
        canonical = json_text(value)
    except RecursionError:
        raise LimitExceeded("stack depth limit exceeded", sqlstate="54001") from None
    except ValueError as error:
        detail = f"{error}: {text[:80]}"
        raise InvalidText("invalid input syntax for type json", detail=detail) from None
    if "\\u0000" in canonical or SURROGATE.search(canonical):
        raise InvalidText("unsupported Unicode escape sequence", sqlstate="22P05")
    return canonical


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")


def _uuid(type_: Type, value: object) -> uuid.UUID:
    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, bytes) and len(value) == 16:
        return uuid.UUID(bytes=value)
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type uuid")


def _uuid_text(type_: Type, text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        raise _bad(type_, text) from None


def _bytea_text(type_: Type, text: str) -> bytes:
    if not text.startswith("\\x"):
        return text.encode()
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise InvalidText("invalid hexadecimal data", sqlstate="22023") from None


# ------------------------------------------------------------------ arrays


def array_from_text(element: Type, text: str) -> list[object]:
    """Parse a one-dimensional array `{a,"b c",NULL}`. Raises 22P02; 0A000 for nested ones."""
    body = text.strip(ARRAY_SPACE)
    if not (body.startswith("{") and body.endswith("}")):
        raise InvalidText(
            f'malformed array literal: "{text}"',
            detail='Array value must start with "{" or dimension information.',
        )
    items: list[object] = []
    position, end = 1, len(body) - 1
    while position < end:
        word, quoted, position = _array_word(body, position, end, text)
        if not quoted and word.upper() == "NULL":
            items.append(None)
        else:
            items.append(coerce(element, word))
        if position < end:
            position += 1
            if position == end:
                raise InvalidText(f'malformed array literal: "{text}"')
    return items


def _array_word(body: str, position: int, end: int, text: str) -> tuple[str, bool, int]:
    """Read one element up to its comma."""
    out: list[str] = []
    quoted = in_quotes = False
    while position < end and (in_quotes or body[position] != ","):
        char = body[position]
        if char == "\\":
            position += 1
            out.append(body[position])
        elif char in "{}" and not in_quotes:
            raise NotSupportedError("arrays of several dimensions are not supported yet")
        elif char == '"':
            in_quotes, quoted = not in_quotes, True
        else:
            out.append(char)
        position += 1
    if in_quotes or position > end or (not out and not quoted):
        raise InvalidText(f'malformed array literal: "{text}"')
    word = "".join(out)
    return (word if quoted else word.strip(ARRAY_SPACE)), quoted, position


def _array_item(element: Type, item: object) -> str:
    if item is None:
        return "NULL"
    text = to_text(element, item)
    if text == "" or text.upper() == "NULL" or not ARRAY_QUOTED.isdisjoint(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


# What makes the canonical value of each type of vector.
VECTOR_MAKERS: dict[str, Callable[[object, int | None], object]] = {
    "vector": vector_from, "halfvec": halfvec_from, "bit": bits_from, "sparsevec": sparse_from,
}  # fmt: skip
PARSERS: dict[str, Callable[[Type, str], object]] = {
    "boolean": _boolean_text, "smallint": _integer_text, "integer": _integer_text,
    "bigint": _integer_text, "oid": _integer_text, "real": _float_text,
    "double precision": _float_text, "numeric": _decimal_text, "uuid": _uuid_text,
    "timestamptz": parse_timestamptz, "timestamp": parse_timestamp, "date": parse_date,
    "vector": lambda t, s: vector_from(s, t.modifier), "halfvec": lambda t, s: halfvec_from(s, t.modifier),
    "bit": lambda t, s: bits_from(s, t.modifier), "sparsevec": lambda t, s: sparse_from(s, t.modifier),
    "jsonb": lambda t, s: json_canonical(s),
    "varchar": _text,
    "bytea": _bytea_text,
}  # fmt: skip
CONVERTERS: dict[str, Callable[[Type, object], object]] = {
    "boolean": _boolean, "smallint": _integer, "integer": _integer, "bigint": _integer,
    "oid": _integer, "real": _float, "double precision": _float, "numeric": _decimal,
    "uuid": _uuid, "timestamptz": timestamptz_from, "date": date_from,
}  # fmt: skip
