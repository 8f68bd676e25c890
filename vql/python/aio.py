"""Connections for asyncio: a thread each, statements one after the other.

A task that is cancelled has its statement cancelled (57014) and waits till that is over, so that the
connection can be used by the next.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from numpy.typing import NDArray

from vql.errors import Error, InterfaceError
from vql.python.connection import Connection, connect
from vql.python.cursor import Cursor, Parameters
from vql.python.many import Answers

Found = TypeVar("Found")


async def connect_async(
    path: str | os.PathLike[str], *, autocommit: bool = True, create: bool = True, memory: str | None = None
) -> AsyncConnection:
    """Open the database in a folder as `vql.connect` does, in a thread of its own."""
    thread = ThreadPoolExecutor(1, "vql")
    opening = thread.submit(partial(connect, path, autocommit=autocommit, create=create, memory=memory))
    try:
        return AsyncConnection(await asyncio.shield(asyncio.wrap_future(opening)), thread)
    except asyncio.CancelledError:
        thread.submit(lambda: opening.result().close())  # behind it, in its thread
        raise
    finally:
        if not opening.done() or opening.exception() is not None:
            thread.shutdown(wait=False)


class AsyncConnection:
    """A `Connection` whose methods are awaited; cursors hold their rows and are asked without."""

    def __init__(self, connection: Connection, thread: ThreadPoolExecutor) -> None:
        self.connection = connection
        self._thread = thread
        self._turn = asyncio.Lock()

    async def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run one statement and return a cursor on its rows."""
        return await self._run(self.connection.execute, sql, parameters)

    async def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
        """Run one statement for each row of parameters, as one transaction."""
        return await self._run(self.connection.executemany, sql, rows)

    async def executescript(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run the statements of a script and return a cursor on what the last gives."""
        return await self._run(self.connection.executescript, sql, parameters)

    async def search_many(
        self, sql: str, vectors: Sequence[object] | NDArray[Any], parameters: Sequence[object] = ()
    ) -> Answers:
        """Run one query for each of many vectors and return the rows of each."""
        return await self._run(self.connection.search_many, sql, vectors, parameters)

    async def insert(self, table: str, data: Any, *, create: bool = False, replace: bool = False) -> int:
        """Insert whole columns or a frame and return the number of rows."""
        return await self._run(partial(self.connection.insert, create=create, replace=replace), table, data)

    async def begin(self) -> None:
        """Start a transaction."""
        await self._run(self.connection.begin)

    async def commit(self) -> None:
        """Make the open transaction durable; nothing where there is none."""
        await self._run(self.connection.commit)

    async def rollback(self) -> None:
        """Undo the open transaction; nothing where there is none."""
        await self._run(self.connection.rollback)

    async def close(self) -> None:
        """Close the connection, behind what runs; an open transaction is rolled back."""
        await self._end(self.connection.close)

    async def __aenter__(self) -> AsyncConnection:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back where an exception passes, and close."""
        await self._end(self.connection.__exit__, kind, error, trace)

    async def _end(self, call: Callable[..., None], *arguments: object) -> None:
        with suppress(InterfaceError):  # it was closed before
            await self._run(call, *arguments)
        self._thread.shutdown(wait=False)

    async def _run(self, call: Callable[..., Found], *arguments: object) -> Found:
        async with self._turn:
            _ = self.connection.session  # raises where it is closed
            work = asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *arguments))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                # It may not have begun: asked once more till it has ended.
                while not work.done():
                    with suppress(InterfaceError):  # it is being closed
                        self.connection.cancel()
                    with suppress(asyncio.CancelledError):  # once is enough
                        await asyncio.wait([work], timeout=0.05)
                with suppress(Error):
                    work.result()
                raise
