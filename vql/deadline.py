"""How long the statement that runs may run: its timeout, the lock timeout, and a cancel from outside; and
how much memory it may take (`vql.memory`).

Postgres' CHECK_FOR_INTERRUPTS: whatever may take long calls `check_deadline` between two pieces of its
work, whatever waits for others waits through `rest`, `attempts` or `acquired`, and what blocks in foreign
code without end (DuckDB) runs beside its statement's thread, which watches `is_over`. A piece of work takes
50 ms at most, so that a statement ends within 100 ms of its moment.

A `Deadline` belongs to a session. The thread that runs a statement holds it from `start` till it resets
`RUNNING`; there the functions below find it, in code that knows nothing of sessions. Where no statement runs
nothing is ever over. `start` within a statement is part of that. A cancel is one assignment, from any thread;
one from before the statement is forgotten.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from itertools import chain
from threading import RLock, Semaphore
from typing import Any, TypeVar

from vql import memory
from vql.errors import LockNotAvailable, QueryCanceled
from vql.memory import UNBOUNDED, Budget

# How often what waits looks whether it still may.
POLL_S = 0.01
# Items of a loop in Python between two checks: 10,000 at 1 us each are 10 ms.
ITEMS_BETWEEN_CHECKS = 4_096
# Values converted, 50 us each, between two checks.
VALUES_BETWEEN_CHECKS = 256
# Terms of an expression, 100 us each, between two checks.
TERMS_BETWEEN_CHECKS = 16
# Items sorted, or merged, between two checks: 20 ms.
SORTED_BETWEEN_CHECKS = 32_768
# What a call of foreign code is to take, and how many items the first of several is given.
CALL_S, FIRST_ITEMS = 0.05, 64
Item = TypeVar("Item")


class Deadline:
    """See the module. `lock_timeout_s` is how long a lock may be waited for; `is_background` says that nobody
    waits for the work. `cancel` may come from any thread, the rest is for the one that runs the statement."""

    __slots__ = ("_cancelled", "_ends_s", "lock_timeout_s", "_budget", "_used_bytes_max", "is_background")

    def __init__(self, budget: Budget = UNBOUNDED, is_background: bool = False) -> None:
        self._budget = budget
        self.is_background = is_background
        self._used_bytes_max = 0
        self._cancelled = False
        self._ends_s = math.inf
        self.lock_timeout_s = math.inf

    def start(self, timeout_ms: int = 0, lock_timeout_ms: int = 0) -> Token[Deadline] | None:
        """Begin a statement, 0 for no limit, and return what ends it, given to `RUNNING.reset`; None where it
        is part of one that has begun."""
        if RUNNING.get() is self:
            return None
        self._cancelled = False
        self._used_bytes_max = 0
        self._ends_s = time.monotonic() + timeout_ms / 1e3 if timeout_ms else math.inf
        self.lock_timeout_s = lock_timeout_ms / 1e3 or math.inf
        return RUNNING.set(self)

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        """Let no lock be waited for meanwhile."""
        waits_s, self.lock_timeout_s = self.lock_timeout_s, 0.0
        try:
            yield
        finally:
            self.lock_timeout_s = waits_s

    def check_waiting(self) -> None:
        """Raise 55P03 where nothing may be waited for."""
        if not self.lock_timeout_s:
            raise LockNotAvailable("canceling statement due to lock timeout")

    def cancel(self) -> None:
        """Ask the statement to stop."""
        self._cancelled = True

    @property
    def is_over(self) -> bool:
        """Whether the statement must stop."""
        return self._cancelled or (self._ends_s != math.inf and time.monotonic() >= self._ends_s)

    def check(self) -> None:
        """Raise 57014 where the statement must stop."""
        if self._cancelled:
            raise QueryCanceled("canceling statement due to user request")
        if self._ends_s != math.inf and time.monotonic() >= self._ends_s:
            raise QueryCanceled("canceling statement due to statement timeout")

    def check_memory(self) -> None:
        """Raise 53200 where the statement takes too much memory. The first look of a statement says what
        others had; one costs 10 us."""
        if not self._budget.statement_bytes:
            return
        used_bytes = memory.used_bytes()
        if not self._used_bytes_max:
            self._used_bytes_max = used_bytes + self._budget.statement_bytes
            if self._budget.process_bytes:
                memory.limit_allocations(self._budget.process_bytes)
        elif used_bytes > self._used_bytes_max:
            raise memory.out_of_memory()

    def attempts(self, pause_max_s: float = POLL_S) -> Iterator[None]:
        """Yield for each try at a lock that others hold, resting in between. Raises 57014, 55P03."""
        ends_s = time.monotonic() + self.lock_timeout_s
        pause_s = 0.0001
        while True:
            yield
            self.check()
            if time.monotonic() >= ends_s:
                raise LockNotAvailable("canceling statement due to lock timeout")
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, pause_max_s)


NEVER = Deadline()
RUNNING: ContextVar[Deadline] = ContextVar("deadline", default=NEVER)


def current_deadline() -> Deadline:
    """Return the deadline of the statement that this thread runs, one that never ends where it runs none."""
    return RUNNING.get()


def work_for(deadline: Deadline) -> None:
    """Let this thread, which runs no statement, work for that of another from now on."""
    RUNNING.set(deadline)


@contextmanager
def without_deadline() -> Iterator[None]:
    """Do what has to be done after a statement's end: it neither times out nor is cancelled."""
    begun = RUNNING.set(NEVER)
    try:
        yield
    finally:
        RUNNING.reset(begun)


