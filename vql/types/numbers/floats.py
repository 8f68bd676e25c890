"""real and double precision, and how floats are written.

Floats are written in the shortest form that reads back the same, fixed between 1e-4 and 1e6
(float4) or 1e15 (float8) and with an exponent beyond, as Postgres writes them with
extra_float_digits = 1 (its ryu_common.h names these thresholds after printf's).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.errors import NumericOutOfRange
from vql.types.base import SPACE, BaseType, Storage, StoredArray
from vql.types.forms.crossing import Crossing
from vql.types.numbers.integers import arrow_numbers, plain_array
from vql.types.numbers.numeric_math import DIGITS_MAX

# Decimal exponents from which a float is written with an exponent.
SINGLE_EXPONENT_MIN, DOUBLE_EXPONENT_MIN = 6, 15
# Inside these magnitudes numpy's and Python's shortest forms are Postgres' fixed ones.
SINGLE_PLAIN_LOW, SINGLE_PLAIN_HIGH = 1.01e-4, 999_999.0
DOUBLE_PLAIN_LOW, DOUBLE_PLAIN_HIGH = 1.01e-4, 999_999_999_999_999.0
# Digits that every decimal keeps through a float.
SINGLE_DIGITS, DOUBLE_DIGITS = 6, 15
# What strtod reads, in the C locale.
FLOAT = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<special>inf(?:inity)?|nan(?:\([0-9a-z_]*\))?)"
    r"|(?P<hex>0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?)"
    r"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)",
    re.I | re.A,
)
NOT_ZERO = re.compile("[1-9]")


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatType(BaseType):
    """Binary floating point numbers; the dtype says of which width."""

    extra_digits: int = 1  # `extra_float_digits` of the session

    def styled(self, style: Style) -> BaseType:
        digits = style.extra_float_digits
        return self if digits == self.extra_digits else replace(self, extra_digits=digits)

    @cached_property
    def is_single(self) -> bool:
        """Whether it is float4."""
        return self.dtype.itemsize == 4

    def from_text(self, text: str, modifier: int | None) -> float:
        found = FLOAT.fullmatch(text.strip(SPACE))
        if not found:
            raise self.bad_text(text)
        if found["special"]:
            return float(found["sign"] + found["special"][:3])
        written = found[0]
        if found["hex"]:
            number = float.fromhex(written)
        elif self.is_single:
            number = nearest_single(float(written), written)
        else:
            number = float(written)
        if math.isinf(number) or (number == 0 and NOT_ZERO.search(written.lower().partition("e")[0])):
            raise NumericOutOfRange(f'"{text}" is out of range for type {self.name}')
        return self.convert(number, modifier)

    def to_text(self, value: object) -> str:
        if isinstance(value, str):
            return value
        return float_text(float(value), self.is_single, self.extra_digits)  # type: ignore[arg-type]

    def convert(self, value: object, modifier: int | None) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.mismatch(value)
        if isinstance(value, Decimal) and value.is_finite():
            # A decimal that is no numeric may have more zeros than there is memory.
            is_numeric = abs(value.adjusted()) <= DIGITS_MAX
            return self.from_text(format(value, "f") if is_numeric else str(value), modifier)
        try:
            number = float(value)
        except OverflowError:
            raise NumericOutOfRange(f'"{value}" is out of range for type {self.name}') from None
        if not self.is_single:
            return number
        if isinstance(value, int) and abs(value) < 1 << 63:
            return float(np.int64(value).astype(np.float32))
        return checked_single(number)

    def as_key(self, value: object) -> float | None:
        digits = np.finfo(self.dtype).nmant + 1
        return float(value) if isinstance(value, int) and abs(value) <= 1 << digits else None

    def keeps(self, given: object, kept: object) -> bool:
        if isinstance(given, int):
            return given == kept
        return isinstance(given, str) or kept != 0 or given == 0

    def texts_of(self, cells: Sequence[object]) -> list[bytes] | None:
        if self.is_single or self.extra_digits < 1 or set(map(type, cells)) != {float}:
            return None
        # repr is Postgres' spelling where there is no exponent, which starts at 1e15 there.
        if not all(abs(cell) < 1e15 for cell in cells):  # type: ignore[arg-type]
            return None
        words = [repr(cell).removesuffix(".0").encode() for cell in cells]
        return None if b"e" in b"".join(words) else words

    def key(self, value: object) -> int | str:
        return str(float(value) + 0.0)  # type: ignore[arg-type]  # -0.0 equals 0.0

    def order_key(self, value: Any) -> object:
        return (1, 0) if value != value else (0, value)  # NaN is above all, and equal to itself

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return plain_array(self, given)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        return arrow_numbers(self, data, form)


def nearest_single(number: float, written: str) -> float:
    """Return the float4 nearest to a decimal, whose nearest double is given; infinity beyond.

    A double halfway between two float4 hides on which side of it the decimal was.
    """
    with np.errstate(over="ignore", under="ignore"):
        below, above = (float(np.float32(math.nextafter(number, end))) for end in (-math.inf, math.inf))
        if below != above and (exact := Decimal(written)) != (half := Decimal(number)):
            return above if exact > half else below
        return float(np.float32(number))


def checked_single(number: float) -> float:
    """Return a double as float4. Raises 22003."""
    with np.errstate(over="ignore", under="ignore"):
        made = float(np.float32(number))
    if math.isinf(made) and not math.isinf(number):
        raise NumericOutOfRange("value out of range: overflow")
    if made == 0 and number != 0:
        raise NumericOutOfRange("value out of range: underflow")
    return made


def float_text(value: float, single: bool, extra_digits: int = 1) -> str:
    """Write a float as Postgres does: `1e+10`, `Infinity`; shortest where `extra_float_digits` is above 0,
    and else rounded to so many digits more (or fewer) than a float surely has."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if extra_digits <= 0:
        return f"%.{max((SINGLE_DIGITS if single else DOUBLE_DIGITS) + extra_digits, 1)}g" % value
    size = abs(value)
    low, high = (SINGLE_PLAIN_LOW, SINGLE_PLAIN_HIGH) if single else (DOUBLE_PLAIN_LOW, DOUBLE_PLAIN_HIGH)
    if low <= size < high or size == 0:
        return (str(np.float32(value)) if single else repr(value)).removesuffix(".0")
    shortest = _shortest(np.float32(value) if single else np.float64(value))
    mantissa, _, exponent_text = shortest.partition("e")
    exponent = int(exponent_text)
    if -4 <= exponent < (SINGLE_EXPONENT_MIN if single else DOUBLE_EXPONENT_MIN):
        return _fixed(mantissa, exponent)
    sign = "-" if exponent < 0 else "+"
    return f"{mantissa}e{sign}{abs(exponent):02d}"


