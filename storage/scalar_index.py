"""Scalar indexes: the rows of a sealed segment in the order of one column's values.

Two arrays, mapped: `values` (known,) of the column's dtype, sorted, NaN last and strings as the codes
of the segment's sorted dictionary; `offsets` (rows,) uint32 in the same order, equal values by offset,
and after them the rows that are NULL. What passes a comparison is a run of `offsets`, found by two
binary searches, and its length is known before one of its rows is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vql.storage.column import Column
from vql.types import I64

Span = tuple[int, int]


def build_scalar_index(column: Column) -> dict[str, NDArray[np.generic]]:
    """Return the blobs of an index over a column of a sealed segment."""
    if column.valid is None:
        order = np.argsort(column.data, kind="stable")
        return {"values": column.data[order], "offsets": order.astype("<u4")}
    known = np.flatnonzero(column.valid)
    data = column.data[known]
    order = np.argsort(data, kind="stable")
    offsets = np.concatenate([known[order], np.flatnonzero(~column.valid)])
    return {"values": data[order], "offsets": offsets.astype("<u4")}


class ScalarIndex:
    """An open index over one column of one segment."""

    __slots__ = ("bound", "column", "index_id", "offsets", "values")

    def __init__(
        self, index_id: int, column: Column, values: NDArray[np.generic], offsets: NDArray[np.generic]
    ) -> None:
        self.index_id = index_id
        self.column = column
        self.values = values
        # Integers of the type are from -bound to below it.
        self.bound = 1 << (8 * values.dtype.itemsize - 1)
        self.offsets = offsets

    @property
    def nulls(self) -> Span:
        """The span of rows that are NULL."""
        return len(self.values), len(self.offsets)

    def span(self, op: str, value: object) -> Span:
        """Return the rows whose value is =, <, <=, > or >= one of the dtype of `values`."""
        typed = self.values.dtype.type(value)  # another dtype would have every value converted
        known = len(self.values)
        if op == "=":
            left = self.values.searchsorted(typed)
            return int(left), int(self.values.searchsorted(typed, "right"))
        at = int(self.values.searchsorted(typed, "left" if op in ("<", ">=") else "right"))
        return (0, at) if op in ("<", "<=") else (at, known)

    def ids(self, spans: Sequence[Span]) -> I64:
        """Return the offsets of disjoint spans, sorted, int64."""
        if not spans:
            return np.empty(0, np.int64)
        parts = [self.offsets[low:high] for low, high in spans]
        found: I64 = (parts[0] if len(parts) == 1 else np.concatenate(parts)).astype(np.int64)
        low, high = spans[0]
        known = len(self.values)
        one_value = low >= known or low < high <= known and self.values[low] == self.values[high - 1]
        if len(spans) > 1 or not one_value:
            found.sort()
        return found
