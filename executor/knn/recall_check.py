"""Whether indexes keep what their curves promise: now and then a search is answered exactly again.

One in so many searches that an index has answered is handed to a thread of its own, which scans the
segment under the same mask, counts how many of the nearest were found, and keeps the sums with the open
index (`VectorIndex.checks`). Where more is missed than was asked for, the index's curves are read more
strictly from then on (`VectorIndex.note`). A search never waits for it: while checks wait, and
while the thread rests, others are dropped.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import NamedTuple

import numpy as np

from vql.executor.knn.scans.exact import ExactSearch
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import WHOLE_ABOVE
from vql.storage.index.dense.index import VectorIndex
from vql.types.forms.ndarrays import F32, I64

WAITING_MAX = 4
# The thread rests so many times as long as it has worked.
REST = 30
# Distances this close, relative to the k-th true one, count as found: sums round.
TOLERANCE = 1e-6


class Check(NamedTuple):
    """An answered search: `offsets` were found for `k` neighbours at a `recall` target."""

    built: VectorIndex
    searched: ExactSearch
    query: F32
    k: int
    recall: float
    mask: Mask | None
    offsets: I64


class RecallChecker:
    """The checks of one process, done one after another."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Check | None] = queue.Queue(WAITING_MAX)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._rest_until = 0.0  # by time.monotonic()

    def put(self, check: Check) -> None:
        """Check a search later; forget it where too many wait or the thread has had its share."""
        if time.monotonic() < self._rest_until:
            return
        with self._lock:
            if self._closed:
                return
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="vql-recall", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return  # no memory for a thread: the search itself has been answered
                self._thread = thread
        try:
            self._waiting.put_nowait(check)
        except queue.Full:
            return

    def drain(self) -> None:
        """Wait until every check handed in is done."""
        self._waiting.join()

    def close(self) -> None:
        """Stop after the check under way."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is None:
            return
        while not self._waiting.empty():
            try:
                self._waiting.get_nowait()
                self._waiting.task_done()
            except queue.Empty:
                break
        self._waiting.put(None)
        thread.join()

    def _work(self) -> None:
        while (check := self._waiting.get()) is not None:
            started = time.monotonic()
            check.built.note(check.recall, *found_of(check))
            ended = time.monotonic()
            self._rest_until = ended + (ended - started) * REST
            # Nothing of a segment is held while there is nothing to do.
            del check
            self._waiting.task_done()
        self._waiting.task_done()


def found_of(check: Check) -> tuple[int, int]:
    """Return how many of the true nearest rows a search found, and how many there are."""
    # Buffers are written at each search: those of a session are not this thread's.
    exact = type(check.searched)(check.searched.vectors, check.searched.metric, WHOLE_ABOVE)
    if check.mask is None:
        near = exact.scan(check.query, check.k)
    else:
        near = exact.scan_ids(check.query, check.mask.ids, check.k)
    truth = exact.finish(check.query, near, check.k, ("check",)).distances
    found = exact.finish(check.query, np.sort(check.offsets), check.k, ("check",)).distances
    bound = float(truth[-1])
    return int(np.count_nonzero(found <= bound + abs(bound) * TOLERANCE)), len(truth)
