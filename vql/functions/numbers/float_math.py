"""Functions of double precision, as the C library computes them, with PostgreSQL's errors.

Degrees: the functions of angles in degrees are exact where a result is (sind(30) is 0.5). They compute within
the first quadrant and divide by what the library gives for 30, 45 or 60 degrees (float.c, `sind_q1`).
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable

from vql.errors import DataError, NumericOutOfRange
from vql.functions.declare import function, in_duck, operator
from vql.functions.numbers.floats import float_overflow, float_underflow, in_range

RADIANS_PER_DEGREE = 0.0174532925199432957692
SIN_30 = math.sin(30 * RADIANS_PER_DEGREE)
ONE_MINUS_COS_60 = 1 - math.cos(60 * RADIANS_PER_DEGREE)
ASIN_HALF, ACOS_HALF, ATAN_ONE = math.asin(0.5), math.acos(0.5), math.atan(1.0)


def _infinite_input() -> NumericOutOfRange:
    return NumericOutOfRange("input is out of range")


def _of_finite(compute: Callable[[float], float]) -> Callable[[float], float]:
    """Refuse infinities; a result may be too large, as the tangent of nearly a right angle."""

    def run(value: float) -> float:
        if math.isinf(value):
            raise _infinite_input()
        return in_range(compute(value), False, True)

    return run


def _within_one(compute: Callable[[float], float]) -> Callable[[float], float]:
    def run(value: float) -> float:
        if abs(value) > 1:
            raise _infinite_input()
        return compute(value)

    return run


# ------------------------------------------------------------------ rounding


def _kept_whole(rounding: Callable[[float], int]) -> Callable[[float], float]:
    """Round to an integer, keeping infinities, NaN and the sign of zero."""
    return lambda value: math.copysign(rounding(value), value) if math.isfinite(value) else value


for _name, _rounding in (
    ("ceil", math.ceil), ("ceiling", math.ceil), ("floor", math.floor), ("trunc", math.trunc),
    ("dtrunc", math.trunc), ("round", round), ("dround", round),
):  # fmt: skip
    function(f"{_name}(double precision) -> double precision")(_kept_whole(_rounding))


@function("sign(double precision) -> double precision")
def _float_sign(value: float) -> float:
    return float((value > 0) - (value < 0))


# ------------------------------------------------------------------ roots, powers, logarithms


@operator("|/ double precision -> double precision")
@function("dsqrt(double precision) -> double precision")
@function("sqrt(double precision) -> double precision")
def _float_root(value: float) -> float:
    if value < 0:
        raise DataError("cannot take square root of a negative number", sqlstate="2201F")
    return math.sqrt(value)


@operator("||/ double precision -> double precision")
@function("dcbrt(double precision) -> double precision")
@function("cbrt(double precision) -> double precision")
def _cube_root(value: float) -> float:
    return math.cbrt(value)


@function("dexp(double precision) -> double precision")
@function("exp(double precision) -> double precision")
def _float_exponential(value: float) -> float:
    try:
        return in_range(math.exp(value), math.isinf(value), math.isinf(value))
    except OverflowError:
        raise float_overflow() from None


@operator("double precision ^ double precision -> double precision")
@function("dpow(double precision, double precision) -> double precision")
@function("pow(double precision, double precision) -> double precision")
@function("power(double precision, double precision) -> double precision")
def _float_power(base: float, exponent: float) -> float:
    if base == 0 and exponent < 0:
        raise DataError("zero raised to a negative power is undefined", sqlstate="2201F")
    if base < 0 and math.isfinite(exponent) and math.floor(exponent) != exponent:
        why = "a negative number raised to a non-integer power yields a complex result"
        raise DataError(why, sqlstate="2201F")
    has_infinity = math.isinf(base) or math.isinf(exponent)
    try:
        return in_range(math.pow(base, exponent), has_infinity, has_infinity or base == 0)
    except OverflowError:
        raise float_overflow() from None


def _float_logarithm(compute: Callable[[float], float]) -> Callable[[float], float]:
    def run(value: float) -> float:
        if value <= 0:
            which = "zero" if value == 0 else "a negative number"
            raise DataError(f"cannot take logarithm of {which}", sqlstate="2201E")
        return compute(value)

    return run


for _name, _compute in (("ln", math.log), ("dlog1", math.log), ("log", math.log10), ("log10", math.log10),
                        ("dlog10", math.log10)):  # fmt: skip
    function(f"{_name}(double precision) -> double precision")(_float_logarithm(_compute))


# ------------------------------------------------------------------ angles

in_duck("pi() -> double precision", "pi()", lambda: math.pi)


@function("degrees(double precision) -> double precision")
def _degrees(value: float) -> float:
    return in_range(value / RADIANS_PER_DEGREE, math.isinf(value), value == 0)


@function("radians(double precision) -> double precision")
def _radians(value: float) -> float:
    return in_range(value * RADIANS_PER_DEGREE, math.isinf(value), value == 0)


for _name, _compute in (("sin", math.sin), ("cos", math.cos), ("tan", math.tan)):
    function(f"{_name}(double precision) -> double precision")(_of_finite(_compute))


@function("cot(double precision) -> double precision")
def _cotangent(value: float) -> float:
    if math.isinf(value):
        raise _infinite_input()
    tangent = math.tan(value)
    return 1 / tangent if tangent else math.copysign(math.inf, tangent)


for _name, _compute in (("asin", math.asin), ("acos", math.acos)):
    function(f"{_name}(double precision) -> double precision")(_within_one(_compute))
function("atan(double precision) -> double precision")(math.atan)
function("atan2(double precision, double precision) -> double precision")(math.atan2)
for _name, _compute in (("asinh", math.asinh), ("tanh", math.tanh)):
    function(f"{_name}(double precision) -> double precision")(_compute)


@function("sinh(double precision) -> double precision")
def _hyperbolic_sine(value: float) -> float:
    try:
        return math.sinh(value)
    except OverflowError:
        return math.copysign(math.inf, value)


@function("cosh(double precision) -> double precision")
def _hyperbolic_cosine(value: float) -> float:
    try:
        return math.cosh(value)
    except OverflowError:
        return math.inf


@function("acosh(double precision) -> double precision")
def _area_cosine(value: float) -> float:
    if value < 1:
        raise _infinite_input()
    return math.acosh(value)


@function("atanh(double precision) -> double precision")
@_within_one
def _area_tangent(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) == 1 else math.atanh(value)


# ------------------------------------------------------------------ angles in degrees


def _sin_quadrant(degrees: float) -> float:
    return _sin_low(degrees) if degrees <= 30 else _cos_low(90 - degrees)


def _cos_quadrant(degrees: float) -> float:
    return _cos_low(degrees) if degrees <= 60 else _sin_low(90 - degrees)


def _sin_low(degrees: float) -> float:
    return math.sin(degrees * RADIANS_PER_DEGREE) / SIN_30 / 2


def _cos_low(degrees: float) -> float:
    return 1 - (1 - math.cos(degrees * RADIANS_PER_DEGREE)) / ONE_MINUS_COS_60 / 2


TAN_45 = _sin_quadrant(45) / _cos_quadrant(45)
COT_45 = _cos_quadrant(45) / _sin_quadrant(45)


def _folded(degrees: float) -> tuple[float, float, float]:
    """Return the angle in the first quadrant, and the signs that sine and cosine have where it came from."""
    if math.isinf(degrees):
        raise _infinite_input()
    folded, sine, cosine = math.fmod(degrees, 360), 1.0, 1.0
    if folded < 0:
        folded, sine = -folded, -sine
    if folded > 180:
        folded, sine = 360 - folded, -sine
    if folded > 90:
        folded, cosine = 180 - folded, -cosine
    return folded, sine, cosine


def _ratio(above: float, below: float) -> float:
    return above / below if below else math.copysign(math.inf, above) * math.copysign(1, below)


@function("sind(double precision) -> double precision")
def _sine_of_degrees(value: float) -> float:
    folded, sine, _ = _folded(value)
    return sine * _sin_quadrant(folded)


@function("cosd(double precision) -> double precision")
def _cosine_of_degrees(value: float) -> float:
    folded, _, cosine = _folded(value)
    return cosine * _cos_quadrant(folded)


@function("tand(double precision) -> double precision")
def _tangent_of_degrees(value: float) -> float:
    folded, sine, cosine = _folded(value)
    # Adding zero makes a negative zero positive.
    return sine * cosine * (_ratio(_sin_quadrant(folded), _cos_quadrant(folded)) / TAN_45) + 0.0


@function("cotd(double precision) -> double precision")
def _cotangent_of_degrees(value: float) -> float:
    folded, sine, cosine = _folded(value)
    return sine * cosine * (_ratio(_cos_quadrant(folded), _sin_quadrant(folded)) / COT_45) + 0.0


def _asin_quadrant(value: float) -> float:
    if value <= 0.5:
        return math.asin(value) / ASIN_HALF * 30
    return 90 - math.acos(value) / ACOS_HALF * 60


def _acos_quadrant(value: float) -> float:
    if value <= 0.5:
        return 90 - math.asin(value) / ASIN_HALF * 30
    return math.acos(value) / ACOS_HALF * 60


@function("asind(double precision) -> double precision")
@_within_one
def _degrees_of_sine(value: float) -> float:
    return _asin_quadrant(value) if value >= 0 else -_asin_quadrant(-value)


@function("acosd(double precision) -> double precision")
@_within_one
def _degrees_of_cosine(value: float) -> float:
    return _acos_quadrant(value) if value >= 0 else 90 + _asin_quadrant(-value)


@function("atand(double precision) -> double precision")
def _degrees_of_tangent(value: float) -> float:
    return math.atan(value) / ATAN_ONE * 45


@function("atan2d(double precision, double precision) -> double precision")
def _degrees_of_sides(opposite: float, adjacent: float) -> float:
    return math.atan2(opposite, adjacent) / ATAN_ONE * 45


# ------------------------------------------------------------------ error functions

# gamma and lgamma are left out: Python's have other last digits than the C library's.

function("erf(double precision) -> double precision")(math.erf)
function("erfc(double precision) -> double precision")(math.erfc)


def _of_c(name: str, instead: Callable[[float], float]) -> Callable[[float], float]:
    """Return a function of C's library, whose last digits PostgreSQL has; Python's where there is none."""
    try:
        found = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return instead
    found.argtypes, found.restype = [ctypes.c_double], ctypes.c_double
    return found  # type: ignore[no-any-return]


_tgamma, _lgamma = _of_c("tgamma", math.gamma), _of_c("lgamma", math.lgamma)


@function("gamma(double precision) -> double precision")
def _gamma(value: float) -> float:
    try:
        made = _tgamma(value)
    except (ValueError, OverflowError):  # Python's
        made = math.inf
    if math.isfinite(value) and not math.isfinite(made) or value == -math.inf:
        raise float_overflow()
    if not made:
        raise float_underflow()
    return made


@function("lgamma(double precision) -> double precision")
def _log_of_gamma(value: float) -> float:
    try:
        made = _lgamma(value)
    except (ValueError, OverflowError):
        made = math.inf
    if math.isfinite(value) and not math.isfinite(made):
        raise float_overflow()
    return made
