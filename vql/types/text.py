"""Strings: text, varchar, character(n), name, "char", and `unknown`, of a literal nobody has typed yet."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from vql.calendar.interval import Interval, interval_text, of_timedelta
from vql.errors import InvalidParameterValue, InvalidText, StringTooLong
from vql.types.base import BaseType, Storage
from vql.types.bytea import BYTEA
from vql.types.forms.binary import decode_text, wrong_size
from vql.types.json.json import SURROGATE, json_text
from vql.types.moments.moments import TIME, datetime_text
from vql.types.numbers.floats import float_text
from vql.types.numbers.numeric import decimal_text
from vql.types.vectors.bit import bits_text
from vql.types.vectors.sparsevec import SparseVector
from vql.types.vectors.vector import vector_from, vector_text

# Names of character(n) that mean character(1) where nothing is said.
ONE_CHARACTER = ("character", "char", "nchar", "national character", "national char")
CHARACTERS_MAX = 10_485_760
NAME_BYTES_MAX = 63
OCTAL = re.compile(r"\\([0-7]{3})")


class TextType(BaseType):
    """Strings; every other value is taken as its own text form."""

    def from_text(self, text: str, modifier: int | None) -> str:
        if "\x00" in text:
            raise InvalidText('invalid byte sequence for encoding "UTF8": 0x00', sqlstate="22021")
        if not text.isascii() and SURROGATE.search(text):
            raise InvalidText("half of a surrogate pair is no character", sqlstate="22021")
        return text

    def to_text(self, value: object) -> str:
        return value if isinstance(value, str) else text_of(value)

    def convert(self, value: object, modifier: int | None) -> object:
        return self.from_text(text_of(value), modifier)

    def to_binary(self, value: object) -> bytes:
        return value.encode() if isinstance(value, str) else str(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> str:
        return self.from_text(decode_text(data), modifier)

    def texts_of(self, cells: Sequence[object]) -> list[bytes] | None:
        if set(map(type, cells)) != {str}:
            return None
        return [cell.encode() for cell in cells]  # type: ignore[attr-defined]

    def binaries_of(self, cells: Sequence[object]) -> list[bytes] | None:
        return self.texts_of(cells)

    def of_binaries(self, cells: Sequence[bytes], modifier: int | None) -> object | None:
        return self.of_texts([cell.decode() for cell in cells], modifier)

    def of_texts(self, cells: Sequence[str | None], modifier: int | None) -> object | None:
        if modifier is not None or any(cell is not None and "\0" in cell for cell in cells):
            return None
        return list(cells)

    def coerce_column(self, cells: Sequence[object], modifier: int | None) -> Sequence[object]:
        if modifier is None and set(map(type, cells)) <= {str, type(None)}:
            if "\0" not in "".join(filter(None, cells)):  # type: ignore[arg-type]
                return cells
        return super().coerce_column(cells, modifier)

    def holds(self, other: BaseType, modifier: int | None, its_modifier: int | None) -> bool:
        if self not in (TEXT, VARCHAR) or other not in (TEXT, VARCHAR):
            return super().holds(other, modifier, its_modifier)
        return modifier is None or (its_modifier is not None and its_modifier <= modifier)


class VarcharType(TextType):
    """Strings of at most as many characters as the modifier says. Spaces beyond are cut, and by a cast
    whatever stands there."""

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        if not numbers:
            return None
        short = self.sizes_name
        if len(numbers) > 1:
            raise InvalidParameterValue("invalid type modifier")
        if numbers[0] < 1:
            raise InvalidParameterValue(f"length for type {short} must be at least 1")
        if numbers[0] > CHARACTERS_MAX:
            raise InvalidParameterValue(f"length for type {short} cannot exceed {CHARACTERS_MAX}")
        return numbers[0]

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod - 4 if typmod > 4 else None

    def from_text(self, text: str, modifier: int | None) -> str:
        if modifier is not None and len(text) > modifier and text[modifier:].strip(" "):
            raise StringTooLong(f"value too long for type {self.standard_name}({modifier})")
        return self._fitted(super().from_text(text, modifier), modifier)

    def cast(self, value: object, modifier: int | None) -> str:
        return self._fitted(str(self.coerce(value, None)), modifier)

    def _fitted(self, text: str, modifier: int | None) -> str:
        return text if modifier is None else text[:modifier]


class BpcharType(VarcharType):
    """character(n): as varchar, filled with spaces up to the modifier. They do not count where values are
    compared; every form of a value has them."""

    def _fitted(self, text: str, modifier: int | None) -> str:
        return super()._fitted(text, modifier).ljust(modifier or 0)

    def comparand(self, kept: Any) -> object:
        return str(kept).rstrip(" ")

    def key(self, value: object) -> str:
        return str(value).rstrip(" ")

    def order_key(self, value: object) -> str:
        return self.key(value)


class NameType(TextType):
    """The names of things: strings of at most 63 bytes, cut there."""

    def from_text(self, text: str, modifier: int | None) -> str:
        return super().from_text(text.encode()[:NAME_BYTES_MAX].decode(errors="ignore"), modifier)


class CharType(TextType):
    """One byte; one that is no ASCII character is written as a backslash and three octal digits."""

    def from_text(self, text: str, modifier: int | None) -> str:
        octal = OCTAL.fullmatch(text)
        return char_of(int(octal[1], 8) & 0xFF if octal else text.encode()[0] if text else 0)

    def to_binary(self, value: object) -> bytes:
        return bytes((byte_of(str(value)),))

    def from_binary(self, data: bytes, modifier: int | None) -> str:
        if len(data) != 1:
            raise wrong_size()
        return char_of(data[0])

    def binaries_of(self, cells: Sequence[object]) -> list[bytes] | None:
        return None

    def of_binaries(self, cells: Sequence[bytes], modifier: int | None) -> object | None:
        return None


def char_of(byte: int) -> str:
    """Return the value of type "char" that a byte is."""
    return f"\\{byte:03o}" if byte > 0x7F else chr(byte) if byte else ""


def byte_of(value: str) -> int:
    """Return the byte that a value of type "char" is."""
    return int(value[1:], 8) if len(value) > 1 else ord(value or "\0")


class UnknownType(TextType):
    """A literal or parameter without a type: a string, or the vector a driver handed over."""

    def coerce(self, value: object, modifier: int | None) -> object:
        if isinstance(value, SparseVector):
            return value
        return (
            vector_from(value, modifier) if isinstance(value, np.ndarray) else super().coerce(value, modifier)
        )


def text_of(value: object) -> str:
    """Write any Python value as the text form of the type that is nearest to it."""
    match value:
        case bool():
            return "t" if value else "f"
        case str():
            return value
        case float():
            return float_text(value, False)
        case np.ndarray():
            return bits_text(value) if value.dtype == np.bool_ else vector_text(value)
        case datetime.datetime():
            return datetime_text(value)
        case list() | tuple():
            from_items = ("NULL" if item is None else quoted_item(text_of(item)) for item in value)
            return "{" + ",".join(from_items) + "}"
        case Decimal():
            return decimal_text(value)
        case bytes():
            return BYTEA.to_text(value)
        case datetime.timedelta():
            return interval_text(of_timedelta(value))
        case Interval():
            return interval_text(value)
        case datetime.time():
            return TIME.to_text(value)
        case dict():
            return json_text(value)
    return str(value)


ITEM_SPACE = " \t\n\r\v\f"
ITEM_QUOTED = frozenset('{}",\\' + ITEM_SPACE)


def quoted_item(text: str) -> str:
    """Return a text as an element of an array, in quotes where it has to be."""
    if text == "" or text.upper() == "NULL" or not ITEM_QUOTED.isdisjoint(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


TEXT = TextType(
    name="text", oid=25, array_oid=1009, aliases=("string",), category="S",
    is_preferred=True, storage=Storage.DICTIONARY, is_stored_as_is=True,
    has_order=True, has_equality=True, duck_name="VARCHAR", duck_compares=True, duck_results=("VARCHAR",),
    arrow_formats=("u", "U", "vu"),
)  # fmt: skip
VARCHAR = VarcharType(
    name="varchar", oid=1043, array_oid=1015,
    aliases=("character varying", "char varying", "nchar varying", "national character varying",
             "national char varying"),
    standard_name="character varying", category="S", storage=Storage.DICTIONARY, is_stored_as_is=True,
    has_order=True, has_equality=True, sizes_name="varchar", duck_name="VARCHAR", duck_compares=True,
    classed_as="text",
)  # fmt: skip
BPCHAR = BpcharType(
    name="bpchar", oid=1042, array_oid=1014, aliases=ONE_CHARACTER,
    standard_name="character", category="S", storage=Storage.DICTIONARY, is_stored_as_is=True,
    has_order=True, has_equality=True, orders_as_stored=False, sizes_name="char", duck_name="VARCHAR",
    is_sized_by_name=True,
)  # fmt: skip
NAME = NameType(
    name="name",
    oid=19,
    array_oid=1003,
    category="S",
    length=64,
    duck_name="VARCHAR",
    duck_compares=True,
    storage=Storage.DICTIONARY,
    is_stored_as_is=True,
    has_order=True,
    has_equality=True,
)
CHAR = CharType(
    name='"char"', oid=18, array_oid=1002, catalog_name="char", category="Z", length=1, duck_name="VARCHAR",
    duck_equates=True, duck_results=("ENUM",),  # vql__char of the catalog is the only one there is
)  # fmt: skip
UNKNOWN = UnknownType(name="unknown", oid=705, type_kind="p", category="X", length=-2, duck_name="VARCHAR",
                      duck_results=("STRING_LITERAL",), duck_is_text=True)  # fmt: skip
TYPES: tuple[BaseType, ...] = (TEXT, VARCHAR, BPCHAR, NAME, CHAR, UNKNOWN)
