"""Aggregates of numbers and truth values.

Integers and numerics are summed exactly, hence in any order; floats in the order of the rows, with the sums
of squares updated value by value (float.c names Youngs and Cramer), except where DuckDB computes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from operator import and_, or_, xor
from typing import Any

from vql.dataclass import dataclass
from vql.functions.declare import aggregate, in_duck
from vql.functions.numbers.floats import FLOATS, float_overflow
from vql.functions.numbers.integers import INTEGERS
from vql.types.numbers import numeric_math
from vql.types.numbers.floats import checked_single
from vql.types.numbers.integers import BIGINT, INTEGER, OID, SMALLINT
from vql.types.numbers.numeric import NUMERIC
from vql.types.numbers.numeric_math import compare, divide

# ------------------------------------------------------------------ sums and means


def _exact_sum(values: Sequence[int]) -> int | None:
    return BIGINT.checked(sum(values)) if values else None


def _wide_sum(values: Sequence[int]) -> Decimal | None:
    return Decimal(sum(values)) if values else None


for _type in (SMALLINT, INTEGER):
    in_duck(f"sum({_type.name}) -> bigint", "CAST(sum({0}) AS BIGINT)", _exact_sum, is_aggregate=True)
in_duck("sum(bigint) -> numeric", "CAST(sum({0}) AS DECIMAL(38, 0))", _wide_sum, is_aggregate=True)


@aggregate("sum(numeric) -> numeric")
def _numeric_sum(values: Sequence[Decimal]) -> Decimal | None:
    return numeric_math.total(values) if values else None


for _type in INTEGERS:

    @aggregate(f"avg({_type.name}) -> numeric")
    def _mean_of_integers(values: Sequence[int]) -> Decimal | None:
        return divide(Decimal(sum(values)), Decimal(len(values))) if values else None


@aggregate("avg(numeric) -> numeric")
def _numeric_mean(values: Sequence[Decimal]) -> Decimal | None:
    return divide(numeric_math.total(values), Decimal(len(values))) if values else None


@aggregate("sum(real) -> real")
def _single_sum(values: Sequence[float]) -> float | None:
    return reduce(lambda sum_, value: checked_single(_added(sum_, value)), values) if values else None


def _float_sum(values: Sequence[float]) -> float | None:
    return reduce(_added, values) if values else None


def _added(sum_: float, value: float) -> float:
    made = sum_ + value
    if math.isinf(made) and not math.isinf(sum_) and not math.isinf(value):
        raise float_overflow()
    return made


# DuckDB's sums become infinite, or NaN, where they overflow.
_EXACT = (
    "CASE WHEN isfinite(sum({0}){tail}) OR bool_or(NOT isfinite({0})){tail} THEN sum({0}){tail}"
    " WHEN count({0}){tail} > 0 THEN error('value out of range: overflow') END"
)


def _in_duck_if_sure(fold: str, run: Callable[[Sequence[float]], float | None]) -> None:
    """Declare a sum or mean that is not what DuckDB finds where that is not finite."""
    in_duck(
        f"{fold}(double precision) -> double precision",
        f"vql__sure({fold}({{0}}))",
        run,
        is_aggregate=True,
        duck_exact=_EXACT.replace("sum(", f"{fold}("),
    )


_in_duck_if_sure("sum", _float_sum)

# ------------------------------------------------------------------ extremes; of equal values the last


def _smallest(values: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a if _is_before(a, b) else b, values) if values else None


def _largest(values: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a if _is_before(b, a) else b, values) if values else None


def _is_before(left: Any, right: Any) -> bool:
    """Whether a number is below another, NaN above all."""
    if isinstance(left, Decimal):
        return compare(left, right) < 0
    return bool(left < right or (right != right and left == left))


for _each in (*INTEGERS, OID, *FLOATS, NUMERIC):
    for _function, _run in (("min", _smallest), ("max", _largest)):
        in_duck(f"{_function}({_each.name}) -> {_each.name}", f"{_function}({{0}})", _run, is_aggregate=True)

# ------------------------------------------------------------------ bits and truth values


def _folded_by(combine: Callable[[Any, Any], Any]) -> Callable[[Sequence[Any]], Any]:
    return lambda values: reduce(combine, values) if values else None


for _type in INTEGERS:
    for _function, _combine in (("bit_and", and_), ("bit_or", or_), ("bit_xor", xor)):
        _signature = f"{_function}({_type.name}) -> {_type.name}"
        in_duck(_signature, f"{_function}({{0}})", _folded_by(_combine), is_aggregate=True)
for _function in ("bool_and", "every"):
    in_duck(f"{_function}(boolean) -> boolean", "bool_and({0})", _folded_by(and_), is_aggregate=True)
in_duck("bool_or(boolean) -> boolean", "bool_or({0})", _folded_by(or_), is_aggregate=True)

# ------------------------------------------------------------------ variances

SPREADS = {
    "var_pop": (False, False), "var_samp": (True, False), "variance": (True, False),
    "stddev_pop": (False, True), "stddev_samp": (True, True), "stddev": (True, True),
}  # fmt: skip


@dataclass(slots=True)
class _Moments:
    """Count, sums and sums of squared deviations of pairs (y, x) of floats so far."""

    n: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    y: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    def add(self, x: float, y: float) -> None:
        """Take one pair more. Raises 22003."""
        old = self.n, self.x, self.y
        self.n += 1
        self.x += x
        self.y += y
        if old[0]:
            from_x, from_y = x * self.n - self.x, y * self.n - self.y
            scale = 1 / (self.n * old[0])
            self.xx += from_x * from_x * scale
            self.yy += from_y * from_y * scale
            self.xy += from_x * from_y * scale
            self._check(old[1], old[2], x, y)
        else:
            if not math.isfinite(x):
                self.xx = self.xy = math.nan
            if not math.isfinite(y):
                self.yy = self.xy = math.nan

    def _check(self, old_x: float, old_y: float, x: float, y: float) -> None:
        """Tell an overflow of finite values from infinities that were given: those make NaN."""
        has_x, has_y = math.isinf(old_x) or math.isinf(x), math.isinf(old_y) or math.isinf(y)
        is_over = (math.isinf(self.x) or math.isinf(self.xx)) and not has_x
        is_over |= (math.isinf(self.y) or math.isinf(self.yy)) and not has_y
        if is_over or (math.isinf(self.xy) and not has_x and not has_y):
            raise float_overflow()
        self.xx, self.yy, self.xy = (math.nan if math.isinf(s) else s for s in (self.xx, self.yy, self.xy))


def _spread_of_floats(values: Sequence[float], is_sample: bool) -> tuple[float, int] | None:
    """Return the sum of squared deviations, and what it is divided by."""
    if len(values) <= is_sample:
        return None
    n = sum_ = squares = 0.0
    for value in values:
        before, n = n, n + 1
        old, sum_ = sum_, sum_ + value
        if before:
            from_mean = value * n - sum_
            squares += from_mean * from_mean / (n * before)
            if math.isinf(sum_) or math.isinf(squares):
                if not math.isinf(old) and not math.isinf(value):
                    raise float_overflow()
                squares = math.nan
        elif not math.isfinite(value):
            squares = math.nan
    return squares, len(values) - is_sample


def _mean_of_floats(values: Sequence[float]) -> float | None:
    _spread_of_floats(values, False)  # its overflows are those of avg, too
    return sum(values, 0.0) / len(values) if values else None


def _float_variance(is_sample: bool, is_root: bool) -> Callable[[Sequence[float]], float | None]:
    def run(values: Sequence[float]) -> float | None:
        found = _spread_of_floats(values, is_sample)
        if found is None:
            return None
        made = found[0] / found[1]
        return math.sqrt(made) if is_root else made

    return run


def _exact_variance(is_sample: bool, is_root: bool) -> Callable[[Sequence[Any]], Decimal | None]:
    return lambda values: numeric_math.variance(list(map(Decimal, values)), is_sample, is_root)


for _name, (_is_sample, _is_root) in SPREADS.items():
    for _each in (*INTEGERS, NUMERIC):
        aggregate(f"{_name}({_each.name}) -> numeric")(_exact_variance(_is_sample, _is_root))
    for _each in FLOATS:
        aggregate(f"{_name}({_each.name}) -> double precision")(_float_variance(_is_sample, _is_root))
_in_duck_if_sure("avg", _mean_of_floats)
in_duck("avg(real) -> double precision", "avg(CAST({0} AS DOUBLE)){tail}", _mean_of_floats, is_aggregate=True)

# ------------------------------------------------------------------ regression over (y, x)

Pairs = Sequence[tuple[float, float]]


def _regression(name: str, least: int = 1) -> Callable[[Callable[[_Moments], float | None]], Any]:
    """Declare an aggregate of the moments of pairs, NULL where there are fewer than `least`."""

    def declare(compute: Callable[[_Moments], float | None]) -> Callable[[_Moments], float | None]:
        @aggregate(f"{name}(double precision, double precision) -> double precision")
        def run(pairs: Pairs) -> float | None:
            moments = _Moments()
            for y, x in pairs:
                moments.add(x, y)
            return compute(moments) if moments.n >= least else None

        return compute

    return declare


in_duck(
    "regr_count(double precision, double precision) -> bigint", "regr_count({0}, {1})", len, is_aggregate=True
)
_regression("regr_sxx")(lambda m: m.xx)
_regression("regr_syy")(lambda m: m.yy)
_regression("regr_sxy")(lambda m: m.xy)
_regression("regr_avgx")(lambda m: m.x / m.n)
_regression("regr_avgy")(lambda m: m.y / m.n)
_regression("covar_pop")(lambda m: m.xy / m.n)
_regression("covar_samp", 2)(lambda m: m.xy / (m.n - 1))
_regression("regr_slope")(lambda m: None if m.xx == 0 else m.xy / m.xx)
_regression("regr_intercept")(lambda m: None if m.xx == 0 else (m.y - m.x * m.xy / m.xx) / m.n)


@_regression("corr")
def _correlation(m: _Moments) -> float | None:
    return None if m.xx == 0 or m.yy == 0 else m.xy / math.sqrt(m.xx * m.yy)


@_regression("regr_r2")
def _determination(m: _Moments) -> float | None:
    if m.xx == 0:
        return None
    return 1.0 if m.yy == 0 else m.xy * m.xy / (m.xx * m.yy)
