"""real and double precision: arithmetic and comparisons.

A result that is infinite, or zero, where no argument was is an error, as in PostgreSQL; DuckDB has no such
errors, so its texts ask for them, naming their arguments more than once.
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable
from itertools import product
from typing import Any

from vql.errors import NumericOutOfRange
from vql.functions.declare import in_duck, operator_in_duck
from vql.functions.numbers.integers import COMPARISONS
from vql.types.numbers.floats import DOUBLE, REAL, FloatType, checked_single
from vql.types.numbers.numeric_math import division_by_zero

FLOATS = (REAL, DOUBLE)


def float_overflow() -> NumericOutOfRange:
    """Return the error of a result that is no finite float."""
    return NumericOutOfRange("value out of range: overflow")


def float_underflow() -> NumericOutOfRange:
    """Return the error of a result too near to zero."""
    return NumericOutOfRange("value out of range: underflow")


def in_range(result: float, may_be_infinite: bool, may_be_zero: bool) -> float:
    """Return a result. Raises 22003 where it is infinite or zero and may not be."""
    if math.isinf(result) and not may_be_infinite:
        raise float_overflow()
    if result == 0 and not may_be_zero:
        raise float_underflow()
    return result


def _plus(left: float, right: float) -> float:
    return in_range(left + right, math.isinf(left) or math.isinf(right), True)


def _minus(left: float, right: float) -> float:
    return in_range(left - right, math.isinf(left) or math.isinf(right), True)


def _float_product(left: float, right: float) -> float:
    has_infinity = math.isinf(left) or math.isinf(right)
    return in_range(left * right, has_infinity, left == 0 or right == 0)


def _over(left: float, right: float) -> float:
    if right == 0:
        if math.isnan(left):
            return left
        raise division_by_zero()
    return in_range(left / right, math.isinf(left), left == 0 or math.isinf(right))


def _rank(value: float) -> tuple[bool, float]:
    """Place NaN above all numbers, equal to itself."""
    return (True, 0.0) if math.isnan(value) else (False, value)


def _ordered_floats(test: Callable[[Any, Any], bool]) -> Callable[[float, float], bool]:
    return lambda left, right: test(_rank(left), _rank(right))


def _single(compute: Callable[[float, float], float]) -> Callable[[float, float], float]:
    """Round a result to a float4: rounding it twice is harmless, a double has more than twice the bits."""
    return lambda left, right: checked_single(compute(left, right))


_OVER = "isinf({0} %s {1}) AND NOT isinf({0}) AND NOT isinf({1}) THEN error('value out of range: overflow')"
_SUM = f"CASE WHEN {_OVER} ELSE {{0}} %s {{1}} END"
_PRODUCT = (
    f"CASE WHEN {_OVER % '*'} WHEN {{0}} * {{1}} = 0 AND {{0}} <> 0 AND {{1}} <> 0"
    " THEN error('value out of range: underflow') ELSE {0} * {1} END"
)
_QUOTIENT = (
    "CASE WHEN {1} = 0 AND NOT isnan({0}) THEN error('division by zero')"
    " WHEN isinf({0} / {1}) AND NOT isinf({0}) THEN error('value out of range: overflow')"
    " WHEN {0} / {1} = 0 AND {0} <> 0 AND NOT isinf({1}) THEN error('value out of range: underflow')"
    " ELSE {0} / {1} END"
)
ARITHMETIC_OF_FLOATS: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "+": (_SUM % ("+", "+"), _plus), "-": (_SUM % ("-", "-"), _minus),
    "*": (_PRODUCT, _float_product), "/": (_QUOTIENT, _over),
}  # fmt: skip
COMPARED_FLOATS = {sign: _ordered_floats(test) for sign, test in COMPARISONS.items()}


def _typed_float(place: int, type_: FloatType, result: FloatType) -> str:
    return f"{{{place}}}" if type_ is result else f"CAST({{{place}}} AS {result.duck_name})"


for _left, _right in product(FLOATS, FLOATS):
    _wide = REAL if _left is _right is REAL else DOUBLE
    _sides = _typed_float(0, _left, _wide), _typed_float(1, _right, _wide)
    for _sign, (_duck, _compute) in ARITHMETIC_OF_FLOATS.items():
        operator_in_duck(
            f"{_left.name} {_sign} {_right.name} -> {_wide.name}",
            _duck.replace("{0}", _sides[0]).replace("{1}", _sides[1]),
            _single(_compute) if _wide is REAL else _compute,
        )
    for _sign, _test in COMPARED_FLOATS.items():
        _text = f"({_sides[0]} {_sign} {_sides[1]})"
        operator_in_duck(f"{_left.name} {_sign} {_right.name} -> boolean", _text, _test)

for _type in FLOATS:
    _name = _type.name
    operator_in_duck(f"+ {_name} -> {_name}", "{0}", python.pos)
    operator_in_duck(f"- {_name} -> {_name}", "(-{0})", python.neg)
    operator_in_duck(f"@ {_name} -> {_name}", "abs({0})", abs)
    in_duck(f"abs({_name}) -> {_name}", "abs({0})", abs)
