"""Arrow arrays that nanoarrow 0.9 does not read, by the pointers of the C data interface: texts, byte strings
and lists as views, which polars and pyarrow hand over, and short decimals.

A view of a text is 16 bytes (Arrow columnar format, variable-size binary view layout):

| offset | size | type | field | notes |
|--:|--:|---|---|---|
| 0 | 4 | i32 | length | |
| 4 | 12 | bytes | text | where it is no longer than that; else |
| 4 | 4 | bytes | prefix | |
| 8 | 4 | i32 | buffer | from 0, behind those of validity and views |
| 12 | 4 | i32 | offset | |
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.executor.bridge.arrow import ArrowArray
from vql.types.forms.ndarrays import I64

VIEW_BYTES, INLINE_BYTES = 16, 12
# Validity, views, and at the end the lengths of the buffers between.
FIXED_BUFFERS = 3


def viewed_bytes(array: Any) -> list[bytes]:
    """Return the byte strings of an array of views, whatever NULL slots hold left empty."""
    raw = ArrowArray.from_address(array._addr())
    buffers = (ctypes.c_void_p * raw.n_buffers).from_address(raw.buffers)
    count = raw.n_buffers - FIXED_BUFFERS
    lengths = _read(buffers[count + 2], 8 * count).view(np.int64).tolist()
    texts = [_read(buffers[2 + i], length).tobytes() for i, length in enumerate(lengths)]
    start = (array.offset) * VIEW_BYTES
    views = _read((buffers[1] or 0) + start, array.length * VIEW_BYTES)
    inline, fields = views.tobytes(), views.view(np.int32).reshape(-1, 4).tolist()
    found = []
    for row, (length, _, buffer, offset) in enumerate(fields):
        if length <= INLINE_BYTES:
            place = row * VIEW_BYTES + 4
            found.append(inline[place : place + length])
        else:
            found.append(texts[buffer][offset : offset + length])
    return found


def fixed_width(array: Any, size: int) -> bytes:
    """Return the values of an array of values of `size` bytes each."""
    raw = ArrowArray.from_address(array._addr())
    buffers = (ctypes.c_void_p * raw.n_buffers).from_address(raw.buffers)
    return _read((buffers[1] or 0) + array.offset * size, array.length * size).tobytes()


def list_bounds(array: Any, wide: str) -> tuple[I64, I64]:
    """Return where each list of an array of list views begins and how long it is."""
    raw = ArrowArray.from_address(array._addr())
    buffers = (ctypes.c_void_p * raw.n_buffers).from_address(raw.buffers)
    width = np.dtype(wide).itemsize
    starts, sizes = (
        _read((buffers[i] or 0) + array.offset * width, array.length * width).view(wide).astype(np.int64)
        for i in (1, 2)
    )
    return starts, sizes


def _read(address: int | None, size: int) -> NDArray[np.uint8]:
    if not address or not size:
        return np.empty(0, np.uint8)
    return np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
