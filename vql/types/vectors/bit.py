"""bit: bit strings, Postgres' text form, what users hand over, and packing as `bit_send` packs.

The canonical value is a numpy bool array (bits,). Packed, the first bit is the highest of byte 0.

| binary form | type | field |
|--:|---|---|
| 0 | i32 | bits |
| 4 | bytes | first bit highest |
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import (
    DataError,
    DatatypeMismatch,
    InvalidParameterValue,
    InvalidText,
    LimitExceeded,
    NotSupportedError,
)
from vql.limits import BIT_LENGTH_MAX
from vql.types.base import BaseType, Storage, StoredArray
from vql.types.forms.binary import too_short
from vql.types.forms.crossing import Crossing
from vql.types.forms.ndarrays import U8, Bools

WORD_BYTES = 8


class BitType(BaseType):
    """Bit strings of one length, the modifier; stored as bytes in whole words of 64 bits."""

    @property
    def array_dtype(self) -> np.dtype[Any]:
        return np.dtype(np.bool_)

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        length = numbers[0] if numbers else 1  # bit alone is bit(1) in Postgres
        if length < 1:
            raise InvalidParameterValue("length for type bit must be at least 1")
        if length > BIT_LENGTH_MAX:
            raise InvalidParameterValue(f"length for type bit cannot exceed {BIT_LENGTH_MAX}")
        return length

    def typmod(self, modifier: int) -> int:
        return modifier

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod if typmod > 0 else None

    def from_text(self, text: str, modifier: int | None) -> Bools:
        return bits_from(text, modifier)

    def to_text(self, value: object) -> str:
        return bits_text(value) if isinstance(value, np.ndarray) else str(value)

    def coerce(self, value: object, modifier: int | None) -> Bools:
        return bits_from(value, modifier)

    def cast(self, value: object, modifier: int | None) -> Bools:
        bits = bits_from(value)
        return resized(bits, modifier or bits.size)

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, np.ndarray), "a bit string is an array"
        return struct.pack(">i", value.size) + packed(value).tobytes()

    def from_binary(self, data: bytes, modifier: int | None) -> Bools:
        if len(data) < 4:
            raise too_short()
        (count,) = struct.unpack_from(">i", data)
        if count < 0 or len(data) != 4 + (count + 7) // 8:
            raise InvalidText("invalid length in external bit string", sqlstate="22P03")
        return bits_from(unpacked(np.frombuffer(data, np.uint8, offset=4), count), modifier)

    def order_key(self, value: object) -> object:
        assert isinstance(value, np.ndarray), "a bit string is an array"
        return tuple(value.tolist())

    def sort_text(self, value: object) -> str:
        return self.to_text(value)

    def width(self, modifier: int | None) -> int:
        return ((modifier or 0) + 63) // 64 * WORD_BYTES

    def matrix(self, cells: Sequence[object], modifier: int | None) -> tuple[int | None, NDArray[Any]]:
        lengths = {int(cell.size) for cell in cells if isinstance(cell, np.ndarray)}
        if modifier is None and len(lengths) > 1:  # as COALESCE gives them of several: one by one
            objects = np.empty(len(cells), object)
            for row, cell in enumerate(cells):
                objects[row] = cell
            return None, objects
        length = modifier or next(iter(lengths), 0)
        bits = np.zeros((len(cells), length), np.bool_)
        for row, cell in enumerate(cells):
            if cell is not None:
                bits[row] = cell
        return length, packed_rows(bits)

    def from_matrix(self, data: NDArray[Any], modifier: int | None) -> list[object]:
        return list(unpacked(data, modifier) if data.dtype == np.uint8 else data)

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        if not isinstance(given, np.ndarray) or given.dtype.kind not in "biufUM" or given.ndim != 2:
            return None
        return _bit_rows(given, modifier or given.shape[1]), None

    def to_numpy(self, data: NDArray[Any], modifier: int | None) -> NDArray[Any] | None:
        return unpacked(data, modifier) if data.dtype == np.uint8 else None

    def from_duck(self, value: object) -> Bools:
        """Read DuckDB's BIT: a byte that counts padding bits, then the padding and the bits."""
        assert isinstance(value, bytes), "DuckDB gives BIT as bytes"
        return unpacked(np.frombuffer(value, np.uint8, offset=1), None)[value[0] :]


def bits_from(value: object, length: int | None = None) -> Bools:
    """Return the bits of a text '0101', a bool array, 0/1 numbers, or packed bytes.

    Bytes and uint8 arrays that are not as long as `length` are packed, eight bits each. Objects with
    `to_numpy`, as pgvector's Bit, are asked. Raises 22P02 for bad text, 22026 for a wrong length.
    """
    if isinstance(value, str):
        bits = parse_bits(value)
    elif isinstance(value, bytes | bytearray):
        bits = _of_bytes(np.frombuffer(value, np.uint8), length)
    else:
        bits = _bits_of(value, length)
    if bits.size > BIT_LENGTH_MAX:
        raise LimitExceeded(f"bit cannot have more than {BIT_LENGTH_MAX} dimensions")
    if length is not None and bits.size != length:
        raise DataError(f"bit string length {bits.size} does not match type bit({length})", sqlstate="22026")
    return bits


