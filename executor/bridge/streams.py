"""What a query reads of a table, as a stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql import schema
from vql.executor.bridge.arrow import ColumnStream, text_stream
from vql.language import ast
from vql.language.analyze.used import ROW_IDS
from vql.storage.columns.column import Column
from vql.storage.snapshot import Snapshot
from vql.types.type import BIGINT


def visible_stream(snapshot: Snapshot, table: schema.Table, positions: Sequence[int]) -> ColumnStream:
    """Return the rows a snapshot sees as a stream, one batch a segment; at ROW_IDS their ids."""
    names = [ast.ROW if i == ROW_IDS else table.columns[i].name for i in positions]
    types = [BIGINT if i == ROW_IDS else table.columns[i].type for i in positions]
    batches: list[tuple[Column, ...]] = []
    for segment in snapshot.segments(table.table_id):
        visible = segment.visible(snapshot.version)
        columns = tuple(
            Column(BIGINT, segment.row_ids(), None, None) if i == ROW_IDS else segment.column(i)
            for i in positions
        )
        if visible is not None:
            offsets = np.flatnonzero(visible)
            columns = tuple(column.take(offsets) for column in columns)
        if columns and len(columns[0]):
            batches.append(columns)
    return text_stream(names, types, batches)
