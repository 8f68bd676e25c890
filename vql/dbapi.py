"""Connections and cursors for Python (PEP 249), over a session.

Statements take `?` or `$1` parameters. Outside `begin()` each statement commits by itself; with
`autocommit=False` a transaction starts with the first statement, as PEP 249 has it. A connection
may be used by one thread at a time; give each thread its own, they share the open files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from vql.errors import InterfaceError
from vql.memory import Budget, parse_bytes
from vql.session.database import Database
from vql.session.session import Result, Session
from vql.session.together import search_many
from vql.storage.columns.column import Column

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"

# Rows of parameters that executemany takes at once: what a statement may run over before others have a turn.
EXECUTIONS_MAX = 1_000


def connect(
    path: str | os.PathLike[str], *, autocommit: bool = True, create: bool = True, memory: str | None = None
) -> Connection:
    """Open the database in a folder, making it where there is none and `create` is set.

    `memory`, as "2GB", is what statements may take of the process, whoever opens the database first says;
    without it 70 % of what the machine or its control group has. Raises OperationalError, DataCorrupted,
    NotSupportedError, InvalidParameterValue.
    """
    database = Database.open(path, create, Budget(parse_bytes(memory)) if memory is not None else None)
    database.maintainer.wake()  # the process before may have ended in the middle of its work
    return Connection(database, autocommit)


class Connection:
    """One conversation with a database."""

    def __init__(self, database: Database, autocommit: bool) -> None:
        self.database = database
        self.autocommit = autocommit
        self._session: Session | None = Session(database)

    @property
    def session(self) -> Session:
        """The session underneath. Raises InterfaceError after close."""
        if self._session is None:
            raise InterfaceError("the connection is closed")
        return self._session

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        return Cursor(self)

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> Cursor:
        """Run one statement and return a cursor on its rows."""
        return Cursor(self).execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> Cursor:
        """Run one statement for each row of parameters, as one transaction."""
        return Cursor(self).executemany(sql, rows)

    def search_many(
        self, sql: str, vectors: Sequence[object] | NDArray[Any], parameters: Sequence[object] = ()
    ) -> Answers:
        """Run one query for each of many vectors and return the rows of each.

        `vectors` is an array (n, dim), or a sequence of what a vector parameter takes, None among them; they
        are the values of the one parameter of the query that is a vector. `parameters` are its others, in
        their order. All see one moment. The nearest rows of one table are found together: one mask for the
        filter, and each list of an index, or block of rows, read once for all. Each answer has as many
        rows as `execute` gives: the same ones where the search is exact, and otherwise as many of the nearest
        as `vql.recall` asks. Raises Error subclasses.
        """
        self.begin_if_needed()
        return Answers(self, *search_many(self.session, sql, vectors, parameters))  # type: ignore[arg-type]

    def insert(self, table: str, data: Any) -> int:
        """Insert whole columns and return the number of rows; durable when it returns.

        `data` is a dict of column name to numpy array or list ((n, dim) for vectors), or anything
        with `__arrow_c_stream__`: an Arrow table, a pandas or polars frame. Columns that are
        missing take their defaults. Raises DataError, IntegrityError, ProgrammingError.
        """
        self.begin_if_needed()
        return self.session.insert(table, data)

    def create_function(
        self,
        name: str,
        function: Callable[..., Any],
        arguments: Sequence[str],
        returns: str,
        *,
        volatility: Literal["immutable", "stable", "volatile"] = "volatile",
        strict: bool = True,
    ) -> None:
        """Let SQL of this process call a function of Python, by the names of its arguments' types and of that
        of what it returns, as `create_function("twice", lambda n: 2 * n, ["integer"], "integer")`.

        It gets and returns what cursors give of values of these types. A `strict` one is not called where an
        argument is NULL, and the value is NULL then. What it raises ends the statement with 38000. It is
        there for all connections of this process to the database, and is not stored: call this again after
        opening. Raises 42704 for a type that there is not, 42723 for the name of a built-in function.
        """
        self.session.database.functions.create(name, function, arguments, returns, volatility, strict)

    def begin(self) -> None:
        """Start a transaction."""
        self.session.run("BEGIN")

    def begin_if_needed(self) -> None:
        """Start a transaction where autocommit is off and none is open."""
        if not self.autocommit and self.session.transaction_status == "I":
            self.begin()

    def commit(self) -> None:
        """Make the open transaction durable; nothing where there is none."""
        if self.session.transaction_status != "I":
            self.session.run("COMMIT")

    def rollback(self) -> None:
        """Undo the open transaction; nothing where there is none."""
        if self.session.transaction_status != "I":
            self.session.run("ROLLBACK")

    def cancel(self) -> None:
        """Ask the running statement to stop; from any thread."""
        self.session.cancel()

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        if self._session is not None:
            self._session.close()
            self._session = None
            self.database.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back where an exception passes, and close."""
        if self._session is None:
            return
        try:
            if kind is None:
                self.commit()
            else:
                self.rollback()
        finally:
            self.close()


