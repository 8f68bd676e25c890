"""The journal of a database in a bucket: its batches, one behind the other. No other module imports slatedb.

SlateDB is an ordered store of keys on an object store, with one writer: opening it for writing fences the one
before, whose next write fails. That, and never a clock, is what keeps two writers apart.

| key | value |
|---|---|
| `d` | JSON: `database` (its id), `format`, `base` (the object that holds main.mdb as of entry `position`) |
| `j` + position, u64 BE | an entry: what one batch has changed, as the log of main.mdb packs it, zlib |

Invariants
* Entries have consecutive positions; one is there for good before `append` returns.
* Those up to the base before the newest one are removed; whoever knows less begins with a base.
* After an error, or an interrupt, nobody knows whether an entry is there: nothing is appended any more
  (`_failure`). Who opens the journal next reads what there is.

Order of `begin_with`: the new `d` is durable before entries are removed, so whoever meets a gap behind what
it knows finds a newer base in `d`. A crash in between leaves entries that the next `begin_with` removes; one
at any other moment leaves the entries that were durable.

SlateDB's calls are awaited in a thread of the journal's own; no locks. An object store that does not answer
is asked for `PATIENCE_S`, then the call is 58030.
"""

from __future__ import annotations

import asyncio
import json
import threading
import zlib
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from vql.errors import DatabaseError, DataCorrupted, NotSupportedError, OperationalError
from vql.storage.bucket.objects import EXTRA_HINT, place_of_url

PLACE = "journal"
ABOUT, ENTRY = b"d", b"j"
# What a bucket that does not answer is given, and at the end of a journal whose bucket has not answered.
PATIENCE_S, LAST_PATIENCE_S = 60.0, 5.0
RETRIES_MAX = 6
ROWS_AT_ONCE = 256
REMOVED_AT_ONCE = 1_000
# SlateDB keeps each entry in an object of its own, until it is asked to put them together, and would do that
# behind 4,096: an open read them one by one, 18 ms each of moto's.
FLUSHED_ENTRIES = 64
# The quickest of zlib's levels: the binding takes 0.25 us a byte, 3 ms for the 12 kB of 32 commits, which are
# 2.6 kB compressed.
COMPRESSION = 1
# How often a reader looks for what was written.
POLL_MS = 500
CHECKPOINT_LIFETIME_MS = 600_000
Value = TypeVar("Value")


class About(NamedTuple):
    """Whose journal it is, and where to begin: `base` is the object of main.mdb as of entry `position`."""

    database: str
    format: int
    base: str
    position: int


