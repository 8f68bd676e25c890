"""Results by columns: as arrays, and as frames of other libraries."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from vql.storage.columns.column import Column
from vql.types.base import Storage
from vql.types.json.json import JsonType


def array_of(column: Column) -> np.ndarray:
    """Return a column as an array: its own where numpy has the type and nothing is NULL."""
    column = column.of_one_size()
    if column.ragged is None and (column.valid is None or bool(column.valid.all())):
        array = column.type.base.to_numpy(column.data, column.type.modifier)
        if array is not None:
            return array
    cells = column.values()
    array = np.empty(len(cells), object)
    if column.type.is_dense or column.type.is_matrix:
        array[:] = [None if c is None else np.asarray(c) for c in cells]
    else:
        array[:] = cells
    return array


def series_of(pandas: Any, column: Column) -> Any:
    """Return a column as what a frame of `pandas` keeps of it."""
    base = column.type.base
    if isinstance(base, JsonType):
        texts = column.values()
        found = [None if text is None else json.loads(str(text)) for text in texts]
        return pandas.Series(found, dtype=object)
    if column.holds_objects and column.type.has_layout:
        column = Column.from_values(column.type, column.values())
    data, valid = column.data, column.valid
    is_number = base.storage is Storage.NUMBERS and base.is_stored_as_is
    if is_number and valid is not None and not bool(valid.all()):
        if data.dtype.kind == "f":
            return np.where(valid, data, np.nan).astype(data.dtype)
        made = pandas.arrays.BooleanArray if data.dtype.kind == "b" else pandas.arrays.IntegerArray
        return made(data.copy(), ~valid)
    array = array_of(column)
    return pandas.Series(list(array), dtype=object) if array.ndim > 1 else array
