"""What one session holds in the lock table, and how it waits.

| held | until |
|---|---|
| rows, keys, relations, advisory locks of a transaction | its end, or ROLLBACK TO a savepoint set before |
| advisory locks of a session | unlocked as often as locked, or the session's end |

A session that waits says so in the table, where who waits for it may find that they wait for each other: it
is then the one that finds out that is told (40P01). Waiting is looking again, at first after 0.1 ms, then
every 2 ms: at an entry that stood in the way, without the mutex, which is taken once that one has gone.
What else ends it are lock_timeout, statement_timeout and a cancel.

It belongs to its session's thread; the session's end frees everything, also when it is forgotten.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Sequence

import numpy as np

from vql.deadline import attempts
from vql.errors import DeadlockDetected
from vql.storage.locks.modes import Kind, RelationLock, Wanted, mode_name
from vql.storage.locks.table import NOBODY, LockTable
from vql.types.forms.ndarrays import I64

PAUSE_S = 0.002
# How long a session waits before it looks for deadlocks and dead processes, and between two looks.
SUSPICION_S = 0.05
Advisory = tuple[Kind, int, int, int]


class SessionLocks:
    """See the module. `held` are the places of the transaction's entries, in the order of taking, `xid` its
    number, 0 where it has none."""

    def __init__(self, table: LockTable) -> None:
        self.table = table
        self.process_id = os.getpid()  # as others see it; the server has numbers of its own
        self._number = NOBODY
        self.held: list[I64] = []
        self.xid = 0
        self._of_xid: I64 | None = None  # among those held
        self._once: set[Advisory] = set()  # what the transaction holds that is taken but once
        self._advisory: dict[Advisory, list[int]] = {}  # how often, and the place of the entry
        self._leaving: weakref.finalize[[int], SessionLocks] | None = None

    def close(self) -> None:
        """Free everything: the session ends."""
        if self._leaving is not None:
            self._leaving()
            self._leaving, self._number = None, NOBODY
        self.held.clear()
        self.xid, self._of_xid = 0, None
        self._once.clear()
        self._advisory.clear()

    @property
    def number(self) -> int:
        """The session's number in the lock table: as long as it lasts no other session has it."""
        with self.table.alone():
            return self._joined()

    # -------------------------------------------------------------- a transaction's

    def acquire(self, *locks: Wanted) -> bool:
        """Take locks for the transaction; returns whether others had to be waited for. Raises 40P01, 55P03,
        57014."""
        return any([self._wait(wanted, self.held) for wanted in locks if len(wanted.minors)])

    def acquire_relation(self, table_id: int, mode: RelationLock) -> bool:
        """Take the lock of a relation, once; returns whether others had to be waited for."""
        name = (Kind.RELATION, mode, table_id, 0)
        if name in self._once:
            return False
        waited = self.acquire(Wanted(Kind.RELATION, mode, table_id, np.zeros(1, np.int64)))
        self._once.add(name)
        return waited

    def acquire_advisory(self, kind: Kind, mode: RelationLock, major: int, minor: int, wait: bool) -> bool:
        """Take an advisory lock for the transaction, once; returns False where others have it and we do not
        `wait`."""
        name = (kind, mode, major, minor)
        if name in self._once:
            return True
        wanted = Wanted(kind, mode, major, np.array([minor], np.int64))
        if wait:
            self.acquire(wanted)
        elif self.try_acquire(wanted) is not None:
            return False
        self._once.add(name)
        return True

    def wait_for(self, *locks: Wanted) -> bool:
        """Wait until nobody holds anything against these locks, and take none; returns whether anybody
        did."""
        return any([self._wait(wanted, None) for wanted in locks if len(wanted.minors)])

    def try_acquire(self, wanted: Wanted, keep: bool = True) -> Wanted | None:
        """Take those of some locks that are free (or only look, without `keep`); returns what is left."""
        if not keep:
            return self.find_held([wanted])
        with self.table.alone():
            return self.table.take(self._joined(), wanted, self.held)

    def are_others_holding(self) -> bool:
        """Whether other sessions hold any locks."""
        if not self.table.is_used:
            return False
        with self.table.alone():
            return self.table.are_others_holding(self._number)

    def find_held(self, locks: Sequence[Wanted]) -> Wanted | None:
        """Return those of some locks that others hold something against, of the first that they do."""
        if not self.table.is_used:
            return None
        with self.table.alone():
            found = (self.table.blocked(self._number, wanted) for wanted in locks)
            return next((each for each in found if each is not None), None)

    def savepoint(self) -> int:
        """Return a mark for `release`."""
        return len(self.held)

    def enter_xid(self, xid: int) -> None:
        """Hold the number of the transaction, which nobody else asks for."""
        self.acquire(Wanted(Kind.TRANSACTION, RelationLock.EXCLUSIVE, 0, np.array([xid], np.int64)))
        self._of_xid = self.held[-1]

    def rollback_to(self, mark: int) -> None:
        """Free what the transaction has taken since a mark, but for its number."""
        kept = [places for places in self.held[mark:] if places is self._of_xid]
        self._free([places for places in self.held[mark:] if places is not self._of_xid])
        self.held[mark:] = kept

    def release(self) -> None:
        """Free what the transaction has taken, its number at last: the transaction has ended."""
        self.xid, self._of_xid = 0, None
        self._free(self.held)
        self.held.clear()

    def _free(self, held: list[I64]) -> None:
        if held:
            self.table.free(self._number, np.concatenate(held))
            self._once.clear()

    # -------------------------------------------------------------- advisory, a session's

    def lock(self, kind: Kind, mode: RelationLock, major: int, minor: int, wait: bool = True) -> bool:
        """Take an advisory lock for the session; returns False where others have it and we do not `wait`."""
        name = (kind, mode, major, minor)
        known = self._advisory.get(name)
        if known is not None:
            known[0] += 1
            return True
        wanted = Wanted(kind, mode, major, np.array([minor], np.int64))
        held: list[I64] = []
        if wait:
            self._wait(wanted, held)
        else:
            with self.table.alone():
                self.table.take(self._joined(), wanted, held)
        if not held:
            return False
        self._advisory[name] = [1, int(held[0][0])]
        return True

    def unlock(self, kind: Kind, mode: RelationLock, major: int, minor: int) -> bool:
        """Give an advisory lock of the session back once; returns False where it has none."""
        name = (kind, mode, major, minor)
        known = self._advisory.get(name)
        if known is None:
            return False
        known[0] -= 1
        if not known[0]:
            self.table.free(self._number, np.array([self._advisory.pop(name)[1]], np.int64))
        return True

    def unlock_all(self) -> None:
        """Give back all advisory locks of the session."""
        places = np.array([place for _, place in self._advisory.values()], np.int64)
        self._advisory.clear()
        if len(places):
            self.table.free(self._number, places)

    # -------------------------------------------------------------- waiting

    def _wait(self, wanted: Wanted, held: list[I64] | None) -> bool:
        """Take locks into `held`, or only wait until they are free; returns whether others had them."""
        table = self.table
        if held is None and not table.is_used:
            return False
        left: Wanted | None = wanted
        waited, suspicious_s = False, time.monotonic() + SUSPICION_S
        obstacle = None
        try:
            for _ in attempts(PAUSE_S):
                if obstacle is not None and table.has(obstacle) and time.monotonic() < suspicious_s:
                    continue
                with table.alone():
                    if held is None:
                        left = table.blocked(self._number, wanted)
                    else:
                        left = table.take(self._joined(), left or wanted, held)
                    if left is None:
                        return waited
                    table.wait(self._joined(), left)
                    obstacle = table.obstacle(self._number, left)
                    if not waited or time.monotonic() >= suspicious_s:
                        table.sweep_dead(table.blockers(self._number))
                        if waited and table.is_deadlocked(self._number):
                            raise self._deadlock(left)
                        suspicious_s = time.monotonic() + SUSPICION_S
                    waited = True
        finally:
            if waited:
                table.wait(self._number, None)
        raise AssertionError("attempts end by an error")

    def _deadlock(self, wanted: Wanted) -> DeadlockDetected:
        what = f"{mode_name(wanted.kind, wanted.mode)} of {wanted.kind.name.lower()} {wanted.major}"
        others = ", ".join(str(self.table.process_of(other)) for other in self.table.blockers(self._number))
        return DeadlockDetected(
            "deadlock detected",
            detail=f"Process {self.table.process_of(self._number)} waits for {what}, held by {others}.",
            hint="run the transaction again",
        )

    def _joined(self) -> int:
        if self._number == NOBODY:
            self._number = self.table.join(self.process_id)
            self._leaving = weakref.finalize(self, self.table.leave, self._number)
        return self._number
