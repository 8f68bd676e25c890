"""What rows are read from: a segment, some of its rows, or columns held in memory."""

from __future__ import annotations

from typing import Protocol

from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import I64


class Source(Protocol):
    """Rows by columns; a segment is one."""

    rows: int

    def column(self, position: int) -> Column: ...


class ColumnSource:
    """Columns in memory as a source, for rows that are being changed."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        self.rows = len(columns[0]) if columns else 0

    def column(self, position: int) -> Column:
        return self.columns[position]


class RowSource:
    """Some rows of a segment, or of another source, as a source."""

    def __init__(self, whole: Source, offsets: I64) -> None:
        self.whole = whole
        self.offsets = offsets
        self.rows = len(offsets)

    def column(self, position: int) -> Column:
        return self.whole.column(position).take(self.offsets)
