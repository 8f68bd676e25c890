"""Values: Postgres text forms, accepted Python values, and what storage keeps.

Canonical Python values are those of `vql.types`. Text forms follow the manual's chapter 8 and
pgvector's reference; error texts are theirs.
"""

from __future__ import annotations

import datetime
import json
import math
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

import numpy as np

from vql.errors import (
    DataError,
    DatatypeMismatch,
    InvalidDatetime,
    InvalidText,
    LimitExceeded,
    NumericOutOfRange,
    StringTooLong,
)
from vql.limits import VECTOR_DIMENSIONS_MAX
from vql.types import F32, Type

UTC = datetime.UTC
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DATE = datetime.date(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)
INTEGER_BOUNDS = {"smallint": 1 << 15, "integer": 1 << 31, "bigint": 1 << 63, "oid": 1 << 32}
TRUE_WORDS = ("t", "true", "y", "yes", "on", "1")
FALSE_WORDS = ("f", "false", "n", "no", "off", "0")


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
            return float_text(value, type_.name == "real")
        case np.ndarray():
            return vector_text(value)
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


def coerce(type_: Type, value: object) -> object:
    """Return the canonical value of anything a user may hand over; None stays None.

    Strings are read as text forms; numpy scalars and arrays, lists, pgvector's Vector and objects
    with the buffer protocol are accepted as vectors. Raises DataError subclasses.
    """
    if value is None:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    name = type_.name
    if name in ("vector", "unknown") and (name == "vector" or isinstance(value, np.ndarray)):
        return vector_from(value, type_.modifier)
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


# ------------------------------------------------------------------ vectors


def vector_from(value: object, dim: int | None = None) -> F32:
    """Return a C-contiguous float32 vector (dim,), checked as pgvector checks it.

    Raises 22000 for NaN, infinity, no or wrong dimensions; 54000 above 16,000; 22P02 for bad text.
    """
    if isinstance(value, str):
        vector = parse_vector(value)
    else:
        to_numpy = getattr(value, "to_numpy", None)
        raw = to_numpy() if to_numpy is not None else value
        try:
            with np.errstate(over="ignore"):
                vector = np.ascontiguousarray(raw, np.float32)
        except (TypeError, ValueError):
            raise DatatypeMismatch(
                f"a vector cannot be made of {type(value).__name__}",
                hint="give a list of numbers, a numpy array or pgvector's text form '[1,2,3]'",
            ) from None
        if vector.ndim != 1:
            raise DataError("array must be 1-D")
    if vector.size == 0:
        raise DataError("vector must have at least 1 dimension")
    if vector.size > VECTOR_DIMENSIONS_MAX:
        raise LimitExceeded(f"vector cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions")
    if not math.isfinite(float(vector.sum(dtype=np.float64))):
        if np.isnan(vector).any():
            raise DataError("NaN not allowed in vector")
        if np.isinf(vector).any():
            raise DataError("infinite value not allowed in vector")
    if dim is not None and vector.size != dim:
        raise DataError(f"expected {dim} dimensions, not {vector.size}")
    return vector


def parse_vector(text: str) -> F32:
    """Parse pgvector's text form '[1, 2.5, -3]'."""
    body = text.strip()
    if not body.startswith("["):
        raise InvalidText(
            f'invalid input syntax for type vector: "{text}"',
            detail='Vector contents must start with "[".',
        )
    inside, bracket, rest = body[1:].partition("]")
    if not bracket or rest.strip():
        detail = "Junk after closing right brace." if bracket else None
        raise InvalidText(f'invalid input syntax for type vector: "{text}"', detail=detail)
    if not inside.strip():
        raise DataError("vector must have at least 1 dimension")
    parts = inside.split(",")
    try:
        wide = np.array(parts, np.float64)
    except ValueError:
        raise InvalidText(f'invalid input syntax for type vector: "{text}"') from None
    with np.errstate(over="ignore"):
        vector = wide.astype(np.float32)
    over = np.isinf(vector) & np.isfinite(wide)
    if over.any():
        word = parts[int(np.argmax(over))].strip()
        raise NumericOutOfRange(f'"{word}" is out of range for type vector')
    return vector


