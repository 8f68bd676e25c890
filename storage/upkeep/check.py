"""Reading the whole of a database and saying what is damaged; nothing is changed.

Checked: the pages of `main.mdb`; head, commits and times against each other; every catalog record;
every file of the manifest, byte by byte against its checksums; rows, row ids and versions within
and across segments and delta frames; deletes against rows; `keys` against the live rows. A file
that no record names is no damage: a crash leaves one and maintenance removes it.

The work is done in one read transaction and under the maintenance lease, so that files stay.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.errors import DataCorrupted, Error, NotSupportedError, OperationalError
from vql.storage.catalog import HEAD, definition_of
from vql.storage.files.blobfile import BlobFile, Checked, places_of
from vql.storage.files.header import problems
from vql.storage.files.identity import FOLDERS, marks, require_owner
from vql.storage.files.metastore import DATABASES, Batch, Metastore, key, numbers, opened, shown
from vql.storage.folder import FORMAT_VERSION
from vql.storage.keys import keys_of
from vql.storage.segments import manifest
from vql.storage.segments.records import decode_deletes, decode_frame
from vql.storage.segments.segment import MemorySegment, SealedSegment, Segment, Tombstones
from vql.storage.store import UNREADABLE, Store
from vql.storage.upgrade import FORMAT, old_format
from vql.storage.upkeep.lease import lease
from vql.storage.upkeep.orphans import named_files
from vql.types.forms.ndarrays import I64, Bools, sorted_distinct


@dataclass(slots=True)
class Report:
    """`problems`: damage, one sentence each, naming the file or table; `notes`: what is no damage."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_store(store_or_path: Store | str | os.PathLike[str]) -> list[str]:
    """Return the damage found in a database, [] where there is none. Raises 58P01 where there is
    no database. A path must not be open in this process: hand over its store then."""
    return inspect(store_or_path).problems


def inspect(store_or_path: Store | str | os.PathLike[str]) -> Report:
    """Return the damage found in a database, and notes on what is no damage."""
    report = Report()
    folder = store_or_path.path if isinstance(store_or_path, Store) else Path(store_or_path).absolute()
    main = folder / "main.mdb"
    if not main.exists():
        if marks(folder):
            report.problems.append("main.mdb is missing, the segments are there")
            return report
        raise OperationalError(f"there is no database at {folder}", sqlstate="58P01")
    try:
        with metastore_of(store_or_path, main) as keys, _lease(folder, keys):
            report.problems += damaged_pages(keys, main)
            with keys.read() as batch:
                inspect_database(folder, batch, report)
    except DataCorrupted as error:
        report.problems.append(error.message)
    except OperationalError as error:
        # What LMDB says of pages it cannot follow.
        report.problems.append(error.message)
    except UNREADABLE as error:
        report.problems.append(f"main.mdb: a record cannot be read: {error}")
    return report


@contextmanager
def metastore_of(store_or_path: Store | str | os.PathLike[str], main: Path) -> Iterator[Metastore]:
    """Hand out the metastore of a store, or open one for the time being."""
    if isinstance(store_or_path, Store):
        yield store_or_path.metastore
        return
    made = Metastore(main)
    try:
        yield made
    finally:
        made.close()


def _lease(folder: Path, keys: Metastore) -> contextlib.AbstractContextManager[None]:
    """Keep maintenance away, of what can be written."""
    return contextlib.nullcontext() if keys.is_read_only else lease(folder)


def damaged_pages(keys: Metastore, main: Path) -> list[str]:
    """Return what is wrong with the pages of `main.mdb`; a commit in the middle is no damage."""
    found = problems(main)
    if not found or keys.is_read_only:
        return found
    with keys.write():
        return problems(main)


