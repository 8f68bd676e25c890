"""What the shell talks to: a database in this process, or one behind a server.

A `Link` runs texts and gives answers as texts, so that what is drawn, listed and written to files is
the same for both: `embedded` and `remote` are the two there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from vql.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of an answer: numbers stand `right`, vectors (`dense`) are shortened on a terminal."""

    name: str
    right: bool = False
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said beside an answer: a notice or a warning."""

    severity: str
    text: str
    detail: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one statement gave. `headings` is None where it gives no rows."""

    tag: str
    headings: tuple[Heading, ...] | None = None
    rows: Sequence[Sequence[str | None]] = ()
    remarks: tuple[Remark, ...] = ()


class Link(Protocol):
    """One conversation with a database. Everything raises `vql.errors.Error`."""

    @property
    def name(self) -> str:
        """What the prompt calls the database."""

    @property
    def status(self) -> str:
        """I outside a transaction block, T inside one, E inside a failed one."""

    def run(self, sql: str) -> list[Outcome]:
        """Run a text of one statement or, in one transaction, of several."""

    def cancel(self) -> None:
        """Stop what runs; from a signal handler."""

    def copy_in(self, sql: str, blocks: Iterable[bytes]) -> int:
        """Run COPY ... FROM STDIN on bytes; returns the count of rows."""

    def copy_out(self, sql: str, write: Callable[[bytes], object]) -> int:
        """Run COPY ... TO STDOUT; returns the count of rows."""

    def copy_file(self, sql: str) -> int:
        """Run COPY of a file of columns that lies on this machine; returns the count of rows."""

    def about(self) -> str:
        """Return the sentence of \\conninfo."""

    def close(self) -> None:
        """End the conversation."""
