"""timetz: comparisons, casts, arithmetic, fields, other zones, periods that overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from vql.calendar import days, read
from vql.calendar.days import DAY_US, SECOND_US
from vql.calendar.interval import Interval
from vql.calendar.zones import at_of, required_zone
from vql.errors import DataError, InvalidParameterValue
from vql.functions.declare import Environment, aggregate, cast, function, operator
from vql.functions.moments.fields import (
    CLOCK_UNITS,
    OF_SPANS,
    ZONE_UNITS,
    field_of_clock,
    field_of_zone,
    scaled,
    unit_named,
)
from vql.functions.moments.makers import offset_us, overlap
from vql.functions.moments.moments import (
    COMPARISONS,
    FROM_TEXT,
    IN_SESSION,
    OF_SESSION,
    SIZED,
    TO_TEXT,
    style,
    zoned,
)
from vql.functions.moments.spans import on_the_clock
from vql.types.moments.timetz import TIMETZ, ZonedClock

order_key = TIMETZ.order_key


def _declare_comparison(sign: str, compare: Callable[[Any, Any], bool]) -> None:
    @operator(f"timetz {sign} timetz -> boolean")
    def compared(left: ZonedClock, right: ZonedClock) -> bool:
        return compare(order_key(left), order_key(right))


for _sign, _compare in COMPARISONS.items():
    _declare_comparison(_sign, _compare)


@aggregate("min(timetz) -> timetz")
def _least(values: Sequence[ZonedClock]) -> ZonedClock | None:
    return min(values, key=order_key, default=None)


@aggregate("max(timetz) -> timetz")
def _greatest(values: Sequence[ZonedClock]) -> ZonedClock | None:
    return max(values, key=order_key, default=None)


# ------------------------------------------------------------------ digits of a second


def _checked(digits: int, what: str) -> int | None:
    """Return a number of digits, None of one that says nothing. Raises 22023."""
    if digits > days.DIGITS_MAX:
        raise InvalidParameterValue(f"{what} precision must be between 0 and {days.DIGITS_MAX}")
    return None if digits < 0 else digits


@function("timetz(timetz, integer) -> timetz")
def timetz_sized(value: ZonedClock, digits: int) -> ZonedClock:
    return ZonedClock(days.rounded(value.clock, None if digits < 0 else digits), value.offset)


@function("time(time, integer) -> time")
def time_sized(clock: int, digits: int) -> int:
    return days.rounded(clock, None if digits < 0 else digits)


@function("timestamp(timestamp, integer) -> timestamp")
@function("timestamptz(timestamptz, integer) -> timestamptz")
def moment_sized(moment: int, digits: int) -> int:
    return days.rounded_moment(moment, _checked(digits, "timestamp"))


# ------------------------------------------------------------------ casts


@cast("timetz -> timetz", **SIZED)
def _rounded(value: ZonedClock, digits: int | None) -> ZonedClock:
    return ZonedClock(days.rounded(value.clock, digits), value.offset)


@cast("time -> timetz", willingness="implicit", **OF_SESSION)
def _of_clock(environment: Environment, clock: int) -> ZonedClock:
    """Return a time as the session's zone has it today."""
    zone = style(environment).zone
    today = zone.to_local(environment.now_us) // DAY_US
    return ZonedClock(clock, zone.offset_of(today * DAY_US + clock))


@cast("timetz -> time", willingness="assignment")
def _clock(value: ZonedClock) -> int:
    return value.clock


@cast("timestamptz -> timetz", willingness="assignment", **OF_SESSION)
def _of_moment(environment: Environment, moment: int) -> ZonedClock | None:
    if not days.is_finite(moment):
        return None
    offset = style(environment).zone.at(moment).offset
    return ZonedClock((moment + offset * SECOND_US) % DAY_US, offset)


@cast("text -> timetz", **FROM_TEXT)
def _of_text(environment: Environment, text: str, digits: int | None) -> ZonedClock:
    return _rounded(ZonedClock(*read.read_timetz(text, style(environment), environment.now_us)), digits)


