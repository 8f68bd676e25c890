"""Numbers of transactions (xids), for those that want one: each is given out once, later ones are greater.

| database of `main.mdb` | key | bytes | what |
|---|---|--:|---|
| `sequences` | `transaction` | 8 | the next number, u64 big-endian |
| `transactions` | `block`, number >> 13 (u64 BE) | 1,024 | a bit for each number: whether it has committed |
| `transactions` | `made`, version (u64 BE) | 8 | the number of the transaction that made a version |

A transaction holds a lock of its number until its end, in the lock table that all processes share: while it
does it is in progress, afterwards its bit says what has become of it. The lock is there before the number is
taken, and the bit before the lock is gone. Who looks reads the next number first, then the locks, then the
bits: of a number that was taken by then, one of the two says how it is.

Numbers are taken in batches that are durable soon (`Batch.is_loose`): after a crash of the machine some may
be given out anew, which nothing that was committed has seen.
"""

from __future__ import annotations

import numpy as np

from vql.errors import InvalidParameterValue
from vql.storage.catalog import take_numbers
from vql.storage.files.metastore import Batch, key, numbers
from vql.storage.locks.modes import Kind
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.store import Store

# PostgreSQL's: those below mean no transaction, and those that made the database.
FIRST_XID = 3
BLOCK_BITS = 13
BLOCK, MADE = b"block", b"made"


class SessionXids:
    """What a session knows of numbers: its transaction's, which it takes on first need, and others'."""

    def __init__(self, store: Store, locks: SessionLocks) -> None:
        self._store = store
        self._locks = locks

    @property
    def assigned(self) -> int | None:
        """The number of the transaction at hand, None where it has none."""
        return self._locks.xid or None

    def current(self) -> int:
        """Return the number of the transaction at hand. Raises 25006 where the database cannot be written."""
        if not self._locks.xid:
            with self._store.metastore.write() as batch:
                batch.is_loose = True
                xid = take_numbers(batch, "transaction", 1, FIRST_XID)
                self._locks.enter_xid(xid)
            self._locks.xid = xid
        return self._locks.xid

    def snapshot(self, version: int) -> tuple[int, int, list[int]]:
        """Return what a statement on a version sees: all transactions below the first number have ended, none
        from the second on is seen, nor are those of the list between them, its own not among them."""
        following, running = self._following(), self._running()
        with self._store.metastore.read() as batch:
            later = (numbers(raw)[0] for _, raw in batch.range("transactions", MADE + key(version + 1), MADE))
            unseen = {xid for xid in (*running, *later) if xid < following}
        while following - 1 in unseen:
            following -= 1
        listed = sorted(xid for xid in unseen if xid < following and xid != self._locks.xid)
        return min(unseen, default=following), following, listed

    def status(self, xid: int) -> str | None:
        """Return what has become of a transaction, in PostgreSQL's words. Raises 22023 for a number that was
        not given out yet."""
        if xid >= self._following():
            raise InvalidParameterValue(f"transaction ID {xid} is in the future")
        if xid < FIRST_XID:
            return "committed" if xid > 0 else None
        if xid in self._running():
            return "in progress"
        with self._store.metastore.read() as batch:
            return "committed" if _bits_of(batch, xid)[_place(xid)] else "aborted"

    def _following(self) -> int:
        with self._store.metastore.read() as batch:
            raw = batch.get("sequences", b"transaction")
        return numbers(raw)[0] if raw else FIRST_XID

    def _running(self) -> set[int]:
        locks = self._store.locks
        held = [entry for entry in locks if entry.kind is Kind.TRANSACTION]
        with locks.alone():
            return {entry.minor for entry in held if locks.is_live(entry.session)}


def note_committed(batch: Batch, xid: int, version: int | None) -> None:
    """Write down that a transaction commits, and as which version where it has changed anything."""
    bits = _bits_of(batch, xid)
    bits[_place(xid)] = 1
    batch.put("transactions", BLOCK + key(xid >> BLOCK_BITS), np.packbits(bits).tobytes())
    if version is not None:
        batch.put("transactions", MADE + key(version), key(xid))


def commit_unchanged(store: Store, xid: int) -> None:
    """Commit a transaction that has a number and has changed nothing; durable soon."""
    with store.metastore.write() as batch:
        batch.is_loose = True
        note_committed(batch, xid, None)


def forget_version(batch: Batch, version: int) -> None:
    """Forget which transaction has made a version; that it has committed stays."""
    if batch.has("transactions", MADE + key(version)):
        batch.delete("transactions", MADE + key(version))


def _bits_of(batch: Batch, xid: int) -> np.ndarray:
    raw = batch.get("transactions", BLOCK + key(xid >> BLOCK_BITS))
    return np.unpackbits(np.frombuffer(raw or bytes(1 << BLOCK_BITS - 3), np.uint8))


def _place(xid: int) -> int:
    return xid & (1 << BLOCK_BITS) - 1
