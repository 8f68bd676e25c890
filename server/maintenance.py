"""The maintenance process: seals, merges and builds indexes while the workers answer.

It holds the database open like any embedded process, looks once a second whether something was
committed, and leaves the work to the store's Maintainer. Of a folder of databases it has those open that
workers have open: lines of a pipe say which, and what is to be logged. It ends when that does: the supervisor
holds the other end.
"""

from __future__ import annotations

import json
import logging
import os
import select
from collections.abc import Sequence
from functools import partial

from vql.errors import Error
from vql.schema import Table
from vql.server.monitoring.logs import LOG, set_least
from vql.session.database import Database
from vql.settings.decided import Decided, Decision
from vql.settings.quantities import MILLISECONDS, quantity
from vql.settings.settings import Settings

LOOK_EVERY_S = 1.0
# The settings that mean something here.
ORDERED = ("log_min_messages", "log_autovacuum_min_duration")
READ_BYTES = 64 << 10
log = logging.getLogger("vql.server")


class Maintained:
    """The databases that are maintained, by path, each with the version last seen of it."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Database, int]] = {}
        self._failed: set[str] = set()  # what could not be opened
        self.slow_s: float | None = None  # what takes so long is logged

    def keep(self, paths: Sequence[str], is_required: bool = False) -> None:
        """Have these open and no others. Raises what opening raises where that `is_required`."""
        for path in self._open.keys() - set(paths):
            self._open.pop(path)[0].close()
        self._failed &= set(paths)
        for path in paths:
            if path in self._open or path in self._failed:
                continue
            try:
                self.begin(path)
            except Error as error:
                if is_required:
                    raise
                # Whose worker says so too; the others go on.
                log.error("%s is not maintained: %s", path, error)
                self._failed.add(path)

    def begin(self, path: str) -> None:
        """Have another one open. Raises what opening raises."""
        database = Database.open(path, create=False)
        database.maintainer.on_tended = partial(self._tended, database.path.name)
        self._open[path] = (database, -1)

    def look(self) -> None:
        """Have done what commits have left to do."""
        for path, (database, seen) in self._open.items():
            version = database.store.version()
            if version != seen:
                self._open[path] = (database, version)
                database.store.snapshot()
                database.maintainer.wake()

    def _tended(self, name: str, table: Table, done: str, elapsed_s: float) -> None:
        """Log what was done to a table (log_autovacuum_min_duration)."""
        if self.slow_s is not None and elapsed_s >= self.slow_s:
            called = ".".join((name, *table.qualified))
            log.log(LOG, 'automatic maintenance of table "%s": %s; elapsed: %.2f s', called, done, elapsed_s)


def orders(paths: Sequence[str], is_cluster: bool, decided: Decided) -> bytes:
    """Return the line that says which databases are to be maintained, those of a folder or one, and by which
    settings."""
    said = {name: decided[name].value for name in ORDERED if name in decided}
    return json.dumps({"paths": paths, "is_cluster": is_cluster, "settings": said}).encode() + b"\n"


def maintain(lines_fd: int) -> None:
    """Maintain the databases that lines name until they end."""
    maintained, lines = Maintained(), Lines(lines_fd)
    done = b""
    try:
        while lines.wait(LOOK_EVERY_S):
            if lines.last != done:
                done, said = lines.last, json.loads(lines.last)
                settings = Settings({name: Decision(value, "") for name, value in said["settings"].items()})
                set_least(settings.get("log_min_messages"))
                limit_ms = quantity("", settings.get("log_autovacuum_min_duration"), MILLISECONDS)
                maintained.slow_s = None if limit_ms < 0 else limit_ms / 1e3
                maintained.keep(said["paths"], not said["is_cluster"])
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
