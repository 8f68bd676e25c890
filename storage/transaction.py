"""Transactions: snapshot isolation, first committer wins.

Changes collect here, visible to their own transaction through `view`. Commit takes LMDB's write
lock, checks that nobody has deleted the same rows or changed the same definitions since the
snapshot (40001) and that keys are unique (23505), and applies everything as one atomic batch.

Invariants
* `Changes` is immutable: a savepoint is a reference, a view stays what it was.
* Nobody else sees anything of a transaction before its commit; numbers of sequences alone are taken at
  once and never given back.
* Versions and row ids are given out under the write lock, so both rise in the order of commits.

Order of a commit, and what a crash leaves: large inserts are written as segment files (crash: files
nobody names); then one LMDB transaction writes frames, deletes, keys, manifest records, definitions,
the commit record and the head (crash before it is durable: as above; after: everything is there). What
returned is durable; an error other than a full disk or a lost conflict leaves open whether it was done.

A Transaction belongs to one thread and has no lock. It holds LMDB's write lock while it commits, and
takes Store.lock under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from vql import schema
from vql.errors import (
    DiskFull,
    DuplicateObject,
    IntegrityError,
    OperationalError,
    SerializationFailure,
    UndefinedObject,
    UniqueViolation,
)
from vql.limits import BULK_ROWS_MIN, DELTA_BYTES_MAX
from vql.storage.catalog import FIRST_OBJECT_ID, HEAD, oldest_of, record_commit, take_numbers
from vql.storage.columns.column import Column
from vql.storage.files.metastore import Batch, key, numbers
from vql.storage.keys import encode_keys, table_keys
from vql.storage.pending import PENDING_ROW_ID, PendingKeys, joined, stacked, without
from vql.storage.pending import segments as pending_segments
from vql.storage.segments import manifest
from vql.storage.segments.records import (
    decode_deletes,
    decode_table,
    encode_deletes,
    encode_frame,
    encode_table,
)
from vql.storage.segments.segment import OverlaidSegment, Segment
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.types.type import I64

Files = dict[int, list[tuple[manifest.Record, tuple[Column, ...]]]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a transaction has done: immutable, so a savepoint is a reference."""

    inserts: Mapping[int, tuple[tuple[Column, ...], ...]] = field(default_factory=dict)
    deletes: Mapping[int, I64] = field(default_factory=dict)
    tables: Mapping[int, schema.Table | None] = field(default_factory=dict)
    snapshots: Mapping[str, bool] = field(default_factory=dict)
    catalog_version: int = 0  # negative where definitions were changed: nobody else's


