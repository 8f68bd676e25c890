"""Maintenance of a database: seal the delta, merge segments, fold deletes, build indexes, forget.

Each of these works on what it has read and proposes a swap (`vql.storage.swap`), so a crash at any
moment, or a lease that was lost, leaves at most files nobody names. Row order never changes: segments
stay ordered by created.

A Maintainer is shared by the threads of its process. `_lock` lets one of them work at a time and is
taken before the lease (`vql.storage.upkeep.lease`), which does the same for processes. `_starting`
guards `_thread`, which is made once. It survives any error, says what it was in the log and in `vql_jobs`,
and tries again after a pause that doubles.
"""

from __future__ import annotations

import logging
import threading

from vql import schema
from vql.deadline import Deadline, acquired, work_for
from vql.errors import Error, ExternalRoutineFailed, QueryCanceled
from vql.storage.catalog import horizon_of
from vql.storage.jobs import MAINTENANCE
from vql.storage.store import Store, TableState
from vql.storage.upkeep.build import (
    Progress,
    build_indexes,
    build_segment_index,
    is_worth_indexing,
    missing_indexes,
)
from vql.storage.upkeep.lease import lease
from vql.storage.upkeep.merge import find_run, merge
from vql.storage.upkeep.orphans import remove_orphans
from vql.storage.upkeep.retention import fold_deletes, forget_commits, purge_dropped
from vql.storage.upkeep.seal import is_due, seal

# Frames of deletes after which maintenance is due for them alone: reading one takes some 10 us.
DELETE_FRAMES_MAX = 1_000
# Commits that come one behind another are looked at together.
IDLE_SECONDS = 0.05
RETRY_SECONDS_MAX = 60.0
log = logging.getLogger("vql.storage")


class Maintainer:
    """Maintenance of one store in this process: on demand, and in a thread once there is work."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.in_background = True  # off where another process is there for it
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._deadline = Deadline()  # of the thread: until it is stopped
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Look whether commits have left work; starts the thread on first need."""
        if not self.in_background or self._wake.is_set() or self.store.metastore.is_read_only:
            return
        try:
            self.store.snapshot()
        except Error:
            return  # the next statement meets it and says so; what was committed is
        if any(map(has_work, self.store.changed_states())):
            with self._starting:
                self._wake.set()
                if self._thread is not None or self._stopping.is_set():
                    return
                self._thread = threading.Thread(target=self._work, name="vql-maintenance", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread at its next step."""
        self._stopping.set()
        self._deadline.cancel()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def run(self, table_id: int | None = None, progress: Progress | None = None, full: bool = False) -> None:
        """Do all work there is, for one table or all. `full` seals any delta and merges. Raises 38000 in the
        end where an index kind failed."""
        failures: list[ExternalRoutineFailed] = []
        with acquired(self._lock), lease(self.store.path):
            snapshot = self.store.snapshot()
            for table in snapshot.tables.values():
                if table_id in (None, table.table_id) and table.table_id not in snapshot.closed:
                    failures += self._tend(table, progress, full)
            purge_dropped(self.store)
            forget_commits(self.store)
            remove_orphans(self.store)
        for failure in failures[:1]:
            raise failure

    def _tend(
        self, table: schema.Table, progress: Progress | None, full: bool
    ) -> list[ExternalRoutineFailed]:
        """Seal, merge, fold and index one table; return the failures of third parties' kinds, which hold up
        nothing else."""
        with self.store.metastore.read() as batch:
            oldest = horizon_of(batch, table)
        seal(self.store, table, oldest, force=full)
        merge(self.store, table, oldest)
        fold_deletes(self.store, table, full)

        def meanwhile(phase: str, fraction: float) -> None:
            # Rows keep coming while an index is built: the delta must not grow without bound.
            seal(self.store, table, oldest)
            if progress is not None:
                progress(phase, fraction)

        failures: dict[tuple[int, int], ExternalRoutineFailed] = {}
        # What is wanted is looked up anew each time: an index may be dropped meanwhile.
        while missing := [
            (segment, index)
            for segment, index in missing_indexes(self.store.state(table.table_id))
            if (segment.segment_id, index.index_id) not in failures
        ]:
            # The largest segment gains most, and is the last to be merged away.
            segment, index = max(missing, key=lambda entry: entry[0].rows)
            newest = self.store.state(table.table_id).table
            try:
                build_segment_index(self.store, newest, segment, index, meanwhile)
            except ExternalRoutineFailed as failure:
                failures[segment.segment_id, index.index_id] = failure
            merge(self.store, table, oldest)
        return list(failures.values())

    def build(self, table_id: int, progress: Progress | None) -> None:
        """Seal a table's delta where an index helps and build what is missing. Raises 57014."""
        with acquired(self._lock), lease(self.store.path):
            snapshot = self.store.snapshot()
            table = next((t for t in snapshot.tables.values() if t.table_id == table_id), None)
            if table is None:
                return
            if is_worth_indexing(self.store.state(table_id).growing.rows):
                seal(self.store, table, 0, force=True)
            build_indexes(self.store, table, progress)

    def _work(self) -> None:
        work_for(self._deadline)
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            if self._stopping.wait(IDLE_SECONDS):
                return
            self._work_once()

    def _work_once(self) -> None:
        """Do what there is to do; whatever goes wrong is logged and tried again later."""
        jobs = self.store.jobs
        jobs.start(MAINTENANCE)
        try:
            self.run()
            jobs.end(MAINTENANCE)
        except QueryCanceled:
            return  # the maintainer is stopped
        except Exception as error:
            # Nothing is lost: what was committed is, and each step is a swap.
            jobs.end(MAINTENANCE, f"{type(error).__name__}: {error}")
            pause_s = min(RETRY_SECONDS_MAX, IDLE_SECONDS * 2 ** min(jobs[MAINTENANCE].failures, 32))
            log.exception("maintenance of %s failed, next try in %.1f s", self.store.path, pause_s)
            self._stopping.wait(pause_s)
            self._wake.set()


def has_work(state: TableState) -> bool:
    """Whether a table's delta is due, its segments should be merged, or an index is missing. Cheap
    after every commit: sealed segments are looked at once."""
    if state.dropped:
        # Its keys are to be removed, once.
        first, state.looked_at = state.looked_at < 0, len(state.sealed)
        return first and bool(state.table.primary_key)
    if is_due(state.growing) or state.delete_frames > DELETE_FRAMES_MAX:
        return True
    if state.looked_at == len(state.sealed):
        return False
    if find_run(state.sealed) is not None or missing_indexes(state):
        return True
    state.looked_at = len(state.sealed)
    return False
