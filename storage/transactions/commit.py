"""Commits: a transaction's changes checked against those of others and applied, all or nothing.

Invariants
* Versions and row ids are given out under LMDB's write lock, so both rise in the order of commits.
* First committer wins: who has deleted the same rows since the oldest snapshot that they were chosen from,
  or changed the same definitions since the newest, is found under the write lock (40001), as is a key (23505)
  or a name that is taken (42P07, 42710). Looked at is what commits since have touched.
* What other transactions may have read is never written again but `keys`, the manifest's indexes and the
  head.
* A commit changes nothing that another session has locked. It says in the commit clock that it is under way
  and looks at the lock table then; who takes a lock enters it and looks at the clock then (`Store.settle`):
  one of the two sees the other, and neither takes the other's lock.

Order of writes, and what a crash leaves: large inserts become segment files (crash: files nobody names);
then one LMDB transaction writes deletes, keys, frames, manifest records, definitions, the commit record
and the head (crash before it is durable: as above; after: everything is there). What returned is
durable; an error other than a full disk or a lost conflict leaves open whether it was done.

A commit holds the write lock while it checks and writes, and takes Store.lock under it to look at the newest
snapshot; after it, Store.lock to tell the store what it has done. Commits of rows that come at the same time
share LMDB's transaction (`vql.storage.files.group_commit`): the thread of one applies those of others, whose
threads wait.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import cast

import numpy as np

from vql import schema
from vql.errors import (
    DiskFull,
    DuplicateObject,
    DuplicateSchema,
    DuplicateTable,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    QueryCanceled,
    SerializationFailure,
)
from vql.limits import BULK_ROWS_MIN, DELTA_BYTES_MAX, SEGMENT_BLOB_BYTES_MAX
from vql.naming import Qualified
from vql.roles.role import NAMESPACE as ROLES
from vql.storage.catalog import (
    HEAD,
    commit_time_us,
    last_definition,
    note_swap,
    oldest_of,
    read_definitions,
    read_oldest,
    record_commit,
    take_numbers,
    touched_since,
)
from vql.storage.columns.column import Column
from vql.storage.files.group_commit import WaitingCommit
from vql.storage.files.metastore import Batch, key, numbers
from vql.storage.locks.modes import Kind, RelationLock, RowLock, Wanted, relation
from vql.storage.segments import manifest
from vql.storage.segments.records import (
    Frame,
    decode_deletes,
    encode_deletes,
    encode_frame,
    encode_object,
)
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot, too_old
from vql.storage.store import CommittedRows, Store
from vql.storage.transactions.isolation import Isolation
from vql.storage.transactions.key_entries import CommittedKeys, add_keys, remove_keys
from vql.storage.transactions.pending import (
    Changes,
    Naming,
    Rows,
    bytes_in,
    duplicate_snapshot,
    gathered,
    without_own_deletes,
)
from vql.storage.transactions.reference_check import Basis, LocksHeld, ReferenceCheck
from vql.storage.transactions.references import Definitions
from vql.storage.transactions.xids import note_committed
from vql.types.forms.ndarrays import I64

# By table id: the records of segment files written for large inserts, and their rows.
Files = dict[int, list[tuple[manifest.Record, Rows]]]
Batches = Sequence[Rows]
# Rows that a commit changes of those that are made durable with others.
SHARED_ROWS_MAX = 1_000
CERTAINLY_UNDONE = (
    LocksHeld, SerializationFailure, IntegrityError, ProgrammingError, DiskFull, QueryCanceled,
)  # fmt: skip


def commit(store: Store, basis: Basis, changes: Changes) -> int:
    """Apply changes made on a snapshot durably and return the version. Raises 40001, 23505, 53100, 42P07
    and 42710 for names that others have taken since, LocksHeld."""
    definitions: Definitions = basis.snapshot.tables_by_id
    if changes.tables:
        definitions = ChainMap(dict(changes.tables), cast("dict[int, schema.Table | None]", definitions))
    # Rows of a table that the transaction has dropped go with it.
    rows = {t: gathered(batches) for t, batches in changes.inserts.items() if definitions.get(t) is not None}
    files: Files = {}
    try:
        count = _write_segments(store, definitions, rows, files)
        if files:
            store.on_written(record["file"] for entries in files.values() for record, _ in entries)
        is_alone = count > SHARED_ROWS_MAX or _looks_beyond(basis, changes, definitions)
        waiting = _waiting_commit(store, basis, changes, definitions, rows, files, is_alone)
        return store.commits.run(waiting).version
    except CERTAINLY_UNDONE:
        # After any other error the commit may have happened: then the files are named, and where it has
        # not, maintenance removes them.
        _remove(store, files)
        raise


def few_waiting(store: Store, basis: Basis, changes: Changes) -> WaitingCommit[CommittedRows] | None:
    """Return the commit of few rows that are changed, for who submits it; None where there is nothing to
    commit. Its outcome raises as `commit` does."""
    changes = without_own_deletes(changes) if changes.deletes else changes
    if changes.is_empty:
        return None
    definitions: Definitions = basis.snapshot.tables_by_id
    rows = {t: gathered(batches) for t, batches in changes.inserts.items()}
    is_alone = _looks_beyond(basis, changes, definitions)
    return _waiting_commit(store, basis, changes, definitions, rows, {}, is_alone)


def _waiting_commit(
    store: Store,
    basis: Basis,
    changes: Changes,
    definitions: Definitions,
    rows: Mapping[int, Batches],
    files: Files,
    is_alone: bool,
) -> WaitingCommit[CommittedRows]:
    is_of_rows = not (changes.tables or changes.others or files)

    def work(batch: Batch) -> CommittedRows:
        return _Application(store, basis, changes, batch).run(definitions, rows, files)

    def then(done: CommittedRows) -> None:
        store.take_over(done, is_of_rows)

    def was_done(done: CommittedRows) -> bool:
        store.metastore.require_writable()  # a working copy takes over what it has missed
        with store.metastore.read() as batch:
            return commit_time_us(batch, done.version) == done.time_us

    return WaitingCommit(work, then, was_done, is_alone, basis.is_loose and is_of_rows)


def _looks_beyond(basis: Basis, changes: Changes, definitions: Definitions) -> bool:
    """Whether a commit looks at the newest snapshot, which does not show what comes before it in a group, or
    deletes many rows."""
    if changes.tables or changes.others or changes.snapshots or basis.isolation is Isolation.SERIALIZABLE:
        return True
    for table_id, row_ids in changes.deletes.items():
        table = definitions.get(table_id)
        if len(row_ids) > SHARED_ROWS_MAX:
            return True
        if table is not None and (table.referenced_by or table.foreign_keys):
            return True
    return False


def _write_segments(store: Store, definitions: Definitions, rows: Mapping[int, Batches], files: Files) -> int:
    """Write large inserts as segment files, unnamed until the commit; returns how many rows there are in all.
    Raises 53100."""
    total = 0
    for table_id, batches in rows.items():
        count = size = 0
        for batch in batches:
            count, size = count + len(batch[0]), size + bytes_in(batch)
        total += count
        if count < BULK_ROWS_MIN and size < DELTA_BYTES_MAX:
            continue
        table = definitions[table_id]
        assert table is not None, "rows of a dropped table are not written"
        for piece in (piece for batch in batches for piece in bounded_pieces(batch)):
            try:
                record = manifest.write_segment(
                    store.new_file("segments"), dict(zip(table.column_ids, piece, strict=True))
                )
            except BaseException:
                _remove(store, files)
                raise
            files.setdefault(table_id, []).append((record, piece))
    return total


def _remove(store: Store, files: Files) -> None:
    for record, _ in (entry for entries in files.values() for entry in entries):
        (store.path / record["file"]).unlink(missing_ok=True)


class _Application:
    """One commit under the write lock."""

    def __init__(self, store: Store, basis: Basis, changes: Changes, batch: Batch) -> None:
        self.store = store
        self.basis = basis
        self.snapshot = basis.snapshot
        self.changes = changes
        self.batch = batch

    @cached_property
    def keys(self) -> CommittedKeys:
        """The keys of what it changes, where that is more than to enter new ones."""
        return CommittedKeys(self.batch, self.snapshot, self.changes.deletes)

    def run(self, definitions: Definitions, rows: Mapping[int, Batches], files: Files) -> CommittedRows:
        """Check and write everything."""
        changes, batch = self.changes, self.batch
        before = batch.get("meta", HEAD) or b""
        head, generation, records = numbers(before)
        version = head + 1
        time_us = self.store.clock.take()
        if self.store.locks.is_used:
            self._respect_locks(definitions, rows)
        if head != self.snapshot.version:
            self._check_definitions(head)
            self.basis.validate(batch, head)
        if head != self.basis.since:
            self._check_deletes()
        replaced = set()  # tables whose rows all come back under their keys
        for table_id, row_ids in changes.deletes.items():
            batch.put(
                "deletes", key(table_id, version), encode_deletes(row_ids, np.full(len(row_ids), version))
            )
            before_it = self.snapshot.tables_by_id.get(table_id)
            if before_it is None or not before_it.unique_keys:
                continue
            is_same = table_id in rows and table_id not in changes.tables
            if is_same and self.keys.are_replaced(before_it, rows[table_id]):
                replaced.add(table_id)
            else:
                self.keys.forget(before_it, row_ids)
        for table_id, definition in changes.tables.items():
            known = self.snapshot.tables_by_id.get(table_id)
            if table_id in changes.undropped and definition is not None:
                self._restore_keys(definition)
            elif known is not None and definition is not None:
                self._change_keys(known, definition)
        frames = {}
        for table_id, batches in rows.items():
            table = definitions[table_id]
            assert table is not None, "rows of a dropped table are not written"
            starts = []
            for columns in batches:  # one, but where they become files
                starts.append(take_numbers(batch, f"row {table_id}", len(columns[0]), 1))
                if table.unique_keys:
                    ids = np.arange(starts[-1], starts[-1] + len(columns[0]))
                    if table_id in replaced:
                        self.keys.replace(table, columns, ids)
                    else:
                        add_keys(batch, table, table.unique_keys, columns, ids)
            if table_id in files:
                self._name_segments(table_id, files[table_id], starts[0], version)
                continue
            stored = dict(zip(table.column_ids, [column.compact() for column in columns], strict=True))
            frame = Frame(starts[0], len(columns[0]), stored)
            raw = encode_frame(frame)
            frames[table_id] = (frame, len(raw))
            batch.put("delta", key(table_id, version), raw)
        if head != self.basis.since:
            self._references().check(definitions, rows)
        if changes.tables or changes.others:
            generation += self._define(version, generation)
        if changes.snapshots:
            self._name_snapshots(version)
        touched = {*rows, *changes.deletes, *changes.tables, *changes.others}
        record_commit(batch, version, time_us, touched)
        if self.basis.locks.xid:
            note_committed(batch, self.basis.locks.xid, version)
        after = key(version, generation, records + len(changes.tables) + len(changes.others))
        batch.put("meta", HEAD, after)
        return CommittedRows(before, after, version, time_us, frames, changes.deletes)

    def _references(self) -> ReferenceCheck:
        return ReferenceCheck(self.store, self.basis, self.changes, self.batch)

    def _respect_locks(self, definitions: Definitions, rows: Mapping[int, Batches]) -> None:
        """Raise LocksHeld where another session holds a lock on what is changed here."""
        locks = self.basis.locks
        if locks.are_others_holding():
            wanted = [each for each in self._locks(definitions, rows) if len(each.minors)]
            held = locks.find_held(wanted)
            if held is not None:
                raise LocksHeld(held)

    def _locks(self, definitions: Definitions, rows: Mapping[int, Batches]) -> Iterator[Wanted]:
        yield from self._references().locks(definitions, rows)
        for table_id in {*rows, *self.changes.deletes}:
            yield relation(table_id, RelationLock.ROW_EXCLUSIVE)
        for table_id in self.changes.tables:  # who has it to itself changes it first
            yield relation(table_id, RelationLock.ACCESS_SHARE)
        for table_id, row_ids in self.changes.deletes.items():
            yield Wanted(Kind.ROW, RowLock.CHANGE, table_id, row_ids)
        for table_id, columns in ((t, columns) for t, batches in rows.items() for columns in batches):
            table = definitions[table_id]
            if table is not None:
                yield from self.keys.locks(table, columns)

    def _deleted(self, table_id: int) -> I64:
        return self.changes.deletes.get(table_id, np.empty(0, np.int64))

    def _name_snapshots(self, version: int) -> None:
        """Write the names of snapshots. Raises 42710 where another transaction has taken one."""
        for name, naming in self.changes.snapshots.items():
            at = name.encode()
            if naming is Naming.DROP:
                self.batch.delete("snapshots", at)
            elif naming is Naming.CREATE and self.batch.get("snapshots", at) is not None:
                raise duplicate_snapshot(name)
            else:
                self.batch.put("snapshots", at, key(version))

    def _name_segments(
        self, table_id: int, files: list[tuple[manifest.Record, Rows]], row_id: int, version: int
    ) -> None:
        for record, piece in files:
            if not (self.store.path / record["file"]).exists():
                # Written so long ago that maintenance took it for one a crash had left.
                gone = f"{record['file']} was removed before the commit"
                raise OperationalError(gone, sqlstate="58030")
            segment_id = take_numbers(self.batch, "segment", 1, 1)
            named = {**record, "row_id": row_id, "created": version, "max_created": version}
            self.batch.put("manifest", key(table_id, segment_id), manifest.encode(named))
            row_id += len(piece[0])

    def _define(self, version: int, generation: int) -> bool:
        """Write definitions; return whether the manifest was changed."""
        unnamed: list[int] = []
        for table_id, table in self.changes.tables.items():
            raw = b"" if table is None else encode_object(table)
            self.batch.put("catalog", key(table_id, version), raw)
            if table is not None and self._unname_indexes(table):
                unnamed.append(table_id)
        for object_id, definition in self.changes.others.items():
            raw = b"" if definition is None else encode_object(definition)
            self.batch.put("catalog", key(object_id, version), raw)
        if unnamed:
            note_swap(self.batch, generation + 1, *unnamed)
        return bool(unnamed)

    def _restore_keys(self, table: schema.Table) -> None:
        """Make the entries of the unique keys of a dropped table, whose rows stay. Raises 72000 where they
        have been forgotten, 40001 where it is there again."""
        dropped_at, definition = last_definition(self.batch, table.table_id)
        if definition is not None:
            raise SerializationFailure("could not serialize access due to concurrent definition change")
        oldest, oldest_us = read_oldest(self.batch, table.table_id)
        if oldest >= dropped_at:
            raise too_old(oldest_us)
        for unique in table.unique_keys:
            remove_keys(self.batch, unique.key_id)
        bare = replace(table, primary_key=(), indexes=())
        self._change_keys(bare, table, self.snapshot.find_segments(table, self.snapshot.version))

    def _change_keys(
        self, before: schema.Table, table: schema.Table, segments: Sequence[Segment] | None = None
    ) -> None:
        """Remove the entries of unique keys that a table has no longer, and make those of new ones for the
        rows that stay. Raises 23505."""
        old, new = before.keys_by_columns, table.keys_by_columns
        for unique in old.values():
            if before.columns_of_key(unique) not in new:
                remove_keys(self.batch, unique.key_id)
        made = tuple(unique for columns, unique in new.items() if columns not in old)
        if segments is None:
            segments = self.snapshot.segments(table.table_id) if made else ()
        for segment in segments:
            visible = segment.visible(self.snapshot.version)
            offsets = np.arange(segment.rows) if visible is None else np.flatnonzero(visible)
            ids = segment.row_ids(offsets)
            stay = ~np.isin(ids, self._deleted(table.table_id))
            laid, offsets = segment.laid_out(table.stored), offsets[stay]
            rows = {p: laid.column(p).take(offsets) for unique in made for p in unique.read}
            add_keys(self.batch, table, made, rows, ids[stay])

    def _unname_indexes(self, table: schema.Table) -> bool:
        """Take indexes that a definition no longer has out of the manifest; maintenance removes their
        files. Returns whether there were any."""
        kept = {str(index.index_id) for index in table.indexes}
        changed = []
        for at, raw in self.batch.range("manifest", key(table.table_id), key(table.table_id)):
            record = manifest.decode(raw)
            if record["indexes"].keys() - kept:
                indexes = {name: entry for name, entry in record["indexes"].items() if name in kept}
                changed.append((at, {**record, "indexes": indexes}))
        for at, record in changed:
            self.batch.put("manifest", at, manifest.encode(record))
        return bool(changed)

    def _check_definitions(self, head: int) -> None:
        """First committer wins: raise 40001 where somebody has touched the same definitions since the
        snapshot, 42P07 where somebody has taken a name."""
        since, changes = self.snapshot.version, self.changes
        if not self.batch.has("commits", key(since + 1)):  # the oldest are forgotten first
            raise SerializationFailure("could not serialize access: the snapshot is too old")
        touched = {*changes.deletes, *changes.tables, *changes.others, *changes.inserts}
        names = new_names(self.snapshot, changes)
        others = touched_since(self.batch, since, head) or set() if names else touched
        for table_id in others:
            changed = read_definitions(self.batch, [table_id], since)
            if not changed:
                continue
            _, _, definition = changed[-1]
            if table_id in touched and not self._may_ignore(table_id, definition):
                raise SerializationFailure("could not serialize access due to concurrent definition change")
            require_free(names, definition)

    def _check_deletes(self) -> None:
        """First committer wins: raise 40001 where somebody has deleted the same rows since the oldest
        snapshot that they were chosen from."""
        # What is locked nobody else deletes.
        since = self.basis.since if self.basis.is_brief else self.snapshot.version
        for table_id, row_ids in self.changes.deletes.items():
            if since < oldest_of(self.batch, table_id):
                # Deletes done since are no longer written down: the rows may be gone.
                raise SerializationFailure("could not serialize access: the snapshot is too old")
            start = key(table_id, self.basis.since + 1)
            for _, raw in self.batch.range("deletes", start, key(table_id)):
                if np.isin(row_ids, decode_deletes(raw)[0]).any():
                    raise SerializationFailure("could not serialize access due to concurrent update")

    def _may_ignore(self, table_id: int, theirs: schema.Object | None) -> bool:
        """Whether rows may be changed although somebody has changed their table's definition: that
        was an index alone."""
        mine = self.snapshot.tables_by_id.get(table_id)
        return table_id not in self.changes.tables and same_rows(mine, theirs)


def same_rows(mine: schema.Object | None, theirs: schema.Object | None) -> bool:
    """Whether rows of one definition of a table are those of another."""
    if not isinstance(mine, schema.Table) or not isinstance(theirs, schema.Table):
        return False
    return _rules(theirs) == _rules(mine)


def _rules(table: schema.Table) -> tuple[object, ...]:
    """Return what the rows of a table have to be."""
    rows = table.stored, table.domains, table.unique_keys, table.checks
    return (*rows, table.foreign_keys, table.referenced_by)


def names_taken_by(definition: schema.Object | None) -> set[Qualified]:
    """Return the names that an object and its indexes take; that of its key's index gives way."""
    if definition is None:
        return set()
    indexes = definition.indexes if isinstance(definition, schema.Table) else ()
    return {definition.qualified, *((definition.qualified[0], i.name) for i in indexes if not i.primary)}


