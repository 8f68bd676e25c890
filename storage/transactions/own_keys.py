"""The unique keys of a transaction's own rows, and how it keeps others from keys.

Own rows are in no `keys` yet: their keys are kept beside them, made when they are first asked for. A key is
locked before it is looked at, so that what is found stays so; a row that another session is about to change
or delete may give its key away, and is waited for. Belongs to its transaction and that one's thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import numpy as np

from vql import schema
from vql.constraints import UniqueKey
from vql.deadline import watched
from vql.errors import NotSupportedError
from vql.storage.columns.column import Column
from vql.storage.keys import hashes_of, keys_of
from vql.storage.locks.modes import Kind, RelationLock, RowLock, Wanted
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.segments.expiry import is_expired
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.storage.transactions.key_entries import duplicate_key
from vql.storage.transactions.pending import Changes, PendingKeys
from vql.types.forms.ndarrays import I64

Columns = tuple[Column, ...]
# The version that a key was looked up at where `keys` does not say who has it.
NOBODY_KNOWS = -1


class Owner(Protocol):
    """The transaction."""

    store: Store
    snapshot: Snapshot
    locks: SessionLocks
    is_brief: bool

    @property
    def changes(self) -> Changes: ...

    def table(self, table_id: int) -> schema.Table: ...

    def view(self) -> Snapshot: ...

    def lock_rows(self, table: schema.Table, row_ids: I64, mode: RowLock) -> I64: ...

    def delete(self, table: schema.Table, row_ids: I64) -> None: ...

    def has_deleted(self, table: schema.Table, row_id: int) -> bool: ...

    def is_deferred(self, made: UniqueKey) -> bool: ...

    def wait_for_changes(self, table: schema.Table, row_ids: I64) -> bool: ...


class OwnKeys:
    """See the module. `pending` are the keys that are kept, by table."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.pending: dict[int, PendingKeys] = {}
        # Rows whose keys are looked at when their statement ends.
        self._due: list[tuple[schema.Table, UniqueKey, Columns]] = []

    def forget(self, table_id: int) -> None:
        """Forget the keys of a table's rows."""
        self.pending.pop(table_id, None)

    def add(self, table: schema.Table, columns: Columns) -> None:
        """Take note of further rows of a table whose keys are kept."""
        self.pending[table.table_id].add(table, columns)

    def check(self, table: schema.Table, columns: Columns) -> None:
        """Lock new keys; raise 23505 where one is that of a row there is, or comes twice, of deferrable ones
        later (`settle`)."""
        pending = self._keys_of(table)
        seen: set[bytes] = set()
        for unique in table.unique_keys:
            encoded = keys_of(unique, columns)
            self.lock(unique.key_id, [each for each in encoded if each is not None])
            if unique.is_deferrable:
                if not self._owner.is_deferred(unique):
                    self._due.append((table, unique, columns))
                continue
            for place, each in enumerate(encoded):
                if each is None:
                    continue
                own = pending.find(each)
                is_own = own >= 0 and not self._owner.has_deleted(table, own)
                if each in seen or is_own or self._is_taken(table, each):
                    raise duplicate_key(table, unique, columns, place)
                seen.add(each)

    def drop_expired(self, table: schema.Table, columns: Columns) -> bool:
        """Delete rows that have expired and have keys of new ones, but for those that others have deleted by
        now; returns whether there are any. Raises as `Transaction.lock_rows`."""
        owner, gone = self._owner, set[int]()
        has_own = table.table_id in owner.changes.inserts
        snapshot = owner.view() if has_own or table.table_id in owner.changes.tables else owner.snapshot
        segments = snapshot.segments(table.table_id)
        for unique in table.unique_keys:
            for encoded in watched(keys_of(unique, columns)):
                if encoded is None:
                    continue
                own = self._keys_of(table).find(encoded) if has_own else -1
                for row_id in (own, owner.snapshot.find_key(encoded)[0]):
                    if row_id < 0 or row_id in gone or owner.has_deleted(table, row_id):
                        continue
                    if is_expired(segments, row_id, snapshot.version):
                        gone.add(row_id)
        ids = np.array(sorted(gone), np.int64)
        owner.delete(table, np.setdiff1d(ids, owner.lock_rows(table, ids, RowLock.CHANGE)))
        return bool(gone)

    def settle(self) -> None:
        """Look at the deferrable keys of rows whose statement has ended. Raises 23505."""
        due, self._due = self._due, []
        for table, unique, columns in due:
            self._require_single(table, unique, columns)

    def check_deferrable(self, tables: Mapping[int, schema.Table], names: Collection[int] = ()) -> None:
        """Look at the deferrable keys of all own rows of the tables there are, or those of some ids. Raises
        23505."""
        for table_id, batches in self._owner.changes.inserts.items():
            table = tables.get(table_id)
            for unique in table.unique_keys if table is not None else ():
                assert table is not None, "it has keys"
                if unique.is_deferrable and (not names or unique.constraint_id in names):
                    for columns in batches:
                        self._require_single(table, unique, columns)

    def _require_single(self, table: schema.Table, unique: UniqueKey, columns: Columns) -> None:
        """Raise 23505 where two rows have one of the keys of some rows."""
        pending, owner = self._keys_of(table), self._owner
        for place, each in enumerate(watched(keys_of(unique, columns))):
            if each is None:
                continue
            own = [row_id for row_id in pending.find_all(each) if not owner.has_deleted(table, row_id)]
            if len(own) > 1 or own and self._is_taken(table, each):
                raise duplicate_key(table, unique, columns, place)

    def lock(self, key_id: int, encoded: list[bytes], mode: RelationLock = RelationLock.EXCLUSIVE) -> bool:
        """Keep others from inserting and deleting rows with these keys, in SHARE from deleting alone; waits
        for who is about to. Returns whether anybody was."""
        if not encoded:
            return False
        owner = self._owner
        wanted = Wanted(Kind.KEY, mode, key_id, hashes_of(encoded))
        if owner.is_brief:
            return owner.locks.wait_for(wanted)
        waited = owner.locks.acquire(wanted)
        owner.store.settle()
        return waited

    def has(self, table: schema.Table, encoded: bytes) -> bool:
        """Whether a row has a key: an own one, or one committed by now that the transaction leaves there."""
        owner = self._owner
        own = self._keys_of(table).find(encoded)
        if own >= 0 and not owner.has_deleted(table, own):
            return True
        if self._is_undropped(int.from_bytes(encoded[:8], "big")):
            what = f'keys of table "{table.name}" in the transaction that undrops it'
            raise NotSupportedError(f"looking for {what} is not supported", hint="COMMIT first.")
        row_id, _ = owner.snapshot.find_key(encoded)
        return row_id >= 0 and not owner.has_deleted(table, row_id)

    def find(self, encoded: bytes) -> tuple[int, int]:
        """Look among own rows first. What `keys` says of a row this transaction has deleted, or does
        not see yet, `locate` finds out."""
        owner, key_id = self._owner, int.from_bytes(encoded[:8], "big")
        for table_id in owner.changes.inserts:
            table = owner.table(table_id)
            if key_id in [unique.key_id for unique in table.unique_keys]:
                own = self._keys_of(table).find(encoded)
                if own >= 0 and not owner.has_deleted(table, own):
                    return own, owner.snapshot.version
        row_id, version = owner.snapshot.find_key(encoded)
        return row_id, NOBODY_KNOWS if self._is_undropped(key_id) else version

    def _is_undropped(self, key_id: int) -> bool:
        """Whether a key is one of a table that is there again, whose entries the commit makes."""
        changes = self._owner.changes
        tables = (changes.tables.get(table_id) for table_id in changes.undropped)
        return any(key_id == key.key_id for table in tables if table is not None for key in table.unique_keys)

    def _is_taken(self, table: schema.Table, encoded: bytes) -> bool:
        """Whether a committed row has a key, once nobody is about to take it from it."""
        owner = self._owner
        while True:
            row_id, _ = owner.snapshot.find_key(encoded)
            if row_id < 0 or owner.has_deleted(table, row_id):
                return False
            if not owner.wait_for_changes(table, np.array([row_id], np.int64)):
                return True

    def _keys_of(self, table: schema.Table) -> PendingKeys:
        """Return the keys of the transaction's rows, made on first need."""
        keys = self.pending.get(table.table_id)
        if keys is None:
            keys = self.pending[table.table_id] = PendingKeys()
            for rows in self._owner.changes.inserts.get(table.table_id, ()):
                keys.add(table, rows)
        return keys
