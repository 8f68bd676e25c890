"""Queries whose columns become others' types, as those of set operations do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vql.language import ast
from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import as_type
from vql.types.type import TEXT, UNKNOWN, Type

ROWS = "vql__typed"  # the relation of rows whose columns become other types


def with_column_types(
    found: tree.Query, types: Sequence[Type], note: Callable[[int, Type], Type]
) -> tree.Query:
    """Return a query whose columns have become these types; `note` is told those of parameters."""
    if all(column.type == type_ for column, type_ in zip(found.columns, types, strict=True)):
        return found  # and those inside it are: a chain of set operations is not gone through at every step
    columns = tuple(replace(c, type=t) for c, t in zip(found.columns, types, strict=True))
    if _compares_columns(found):
        known = [t if c.type == UNKNOWN else c.type for c, t in zip(found.columns, types, strict=True)]
        inner = found if isinstance(found, tree.SetQuery) else _with_types(found, known, note)
        return tree.SelectQuery(
            columns=columns, sources=(tree.RangeQuery(inner, ROWS, inner.columns, False),),
            targets=tuple(
                tree.Target(as_type(tree.Var(ROWS, c.column, c.type), t, note), c.name, c.column)
                for c, t in zip(inner.columns, types, strict=True)
            ),
        )  # fmt: skip
    return _with_types(found, types, note)


def types_of_branch(found: tree.Query) -> list[Type]:
    """Return the types of the columns of a set operation's query: of those of no type, which the other query
    says, the ones that it compares itself are texts."""
    keys = {key.target for key in found.order_by}
    is_distinct = isinstance(found, tree.SelectQuery) and found.distinct
    return [
        TEXT if column.type == UNKNOWN and (is_distinct or place in keys) else column.type
        for place, column in enumerate(found.columns)
    ]


def column_at(node: ast.Query, place: int) -> int | None:
    """Return the position at which a query of a set operation says a column: in its first SELECT."""
    while isinstance(node, ast.SetOperation):
        node = node.left
    if isinstance(node, ast.Values) or not node.items:
        return None
    for item in node.items[:place]:
        if isinstance(item.expression, ast.Star):
            return item.span[0] + 1
    return node.items[place].span[0] + 1


def _compares_columns(found: tree.Query) -> bool:
    """Whether a query compares values of its columns, which it does as those of the types they had: two that
    differ may be one value of the other type."""
    if found.order_by:
        return True
    if isinstance(found, tree.SetQuery):
        return not found.all or found.op != "UNION"
    return isinstance(found, tree.SelectQuery) and (found.distinct or bool(found.distinct_on))


def _with_types(found: tree.Query, types: Sequence[Type], note: Callable[[int, Type], Type]) -> tree.Query:
    columns = tuple(replace(c, type=t) for c, t in zip(found.columns, types, strict=True))
    if isinstance(found, tree.SelectQuery):
        targets = tuple(
            target if target.expression.type == t
            else replace(target, expression=as_type(target.expression, t, note))
            for target, t in zip(found.targets, types, strict=True)
        )  # fmt: skip
        keys = tuple(
            replace(key, expression=targets[key.target].expression) if key.target >= 0 else key
            for key in found.order_by
        )
        return replace(found, targets=targets, columns=columns, order_by=keys)
    if isinstance(found, tree.ValuesQuery):
        rows = tuple(
            tuple(as_type(cell, t, note) for cell, t in zip(row, types, strict=True)) for row in found.rows
        )
        return replace(found, rows=rows, columns=columns)
    left, right = with_column_types(found.left, types, note), with_column_types(found.right, types, note)
    return replace(found, left=left, right=right, columns=columns)
