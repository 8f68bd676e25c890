"""Strings: text, varchar, name, char, and `unknown`, the type of a literal nobody has typed yet."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from vql.calendar.interval import Interval, interval_text, of_timedelta
from vql.errors import InvalidText, StringTooLong
from vql.types.base import BaseType, Storage
from vql.types.binary import decode_text
from vql.types.bit import bits_text
from vql.types.bytea import BYTEA
from vql.types.floats import float_text
from vql.types.json import SURROGATE, json_text
from vql.types.moments import TIME, datetime_text
from vql.types.numeric import decimal_text
from vql.types.sparsevec import SparseVector
from vql.types.vector import vector_from, vector_text


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
            if not any("\0" in cell for cell in cells if cell is not None):  # type: ignore[operator]
                return cells
        return super().coerce_column(cells, modifier)


class VarcharType(TextType):
    """Strings of at most as many characters as the modifier says; spaces beyond are cut."""

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        return numbers[0] if numbers else None

    @property
    def typmod_sql(self) -> tuple[int, str] | None:
        return 5, "CAST({typmod} - 4 AS VARCHAR)"

    def from_text(self, text: str, modifier: int | None) -> str:
        if modifier is not None and len(text) > modifier:
            if text[modifier:].strip(" "):
                raise StringTooLong(f"value too long for type character varying({modifier})")
            text = text[:modifier]
        return super().from_text(text, modifier)

    def duck_cast(self, text: str, modifier: int | None, is_plain: bool) -> str:
        cast = super().duck_cast(text, modifier, is_plain)
        return cast if modifier is None else f"{cast}[:{modifier}]"


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
    name="text", oid=25, array_oid=1009, aliases=("string", "bpchar", "character"), category="S",
    is_preferred=True, storage=Storage.DICTIONARY, is_stored_as_is=True, has_stored_arrays=True,
    has_order=True, has_equality=True, duck_name="VARCHAR", duck_results=("VARCHAR",),
    arrow_formats=("u", "U", "vu"),
)  # fmt: skip
VARCHAR = VarcharType(
    name="varchar", oid=1043, array_oid=1015, aliases=("character varying",),
    standard_name="character varying", category="S", storage=Storage.DICTIONARY, is_stored_as_is=True,
    has_order=True, has_equality=True, duck_name="VARCHAR",
)  # fmt: skip
NAME = TextType(name="name", oid=19, array_oid=1003, category="S", length=64, duck_name="VARCHAR")
CHAR = TextType(
    name="char", oid=18, array_oid=1002, standard_name='"char"', category="Z", length=1, duck_name="VARCHAR",
    duck_results=("ENUM",),  # vql__char of the catalog is the only one there is
)  # fmt: skip
UNKNOWN = UnknownType(name="unknown", oid=705, category="X", length=-2, duck_name="VARCHAR",
                      duck_results=("STRING_LITERAL",))  # fmt: skip
TYPES: tuple[BaseType, ...] = (TEXT, VARCHAR, NAME, CHAR, UNKNOWN)