def check_deadline() -> None:
    """Raise 57014 where this thread's statement must stop."""
    RUNNING.get().check()


def watched(items: Iterable[Item], every: int = ITEMS_BETWEEN_CHECKS) -> Iterable[Item]:
    """Return items to be gone through with a check before every so many, of memory too; themselves where they
    are fewer."""
    if isinstance(items, tuple | list) and len(items) < every:
        return items
    return _watched(items, every)


def each_watched(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items with a check before each, where one of them may take long."""
    deadline = RUNNING.get()
    for item in items:
        deadline.check()
        yield item


def blocks(count: int, most: int) -> Iterator[slice]:
    """Yield the places of `count` items, at most so many at a time, that are given to foreign code block by
    block: each of as many as should take 50 ms, by what the last took. With a check before each."""
    start, size = 0, min(FIRST_ITEMS, most)
    while start < count:
        check_deadline()
        began_s = time.monotonic()
        yield slice(start, min(start + size, count))
        took_s = time.monotonic() - began_s
        start += size
        size = max(1, min(most, 4 * size, int(size * CALL_S / max(took_s, 1e-6))))


def map_watched(make: Callable[[Any], Item], items: Sequence[Any]) -> Iterator[Item]:
    """Return what `map` does, with a check before every so many items; each costs no more than there."""
    return chain.from_iterable(map(make, run) for run in runs_watched(items))


def runs_watched(items: Sequence[Item], every: int = ITEMS_BETWEEN_CHECKS) -> Iterator[Sequence[Item]]:
    """Yield items in runs of so many, with a check before each run."""
    for start in range(0, len(items), every):
        check_deadline()
        yield items[start : start + every]


def _watched(items: Iterable[Item], every: int) -> Iterator[Item]:
    deadline, left = RUNNING.get(), 1
    for item in items:
        left -= 1
        if not left:
            deadline.check()
            deadline.check_memory()
            left = every
        yield item


def sorted_watched(items: Iterable[Any]) -> list[Any]:
    """Return items in order, with checks meanwhile: runs of them are sorted, then merged two by two."""
    found = list(items)
    if len(found) <= SORTED_BETWEEN_CHECKS:
        return sorted(found)
    starts = range(0, len(found), SORTED_BETWEEN_CHECKS)
    runs = [_merged(found[start : start + SORTED_BETWEEN_CHECKS], []) for start in starts]
    while len(runs) > 1:
        runs = [_merged(runs[i], runs[i + 1] if i + 1 < len(runs) else []) for i in range(0, len(runs), 2)]
    return runs[0]


def _merged(left: list[Any], right: list[Any]) -> list[Any]:
    """Return two lists in order as one: Python's sort finds the runs. Long ones are cut at one value."""
    if len(left) + len(right) <= SORTED_BETWEEN_CHECKS:
        check_deadline()
        return sorted(left + right)
    if not left or not right:
        return left or right
    if len(left) < len(right):
        middle = len(right) // 2
        cut = bisect_right(left, right[middle])
        return _merged(left[:cut], right[:middle]) + _merged(left[cut:], right[middle:])
    middle = len(left) // 2
    cut = bisect_left(right, left[middle])
    return _merged(left[:middle], right[:cut]) + _merged(left[middle:], right[cut:])


def rest(seconds: float) -> None:
    """Sleep, and check meanwhile."""
    deadline, ends_s = RUNNING.get(), time.monotonic() + seconds
    while (left_s := ends_s - time.monotonic()) > 0:
        deadline.check()
        time.sleep(min(left_s, POLL_S))
    deadline.check()


def attempts(pause_max_s: float = POLL_S) -> Iterator[None]:
    """Yield for each try at a lock that others hold, resting in between. Raises 57014, 55P03."""
    return RUNNING.get().attempts(pause_max_s)


def acquire(lock: RLock | Semaphore, is_needless: Callable[[], bool] = lambda: False) -> bool:
    """Take a lock that others may hold for long, woken when it is given back; returns whether it was taken,
    which it is unless `is_needless`, asked now and then. Raises 57014, 55P03."""
    deadline = RUNNING.get()
    ends_s = time.monotonic() + deadline.lock_timeout_s
    while not lock.acquire(timeout=POLL_S):
        if is_needless():
            return False
        deadline.check()
        if time.monotonic() >= ends_s:
            raise LockNotAvailable("canceling statement due to lock timeout")
    return True


def ownership(lock: RLock) -> Callable[[], bool]:
    """Return what tells whether the thread that asks holds a lock.

    Ctrl-C may come between the taking of a lock and any note of it, so what gives it back asks the lock.
    """
    return lock._is_owned  # type: ignore[attr-defined,no-any-return]


@contextmanager
def acquired(lock: RLock) -> Iterator[None]:
    """Hold a lock that others may hold for long, never twice in a thread. Raises 57014, 55P03 while it
    waits."""
    is_mine = ownership(lock)
    try:
        if not is_mine():
            acquire(lock)
        yield
    finally:
        if is_mine():
            lock.release()
