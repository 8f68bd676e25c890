"""Where a row would stand: `rank(3) WITHIN GROUP (ORDER BY x)`, told by counting the rows before it (manual,
9.21, hypothetical-set aggregates)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vql.errors import NotSupportedError, SyntaxError, UndefinedFunction
from vql.language import ast
from vql.language.analyze import tree
from vql.language.ast.walk import rewrite

HYPOTHETICAL = frozenset({"rank", "dense_rank", "percent_rank", "cume_dist"})


def hypothetical(node: ast.Call) -> ast.Expression:
    """Return what a call means, as counts at its place. Raises 42601, 42883, 0A000."""
    name, place = node.name[-1], node.span[0] + 1
    keys, given = node.within_group, node.arguments
    if node.over is not None:
        raise NotSupportedError(f"OVER is not supported for ordered-set aggregate {name}", position=place)
    if node.distinct:
        raise SyntaxError("cannot use DISTINCT with WITHIN GROUP", position=place)
    if len(keys) != len(given):
        raise UndefinedFunction(
            f"function {name} of other than a value for each key of WITHIN GROUP does not exist",
            position=place,
            hint=f"To use the hypothetical-set aggregate {name}, the number of hypothetical direct arguments "
            f"(here {len(given)}) must match the number of ordering columns (here {len(keys)}).",
        )  # fmt: skip
    before = _before(keys, given)
    one = ast.Literal("1", "number")
    if name == "dense_rank":
        row = ast.Row(tuple(key.expression for key in keys))
        counted = ast.Call(
            ("count",), (row,), distinct=True, filter=_all(before, node.filter), span=node.span
        )
        return ast.Binary("+", counted, one, node.span)
    rows = _count(node, node.filter)
    if name == "cume_dist":
        upto = ast.Binary("OR", before, _alike(keys, given))
        part: ast.Expression = ast.Binary("+", _count(node, _all(upto, node.filter)), one)
        whole: ast.Expression = ast.Binary("+", rows, one)
    else:
        part = _count(node, _all(before, node.filter))
        if name == "rank":
            return ast.Binary("+", part, one, node.span)
        whole = ast.Call(("greatest",), (rows, one))
    return ast.Binary("/", ast.Cast(part, ast.TypeName("double precision")), whole, node.span)


def of_groups(counts: tree.Expr, given: tuple[tree.Expr, ...], span: ast.Span) -> tree.Expr:
    """Return the counts of a call at a place as of groups that have the values `given`."""

    def with_given(part: Any) -> Any:
        is_count = isinstance(part, tree.Aggref) and part.span == span
        return replace(part, direct=given) if is_count else part

    return rewrite(counts, with_given)  # type: ignore[no-any-return]


def _count(node: ast.Call, condition: ast.Expression | None) -> ast.Expression:
    return ast.Call(("count",), (ast.Star(),), filter=condition, span=node.span)


def _before(keys: Sequence[ast.OrderItem], given: Sequence[ast.Expression]) -> ast.Expression:
    """Return whether a row sorts before the one that is `given`."""
    first = _is_less(keys[0], given[0])
    if len(keys) == 1:
        return first
    later = ast.Binary("AND", _alike(keys[:1], given[:1]), _before(keys[1:], given[1:]))
    return ast.Binary("OR", first, later)


def _is_less(key: ast.OrderItem, value: ast.Expression) -> ast.Expression:
    nulls_first = key.nulls == "FIRST" if key.nulls else key.descending
    less = ast.Binary(">" if key.descending else "<", key.expression, value, key.span)
    by_null = ast.Binary(
        "AND",
        ast.IsTest(key.expression, "NULL", not nulls_first),
        ast.IsTest(value, "NULL", nulls_first),
    )
    return ast.Binary("OR", ast.IsTest(less, "TRUE", False), by_null)


def _alike(keys: Sequence[ast.OrderItem], given: Sequence[ast.Expression]) -> ast.Expression:
    """Return whether keys have the values that are `given`."""
    first = ast.Binary("IS NOT DISTINCT FROM", keys[0].expression, given[0], keys[0].span)
    return first if len(keys) == 1 else ast.Binary("AND", first, _alike(keys[1:], given[1:]))


def _all(condition: ast.Expression, other: ast.Expression | None) -> ast.Expression:
    return condition if other is None else ast.Binary("AND", other, condition)
