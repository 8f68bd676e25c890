"""width_bucket: in which part of a range, or between which thresholds, a number lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from vql.errors import DataError
from vql.functions.declare import function
from vql.types.numbers.integers import INTEGER
from vql.types.numbers.numeric_math import EXACT


def _refused(why: str) -> DataError:
    return DataError(why, sqlstate="2201G")


def _check_bounds(operand: float | Decimal, low: float | Decimal, high: float | Decimal, count: int) -> None:
    if count <= 0:
        raise _refused("count must be greater than zero")
    if any(map(math.isnan, (operand, low, high))):
        raise _refused("operand, lower bound, and upper bound cannot be NaN")
    if math.isinf(low) or math.isinf(high):
        raise _refused("lower and upper bounds must be finite")
    if low == high:
        raise _refused("lower bound cannot equal upper bound")


@function("width_bucket(double precision, double precision, double precision, integer) -> integer")
def _float_bucket(operand: float, low: float, high: float, count: int) -> int:
    _check_bounds(operand, low, high, count)
    if low > high:
        operand, low, high = -operand, -low, -high
    if operand < low:
        return 0
    if operand >= high:
        return INTEGER.checked(count + 1)
    if math.isinf(high - low):
        operand, low, high = operand / 2, low / 2, high / 2
    # The quotient may be rounded to 1, where the operand is below the upper bound.
    return min(int(count * ((operand - low) / (high - low))), count - 1) + 1


@function("width_bucket(numeric, numeric, numeric, integer) -> integer")
def _numeric_bucket(operand: Decimal, low: Decimal, high: Decimal, count: int) -> int:
    _check_bounds(operand, low, high, count)
    if low > high:
        operand, low, high = -operand, -low, -high
    if operand < low:
        return 0
    if operand >= high:
        return INTEGER.checked(count + 1)
    part = EXACT.multiply(EXACT.subtract(operand, low), Decimal(count))
    return int(EXACT.divide_int(part, EXACT.subtract(high, low))) + 1


@function("width_bucket(anycompatible, anycompatiblearray) -> integer")
def _threshold_bucket(operand: Any, thresholds: Sequence[Any]) -> int:
    if any(isinstance(each, list) for each in thresholds):
        raise DataError("thresholds must be one-dimensional array", sqlstate="2202E")
    if None in thresholds:
        raise DataError("thresholds array must not contain NULLs", sqlstate="22004")
    wanted = _ranked(operand)
    left, right = 0, len(thresholds)
    while left < right:
        middle = (left + right) // 2
        if wanted < _ranked(thresholds[middle]):
            right = middle
        else:
            left = middle + 1
    return left


def _ranked(value: Any) -> tuple[bool, Any]:
    """Place NaN above all numbers."""
    is_nan = isinstance(value, float | Decimal) and math.isnan(value)
    return is_nan, 0 if is_nan else value