def inspect_database(folder: Path, batch: Batch, report: Report) -> None:
    """Check everything below one read transaction."""
    old = old_format(batch)
    if old:
        raise NotSupportedError(
            f"the database has format {old.decode()}, this check reads {FORMAT_VERSION}",
            hint="open it once, which brings it to the present format",
        )
    owner = b"" if batch.count("meta") == 0 else batch.get("meta", b"database")
    require_owner(marks(folder), (owner or b"").decode(), folder)
    if all(batch.count(database) == 0 for database in ("meta", "commits")):
        report.notes.append("main.mdb: empty, as a crash leaves it while a database is made")
        return
    written, head = batch.get("meta", FORMAT), batch.get("meta", HEAD)
    if written is None or head is None:
        report.problems.append("main.mdb: no format or head record")
        return
    version, _, definitions = numbers(head)
    damaged = damaged_records(batch, report)
    if not damaged & {None}:
        check_commits(batch, version, report)
    tables, dropped, count = checked_catalog(batch, version, report)
    if count != definitions:
        report.problems.append(f"main.mdb: {count} catalog records, the head says {definitions}")
    for name, raw in batch.range("snapshots", b"") if None not in damaged else ():
        if numbers(raw)[0] > version:
            report.problems.append(f"snapshot {name.decode()} names version {numbers(raw)[0]} of {version}")
    for table_id, table in tables.items():
        check = TableCheck(folder, batch, table, version, table_id in dropped, report.problems)
        if table_id in damaged:
            check.say("it is closed, a record of it cannot be read")
        check.run(table_id not in damaged)
    known = set(tables)
    for database in ("manifest", "delta", "deletes"):
        for at, _ in batch.stored(database, b""):
            if numbers(at)[0] not in known:
                report.problems.append(f"main.mdb: {database} record of unknown table {numbers(at)[0]}")
                known.add(numbers(at)[0])
    try:
        named = named_files(batch)
    except DataCorrupted:
        return  # said above; without every record no file can be called nobody's
    for file, count in named.items():
        if count > 1:
            report.problems.append(f"{file} is named {count} times: its rows are there as often")
    for part in FOLDERS:
        if not (folder / part).is_dir():
            report.problems.append(f"folder {part} is missing")
            continue
        for path in sorted((folder / part).iterdir()):
            if f"{part}/{path.name}" not in named:
                report.notes.append(f"{part}/{path.name}: no record names this file")


def damaged_records(batch: Batch, report: Report) -> set[int | None]:
    """Report every record that is not what was written, or not found under its key; return the tables they
    are of, None for those that concern all."""
    found: set[int | None] = set()
    for database in DATABASES:
        count = 0
        for at, raw in batch.stored(database, b""):
            count += 1
            problem = damage_of(batch, database, at, raw)
            if problem:
                report.problems.append(problem)
                found.add(table_id_of(database, at))
        if count != batch.count(database):
            report.problems.append(
                f"main.mdb: {count} records in {database}, {batch.count(database)} are due"
            )
            found.add(None)
    return found


def damage_of(batch: Batch, database: str, at: bytes, raw: bytes) -> str:
    """Return what is wrong with a stored record, "" of a sound one."""
    try:
        opened(database, at, raw)
    except DataCorrupted as error:
        return error.message
    # The pages above it lead to it.
    return (
        "" if batch.has(database, at) else f"main.mdb: record {shown(at)} of {database} is not found by key"
    )


def table_id_of(database: str, at: bytes) -> int | None:
    """Return the table that a record is of, None where it concerns all."""
    if database in ("catalog", "delta", "deletes", "keys", "manifest", "oldest") and len(at) >= 8:
        return int.from_bytes(at[:8], "big")
    return None


def check_commits(batch: Batch, version: int, report: Report) -> None:
    """Versions and times rise together, `times` holds the same pairs, the head is the last one."""
    last_version, last_time, commits = 0, -1, 0
    for at, raw in batch.range("commits", b""):
        made, time_us = numbers(at)[0], numbers(raw[:8])[0]
        commits += 1
        if time_us <= last_time or made <= last_version:
            report.problems.append(f"main.mdb: commit {made} is not later than the one before")
        if batch.get("times", key(time_us)) != key(made):
            report.problems.append(f"main.mdb: commit {made} is missing in times")
        last_version, last_time = made, time_us
    if last_version != version:
        report.problems.append(f"main.mdb: the head is version {version}, the last commit {last_version}")
    times = sum(1 for _ in batch.range("times", b""))
    if times != commits:
        report.problems.append(f"main.mdb: {commits} commits, {times} times")


