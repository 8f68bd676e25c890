"""COPY, without its transport: rows come in as values, go out as a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from vql import schema
from vql.calendar.style import DEFAULT, Style
from vql.errors import ProgrammingError, UndefinedColumn
from vql.language import ast
from vql.session.results import Result
from vql.storage.columns.column import Column
from vql.storage.segments.aside import put_aside
from vql.storage.segments.records import buffers_of

# Rows are turned into columns in blocks of this many, so that Python objects do not pile up.
BLOCK_ROWS = 8_192
# Rows that take more bytes are put aside; those of a file of columns, which no client sends, when they take a
# share of what statements may take, or more than the second.
MEMORY_BYTES_MAX, FILE_BYTES_MAX = 64 << 20, 1 << 30
FILE_SHARE = 8


def columns_copied(table: schema.Table, names: Sequence[str]) -> tuple[schema.Column, ...]:
    """Return the columns of a table that COPY reads or writes, all that are not generated where it names
    none. Raises 42703, 42P10."""
    found = []
    for name in names or [column.name for column in table.columns if not column.generated]:
        column = table.column(name)
        if column is None:
            raise UndefinedColumn(f'column "{name}" of relation "{table.name}" does not exist')
        if column.generated:
            raise ProgrammingError(
                f'column "{name}" is a generated column',
                detail="Generated columns cannot be used in COPY.", sqlstate="42P10",
            )  # fmt: skip
        found.append(column)
    return tuple(found)


class CopyIn:
    """COPY ... FROM STDIN: rows are collected as columns and inserted as one statement; what is more than
    `memory_bytes` waits on disk."""

    def __init__(
        self,
        columns: tuple[schema.Column, ...],
        options: dict[str, str],
        insert: Callable[[Sequence[Mapping[str, Column]]], int],
        failed: Callable[[], None],
        style: Style,
        spill: Path,
        memory_bytes: int = MEMORY_BYTES_MAX,
    ) -> None:
        self._memory_bytes = memory_bytes
        self.columns = columns
        self.options = options
        self._insert = insert
        self._failed = failed
        self.style = style
        self._spill = spill
        self._aside: list[tuple[Column, ...]] = []
        self._blocks: list[tuple[Column, ...]] = []
        self._bytes = 0
        self._rows: list[Sequence[object]] = []

    def write(self, rows: Sequence[Sequence[object]]) -> None:
        """Take rows; strings are in text form, other values canonical. Raises DataError."""
        self._rows.extend(rows)
        if len(self._rows) >= BLOCK_ROWS:
            self._flush()

    def write_values(self, columns: Sequence[object]) -> None:
        """Take rows by columns: numpy arrays, or lists of canonical values with None for NULL."""
        made = [Column.from_array(c.type, v) for c, v in zip(self.columns, columns, strict=True)]
        self.write_columns(tuple(made))

    def write_columns(self, columns: tuple[Column, ...]) -> None:
        """Take rows by columns, in the order of `columns`."""
        self._flush()
        self._add(columns)

    def finish(self) -> int:
        """Insert everything durably; returns the number of rows."""
        self._flush()
        rows = [*self._aside, *([self._joined()] if self._blocks else ())]
        self._aside.clear()
        names = [column.name for column in self.columns]
        return self._insert([dict(zip(names, columns, strict=True)) for columns in rows]) if rows else 0

    def _add(self, columns: tuple[Column, ...]) -> None:
        self._blocks.append(columns)
        self._bytes += sum(array.nbytes for column in columns for array in buffers_of(column).values())
        if self._bytes > self._memory_bytes:
            self._aside.append(put_aside(self._spill, self._joined()))

    def _joined(self) -> tuple[Column, ...]:
        """Take the blocks as one."""
        waiting = [list(pieces) for pieces in zip(*self._blocks, strict=True)]
        self._blocks.clear()
        self._bytes = 0
        made = []
        for pieces in waiting:
            made.append(Column.concat(pieces))
            pieces.clear()  # one column at a time is there twice
        return tuple(made)

    def fail(self) -> None:
        """Forget the rows; an open transaction block becomes a failed one."""
        self._rows.clear()
        self._blocks.clear()
        self._aside.clear()
        self._failed()

    def _read(self, column: schema.Column, cells: Sequence[object]) -> Sequence[object]:
        """Return cells with texts read in the session's style, where that is not the default one."""
        if self.style is DEFAULT:
            return cells
        return list(map(column.type.converter(self.style), cells))

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = zip(self.columns, zip(*self._rows, strict=True), strict=True)
        made = [Column.from_array(column.type, self._read(column, cells)) for column, cells in columns]
        self._rows.clear()
        self._add(tuple(made))


class CopyOut:
    """COPY ... TO STDOUT: the rows of a query, made as they are read, and how many have been."""

    def __init__(self, result: Result, options: dict[str, str], style: Style) -> None:
        self.result = result
        self.style = style
        self.options = options
        self.rows = 0

    def blocks(self) -> Iterator[Sequence[tuple[object, ...]]]:
        """Yield the rows, some at a time."""
        for rows in self.result.blocks():
            self.rows += len(rows)
            yield rows


def copied_query(statement: ast.Copy, table: schema.Table | None) -> ast.Query:
    """Return the query whose rows COPY TO gives, `table` the one that it names. Raises 42703, 42P10."""
    if statement.query is not None:
        return statement.query
    assert statement.table is not None, "it is one or the other"
    names = statement.columns
    if table is not None:
        names = tuple(column.name for column in columns_copied(table, names))
    named = tuple(ast.SelectItem(ast.Name((column,))) for column in names)
    return ast.Select(named or (ast.SelectItem(ast.Star()),), (ast.TableRef(statement.table),))
