"""The thread that makes checkpoints of the commit log beside commits, syncs the records of loose ones, and
lets go of the pin where none come.

It is made by the first commit and ends where none has come for a while: then main.mdb is synced, and nothing
keeps its pages from being used again. Its state is changed behind the write gate, but for the end at `close`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from vql.deadline import Deadline, work_for
from vql.errors import Error, QueryCanceled
from vql.storage.files.commit_log import FLUSH_S, CommitLog

IDLE_S = 5.0
log = logging.getLogger("vql.storage")


class Checkpointer:
    """See the module. `sync` is done before the `gate` is passed: most of main.mdb is synced by then."""

    def __init__(
        self, commits: CommitLog, sync: Callable[[], None], gate: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._commits = commits
        self._sync = sync
        self._gate = gate
        self._wanted = threading.Event()
        self._waits = Deadline()
        self._is_closed = self._is_flushing = False
        self._thread: threading.Thread | None = None
        self.is_running = False

    def wake(self) -> None:
        """Have the thread look at the log; called behind the gate, where it does not run or has to work."""
        if not self.is_running:
            self._thread = threading.Thread(target=self._run, name="vql-checkpoint", daemon=True)
            self._thread.start()
            self.is_running = True
        if self._commits.is_due or (self._commits.is_loose and not self._is_flushing):
            self._wanted.set()

    def close(self) -> None:
        """End the thread, which uses the environment."""
        self._is_closed = True
        self._waits.cancel()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
        if self._commits.is_loose:
            self._flush()

    def _flush(self) -> None:
        try:
            self._commits.flush()
        except OSError as error:  # main.mdb has them: a checkpoint makes them durable, or tells
            log.warning("sync of %s: %s", self._commits.path.name, error)
            self._commits.is_due = True

    def _run(self) -> None:
        work_for(self._waits)
        while True:
            last = self._commits.last
            is_woken = self._wanted.wait(IDLE_S)
            self._wanted.clear()
            if self._commits.is_loose and not self._is_closed:
                self._is_flushing = True
                self._wanted.wait(FLUSH_S)  # cut short by what cannot wait alone
                self._is_flushing = False
                self._flush()
            if self._is_closed:
                return
            is_wanted = self._commits.is_due
            if not is_wanted and (is_woken or last != self._commits.last):
                continue
            try:
                self._sync()
                with self._gate():
                    is_idle = not is_wanted and last == self._commits.last
                    self._commits.checkpoint()
                    if is_idle:
                        self._commits.unpin()
                        self.is_running = False
                        return
            except QueryCanceled:
                return  # closed
            except (Error, OSError) as error:  # whoever commits next is told, or tries again
                log.warning("checkpoint of %s: %s", self._commits.path.name, error)
