"""The lock table: who holds and who waits for which lock, in one mapped file that all processes share.

| offset | size | type | what |
|--:|--:|---|---|
| 0 | 8 | u64 LE | high: entries from here on are free |
| 8 | 8 | u64 LE | capacity: entries that the file has room for |
| 16 | 8 | u64 LE | total: as many entries as are taken, or more |
| 24 | 40 | | reserved |
| 64 | 1,024 x 40 | 5 x i64 LE | sessions: process + 1 (0: free), process id, and what it waits for |
| 41,024 | capacity x 24 | 3 x i64 LE | entries: mode, kind << 8, session + 1 << 16 (0: free); major; minor |

Invariants
* Entries, sessions and `high` are changed under the mutex: `LockTable._lock` in a process, an flock on the
  file between processes; nothing is waited for under it. One thing is done without: who holds a lock frees
  its entry, by one store of 8 bytes.
* An entry is filled before its first number says so: a crash leaves a lock whole or free.
* A process holds a record lock on one byte far behind the file's end, through this descriptor: where another
  can take it the process is dead, and its sessions and entries are swept. The number of that byte is its
  number in the records of its sessions. (Locks of open file descriptions, where the system has them: closing
  another descriptor of the file does not give them away.)
* The file has its blocks before it is mapped: a full disk is an error, not a signal.

Nothing here is durable or needs to be: after a crash of all processes the table is swept as it is opened.
Who looks whether a lock is taken and who takes it are ordered by the mutex; how that goes together with
commits, which take none: `vql.storage.transactions.commit`.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vql.deadline import acquire, attempts, ownership
from vql.errors import OperationalError, OutOfMemory
from vql.storage.files.blobfile import disk_error
from vql.storage.locks.modes import ALL, CONFLICTS, Kind, Wanted
from vql.types.forms.ndarrays import I64

SESSIONS, SESSION_CELLS, ENTRY_CELLS, HEADER_CELLS = 1024, 5, 3, 8
CAPACITY_MIN, CAPACITY_MAX = 1000, 4_000_000
ENTRIES_AT = HEADER_CELLS + SESSIONS * SESSION_CELLS
HIGH, CAPACITY, TOTAL = 0, 1, 2
EMPTY = np.empty(0, np.int64)
PROCESSES, PRESENCE_AT = 1024, 1 << 40
# A mutex that is taken is given back within microseconds.
MUTEX_PAUSE_S = 0.0005
# Locks of open file descriptions: struct flock by its native layout, with a process id of 0.
OFD_SETLK = getattr(fcntl, "F_OFD_SETLK", None)
FLOCK = struct.Struct("hhqqi0q")
NOBODY = -1


class Entry(NamedTuple):
    """A lock that is held, or waited for."""

    process_id: int
    session: int
    kind: Kind
    mode: int
    major: int
    minor: int
    is_held: bool


class Obstacle(NamedTuple):
    """An entry that stands against what a session waits for: its place, and what it is."""

    place: int
    numbers: list[int]


class LockTable:
    """The lock table of one database; shared by threads. See the module."""

    def __init__(self, path: Path, is_read_only: bool = False) -> None:
        """Map the file, made where there is none; of a database that cannot be written nobody shares it.
        Raises DiskFull, OperationalError."""
        self._lock = threading.RLock()
        self._is_mine = ownership(self._lock)
        self._path = path
        self._descriptor = -1
        self._process = 0
        self._own: dict[int, int] = {}  # entries by session of this process
        self._cells: I64 = np.empty(0, np.int64)
        if is_read_only:
            self._cells = np.zeros(ENTRIES_AT + CAPACITY_MIN * ENTRY_CELLS, np.int64)
            self._cells[CAPACITY] = CAPACITY_MIN
            self._divide()
            return
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            with self.alone():
                self._process = self._take_presence()
                self._sweep(self._process)
        except OSError as error:
            self.close()
            raise disk_error(error, path) from error

    def close(self) -> None:
        """Leave the table: what sessions of this process hold is free."""
        if self._descriptor >= 0:
            if len(self._cells) > ENTRIES_AT and self._sessions[:, 0].any():
                self._sweep(self._process)
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def is_used(self) -> bool:
        """Whether anybody may hold a lock: one look into memory."""
        return bool(self._cells[HIGH])

    # -------------------------------------------------------------- under the mutex

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the mutex. Raises 57014, 55P03 while it waits."""
        try:
            if not self._is_mine() and not self._lock.acquire(blocking=False):
                acquire(self._lock)
            if self._descriptor >= 0:
                self._flock()
                if len(self._cells) < self._expected():
                    self._map()
            yield
        finally:
            if self._is_mine():
                try:
                    if self._descriptor >= 0:
                        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
                finally:
                    self._lock.release()

    def join(self, process_id: int) -> int:
        """Return the number of a new session, which others know by `process_id`."""
        free = np.flatnonzero(self._sessions[:, 0] == 0)
        if not len(free):
            raise OperationalError("too many sessions hold locks", sqlstate="53300")
        number = int(free[0])
        self._sessions[number, 1:] = (process_id, 0, 0, 0)
        self._sessions[number, 0] = self._process + 1
        return number

    def take(self, session: int, wanted: Wanted, held: list[I64]) -> Wanted | None:
        """Take those of some locks that nobody holds against it, the places of their entries into `held`;
        return what is left. Raises 53200, 53100."""
        blocked = self._blocked(session, wanted)
        free = wanted.minors if blocked is None else wanted.minors[~blocked]
        left = None if blocked is None else wanted._replace(minors=wanted.minors[blocked])
        if len(free):
            self._enter(session, wanted, free, held)
        return left

    def are_others_holding(self, session: int) -> bool:
        """Whether sessions but one hold any locks."""
        if self._cells[TOTAL] == self._own.get(session, 0):
            return False
        self._cells[TOTAL] = np.count_nonzero(self._entries[: self._cells[HIGH], 0])
        if not self._cells[TOTAL]:
            self._cells[HIGH] = 0
        return bool(self._cells[TOTAL] != self._own.get(session, 0))

    def blocked(self, session: int, wanted: Wanted) -> Wanted | None:
        """Return those of some locks that somebody holds against a session (NOBODY: against anybody)."""
        blocked = self._blocked(session, wanted)
        return None if blocked is None else wanted._replace(minors=wanted.minors[blocked])

    def obstacle(self, session: int, wanted: Wanted) -> Obstacle | None:
        """Return one of the entries that somebody holds against some locks of a session."""
        for place in self._conflicting(session, wanted)[:1].tolist():
            return Obstacle(place, self._entries[place].tolist())
        return None

    def wait(self, session: int, wanted: Wanted | None) -> None:
        """Note that a session waits for the first of some locks, or no longer."""
        record = self._sessions[session]
        if wanted is None:
            record[2] = 0
        else:
            record[3:] = (wanted.major, wanted.minors[0])
            record[2] = wanted.mode | wanted.kind << 8

    def process_of(self, session: int) -> int:
        """Return the process id of a session."""
        return int(self._sessions[session, 1])

    def blockers(self, session: int) -> set[int]:
        """Return the sessions that hold what a session waits for."""
        what, major, minor = self._sessions[session, 2:].tolist()
        if not what:
            return set()
        wanted = Wanted(Kind(what >> 8), what & 0xFF, major, np.array([minor], np.int64))
        places = self._conflicting(session, wanted)
        return set(((self._entries[places, 0] >> 16) - 1).tolist())

    def is_deadlocked(self, session: int) -> bool:
        """Whether a session waits for itself, through others."""
        seen: set[int] = set()
        stack = [session]
        while stack:
            for other in self.blockers(stack.pop()):
                if other == session:
                    return True
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return False

    def is_live(self, session: int) -> bool:
        """Whether there is a session of a number."""
        self.sweep_dead({session})
        return bool(self._sessions[session, 0])

    def sweep_dead(self, sessions: set[int]) -> None:
        """Free what sessions hold whose processes have died."""
        for process in {int(self._sessions[session, 0]) - 1 for session in sessions} - {self._process, -1}:
            if self._try_presence(process, fcntl.F_WRLCK):
                self._sweep(process)
                self._try_presence(process, fcntl.F_UNLCK)

    # -------------------------------------------------------------- taking the mutex

    def __iter__(self) -> Iterator[Entry]:
        """Yield all locks that are held or waited for."""
        with self.alone():
            found = self._listed()
        return iter(found)

    def _listed(self) -> list[Entry]:
        found = []
        for what, major, minor in self._entries[: self._cells[HIGH]].tolist():
            if what:
                session = (what >> 16) - 1
                process_id = int(self._sessions[session, 1])
                kind = Kind(what >> 8 & 0xFF)
                found.append(Entry(process_id, session, kind, what & 0xFF, major, minor, True))
        for session in np.flatnonzero(self._sessions[:, 0] * self._sessions[:, 2]).tolist():
            if not self.blockers(session):
                continue  # free by now: it only has to wake up
            _, process_id, what, major, minor = self._sessions[session].tolist()
            found.append(Entry(process_id, session, Kind(what >> 8), what & 0xFF, major, minor, False))
        return found

    # -------------------------------------------------------------- without the mutex

    def has(self, obstacle: Obstacle) -> bool:
        """Whether an entry is there yet: one look into memory."""
        return bool(self._entries[obstacle.place].tolist() == obstacle.numbers)

    def free(self, session: int, places: I64) -> None:
        """Free entries of a session of this process."""
        self._own[session] = self._own.get(session, 0) - len(places)
        self._entries[places[self._entries[places, 0] >> 16 == session + 1], 0] = 0
        if self._is_mine():
            return  # a session was forgotten in the middle of something else
        try:
            if self._lock.acquire(blocking=False):
                self._lower()
        finally:
            if self._is_mine():
                self._lock.release()

    def leave(self, session: int) -> None:
        """Forget a session of this process, and free what it holds."""
        held = np.flatnonzero(self._entries[: self._cells[HIGH], 0] >> 16 == session + 1)
        if len(held):
            self.free(session, held)
        self._own.pop(session, None)
        self._sessions[session, 0] = 0

    # -------------------------------------------------------------- entries

    def _conflicting(self, session: int, wanted: Wanted) -> I64:
        """Return the places of entries that stand against locks, whichever of the minors they are of."""
        used = self._entries[: self._cells[HIGH]]
        minors, first = used[:, 2], wanted.minors[0]
        if first == ALL:
            near = np.ones(len(used), bool)
        else:
            near = (minors == first) if len(wanted.minors) == 1 else np.isin(minors, wanted.minors)
            near |= minors == ALL
        near &= used[:, 1] == wanted.major
        places: I64 = np.flatnonzero(near)
        if not len(places):
            return places
        what = used[places, 0]
        against = CONFLICTS[wanted.kind][wanted.mode] >> (what & 0xFF) & 1 == 1
        against &= (what >> 8 & 0xFF == wanted.kind) & (what >> 16 != session + 1)
        found: I64 = places[against]
        return found

    def _blocked(self, session: int, wanted: Wanted) -> np.ndarray | None:
        if not self.are_others_holding(session):
            return None
        places = self._conflicting(session, wanted)
        if not len(places):
            return None
        minors = self._entries[places, 2]
        if wanted.minors[0] == ALL or (minors == ALL).any():
            return np.ones(len(wanted.minors), bool)
        return np.isin(wanted.minors, minors)

    def _enter(self, session: int, wanted: Wanted, minors: I64, held: list[I64]) -> None:
        # An interrupt leaves what `held` frees, and counts that make nobody pass over a look.
        cells, entries, count = self._cells, self._entries, len(minors)
        high, total = int(cells[HIGH]), int(cells[TOTAL])
        places = np.flatnonzero(entries[:high, 0] == 0)[:count] if total < high else EMPTY
        end = high + count - len(places)
        if end > len(entries):
            self._grow(end)
            cells, entries = self._cells, self._entries
        places = np.concatenate([places, np.arange(high, end)]) if len(places) else np.arange(high, end)
        cells[TOTAL], cells[HIGH] = total + count, end
        held.append(places)
        entries[places, 1] = wanted.major
        entries[places, 2] = minors
        entries[places, 0] = wanted.mode | wanted.kind << 8 | (session + 1) << 16
        self._own[session] = self._own.get(session, 0) + count

    def _lower(self) -> None:
        """Let `high` come down to the last entry that is taken, where nobody has the mutex."""
        if self._descriptor >= 0:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        try:
            if len(self._cells) >= self._expected():
                self._lower_alone()
        finally:
            if self._descriptor >= 0:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _lower_alone(self) -> None:
        taken = np.flatnonzero(self._entries[: self._cells[HIGH], 0])
        self._cells[HIGH] = taken[-1] + 1 if len(taken) else 0
        self._cells[TOTAL] = len(taken)

    def _sweep(self, process: int) -> None:
        """Free what sessions of a process hold."""
        dead = np.flatnonzero(self._sessions[:, 0] == process + 1)
        if len(dead):
            used = self._entries[: self._cells[HIGH]]
            used[np.isin((used[:, 0] >> 16) - 1, dead), 0] = 0
            self._sessions[dead, 0] = 0
            self._lower_alone()

    # -------------------------------------------------------------- the file

    def _expected(self) -> int:
        """Return how many cells the file has by now."""
        return ENTRIES_AT + int(self._cells[CAPACITY]) * ENTRY_CELLS if len(self._cells) else HEADER_CELLS

    def _map(self) -> None:
        header = os.pread(self._descriptor, 8 * HEADER_CELLS, 0)
        capacity = struct.unpack_from("<Qq", header)[1] if len(header) == 8 * HEADER_CELLS else 0
        size = 8 * (ENTRIES_AT + capacity * ENTRY_CELLS)
        if not CAPACITY_MIN <= capacity <= CAPACITY_MAX or os.fstat(self._descriptor).st_size < size:
            # New, or what a crash or somebody else has left of it.
            os.ftruncate(self._descriptor, 0)
            return self._grow(CAPACITY_MIN)
        self._cells = np.frombuffer(mmap.mmap(self._descriptor, size), np.int64)
        self._divide()

    def _divide(self) -> None:
        self._sessions = self._cells[HEADER_CELLS:ENTRIES_AT].reshape(-1, SESSION_CELLS)
        self._entries = self._cells[ENTRIES_AT:].reshape(-1, ENTRY_CELLS)

    def _grow(self, capacity: int) -> None:
        """Give the file room for so many entries, and more. Raises 53200, 53100."""
        capacity = max(capacity, CAPACITY_MIN, 2 * len(self._entries) if len(self._cells) else 0)
        if capacity > CAPACITY_MAX or self._descriptor < 0:
            raise OutOfMemory("too many locks are held", hint="commit after fewer changes")
        size = 8 * (ENTRIES_AT + capacity * ENTRY_CELLS)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._descriptor, 0, size)
            else:
                there = os.fstat(self._descriptor).st_size
                os.pwrite(self._descriptor, bytes(max(0, size - there)), there)
        except OSError as error:
            raise disk_error(error, self._path) from error
        self._cells = np.frombuffer(mmap.mmap(self._descriptor, size), np.int64)
        self._divide()
        self._cells[CAPACITY] = capacity

    def _flock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            for _ in attempts(MUTEX_PAUSE_S):
                try:
                    fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    continue

    def _take_presence(self) -> int:
        for process in range(PROCESSES):
            if self._try_presence(process, fcntl.F_WRLCK):
                return process
        raise OperationalError("too many processes have the database open", sqlstate="53300")

    def _try_presence(self, process: int, kind: int) -> bool:
        if self._descriptor < 0:
            return False
        try:
            if OFD_SETLK is None:
                lock = fcntl.LOCK_UN if kind == fcntl.F_UNLCK else fcntl.LOCK_EX | fcntl.LOCK_NB
                fcntl.lockf(self._descriptor, lock, 1, PRESENCE_AT + process)
            else:
                wanted = FLOCK.pack(kind, os.SEEK_SET, PRESENCE_AT + process, 1, 0)
                fcntl.fcntl(self._descriptor, OFD_SETLK, wanted)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            return False
        return True
