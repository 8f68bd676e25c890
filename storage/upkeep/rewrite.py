"""Rows of segments written anew as one segment file, which nobody names yet. No state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vql import schema
from vql.storage.columns.column import Column
from vql.storage.files.blobfile import Gathered
from vql.storage.segments import manifest
from vql.storage.segments.segment import Segment
from vql.types.type import I64


def write_rows(
    folder: Path, table: schema.Table, sources: Sequence[Segment], horizon: int
) -> tuple[manifest.Record | None, bool]:
    """Write the rows of segments, by row id, as one segment file below a folder.

    Returns its record, None where no row is left, and whether rows deleted by `horizon` were left
    out. Row ids and versions are both given out under the write lock, so the order of row ids is
    also that of `created`. Segments overlap in both: a bulk insert is a segment at once, while older
    rows still wait in the delta.
    """
    row_ids = np.concatenate([segment.row_ids() for segment in sources])
    created = np.concatenate([np.broadcast_to(segment.created, segment.rows) for segment in sources])
    kept = [np.ones(segment.rows, bool) for segment in sources]
    for segment, mask in zip(sources, kept, strict=True):
        mask[segment.tombstones.done_by(horizon)] = False
    order = np.flatnonzero(np.concatenate(kept))
    expired = len(order) < len(row_ids)
    if not len(order):
        return None, expired
    if not (np.diff(row_ids) > 0).all():
        order = order[np.argsort(row_ids[order])]
    row_ids, created = row_ids[order], created[order]
    consecutive = bool((np.diff(row_ids) == 1).all())
    constant = bool((created == created[0]).all())
    columns, gathered = gathered_columns(table, sources, order)
    record = manifest.write_segment(
        folder, columns, None if consecutive else row_ids, None if constant else created, gathered
    )
    record["rows"] = len(order)
    record["row_id"] = int(row_ids[0]) if consecutive else None
    record["created"] = int(created[0]) if constant else None
    record["max_created"] = int(created[-1])
    return record, expired


def gathered_columns(
    table: schema.Table, sources: Sequence[Segment], order: I64
) -> tuple[list[Column], dict[int, Gathered]]:
    """Return the columns of rows in order; of vectors validity alone, their data to be gathered."""
    columns: list[Column] = []
    gathered: dict[int, Gathered] = {}
    for position, definition in enumerate(table.columns):
        parts = [segment.column(position) for segment in sources]
        if definition.type.is_matrix:
            gathered[position] = Gathered([part.data for part in parts], order)
            parts = [Column(part.type, part.data[:, :0], part.valid, None) for part in parts]
        columns.append(Column.concat(parts).take(order))
    return columns, gathered
