"""Values in their forms, and coercions of them in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vql.functions.arrays.making import array_agg, array_agg_of_arrays
from vql.functions.declare import Environment, Function
from vql.language.analyze import tree
from vql.types.arrays.dimensions import map_elements
from vql.types.arrays.rows import RowValue
from vql.types.base import BaseType
from vql.types.type import TEXT, UNKNOWN, Type

NOTHING = object()


def internal(value: Any, type_: Type) -> Any:
    """Return the internal form of a canonical value."""
    return None if value is None else type_.base.internal(value)


def canonical(value: Any, type_: Type) -> Any:
    """Return the canonical form of an internal value."""
    return None if value is None else type_.base.from_internal(value)


def to_internal(type_: Type) -> Callable[[Any], Any] | None:
    """Return what makes the internal form of a type's canonical values; None where they are it."""
    return None if _is_one_form(type_.base) else lambda value: internal(value, type_)


def to_canonical(type_: Type) -> Callable[[Any], Any] | None:
    """Return what makes the canonical form of a type's internal values; None where they are it."""
    return None if _is_one_form(type_.base) else lambda value: canonical(value, type_)


def _is_one_form(base: BaseType) -> bool:
    """Whether canonical values are internal ones."""
    as_declared = (
        type(base).internal is BaseType.internal and type(base).from_internal is BaseType.from_internal
    )
    return as_declared and not base.is_counted


def coerced_value(node: tree.Coerce, value: Any, environment: Environment) -> Any:
    """Return an internal value as one of another type, NOTHING where DuckDB alone has the conversion. Raises
    what the coercion does."""
    source, target = node.operand.type, node.type
    if node.is_elementwise:
        element = replace(
            node, operand=tree.Const(None, source.element), type=target.element, is_elementwise=False
        )
        return map_elements(lambda item: coerced_value(element, item, environment), value)
    if node.by_text:
        style = environment.style
        text = value
        if source != UNKNOWN and not source.is_string:
            text = source.base.styled(style).to_text(canonical(value, source))
        base = target.base.styled(style)
        return internal((base.cast if node.is_explicit else base.coerce)(text, target.modifier), target)
    found = node.conversion
    if found is None:
        return _sized(value, target, node.is_explicit)
    if found.run is None:
        return NOTHING
    made = found.applied(environment, value, target.modifier)
    return made if found.needs_modifier else _sized(made, target, node.is_explicit)


def _sized(value: Any, target: Type, is_explicit: bool) -> Any:
    """Return a value with the modifier of its type."""
    if target.modifier is None or value is None:
        return value
    fit = target.cast if is_explicit else target.coerce
    return internal(fit(canonical(value, target)), target)


def row_function(node: tree.RowExpr) -> Function:
    """Return the function that makes a row of the values of its items."""
    bases = [(TEXT if item.type == UNKNOWN else item.type).base for item in node.items]

    def made(*values: object) -> RowValue:
        return RowValue(values, bases, node.names)

    return Function(
        name=f"row({', '.join(node.names)})", arguments=(), result=node.type.name, run=made, is_strict=False
    )


def query_array_function(are_arrays: bool) -> Function:
    """Return the function that makes an array of a list of the values of a query's rows."""
    made = array_agg_of_arrays if are_arrays else array_agg
    return Function(
        name=f"array_of_rows_{are_arrays:d}", arguments=(), result="anyarray", is_strict=False,
        run=lambda values: made(values) or [],
    )  # fmt: skip
