"""Queries as others that give what they mean.

FETCH FIRST n ROWS WITH TIES: the rows of a query by their rank, which those have in common that its ORDER BY
takes for equal. Volatile columns of a sorted query: computed over its sorted rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vql.errors import DataError
from vql.functions.declare import Argument, Function
from vql.language.analyze import tree
from vql.language.analyze.aggregation import has_series, relations_of
from vql.language.analyze.resolution.calls import Analysis, match_of
from vql.language.ast import NOWHERE
from vql.language.ast.walk import nodes_of, parts_of, rewrite
from vql.types.type import BIGINT, BOOLEAN

ROWS, RANKED = "vql__tied", "vql__ranked"
PLACE, RANK = "vql__place", "vql__rank"
SORTED, PART = "vql__sorted{0}", "vql__part{0}"


def with_ties(analysis: Analysis, found: tree.Query) -> tree.SelectQuery:
    """Return the first rows of a sorted query, and all that are equal to the last of them."""
    limit, offset = found.limit, found.offset
    assert limit is not None and found.order_by, "what has ties"
    every = replace(found, limit=None, offset=None)
    keys = []
    for place, key in enumerate(found.order_by):
        column = found.columns[key.target].column if key.target >= 0 else f"vql__key{place}"
        if key.target < 0:
            assert isinstance(every, tree.SelectQuery), "others are sorted by their columns"
            made = tree.Target(key.expression, column, column)
            hidden = tree.OutputColumn(column, column, key.expression.type)
            every = replace(every, targets=(*every.targets, made), columns=(*every.columns, hidden))
        keys.append(replace(key, expression=tree.Var(ROWS, column, key.expression.type), target=-1))
    order = tree.WindowDef(order_by=tuple(keys))
    counted = [
        tree.Target(replace(_aggregate(analysis, name), over=order), column, column)
        for name, column in (("row_number", PLACE), ("rank", RANK))
    ]
    columns = (*found.columns, *(tree.OutputColumn(t.name, t.column, BIGINT) for t in counted))
    ranked = tree.SelectQuery(
        columns=columns, targets=(*_targets(found, ROWS), *counted),
        sources=(tree.RangeQuery(every, ROWS, every.columns, False),),
    )  # fmt: skip
    number, rank = tree.Var(RANKED, PLACE, BIGINT), tree.Var(RANKED, RANK, BIGINT)
    first = tree.Const(0, BIGINT) if offset is None else tree.FuncExpr(_OFFSET, (offset,), BIGINT)
    counts = (number, rank, first, tree.FuncExpr(_LIMIT, (limit,), BIGINT))
    return tree.SelectQuery(
        columns=found.columns, targets=_targets(found, RANKED),
        sources=(tree.RangeQuery(ranked, RANKED, columns, False),),
        where=tree.FuncExpr(_WITHIN, counts, BOOLEAN), order_by=(tree.SortKey(number, False, False),),
    )  # fmt: skip


def _targets(found: tree.Query, relation: str) -> tuple[tree.Target, ...]:
    return tuple(tree.Target(tree.Var(relation, c.column, c.type), c.name, c.column) for c in found.columns)


def _aggregate(analysis: Analysis, name: str) -> tree.Aggref:
    match, _ = match_of(analysis, (name,), (), NOWHERE)
    return tree.Aggref(match.function, (), BIGINT)


def _limit(count: int | None) -> int:
    if count is None:
        text = "row count cannot be null in FETCH FIRST ... WITH TIES clause"
        raise DataError(text, sqlstate="2201W")
    if count < 0:
        raise DataError("LIMIT must not be negative", sqlstate="2201W")
    return count


def _offset(count: int | None) -> int:
    if count is not None and count < 0:
        raise DataError("OFFSET must not be negative", sqlstate="2201X")
    return count or 0


_COUNT = Argument(type="bigint")
_LIMIT = Function(name="count of rows", arguments=(_COUNT,), result="bigint", run=_limit, is_strict=False)
_OFFSET = Function(name="first row", arguments=(_COUNT,), result="bigint", run=_offset, is_strict=False)
# {0} is the place of a row, {1} its rank: how many rows are before all that are equal to it, and one.
_WITHIN = Function(
    name="row with ties", arguments=(_COUNT,) * 4, result="boolean",
    duck="({0} > {2} AND {3} > 0 AND {1} <= {2} + {3})",
)  # fmt: skip


# ------------------------------------------------------------------ volatile columns of sorted queries


def volatile_last(root: tree.Query) -> tree.Query:
    """Return a query, and all in it, with volatile columns computed over sorted rows, one after the other, as
    PostgreSQL does: `SELECT nextval('s'), x FROM t ORDER BY x` numbers the rows in their order."""
    numbers = itertools.count()

    def last(node: Any) -> Any:
        if not isinstance(node, tree.SelectQuery) or not node.order_by or node.distinct:
            return node
        sorts = {key.target for key in node.order_by}
        volatile = {
            place
            for place, target in enumerate(node.targets)
            if place not in sorts and tree.is_volatile(target.expression)
        }
        expressions = [node.targets[place].expression for place in volatile]
        if not volatile or has_series(node.targets):
            return node
        if any(tree.is_volatile(link) for link in nodes_of(tuple(expressions), tree.SubLink)):
            return node
        return _computed_last(node, volatile, SORTED.format(next(numbers)))

    return rewrite(root, last) if tree.is_volatile(root) else root


def _computed_last(node: tree.SelectQuery, volatile: set[int], alias: str) -> tree.SelectQuery:
    """Return a query over the rows of another, of which it computes the `volatile` columns."""
    parts: dict[tree.Expr, tree.Target] = {}
    relations = relations_of(node.sources)

    def of_rows(part: Any) -> Any:
        """Return a part of an expression, what rows have in the names that they have it by."""
        is_own = isinstance(part, tree.Var) and part.relation in relations
        if (
            is_own
            or part in node.group_by
            or isinstance(part, tree.Aggref | tree.GroupingFunc | tree.SubLink)
        ):
            name = PART.format(len(parts))
            made = parts.setdefault(part, tree.Target(part, name, name))
            return tree.Var(alias, made.column, part.type)
        return _with_parts(part, of_rows)

    targets, given = [], []
    for place, (target, column) in enumerate(zip(node.targets, node.columns, strict=True)):
        if place in volatile:
            targets.append(replace(target, expression=of_rows(target.expression)))
            given.append(replace(target, expression=tree.Const(None, target.expression.type)))
        else:
            targets.append(replace(target, expression=tree.Var(alias, target.column, column.type)))
            given.append(target)
    hidden = tuple(tree.OutputColumn(t.name, t.column, t.expression.type) for t in parts.values())
    rows = replace(node, targets=(*given, *parts.values()), columns=(*node.columns, *hidden))
    source = tree.RangeQuery(rows, alias, rows.columns, False)
    return tree.SelectQuery(columns=node.columns, targets=tuple(targets), sources=(source,))


def _with_parts(node: Any, change: Callable[[Any], Any]) -> Any:
    """Return a node, or the items of a tuple, with each part of it changed."""
    if isinstance(node, tuple):
        return tuple(map(change, node))
    changed = {name: change(getattr(node, name)) for name in parts_of(type(node)) or ()}
    return replace(node, **changed) if changed else node
