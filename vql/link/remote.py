"""A database behind a server, as the shell talks to it: through psycopg, in psql's simple protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vql import errors
from vql.link.link import Heading, Link, Outcome, Remark, Texts
from vql.types.forms.ndarrays import F32

if TYPE_CHECKING:
    import psycopg
    from psycopg import Connection as Wire
    from psycopg.rows import TupleRow

# Types whose values stand right, by their oids: integers, floats, numeric, oid, xid, cid, money.
RIGHT_ALIGNED = frozenset((20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069))
BYTEA = 17
# The oids of vectors, which are shortened on a terminal, differ by server.
VECTORS = "SELECT oid FROM pg_type WHERE typname IN ('vector', 'halfvec')"
STATES = {"IDLE": "I", "INTRANS": "T", "INERROR": "E"}


def connected(address: str) -> Link:
    """Connect to the server of an address, postgres://USER@HOST:PORT/NAME. Raises 0A000 where psycopg is not
    installed, 08001 where no server answers or it refuses."""
    try:
        import psycopg
    except ImportError:
        raise errors.NotSupportedError(
            "psycopg, which speaks to servers, is not installed",
            hint="pip install 'vqldb[psycopg]' brings it; psql speaks to servers as well.",
        ) from None
    try:
        connection = psycopg.connect(address, autocommit=True, application_name="vql")
    except psycopg.Error as error:
        raise errors.OperationalError(str(error).strip(), sqlstate="08001") from None
    return RemoteLink(connection)


class RemoteLink:
    """A connection to a server."""

    def __init__(self, connection: Wire[TupleRow]) -> None:
        connection.prepare_threshold = None
        self._connection = connection
        self._remarks: list[Remark] = []
        connection.add_notice_handler(self._note)
        self._vectors: set[int] = set()
        self._vectors = {int(row[0] or 0) for row in self.run(VECTORS)[0].rows}

    def _note(self, said: psycopg.errors.Diagnostic) -> None:
        severity, text = said.severity or "NOTICE", said.message_primary or ""
        self._remarks.append(Remark(severity, text, said.message_detail, said.message_hint))

    @property
    def name(self) -> str:
        """The name of the database."""
        return self._connection.info.dbname

    @property
    def status(self) -> str:
        """The state of the transaction block: I, T or E."""
        return STATES.get(self._connection.info.transaction_status.name, "I")

    def run(self, sql: str) -> list[Outcome]:
        """Run a text; several statements are one transaction, as the server has it."""
        import psycopg

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql.encode())
                answers = [self._answer(cursor)]
                while cursor.nextset():
                    answers.append(self._answer(cursor))
                return answers
        except psycopg.Error as error:
            raise _error_of(error) from None
        finally:
            self._remarks.clear()

    def _answer(self, cursor: psycopg.Cursor[TupleRow]) -> Outcome:
        remarks = tuple(self._remarks)
        self._remarks.clear()
        tag, found = cursor.statusmessage or "", cursor.pgresult
        if cursor.description is None or found is None:
            return Outcome(tag, None, (), remarks)
        headings = tuple(self._heading(column.name, column.type_code) for column in cursor.description)

        def row(number: int) -> list[str | None]:
            return [_text(found.get_value(number, column)) for column in range(found.nfields)]

        return Outcome(tag, headings, Texts(found.ntuples, row), remarks)

    def _heading(self, name: str, oid: int) -> Heading:
        """Return a column; the names of types are known that every PostgreSQL has, and a vector's."""
        known, dense = self._connection.adapters.types.get(oid), oid in self._vectors
        called = known.regtype if known else "vector" if dense else ""
        return Heading(name, oid in RIGHT_ALIGNED, dense, called, oid == BYTEA)

    def vectors(self, sql: str) -> tuple[list[list[str | None]], F32]:
        """Run a query of texts and, last, vectors; see `vql.link.link.Link.vectors`."""
        import psycopg

        try:
            with self._connection.cursor(binary=True) as cursor:
                found = cursor.execute(sql.encode()).pgresult
        except psycopg.Error as error:
            raise _error_of(error) from None
        assert found is not None
        last = found.nfields - 1
        texts = [[_text(found.get_value(row, i)) for i in range(last)] for row in range(found.ntuples)]
        return texts, received([found.get_value(row, last) or b"" for row in range(found.ntuples)])

    def cancel(self) -> None:
        """Ask the server to stop what runs."""
        self._connection.cancel()

    def copy_in(self, sql: str, blocks: Iterable[bytes]) -> int:
        """Run COPY ... FROM STDIN on bytes; returns the count of rows."""
        import psycopg

        try:
            with self._connection.cursor() as cursor:
                with cursor.copy(sql.encode()) as copy:
                    for block in blocks:
                        copy.write(block)
                return cursor.rowcount
        except psycopg.Error as error:
            raise _error_of(error) from None

    def copy_out(self, sql: str, write: Callable[[bytes], object]) -> int:
        """Run COPY ... TO STDOUT; returns the count of rows."""
        import psycopg

        try:
            with self._connection.cursor() as cursor:
                with cursor.copy(sql.encode()) as copy:
                    for block in copy:
                        write(bytes(block))
                return cursor.rowcount
        except psycopg.Error as error:
            raise _error_of(error) from None

    def copy_file(self, sql: str) -> int:
        """Refuse a file of columns: a server is sent lines. Raises 0A000."""
        raise errors.NotSupportedError(
            "\\copy of files of columns to and from servers is not supported yet",
            hint="COPY itself reads and writes files on the server's machine, for superusers.",
        )

    def about(self) -> str:
        """Return which server and database this is, as psql says it."""
        info = self._connection.info
        way = f'via socket in "{info.host}"' if info.host.startswith("/") else f'on host "{info.host}"'
        said = f'You are connected to database "{info.dbname}" as user "{info.user}" {way}'
        return f'{said} at port "{info.port}".'

    def close(self) -> None:
        """End the conversation."""
        self._connection.close()


def received(values: Sequence[bytes]) -> F32:
    """Return vectors (n, dim) of one length from what a server has sent: the dimensions as an int16, two
    bytes that nobody uses, the numbers as float32, all big-endian."""
    dimensions = int.from_bytes(values[0][:2], "big") if values else 0
    form = np.dtype([("head", "V4"), ("numbers", ">f4", (dimensions,))])
    return np.frombuffer(b"".join(values), form)["numbers"].astype(np.float32)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _error_of(error: psycopg.Error) -> errors.Error:
    """Return what a server or psycopg refused with as an error of ours."""
    said = error.diag
    found = errors.Error(
        said.message_primary or str(error).strip(),
        sqlstate=error.sqlstate or "08006",
        detail=said.message_detail,
        hint=said.message_hint,
        position=int(said.statement_position) if said.statement_position else None,
    )
    found.context = said.context
    return found
