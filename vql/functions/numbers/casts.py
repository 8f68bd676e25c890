"""Casts among the types of numbers, and the functions of their names: `float8(1.5)`, `int4(2.5)`.

Numerics round halves away from zero, floats to the even side. A float becomes a numeric by the digits it
surely has: 6 of real, 15 of double precision.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from vql.functions.declare import Willingness, cast_in_duck, in_duck
from vql.functions.numbers.floats import FLOATS
from vql.functions.numbers.integers import INTEGERS
from vql.types.base import BaseType
from vql.types.numbers.floats import DOUBLE, DOUBLE_DIGITS, REAL, SINGLE_DIGITS, checked_single
from vql.types.numbers.integers import BIGINT, INTEGER, OID, SMALLINT, IntegerType, whole
from vql.types.numbers.numeric import NUMERIC, to_modifier
from vql.types.numbers.numeric_math import bounded
from vql.types.type import BIT

# Decimal digits of the integers of a type.
DIGITS_OF = {SMALLINT.oid: 5, INTEGER.oid: 10, BIGINT.oid: 19}


def _conversion(
    source: BaseType, result: BaseType, willingness: Willingness, run: Callable[..., Any], duck: str = ""
) -> None:
    """Declare a cast, and the function that bears the result's short name."""
    cast_in_duck(f"{source.name} -> {result.name}", duck, run, willingness=willingness)
    in_duck(f"{result.short_name}({source.name}) -> {result.name}", duck, run)


def _unchanged(value: Any) -> Any:
    return value


def _whole_in(type_: IntegerType) -> Callable[[float | Decimal], int]:
    return lambda value: type_.checked(whole(value, type_.name))


def _single_of_integer(value: int) -> float:
    # Through a double it would be rounded twice.
    return float(np.int64(value).astype(np.float32))


def _decimal_of(digits: int) -> Callable[[float], Decimal]:
    return lambda value: bounded(Decimal(f"{value:.{digits}g}"))


for _source in INTEGERS:
    for _result in INTEGERS:
        _text = f"CAST({{0}} AS {_result.duck_name})"
        if _result.bound > _source.bound:
            _conversion(_source, _result, "implicit", _unchanged, _text)
        elif _result is not _source:
            _conversion(_source, _result, "assignment", _result.checked, _text)
    _conversion(_source, REAL, "implicit", _single_of_integer, "CAST({0} AS FLOAT)")
    _conversion(_source, DOUBLE, "implicit", float, "CAST({0} AS DOUBLE)")
    _conversion(_source, NUMERIC, "implicit", Decimal, f"CAST({{0}} AS DECIMAL({DIGITS_OF[_source.oid]}, 0))")
    _conversion(NUMERIC, _source, "assignment", _whole_in(_source))
    for _float in FLOATS:
        _text = f"CAST({{0}} AS {_source.duck_name})"
        _conversion(_float, _source, "assignment", _whole_in(_source), _text)

for _float, _digits in ((REAL, SINGLE_DIGITS), (DOUBLE, DOUBLE_DIGITS)):
    _conversion(_float, NUMERIC, "assignment", _decimal_of(_digits))
    _conversion(NUMERIC, _float, "implicit", lambda value, type_=_float: type_.convert(value, None))

_conversion(REAL, DOUBLE, "implicit", _unchanged, "CAST({0} AS DOUBLE)")
_conversion(
    DOUBLE, REAL, "assignment", checked_single,
    "CASE WHEN CAST({0} AS FLOAT) = 0 AND {0} <> 0 THEN error('value out of range: underflow')"
    " ELSE CAST({0} AS FLOAT) END",
)  # fmt: skip

cast_in_duck("numeric -> numeric", "", to_modifier, willingness="implicit", needs_modifier=True)


# ------------------------------------------------------------------ OIDs, which are bits of an integer


def _bits_as_oid(value: int) -> int:
    return value % (1 << 32)


def _oid_as_integer(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value


cast_in_duck("integer -> oid", "(CAST({0} AS BIGINT) & 4294967295)", _bits_as_oid, willingness="implicit")
cast_in_duck("smallint -> oid", "(CAST({0} AS BIGINT) & 4294967295)", _bits_as_oid, willingness="implicit")
_conversion(BIGINT, OID, "implicit", OID.checked)
_conversion(OID, BIGINT, "assignment", _unchanged, "{0}")
cast_in_duck("oid -> integer", "", _oid_as_integer, willingness="assignment")


# ------------------------------------------------------------------ bit strings of integers


def _low_bits(width: int) -> Callable[[int, int | None], Any]:
    """Return the low bits, the sign repeated in front of the integer's own."""

    def run(value: int, modifier: int | None) -> Any:
        size = modifier or 1
        return np.array([value >> min(place, width - 1) & 1 for place in range(size - 1, -1, -1)], bool)

    return run


def _integer_of_bits(type_: IntegerType) -> Callable[[Any], int]:
    def run(bits: Any) -> int:
        if len(bits) > 8 * type_.dtype.itemsize:
            type_.checked(type_.bound)
        value = int("".join("01"[int(bit)] for bit in bits) or "0", 2)
        return value - 2 * type_.bound if value >= type_.bound else value

    return run


for _type in (INTEGER, BIGINT):
    _width = 8 * _type.dtype.itemsize
    cast_in_duck(f"{_type.name} -> {BIT.name}", "", _low_bits(_width), needs_modifier=True)
    cast_in_duck(f"{BIT.name} -> {_type.name}", "", _integer_of_bits(_type))
