"""Index builds: which indexes sealed segments lack, and one index of one segment built and named.

The file of an index is written first; then a swap names it in the segment's manifest record, if the
segment and the definition are still there. A crash between the two leaves a file that nobody names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence

import numpy as np

from vql import schema
from vql.deadline import check_deadline
from vql.limits import INDEX_ROWS_MIN
from vql.storage.files.blobfile import Blob, write_blobs
from vql.storage.files.failpoint import failpoint
from vql.storage.index.kind import Device
from vql.storage.index.record import IndexRecord, is_current, pack
from vql.storage.index.registry import foreign_code, kind_of
from vql.storage.segments.manifest import named
from vql.storage.segments.segment import SealedSegment
from vql.storage.store import Store
from vql.storage.swap import AddIndex, swap
from vql.storage.table_state import TableContents

Progress = Callable[[str, float], None]


def build_indexes(
    store: Store, table: schema.Table, progress: Progress | None = None, anew: Collection[int] = frozenset()
) -> None:
    """Build every index a sealed segment lacks, and those of the ids `anew` that it has. Raises 57014."""
    work = missing_indexes(store.contents(table.table_id), anew)
    for place, (segment, index) in enumerate(work):
        check_deadline()

        def report(phase: str, fraction: float, place: int = place) -> None:
            if progress is not None:
                progress(phase, (place + fraction) / len(work))

        build_segment_index(store, table, segment, index, report)


def missing_indexes(
    state: TableContents, anew: Collection[int] = frozenset()
) -> list[tuple[SealedSegment, schema.Index]]:
    """Return the indexes that a table's segments should have and have not, or are to have `anew`."""
    if state.is_dropped:
        return []
    wanted = _distinct(state.table.indexes)
    return [
        (segment, index)
        for segment in state.sealed
        for index in wanted
        if is_worth_indexing(segment.rows)
        and (lacks(segment, index, state.table) or index.index_id in anew and kind_of(index, state.table))
    ]


def _distinct(indexes: Sequence[schema.Index]) -> list[schema.Index]:
    """Return the indexes to build: of partial ones that are built alike, over all rows as they are, the
    first."""
    made: list[schema.Index] = []
    for index in indexes:
        if not index.primary and not (index.condition and any(map(index.is_alike, made))):
            made.append(index)
    return made


def is_worth_indexing(rows: int) -> bool:
    """Whether so many rows of a segment are worth an index."""
    return rows >= INDEX_ROWS_MIN


def lacks(segment: SealedSegment, index: schema.Index, table: schema.Table) -> bool:
    """Whether an index is to be built: there is none, one that is damaged or of another layout than is
    written now; and its kind is there to build it."""
    entry = segment.record["indexes"].get(str(index.index_id))
    kind = kind_of(index, table)
    return kind is not None and (
        entry is None or not is_current(entry["info"], kind) or index.index_id in segment.damaged_indexes()
    )


def build_segment_index(
    store: Store,
    table: schema.Table,
    segment: SealedSegment,
    index: schema.Index,
    progress: Progress,
) -> None:
    """Build one index of one segment and name it in the manifest. Raises 57014, and 38000 where a third
    party's kind fails."""
    kind = kind_of(index, table)
    assert kind is not None, "indexes of missing kinds are not built"

    def step(phase: str, fraction: float) -> None:
        check_deadline()
        progress(phase, fraction)

    laid = segment.laid_out(table.stored)
    positions = [table.stored_position(name) for name in index.columns]
    with foreign_code(index.method, "build an index"):
        columns = [laid.column(position) for position in positions]
        built = kind.build(columns, index, Device(os.cpu_count() or 1), step)
    blobs: dict[str, Blob] = {
        name: blob if isinstance(blob, np.ndarray) else np.frombuffer(blob, np.uint8)
        for name, blob in built.blobs.items()
    }
    path = store.new_file("indexes")
    places = write_blobs(path, blobs)
    failpoint("after-index-file")
    ids = tuple(table.column_ids[position] for position in positions)
    record = IndexRecord(named(path), ids, index.metric, index.method, built.info, places)
    swap(store, AddIndex(table.table_id, segment.segment_id, index.index_id, pack(record, kind)))
