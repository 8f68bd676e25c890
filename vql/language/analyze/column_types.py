"""Queries whose columns become others' types, as those of set operations do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vql.language.analyze import tree
from vql.language.analyze.resolution.coerce import as_type
from vql.types.type import Type


def with_column_types(
    found: tree.Query, types: Sequence[Type], note: Callable[[int, Type], Type]
) -> tree.Query:
    """Return a query whose columns have become these types; `note` is told those of parameters."""
    if all(column.type == type_ for column, type_ in zip(found.columns, types, strict=True)):
        return found  # and those inside it are: a chain of set operations is not gone through at every step
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
