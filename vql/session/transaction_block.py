"""The transaction block of a conversation: its changes, or the moment of the past that it reads.

| status | what is open | left by |
|---|---|---|
| I | nothing | BEGIN |
| T | a transaction, or a moment of the past, read-only | COMMIT, ROLLBACK, an error |
| E | a block that an error has ended | ROLLBACK, or COMMIT, which rolls back |

In READ COMMITTED every look at the database sees what is committed by then, in the other levels what was at
the first look. Outside a block each statement is a transaction of its own, run again where it loses to
others: at first without locks, then with some that others wait for. It is used by the thread that runs the
conversation's statement. What was not committed is gone with it, and so are its locks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from vql.deadline import check_deadline
from vql.errors import (
    ActiveTransaction,
    DuplicateObject,
    DuplicateTable,
    Error,
    InFailedTransaction,
    NoActiveTransaction,
    ProgrammingError,
    ReadOnlyTransaction,
    SerializationFailure,
    UniqueViolation,
)
from vql.language import ast
from vql.session.notifications import Notifications
from vql.session.results import Result
from vql.settings.settings import Mark, Settings
from vql.storage.files.group_commit import WaitingCommit
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.snapshot import Snapshot
from vql.storage.store import CommittedRows, Store
from vql.storage.transactions.isolation import Isolation, Restart
from vql.storage.transactions.reference_check import LocksHeld
from vql.storage.transactions.transaction import Transaction
from vql.storage.transactions.xids import commit_unchanged

# A one-statement transaction that loses to other committers is run again this often, so often without locks.
ATTEMPTS_MAX, BRIEF_ATTEMPTS_MAX = 50, 2
# As PostgreSQL has it, READ UNCOMMITTED is READ COMMITTED.
LEVELS = {level.value: level for level in Isolation} | {"read uncommitted": Isolation.READ_COMMITTED}
Outcome = TypeVar("Outcome")


def without_block(statement: ast.Commit | ast.Rollback) -> NoActiveTransaction:
    """Return the error of AND CHAIN where nobody has begun a block."""
    tag = "COMMIT" if isinstance(statement, ast.Commit) else "ROLLBACK"
    return NoActiveTransaction(f"{tag} AND CHAIN can only be used in transaction blocks")


class LiteralsChanged(Exception):
    """The literals of a text were read as values of other types than its columns have by now, or had at the
    moment asked for: the text has to be read anew. Nothing is
    done then."""


class TransactionBlock:
    """See the module. `pending_builds` are the tables whose indexes wait for the commit."""

    def __init__(self, store: Store, locks: SessionLocks, settings: Settings) -> None:
        self._store = store
        self.locks = locks
        self._settings = settings
        self.notifications = Notifications()
        self._has_looked = False
        self._transaction: Transaction | None = None
        self._moment: Snapshot | None = None
        self._started_us: int | None = None
        self._savepoints: list[
            tuple[str, object, Mark, tuple[int, int]]
        ] = []  # with what was set, and said, then
        self.failed = False
        self.read_only = False
        self.serializable: Transaction | None = None  # the open one, where it has to know what is read
        self.pending_builds: list[int] = []
        # Looks at the constraints that have waited for the commit, does what temporary tables say of it.
        self.before_commit: Callable[[Transaction], None] = lambda _: None
        # Called by the first statement behind a swap: what another thread's news of it has made the session
        # forget may have been kept again by a statement that ran then.
        self.on_swap: Callable[[], None] = lambda: None
        self._generation = -1
        # Tables of one statement alone, put into what it sees.
        self.beside: Callable[[Snapshot], Snapshot] | None = None

    @contextmanager
    def with_beside(self, beside: Callable[[Snapshot], Snapshot]) -> Iterator[None]:
        """Let what a statement sees have further tables."""
        before = None if self._transaction is None else self._looked(self._transaction).snapshot
        self.beside = beside
        try:
            yield
        finally:
            self.beside = None
            if self._transaction is not None and before is not None:
                self._transaction.beside = None
                self._transaction.stand_on(before)

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
        if self.notifications.is_due:
            return True
        return self._transaction is not None and self._transaction.has_changes()

    @property
    def is_brief(self) -> bool:
        """Whether what it has changed is so little that it costs a statement next to nothing to see it."""
        return self._transaction is None or self._transaction.changes.are_of_few_rows

    @property
    def now_us(self) -> int:
        """What now() is: when the block began, outside one the present; microseconds since 1970 UTC."""
        return time.time_ns() // 1000 if self._started_us is None else self._started_us

    def snapshot(self) -> Snapshot:
        """Return what a statement of the block sees, or one outside a block would see now."""
        if self._moment is not None:
            snapshot = self._moment
        elif self._transaction is not None:
            snapshot = self._looked(self._transaction).view()
        else:
            snapshot = self._store.snapshot()
        if snapshot.generation != self._generation:
            self._generation = snapshot.generation
            self.on_swap()
        return snapshot if self.beside is None else self.beside(snapshot)

    def _looked(self, transaction: Transaction) -> Transaction:
        """Return the transaction, on the newest snapshot where its level or its first look says so."""
        if transaction.isolation is Isolation.READ_COMMITTED or not self._has_looked:
            self._has_looked = True
            transaction.begin_statement()
        if self.beside is not None:
            transaction.beside = self.beside
            transaction.stand_on(self.beside(transaction.snapshot))
        return transaction

    # -------------------------------------------------------------- begin and end

    def begin(self, read_only: bool, isolation: Isolation, moment: Snapshot | None = None) -> None:
        """Open a block on what is there now, or at a moment of the past."""
        self.read_only = read_only
        self._moment = moment
        self._has_looked = False
        self._started_us = time.time_ns() // 1000
        if moment is None:
            snapshot = self._store.snapshot()
            self._transaction = Transaction(self._store, snapshot, self.locks, isolation, is_brief=False)
            self.set_isolation(isolation)

    def set_isolation(self, isolation: Isolation) -> None:
        """Change the level of the open block. Raises 25001 once it has looked."""
        transaction = self._transaction
        if transaction is None:
            return
        if self._has_looked and transaction.isolation is not isolation:
            raise ActiveTransaction("SET TRANSACTION ISOLATION LEVEL must be called before any query")
        transaction.isolation = isolation
        self.serializable = transaction if isolation is Isolation.SERIALIZABLE else None

    def commit(self) -> None:
        """Make the changes durable; the block stays open. Raises 40001, 23505, 53100."""
        self._commit(self._transaction)

    def _commit(self, transaction: Transaction | None) -> None:
        """Commit, and send the notifications, in the order of commits."""
        if transaction is not None and (transaction.has_deferred or self._settings.temporary):
            self.before_commit(transaction)
        if self.notifications.is_due:
            self.notifications.take_turn(self.locks)
        if transaction is not None:
            transaction.is_loose = not self._settings.parsed.is_synchronous
            transaction.commit()
        elif self.locks.xid:
            commit_unchanged(self._store, self.locks.xid)
        if self.notifications.is_due:
            self.notifications.publish()

    def settle(self) -> None:
        """Take note of the end of a statement that changes nothing: outside a block it is committed."""
        if (self.notifications.is_due or self.locks.held) and self.status == "I":
            try:
                self._commit(None)
            finally:
                self.locks.release()

    def end(self) -> None:
        """Leave the block."""
        self.notifications.forget()
        self.locks.release()
        self._transaction = self.serializable = None
        self._moment = self._started_us = None
        self.failed = self.read_only = False
        self._savepoints.clear()
        self.pending_builds.clear()

    def fail(self) -> None:
        """Take note of an error around a statement: an open block becomes a failed one, whose locks since the
        last savepoint nobody needs to wait for."""
        if self.status == "I":
            self.notifications.forget()
        if self.status == "T":
            self.failed = True
            if self._transaction is not None and self._savepoints:
                self._transaction.give_back(self._savepoints[-1][1])
            elif self._transaction is not None:
                self.locks.release()

    def require_sound(self) -> None:
        """Raise 25P02 in a failed block."""
        if self.failed:
            raise InFailedTransaction(
                "current transaction is aborted, commands ignored until end of transaction block"
            )

    # -------------------------------------------------------------- savepoints

    def run_savepoint(self, statement: ast.Rollback | ast.Savepoint) -> Result:
        """Run SAVEPOINT, RELEASE and ROLLBACK TO. Raises 25P01, 3B001."""
        if isinstance(statement, ast.Rollback):
            assert statement.savepoint is not None, "a ROLLBACK without a savepoint ends the block"
            self.rollback_to(statement.savepoint)
            return Result("ROLLBACK")
        if statement.release:
            self.release(statement.name)
            return Result("RELEASE")
        self.savepoint(statement.name)
        return Result("SAVEPOINT")

    def savepoint(self, name: str) -> None:
        """Set a savepoint. Raises 25P01."""
        self._savepoints.append(
            (name, self._open().savepoint(), self._settings.mark(), self.notifications.mark())
        )

    def release(self, name: str) -> None:
        """Forget a savepoint and those after it. Raises 25P01, 3B001."""
        self._open()
        del self._savepoints[self._place(name) :]

    def rollback_to(self, name: str) -> None:
        """Go back to a savepoint, which stays. Raises 25P01, 3B001."""
        transaction, place = self._open(), self._place(name)
        transaction.rollback_to(self._savepoints[place][1])
        self._settings.restore(self._savepoints[place][2])
        self.notifications.restore(self._savepoints[place][3])
        del self._savepoints[place + 1 :]
        self.failed = False

    def _open(self) -> Transaction:
        if self._transaction is None:
            raise ProgrammingError("SAVEPOINT can only be used in transaction blocks", sqlstate="25P01")
        return self._transaction

    def _place(self, name: str) -> int:
        places = [place for place, (known, *_) in enumerate(self._savepoints) if known == name]
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
        read_only = self.read_only if self._transaction is not None else self._settings.parsed.read_only
        if read_only or self._moment is not None:
            raise ReadOnlyTransaction("cannot change data in a read-only transaction or the past")
        if self._transaction is not None:
            try:
                return self._in_block(self._transaction, apply)
            except LiteralsChanged:
                raise
            except BaseException:
                self.fail()
                raise
        try:
            return self._alone(apply)
        finally:
            if self.locks.held:
                self.locks.release()

    def _in_block(self, transaction: Transaction, apply: Callable[[Transaction], Outcome]) -> Outcome:
        before, said = transaction.savepoint(), self.notifications.mark()
        while True:
            try:
                outcome = apply(self._looked(transaction))
                transaction.settle_keys()
                return outcome
            except Restart:
                transaction.rollback_to(before)  # what foreign keys have had done by then
                self.notifications.restore(said)
                check_deadline()

    def change_briefly(self, apply: Callable[[Transaction], Outcome | None]) -> Outcome | None:
        """Run changes of few rows in the block, where nobody may be waited for: None, and nothing is changed,
        where they fail or are none for this way."""
        transaction = self._transaction
        if transaction is None or self.read_only or not transaction.changes.are_of_few_rows:
            return None
        before, said = transaction.savepoint(), self.notifications.mark()
        outcome = None
        try:
            seen = self._looked(transaction).snapshot.version
            if not self._store.clock.is_busy(seen):  # whom locks would have to wait for
                outcome = apply(transaction)
                transaction.settle_keys()
        except (Error, LiteralsChanged, Restart):
            outcome = None
        finally:
            if outcome is None:
                transaction.rollback_to(before)
                self.notifications.restore(said)
        return outcome

    def begin_commit(self) -> WaitingCommit[CommittedRows] | None:
        """Begin to commit what the block has changed, where that is little; None where `commit` has to.
        Raises 40001."""
        transaction = self._transaction
        if (
            transaction is None
            or transaction.has_deferred
            or self.notifications.is_due
            or self._settings.temporary
            or not transaction.changes.are_of_few_rows
        ):
            return None
        transaction.is_loose = not self._settings.parsed.is_synchronous
        return transaction.begin_commit()

    def brief_transaction(self) -> Transaction:
        """Begin a transaction of one statement, on what is there now."""
        parsed = self._settings.parsed
        made = Transaction(self._store, self._store.snapshot(), self.locks, LEVELS[parsed.isolation])
        made.is_loose = not parsed.is_synchronous
        return made

    def _alone(self, apply: Callable[[Transaction], Outcome]) -> Outcome:
        """Run changes in a transaction of their own."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            is_brief = attempt <= BRIEF_ATTEMPTS_MAX
            if self.notifications.is_due:
                self.notifications.forget()
            transaction = Transaction(
                self._store,
                self._store.snapshot() if self.beside is None else self.beside(self._store.snapshot()),
                self.locks,
                LEVELS[self._settings.parsed.isolation],
                is_brief,
            )
            transaction.beside = self.beside
            transaction.is_loose = not self._settings.parsed.is_synchronous
            try:
                outcome = apply(transaction)
            except Restart:
                check_deadline()
                continue
            try:
                if self.notifications.is_due or transaction.has_deferred or self._settings.temporary:
                    self._commit(transaction)
                else:  # the hot path
                    transaction.commit()
                return outcome
            except LocksHeld as held:
                self.locks.wait_for(held.wanted)
            except UniqueViolation:
                # What an upsert did not see when it looked is there now, and it is run again.
                if not transaction.is_upsert or self._store.version() == transaction.snapshot.version:
                    raise
            except (SerializationFailure, DuplicateTable, DuplicateObject):
                if attempt == ATTEMPTS_MAX:
                    raise
            self.locks.release()
            check_deadline()
        raise SerializationFailure("could not serialize access due to concurrent changes")
