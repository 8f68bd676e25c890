"""Transactions: changes on a snapshot, and the locks that keep others from theirs.

Changes collect here, visible to their own transaction through `view`; `vql.storage.transactions.commit`
checks them against those of others and applies them.

What it sees of others depends on its isolation (`vql.storage.transactions.isolation`).

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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from vql import schema
from vql.constraints import ForeignKey, UniqueKey
from vql.errors import NotSupportedError, SerializationFailure
from vql.limits import BULK_ROWS_MIN
from vql.roles.access import OWNERS, Access
from vql.routines import Routine
from vql.storage.catalog import FIRST_OBJECT_ID, take_numbers, touched_since
from vql.storage.columns.column import Column
from vql.storage.files.group_commit import WaitingCommit
from vql.storage.files.metastore import Batch
from vql.storage.locks.modes import ALL, Kind, RelationLock, RowLock, Wanted, relation_of
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.namespace import ChangedNames
from vql.storage.segments.segment import OverlaidSegment, Segment
from vql.storage.snapshot import Snapshot, closed_table
from vql.storage.store import CommittedRows, Store
from vql.storage.transactions.commit import commit, few_waiting, new_names, require_free, same_rows
from vql.storage.transactions.definitions import identified, moved, repointed
from vql.storage.transactions.isolation import Isolation, Restart, concurrent_update
from vql.storage.transactions.own_keys import OwnKeys
from vql.storage.transactions.pending import (
    PENDING_ROW_ID,
    Changes,
    PendingSegments,
    pending_segments,
    relaid,
    stacked,
    with_snapshot,
    without_own_deletes,
    without_snapshot,
)
from vql.storage.transactions.reads import Reads, RowsRead
from vql.storage.transactions.reference_check import LocksHeld
from vql.storage.transactions.references import relinked
from vql.storage.transactions.xids import commit_unchanged
from vql.types.extensions.extension import Extension
from vql.types.forms.ndarrays import I64, sorted_distinct

# What is somebody's from its making on, beside tables; a schema's maker says whose it is.
OWNED = schema.View | schema.Sequence | schema.NamedType | Extension | Routine
ROWS_LOCKED_MAX = 50_000  # more are locked as all of their table
NO_ROWS = np.empty(0, np.int64)


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
        self.beside: Callable[[Snapshot], Snapshot] | None = None  # adds what its statement sees besides
        self.locks = locks or SessionLocks(store.locks)
        self.isolation = isolation
        self.is_brief = is_brief
        self.is_upsert = self.is_loose = False
        self.reads = Reads()
        self.since = snapshot.version
        # What SET CONSTRAINTS has said, by id of a constraint or of ALL: whether it waits for the commit.
        self.deferral: dict[int, bool] = {}
        self.has_deferred = False
        # Says what is granted on what is made.
        self.access_of_new: Callable[[schema.Object], Access] = lambda made: OWNERS
        self._changes = Changes()
        self._view: Snapshot | None = snapshot
        self._own_keys: OwnKeys | None = None  # made on first need
        self._segments: dict[int, PendingSegments] = {}

    # -------------------------------------------------------------- changes

    def has_changes(self) -> bool:
        """Whether there is anything to commit."""
        return not self._changes.is_empty

    def savepoint(self) -> object:
        """Return a token to roll back to."""
        return self._changes, self.locks.savepoint(), self.deferral

    def rollback_to(self, token: object) -> None:
        """Forget what was done since the token was taken, and what SET CONSTRAINTS has said since."""
        assert isinstance(token, tuple)
        changes, mark, self.deferral = token
        self._own_keys = None
        self._set(changes)
        self.locks.rollback_to(mark)

    def give_back(self, token: object) -> None:
        """Free the locks taken since a token was taken."""
        assert isinstance(token, tuple)
        self.locks.rollback_to(token[1])

    def insert(self, table: schema.Table, columns: tuple[Column, ...], keys_are_new: bool = True) -> None:
        """Add rows: columns as they are stored, coerced, NOT NULL checked. Where it takes locks their keys
        are locked and looked at (23505), but for bulk inserts, which are checked by the commit alone."""
        if not columns:
            raise NotSupportedError("rows of a table without columns are not supported yet")
        table_id = table.table_id
        if table_id in self.snapshot.closed:
            raise closed_table(self.snapshot.closed[table_id])
        if not self.is_brief:
            self._enter(table, RelationLock.ROW_EXCLUSIVE)
        if table.options and table.unique_keys and table_id in self.view().expiring:
            self.is_upsert |= self.keys.drop_expired(table, columns)
        if keys_are_new and table.unique_keys and len(columns[0]) < BULK_ROWS_MIN and not self.is_brief:
            self.keys.check(table, columns)
        batches = stacked(self._changes.inserts.get(table_id, ()), columns)
        self._set(replace(self._changes, inserts={**self._changes.inserts, table_id: batches}))
        if self._own_keys is not None and table_id in self._own_keys.pending:
            self._own_keys.add(table, columns)

    @property
    def keys(self) -> OwnKeys:
        """The unique keys of its rows."""
        if self._own_keys is None:
            self._own_keys = OwnKeys(self)
        return self._own_keys

    def settle_keys(self) -> None:
        """Look at what waits for the end of a statement. Raises 23505."""
        if self._own_keys is not None:
            self._own_keys.settle()

    def is_deferred(self, made: ForeignKey | UniqueKey) -> bool:
        """Whether a key is looked at when the transaction ends."""
        said = self.deferral.get(made.constraint_id, self.deferral.get(ALL, made.is_deferred))
        self.has_deferred |= made.is_deferrable and said
        return made.is_deferrable and said

    @property
    def changes(self) -> Changes:
        """What it has done."""
        return self._changes

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
        if newest.version == self.snapshot.version:
            return row_ids[:0]
        return row_ids[~newest.with_expired().has_rows(table.table_id, row_ids)]

    def begin_statement(self) -> None:
        """Begin a statement on what is committed by now, and the own changes. Raises as `refresh`."""
        self.refresh()
        if not self.has_changes():
            self.since = self.snapshot.version

    def refresh(self) -> None:
        """Move to what is committed by now, own changes on top; rows chosen before may be gone. Raises 40001
        and 42P07 where others have changed the definition of a table changed here, or taken its name."""
        newest, before = self.store.snapshot(), self.snapshot
        newest = newest if self.beside is None else self.beside(newest)
        if newest is before:
            return
        changes = self._changes
        if newest.catalog_version != before.catalog_version:
            self._require_same_definitions(newest)
            if changes.tables or changes.others:
                changes = replace(changes, catalog_version=next(self.store.private_versions))
        self.snapshot = newest
        self._set(changes)

    def _require_same_definitions(self, newest: Snapshot) -> None:
        snapshot, changes = self.snapshot, self._changes
        ids = {*snapshot.tables_by_id, *newest.tables_by_id, *snapshot.others_by_id, *newest.others_by_id}
        names = new_names(snapshot, changes)
        for object_id in ids:
            before, theirs = snapshot.definition(object_id), newest.definition(object_id)
            if before is theirs:
                continue
            touched = object_id in changes.inserts or object_id in changes.deletes
            is_mine = object_id in changes.tables or object_id in changes.others
            if is_mine or (touched and not same_rows(before, theirs)):
                raise SerializationFailure("could not serialize access due to concurrent definition change")
            require_free(names, theirs)

    def delete(self, table: schema.Table, row_ids: I64) -> None:
        """Delete rows by id, own ones too."""
        if len(row_ids):
            before, deleted = self.deleted(table.table_id), sorted_distinct(row_ids)
            merged = np.sort(np.concatenate((before, deleted))) if len(before) else deleted
            self._set(replace(self._changes, deletes={**self._changes.deletes, table.table_id: merged}))

    def forget_rows(self, table_id: int) -> None:
        """Undo what was done to the rows of a table, all of them this transaction's."""
        inserts = {t: rows for t, rows in self._changes.inserts.items() if t != table_id}
        deletes = {t: row_ids for t, row_ids in self._changes.deletes.items() if t != table_id}
        self._own_keys = None
        self._set(replace(self._changes, inserts=inserts, deletes=deletes))

    def has_deleted(self, table: schema.Table, row_id: int) -> bool:
        """Whether a row is one that this transaction has deleted."""
        deleted = self.deleted(table.table_id)
        at = int(deleted.searchsorted(row_id))
        return at < len(deleted) and bool(deleted[at] == row_id)

    def deleted(self, table_id: int) -> I64:
        """Return the ids of the rows of a table that it has deleted, own ones too."""
        return self._changes.deletes.get(table_id, NO_ROWS)

    def wait_for_changes(self, table: schema.Table, row_ids: I64) -> bool:
        """Wait until nobody else is about to change or delete rows; returns whether anybody was."""
        others = row_ids[row_ids < PENDING_ROW_ID]
        return self.locks.wait_for(Wanted(Kind.ROW, RowLock.LOOK, table.table_id, others))

    def _set(self, changes: Changes) -> None:
        self._changes, self._view = changes, None

    # -------------------------------------------------------------- definitions

    def create_table(self, table: schema.Table) -> schema.Table:
        """Define a table; returns it with its id."""
        # What is committed with another type cannot be read again.
        for column in table.stored:
            assert column.type.is_storable, f"no type of a column: {column.type}"
        made = replace(table, table_id=self.new_object_id())
        return self.alter_table(replace(made, access=self.access_of_new(made)))

    def alter_table(self, table: schema.Table) -> schema.Table:
        """Give a table another definition; columns without an id are new. Returns it with their ids."""
        made = identified(table, self.view(), self.new_object_id)
        before = self._table_or_none(made.table_id)
        self._define(made.table_id, made)
        self._relink(before, made)
        return made

    def _relink(self, before: schema.Table | None, after: schema.Table | None) -> None:
        """Let tables know what refers to them."""
        for table in list(relinked(before, after, self.view().tables_by_id)):
            self._define(table.table_id, table)

    def lock(self, object_id: int, mode: RelationLock) -> None:
        """Keep others from a table or another object until the end, and move to what is committed by then; a
        brief transaction is one no more. Raises 40P01, 55P03, 57014."""
        self.is_brief = False
        self.locks.acquire_relation(object_id, mode)
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
        """Drop a table; its rows stay readable AS OF earlier, till maintenance removes them and its keys.
        Raises 0A000 of one that this transaction has undropped: its rows could not be had again."""
        if table.table_id in self._changes.undropped:
            text = f'dropping table "{table.name}" in the transaction that undrops it is not supported'
            raise NotSupportedError(text, hint="ROLLBACK, or ROLLBACK TO SAVEPOINT.")
        self._define(table.table_id, None)
        self._relink(table, None)

    def undrop_table(self, table: schema.Table) -> None:
        """Have a dropped table again, with the rows that it had."""
        self._changes = replace(self._changes, undropped=self._changes.undropped | {table.table_id})
        self._define(table.table_id, table)
        self._relink(None, table)

    def truncate(self, tables: Sequence[schema.Table]) -> Mapping[int, int]:
        """Put empty tables in the places of some, which are dropped; their sequences go on, and they refer to
        each other and to others as before. Returns the new ids by the old ones."""
        made, ids = [], dict[int, int]()
        for table in tables:
            made.append(moved(table, self.new_object_id(), self.new_object_id))
            ids[table.table_id] = made[-1].table_id
            pairs = zip(table.indexes, made[-1].indexes, strict=True)
            ids |= {old.index_id: new.index_id for old, new in pairs}
            self._define(table.table_id, None)
        others = {key.referenced_id for table in tables for key in table.foreign_keys} - ids.keys()
        for table in (*made, *map(self.table, sorted(others))):
            self._define(table.table_id, repointed(table, ids))
        return ids

    def create_index(self, index: schema.Index) -> schema.Index:
        """Define an index; building it is the store's work after the commit."""
        made = replace(index, index_id=self.new_object_id())
        table = self.table(index.table_id)
        self._define(table.table_id, replace(table, indexes=(*table.indexes, made)))
        return made

    def drop_index(self, index: schema.Index) -> None:
        """Drop an index."""
        table = self.table(index.table_id)
        rest = tuple(i for i in table.indexes if i.index_id != index.index_id)
        self._define(table.table_id, table.with_indexes(rest))

    def table(self, table_id: int) -> schema.Table:
        """Return a table that is there, as it is by now."""
        table = self._table_or_none(table_id)
        assert table is not None, "changes are made to tables that are there"
        return table

    @cached_property
    def _names(self) -> ChangedNames:
        return ChangedNames()

    def _define(self, table_id: int, table: schema.Table | None) -> None:
        changes = self._changes
        self._names.of(self.snapshot, changes)
        if table is not None and table_id in changes.inserts:
            rows = relaid(changes.inserts[table_id], self.table(table_id).stored, table.stored)
            changes = replace(changes, inserts={**changes.inserts, table_id: rows})
        if self._own_keys is not None:
            self._own_keys.forget(table_id)
        self._defined(replace(changes, tables={**changes.tables, table_id: table}), table_id, table)

    def define(self, object_id: int, definition: schema.Object | None) -> None:
        """Give what is no table another definition, or drop it."""
        is_new = definition is not None and self.view().definition(object_id) is None
        if is_new and isinstance(definition, OWNED):
            definition = replace(definition, access=self.access_of_new(definition))
        self._names.of(self.snapshot, self._changes)
        others = {**self._changes.others, object_id: definition}
        self._defined(replace(self._changes, others=others), object_id, definition)

    def _defined(self, changes: Changes, object_id: int, definition: schema.Object | None) -> None:
        self._set(replace(changes, catalog_version=next(self.store.private_versions)))
        self._names.define(object_id, definition, self.snapshot, self._changes)

    def new_object_id(self) -> int:
        """Return an id that nothing has had."""
        with self.store.metastore.write() as batch:
            return take_numbers(batch, "object", 1, FIRST_OBJECT_ID)

    def create_snapshot(self, name: str) -> None:
        """Name the version this transaction commits as. Raises 42710 where the name is taken."""
        self._set(with_snapshot(self._changes, name, self._is_stored))

    def drop_snapshot(self, name: str) -> None:
        """Drop a name. Raises 42704."""
        self._set(without_snapshot(self._changes, name, self._is_stored))

    def _is_stored(self, name: str) -> bool:
        return self.store.metastore.get("snapshots", name.encode()) is not None

    # -------------------------------------------------------------- reading

    def view(self) -> Snapshot:
        """Return the snapshot with own changes; a serializable transaction notes what is read of it."""
        if self._view is None:
            self._view = self._make_view() if self.has_changes() else self.snapshot
        return self._view if self.isolation is not Isolation.SERIALIZABLE else self.reads.tracked(self._view)

    def stand_on(self, snapshot: Snapshot) -> None:
        """See what else a snapshot of the same version has."""
        self.snapshot, self._view = snapshot, None

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
            find_key=lambda encoded: self.keys.find(encoded),
            find_segments=lambda table, _: self._own_segments(base, changes, table),
            kept_segments={},
            history=base.history.named_by(changes.names_given),
        )
        if not (changes.tables or changes.others):
            return view
        view = replace(view, **vars(self._names.of(base, changes)))
        # Where no rows expire a snapshot is of the moment of its commit.
        return view.at_moment(self.store.now_us()) if view.expiring and not base.expiring else view

    def _own_segments(self, base: Snapshot, changes: Changes, table: schema.Table) -> tuple[Segment, ...]:
        """Return the segments of a table as this transaction saw them behind some changes."""
        table_id, segments = table.table_id, base.segments(table.table_id)
        if table_id in changes.undropped:
            segments = base.find_segments(table, base.version)
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

    # -------------------------------------------------------------- the end

    def rollback(self) -> None:
        """Forget every change, and give all locks back."""
        self._own_keys = None
        self._set(Changes())
        self.locks.release()

    def commit(self) -> int:
        """Apply the changes durably, give the locks back and return the version. Raises 40001, 23505, 53100;
        of a brief one, LocksHeld."""
        if not self.is_brief and self.isolation is Isolation.READ_COMMITTED:
            self.refresh()  # what is locked is as it was, however long ago it was looked at
        version, changes = self.snapshot.version, self._changes
        changes = without_own_deletes(changes) if changes.deletes else changes
        if self.locks.xid and changes.is_empty:
            commit_unchanged(self.store, self.locks.xid)
        while not changes.is_empty:
            try:
                version = commit(self.store, self, changes)
                break
            except LocksHeld as held:
                if self.is_brief:
                    raise
                self.locks.wait_for(held.wanted)
        self._own_keys = None
        self._changes, self._view = Changes(), None
        if self.locks.held:
            self.locks.release()
        return version

    def begin_commit(self) -> WaitingCommit[CommittedRows] | None:
        """Begin to commit few rows, for who submits it; None where there are none. The changes stay until the
        transaction ends. Raises 40001; its outcome what `commit` does, and LocksHeld."""
        if not self.is_brief and self.isolation is Isolation.READ_COMMITTED:
            self.refresh()
        return few_waiting(self.store, self, self._changes)

    def validate(self, batch: Batch, head: int) -> None:
        """Raise 40001 where what was read has been changed since, in a serializable transaction."""
        if self.isolation is Isolation.SERIALIZABLE:
            self.reads.validate(self.store, self.snapshot, batch, head)