def vector_text(vector: np.ndarray) -> str:  # type: ignore[type-arg]
    """Write a vector as pgvector does: shortest float4, no spaces."""
    return "[" + ",".join(float_text(x, True) for x in vector.astype(np.float32)) + "]"


# ------------------------------------------------------------------ numbers


def float_text(value: float, single: bool) -> str:
    """Write a float as Postgres does with extra_float_digits = 1: shortest, 1e+10, Infinity."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = str(np.float32(value)) if single else repr(float(value))
    mantissa, e, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    if e:
        sign = "-" if exponent.startswith("-") else "+"
        return f"{mantissa}e{sign}{exponent.lstrip('+-').zfill(2)}"
    limit = 6 if single else 15
    whole = mantissa.lstrip("-").partition(".")[0]
    if len(whole) > limit and "." not in mantissa and set(whole[limit:]) <= {"0"}:
        digits = whole.rstrip("0")
        sign = "-" if mantissa.startswith("-") else ""
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e+{len(whole) - 1:02d}"
    return mantissa


def decimal_text(value: Decimal) -> str:
    """Write numeric without an exponent."""
    if value.is_nan():
        return "NaN"
    if value.is_infinite():
        return "Infinity" if value > 0 else "-Infinity"
    return format(value, "f")


def _integer(type_: Type, value: object) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float | Decimal):
        if value != value or value in (math.inf, -math.inf):
            raise NumericOutOfRange(f"{type_.name} out of range")
        value = round(value)
    if not isinstance(value, int):
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type {type_.name}")
    bound = INTEGER_BOUNDS[type_.name]
    if not -bound <= value < bound:
        raise NumericOutOfRange(f"{type_.name} out of range")
    return value


def _integer_text(type_: Type, text: str) -> int:
    try:
        value = int(text.strip().replace("_", "x"))
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
    if type_.name == "real" and math.isfinite(number) and abs(number) > 3.4028236e38:
        raise NumericOutOfRange(f'"{value}" is out of range for type real')
    return float(np.float32(number)) if type_.name == "real" else number


def _float_text(type_: Type, text: str) -> float:
    try:
        number = float(text.strip().replace("_", "x"))
    except ValueError:
        raise _bad(type_, text) from None
    if math.isinf(number) and not text.strip().lower().lstrip("+-").startswith("inf"):
        raise NumericOutOfRange(f'"{text}" is out of range for type {type_.name}')
    return _float(type_, number)


def _decimal(type_: Type, value: object) -> Decimal:
    if isinstance(value, int | float | Decimal):
        return value if isinstance(value, Decimal) else Decimal(str(value))
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type numeric")


def _decimal_text(type_: Type, text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise _bad(type_, text) from None


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
        raise InvalidText("invalid byte sequence for encoding \"UTF8\": 0x00", sqlstate="22021")
    return text


def json_text(value: object) -> str:
    """Write a Python value as jsonb prints: `{"a": 1}`, keys by length, then bytes."""
    if isinstance(value, dict):
        keys = sorted((str(k) for k in value), key=lambda k: (len(k.encode()), k.encode()))
        named = {str(k): v for k, v in value.items()}
        inside = ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {json_text(named[k])}" for k in keys)
        return "{" + inside + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return decimal_text(value)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        raise InvalidText(f"{type(value).__name__} is not a value of type json") from None


def json_canonical(text: str) -> str:
    """Parse JSON text and write it as jsonb does. Raises 22P02."""
    try:
        return json_text(json.loads(text, parse_float=Decimal))
    except ValueError:
        raise InvalidText(
            "invalid input syntax for type json", detail=f"The text is: {text[:80]}"
        ) from None


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


# ------------------------------------------------------------------ dates and times


def _timestamptz(type_: Type, value: object) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type timestamptz")


def _timestamptz_text(type_: Type, text: str) -> datetime.datetime:
    word = text.strip()
    if word.lower() == "now":
        return datetime.datetime.now(UTC)
    if word.lower() in ("today", "yesterday", "tomorrow", "epoch"):
        return _timestamptz(type_, _date_text(Type("date"), word))
    return _timestamptz(type_, _datetime_text("timestamp with time zone", word))


def _datetime_text(name: str, text: str) -> datetime.datetime:
    shape = text.removesuffix(" UTC").removesuffix(" utc")
    if len(shape) > 3 and shape[-3] in "+-" and shape[-2:].isdigit() and ":" in shape:
        shape += ":00"
    try:
        return datetime.datetime.fromisoformat(shape)
    except ValueError:
        raise InvalidDatetime(f'invalid input syntax for type {name}: "{text}"') from None


def _timestamp_text(type_: Type, text: str) -> datetime.datetime:
    return _datetime_text("timestamp", text.strip()).replace(tzinfo=None)


def _date(type_: Type, value: object) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type date")


def _date_text(type_: Type, text: str) -> datetime.date:
    word = text.strip().lower()
    today = datetime.datetime.now(UTC).date()
    days = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}
    if word in days:
        return today + datetime.timedelta(days=days[word])
    if word == "epoch":
        return EPOCH_DATE
    return _datetime_text("date", text.strip()).date()


def datetime_text(value: datetime.datetime) -> str:
    """Write a moment in ISO style, UTC: `2026-11-01 00:00:00+00`."""
    zone = "" if value.tzinfo is None else "+00"
    moment = value if value.tzinfo is None else value.astimezone(UTC)
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    if "." in text:
        text = text.rstrip("0")
    return text + zone


def interval_text(value: datetime.timedelta) -> str:
    """Write an interval as Postgres does: `1 day 02:03:04`."""
    total = value // MICROSECOND
    days, rest = value.days, value - datetime.timedelta(days=value.days)
    if total < 0 and rest:
        days, rest = days + 1, rest - datetime.timedelta(days=1)
    micros = rest // MICROSECOND
    sign, micros = ("-" if micros < 0 else ""), abs(micros)
    seconds, fraction = divmod(micros, 10**6)
    clock = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if fraction:
        clock += f".{fraction:06d}".rstrip("0")
    words = [f"{days} day{'s' if days != 1 else ''}"] if days else []
    return " ".join(words + ([clock] if micros or not days else []))


# ------------------------------------------------------------------ arrays


def array_from_text(element: Type, text: str) -> list[object]:
    """Parse a one-dimensional array `{a,"b c",NULL}`. Raises 22P02; 0A000 is for nested ones."""
    body = text.strip()
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
    """Read one element up to its comma; vectors' own brackets and commas stay together."""
    out: list[str] = []
    quoted = in_quotes = False
    depth = 0
    while position < end and (in_quotes or depth or body[position] != ","):
        char = body[position]
        if char == "\\":
            position += 1
            out.append(body[position])
        elif char == '"':
            in_quotes, quoted = not in_quotes, True
        else:
            depth += (char == "[") - (char == "]") if not in_quotes else 0
            out.append(char)
        position += 1
    if in_quotes:
        raise InvalidText(f'malformed array literal: "{text}"')
    word = "".join(out)
    return (word if quoted else word.strip()), quoted, position


