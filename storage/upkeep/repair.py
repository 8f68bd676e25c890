"""Mending what the check finds, as far as what is there says how: `vql repair`.

A repair is planned first, in words, and done only when it is asked for. Mended are

* rows that stand twice: the segments and frames that hold them are written anew as one segment with each row
  once, and replaced by it in a swap;
* `keys` and `times`, which can be told from rows and commits: written anew in one transaction;
* indexes that are damaged or missing: built anew;
* files of older formats that no record names: moved away. Newer ones are swept by maintenance.

What is lost is not made up: rows whose only copy is damaged stay damaged, their table stays closed, and the
check goes on naming them.

Before anything is changed, `main.mdb` is copied, and every file that is replaced linked, into a folder
`repaired-<time>` beside them, synced: putting them back undoes the repair. Each repair is one LMDB
transaction; a process that is killed leaves those that were done, and the next repair plans the rest. Nobody
else may have the database open (55006).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from vql import schema
from vql.constraints import UniqueKey
from vql.dataclass import dataclass
from vql.errors import DataCorrupted, OperationalError
from vql.storage.files.blobfile import sync_folder
from vql.storage.files.identity import FOLDERS, OWN_FILE
from vql.storage.files.metastore import Batch, key, numbers
from vql.storage.keys import keys_of
from vql.storage.segments import manifest
from vql.storage.segments.segment import SealedSegment, Segment
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.storage.swap import Replace, swap
from vql.storage.table_state import TableContents
from vql.storage.upkeep.build import build_indexes
from vql.storage.upkeep.check import check_store, damage_of
from vql.storage.upkeep.lease import lease
from vql.storage.upkeep.orphans import named_files
from vql.storage.upkeep.rewrite import write_rows
from vql.types.forms.ndarrays import I64, sorted_distinct


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair: what it does, in words, and doing it; `replaces` are files that nobody names afterwards."""

    text: str
    do: Callable[[], None]
    replaces: Sequence[str] = ()


def repair_database(folder: Path, apply: bool) -> tuple[list[str], list[str]]:
    """Return what is mended, or would be unless `apply`, and the problems that are left then. Raises 58P01,
    55006, XX001 where the database cannot be opened."""
    store = Store.open(folder, create=False)
    try:
        if not store.metastore.is_alone():
            raise OperationalError(
                "the database is open in another process", hint="close it there first", sqlstate="55006"
            )
        with lease(folder):
            done = _repaired(store, apply)
        return done, check_store(store)
    finally:
        store.close()


def _repaired(store: Store, apply: bool) -> list[str]:
    done: list[str] = []
    kept: Path | None = None
    # One after the other, each planned on what the one before has left.
    for plan in (_doubled_rows, _key_repairs, _times, _index_repairs, _strangers):
        for each in list(plan(store)):
            if apply:
                kept = kept or _copy(store)
                _link(store, each.replaces, kept)
                each.do()
            done.append(each.text)
        if apply:
            store.read_anew()
    return [*done, f"what was before is in {kept}"] if kept else done


