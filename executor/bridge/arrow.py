"""Columns as Arrow: streams that DuckDB, pandas, polars and pyarrow read through the C interface.

Data is not copied where the layouts agree: fixed-width columns, vectors (fixed_size_list<float>) and
strings, which cross as their codes with the dictionary beside them (large_utf8, the layout of
`vql.storage.columns.column.Dictionary`). Validity and booleans are packed to bits. numeric crosses as
decimal128 where every value of the column fits one, as double otherwise. halfvec is widened to
float, sparse vectors cross as structs of indices, elements and dim, types without a layout of their
own as text. Which layout a type has its base type says (`arrow_format`).

A stream has one batch a segment, each with its own dictionaries. nanoarrow 0.9 has no call that
sets the dictionary of an array; the field of the C struct is set here, as the Arrow C data
interface describes it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import field, replace
from decimal import Decimal
from functools import partial
from typing import Any

import nanoarrow as na
import numpy as np
from nanoarrow._array import CArrayBuilder
from nanoarrow.c_array_stream import CArrayStream
from numpy.typing import NDArray

from vql.dataclass import dataclass
from vql.errors import NotSupportedError
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import Bools
from vql.types.type import TEXT, Type

DECIMAL_DIGITS_MAX = 38
# Arrow's format strings of types whose stored numbers cross as they are.
NUMBERS = {
    "s": na.int16, "i": na.int32, "l": na.int64, "f": na.float32, "g": na.float64, "tdD": na.date32,
    "b": na.bool_, "ttu": partial(na.time64, "us"),
    "tsu:": partial(na.timestamp, "us"), "tsu:UTC": partial(na.timestamp, "us", "UTC"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnStream:
    """A table as an object with `__arrow_c_stream__`; each call gives a fresh stream of all rows.

    `batches` hold columns in the order of `names`; every batch has the same types. `scales` says
    for each numeric column the decimals it crosses with, None where it crosses as double.
    """

    names: tuple[str, ...]
    types: tuple[Type, ...]
    batches: tuple[tuple[Column, ...], ...]
    rows: int
    scales: tuple[int | None, ...] = field(default=())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        schema = na.c_schema(self._schema())
        arrays = [self._batch(schema, batch) for batch in self.batches]
        return CArrayStream.from_c_arrays(arrays, schema, validate=False).__arrow_c_stream__()

    def _schema(self) -> na.Schema:
        fields = [
            na.c_schema(arrow_type(type_, self.scales[i])).modify(name=name)
            for i, (name, type_) in enumerate(zip(self.names, self.types, strict=True))
        ]
        return na.struct(fields)

    def _batch(self, schema: object, batch: tuple[Column, ...]) -> object:
        children = [arrow_array(column, self.scales[i]) for i, column in enumerate(batch)]
        rows = len(batch[0]) if batch else self.rows
        return na.c_array_from_buffers(schema, rows, [None], 0, children=children, validation_level="none")


def table_stream(names: Sequence[str], columns: Sequence[Column]) -> ColumnStream:
    """Return columns of equal length as one Arrow stream."""
    return batch_stream(names, [column.type for column in columns], [tuple(columns)])


def batch_stream(
    names: Sequence[str], types: Sequence[Type], batches: Sequence[tuple[Column, ...]]
) -> ColumnStream:
    """Return batches of columns as one Arrow stream."""
    rows = sum(len(batch[0]) for batch in batches if batch)
    scales = tuple(
        numeric_scale([batch[i] for batch in batches]) if type_.base.arrow_format == "d" else None
        for i, type_ in enumerate(types)
    )
    return ColumnStream(tuple(names), tuple(types), tuple(batches), rows, scales)


def text_stream(
    names: Sequence[str], types: Sequence[Type], batches: Sequence[tuple[Column, ...]]
) -> ColumnStream:
    """Return batches as `batch_stream` does, numerics and arrays as the texts that columns keep of them."""
    kept = [TEXT if _is_text(type_) else type_ for type_ in types]
    texts = [tuple(_as_text(column) if _is_text(column.type) else column for column in b) for b in batches]
    return batch_stream(names, kept, texts)


def _is_text(type_: Type) -> bool:
    return type_.is_decimal or type_.is_array


def _as_text(column: Column) -> Column:
    if not column.holds_objects:
        return replace(column, type=TEXT)
    stored = column.type.stored
    return Column.from_values(TEXT, [None if cell is None else stored(cell) for cell in column.values()])


def numeric_scale(columns: Sequence[Column]) -> int | None:
    """Return the decimals that hold every value of a numeric column within 38 digits, or None."""
    scale = whole = 0
    for column in columns:
        if column.dictionary is None:
            continue
        for text in column.dictionary.values():
            before, _, after = str(text).lstrip("-").partition(".")
            if not before.isdigit():
                return None  # NaN and Infinity
            scale, whole = max(scale, len(after)), max(whole, len(before))
    return scale if scale + whole <= DECIMAL_DIGITS_MAX else None


def arrow_type(type_: Type, scale: int | None) -> na.Schema:
    """Return the Arrow type a column of `type_` crosses as."""
    form = type_.base.arrow_format
    if form in NUMBERS:
        return NUMBERS[form]()
    match form:
        case "+w":
            return (
                na.fixed_size_list(na.float32(), type_.width) if type_.is_matrix else na.list_(na.float32())
            )
        case "+s":
            return na.struct({"indices": na.list_(na.int32()), "elements": na.list_(na.float32()),
                              "dim": na.int32()})  # fmt: skip
        case "+l":
            return na.list_(na.large_string())
        case "d":
            return na.float64() if scale is None else na.decimal128(DECIMAL_DIGITS_MAX, scale)
        case _:
            return na.dictionary(na.int32(), na.large_string())


def arrow_array(column: Column, scale: int | None) -> object:
    """Return one column as an Arrow array of `arrow_type`."""
    if column.holds_objects and column.type.is_vector and column.type.has_layout:
        column = Column.from_values(column.type, column.values())
    schema = arrow_type(column.type, scale)
    validity, nulls = packed_validity(column.valid)
    match column.type.base.arrow_format:
        case "+w":
            return _vector_array(column, schema, validity, nulls)
        case "+s":
            return _sparse_array(column, schema, validity, nulls)
        case "+l":
            return _list_array(column, schema, validity, nulls)
        case "U":
            return _dictionary_array(column, schema, validity, nulls)
        case "d":
            data = _numbers(column, scale)
        case "b":
            data = np.packbits(column.data.astype(bool), bitorder="little")
        case _:
            data = np.ascontiguousarray(column.data, column.type.dtype)
    return na.c_array_from_buffers(schema, len(column), [validity, data], nulls, validation_level="none")


def packed_validity(valid: Bools | None) -> tuple[NDArray[np.uint8] | None, int]:
    """Return Arrow's validity bits (None: no NULLs) and the number of NULLs."""
    if valid is None or bool(valid.all()):
        return None, 0
    return np.packbits(valid, bitorder="little"), int(len(valid) - np.count_nonzero(valid))


