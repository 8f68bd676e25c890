"""random(), its ranges, random_normal() and setseed(), over the session's generator."""

from __future__ import annotations

from decimal import Decimal

from vql.errors import InvalidParameterValue
from vql.functions.declare import Environment, function
from vql.types.numbers.floats import float_text
from vql.types.numbers.numeric_math import EXACT, add, scale_of, to_scale


@function("setseed(double precision) -> void", volatility="volatile", needs_environment=True)
def _set_seed(environment: Environment, fraction: float) -> str:
    if not -1 <= fraction <= 1:
        shown = float_text(fraction, False, -9)
        raise InvalidParameterValue(f"setseed parameter {shown} is out of allowed range [-1,1]")
    environment.generator.seed(fraction)
    return ""


@function("random() -> double precision", volatility="volatile", needs_environment=True)
def _random(environment: Environment) -> float:
    return environment.generator.fraction()


@function(
    "random_normal(mean: double precision DEFAULT 0, stddev: double precision DEFAULT 1) -> double precision",
    volatility="volatile",
    needs_environment=True,
)
def _random_normal(environment: Environment, mean: float, stddev: float) -> float:
    return stddev * environment.generator.normal() + mean


@function("random(min: integer, max: integer) -> integer", volatility="volatile", needs_environment=True)
@function("random(min: bigint, max: bigint) -> bigint", volatility="volatile", needs_environment=True)
def _random_integer(environment: Environment, low: int, high: int) -> int:
    _check_range(Decimal(low), Decimal(high))
    return low + environment.generator.up_to(high - low)


@function("random(min: numeric, max: numeric) -> numeric", volatility="volatile", needs_environment=True)
def _random_numeric(environment: Environment, low: Decimal, high: Decimal) -> Decimal:
    for which, bound in (("lower", low), ("upper", high)):
        if not bound.is_finite():
            what = "NaN" if bound.is_nan() else "infinity"
            raise InvalidParameterValue(f"{which} bound cannot be {what}")
    _check_range(low, high)
    scale = max(scale_of(low), scale_of(high))
    steps = int(EXACT.subtract(high, low).scaleb(scale, EXACT))
    drawn = Decimal(environment.generator.up_to(steps)).scaleb(-scale, EXACT)
    return add(low, to_scale(drawn, scale))


def _check_range(low: Decimal, high: Decimal) -> None:
    if low > high:
        raise InvalidParameterValue("lower bound must be less than or equal to upper bound")
