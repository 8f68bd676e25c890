"""The write-ahead log beside main.mdb: one append and one sync make a commit durable.

LMDB by itself syncs twice a commit, a dozen pages that lie apart and then its meta page. Here it does not
sync at all: what a batch writes is appended to `main.wal` and synced first, then LMDB commits into the
system's cache, from where all processes read it. At a checkpoint `main.mdb` is synced, the log begins anew.

While the machine runs, `main.mdb` is whole, whoever is killed. When the machine itself stops, the disk has
all pages as of the last checkpoint and, of those written since, any. So two things are kept for that day:

* the meta page of the checkpoint, in the log's header: its trees are the base;
* the base's pages: LMDB gives no page away that a reader may see, so who commits has a read transaction, the
  pin, that is not newer than the base.

Recovery puts the meta page back (`restored_records`, before LMDB opens the file) and applies the log to the
base in one transaction of LMDB, which leaves the base's pages alone: a crash in it begins it again. It is
done by who opens a database first after another start of the machine, behind the gate: others wait there.

| offset | size | type | field | notes |
|--:|--:|---|---|---|
| 0, 4096 | 4 | u32 LE | crc32 | of the rest of the header |
| | 4 | u32 LE | salt | random; the crc32 of records begins with it |
| | 8 | u64 LE | generation | of two headers the greater one counts; it stands in place generation % 2 |
| | 8 | u64 LE | base | LMDB's transaction of the checkpoint |
| | 4 | u32 LE | roots | crc32 of the root pages of the base |
| | 48 | bytes | boot | id of the start of the machine |
| | 152 | bytes | meta | header and MDB_meta of the base's meta page |
| 8184 | 8 | u64 LE | loose | a generation some of whose records are not synced with their commits |
| 8192 | | | records | one behind the other: |
| | 4 | u32 LE | length | of the changes |
| | 4 | u32 LE | crc32 | of what follows, from the salt on |
| | 8 | u64 LE | generation | that of the header; what else stands there is left from before |
| | 8 | u64 LE | transaction | LMDB's, one more than that of the record before |
| | length | | changes | change behind change: kind u8, database u8, count u32, bytes of each key u16, |
| | | | | of each value u32, keys, values |

Invariants
* All but reading is done behind the write gate. Which generation holds is looked up there at each commit, in
  the mapped headers: another process may have made a checkpoint.
* A record is durable before LMDB commits its transaction, so LMDB is never ahead of the log: where it is,
  another program has written `main.mdb`, or an older one was put there, and the log says nothing.
* But for loose commits (`synchronous_commit = off`), whose records are synced within FLUSH_S, or by the next
  commit that is not loose: what the disk has of them is the first so many. That a generation has such is
  durable before the first; LMDB may be ahead of its log.
* A record that LMDB has not committed (a full disk, a killed process) is overwritten by the next one.
* A checkpoint's order: sync main.mdb, pin, write the header of the next generation and sync it, end the old
  pin. A crash between leaves the checkpoint before, whose records are overwritten by none until then.

Where main.mdb could not be synced, its cache and the disk differ from then on: nothing is committed any more
until the database has been opened again, which recovers it.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import secrets
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple, Protocol

from vql.errors import DataCorrupted, Error, OperationalError
from vql.storage.files.blobfile import LMDB_MAGIC, LMDB_MAGIC_OFFSET, disk_error, sync_folder
from vql.storage.files.failpoint import failpoint

SUFFIX = ".wal"
HEADER = struct.Struct("<IIQQI48s152s")
HEADER_BYTES = 4096  # of a place
RECORDS = 2 * HEADER_BYTES
LOOSE_AT = RECORDS - 8
RECORD = struct.Struct("<IIQQ")
PUT, PUT_NEW, DELETE = 0, 1, 2
CHANGE = struct.Struct("<BBI")
SINGLE = struct.Struct("<BBIHI")  # of one key: with its lengths
BOOT_BYTES = 48
META_BYTES = 152
PAGE_BYTES_OFFSET = 40
# Of a meta page: roots of the free pages and of the tree of trees, the last page, the transaction.
ROOTS = struct.Struct("<80xQ40xQQQ")
TRANSACTION_OFFSET = 144
NO_ROOT = (1 << 64) - 1
# A checkpoint is due behind so much: what recovery has to apply. For each record a dozen pages wait for it.
RECORDS_BYTES = 8 << 20
RECORDS_COUNT = 400
# How long the records of loose commits stay unsynced.
FLUSH_S = 0.2
# Behind so much more whoever commits makes it itself: the thread beside does not come to it.
OVERDUE = 4
# A pin that is so many transactions older than the base keeps too many pages from being used again.
PIN_BEHIND_MAX = 4 * RECORDS_COUNT
log = logging.getLogger("vql.storage")


class LoggedChange(NamedTuple):
    """Keys of a batch: `kind` PUT, PUT_NEW (which leaves those that are there) or DELETE, `database` by its
    place in the metastore's list, keys with their values as they are stored."""

    kind: int
    database: int
    items: Sequence[tuple[bytes, bytes]]


