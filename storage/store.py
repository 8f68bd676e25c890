"""One open database directory: what a process knows of it, kept up to date commit by commit.

`Store.snapshot()` looks at the version counter (a read transaction and one key) and reads only the
frames above what it has, of the tables that the commits in between have touched. What this process has
committed itself is taken over (`take_over`), not read. A change of the manifest (seal, merge, index)
moves the `generation` counter and makes the process read the manifest again, keeping the segment
objects it has.

Invariants
* `_snapshot` is the database at `_head`, the counters as they were read: both are set last, so a reading
  that was interrupted or failed is done again.
* What a process knows of a table is what `main.mdb` holds: read from it, or known to be written to it.
* A state shows its table's newest definition; a snapshot of another one lays the segments out anew.
* A snapshot names segment objects, never files: these may be merged away while it is in use.
* A table of which a record or a file cannot be read is closed (`closed`): every statement that needs its rows
  is XX001 and says why; other tables go on, and it can be dropped.

Locks: `Store.lock` guards states, catalog and snapshots kept; who has it reads `main.mdb`, never writes
it. Comparing the head and taking `_snapshot` needs none: both are single assignments.

How a database is made, and its format looked at before anything is read from it: `vql.storage.folder`.
"""

from __future__ import annotations

import itertools
import logging
import os
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from vql import schema
from vql.deadline import rest
from vql.errors import DataCorrupted, InvalidParameterValue, OperationalError
from vql.storage.catalog import HEAD, Catalog, commit_time_us, read_catalog, read_oldest, touched_since
from vql.storage.clock import CommitClock, is_before, now_us
from vql.storage.files.blobfile import Checked, disk_error
from vql.storage.files.identity import new_name
from vql.storage.files.metastore import Batch, Metastore, key, numbers
from vql.storage.folder import CLOCK_FILE, prepare_folder, prepare_metastore
from vql.storage.jobs import Jobs
from vql.storage.segments import manifest
from vql.storage.segments.growing import Growing
from vql.storage.segments.indexes import LOST
from vql.storage.segments.records import Frame, decode_deletes, decode_frame
from vql.storage.segments.segment import SealedSegment, Segment
from vql.storage.snapshot import Snapshot, too_old
from vql.types.ndarrays import I64

