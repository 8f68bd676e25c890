"""The scrub: reading what was believed when it was opened, slowly, while statements run.

Opening a database verifies little, so that the first answer comes soon: records as they are read, small
blobs, indexes and columns as they are used. The rest, vectors and the codes of large indexes, is verified
here: first indexes, then `main.mdb`, then rows. What is damaged is never used again: an index is left out,
and rows are compared; a column of a segment is XX001, and a table with a damaged record is closed. `vql
check` does the same at once and compares tables with their keys besides.

Each process scrubs for itself: what one has read right may come out wrong for another. It takes a tenth of
one processor, in steps of a millisecond, and no lock but a read transaction of `main.mdb` for a hundred
records at a time, so that no page is pinned for longer. What is committed meanwhile is checked as it is read.

A Scrubber has one thread, which begins a second after the database was opened and comes again each day. It
writes nothing: a crash leaves nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from weakref import ref

from vql.errors import DataCorrupted, Error
from vql.storage.files.blobfile import BlobFile
from vql.storage.files.metastore import DATABASES
from vql.storage.jobs import SCRUB
from vql.storage.store import Store
from vql.storage.upkeep.check import damage_of, table_id_of

BEGIN_SECONDS = 1.0
AGAIN_SECONDS = 24 * 3600.0
SHARE = 0.1  # of one processor
RECORDS_STEP = 100
Reference = ref[BlobFile]
log = logging.getLogger("vql.storage")


class Stopped(Exception):
    """The database is being closed."""


class Scrubber:
    """The scrub of one store in this process."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._share = SHARE
        self._since = 0.0
        self._read = self._all = 0  # bytes

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._work, name="vql-scrub", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread at its next step."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        wait_s = BEGIN_SECONDS
        while not self._stopping.wait(wait_s):
            wait_s = AGAIN_SECONDS
            try:
                self.run(SHARE)
            except Stopped:
                return
            except (Error, OSError) as error:
                # It reads alone; statements that meet the same say so themselves.
                self.store.jobs.end(SCRUB, f"{type(error).__name__}: {error}")
                log.exception("the scrub of %s failed", self.store.path)

    def run(self, share: float = 1.0) -> list[str]:
        """Verify everything, at a share of one processor, and return the damage found."""
        self._share, self._since = share, time.perf_counter()
        self.store.jobs.start(SCRUB)
        indexes, segments = self._files()
        found = [*self._blobs(indexes), *self._records(), *self._blobs(segments)]
        if found:
            self.store.read_anew()
        self.store.jobs.end(SCRUB, "; ".join(found[:3]))
        return found

    def _files(self) -> tuple[list[Reference], list[Reference]]:
        """Return the files that are mapped, each once: those of indexes, and those of segments. They are not
        held: what is merged away meanwhile is to leave the disk."""
        files: list[BlobFile] = []
        for table_id in self.store.snapshot().tables_by_id:
            with contextlib.suppress(DataCorrupted):  # the table is closed
                for segment in self.store.known(table_id).sealed:
                    files += segment.files()
        self._read, self._all = 0, 1 + sum(place.length for file in files for place in file.places.values())
        indexes = [ref(file) for file in files if file.path.parent.name == "indexes"]
        return indexes, [ref(file) for file in files if file.path.parent.name != "indexes"]

    def _blobs(self, files: list[Reference]) -> list[str]:
        found = []
        for reference in files:
            file = reference()
            if file is None:  # merged away
                continue
            for name in file.places:
                try:
                    file.verify(name, self._after_step)
                except DataCorrupted as error:
                    log.error("%s", error.message)
                    found.append(error.message)
        if found:
            self.store.read_anew()
        return found

    def _records(self) -> list[str]:
        """Verify the records of `main.mdb`, each by itself and by a look for its key."""
        found = []
        for database in DATABASES:
            try:
                found += self._records_of(database)
            except DataCorrupted as error:
                # Pages that lead nowhere: nobody can say whose records stood there.
                self.store.close_tables(None, error.message)
                found.append(error.message)
        return found

    def _records_of(self, database: str) -> list[str]:
        found = []
        start: bytes | None = b""
        counted, heads = 0, set()
        due = 0
        while start is not None:
            with self.store.metastore.read() as batch:
                heads.add(batch.head())
                due = batch.count(database)
                step = list(itertools.islice(batch.stored(database, start), RECORDS_STEP))
                problems = {at: damage_of(batch, database, at, raw) for at, raw in step}
            for at, problem in problems.items():
                if problem:
                    found.append(problem)
                    table_id = table_id_of(database, at)
                    if table_id is not None and database == "keys":
                        table_id = self.store.snapshot().table_of_key(table_id)
                    if table_id not in self.store.closed:  # reading anew takes its time
                        self.store.close_tables(table_id, problem)
            counted += len(step)
            start = step[-1][0] + b"\0" if len(step) == RECORDS_STEP else None
            self._after_step(0)
        if counted != due and len(heads) == 1:  # nobody has written meanwhile
            found.append(f"main.mdb: {counted} records in {database}, {due} are due")
            self.store.close_tables(None, found[-1])
        return found

    def _after_step(self, read: int) -> None:
        """Rest for as long as the share asks."""
        self._read += read
        self.store.jobs.progress(SCRUB, self._read / self._all)
        worked = time.perf_counter() - self._since
        if self._stopping.wait(worked * (1 / self._share - 1)):
            raise Stopped
        self._since = time.perf_counter()
