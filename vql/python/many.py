"""The rows that one query has found for each of many vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from vql.python.conversation import Conversation
from vql.python.cursor import Cursor
from vql.session.results import Result


class Answers(Sequence[list[tuple[object, ...]]]):
    """What `Connection.search_many` found: a sequence of n lists of rows, one for each vector.

    `starts` (n + 1,) int64 says where the rows of each begin among those of all, which `numpy`, `arrow` and
    `df` give by columns, those of the first vector first.
    """

    def __init__(self, conversation: Conversation, result: Result, starts: np.ndarray) -> None:
        self._cursor = Cursor(conversation, result)
        self.starts = starts

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, number: int) -> list[tuple[object, ...]]: ...
    @overload
    def __getitem__(self, number: slice) -> list[list[tuple[object, ...]]]: ...

    def __getitem__(self, number: int | slice) -> list[tuple[object, ...]] | list[list[tuple[object, ...]]]:
        """Return the rows of one vector as tuples, in the order of the query."""
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        place = range(len(self))[number]
        return self._cursor._rows()[self.starts[place] : self.starts[place + 1]]

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """Column names and types (PEP 249)."""
        return self._cursor.description

    @property
    def queries(self) -> np.ndarray:
        """The number (rows,) int64 of the vector that each row of all was found for."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def numpy(self) -> dict[str, np.ndarray]:
        """Return the rows of all as arrays (rows, ...) by column name, as `Cursor.numpy` does. Where each has
        k rows, `numpy()["id"].reshape(-1, k)` is a table of them."""
        return self._cursor.numpy()

    def arrow(self) -> Any:
        """Return the rows of all as a pyarrow Table (extra `arrow`)."""
        return self._cursor.arrow()

    def pl(self) -> Any:
        """Return the rows of all as a polars DataFrame (extra `polars`)."""
        return self._cursor.pl()

    def df(self) -> Any:
        """Return the rows of all as a pandas DataFrame (extra `pandas`)."""
        return self._cursor.df()
