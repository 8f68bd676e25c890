"""The state of one conversation with a database: who talks, the settings, the transaction block.

`vql.session.session` acts on it; the rooms that prepare (`vql.session.prepare`), query
(`vql.session.query`), change (`vql.session.write`) and define (`vql.session.define`) read it and know
nothing of the session.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from vql.session.cursors import Cursors
from vql.session.database import Database
from vql.session.transaction_block import TransactionBlock
from vql.settings import Settings
from vql.storage.snapshot import Snapshot


class Conversation:
    """What the rooms of a session share; used by one thread at a time."""

    def __init__(self, database: Database, user: str, style: str) -> None:
        database.require_open()
        self.database = database
        self.user = user
        self.style = style
        self.settings = Settings()
        self.cursors = Cursors()
        self.process_id = 0  # what pg_backend_pid() says; the server sets it
        self.progress: Callable[[str, float], None] | None = None
        self.closed = False
        self.cancelled = threading.Event()
        self.block = TransactionBlock(database.store)
        # Called when segments or indexes have come or gone: what was kept may hold merged files.
        self.changed: list[Callable[[], None]] = []
        self._generation = -1

    def snapshot(self) -> Snapshot:
        """Return what a statement would see now."""
        snapshot = self.block.snapshot()
        if snapshot.generation != self._generation:
            self._generation = snapshot.generation
            for forget in self.changed:
                forget()
        return snapshot

    def fail(self) -> None:
        """Take note of an error around a statement: an open transaction block becomes a failed one."""
        self.block.fail()

    def committed(self) -> None:
        """Wake maintenance: there may be something to seal or to merge."""
        self.database.maintainer.wake()

    def surroundings(self) -> dict[str, str]:
        """Return what functions of the catalog tell about this session."""
        names = {
            "vql__user": self.user,
            "vql__database": self.database.path.name,
            "vql__pid": str(self.process_id),
            "vql__cursors": "\n".join(self.cursors.open),
        }
        return names | dict(self.settings.given_items())

    def set_config(self, name: str, value: str) -> None:
        """Change a setting, as set_config() does."""
        self.settings.set(name, value)
