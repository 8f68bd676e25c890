"""COPY statements begun: what is to be read or written, and whether the session may."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from vql import schema
from vql.deadline import check_deadline
from vql.errors import (
    DuplicateColumn,
    Error,
    InvalidParameterValue,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    WrongObjectType,
)
from vql.executor.bridge.spill import SPILL
from vql.executor.frames.files import EXTENSIONS, WantedColumns, format_of_name, read_blocks
from vql.executor.frames.written import replaced, write_file
from vql.executor.rows.batch import RecordBatch
from vql.language import ast
from vql.language.ast.walk import refuse_parameters
from vql.language.bind.definitions.constraints import columns_of_condition, require_condition
from vql.language.bind.names import find_table
from vql.session.database import Database
from vql.session.results import Result
from vql.session.statements.changes.copy import (
    FILE_BYTES_MAX,
    FILE_SHARE,
    MEMORY_BYTES_MAX,
    CopyIn,
    CopyOut,
    columns_copied,
    copied_query,
)
from vql.session.statements.changes.copy_cells import BLOCK_BYTES, copied_lines, take_rows
from vql.session.statements.changes.copy_formats import format_of, reader_of
from vql.session.statements.changes.write import Writes
from vql.session.statements.prepare import Prepared
from vql.session.statements.query import Queries
from vql.session.statements.utility.upkeep import Upkeep
from vql.session.transaction_block import TransactionBlock
from vql.settings.settings import Settings
from vql.storage.columns.column import Column
from vql.storage.files.blobfile import disk_error

Settled = Callable[[Iterator[RecordBatch]], Iterator[RecordBatch]]
# Formats of lines or rows, which COPY knows from streams too.
LINES = ("text", "csv", "binary")
BY_NAME = ("parquet", "arrow", "json")
FORMATS = frozenset(EXTENSIONS.values()) | set(LINES)


class Copies:
    """One session's way to copy rows in and out."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        block: TransactionBlock,
        queries: Queries,
        writes: Writes,
        upkeep: Upkeep,
    ) -> None:
        self._database = database
        self._settings = settings
        self._block = block
        self._queries = queries
        self._writes = writes
        self._upkeep = upkeep

    def start(self, prepared: Prepared, settled: Settled) -> CopyIn | CopyOut:
        """Begin a COPY statement; the rows of one that goes out are read through `settled`. Raises 42P01,
        42703, 0A000."""
        statement = prepared.statement
        assert isinstance(statement, ast.Copy)
        return self._into(statement) if statement.is_from else self._out_of(prepared, statement, settled)

    def run_file(self, prepared: Prepared, statement: ast.CopyFile, settled: Settled) -> Result:
        """Run a COPY statement that reads or writes a file. Raises 42501, 42602, 58P01, 42809 and what is
        wrong with the file."""
        copy, path = statement.copy, Path(statement.path)
        self._admit(copy.is_from, path)
        options = dict(copy.options)
        form = options.setdefault("format", format_of_name(path)).lower()
        try:
            run = self._read_file if copy.is_from else partial(self._write_file, prepared, settled)
            return Result(f"COPY {run(copy, path, form, options)}")
        except OSError as error:
            raise _unopened(path, error, "reading" if copy.is_from else "writing") from None

    def _admit(self, is_from: bool, path: Path) -> None:
        """Raise 42501 where a session may not touch files of the machine, 42602 for a path that depends on
        where a server was started."""
        if not self._settings.parsed.role:
            return
        if not self._queries.identity.is_superuser():
            does, what = ("from", "read") if is_from else ("to", "write")
            role = f"pg_{what}_server_files"
            raise ProgrammingError(
                f"permission denied to COPY {does} a file",
                detail=f'Only roles with privileges of the "{role}" role may COPY {does} a file.',
                hint="Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.",
                sqlstate="42501",
            )
        if not path.is_absolute():
            does = "from" if is_from else "to"
            raise ProgrammingError(f"relative path not allowed for COPY {does} file", sqlstate="42602")

    def _read_file(self, copy: ast.Copy, path: Path, form: str, options: dict[str, str]) -> int:
        size = max(1, path.stat().st_size)
        if path.is_dir():
            raise WrongObjectType(f'"{path}" is a directory')
        if form in LINES:
            laid_out = format_of(options, is_from=True)
            sink = self._into(copy)
            reader = reader_of(laid_out, sink.columns)
            with path.open("rb") as source:
                while block := source.read(BLOCK_BYTES):
                    check_deadline()
                    reader.feed(block)
                    take_rows(sink, reader, laid_out, final=False)
                    self._tell(path, source.tell() / size)
            take_rows(sink, reader, laid_out, final=True)
            return sink.finish()
        assert copy.table is not None, "it goes into one"
        table = find_table(self._queries.now(self._block.snapshot()).tables, copy.table, copy.span)
        columns = columns_copied(table, copy.columns)
        types = {column.name: column.type for column in columns}
        vectors = [column.name for column in columns if column.type.is_vector]
        nameless = [column.name for column in columns] if copy.columns else vectors
        wanted = WantedColumns(
            types, not copy.columns, nameless[0] if len(nameless) == 1 else None, _dataset(form, options)
        )
        memory_bytes = min(FILE_BYTES_MAX, self._database.budget.statement_bytes // FILE_SHARE)
        into: CopyIn | None = None
        for made, share in read_blocks(path, form, wanted):
            into = into or self._into(replace(copy, columns=tuple(made)), max(MEMORY_BYTES_MAX, memory_bytes))
            into.write_columns(tuple(made[column.name] for column in into.columns))
            self._tell(path, share)
            check_deadline()
        return into.finish() if into is not None else 0

    def _write_file(
        self,
        prepared: Prepared,
        settled: Settled,
        copy: ast.Copy,
        path: Path,
        form: str,
        options: dict[str, str],
    ) -> int:
        if path.is_dir():
            raise WrongObjectType(f'"{path}" is a directory')
        laid_out = format_of(options, is_from=False) if form in LINES else None
        if laid_out is not None and laid_out.binary:
            raise NotSupportedError("COPY TO a file writes text and csv; binary goes over the wire")
        _dataset(form, options) if laid_out is None else None
        source = self._out_of(prepared, copy, settled)
        if laid_out is None:
            _require_own_names(source.result, form)
            return write_file(path, form, _batches(source.result))
        with replaced(path) as sink:
            for lines in copied_lines(source, laid_out):
                sink.writelines(lines)
        return source.rows

    def _tell(self, path: Path, share: float) -> None:
        if self._upkeep.progress is not None:
            self._upkeep.progress(f"loading {path.name}", share)

    def _out_of(
        self,
        prepared: Prepared,
        statement: ast.Copy,
        settled: Settled,
    ) -> CopyOut:
        tables = self._queries.now(self._block.snapshot()).tables
        source = None if statement.table is None else tables.find(statement.table)
        query = copied_query(statement, source)
        inner = replace(prepared, statement=query, plans={}, columns=None)
        result = self._queries.run_if(inner, (), streamed=True)
        assert result is not None, "it is run whatever it costs"
        if result.stream is not None:
            result.stream = settled(result.stream)
        return CopyOut(result, dict(statement.options), self._settings.parsed.style)

    def _into(self, statement: ast.Copy, memory_bytes: int = MEMORY_BYTES_MAX) -> CopyIn:
        assert statement.table is not None
        tables = self._queries.now(self._block.snapshot()).tables
        table = find_table(tables, statement.table, statement.span)
        columns = columns_copied(table, statement.columns)
        rights = self._queries.identity.rights()
        if rights is not None:
            rights.require_insert(table, statement.table, [column.name for column in columns])
        if statement.where is not None:
            read = _columns_read(statement.where, table)
            if rights is not None:
                rights.require(table, "r", frozenset(column.number for column in read))
        return CopyIn(
            columns,
            dict(statement.options),
            lambda blocks: self._writes.insert_blocks(table.qualified, blocks, statement.where),
            self._block.fail,
            self._settings.parsed.style,
            self._database.store.path / SPILL,
            memory_bytes,
        )


def _columns_read(where: ast.Expression, table: schema.Table) -> list[schema.Column]:
    """Return the columns that a condition of rows to come reads. Raises 42xxx, 0A000."""
    require_condition(where, table, "WHERE", "COPY FROM WHERE conditions")
    refuse_parameters(where)
    named = columns_of_condition(where, table)
    for column in table.columns:
        if column.generated and column.name in named:
            raise ProgrammingError(
                "generated columns are not supported in COPY FROM WHERE conditions",
                detail=f'Column "{column.name}" is a generated column.', sqlstate="42P10",
            )  # fmt: skip
    return [column for column in table.columns if column.name in named]


def is_of_columns(path: Path, options: str) -> bool:
    """Whether a file, with the options that are written behind its name, is none of lines."""
    said = re.search(r"\bformat\s+'?(\w+)", options, re.IGNORECASE)
    return (said[1].lower() if said else format_of_name(path)) not in LINES


def _dataset(form: str, options: dict[str, str]) -> str | None:
    """Return the dataset that options say, of a format of columns. Raises 22023, 0A000."""
    if form not in FORMATS:
        raise InvalidParameterValue(f'COPY format "{form}" not recognized')
    for name in options:
        if name != "format" and not (name == "dataset" and form == "hdf5"):
            raise NotSupportedError(
                f'option "{name}" of COPY is not supported with files of the format {form}'
            )
    return options.get("dataset")


def _require_own_names(result: Result, form: str) -> None:
    """Raise 42701 where two columns of a file that has them by name would have one."""
    names = [column.name for column in result.columns or ()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None and form in BY_NAME:
        raise DuplicateColumn(f'column "{twice}" specified more than once')


def _batches(result: Result) -> Iterator[RecordBatch]:
    """Yield the rows of a result; where there are none a batch that has the columns."""
    if result.stream is None:
        yield result.batch
        return
    columns, is_empty = result.columns or (), True
    for batch in result.stream:
        check_deadline()
        is_empty = False
        yield batch
    if is_empty:
        types = tuple(column.type for column in columns)
        yield RecordBatch(tuple(c.name for c in columns), types, tuple(map(Column.empty, types)), 0)


def _unopened(path: Path, error: OSError, purpose: str) -> Error:
    """Return the error of a file that the system does not open."""
    text = f'could not open file "{path}" for {purpose}: {error.strerror}'
    if isinstance(error, PermissionError):
        return ProgrammingError(text, sqlstate="42501")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return OperationalError(text, sqlstate="58P01")
    return disk_error(error, path)
