"""numeric: exact decimals, kept as their texts.

The binary form (PostgreSQL's `numeric_send` and `numeric_recv`) is of base-10,000 digits:

| offset | size | type | field | notes |
|--:|--:|---|---|---|
| 0 | 2 | i16 BE | digits | count of base-10,000 digits |
| 2 | 2 | i16 BE | weight | power of 10,000 of the first digit |
| 4 | 2 | u16 BE | sign | 0x0000 +, 0x4000 -, 0xC000 NaN, 0xD000 infinity, 0xF000 -infinity |
| 6 | 2 | i16 BE | scale | digits after the point, as shown |
| 8 | 2 each | i16 BE | digit | 0..9999 |
"""

from __future__ import annotations

import re
import struct
from decimal import Decimal
from typing import Any

from vql.errors import InvalidParameterValue, InvalidText, NumericOutOfRange
from vql.types.base import SPACE, BaseType, Storage
from vql.types.forms.crossing import Crossing
from vql.types.numbers.integers import WHOLE, integer_written
from vql.types.numbers.numeric_math import EXACT, INFINITY, MINUS_INFINITY, NAN, bounded, overflow, to_scale

PRECISION_MAX, SCALE_DECLARED_MAX = 1_000, 1_000
# The scale in a modifier: eleven bits, signed.
SCALE_BITS, SCALE_SIGN = 0x7FF, 0x400
# DuckDB's decimals have as many digits, Arrow's decimal128 too.
DUCK_DIGITS_MAX = 38
NEGATIVE, NAN_CODE, INFINITY_CODE, MINUS_INFINITY_CODE = 0x4000, 0xC000, 0xD000, 0xF000
BASE_DIGITS = 4
CODES = {NAN_CODE: NAN, INFINITY_CODE: INFINITY, MINUS_INFINITY_CODE: MINUS_INFINITY}
WORDS = {
    "nan": NAN, "inf": INFINITY, "infinity": INFINITY, "+inf": INFINITY, "+infinity": INFINITY,
    "-inf": MINUS_INFINITY, "-infinity": MINUS_INFINITY,
}  # fmt: skip
DIGITS = "[0-9](?:_?[0-9])*"
DECIMAL = re.compile(rf"[+-]?(?:{DIGITS}(?:\.(?:{DIGITS})?)?|\.{DIGITS})(?:[eE][+-]?{DIGITS})?")


class NumericType(BaseType):
    """Decimals. The modifier packs precision and scale as PostgreSQL does: sixteen bits and eleven, the
    scale's sign among them."""

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        if not numbers:
            return None
        if len(numbers) > 2:
            raise InvalidParameterValue("invalid NUMERIC type modifier")
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
        if not 1 <= precision <= PRECISION_MAX:
            raise InvalidParameterValue(
                f"NUMERIC precision {precision} must be between 1 and {PRECISION_MAX}"
            )
        if abs(scale) > SCALE_DECLARED_MAX:
            why = f"must be between -{SCALE_DECLARED_MAX} and {SCALE_DECLARED_MAX}"
            raise InvalidParameterValue(f"NUMERIC scale {scale} {why}")
        return precision << 16 | scale & SCALE_BITS

    def modifier_text(self, modifier: int) -> str:
        precision, scale = precision_and_scale(modifier)
        return f"{precision},{scale}"

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod - 4 if typmod > 4 else None

    def from_text(self, text: str, modifier: int | None) -> Decimal:
        bare = text.strip(SPACE)
        if (special := WORDS.get(bare.lower())) is not None:
            return to_modifier(special, modifier)
        if DECIMAL.fullmatch(bare):
            value = EXACT.create_decimal(bare.replace("_", ""))
            if not value.is_finite():
                raise overflow()  # an exponent that Python does not take
            return to_modifier(bounded(value), modifier)
        found = WHOLE.fullmatch(bare)
        if not found:
            raise self.bad_text(text)
        return to_modifier(bounded(Decimal(integer_written(found))), modifier)

    def to_text(self, value: object) -> str:
        return decimal_text(value) if isinstance(value, Decimal) else str(value)

    def convert(self, value: object, modifier: int | None) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.mismatch(value)
        if isinstance(value, float):
            value = Decimal(repr(value))
        return to_modifier(bounded(Decimal(value)), modifier)

    def keeps(self, given: object, kept: object) -> bool:
        return not isinstance(given, int | Decimal) or given == kept or given != given

    def to_binary(self, value: object) -> bytes:
        return encode_numeric(value if isinstance(value, Decimal) else Decimal(str(value)))

    def from_binary(self, data: bytes, modifier: int | None) -> Decimal:
        return decode_numeric(data)

    def stored(self, value: object) -> str:
        return decimal_text(value if isinstance(value, Decimal) else Decimal(str(value)))

    def from_stored(self, kept: object) -> Decimal:
        return Decimal(str(kept))

    def key(self, value: object) -> str:
        text = self.stored(value)
        if "." in text:  # 1.0 equals 1.00
            text = text.rstrip("0").removesuffix(".")
        return "0" if text == "-0" else text

    def order_key(self, value: Any) -> object:
        return (1, 0) if value != value else (0, value)  # NaN is above all, and equal to itself

    def as_key(self, value: object) -> Decimal | None:
        return Decimal(value) if isinstance(value, int) else None


