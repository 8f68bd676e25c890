"""Rows as values: their text and binary form, and how they compare. A row knows the types of its fields, as
PostgreSQL's do."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from vql.calendar.style import DEFAULT, Style
from vql.dataclass import dataclass
from vql.errors import DatatypeMismatch, InvalidText
from vql.types.base import BaseType
from vql.types.text import ITEM_SPACE, TEXT

# What makes quotes necessary in a row's text.
QUOTED = frozenset('(),"\\' + ITEM_SPACE)
# A field's text as it is written, and the pieces of it that stand for something else.
WORD = re.compile(r'(?:[^,()"\\]|\\.|"(?:[^"\\]|\\.|"")*")*', re.S)
PIECE = re.compile(r'"((?:[^"\\]|\\.|"")*)"|\\(.)', re.S)
DOUBLED = re.compile(r'\\(.)|""', re.S)


class RowValue(tuple[object, ...]):
    """The fields' internal values, their types and names (`f1`, `f2`, ... where they have none)."""

    types: tuple[BaseType, ...]
    names: tuple[str, ...]

    def __new__(
        cls, values: Iterable[object], types: Sequence[BaseType], names: Sequence[str] = ()
    ) -> RowValue:
        made = super().__new__(cls, values)
        made.types = tuple(types)
        made.names = tuple(names) or tuple(f"f{place}" for place in range(1, len(made) + 1))
        return made


@dataclass(frozen=True, eq=False, kw_only=True)
class AnyRowType(BaseType):
    """What all types of rows have in common."""

    style: Style = DEFAULT

    @property
    def takes_lists(self) -> bool:
        return True

    def styled(self, style: Style) -> BaseType:
        return replace(self, style=style)

    def to_text(self, value: object) -> str:
        assert isinstance(value, RowValue), "it is a row"
        return row_text(value, [_text_writer(type_.styled(self.style)) for type_ in value.types])

    def to_binary(self, value: object) -> bytes:
        """Write the number of fields, then the OID, length and value of each."""
        assert isinstance(value, RowValue), "it is a row"
        parts = [struct.pack(">i", len(value))]
        for field, type_ in zip(value, value.types, strict=True):
            data = None if field is None else type_.to_binary(type_.from_internal(field))
            parts.append(struct.pack(">Ii", type_.oid or TEXT.oid, -1 if data is None else len(data)))
            parts.append(data or b"")
        return b"".join(parts)

    def order_key(self, value: object) -> object:
        assert isinstance(value, RowValue), "it is a row"
        return RowKey(value)


class RowKey(tuple[Any, ...]):
    """What compares as a row does: field by field, NULL equal to NULL and above everything."""

    types: tuple[BaseType, ...]

    def __new__(cls, row: RowValue) -> RowKey:
        made = super().__new__(
            cls,
            [
                (1,) if field is None else (0, type_.order_key(field))
                for field, type_ in zip(row, row.types, strict=True)
            ],
        )
        made.types = row.types
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowKey) and super().__eq__(self._checked(other))

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        return super().__lt__(self._checked(other))

    def __le__(self, other: tuple[Any, ...]) -> bool:
        return super().__le__(self._checked(other))

    def __gt__(self, other: tuple[Any, ...]) -> bool:
        return super().__gt__(self._checked(other))

    def __ge__(self, other: tuple[Any, ...]) -> bool:
        return super().__ge__(self._checked(other))

    def __hash__(self) -> int:
        return super().__hash__()

    def _checked(self, other: tuple[Any, ...]) -> RowKey:
        assert isinstance(other, RowKey), "rows are compared with rows"
        for place, (one, two) in enumerate(zip(self.types, other.types, strict=False), 1):
            if one is not two:
                raise DatatypeMismatch(
                    f"cannot compare dissimilar column types {_type_shown(one)} and {_type_shown(two)}"
                    f" at record column {place}"
                )
        if len(self.types) != len(other.types):
            raise DatatypeMismatch("cannot compare record types with different numbers of columns")
        return other


def _text_writer(type_: BaseType) -> Callable[[Any], str]:
    return lambda field: type_.to_text(type_.from_internal(field))


def row_text(row: Sequence[object], writers: Sequence[Callable[[Any], str]]) -> str:
    """Write a row as `(1,"a b",)`; NULL is nothing, an empty text two quotes."""
    fields = (
        "" if field is None else _field_text(write(field)) for field, write in zip(row, writers, strict=True)
    )
    return "(" + ",".join(fields) + ")"


def row_words(text: str) -> list[str | None]:
    """Return the texts of a row's fields, None for NULL. Raises 22P02."""
    body = text.lstrip(ITEM_SPACE)
    if not body.startswith("("):
        raise _malformed(text, "Missing left parenthesis.")
    words: list[str | None] = []
    position = 1
    while True:
        found = WORD.match(body, position)
        assert found is not None, "a word may be empty"
        word, position = found[0], found.end()
        words.append(PIECE.sub(_unquoted, word) if word else None)
        mark = body[position : position + 1]
        if mark not in (",", ")") or not mark:
            raise _malformed(text, "Unexpected end of input.")
        position += 1
        if mark == ")":
            break
    if body[position:].strip(ITEM_SPACE):
        raise _malformed(text, "Junk after right parenthesis.")
    return words


def _unquoted(piece: re.Match[str]) -> str:
    """Return what a piece of a word stands for: what is in quotes, a character behind a backslash."""
    if piece[1] is not None:
        return DOUBLED.sub(lambda found: found[1] or '"', piece[1])
    return piece[2]


def _malformed(text: str, detail: str) -> InvalidText:
    return InvalidText(f'malformed record literal: "{text}"', detail=detail)


def _field_text(text: str) -> str:
    if text and QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'


def _type_shown(type_: BaseType) -> str:
    return type_.standard_name or type_.name
