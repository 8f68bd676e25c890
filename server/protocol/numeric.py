"""numeric's binary form: base-10,000 digits (PostgreSQL `numeric_send` and `numeric_recv`).

| offset | size | type | field | notes |
|--:|--:|---|---|---|
| 0 | 2 | i16 BE | digits | count of base-10,000 digits |
| 2 | 2 | i16 BE | weight | power of 10,000 of the first digit |
| 4 | 2 | u16 BE | sign | 0x0000 +, 0x4000 -, 0xC000 NaN, 0xD000 infinity, 0xF000 -infinity |
| 6 | 2 | i16 BE | scale | digits after the point, as shown |
| 8 | 2 each | i16 BE | digit | 0..9999 |
"""

from __future__ import annotations

import struct
from decimal import Decimal

from vql.errors import InvalidText

NEGATIVE, NAN, INFINITY, MINUS_INFINITY = 0x4000, 0xC000, 0xD000, 0xF000
BASE_DIGITS = 4
SPECIAL = {NAN: Decimal("NaN"), INFINITY: Decimal("Infinity"), MINUS_INFINITY: Decimal("-Infinity")}


def encode_numeric(value: Decimal) -> bytes:
    """Return the binary form."""
    if value.is_nan():
        return struct.pack(">hhHh", 0, 0, NAN, 0)
    if value.is_infinite():
        return struct.pack(">hhHh", 0, 0, INFINITY if value > 0 else MINUS_INFINITY, 0)
    minus, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)) + "0" * max(exponent, 0)
    scale = max(-exponent, 0)
    # The point must fall between two base-10,000 digits: pad on both sides.
    text += "0" * (-scale % BASE_DIGITS)
    whole = len(text) - scale - (-scale % BASE_DIGITS)
    text = "0" * (-whole % BASE_DIGITS) + text
    weight = (whole + (-whole % BASE_DIGITS)) // BASE_DIGITS - 1
    groups = [int(text[i : i + BASE_DIGITS]) for i in range(0, len(text), BASE_DIGITS)]
    while groups and groups[0] == 0:
        del groups[0]
        weight -= 1
    while groups and groups[-1] == 0:
        del groups[-1]
    sign = NEGATIVE if minus and groups else 0
    head = (len(groups), weight if groups else 0, sign, scale)
    return struct.pack(f">hhHh{len(groups)}h", *head, *groups)


def decode_numeric(data: bytes) -> Decimal:
    """Read the binary form. Raises 22P03."""
    if len(data) < 8:
        raise InvalidText("insufficient data left in message", sqlstate="22P03")
    count, weight, sign, scale = struct.unpack_from(">hhHh", data)
    if sign in SPECIAL:
        return SPECIAL[sign]
    if count < 0 or sign not in (0, NEGATIVE) or not 0 <= scale <= 0x3FFF:
        raise InvalidText('invalid sign in external "numeric" value', sqlstate="22P03")
    if len(data) != 8 + 2 * count:
        raise InvalidText("incorrect binary data format", sqlstate="22P03")
    groups = struct.unpack_from(f">{count}h", data, 8)
    if any(not 0 <= group < 10_000 for group in groups):
        raise InvalidText('invalid digit in external "numeric" value', sqlstate="22P03")
    digits = "".join(f"{group:04d}" for group in groups) or "0"
    # Digits in front of the point; the text is cut or filled to the scale that was sent.
    whole = (weight + 1) * BASE_DIGITS
    if whole <= 0:
        digits, whole = "0" * (1 - whole) + digits, 1
    head, tail = digits[:whole].ljust(whole, "0"), digits[whole:].ljust(scale, "0")[:scale]
    return Decimal(("-" if sign == NEGATIVE else "") + head + (f".{tail}" if tail else ""))
