"""What a query reads of a table, as a stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql import schema
from vql.executor.bridge.arrow import ColumnStream, text_stream
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot


def visible_stream(snapshot: Snapshot, table: schema.Table, positions: Sequence[int]) -> ColumnStream:
    """Return the rows a snapshot sees as a stream, one batch a segment."""
    names = [table.columns[i].name for i in positions]
    types = [table.columns[i].type for i in positions]
    batches: list[tuple[Column, ...]] = []
    for segment in snapshot.segments(table.table_id):
        visible = segment.visible(snapshot.version)
        columns = tuple(segment.column(i) for i in positions)
        if visible is not None:
            offsets = np.flatnonzero(visible)
            columns = tuple(column.take(offsets) for column in columns)
        if columns and len(columns[0]):
            batches.append(columns)
    return text_stream(names, types, batches)
