"""One column of a COPY block to values: arrays where a type has one, else canonical values.

The fast path of a type takes the column whole; if it fails, the values are read one by one, which
finds the row to name and the exact error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from vql import schema
from vql.calendar.style import DEFAULT, Style
from vql.errors import Error
from vql.server.protocol.codec import BINARY_FORMAT, decoder
from vql.server.protocol.copy_formats import Cells


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
    return _one_by_one(column, cells, first_row, decoder(type_, BINARY_FORMAT)) if made is None else made


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
