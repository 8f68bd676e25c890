"""The maintenance process: seals, merges and builds indexes while the workers answer.

It holds the database open like any embedded process, looks once a second whether something was
committed, and leaves the work to the store's Maintainer. Of a folder of databases it has those open that
workers have open: lines of a pipe say which. It ends when that does: the supervisor holds the other end.
"""

from __future__ import annotations

import json
import logging
import os
import select
from collections.abc import Sequence

from vql.errors import Error
from vql.session.database import Database

LOOK_EVERY_S = 1.0
READ_BYTES = 64 << 10
log = logging.getLogger("vql.server")


class Maintained:
    """The databases that are maintained, by path, each with the version last seen of it."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Database, int]] = {}
        self._failed: set[str] = set()  # what could not be opened

    def keep(self, paths: Sequence[str]) -> None:
        """Have these open and no others."""
        for path in self._open.keys() - set(paths):
            self._open.pop(path)[0].close()
        self._failed &= set(paths)
        for path in paths:
            if path in self._open or path in self._failed:
                continue
            try:
                self.begin(path)
            except Error as error:  # whose worker says so too; the others go on
                log.error("%s is not maintained: %s", path, error)
                self._failed.add(path)

    def begin(self, path: str) -> None:
        """Have another one open. Raises what opening raises."""
        self._open[path] = (Database.open(path, create=False), -1)

    def look(self) -> None:
        """Have done what commits have left to do."""
        for path, (database, seen) in self._open.items():
            version = database.store.version()
            if version != seen:
                self._open[path] = (database, version)
                database.store.snapshot()
                database.maintainer.wake()


def maintain(path: str, lines_fd: int) -> None:
    """Maintain a database, or those that lines name where there is no path, until the lines end."""
    maintained, lines = Maintained(), Lines(lines_fd)
    try:
        if path:
            maintained.begin(path)
        while lines.wait(LOOK_EVERY_S):
            if lines.last:
                maintained.keep(json.loads(lines.last))
            maintained.look()
    finally:
        maintained.keep([])


class Lines:
    """Lines of a pipe: `last` is the last one that is complete."""

    def __init__(self, descriptor: int) -> None:
        self.last = b""
        self._rest = b""
        self._descriptor = descriptor

    def wait(self, wait_s: float) -> bool:
        """Wait for more, so long at most; False at their end."""
        readable, _, _ = select.select([self._descriptor], [], [], wait_s)
        if readable:
            data = os.read(self._descriptor, READ_BYTES)
            if not data:
                return False
            *lines, self._rest = (self._rest + data).split(b"\n")
            self.last = lines[-1] if lines else self.last
        return True
