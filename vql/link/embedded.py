"""A database in this process, as the shell and the console talk to it.

COPY's formats are the server's: `vql.session.statements.changes.copy_formats` turns bytes into columns and
back without a socket, so a file loads here exactly as psql's `\\copy` loads it over the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from vql.calendar.style import Style
from vql.errors import Error, NotSupportedError, ProgrammingError
from vql.link.link import Heading, Outcome, Remark, Texts
from vql.server.conversation.implicit_block import ImplicitBlock
from vql.server.conversation.portals import Names
from vql.session.database import Database
from vql.session.session import Result, ResultColumn, Session
from vql.session.statements.changes.copy import CopyIn, CopyOut
from vql.session.statements.changes.copy_cells import BLOCK_BYTES, copied_lines, take_rows
from vql.session.statements.changes.copy_formats import format_of, reader_of
from vql.types.forms.ndarrays import F32
from vql.types.type import BASE_TYPES, UNKNOWN

# Numbers stand right, by pg_type's category.
RIGHT_ALIGNED = "N"
BYTEA = BASE_TYPES["bytea"]


class EmbeddedLink:
    """A session of a database that this process has open."""

    def __init__(self, database: Database, progress: Callable[[str, float], None]) -> None:
        self._database = database
        self._session = Session(database)
        self._session.upkeep.progress = progress

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self._database.path.resolve().name

    @property
    def status(self) -> str:
        """The state of the transaction block: I, T or E."""
        return self._session.transaction_status

    def run(self, sql: str) -> list[Outcome]:
        """Run a text as a server runs a simple query: what changes something and is not the last statement
        is one transaction with the others; errors leave a block failed, with their place in the whole."""
        block = ImplicitBlock(self._session, Names())
        first = 0
        try:
            parts = self._session.split(sql) if ";" in sql else [sql]
            answers, end = [], 0
            for number, part in enumerate(parts, 1):
                first = max(0, sql.find(part, end))
                end = first + len(part)
                prepared = self._session.prepare(part)
                result = block.execute(prepared, [], last=number == len(parts), streamed=False)
                answers.append(self._answer(result))
            block.finish()
            return answers
        except BaseException as error:
            self._session.fail()
            block.abort()
            if isinstance(error, Error) and error.position is not None:
                error.position += first
            raise

    def _answer(self, result: Result) -> Outcome:
        remarks = tuple(Remark(n.severity, n.text, n.detail) for n in result.notices)
        if result.columns is None:
            return Outcome(result.tag, None, (), remarks)
        headings = tuple(
            Heading(c.name, base.category in RIGHT_ALIGNED, c.type.is_dense, str(c.type), base is BYTEA)
            for c, base in ((c, c.type.base) for c in result.columns)
        )
        writers = [_writer(c, self._session.settings.parsed.style) for c in result.columns]
        found = result.rows

        def row(number: int) -> list[str | None]:
            return [
                value if value is None or isinstance(value, str) else write(value)
                for write, value in zip(writers, found[number], strict=True)
            ]

        return Outcome(result.tag, headings, Texts(len(found), row), remarks)

    def vectors(self, sql: str) -> tuple[list[list[str | None]], F32]:
        """Run a query of texts and, last, vectors; see `vql.link.link.Link.vectors`."""
        found = self._session.run(sql).batch.data
        texts = [column.values() for column in found[:-1]]
        vectors = np.asarray(found[-1].values(), np.float32).reshape(len(found[-1]), -1)
        return [list(row) for row in zip(*texts, strict=True)] if texts else [[] for _ in vectors], vectors

    def cancel(self) -> None:
        """Stop the running statement (57014)."""
        self._session.cancel()

    def copy_in(self, sql: str, blocks: Iterable[bytes]) -> int:
        """Run COPY ... FROM STDIN on bytes; returns the count of rows, durable."""
        sink = self._session.copy_start(self._session.prepare(sql))
        if not isinstance(sink, CopyIn):
            raise ProgrammingError("COPY ... TO STDOUT takes no data", sqlstate="42601")
        form = format_of(sink.options, is_from=True)
        reader = reader_of(form, sink.columns)
        try:
            for block in blocks:
                reader.feed(block)
                if reader.buffered_bytes >= BLOCK_BYTES:
                    take_rows(sink, reader, form, final=False)
            take_rows(sink, reader, form, final=True)
            return sink.finish()
        except BaseException:
            sink.fail()
            raise

    def copy_out(self, sql: str, write: Callable[[bytes], object]) -> int:
        """Run COPY ... TO STDOUT, a line at a time to `write`; returns the count of rows."""
        source = self._session.copy_start(self._session.prepare(sql))
        if not isinstance(source, CopyOut):
            raise ProgrammingError("COPY ... FROM STDIN needs data", sqlstate="42601")
        form = format_of(source.options, is_from=False)
        if form.binary:
            raise NotSupportedError("\\copy TO writes text and csv; binary goes over the wire")
        for lines in copied_lines(source, form):
            for line in lines:
                write(line)
        return source.rows

    def copy_file(self, sql: str) -> int:
        """Run COPY of a file of columns; returns the count of rows."""
        return int(self._session.run(sql).tag.rpartition(" ")[2])

    def about(self) -> str:
        """Return which folder this is."""
        return f"You are connected to the database in {self._database.path} (embedded)."

    def close(self) -> None:
        """Close the session and the database."""
        self._session.close()
        self._database.close()


def _writer(column: ResultColumn, style: Style) -> Callable[[object], str]:
    """Return what writes a column's values as a session of a style writes them."""
    if column.type == UNKNOWN:
        return str
    styled = column.type.base_in(style)
    return column.type.to_text if styled is column.type.base else styled.to_text
