"""json, kept as it is written, and jsonb, kept as PostgreSQL prints it."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import NoReturn

from vql.errors import DataError, InvalidText, LimitExceeded
from vql.types.base import BaseType, Storage
from vql.types.binary import decode_text
from vql.types.numeric import decimal_text
from vql.types.numeric_math import bounded

# A lone surrogate may stand in a JSON escape; it is no character and has no UTF-8 form.
SURROGATE = re.compile("[\ud800-\udfff]")
JSONB_VERSION = b"\x01"


class JsonType(BaseType):
    """JSON texts as they were given."""

    def to_text(self, value: object) -> str:
        return value if isinstance(value, str) else json_text(value)

    def to_binary(self, value: object) -> bytes:
        return self.to_text(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        return self.from_text(decode_text(data), modifier)


class JsonbType(JsonType):
    """JSON in canonical text: no repeated keys, keys by length."""

    def from_text(self, text: str, modifier: int | None) -> str:
        return json_canonical(text)

    def convert(self, value: object, modifier: int | None) -> str:
        text = json_text(value)
        if not text.isascii() and SURROGATE.search(text):
            raise InvalidText("half of a surrogate pair is no character", sqlstate="22021")
        return text

    def to_binary(self, value: object) -> bytes:
        return JSONB_VERSION + super().to_binary(value)

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        if data[:1] != JSONB_VERSION:
            raise DataError(f"unsupported jsonb version number {data[0] if data else 0}")
        return super().from_binary(data[1:], modifier)


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
            return decimal_text(bounded(Decimal(str(value))))
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


JSON = JsonType(name="json", oid=114, array_oid=199, duck_name="JSON")
JSONB = JsonbType(
    name="jsonb", oid=3802, array_oid=3807, storage=Storage.DICTIONARY, is_stored_as_is=True,
    duck_name="JSON", duck_results=("JSON",), duck_stream="cast",
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (JSON, JSONB)
