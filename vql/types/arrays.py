"""Arrays of one dimension, of every type that has an array OID, and int2vector."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vql.calendar.style import Style
from vql.errors import DatatypeMismatch, InvalidText, NotSupportedError
from vql.types.base import BaseType, Storage
from vql.types.binary import wrong_size
from vql.types.floats import REAL
from vql.types.numbers import SMALLINT
from vql.types.text import ITEM_SPACE, TEXT, quoted_item

NULL = b"\xff\xff\xff\xff"


@dataclass(frozen=True, eq=False, kw_only=True)
class ArrayType(BaseType):
    """Lists of an element type's values, None for NULL. Their modifier is the element's.

    `by_oid` are all base types: a driver may send elements of a narrower type than the array's.
    """

    element: BaseType = TEXT
    by_oid: Mapping[int, BaseType]
    lower_bound: int = 1

    def styled(self, style: Style) -> BaseType:
        element = self.element.styled(style)
        return self if element is self.element else replace(self, element=element)

    def formatted(self, modifier: int | None) -> str:
        return self.element.formatted(modifier)

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        return self.element.modifier_of(numbers)

    def modifier_text(self, modifier: int) -> str:
        return self.element.modifier_text(modifier)

    def typmod(self, modifier: int) -> int:
        return self.element.typmod(modifier)

    def from_text(self, text: str, modifier: int | None) -> list[object]:
        return [None if word is None else self.element.coerce(word, modifier) for word in array_words(text)]

    def to_text(self, value: object) -> str:
        if isinstance(value, str):
            return value
        write = self.element.to_text
        words = ["NULL" if item is None else quoted_item(write(item)) for item in value]  # type: ignore[attr-defined]
        return "{" + ",".join(words) + "}"

    def convert(self, value: object, modifier: int | None) -> object:
        if not isinstance(value, list | tuple | np.ndarray):
            raise DatatypeMismatch(f"{type(value).__name__} is not a value of type {self.name}")
        if isinstance(value, np.ndarray) and value.ndim == 0:
            raise DatatypeMismatch(f"a single number is not a value of type {self.name}")
        return [None if item is None else self.element.coerce(item, modifier) for item in value]

    def to_binary(self, value: object) -> bytes:
        items: list[object] = list(value)  # type: ignore[call-overload]
        oid = self.element.oid or TEXT.oid
        if not items:
            return struct.pack(">iii", 0, 0, oid)
        head = struct.pack(
            ">iiiii", 1, int(any(item is None for item in items)), oid, len(items), self.lower_bound
        )
        parts = [head]
        for item in items:
            data = None if item is None else self.element.to_binary(item)
            parts.append(NULL if data is None else len(data).to_bytes(4, "big") + data)
        return b"".join(parts)

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        try:
            dimensions, _, oid = struct.unpack_from(">iiI", data)
            if dimensions == 0:
                return []
            if dimensions != 1:
                raise NotSupportedError("arrays of several dimensions are not supported yet")
            (count,) = struct.unpack_from(">i", data, 12)
            read = self.by_oid.get(oid, self.element).from_binary
            items: list[object] = []
            position = 20
            for _ in range(count):
                (length,) = struct.unpack_from(">i", data, position)
                position += 4
                items.append(None if length < 0 else read(data[position : position + length], modifier))
                position += max(length, 0)
        except struct.error:
            raise wrong_size() from None
        if position != len(data):
            raise wrong_size()
        return self.coerce(items, modifier)

    def stored(self, value: object) -> str:
        return json.dumps(list(value), ensure_ascii=False)  # type: ignore[call-overload]

    def from_stored(self, kept: Any) -> object:
        return json.loads(str(kept))

    def duck_type(self, modifier: int | None) -> str:
        return self.element.duck_type(None) + "[]"

    def duck_cast(self, text: str, modifier: int | None, is_plain: bool) -> str:
        # A vector may be cast to real[].
        listed = text if is_plain or self.element is not REAL else f"vql__to_vector({text})"
        return f"CAST({listed} AS {self.duck_type(modifier)})"


class Int2VectorType(ArrayType):
    """The catalog's lists of column numbers, from 0; their text is the numbers alone."""

    def formatted(self, modifier: int | None) -> str:
        return self.name

    def to_text(self, value: object) -> str:
        return value if isinstance(value, str) else " ".join(map(str, value))  # type: ignore[call-overload]

    def duck_type(self, modifier: int | None) -> str:
        return BaseType.duck_type(self, modifier)


def arrays_of(bases: Sequence[BaseType], by_oid: Mapping[int, BaseType]) -> list[BaseType]:
    """Return the array types of base types, and int2vector."""
    made: list[BaseType] = [array_type(base, by_oid) for base in bases if base.array_oid is not None]
    made.append(
        Int2VectorType(
            name="int2vector", oid=22, element=SMALLINT, by_oid=by_oid, lower_bound=0,
            duck_results=("USMALLINT[]",),  # only the catalog has it
        )
    )  # fmt: skip
    return made


def array_type(element: BaseType, by_oid: Mapping[int, BaseType]) -> ArrayType:
    """Return the array type of an element type."""
    is_stored = element.has_stored_arrays
    return ArrayType(
        name=element.name + "[]", oid=element.array_oid, catalog_name=f"_{element.short_name}",
        standard_name=element.standard_name or element.name, category="A", element=element, by_oid=by_oid,
        is_extension=element.is_extension, has_equality=is_stored,
        storage=Storage.DICTIONARY if is_stored else Storage.OBJECTS, arrow_format="+l" if is_stored else "U",
    )  # fmt: skip


# ------------------------------------------------------------------ text


def array_words(text: str) -> list[str | None]:
    """Split a one-dimensional array `{a,"b c",NULL}` into its elements' texts. Raises 22P02; 0A000 for
    nested ones."""
    body = text.strip(ITEM_SPACE)
    if not (body.startswith("{") and body.endswith("}")):
        raise InvalidText(
            f'malformed array literal: "{text}"',
            detail='Array value must start with "{" or dimension information.',
        )
    words: list[str | None] = []
    position, end = 1, len(body) - 1
    while position < end:
        word, quoted, position = _array_word(body, position, end, text)
        words.append(None if not quoted and word.upper() == "NULL" else word)
        if position < end:
            position += 1
            if position == end:
                raise InvalidText(f'malformed array literal: "{text}"')
    return words


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
    return (word if quoted else word.strip(ITEM_SPACE)), quoted, position
