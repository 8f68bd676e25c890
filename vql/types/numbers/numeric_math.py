"""Arithmetic of numeric: exact, or rounded to the scale PostgreSQL chooses.

A numeric is a `Decimal` without a positive exponent and without a negative zero; its exponent is the
scale it is shown with. Sums and products are exact. Quotients, roots, logarithms and powers have at
least `SIGNIFICANT_DIGITS` digits, never fewer after the point than their arguments, and at most
`SCALE_SHOWN_MAX`: the scale comes from an estimate of the result's magnitude (numeric.c: select_div_scale,
estimate_ln_dweight, power_var). Those estimates count in groups of four decimal digits, hence `_leading`.

Halves are rounded away from zero. NaN equals itself and is above everything, as for floats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_05UP, ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

from vql.errors import DataError, NumericOutOfRange

# Digits before and after the point that a numeric may have.
DIGITS_MAX, SCALE_MAX = 131_072, 16_383
SIGNIFICANT_DIGITS = 16
SCALE_SHOWN_MAX = 1_000
GROUP_DIGITS = 4
# Beyond these exponents exp() overflows, or is zero at every scale.
EXPONENT_MAX = 6_000
LOG10_E = 0.434294481903252
LN_10 = 2.302585092994046
# The greatest n whose n! has no more than DIGITS_MAX digits.
FACTORIAL_MAX = 32_177
PRODUCT_MAX = 16  # numbers that are multiplied as integers
GUARD_DIGITS = 20

# Room for the exact product of the two longest numbers.
EXACT = Context(
    prec=2 * (DIGITS_MAX + SCALE_MAX), rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[]
)
NAN, INFINITY, MINUS_INFINITY = Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")
ZERO, ONE = Decimal(0), Decimal(1)


# ------------------------------------------------------------------ scales and rounding


def scale_of(value: Decimal) -> int:
    """Return the digits after the point that a finite number is shown with."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)


def to_scale(value: Decimal, scale: int) -> Decimal:
    """Round a finite number to a scale, which may be negative, and drop the sign of zero."""
    made = EXACT.quantize(value, ONE.scaleb(-scale, EXACT))
    return _positive_zero(made if scale >= 0 else EXACT.quantize(made, ONE))


def truncated(value: Decimal, scale: int) -> Decimal:
    """Cut a finite number to a scale, as `to_scale`."""
    made = value.quantize(ONE.scaleb(-scale, EXACT), ROUND_DOWN, EXACT)
    return _positive_zero(made if scale >= 0 else EXACT.quantize(made, ONE))


def bounded(value: Decimal) -> Decimal:
    """Return a number as numeric keeps it. Raises 22003 for one that is too long."""
    if not value.is_finite():
        return NAN if value.is_nan() else value
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent > SCALE_MAX or (value and value.adjusted() >= DIGITS_MAX):
        raise overflow()
    if exponent > 0:
        value = EXACT.quantize(value, ONE) if value else ZERO
    return _positive_zero(value)


def overflow() -> NumericOutOfRange:
    """Return the error of a number with too many digits."""
    return NumericOutOfRange("value overflows numeric format")


def division_by_zero() -> DataError:
    """Return the error of every division by zero."""
    return DataError("division by zero", sqlstate="22012")


def trimmed(value: Decimal) -> Decimal:
    """Drop the zeros at the end of the fraction."""
    return value if not value.is_finite() else to_scale(value, smallest_scale(value))


def smallest_scale(value: Decimal) -> int:
    """Return the least scale that shows a finite number exactly."""
    return scale_of(value.normalize(EXACT)) if value else 0


# ------------------------------------------------------------------ order


def compare(left: Decimal, right: Decimal) -> int:
    """Return -1, 0 or 1."""
    if left.is_nan() or right.is_nan():
        return left.is_nan() - right.is_nan()
    return (left > right) - (left < right)


def sign_of(value: Decimal) -> int:
    """Return -1, 0 or 1; of a number that is not NaN."""
    return (value > 0) - (value < 0)


# ------------------------------------------------------------------ sums, products, quotients


