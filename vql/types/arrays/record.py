"""record: rows as values, of results alone, whose types nobody has named."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from vql.dataclass import dataclass
from vql.errors import DatatypeMismatch, NotSupportedError
from vql.types.arrays.arrays import ArrayType, array_type
from vql.types.arrays.composite import Composite, CompositeType, RowField, composite_type
from vql.types.arrays.rows import AnyRowType, RowValue
from vql.types.base import BaseType
from vql.types.enums import KEPT_MAX, Enumeration, EnumType, enum_type
from vql.types.forms.crossing import Crossing
from vql.types.ranges.made import RangeParts, made_range_type
from vql.types.ranges.multirange import MultirangeType
from vql.types.ranges.range import RangeType
from vql.types.text import TEXT

# Every type by its name, which a row in DuckDB says of its fields.
BASES: dict[str, BaseType] = {}


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordType(AnyRowType):
    """Rows."""

    def from_text(self, text: str, modifier: int | None) -> object:
        raise NotSupportedError("input of anonymous composite types is not implemented")

    def convert(self, value: object, modifier: int | None) -> object:
        if isinstance(value, RowValue):
            return value
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type record")

    def stored(self, value: object) -> str:
        assert isinstance(value, RowValue), "it is a row"
        return encoded_row(value)

    def from_stored(self, kept: Any) -> object:
        return decoded_row(kept)

    def from_duck(self, cell: Any) -> object:
        return decoded_row(cell)


@dataclass(frozen=True, slots=True)
class FieldBase:
    """The type of a field of a row in DuckDB."""

    base: BaseType
    modifier: int | None
    domain: object = None

    @property
    def oid(self) -> int:
        """The OID that clients are told."""
        return self.base.oid or TEXT.oid or 0


def encoded_row(row: RowValue) -> str:
    """Return a row as DuckDB has it: a JSON list of the name, the type and the text of each field."""
    fields = [
        [name, _described(type_), None if value is None else _kept(type_, value)]
        for name, type_, value in zip(row.names, row.types, row, strict=True)
    ]
    return json.dumps(fields)


def _kept(type_: BaseType, value: Any) -> str:
    if isinstance(type_, RecordType):
        return encoded_row(value)
    return type_.kept_text(type_.from_internal(value))


def decoded_row(text: str) -> RowValue:
    """Return what `encoded_row` says."""
    values: list[object] = []
    types: list[BaseType] = []
    fields = json.loads(text)
    for _, described, kept in fields:
        type_ = _base_of(described)
        types.append(type_)
        if kept is None:
            values.append(None)
        elif isinstance(type_, RecordType):
            values.append(decoded_row(kept))
        else:
            values.append(type_.internal(type_.from_kept_text(kept)))
    return RowValue(values, types, [name for name, _, _ in fields])


def _described(base: BaseType) -> Any:
    """Return what a type is: its name, or what somebody made it of."""
    match base:
        case _ if base.name in BASES:
            return base.name
        case ArrayType(element=element):
            return {"array": _described(element)}
        case EnumType(made=made):
            return {"enum": [base.name, made.type_id, made.array_id, made.labels]}
        case RangeType(parts=parts) | MultirangeType(parts=parts):
            said = [_described(parts.subtype.base), *parts.pair, parts.is_multi]
            return {"range": [base.name, parts.type_id, parts.array_id, said]}
        case CompositeType(made=composite):
            fields = [[f.name, _described(f.type.base), f.type.modifier, f.number] for f in composite.fields]
            return {"row": [base.name, composite.type_id, composite.array_id, fields]}
    return TEXT.name


@lru_cache(KEPT_MAX)
def _base(described: str) -> BaseType:
    """Return the type of what `_described` says, a name or JSON."""
    if described in BASES:
        return BASES[described]
    ((kind, said),) = json.loads(described).items()
    if kind == "array":
        return array_type(_base_of(said), {})
    name, type_id, array_id, parts = said
    if kind == "enum":
        return enum_type(name, Enumeration(type_id, array_id, tuple((n, label) for n, label in parts)))
    if kind == "range":
        of, called, pair_id, pair_array_id, is_multi = parts
        pair = (called, pair_id, pair_array_id)
        return made_range_type(
            name, RangeParts(type_id, array_id, FieldBase(_base_of(of), None), pair, is_multi)
        )
    fields = tuple(
        RowField(field, FieldBase(_base_of(part), modifier), number)
        for field, part, modifier, number in parts
    )
    return composite_type(name, Composite(type_id, array_id, fields))


def _base_of(described: Any) -> BaseType:
    return _base(described if isinstance(described, str) else json.dumps(described))


RECORD = RecordType(
    name="record", oid=2249, array_oid=2287, type_kind="p", category="P", duck_name="VARCHAR",
    duck_says_more=True,
    duck_crossing=Crossing(argument="VARCHAR", result="VARCHAR", read=decoded_row, write=encoded_row),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (RECORD,)