class Transaction:
    """One transaction on a snapshot; used by one thread."""

    def __init__(self, store: Store, snapshot: Snapshot) -> None:
        self.store = store
        self.snapshot = snapshot
        self.checks_keys = False  # raise 23505 when a row is inserted, not only at commit
        self._changes = Changes()
        self._view: Snapshot | None = None
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

    def _own_columns(self, table_id: int) -> tuple[Column, ...]:
        """Return all own rows of a table as one batch, and keep them so."""
        batches = self._changes.inserts[table_id]
        merged = joined(batches)
        if len(batches) > 1:
            self._changes = replace(self._changes, inserts={**self._changes.inserts, table_id: (merged,)})
        return merged

    def _set(self, changes: Changes) -> None:
        self._changes = changes
        self._view = None

    # -------------------------------------------------------------- definitions

    def create_table(self, table: schema.Table) -> schema.Table:
        """Define a table; returns it with its id."""
        made = replace(table, table_id=self._new_object_id())
        if table.primary_key:
            index = schema.Index(
                self._new_object_id(), f"{table.name}_pkey", made.table_id, table.primary_key,
                "btree", unique=True, primary=True,
            )  # fmt: skip
            made = replace(made, indexes=(index,))
        self._define(made.table_id, made)
        return made

    def drop_table(self, table: schema.Table) -> None:
        """Drop a table; its rows stay readable AS OF earlier."""
        self._define(table.table_id, None)

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
        return next(t for t in self.view().tables.values() if t.table_id == table_id)

    def _define(self, table_id: int, table: schema.Table | None) -> None:
        private = next(self.store.private_versions)
        tables = {**self._changes.tables, table_id: table}
        self._set(replace(self._changes, tables=tables, catalog_version=private))

    def _new_object_id(self) -> int:
        return self._take("object", 1, FIRST_OBJECT_ID)

    def create_snapshot(self, name: str) -> None:
        """Name the version this transaction commits as. Raises 42710 where the name is taken."""
        if self.store.metastore.get("snapshots", name.encode()) is not None:
            raise DuplicateObject(f'snapshot "{name}" already exists')
        self._set(replace(self._changes, snapshots={**self._changes.snapshots, name: True}))

    def drop_snapshot(self, name: str) -> None:
        """Drop a name. Raises 42704."""
        if self.store.metastore.get("snapshots", name.encode()) is None:
            raise UndefinedObject(f'snapshot "{name}" does not exist')
        self._set(replace(self._changes, snapshots={**self._changes.snapshots, name: False}))

    def next_identity(self, table: schema.Table, column: str, count: int) -> int:
        """Return the first of `count` new values of an identity column; never given again."""
        return self._take(f"identity {table.table_id} {column}", count, 1)

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
        tables = {t.table_id: t for t in base.tables.values()}
        for table_id, table in changes.tables.items():
            if table is None:
                tables.pop(table_id, None)
            else:
                tables[table_id] = table
        segments: dict[int, tuple[Segment, ...]] = dict(base.segments_by_table)
        for table_id, row_ids in changes.deletes.items():
            segments[table_id] = tuple(_without(s, row_ids) for s in segments.get(table_id, ()))
        for table_id, batches in changes.inserts.items():
            if table_id in tables:
                segments[table_id] = (*segments.get(table_id, ()), *pending_segments(batches))
        return replace(
            base,
            catalog_version=changes.catalog_version or base.catalog_version,
            tables={t.name: t for t in tables.values()},
            segments_by_table=segments,
            find_key=self._find_key,
        )

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
        files = self._write_segments()
        try:
            with self.store.metastore.write() as batch:
                version = self._apply(batch, files)
        except (SerializationFailure, IntegrityError, DiskFull):
            # After any other error the commit may have happened: then the files are named, and
            # where it has not, maintenance removes them.
            self._remove(files)
            raise
        self._set(Changes())
        return version

    def _write_segments(self) -> Files:
        """Write large inserts as segment files, unnamed until the commit. Raises 53100; then none
        of them is left."""
        files: Files = {}
        try:
            self._write_pieces(files)
        except BaseException:
            self._remove(files)
            raise
        return files

    def _remove(self, files: Files) -> None:
        for record, _ in (entry for entries in files.values() for entry in entries):
            (self.store.path / record["file"]).unlink(missing_ok=True)

    def _write_pieces(self, files: Files) -> None:
        for table_id in self._changes.inserts:
            columns = self._own_columns(table_id)
            size = sum(column.nbytes for column in columns)
            if len(columns[0]) >= BULK_ROWS_MIN or size >= DELTA_BYTES_MAX:
                for piece in bounded_pieces(columns):
                    record = manifest.write_segment(self.store.path, piece)
                    files.setdefault(table_id, []).append((record, piece))

    def _apply(self, batch: Batch, files: Files) -> int:
        changes = self._changes
        head, generation, definitions = numbers(batch.get("meta", HEAD) or b"")
        version = head + 1
        self._check_conflicts(batch, head)
        for table_id, row_ids in changes.deletes.items():
            ended = np.full(len(row_ids), version)
            batch.put("deletes", key(table_id, version), encode_deletes(row_ids, ended))
            self._forget_keys(batch, table_id, row_ids)
        tables = {t.table_id: t for t in self.view().tables.values()}
        for table_id in changes.inserts:
            if table_id not in tables:
                continue
            columns = self._own_columns(table_id)
            count = len(columns[0])
            row_id = take_numbers(batch, f"row {table_id}", count, 1)
            add_keys(batch, tables[table_id], columns, row_id)
            if table_id not in files:
                batch.put("delta", key(table_id, version), encode_frame(row_id, columns))
            for record, piece in files.get(table_id, []):
                if not (self.store.path / record["file"]).exists():
                    # Written so long ago that maintenance took it for one a crash had left.
                    gone = f"{record['file']} was removed before the commit"
                    raise OperationalError(gone, sqlstate="58030")
                segment_id = take_numbers(batch, "segment", 1, 1)
                named = {**record, "row_id": row_id, "created": version, "max_created": version}
                batch.put("manifest", key(table_id, segment_id), manifest.encode(named))
                row_id += len(piece[0])
        for table_id, table in changes.tables.items():
            batch.put("catalog", key(table_id, version), b"" if table is None else encode_table(table))
            if table is not None and self._unname_indexes(batch, table):
                generation += 1
        definitions += len(changes.tables)
        for name, exists in changes.snapshots.items():
            if exists:
                batch.put("snapshots", name.encode(), key(version))
            else:
                batch.delete("snapshots", name.encode())
        record_commit(batch, version)
        batch.put("meta", HEAD, key(version, generation, definitions))
        return version

    def _unname_indexes(self, batch: Batch, table: schema.Table) -> bool:
        """Take indexes that a definition no longer has out of the manifest; maintenance removes their
        files. Returns whether there were any."""
        kept = {str(index.index_id) for index in table.indexes}
        changed = []
        for at, raw in batch.range("manifest", key(table.table_id), key(table.table_id)):
            record = manifest.decode(raw)
            if record["indexes"].keys() - kept:
                indexes = {name: entry for name, entry in record["indexes"].items() if name in kept}
                changed.append((at, {**record, "indexes": indexes}))
        for at, record in changed:
            batch.put("manifest", at, manifest.encode(record))
        return bool(changed)

    def _check_conflicts(self, batch: Batch, head: int) -> None:
        """First committer wins: raise 40001 where somebody has touched the same rows since."""
        since = self.snapshot.version
        if head == since:
            return
        touched = set(self._changes.deletes) | set(self._changes.tables) | set(self._changes.inserts)
        for at, raw in batch.range("catalog", b""):
            object_id, made = numbers(at)
            if made > since and object_id in touched and not self._may_ignore(object_id, raw):
                raise SerializationFailure("could not serialize access due to concurrent definition change")
        new_names = {t.name for t in self._changes.tables.values() if t is not None}
        if new_names:
            for name, table in self.store.snapshot().tables.items():
                if name in new_names and table.table_id not in self._changes.tables:
                    raise SerializationFailure(f'relation "{name}" was created concurrently')
        for table_id, row_ids in self._changes.deletes.items():
            if since < oldest_of(batch, table_id):
                # Deletes done since are no longer written down: the rows may be gone.
                raise SerializationFailure("could not serialize access: the snapshot is too old")
            for _, raw in batch.range("deletes", key(table_id, since + 1), key(table_id)):
                if np.isin(row_ids, decode_deletes(raw)[0]).any():
                    raise SerializationFailure("could not serialize access due to concurrent update")

    def _may_ignore(self, table_id: int, raw: bytes) -> bool:
        """Whether rows may be changed although somebody has changed their table's definition: that
        was an index alone."""
        mine = next((t for t in self.snapshot.tables.values() if t.table_id == table_id), None)
        if table_id in self._changes.tables or mine is None or not raw:
            return False
        theirs = decode_table(raw)
        return (theirs.columns, theirs.primary_key) == (mine.columns, mine.primary_key)

    def _forget_keys(self, batch: Batch, table_id: int, row_ids: I64) -> None:
        """Remove the keys of deleted rows."""
        table = next((t for t in self.snapshot.tables.values() if t.table_id == table_id), None)
        if table is None or not table.primary_key:
            return
        for segment in self.snapshot.segments(table_id):
            offsets = segment.offsets_of(row_ids)
            if len(offsets):
                rows = tuple(segment.column(table.position(n)).take(offsets) for n in table.primary_key)
                for encoded in encode_keys(table_id, rows):
                    batch.delete("keys", encoded)


