"""One column of a COPY block to values: arrays where a type has one, else canonical values.

The fast path of a type takes the column whole; if it fails, the values are read one by one, which
finds the row to name and the exact error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from vql import schema
from vql.calendar.style import DEFAULT, Style
from vql.errors import Error, LimitExceeded
from vql.session.statements.changes.copy import CopyIn, CopyOut
from vql.session.statements.changes.copy_formats import Cells, Format, Reader, named_among, text_line

# Bytes collected before rows are made of them.
BLOCK_BYTES = 1 << 20
# A row that is not complete by then is refused: it would be there several times as it is read.
ROW_BYTES_MAX = 256 << 20


def take_rows(sink: CopyIn, reader: Reader, form: Format, final: bool) -> None:
    """Hand the rows that a reader has complete to a COPY. Raises 22xxx, 54000 for a row that is too long."""
    first_row = reader.row + 1
    block = reader.take(final)
    if block:
        sink.write_values(columns_of(sink.columns, block, first_row, form.binary, sink.style))
    if reader.buffered_bytes > ROW_BYTES_MAX:
        raise LimitExceeded("row is too long", detail=f"COPY takes rows of {ROW_BYTES_MAX >> 20} MB at most.")


def copied_lines(source: CopyOut, form: Format) -> Iterator[list[bytes]]:
    """Yield the lines of COPY's rows, some at a time, as text or csv, behind a header where one is wanted."""
    columns = source.result.columns or ()
    names = [column.name for column in columns]
    quoted = named_among(form.force_quote, names, "FORCE_QUOTE") if form.force_quote else ()
    if form.header:
        yield [text_line(names, form)]
    writers = [column.type.base_in(source.style).to_text for column in columns]
    for rows in source.blocks():
        lines = []
        for row in rows:
            fields = [None if v is None else to_text(v) for to_text, v in zip(writers, row, strict=True)]
            lines.append(text_line(fields, form, quoted))
        yield lines


def text_cells(column: schema.Column, cells: Cells, first_row: int, style: Style = DEFAULT) -> object:
    """Make a column of text forms."""
    type_, base = column.type, column.type.base_in(style)
    try:
        made = base.of_texts(cells, type_.modifier)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        made = None
    if made is not None:
        return made
    return _one_by_one(column, cells, first_row, lambda text: base.from_text(text, type_.modifier))


def binary_cells(column: schema.Column, cells: Cells, first_row: int) -> object:
    """Make a column of binary forms."""
    type_ = column.type
    try:
        made = None if None in cells else type_.base.of_binaries(cells, type_.modifier)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        made = None
    if made is not None:
        return made
    return _one_by_one(column, cells, first_row, lambda data: type_.base.from_binary(data, type_.modifier))


def _one_by_one(
    column: schema.Column, cells: Cells, first_row: int, read: Callable[..., object]
) -> list[object]:
    out: list[object] = []
    for number, cell in enumerate(cells, first_row):
        try:
            out.append(None if cell is None else read(cell))
        except Error as error:
            error.context = f"COPY, row {number}, column {column.name}"
            raise
    return out


def columns_of(
    schema_columns: Sequence[schema.Column], block: list[Cells], first_row: int, binary: bool, style: Style
) -> list[object]:
    """Make every column of a block."""
    make = binary_cells if binary else partial(text_cells, style=style)
    return [make(c, cells, first_row) for c, cells in zip(schema_columns, block, strict=True)]
