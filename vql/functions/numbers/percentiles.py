"""Aggregates of sorted rows: `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)`.

What stands before WITHIN GROUP comes first in every row, and is the same in all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from vql.calendar.interval import Interval
from vql.errors import NumericOutOfRange
from vql.functions.declare import aggregate
from vql.functions.moments.spans import interval_minus, interval_plus, interval_times
from vql.types.numbers.floats import float_text
from vql.types.type import Type


def _checked_fraction(fraction: float) -> float:
    if not 0 <= fraction <= 1:
        raise NumericOutOfRange(f"percentile value {float_text(fraction, False, -9)} is not between 0 and 1")
    return fraction


def _between(fraction: float, rows: Sequence[tuple[Any, float]]) -> float:
    """Interpolate between the two values nearest to a fraction of the rows."""
    low, high, part = _beside(fraction, rows)
    return float(low + part * (high - low) if part else low)


def _span_between(fraction: float, rows: Sequence[tuple[Any, Interval]]) -> Interval:
    low, high, part = _beside(fraction, rows)
    return interval_plus(low, interval_times(interval_minus(high, low), part)) if part else low


def _beside(fraction: float, rows: Sequence[tuple[Any, Any]]) -> tuple[Any, Any, float]:
    """Return the two values nearest to a fraction of the rows, and how much of the way that is."""
    place = _checked_fraction(fraction) * (len(rows) - 1)
    first = math.floor(place)
    return rows[first][1], rows[math.ceil(place)][1], place - first


def _at(fraction: float, rows: Sequence[tuple[Any, Any]]) -> Any:
    """Return the first value that so many of the rows do not exceed."""
    return rows[max(math.ceil(_checked_fraction(fraction) * len(rows)), 1) - 1][1]


@aggregate("percentile_cont(double precision, double precision) -> double precision", is_ordered_set=True)
def _continuous(rows: Sequence[tuple[float, float]]) -> float | None:
    return _between(rows[0][0], rows) if rows else None


@aggregate("percentile_cont(double precision[], double precision) -> double precision[]", is_ordered_set=True)
def _continuous_many(rows: Sequence[tuple[list[Any], float]]) -> list[Any] | None:
    return _at_each(rows[0][0], _between, rows) if rows else None


@aggregate("percentile_cont(double precision, interval) -> interval", is_ordered_set=True)
def _continuous_span(rows: Sequence[tuple[float, Interval]]) -> Interval | None:
    return _span_between(rows[0][0], rows) if rows else None


@aggregate("percentile_cont(double precision[], interval) -> interval[]", is_ordered_set=True)
def _continuous_spans(rows: Sequence[tuple[list[Any], Interval]]) -> list[Any] | None:
    return _at_each(rows[0][0], _span_between, rows) if rows else None


@aggregate("percentile_disc(double precision, anyelement) -> anyelement", is_ordered_set=True)
def _discrete(rows: Sequence[tuple[float, Any]]) -> Any:
    return _at(rows[0][0], rows) if rows else None


@aggregate("percentile_disc(double precision[], anyelement) -> anyarray", is_ordered_set=True)
def _discrete_many(rows: Sequence[tuple[list[Any], Any]]) -> list[Any] | None:
    return _at_each(rows[0][0], _at, rows) if rows else None


def _at_each(fractions: Any, compute: Callable[[float, Any], Any], rows: Any) -> Any:
    """Compute for every fraction of an array, of any dimensions."""
    if isinstance(fractions, list):
        return [_at_each(each, compute, rows) for each in fractions]
    return None if fractions is None else compute(fractions, rows)


@aggregate("mode(anyelement) -> anyelement", is_ordered_set=True, needs_types=True)
def _mode(types: Sequence[Type], values: Sequence[Any]) -> Any:
    """Return the first of the values that are there most often."""
    base = types[-1].base

    def key(value: Any) -> Any:
        if isinstance(value, int | float):
            return "NaN" if value != value else value
        return base.sort_text(value)

    runs = [list(run) for _, run in groupby(values, key)]
    return max(runs, key=len)[0] if runs else None
