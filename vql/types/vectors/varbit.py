"""bit varying: bit strings of any length, of at most their modifier; kept as their texts, which order so."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from vql.dataclass import dataclass
from vql.errors import DataError, InvalidParameterValue, InvalidText
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import too_short
from vql.types.forms.ndarrays import Bools
from vql.types.spelt import SpeltType
from vql.types.vectors.bit import bits_from, bits_text, packed, parse_bits, unpacked

# As many as PostgreSQL lets a modifier say.
LENGTH_MAX = 10 * 1024 * 1024 * 8


@dataclass(frozen=True, eq=False, kw_only=True)
class VarbitType(SpeltType):
    """Bit strings as bool arrays (bits,), of any number of bits up to the modifier."""

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        if not numbers:
            return None
        if len(numbers) > 1:
            raise InvalidParameterValue("invalid type modifier")
        if numbers[0] < 1:
            raise InvalidParameterValue("length for type varbit must be at least 1")
        if numbers[0] > LENGTH_MAX:
            raise InvalidParameterValue(f"length for type varbit cannot exceed {LENGTH_MAX}")
        return numbers[0]

    def typmod(self, modifier: int) -> int:
        return modifier

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod if typmod > 0 else None

    def from_text(self, text: str, modifier: int | None) -> Bools:
        return self._checked(parse_bits(text), modifier)

    def to_text(self, value: object) -> str:
        return bits_text(value) if isinstance(value, np.ndarray) else str(value)

    def convert(self, value: object, modifier: int | None) -> Bools:
        return self._checked(bits_from(value), modifier)

    def cast(self, value: object, modifier: int | None) -> Bools:
        return bits_from(value)[:modifier]

    def _checked(self, bits: Bools, modifier: int | None) -> Bools:
        if modifier is not None and bits.size > modifier:
            raise DataError(f"bit string too long for type bit varying({modifier})", sqlstate="22001")
        return bits

    def order_key(self, value: object) -> str:
        return self.to_text(value)

    def sort_text(self, value: object) -> str:
        return self.to_text(value)

    def comparand(self, kept: Any) -> str:
        return str(kept)

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, np.ndarray), "a bit string is an array"
        return struct.pack(">i", value.size) + packed(value).tobytes()

    def from_binary(self, data: bytes, modifier: int | None) -> Bools:
        if len(data) < 4:
            raise too_short()
        (count,) = struct.unpack_from(">i", data)
        if count < 0 or len(data) - 4 != -(-count // 8):
            raise InvalidText("invalid length in external bit string", sqlstate="22P03")
        return self._checked(unpacked(np.frombuffer(data, np.uint8, offset=4), count), modifier)


VARBIT = VarbitType(
    name="varbit", oid=1562, array_oid=1563, aliases=("bit varying",), standard_name="bit varying",
    category="V", is_preferred=True, storage=Storage.DICTIONARY, has_order=True, has_equality=True,
    orders_as_stored=True, duck_is_text=True, duck_compares=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (VARBIT,)
