"""The databases that one worker has open: the one that is served, or those of a folder that are asked for.

Those of a folder are opened when a client first names them and stay open, at most OPEN_MAX at a time: the one
that has been without a session for longest gives way, and is closed when somebody wants to drop or rename it.
The supervisor hears of each that is opened or closed, so that they are maintained meanwhile.

All of it runs in the event loop. Databases are opened and closed in threads, one at a time: a process must
never have two of one file (`vql.session.database`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vql.dataclass import dataclass
from vql.errors import Error, OperationalError
from vql.memory import Budget
from vql.session.cluster import Cluster, unknown_database
from vql.session.database import Database

OPEN_MAX = 32


@dataclass(slots=True)
class OpenDatabase:
    """A database, and how many sessions are in it."""

    database: Database
    sessions: int = 0


class OpenDatabases:
    """See the module. `only` is the one that is served, whatever a client calls it; None of a `cluster`."""

    def __init__(
        self,
        only: Database | None,
        cluster: Cluster,
        budget: Budget,
        tell: Callable[[bytes], None],
    ) -> None:
        self._only = only
        self._cluster = cluster
        self._budget = budget
        self._tell = tell
        self._open: dict[str, OpenDatabase] = {}  # the longest unused first
        self._changing = asyncio.Lock()

    async def find(self, name: str) -> Database:
        """Return a database, opened where it is not. Raises 3D000, 53300 and what opening raises."""
        if self._only is not None:
            return self._only
        found = self._open.get(name)
        if found is None:
            async with self._changing:
                found = self._open.get(name) or await self._opened(name)
        self._open[name] = self._open.pop(name)
        return found.database

    async def enter(self, name: str) -> Database:
        """Return a database for a session, which leaves it when it ends. Raises as `find`."""
        database = await self.find(name)
        if self._only is None:
            self._open[name].sessions += 1
        return database

    def leave(self, name: str) -> None:
        """Take note of the end of a session."""
        if self._only is None:
            self._open[name].sessions -= 1

    async def close_unused(self, name: str) -> None:
        """Close a database unless a session is in it."""
        async with self._changing:
            await self._close_unused(name)

    async def close(self) -> None:
        """Close all, whoever is in them."""
        async with self._changing:
            if self._only is not None:
                await asyncio.to_thread(self._only.close)
            for found in self._open.values():
                await asyncio.to_thread(found.database.close)

    def open_now(self) -> list[Database]:
        """Return those that are open."""
        return [found.database for found in self._open.values()] if self._only is None else [self._only]

    async def look(self) -> None:
        """Take note of commits and merges of others, so that merged files are let go of."""
        async with self._changing:
            for database in self.open_now():
                with suppress(Error):  # statements will tell
                    await asyncio.to_thread(database.store.snapshot)

    async def _opened(self, name: str) -> OpenDatabase:
        path = self._cluster.path(name)
        if path is None:
            raise unknown_database(name)
        if len(self._open) >= OPEN_MAX:
            await self._close_unused(*self._open)
        if len(self._open) >= OPEN_MAX:
            raise OperationalError(
                "sorry, too many databases are in use",
                detail=f"A worker of the server has at most {OPEN_MAX} open.",
                sqlstate="53300",
            )
        database = await asyncio.to_thread(open_served, path, self._budget)
        database.is_among(self._cluster)
        self._tell(b"o" + name.encode())
        found = self._open[name] = OpenDatabase(database)
        return found

    async def _close_unused(self, *names: str) -> None:
        """Close the first of some databases that no session is in."""
        for name in names:
            found = self._open.get(name)
            if found is not None and not found.sessions:
                del self._open[name]
                await asyncio.to_thread(found.database.close)
                self._tell(b"x" + name.encode())
                return


def open_served(path: str | Path, budget: Budget) -> Database:
    """Open a database that a worker serves: there is one. Raises what opening raises."""
    database = Database.open(path, create=False, budget=budget)
    if database.home is None:
        database.maintainer.in_background = False  # a process of its own does it
        database.threads = 1  # the workers are the parallelism
    return database