def _numbers(column: Column, scale: int | None) -> NDArray[np.generic]:
    """Return numeric values as float64, or as little-endian 128-bit integers of `scale`."""
    texts = [] if column.dictionary is None else [str(t) for t in column.dictionary.values()]
    if scale is None:
        distinct: NDArray[np.generic] = np.array([float(t) for t in texts] or [0.0], "f8")
        return np.asarray(distinct[column.data])
    whole = [int(Decimal(text).scaleb(scale)) for text in texts] or [0]
    raw = b"".join(number.to_bytes(16, "little", signed=True) for number in whole)
    return np.asarray(np.frombuffer(raw, "V16")[column.data].view(np.uint8))


def _vector_array(
    column: Column, schema: na.Schema, validity: NDArray[np.uint8] | None, nulls: int
) -> object:
    buffers: list[NDArray[Any] | None] = [validity]
    if column.type.is_matrix:
        numbers = column.data.reshape(-1)
    else:
        rows = column.ragged_rows
        buffers.append(rows.offsets.astype(np.int32))
        numbers = rows.values
    flat = np.ascontiguousarray(numbers, np.float32)
    floats = na.c_array_from_buffers(na.float32(), len(flat), [None, flat], 0)
    return na.c_array_from_buffers(
        schema, len(column), buffers, nulls, children=[floats], validation_level="none"
    )


