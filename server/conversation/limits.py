"""How long a session may wait for its client, and a transaction take: idle_session_timeout,
idle_in_transaction_session_timeout and transaction_timeout. Past that the session ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vql.errors import Error, OperationalError
from vql.session.session import Session

OF_SESSION = ("terminating connection due to idle-session timeout", "57P05")
OF_IDLE_TRANSACTION = ("terminating connection due to idle-in-transaction timeout", "25P03")
OF_TRANSACTION = ("terminating connection due to transaction timeout", "25P04")


class SessionLimits:
    """One session's timers, of the event loop. `end` ends the session by an error."""

    def __init__(self, session: Session, end: Callable[[Error], None]) -> None:
        self._session = session
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._idle: asyncio.TimerHandle | None = None
        self._transaction: asyncio.TimerHandle | None = None

    def run(self) -> None:
        """The client has sent something."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        limit_ms = self._session.settings.parsed.ends.transaction_ms
        if limit_ms and self._transaction is None:
            self._transaction = self._later(limit_ms, *OF_TRANSACTION)

    def rest(self, status: str) -> None:
        """The client is waited for: I outside a transaction, T or E in one."""
        limits = self._session.settings.parsed.ends
        if status == "I":
            self._forget_transaction()
        limit_ms = limits.idle_ms if status == "I" else limits.idle_transaction_ms
        if limit_ms:
            self._idle = self._later(limit_ms, *(OF_SESSION if status == "I" else OF_IDLE_TRANSACTION))

    def close(self) -> None:
        """The session ends."""
        if self._idle is not None:
            self._idle.cancel()
        self._forget_transaction()

    def _forget_transaction(self) -> None:
        if self._transaction is not None:
            self._transaction.cancel()
            self._transaction = None

    def _later(self, limit_ms: int, message: str, sqlstate: str) -> asyncio.TimerHandle:
        error = OperationalError(message, sqlstate=sqlstate)
        return self._loop.call_later(limit_ms / 1e3, self._end, error)
