"""Aggregates over the frames of a group, and over whole columns under masks, where a count is that of bits.

Those over columns stand in the place of the others where a SELECT has nothing but a table, conditions that
are masks, and aggregates like these; they cost what masks do, however many rows pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cmp_to_key
from typing import Any

import numpy as np

from vql.deadline import each_watched
from vql.executor.knn.scans.mask import Mask
from vql.executor.tuples.expressions import ExpressionCompiler, keyed
from vql.executor.tuples.frame import EXECUTION, Frame, Layout, NotByTuples
from vql.executor.tuples.tables import TableRows
from vql.language.analyze import tree
from vql.storage.segments.segment import Segment
from vql.types.base import Storage
from vql.types.type import INTEGER, SMALLINT, Type

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


# ---------------------------------------------------------------- over columns

Masked = tuple[Segment, Mask]
ColumnFold = Callable[[Sequence[Masked]], Any]
EXTREMES = {"min": (np.fmin, min), "max": (np.maximum, max)}


def column_fold(node: tree.Aggref, table: TableRows) -> ColumnFold | None:
    """Return what gives the internal value of an aggregate over a table's masked rows; None where there is
    nothing to be had by columns."""
    if node.distinct or node.order_by or node.filter is not None:
        return None
    name = node.function.name
    if node.is_star:
        return lambda masked: sum(mask.count for _, mask in masked)
    argument = node.arguments[0] if len(node.arguments) == 1 else None
    if not isinstance(argument, tree.Var) or argument.type.base.storage is not Storage.NUMBERS:
        return None
    place = table.place_of(argument)
    if name == "count":
        return lambda masked: sum(map(len, _numbers(masked, place)))
    if name == "sum" and argument.type in (SMALLINT, INTEGER):
        return lambda masked: _sum(_numbers(masked, place))
    if name in EXTREMES and argument.type.base.has_order and argument.type.base.orders_as_stored:
        fold, pick = EXTREMES[name]
        return lambda masked: _extreme(_numbers(masked, place), fold, pick)
    return None


def _numbers(masked: Sequence[Masked], place: int) -> Iterable[np.ndarray]:
    """Yield the numbers of a column that are not NULL, of each segment that has any."""
    for segment, mask in masked:
        column = segment.column(place)
        data, valid = column.data, column.valid
        if mask.count < segment.rows:
            data = data[mask.ids]
            valid = None if valid is None else valid[mask.ids]
        if valid is not None:
            data = data[valid]
        if len(data):
            yield data


def _sum(pieces: Iterable[np.ndarray]) -> int | None:
    found = [int(piece.sum(dtype=np.int64)) for piece in pieces]
    return sum(found) if found else None


def _extreme(pieces: Iterable[np.ndarray], fold: Any, pick: Callable[..., Any]) -> Any:
    """Return the least or greatest number; NaN is greater than all others."""
    found = [fold.reduce(piece).item() for piece in pieces]
    numbers = [number for number in found if number == number]
    if len(numbers) < len(found) and (pick is max or not numbers):
        return float("nan")
    return pick(numbers, default=None)
