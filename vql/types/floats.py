"""real and double precision, and how floats are written.

Floats are written in the shortest form that reads back the same, fixed between 1e-4 and 1e6
(float4) or 1e15 (float8) and with an exponent beyond, as Postgres writes them with
extra_float_digits = 1 (its ryu_common.h names these thresholds after printf's).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import DatatypeMismatch, NumericOutOfRange
from vql.types.base import BaseType, Storage, StoredArray
from vql.types.numbers import arrow_numbers, check_digits, plain_array

# Decimal exponents from which a float is written with an exponent.
SINGLE_EXPONENT_MIN, DOUBLE_EXPONENT_MIN = 6, 15
# Inside these magnitudes numpy's and Python's shortest forms are Postgres' fixed ones.
SINGLE_PLAIN_LOW, SINGLE_PLAIN_HIGH = 1.01e-4, 999_999.0
DOUBLE_PLAIN_LOW, DOUBLE_PLAIN_HIGH = 1.01e-4, 999_999_999_999_999.0
REAL_MAX = 3.4028235677973366e38  # beyond this a double rounds to infinity as float4


class FloatType(BaseType):
    """Binary floating point numbers; the dtype says of which width."""

    @cached_property
    def is_single(self) -> bool:
        """Whether it is float4."""
        return self.dtype.itemsize == 4

    def from_text(self, text: str, modifier: int | None) -> float:
        try:
            number = float(check_digits(self, text))
        except ValueError:
            raise self.bad_text(text) from None
        wide = math.isinf(number) or (self.is_single and abs(number) > REAL_MAX)
        if wide and "inf" not in text.lower():
            raise NumericOutOfRange(f'"{text}" is out of range for type {self.name}')
        return self.convert(number, modifier)

    def to_text(self, value: object) -> str:
        return value if isinstance(value, str) else float_text(float(value), self.is_single)  # type: ignore[arg-type]

    def convert(self, value: object, modifier: int | None) -> float:
        if not isinstance(value, int | float | Decimal):
            raise DatatypeMismatch(f"{type(value).__name__} is not a value of type {self.name}")
        try:
            number = float(value)
        except OverflowError:
            raise NumericOutOfRange(f'"{value}" is out of range for type {self.name}') from None
        if not self.is_single:
            return number
        if math.isfinite(number) and abs(number) > REAL_MAX:
            raise NumericOutOfRange(f'"{value}" is out of range for type {self.name}')
        return float(np.float32(number))

    def as_key(self, value: object) -> float | None:
        digits = np.finfo(self.dtype).nmant + 1
        return float(value) if isinstance(value, int) and abs(value) <= 1 << digits else None

    def keeps(self, given: object, kept: object) -> bool:
        if isinstance(given, int):
            return given == kept
        return isinstance(given, str) or kept != 0 or given == 0

    def texts_of(self, cells: Sequence[object]) -> list[bytes] | None:
        if self.is_single or set(map(type, cells)) != {float}:
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


def float_text(value: float, single: bool) -> str:
    """Write a float as Postgres does: shortest, `1e+10`, `Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    size = abs(value)
    if single:
        if SINGLE_PLAIN_LOW <= size < SINGLE_PLAIN_HIGH or size == 0:
            return str(np.float32(value)).removesuffix(".0")
        shortest = np.format_float_scientific(np.float32(value), unique=True, trim="-")
    else:
        if DOUBLE_PLAIN_LOW <= size < DOUBLE_PLAIN_HIGH or size == 0:
            return repr(value).removesuffix(".0")
        shortest = np.format_float_scientific(np.float64(value), unique=True, trim="-")
    mantissa, _, exponent_text = shortest.partition("e")
    exponent = int(exponent_text)
    if -4 <= exponent < (SINGLE_EXPONENT_MIN if single else DOUBLE_EXPONENT_MIN):
        return _fixed(mantissa, exponent)
    sign = "-" if exponent < 0 else "+"
    return f"{mantissa}e{sign}{abs(exponent):02d}"


def _fixed(mantissa: str, exponent: int) -> str:
    minus = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits = whole + fraction
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{digits}"
    digits = digits.ljust(exponent + 1, "0")
    head, tail = digits[: exponent + 1], digits[exponent + 1 :]
    return minus + head + (f".{tail}" if tail else "")


REAL = FloatType(
    name="real", oid=700, array_oid=1021, aliases=("float4",), catalog_name="float4", category="N", length=4,
    storage=Storage.NUMBERS, dtype=np.dtype("f4"), is_stored_as_is=True, has_order=True, has_equality=True,
    struct_code="f", arrow_format="f", arrow_formats=("f", "e"), duck_name="FLOAT", duck_results=("FLOAT",),
)  # fmt: skip
DOUBLE = FloatType(
    name="double precision", oid=701, array_oid=1022, aliases=("float8", "float", "double"),
    catalog_name="float8", category="N", length=8, storage=Storage.NUMBERS, dtype=np.dtype("f8"),
    is_stored_as_is=True, has_order=True, has_equality=True, struct_code="d", arrow_format="g",
    arrow_formats=("g",), duck_name="DOUBLE", duck_results=("DOUBLE",),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (REAL, DOUBLE)