def _shortest(value: np.floating[Any]) -> str:
    """Write a float with the fewest digits that lie nearer to it than to any other float.

    numpy's and Python's digits may be halfway to the next float, to which they lead only by rounding to
    even; that can happen beyond the integers a float has all of.
    """
    written = np.format_float_scientific(value, unique=True, trim="-")
    if abs(value) < 2.0 ** (np.finfo(value.dtype).nmant + 1):
        return written
    with np.errstate(over="ignore"):
        ends = [Decimal(float(np.nextafter(value, value.dtype.type(end)))) for end in (-np.inf, np.inf)]
    halves = [(end + Decimal(float(value))) / 2 for end in ends if end.is_finite()]
    digits = len(written.partition("e")[0].lstrip("-").replace(".", ""))
    while Decimal(written) in halves:
        written = np.format_float_scientific(value, precision=digits, unique=False, trim="-")
        digits += 1
    return written


def _fixed(mantissa: str, exponent: int) -> str:
    minus = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits = whole + fraction
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{digits}"
    digits = digits.ljust(exponent + 1, "0")
    head, tail = digits[: exponent + 1], digits[exponent + 1 :]
    return minus + head + (f".{tail}" if tail else "")


def _crossing(duck: str) -> Crossing:
    """Return how floats cross: a NaN of Python's would be a NULL of DuckDB's, its text is none."""
    return Crossing(argument=duck, result="VARCHAR", out_of=f"CAST({{0}} AS {duck})", write=repr)


REAL = FloatType(
    name="real", oid=700, array_oid=1021, aliases=("float4",), catalog_name="float4", category="N", length=4,
    storage=Storage.NUMBERS, dtype=np.dtype("f4"), is_stored_as_is=True, has_order=True, has_equality=True,
    struct_code="f", arrow_format="f", arrow_formats=("f", "e"), duck_name="FLOAT", duck_results=("FLOAT",),
    duck_compares=True, equal_is_same=False, duck_crossing=_crossing("FLOAT"),
    range_offsets=("double precision",),
)  # fmt: skip
DOUBLE = FloatType(
    name="double precision", oid=701, array_oid=1022, aliases=("float8", "float", "double"),
    catalog_name="float8", category="N", length=8, storage=Storage.NUMBERS, dtype=np.dtype("f8"),
    is_stored_as_is=True, has_order=True, has_equality=True, struct_code="d", arrow_format="g",
    arrow_formats=("g",), duck_name="DOUBLE", duck_results=("DOUBLE",), duck_compares=True,
    equal_is_same=False,
    is_preferred=True, duck_crossing=_crossing("DOUBLE"), range_offsets=("double precision",),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (REAL, DOUBLE)
