"""Scalar indexes: the rows of a sealed segment in the order of the values of one column or of several.

Two arrays, mapped: `values` (known,) of the column's dtype, sorted, NaN last and strings as the codes
of the segment's sorted dictionary; `offsets` (rows,) uint32 in the same order, equal values by offset,
and after them the rows that are NULL. What passes a comparison is a run of `offsets`, found by two
binary searches, and its length is known before one of its rows is looked at.

Where one column has few values, `bitmaps` holds for each of them the rows that have it, and `starts` where
its run begins: what passes a comparison of any width is an OR of bitmaps.

Of several columns, equal values of one are in the order of the next, whose arrays are `values.1` (rows,)
and `nulls.1` (rows,) uint8, 1 for NULL, and so on. So the run of one value of the first column is, by
slices of these arrays, an index over the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vql import schema
from vql.settings.parameters import Option
from vql.storage.columns.column import Column
from vql.storage.index.kind import Blobs, BuiltIndex, Device, IndexKind, Step
from vql.types.forms.ndarrays import U8
from vql.types.type import Type
from vql.types.vectors.bit import selector_bits

# So many bitmaps take as much room as the offsets.
BITMAPS_MAX = 32

Array = NDArray[np.generic]
Span = tuple[int, int]


class SortedKind(IndexKind):
    """btree, and hash, which is kept in the same form: that answers equality as well."""

    layout = 0

    def __init__(self, many_columns: bool, opclasses: Collection[str], options: Mapping[str, Option]) -> None:
        self.many_columns = many_columns
        self.opclasses = opclasses
        self.options = options

    def accepts(self, type_: Type, metric: str) -> bool:
        return not metric and type_.base.has_order

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        return BuiltIndex({}, _of_one(columns[0]) if len(columns) == 1 else _of_several(columns))

    def open(
        self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs
    ) -> ScalarIndex:
        def array(name: str, dtype: str) -> Array:
            return np.frombuffer(blobs[name], dtype)

        rest = tuple(
            KeyLevel(column, array(f"values.{level}", column.data.dtype.str), array(f"nulls.{level}", "u1"))
            for level, column in enumerate(columns[1:], 1)
        )
        values = array("values", columns[0].data.dtype.str)
        index = ScalarIndex(columns[0], values, array("offsets", "<u4"), rest)
        if "bitmaps" in blobs:
            index.starts = array("starts", "<u4")
            index.bitmaps = array("bitmaps", "u1").reshape(len(index.starts) - 1, -1)
        return index

    def describe(self, info: Mapping[str, Any]) -> str:
        return "btree"


def _of_several(columns: Sequence[Column]) -> dict[str, Array]:
    keys: list[Array] = []
    for column in reversed(columns):
        keys.append(column.data)
        if column.valid is not None:
            keys.append(~column.valid)
    order = np.lexsort(keys)
    first = columns[0]
    known = len(order) if first.valid is None else int(np.count_nonzero(first.valid))
    blobs = {"values": first.data[order[:known]], "offsets": order.astype("<u4")}
    for level, column in enumerate(columns[1:], 1):
        blobs[f"values.{level}"] = column.data[order]
        nulls = np.zeros(len(order), np.uint8) if column.valid is None else ~column.valid[order]
        blobs[f"nulls.{level}"] = nulls.astype(np.uint8)
    return blobs


def _of_one(column: Column) -> dict[str, Array]:
    known = np.arange(len(column)) if column.valid is None else np.flatnonzero(column.valid)
    data = column.data[known]
    order = np.argsort(data, kind="stable")
    values, offsets = data[order], known[order]
    if column.valid is not None:
        offsets = np.concatenate([offsets, np.flatnonzero(~column.valid)])
    return {"values": values, "offsets": offsets.astype("<u4"), **_bitmaps(values, offsets)}


def _bitmaps(values: Array, offsets: Array) -> dict[str, Array]:
    """Return the bitmaps of sorted values where these are few, else nothing."""
    starts = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    if not len(values) or len(starts) > BITMAPS_MAX + 1:
        return {}
    bitmaps = []
    for low, high in pairwise(starts):
        passed = np.zeros(len(offsets), np.bool_)
        passed[offsets[low:high]] = True
        bitmaps.append(selector_bits(passed))
    return {"starts": np.array(starts, "<u4"), "bitmaps": np.concatenate(bitmaps)}


class KeyLevel(NamedTuple):
    """A further column of an index: its values (rows,) and whether they are NULL, in the index's order."""

    column: Column
    values: Array
    nulls: Array


class ScalarIndex:
    """An open index over one segment, by the first of its columns; `rest` are the further ones. `bitmaps`
    (values, bytes), LSB first, are None but where one column has few values; the run of each begins at one
    of `starts`."""

    __slots__ = ("bitmaps", "bound", "column", "offsets", "rest", "starts", "values")

    def __init__(
        self, column: Column, values: Array, offsets: Array, rest: tuple[KeyLevel, ...] = ()
    ) -> None:
        self.column = column
        self.rest = rest
        self.values = values
        # Integers of the type are from -bound to below it.
        self.bound = 1 << (8 * values.dtype.itemsize - 1)
        self.offsets = offsets
        self.bitmaps: Array | None = None
        self.starts: Array = offsets[:0]

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

    def under(self, span: Span) -> ScalarIndex | None:
        """Return the index by the further columns of a span of one value, None where there are none, or
        the span holds several values."""
        low, high = span
        if not self.rest or low >= high or high > len(self.values):
            return None
        if self.values[low] != self.values[high - 1]:
            return None
        column, values, nulls = self.rest[0]
        known = low + int(nulls[low:high].searchsorted(1))
        rest = tuple(level._replace(values=level.values[low:high], nulls=level.nulls[low:high])
                     for level in self.rest[1:])  # fmt: skip
        return ScalarIndex(column, values[low:known], self.offsets[low:high], rest)

    def rows_of(self, spans: Sequence[Span]) -> Array:
        """Return the offsets of disjoint spans, in no order, uint32, maybe mapped."""
        parts = [self.offsets[low:high] for low, high in spans]
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty(0, np.uint32)

    def bits_of(self, spans: Sequence[Span]) -> U8 | None:
        """Return the rows of spans, which are of whole values, as bits LSB first; None where there are no
        bitmaps, or the rows are NULL."""
        if self.bitmaps is None or any(high > len(self.values) for _, high in spans):
            return None
        of = [self.bitmaps[slice(*self.starts.searchsorted(span))] for span in spans]
        bits: U8 = np.bitwise_or.reduce(of[0] if len(of) == 1 else np.concatenate(of))
        return bits
