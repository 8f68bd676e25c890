"""Maintenance of a database: seal the delta, merge segments, fold deletes, build indexes, forget.

Each of these works on what it has read and proposes a swap (`vql.storage.swap`), so a crash at any
moment, or a lease that was lost, leaves at most files nobody names. Row order never changes: segments
stay ordered by created.

A Maintainer is shared by the threads of its process. `_lock` lets one of them work at a time and is
taken before the lease (`vql.storage.upkeep.lease`), which does the same for processes. `_starting`
guards `_thread`, which is made once, and `_due`. It survives any error, says what it was in the log and in
`vql_jobs`, and tries again after a pause that doubles.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection

from vql import schema
from vql.deadline import Deadline, acquired, work_for
from vql.errors import DataCorrupted, Error, ExternalRoutineFailed, QueryCanceled
from vql.naming import is_temporary
from vql.storage.catalog import horizon_of
from vql.storage.jobs import MAINTENANCE
from vql.storage.store import Store
from vql.storage.table_state import TableSizes
from vql.storage.upkeep.build import (
    Progress,
    build_indexes,
    build_segment_index,
    is_worth_indexing,
    missing_indexes,
)
from vql.storage.upkeep.expire import delete_expired, expired_rows
from vql.storage.upkeep.lease import lease
from vql.storage.upkeep.merge import find_run, merge
from vql.storage.upkeep.orphans import remove_orphans
from vql.storage.upkeep.retention import fold_deletes, forget_commits, purge_dropped
from vql.storage.upkeep.seal import is_due, seal

# Frames of deletes after which maintenance is due for them alone: reading one takes some 10 us.
DELETE_FRAMES_MAX = 1_000
# Commits that come one behind another are looked at together.
IDLE_SECONDS = 0.05
# How often it is looked whether rows have expired.
EXPIRY_SECONDS = 60.0
RETRY_SECONDS_MAX = 60.0
# So many changed tables a commit looks at itself; between those of more the thread lets others work.
LOOKED_AT_ONCE = 16
YIELD_SECONDS = 0.0005
log = logging.getLogger("vql.storage")


class Maintainer:
    """Maintenance of one store in this process: on demand, and in a thread once there is work."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.in_background = True  # off where another process is there for it
        # Told of each table that was changed: what was done, and the seconds that took.
        self.on_tended: Callable[[schema.Table, str, float], None] | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._deadline = Deadline(is_background=True)  # of the thread: until it is stopped
        self._thread: threading.Thread | None = None
        self._due: set[int] = set()  # tables that the thread is to look at
        # By table, what it was when there was nothing to do; single assignments, from any thread.
        self._seen: dict[int, tuple[object, ...]] = {}
        self._lock = threading.RLock()
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Look whether commits have left work; starts the thread on first need."""
        if not self.in_background or self.store.metastore.is_read_only:
            return
        changed = self.store.take_changed()
        # Many, as after an open, the thread looks at.
        due = changed if len(changed) > LOOKED_AT_ONCE else {*filter(self._is_due, changed)}
        if self._thread is None:
            due |= changed & self.store.expiring  # the thread looks at them again and again
        if due:
            with self._starting:
                self._due |= due
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
        self._run(None if table_id is None else {table_id}, progress, full)

    def _run(self, table_ids: set[int] | None, progress: Progress | None = None, full: bool = False) -> None:
        self.store.metastore.require_writable()
        failures: list[ExternalRoutineFailed] = []
        with acquired(self._lock), lease(self.store.path):
            tables = self.store.snapshot().tables_by_id
            for table_id in tables.keys() if table_ids is None else tables.keys() & table_ids:
                if self._is_readable(table_id):
                    before, started_s = self.store.sizes(table_id), time.monotonic()
                    failures += self._tend(tables[table_id], progress, full)
                    said = _difference(before, self.store.sizes(table_id))
                    if said and self.on_tended is not None:
                        self.on_tended(tables[table_id], said, time.monotonic() - started_s)
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
        if table.table_id in self.store.expiring:
            delete_expired(self.store, table)
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
            for segment, index in missing_indexes(self.store.contents(table.table_id))
            if (segment.segment_id, index.index_id) not in failures
        ]:
            # The largest segment gains most, and is the last to be merged away.
            segment, index = max(missing, key=lambda entry: entry[0].rows)
            newest = self.store.contents(table.table_id).table
            try:
                build_segment_index(self.store, newest, segment, index, meanwhile)
            except ExternalRoutineFailed as failure:
                failures[segment.segment_id, index.index_id] = failure
            merge(self.store, table, oldest)
        return list(failures.values())

    def build(self, table_id: int, progress: Progress | None, anew: Collection[int] = frozenset()) -> None:
        """Seal a table's delta where an index helps and build what is missing, and the indexes of some ids
        `anew`. Raises 57014."""
        self.store.metastore.require_writable()
        with acquired(self._lock), lease(self.store.path):
            table = self.store.snapshot().tables_by_id.get(table_id)
            if table is None:
                return
            if is_worth_indexing(self.store.contents(table_id).delta_rows):
                seal(self.store, table, 0, force=True)
            build_indexes(self.store, table, progress, anew)

    def _work(self) -> None:
        work_for(self._deadline)
        while not self._stopping.is_set():
            if not self._wake.wait(EXPIRY_SECONDS if self.store.expiring else None):
                with self._starting:
                    self._due |= self.store.expiring
            self._wake.clear()
            if self._stopping.wait(IDLE_SECONDS):
                return
            self._work_once()

    def _work_once(self) -> None:
        """Do what there is to do; whatever goes wrong is logged and tried again later."""
        with self._starting:
            given, self._due = self._due, set()
        jobs = self.store.jobs
        jobs.start(MAINTENANCE)
        try:
            due = set()
            for table_id in given:
                if self._is_due(table_id):
                    due.add(table_id)
                if len(given) > LOOKED_AT_ONCE and self._stopping.wait(YIELD_SECONDS):
                    return
            if due and not self.store.metastore.is_read_only:
                self._run(due)
            jobs.end(MAINTENANCE)
        except QueryCanceled:
            return  # the maintainer is stopped
        except Exception as error:
            if self.store.metastore.is_read_only:
                jobs.end(MAINTENANCE)
                return  # another process has become the writer, and maintains
            # Nothing is lost: what was committed is, and each step is a swap.
            jobs.end(MAINTENANCE, f"{type(error).__name__}: {error}")
            pause_s = min(RETRY_SECONDS_MAX, IDLE_SECONDS * 2 ** min(jobs[MAINTENANCE].failures, 32))
            log.exception("maintenance of %s failed, next try in %.1f s", self.store.path, pause_s)
            self._stopping.wait(pause_s)
            with self._starting:
                self._due |= given
            self._wake.set()

    def _is_readable(self, table_id: int) -> bool:
        try:
            self.store.known(table_id)
        except DataCorrupted:
            return False
        return True

    def _is_due(self, table_id: int) -> bool:
        """Whether there is work on a table. Cheap after every commit: segments are looked at once."""
        try:
            sizes = self.store.sizes(table_id)
            table = (
                self.store.snapshot().tables_by_id.get(table_id) if table_id in self.store.expiring else None
            )
            if table is not None and len(expired_rows(self.store, table)):
                return True
            if not sizes.is_dropped and (is_due(sizes) or sizes.delete_frames > DELETE_FRAMES_MAX):
                return True
            seen = (sizes.is_dropped, sizes.sealed, sizes.newest, sizes.indexes)
            if self._seen.get(table_id) == seen:
                return False
            known = self.store.known(table_id)
        except Error:
            return False  # the next statement meets it and says so; what was committed is
        if known.is_dropped:
            self._seen[table_id] = seen
            # The entries of its keys are to be removed, once, and a temporary table's rows.
            return bool(known.table.unique_keys) or is_temporary(known.table.schema)
        if find_run(known.sealed) is not None or missing_indexes(known):
            return True
        self._seen[table_id] = seen
        return False


def _difference(before: TableSizes, now: TableSizes) -> str:
    """Return what maintenance has made of a table, "" where that is nothing."""
    if (before.delta_rows, before.sealed) == (now.delta_rows, now.sealed):
        return ""
    rows = f"recent rows: {before.delta_rows} before, {now.delta_rows} now"
    return f"{rows}; segments: {before.sealed} before, {now.sealed} now"
