"""Conditions that one scalar index answers whole, prepared once for a segment.

`WHERE tenant = ?` and `WHERE at >= ? AND at < ?` are, whatever the values, two binary searches. What
`index_scan` finds out at each execution, which index and which comparison and what is left to test, is the
same for all of them. Whole numbers that the column's type holds are looked up here, all else is left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from vql.language import plan
from vql.storage.index.sorted import ScalarIndex, Span
from vql.storage.segments.segment import Segment
from vql.types.base import Storage

# Where a comparison begins and ends among sorted values: from the first of those that are equal, or behind
# the last.
SIDES: dict[str, tuple[Literal["left", "right"] | None, Literal["left", "right"] | None]] = {
    "=": ("left", "right"), ">=": ("left", None), ">": ("right", None), "<": (None, "left"),
    "<=": (None, "right"),
}  # fmt: skip


class Side(NamedTuple):
    """One end of what passes: at the value of a parameter, or, where that is -1, at `constant`; of all equal
    ones on the `left` or behind them."""

    parameter: int
    constant: object
    side: Literal["left", "right"]
    is_low: bool


class Lookup:
    """The rows of one segment whose indexed number lies between some ends."""

    __slots__ = ("_index", "_kind", "_sides", "_stored", "index_id")

    def __init__(self, index_id: int, index: ScalarIndex, sides: Sequence[Side]) -> None:
        self.index_id = index_id
        self._index = index
        self._kind = index.values.dtype.type
        type_ = index.column.type
        self._stored = None if type_.is_integer else type_.stored
        self._sides = tuple(sides)

    def span(self, parameters: Sequence[object]) -> Span | None:
        """Return the run of the index that passes; None where the column's type holds no such value."""
        index = self._index
        low, high, bound, values = 0, len(index.values), index.bound, index.values
        for parameter, constant, side, is_low in self._sides:
            value = constant if parameter < 0 else parameters[parameter]
            if self._stored is not None and value is not None:
                value = self._stored(value)
            if type(value) is not int or not -bound <= value < bound:
                return None
            at = int(values.searchsorted(self._kind(value), side))
            if is_low:
                low = at if at > low else low
            elif at < high:
                high = at
        return low, max(low, high)

    def rows_of(self, span: Span) -> np.ndarray:
        """Return the offsets (n,) uint32 of the rows of a run, mapped."""
        return self._index.offsets[span[0] : span[1]]


def lookup_of(predicate: plan.Predicate | None, segment: Segment) -> Lookup | None:
    """Return the lookup that answers a condition by an index of the segment, None where none does."""
    conditions = predicate.items if isinstance(predicate, plan.And) else (predicate,)
    positions = {_position_of(each) for each in conditions}
    if len(positions) != 1:
        return None
    (position,) = positions
    for index_id, columns, index in segment.scalar_indexes:
        if columns[0] == position and isinstance(index, ScalarIndex) and index.values.dtype.kind == "i":
            if index.column.type.base.storage is Storage.NUMBERS:
                return Lookup(index_id, index, [side for each in conditions for side in _sides_of(each)])
    return None


def _position_of(item: plan.Predicate | None) -> int:
    """Return the position of the column that is compared with a value, or -1."""
    if not isinstance(item, plan.Compare) or item.op not in SIDES:
        return -1
    known = isinstance(item.right, plan.Constant | plan.Parameter)
    return item.left.position if known and isinstance(item.left, plan.ColumnRead) else -1


def _sides_of(item: plan.Predicate | None) -> list[Side]:
    assert isinstance(item, plan.Compare)
    right = item.right
    parameter = right.index if isinstance(right, plan.Parameter) else -1
    constant = right.value if isinstance(right, plan.Constant) else None
    low, high = SIDES[item.op]
    ends = ((low, True), (high, False))
    return [Side(parameter, constant, side, is_low) for side, is_low in ends if side is not None]
