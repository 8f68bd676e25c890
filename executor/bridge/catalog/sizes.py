"""How many bytes tables, indexes and databases take on disk."""

from __future__ import annotations

from pathlib import Path

from vql import schema
from vql.executor.bridge.catalog.found import index_at, name_of_relation
from vql.storage.segments.segment import SealedSegment
from vql.storage.snapshot import Snapshot

BLOCK_BYTES = 512  # of st_blocks: files of LMDB have holes


def relation_size(oid: int, snapshot: Snapshot) -> int | None:
    """Return the bytes of a table's rows or of an index, None where there is no such relation."""
    table = snapshot.tables_by_id.get(oid)
    if table is not None:
        places = [place for s in _sealed(table, snapshot) for place in s.record["blobs"].values()]
        return sum(int(place[1]) for place in places)
    index = index_at(oid, snapshot)
    if index is not None:
        return _index_size(index[0], oid, snapshot)
    return None if name_of_relation(oid, snapshot) is None else 0


def indexes_size(oid: int, snapshot: Snapshot) -> int | None:
    """Return the bytes of all indexes of a table."""
    table = snapshot.tables_by_id.get(oid)
    return None if table is None else sum(_index_size(table, i.index_id, snapshot) for i in table.indexes)


def folder_size(folder: Path) -> int:
    """Return the bytes of the files of a database. Files that go meanwhile are none."""
    found = 0
    for path in folder.rglob("*"):
        try:
            found += path.stat().st_blocks * BLOCK_BYTES
        except FileNotFoundError:
            continue
    return found


def _index_size(table: schema.Table, index_id: int, snapshot: Snapshot) -> int:
    return sum(
        int(place[1])
        for segment in _sealed(table, snapshot)
        for built in [segment.record["indexes"].get(str(index_id))]
        if built is not None
        for place in built["blobs"].values()
    )


def _sealed(table: schema.Table, snapshot: Snapshot) -> list[SealedSegment]:
    segments = snapshot.segments(table.table_id)
    return [each.whole for each in segments if isinstance(each.whole, SealedSegment)]
