"""json, kept as it is written, and jsonb, kept as PostgreSQL prints it.

Functions work on the *tree* of a text (`tree_of`, `jsonb_text`): dict, list, str, bool, None, and Decimal
for every number, whose exponent is its scale.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from json.encoder import encode_basestring as quoted_json
from typing import NoReturn

from vql.deadline import watched
from vql.errors import DataError, InvalidText, LimitExceeded, UndefinedFunction
from vql.limits import JSON_DEPTH_MAX
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import decode_text
from vql.types.json.syntax import check_json
from vql.types.numbers.numeric import decimal_text
from vql.types.numbers.numeric_math import bounded

# None is the JSON null, whatever NULL is outside of the document.
Tree = dict[str, "Tree"] | list["Tree"] | str | Decimal | bool | None
# A lone surrogate may stand in a JSON escape; it is no character and has no UTF-8 form.
SURROGATE = re.compile("[\ud800-\udfff]")
# A bracket, or a string in which there may be some.
BRACKET = re.compile(r'[][{}]|"(?:[^"\\]|\\.)*"', re.S)
# Characters of a number that is surely none too long for numeric.
PLAIN_MAX = 10_000
JSONB_VERSION = b"\x01"
# The order of jsonb: values of different kinds compare by their kind, an empty array at the root below all.
EMPTY_ROOT, NULL_RANK, STRING_RANK, NUMBER_RANK, BOOLEAN_RANK, ARRAY_RANK, OBJECT_RANK = range(7)


class JsonType(BaseType):
    """JSON texts as they were given."""

    @property
    def binary_is_text(self) -> bool | None:
        return True

    @property
    def takes_lists(self) -> bool:
        return True

    def from_text(self, text: str, modifier: int | None) -> str:
        decoded(text)
        return text

    def to_text(self, value: object) -> str:
        return value if isinstance(value, str) else json_text(value)

    def convert(self, value: object, modifier: int | None) -> str:
        return json_text(value)

    def to_binary(self, value: object) -> bytes:
        return self.to_text(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        return self.from_text(decode_text(data), modifier)

    def order_key(self, value: object) -> object:
        raise UndefinedFunction(f"could not identify an equality operator for type {self.name}")


class JsonbType(JsonType):
    """JSON in its normal form: no repeated keys, keys by length, numbers as numeric prints them."""

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

    def order_key(self, value: object) -> object:
        return root_key(tree_of(str(value)))

    def key(self, value: object) -> str:
        """Return the text that equal documents share: numbers without the zeros that end them."""
        return json_text(tree_of(str(value)), is_key=True)


def json_text(value: object, is_key: bool = False) -> str:
    """Write a Python value as jsonb prints: `{"a": 1}`, keys by length, then bytes."""
    match value:
        case str():
            return quoted_json(value)
        case Decimal() if value.is_finite():
            text = _numeric_json(value)
            return text.rstrip("0").removesuffix(".") if is_key and "." in text else text
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return json.dumps(value)
        case dict():
            named = {str(key): item for key, item in value.items()}
            keys = sorted(named, key=key_order)
            return (
                "{"
                + ", ".join([f"{quoted_json(key)}: {json_text(named[key], is_key)}" for key in watched(keys)])
                + "}"
            )
        case list() | tuple():
            return "[" + ", ".join([json_text(item, is_key) for item in watched(value)]) + "]"
        case float() if math.isfinite(value):
            return json_text(Decimal(str(value)), is_key)
    raise InvalidText(f"{type(value).__name__} is not a value of type json")


def _numeric_json(value: Decimal) -> str:
    """Write a finite number as numeric does; there is no negative zero. Raises 22003."""
    text = str(value)
    if "E" not in text and len(text) < PLAIN_MAX and (text[0] != "-" or value):
        return text
    return decimal_text(abs(value) if not value else bounded(value))


def key_order(key: str) -> tuple[int, bytes]:
    """Return what orders the keys of an object: their length in bytes, then the bytes."""
    encoded = key.encode("utf-8", "surrogatepass")
    return len(encoded), encoded


def json_canonical(text: str) -> str:
    """Parse JSON text and write it as jsonb does. Raises 22P02, 22P05, 54001, 22003."""
    tree = decoded(text)
    if "\\u" in text:
        check_json(text, with_escapes=True)
    return jsonb_text(tree)


def jsonb_text(tree: Tree) -> str:
    """Write a tree as jsonb does. Raises 54001 where it is too deep, 22003 for a number beyond numeric."""
    try:
        return json_text(tree)
    except RecursionError:
        raise too_deep() from None


def tree_of(text: str) -> Tree:
    """Parse a value of json or jsonb. Raises 54001."""
    try:
        tree: Tree = DECODER.decode(text)
    except RecursionError:
        raise too_deep() from None
    return tree


def decoded(text: str) -> Tree:
    """Parse a text that may be no JSON. Raises 22P02, 54001."""
    if text.count("[") + text.count("{") > JSON_DEPTH_MAX and _is_too_deep(text):
        raise too_deep()
    try:
        return tree_of(text)
    except ValueError:
        check_json(text)
        raise InvalidText("invalid input syntax for type json") from None


def _is_too_deep(text: str) -> bool:
    """Whether more arrays and objects stand within each other than may."""
    depth = 0
    for found in watched(BRACKET.finditer(text)):
        if found[0] in "[{":
            depth += 1
            if depth > JSON_DEPTH_MAX:
                return True
        elif found[0] in "]}":
            depth -= 1
    return False


def too_deep() -> LimitExceeded:
    """Return the error of a value that is nested too deeply to be looked through."""
    return LimitExceeded("stack depth limit exceeded", sqlstate="54001")


# ------------------------------------------------------------------ order


def root_key(tree: Tree) -> object:
    """Return what compares as a whole document does."""
    return (EMPTY_ROOT,) if tree == [] else tree_key(tree)


def tree_key(tree: Tree) -> tuple[object, ...]:
    """Return what compares as a value within a document does: arrays and objects by their sizes first."""
    match tree:
        case None:
            return (NULL_RANK,)
        case str():
            return STRING_RANK, tree
        case bool():
            return BOOLEAN_RANK, tree
        case Decimal():
            return NUMBER_RANK, tree
        case list():
            return ARRAY_RANK, len(tree), *map(tree_key, tree)
    pairs = ((key, tree_key(tree[key])) for key in sorted(tree, key=key_order))
    return OBJECT_RANK, len(tree), *(part for pair in pairs for part in pair)


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")


DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)

JSON = JsonType(
    name="json", oid=114, array_oid=199, storage=Storage.DICTIONARY, is_stored_as_is=True, duck_name="JSON",
    is_comparable=False, is_sortable=False, duck_is_text=True,
)  # fmt: skip
JSONB = JsonbType(
    name="jsonb", oid=3802, array_oid=3807, storage=Storage.DICTIONARY, is_stored_as_is=True,
    duck_name="JSON", duck_results=("JSON",), duck_stream="cast", duck_is_text=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (JSON, JSONB)
