"""numeric: operators and functions over `vql.types.numbers.numeric_math`.

The texts for DuckDB are for its DECIMALs, whose scale is known before the statement runs.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from vql.functions.declare import function, in_duck, operator, operator_in_duck
from vql.functions.numbers.integers import COMPARISONS
from vql.types.numbers import numeric_math
from vql.types.numbers.numeric_math import (
    EXACT,
    ONE,
    SCALE_MAX,
    bounded,
    compare,
    sign_of,
    to_scale,
    truncated,
)

# No numeric has digits left of this place.
PLACE_MAX = 131_073


def _numeric_test(test: Callable[[Any, Any], bool]) -> Callable[[Decimal, Decimal], bool]:
    return lambda left, right: test(compare(left, right), 0)


for _sign, _name in zip(COMPARISONS, ("eq", "ne", "lt", "le", "gt", "ge"), strict=True):
    _test = COMPARISONS[_sign]
    operator_in_duck(f"numeric {_sign} numeric -> boolean", f"({{0}} {_sign} {{1}})", _numeric_test(_test))
    function(f"numeric_{_name}(numeric, numeric) -> boolean")(_numeric_test(_test))
function("numeric_cmp(numeric, numeric) -> integer")(compare)

_BINARY: tuple[tuple[str, str, Callable[[Decimal, Decimal], Decimal]], ...] = (
    ("+", "numeric_add", numeric_math.add), ("-", "numeric_sub", numeric_math.subtract),
    ("*", "numeric_mul", numeric_math.multiply), ("/", "numeric_div", numeric_math.divide),
    ("%", "numeric_mod mod", numeric_math.remainder), ("^", "numeric_power power pow", numeric_math.power),
    ("", "numeric_div_trunc div", numeric_math.whole_quotient),
    ("", "numeric_log log", numeric_math.logarithm),
    ("", "gcd", numeric_math.common_divisor), ("", "lcm", numeric_math.common_multiple),
)  # fmt: skip
_UNARY: tuple[tuple[str, Callable[[Decimal], Decimal]], ...] = (
    ("numeric_sqrt sqrt", numeric_math.square_root), ("numeric_exp exp", numeric_math.exponential),
    ("numeric_ln ln", numeric_math.natural_logarithm), ("trim_scale", numeric_math.trimmed),
)  # fmt: skip

for _sign, _names, _compute in _BINARY:
    if _sign:
        _duck = f"({{0}} {_sign} {{1}})" if _sign in "+-*" else ""
        operator_in_duck(f"numeric {_sign} numeric -> numeric", _duck, _compute)
    for _name in _names.split():
        function(f"{_name}(numeric, numeric) -> numeric")(_compute)
for _names, _function in _UNARY:
    for _name in _names.split():
        function(f"{_name}(numeric) -> numeric")(_function)

function("factorial(bigint) -> numeric")(numeric_math.factorial)


@function("log10(numeric) -> numeric")
@function("log(numeric) -> numeric")
def _common_logarithm(value: Decimal) -> Decimal:
    return numeric_math.logarithm(Decimal(10), value)


# ------------------------------------------------------------------ sign


@operator("+ numeric -> numeric")
@function("numeric_uplus(numeric) -> numeric")
def _positive(value: Decimal) -> Decimal:
    return value


@operator("- numeric -> numeric")
@function("numeric_uminus(numeric) -> numeric")
def _negative(value: Decimal) -> Decimal:
    return bounded(value.copy_negate())


operator_in_duck("@ numeric -> numeric", "abs({0})", Decimal.copy_abs)
in_duck("abs(numeric) -> numeric", "abs({0})", Decimal.copy_abs)
in_duck("numeric_abs(numeric) -> numeric", "abs({0})", Decimal.copy_abs)


@function("sign(numeric) -> numeric")
def _numeric_sign(value: Decimal) -> Decimal:
    return value if value.is_nan() else Decimal(sign_of(value))


@function("numeric_inc(numeric) -> numeric")
def _next(value: Decimal) -> Decimal:
    return numeric_math.add(value, ONE)


function("numeric_larger(numeric, numeric) -> numeric")(lambda a, b: a if compare(a, b) > 0 else b)
function("numeric_smaller(numeric, numeric) -> numeric")(lambda a, b: a if compare(a, b) < 0 else b)


# ------------------------------------------------------------------ scale


@function("round(numeric, integer) -> numeric")
def _rounded_to(value: Decimal, scale: int) -> Decimal:
    return bounded(to_scale(value, _clamped(scale))) if value.is_finite() else value


@function("trunc(numeric, integer) -> numeric")
def _cut_to(value: Decimal, scale: int) -> Decimal:
    return truncated(value, _clamped(scale)) if value.is_finite() else value


def _clamped(scale: int) -> int:
    return min(max(scale, -PLACE_MAX), SCALE_MAX)


function("round(numeric) -> numeric")(lambda value: _rounded_to(value, 0))
function("trunc(numeric) -> numeric")(lambda value: _cut_to(value, 0))


def _whole_by(rounding: str) -> Callable[[Decimal], Decimal]:
    def run(value: Decimal) -> Decimal:
        return bounded(value.quantize(ONE, rounding, EXACT)) if value.is_finite() else value

    return run


function("floor(numeric) -> numeric")(_whole_by(ROUND_FLOOR))
function("ceil(numeric) -> numeric")(_whole_by(ROUND_CEILING))
function("ceiling(numeric) -> numeric")(_whole_by(ROUND_CEILING))


@function("scale(numeric) -> integer")
def _scale(value: Decimal) -> int | None:
    return numeric_math.scale_of(value) if value.is_finite() else None


@function("min_scale(numeric) -> integer")
def _least_scale(value: Decimal) -> int | None:
    return numeric_math.smallest_scale(value) if value.is_finite() else None
