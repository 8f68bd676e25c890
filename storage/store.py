"""One open database directory: what a process knows of it, kept up to date commit by commit.

`Store.snapshot()` looks at the version counter (a read transaction and one key) and, where it has moved,
at the records of the commits in between: they name the tables that are out of date. A table is read when
somebody asks for its segments, and then only frames above what is known of it. What this process has
committed itself is taken over (`take_over`), not read. A change of the manifest (seal, merge, index) moves
the `generation` counter; whose manifest it was is written down, and that one is read again, keeping the
segment objects there are. So a commit, a swap and an open cost what they touch, however many tables
there are, and a record that cannot be read closes its table alone.

Invariants
* `_snapshot` is the database at `_head`, the counters as they were read: both are set last, so a look
  that was interrupted or failed is taken again.
* `_states` holds what `main.mdb` holds of a table at `_head`, but for those in `_outdated`, which have been
  touched since, and in `_rearranged`, whose manifest has changed.
* A table is read at the moment that `_head` was read at: behind a swap that is not known of, rows of frames
  would be met again in segments.
* A state may be newer than a snapshot that asks for it: rows tell by version who sees them.
* A table of which a record or a file cannot be read is closed (`closed`): every statement that needs its rows
  is XX001 and says why; other tables go on, and it can be dropped.
* A snapshot names segment objects, never files: these may be merged away while it is in use.

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
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.deadline import current_deadline, rest
from vql.errors import DataCorrupted, Error, InvalidParameterValue, OperationalError, UndefinedObject
from vql.storage.catalog import (
    HEAD,
    Catalog,
    begin_commits,
    commit_time_us,
    read_catalog,
    read_definitions,
    read_oldest,
    swapped_since,
    touched_since,
)
from vql.storage.clock import NEVER_US, CommitClock, is_before, now_us
from vql.storage.files.blobfile import Checked, disk_error
from vql.storage.files.group_commit import GroupCommit
from vql.storage.files.identity import new_name
from vql.storage.files.metastore import Batch, Metastore, key, numbers
from vql.storage.folder import CLOCK_FILE, LOCKS_FILE, prepare_folder, prepare_metastore
from vql.storage.jobs import Jobs
from vql.storage.locks.table import LockTable
from vql.storage.segments.history import History, KnownTable
from vql.storage.segments.indexes import LOST
from vql.storage.segments.records import Frame
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot, closed_table, too_old
from vql.storage.table_state import TableContents, TableSizes, TableState
from vql.types.forms.ndarrays import I64

# A file may be merged away between reading the manifest and mapping it: so often is it read again.
REREADS_MAX = 100
CLOCK_AHEAD_US_MAX = 1_000_000
# A commit that has taken its time is durable within this usually; then its lock is waited for.
COMMIT_SECONDS = 0.02
LOOK_AGAIN_SECONDS = 0.0002
log = logging.getLogger("vql.storage")
PAST_KEPT = 16  # snapshots of earlier versions, kept till something is committed
Progress = Callable[[str, float], None]
Item = tuple[bytes, bytes]
# What decoding a record raises whose key or length is not what was written.
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


class Store:
    """An open database directory; thread-safe. Use `open`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metastore = Metastore(path / "main.mdb")
        try:
            self.clock = CommitClock(path / CLOCK_FILE, self.metastore.is_read_only)
            self.locks = LockTable(path / LOCKS_FILE, self.metastore.is_read_only)
        except BaseException:
            self.metastore.close()
            raise
        self.commits = GroupCommit(
            lambda: self.metastore.write(), partial(begin_commits, clock=self.clock), self.clock.give_up
        )
        self.database_id = ""
        self.jobs = Jobs(lambda: self.metastore)
        self._history = History(lambda: self.metastore, self._known_table)
        self.lock = threading.RLock()
        # Called, under the lock, once a swap is known of: who keeps segments lets go of them.
        self.on_swap: Callable[[], None] = lambda: None
        self.on_written: Callable[[Iterable[str]], None] = lambda _: None  # files that a commit will name
        self.on_past: Callable[[int], None] = lambda _: None  # waits for commits until a time, made elsewhere
        self.neighbours: Callable[[], Sequence[tuple[int, str]]] = tuple  # others of a server
        # Catalog versions of open transactions that changed definitions: below every real one.
        self.private_versions = itertools.count(-1, -1)
        self._catalog = Catalog()
        self._states: dict[int, TableState] = {}
        self._outdated: set[int] = set()
        self._rearranged: set[int] = set()
        self._changed: set[int] = set()
        self._head: bytes | None = None
        self._snapshot: Snapshot | None = None
        self._past: dict[int, Snapshot] = {}
        # What is known of the blobs of each file; survives the objects that have it mapped.
        self.checked: defaultdict[str, Checked] = defaultdict(Checked)
        self.closed: dict[int, str] = {}  # why, by table id

    @staticmethod
    def open(path: str | os.PathLike[str], create: bool = True) -> Store:
        """Open a directory, making it where `create`. Raises 58P01, XX001, 0A000, 53000, 53100, 58030."""
        folder = Path(path).absolute()
        try:
            marked = prepare_folder(folder, create)
            store = Store(folder)
            try:
                store.metastore, store.database_id = prepare_metastore(store.metastore, marked)
                store.refresh()
            except BaseException:
                store.close()
                raise
        except OSError as error:
            raise disk_error(error, Path(error.filename or folder)) from error
        return store

    def new_file(self, part: str) -> Path:
        """Return the path of a new file of this database in one of its folders."""
        return self.path / part / new_name(self.database_id)

    def close(self) -> None:
        """Close the directory; mapped segments stay readable as long as something holds them."""
        self.commits.close()
        self.locks.close()
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
            return current.at_moment(max(now_us(), current.time_us)) if current.expiring else current
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
        """Look what commits and maintenance have added since the last look.

        Raises XX001 where what concerns all tables cannot be read.
        """
        with self.lock:
            try:
                with self.metastore.read() as batch:
                    self._catch_up(batch)
            except UNREADABLE as error:
                raise DataCorrupted(
                    f"main.mdb: a record cannot be read: {error}",
                    hint="`vql check` says what else is damaged; restore it from a backup",
                ) from error

    def close_tables(self, table_id: int | None, why: str) -> None:
        """Close a table in which damage was found, or all of them; from the next statement on."""
        with self.lock:
            log.error("%s closed: %s", "all tables are" if table_id is None else f"table {table_id} is", why)
            for each in self._catalog if table_id is None else [table_id]:
                self.closed.setdefault(each, why)
        self.read_anew()

    def read_anew(self) -> None:
        """Read everything again, as after opening; snapshots handed out stay what they are."""
        with self.lock:
            self._states.clear()
            self._past.clear()
            self._head = None
            self.refresh()

    def take_over(self, commit: CommittedRows, is_of_rows: bool) -> None:
        """Take note of a commit of this process; read it behind others, or where it did more than rows."""
        with self.lock:
            if not is_of_rows or self._head != commit.before or self._snapshot is None:
                with suppress(Error):  # it has committed: the next statement meets what cannot be read
                    self.refresh()
                return
            touched = {*commit.frames, *commit.deletes}
            for table_id in touched:
                if (state := self._current(table_id)) is not None:
                    state.commit(commit.frames.get(table_id), commit.deletes.get(table_id), commit.version)
                else:
                    self._outdated.add(table_id)
            self._snapshot = replace(
                self._snapshot, version=commit.version, time_us=commit.time_us, kept_segments={}
            )
            self._changed |= touched
            self._head = commit.head

    @property
    def expiring(self) -> frozenset[int]:
        """The tables whose rows expire, by the time of the last look."""
        return frozenset() if self._snapshot is None else self._snapshot.expiring

    def take_changed(self) -> set[int]:
        """Return the ids of the tables that commits have changed since the last call; all at first."""
        with self.lock:
            changed, self._changed = self._changed, set()
            return changed

    def _catch_up(self, batch: Batch) -> None:
        """Take over head and catalog, and note which tables are to be read again when they are asked for."""
        head = batch.get("meta", HEAD)
        if head is None or head == self._head:
            return
        version, generation, definitions = numbers(head)
        known, known_generation, _ = (-1, -1, -1) if self._head is None else numbers(self._head)
        raw = batch.get("commits", key(version))
        touched = touched_since(batch, known, version) if self._head is not None else None
        if touched is None:
            self._catalog = read_catalog(batch)
            touched = set(self._catalog)
        elif definitions != len(self._catalog):
            self._catalog = Catalog(read_definitions(batch, touched, known), self._catalog)
        for table_id, table in self._catalog.unreadable.items():
            self.closed.setdefault(table_id, table.unreadable)
        if len(self._catalog) != definitions or (version and raw is None):
            raise DataCorrupted("main.mdb: head, commits and catalog do not belong together")
        if generation != known_generation:
            swapped = swapped_since(batch, known_generation, generation) if self._head else None
            self._rearranged |= set(self._states) if swapped is None else swapped
            self._past.clear()  # they hold segments that are merged away
        self._outdated |= touched
        self._changed |= {object_id for object_id in touched if self._catalog.is_table(object_id)}
        self._snapshot = self._make_snapshot(version, numbers(raw)[0] if raw else 0, generation)
        self._head = head
        if generation != known_generation:
            self.on_swap()

    def _make_snapshot(self, version: int, time_us: int, generation: int) -> Snapshot:
        catalog = self._catalog.at(version)
        names = catalog.names
        return Snapshot(
            version, time_us, catalog.version, names.tables, names.tables_by_id, names.index_names,
            names.part_tables, names.others, names.others_by_id, self._find_key, self._find_segments,
            generation, self._history, time_us, names.expiring, self.closed, self.jobs, self.locks,
            lambda: self.neighbours(),
        )  # fmt: skip

    def _find_segments(self, table: schema.Table, version: int) -> tuple[Segment, ...]:
        """Return the segments of a table, laid out as a definition of it says. Raises 72000 where its history
        no longer reaches back to a version."""
        with self.lock:
            state = self._up_to_date(table.table_id)
            if version < state.oldest[0]:
                raise too_old(state.oldest[1])
            return state.contents().segments_of(table)

    def _current(self, table_id: int) -> TableState | None:
        """Return what is known of a table if that is all there is; under `lock`."""
        if table_id in self._outdated or table_id in self._rearranged:
            return None
        return self._states.get(table_id)

    def _up_to_date(self, table_id: int) -> TableState:
        """Return what is known of a table, read where it is not up to date; under `lock`.

        Raises XX001 naming the record or the file that is missing, foreign, cut short or damaged: the table
        is closed then.
        """
        for _ in range(REREADS_MAX):
            if table_id in self.closed:
                raise closed_table(self.closed[table_id])
            state = self._current(table_id)
            if state is not None:
                return state
            # The same moment: a table must not be read behind a swap that is not known of.
            with self.metastore.read() as batch:
                self._catch_up(batch)
                generation = numbers(self._head or b"")[1]
                why = self._damage_of(lambda: self._read_table(batch, table_id), generation)  # noqa: B023
            if why is not None and table_id not in self.closed:
                log.error("table %s is closed: %s", self._catalog.latest(table_id).name, why)
                self.closed[table_id] = why
                self._states.pop(table_id, None)
        raise OperationalError("files are merged faster than they can be opened", sqlstate="58030")

    def _damage_of(self, read: Callable[[], None], generation: int) -> str | None:
        """Read a table; return what is damaged where it cannot be read. None also where it has to be read
        again, as files have been merged away meanwhile or are done without."""
        try:
            read()
        except FileNotFoundError as error:
            if numbers(self.metastore.get("meta", HEAD) or b"")[1] != generation:
                return None
            missing = str(Path(error.filename).relative_to(self.path))
            why = f"{missing} is missing, the manifest names it"
            if not missing.startswith("indexes/"):
                return why
            # Rows are compared without it, and maintenance builds it anew.
            self.checked[missing].damaged[LOST] = why
            log.error("an index is not used: %s", why)
        except OSError as error:
            raise disk_error(error, Path(error.filename or "main.mdb")) from error
        except DataCorrupted as error:
            return error.message
        except UNREADABLE as error:
            return f"main.mdb: a record cannot be read: {error}"
        return None

    def _read_table(self, batch: Batch, table_id: int) -> None:
        table = self._catalog.latest(table_id)
        if table.unreadable:
            raise DataCorrupted(table.unreadable)
        state, kept = self._states.get(table_id), {}
        shown = None if state is None else (state.table.column_ids, state.table.types_made)
        if state is None or table_id in self._rearranged or shown != (table.column_ids, table.types_made):
            kept = {} if state is None else state.open_segments()
            state = TableState(table, self._catalog.columns_since(table_id, 0), self.path, self.checked)
        state.table = table
        version, is_dropped = numbers(self._head or b"")[0], table_id not in self._catalog.names.tables_by_id
        state.oldest = read_oldest(batch, table_id)
        state.read(batch, version, is_dropped, kept)
        self._states[table_id] = state
        self._outdated.discard(table_id)
        self._rearranged.discard(table_id)

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
        self.on_past(time_us)
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
            self._wait_for_commit(pending, deadline)

    def settle(self) -> None:
        """Wait for a commit that may not have seen a lock taken just now. Raises 57014, 55P03."""
        deadline = time.monotonic() + COMMIT_SECONDS
        while is_before(pending := self.clock.pending, NEVER_US, self.version()):
            current_deadline().check_waiting()
            self._wait_for_commit(pending, deadline)

    def _wait_for_commit(self, pending: int, deadline: float) -> None:
        """Give a commit under way a moment; wait for its lock where its time is over."""
        if time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            self.metastore.wait_for_writer(partial(self.clock.settle, pending))

    def version_from(self, time_us: int) -> int:
        """Return the version behind which the first commit at a time or later comes, one more. Raises as
        `version_at`; nothing is too old where all that was committed is kept."""
        with self.metastore.read() as batch:
            oldest = next(iter(batch.range("times", b"")), None)
        if oldest is None or (numbers(oldest[1])[0] <= 1 and time_us <= numbers(oldest[0])[0]):
            return 1
        version = self.version_at(time_us)
        return version + bool(self.commit_times(np.array([version]))[0] < time_us)

    @property
    def catalog(self) -> Catalog:
        """What has been defined, by the time of the last look."""
        return self._catalog

    def commit_times(self, versions: I64) -> I64:
        """Return the times of versions in microseconds, 0 where they are forgotten."""
        distinct, places = np.unique(versions, return_inverse=True)
        with self.metastore.read() as batch:
            times = [commit_time_us(batch, version) for version in distinct.tolist()]
        return np.array(times, np.int64)[places]

    def named_version(self, name: str) -> int:
        """Return the version a named snapshot holds. Raises 42704."""
        raw = self.metastore.get("snapshots", name.encode())
        if raw is None:
            raise UndefinedObject(f'snapshot "{name}" does not exist')
        return numbers(raw)[0]

    def _known_table(self, table_id: int) -> KnownTable | None:
        """Return what is known of a table that is or was there, None of what is none or cannot be read."""
        with self.lock:
            if not self._catalog.is_table(table_id) or table_id in self.closed:
                return None
            try:
                state = self._up_to_date(table_id)
            except DataCorrupted:
                return None
            return state.table, state.oldest[0], state.contents().segments

    # -------------------------------------------------------------- what maintenance asks

    def columns_since(self, table_id: int, version: int) -> tuple[schema.Column, ...]:
        """Return the columns of a table that snapshots from a version on may read."""
        return tuple(self._catalog.columns_since(table_id, version).values())

    def contents(self, table_id: int) -> TableContents:
        """Return what there is of a table now."""
        self.refresh()
        return self.known(table_id)

    def known(self, table_id: int) -> TableContents:
        """Return what there was of a table when this process last looked, or later."""
        with self.lock:
            return self._up_to_date(table_id).contents()

    def sizes(self, table_id: int) -> TableSizes:
        """Return how much of a table there was when this process last looked, or later."""
        with self.lock:
            return self._up_to_date(table_id).sizes()

    def note_folded(self, table_id: int) -> None:
        """Take note that few frames of deletes are left of a table's."""
        with self.lock:
            self._up_to_date(table_id).folded()