class Cursor:
    """The rows of one statement, fetched one by one, many or all, or by columns."""

    arraysize = 1

    def __init__(self, connection: Connection, result: Result | None = None) -> None:
        self.connection = connection
        self._result = result
        self._position = 0
        self._closed = False
        self._changed: int | None = None  # by all statements of executemany

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> Cursor:
        """Run one statement; returns this cursor. Raises Error subclasses with `sqlstate`."""
        connection = self.connection
        session = connection._session or connection.session
        if self._closed:
            self._require_open()
        if not connection.autocommit:
            connection.begin_if_needed()
        self._position, self._changed = 0, None
        self._result = session.run(sql, parameters)
        return self

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> Cursor:
        """Run one statement for each row of parameters, as one transaction; `rowcount` is that of all."""
        session = self.connection.session
        self._require_open()
        self._result, self._position, self._changed = None, 0, 0
        own = self.connection.autocommit and session.transaction_status == "I"
        if own:
            session.run("BEGIN")
        self.connection.begin_if_needed()
        try:
            waiting = iter(rows)
            while some := list(islice(waiting, EXECUTIONS_MAX)):
                results = session.run_many(sql, some)
                self._result = results[-1]
                self._changed += sum(max(rows_changed(result), 0) for result in results)
            if own:
                session.run("COMMIT")
        except BaseException:
            session.fail()
            if own and session.transaction_status != "I":
                session.run("ROLLBACK")
            raise
        return self

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """Column names and types (PEP 249), None where no rows come back."""
        if self._result is None or self._result.columns is None:
            return None
        return [(c.name, str(c.type), None, None, None, None, None) for c in self._result.columns]

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
        """Return the result as a pyarrow Table (extra `arrow`)."""
        import pyarrow

        from vql.executor.bridge.arrow import table_stream

        batch = self._required().batch
        return pyarrow.table(table_stream(batch.names, batch.data))

    def df(self) -> Any:
        """Return the result as a pandas DataFrame (extra `pandas`)."""
        import pandas

        arrays = self.numpy()
        return pandas.DataFrame({n: list(a) if a.ndim > 1 else a for n, a in arrays.items()})

    def close(self) -> None:
        """Drop the result."""
        self._result = None
        self._closed = True

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Do nothing; there for PEP 249."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Do nothing; there for PEP 249."""

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


class Answers(Sequence[list[tuple[object, ...]]]):
    """What `Connection.search_many` found: a sequence of n lists of rows, one for each vector.

    `starts` (n + 1,) int64 says where the rows of each begin among those of all, which `numpy`, `arrow` and
    `df` give by columns, those of the first vector first.
    """

    def __init__(self, connection: Connection, result: Result, starts: np.ndarray) -> None:
        self._cursor = Cursor(connection, result)
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

    def df(self) -> Any:
        """Return the rows of all as a pandas DataFrame (extra `pandas`)."""
        return self._cursor.df()


def rows_changed(result: Result) -> int:
    """Return how many rows a statement has returned or changed, -1 where its tag does not say."""
    last = result.tag.rpartition(" ")[2]
    return int(last) if last.isdigit() else -1


def array_of(column: Column) -> np.ndarray:
    """Return a column as an array: its own where numpy has the type and nothing is NULL."""
    if column.ragged is not None and not column.type.is_sized:
        sizes = column.ragged_rows.dimensions
        if len(sizes) and sizes[0] and (sizes == sizes[0]).all():
            column = column.of_size(int(sizes[0]))
    if column.ragged is None and (column.valid is None or bool(column.valid.all())):
        array = column.type.base.to_numpy(column.data, column.type.modifier)
        if array is not None:
            return array
    cells = column.values()
    array = np.empty(len(cells), object)
    if column.type.is_dense or column.type.is_matrix:
        array[:] = [None if c is None else np.asarray(c) for c in cells]
    else:
        array[:] = cells
    return array
