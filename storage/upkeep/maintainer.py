"""Maintenance: seal the delta, merge segments, drop expired rows, build indexes, remove orphans.

One maintainer per database, by an fcntl lease on `maintenance.lock`; whoever has it works. Every
step ends in one atomic batch that swaps manifest records and moves the generation counter, so a
crash leaves at most files nobody names. Row order never changes: segments stay ordered by created.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vql import schema
from vql.errors import Error, QueryCanceled
from vql.limits import DELTA_BYTES_MAX, DELTA_ROWS_MAX, INDEX_ROWS_MIN, SEGMENT_BLOB_BYTES_MAX
from vql.storage.catalog import bump, horizon_of, note_oldest, take_numbers
from vql.storage.columns.column import Column
from vql.storage.files.blobfile import Gathered
from vql.storage.files.failpoint import failpoint
from vql.storage.files.metastore import Batch, key, numbers
from vql.storage.segments import manifest
from vql.storage.segments.segment import SealedSegment, Segment
from vql.storage.store import FOLDERS, LEASE_FILE, Store, TableState
from vql.storage.upkeep.build import Progress, build_index, build_indexes, missing_indexes
from vql.storage.upkeep.retention import fold_deletes, forget_commits, purge_dropped
from vql.types.type import I64

MERGE_FACTOR = 4
# A segment is rewritten alone once this share of its rows has expired; else it waits for a merge.
EXPIRED_SHARE_MIN = 0.1
# Frames of deletes after which maintenance is due for them alone: reading one takes some 10 us.
DELETE_FRAMES_MAX = 1_000
IDLE_SECONDS = 0.05
ORPHAN_AGE_SECONDS = 600
# Names as secrets.token_hex(8) makes them; other files in the folders are not ours to remove.
OWN_FILE = re.compile(r"[0-9a-f]{16}(\.mdb|\.tmp|\.mdb-lock)")


class Maintainer:
    """Maintenance of one store in this process: on demand, and in a thread once there is work."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.in_background = True  # off where another process is there for it
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def wake(self) -> None:
        """Look whether commits have left work; starts the thread on first need."""
        if not self.in_background or self._wake.is_set():
            return
        try:
            self.store.refresh()
        except Error:
            return  # the next statement meets it and says so; what was committed is
        if any(has_work(state) for state in list(self.store.states.values())):
            self._wake.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="vql-maintenance", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop the thread at its next step."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def run(self, table_id: int | None = None, progress: Progress | None = None, full: bool = False) -> None:
        """Do all work there is, for one table or all. `full` seals any delta and merges."""
        with self._lock, lease(self.store.path, self._stopping.is_set):
            snapshot = self.store.snapshot()
            for table in snapshot.tables.values():
                if table_id in (None, table.table_id):
                    self._tend(table, progress, full)
            purge_dropped(self.store)
            forget_commits(self.store)
            remove_orphans(self.store)

    def _tend(self, table: schema.Table, progress: Progress | None, full: bool) -> None:
        """Seal, merge, fold and index one table."""
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

        # What is wanted is looked up anew each time: an index may be dropped meanwhile.
        while missing := missing_indexes(self.store.state(table.table_id)):
            # The largest segment gains most, and is the last to be merged away.
            segment, index = max(missing, key=lambda entry: entry[0].rows)
            build_index(self.store, table, segment, index, meanwhile, self._stopping.is_set)
            merge(self.store, table, oldest)

    def build(
        self, table_id: int, progress: Progress | None, cancelled: Callable[[], bool] | None = None
    ) -> None:
        """Seal a table's delta where an index helps and build what is missing. Raises 57014."""
        with self._lock, lease(self.store.path, cancelled):
            snapshot = self.store.snapshot()
            table = next((t for t in snapshot.tables.values() if t.table_id == table_id), None)
            if table is None:
                return
            if self.store.state(table_id).growing.rows >= INDEX_ROWS_MIN:
                seal(self.store, table, 0, force=True)
            build_indexes(self.store, table, progress, cancelled)

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            if self._stopping.wait(IDLE_SECONDS):
                return
            try:
                self.run()
            except Error:
                # A full disk or a busy lease: the next commit asks again, nothing is lost.
                continue


