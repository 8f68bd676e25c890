"""Rows of segments written anew as one segment file, which nobody names yet. No state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql.errors import DataCorrupted
from vql.storage.columns.column import Column
from vql.storage.files.blobfile import Gathered
from vql.storage.segments import manifest
from vql.storage.segments.layout import Layout
from vql.storage.segments.segment import Segment
from vql.storage.store import Store
from vql.types.forms.ndarrays import I64


def write_rows(
    store: Store,
    table_id: int,
    sources: Sequence[Segment],
    horizon: int,
    once: bool = False,
    until: int | None = None,
) -> tuple[manifest.Record | None, int]:
    """Write the rows of a table's segments, by row id, as one segment file.

    Left out are rows deleted and columns dropped by `horizon`, rows made behind `until`, and with `once` rows
    that stand twice; without, these raise DataCorrupted, as does a blob that is not what was written. Returns
    the record, None where no row is left, and the version from which on the table's history is whole: 0 where
    nothing was left out.

    Row ids and versions are both given out under the write lock, so the order of row ids is also that of
    `created`. Segments overlap in both: a bulk insert is a segment at once, while older rows still wait
    in the delta.
    """
    for segment in sources:
        # What is written anew gets checksums of its own: damage must not get one.
        segment.verify()
    row_ids = np.concatenate([segment.row_ids() for segment in sources])
    created = np.concatenate([np.broadcast_to(segment.created, segment.rows) for segment in sources])
    kept = [np.ones(segment.rows, bool) for segment in sources]
    for segment, mask in zip(sources, kept, strict=True):
        mask[segment.tombstones.done_by(horizon)] = False
        if until is not None:
            mask &= np.broadcast_to(segment.created, segment.rows) <= until
    order = np.flatnonzero(np.concatenate(kept))
    layout = store.columns_since(table_id, horizon)
    left_out = len(order) < len(row_ids) or len(layout) < len(store.columns_since(table_id, 0))
    forgotten = horizon if left_out else 0
    if not len(order):
        return None, forgotten
    if not (np.diff(row_ids) > 0).all():
        order = order[np.argsort(row_ids[order], kind="stable")]
        twice = np.flatnonzero(np.diff(row_ids[order]) == 0)
        if len(twice) and not once:
            raise DataCorrupted(
                f"table {table_id}: two rows have the row id {row_ids[order[twice[0]]]}",
                hint="run `vql repair`",
            )
        order = np.delete(order, twice + 1)
    row_ids, created = row_ids[order], created[order]
    consecutive = bool((np.diff(row_ids) == 1).all())
    constant = bool((created == created[0]).all())
    columns, gathered = gathered_columns(layout, [s.laid_out(layout) for s in sources], order)
    record = manifest.write_segment(
        store.new_file("segments"),
        columns,
        None if consecutive else row_ids,
        None if constant else created,
        gathered,
    )
    record["rows"] = len(order)
    record["row_id"] = int(row_ids[0]) if consecutive else None
    record["created"] = int(created[0]) if constant else None
    record["max_created"] = int(created[-1])
    return record, forgotten


def gathered_columns(
    layout: Layout, sources: Sequence[Segment], order: I64
) -> tuple[dict[int, Column], dict[int, Gathered]]:
    """Return the columns of rows in order; of vectors validity alone, their data to be gathered. By
    column id."""
    columns: dict[int, Column] = {}
    gathered: dict[int, Gathered] = {}
    for position, definition in enumerate(layout):
        parts = [segment.column(position) for segment in sources]
        if definition.type.is_matrix:
            gathered[definition.column_id] = Gathered([part.data for part in parts], order)
            parts = [Column(part.type, part.data[:, :0], part.valid, None) for part in parts]
        columns[definition.column_id] = Column.concat(parts).take(order)
    return columns, gathered
