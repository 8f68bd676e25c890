"""Declared texts, and the arguments that are put into them."""

from __future__ import annotations

from collections.abc import Sequence

from vql.executor.bridge.macros import MACRO_CALL
from vql.functions.arrays.making import array_constructor
from vql.functions.arrays.series import unnest
from vql.functions.declare import Argument, Function
from vql.language.analyze import tree
from vql.language.analyze.aggregation import folds
from vql.types.type import Type

# The elements of an array, and the arrays of a list of values and of the rows of a query.
UNNEST = Function(
    name="unnest", arguments=(Argument(type="anyarray"),), result="anyelement", run=unnest, gives_rows=True
)


def bound_once(duck: str, given: Sequence[str], node: tree.Expr) -> str:
    """Return a declared text over arguments that stand in it once each, if they call macros themselves or
    have queries in them.

    A macro's text has some of its arguments several times, and an overload is chosen by binding them: nested
    calls would take time that doubles with each, and DuckDB has no queries inside a lambda of its own. As a
    lambda's parameter they are bound once. DuckDB has no aggregates beside a lambda; where there are some,
    they stand as they are.
    """
    nested = [place for place, text in enumerate(given) if MACRO_CALL.search(text) or "(SELECT " in text]
    if not nested or not MACRO_CALL.search(duck) or folds(node):
        return duck.format(*given)
    fields = ", ".join(f"'a{place}': {given[place]}" for place in nested)
    texts = [f"vql__once.a{place}" if place in nested else text for place, text in enumerate(given)]
    return f"list_transform([{{{fields}}}], lambda vql__once: {duck.format(*texts)})[1]"


def with_tail(duck: str, inside: Sequence[str], tail: str) -> str:
    """Return an aggregate with what belongs behind the call that takes its arguments."""
    if "{tail}" in duck:
        return duck.format(*inside, tail=tail)
    at = duck.index("{0}") if "{0}" in duck else duck.index("(") + 1
    depth, end = 0, at
    while duck[end] != ")" or depth:
        depth += {"(": 1, ")": -1}.get(duck[end], 0)
        end += 1
    head, rest = duck[: end + 1], duck[end + 1 :]
    return head.format(*inside) + tail + rest.format(*inside)


def by_dimensions(array: str, flat: str, general: str, node: tree.Expr) -> str:
    """Return what is `flat` of an array of one dimension that begins at 1, and `general` of any other; `node`
    is the array, whose text `array` these have in them."""
    is_bound = not isinstance(node, tree.Var | tree.Const) and not folds(node)
    text = "vql__a" if is_bound else array
    found = f"CASE WHEN prefix({array}, '[[') OR prefix({array}, '{{') THEN {general} ELSE {flat} END"
    return (
        f"list_transform([{array}], lambda {text}: {found.replace(array, text)})[1]"
        if is_bound
        else f"({found})"
    )


def elements_of_text(array: str, element: Type) -> str | None:
    """Return the elements of an array of one dimension as a list of DuckDB's, which it reads from the array's
    text; None where it cannot."""
    base = element.base
    if not base.is_stored_as_is or base.dtype.kind == "f":  # JSON of DuckDB's has no NaN
        return None
    form = base.duck_form(None)
    return f"CAST(json_transform({array}, '[\"{form}\"]') AS {form}[])"


def first_extreme(op: str, items: Sequence[str]) -> str:
    """Return GREATEST or LEAST, by `>=` or `<=`, of floats, the first of 0 and -0; NULLs do not count."""
    chosen = f"CASE WHEN vql__y IS NULL OR vql__x {op} vql__y THEN vql__x ELSE vql__y END"
    return (
        f"list_reduce([{', '.join(items)}], lambda vql__x, vql__y:"
        f" CASE WHEN vql__x IS NULL THEN vql__y ELSE {chosen} END)"
    )


def array_function(are_arrays: bool) -> Function:
    """Return the function that makes an array of a list of its elements or parts."""
    return Function(
        name=f"array_{are_arrays:d}", arguments=(), result="anyarray", is_strict=False,
        run=lambda values: array_constructor(values, are_arrays),
    )  # fmt: skip
