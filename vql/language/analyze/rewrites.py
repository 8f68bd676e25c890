"""Queries as others that give what they mean.

FETCH FIRST n ROWS WITH TIES: the rows of a query by their rank, which those have in common that its ORDER BY
takes for equal. Volatile columns of a sorted query: computed over its sorted rows. Calls of sequences that
see each other's numbers: which queries have them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vql.errors import DataError
from vql.functions.declare import Argument, Function
from vql.functions.lookups import OF_SEQUENCES
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
    parts = RowParts(node, alias)
    sorted_by = {node.targets[key.target].expression: key.target for key in node.order_by if key.target >= 0}
    targets, given = [], []
    for place, (target, column) in enumerate(zip(node.targets, node.columns, strict=True)):
        same = sorted_by.get(target.expression)
        if place in volatile and same is not None:  # computed once, as PostgreSQL does
            targets.append(
                replace(target, expression=tree.Var(alias, node.targets[same].column, column.type))
            )
            given.append(replace(target, expression=tree.Const(None, target.expression.type)))
        elif place in volatile:
            targets.append(replace(target, expression=parts.over(target.expression)))
            given.append(replace(target, expression=tree.Const(None, target.expression.type)))
        else:
            targets.append(replace(target, expression=tree.Var(alias, target.column, column.type)))
            given.append(target)
    rows, limit, offset = parts.beside(replace(node, targets=tuple(given))), None, node.offset
    if offset is not None:  # what it skips is computed
        rows, limit = replace(rows, limit=None, offset=None), node.limit
    source = tree.RangeQuery(rows, alias, rows.columns, False)
    return tree.SelectQuery(
        columns=node.columns, targets=tuple(targets), sources=(source,), limit=limit, offset=offset
    )


class RowParts:
    """What expressions of a SELECT name of its rows, as columns of a query that is called `alias`."""

    def __init__(self, node: tree.SelectQuery, alias: str) -> None:
        self._node = node
        self._alias = alias
        self._relations = relations_of(node.sources)
        self._parts: dict[tree.Expr, tree.Target] = {}

    def over(self, part: Any) -> Any:
        """Return a part of an expression over these columns."""
        is_own = isinstance(part, tree.Var) and part.relation in self._relations
        if (
            is_own
            or part in self._node.group_by
            or isinstance(part, tree.Aggref | tree.GroupingFunc | tree.SubLink)
        ):
            name = PART.format(len(self._parts))
            made = self._parts.setdefault(part, tree.Target(part, name, name))
            return tree.Var(self._alias, made.column, part.type)
        return _with_parts(part, self.over)

    @property
    def targets(self) -> tuple[tree.Target, ...]:
        """The columns that were named."""
        return tuple(self._parts.values())

    def beside(self, node: tree.SelectQuery) -> tree.SelectQuery:
        """Return a SELECT with these columns behind its own."""
        hidden = tuple(tree.OutputColumn(t.name, t.column, t.expression.type) for t in self.targets)
        return replace(node, targets=(*node.targets, *self.targets), columns=(*node.columns, *hidden))


def _with_parts(node: Any, change: Callable[[Any], Any]) -> Any:
    """Return a node, or the items of a tuple, with each part of it changed."""
    if isinstance(node, tuple):
        return tuple(map(change, node))
    changed = {name: change(getattr(node, name)) for name in parts_of(type(node)) or ()}
    return replace(node, **changed) if changed else node


# ------------------------------------------------------------------ numbers of sequences


def calls_of_sequences(part: object) -> list[tree.FuncExpr]:
    """Return the calls of nextval() and its kin in a part of a query."""
    return [call for call in nodes_of(part, tree.FuncExpr) if call.function.name in OF_SEQUENCES]


def shares_numbers(node: tree.SelectQuery) -> bool:
    """Whether calls of sequences in a SELECT see each other's numbers, or rows take some that it skips: then
    it counts in which order it is computed."""
    if not node.sources:
        return False
    # A key of ORDER BY that is a column is computed once, with it.
    calls = calls_of_sequences(replace(node, order_by=tuple(key for key in node.order_by if key.target < 0)))
    if not any(call.function.name in ("nextval", "setval") for call in calls):
        return False
    own = calls_of_sequences((node.targets, node.where))
    if len(calls) < 2:
        return bool(own) and node.limit is not None and node.offset is not None
    if not own:
        return sum(bool(calls_of_sequences(part)) for part in (*node.sources, *node.common)) > 1
    given = [call.arguments for call in calls if call.function.name == "nextval"]
    # One may be called by several names: with its schema, in quotes.
    named = {
        tuple(str(each.value).rpartition(".")[2].strip('"') for each in nodes_of(arguments, tree.Const))
        for arguments in given
    }
    return len(named) < len(calls) or any(True for _ in nodes_of(tuple(given), tree.Var))


def nests_numbers(root: tree.Query) -> bool:
    """Whether a SELECT shares numbers with the queries in it."""
    return bool(calls_of_sequences(root)) and any(
        shares_numbers(node) and calls_of_sequences(replace(node, targets=(), where=None))
        for node in nodes_of(root, tree.SelectQuery)
    )
