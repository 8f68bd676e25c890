"""Transactions: changes on a snapshot, and the locks that keep others from theirs.

Changes collect here, visible to their own transaction through `view`; `vql.storage.commit` checks them
against those of others and applies them.

What it sees of others depends on its isolation (`vql.storage.isolation`).

A transaction of one statement `is_brief`: it takes no locks but waits for those of others, its commit finds
out what came between, and it is run again then, at last with locks. Any other locks the rows and keys that it
changes as it changes them; what it has locked nobody else changes before its end.

Invariants
* `Changes` is immutable: a savepoint is a reference, a view stays what it was.
* Nobody else sees anything of a transaction before its commit; numbers of sequences alone are taken at
  once and never given back.
* Rows inserted stand in the layout of the newest definition, that of this transaction.
* A row is locked first and looked at then: what is not changed in a snapshot taken behind the lock stays so.

A Transaction belongs to one thread and has no lock; nothing of it is on disk before the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from vql import schema
from vql.errors import SerializationFailure, UndefinedObject
from vql.limits import BULK_ROWS_MIN
from vql.storage.catalog import FIRST_OBJECT_ID, Namespace, take_numbers, touched_since
from vql.storage.columns.column import Column
from vql.storage.commit import (
    LocksHeld,
    commit,
    duplicate_key,
    duplicate_snapshot,
    new_names,
    require_free,
    same_rows,
)
from vql.storage.definitions import identified, moved
from vql.storage.files.metastore import Batch
from vql.storage.isolation import Isolation, Restart, concurrent_update
from vql.storage.keys import hashes_of, keys_of
from vql.storage.locks.modes import ALL, Kind, RelationLock, RowLock, Wanted
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.pending import (
    PENDING_ROW_ID,
    Changes,
    Naming,
    PendingKeys,
    PendingSegments,
    pending_segments,
    relaid,
    stacked,
    without_own_deletes,
)
from vql.storage.reads import Reads, RowsRead
from vql.storage.segments.segment import OverlaidSegment, Segment
from vql.storage.snapshot import Snapshot, closed_table
from vql.storage.store import Store
from vql.types.ndarrays import I64, sorted_distinct

# More rows than these are locked as all of their table.
ROWS_LOCKED_MAX = 50_000
NO_ROWS = np.empty(0, np.int64)
NO_NUMBERS: Mapping[int, int] = MappingProxyType({})


class Transaction:
    """One transaction on a snapshot; used by one thread."""

    def __init__(
        self,
        store: Store,
        snapshot: Snapshot,
        locks: SessionLocks | None = None,
        isolation: Isolation = Isolation.READ_COMMITTED,
        is_brief: bool = True,
    ) -> None:
        self.store = store
        self.snapshot = snapshot
        self.locks = locks or SessionLocks(store.locks)
        self.isolation = isolation
        self.is_brief = is_brief
        self.is_upsert = False
        self.reads = Reads()
        self.since = snapshot.version
        self._changes = Changes()
        self._view: Snapshot | None = snapshot
        self._keys: dict[int, PendingKeys] = {}
        # The names of the view, of which tables and which changes of them.
        self._named: tuple[object, object, Namespace] | None = None
        self._segments: dict[int, PendingSegments] = {}

    # -------------------------------------------------------------- changes

    def has_changes(self) -> bool:
        """Whether there is anything to commit."""
        return not self._changes.is_empty

    def savepoint(self) -> object:
        """Return a token to roll back to."""
        return self._changes, self.locks.savepoint()

    def rollback_to(self, token: object) -> None:
        """Forget what was done since the token was taken."""
        assert isinstance(token, tuple)
        changes, mark = token
        self._keys.clear()
        self._set(changes)
        self.locks.release(mark)

    def give_back(self, token: object | None) -> None:
        """Free the locks taken since a token was taken, or all."""
        self.locks.release(token[1] if isinstance(token, tuple) else 0)

    def insert(self, table: schema.Table, columns: tuple[Column, ...], keys_are_new: bool = True) -> None:
        """Add rows: columns as they are stored, coerced, NOT NULL checked. Where it takes locks their keys
        are locked and looked at (23505), but for bulk inserts, which are checked by the commit alone."""
        table_id = table.table_id
        if table_id in self.snapshot.closed:
            raise closed_table(self.snapshot.closed[table_id])
        if not self.is_brief:
            self._enter(table, RelationLock.ROW_EXCLUSIVE)
            if keys_are_new and table.unique_keys and len(columns[0]) < BULK_ROWS_MIN:
                self._check_keys(table, columns)
        batches = stacked(self._changes.inserts.get(table_id, ()), columns)
        self._set(replace(self._changes, inserts={**self._changes.inserts, table_id: batches}))
        if table_id in self._keys:
            self._keys[table_id].add(table, columns)

    def _check_keys(self, table: schema.Table, columns: tuple[Column, ...]) -> None:
        """Lock new keys; raise 23505 where one is that of a row there is, or comes twice."""
        pending = self._pending_keys(table)
        seen: set[bytes] = set()
        for unique in table.unique_keys:
            encoded = keys_of(unique, columns)
            self.lock_keys(unique, [each for each in encoded if each is not None])
            for place, each in enumerate(encoded):
                if each is None:
                    continue
                is_own = (own := pending.find(each)) >= 0 and not self.has_deleted(table, own)
                if each in seen or is_own or self._is_taken(table, each):
                    raise duplicate_key(table, unique, columns, place)
                seen.add(each)

    def lock_keys(self, unique: schema.UniqueKey, encoded: list[bytes]) -> None:
        """Keep others from inserting rows with these keys; waits for who is about to."""
        if not encoded:
            return
        wanted = Wanted(Kind.KEY, RelationLock.EXCLUSIVE, unique.key_id, hashes_of(encoded))
        if self.is_brief:
            self.locks.wait_for(wanted)
        else:
            self.locks.acquire(wanted)
            self.store.settle()

    def _is_taken(self, table: schema.Table, encoded: bytes) -> bool:
        """Whether a committed row has a key, once nobody is about to take it from it."""
        while True:
            row_id, _ = self.snapshot.find_key(encoded)
            if row_id < 0 or self.has_deleted(table, row_id):
                return False
            if not self.wait_for_changes(table, np.array([row_id], np.int64)):
                return True

    def _pending_keys(self, table: schema.Table) -> PendingKeys:
        """Return the keys of this transaction's rows, made on first need."""
        keys = self._keys.get(table.table_id)
        if keys is None:
            keys = self._keys[table.table_id] = PendingKeys()
            for rows in self._changes.inserts.get(table.table_id, ()):
                keys.add(table, rows)
        return keys

    def lock_rows(self, table: schema.Table, row_ids: I64, mode: RowLock) -> I64:
        """Keep others from changing rows, or wait until nobody does; returns the ids of those that others
        have changed since the snapshot. Raises 40P01, 55P03, 57014."""
        wanted = self.rows_wanted(table, row_ids, mode)
        if not len(wanted.minors):
            return wanted.minors
        if self.is_brief:
            if not self.locks.wait_for(relation_of(wanted), wanted):
                return wanted.minors[:0]
            self._require_same(table)
        else:
            self._enter(table, RelationLock(relation_of(wanted).mode))
            self.locks.acquire(wanted)
            self.store.settle()
        return self.changed_since(table, row_ids[row_ids < PENDING_ROW_ID])

    def _enter(self, table: schema.Table, mode: RelationLock) -> None:
        """Lock a table before its rows. Raises Restart, 40001, where others have changed it meanwhile."""
        if self.locks.acquire_relation(table.table_id, mode):
            self._require_same(table)

    def _require_same(self, table: schema.Table) -> None:
        before, now = (s.tables_by_id.get(table.table_id) for s in (self.snapshot, self.store.snapshot()))
        if not same_rows(before, now):
            raise Restart if self.isolation is Isolation.READ_COMMITTED else concurrent_update()

    def rows_wanted(self, table: schema.Table, row_ids: I64, mode: RowLock) -> Wanted:
        """Return the locks of rows; own rows need none."""
        others = row_ids[row_ids < PENDING_ROW_ID]
        minors = others if len(others) <= ROWS_LOCKED_MAX else np.array([ALL], np.int64)
        return Wanted(Kind.ROW, mode, table.table_id, minors)

    def changed_since(self, table: schema.Table, row_ids: I64) -> I64:
        """Return those rows of the snapshot that have been deleted or changed by now."""
        newest = self.store.snapshot()
        is_same = newest.version == self.snapshot.version
        return row_ids[:0] if is_same else row_ids[~newest.has_rows(table.table_id, row_ids)]

    def refresh(self) -> None:
        """Move to what is committed by now, own changes on top. Raises 40001 and 42P07 where others have
        changed the definition of a table that is changed here, or taken its name."""
        newest, before = self.store.snapshot(), self.snapshot
        if newest is before:
            return
        if not self.has_changes():
            self.since = newest.version
        changes = self._changes
        if newest.catalog_version != before.catalog_version:
            self._require_same_definitions(newest)
            if changes.tables:
                changes = replace(changes, catalog_version=next(self.store.private_versions))
        self.snapshot = newest
        self._set(changes)

    def _require_same_definitions(self, newest: Snapshot) -> None:
        before, changes = self.snapshot.tables_by_id, self._changes
        there = newest.tables_by_id
        changed = {t: there.get(t) for t in {*before, *there} if before.get(t) is not there.get(t)}
        names = new_names(self.snapshot, changes)
        for table_id, theirs in changed.items():
            touched = table_id in changes.inserts or table_id in changes.deletes
            if table_id in changes.tables or (touched and not same_rows(before.get(table_id), theirs)):
                raise SerializationFailure("could not serialize access due to concurrent definition change")
            require_free(names, theirs)

    def delete(self, table: schema.Table, row_ids: I64) -> None:
        """Delete rows by id, own ones too."""
        if len(row_ids):
            before, deleted = self._deleted(table.table_id), sorted_distinct(row_ids)
            merged = np.insert(before, np.searchsorted(before, deleted), deleted)
            self._set(replace(self._changes, deletes={**self._changes.deletes, table.table_id: merged}))

    def has_deleted(self, table: schema.Table, row_id: int) -> bool:
        """Whether a row is one that this transaction has deleted."""
        deleted = self._deleted(table.table_id)
        at = int(np.searchsorted(deleted, row_id))
        return at < len(deleted) and bool(deleted[at] == row_id)

    def _deleted(self, table_id: int) -> I64:
        return self._changes.deletes.get(table_id, NO_ROWS)

    def wait_for_changes(self, table: schema.Table, row_ids: I64) -> bool:
        """Wait until nobody else is about to change or delete rows; returns whether anybody was."""
        others = row_ids[row_ids < PENDING_ROW_ID]
        return self.locks.wait_for(Wanted(Kind.ROW, RowLock.LOOK, table.table_id, others))

    def _set(self, changes: Changes) -> None:
        self._changes = changes
        self._view = None

    # -------------------------------------------------------------- definitions

    def create_table(self, table: schema.Table) -> schema.Table:
        """Define a table; returns it with its id."""
        # What is committed with another type cannot be read again.
        for column in table.stored:
            assert column.type.is_storable, f"no type of a column: {column.type}"
        return self.alter_table(replace(table, table_id=self._new_object_id()))

    def alter_table(self, table: schema.Table, numbers: Mapping[int, int] = NO_NUMBERS) -> schema.Table:
        """Give a table another definition; columns without an id are new. Returns it with their ids.
        `numbers` are where sequences that are new begin, by column id."""
        made = identified(table, self.view(), self._new_object_id)
        for column in made.columns:
            if column.column_id in numbers:
                self._take(column.sequence, 0, numbers[column.column_id])
        self._define(made.table_id, made)
        return made

    def lock_table(self, table: schema.Table, mode: RelationLock) -> None:
        """Keep others from a table until the end, and move to what is committed by then; a brief
        transaction is one no more. Raises 40P01, 55P03, 57014."""
        self.is_brief = False
        self.locks.acquire_relation(table.table_id, mode)
        self.store.settle()
        if self.isolation is Isolation.READ_COMMITTED:
            self.refresh()

    def require_newest(self, table: schema.Table) -> None:
        """Raise 40001 where others have changed rows of a locked table since the snapshot."""
        with self.store.metastore.read() as batch:
            touched = touched_since(batch, self.snapshot.version, self.store.version())
        if touched is None or table.table_id in touched:
            raise concurrent_update()

    def drop_table(self, table: schema.Table) -> None:
        """Drop a table; its rows stay readable AS OF earlier. What it costs does not depend on them:
        maintenance removes its keys, and rows that nobody can ask for."""
        self._define(table.table_id, None)

    def truncate(self, table: schema.Table) -> schema.Table:
        """Put an empty table in the place of one, which is dropped; its sequences go on."""
        made = moved(table, self._new_object_id(), self._new_object_id)
        self.drop_table(table)
        self._define(made.table_id, made)
        return made

    def create_index(self, index: schema.Index) -> schema.Index:
        """Define an index; building it is the store's work after the commit."""
        made = replace(index, index_id=self._new_object_id())
        table = self._table(index.table_id)
        self._define(table.table_id, replace(table, indexes=(*table.indexes, made)))
        return made

    def drop_index(self, index: schema.Index) -> None:
        """Drop an index."""
        table = self._table(index.table_id)
        rest = tuple(i for i in table.indexes if i.index_id != index.index_id)
        self._define(table.table_id, table.with_indexes(rest))

    def _table(self, table_id: int) -> schema.Table:
        table = self._table_or_none(table_id)
        assert table is not None, "changes are made to tables that are there"
        return table

    def _define(self, table_id: int, table: schema.Table | None) -> None:
        private = next(self.store.private_versions)
        changes = self._changes
        if table is not None and table_id in changes.inserts:
            rows = relaid(changes.inserts[table_id], self._table(table_id).stored, table.stored)
            changes = replace(changes, inserts={**changes.inserts, table_id: rows})
        self._keys.pop(table_id, None)
        tables, names = {**changes.tables, table_id: table}, self._names()
        self._named = None  # till it is whole again
        names.define(table_id, table)
        self._set(replace(changes, tables=tables, catalog_version=private))
        self._named = (self.snapshot.tables_by_id, tables, names)

    def _names(self) -> Namespace:
        """Return the tables and indexes that there are in the view."""
        base, changed = self.snapshot, self._changes.tables
        if self._named is not None and self._named[0] is base.tables_by_id and self._named[1] is changed:
            return self._named[2]
        names = Namespace(base.tables, base.tables_by_id, base.index_names)
        for table_id, table in changed.items():
            names.define(table_id, table)
        self._named = (base.tables_by_id, changed, names)
        return names

    def _new_object_id(self) -> int:
        return self._take("object", 1, FIRST_OBJECT_ID)

    def create_snapshot(self, name: str) -> None:
        """Name the version this transaction commits as. Raises 42710 where the name is taken."""
        if self._has_snapshot(name):
            raise duplicate_snapshot(name)
        dropped = name in self._changes.snapshots
        self._name_snapshot(name, Naming.REPLACE if dropped else Naming.CREATE)

    def drop_snapshot(self, name: str) -> None:
        """Drop a name. Raises 42704."""
        if not self._has_snapshot(name):
            raise UndefinedObject(f'snapshot "{name}" does not exist')
        created = self._changes.snapshots.get(name) is Naming.CREATE
        self._name_snapshot(name, None if created else Naming.DROP)

    def _has_snapshot(self, name: str) -> bool:
        naming = self._changes.snapshots.get(name)
        if naming is not None:
            return naming is not Naming.DROP
        return self.store.metastore.get("snapshots", name.encode()) is not None

    def _name_snapshot(self, name: str, naming: Naming | None) -> None:
        names = {**self._changes.snapshots}
        names.pop(name, None)
        self._set(replace(self._changes, snapshots=names if naming is None else {**names, name: naming}))

    def next_identity(self, table: schema.Table, column: str, count: int) -> int:
        """Return the first of `count` new values of an identity column; never given again."""
        return self._take(table.columns[table.position(column)].sequence, count, 1)

    def _take(self, name: str, count: int, first: int) -> int:
        with self.store.metastore.write() as batch:
            return take_numbers(batch, name, count, first)

    # -------------------------------------------------------------- reading

    def view(self) -> Snapshot:
        """Return the snapshot with this transaction's own changes; in a serializable one it notes what is
        read."""
        if self._view is None:
            self._view = self._make_view() if self.has_changes() else self.snapshot
        return self._view if self.isolation is not Isolation.SERIALIZABLE else self.reads.tracked(self._view)

    def noted(self, rows: RowsRead) -> Snapshot:
        """Return what `view` does, to read some rows of a table and no others."""
        self.reads.rows.append(rows)
        self.view()
        assert self._view is not None
        return self._view

    def _make_view(self) -> Snapshot:
        base, changes = self.snapshot, self._changes
        view = replace(
            base,
            catalog_version=changes.catalog_version or base.catalog_version,
            find_key=self._find_key,
            find_segments=lambda table, _: self._own_segments(base, changes, table),
            kept_segments={},
        )
        if not changes.tables:
            return view
        names = self._names()
        return replace(view, tables=names.by_name, tables_by_id=names.by_id, index_names=names.indexes)

    def _own_segments(self, base: Snapshot, changes: Changes, table: schema.Table) -> tuple[Segment, ...]:
        """Return the segments of a table as this transaction saw them behind some changes."""
        table_id = table.table_id
        segments = base.segments(table_id)
        if table_id in changes.tables:
            segments = tuple(segment.laid_out(table.stored) for segment in segments)
        own, kept = changes.inserts.get(table_id, ()), self._segments.get(table_id, {})
        made = self._segments[table_id] = pending_segments(own, table.stored, kept)
        segments += tuple(segment for _, _, segment in made.values())
        if table_id in changes.deletes:
            segments = tuple(OverlaidSegment(segment, changes.deletes[table_id]) for segment in segments)
        return segments

    def _table_or_none(self, table_id: int) -> schema.Table | None:
        return self._changes.tables.get(table_id, self.snapshot.tables_by_id.get(table_id))

    def _find_key(self, encoded: bytes) -> tuple[int, int]:
        """Look among own rows first. What `keys` says of a row this transaction has deleted, or does
        not see yet, `locate` finds out."""
        key_id = int.from_bytes(encoded[:8], "big")
        for table_id in self._changes.inserts:
            table = self._table(table_id)
            if key_id in [unique.key_id for unique in table.unique_keys]:
                own = self._pending_keys(table).find(encoded)
                if own >= 0 and not self.has_deleted(table, own):
                    return own, self.snapshot.version
        return self.snapshot.find_key(encoded)

    # -------------------------------------------------------------- the end

    def rollback(self) -> None:
        """Forget every change, and give all locks back."""
        self._keys.clear()
        self._set(Changes())
        self.locks.release()

    def commit(self) -> int:
        """Apply the changes durably, give the locks back and return the version. Raises 40001, 23505, 53100;
        of a brief one, LocksHeld."""
        if not self.is_brief and self.isolation is Isolation.READ_COMMITTED:
            self.refresh()  # what is locked is as it was, however long ago it was looked at
        version, changes = self.snapshot.version, self._changes
        if changes.deletes:
            changes = without_own_deletes(changes)
        while not changes.is_empty:
            try:
                version = commit(self.store, self, changes)
            except LocksHeld as held:
                if self.is_brief:
                    raise
                self.locks.wait_for(held.wanted)
                continue
            break
        self._keys.clear()
        self._changes, self._view = Changes(), None
        if self.locks.held:
            self.locks.release()
        return version

    def held(self, wanted: Wanted) -> None:
        """Raise LocksHeld where others hold something against locks that a commit needs."""
        if len(wanted.minors) and self.locks.try_acquire(wanted, keep=False) is not None:
            raise LocksHeld(wanted)

    def validate(self, batch: Batch, head: int) -> None:
        """Raise 40001 where what was read has been changed since, in a serializable transaction."""
        if self.isolation is Isolation.SERIALIZABLE:
            self.reads.validate(self.store, self.snapshot, batch, head)


def relation_of(rows: Wanted) -> Wanted:
    """Return the lock of a table that goes with locks of its rows."""
    mode = RelationLock.ROW_EXCLUSIVE if rows.mode == RowLock.CHANGE else RelationLock.ROW_SHARE
    return Wanted(Kind.RELATION, mode, rows.major, np.zeros(1, np.int64))