def checked_catalog(
    batch: Batch, version: int, report: Report
) -> tuple[dict[int, schema.Table], set[int], int]:
    """Return (last definitions by id, ids of dropped tables, number of records)."""
    tables: dict[int, schema.Table] = {}
    dropped: set[int] = set()
    count = 0
    for at, raw in batch.stored("catalog", b""):
        object_id, made = numbers(at)
        count += 1
        if not 0 < made <= version:
            report.problems.append(f"main.mdb: object {object_id} was defined at version {made} of {version}")
        dropped.discard(object_id)
        table = definition_of(object_id, at, raw)
        if table is None:
            dropped.add(object_id)
        if not isinstance(table, schema.Table):
            continue
        if table.unreadable:
            report.problems.append(f"table {table.name}: closed: {table.unreadable}")
        tables[object_id] = table
    return tables, dropped, count


class TableCheck:
    """The check of one table: its files, frames, deletes and keys."""

    def __init__(
        self, folder: Path, batch: Batch, table: schema.Table, version: int, is_dropped: bool,
        problems: list[str],
    ) -> None:  # fmt: skip
        self.folder = folder
        self.batch = batch
        self.table = table
        self.table_id = table.table_id
        self.version = version
        self.is_dropped = is_dropped
        self.problems = problems
        self.segments: list[Segment] = []

    def run(self, is_whole: bool) -> None:
        """Check files and frames, then what runs across them where all could be read. Records that are
        damaged have been reported."""
        if self.table.unreadable:
            return
        before = len(self.problems)
        self.check_files()
        self.check_delta()
        if is_whole and len(self.problems) == before:
            self.check_rows()

    def records(self, database: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield the records of the table that are what was written."""
        for at, raw in self.batch.stored(database, key(self.table_id), key(self.table_id)):
            with contextlib.suppress(DataCorrupted):
                yield at, opened(database, at, raw)

    def say(self, text: str) -> None:
        self.problems.append(f"table {self.table.name}: {text}")

    # -------------------------------------------------------------- files and frames

    def check_files(self) -> None:
        """Every file of the manifest: there, ours, whole, every byte as written."""
        layout = self.table.stored
        for at, raw in self.records("manifest"):
            segment_id = numbers(at)[1]
            try:
                record = manifest.decode(raw)
            except DataCorrupted as error:
                self.say(f"segment {segment_id}: {error.message}")
                continue
            entries = [record, *record["indexes"].values()]
            damaged = [problem for entry in entries for problem in self.check_file(entry)]
            self.problems += damaged
            if damaged:
                continue
            try:
                segment = SealedSegment(segment_id, record, layout, self.folder, defaultdict(Checked))
                for position in range(len(layout)):
                    if len(segment.column(position)) != segment.rows:
                        self.say(f"{record['file']}: column {position} has not {segment.rows} rows")
            except (Error, ValueError, KeyError) as error:
                self.say(f"{record['file']}: {error}")
                continue
            if record["max_created"] != int(np.asarray(segment.created).flat[-1]):
                self.say(f"{record['file']}: max_created is not that of the last row")
            self.segments.append(segment)

    def check_file(self, entry: manifest.Record) -> list[str]:
        """Return the damage of one blob file."""
        path = self.folder / entry["file"]
        try:
            file = BlobFile(path, places_of(entry["blobs"]))
        except FileNotFoundError:
            return [f"{entry['file']} is missing, the manifest names it"]
        except DataCorrupted as error:
            return [error.message]
        found = []
        for name in file.places:
            try:
                file.verify(name)
            except DataCorrupted as error:
                found.append(error.message)
        return found

    def check_delta(self) -> None:
        """Every frame: decodes, with the columns of the table."""
        types = {column.column_id: column.type for column in self.table.stored}
        for at, raw in self.records("delta"):
            made = numbers(at)[1]
            where = f"delta frame {made} of table {self.table.name}"
            try:
                frame = decode_frame(raw, where)
            except DataCorrupted as error:
                self.problems.append(error.message)
                continue
            except (ValueError, KeyError, TypeError) as error:
                self.problems.append(f"{where}: {error}")
                continue
            # Of columns dropped since, the last definition says nothing; a frame knows no enumerations.
            known = {i: types.get(i, c.type) for i, c in frame.columns.items()}
            strange = any(
                known[i].made is None and not known[i].holds(c.type) for i, c in frame.columns.items()
            )
            if strange or max(frame.columns) >= self.table.next_column_id:
                self.problems.append(f"{where}: not the columns of the table")
                continue
            ids = np.arange(frame.row_id, frame.row_id + frame.rows)
            layout = self.table.stored
            self.segments.append(MemorySegment(layout, frame.columns, ids, made, Tombstones()))

    # -------------------------------------------------------------- rows

    def check_rows(self) -> None:
        """Row ids, versions, deletes and keys across all segments and frames."""
        ids, created = [], []
        for segment in self.segments:
            mine = segment.row_ids()
            versions = np.broadcast_to(segment.created, segment.rows)
            if not (np.diff(mine) > 0).all():
                self.say(f"row ids of segment {segment.segment_id} do not rise")
            if not (np.diff(versions) >= 0).all():
                self.say(f"versions of segment {segment.segment_id} fall")
            ids.append(mine)
            created.append(versions)
        all_ids = np.concatenate([np.empty(0, np.int64), *ids])
        all_created = np.concatenate([np.empty(0, np.int64), *created])
        order = np.argsort(all_ids, kind="stable")
        all_ids, all_created = all_ids[order], all_created[order]
        if (np.diff(all_ids) == 0).any():
            self.say("two rows have one row id")
        if (np.diff(all_created) < 0).any():
            self.say("row ids and versions do not rise together")
        if len(all_created) and (all_created[-1] > self.version or all_created[0] < 1):
            self.say(f"a row was made at version {all_created[-1]} of {self.version}")
        raw = self.batch.get("sequences", f"row {self.table_id}".encode())
        if len(all_ids) and (raw is None or numbers(raw)[0] <= all_ids[-1]):
            self.say(f"row id {all_ids[-1]} is above those given out")
        deleted = self.check_deletes(all_ids, all_created)
        self.check_keys(all_ids[deleted])

    def check_deletes(self, ids: I64, created: I64) -> Bools:
        """Every delete names a row that was there, once; return which rows are deleted."""
        deleted = np.zeros(len(ids), bool)
        raw = self.batch.get("oldest", key(self.table_id))
        oldest = numbers(raw)[0] if raw else 0
        for at, raw in self.records("deletes"):
            try:
                row_ids, versions = decode_deletes(raw)
            except DataCorrupted as error:
                self.say(f"deletes {numbers(at)[1]}: {error.message}")
                continue
            if len(versions) and int(versions.max()) > numbers(at)[1]:
                self.say(f"deletes {numbers(at)[1]} hold a later version")
            places = np.searchsorted(ids, row_ids)
            places = np.minimum(places, max(0, len(ids) - 1))
            there = ids[places] == row_ids if len(ids) else np.zeros(len(row_ids), bool)
            if (~there & (versions > oldest)).any():
                self.say(f"deletes {numbers(at)[1]} name a row that is not there")
            places = places[there]
            if deleted[places].any() or len(sorted_distinct(places)) != len(places):
                self.say(f"deletes {numbers(at)[1]} name a row that was deleted before")
            if (created[places] > versions[there]).any():
                self.say(f"deletes {numbers(at)[1]} name a row made later")
            deleted[places] = True
        return deleted

    def check_keys(self, deleted_ids: I64) -> None:
        """`keys` holds exactly the live rows' keys; those of a dropped table wait to be removed."""
        if self.is_dropped:
            return
        for unique in self.table.unique_keys:
            wanted, what = 0, "the key" if self.table.is_primary(unique) else f"the key {unique.name}"
            for segment in self.segments:
                live = np.flatnonzero(~np.isin(segment.row_ids(), deleted_ids))
                rows = {position: segment.column(position).take(live) for position in unique.read}
                row_ids = segment.row_ids(live).tolist()
                for encoded, row_id in zip(keys_of(unique, rows), row_ids, strict=True):
                    if encoded is None:
                        continue
                    wanted += 1
                    held = self.batch.get("keys", encoded)
                    if held != key(row_id):
                        points = "nothing" if held is None else f"row {numbers(held)[0]}"
                        self.say(f"{what} of row {row_id} points to {points}")
                        return
            prefix = key(unique.key_id)
            there = sum(1 for _ in self.batch.range("keys", prefix, prefix))
            if there != wanted:
                self.say(f"{there} keys for {wanted} live rows")
