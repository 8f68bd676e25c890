"""Values of a query as DuckDB reads them, each in the form of its type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from vql.deadline import watched
from vql.errors import NotSupportedError
from vql.executor.bridge.typed.decimals import decimal_form
from vql.executor.bridge.values import number_list, quoted, string, text_list, value_text
from vql.executor.tuples.coercions import canonical
from vql.language.analyze import tree
from vql.types.arrays.dimensions import flat
from vql.types.type import NUMERIC, TEXT, UNKNOWN, Type

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
    if type_.is_array:
        return string(str(type_.stored(value)))
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


def listed_elements(value: list[Any], element: Type) -> str:
    """Return the elements of an array as a list of DuckDB's."""
    form, items = f"{form_of(element)}[]", list(flat(value))
    if element.is_integer or element.is_float:
        return number_list(watched(items), form)
    if element == TEXT:
        return text_list(watched(items))
    texts = (
        string(NUMERIC.to_text(item)) if isinstance(item, Decimal) else canonical_text(item, element)
        for item in items
    )
    return f"CAST([{', '.join(texts)}] AS {form})"


def _number(value: object) -> str:
    """Return a numeric, as a DECIMAL where it has a shape."""
    text = string(NUMERIC.to_text(value))
    shape = decimal_form(tree.Const(value, NUMERIC), {})
    return text if shape is None else f"CAST({text} AS DECIMAL({shape.precision}, {shape.scale}))"


def form_of(type_: Type) -> str:
    """Return DuckDB's type of the values of a type."""
    return type_.base.duck_form(type_.modifier)


def compares_alike(type_: Type) -> bool:
    """Whether DuckDB compares the values as PostgreSQL does."""
    return type_.base.duck_compares


# A numeric as DuckDB adds to it: its own numbers have a point at one place.
NUMERIC_TO_ADD = (
    "CAST(CASE WHEN {0} IS NULL OR regexp_full_match({0}, '-?[0-9]{{1,19}}([.][0-9]{{1,18}})?')"
    " THEN {0} ELSE 'more digits than RANGE takes' END AS DECIMAL(38, 18))"
)


# What names of our own begin with.
OURS = "vql__"


def sort_order(text: str, key: tree.SortKey) -> str:
    """Return a key of ORDER BY whose expression is a text of DuckDB's."""
    return f"{text} {'DESC' if key.descending else 'ASC'} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


def column_text(node: tree.Var) -> str:
    """Return a column's name behind its relation's."""
    relation = "" if node.relation is None else f"{alias_text(node.relation)}."
    return relation + quoted(node.column)


def alias_text(alias: str) -> str:
    """Return the name by which rows go in DuckDB: one that no column has. Of `a.x` DuckDB would rather take
    the field x of a column a that is nearer."""
    return quoted(alias if alias.startswith(OURS) else f"{alias}.")


def refuse_varying(node: tree.Aggref) -> None:
    """Raise 0A000 for what DuckDB asks for each row and PostgreSQL once a partition."""
    if node.function.name == "ntile" and not isinstance(node.arguments[0], tree.Const | tree.Param):
        raise NotSupportedError("ntile of other than a constant is not supported yet")
