"""Everything that changes: ordered keys in `main.mdb`, the only module that imports lmdb for them.

A small surface (read snapshot, range, atomic batch) is the seam behind which another store of
ordered keys can stand. Keys are bytes with big-endian numbers, so their order is the numbers' order.

A value is stored with the crc32 of its database's name, its key and itself behind it (u32 LE). It is
checked whenever the value is read, so a record that was altered, or stands under another key or in
another database, is XX001 and never an answer.

Invariants
* One LMDB environment a file and process: a second one would end the first one's locks as it closes.
* A read sees one moment, the newest when it began. It is ended before anything waits: it pins pages.
* A writing batch is alone, of all threads and processes: LMDB's write lock. It is durable when `write`
  returns, and undone when its block raises. After any error but a full disk it may have been done.
* Nothing is used after a fork; `_process` says whose the environment is.
* A file is written to only where it is empty or is a metastore already; another LMDB file is left as it is.
* Read-only media are read without a lock file: nobody else may write them meanwhile.
* Who has the file open holds a shared flock on it, through a descriptor of its own: `is_alone`.

A Metastore is shared by threads and holds no lock of its own; a Batch belongs to the function that
opened it. A crash at any moment leaves the last batch that was made durable: LMDB writes new pages, syncs
them, then one of its two meta pages. Reader slots of a killed process are freed at the next open.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast
from weakref import WeakMethod

import lmdb

from vql.deadline import check_deadline
from vql.errors import DataCorrupted, Error, OperationalError, ReadOnlyTransaction
from vql.storage.files.checkpoints import Checkpointer
from vql.storage.files.commit_log import (
    DELETE,
    PUT,
    PUT_NEW,
    SINGLE,
    CommitLog,
    LoggedChange,
    changes_in,
    is_recovered,
    logged,
    restored_records,
)
from vql.storage.files.environment import (
    metastore_error,
    named_databases,
    not_taken,
    opened_environment,
    with_databases,
)
from vql.storage.files.failpoint import failpoint
from vql.storage.files.header import check_header, is_nobodys, is_writable
from vql.storage.files.meta_pages import transaction_numbers
from vql.storage.files.write_gate import WriteGate

DATABASES = (
    "meta", "commits", "times", "catalog", "delta", "deletes", "keys", "manifest", "sequences",
    "snapshots", "oldest", "swaps", "transactions",
)  # fmt: skip
# Where the crc32 of a database's records begins: with its name.
SEEDS = {name: zlib.crc32(name.encode()) for name in DATABASES}
# Their places, by which the log calls them: new ones come last.
PLACES = {name: place for place, name in enumerate(DATABASES)}
CRC_BYTES = 4
# Keys written between two looks at the deadline: 30 ms.
PUT_AT_ONCE = 16_384
WRITER_FILE = "writer.lock"
log = logging.getLogger("vql.storage")


def key(*numbers: int) -> bytes:
    """Return numbers as one key, 8 bytes big-endian each."""
    return struct.pack(f">{len(numbers)}Q", *numbers)


def numbers(raw: bytes) -> tuple[int, ...]:
    """Return the numbers of a key."""
    return struct.unpack(f">{len(raw) // 8}Q", raw)


class PartRefused(Exception):
    """LMDB has refused something in a part of a batch."""


class Batch:
    """A transaction of the store: reads, and writes where it was opened for them."""

    # lmdb types values as bytes or memoryview, by a flag of the transaction: ours are always bytes.
    def __init__(self, environment: lmdb.Environment, transaction: Any, databases: Mapping[str, Any]) -> None:
        self._environment = environment
        self._transaction = transaction
        self._databases = databases
        self.changes: list[bytes] = []  # what has been written, packed, in order
        self.is_loose = False  # whether it is made durable soon, and not before its commit returns

    @contextmanager
    def part(self) -> Iterator[Batch]:
        """Open a part of a writing batch, undone by itself when its block raises. Raises PartRefused where
        LMDB refuses something in it, which ends the batch."""
        try:
            with self._environment.begin(write=True, parent=self._transaction) as transaction:
                part = Batch(self._environment, transaction, self._databases)
                yield part
            self.changes += part.changes
        except lmdb.Error as error:
            raise PartRefused from error

    def get(self, database: str, at: bytes) -> bytes | None:
        """Return the value of a key, or None. Raises DataCorrupted."""
        raw: bytes | None = self._transaction.get(at, db=self._databases[database])
        if raw is None:
            return None
        value = raw[:-CRC_BYTES]
        # What `opened` does, without a call: every commit comes here several times.
        crc = zlib.crc32(value, zlib.crc32(at, SEEDS[database]))
        if raw[-CRC_BYTES:] != crc.to_bytes(CRC_BYTES, "little"):
            raise not_written(database, at)
        return value

    def has(self, database: str, at: bytes) -> bool:
        """Whether there is a key, whatever its value."""
        return self._transaction.get(at, db=self._databases[database]) is not None

    def put(self, database: str, at: bytes, value: bytes) -> None:
        """Write a key."""
        crc = zlib.crc32(value, zlib.crc32(at, SEEDS[database]))
        stored = value + crc.to_bytes(CRC_BYTES, "little")
        self._transaction.put(at, stored, db=self._databases[database])
        head = SINGLE.pack(PUT, PLACES[database], 1, len(at), len(stored))
        self.changes.append(b"".join((head, at, stored)))

    def put_new(self, database: str, items: list[tuple[bytes, bytes]], overwrite: bool = False) -> int:
        """Write those keys that are not there yet, or all where they may `overwrite`; return how many were
        written. Raises 57014."""
        kind = PUT if overwrite else PUT_NEW
        seed, crc32 = SEEDS[database], zlib.crc32
        written = start = 0
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            while True:
                piece = sorted(items[start : start + PUT_AT_ONCE])
                closed = [
                    (at, v + crc32(v, crc32(at, seed)).to_bytes(CRC_BYTES, "little")) for at, v in piece
                ]
                written += int(cursor.putmulti(closed, overwrite=overwrite)[1])
                self.changes.append(logged(kind, PLACES[database], closed))
                start += PUT_AT_ONCE
                if start >= len(items):
                    return written
                check_deadline()

    def delete(self, database: str, at: bytes) -> None:
        """Remove a key, if it is there."""
        self._transaction.delete(at, db=self._databases[database])
        self.changes.append(SINGLE.pack(DELETE, PLACES[database], 1, len(at), 0) + at)

    def replay(self, changes: bytes) -> None:
        """Write what another batch has, as `changes` packs it."""
        self.apply(changes_in(changes))
        self.changes.append(changes)

    def apply(self, changes: Iterable[LoggedChange]) -> None:
        """Write what the log says that was written."""
        for kind, place, items in changes:
            handle = self._databases[DATABASES[place]]
            for at, stored in items:
                if kind == DELETE:
                    self._transaction.delete(at, db=handle)
                else:
                    self._transaction.put(at, stored, db=handle, overwrite=kind == PUT)

    def range(self, database: str, start: bytes, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield keys from `start` on, in order, while they begin with `prefix`. Raises DataCorrupted."""
        for at, raw in self.stored(database, start, prefix):
            yield at, opened(database, at, raw)

    def stored(self, database: str, start: bytes, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield what `range` does, values as they are stored: `opened` checks one. Raises DataCorrupted where
        keys do not rise, which damaged pages might lead round for ever."""
        if database not in self._databases:
            return  # of an older VQL, and open for reading alone
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            if cursor.set_range(start):
                least = start
                for at, raw in cursor.iternext():
                    if at < least:
                        raise DataCorrupted(f"main.mdb: keys of {database} are out of order at {shown(at)}")
                    if not at.startswith(prefix):
                        return
                    yield at, raw
                    least = at

    def last(self, database: str) -> tuple[bytes, bytes] | None:
        """Return the greatest key and its value."""
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            found: tuple[bytes, bytes] | None = cursor.item() if cursor.last() else None
            return None if found is None else (found[0], opened(database, *found))

    def before(self, database: str, at: bytes) -> tuple[bytes, bytes] | None:
        """Return the greatest key that is not above `at`."""
        with self._transaction.cursor(db=self._databases[database]) as cursor:
            there = cursor.set_range(at)
            if not there or cursor.key() != at:
                there = cursor.prev() if there else cursor.last()
            found: tuple[bytes, bytes] | None = cursor.item() if there else None
            return None if found is None else (found[0], opened(database, *found))

    def head(self) -> int:
        """Return the transaction that was the last one when this one began."""
        return int(self._transaction.id())

    def count(self, database: str) -> int:
        """Return how many keys a database says it has."""
        return int(self._transaction.stat(self._databases[database])["entries"])


def opened(database: str, at: bytes, raw: bytes) -> bytes:
    """Return a value as it was put. Raises DataCorrupted where it is not what was stored under its key."""
    value = raw[:-CRC_BYTES]
    found = zlib.crc32(value, zlib.crc32(at, SEEDS[database]))
    if raw[-CRC_BYTES:] != found.to_bytes(CRC_BYTES, "little"):
        raise not_written(database, at)
    return value


def not_written(database: str, at: bytes) -> DataCorrupted:
    """Return the error of a record that was altered."""
    return DataCorrupted(f"main.mdb: record {shown(at)} of {database} is not what was written")


def shown(at: bytes) -> str:
    """Return a key for a reader: as numbers where it may be some."""
    return ", ".join(map(str, numbers(at))) if len(at) in (8, 16) else repr(at)[1:]


class Metastore:
    """One open `main.mdb`; one per file and process."""

    def __init__(self, path: Path) -> None:
        """Open a metastore, or make one where there is no file or an empty one. Raises DataCorrupted where
        there is something else, and leaves it as it is."""
        self.path = path
        self._process = os.getpid()
        self.is_read_only = not is_writable(path)
        # Of a working copy of a database that is elsewhere: makes a batch durable there, before it is here;
        # and makes this process the one that writes.
        self.journal: Callable[[Batch], None] | None = None
        self.become_writer: Callable[[], None] | None = None
        self._opened = ExitStack()  # what is closed, the last first
        self._gate = WriteGate(path.with_name(WRITER_FILE), self.is_read_only)
        self._opened.callback(self._gate.close)
        # The last look of `has` that found its value: the transaction, key and value.
        self._found: tuple[int, bytes, bytes | None] = (-2, b"", None)
        try:
            self._open()
        except BaseException as error:
            self.close()
            if isinstance(error, lmdb.Error):
                raise metastore_error(error, path) from error
            raise

    def _open(self) -> None:
        """Open the file, recovered where that is needed."""
        # Of several that come then one recovers it, while the others wait to look.
        is_ready = is_recovered(self.path) or self.is_read_only
        with nullcontext() if is_ready else self._gate.passed():
            self._map()
        before = WeakMethod(self._before_fork)
        os.register_at_fork(before=lambda: (method := before()) and method())

    def _map(self) -> None:
        left: list[bytes] | None = None
        if self.path.exists():
            if not is_recovered(self.path) and is_nobodys(self.path):
                left = restored_records(self.path, self.is_read_only)
            check_header(self.path)
        self._environment = opened_environment(self.path, self.is_read_only)
        self._opened.callback(lambda: self._environment.close())
        self._presence = os.open(self.path, os.O_RDONLY)
        self._opened.callback(os.close, self._presence)
        fcntl.flock(self._presence, fcntl.LOCK_SH)
        # Who has had the lock alone may have moved or removed it meanwhile.
        if not os.path.samestat(os.fstat(self._presence), os.stat(self.path)):
            raise FileNotFoundError(errno.ENOENT, "it was removed while it was opened", str(self.path))
        # Slots of processes that were killed while reading would pin pages for ever.
        self._environment.reader_check()
        self._databases = named_databases(self._environment, DATABASES, self.path)
        if len(self._databases) < len(DATABASES) and not self.is_read_only:
            self._environment = with_databases(self._environment, DATABASES, self.path)
            self._databases = named_databases(self._environment, DATABASES, self.path)
        page_bytes, environment = self._environment.stat()["psize"], self._environment
        self._transactions = transaction_numbers(self.path, page_bytes)
        self._opened.callback(self._transactions.release)
        info = cast("Callable[[], Mapping[str, int]]", environment.info)
        self._log = CommitLog(self.path, page_bytes, self._sync, environment.begin, info)
        self._opened.callback(self._log.close)
        self._checkpoints = Checkpointer(self._log, self._sync, self._gate.passed)
        self._opened.callback(self._checkpoints.close)
        if left is not None:
            self._recover(left)
        with self._environment.begin() as transaction:
            self.is_new = not any(transaction.stat(each)["entries"] for each in self._databases.values())

    def _before_fork(self) -> None:
        """Let go of the pin: a child that closes the environment would free its slot, without our knowing."""
        if self._process == os.getpid() and self._log.is_pinned:
            with self._gate.passed():
                self._log.unpin()

    def _sync(self) -> None:
        """Sync the file. Raises 58030."""
        try:
            self._environment.sync(True)
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    def _recover(self, records: list[bytes]) -> None:
        """Apply to the base what the log says, and make that the base. Nobody else has the file open, and the
        gate has been passed."""
        # One transaction of LMDB: a second one might give pages of the base away.
        with self._environment.begin(write=True) as transaction:
            batch = Batch(self._environment, transaction, self._databases)
            for changes in records:
                batch.apply(changes_in(changes))
        self._log.checkpoint()
        self._log.unpin()
        log.warning("%s: recovered, %d commits", self.path, len(records))

    @contextmanager
    def read(self) -> Iterator[Batch]:
        """Open a read snapshot; hold it briefly, it pins pages."""
        self._check_process()
        try:
            with self._environment.begin() as transaction:
                yield Batch(self._environment, transaction, self._databases)
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    @contextmanager
    def write(self, replays: bool = False) -> Iterator[Batch]:
        """Open an atomic batch; it is durable when the block ends, undone when it raises. What `replays` is
        durable elsewhere: it is written though statements may not write."""
        if self._process != os.getpid():
            self._check_process()
        if self.is_read_only and not replays:
            self.require_writable()
        journal = None if replays else self.journal
        is_journaled = False
        try:
            with self._gate.passed():
                self._log.prepare()
                try:
                    with self._environment.begin(write=True) as transaction:
                        batch = Batch(self._environment, transaction, self._databases)
                        yield batch
                        failpoint("before-commit")
                        if batch.changes:
                            if journal is not None:
                                journal(batch)
                                is_journaled = True
                            is_loose = batch.is_loose or replays or is_journaled
                            self._log.append(transaction.id(), batch.changes, is_loose)
                except BaseException as error:
                    self._log.give_up()
                    if is_journaled and isinstance(error, Error | lmdb.Error):
                        raise not_taken(error, self.path) from error
                    raise
                self._log.is_settled = True
                if self._log.is_due or self._log.is_loose or not self._checkpoints.is_running:
                    self._checkpoints.wake()
            failpoint("after-commit")
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    def wait_for_writer(self, then: Callable[[], None]) -> None:
        """Wait until whoever is committing now is done; `then` is called while nobody commits."""
        if self.is_read_only and self.become_writer is None:
            return
        self._check_process()
        try:
            with self._gate.passed(), self._environment.begin(write=True) as transaction:
                then()
                transaction.abort()
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error

    def get(self, database: str, at: bytes) -> bytes | None:
        """Return one value in a transaction of its own."""
        return self.get_all((database, at))[0]

    def get_all(self, *wanted: tuple[str, bytes]) -> list[bytes | None]:
        """Return the values of some keys, each with its database, at one moment."""
        self._check_process()
        try:
            transaction = self._environment.begin()
            stored = [transaction.get(at, db=self._databases[database]) for database, at in wanted]
            transaction.abort()
        except lmdb.Error as error:
            raise metastore_error(error, self.path) from error
        return [
            None if raw is None else opened(database, at, raw)
            for (database, at), raw in zip(wanted, stored, strict=True)
        ]

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
        # Where it has moved it is read, and checked then.
        if (None if found is None else found[:-CRC_BYTES]) != value:
            return False
        self._found = (transaction_id, at, value)
        return True

    def copy_to(self, path: Path) -> None:
        """Write a copy of what there is at this moment, without free pages, and make it durable, beside
        writers and readers: they wait for nothing. `path` must not be there. Raises XX001, 53100, 58030."""
        self._check_process()
        try:
            self._environment.copy(str(path), compact=True)
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except lmdb.Error as error:
            raise metastore_error(error, path) from error

    def other_processes(self) -> set[int]:
        """Return the ids of other processes that have read this file and not closed it."""
        # A table of three columns: process id, thread, transaction; slots stay while the file is open.
        lines = str(self._environment.readers()).splitlines()
        found = {int(words[0]) for line in lines if (words := line.split()) and words[0].isdigit()}
        return found - {os.getpid()}

    def require_writable(self) -> None:
        """Raise 25006 where the file can only be read; a process that follows another becomes the writer."""
        if self.is_read_only and self.become_writer is not None:
            self.become_writer()
        if self.is_read_only:
            raise ReadOnlyTransaction(
                "the database is open for reading only", hint=f"{self.path} cannot be written by this process"
            )

    def is_alone(self) -> bool:
        """Whether no other process has the file open; keeps others from opening it then, until `close`."""
        try:
            fcntl.flock(self._presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._presence, fcntl.LOCK_SH)
            return False
        return True

    def close(self) -> None:
        """Close the environment; nothing may use it afterwards."""
        # After a fork the environment is the parent's: its locks and reader slots are not ours to end.
        if self._process == os.getpid():
            self._opened.close()

    def leave_to_parent(self) -> None:
        """In a child after a fork: give up the inherited environment, so that the file can be opened
        anew. The parent's locks and reader slots stay, they are bound to its process id."""
        if self._process != os.getpid():
            self._log.leave_to_parent()
            self._environment.close()
            os.close(self._presence)
            self._gate.close()

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise OperationalError(
                "this database was opened before a fork",
                hint="open it again in the child process",
                sqlstate="55000",
            )
