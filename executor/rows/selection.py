"""Chosen rows: which segment and offset, in which order; sorted, cut, and read as columns or tuples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vql import schema
from vql.executor.rows.context import Context
from vql.executor.rows.evaluate import comparable
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.segments.segment import Segment
from vql.types.type import F64, I64


class Part(NamedTuple):
    """Rows of one segment, by offset."""

    segment: Segment
    offsets: I64


class Selection(NamedTuple):
    """Chosen rows: parts, then `order` over their concatenation (None: as they are).

    `distances` are those of the plan's `nearest`, smaller is nearer, in the order of the parts; NaN
    for rows without one. `scores` are those of its rrf(), larger is better, in the same order.
    """

    table: schema.Table
    parts: tuple[Part, ...]
    order: I64 | None
    nearest: plan.Distance | None = None
    distances: F64 | None = None
    scores: Column | None = None

    @property
    def rows(self) -> int:
        """Count the rows."""
        if self.order is None and len(self.parts) == 1:
            return len(self.parts[0].offsets)
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
        if len(self.parts) == 1:
            part = self.parts[0]
            return self._ordered(part.segment.column(position).values(part.offsets))
        found: list[object] = []
        for part in self.parts:
            found += part.segment.column(position).values(part.offsets)
        return self._ordered(found)

    def distance_cells(self) -> list[object]:
        """Return the distances of the rows, in order, None for NULL."""
        return self._ordered(self.distance_column().values())

    def score_cells(self) -> list[object]:
        """Return the scores of the rows, in order."""
        assert self.scores is not None
        return self._ordered(self.scores.values())

    def distance_column(self) -> Column:
        """Return the distances in the order of the parts; NULL for NULL vectors, NaN for zero ones
        by cosine."""
        distance, distances = self.nearest, self.distances
        assert distance is not None and distances is not None
        known = [part.segment.column(distance.position).valid for part in self.parts]
        valid = None
        if any(bools is not None for bools in known):
            valid = np.concatenate([
                np.ones(len(part.offsets), bool) if bools is None else bools[part.offsets]
                for part, bools in zip(self.parts, known, strict=True)
            ])  # fmt: skip
            valid = None if valid.all() else valid
        return Column(distance.type, distances if distance.sign > 0 else -distances, valid, None)

    def farthest(self) -> float:
        """Return the distance of the last row; NaN where it has none."""
        assert self.distances is not None
        return float(self.distances[-1 if self.order is None else self.order[-1]])

    def reordered(self, order: I64) -> Selection:
        """Return the rows in another order."""
        return self._replace(order=order)

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
    return selection.reordered(order)


def sort_selection(keys: tuple[plan.OrderKey, ...], selection: Selection, context: Context) -> Selection:
    """Sort chosen rows by the keys, then by row id, so that equal keys keep one order for ever."""
    source = SelectionSource(selection)
    arrays: list[np.ndarray] = [selection.row_ids()]
    for key in reversed(keys):
        arrays += sort_arrays(context.evaluator.scalar(key.scalar, source), key)
    found = np.lexsort(arrays)
    return selection.reordered(found if selection.order is None else selection.order[found])


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
