"""Byte strings: comparison, parts, bits, digests, and casts to and from integers."""

from __future__ import annotations

import hashlib
import operator as compare
import zlib
from collections.abc import Sequence

from vql.errors import DataError, InvalidParameterValue, NumericOutOfRange
from vql.functions.declare import aggregate, cast, function, in_duck, operator_in_duck
from vql.functions.text.parts import replaced_places, within
from vql.functions.text.texts import COMPARISONS
from vql.types.type import BIGINT, INTEGER, SMALLINT

CASTAGNOLI = 0x82F63B78  # the polynomial of CRC-32C, bits reversed
INTEGERS = (SMALLINT, INTEGER, BIGINT)

for _symbol, _compares in COMPARISONS.items():
    operator_in_duck(f"bytea {_symbol} bytea -> boolean", f"({{0}} {_symbol} {{1}})", _compares)
operator_in_duck("bytea || bytea -> bytea", "({0} || {1})", compare.add)
for _name in ("length", "octet_length"):
    in_duck(f"{_name}(bytea) -> integer", "CAST(octet_length({0}) AS INTEGER)", len)


@aggregate("max(bytea) -> bytea")
def max_bytes(rows: Sequence[bytes]) -> bytes | None:
    return max(rows, default=None)


@aggregate("min(bytea) -> bytea")
def min_bytes(rows: Sequence[bytes]) -> bytes | None:
    return min(rows, default=None)


@aggregate("string_agg(bytea, bytea) -> bytea", is_strict=False)
def string_agg_bytes(rows: Sequence[tuple[bytes | None, bytes | None]]) -> bytes | None:
    made: list[bytes] = []
    for value, delimiter in rows:
        if value is not None:
            made += [delimiter or b"", value] if made else [value]
    return b"".join(made) if made else None


@function("bit_length(bytea) -> integer")
def bit_length_of_bytes(value: bytes) -> int:
    return 8 * len(value)


# ------------------------------------------------------------------ parts


@function("substr(bytea, integer) -> bytea")
@function("substring(bytea, integer) -> bytea")
@function("substr(bytea, integer, integer) -> bytea")
@function("substring(bytea, integer, integer) -> bytea")
def substr_bytes(value: bytes, start: int, count: int | None = None) -> bytes:
    return value[within(len(value), start, count)]


@function("overlay(bytea, bytea, integer) -> bytea")
@function("overlay(bytea, bytea, integer, integer) -> bytea")
def overlay_bytes(value: bytes, piece: bytes, start: int, count: int | None = None) -> bytes:
    head, tail = replaced_places(len(value), start, len(piece) if count is None else count)
    return value[head] + piece + value[tail]


@function("position(bytea, bytea) -> integer")
def position_of_bytes(value: bytes, piece: bytes) -> int:
    return value.find(piece) + 1


@function("ltrim(bytea, bytea) -> bytea")
def ltrim_bytes(value: bytes, chars: bytes) -> bytes:
    return value.lstrip(chars) if chars else value


@function("rtrim(bytea, bytea) -> bytea")
def rtrim_bytes(value: bytes, chars: bytes) -> bytes:
    return value.rstrip(chars) if chars else value


@function("btrim(bytea, bytea) -> bytea")
def btrim_bytes(value: bytes, chars: bytes) -> bytes:
    return value.strip(chars) if chars else value


@function("reverse(bytea) -> bytea")
def reverse_bytes(value: bytes) -> bytes:
    return value[::-1]


# ------------------------------------------------------------------ bits and bytes by number


def _check_index(index: int, count: int) -> None:
    if not 0 <= index < count:
        raise DataError(f"index {index} out of valid range, 0..{count - 1}", sqlstate="2202E")


@function("get_byte(bytea, integer) -> integer")
def get_byte(value: bytes, index: int) -> int:
    _check_index(index, len(value))
    return value[index]


@function("set_byte(bytea, integer, integer) -> bytea")
def set_byte(value: bytes, index: int, byte: int) -> bytes:
    _check_index(index, len(value))
    return value[:index] + bytes((byte & 0xFF,)) + value[index + 1 :]


@function("get_bit(bytea, bigint) -> integer")
def get_bit(value: bytes, index: int) -> int:
    _check_index(index, 8 * len(value))
    return value[index // 8] >> index % 8 & 1


@function("set_bit(bytea, bigint, integer) -> bytea")
def set_bit(value: bytes, index: int, bit: int) -> bytes:
    _check_index(index, 8 * len(value))
    if bit not in (0, 1):
        raise InvalidParameterValue("new bit must be 0 or 1")
    mask, byte = 1 << index % 8, value[index // 8]
    return set_byte(value, index // 8, byte | mask if bit else byte & ~mask)


@function("bit_count(bytea) -> bigint")
def bit_count(value: bytes) -> int:
    return int.from_bytes(value, "big").bit_count()


# ------------------------------------------------------------------ digests


@function("md5(text) -> text", duck="md5({0})")
def md5_of_text(text: str) -> str:
    return md5(text.encode())


@function("md5(bytea) -> text")
def md5(value: bytes) -> str:
    return hashlib.md5(value, usedforsecurity=False).hexdigest()


for _bits in (224, 256, 384, 512):

    @function(f"sha{_bits}(bytea) -> bytea")
    def sha(value: bytes, name: str = f"sha{_bits}") -> bytes:
        return hashlib.new(name, value).digest()


@function("crc32(bytea) -> bigint")
def crc32(value: bytes) -> int:
    return zlib.crc32(value)


def _castagnoli(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (CASTAGNOLI if byte & 1 else 0)
    return byte


CASTAGNOLI_TABLE = tuple(map(_castagnoli, range(256)))


@function("crc32c(bytea) -> bigint")
def crc32c(value: bytes) -> int:
    remainder = 0xFFFFFFFF
    for byte in value:
        remainder = remainder >> 8 ^ CASTAGNOLI_TABLE[(remainder ^ byte) & 0xFF]
    return remainder ^ 0xFFFFFFFF


# ------------------------------------------------------------------ integers

for _type in INTEGERS:

    @cast(f"{_type.name} -> bytea")
    def bytes_of_integer(value: int, size: int = _type.dtype.itemsize) -> bytes:
        return value.to_bytes(size, "big", signed=True)

    @cast(f"bytea -> {_type.name}")
    def integer_of_bytes(value: bytes, size: int = _type.dtype.itemsize, name: str = _type.name) -> int:
        if len(value) > size:
            raise NumericOutOfRange(f"{name} out of range")
        return int.from_bytes(value, "big", signed=len(value) == size)
