"""json_populate_record() and its kin: documents as rows of the type of another row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vql.errors import DatatypeMismatch, InvalidParameterValue, InvalidText
from vql.functions.declare import Environment, function
from vql.functions.json.json import first_mark, json_elements, json_fields, plain_part
from vql.functions.json.records import documents
from vql.types.arrays.arrays import ArrayType
from vql.types.arrays.composite import CompositeType
from vql.types.arrays.rows import AnyRowType, RowValue
from vql.types.base import BaseType
from vql.types.json.json import JsonType
from vql.types.type import Type

OPTIONS = {"is_strict": False, "volatility": "stable", "needs_types": True, "needs_environment": True}


def _declare(kind: str) -> None:
    name = f"{kind}_populate_record"

    @function(f"{name}(base: anyelement, from_json: {kind}) -> anyelement", **OPTIONS)
    def populated(
        environment: Environment, types: Sequence[Type], base: RowValue | None, document: str | None
    ) -> RowValue | None:
        row = _row(name, types[0], base)
        if document is None:
            return base
        list(documents(name).run(document))  # type: ignore[misc]
        return _filled(row, types[0].base, document, environment)

    @function(f"{name}set(base: anyelement, from_json: {kind}) -> setof anyelement", **OPTIONS)
    def populated_set(
        environment: Environment, types: Sequence[Type], base: RowValue | None, document: str | None
    ) -> Iterator[RowValue]:
        row = _row(f"{name}set", types[0], base)
        found = documents(f"{name}set").run(document)  # type: ignore[misc]
        return (_filled(row, types[0].base, each, environment) for each in found)


_declare("json")
_declare("jsonb")


def _row(name: str, type_: Type, base: RowValue | None) -> RowValue:
    """Return the row whose fields documents fill. Raises 42804, 22023."""
    if isinstance(type_.base, CompositeType):
        return type_.base.row([None] * len(type_.base.made.fields)) if base is None else base
    if not isinstance(type_.base, AnyRowType):
        raise DatatypeMismatch(f"first argument of {name} must be a row type")
    if base is None:
        raise InvalidParameterValue(
            f"could not determine row type for result of {name}",
            hint="Provide a non-null record argument, or call the function in the FROM clause using a column"
            " definition list.",
        )
    return base


def _filled(row: RowValue, type_: BaseType, document: str, environment: Environment) -> RowValue:
    """Return a row with those fields that a document has. Raises 22P02, and what values of types do."""
    given = dict(json_fields(document))
    modifiers: list[int | None] = [None] * len(row)
    if isinstance(type_, CompositeType):
        modifiers = [field.type.modifier for field in type_.made.fields]
    values = [
        _value(base, modifier, given[name], name, environment) if name in given else before
        for name, base, modifier, before in zip(row.names, row.types, modifiers, row, strict=True)
    ]
    return RowValue(values, row.types, row.names)


def _value(base: BaseType, modifier: int | None, written: str, name: str, environment: Environment) -> Any:
    """Return the internal value that JSON stands for."""
    if isinstance(base, JsonType):
        return base.internal(base.from_text(written, None))
    mark = first_mark(written)
    if written == "null":
        return None
    if isinstance(base, CompositeType) and mark != '"':
        if mark != "{":
            what = "an array" if mark == "[" else "a scalar"
            raise InvalidParameterValue(f"cannot call populate_composite on {what}")
        empty = base.row([None] * len(base.made.fields))
        return _filled(empty, base, written, environment)
    if isinstance(base, ArrayType) and mark != '"':
        if mark != "[":
            raise InvalidText("expected JSON array", hint=f'See the value of key "{name}".')
        return _items(base, modifier, written, name, environment)
    styled = base.styled(environment.style)
    return base.internal(styled.coerce(plain_part(written), modifier))


def _items(
    base: ArrayType, modifier: int | None, written: str, name: str, environment: Environment
) -> list[Any]:
    parts = list(json_elements(written))
    if parts and all(first_mark(part) == "[" for part in parts) and not isinstance(base.element, JsonType):
        items = [_items(base, modifier, part, name, environment) for part in parts]
        if len({len(item) for item in items}) > 1:
            raise InvalidText(
                "malformed JSON array",
                detail="Multidimensional arrays must have sub-arrays with matching dimensions.",
            )
        return items
    return [_value(base.element, modifier, part, name, environment) for part in parts]