def _sparse_array(
    column: Column, schema: na.Schema, validity: NDArray[np.uint8] | None, nulls: int
) -> object:
    """Return sparse vectors as structs: indices from 1 as in their text, elements, dimensions."""
    rows = column.sparse_rows
    count = len(rows)
    offsets = rows.offsets.astype(np.int32)
    children = []
    for part, type_ in ((rows.indices + np.int32(1), na.int32()), (rows.values, na.float32())):
        flat = na.c_array_from_buffers(type_, len(part), [None, np.ascontiguousarray(part)], 0)
        children.append(
            na.c_array_from_buffers(
                na.list_(type_), count, [None, offsets], 0, children=[flat], validation_level="none"
            )
        )
    dims = rows.dimensions.astype(np.int32)
    children.append(na.c_array_from_buffers(na.int32(), count, [None, dims], 0))
    return na.c_array_from_buffers(
        schema, count, [validity], nulls, children=children, validation_level="none"
    )


def _list_array(column: Column, schema: na.Schema, validity: NDArray[np.uint8] | None, nulls: int) -> object:
    """Return arrays as lists of texts. Raises 0A000 for some of several dimensions."""
    cells, write = column.values(), column.type.element.to_text
    if any(isinstance(cell, list) and cell and isinstance(cell[0], list) for cell in cells):
        raise NotSupportedError("Arrow's lists of an array have one dimension, these have several")
    items = [
        None if item is None else write(item) for cell in cells if isinstance(cell, list) for item in cell
    ]
    offsets = np.zeros(len(cells) + 1, np.int32)
    np.cumsum([len(c) if isinstance(c, list) else 0 for c in cells], out=offsets[1:])
    return na.c_array_from_buffers(
        schema,
        len(cells),
        [validity, offsets],
        nulls,
        children=[na.c_array(items, na.large_string())],
        validation_level="none",
    )


def _dictionary_array(
    column: Column, schema: na.Schema, validity: NDArray[np.uint8] | None, nulls: int
) -> object:
    dictionary = column.dictionary
    if dictionary is None:
        # Bit strings, and Python values of types without storage (interval, arrays ...).
        texts = [None if cell is None else column.type.to_text(cell) for cell in column.values()]
        column = Column.from_values(TEXT, texts)
        dictionary = column.dictionary
        validity, nulls = packed_validity(column.valid)
        assert dictionary is not None
    if len(dictionary) == 0:
        # NULL rows hold code 0, which has to exist.
        offsets: NDArray[np.generic] = np.zeros(2, np.int64)
        data: NDArray[np.generic] = np.zeros(1, np.uint8)
    else:
        # Dictionaries that still grow have no buffers of their own.
        column = column if dictionary.is_sorted else column.compact()
        assert column.dictionary is not None
        offsets, data = np.ascontiguousarray(column.dictionary.offsets, np.int64), column.dictionary.data
    strings = na.c_array_from_buffers(
        na.large_string(), len(offsets) - 1, [None, offsets, data], 0, validation_level="none"
    )
    builder = CArrayBuilder.allocate()
    builder.init_from_schema(na.c_schema(schema))
    if validity is not None:
        builder.set_buffer(0, na.c_buffer(validity))
    builder.set_buffer(1, na.c_buffer(np.ascontiguousarray(column.data, np.int32)))
    builder.set_length(len(column))
    builder.set_null_count(nulls)
    builder.set_offset(0)
    array = builder.finish()
    move_dictionary(array._addr(), strings._addr())
    return array


class ArrowArray(ctypes.Structure):
    """`struct ArrowArray` of the Arrow C data interface."""


_RELEASE = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArray))
ArrowArray._fields_ = [
    ("length", ctypes.c_int64), ("null_count", ctypes.c_int64), ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64), ("n_children", ctypes.c_int64),
    ("buffers", ctypes.c_void_p), ("children", ctypes.c_void_p),
    ("dictionary", ctypes.POINTER(ArrowArray)),
    ("release", ctypes.c_void_p), ("private_data", ctypes.c_void_p),
]  # fmt: skip


def move_dictionary(array_address: int, values_address: int) -> None:
    """Move the array at `values_address` into the (empty) dictionary of the other one."""
    array = ArrowArray.from_address(array_address)
    values = ArrowArray.from_address(values_address)
    assert array.dictionary, "an array of a dictionary type owns a dictionary"
    place = array.dictionary.contents
    if place.release:
        _RELEASE(place.release)(array.dictionary)
    ctypes.memmove(ctypes.addressof(place), ctypes.addressof(values), ctypes.sizeof(ArrowArray))
    values.release = None  # moved: only the new place releases it
