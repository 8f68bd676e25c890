"""Functions that give rows: the elements of arrays, their subscripts, and series of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Context, Decimal
from typing import Any

from vql.errors import InvalidParameterValue
from vql.functions.arrays.arrays import Array
from vql.functions.declare import function
from vql.types.arrays.dimensions import dimensions_of, flat, lower_bounds

# No sum of two numerics is rounded.
EXACT = Context(prec=200_000)

# Bounded by the bridge: DuckDB makes a list whole.
SERIES, STEPS = "vql__series({0}, {1})", "vql__series(CAST({0} AS BIGINT), {1}, {2})"


@function("unnest(anyarray) -> setof anyelement")
def unnest(items: Array) -> Iterator[Any]:
    return flat(items)


@function("generate_subscripts(anyarray, integer) -> setof integer")
@function("generate_subscripts(anyarray, integer, boolean) -> setof integer")
def generate_subscripts(items: Array, dimension: int, is_reverse: bool = False) -> Iterable[int]:
    shape = dimensions_of(items)
    if not 1 <= dimension <= len(shape):
        return ()
    low = lower_bounds(items)[dimension - 1]
    found = range(low, low + shape[dimension - 1])
    return reversed(found) if is_reverse else found


@function("generate_series(integer, integer) -> setof integer", duck=f"CAST({SERIES} AS INTEGER[])")
@function("generate_series(integer, integer, integer) -> setof integer", duck=f"CAST({STEPS} AS INTEGER[])")
@function("generate_series(bigint, bigint) -> setof bigint", duck=SERIES)
@function("generate_series(bigint, bigint, bigint) -> setof bigint", duck=STEPS)
def generate_series(start: int, stop: int, step: int = 1) -> Iterable[int]:
    if step == 0:
        raise InvalidParameterValue("step size cannot equal zero")
    return range(start, stop + (1 if step > 0 else -1), step)


@function("generate_series(numeric, numeric) -> setof numeric")
@function("generate_series(numeric, numeric, numeric) -> setof numeric")
def generate_numeric_series(start: Decimal, stop: Decimal, step: Decimal = Decimal(1)) -> Iterator[Decimal]:
    for number, name in ((start, "start value"), (stop, "stop value"), (step, "step size")):
        if not number.is_finite():
            raise InvalidParameterValue(f"{name} cannot be {'NaN' if number.is_nan() else 'infinity'}")
    if not step:
        raise InvalidParameterValue("step size cannot equal zero")
    return _numeric_series(start, stop, step)


def _numeric_series(number: Decimal, stop: Decimal, step: Decimal) -> Iterator[Decimal]:
    while number <= stop if step > 0 else number >= stop:
        yield number
        number = EXACT.add(number, step)
