"""A change of what exists is a swap: some named things go, others come, all at once or not at all.

Maintenance works for seconds or minutes on what it has read: meanwhile a table may be dropped, an
index too, and another process may maintain the same rows where a lease was lost. So it does not
change records itself. It writes files that nobody names and proposes a change; `swap` applies it
under LMDB's write lock, and only while every input is still named.

Invariants
* A segment or a delta frame is named by one record and never changes: that its record is there
  says that its rows are.
* No row is ever named twice or by nothing: what replaces rows is named in the transaction that
  unnames them.
* What is named is there: a file that has vanished since it was written gives the change up.
* The generation moves with every swap, so that each process reads the manifest again.

Order of writes, and what a crash leaves: the new file, synced and renamed (crash: a file nobody
names); one LMDB transaction with the new record, without the inputs (crash before it is durable: as
above; after: all is done but for files); the files of the inputs are removed (crash, or a backup under
way: files nobody names, which `upkeep.orphans` removes). Who has a removed file mapped reads on.

No state and no lock of its own: the write lock of `main.mdb` is held while records are looked at
and changed, for well under a millisecond.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

from vql import schema
from vql.dataclass import dataclass
from vql.errors import DataCorrupted, DiskFull
from vql.storage.catalog import bump, last_definition, note_oldest, take_numbers
from vql.storage.files.metastore import Batch, key, opened
from vql.storage.files.removal import may_remove
from vql.storage.segments import manifest
from vql.storage.store import Store


@dataclass(frozen=True, slots=True)
class Replace:
    """Rows of a table stand in a new segment. Inputs: the versions of `frames`, the ids of
    `segments`. `record` is None where no row is left; rows deleted by `forgotten` were left out."""

    table_id: int
    frames: Sequence[int]
    segments: Sequence[int]
    record: manifest.Record | None
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class AddIndex:
    """A segment gets an index. Inputs: the segment and the index' definition."""

    table_id: int
    segment_id: int
    index_id: int
    entry: manifest.Record


@dataclass(frozen=True, slots=True)
class Purge:
    """All rows of a table go. Input: it was dropped, at version `dropped`."""

    table_id: int
    dropped: int


Change = Replace | AddIndex | Purge


def swap(store: Store, change: Change) -> bool:
    """Apply a change if every input is still named, else give it up; return whether it was applied.

    Files that are named no longer, or were written for what is given up, are removed. Raises 53100.
    """
    try:
        store.on_written(written_files(change))
        with store.metastore.write() as batch:
            # Written so long ago, maintenance may have taken it for one a crash had left.
            whole = all((store.path / file).exists() for file in written_files(change))
            unnamed = _apply(batch, change) if whole else None
            if unnamed is not None:
                bump(batch, change.table_id)
    except DiskFull:
        # After any other error the commit may have happened, and the files are named.
        remove_files(store, written_files(change))
        raise
    remove_files(store, written_files(change) if unnamed is None else unnamed)
    return unnamed is not None


def _apply(batch: Batch, change: Change) -> list[str] | None:
    """Write the records of a change and return the files they unname; None where an input is gone."""
    match change:
        case Replace():
            return _replace(batch, change)
        case AddIndex():
            return _add_index(batch, change)
        case Purge():
            return _purge(batch, change)


def _replace(batch: Batch, change: Replace) -> list[str] | None:
    table_id = change.table_id
    frames = [key(table_id, version) for version in change.frames]
    segments = [key(table_id, segment_id) for segment_id in change.segments]
    records = [batch.get("manifest", at) for at in segments]
    if any(batch.get("delta", at) is None for at in frames) or any(raw is None for raw in records):
        return None
    for at in frames:
        batch.delete("delta", at)
    for at in segments:
        batch.delete("manifest", at)
    if change.forgotten:
        note_oldest(batch, table_id, change.forgotten)
    if change.record is not None:
        # A new id: who has a segment of an old id open knows its rows by it.
        segment_id = take_numbers(batch, "segment", 1, 1)
        batch.put("manifest", key(table_id, segment_id), manifest.encode(change.record))
    return [file for raw in records if raw is not None for file in manifest.files(manifest.decode(raw))]


def _add_index(batch: Batch, change: AddIndex) -> list[str] | None:
    at = key(change.table_id, change.segment_id)
    raw = batch.get("manifest", at)
    _, table = last_definition(batch, change.table_id)
    if (
        raw is None
        or not isinstance(table, schema.Table)
        or all(i.index_id != change.index_id for i in table.indexes)
    ):
        return None
    record = manifest.decode(raw)
    before = record["indexes"].get(str(change.index_id))
    record["indexes"][str(change.index_id)] = change.entry
    batch.put("manifest", at, manifest.encode(record))
    return [] if before is None else [before["file"]]


def _purge(batch: Batch, change: Purge) -> list[str] | None:
    prefix = key(change.table_id)
    if last_definition(batch, change.table_id) != (change.dropped, None):
        return None
    unnamed: list[str] = []
    for at, raw in batch.stored("manifest", prefix, prefix):
        # The files of a record that cannot be read are left to whoever sweeps what nobody names.
        with contextlib.suppress(DataCorrupted, ValueError):
            unnamed += manifest.files(manifest.decode(opened("manifest", at, raw)))
    for database in ("manifest", "delta", "deletes"):
        for at in [at for at, _ in batch.stored(database, prefix, prefix)]:
            batch.delete(database, at)
    note_oldest(batch, change.table_id, change.dropped)
    return unnamed


def written_files(change: Change) -> list[str]:
    """Return the files that were written for a change."""
    match change:
        case Replace(record=record) if record is not None:
            return manifest.files(record)
        case AddIndex(entry=entry):
            return [entry["file"]]
    return []


def remove_files(store: Store, files: Iterable[str]) -> None:
    """Remove files that no record names, unless somebody copies files of the database."""
    with may_remove(store.path) as may:
        for file in files if may else ():
            (store.path / file).unlink(missing_ok=True)