class Header(NamedTuple):
    """A checkpoint."""

    salt: int
    generation: int
    base: int
    roots: int
    boot: bytes
    meta: bytes

    def packed(self) -> bytes:
        """Return it as it stands in the file."""
        raw = HEADER.pack(0, *self)
        return zlib.crc32(raw[4:]).to_bytes(4, "little") + raw[4:]


class LogRecord(NamedTuple):
    """What one transaction changed, and where its record begins and ends in the log."""

    transaction: int
    changes: bytes
    start: int
    end: int


class Pin(Protocol):
    """A read transaction of LMDB."""

    def abort(self) -> None: ...


class CommitLog:
    """The log of one open main.mdb, of pages of `page_bytes`: `sync` syncs it, `pin` begins a read
    transaction, `info` tells LMDB's last transaction, as `last_txnid`."""

    def __init__(
        self,
        main: Path,
        page_bytes: int,
        sync: Callable[[], None],
        pin: Callable[[], Pin],
        info: Callable[[], Mapping[str, int]],
    ) -> None:
        self.path = main.with_suffix(SUFFIX)
        self._main = main
        self._page_bytes = page_bytes
        self._sync = sync
        self._begin = pin
        self._info = info
        self._descriptor = -1
        self._headers: mmap.mmap | None = None
        self._header: Header | None = None
        self._written = b"", b""  # the headers as they were when the newest was read
        self._pin: Pin | None = None
        self._pinned = self._loose_generation = 0  # the pin's transaction; as in the file
        # Where the next record goes; the transaction of the one before it, and where that begins.
        self._end, self.last, self._last_start, self._count = RECORDS, 0, RECORDS, 0
        self.is_due = False  # whether a checkpoint is
        self.is_loose = False  # whether there are records that have not been synced
        self.is_settled = True  # whether the last record is of a transaction that LMDB has committed
        self._failure: Error | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether this process keeps pages from being used again."""
        return self._pin is not None

    # -------------------------------------------------------------- commits, behind the gate

    def prepare(self) -> None:
        """Be ready for a transaction of LMDB that is about to begin: know the end of the log, and have the
        base pinned. Raises 53100, 58030."""
        if self._pin is None or self._failure is not None:
            self.checkpoint()
            return
        header, headers, head = self._header, self._headers, self._info()["last_txnid"]
        assert header is not None and headers is not None, "this process has made a checkpoint"
        written = headers[: HEADER.size], headers[HEADER_BYTES : HEADER_BYTES + HEADER.size]
        if written != self._written:  # so has another one, perhaps
            before, header = header, newest_header(headers)
            assert header is not None, "one is left when the other is written"
            self._header, self._written = header, written
            if header != before:
                self._end, self.last, self._last_start, self._count = RECORDS, header.base, RECORDS, 0
        if not self.is_settled:  # a commit was broken off: others may have written where its record was
            self._end, self.last, self._last_start, self._count = RECORDS, header.base, RECORDS, 0
            self.is_settled = True
        if self.last != head:
            self._catch_up(head)
        too_old = self._pinned + PIN_BEHIND_MAX < header.base
        overdue = self._end - RECORDS > OVERDUE * RECORDS_BYTES or self._count > OVERDUE * RECORDS_COUNT
        if self.last != head or too_old or overdue:
            self.checkpoint()

    def append(self, transaction: int, changes: Sequence[bytes], is_loose: bool = False) -> None:
        """Make what a transaction changes, packed, durable, before LMDB commits it, or leave that to `flush`.
        Raises 53100, 58030: the transaction is to be given up then."""
        assert self._header is not None, "it is prepared"
        self.is_settled = False
        is_first = is_loose and self._loose_generation != self._header.generation
        body = b"".join(changes)
        tail = struct.pack("<QQ", self._header.generation, transaction)
        crc = zlib.crc32(body, zlib.crc32(tail, self._header.salt))
        start, record = self._end, struct.pack("<II", len(body), crc) + tail + body
        try:
            if is_first:
                write_at(self._descriptor, struct.pack("<Q", self._header.generation), LOOSE_AT)
            if os.pwrite(self._descriptor, record, start) < len(record):
                write_at(self._descriptor, record, start)
            if is_first or not is_loose:
                os.fdatasync(self._descriptor)
        except OSError as error:
            self._cut_off(start)
            raise disk_error(error, self.path) from error
        self._end, self.last, self._last_start = start + len(record), transaction, start
        self._count += 1
        self.is_loose = is_loose and not is_first
        if is_first:
            self._loose_generation = self._header.generation
        self.is_due = self._end - RECORDS > RECORDS_BYTES or self._count > RECORDS_COUNT
        failpoint("after-log")

    def flush(self) -> None:
        """Sync the records of loose commits; by the thread beside them, or at the end. Raises OSError."""
        self.is_loose = False  # before: what comes meanwhile is for the next time
        os.fdatasync(self._descriptor)

    def give_up(self) -> None:
        """Forget a record whose transaction LMDB has not committed."""
        if self._pin is not None and self.last == self._info()["last_txnid"] + 1:
            self._cut_off(self._last_start)

    def _cut_off(self, start: int) -> None:
        """See to it that no record stands at `start`, as far as the disk lets us."""
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, bytes(RECORD.size), start)
            os.fdatasync(self._descriptor)

    def _catch_up(self, head: int) -> None:
        """Find the end of the log, where others have committed, or something was not."""
        assert self._header is not None
        for record in read_records(self._descriptor, self._header, self._end, self.last):
            if record.transaction > head:  # whoever wrote it was killed before LMDB committed
                return
            self._end, self.last, self._last_start = record.end, record.transaction, record.start
            self._count += 1

    # -------------------------------------------------------------- checkpoints, behind the gate

    def checkpoint(self) -> None:
        """Sync main.mdb, make it the base and begin the log anew. Raises 53100, 58030."""
        if self._failure is not None:  # what a later sync says is no news of the pages that were lost
            raise OperationalError(
                f"{self._main.name} could not be synced: {self._failure}", sqlstate="58030",
                hint="close the database and open it again, which recovers what was committed",
            )  # fmt: skip
        try:
            self._open()
            try:
                self._sync()
            except Error as error:
                self._fail(error)
                raise
            pin, before = self._begin(), self._newest()
            try:
                with open(self._main, "rb") as file:
                    meta = newest_meta(file.fileno(), self._page_bytes)
                    roots = roots_crc(file.fileno(), meta, self._page_bytes)
                base, generation = transaction_of(meta), 1 + (before.generation if before else 0)
                header = Header(secrets.randbits(32), generation, base, roots, boot_id(), meta)
                failpoint("before-checkpoint")
                write_at(self._descriptor, header.packed(), header.generation % 2 * HEADER_BYTES)
                try:
                    os.fdatasync(self._descriptor)
                except OSError as error:  # nobody knows which of the two headers the disk has
                    self._fail(disk_error(error, self.path))
                    raise
                failpoint("after-checkpoint")
            except BaseException:
                pin.abort()
                raise
        except OSError as error:
            raise disk_error(error, self.path) from error
        self.unpin()
        self._header, self._pin, self._pinned, self.is_due = header, pin, base, False
        self._end, self.last, self._last_start, self._count = RECORDS, base, RECORDS, 0
        self.is_settled, self.is_loose = True, False

    def unpin(self) -> None:
        """Let pages be used again; the next commit of this process begins with a checkpoint."""
        pin, self._pin = self._pin, None
        if pin is not None:
            pin.abort()

    def _fail(self, error: Error) -> None:
        """Remember that the cache of main.mdb is not to be trusted, here and for who opens it next."""
        self._failure = error
        header = self._newest()
        if header is not None:
            changed = header._replace(boot=b"").packed()
            with contextlib.suppress(OSError):
                write_at(self._descriptor, changed, header.generation % 2 * HEADER_BYTES)
                os.fdatasync(self._descriptor)

    def _open(self) -> None:
        """Open the file, made where there is none. Raises OSError."""
        if self._descriptor >= 0:
            return
        made = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if os.fstat(descriptor).st_size < RECORDS:
                os.ftruncate(descriptor, RECORDS)
                os.fsync(descriptor)
                made = True
            if made:
                sync_folder(self.path.parent)
            self._headers = mmap.mmap(descriptor, RECORDS, prot=mmap.PROT_READ)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def _newest(self) -> Header | None:
        return None if self._headers is None else newest_header(self._headers)

    def close(self) -> None:
        """Close the file; its records stay for as long as main.mdb is not synced."""
        self.unpin()
        self.leave_to_parent()

    def leave_to_parent(self) -> None:
        """Close the file alone: the pin is of the process that has forked."""
        if self._headers is not None:
            self._headers.close()
            self._headers = None
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


# ------------------------------------------------------------------ reading


def read_records(descriptor: int, header: Header, start: int, before: int) -> Iterator[LogRecord]:
    """Yield the records of a generation from a place on, behind that of the transaction `before`."""
    while True:
        raw = os.pread(descriptor, RECORD.size, start)
        if len(raw) < RECORD.size:
            return
        length, crc, generation, transaction = RECORD.unpack(raw)
        if generation != header.generation or transaction != before + 1:
            return
        body = os.pread(descriptor, length, start + RECORD.size)
        if len(body) < length or zlib.crc32(body, zlib.crc32(raw[8:], header.salt)) != crc:
            return
        end = start + RECORD.size + length
        yield LogRecord(transaction, body, start, end)
        start, before = end, transaction


def logged(kind: int, database: int, items: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return a change as it stands in a record; one of a single key is packed as SINGLE, too."""
    count, keys, values = len(items), [item[0] for item in items], [item[1] for item in items]
    lengths = struct.pack(f"<{count}H{count}I", *map(len, keys), *map(len, values))
    return b"".join((CHANGE.pack(kind, database, count), lengths, *keys, *values))