# A file may be merged away between reading the manifest and mapping it: so often is it read again.
REREADS_MAX = 100
log = logging.getLogger("vql.storage")
CLOCK_AHEAD_US_MAX = 1_000_000
# A commit that has taken its time is durable within this usually; then its lock is waited for.
COMMIT_SECONDS = 0.02
LOOK_AGAIN_SECONDS = 0.0002
PAST_KEPT = 16  # snapshots of earlier versions, kept till something is committed
Progress = Callable[[str, float], None]
Item = tuple[bytes, bytes]
# What decoding a record raises whose key or length is not what was written.
NO_DELETES = (np.empty(0, np.int64), np.empty(0, np.int64))
UNREADABLE = (IndexError, KeyError, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class CommittedRows:
    """What a commit of this process did to rows, so that they need not be read back: the heads before
    and after it, its version and time, and by table id the rows it added, with the size of their record, and
    the ids it deleted."""

    before: bytes
    head: bytes
    version: int
    time_us: int
    frames: Mapping[int, tuple[Frame, int]]
    deletes: Mapping[int, I64]


class TableState:
    """What a process knows of one table: sealed segments, the delta, how far it has read.

    `columns` are all the table has had; segments are laid out as `table`, its newest definition, says.
    """

    def __init__(self, table: schema.Table, columns: Mapping[int, schema.Column]) -> None:
        self.table = table
        self.sealed: list[SealedSegment] = []
        self.growing = Growing(columns)
        self.read_to = -1
        self.dropped = False
        self.delete_frames = 0  # read so far
        self.looked_at = -1  # sealed segments when maintenance last found nothing to do

    def segments(self) -> tuple[Segment, ...]:
        """Return the sealed segments, then the delta."""
        view = self.growing.view(self.table.columns)
        return tuple(self.sealed) if view is None else (*self.sealed, view)

    def segments_of(self, table: schema.Table) -> tuple[Segment, ...]:
        """Return the segments laid out as an older definition says."""
        if table.column_ids == self.table.column_ids:
            return self.segments()
        return tuple(segment.laid_out(table.columns) for segment in self.segments())

    def delete(self, row_ids: I64, versions: I64, upto: int) -> None:
        """Mark deleted rows; all deletes up to a version are known then."""
        segments = self.segments()
        for segment in segments:
            if len(row_ids):
                apply_deletes(segment, row_ids, versions)
        for segment in segments:
            segment.tombstones.read_to = upto
        self.growing.tombstones.read_to = upto


class Store:
    """An open database directory; thread-safe. Use `open`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metastore = Metastore(path / "main.mdb")
        self.clock = CommitClock(path / CLOCK_FILE, self.metastore.is_read_only)
        self.database_id = ""
        self.jobs = Jobs(lambda: self.metastore)
        self.lock = threading.RLock()
        # Catalog versions of open transactions that changed definitions: below every real one.
        self.private_versions = itertools.count(-1, -1)
        self._oldest: dict[int, tuple[int, int]] = {}
        self._catalog = Catalog([])
        self.states: dict[int, TableState] = {}
        self._changed: set[int] = set()
        self._head: bytes | None = None
        self._snapshot: Snapshot | None = None
        self._past: dict[int, Snapshot] = {}
        # What is known of the blobs of each file; survives the objects that have it mapped.
        self.checked: defaultdict[str, Checked] = defaultdict(Checked)
        self.closed: dict[int, str] = {}  # why, by table id
        self._reading: int | None = None  # the table that is being read

    @staticmethod
    def open(path: str | os.PathLike[str], create: bool = True) -> Store:
        """Open a directory, making it where `create`. Raises 58P01, XX001, 0A000, 53100."""
        folder = Path(path).absolute()
        marked = prepare_folder(folder, create)
        store = Store(folder)
        try:
            store.metastore, store.database_id = prepare_metastore(store.metastore, marked)
            store.refresh()
        except BaseException:
            store.close()
            raise
        return store

    def new_file(self, part: str) -> Path:
        """Return the path of a new file of this database in one of its folders."""
        return self.path / part / new_name(self.database_id)

    def close(self) -> None:
        """Close the directory; mapped segments stay readable as long as something holds them."""
        self.metastore.close()

    # -------------------------------------------------------------- snapshots

    def version(self) -> int:
        """Return the newest version: a read transaction and one key."""
        return numbers(self.metastore.get("meta", HEAD) or b"")[0]

    def snapshot(self, version: int | None = None) -> Snapshot:
        """Return the database at `version`, or now; the present one is kept and shared.

        Raises 22023 for a version that does not exist.
        """
        if not self.metastore.has("meta", HEAD, self._head):
            self.refresh()
        current = self._snapshot
        assert current is not None
        if version is None or version == current.version:
            return current
        if version > current.version or version < 0:
            raise InvalidParameterValue(
                f"version {version} does not exist", hint=f"versions run to {current.version}"
            )
        past = self._past.get(version)
        if past is None:
            with self.lock:
                with self.metastore.read() as batch:
                    time_us = commit_time_us(batch, version)
                past = self._make_snapshot(version, time_us, current.generation)
                if len(self._past) >= PAST_KEPT:
                    self._past.clear()
                self._past[version] = past
        return past

    def refresh(self) -> None:
        """Read what commits and maintenance have added since the last look.

        Raises XX001 where what concerns all tables cannot be read. A table that cannot be is closed.
        """
        with self.lock:
            for _ in range(REREADS_MAX):
                generation = None
                self._reading = None
                try:
                    with self.metastore.read() as batch:
                        head = batch.get("meta", HEAD)
                        if head is None or head == self._head:
                            return
                        generation = numbers(head)[1]
                        self._read(batch, head)
                        return
                except FileNotFoundError as error:
                    if numbers(self.metastore.get("meta", HEAD) or b"")[1] == generation:
                        missing = str(Path(error.filename).relative_to(self.path))
                        why = f"{missing} is missing, the manifest names it"
                        if missing.startswith("indexes/"):
                            # Rows are compared without it, and maintenance builds it anew.
                            self.checked[missing].damaged[LOST] = why
                            log.error("an index is not used: %s", why)
                        else:
                            self._close_table(why)
                except OSError as error:
                    raise disk_error(error, Path(error.filename or "main.mdb")) from error
                except DataCorrupted as error:
                    self._close_table(error.message)
                except UNREADABLE as error:
                    self._close_table(f"main.mdb: a record cannot be read: {error}")
            raise OperationalError("files are merged faster than they can be opened", sqlstate="58030")

    def _close_table(self, why: str) -> None:
        """Leave the table that was being read closed, and forget what was read of it."""
        table_id = self._reading
        if table_id is None or table_id in self.closed:
            raise DataCorrupted(why, hint="`vql check` says what else is damaged; restore it from a backup")
        log.error("table %s is closed: %s", self._catalog.latest[table_id].name, why)
        self.closed[table_id] = why
        self.states.clear()
        self._head = None

    def close_tables(self, table_id: int | None, why: str) -> None:
        """Close a table in which damage was found, or all of them; from the next snapshot on."""
        with self.lock:
            log.error("%s closed: %s", "all tables are" if table_id is None else f"table {table_id} is", why)
            for each in self._catalog.latest if table_id is None else [table_id]:
                self.closed.setdefault(each, why)
        self.read_anew()

    def read_anew(self) -> None:
        """Read everything again, as after opening; snapshots handed out stay what they are."""
        with self.lock:
            self.states.clear()
            self._past.clear()
            self._head = None
            self.refresh()

    def take_over(self, commit: CommittedRows) -> None:
        """Take note of a commit of this process, unless others came between: then it is read."""
        with self.lock:
            if self._head != commit.before or self._snapshot is None:
                return
            for table_id, row_ids in commit.deletes.items():
                state = self.states[table_id]
                state.delete(row_ids, np.full(len(row_ids), commit.version), commit.version)
                state.delete_frames += 1
            for table_id, (frame, size) in commit.frames.items():
                self.states[table_id].growing.append(frame, commit.version, size)
            touched = {*commit.frames, *commit.deletes}
            for table_id in touched:
                self.states[table_id].read_to = commit.version
            self._snapshot = self._next_snapshot(self._snapshot, commit.version, commit.time_us, touched)
            self._head = commit.head

    def changed_states(self) -> list[TableState]:
        """Return the tables that commits have changed since the last call."""
        with self.lock:
            changed, self._changed = self._changed, set()
            return list(map(self.states.__getitem__, changed))

    def _read(self, batch: Batch, head: bytes) -> None:
        version, generation, definitions = numbers(head)
        known, known_generation, known_definitions = (
            (-1, -1, -1) if self._head is None else numbers(self._head)
        )
        if definitions != len(self._catalog):
            self._catalog = read_catalog(batch)
        reread = generation != known_generation
        if reread:
            self._oldest = read_oldest(batch)
            self._past.clear()  # they hold segments that are merged away
        raw = batch.get("commits", key(version))
        if len(self._catalog) != definitions or (version and raw is None):
            raise DataCorrupted("main.mdb: head, commits and catalog do not belong together")
        # Dropped tables are read too: AS OF shows them.
        touched = None if reread else touched_since(batch, known, version)
        if touched is None:
            touched = set(self._catalog.latest)
        for table_id in touched & self._catalog.latest.keys():
            self._reading = table_id
            self._read_table(batch, table_id, version, reread)
        self._reading = None
        time_us = numbers(raw)[0] if raw else 0
        if self._snapshot is None or reread or definitions != known_definitions:
            self._changed |= touched
            self._snapshot = self._make_snapshot(version, time_us, generation)
        else:
            self._snapshot = self._next_snapshot(self._snapshot, version, time_us, touched)
        self._head = head

    def _read_table(self, batch: Batch, table_id: int, version: int, reread: bool) -> None:
        table = self._catalog.latest[table_id]
        state = self.states.get(table_id)
        kept: dict[int, SealedSegment] = {}
        if state is None or reread or state.table.column_ids != table.column_ids:
            kept = {} if state is None else {s.segment_id: s.laid_out(table.columns) for s in state.sealed}
            state = TableState(table, self._catalog.columns[table_id])
        state.table, state.dropped = table, table_id in self._catalog.dropped
        self.states[table_id] = state
        if table.unreadable:
            self.closed.setdefault(table_id, table.unreadable)
        if table_id in self.closed:
            state.read_to = version
            return
        self._read_manifest(batch, state, kept)
        for at, raw in batch.range("delta", key(table_id, state.growing.read_to + 1), key(table_id)):
            made_at = numbers(at)[1]
            where = f"delta frame {made_at} of table {table.name}"
            state.growing.append(decode_frame(raw, where), made_at, len(raw))
        start = min((s.tombstones.read_to for s in state.segments()), default=version)
        frames = [
            decode_deletes(raw) for _, raw in batch.range("deletes", key(table_id, start + 1), key(table_id))
        ]
        state.delete_frames += len(frames)
        ids, versions = map(np.concatenate, zip(NO_DELETES, *frames, strict=True))
        state.delete(ids, versions, version)
        state.read_to = version

    def _read_manifest(self, batch: Batch, state: TableState, kept: dict[int, SealedSegment]) -> None:
        """Open the segments that are not open yet; ids rise, so new ones come last."""
        table_id = state.table.table_id
        last = state.sealed[-1].segment_id if state.sealed else 0
        for at, raw in batch.range("manifest", key(table_id, last + 1), key(table_id)):
            segment_id, record = numbers(at)[1], manifest.decode(raw)
            segment = kept.get(segment_id)
            if segment is None:
                segment = SealedSegment(segment_id, record, state.table.columns, self.path, self.checked)
            else:
                segment.update_record(record)
            state.sealed.append(segment)

    def _make_snapshot(self, version: int, time_us: int, generation: int) -> Snapshot:
        catalog_version, tables = self._catalog.at(version)
        return Snapshot(
            version,
            time_us,
            catalog_version,
            {table.name: table for table in tables.values()},
            {table_id: self.states[table_id].segments_of(table) for table_id, table in tables.items()},
            self._find_key,
            self._oldest,
            tables,
            generation,
            dict(self.closed),
            self.jobs,
        )

    def _next_snapshot(self, before: Snapshot, version: int, time_us: int, touched: set[int]) -> Snapshot:
        """Return the snapshot after commits that changed the rows of some tables and nothing else."""
        self._changed |= touched
        segments = dict(before.segments_by_table)
        for table_id in touched & segments.keys():
            segments[table_id] = self.states[table_id].segments()
        return replace(before, version=version, time_us=time_us, segments_by_table=segments)

    def _find_key(self, encoded: bytes) -> tuple[int, int]:
        """Return (row id or -1, version looked at) of a live key."""
        raw, head = self.metastore.get_all(("keys", encoded), ("meta", HEAD))
        return (int.from_bytes(raw, "big") if raw else -1), numbers(head or b"")[0]

    # -------------------------------------------------------------- time travel

    def now_us(self) -> int:
        """Return the present of AS OF: the machine's time, or the newest commit's where that is later."""
        return max(now_us(), self.snapshot().time_us)

    def version_at(self, time_us: int) -> int:
        """Return the newest version committed at or before a time. Raises 22023 for the future,
        72000 for a time before the first commit or what is kept."""
        ahead_us = time_us - self.now_us()
        if ahead_us > CLOCK_AHEAD_US_MAX:
            raise InvalidParameterValue("AS OF time is in the future")
        if ahead_us > 0:
            # A client's clock may be a little ahead; commits may still come before its moment.
            rest(ahead_us / 1e6)
        found, oldest = self._settled_before(time_us)
        if found is None:
            if oldest is None:
                return 0
            raise too_old(numbers(oldest[0])[0])
        return numbers(found[1])[0]

    def _settled_before(self, time_us: int) -> tuple[Item | None, Item | None]:
        """Return the entries of `times` at or before a time and of the oldest, once no commit can come any
        more that belongs there."""
        deadline = time.monotonic() + COMMIT_SECONDS
        while True:
            pending = self.clock.promise(time_us)
            with self.metastore.read() as batch:
                head = numbers(batch.get("meta", HEAD) or b"")[0]
                found = batch.before("times", key(max(0, time_us)))
                oldest = next(iter(batch.range("times", b"")), None)
            if not is_before(pending, time_us, head):
                return found, oldest
            if time.monotonic() < deadline:
                time.sleep(LOOK_AGAIN_SECONDS)
            else:
                self.metastore.wait_for_writer(partial(self.clock.settle, pending))

    def named_version(self, name: str) -> int:
        """Return the version a named snapshot holds. Raises 42704."""
        from vql.errors import UndefinedObject

        raw = self.metastore.get("snapshots", name.encode())
        if raw is None:
            raise UndefinedObject(f'snapshot "{name}" does not exist')
        return numbers(raw)[0]

    def dropped_tables(self) -> dict[str, schema.Table]:
        """Return the last definitions of tables that are no more, by name."""
        with self.lock:
            catalog = self._catalog
            return {catalog.latest[table_id].name: catalog.latest[table_id] for table_id in catalog.dropped}

    # -------------------------------------------------------------- what maintenance asks

    def columns_since(self, table_id: int, version: int) -> tuple[schema.Column, ...]:
        """Return the columns of a table that snapshots from a version on may read."""
        return tuple(self._catalog.columns_since(table_id, version).values())

    def state(self, table_id: int) -> TableState:
        """Return what this process knows of a table, up to date."""
        with self.lock:
            self.refresh()
            return self.states[table_id]


def apply_deletes(segment: Segment, row_ids: I64, versions: I64) -> None:
    """Mark the rows of a segment among deleted ids."""
    ids = segment.row_ids()
    if not len(ids):
        return
    at = np.minimum(np.searchsorted(ids, row_ids), len(ids) - 1)
    here = (ids[at] == row_ids) & (versions > segment.tombstones.read_to)
    if here.any():
        segment.tombstones.add(at[here], versions[here])
