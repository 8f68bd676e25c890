"""Chosen rows: which segment and offset, in which order; sorted, cut, and read as columns or tuples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vql import schema
from vql.executor.context import Context
from vql.executor.evaluate import comparable
from vql.language import plan
from vql.storage.column import Column
from vql.storage.segment import Segment
from vql.types import I64


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one segment, by offset."""

    segment: Segment
    offsets: I64


@dataclass(frozen=True, slots=True)
class Selection:
    """Chosen rows: parts, then `order` over their concatenation (None: as they are).

    `distances` are those of the plan's `nearest`, in the order of the parts; NaN where unknown,
    with `valid` False where NULL.
    """

    table: schema.Table
    parts: tuple[Part, ...]
    order: I64 | None
    distances: Column | None = None

    @property
    def rows(self) -> int:
        """Count the rows."""
        return len(self.order) if self.order is not None else sum(len(p.offsets) for p in self.parts)

    def row_ids(self) -> I64:
        """Return the global ids of the rows, in order."""
        found = [part.segment.row_ids(part.offsets) for part in self.parts]
        ids = np.concatenate(found) if found else np.empty(0, np.int64)
        return ids if self.order is None else ids[self.order]

    def column(self, position: int) -> Column:
        """Return one table column of the rows, in order."""
        columns = [part.segment.column(position).take(part.offsets) for part in self.parts]
        if not columns:
            return Column.from_values(self.table.columns[position].type, [])
        column = columns[0] if len(columns) == 1 else Column.concat(columns)
        return column if self.order is None else column.take(self.order)

    def cells(self, position: int) -> list[object]:
        """Return one table column of the rows, in order, as canonical Python values."""
        found: list[object] = []
        for part in self.parts:
            found += part.segment.column(position).values(part.offsets)
        return self._ordered(found)

    def distance_cells(self) -> list[object]:
        """Return the distances of the rows, in order, None for NULL."""
        assert self.distances is not None
        return self._ordered(self.distances.values())

    def _ordered(self, cells: list[object]) -> list[object]:
        return cells if self.order is None else [cells[i] for i in self.order.tolist()]


class SelectionSource:
    """The chosen rows as a source of columns, each gathered once."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._columns: dict[int, Column] = {}
        self.rows = selection.rows

    def column(self, position: int) -> Column:
        if position not in self._columns:
            self._columns[position] = self._selection.column(position)
        return self._columns[position]


def window(selection: Selection, offset: int, limit: int | None) -> Selection:
    """Apply OFFSET and LIMIT to chosen rows."""
    rows = selection.rows
    if offset == 0 and (limit is None or limit >= rows):
        return selection
    order = selection.order if selection.order is not None else np.arange(rows)
    order = order[offset:] if limit is None else order[offset : offset + limit]
    return Selection(selection.table, selection.parts, order, selection.distances)


def sort_selection(keys: tuple[plan.OrderKey, ...], selection: Selection, context: Context) -> Selection:
    """Sort chosen rows by the keys, then by row id, so that equal keys keep one order for ever."""
    source = SelectionSource(selection)
    arrays: list[np.ndarray] = [selection.row_ids()]
    for key in reversed(keys):
        arrays += sort_arrays(context.evaluator.scalar(key.scalar, source), key)
    order = np.lexsort(arrays)
    return Selection(selection.table, selection.parts, order, selection.distances)


def sort_arrays(column: Column, key: plan.OrderKey) -> list[np.ndarray]:
    """Return lexsort keys of one order key, the most significant last."""
    data = comparable(column)
    if data.dtype.kind in "OU":
        data = np.unique(data, return_inverse=True)[1]
    elif data.dtype.kind == "b":
        data = data.astype("i1")
    if data.dtype.kind == "f":
        # NaN is above every number: rank them apart, so that DESC puts them first.
        nan = np.isnan(data)
        ranks: list[np.ndarray] = [np.where(nan, 0, data), nan.astype("i1")]
    else:
        ranks = [data]
    if key.descending:
        ranks = [-rank.astype("f8" if rank.dtype.kind == "f" else "i8") for rank in ranks]
    if column.valid is not None:
        nulls = ~column.valid
        ranks = [np.where(nulls, 0, rank) for rank in ranks]
        ranks.append((~nulls if key.nulls_first else nulls).astype("i1"))
    return ranks