def _without(segment: Segment, row_ids: I64) -> Segment:
    offsets = segment.offsets_of(row_ids)
    return OverlaidSegment(segment, offsets) if len(offsets) else segment


def bounded_pieces(columns: tuple[Column, ...]) -> list[tuple[Column, ...]]:
    """Cut rows so that no blob outgrows what an LMDB value holds."""
    from vql.limits import SEGMENT_BLOB_BYTES_MAX

    rows = len(columns[0])
    widest = max((c.nbytes // max(1, rows) for c in columns), default=1)
    step = max(1, SEGMENT_BLOB_BYTES_MAX // max(1, widest))
    if rows <= step:
        return [columns]
    return [
        tuple(c.take(np.arange(start, min(rows, start + step))) for c in columns)
        for start in range(0, rows, step)
    ]


def add_keys(batch: Batch, table: schema.Table, columns: tuple[Column, ...], row_id: int) -> None:
    """Enter new rows in `keys`. Raises 23505 naming the key that is there already."""
    if not table.primary_key:
        return
    encoded = table_keys(table, columns)
    ids = np.arange(row_id, row_id + len(encoded), dtype=">u8").tobytes()
    items = [(k, ids[i * 8 : i * 8 + 8]) for i, k in enumerate(encoded)]
    items.sort()
    if batch.put_new("keys", items) < len(items):
        seen: set[bytes] = set()
        for place, k in enumerate(encoded):
            held = batch.get("keys", k)
            mine = int(row_id + place).to_bytes(8, "big")
            if held != mine or k in seen:
                raise duplicate_key(table, columns, place)
            seen.add(k)


def duplicate_key(table: schema.Table, columns: tuple[Column, ...], place: int) -> UniqueViolation:
    """Return the error of a row whose primary key is taken."""
    given = [columns[table.position(name)].take(np.array([place], np.int64)) for name in table.primary_key]
    shown = ", ".join(column.type.to_text(column.values()[0]) for column in given)
    return UniqueViolation(
        f'duplicate key value violates unique constraint "{table.name}_pkey"',
        detail=f"Key ({', '.join(table.primary_key)})=({shown}) already exists.",
    )