class Journal:
    """One open journal: for writing, which fences whoever writes, or for reading."""

    def __init__(self, url: str, is_writer: bool) -> None:
        """Raises 0A000, 58P01 where a reader finds none, 58030."""
        try:
            from slatedb import uniffi
        except ImportError:
            raise NotSupportedError("a database in a bucket needs slatedb", hint=EXTRA_HINT) from None
        self.url = url
        self.is_writer = is_writer
        self._slatedb: Any = uniffi
        self._failure: DatabaseError | None = None
        self._flush: asyncio.Task[None] | None = None  # of the journal's thread, and so is
        self._unflushed = FLUSHED_ENTRIES  # at the beginning by the writer before, for all we know
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vql-journal", daemon=True)
        self._thread.start()
        try:
            self._db: Any = self._wait(self._opened())
        except BaseException:
            self._end_thread()
            raise

    def about(self) -> About | None:
        """Return whose it is; None of one that holds nothing. Raises XX001, 58030."""
        raw = self._wait(self._db.get(ABOUT))
        if raw is None:
            return None
        try:
            return About(**json.loads(raw))
        except (ValueError, TypeError) as error:
            raise DataCorrupted(f"{self.url}: the journal does not say whose it is: {error}") from error

    def entries(self, behind: int) -> list[tuple[int, bytes]]:
        """Return the entries behind a position, with theirs; the first ones may be gone, where there is a
        newer base. Raises XX001 where one is missing between others, 58030."""
        found = self._wait(self._scanned(behind + 1))
        for (position, _), (following, _) in pairwise(found):
            if following != position + 1:
                raise DataCorrupted(f"{self.url}: entry {position + 1} of the journal is missing")
        return found

    def has_ended(self) -> bool:
        """Whether it is of no use any more: another process has become the writer, or it has failed."""
        return self._failure is not None or self._db.status().close_reason is not None

    def was_fenced(self) -> bool:
        """Whether another process has become the writer."""
        closed: bool = self._db.status().close_reason == self._slatedb.CloseReason.FENCED
        return closed

    def append(self, position: int, changes: bytes) -> None:
        """Write an entry; it is durable when this returns. Raises 57P03 where another process has become the
        writer, 58030 where nobody knows whether it was written; both from then on."""
        if not self.is_writer:
            raise fenced(self.url)
        if self._failure is not None:
            raise self._failure
        batch = self._slatedb.WriteBatch()
        batch.put(_key(position), zlib.compress(changes, COMPRESSION))
        try:
            self._wait(self._written(batch))
        except BaseException as error:
            self._failure = error if isinstance(error, DatabaseError) else self._failed(error)
            raise

    def begin_with(self, about: About, known: int) -> None:
        """Say whose it is and where to begin from now on, and remove the entries up to `known`. Raises as
        `append` does."""
        batch = self._slatedb.WriteBatch()
        batch.put(ABOUT, json.dumps(about._asdict()).encode())
        self._wait(self._written(batch))
        self._wait(self._forgotten(known))

    def close(self) -> None:
        """Close it; a writer's entries are there already."""
        patience_s = PATIENCE_S if self._failure is None else LAST_PATIENCE_S
        try:
            self._wait(self._shut(), patience_s)
        except DatabaseError:
            pass  # one that was fenced, or whose bucket is gone
        finally:
            self._end_thread()

    # -------------------------------------------------------------- in the journal's thread

    async def _opened(self) -> Any:
        slatedb, (root, path) = self._slatedb, place_of_url(self.url)
        store = slatedb.ObjectStore.resolve(root)
        if self.is_writer:
            settings = slatedb.Settings.default()
            # Commits of a process share an entry already: each is written at once.
            settings.set("flush_interval", '"1ms"')
            settings.set("object_store_max_retries", str(RETRIES_MAX))
            builder = slatedb.DbBuilder(f"{path}/{PLACE}", store)
            builder.with_settings(settings)
            return await builder.build()
        builder = slatedb.DbReaderBuilder(f"{path}/{PLACE}", store)
        builder.with_options(
            slatedb.ReaderOptions(
                manifest_poll_interval_ms=POLL_MS,
                checkpoint_lifetime_ms=CHECKPOINT_LIFETIME_MS,
                max_memtable_bytes=64 << 20,
                skip_wal_replay=False,
                object_store_max_retries=RETRIES_MAX,
            )
        )
        return await builder.build()

    async def _written(self, batch: Any) -> None:
        # `write` alone returns before the entry is durable.
        handle = await self._db.write(batch)
        await handle.await_durable()
        self._unflushed += 1
        if self._unflushed > FLUSHED_ENTRIES and (self._flush is None or self._flush.done()):
            self._unflushed = 0
            self._flush = asyncio.create_task(self._flushed())

    async def _flushed(self) -> None:
        """Put entries together, beside those that are written. Nothing is lost where it fails: who fenced us
        does it, or the next one that is begun."""
        options = self._slatedb.FlushOptions(flush_type=self._slatedb.FlushType.MEM_TABLE)
        with suppress(self._slatedb.Error):
            await self._db.flush_with_options(options)

    async def _shut(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            await asyncio.wait([self._flush])
        await self._db.shutdown()

    async def _scanned(self, start: int) -> list[tuple[int, bytes]]:
        reach = self._slatedb.KeyRange(
            start=_key(start), start_inclusive=True, end=_key((1 << 64) - 1), end_inclusive=True
        )
        rows, found = await self._db.scan(reach), []
        while some := await rows.next_batch(ROWS_AT_ONCE):
            found += [(int.from_bytes(row.key[1:], "big"), bytes(row.value)) for row in some]
        try:
            return [(position, zlib.decompress(packed)) for position, packed in found]
        except zlib.error as error:
            raise DataCorrupted(f"{self.url}: an entry of the journal cannot be read: {error}") from error

    async def _forgotten(self, known: int) -> None:
        reach = self._slatedb.KeyRange(
            start=_key(0), start_inclusive=True, end=_key(known), end_inclusive=True
        )
        rows = await self._db.scan(reach)
        while some := await rows.next_batch(REMOVED_AT_ONCE):
            batch = self._slatedb.WriteBatch()
            for row in some:
                batch.delete(row.key)
            await self._db.write(batch)

    # -------------------------------------------------------------- and for it

    def _wait(self, work: Coroutine[Any, Any, Value], patience_s: float | None = None) -> Value:
        patience_s = PATIENCE_S if patience_s is None else patience_s
        future: Future[Value] = asyncio.run_coroutine_threadsafe(work, self._loop)
        errors = self._slatedb.Error
        try:
            return future.result(patience_s)
        except TimeoutError as error:
            future.cancel()
            raise OperationalError(
                f"{self.url}: the bucket has not answered for {patience_s:.0f} s",
                hint="the next statement that changes something tries again",
                sqlstate="58030",
            ) from error
        except errors.Closed as error:
            if error.reason != self._slatedb.CloseReason.FENCED:
                raise self._failed(error) from error
            raise fenced(self.url) from error
        except errors as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseException) -> OperationalError:
        said = getattr(error, "message", None) or str(error) or type(error).__name__
        return OperationalError(
            f"{self.url}: the journal cannot be reached: {said}",
            hint="the next statement that changes something tries again",
            sqlstate="58030",
        )

    def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def fenced(url: str) -> OperationalError:
    """Return the error of a process that is not the writer any more."""
    return OperationalError(
        f"another process has become the writer of {url}",
        hint="run the transaction again: this process becomes the writer then",
        sqlstate="57P03",
    )


def _key(position: int) -> bytes:
    return ENTRY + position.to_bytes(8, "big")
