"""Foreign keys at the commit, under the write lock.

A statement has looked whether what its rows refer to is there, and what refers to the rows that go
(`vql.executor.constraints.referential`). What others have committed between that and the lock is looked at
here: `keys` tells whether what rows refer to is there; who refers to a key that is gone is sought among the
rows that came since. Who has a lock on a key is waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from vql import schema
from vql.deadline import watched
from vql.errors import SerializationFailure
from vql.storage.columns.column import Column
from vql.storage.files.metastore import Batch
from vql.storage.keys import hashes_of, keys_of
from vql.storage.locks.modes import Kind, RelationLock, Wanted
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.storage.transactions.isolation import Isolation
from vql.storage.transactions.key_entries import deleted_rows
from vql.storage.transactions.pending import Changes, Rows
from vql.storage.transactions.references import (
    Definitions,
    Reference,
    first_without,
    missing_key,
    references_of,
    references_to,
)
from vql.types.forms.ndarrays import I64


class LocksHeld(Exception):
    """Others hold locks against a commit; it can be tried again when they are free."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted


class Basis(Protocol):
    """What changes were made on: a transaction, as its commit sees it."""

    snapshot: Snapshot
    since: int  # the version of the oldest snapshot that its changes come from
    is_brief: bool  # whether it holds no locks
    isolation: Isolation
    locks: SessionLocks
    is_loose: bool  # whether its commit may be durable a little later

    def validate(self, batch: Batch, head: int) -> None:
        """Raise 40001 where what was read has been changed since, in a serializable transaction."""


class ReferenceCheck:
    """The foreign keys of one commit."""

    def __init__(self, store: Store, basis: Basis, changes: Changes, batch: Batch) -> None:
        self._store = store
        self._basis = basis
        self._changes = changes
        self._batch = batch

    def locks(self, definitions: Definitions, rows: Mapping[int, Sequence[Rows]]) -> Iterator[Wanted]:
        """Yield the locks that others must not hold: who is about to delete what rows refer to, or to refer
        to rows that go, has them."""
        for table_id, columns in _batches(rows):
            for reference in _of(definitions.get(table_id), definitions):
                encoded = reference.keys_referred_to(columns)
                yield _wanted(RelationLock.SHARE, reference.made.key_id, encoded)
        for table_id, row_ids in self._changes.deletes.items():
            found = {r.target: r.referenced for r in _to(definitions.get(table_id), definitions)}
            for target, table in found.items():
                kept = {each for batch in rows.get(table_id, ()) for each in keys_of(target, batch)}
                for before in self._deleted(table, row_ids, target.positions):
                    gone = [each for each in keys_of(target, before) if each not in kept]
                    yield _wanted(RelationLock.EXCLUSIVE, target.key_id, gone)

    def check(self, definitions: Definitions, rows: Mapping[int, Sequence[Rows]]) -> None:
        """Raise 23503 where what a row refers to is gone, 40001 where a row has come that refers to what
        goes; all keys of the commit have been written."""
        for table_id, columns in _batches(rows):
            for reference in _of(definitions.get(table_id), definitions):
                found = reference.keys_referred_to(columns)
                wanted = {each for each in found if each is not None}
                there = {each for each in watched(list(wanted)) if self._is_there(each)}
                place = first_without(found, there)
                if place >= 0:
                    raise missing_key(reference, columns, place)
        for table_id, row_ids in self._changes.deletes.items():
            for reference in _to(definitions.get(table_id), definitions):
                target = reference.target
                gone = {
                    each
                    for rows_ in self._deleted(reference.referenced, row_ids, target.positions)
                    for each in keys_of(target, rows_)
                    if each is not None and not self._is_there(each)
                }
                if gone and self._is_referred_to(reference, gone):
                    raise SerializationFailure("could not serialize access due to concurrent update")

    def _deleted(
        self, table: schema.Table, row_ids: I64, positions: Collection[int]
    ) -> Iterator[dict[int, Column]]:
        return deleted_rows(self._basis.snapshot, table, row_ids, positions)

    def _is_there(self, encoded: bytes) -> bool:
        return self._batch.get("keys", encoded) is not None

    def _is_referred_to(self, reference: Reference, keys: set[bytes]) -> bool:
        """Whether a row that others have committed since refers to one of some keys."""
        table, newest = reference.table, self._store.snapshot()
        deleted = self._changes.deletes.get(table.table_id, np.empty(0, np.int64))
        for segment in newest.segments(table.table_id):
            visible = segment.visible(newest.version)
            made = np.broadcast_to(np.asarray(segment.created) > self._basis.since, segment.rows)
            offsets = np.flatnonzero(made if visible is None else made & visible)
            offsets = offsets[~np.isin(segment.row_ids(offsets), deleted)]
            if not len(offsets):
                continue
            laid = segment.laid_out(table.stored)
            columns = {position: laid.column(position).take(offsets) for position in reference.positions}
            if not keys.isdisjoint(reference.keys_referred_to(columns)):
                return True
        return False


def _wanted(mode: RelationLock, key_id: int, encoded: Sequence[bytes | None]) -> Wanted:
    return Wanted(Kind.KEY, mode, key_id, hashes_of([each for each in encoded if each is not None]))


def _batches(rows: Mapping[int, Sequence[Rows]]) -> Iterator[tuple[int, Rows]]:
    return ((table_id, batch) for table_id, batches in rows.items() for batch in batches)


def _of(table: schema.Table | None, tables: Definitions) -> Iterator[Reference]:
    return references_of(table, tables) if table is not None else iter(())


def _to(table: schema.Table | None, tables: Definitions) -> Iterator[Reference]:
    return references_to(table, tables) if table is not None else iter(())
