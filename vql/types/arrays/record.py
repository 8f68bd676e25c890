"""record: rows as values, of results alone. A row knows the types of its fields, as PostgreSQL's do."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vql.calendar.style import DEFAULT, Style
from vql.errors import DatatypeMismatch, NotSupportedError
from vql.types.base import BaseType
from vql.types.forms.crossing import Crossing
from vql.types.text import ITEM_SPACE, TEXT

# What makes quotes necessary in a row's text.
QUOTED = frozenset('(),"\\' + ITEM_SPACE)


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
class RecordType(BaseType):
    """Rows."""

    style: Style = DEFAULT

    def styled(self, style: Style) -> BaseType:
        return replace(self, style=style)

    def from_text(self, text: str, modifier: int | None) -> object:
        raise NotSupportedError("input of anonymous composite types is not implemented")

    def to_text(self, value: object) -> str:
        assert isinstance(value, RowValue), "a record is a row"
        return row_text(value, [_text_writer(type_.styled(self.style)) for type_ in value.types])

    def convert(self, value: object, modifier: int | None) -> object:
        if isinstance(value, RowValue):
            return value
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type record")

    def from_duck(self, cell: Any) -> object:
        return decoded_row(cell)

    def to_binary(self, value: object) -> bytes:
        """Write the number of fields, then the OID, length and value of each."""
        assert isinstance(value, RowValue), "a record is a row"
        parts = [struct.pack(">i", len(value))]
        for field, type_ in zip(value, value.types, strict=True):
            data = None if field is None else type_.to_binary(type_.from_internal(field))
            parts.append(struct.pack(">Ii", type_.oid or TEXT.oid, -1 if data is None else len(data)))
            parts.append(data or b"")
        return b"".join(parts)

    def order_key(self, value: object) -> object:
        assert isinstance(value, RowValue), "a record is a row"
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


def _field_text(text: str) -> str:
    if text and QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'


def _type_shown(type_: BaseType) -> str:
    return type_.standard_name or type_.name


# Every type by its name, which a row in DuckDB says of its fields.
BASES: dict[str, BaseType] = {}


def encoded_row(row: RowValue) -> str:
    """Return a row as DuckDB has it: a JSON list of the name, the type and the text of each field."""
    return json.dumps(_encoded(row))


def decoded_row(text: str) -> RowValue:
    """Return what `encoded_row` says."""
    return _decoded(json.loads(text))


def _encoded(row: RowValue) -> list[list[Any]]:
    fields: list[list[Any]] = []
    for name, type_, value in zip(row.names, row.types, row, strict=True):
        if value is None or isinstance(value, RowValue):
            fields.append([name, type_.name, value if value is None else _encoded(value)])
        else:
            # One that is not known by its name is shown as its text.
            known = type_.name if type_.name in BASES else TEXT.name
            fields.append([name, known, type_.to_text(type_.from_internal(value))])
    return fields


def _decoded(fields: list[list[Any]]) -> RowValue:
    values: list[object] = []
    for _, name, kept in fields:
        if kept is None:
            values.append(None)
        elif isinstance(kept, list):
            values.append(_decoded(kept))
        else:
            values.append(BASES[name].internal(BASES[name].from_text(kept, None)))
    return RowValue(values, [BASES[name] for _, name, _ in fields], [name for name, _, _ in fields])


RECORD = RecordType(
    name="record", oid=2249, array_oid=2287, type_kind="p", category="P", duck_name="VARCHAR",
    duck_says_more=True,
    duck_crossing=Crossing(argument="VARCHAR", result="VARCHAR", read=decoded_row, write=encoded_row),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (RECORD,)
