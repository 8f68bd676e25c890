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

import struct
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from vql.errors import DatatypeMismatch, InvalidParameterValue, InvalidText, NumericOutOfRange
from vql.types.base import BaseType, Storage
from vql.types.numbers import check_digits

# Digits before and after the point. A text form beyond would not be one in Postgres either.
DIGITS_MAX, SCALE_MAX = 131_072, 16_383
ROUNDING = Context(prec=2_000)
# DuckDB's decimals have as many digits, Arrow's decimal128 too.
DUCK_DIGITS_MAX = 38
NEGATIVE, NAN, INFINITY, MINUS_INFINITY = 0x4000, 0xC000, 0xD000, 0xF000
BASE_DIGITS = 4
SPECIAL = {NAN: Decimal("NaN"), INFINITY: Decimal("Infinity"), MINUS_INFINITY: Decimal("-Infinity")}


class NumericType(BaseType):
    """Decimals. The modifier packs precision and scale as PostgreSQL does: `precision << 16 | scale`."""

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        if not numbers:
            return None
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else 0
        if not 1 <= precision <= 1000:
            raise InvalidParameterValue(f"NUMERIC precision {precision} must be between 1 and 1000")
        if not 0 <= scale <= precision:
            raise InvalidParameterValue(f"NUMERIC scale {scale} must be between 0 and precision {precision}")
        return precision << 16 | scale

    def modifier_text(self, modifier: int) -> str:
        return f"{modifier >> 16},{modifier & 0xFFFF}"

    @property
    def typmod_sql(self) -> tuple[int, str] | None:
        precision, scale = "CAST(({typmod} - 4) >> 16 AS VARCHAR)", "CAST(({typmod} - 4) & 65535 AS VARCHAR)"
        return 5, f"{precision} || ',' || {scale}"

    def from_text(self, text: str, modifier: int | None) -> Decimal:
        try:
            value = Decimal(check_digits(self, text).strip())
        except InvalidOperation:
            raise self.bad_text(text) from None
        if value.is_nan() and text.strip().lower() != "nan":
            raise self.bad_text(text)
        return _scaled(bounded(value), modifier)

    def to_text(self, value: object) -> str:
        return decimal_text(value) if isinstance(value, Decimal) else str(value)

    def convert(self, value: object, modifier: int | None) -> Decimal:
        if isinstance(value, Decimal) and value.is_nan():
            return SPECIAL[NAN]
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return _scaled(bounded(value if isinstance(value, Decimal) else Decimal(str(value))), modifier)
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type numeric")

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

    def duck_cast(self, text: str, modifier: int | None, is_plain: bool) -> str:
        if modifier is None:
            return f"vql__numeric({text})"
        return f"CAST({text} AS DECIMAL({min(modifier >> 16, DUCK_DIGITS_MAX)}, {modifier & 0xFFFF}))"


def decimal_text(value: Decimal) -> str:
    """Write numeric without an exponent."""
    if value.is_nan():
        return "NaN"
    if value.is_infinite():
        return "Infinity" if value > 0 else "-Infinity"
    return format(value, "f")


def bounded(value: Decimal) -> Decimal:
    """Return a decimal Postgres could hold. Raises 22003."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and value != 0:
        if value.adjusted() >= DIGITS_MAX or -exponent > SCALE_MAX:
            raise NumericOutOfRange("value overflows numeric format")
    elif isinstance(exponent, int) and abs(exponent) > SCALE_MAX:
        return Decimal(0)
    return value


def _scaled(value: Decimal, modifier: int | None) -> Decimal:
    """Round to the scale of numeric(precision, scale), away from zero at the half as Postgres does."""
    if modifier is None or not value.is_finite():
        return value
    precision, scale = modifier >> 16, modifier & 0xFFFF
    too_large = value.adjusted() > precision  # for the digits of the rounding, too
    rounded = value if too_large else value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, ROUNDING)
    if rounded and rounded.adjusted() >= precision - scale:
        raise NumericOutOfRange(
            "numeric field overflow",
            detail=f"A field with precision {precision}, scale {scale} must round to an absolute value"
            f" less than {f'10^{precision - scale}' if precision > scale else '1'}.",
        )
    return rounded


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


NUMERIC = NumericType(
    name="numeric", oid=1700, array_oid=1231, aliases=("decimal",), category="N",
    storage=Storage.DICTIONARY, has_order=True, has_equality=True, orders_as_stored=False, arrow_format="d",
    arrow_formats=("d:", "L"), duck_literal=f"DECIMAL({DUCK_DIGITS_MAX}, 10)",
    duck_results=("DECIMAL", "HUGEINT", "UBIGINT", "UHUGEINT", "INT128"),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (NUMERIC,)
