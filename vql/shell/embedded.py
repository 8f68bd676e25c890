"""A database in this process, as the shell talks to it.

COPY's formats are the server's: `vql.session.statements.changes.copy_formats` turns bytes into columns and
back without a socket, so a file loads here exactly as psql's `\\copy` loads it over the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vql.calendar.style import Style
from vql.errors import NotSupportedError, ProgrammingError
from vql.session.database import Database
from vql.session.session import Result, ResultColumn, Session
from vql.session.statements.changes.copy import CopyIn, CopyOut
from vql.session.statements.changes.copy_cells import BLOCK_BYTES, copied_lines, take_rows
from vql.session.statements.changes.copy_formats import format_of, reader_of
from vql.shell.link import Heading, Outcome, Remark
from vql.types.type import UNKNOWN

# Numbers stand right, by pg_type's category.
RIGHT_ALIGNED = "N"


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
        """Run a text; several statements outside of a block are one transaction."""
        parts = self._session.split(sql) if ";" in sql else [sql]
        if len(parts) < 2 or self.status != "I":
            return [self._answer(self._session.run(part)) for part in parts]
        self._session.run("BEGIN")
        try:
            answers = [self._answer(self._session.run(part)) for part in parts]
            self._session.run("COMMIT")
        except BaseException:
            self._session.run("ROLLBACK")
            raise
        return answers

    def _answer(self, result: Result) -> Outcome:
        remarks = tuple(Remark(n.severity, n.text, n.detail) for n in result.notices)
        if result.columns is None:
            return Outcome(result.tag, None, (), remarks)
        headings = tuple(
            Heading(c.name, c.type.base.category in RIGHT_ALIGNED, c.type.is_dense) for c in result.columns
        )
        writers = [_writer(c, self._session.settings.parsed.style) for c in result.columns]
        rows = [
            [
                value if value is None or isinstance(value, str) else write(value)
                for write, value in zip(writers, row, strict=True)
            ]
            for row in result.rows
        ]
        return Outcome(result.tag, headings, rows, remarks)

    def cancel(self) -> None:
        """Stop the running statement (57014)."""
        self._session.cancel()

    def copy_in(self, sql: str, blocks: Iterable[bytes]) -> int:
        """Run COPY ... FROM STDIN on bytes; returns the count of rows, durable."""
        sink = self._session.copy_start(self._session.prepare(sql))
        if not isinstance(sink, CopyIn):
            raise ProgrammingError("COPY ... TO STDOUT takes no data", sqlstate="42601")
        form = format_of(sink.options)
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
        form = format_of(source.options)
        if form.binary:
            raise NotSupportedError("\\copy TO writes text and csv; binary goes over the wire")
        for line in copied_lines(source, form):
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
