"""One column of a COPY block to values: arrays where a type has one, else canonical values.

The fast path of a type takes the column whole; if it fails, the values are read one by one, which
finds the row to name and the exact error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vql import schema
from vql.errors import Error
from vql.server.protocol.codec import BINARY_FORMAT, decoder
from vql.server.protocol.copy_formats import Cells
from vql.types.type import Type
from vql.types.values import from_text

Column = NDArray[np.generic] | list[object]
BINARY_DTYPES = {
    "boolean": "?", "smallint": ">i2", "integer": ">i4", "bigint": ">i8", "real": ">f4",
    "double precision": ">f8",
}  # fmt: skip


def text_cells(column: schema.Column, cells: Cells, first_row: int) -> Column:
    """Make a column of text forms."""
    type_ = column.type
    if None not in cells:
        try:
            made = _whole_text(type_, cells)
        except (ValueError, OverflowError):
            made = None
        if made is not None:
            return made
    if type_.name == "text":
        return list(cells)
    return _one_by_one(column, cells, first_row, lambda cell: from_text(type_, cell))


def _whole_text(type_: Type, cells: Cells) -> Column | None:
    if type_.name in ("smallint", "integer", "bigint"):
        if any("_" in cell for cell in cells):  # type: ignore[operator]
            return None
        return np.array(list(map(int, cells)), type_.dtype)  # type: ignore[arg-type]
    if type_.name == "text":
        return None if any("\0" in cell for cell in cells) else list(cells)  # type: ignore[operator]
    if type_.name == "vector":
        return _matrix(type_, cells)
    return None


def _matrix(type_: Type, cells: Cells) -> Column | None:
    """Read vectors of one width; the order and number of commas and brackets is checked by width,
    as every other character must be part of a number."""
    first = cells[0]
    assert isinstance(first, str), "text format"
    dim = type_.modifier or first.count(",") + 1
    texts: list[str] = [cell.strip() for cell in cells]  # type: ignore[union-attr, misc]
    for text in texts:
        if text[:1] != "[" or text[-1:] != "]" or text.count(",") != dim - 1:
            return None
    joined = ",".join([text[1:-1] for text in texts])
    if "_" in joined or not joined.isascii():
        return None
    wide = np.fromiter(map(float, joined.split(",")), np.float64, dim * len(texts))
    with np.errstate(over="ignore"):
        matrix = wide.reshape(len(texts), dim).astype(np.float32)
    return matrix if np.isfinite(matrix).all() else None


def binary_cells(column: schema.Column, cells: Cells, first_row: int) -> Column:
    """Make a column of binary forms."""
    type_ = column.type
    if None not in cells:
        code = BINARY_DTYPES.get(type_.name)
        joined = b"".join(cells)  # type: ignore[arg-type]
        if code is not None and _all_sized(cells, np.dtype(code).itemsize):
            return np.frombuffer(joined, code).astype(np.dtype(code).newbyteorder("="))
        if type_.name == "vector":
            matrix = _binary_matrix(type_, cells, joined)
            if matrix is not None:
                return matrix
    decode = decoder(type_, BINARY_FORMAT)
    return _one_by_one(column, cells, first_row, decode)


def _all_sized(cells: Cells, size: int) -> bool:
    return all(len(cell) == size for cell in cells)  # type: ignore[arg-type]


def _binary_matrix(type_: Type, cells: Cells, joined: bytes) -> Column | None:
    width = len(cells[0]) - 4  # type: ignore[arg-type]
    if width <= 0 or width % 4 or not _all_sized(cells, width + 4):
        return None
    table = np.frombuffer(joined, np.uint8).reshape(len(cells), width + 4)
    heads = table[:, :4].copy().view(">i2")
    dim = width // 4
    if (heads[:, 0] != dim).any() or heads[:, 1].any() or type_.modifier not in (None, dim):
        return None
    matrix = table[:, 4:].copy().view(">f4").astype(np.float32)
    return matrix if np.isfinite(matrix).all() else None


def _one_by_one(column: schema.Column, cells: Cells, first_row: int, read: object) -> list[object]:
    out: list[object] = []
    for number, cell in enumerate(cells, first_row):
        try:
            out.append(None if cell is None else read(cell))  # type: ignore[operator]
        except Error as error:
            error.context = f"COPY, row {number}, column {column.name}"
            raise
    return out


def columns_of(
    schema_columns: Sequence[schema.Column], block: list[Cells], first_row: int, binary: bool
) -> list[Column]:
    """Make every column of a block."""
    make = binary_cells if binary else text_cells
    return [make(c, cells, first_row) for c, cells in zip(schema_columns, block, strict=True)]