def _bits_of(value: object, length: int | None) -> Bools:
    to_numpy = getattr(value, "to_numpy", None)
    try:
        array = np.asarray(to_numpy() if to_numpy is not None else value)
    except ValueError:  # of parts that are not of one length
        array = np.zeros(0, object)
    if array.ndim != 1 or array.dtype.kind not in "bui":
        raise DatatypeMismatch(
            f"a bit string cannot be made of {type(value).__name__}",
            hint="give a text of 0 and 1, a numpy array of bools or of packed uint8",
        )
    if array.dtype == np.uint8 and array.size != length:
        return _of_bytes(array, length)
    bits: Bools = array.astype(bool)
    if not (array == bits).all():
        raise DataError("a bit is 0 or 1", sqlstate="22P02")
    return bits


def _of_bytes(raw: U8, length: int | None) -> Bools:
    if length is not None and raw.size != -(-length // 8):
        raise DataError(
            f"bit string length {8 * raw.size} does not match type bit({length})", sqlstate="22026"
        )
    return unpacked(raw, length)


def parse_bits(text: str) -> Bools:
    """Parse '0101', also b'0101' and x'5' written as Postgres' input takes them: `b0101`, `x5`."""
    if text[:1] in ("x", "X"):
        return _hexadecimal(text[1:])
    digits = text[1:] if text[:1] in ("b", "B") else text
    raw = np.frombuffer(digits.encode(), np.uint8)
    found: Bools = raw == ord("1")
    if not (found | (raw == ord("0"))).all():
        odd = next(char for char in digits if char not in "01")
        raise InvalidText(f'"{odd}" is not a valid binary digit')
    return found


def _hexadecimal(digits: str) -> Bools:
    for char in digits:
        if char not in "0123456789abcdefABCDEF":
            raise InvalidText(f'"{char}" is not a valid hexadecimal digit')
    whole = np.frombuffer(bytes.fromhex(digits + "0" * (len(digits) % 2)), np.uint8)
    return np.unpackbits(whole, count=4 * len(digits)).view(np.bool_)


def bits_text(bits: Bools) -> str:
    """Write bits as Postgres does: 0101."""
    return (bits.view(np.uint8) + np.uint8(ord("0"))).tobytes().decode()


def packed(bits: Bools) -> U8:
    """Pack bits (..., length) into bytes, the last ones filled with zeros."""
    return np.packbits(bits, axis=-1)


def selector_bits(passed: Bools) -> U8:
    """Pack bools (n,) into bytes as faiss' IDSelectorBitmap reads them: LSB first, whole words of 64 bits."""
    bits = np.packbits(passed, bitorder="little")
    return np.concatenate([bits, np.zeros(-len(bits) % WORD_BYTES, np.uint8)])


def packed_rows(bits: Bools) -> U8:
    """Pack bits (..., length) into bytes as columns store them: whole words of 64 bits."""
    tight = packed(bits)
    filled = np.zeros((*tight.shape[:-1], -(-tight.shape[-1] // WORD_BYTES) * WORD_BYTES), np.uint8)
    filled[..., : tight.shape[-1]] = tight
    return filled


def unpacked(raw: U8, length: int | None) -> Bools:
    """Return the first `length` bits of packed bytes (..., n), all where None."""
    return np.unpackbits(raw, axis=-1, count=length).view(np.bool_)


def resized(bits: Bools, length: int) -> Bools:
    """Return bits cast to bit(length): cut or filled with zeros on the right, as Postgres does."""
    made = np.zeros(length, np.bool_)
    made[: min(length, bits.size)] = bits[:length]
    return made


def _bit_rows(array: NDArray[Any], length: int) -> U8:
    """Return bit strings as rows of packed bytes: of 0 and 1 (n, bits), or of bytes (n, bytes)."""
    if array.dtype == np.uint8 and array.shape[1] != length:
        if array.shape[1] != -(-length // 8):
            bits_from(array[0] if len(array) else array.reshape(-1), length)
        return packed_rows(unpacked(array, length))
    if len(array):
        bits_from(array[0], length)
    if array.dtype.kind not in "bui" or ((array != 0) & (array != 1)).any():
        raise DataError("a bit is 0 or 1", sqlstate="22P02")
    return packed_rows(array.astype(bool))


def _duck_text(bits: Bools) -> str:
    if not bits.size:
        raise NotSupportedError("bit strings without bits are not supported in this expression yet")
    return bits_text(bits)


BIT = BitType(
    name="bit", oid=1560, array_oid=1561, category="V", storage=Storage.MATRIX, dtype=np.dtype("u1"),
    dimensions_max=BIT_LENGTH_MAX, sizes_name="bit lengths", needs_modifier=True, duck_name="BIT",
    duck_results=("BIT",), duck_stream="vql__bits", metrics=("hamming", "jaccard"),
    duck_crossing=Crossing(
        argument="VARCHAR", result="VARCHAR", into="({0} || '')", out_of="CAST({0} AS BIT)",
        read=lambda text: bits_from(text), write=_duck_text,
    ),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (BIT,)