def changes_in(body: bytes) -> Iterator[LoggedChange]:
    """Yield the changes of a record."""
    at = 0
    while at < len(body):
        kind, database, count = CHANGE.unpack_from(body, at)
        lengths = struct.Struct(f"<{count}H{count}I")
        sizes = lengths.unpack_from(body, at + CHANGE.size)
        ends = list(accumulate(sizes, initial=at + CHANGE.size + lengths.size))
        pieces = [body[start:end] for start, end in pairwise(ends)]
        yield LoggedChange(kind, database, list(zip(pieces[:count], pieces[count:], strict=True)))
        at = ends[-1]


def newest_header(raw: bytes | mmap.mmap) -> Header | None:
    """Return the header that counts, None where there is none."""
    found = None
    for place in (0, HEADER_BYTES):
        one = raw[place : place + HEADER.size]
        if len(one) == HEADER.size and zlib.crc32(one[4:]).to_bytes(4, "little") == one[:4]:
            header = Header(*HEADER.unpack(one)[1:])
            if found is None or header.generation > found.generation:
                found = header
    return found


def newest_meta(descriptor: int, page_bytes: int) -> bytes:
    """Return the newer meta page of an LMDB file, as far as it is kept; empty where none is one."""
    metas = [os.pread(descriptor, META_BYTES, start) for start in (0, page_bytes)]
    sound = [
        meta for meta in metas if len(meta) == META_BYTES and meta[LMDB_MAGIC_OFFSET:].startswith(LMDB_MAGIC)
    ]
    return max(sound, key=transaction_of, default=b"")


