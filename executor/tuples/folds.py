"""Aggregates over the frames of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any

from vql.deadline import each_watched
from vql.executor.tuples.expressions import ExpressionCompiler, keyed
from vql.executor.tuples.frame import EXECUTION, Frame, Layout, NotByTuples
from vql.language.analyze import tree
from vql.types.type import Type

Fold = Callable[[Sequence[Frame], "Frame"], Any]
# What orders frames, and whether NULL comes first and the greatest.
Order = Callable[[Frame], Any]


def compiled_fold(node: tree.Aggref, compiler: ExpressionCompiler, layout: Layout) -> Fold:
    """Return what gives the value of an aggregate over frames; the second argument is any frame of the
    execution. Raises NotByTuples."""
    function = node.function
    if function.is_ordered_set or function.is_window:
        raise NotByTuples(function.name)
    reached, layout.reaches_out, layout.may_fold = layout.reaches_out, False, False
    values = [compiler.value(argument, layout) for argument in node.arguments]
    passes = None if node.filter is None else compiler.value(node.filter, layout)
    order = compiled_order(node.order_by, compiler, layout)
    if layout.reaches_out:
        raise NotByTuples("an aggregate over columns of a query outside it")
    layout.reaches_out, layout.may_fold = reached, True
    types = [argument.type.sized(None) for argument in node.arguments]
    folded = _folded(node, types, compiler)

    def fold(frames: Sequence[Frame], outside: Frame) -> Any:
        if passes is not None:
            frames = [frame for frame in each_watched(frames) if passes(frame)]
        if order is not None:
            frames = sorted(each_watched(frames), key=order)
        if len(values) == 1:
            value = values[0]
            return folded([value(frame) for frame in each_watched(frames)], outside)
        return folded([tuple(value(frame) for value in values) for frame in each_watched(frames)], outside)

    return fold


def _folded(
    node: tree.Aggref, types: Sequence[Type], compiler: ExpressionCompiler
) -> Callable[[list[Any], Frame], Any]:
    """Return what gives the value of an aggregate of the values of rows."""
    function, run = node.function, node.function.run
    several = len(types) > 1
    if run is None and function.name not in RUNS:
        raise NotByTuples(function.name)
    fold: Callable[..., Any] = run or RUNS[function.name]
    strict = function.is_strict or function.name in RUNS and not node.is_star
    keys = [keyed(type_) for type_ in types]
    fixed = (tuple(types),) if function.needs_types else ()
    if function.needs_environment:
        compiler.needs_environment = True

    def folded(rows: list[Any], outside: Frame) -> Any:
        if node.distinct:
            rows = _distinct(rows, keys)
        if strict:
            rows = [row for row in rows if not (any(c is None for c in row) if several else row is None)]
        said = (outside[EXECUTION].environment,) if function.needs_environment else ()
        return fold(*said, *fixed, rows)

    return folded


# Aggregates that are declared in DuckDB's words alone.
RUNS: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "any_value": lambda rows: rows[0] if rows else None,
}


def _distinct(rows: Sequence[Any], keys: Sequence[Callable[[Any], Any]]) -> list[Any]:
    """Return the first of each group of equal rows."""
    found: dict[object, Any] = {}
    for row in rows:
        cells = row if len(keys) > 1 else (row,)
        found.setdefault(tuple(key(cell) for key, cell in zip(keys, cells, strict=True)), row)
    return list(found.values())


def compiled_order(
    keys: Sequence[tree.SortKey], compiler: ExpressionCompiler, layout: Layout
) -> Callable[[Frame], Any] | None:
    """Return the key that sorts frames, None where nothing does."""
    if not keys:
        return None
    values = [compiler.value(key.expression, layout) for key in keys]
    return sort_key(keys, lambda frame: [value(frame) for value in values])


def sort_key(keys: Sequence[tree.SortKey], cells_of: Callable[[Any], Sequence[Any]]) -> Callable[[Any], Any]:
    """Return the key that sorts what has cells by keys of order."""
    parts = [(key.expression.type.base.order_key, key.descending, key.nulls_first) for key in keys]

    def compare(one: Sequence[Any], other: Sequence[Any]) -> int:
        for left, right, (order_key, descending, nulls_first) in zip(one, other, parts, strict=True):
            if left is None or right is None:
                if left is not right:
                    return -1 if (left is None) is nulls_first else 1
                continue
            a, b = order_key(left), order_key(right)
            if a != b:
                return -1 if (a < b) is not descending else 1
        return 0

    made: Callable[[Any], Any] = cmp_to_key(lambda a, b: compare(a, b))
    return lambda item: made(cells_of(item))