def has_work(state: TableState) -> bool:
    """Whether a table's delta is due, its segments should be merged, or an index is missing. Cheap
    after every commit: sealed segments are looked at once."""
    growing = state.growing
    if state.dropped:
        return False
    if growing.rows >= DELTA_ROWS_MAX or growing.bytes >= DELTA_BYTES_MAX:
        return True
    if state.delete_frames > DELETE_FRAMES_MAX:
        return True
    if state.looked_at == len(state.sealed):
        return False
    if find_run(state.sealed) is not None or missing_indexes(state):
        return True
    state.looked_at = len(state.sealed)
    return False


@contextmanager
def lease(folder: Path, cancelled: Callable[[], bool] | None = None) -> Iterator[None]:
    """Hold the maintenance lease of a database; waits for another process that has it. Raises 57014
    when cancelled meanwhile."""
    descriptor = os.open(folder / LEASE_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while True:
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except (BlockingIOError, PermissionError):
                if cancelled is not None and cancelled():
                    raise QueryCanceled("canceling statement due to user request") from None
                time.sleep(IDLE_SECONDS)
        yield
    finally:
        os.close(descriptor)


# ------------------------------------------------------------------ seal and merge


def seal(store: Store, table: schema.Table, horizon: int, force: bool = False) -> None:
    """Turn the delta into a segment once it is large enough, or now."""
    growing = store.state(table.table_id).growing
    view = growing.view()
    if view is None:
        return
    if not force and growing.rows < DELTA_ROWS_MAX and growing.bytes < DELTA_BYTES_MAX:
        return
    upto = int(np.asarray(view.created)[-1])  # other threads may have grown the delta since
    record = write_rows(store, table, [view], horizon)
    failpoint("before-seal-commit")
    with store.metastore.write() as batch:
        name_segment(batch, table, record, horizon)
        frames = [at for at, _ in batch.range("delta", key(table.table_id), key(table.table_id))]
        for at in frames:
            if numbers(at)[1] <= upto:
                batch.delete("delta", at)
        bump(batch)


def merge(store: Store, table: schema.Table, horizon: int) -> None:
    """Merge segments of like size into one, smallest first, and rewrite those that have expired."""
    while (run := find_run(store.state(table.table_id).sealed)) is not None:
        replace_segments(store, table, run, horizon)
    for segment in tuple(store.state(table.table_id).sealed):
        expired = len(segment.tombstones.done_by(horizon))
        if expired and expired >= segment.rows * EXPIRED_SHARE_MIN:
            replace_segments(store, table, [segment], horizon)


def replace_segments(store: Store, table: schema.Table, run: Sequence[SealedSegment], horizon: int) -> None:
    """Put one segment in the place of several, without the rows that nobody can see."""
    record = write_rows(store, table, run, horizon)
    failpoint("before-merge-commit")
    with store.metastore.write() as batch:
        for segment in run:
            batch.delete("manifest", key(table.table_id, segment.segment_id))
        name_segment(batch, table, record, horizon)
        bump(batch)
    remove_files(store, run)


def name_segment(batch: Batch, table: schema.Table, record: manifest.Record | None, horizon: int) -> None:
    """Enter a segment in the manifest, and how far back its table now reaches."""
    if record is None or record.pop("expired"):
        note_oldest(batch, table.table_id, horizon)
    if record is not None:
        # A new id: who has a segment of an old id open knows its rows by it.
        segment_id = take_numbers(batch, "segment", 1, 1)
        batch.put("manifest", key(table.table_id, segment_id), manifest.encode(record))


def remove_files(store: Store, segments: Sequence[SealedSegment]) -> None:
    """Remove the files of segments no record names any more; who has them mapped reads on."""
    for segment in segments:
        for entry in (segment.record, *segment.record["indexes"].values()):
            (store.path / entry["file"]).unlink(missing_ok=True)


def find_run(segments: Sequence[SealedSegment]) -> list[SealedSegment] | None:
    """Return the segments to merge: the most of the smallest, at least MERGE_FACTOR of them, that
    together hold twice the rows of the largest among them, so that a row is rewritten a
    logarithmic number of times and a table of n rows keeps O(log n) segments."""
    by_size = sorted(segments, key=lambda segment: segment.rows)
    found, total = 0, 0
    for count, segment in enumerate(by_size, 1):
        total += segment.rows
        if widest_bytes(by_size[:count]) > SEGMENT_BLOB_BYTES_MAX:
            break
        if count >= MERGE_FACTOR and total >= 2 * segment.rows:
            found = count
    return by_size[:found] if found else None


def widest_bytes(run: Sequence[SealedSegment]) -> int:
    """Return the size of the widest column of merged segments."""
    columns = len(run[0].types)
    return max(sum(s.column(i).nbytes for s in run) for i in range(columns))


def write_rows(
    store: Store, table: schema.Table, sources: Sequence[Segment], horizon: int
) -> manifest.Record | None:
    """Write the rows of segments, by row id, as one segment file; return its record, and in it
    whether rows deleted by `horizon` were left out (`expired`); None where no row is left.

    Row ids and versions are both given out under the write lock, so the order of row ids is also
    that of `created`. Segments overlap in both: a bulk insert is a segment at once, while older
    rows still wait in the delta.
    """
    row_ids = np.concatenate([segment.row_ids() for segment in sources])
    created = np.concatenate([np.broadcast_to(segment.created, segment.rows) for segment in sources])
    kept = [np.ones(segment.rows, bool) for segment in sources]
    for segment, mask in zip(sources, kept, strict=True):
        mask[segment.tombstones.done_by(horizon)] = False
    order = np.flatnonzero(np.concatenate(kept))
    if not len(order):
        return None
    if not (np.diff(row_ids) > 0).all():
        order = order[np.argsort(row_ids[order])]
    expired = len(order) < len(row_ids)
    row_ids, created = row_ids[order], created[order]
    consecutive = bool((np.diff(row_ids) == 1).all())
    constant = bool((created == created[0]).all())
    columns, gathered = gathered_columns(table, sources, order)
    record = manifest.write_segment(
        store.path, columns, None if consecutive else row_ids, None if constant else created, gathered
    )
    record["rows"] = len(order)
    record["row_id"] = int(row_ids[0]) if consecutive else None
    record["created"] = int(created[0]) if constant else None
    record["max_created"] = int(created[-1])
    record["expired"] = expired
    return record


def gathered_columns(
    table: schema.Table, sources: Sequence[Segment], order: I64
) -> tuple[list[Column], dict[int, Gathered]]:
    """Return the columns of rows in order; of vectors validity alone, their data to be gathered."""
    columns: list[Column] = []
    gathered: dict[int, Gathered] = {}
    for position, definition in enumerate(table.columns):
        parts = [segment.column(position) for segment in sources]
        if definition.type.is_matrix:
            gathered[position] = Gathered([part.data for part in parts], order)
            parts = [Column(part.type, part.data[:, :0], part.valid, None) for part in parts]
        columns.append(Column.concat(parts).take(order))
    return columns, gathered


# ------------------------------------------------------------------ files


def named_files(batch: Batch) -> set[str]:
    """Return the files that manifest records name."""
    named = set()
    for _, raw in batch.range("manifest", b""):
        record = manifest.decode(raw)
        named.add(record["file"])
        named.update(entry["file"] for entry in record["indexes"].values())
    return named


def remove_orphans(store: Store, age_seconds: float = ORPHAN_AGE_SECONDS) -> None:
    """Remove files of ours that no manifest record names, left by a crash.

    A commit may be about to name a young file, so it is left alone. Naming and removing exclude each
    other by the write lock; a commit that finds its file gone fails.
    """
    limit = time.time() - age_seconds
    old = [
        path
        for part in FOLDERS
        for path in (store.path / part).iterdir()
        if OWN_FILE.fullmatch(path.name) and path.stat().st_mtime < limit
    ]
    if not old:
        return
    with store.metastore.write() as batch:
        named = named_files(batch)
        for path in old:
            if f"{path.parent.name}/{path.name}" not in named:
                path.unlink(missing_ok=True)
