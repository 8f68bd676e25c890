"""SQL cursors of a session: DECLARE, FETCH, MOVE, CLOSE.

A cursor's query runs when it is declared, and its rows are kept: it sees one snapshot, and can go
in both directions. Without HOLD it ends with its transaction. A server's portals are cursors too, which go
forward alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Protocol

from vql.dataclass import dataclass
from vql.errors import OperationalError, ProgrammingError
from vql.language import ast
from vql.session.results import Result, ResultColumn
from vql.types.moments.moments import EPOCH, MICROSECOND
from vql.types.type import TIMESTAMPTZ


@dataclass(slots=True)
class SqlCursor:
    """`position` is 0 before the first row, 1 on it, rows + 1 behind the last."""

    columns: tuple[ResultColumn, ...]
    rows: list[tuple[object, ...]]
    binary: bool
    held: bool
    scrolls: bool
    text: str  # of the DECLARE
    made_us: int  # when, since 1970
    position: int = 0
    outlives: bool = False  # held, and its transaction has been committed

    def said(self) -> tuple[object, ...]:
        """Return a row of pg_cursors behind the name."""
        made = TIMESTAMPTZ.to_text(EPOCH + self.made_us * MICROSECOND)
        return self.text, self.held, self.binary, self.scrolls, made


class Scrollable(Protocol):
    """A query's rows, and where in them somebody is: as in SqlCursor."""

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        """The columns of the rows."""

    @property
    def rows(self) -> list[tuple[object, ...]]:
        """All of them."""

    position: int


class Cursors:
    """The open cursors by name; `portal` finds what a client has bound, `close_portal` ends it."""

    def __init__(self) -> None:
        self.open: dict[str, SqlCursor] = {}
        self.portal: Callable[[str], Scrollable | None] = lambda _: None
        self.close_portal: Callable[[str], None] = lambda _: None

    def get(self, name: str) -> Scrollable:
        """Return a cursor. Raises 34000."""
        found = self.open.get(name) or self.portal(name)
        if found is None:
            raise OperationalError(f'cursor "{name}" does not exist', sqlstate="34000")
        return found

    def said(self) -> str:
        """Return the rows of pg_cursors as JSON."""
        return json.dumps([[name, *cursor.said()] for name, cursor in self.open.items()])

    def declare(
        self, statement: ast.DeclareCursor, text: str, in_block: bool, run: Callable[[], Result]
    ) -> Result:
        """Run the query and keep its rows. Raises 25P01, 42P03."""
        if not in_block and not statement.hold:
            raise ProgrammingError("DECLARE CURSOR can only be used in transaction blocks", sqlstate="25P01")
        if statement.name in self.open:
            raise ProgrammingError(f'cursor "{statement.name}" already exists', sqlstate="42P03")
        result = run()
        assert result.columns is not None, "a query has columns"
        self.open[statement.name] = SqlCursor(
            result.columns, result.rows, statement.binary, statement.hold, statement.scroll, text,
            time.time_ns() // 1000,
        )  # fmt: skip
        return Result("DECLARE CURSOR")

    def fetch(self, statement: ast.Fetch) -> Result:
        """Return the rows a FETCH asks for; MOVE only goes there. Raises 34000."""
        cursor, declared = self.get(statement.name), self.open.get(statement.name)
        if (declared is None or not declared.scrolls) and _goes_back(cursor, statement):
            raise OperationalError(
                "cursor can only scan forward", sqlstate="55000",
                hint="Declare it with SCROLL option to enable backward scan.",
            )  # fmt: skip
        rows = _moved(cursor, statement)
        if statement.move:
            return Result(f"MOVE {len(rows)}")
        return Result(f"FETCH {len(rows)}", cursor.columns, rows=rows)

    def close(self, name: str | None) -> None:
        """Close one cursor, or all. Raises 34000."""
        if name is None:
            self.open.clear()
        else:
            self.get(name)
            if self.open.pop(name, None) is None:
                self.close_portal(name)

    def end_transaction(self, committed: bool) -> None:
        """Close what does not outlive its transaction."""
        for name, cursor in list(self.open.items()):
            cursor.outlives |= cursor.held and committed
            if not cursor.outlives:
                del self.open[name]


def _goes_back(cursor: Scrollable, fetch: ast.Fetch) -> bool:
    """Whether a FETCH may read a row anew, which what goes forward alone does not."""
    if fetch.direction == "absolute":
        return fetch.count < 0 or 0 < cursor.position >= fetch.count
    if fetch.direction == "backward" or fetch.count < 0:
        return fetch.count != ast.Fetch.EVERY or fetch.direction == "backward"
    return fetch.count == 0 and 0 < cursor.position <= len(cursor.rows)


def _moved(cursor: Scrollable, fetch: ast.Fetch) -> list[tuple[object, ...]]:
    """Move a cursor and return the rows it passed, in the order it passed them."""
    count, after_last = fetch.count, len(cursor.rows) + 1
    match fetch.direction:
        case "absolute" | "relative":
            target = cursor.position + count if fetch.direction == "relative" else count
            if fetch.direction == "absolute" and count < 0:
                target = after_last + count
            cursor.position = min(max(target, 0), after_last)
            return cursor.rows[cursor.position - 1 : cursor.position] if cursor.position else []
        case _ if count == 0:
            return cursor.rows[cursor.position - 1 : cursor.position] if cursor.position else []
        case "forward":
            first = cursor.position + 1
            end = after_last if count == ast.Fetch.EVERY else min(first + count, after_last)
            found = cursor.rows[first - 1 : max(end, first) - 1]
            complete = count != ast.Fetch.EVERY and len(found) == count
            cursor.position = cursor.position + count if complete else after_last
            return found
        case _:
            low = 1 if count == ast.Fetch.EVERY else max(cursor.position - count, 1)
            found = cursor.rows[low - 1 : max(cursor.position - 1, 0)][::-1]
            complete = count != ast.Fetch.EVERY and len(found) == count
            cursor.position = cursor.position - count if complete else 0
            return found
