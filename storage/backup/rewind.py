"""A whole database taken back to an earlier version of its own: what was committed behind it is gone.

Done to a copy that nobody else has open and that has no name yet (`restore`), so a crash leaves nothing. What
`main.mdb` says by version is cut off behind it: definitions, commits, rows and deletes. What it says of the
present alone is made anew: keys, from the rows that the version sees. Segments that hold rows made later are
written anew without these; segments are not in order with versions, so any of a table may.

Exact as long as each table's history reaches back to the version (72000 else), which is what AS OF needs too.

Invariants
* No number is given out again: ids of objects, rows and columns go on where they were, so what is left in a
  segment of a column that is no more belongs to none to come.
* Sequences stay where they were at the end: their numbers are no part of versions, as nextval is not undone
  by ROLLBACK either.
* A temporary table has no rows at a version but its session's, which is gone: it goes.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np

from vql import schema
from vql.naming import is_temporary
from vql.storage.catalog import HEAD, definition_of, oldest_of, read_oldest, take_numbers, touched_since
from vql.storage.files.metastore import Batch, key, numbers
from vql.storage.namespace import Definition
from vql.storage.segments import manifest
from vql.storage.segments.records import decode_deletes, encode_deletes, encode_object
from vql.storage.snapshot import Snapshot, too_old
from vql.storage.store import Store
from vql.storage.swap import remove_files
from vql.storage.transactions.xids import forget_version
from vql.storage.upkeep.repair import key_entries
from vql.storage.upkeep.rewrite import write_rows

CLEAR_STEP = 20_000
# By table and segment, what is to be named in its place.
Shortened = dict[tuple[int, int], manifest.Record | None]


def rewind(store: Store, version: int) -> None:
    """Make a version of a database the newest one it has had. Nobody else may have it open, and the store is
    not to be used afterwards but closed. Raises 72000, 22023, XX001, 53100."""
    snapshot = store.snapshot(version)
    with store.metastore.read() as batch:
        head = numbers(batch.get("meta", HEAD) or b"")[0]
        objects = _objects(batch)
        touched = touched_since(batch, version, head)
        lasting = _lasting(objects, version)
        for table_id in lasting & snapshot.tables_by_id.keys():
            if oldest_of(batch, table_id) > version:
                raise too_old(read_oldest(batch, table_id)[1])
    changed = lasting if touched is None else lasting & touched
    shortened = _shortened(store, changed, version)
    with store.metastore.write() as batch:
        unnamed = _cut(batch, objects, lasting, changed, shortened, version)
        for table_id in changed & snapshot.tables_by_id.keys():
            _write_keys(batch, snapshot, snapshot.tables_by_id[table_id])
    remove_files(store, unnamed)


Objects = dict[int, list[tuple[int, Definition]]]


def _objects(batch: Batch) -> Objects:
    """Return every definition there has been, by object, oldest first."""
    found: Objects = {}
    for at, raw in batch.stored("catalog", b""):
        object_id, version = numbers(at)
        found.setdefault(object_id, []).append((version, definition_of(object_id, at, raw)))
    return found


def _lasting(objects: Objects, version: int) -> set[int]:
    """Return the tables that there were by a version, also those dropped since or before, but for temporary
    ones."""
    return {
        object_id
        for object_id, history in objects.items()
        for at, found in history
        if at <= version and isinstance(found, schema.Table) and not is_temporary(found.schema)
    }


def _shortened(store: Store, table_ids: set[int], version: int) -> Shortened:
    """Write the segments anew that hold rows made behind a version."""
    found: Shortened = {}
    for table_id in table_ids:
        for segment in store.contents(table_id).sealed:
            if segment.record["max_created"] > version:
                record, _ = write_rows(store, table_id, [segment], 0, until=version)
                found[table_id, segment.segment_id] = record
    return found


def _cut(
    batch: Batch, objects: Objects, lasting: set[int], changed: set[int], shortened: Shortened, version: int
) -> list[str]:
    """Write what `main.mdb` says of a version alone; return the files that are named no longer."""
    unnamed: list[str] = []
    definitions = _cut_catalog(batch, objects, version)
    tables = {i for i, history in objects.items() if any(isinstance(d, schema.Table) for _, d in history)}
    for table_id in tables:
        if table_id not in lasting or table_id in changed:
            for key_id in _key_ids(objects[table_id]):
                _clear(batch, "keys", key(key_id))
        if table_id in changed:
            for at in [at for at, _ in batch.range("delta", key(table_id, version + 1), key(table_id))]:
                batch.delete("delta", at)
            _cut_deletes(batch, table_id, version)
        elif table_id not in lasting:
            for _, raw in batch.range("manifest", key(table_id), key(table_id)):
                unnamed += manifest.files(manifest.decode(raw))
            for database in ("manifest", "delta", "deletes", "oldest"):
                _clear(batch, database, key(table_id))
            if is_temporary(_last_schema(objects[table_id])):
                definitions -= _clear(batch, "catalog", key(table_id))
    for (table_id, segment_id), record in shortened.items():
        at = key(table_id, segment_id)
        unnamed += manifest.files(manifest.decode(batch.get("manifest", at) or b""))
        batch.delete("manifest", at)
        if record is not None:
            new_id = take_numbers(batch, "segment", 1, 1)
            batch.put("manifest", key(table_id, new_id), manifest.encode(record))
    for at, raw in list(batch.range("commits", key(version + 1))):
        batch.delete("commits", at)
        batch.delete("times", raw[:8])
        forget_version(batch, numbers(at)[0])
    for at, raw in list(batch.range("snapshots", b"")):
        if numbers(raw)[0] > version:
            batch.delete("snapshots", at)
    generation = numbers(batch.get("meta", HEAD) or b"")[1]
    batch.put("meta", HEAD, key(version, generation + 1, definitions))
    return unnamed


def _cut_catalog(batch: Batch, objects: Objects, version: int) -> int:
    """Remove the definitions made behind a version; return how many are left."""
    left = 0
    for object_id, history in objects.items():
        kept = [entry for entry in history if entry[0] <= version]
        left += len(kept)
        for at, _ in history[len(kept) :]:
            batch.delete("catalog", key(object_id, at))
        given = max((d.next_column_id for _, d in history if isinstance(d, schema.Table)), default=0)
        if kept and isinstance(last := kept[-1][1], schema.Table) and last.next_column_id < given:
            later = replace(last, next_column_id=given)
            batch.put("catalog", key(object_id, kept[-1][0]), encode_object(later))
    return left


def _cut_deletes(batch: Batch, table_id: int, version: int) -> None:
    """Leave the deletes done by a version; those of frames named later, as folded ones are, in one frame."""
    rows, versions = [], []
    for at, raw in list(batch.range("deletes", key(table_id, version), key(table_id))):
        row_ids, ends = decode_deletes(raw)
        rows.append(row_ids[ends <= version])
        versions.append(ends[ends <= version])
        batch.delete("deletes", at)
    if rows and sum(map(len, rows)):
        order = np.argsort(np.concatenate(versions), kind="stable")
        made = encode_deletes(np.concatenate(rows)[order], np.concatenate(versions)[order])
        batch.put("deletes", key(table_id, version), made)


def _key_ids(history: list[tuple[int, Definition]]) -> set[int]:
    return {u.key_id for _, d in history if isinstance(d, schema.Table) for u in d.unique_keys}


def _last_schema(history: list[tuple[int, Definition]]) -> str:
    return next(d.schema for _, d in reversed(history) if isinstance(d, schema.Table))


def _clear(batch: Batch, database: str, prefix: bytes) -> int:
    """Remove what begins with a prefix, a step at a time; return how much there was."""
    count = 0
    while found := [at for at, _ in islice(batch.stored(database, prefix, prefix), CLEAR_STEP)]:
        for at in found:
            batch.delete(database, at)
        count += len(found)
    return count


def _write_keys(batch: Batch, snapshot: Snapshot, table: schema.Table) -> None:
    for unique in table.unique_keys:
        for entries in key_entries(snapshot, table, unique):
            batch.put_new("keys", entries)
