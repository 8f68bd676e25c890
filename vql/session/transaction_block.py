"""The transaction block of a conversation: its changes, or the moment of the past that it reads.

| status | what is open | left by |
|---|---|---|
| I | nothing | BEGIN |
| T | a transaction on one snapshot, or a moment of the past, read-only | COMMIT, ROLLBACK, an error |
| E | a block that an error has ended | ROLLBACK, or COMMIT, which rolls back |

Outside a block each statement is a transaction of its own, run again where it loses to others. It is
used by the thread that runs the conversation's statement. What was not committed is gone with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vql.deadline import rest
from vql.errors import (
    DuplicateObject,
    DuplicateTable,
    InFailedTransaction,
    ProgrammingError,
    ReadOnlyTransaction,
    SerializationFailure,
)
from vql.storage.snapshot import Snapshot
from vql.storage.store import Store
from vql.storage.transaction import Transaction

# A one-statement transaction that loses to other committers is run again this often.
RETRIES_MAX = 50
RETRY_DELAY_S = 0.0005
Outcome = TypeVar("Outcome")


class TransactionBlock:
    """See the module. `pending_builds` are the tables whose indexes wait for the commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._transaction: Transaction | None = None
        self._moment: Snapshot | None = None
        self._savepoints: list[tuple[str, object]] = []
        self.failed = False
        self.read_only = False
        self.pending_builds: list[int] = []
        # Called by the first statement behind a swap: what another thread's news of it has made the session
        # forget may have been kept again by a statement that ran then.
        self.on_swap: Callable[[], None] = lambda: None
        self._generation = -1

    @property
    def status(self) -> str:
        """I outside a block, T inside one, E inside a failed one."""
        if self.failed:
            return "E"
        return "I" if self._transaction is None and self._moment is None else "T"

    @property
    def reads_past(self) -> bool:
        """Whether the block reads a moment of the past."""
        return self._moment is not None

    @property
    def changes(self) -> bool:
        """Whether changes go into the block's transaction, not into one of their own."""
        return self._transaction is not None

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to commit."""
        return self._transaction is not None and self._transaction.has_changes()

    def snapshot(self) -> Snapshot:
        """Return what a statement of the block sees, or one outside a block would see now."""
        if self._moment is not None:
            snapshot = self._moment
        elif self._transaction is not None:
            snapshot = self._transaction.view()
        else:
            snapshot = self._store.snapshot()
        if snapshot.generation != self._generation:
            self._generation = snapshot.generation
            self.on_swap()
        return snapshot

    # -------------------------------------------------------------- begin and end

    def begin(self, read_only: bool, moment: Snapshot | None = None) -> None:
        """Open a block on what is there now, or at a moment of the past."""
        self.read_only = read_only
        self._moment = moment
        if moment is None:
            self._transaction = Transaction(self._store, self._store.snapshot())
            self._transaction.checks_keys = True

    def commit(self) -> None:
        """Make the changes durable; the block stays open. Raises 40001, 23505, 53100."""
        if self._transaction is not None:
            self._transaction.commit()

    def end(self) -> None:
        """Leave the block."""
        self._transaction = None
        self._moment = None
        self.failed = self.read_only = False
        self._savepoints.clear()
        self.pending_builds.clear()

    def fail(self) -> None:
        """Take note of an error around a statement: an open block becomes a failed one."""
        self.failed = self.failed or self.status == "T"

    def require_sound(self) -> None:
        """Raise 25P02 in a failed block."""
        if self.failed:
            raise InFailedTransaction(
                "current transaction is aborted, commands ignored until end of transaction block"
            )

    # -------------------------------------------------------------- savepoints

    def savepoint(self, name: str) -> None:
        """Set a savepoint. Raises 25P01."""
        self._savepoints.append((name, self._open().savepoint()))

    def release(self, name: str) -> None:
        """Forget a savepoint and those after it. Raises 25P01, 3B001."""
        self._open()
        del self._savepoints[self._place(name) :]

    def rollback_to(self, name: str) -> None:
        """Go back to a savepoint, which stays. Raises 25P01, 3B001."""
        transaction, place = self._open(), self._place(name)
        transaction.rollback_to(self._savepoints[place][1])
        del self._savepoints[place + 1 :]
        self.failed = False

    def _open(self) -> Transaction:
        if self._transaction is None:
            raise ProgrammingError("SAVEPOINT can only be used in transaction blocks", sqlstate="25P01")
        return self._transaction

    def _place(self, name: str) -> int:
        places = [place for place, (known, _) in enumerate(self._savepoints) if known == name]
        if not places:
            raise ProgrammingError(f'savepoint "{name}" does not exist', sqlstate="3B001")
        return places[-1]

    # -------------------------------------------------------------- changes

    def change(self, apply: Callable[[Transaction], Outcome]) -> Outcome:
        """Run changes in the block, or in a transaction of their own, which is committed and run again
        where it loses to others. Raises 25P02, 25006, 40001 and what `apply` raises.

        Whatever is raised, an interrupt too, fails the block: what was changed by then is never committed.
        """
        if self.failed:
            self.require_sound()
        if self.read_only or self._moment is not None:
            raise ReadOnlyTransaction("cannot change data in a read-only transaction or the past")
        if self._transaction is not None:
            try:
                return apply(self._transaction)
            except BaseException:
                self.failed = True
                raise
        for attempt in range(RETRIES_MAX):
            transaction = Transaction(self._store, self._store.snapshot())
            outcome = apply(transaction)
            try:
                transaction.commit()
            except (SerializationFailure, DuplicateTable, DuplicateObject):
                if attempt == RETRIES_MAX - 1:
                    raise
                rest(RETRY_DELAY_S * attempt)
            else:
                return outcome
        raise AssertionError("the last attempt returns or raises")
