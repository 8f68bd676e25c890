"""What the shell and the console talk to: a database in this process, or one behind a server.

A `Link` runs texts and gives answers as texts, so that what is drawn, listed and written to files is
the same for both: `embedded` and `remote` are the two there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, overload

from vql.dataclass import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of an answer: numbers stand `right`, vectors (`dense`) are shortened where they are shown;
    `type` is "" where it is not known; `binary` is bytea."""

    name: str
    right: bool = False
    dense: bool = False
    type: str = ""
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said beside an answer: a notice or a warning."""

    severity: str
    text: str
    detail: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one statement gave. `headings` is None where it gives no rows; values of `rows` may be made
    texts as they are read."""

    tag: str
    headings: tuple[Heading, ...] | None = None
    rows: Sequence[Sequence[str | None]] = ()
    remarks: tuple[Remark, ...] = ()


class Texts(Sequence[Sequence[str | None]]):
    """The rows of an answer, made texts as they are read: `row` gives one by its number from 0."""

    def __init__(self, count: int, row: Callable[[int], list[str | None]]) -> None:
        self._count = count
        self._row = row

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> list[str | None]: ...
    @overload
    def __getitem__(self, number: slice) -> list[list[str | None]]: ...

    def __getitem__(self, number: int | slice) -> list[str | None] | list[list[str | None]]:
        """Return a row, or some of them. Raises IndexError."""
        if isinstance(number, slice):
            return [self._row(each) for each in range(*number.indices(self._count))]
        return self._row(range(self._count)[number])


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

    def vectors(self, sql: str) -> tuple[list[list[str | None]], NDArray[np.float32]]:
        """Run a query whose columns are texts but for the last, a vector that is nowhere NULL. Returns the
        texts of its n rows, and the vectors (n, dim)."""

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
