"""Results as Arrow in the types that readers of frames expect.

What DuckDB is handed (`vql.executor.bridge.arrow`) crosses as what is cheapest; here texts are plain strings,
bytea bytes, arrays lists of what they are of, as deep as they have dimensions, halfvec float16. Numbers,
moments and vectors cross without a copy as there. What Arrow has no type for is its text: intervals, ranges,
uuid, json.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nanoarrow as na
import numpy as np
from nanoarrow.c_array_stream import CArrayStream

from vql.dataclass import dataclass
from vql.errors import NotSupportedError
from vql.executor.bridge.arrow import arrow_array, arrow_type, numeric_scale, packed_validity
from vql.storage.columns.column import Column
from vql.types.type import TEXT, Type

# An Arrow type and an array of it.
Made = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class ResultStream:
    """Columns of one length as an object with `__arrow_c_stream__`; each call gives a fresh stream of
    them."""

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int
    is_part: bool = False

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        made = [_made(_as_declared(c) if self.is_part else c.of_one_size()) for c in self.columns]
        fields = [
            na.c_schema(schema).modify(name=name) for name, (schema, _) in zip(self.names, made, strict=True)
        ]
        schema = na.c_schema(na.struct(fields))
        children = [array for _, array in made]
        array = na.c_array_from_buffers(
            schema, self.rows, [None], 0, children=children, validation_level="none"
        )
        return CArrayStream.from_c_arrays([array], schema, validate=False).__arrow_c_stream__()


def _as_declared(column: Column) -> Column:
    """Return a column whose Arrow type its own type says, whatever its values: a numeric without a scale is
    its text."""
    if column.type.is_decimal and column.type.modifier is None:
        return Column.from_values(
            TEXT, [None if c is None else column.type.to_text(c) for c in column.values()]
        )
    return column


def _made(column: Column) -> Made:
    """Return a column as Arrow."""
    type_ = column.type
    if type_.is_array:
        return _lists(column, column.values())
    form = type_.base.arrow_format
    if form == "U":
        is_bytes = "z" in type_.base.arrow_formats
        cells = column.values()
        if not is_bytes:
            cells = [None if cell is None else type_.to_text(cell) for cell in cells]
        return _strings(cells, is_bytes)
    if column.holds_objects and not type_.is_vector:
        column = Column.from_values(type_, column.values())
    if type_.is_dense and column.ragged is None and column.data.dtype == np.float16:
        return _halves(column)
    scale = numeric_scale([column]) if form == "d" else None
    return arrow_type(type_, scale), arrow_array(column, scale)


def _strings(cells: Sequence[Any], is_bytes: bool) -> Made:
    """Return texts, or bytes, None for NULL."""
    schema = na.large_binary() if is_bytes else na.large_string()
    valid = np.fromiter((cell is not None for cell in cells), bool, len(cells))
    raw = [b"" if cell is None else cell if is_bytes else cell.encode() for cell in cells]
    offsets = np.zeros(len(raw) + 1, np.int64)
    np.cumsum(list(map(len, raw)), out=offsets[1:])
    validity, nulls = packed_validity(valid)
    data = np.frombuffer(b"".join(raw), np.uint8)
    buffers = [validity, offsets, data]
    return schema, na.c_array_from_buffers(schema, len(cells), buffers, nulls, validation_level="none")


def _halves(column: Column) -> Made:
    """Return rows of float16."""
    schema = na.fixed_size_list(na.float16(), column.type.width)
    validity, nulls = packed_validity(column.valid)
    flat = np.ascontiguousarray(column.data).reshape(-1).view(np.uint16)
    items = na.c_array_from_buffers(na.float16(), len(flat), [None, flat], 0, validation_level="none")
    return schema, na.c_array_from_buffers(
        schema, len(column), [validity], nulls, children=[items], validation_level="none"
    )


def _lists(column: Column, cells: Sequence[Any]) -> Made:
    """Return arrays as lists, of lists where they have further dimensions. Raises 0A000 where arrays of
    several numbers of dimensions stand in one column."""
    present = [cell for cell in cells if cell is not None]
    items = [item for cell in present for item in cell]
    nested = (
        {isinstance(item, list) for item in items} if not column.type.element.base.takes_lists else {False}
    )
    if len(nested) > 1:
        raise NotSupportedError("a column of Arrow's lists has one number of dimensions, these have several")
    if nested == {True}:
        item_schema, children = _lists(column, items)
    else:
        item_schema, children = _made(_column_of(column.type.element, items))
    schema = na.large_list(item_schema)
    offsets = np.zeros(len(cells) + 1, np.int64)
    np.cumsum([0 if cell is None else len(cell) for cell in cells], out=offsets[1:])
    validity, nulls = packed_validity(np.fromiter((cell is not None for cell in cells), bool, len(cells)))
    return schema, na.c_array_from_buffers(
        schema, len(cells), [validity, offsets], nulls, children=[children], validation_level="none"
    )


def _column_of(type_: Type, items: Sequence[object]) -> Column:
    return Column.from_values(type_, items) if type_.has_layout else Column.of_objects(type_, items)
