"""Bit strings: Postgres' text form, what users hand over, and packing as `bit_send` packs.

The canonical value is a numpy bool array (bits,). Packed, the first bit is the highest of byte 0.
"""

from __future__ import annotations

import numpy as np

from vql.errors import DataError, DatatypeMismatch, InvalidText, LimitExceeded
from vql.limits import BIT_LENGTH_MAX
from vql.types.type import U8, Bools

WORD_BYTES = 8


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
    array = np.asarray(to_numpy() if to_numpy is not None else value)
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
