"""The commit clock: hybrid, so that commit times rise whatever the machine's clock does, and shared, so
that a moment once asked for is answered alike for ever, without waiting for whoever commits.

A commit's time is the machine's, or one microsecond behind the commit before it where that is later (a
hybrid logical clock, Kulkarni et al. 2014, whose logical part is that microsecond). `AS OF` a time that has
passed must see every commit with that time or an earlier one, also one that has taken its time and is not
durable yet. Commits that are made durable together are under way together, each with a time of its own. Two
cells of a mapped file tell all processes:

| offset | size | type | cell | notes |
|--:|--:|---|---|---|
| 0 | 8 | u64 LE | pending | least time of the commits under way << 12, low 12 bits of the first's version |
| 8 | 8 | u64 LE | promised | latest time that a question was answered for |

Invariants
* Who commits writes `pending` first and looks at the clock then: a reader that has seen no pending commit
  after it looked at the clock itself meets no commit of its time any more.
* `pending` is written under LMDB's write lock alone. It is never cleared by a commit: it says nothing once
  the version it names is there, which readers look at after it; the others under way are there then too.
* Commits come behind `promised`: a machine's clock that is set back changes no answer. Of two readers that
  write it at once the earlier moment may stay: they differ by microseconds.

Each cell is one aligned store of 8 bytes. Nothing here is durable or needs to be: after a crash `pending`
may name a commit that never came. Who waits for it takes the write lock in the end, sees that nobody
commits and clears it.
"""

from __future__ import annotations

import mmap
import os
import time
from pathlib import Path

from vql.storage.files.blobfile import disk_error

CLOCK_BYTES = 16
PENDING, PROMISED = 0, 1
VERSION_BITS = 12
NEVER_US = 1 << 62
LOW = (1 << VERSION_BITS) - 1  # the bits of a version that tell it from its neighbours


class CommitClock:
    """The clock of one database directory; shared by threads, without a lock."""

    def __init__(self, path: Path, is_read_only: bool = False) -> None:
        """Map the file, made where there is none; of a database that cannot be written nobody shares it.
        Raises DiskFull, OperationalError."""
        self._least_us = 0  # of the next commit of those under way, under the write lock
        if is_read_only:
            self._cells = memoryview(bytearray(CLOCK_BYTES)).cast("Q")
            return
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                if os.fstat(descriptor).st_size < CLOCK_BYTES:
                    os.pwrite(descriptor, bytes(CLOCK_BYTES), 0)
                self._cells = memoryview(mmap.mmap(descriptor, CLOCK_BYTES)).cast("Q")
                if self._cells[PROMISED] >> (64 - VERSION_BITS):
                    self._cells[PROMISED] = 0  # no moment: the file is damaged, and needs not be whole
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_error(error, path) from error

    @property
    def pending(self) -> int:
        """The commit under way, for `is_before`."""
        return self._cells[PENDING]

    def is_busy(self, version: int) -> bool:
        """Whether commits are under way behind a version that was the newest when it was read."""
        return is_before(self._cells[PENDING], NEVER_US, version)

    def begin(self, version: int, last_us: int) -> None:
        """Say that commits from a version on are under way, behind the time of the last one; under the write
        lock. From here on who takes a lock waits for them, which may not have seen it."""
        least_us = max(now_us(), last_us) + 1
        self._cells[PENDING] = least_us << VERSION_BITS | version & LOW
        self._least_us = least_us

    def take(self) -> int:
        """Return the time of the next commit of those under way; under the write lock."""
        # Anew: who saw nothing pending may have looked at the clock since.
        time_us = max(now_us() + 1, self._least_us, self._cells[PROMISED] + 1)
        self._least_us = time_us + 1
        return time_us

    def promise(self, time_us: int) -> int:
        """Let later commits come behind a moment; returns `pending`, for `is_before`."""
        if self._cells[PROMISED] < time_us:
            self._cells[PROMISED] = time_us
        return self._cells[PENDING]

    def settle(self, pending: int) -> None:
        """Forget a commit that is under way no longer; under the write lock."""
        if self._cells[PENDING] == pending:
            self._cells[PENDING] = 0

    def give_up(self) -> None:
        """Forget the commits under way, none of which is made; under the write lock."""
        self._cells[PENDING] = 0


def now_us() -> int:
    """Return the machine's time, in microseconds since 1970."""
    return time.time_ns() // 1000


def is_before(pending: int, time_us: int, head: int) -> bool:
    """Whether a commit that was pending before `head` was read may come at or before a moment."""
    return pending & LOW == (head + 1) & LOW and pending >> VERSION_BITS <= time_us