def transaction_of(meta: bytes) -> int:
    """Return the transaction of a meta page."""
    return int(ROOTS.unpack_from(meta)[3])


def roots_crc(descriptor: int, meta: bytes, page_bytes: int) -> int:
    """Return the crc32 of the root pages that a meta page names: other files, and later ones, have others."""
    crc = 0
    for root in ROOTS.unpack_from(meta)[:2]:
        if root != NO_ROOT:
            crc = zlib.crc32(os.pread(descriptor, page_bytes, root * page_bytes), crc)
    return crc


@cache
def boot_id() -> bytes:
    """Return the id of this start of the machine, 48 bytes; zeros where the system tells none."""
    try:
        if sys.platform == "darwin":
            said = subprocess.run(
                ["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, timeout=10, check=False
            ).stdout
        else:
            said = Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        said = b""
    return said.strip()[:BOOT_BYTES].ljust(BOOT_BYTES, b"\0")


def write_at(descriptor: int, data: bytes, start: int) -> None:
    """Write all of something at a place. Raises OSError."""
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:] if written else data, start + written)


# ------------------------------------------------------------------ recovery


def is_recovered(main: Path) -> bool:
    """Whether a main.mdb is whole: it has no log, or one of this start of the machine. Raises OSError."""
    try:
        with open(main.with_suffix(SUFFIX), "rb") as file:
            header = newest_header(file.read(RECORDS))
    except FileNotFoundError:
        return True
    return header is None or any(header.boot) and header.boot == boot_id()


