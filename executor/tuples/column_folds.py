"""Aggregates over whole columns under masks: a count is that of bits, the least number one of an array's.

They stand in the place of those over frames where a SELECT has nothing but a table, conditions that are
masks, and aggregates like these; they cost what masks do, however many rows pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from vql.executor.knn.scans.mask import Mask
from vql.executor.tuples.tables import TableRows
from vql.language.analyze import tree
from vql.storage.segments.segment import Segment
from vql.types.base import Storage
from vql.types.type import INTEGER, SMALLINT

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