def _array_item(element: Type, item: object) -> str:
    if item is None:
        return "NULL"
    text = to_text(element, item)
    if text == "" or text.upper() == "NULL" or any(c in '{}",\\ \t\n' for c in text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


PARSERS: dict[str, Callable[[Type, str], object]] = {
    "boolean": _boolean_text, "smallint": _integer_text, "integer": _integer_text,
    "bigint": _integer_text, "oid": _integer_text, "real": _float_text,
    "double precision": _float_text, "numeric": _decimal_text, "uuid": _uuid_text,
    "timestamptz": _timestamptz_text, "timestamp": _timestamp_text, "date": _date_text,
    "vector": lambda t, s: vector_from(s, t.modifier), "jsonb": lambda t, s: json_canonical(s),
    "varchar": _text,
    "bytea": lambda t, s: bytes.fromhex(s[2:]) if s.startswith("\\x") else s.encode(),
}  # fmt: skip
CONVERTERS: dict[str, Callable[[Type, object], object]] = {
    "boolean": _boolean, "smallint": _integer, "integer": _integer, "bigint": _integer,
    "oid": _integer, "real": _float, "double precision": _float, "numeric": _decimal,
    "uuid": _uuid, "timestamptz": _timestamptz, "date": _date,
}  # fmt: skip
