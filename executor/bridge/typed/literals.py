"""Values of a query as DuckDB reads them, each in the form of its type."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from vql.deadline import watched
from vql.errors import NotSupportedError
from vql.executor.bridge.errors import SEVERAL_DIMENSIONS
from vql.executor.bridge.typed.constants import canonical
from vql.executor.bridge.typed.decimals import decimal_form
from vql.executor.bridge.values import number_list, quoted, string, value_text
from vql.language.analyze import tree
from vql.types.arrays.text import dimensions_of
from vql.types.type import NUMERIC, UNKNOWN, Type

SPAN = "T"  # pg_type.typcategory of intervals


def internal_text(value: object, type_: Type) -> str:
    """Return an internal value as DuckDB reads it."""
    return canonical_text(canonical(value, type_), type_)


def canonical_text(value: object, type_: Type) -> str:
    """Return a canonical value as DuckDB reads it."""
    if value is None:
        return "NULL" if type_ == UNKNOWN else f"CAST(NULL AS {type_.base.duck_form(type_.modifier)})"
    if type_.is_decimal:
        return _number(value)
    if type_.is_array and isinstance(value, list):
        dimensions = "[]" * max(len(dimensions_of(value)), 1)
        form = type_.element.base.duck_form(type_.element.modifier)
        if len(dimensions) == 2 and (type_.element.is_integer or type_.element.is_float):
            return number_list(watched(value), form + dimensions)
        return f"CAST({_list(value, type_.element)} AS {form}{dimensions})"
    crossing = type_.base.duck_crossing
    if type_.base.duck_says_more:
        return string(type_.base.crossing.write(type_.base.internal(value)))
    if crossing is not None and (isinstance(value, str) or type_.base.category == SPAN):
        # A moment that Python has none for, or a span, whose bounds are looked at.
        return crossing.out_of.format(str(crossing.write(type_.base.internal(value))))
    if type_.base.duck_is_text:
        return string(type_.to_text(value))
    if isinstance(value, bytes):
        return f"from_hex({string(value.hex())})"
    return value_text(type_, value)


def _list(value: object, element: Type) -> str:
    """Return the elements of an array, or one of them, in the form that they have in arrays."""
    if isinstance(value, list):
        return f"[{', '.join(_list(item, element) for item in value)}]"
    return string(NUMERIC.to_text(value)) if isinstance(value, Decimal) else canonical_text(value, element)


def _number(value: object) -> str:
    """Return a numeric, as a DECIMAL where it has a shape."""
    text = string(NUMERIC.to_text(value))
    shape = decimal_form(tree.Const(value, NUMERIC), {})
    return text if shape is None else f"CAST({text} AS DECIMAL({shape.precision}, {shape.scale}))"


def flat_alone(nodes: Sequence[tree.Expr]) -> None:
    """Raise 0A000 where one is an array of several dimensions: DuckDB's types have their number."""
    for node in watched(nodes):
        if isinstance(node, tree.Const) and isinstance(node.value, list) and node.type.is_array:
            if any(isinstance(item, list) for item in node.value):
                raise NotSupportedError(SEVERAL_DIMENSIONS)


def form_of(type_: Type) -> str:
    """Return DuckDB's type of the values of a type."""
    return type_.base.duck_form(type_.modifier)


def compares_alike(type_: Type) -> bool:
    """Whether DuckDB compares the values as PostgreSQL does."""
    return type_.base.duck_compares


def column_text(node: tree.Var) -> str:
    """Return a column's name behind its relation's."""
    relation = "" if node.relation is None else f"{quoted(node.relation)}."
    return relation + quoted(node.column)


def refuse_varying(node: tree.Aggref) -> None:
    """Raise 0A000 for what DuckDB asks for each row and PostgreSQL once a partition."""
    if node.function.name == "ntile" and not isinstance(node.arguments[0], tree.Const | tree.Param):
        raise NotSupportedError("ntile of other than a constant is not supported yet")
