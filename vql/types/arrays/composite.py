"""Composite types: rows whose fields have names and types, as CREATE TYPE ... AS (...) and every table say.

A field has a number, which is pg_attribute.attnum: it is given once, so that what is kept of a value, a JSON
list of its fields' texts by number, stays what it was whatever fields are added, renamed and dropped.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from vql.calendar.style import DEFAULT
from vql.dataclass import dataclass
from vql.errors import DatatypeMismatch, InvalidText, NotSupportedError
from vql.types.arrays.rows import AnyRowType, RowValue, row_words
from vql.types.base import BaseType, Storage
from vql.types.enums import KEPT_MAX, quoted_name
from vql.types.forms.binary import wrong_size
from vql.types.forms.crossing import Crossing


class FieldType(Protocol):
    """What a field's type is asked (`vql.types.type.Type`)."""

    @property
    def base(self) -> BaseType:
        """What the type is."""

    @property
    def modifier(self) -> int | None:
        """Its modifier."""

    @property
    def oid(self) -> int:
        """The OID that clients are told."""

    @property
    def domain(self) -> object:
        """What restricts the values, None where nothing does."""


FieldTypes = TypeVar("FieldTypes", bound=FieldType)


@dataclass(frozen=True, slots=True)
class RowField(Generic[FieldTypes]):
    """A field of a composite type."""

    name: str
    type: FieldTypes
    number: int


@dataclass(frozen=True, slots=True)
class Composite(Generic[FieldTypes]):
    """What a composite type is beside its name: OIDs and fields."""

    type_id: int
    array_id: int
    fields: tuple[RowField[FieldTypes], ...]

    def place(self, name: str) -> int:
        """Return the place of a field from 0, -1 where there is none."""
        return next((place for place, field in enumerate(self.fields) if field.name == name), -1)


@dataclass(frozen=True, eq=False, kw_only=True)
class CompositeType(AnyRowType):
    """Rows of known fields, as `RowValue`."""

    made: Composite[Any]

    def row(self, values: list[Any]) -> RowValue:
        """Return the row of its fields' internal values."""
        fields = self.made.fields
        return RowValue(values, [field.type.base for field in fields], [field.name for field in fields])

    def of_form(self, before: Composite[Any], value: RowValue) -> RowValue:
        """Return a value of the type as it was before an ALTER TYPE: a field is known by its number."""
        items = dict(zip((field.number for field in before.fields), value, strict=True))
        return self.row([items.get(field.number) for field in self.made.fields])

    def from_text(self, text: str, modifier: int | None) -> RowValue:
        words = row_words(text)
        fields = self.made.fields
        if any(field.type.domain is not None for field in fields):
            raise NotSupportedError(
                f"texts of type {self.name}, which has fields of domains, are not read yet"
            )
        if not fields and words == [None]:
            words = []
        if len(words) != len(fields):
            few = len(words) < len(fields)
            raise InvalidText(
                f'malformed record literal: "{text}"', detail=f"Too {'few' if few else 'many'} columns."
            )
        return self.row(
            [
                None if word is None else self._read(field.type, word)
                for word, field in zip(words, fields, strict=True)
            ]
        )

    def _read(self, type_: FieldType, text: str) -> Any:
        base = type_.base if self.style is DEFAULT else type_.base.styled(self.style)
        return type_.base.internal(base.coerce(text, type_.modifier))

    def convert(self, value: object, modifier: int | None) -> object:
        fields = self.made.fields
        if isinstance(value, Mapping):
            value = tuple(value.get(field.name) for field in fields)
        if isinstance(value, RowValue) and value.types == tuple(field.type.base for field in fields):
            return self.row(list(value))
        if not isinstance(value, tuple | list):
            raise self.mismatch(value)
        if len(value) != len(fields):
            raise DatatypeMismatch(f"a value of type {self.name} has {len(fields)} fields, not {len(value)}")
        given = zip(value, fields, strict=True)
        return self.row(
            [
                None if item is None else f.type.base.internal(f.type.base.coerce(item, f.type.modifier))
                for item, f in given
            ]
        )

    def from_binary(self, data: bytes, modifier: int | None) -> RowValue:
        """Read the number of fields, then the OID, length and value of each. Raises 42804, 08P01."""
        fields = self.made.fields
        values: list[Any] = []
        try:
            (count,) = struct.unpack_from(">i", data)
            if count != len(fields):
                raise DatatypeMismatch(f"wrong number of columns: {count}, expected {len(fields)}")
            position = 4
            for place, field in enumerate(fields, 1):
                oid, length = struct.unpack_from(">Ii", data, position)
                position += 8
                if oid != field.type.oid:
                    raise DatatypeMismatch(
                        f"binary data has type {oid} instead of expected {field.type.oid} in record column"
                        f" {place}"
                    )
                base = field.type.base
                piece = data[position : position + max(length, 0)]
                values.append(
                    None if length < 0 else base.internal(base.from_binary(piece, field.type.modifier))
                )
                position += max(length, 0)
        except struct.error:
            raise wrong_size() from None
        if position != len(data):
            raise wrong_size()
        return self.row(values)

    # -------------------------------------------------------------- storage

    def stored(self, value: object) -> str:
        assert isinstance(value, RowValue), "a composite value is a row"
        texts: list[str | None] = [None] * max((field.number for field in self.made.fields), default=0)
        for item, field in zip(value, self.made.fields, strict=True):
            base = field.type.base
            if item is not None:
                texts[field.number - 1] = base.kept_text(base.from_internal(item))
        return json.dumps(texts, ensure_ascii=False)

    def from_stored(self, kept: Any) -> RowValue:
        texts = json.loads(str(kept))
        values: list[Any] = []
        for field in self.made.fields:
            text = texts[field.number - 1] if field.number <= len(texts) else None
            base = field.type.base
            values.append(None if text is None else base.internal(base.from_kept_text(text)))
        return self.row(values)

    def comparand(self, kept: Any) -> str:
        return self.key(self.from_stored(kept))

    def key(self, value: object) -> str:
        return self.sort_text(value)

    def from_duck(self, cell: Any) -> RowValue:
        return self.from_stored(cell)

    @property
    def crossing(self) -> Crossing:
        return Crossing(argument="VARCHAR", result="VARCHAR", read=self.from_stored, write=self.stored)


@lru_cache(KEPT_MAX)
def composite_type(name: str, made: Composite[Any]) -> BaseType:
    """Return the base type of a composite type."""
    return CompositeType(
        name=name, oid=made.type_id, array_oid=made.array_id, category="C", type_kind="c",
        standard_name=quoted_name(name), length=-1, storage=Storage.DICTIONARY,
        orders_as_stored=False, duck_name="VARCHAR", duck_says_more=True, made=made,
    )  # fmt: skip
