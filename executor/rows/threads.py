"""Threads that help with one statement: its segments are searched side by side where that is faster.

The threads belong to the database of a process, are started when first needed and kept. A statement's own
thread does pieces of its work too, and never waits for a piece that nobody has begun: while every helper
is busy elsewhere it does them all. It leaves only when no helper is at its work any more, also by an
error or an interrupt, so that searchers stay with one thread at a time.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

from vql.deadline import check_deadline, current_deadline, work_for

Found = TypeVar("Found")

# What one more thread costs. Two pieces of 207 us each, outside the interpreter's lock, take 421 us on one
# thread and 272 on two (medians of 500 on two cores); where processors have slept for 2 ms before, 491 and
# 497. So it is less while statements follow each other, and more by no more than this helps otherwise.
HANDOVER_US = 150.0
# Pieces shorter than this hold the interpreter's lock for much of their time: eight searches of indexes,
# 145 us each, took 1,162 us on one thread and 1,466 on two while other work was going on on the two cores.
PIECE_US_MIN = 300.0


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_for(costs_us: Sequence[float], threads_max: int) -> int:
    """Return with how many threads pieces of these costs are done soonest."""
    total, longest = sum(costs_us), max(costs_us, default=0.0)
    best, least = 1, total
    long = sum(1 for cost in costs_us if cost >= PIECE_US_MIN)
    for threads in range(2, min(threads_max, long) + 1):
        expected = max(longest, total / threads) + (threads - 1) * HANDOVER_US
        if expected < least:
            best, least = threads, expected
    return best


class Helpers:
    """The threads of one process that help the statements of one database."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job[object] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = False

    def run(self, pieces: Sequence[Callable[[], Found]], threads: int) -> list[Found]:
        """Do all pieces on up to so many threads, this one among them, begun in their order. Raises what
        the first of the pieces that fail raises; those not begun by then are left."""
        job = Job(pieces)
        try:
            self._hand_over(job, min(threads, len(pieces)) - 1)
            job.work()
        finally:
            job.leave()
        return job.outcome()

    def close(self) -> None:
        """End the threads after what they are at."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            thread.join()

    def _hand_over(self, job: Job[Found], count: int) -> None:
        if len(self._threads) < count:
            self._start(count)
        for _ in range(count):
            self._jobs.put(job)  # type: ignore[arg-type]

    def _start(self, count: int) -> None:
        with self._lock:
            while len(self._threads) < count and not self._closed:
                thread = threading.Thread(target=self._help, name="vql-search", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return  # no memory for a thread: the statement does its pieces itself
                self._threads.append(thread)

    def _help(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.help()
            del job  # nothing of a segment is held while there is nothing to do


class Job(Generic[Found]):
    """The pieces of one statement."""

    def __init__(self, pieces: Sequence[Callable[[], Found]]) -> None:
        # A deque is emptied by several threads without a lock.
        self._pieces = deque(enumerate(pieces))
        self._deadline = current_deadline()  # of the statement
        self._found: dict[int, Found] = {}
        self._errors: dict[int, Exception] = {}
        self._lock = threading.Lock()
        self._helping = 0
        self._left = False
        self._idle = threading.Event()

    def work(self) -> None:
        """Do pieces as long as there are any."""
        while self._pieces:
            try:
                number, piece = self._pieces.popleft()
            except IndexError:  # another thread took it
                return
            try:
                check_deadline()
                self._found[number] = piece()
            except Exception as error:  # noqa: BLE001 - raised by the statement's own thread
                self._errors[number] = error
                self._pieces.clear()

    def help(self) -> None:
        """Do pieces in another thread than the statement's, unless that has left."""
        with self._lock:
            if self._left:
                return
            self._helping += 1
        work_for(self._deadline)
        try:
            self.work()
        finally:
            with self._lock:
                self._helping -= 1
                if self._left and not self._helping:
                    self._idle.set()

    def leave(self) -> None:
        """Let nobody begin anything more and wait for those who are at it."""
        self._pieces.clear()
        with self._lock:
            self._left = True
            helping = self._helping
        if helping:
            self._idle.wait()

    def outcome(self) -> list[Found]:
        """Return what was found, in the order of pieces, or raise the first error."""
        if self._errors:
            raise self._errors[min(self._errors)]
        return [self._found[number] for number in range(len(self._found))]