def restored_records(main: Path, is_read_only: bool) -> list[bytes] | None:
    """Put back the base of a main.mdb that nobody has open, and return what is to be applied to it; None
    where its log says nothing of it. Raises XX001, OSError, 57P03 of one that cannot be written."""
    with (
        open(main.with_suffix(SUFFIX), "rb") as records,
        open(main, "rb" if is_read_only else "r+b", buffering=0) as file,
    ):
        header = newest_header(records.read(RECORDS))
        if header is None:
            return None
        found = list(read_records(records.fileno(), header, RECORDS, header.base))
        last = found[-1].transaction if found else header.base
        page_bytes = int.from_bytes(header.meta[PAGE_BYTES_OFFSET : PAGE_BYTES_OFFSET + 4], "little")
        newest = newest_meta(file.fileno(), page_bytes)
        is_base = roots_crc(file.fileno(), header.meta, page_bytes) == header.roots
        if is_base and int.from_bytes(os.pread(records.fileno(), 8, LOOSE_AT), "little") == header.generation:
            last = max(last, transaction_of(newest) if newest else 0)
        if newest and not header.base <= transaction_of(newest) <= last:
            log.warning("%s is of another main.mdb than the one beside it", main.with_suffix(SUFFIX).name)
            return None
        if is_read_only:
            if newest and transaction_of(newest) == (found[-1].transaction if found else header.base):
                return None
            raise OperationalError(
                f"{main.name} has to be recovered, and cannot be written", sqlstate="57P03",
                hint="open the database once where it may be written",
            )  # fmt: skip
        if not is_base:
            raise DataCorrupted(
                f"{main.name} is not the one that {main.with_suffix(SUFFIX).name} belongs to, or was damaged",
                hint="restore it from a backup; or, where it was put there from one, remove the other",
            )
        for place in (0, 1):
            # LMDB writes the two in turn; both say the same here.
            transaction = max(0, header.base - (header.base % 2 != place))
            head = place.to_bytes(8, "little") + header.meta[8:TRANSACTION_OFFSET]
            write_at(file.fileno(), head + transaction.to_bytes(8, "little"), place * page_bytes)
        failpoint("before-recovery")
        os.fdatasync(file.fileno())
        return [record.changes for record in found]
