"""The rows of a query of WITH as a table of the snapshot that the rest of its statement sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vql import schema
from vql.executor.assignment import as_stored
from vql.executor.rows.batch import RecordBatch
from vql.storage.segments.segment import MemorySegment, Tombstones
from vql.storage.snapshot import Snapshot


def with_rows(snapshot: Snapshot, table: schema.Table, rows: RecordBatch) -> Snapshot:
    """Return a snapshot with a table of some rows more."""
    columns = [as_stored(target, column) for target, column in zip(table.columns, rows.data, strict=False)]
    stored = dict(zip(table.column_ids, columns, strict=False))
    segment = MemorySegment(table.columns, stored, np.arange(rows.rows), 0, Tombstones())
    return replace(
        snapshot, tables=snapshot.tables.having(table.qualified, table),
        kept_segments={**snapshot.kept_segments, table.table_id: (segment,)},
    )  # fmt: skip