def decimal_text(value: Decimal) -> str:
    """Write numeric without an exponent."""
    if value.is_nan():
        return "NaN"
    if value.is_infinite():
        return "Infinity" if value > 0 else "-Infinity"
    return format(value, "f")


def precision_and_scale(modifier: int) -> tuple[int, int]:
    """Return the digits in all and those after the point that a modifier allows."""
    return modifier >> 16, (modifier & SCALE_BITS ^ SCALE_SIGN) - SCALE_SIGN


def to_modifier(value: Decimal, modifier: int | None) -> Decimal:
    """Round to numeric(precision, scale). Raises 22003."""
    if modifier is None or value.is_nan():
        return value
    precision, scale = precision_and_scale(modifier)
    field = f"A field with precision {precision}, scale {scale}"
    if value.is_infinite():
        raise NumericOutOfRange("numeric field overflow", detail=f"{field} cannot hold an infinite value.")
    made = to_scale(value, scale)
    if made and made.adjusted() >= precision - scale:
        least = f"10^{precision - scale}" if precision != scale else "1"
        why = f"{field} must round to an absolute value less than {least}."
        raise NumericOutOfRange("numeric field overflow", detail=why)
    return made


def encode_numeric(value: Decimal) -> bytes:
    """Return the binary form."""
    if value.is_nan():
        return struct.pack(">hhHh", 0, 0, NAN_CODE, 0)
    if value.is_infinite():
        return struct.pack(">hhHh", 0, 0, INFINITY_CODE if value > 0 else MINUS_INFINITY_CODE, 0)
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
    if sign in CODES:
        return CODES[sign]
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


NUMERIC = NumericType(
    name="numeric", oid=1700, array_oid=1231, aliases=("decimal",), category="N",
    storage=Storage.DICTIONARY, has_order=True, has_equality=True, orders_as_stored=False, arrow_format="d",
    range_offsets=("numeric",),
    arrow_formats=("d:", "L"), duck_literal=f"DECIMAL({DUCK_DIGITS_MAX}, 10)",
    duck_results=("DECIMAL", "HUGEINT", "UBIGINT", "UHUGEINT", "INT128"), duck_is_text=True,
    duck_crossing=Crossing(
        # No cast: it would make text of a list, an element of an array of several dimensions, without a word.
        argument="VARCHAR", result="VARCHAR", into="({0} || '')", read=Decimal, write=decimal_text
    ),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (NUMERIC,)