@cast("timetz -> text", **TO_TEXT)
def _text(environment: Environment, value: ZonedClock) -> str:
    return TIMETZ.to_text(TIMETZ.from_internal(value))


@function("current_time() -> timetz", **IN_SESSION)
def _now(environment: Environment) -> ZonedClock:
    found = _of_moment(environment, environment.now_us)
    assert found is not None, "now is finite"
    return found


@function("current_time(integer) -> timetz", **IN_SESSION)
def _now_rounded(environment: Environment, digits: int) -> ZonedClock:
    return _rounded(_now(environment), digits)


# ------------------------------------------------------------------ arithmetic


@operator("timetz + interval -> timetz")
def _plus(value: ZonedClock, span: Interval) -> ZonedClock:
    if not span.is_finite:
        raise DataError("cannot add infinite interval to time", sqlstate="22008")
    return ZonedClock(on_the_clock(value.clock + span.microseconds), value.offset)


@operator("interval + timetz -> timetz")
def _plus_clock(span: Interval, value: ZonedClock) -> ZonedClock:
    return _plus(value, span)


@operator("timetz - interval -> timetz")
def _minus(value: ZonedClock, span: Interval) -> ZonedClock:
    if not span.is_finite:
        raise DataError("cannot subtract infinite interval from time", sqlstate="22008")
    return ZonedClock(on_the_clock(value.clock - span.microseconds), value.offset)


@function("timestamptz(date, timetz) -> timestamptz")
@operator("date + timetz -> timestamptz")
def _on_day(day: int, value: ZonedClock) -> int:
    start = days.moment_of_day(day)
    return days.checked_moment(start + order_key(value)[0]) if days.is_finite(start) else start


@function("timestamptz(date, time) -> timestamptz", **IN_SESSION)
def _clock_here_on_day(environment: Environment, day: int, clock: int) -> int:
    start = days.moment_of_day(day)
    return zoned(start + clock, style(environment).zone) if days.is_finite(start) else start


@operator("timetz + date -> timestamptz")
def _clock_on_day(value: ZonedClock, day: int) -> int:
    return _on_day(day, value)


# ------------------------------------------------------------------ fields


@function("extract(text, timetz) -> numeric")
def _extract(name: str, value: ZonedClock) -> Decimal:
    units = CLOCK_UNITS | ZONE_UNITS | {"epoch"}
    unit = unit_named(name, units, TIMETZ.standard_name, OF_SPANS)
    if unit == "epoch":
        return scaled(order_key(value)[0], 6)
    if unit in ZONE_UNITS:
        return field_of_zone(unit, value.offset)
    return field_of_clock(unit, value.clock)


@function("date_part(text, timetz) -> double precision")
def _part(name: str, value: ZonedClock) -> float:
    return float(_extract(name, value))


# ------------------------------------------------------------------ other zones


@function("timezone(text, timetz) -> timetz", **IN_SESSION)
def _at_zone(environment: Environment, name: str, value: ZonedClock) -> ZonedClock:
    """Return a time as a zone has it, which is now as far from UTC as it is."""
    zone = required_zone(name, style(environment).zone)
    return _displaced(value, at_of(zone, environment.now_us))


@function("timezone(interval, timetz) -> timetz", needs_environment=True)
def _at_offset(environment: Environment, offset: Interval, value: ZonedClock) -> ZonedClock:
    return _displaced(value, offset_us(environment, offset) // SECOND_US)


@function("timezone(timetz) -> timetz", **IN_SESSION)
def _at_session(environment: Environment, value: ZonedClock) -> ZonedClock:
    return _displaced(value, style(environment).zone.at(environment.now_us).offset)


def _displaced(value: ZonedClock, offset: int) -> ZonedClock:
    return ZonedClock((order_key(value)[0] + offset * SECOND_US) % DAY_US, offset)


# ------------------------------------------------------------------ overlaps


@function("overlaps(timetz, timetz, timetz, timetz) -> boolean", is_strict=False)
def _overlaps(*ends: ZonedClock | None) -> bool | None:
    return overlap(*(None if end is None else order_key(end) for end in ends))
