"""Declared texts, and the arguments that are put into them."""

from __future__ import annotations

from collections.abc import Sequence

from vql.executor.bridge.macros import MACRO_CALL
from vql.functions.arrays.making import array_constructor
from vql.functions.arrays.series import unnest
from vql.functions.declare import Argument, Function
from vql.language.analyze import tree
from vql.language.analyze.aggregation import folds

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


def elements_of_text(array: str, rows: str, form: str | None, node: tree.Expr) -> str:
    """Return the elements of an array as a list of DuckDB's, NULL of NULL: made by `rows`, or read by DuckDB
    as its type `form` from the text that an array is, where that has one dimension and no bounds."""
    is_bound = not isinstance(node, tree.Var) and not folds(node)
    text = "vql__a" if is_bound else array
    made = rows.replace(array, text)
    if form is None:
        found = f"CASE WHEN {text} IS NOT NULL THEN {made} END"
    else:
        found = (
            f"CASE WHEN prefix({text}, '[[') OR prefix({text}, '{{') THEN {made}"
            f" ELSE CAST(json_transform({text}, '[\"{form}\"]') AS {form}[]) END"
        )
    return f"list_transform([{array}], lambda {text}: {found})[1]" if is_bound else f"({found})"


def array_function(are_arrays: bool) -> Function:
    """Return the function that makes an array of a list of its elements or parts."""
    return Function(
        name=f"array_{are_arrays:d}", arguments=(), result="anyarray", is_strict=False,
        run=lambda values: array_constructor(values, are_arrays),
    )  # fmt: skip
