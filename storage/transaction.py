"""Transactions: snapshot isolation, first committer wins.

Changes collect here, visible to their own transaction through `view`; `vql.storage.commit` checks them
against those of others and applies them.

Invariants
* `Changes` is immutable: a savepoint is a reference, a view stays what it was.
* Nobody else sees anything of a transaction before its commit; numbers of sequences alone are taken at
  once and never given back.
* Rows inserted stand in the layout of the newest definition, that of this transaction.

A Transaction belongs to one thread and has no lock; nothing of it is on disk before the commit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vql import schema
from vql.errors import UndefinedObject
from vql.limits import BULK_ROWS_MIN
from vql.storage.catalog import FIRST_OBJECT_ID, Namespace, go_on, take_numbers
from vql.storage.columns.column import Column
from vql.storage.commit import commit, duplicate_key, duplicate_snapshot
from vql.storage.keys import table_keys
from vql.storage.pending import PENDING_ROW_ID, Changes, Naming, PendingKeys, relaid, stacked, without
from vql.storage.pending import segments as pending_segments
from vql.storage.segments.segment import OverlaidSegment, Segment
from vql.storage.snapshot import Snapshot, closed_table
from vql.storage.store import Store
from vql.types.ndarrays import I64


class Transaction:
    """One transaction on a snapshot; used by one thread."""

    def __init__(self, store: Store, snapshot: Snapshot) -> None:
        self.store = store
        self.snapshot = snapshot
        self.checks_keys = False  # raise 23505 when a row is inserted, not only at commit
        self._changes = Changes()
        self._view: Snapshot | None = snapshot
        self._keys: dict[int, PendingKeys] = {}

    # -------------------------------------------------------------- changes

    def has_changes(self) -> bool:
        """Whether there is anything to commit."""
        c = self._changes
        return bool(c.inserts or c.deletes or c.tables or c.snapshots)

    def savepoint(self) -> object:
        """Return a token to roll back to."""
        return self._changes

    def rollback_to(self, token: object) -> None:
        """Forget what was done since the token was taken."""
        assert isinstance(token, Changes)
        self._keys.clear()
        self._set(token)

    def insert(self, table: schema.Table, columns: tuple[Column, ...]) -> None:
        """Add rows: columns in schema order, coerced, NOT NULL checked. Raises 23505 where
        `checks_keys` is set, but for bulk inserts, which are checked by the commit alone."""
        table_id = table.table_id
        if table_id in self.snapshot.closed:
            raise closed_table(self.snapshot.closed[table_id])
        if self.checks_keys and table.primary_key and len(columns[0]) < BULK_ROWS_MIN:
            self._check_keys(table, columns)
        batches = stacked(self._changes.inserts.get(table_id, ()), columns)
        self._set(replace(self._changes, inserts={**self._changes.inserts, table_id: batches}))
        if table_id in self._keys:
            self._keys[table_id].add(table, columns)

    def _check_keys(self, table: schema.Table, columns: tuple[Column, ...]) -> None:
        """Raise 23505 where a new key is that of a row this transaction sees, or comes twice."""
        pending = self._pending_keys(table)
        ended = self._changes.deletes.get(table.table_id, np.empty(0, np.int64))
        seen: set[bytes] = set()
        for place, encoded in enumerate(table_keys(table, columns)):
            row_id, _ = self.snapshot.find_key(encoded)
            visible = row_id >= 0 and not np.isin(row_id, ended) and self._is_visible(table.table_id, row_id)
            if visible or encoded in seen or pending.find(encoded) >= 0:
                raise duplicate_key(table, columns, place)
            seen.add(encoded)

    def _is_visible(self, table_id: int, row_id: int) -> bool:
        for segment in reversed(self.snapshot.segments(table_id)):
            offset = segment.find_row(row_id)
            if offset >= 0:
                visible = segment.visible(self.snapshot.version)
                return visible is None or bool(visible[offset])
        return False

    def _pending_keys(self, table: schema.Table) -> PendingKeys:
        """Return the keys of this transaction's rows, made on first need."""
        keys = self._keys.get(table.table_id)
        if keys is None:
            keys = self._keys[table.table_id] = PendingKeys()
            for rows in self._changes.inserts.get(table.table_id, ()):
                keys.add(table, rows)
        return keys

    def delete(self, table: schema.Table, row_ids: I64) -> None:
        """Delete rows by id; ids of this transaction's own rows are taken out of its inserts."""
        own = row_ids[row_ids >= PENDING_ROW_ID]
        if len(own):
            self._drop_own(table, own - PENDING_ROW_ID)
        others = row_ids[row_ids < PENDING_ROW_ID]
        if len(others):
            before = self._changes.deletes.get(table.table_id, np.empty(0, np.int64))
            merged = np.unique(np.concatenate([before, others]))
            self._set(replace(self._changes, deletes={**self._changes.deletes, table.table_id: merged}))

    def _drop_own(self, table: schema.Table, places: I64) -> None:
        kept = without(self._changes.inserts[table.table_id], places)
        inserts = {**self._changes.inserts, table.table_id: kept}
        if not kept:
            inserts.pop(table.table_id)
        self._keys.pop(table.table_id, None)
        self._set(replace(self._changes, inserts=inserts))

    def _set(self, changes: Changes) -> None:
        self._changes = changes
        self._view = None

    # -------------------------------------------------------------- definitions

    def create_table(self, table: schema.Table) -> schema.Table:
        """Define a table; returns it with its id."""
        # What is committed with another type cannot be read again.
        for column in table.columns:
            assert column.type.is_storable and column.type.is_sized, f"no type of a column: {column.type}"
        made = replace(table, table_id=self._new_object_id()).numbered()
        if table.primary_key:
            index = schema.Index(
                self._new_object_id(), f"{table.name}_pkey", made.table_id, table.primary_key,
                "btree", unique=True, primary=True,
            )  # fmt: skip
            made = replace(made, indexes=(index,))
        self._define(made.table_id, made)
        return made

    def alter_table(self, table: schema.Table) -> schema.Table:
        """Give a table another definition; columns without an id are new. Returns it with their ids."""
        made = table.numbered()
        self._define(made.table_id, made)
        return made

    def drop_table(self, table: schema.Table) -> None:
        """Drop a table; its rows stay readable AS OF earlier. What it costs does not depend on them:
        maintenance removes its keys, and rows that nobody can ask for."""
        self._define(table.table_id, None)

    def truncate(self, table: schema.Table) -> schema.Table:
        """Put an empty table in the place of one, which is dropped; numbers of its identity columns go on."""
        table_id = self._new_object_id()
        moved = [replace(index, table_id=table_id) for index in table.indexes]
        made = replace(table, table_id=table_id, indexes=tuple(moved))
        with self.store.metastore.write() as batch:
            for column in filter(lambda column: column.identity, table.columns):
                go_on(batch, identity_of(table, column), identity_of(made, column))
        self.drop_table(table)
        self._define(table_id, made)
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
        self._define(table.table_id, replace(table, indexes=rest))

    def _table(self, table_id: int) -> schema.Table:
        table = self._table_or_none(table_id)
        assert table is not None, "changes are made to tables that are there"
        return table

    def _define(self, table_id: int, table: schema.Table | None) -> None:
        private = next(self.store.private_versions)
        changes = self._changes
        if table is not None and table_id in changes.inserts:
            rows = relaid(changes.inserts[table_id], self._table(table_id).columns, table.columns)
            changes = replace(changes, inserts={**changes.inserts, table_id: rows})
        tables = {**changes.tables, table_id: table}
        self._set(replace(changes, tables=tables, catalog_version=private))

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
        return self._take(identity_of(table, table.columns[table.position(column)]), count, 1)

    def _take(self, name: str, count: int, first: int) -> int:
        with self.store.metastore.write() as batch:
            return take_numbers(batch, name, count, first)

    # -------------------------------------------------------------- reading

    def view(self) -> Snapshot:
        """Return the snapshot with this transaction's own changes."""
        if self._view is None:
            self._view = self._make_view() if self.has_changes() else self.snapshot
        return self._view

    def _make_view(self) -> Snapshot:
        base, changes = self.snapshot, self._changes
        made = {id_: self._own_segments(id_) for id_ in {*changes.tables, *changes.deletes, *changes.inserts}}
        view = replace(
            base,
            catalog_version=changes.catalog_version or base.catalog_version,
            find_key=self._find_key,
            find_segments=lambda table, _: base.segments(table.table_id),
            kept_segments=made,
        )
        if not changes.tables:
            return view
        names = Namespace(base.tables, base.tables_by_id, base.index_names)
        for table_id, table in changes.tables.items():
            names.define(table_id, table)
        return replace(view, tables=names.by_name, tables_by_id=names.by_id, index_names=names.indexes)

    def _own_segments(self, table_id: int) -> tuple[Segment, ...]:
        """Return the segments of a table as this transaction sees them."""
        changes = self._changes
        table = self._table_or_none(table_id)
        if table is None:
            return ()
        segments = self.snapshot.segments(table_id)
        if table_id in changes.tables:
            segments = tuple(segment.laid_out(table.columns) for segment in segments)
        if table_id in changes.deletes:
            segments = tuple(_without(segment, changes.deletes[table_id]) for segment in segments)
        own = pending_segments(changes.inserts.get(table_id, ()), table.columns)
        return (*segments, *own)

    def _table_or_none(self, table_id: int) -> schema.Table | None:
        known = self.snapshot.tables_by_id.get(table_id)
        return self._changes.tables.get(table_id, known)

    def _find_key(self, encoded: bytes) -> tuple[int, int]:
        """Look among own rows first. What `keys` says of a row this transaction has deleted, or does
        not see yet, `locate` finds out."""
        table_id = int.from_bytes(encoded[:8], "big")
        if table_id in self._changes.inserts:
            own = self._pending_keys(self._table(table_id)).find(encoded)
            if own >= 0:
                return own, self.snapshot.version
        return self.snapshot.find_key(encoded)

    # -------------------------------------------------------------- the end

    def rollback(self) -> None:
        """Forget every change."""
        self._keys.clear()
        self._set(Changes())

    def commit(self) -> int:
        """Apply the changes durably and return the version. Raises 40001, 23505, 53100."""
        if not self.has_changes():
            return self.snapshot.version
        version = commit(self.store, self.snapshot, self._changes)
        self._keys.clear()
        self._changes, self._view = Changes(), None
        return version


def identity_of(table: schema.Table, column: schema.Column) -> str:
    """Return the name of the sequence of an identity column."""
    return f"identity {table.table_id} {column.column_id}"


def _without(segment: Segment, row_ids: I64) -> Segment:
    offsets = segment.offsets_of(row_ids)
    return OverlaidSegment(segment, offsets) if len(offsets) else segment
