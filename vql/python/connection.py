"""Connections for Python (PEP 249), over a session.

Statements take `?` or `$1` parameters, or `:name` and `$name` with a dict. Outside `begin()` each statement
commits by itself; with `autocommit=False` a transaction starts with the first statement, as PEP 249 has it. A
connection may be used by one thread at a time; give each thread its own, they share the open files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

from numpy.typing import NDArray

from vql.errors import Error
from vql.memory import Budget, parse_bytes
from vql.python.conversation import Conversation
from vql.python.cursor import Cursor, Parameters
from vql.python.many import Answers
from vql.python.named import Numbered, numbered_names
from vql.session.database import Database
from vql.session.session import Session
from vql.session.together import search_many


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


class Connection(Conversation):
    """One conversation with a database."""

    def __init__(self, database: Database, autocommit: bool) -> None:
        super().__init__(Session(database), autocommit)
        self.database = database

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        return Cursor(self)

    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run one statement and return a cursor on its rows."""
        return Cursor(self).execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
        """Run one statement for each row of parameters, as one transaction."""
        return Cursor(self).executemany(sql, rows)

    def executescript(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run the statements of a script one after the other and return a cursor on what the last gives. Each
        commits by itself, but for what stands between BEGIN and COMMIT; an error ends the script, with its
        place there. A dict has the values of `:name` and `$name` in all of them."""
        cursor, end = Cursor(self), 0
        named = Numbered(sql, (), ())
        if isinstance(parameters, Mapping):
            named = numbered_names(sql, parameters)
        for statement in self.session.split(named.sql):
            begin = named.sql.index(statement, end)
            end = begin + len(statement)
            start = named.place(begin)
            try:
                cursor.execute(sql[start : named.place(end)], parameters)
            except Error as error:
                if error.position is not None:
                    error.position += start
                raise
        return cursor

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

    def insert(self, table: str, data: Any, *, create: bool = False, replace: bool = False) -> int:
        """Insert whole columns and return the number of rows; durable when it returns.

        `data` is a dict of column name to numpy array or list ((n, dim) for vectors), a list of dicts, a row
        each, or anything with `__arrow_c_stream__`: an Arrow table, a pandas or polars frame. Columns that
        are missing take their defaults. `create` makes the table where there is none, of the types that
        `vql.executor.frames.given` finds. `replace` does away with the rows there were, with `create`
        with the whole table, in the same transaction. Raises DataError, IntegrityError, ProgrammingError.
        """
        if not create and not replace:
            self.begin_if_needed()
            return self.session.insert(table, data)
        return insert_anew(self, table, data, create=create, replace=replace)

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


def insert_anew(conversation: Conversation, table: str, data: Any, *, create: bool, replace: bool) -> int:
    """Insert into a table that is made, or emptied, for it, as one transaction; see `Connection.insert`."""
    name, session = table.split("."), conversation.session
    written = ".".join(map(in_quotes, name))
    if create and (replace or session.tables().find(name) is None):
        from vql.executor.frames.given import typed_columns

        data = typed_columns(data)
        columns = ", ".join(f"{in_quotes(each)} {column.type}" for each, column in data.items())
        before = f"CREATE TABLE {written} ({columns})"
        if replace:
            before = before.replace("CREATE", "CREATE OR REPLACE", 1)
    elif replace:
        before = f"TRUNCATE {written}"
    else:
        before = ""
    with conversation.together():
        if before:
            session.run(before)
        return session.insert(table, data)


def in_quotes(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