def add(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact sum, with the longer scale."""
    return bounded(EXACT.add(left, right))


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """Return the exact difference, with the longer scale."""
    return bounded(EXACT.subtract(left, right))


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """Return the product, whose scale is the sum of both."""
    made = EXACT.multiply(left, right)
    if made.is_finite() and scale_of(made) > SCALE_MAX:
        made = to_scale(made, SCALE_MAX)
    return bounded(made)


def divide(left: Decimal, right: Decimal) -> Decimal:
    """Return the quotient to the scale its magnitude asks for. Raises 22012."""
    if not (left.is_finite() and right.is_finite()):
        return _special_quotient(left, right)
    if not right:
        raise division_by_zero()
    return bounded(quotient(left, right, quotient_scale(left, right)))


def quotient(left: Decimal, right: Decimal, scale: int) -> Decimal:
    """Return the quotient of finite numbers rounded to a scale."""
    if not left:
        return to_scale(ZERO, scale)
    digits = max(left.adjusted() - right.adjusted() + scale, 0) + 3
    # ROUND_05UP keeps a digit that tells whether there was a rest, so that rounding twice is safe.
    return to_scale(_context(digits, ROUND_05UP).divide(left, right), scale)


def quotient_scale(left: Decimal, right: Decimal) -> int:
    """Return the scale of a quotient: significant digits enough, and both arguments' digits."""
    first, second = _leading(left, 1), _leading(right, 1)
    weight = first[1] - second[1] - (first[0] <= second[0])
    return _scale_shown(SIGNIFICANT_DIGITS - weight * GROUP_DIGITS, left, right)


def whole_quotient(left: Decimal, right: Decimal) -> Decimal:
    """Return the quotient cut to an integer (div). Raises 22012."""
    if not (left.is_finite() and right.is_finite()):
        return _special_quotient(left, right)
    if not right:
        raise division_by_zero()
    return bounded(truncated(EXACT.divide_int(left, right), 0))


def remainder(left: Decimal, right: Decimal) -> Decimal:
    """Return what is left by `whole_quotient`, with the sign of the dividend. Raises 22012."""
    if left.is_nan() or right.is_nan():
        return NAN
    if not right:
        raise division_by_zero()
    if left.is_infinite():
        return NAN
    if right.is_infinite():
        return left
    return to_scale(EXACT.remainder(left, right), max(scale_of(left), scale_of(right)))


def common_divisor(left: Decimal, right: Decimal) -> Decimal:
    """Return the greatest number that divides both without a rest."""
    if not (left.is_finite() and right.is_finite()):
        return NAN
    scale = max(scale_of(left), scale_of(right))
    whole = [int(value.scaleb(scale, EXACT)) for value in (left, right)]
    return to_scale(Decimal(math.gcd(*whole)).scaleb(-scale, EXACT), scale)


def common_multiple(left: Decimal, right: Decimal) -> Decimal:
    """Return the least positive number that both divide without a rest, 0 where one is 0."""
    if not (left.is_finite() and right.is_finite()):
        return NAN
    scale = max(scale_of(left), scale_of(right))
    whole = [int(value.scaleb(scale, EXACT)) for value in (left, right)]
    return bounded(to_scale(Decimal(math.lcm(*whole)).scaleb(-scale, EXACT), scale))


def factorial(n: int) -> Decimal:
    """Return n!. Raises 22003."""
    if n < 0:
        raise NumericOutOfRange("factorial of a negative number is undefined")
    if n > FACTORIAL_MAX:
        raise overflow()
    return _product(1, n)


def _product(first: int, last: int) -> Decimal:
    """Return the product of some numbers in a row, 1 of none: halves of like length are multiplied quickly,
    and Decimal has no quick way from a long int."""
    if last - first < PRODUCT_MAX:
        return Decimal(math.prod(range(first, last + 1)))
    middle = (first + last) // 2
    return EXACT.multiply(_product(first, middle), _product(middle + 1, last))


# ------------------------------------------------------------------ roots, exponentials, logarithms


def square_root(value: Decimal) -> Decimal:
    """Return the square root. Raises 2201F."""
    if value.is_nan() or value == INFINITY:
        return value
    if value < 0:
        raise DataError("cannot take square root of a negative number", sqlstate="2201F")
    weight = (_leading(value, 1)[1] + 1) * GROUP_DIGITS // 2 - 1
    return root_to_scale(value, _scale_shown(SIGNIFICANT_DIGITS - weight, value))


def root_to_scale(value: Decimal, scale: int) -> Decimal:
    """Return the square root of a finite number rounded to a scale."""
    digits = max(value.adjusted() // 2 + 1 + scale, 0)
    # With twice the digits a root that is not exact cannot look like a half.
    return to_scale(_context(2 * digits).sqrt(value), scale)


def exponential(value: Decimal) -> Decimal:
    """Return e to the power of a number. Raises 22003."""
    if value.is_nan() or value == INFINITY:
        return value
    if value == MINUS_INFINITY:
        return ZERO
    weight = max(min(float(value) * LOG10_E, 2.0 * SCALE_SHOWN_MAX), -2.0 * SCALE_SHOWN_MAX)
    return _exp(value, _scale_shown(SIGNIFICANT_DIGITS - int(weight), value))


def natural_logarithm(value: Decimal) -> Decimal:
    """Return the natural logarithm. Raises 2201E."""
    if value.is_nan() or value == INFINITY:
        return value
    _check_logarithm(value)
    return _ln(value, _scale_shown(SIGNIFICANT_DIGITS - _logarithm_weight(value), value))


def logarithm(base: Decimal, value: Decimal) -> Decimal:
    """Return the logarithm to a base. Raises 2201E, and 22012 for the base 1."""
    if base.is_nan() or value.is_nan():
        return NAN
    is_finite = base.is_finite() and value.is_finite()
    for each in (base, value) if is_finite else sorted((base, value)):
        _check_logarithm(each)
    if base.is_infinite():
        return NAN if value.is_infinite() else ZERO
    if value.is_infinite():
        return INFINITY
    base_weight, value_weight = _logarithm_weight(base), _logarithm_weight(value)
    weight = value_weight - base_weight
    scale = _scale_shown(SIGNIFICANT_DIGITS - weight, base, value)
    below = _ln(base, scale + weight - base_weight + 8)
    if not below:
        raise division_by_zero()
    return quotient(_ln(value, scale + weight - value_weight + 8), below, scale)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """Return a power. Raises 2201F for those that are no number, 22003."""
    if base.is_nan() or exponent.is_nan():
        # As pow(3) of POSIX: these two do not depend on the other number.
        return ONE if exponent == 0 or base == 1 else NAN
    if base == 0 and exponent < 0:
        raise DataError("zero raised to a negative power is undefined", sqlstate="2201F")
    if base < 0 and not is_integral(exponent):
        why = "a negative number raised to a non-integer power yields a complex result"
        raise DataError(why, sqlstate="2201F")
    if base.is_infinite() or exponent.is_infinite():
        return _special_power(base, exponent)
    if is_integral(exponent) and -(2**31) <= exponent < 2**31:
        return bounded(_whole_power(base, int(exponent), scale_of(exponent)))
    if base == 0:
        return to_scale(ZERO, SIGNIFICANT_DIGITS)
    made = _real_power(EXACT.abs(base), exponent)
    return bounded(-made if made and base < 0 and is_odd(exponent) else made)


def is_integral(value: Decimal) -> bool:
    """Whether a number has no fraction; an infinity has none."""
    return value.is_infinite() or value == EXACT.to_integral_value(value)


def is_odd(value: Decimal) -> bool:
    """Whether an integral number is odd."""
    return value.is_finite() and int(EXACT.remainder(value, Decimal(2))) != 0


# ------------------------------------------------------------------ of many numbers


def total(values: Sequence[Decimal]) -> Decimal:
    """Return the exact sum of numbers."""
    made = ZERO
    for value in values:
        made = EXACT.add(made, value)
    return bounded(made)


def variance(values: Sequence[Decimal], is_sample: bool, is_root: bool) -> Decimal | None:
    """Return the variance, or its root; of the whole population, or estimated from a sample.

    None where there are too few values. Computed from the exact sums of the values and of their squares.
    """
    n = len(values)
    if n <= is_sample:
        return None
    if not all(value.is_finite() for value in values):
        return NAN
    sum_, squares = total(values), ZERO
    for value in values:
        squares = EXACT.add(squares, EXACT.multiply(value, value))
    above = EXACT.subtract(EXACT.multiply(Decimal(n), squares), EXACT.multiply(sum_, sum_))
    if above <= 0:
        return ZERO
    below = Decimal(n * (n - is_sample))
    scale = quotient_scale(above, below)
    made = quotient(above, below, scale)
    return bounded(root_to_scale(made, scale) if is_root else made)


# ------------------------------------------------------------------ private


def _positive_zero(value: Decimal) -> Decimal:
    return value if value or not value.is_signed() else value.copy_abs()


def _context(digits: int, rounding: str = ROUND_HALF_UP) -> Context:
    return Context(prec=digits + GUARD_DIGITS, rounding=rounding, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])


def _scale_shown(scale: int, *arguments: Decimal) -> int:
    return min(max(scale, 0, *map(scale_of, arguments)), SCALE_SHOWN_MAX)


def _leading(value: Decimal, count: int) -> tuple[int, int]:
    """Return the first groups of four digits as one integer, and the power of 10,000 of the first."""
    if not value:
        return 0, 0
    weight = value.adjusted() // GROUP_DIGITS
    moved = EXACT.abs(value).scaleb(-GROUP_DIGITS * (weight - count + 1), EXACT)
    return int(moved), weight


def _special_quotient(left: Decimal, right: Decimal) -> Decimal:
    if left.is_nan() or right.is_nan():
        return NAN
    if not right:
        raise division_by_zero()
    if left.is_infinite():
        return NAN if right.is_infinite() else EXACT.divide(left, right)
    return ZERO


def _special_power(base: Decimal, exponent: Decimal) -> Decimal:
    if exponent == 0 or base == 1 or (base == -1 and exponent.is_infinite()):
        return ONE
    grows = exponent > 0 if abs(base) > 1 else exponent < 0
    if not grows:
        return ZERO
    return MINUS_INFINITY if base < 0 and is_odd(exponent) else INFINITY


def _check_logarithm(value: Decimal) -> None:
    if value <= 0:
        which = "zero" if value == 0 else "a negative number"
        raise DataError(f"cannot take logarithm of {which}", sqlstate="2201E")


def _logarithm_weight(value: Decimal) -> int:
    """Estimate the power of ten of the first digit of a natural logarithm."""
    if Decimal("0.9") <= value <= Decimal("1.1"):
        digits, weight = _leading(EXACT.subtract(value, ONE), 1)
        return weight * GROUP_DIGITS + int(math.log10(digits)) if digits else 0
    digits, weight = _leading(value, 2)
    return int(math.log10(abs(math.log(digits) + (weight - 1) * GROUP_DIGITS * LN_10)))


def _ln(value: Decimal, scale: int) -> Decimal:
    digits = max(scale + abs(_logarithm_weight(value)) + 1, 0)
    return to_scale(_context(digits).ln(value), scale)


def _exp(value: Decimal, scale: int) -> Decimal:
    if abs(value) >= EXPONENT_MAX:
        if value > 0:
            raise overflow()
        return to_scale(ZERO, scale)
    digits = max(scale + int(float(value) * LOG10_E) + 1, 0)
    return to_scale(_context(digits).exp(value), scale)


def _whole_power(base: Decimal, exponent: int, exponent_scale: int) -> Decimal:
    digits, weight = _leading(base, 4)
    magnitude = exponent * (math.log10(digits) + (weight - 3) * GROUP_DIGITS) if digits else 0.0
    if magnitude > DIGITS_MAX:
        raise overflow()
    if magnitude + 1 < -SCALE_SHOWN_MAX:
        return to_scale(ZERO, SCALE_SHOWN_MAX)
    scale = _scale_shown(max(SIGNIFICANT_DIGITS - int(magnitude), exponent_scale), base)
    if exponent == -1:
        return quotient(ONE, base, scale)
    if base == 0:
        return to_scale(ONE if exponent == 0 else ZERO, scale)
    significant = max(1 + scale + int(magnitude), 0) + int(math.log(abs(exponent) or 1)) + 8
    return to_scale(_context(significant).power(base, exponent), scale)


def _real_power(base: Decimal, exponent: Decimal) -> Decimal:
    """Return a power of a positive base as exp(exponent * ln(base))."""
    weight = _logarithm_weight(base)
    rough_scale = max(8 - weight, 0)
    rough = float(to_scale(EXACT.multiply(_ln(base, rough_scale), exponent), rough_scale))
    if abs(rough) > 2 * SCALE_SHOWN_MAX * 3.01:
        if rough > 0:
            raise overflow()
        return to_scale(ZERO, SCALE_SHOWN_MAX)
    magnitude = int(rough * LOG10_E)
    scale = _scale_shown(SIGNIFICANT_DIGITS - magnitude, base, exponent)
    local_scale = max(max(scale + magnitude, 0) - weight + 8, 0)
    return _exp(to_scale(EXACT.multiply(_ln(base, local_scale), exponent), local_scale), scale)
