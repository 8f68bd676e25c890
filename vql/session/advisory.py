"""The advisory locks of a session, as its functions ask for them (`vql.functions.system.advisory`)."""

from __future__ import annotations

from collections.abc import Callable

from vql.session.results import Notice, warning
from vql.storage.locks.modes import Kind, RelationLock
from vql.storage.locks.session_locks import SessionLocks


class Advisory:
    """See the module. `notify` takes what the statement at hand has to say."""

    def __init__(self, locks: SessionLocks, notify: Callable[[Notice], None]) -> None:
        self._locks = locks
        self._notify = notify

    def lock(self, key: tuple[int, ...], shared: bool, of_transaction: bool, wait: bool) -> bool:
        """Take a lock; returns False where others have it and we do not `wait`. Raises 40P01, 55P03,
        57014."""
        take = self._locks.acquire_advisory if of_transaction else self._locks.lock
        return take(*_named(key, shared), wait=wait)

    def unlock(self, key: tuple[int, ...], shared: bool) -> bool:
        """Give a lock of the session back once; returns False, with a warning, where it has none."""
        known = self._locks.unlock(*_named(key, shared))
        if not known:
            mode = "ShareLock" if shared else "ExclusiveLock"
            self._notify(warning(f"you don't own a lock of type {mode}", "01000"))
        return known

    def unlock_all(self) -> None:
        """Give back all of the session's."""
        self._locks.unlock_all()


def _named(key: tuple[int, ...], shared: bool) -> tuple[Kind, RelationLock, int, int]:
    kind = Kind.ADVISORY_PAIR if len(key) == 2 else Kind.ADVISORY
    major, minor = (0, *key)[-2:]
    return kind, RelationLock.SHARE if shared else RelationLock.EXCLUSIVE, major, minor
