"""Index builds: which indexes sealed segments lack, and one index of one segment built and named.

The file of an index is written first; then a swap names it in the segment's manifest record, if the
segment and the definition are still there. A crash between the two leaves a file that nobody names.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import Any

import numpy as np

from vql import schema
from vql.errors import QueryCanceled
from vql.limits import INDEX_LAYOUT, INDEX_ROWS_MIN
from vql.storage.files.blobfile import Blob, raw_places, write_blobs
from vql.storage.files.failpoint import failpoint
from vql.storage.index.sorted import build_scalar_index
from vql.storage.segments.segment import SealedSegment
from vql.storage.store import Store, TableState
from vql.storage.swap import AddIndex, swap

Progress = Callable[[str, float], None]


def build_indexes(
    store: Store,
    table: schema.Table,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Build every index a sealed segment lacks. Raises 57014 when cancelled."""
    work = missing_indexes(store.state(table.table_id))
    for place, (segment, index) in enumerate(work):
        if cancelled is not None and cancelled():
            raise QueryCanceled("canceling statement due to user request")

        def report(phase: str, fraction: float, place: int = place) -> None:
            if progress is not None:
                progress(phase, (place + fraction) / len(work))

        build_index(store, table, segment, index, report, cancelled)


def missing_indexes(state: TableState) -> list[tuple[SealedSegment, schema.Index]]:
    """Return the indexes that a table's segments should have and have not."""
    if state.dropped:
        return []
    wanted = [index for index in state.table.indexes if not index.primary]
    return [
        (segment, index)
        for segment in state.sealed
        for index in wanted
        if is_worth_indexing(segment.rows) and not has_index(segment, index)
    ]


def is_worth_indexing(rows: int) -> bool:
    """Whether so many rows of a segment are worth an index."""
    return rows >= INDEX_ROWS_MIN


def has_index(segment: SealedSegment, index: schema.Index) -> bool:
    """Whether a segment has an index; of vectors, of the layout that is written now."""
    entry = segment.record["indexes"].get(str(index.index_id))
    return entry is not None and (not index.metric or entry["info"].get("layout") == INDEX_LAYOUT)


def build_index(
    store: Store,
    table: schema.Table,
    segment: SealedSegment,
    index: schema.Index,
    progress: Progress,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Build one index of one segment and name it in the manifest."""
    laid = segment.laid_out(table.columns)
    info: dict[str, Any] = {"method": index.method}
    positions = [table.position(name) for name in index.columns]
    columns = [laid.column(position) for position in positions]
    if not index.metric:
        # A hash index is kept in the same form, which answers equality as well.
        info = {"method": "btree"}
        blobs: dict[str, Blob] = dict(build_scalar_index(columns))
    else:
        # faiss is loaded for vectors alone.
        from vql.storage.index.kinds import build

        built = build(columns[0], index, os.cpu_count() or 1, progress, cancelled)
        info = built.info
        blobs = {
            part: blob if isinstance(blob, np.ndarray) else np.frombuffer(blob, np.uint8)
            for part, blob in built.blobs.items()
        }
    name = f"indexes/{secrets.token_hex(8)}.mdb"
    if index.metric:
        info["layout"] = INDEX_LAYOUT
    places = write_blobs(store.path / name, blobs)
    failpoint("after-index-file")
    entry = {
        "file": name, "columns": [table.column_ids[at] for at in positions], "metric": index.metric,
        "info": info, "blobs": raw_places(places),
    }  # fmt: skip
    swap(store, AddIndex(table.table_id, segment.segment_id, index.index_id, entry))
