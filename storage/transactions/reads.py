"""What a SERIALIZABLE transaction has read, so that its commit can tell whether that still holds.

Optimistic concurrency control with backward validation (Kung and Robinson 1981): under the write lock a
commit asks of every read whether commits behind the snapshot have changed what it gave. If none has, the
transaction might have run at that moment, alone: transactions are serialized in the order of their commits.
One that changes nothing might have run at the moment of its snapshot, and needs no look. It is stricter than
PostgreSQL's serializable snapshot isolation, which lets some of these commits pass.

* A table is read as a whole where its segments or keys are asked for through the snapshot that `tracked`
  returns: whoever reads, it cannot be forgotten.
* Rows of a plan over one table are noted as `RowsRead` and read through the snapshot itself: asked are the
  rows that came or went since, whether it would have chosen one.

It belongs to its transaction, and asks under LMDB's write lock, where it may take Store.lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from vql import schema
from vql.errors import SerializationFailure
from vql.storage.catalog import touched_since
from vql.storage.files.metastore import Batch, key
from vql.storage.segments.records import decode_deletes
from vql.storage.segments.segment import MemorySegment, Segment, some_rows
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store


class RowsRead(Protocol):
    """Rows of one table that were chosen by some condition."""

    table_id: int

    def is_of(self, segments: Sequence[Segment]) -> bool:
        """Whether any of the rows of some segments would have been chosen."""


class Reads:
    """See the module."""

    def __init__(self) -> None:
        self.tables: set[int] = set()
        self.rows: list[RowsRead] = []

    def tracked(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot whose tables are noted as they are read."""

        def find_segments(table: schema.Table, _: int) -> tuple[Segment, ...]:
            self.tables.add(table.table_id)
            return snapshot.segments(table.table_id)

        def find_key(encoded: bytes) -> tuple[int, int]:
            self.tables.add(snapshot.table_of_key(int.from_bytes(encoded[:8], "big")))
            return snapshot.find_key(encoded)

        return replace(snapshot, kept_segments={}, find_segments=find_segments, find_key=find_key)

    def validate(self, store: Store, before: Snapshot, batch: Batch, head: int) -> None:
        """Raise 40001 where commits behind a snapshot have changed what was read on it; under the write
        lock."""
        touched = touched_since(batch, before.version, head)
        read = self.tables | {each.table_id for each in self.rows}
        if touched is None or touched & self.tables:
            raise not_serializable()
        changed = {table_id: changed_rows(store, before, batch, table_id) for table_id in touched & read}
        if any(each.table_id in changed and each.is_of(changed[each.table_id]) for each in self.rows):
            raise not_serializable()


def changed_rows(store: Store, before: Snapshot, batch: Batch, table_id: int) -> list[MemorySegment]:
    """Return the rows of a table that have come or gone since a snapshot. Raises 40001 where its definition
    is another one."""
    newest, since = store.snapshot(), before.version
    table = newest.tables_by_id.get(table_id)
    if table is None or before.tables_by_id.get(table_id) != table:
        raise not_serializable()
    frames = batch.range("deletes", key(table_id, since + 1), key(table_id))
    gone = np.concatenate([np.empty(0, np.int64), *(decode_deletes(raw)[0] for _, raw in frames)])
    gone.sort()
    found = [(segment, segment.offsets_of(gone)) for segment in before.segments(table_id)]
    for segment in newest.segments(table_id):
        visible = segment.visible(newest.version)
        made = np.broadcast_to(np.asarray(segment.created) > since, segment.rows)
        found.append((segment, np.flatnonzero(made if visible is None else made & visible)))
    return [some_rows(segment, offsets, table) for segment, offsets in found if len(offsets)]


def not_serializable() -> SerializationFailure:
    """Return the error of a transaction that fits no serial order."""
    return SerializationFailure(
        "could not serialize access due to read/write dependencies among transactions",
        hint="The transaction might succeed if retried.",
    )
