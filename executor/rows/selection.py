"""Chosen rows: which segment and offset, in which order; sorted, cut, and read as columns or tuples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vql import schema
from vql.executor.rows.comparisons import ranks
from vql.executor.rows.context import Context
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.types.forms.ndarrays import F64, I64, Bools, kth_smallest

# So many times as many rows as are wanted are worth looking for the first ones.
WORTH_PICKING = 8


class Part(NamedTuple):
    """Rows of one segment, by offset."""

    segment: Segment
    offsets: I64


class Selection(NamedTuple):
    """Chosen rows: parts, then `order` over their concatenation (None: as they are).

    `ranks` are the rows' ranks by the plan's `ranking`, smaller the better, in the order of the parts; NaN
    for rows without one.
    """

    table: schema.Table
    parts: tuple[Part, ...]
    order: I64 | None
    ranking: plan.Ranking | None = None
    ranks: F64 | None = None

    @property
    def rows(self) -> int:
        """Count the rows."""
        if self.order is None and len(self.parts) == 1:
            return len(self.parts[0].offsets)
        return len(self.order) if self.order is not None else sum(len(p.offsets) for p in self.parts)

    def part(self, start: int, stop: int) -> Selection:
        """Return a run of the rows, in order; it costs what they are, whatever all are."""
        return self.picked(np.arange(start, stop))

    def picked(self, places: I64) -> Selection:
        """Return the rows at some places, in the order of these."""
        chosen = places if self.order is None else self.order[places]
        if len(self.parts) == 1:
            part, ranks = self.parts[0], None if self.ranks is None else self.ranks[chosen]
            return self._replace(parts=(Part(part.segment, part.offsets[chosen]),), order=None, ranks=ranks)
        sizes = np.array([len(part.offsets) for part in self.parts], np.int64)
        ends = np.cumsum(sizes)
        owners = np.searchsorted(ends, chosen, side="right")
        # Rows of one part next to each other, in an order that is undone at the end.
        grouped = np.argsort(owners, kind="stable")
        chosen, owners = chosen[grouped], owners[grouped]
        cuts = np.searchsorted(owners, np.arange(len(self.parts) + 1))
        parts = tuple(
            Part(part.segment, part.offsets[chosen[low:high] - (end - size)])
            for part, low, high, end, size in zip(
                self.parts, cuts[:-1], cuts[1:], ends.tolist(), sizes.tolist(), strict=True
            )
            if low < high
        )
        ranks = None if self.ranks is None else self.ranks[chosen]
        return Selection(self.table, parts, np.argsort(grouped), self.ranking, ranks)

    def row_ids(self) -> I64:
        """Return the global ids of the rows, in order."""
        found = [part.segment.row_ids(part.offsets) for part in self.parts]
        ids = np.concatenate(found) if found else np.empty(0, np.int64)
        return ids if self.order is None else ids[self.order]

    def column(self, position: int) -> Column:
        """Return one table column of the rows, in order."""
        columns = [part.segment.column(position).take(part.offsets) for part in self.parts]
        if not columns:
            return Column.from_values(self.table.stored[position].type, [])
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

    def ranking_cells(self) -> list[object]:
        """Return the distances or scores of the rows, in order, None for NULL."""
        return self._ordered(self._ranking_column().values())

    def ranking_column(self) -> Column:
        """Return the distances or scores of the rows, in order."""
        column = self._ranking_column()
        return column if self.order is None else column.take(self.order)

    def _ranking_column(self) -> Column:
        """Return distances or scores in the order of the parts; NULL for NULL vectors, NaN for zero ones
        by cosine."""
        ranking, ranks = self.ranking, self.ranks
        assert ranking is not None and ranks is not None
        valid = self._known(ranking.position) if isinstance(ranking, plan.Distance) else None
        if isinstance(ranking, plan.TextRank):
            valid = ~np.isnan(ranks)
        return Column(ranking.type, ranks if ranking.sign > 0 else -ranks, valid, None)

    def _known(self, position: int) -> Bools | None:
        """Return which rows have a value in a column, in the order of the parts; None where all have."""
        known = [part.segment.column(position).valid for part in self.parts]
        if all(bools is None for bools in known):
            return None
        valid = np.concatenate([
            np.ones(len(part.offsets), bool) if bools is None else bools[part.offsets]
            for part, bools in zip(self.parts, known, strict=True)
        ])  # fmt: skip
        return None if valid.all() else valid

    def places(self) -> I64:
        """Return the place of each row, in order, among the parts."""
        return np.arange(self.rows) if self.order is None else self.order

    def last_rank(self) -> float:
        """Return the rank of the last row; NaN where it has none."""
        assert self.ranks is not None
        return float(self.ranks[-1 if self.order is None else self.order[-1]])

    def ordered_ranks(self) -> F64:
        """Return the ranks of the rows, in order."""
        if self.ranks is None:
            return np.empty(0)
        return self.ranks if self.order is None else self.ranks[self.order]

    def reordered(self, order: I64) -> Selection:
        """Return the rows in another order."""
        return self._replace(order=order)

    def followed_by(self, other: Selection) -> Selection:
        """Return these rows and behind them those of another selection of the same plan."""
        gathered = sum(len(part.offsets) for part in self.parts)
        order = np.concatenate([self.places(), other.places() + gathered])
        parts = self.parts + other.parts
        if self.ranks is None or other.ranks is None:
            return Selection(self.table, parts, order)
        return Selection(self.table, parts, order, self.ranking, np.concatenate([self.ranks, other.ranks]))

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
    """Apply OFFSET and LIMIT to chosen rows; the others are let go of, so that nothing is read of them."""
    rows = selection.rows
    stop = rows if limit is None else min(offset + limit, rows)
    if offset == 0 and stop == rows and sum(len(part.offsets) for part in selection.parts) == rows:
        return selection
    return selection.part(min(offset, stop), stop)


def sort_selection(
    keys: tuple[plan.OrderKey, ...], selection: Selection, context: Context, wanted: int | None = None
) -> Selection:
    """Sort chosen rows by the keys, then by row id, so that equal keys keep one order for ever; of more than
    are `wanted`, where that is said, maybe only the first ones."""
    if wanted is not None and wanted * WORTH_PICKING <= selection.rows:
        first = sort_arrays(context.evaluator.scalar(keys[0].scalar, SelectionSource(selection)), keys[0])
        selection = selection.picked(_first_places(first, wanted))
    source = SelectionSource(selection)
    arrays: list[np.ndarray] = [selection.row_ids()]
    for key in reversed(keys):
        arrays += sort_arrays(context.evaluator.scalar(key.scalar, source), key)
    found = np.lexsort(arrays)
    return selection.reordered(found if selection.order is None else selection.order[found])


def _first_places(arrays: list[np.ndarray], count: int) -> I64:
    """Return the places among which the first so many are by one order key, rising."""
    places, found = np.arange(len(arrays[0])), list[I64]()
    for array in reversed(arrays):
        if not 0 < count < len(places):
            break
        values = array[places]
        last = kth_smallest(values, count)
        before = places[values < last]
        found.append(before)
        count -= len(before)
        places = places[values == last]
    return np.sort(np.concatenate([*found, places]))


def sort_arrays(column: Column, key: plan.OrderKey) -> list[np.ndarray]:
    """Return lexsort keys of one order key, the most significant last."""
    data, nan = ranks(column)
    if data.dtype.kind == "b":
        data = data.astype("i1")
    arrays: list[np.ndarray] = [data] if nan is None else [data, nan.astype("i1")]
    if key.descending:
        # The least integer has no negative: all bits turned keep it first.
        arrays = [-rank.astype("f8") if rank.dtype.kind == "f" else ~rank.astype("i8") for rank in arrays]
    if column.valid is not None:
        nulls = ~column.valid
        arrays = [np.where(nulls, 0, rank) for rank in arrays]
        arrays.append((~nulls if key.nulls_first else nulls).astype("i1"))
    return arrays


def rows_there(table: schema.Table, snapshot: Snapshot) -> Selection:
    """Return the rows that a table has, in the order of their ids."""
    parts = []
    for segment in snapshot.segments(table.table_id):
        visible = segment.visible(snapshot.version)
        parts.append(Part(segment, np.arange(segment.rows) if visible is None else np.flatnonzero(visible)))
    selection = Selection(table, tuple(parts), None)
    return selection.reordered(np.argsort(selection.row_ids(), kind="stable"))
