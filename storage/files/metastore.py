"""Everything that changes: ordered keys in `main.mdb`, the only module that imports lmdb for them.

A small surface (read snapshot, range, atomic batch) is the seam behind which another store of
ordered keys can stand. Keys are bytes with big-endian numbers, so their order is the numbers' order.

Invariants
* One LMDB environment a file and process: a second one would end the first one's locks as it closes.
* A read sees one moment, the newest when it began. It is ended before anything waits: it pins pages.
* A writing batch is alone, of all threads and processes: LMDB's write lock. It is durable when `write`
  returns, and undone when its block raises. After any error but a full disk it may have been done.
* Nothing is used after a fork; `_process` says whose the environment is.

A Metastore is shared by threads and holds no lock of its own; a Batch belongs to the function that
opened it. A crash at any moment leaves the last batch that was made durable: LMDB writes new pages, syncs
them, then one of its two meta pages. Reader slots of a killed process are freed at the next open.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lmdb

from vql.errors import DataCorrupted, DiskFull, OperationalError
from vql.storage.files.blobfile import LMDB_MAGIC, LMDB_MAGIC_OFFSET, disk_error
from vql.storage.files.failpoint import failpoint
from vql.storage.files.meta_pages import transaction_numbers

MAP_BYTES = 1 << 40
DATABASES = (
    "meta", "commits", "times", "catalog", "delta", "deletes", "keys", "manifest", "sequences",
    "snapshots", "oldest",
)  # fmt: skip
HEADER_BYTES = 8192
FREE_BYTES_MIN = 1 << 20
READERS_MAX = 1024
# LMDB's reader table: 64 bytes a slot behind a header.
LOCK_BYTES = READERS_MAX * 64 + 4096
DAMAGES = (lmdb.CorruptedError, lmdb.InvalidError, lmdb.VersionMismatchError, lmdb.PageNotFoundError)


def key(*numbers: int) -> bytes:
    """Return numbers as one key, 8 bytes big-endian each."""
    return struct.pack(f">{len(numbers)}Q", *numbers)


def numbers(raw: bytes) -> tuple[int, ...]:
    """Return the numbers of a key."""
    return struct.unpack(f">{len(raw) // 8}Q", raw)


class Batch:
    """A transaction of the store: reads, and writes where it was opened for them."""

    # lmdb types values as bytes or memoryview, by a flag of the transaction: ours are always bytes.
    def __init__(self, transaction: Any, databases: Mapping[str, Any]) -> None:
        self._transaction = transaction
        self._databases = databases

    def get(self, database: str, at: bytes) -> bytes | None:
        """Return the value of a key, or None."""
        found: bytes | None = self._transaction.get(at, db=self._databases[database])
        return found

    def put(self, database: str, at: bytes, value: bytes) -> None:
        """Write a key."""
        self._transaction.put(at, value, db=self._databases[database])

    def put_new(self, database: str, items: list[tuple[bytes, bytes]]) -> int:
        """Write keys that must not be there yet, sorted; return how many were written."""
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            return int(cursor.putmulti(items, overwrite=False)[1])

    def delete(self, database: str, at: bytes) -> None:
        """Remove a key, if it is there."""
        self._transaction.delete(at, db=self._databases[database])

    def range(self, database: str, start: bytes, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield keys from `start` on, in order, while they begin with `prefix`."""
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            if cursor.set_range(start):
                for at, value in cursor.iternext():
                    if not at.startswith(prefix):
                        return
                    yield at, value

    def last(self, database: str) -> tuple[bytes, bytes] | None:
        """Return the greatest key and its value."""
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            found: tuple[bytes, bytes] | None = cursor.item() if cursor.last() else None
            return found

    def before(self, database: str, at: bytes) -> tuple[bytes, bytes] | None:
        """Return the greatest key that is not above `at`."""
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            there = cursor.set_range(at)
            if not there or cursor.key() != at:
                there = cursor.prev() if there else cursor.last()
            found: tuple[bytes, bytes] | None = cursor.item() if there else None
            return found


