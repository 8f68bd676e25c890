"""Cursors (PEP 249): the rows of a statement one by one, many, all, or by columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from vql.errors import Error, InterfaceError, UndefinedParameter
from vql.python.columns import array_of, series_of
from vql.python.conversation import Conversation
from vql.python.display import html_table, text_table
from vql.python.named import numbered_names
from vql.session.results import Result
from vql.session.session import Session

# Values in the order of `?` or `$1`, or by name.
Parameters = Sequence[object] | Mapping[str, object]
# Rows of parameters that executemany takes at once: what a statement may run over before others have a turn.
EXECUTIONS_MAX = 1_000


class Cursor:
    """The rows of one statement, fetched one by one, many or all, or by columns."""

    arraysize = 1

    def __init__(self, connection: Conversation, result: Result | None = None) -> None:
        self.connection = connection
        self._result = result
        self._position = 0
        self._closed = False
        self._changed: int | None = None  # by all statements of executemany

    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run one statement; returns this cursor. Values are those of `?` or `$1` in their order, or of
        `:name` and `$name` by a dict. Raises Error subclasses with `sqlstate`."""
        connection = self.connection
        session = connection._session or connection.session
        if self._closed:
            self._require_open()
        if not connection.autocommit:
            connection.begin_if_needed()
        self._position, self._changed = 0, None
        try:
            if isinstance(parameters, list | tuple):
                self._result = session.run(sql, parameters)
            elif isinstance(parameters, Mapping):
                self._result = self._run_named(session, sql, parameters)
            else:
                self._result = session.run(sql, ordered_parameters(parameters))
        finally:
            if connection._bar is not None:
                connection._bar.clear()
        return self

    def _run_named(self, session: Session, sql: str, parameters: Mapping[str, object]) -> Result:
        numbered = numbered_names(sql, parameters)
        try:
            return session.run(numbered.sql, numbered.values(parameters))
        except Error as error:
            raise numbered.placed(error)  # noqa: B904 - the same error

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
        """Run one statement for each row of parameters, as one transaction; `rowcount` is that of all."""
        session = self.connection.session
        self._require_open()
        self._result, self._position, self._changed = None, 0, 0
        with self.connection.together():
            waiting = iter(rows)
            while some := list(islice(waiting, EXECUTIONS_MAX)):
                results = self._run_many(session, sql, some)
                self._result = results[-1]
                self._changed += sum(max(rows_changed(result), 0) for result in results)
        return self

    def _run_many(self, session: Session, sql: str, rows: Sequence[Parameters]) -> list[Result]:
        first = rows[0]
        if not isinstance(first, Mapping):
            return session.run_many(sql, list(map(ordered_parameters, rows)))
        numbered = numbered_names(sql, first)
        try:
            return session.run_many(numbered.sql, [numbered.values(by_name(row)) for row in rows])
        except KeyError as error:
            raise UndefinedParameter(f"there is no value for parameter :{error.args[0]}") from None
        except Error as error:
            raise numbered.placed(error)  # noqa: B904 - the same error

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """Column names and types (PEP 249), None where no rows come back."""
        if self._result is None or self._result.columns is None:
            return None
        return [(c.name, str(c.type), None, None, None, None, None) for c in self._result.columns]

    @property
    def columns(self) -> list[str]:
        """The names of the columns, none where no rows come back."""
        result = self._result
        return [] if result is None or result.columns is None else [column.name for column in result.columns]

    @property
    def rowcount(self) -> int:
        """Rows returned or changed, -1 where that is not known."""
        if self._result is None:
            return -1
        return rows_changed(self._result) if self._changed is None else self._changed

    @property
    def statusmessage(self) -> str | None:
        """The command tag, as `INSERT 0 3`."""
        return None if self._result is None else self._result.tag

    def fetchone(self) -> tuple[object, ...] | None:
        """Return the next row, None after the last."""
        rows = self._rows()
        if self._position >= len(rows):
            return None
        self._position += 1
        return rows[self._position - 1]

    def fetchmany(self, size: int | None = None) -> list[tuple[object, ...]]:
        """Return up to `size` further rows."""
        start = self._position
        self._position = min(len(self._rows()), start + (size or self.arraysize))
        return self._rows()[start : self._position]

    def fetchall(self) -> list[tuple[object, ...]]:
        """Return the remaining rows."""
        result = self._result
        rows = self._rows() if result is None or result.columns is None else result.rows
        start, self._position = self._position, len(rows)
        return rows[start:] if start else rows

    def numpy(self) -> dict[str, np.ndarray]:
        """Return the result as arrays by column name; vectors as (n, dim) float32 or float16, bit
        strings as (n, bits) bool, NULLs as None and sparse vectors as they are in an object array."""
        result = self._required()
        assert result.columns is not None
        return {
            column.name: array_of(data)
            for column, data in zip(result.columns, result.batch.data, strict=True)
        }

    def arrow(self) -> Any:
        """Return the result as a pyarrow Table (extra `arrow`), of the types that
        `vql.executor.frames.returned` says."""
        import pyarrow

        return pyarrow.table(self.stream())

    def pl(self) -> Any:
        """Return the result as a polars DataFrame (extra `polars`), of the types of `arrow`."""
        import polars

        return polars.DataFrame(self.stream())

    def df(self) -> Any:
        """Return the result as a pandas DataFrame (extra `pandas`): integers and booleans with NULLs as
        pandas' nullable types, floats with NaN for NULL, json as Python objects, a vector an array."""
        import pandas

        result = self._required()
        names = result.batch.names
        made = dict(enumerate(series_of(pandas, column) for column in result.batch.data))
        frame = pandas.DataFrame(made, index=range(result.batch.rows))
        frame.columns = pandas.Index(names, dtype=object)
        return frame

    def stream(self) -> Any:
        """Return the result as an object with `__arrow_c_stream__`, for any library that reads Arrow."""
        from vql.executor.frames.returned import ResultStream

        batch = self._required().batch
        return ResultStream(batch.names, batch.data, batch.rows)

    def close(self) -> None:
        """Drop the result."""
        self._result = None
        self._closed = True

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Do nothing; there for PEP 249."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Do nothing; there for PEP 249."""

    def __repr__(self) -> str:
        """Return the first rows as a table, or the tag of a statement that gives none."""
        return "<vql.Cursor>" if self._result is None else text_table(self._result)

    def _repr_html_(self) -> str | None:
        """Return the first rows for a notebook, with the pictures among them."""
        return None if self._result is None else html_table(self._result)

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        step: Callable[[], tuple[object, ...] | None] = self.fetchone
        return iter(step, None)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require_open(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed")

    def _required(self) -> Result:
        if self._result is None or self._result.columns is None:
            raise InterfaceError("the last statement returned no rows")
        return self._result

    def _rows(self) -> list[tuple[object, ...]]:
        result = self._result
        return result.rows if result is not None and result.columns is not None else self._required().rows


def ordered_parameters(parameters: object) -> Sequence[object]:
    """Return parameters that are values in an order. Raises InterfaceError for what is none."""
    if isinstance(parameters, list | tuple):
        return parameters
    is_text = isinstance(parameters, str | bytes)
    if not is_text and isinstance(parameters, Sequence | np.ndarray):
        return list(parameters)
    raise InterfaceError(f"parameters are a sequence or a mapping, not a {type(parameters).__name__}")


def by_name(parameters: object) -> Mapping[str, object]:
    """Return parameters that are values by name. Raises InterfaceError for what is none."""
    if isinstance(parameters, Mapping):
        return parameters
    raise InterfaceError(f"parameters are a mapping as the first, not a {type(parameters).__name__}")


def rows_changed(result: Result) -> int:
    """Return how many rows a statement has returned or changed, -1 where its tag does not say."""
    last = result.tag.rpartition(" ")[2]
    return int(last) if last.isdigit() else -1
