"""The delta of a table in memory: columns that grow by doubling; a snapshot is a length.

Invariants
* Rows below `rows` never change; what stands behind them nobody has been shown.
* An array that is full is replaced by a larger copy, so a view keeps reading the one it was made with.
* `rows` and `read_to` are set last: an append that was interrupted is done again, over what it left.

`append` and `view` want Store.lock, whose owner alone writes; a view is a segment that threads share
without one. Nothing is on disk but the frames of `main.mdb` this is read from: after a crash it is read
again.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vql import schema
from vql.storage.columns.column import Column
from vql.storage.columns.ragged_rows import GrowingRows
from vql.storage.segments.layout import Layout, missing
from vql.storage.segments.records import Frame
from vql.storage.segments.segment import GrowingDictionary, MemorySegment, Tombstones
from vql.types.base import Storage
from vql.types.type import Type

CAPACITY_MIN = 16


class GrowingColumn:
    """One column; arrays are replaced when full, so views handed out earlier stay as they are."""

    def __init__(self, type_: Type) -> None:
        self.type = type_
        is_ragged = type_.storage in (Storage.SPARSE, Storage.RAGGED)
        dtype = np.dtype(np.int64) if is_ragged else type_.dtype
        self._data = np.zeros((0, type_.width) if type_.is_matrix else 0, dtype)
        self._valid = np.ones(0, bool)
        self._has_nulls = False
        self._texts: list[str] = []
        self._codes: dict[str, int] = {}
        self._is_string_stored = type_.is_string_stored
        self._ragged = GrowingRows(type_) if is_ragged else None

    def append(self, column: Column, at: int, end: int) -> None:
        """Put rows from `at` to `end`."""
        if end > len(self._data):
            capacity = max(end, CAPACITY_MIN, 2 * len(self._data))
            self._data = _grown(self._data, at, capacity)
            self._valid = _grown(self._valid, at, capacity)
        if column.dictionary is not None:
            self._data[at:end] = self._recoded(column)
        elif self._ragged is not None:
            self._ragged.append(column.ragged_rows, at)
            self._data[at:end] = np.arange(at, end)
        else:
            self._data[at:end] = column.data
        self._valid[at:end] = True if column.valid is None else column.valid
        self._has_nulls |= column.valid is not None and not bool(column.valid.all())

    def view(self, rows: int) -> Column:
        """Return the first `rows` as a column."""
        dictionary = None
        if self._is_string_stored:
            dictionary = GrowingDictionary(self._texts, self._codes, len(self._texts))
        valid = self._valid[:rows] if self._has_nulls else None
        ragged = None if self._ragged is None else self._ragged.view(rows)
        return Column(self.type, self._data[:rows], valid, dictionary, ragged)

    def _recoded(self, column: Column) -> np.ndarray:
        assert column.dictionary is not None
        texts = column.dictionary.values().tolist()
        if not texts:
            return np.zeros(len(column), np.int32)
        mapped = np.empty(len(texts), np.int32)
        for code, text in enumerate(texts):
            known = self._codes.get(text)
            if known is None:
                known = len(self._texts)
                self._texts.append(text)
                self._codes[text] = known
            mapped[code] = known
        recoded: np.ndarray = mapped[column.data]
        return recoded


def _grown(array: np.ndarray, used: int, capacity: int) -> np.ndarray:
    made: np.ndarray = np.zeros((capacity, *array.shape[1:]), array.dtype)
    made[:used] = array[:used]
    return made


class Growing:
    """The delta of one table: its columns, row ids, created versions and deletes.

    `columns` are all the table has ever had, so that each definition finds its own.
    """

    def __init__(self, columns: Mapping[int, schema.Column]) -> None:
        self.rows = 0
        self.bytes = 0
        self.read_to = 0  # the version whose rows came last
        self._definitions = columns
        self._columns: dict[int, GrowingColumn] = {}  # made with the first rows
        self._row_ids = np.zeros(0, np.int64)
        self._created = np.zeros(0, np.int64)
        self.tombstones = Tombstones()
        self._view: MemorySegment | None = None
        self._layout: Layout = ()  # of the view

    def append(self, frame: Frame, version: int, size: int) -> None:
        """Append one commit's rows, of so many bytes as a record.

        What an interrupt leaves half done is done again by the next call: `rows` comes last.
        """
        if version <= self.read_to:
            return
        if not self._columns:
            made = {column_id: GrowingColumn(column.type) for column_id, column in self._definitions.items()}
            self._columns = made
        row_id, count, columns = frame
        end = self.rows + count
        if end > len(self._row_ids):
            capacity = max(end, CAPACITY_MIN, 2 * len(self._row_ids))
            self._row_ids = _grown(self._row_ids, self.rows, capacity)
            self._created = _grown(self._created, self.rows, capacity)
        self._row_ids[self.rows : end] = np.arange(row_id, row_id + count)
        self._created[self.rows : end] = version
        for column_id, grown in self._columns.items():
            column = columns.get(column_id)
            if column is None:
                column = missing(self._definitions[column_id], count)
            grown.append(column, self.rows, end)
        self.bytes += size
        self.rows, self.read_to = end, version

    def view(self, layout: Layout) -> MemorySegment | None:
        """Return the rows so far as a segment of the newest layout, the same object until rows are added."""
        if not self.rows:
            return None
        if self._view is None or self._view.rows != self.rows or self._layout is not layout:
            self._layout = layout
            self._view = MemorySegment(
                layout,
                {column_id: column.view(self.rows) for column_id, column in self._columns.items()},
                self._row_ids[: self.rows],
                self._created[: self.rows],
                self.tombstones,
            )
        return self._view