class Metastore:
    """One open `main.mdb`; one per file and process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = os.getpid()
        if path.exists():
            check_header(path)
        allocate_lock(path.with_name(path.name + "-lock"))
        try:
            self._environment = lmdb.open(
                str(path), map_size=MAP_BYTES, subdir=False, max_dbs=16, max_readers=READERS_MAX, sync=True,
                writemap=False, readahead=True,
            )  # fmt: skip
        except lmdb.Error as error:
            raise metastore_error(error, path) from error
        try:
            # Slots of processes that were killed while reading would pin pages for ever.
            self._environment.reader_check()
            self._databases: dict[str, Any] = {
                name: self._environment.open_db(name.encode()) for name in DATABASES
            }
        except lmdb.Error as error:
            self._environment.close()
            raise metastore_error(error, path) from error
        self._transactions = transaction_numbers(path, self._environment.stat()["psize"])
        # The last look of `has` that found its value: the transaction, key and value.
        self._found: tuple[int, bytes, bytes | None] = (-2, b"", None)

    @contextmanager
    def read(self) -> Iterator[Batch]:
        """Open a read snapshot; hold it briefly, it pins pages."""
        self._check_process()
        try:
            with self._environment.begin() as transaction:
                yield Batch(transaction, self._databases)
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    @contextmanager
    def write(self) -> Iterator[Batch]:
        """Open an atomic batch; it is durable when the block ends, undone when it raises."""
        if self._process != os.getpid():
            self._check_process()
        try:
            with self._environment.begin(write=True) as transaction:
                yield Batch(transaction, self._databases)
                failpoint("before-commit")
            failpoint("after-commit")
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    def wait_for_writer(self, then: Callable[[], None]) -> None:
        """Wait until whoever is committing now is done; `then` is called while nobody commits."""
        self._check_process()
        try:
            with self._environment.begin(write=True) as transaction:
                then()
                transaction.abort()
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    def get(self, database: str, at: bytes) -> bytes | None:
        """Return one value in a transaction of its own."""
        self._check_process()
        try:
            with self._environment.begin() as transaction:
                found: bytes | None = transaction.get(at, db=self._databases[database])
                return found
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    def get_all(self, *wanted: tuple[str, bytes]) -> list[bytes | None]:
        """Return the values of some keys, each with its database, at one moment."""
        self._check_process()
        try:
            transaction = self._environment.begin()
            found = [transaction.get(at, db=self._databases[database]) for database, at in wanted]
            transaction.abort()
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error
        return found

    def has(self, database: str, at: bytes, value: bytes | None) -> bool:
        """Whether a key still has a value: the look each statement takes for changes. It reads the key
        only where something was committed since the same look was taken last."""
        if self._process != os.getpid():
            self._check_process()
        transaction_id, looked_at, looked_for = self._found
        unchanged = transaction_id == max(self._transactions)
        if unchanged and looked_at is at and looked_for is value:
            return True
        try:
            transaction = self._environment.begin(self._databases[database])
            found, transaction_id = transaction.get(at), transaction.id()
            transaction.abort()
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error
        if found != value:
            return False
        self._found = (transaction_id, at, value)
        return True

    def other_processes(self) -> set[int]:
        """Return the ids of other processes that have read this file and not closed it."""
        # A table of three columns: process id, thread, transaction; slots stay while the file is open.
        lines = str(self._environment.readers()).splitlines()
        found = {int(words[0]) for line in lines if (words := line.split()) and words[0].isdigit()}
        return found - {os.getpid()}

    def close(self) -> None:
        """Close the environment; nothing may use it afterwards."""
        # After a fork the environment is the parent's: its locks and reader slots are not ours to end.
        if self._process == os.getpid():
            self._transactions.release()
            self._environment.close()

    def leave_to_parent(self) -> None:
        """In a child after a fork: give up the inherited environment, so that the file can be opened
        anew. The parent's locks and reader slots stay, they are bound to its process id."""
        if self._process != os.getpid():
            self._environment.close()

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise OperationalError(
                "this database was opened before a fork",
                hint="open it again in the child process",
                sqlstate="55000",
            )


def allocate_lock(path: Path) -> None:
    """Give the lock file its blocks, before LMDB maps it: a process that takes a reader slot on a
    full disk would otherwise be killed. Closing the file here would end locks held on it, so no
    environment of this process may have it open yet."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, LOCK_BYTES)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise disk_error(error, path) from error


def check_header(path: Path) -> None:
    """Refuse a file that is no LMDB database or has lost its end, before LMDB maps it: reading
    behind the end of a mapped file kills the process."""
    with open(path, "rb") as file:
        head = file.read(HEADER_BYTES)
    if len(head) == 0:
        return
    if len(head) < HEADER_BYTES or head[LMDB_MAGIC_OFFSET : LMDB_MAGIC_OFFSET + 4] != LMDB_MAGIC:
        raise DataCorrupted(
            f"{path.name} is not a VQL database or has been cut short",
            hint="restore it from a backup, or give the path of another folder",
        )
    needed = (max(_last_page(head[start : start + 4096]) for start in (0, 4096)) + 1) * 4096
    size = path.stat().st_size
    # Pages taken and given back within one transaction are never written, so a sound file may be
    # a few pages shorter than its last page number says: then every page is looked at.
    if size < needed and problems(path):
        raise DataCorrupted(
            f"{path.name} has been cut short: {size} bytes, its last page ends at {needed}",
            hint="restore it from a backup",
        )


def problems(path: Path) -> list[str]:
    """Return what is wrong with the pages of an LMDB file, read as bytes, never mapped."""
    from lmdb import verify

    try:
        found: list[str] = verify.verify(str(path), subdir=False)  # type: ignore[no-untyped-call]
        return [f"{path.name}: {problem}" for problem in found]
    except (verify.VerifyError, OSError) as error:
        return [f"{path.name}: {error}"]


def _last_page(page: bytes) -> int:
    """Return mm_last_pg of a meta page, 0 where it is of an older transaction slot never used."""
    # MDB_meta: magic 4, version 4, address 8, mapsize 8, two MDB_db of 48, last page 8, txn id 8.
    return int(struct.unpack_from("<Q", page, LMDB_MAGIC_OFFSET + 24 + 96)[0])


def free_bytes(folder: Path) -> int:
    """Return the space left on the disk of a folder."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def metastore_error(error: lmdb.Error, path: Path) -> OperationalError | DataCorrupted:
    """Return the SQL error of an LMDB error."""
    full = isinstance(error, lmdb.DiskError | lmdb.MapFullError) or "No space" in str(error)
    # A write that the disk takes in part is reported as an input/output error.
    if full or ("Input/output error" in str(error) and free_bytes(path.parent) < FREE_BYTES_MIN):
        return DiskFull(
            f"could not write {path.name}: no space left on device",
            hint="free space on the database's disk and run the statement again",
        )
    if isinstance(error, DAMAGES):
        return DataCorrupted(f"{path.name}: {error}")
    return OperationalError(f"{path.name}: {error}", sqlstate="58030")