def new_names(snapshot: Snapshot, changes: Changes) -> set[Qualified]:
    """Return the names that come with changes made on a snapshot."""
    return {
        name
        for object_id, definition in (*changes.tables.items(), *changes.others.items())
        for name in names_taken_by(definition) - names_taken_by(snapshot.definition(object_id))
    }


def require_free(names: set[Qualified], definition: schema.Object | None) -> None:
    """Raise 42P07, of a schema 42P06, where an object or an index of it has one of some names."""
    for name in names & names_taken_by(definition):
        raise name_taken(name)


def name_taken(name: Qualified) -> DuplicateTable | DuplicateSchema | DuplicateObject:
    """Return the error of a name that something has already."""
    if name[0] == ROLES:
        return DuplicateObject(f'role "{name[1]}" already exists')
    if not name[0]:
        return DuplicateSchema(f'schema "{name[1]}" already exists')
    return DuplicateTable(f'relation "{name[1]}" already exists')


def bounded_pieces(columns: tuple[Column, ...]) -> list[tuple[Column, ...]]:
    """Cut rows so that no blob outgrows what an LMDB value holds."""
    rows = len(columns[0])
    widest = max((c.nbytes // max(1, rows) for c in columns), default=1)
    step = max(1, SEGMENT_BLOB_BYTES_MAX // max(1, widest))
    if rows <= step:
        return [columns]
    return [
        tuple(c.take(np.arange(start, min(rows, start + step))) for c in columns)
        for start in range(0, rows, step)
    ]
