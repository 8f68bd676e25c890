"""LISTEN, NOTIFY and UNLISTEN of one session: what it listens to, and what its transaction is going to say.

Both take effect at COMMIT. A transaction that says something commits while it holds the lock of the database
(OBJECT), takes its word to the server (`carry`), and gives the lock back when the server has it. So everybody
hears transactions in the order of their commits, and one in the order in which it spoke, equal words once.

`channels` is replaced by one assignment, and read by any thread; all else is the session's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from vql import schema
from vql.errors import InvalidParameterValue, NotSupportedError
from vql.language import ast
from vql.language.bind.definitions.tables import check_name
from vql.limits import IDENTIFIER_BYTES_MAX
from vql.session.results import Result
from vql.storage.locks.modes import Kind, RelationLock, Wanted
from vql.storage.locks.session_locks import SessionLocks

PAYLOAD_BYTES_MAX = 7_999  # PostgreSQL's
COMMIT_ORDER = Wanted(Kind.OBJECT, RelationLock.ACCESS_EXCLUSIVE, schema.DATABASE_ID, np.zeros(1, np.int64))


class Notification(NamedTuple):
    """What is said on a channel."""

    channel: str
    payload: str


class Notifications:
    """See the module. `carry` takes notifications to all sessions of a server and returns once their order is
    fixed; None where there is no server. `usage` is how full the fullest of its queues is, from 0 to 1."""

    def __init__(self) -> None:
        self.carry: Callable[[Sequence[Notification]], None] | None = None
        self.usage: Callable[[], float] = lambda: 0.0
        self.is_due = False  # whether anything waits for the end of the transaction
        self.channels: tuple[str, ...] = ()
        self._pending: dict[Notification, None] = {}
        self._actions: list[ast.Listen | ast.Unlisten] = []

    def run(self, statement: ast.AboutNotifications) -> Result:
        """Take note of a statement. Raises 0A000, 22023, 42622."""
        match statement:
            case ast.Notify(channel=channel, payload=payload):
                check_name(channel)
                self.notify(channel, payload)
                return Result("NOTIFY")
            case ast.Unlisten():
                self._actions.append(statement)
                self.is_due = True
                return Result("UNLISTEN")
        check_name(statement.channel)
        self._require_server("LISTEN")
        self._actions.append(statement)
        self.is_due = True
        return Result("LISTEN")

    def notify(self, channel: str, payload: str) -> None:
        """Say something at the end of the transaction. Raises 0A000, 22023."""
        self._require_server("NOTIFY")
        if not channel:
            raise InvalidParameterValue("channel name cannot be empty")
        if len(channel.encode()) > IDENTIFIER_BYTES_MAX:
            raise InvalidParameterValue("channel name too long")
        if len(payload.encode()) > PAYLOAD_BYTES_MAX:
            raise InvalidParameterValue("payload string too long")
        self._pending[Notification(channel, payload)] = None
        self.is_due = True

    def _require_server(self, feature: str) -> None:
        if self.carry is None:
            raise NotSupportedError(
                f"{feature} is not supported for a database that is open by itself",
                hint="Notifications are between the clients of a server: vql serve.",
            )

    # -------------------------------------------------------------- the transaction's end

    def mark(self) -> tuple[int, int]:
        """Return what `restore` goes back to."""
        return len(self._pending), len(self._actions)

    def restore(self, mark: tuple[int, int]) -> None:
        """Forget what has been asked for since a mark."""
        self._pending = dict.fromkeys(list(self._pending)[: mark[0]])
        del self._actions[mark[1] :]

    def forget(self) -> None:
        """Forget what has been asked for: the transaction is undone."""
        self._pending.clear()
        self._actions.clear()
        self.is_due = False

    def take_turn(self, locks: SessionLocks) -> None:
        """Wait for others that commit and have something to say, before the commit. Raises 55P03, 57014."""
        if self._pending:
            locks.acquire(COMMIT_ORDER)

    def publish(self) -> None:
        """Have done what was asked for: the transaction is committed."""
        listened = dict.fromkeys(self.channels)
        for action in self._actions:
            match action:
                case ast.Listen(channel=channel):
                    listened[channel] = None
                case ast.Unlisten(channel=None):
                    listened.clear()
                case ast.Unlisten(channel=str(channel)):
                    listened.pop(channel, None)
        self.channels = tuple(listened)
        said = list(self._pending)
        self.forget()
        if said:
            assert self.carry is not None, "nothing is said without a server"
            self.carry(said)

    def stop(self) -> None:
        """Listen to nothing any more, at once: DISCARD ALL."""
        self.channels = ()
