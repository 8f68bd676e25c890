"""The sessions that one sees: those of its server's workers, or where it is embedded itself alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence

from vql.functions.lookups import Activity
from vql.storage.locks.modes import CONFLICTS, Kind, lock_kind
from vql.storage.locks.table import Entry


class SeenSessions:
    """A session's view of the others (`vql.functions.lookups.Sessions`). A server says what `listed`,
    `carry`, `reload` and `access_rules` do."""

    def __init__(self, database: str, user: str, locks: Iterable[Entry]) -> None:
        self._database, self._user, self._locks = database, user, locks
        self._begun_us = time.time_ns() // 1000
        self.listed: Callable[[], Iterable[Activity]] = self._alone
        self.carry: Callable[[int, bool], None] = lambda process_id, ends: None
        self.reload: Callable[[], bool] = lambda: False
        self.access_rules: Callable[[], list[tuple[object, ...]]] = list

    def activities(self) -> Sequence[Activity]:
        """Return what all sessions do."""
        return list(self.listed())

    def interrupt(self, process_id: int, *, ends: bool) -> None:
        """Cancel what a session runs, or end it."""
        self.carry(process_id, ends)

    def blocking(self, process_id: int) -> list[int]:
        """Return the sessions whose locks one waits for."""
        entries = list(self._locks)
        waiting = [each for each in entries if each.process_id == process_id and not each.is_held]
        return sorted(
            {
                other.process_id
                for each in waiting
                for other in entries
                if other.is_held
                and other.session != each.session
                and (other.kind, other.major) == (each.kind, each.major)
                and (other.minor == each.minor or -1 in (other.minor, each.minor))
                and CONFLICTS[each.kind][each.mode] >> other.mode & 1
            }
        )

    def xids(self) -> dict[int, int]:
        """Return the numbers of the transactions of sessions that have one."""
        return {each.process_id: each.minor for each in self._locks if each.kind is Kind.TRANSACTION}

    def waiting(self) -> dict[int, str]:
        """Return the sessions that wait for locks, and for what kind of them."""
        return {each.process_id: lock_kind(each.kind) for each in self._locks if not each.is_held}

    def _alone(self) -> list[Activity]:
        now_us = time.time_ns() // 1000
        return [
            Activity(
                os.getpid(), self._database, self._user, "", "", -1, self._begun_us, now_us, now_us, now_us,
                "active", "",
            )
        ]  # fmt: skip
