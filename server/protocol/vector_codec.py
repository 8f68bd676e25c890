"""Binary forms of vectors: those of pgvector's `vector_send`, `halfvec_send`, `sparsevec_send` and
Postgres' `bit_send`, all big-endian. Encoders put the int32 length in front.

| vector, halfvec | type | field | | bit | type | field | | sparsevec | type | field |
|--:|---|---|---|--:|---|---|---|--:|---|---|
| 0 | i16 | dim | | 0 | i32 | bits | | 0 | i32 | dim |
| 2 | i16 | 0 | | 4 | bytes | first bit highest | | 4 | i32 | elements, e |
| 4 | f32, f16 each | component | | | | | | 8 | i32 | 0 |
| | | | | | | | | 12 | i32 each | indices, from 0, rising |
| | | | | | | | | 12 + 4 e | f32 each | values, none of them 0 |
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from vql.errors import DataError, InvalidText, LimitExceeded
from vql.limits import SPARSE_NONZERO_MAX
from vql.types.bit import bits_from, packed, unpacked
from vql.types.sparsevec import SparseVector, assembled, check_dimensions, sparse_from
from vql.types.vector import halfvec_from, vector_from


def _vector(value: object) -> bytes:
    array = np.asarray(value, ">f4")
    return struct.pack(">ihh", 4 + 4 * array.size, array.size, 0) + array.tobytes()


def _halfvec(value: object) -> bytes:
    array = np.asarray(value, ">f2")
    return struct.pack(">ihh", 4 + 2 * array.size, array.size, 0) + array.tobytes()


def _bit(value: object) -> bytes:
    assert isinstance(value, np.ndarray), "a bit string is an array"
    raw = packed(value).tobytes()
    return struct.pack(">ii", 4 + len(raw), value.size) + raw


def _sparsevec(value: object) -> bytes:
    assert isinstance(value, SparseVector), "a sparsevec is a SparseVector"
    count = len(value.indices())
    head = struct.pack(">iiii", 12 + 8 * count, value.dimensions(), count, 0)
    return head + value.indices().astype(">i4").tobytes() + value.values().astype(">f4").tobytes()


VECTOR_ENCODERS: dict[str, Callable[[object], bytes]] = {
    "vector": _vector, "halfvec": _halfvec, "bit": _bit, "sparsevec": _sparsevec,
}  # fmt: skip


def decode_vector(data: bytes, dim: int | None = None) -> object:
    """Read pgvector's binary form. Raises its errors."""
    return vector_from(_numbers(data, ">f4"), dim)


def decode_halfvec(data: bytes, dim: int | None = None) -> object:
    """Read pgvector's binary form of halfvec. Raises its errors."""
    return halfvec_from(_numbers(data, ">f2").astype(np.float16), dim)


def _numbers(data: bytes, form: str) -> np.ndarray:
    if len(data) < 4:
        raise _short()
    size, unused = struct.unpack_from(">hh", data)
    if unused:
        raise DataError(f"expected unused to be 0, not {unused}")
    if len(data) != 4 + np.dtype(form).itemsize * max(size, 0):
        raise wrong_size()
    return np.frombuffer(data, form, offset=4)


def decode_bit(data: bytes, length: int | None = None) -> object:
    """Read Postgres' binary form of bit: the number of bits, then bytes. Raises 22P03."""
    if len(data) < 4:
        raise _short()
    (count,) = struct.unpack_from(">i", data)
    if count < 0 or len(data) != 4 + (count + 7) // 8:
        raise InvalidText("invalid length in external bit string", sqlstate="22P03")
    return bits_from(unpacked(np.frombuffer(data, np.uint8, offset=4), count), length)


def decode_sparsevec(data: bytes, dim: int | None = None) -> object:
    """Read pgvector's binary form of sparsevec. Raises its errors."""
    if len(data) < 12:
        raise _short()
    dimensions, count, unused = struct.unpack_from(">iii", data)
    check_dimensions(dimensions)
    if count < 0:
        raise DataError("sparsevec cannot have negative number of elements")
    if count > SPARSE_NONZERO_MAX:
        raise LimitExceeded(f"sparsevec cannot have more than {SPARSE_NONZERO_MAX} non-zero elements")
    if count > dimensions:
        raise LimitExceeded("sparsevec cannot have more elements than dimensions")
    if unused:
        raise DataError(f"expected unused to be 0, not {unused}")
    if len(data) != 12 + 8 * count:
        raise wrong_size()
    indices = np.frombuffer(data, ">i4", count, 12).astype(np.int64)
    numbers = np.frombuffer(data, ">f4", count, 12 + 4 * count).astype(np.float32)
    if (indices < 0).any() or (indices >= dimensions).any():
        raise DataError("sparsevec index out of bounds")
    steps = np.diff(indices)
    if (steps < 0).any():
        raise DataError("sparsevec indices must be in ascending order")
    if (steps == 0).any():
        raise DataError("sparsevec indices must not contain duplicates")
    if (numbers == 0).any():
        raise DataError("binary representation of sparsevec cannot contain zero values")
    return sparse_from(assembled(indices, numbers, dimensions), dim)


def wrong_size() -> DataError:
    """Return the error of a value that is not as long as its form says."""
    return InvalidText("incorrect binary data format in bind parameter", sqlstate="22P03")


def _short() -> InvalidText:
    return InvalidText("insufficient data left in message", sqlstate="08P01")


VECTOR_DECODERS: dict[str, Callable[[bytes, int | None], object]] = {
    "vector": decode_vector, "halfvec": decode_halfvec, "bit": decode_bit, "sparsevec": decode_sparsevec,
}  # fmt: skip
