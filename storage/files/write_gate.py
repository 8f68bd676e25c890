"""The gate before LMDB's write lock: who wants to write waits here, where timeouts and cancels end a wait.

LMDB's own lock is taken in C, without an end. So it is taken only by whoever has passed the gate: a lock
between the threads of a process, then an flock on `writer.lock` between processes. Threads are woken as the
lock is given back. The flock is tried; where another process has it, a thread beside asks for it, as that
call knows no end either, while the statement's thread waits for that thread and looks at its deadline.

Invariants
* Whoever holds `_lock` has the flock or waits for it: one thread of a process at a time.
* `_asking` says that the thread beside asks. Nobody else of the process touches the flock then: it belongs to
  the descriptor, so that a second try would succeed as soon as that thread has it. Where its waiter has given
  up the next one waits for it instead; where there is none it gives the flock back.

Ctrl-C may come between any two steps: `_lock` itself is asked who holds it. A thread that was interrupted
while it gave the lock back still holds it, and has it at once when it comes again.

A crash frees both. The file is empty and never removed. `_lock` is first, `_state` is held for a few steps.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vql.deadline import acquire, ownership
from vql.storage.files.blobfile import disk_error


class WriteGate:
    """See the module."""

    def __init__(self, path: Path, is_read_only: bool = False) -> None:
        """Open the file, made where there is none; not of what nobody may write. Raises 53000, 53100,
        58030."""
        self._descriptor = -1
        try:
            if not is_read_only:
                self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise disk_error(error, path) from error
        self._lock = threading.RLock()
        self._is_mine = ownership(self._lock)
        self._state = threading.Lock()
        self._asking = self._is_awaited = False
        self._granted = threading.Semaphore(0)
        self._wanted = threading.Semaphore(0)
        self._thread: threading.Thread | None = None  # made when first needed

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Be the one of all threads and processes that may write. Raises 57014, 55P03."""
        try:
            if not self._is_mine() and not self._lock.acquire(blocking=False):
                acquire(self._lock)
            try:
                if self._asking:
                    raise BlockingIOError
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._wait()
            yield
        finally:
            if self._is_mine():
                try:
                    if self._descriptor >= 0:
                        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
                finally:
                    self._lock.release()

    def close(self) -> None:
        """Close the file; a thread that still asks gets nothing."""
        with self._state:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1
                self._wanted.release()

    def _wait(self) -> None:
        """Let the thread beside ask for the flock, and wait for it."""
        try:
            with self._state:
                self._is_awaited = True
                if not self._asking:
                    self._asking = True
                    self._wanted.release()
                if self._thread is None:
                    self._thread = threading.Thread(target=self._ask, name="vql-writer", daemon=True)
                    self._thread.start()
            acquire(self._granted)
        except BaseException:
            with self._state:
                self._is_awaited = False
                self._granted.acquire(blocking=False)  # `passed` gives the flock back
            raise

    def _ask(self) -> None:
        """Ask for the flock whenever it is wanted, till the gate is closed."""
        while True:
            self._wanted.acquire()
            descriptor = self._descriptor
            if descriptor < 0:
                return
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            with self._state:
                if self._is_awaited:
                    self._is_awaited = False
                    self._granted.release()
                elif self._descriptor == descriptor:
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
                self._asking = False  # last: whoever sees it may try the flock