def _copy(store: Store) -> Path:
    """Copy `main.mdb` into a folder of its own, while nobody writes it; return the folder."""
    kept = Path(
        tempfile.mkdtemp(prefix=time.strftime("repaired-%Y%m%dT%H%M%S-", time.gmtime()), dir=store.path)
    )
    with store.metastore.write():
        shutil.copyfile(store.path / "main.mdb", kept / "main.mdb")
    descriptor = os.open(kept / "main.mdb", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(kept)
    sync_folder(store.path)
    return kept


def _link(store: Store, files: Sequence[str], kept: Path) -> None:
    for file in files:
        if (store.path / file).exists() and not (kept / file).exists():
            (kept / file).parent.mkdir(exist_ok=True)
            os.link(store.path / file, kept / file)
            sync_folder((kept / file).parent)
    sync_folder(kept)


def _tables(store: Store) -> Iterator[tuple[schema.Table, TableContents]]:
    snapshot = store.snapshot()
    for table_id, table in snapshot.tables_by_id.items():
        try:
            known = store.contents(table_id)
        except DataCorrupted:  # the table is closed
            continue
        yield table, known


# ------------------------------------------------------------------ rows that stand twice


def _doubled_rows(store: Store) -> Iterator[Repair]:
    for table, state in _tables(store):
        group = doubled(state.segments)
        if not group:
            continue
        sealed = [segment for segment in group if isinstance(segment, SealedSegment)]
        rows = sum(segment.rows for segment in group)
        kept = len(sorted_distinct(np.concatenate([segment.row_ids() for segment in group])))
        named = ", ".join(segment.record["file"] for segment in sealed)
        frames = " and the rows not sealed yet" if len(sealed) < len(group) else ""
        text = f"table {table.name}: {rows - kept} rows stand twice in {named}{frames}: {kept} are kept"
        files = [file for segment in sealed for file in manifest.files(dict(segment.record))]
        yield Repair(text, partial(_write_once, store, table, group), files)


def doubled(segments: Sequence[Segment]) -> list[Segment]:
    """Return the segments that share a row with another one."""
    if not segments:
        return []
    ids = np.concatenate([segment.row_ids() for segment in segments])
    owners = np.repeat(np.arange(len(segments)), [segment.rows for segment in segments])
    order = np.argsort(ids, kind="stable")
    twice = np.flatnonzero(np.diff(ids[order]) == 0)
    shared = sorted_distinct(owners[order[np.concatenate([twice, twice + 1])]])
    return [segments[place] for place in shared.tolist()]


def _write_once(store: Store, table: schema.Table, group: Sequence[Segment]) -> None:
    record, _ = write_rows(store, table.table_id, group, 0, once=True)
    frames: I64 = np.empty(0, np.int64)
    for segment in group:
        if not isinstance(segment, SealedSegment):
            frames = sorted_distinct(np.asarray(segment.created))
    segments = [segment.segment_id for segment in group if isinstance(segment, SealedSegment)]
    if not swap(store, Replace(table.table_id, frames.tolist(), segments, record)):
        raise OperationalError("the database was changed meanwhile", sqlstate="40001")


# ------------------------------------------------------------------ what can be told from the rest


def _key_repairs(store: Store) -> Iterator[Repair]:
    for table, _ in _tables(store):
        for unique in table.unique_keys:
            with store.metastore.read() as batch:
                wanted = _wanted_keys(store, table, unique)
                prefix = key(unique.key_id)
                held = dict(batch.stored("keys", prefix, prefix))
                damaged = any(damage_of(batch, "keys", at, raw) for at, raw in held.items())
                sound = not damaged and held.keys() == wanted.keys()
                if sound and all(batch.get("keys", at) == row for at, row in wanted.items()):
                    continue
            text = f"table {table.name}: {len(wanted)} keys are written anew from the rows"
            yield Repair(text, partial(_write_keys, store, unique.key_id, wanted))


def _wanted_keys(store: Store, table: schema.Table, unique: UniqueKey) -> dict[bytes, bytes]:
    """Return the entries of a key for a table's rows. Raises DataCorrupted where two rows have one: which of
    them is right nobody can tell."""
    wanted: dict[bytes, bytes] = {}
    for entries in key_entries(store.snapshot(), table, unique):
        for at, row in entries:
            other = wanted.setdefault(at, row)
            if other != row:
                what = "primary key" if table.is_primary(unique) else f"key {unique.name}"
                raise DataCorrupted(
                    f"table {table.name}: rows {numbers(other)[0]} and {numbers(row)[0]} have one {what}",
                    hint="delete one of them",
                )
    return wanted


def key_entries(
    snapshot: Snapshot, table: schema.Table, unique: UniqueKey
) -> Iterator[list[tuple[bytes, bytes]]]:
    """Yield the entries of a key for the rows that a snapshot sees, those of a segment at a time."""
    for segment in snapshot.segments(table.table_id):
        visible = segment.visible(snapshot.version)
        offsets = np.arange(segment.rows) if visible is None else np.flatnonzero(visible)
        rows = {position: segment.column(position).take(offsets) for position in unique.read}
        ids = segment.row_ids(offsets).tolist()
        yield [
            (at, key(row_id)) for at, row_id in zip(keys_of(unique, rows), ids, strict=True) if at is not None
        ]


def _write_keys(store: Store, key_id: int, wanted: dict[bytes, bytes]) -> None:
    prefix = key(key_id)
    with store.metastore.write() as batch:
        for at in [at for at, _ in batch.stored("keys", prefix, prefix)]:
            batch.delete("keys", at)
        batch.put_new("keys", sorted(wanted.items()))


def _times(store: Store) -> Iterator[Repair]:
    with store.metastore.read() as batch:
        wanted = {raw[:8]: at for at, raw in batch.range("commits", b"")}
        held = dict(batch.stored("times", b""))
        damaged = any(damage_of(batch, "times", at, raw) for at, raw in held.items())
        sound = not damaged and held.keys() == wanted.keys()
        if sound and all(batch.get("times", at) == version for at, version in wanted.items()):
            return
    yield Repair("main.mdb: the times of commits are written anew", lambda: _write_times(store, wanted))


def _write_times(store: Store, wanted: dict[bytes, bytes]) -> None:
    with store.metastore.write() as batch:
        for at in [at for at, _ in batch.stored("times", b"")]:
            batch.delete("times", at)
        batch.put_new("times", sorted(wanted.items()))


# ------------------------------------------------------------------ files


def _index_repairs(store: Store) -> Iterator[Repair]:
    for table, state in _tables(store):
        damaged = 0
        for segment in state.sealed:
            for file in segment.files():
                if file is not segment.file:
                    for name in file.places:
                        try:
                            file.verify(name)
                        except DataCorrupted:
                            break
            damaged += len(segment.damaged_indexes())
        if damaged:
            text = f"table {table.name}: {damaged} damaged or missing index files are built anew"
            yield Repair(text, partial(build_indexes, store, table))


def _strangers(store: Store) -> Iterator[Repair]:
    with store.metastore.read() as batch:
        named = named_files(batch) if not _unreadable(batch, "manifest") else None
    if named is None:
        return
    for part in FOLDERS:
        for path in sorted((store.path / part).iterdir()):
            file = manifest.named(path)
            # A file of another database is left alone; ours are swept when they are old enough.
            if file not in named and path.suffix == ".mdb" and not OWN_FILE.fullmatch(path.name):
                yield Repair(f"{file}: no record names it: it is moved away", path.unlink, [file])


def _unreadable(batch: Batch, database: str) -> bool:
    return any(damage_of(batch, database, at, raw) for at, raw in batch.stored(database, b""))
