"""`%load_ext vql`: SQL in cells of a notebook.

`%vql PATH` opens a database, `%%vql [PATH]` runs the statements of a cell and shows what the last one gives,
`%vql STATEMENT` those of a line. `:name` and `$name` are the notebook's variables, frames in FROM among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from vql.errors import InterfaceError
from vql.python.connection import Connection, connect
from vql.python.cursor import Cursor


class Notebook(Protocol):
    """What is used of IPython's shell."""

    user_ns: dict[str, Any]

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None:
        """Have a function called by its name behind % or %%."""


def load_ipython_extension(ipython: Notebook) -> None:
    """Register `%vql` and `%%vql`: what `%load_ext vql` calls."""
    ipython.register_magic_function(Magic(ipython.user_ns), "line_cell", "vql")


class Magic:
    """The magic, with the database that it has open."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._connection: Connection | None = None

    def __call__(self, line: str, cell: str | None = None) -> Cursor | Connection | None:
        """Run a line or a cell. Raises InterfaceError where no database is open, and what statements do."""
        words = line.strip()
        if cell is None and " " in words:
            return self._script(words)
        if words:
            self._open(words)
        return self._script(cell) if cell is not None else self._connection

    def _open(self, path: str) -> None:
        """Open a database; a variable of the name may be the connection."""
        known = self._variables.get(path)
        if isinstance(known, Connection):
            self._connection = known
            return
        before, self._connection = self._connection, connect(path)
        self._connection.progress = True
        if before is not None and before not in self._variables.values():
            before.close()

    def _script(self, sql: str) -> Cursor:
        if self._connection is None:
            raise InterfaceError("no database is open", hint="%vql PATH opens one")
        return self._connection.executescript(sql, dict(self._variables))
