"""Moments and intervals made of numbers, of the clock, of series and of other zones; overlaps; aggregates."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from math import isfinite, isinf, isnan
from typing import Any

from vql.calendar import days, write
from vql.calendar import interval as intervals
from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.calendar.interval import Interval, checked_interval, interval_text
from vql.calendar.tokens import Displaced, Malformed, offset_seconds
from vql.calendar.zones import Abbreviation, Zone, at_of, calendar_zone, fixed_zone, required_zone
from vql.errors import DataError, InvalidParameterValue, NumericOutOfRange
from vql.functions.declare import Environment, aggregate, function
from vql.functions.moments.moments import IN_SESSION, OF_SESSION, local_of, style, zoned
from vql.functions.moments.spans import clock_plus, moment_plus, zoned_plus

# ------------------------------------------------------------------ made of numbers

DATE_FIELDS = "year: integer, month: integer, day: integer"
MOMENT_FIELDS = (
    "year: integer, month: integer, mday: integer, hour: integer, min: integer, sec: double precision"
)


def _out(message: str) -> DataError:
    return DataError(message, sqlstate="22008")


@function(f"make_date({DATE_FIELDS}) -> date")
def make_date(year: int, month: int, day: int) -> int:
    """Return a day; a negative year is one BC. Raises 22008."""
    shown = f"{year}-{month:02d}-{day:02d}"
    astronomical = year + 1 if year < 0 else year
    wrong = f"date field value out of range: {astronomical}-{month:02d}-{day:02d}"
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= 31:
        raise _out(wrong)
    if abs(year) > 5_900_000:
        raise _out(f"date out of range: {shown}")
    if day > days.days_in_month(astronomical, month):
        raise _out(wrong)
    return days.checked_day(days.day_number(astronomical, month, day), f"date out of range: {shown}")


@function("make_time(hour: integer, min: integer, sec: double precision) -> time")
def make_time(hour: int, minute: int, second: float) -> int:
    """Return a time of day. Raises 22008."""
    clock = DAY_US + 1
    if 0 <= hour <= 24 and 0 <= minute < 60 and -1 < second < 61:
        of_minute = round(second * SECOND_US)
        if 0 <= of_minute <= MINUTE_US:
            clock = hour * HOUR_US + minute * MINUTE_US + of_minute
    if clock > DAY_US:
        raise _out(f"time field value out of range: {hour}:{minute:02d}:{_printed_second(second)}")
    return clock


def _printed_second(second: float) -> str:
    text = f"{second:g}".replace("nan", "NaN").replace("inf", "Infinity")
    return text if len(text) > 1 else "0" + text


@function(f"make_timestamp({MOMENT_FIELDS}) -> timestamp")
def make_timestamp(year: int, month: int, day: int, hour: int, minute: int, second: float) -> int:
    """Return a moment. Raises 22008."""
    clock_text = f"{hour}:{minute:02d}:{_printed_second(second)}"
    message = f"timestamp out of range: {year}-{month:02d}-{day:02d} {clock_text}"
    try:
        start = make_date(year, month, day)
    except DataError:
        raise _out(f"date field value out of range: {year}-{month:02d}-{day:02d}") from None
    return days.checked_moment(start * DAY_US + make_time(hour, minute, second), message)


@function(f"make_timestamptz({MOMENT_FIELDS}) -> timestamptz", **IN_SESSION)
def _make_timestamptz(environment: Environment, *fields: Any) -> int:
    return zoned(make_timestamp(*fields), style(environment).zone)


@function(f"make_timestamptz({MOMENT_FIELDS}, timezone: text) -> timestamptz", **IN_SESSION)
def _make_timestamptz_there(environment: Environment, *fields: Any) -> int:
    local, zone = make_timestamp(*fields[:-1]), _sane_zone(fields[-1], style(environment).zone)
    return days.checked_moment(local - zone.offset_of(local) * SECOND_US)


def _sane_zone(text: str, session: Zone) -> Zone | Abbreviation:
    """Return the zone of a text, which has a sign where it is a number. Raises 22023."""
    if text[:1].isdigit():
        raise InvalidParameterValue(
            f'invalid input syntax for type numeric time zone: "{text}"',
            hint='Numeric time zones must have "-" or "+" as first character.',
        )
    try:
        return fixed_zone(offset_seconds(text))
    except Displaced:
        raise InvalidParameterValue(f'numeric time zone "{text}" out of range') from None
    except Malformed:
        return required_zone(text, session)


@function(
    "make_interval(years: integer DEFAULT 0, months: integer DEFAULT 0, weeks: integer DEFAULT 0,"
    " days: integer DEFAULT 0, hours: integer DEFAULT 0, mins: integer DEFAULT 0,"
    " secs: double precision DEFAULT 0.0) -> interval"
)
def _make_interval(
    years: int, months: int, weeks: int, day_count: int, hours: int, minutes: int, seconds: float
) -> Interval:
    if not isfinite(seconds):
        raise intervals.interval_out_of_range()
    if isinf(seconds * SECOND_US):
        raise NumericOutOfRange("value out of range: overflow")
    micros = hours * HOUR_US + minutes * MINUTE_US + round(seconds * SECOND_US)
    return checked_interval(years * 12 + months, weeks * 7 + day_count, micros)


@function("to_timestamp(double precision) -> timestamptz")
def _to_timestamp(seconds: float) -> int:
    if isnan(seconds):
        raise _out("timestamp cannot be NaN")
    if isinf(seconds):
        return days.LATE if seconds > 0 else days.EARLY
    message = f'timestamp out of range: "{seconds:g}"'
    if abs(seconds) > days.LATE / SECOND_US:
        raise _out(message)
    # Counted from 2000, as PostgreSQL rounds.
    since_2000 = round((seconds - days.MOMENT_2000 // SECOND_US) * SECOND_US)
    return days.checked_moment(since_2000 + days.MOMENT_2000, message)


# ------------------------------------------------------------------ the clock


@function("now() -> timestamptz", **IN_SESSION)
@function("transaction_timestamp() -> timestamptz", **IN_SESSION)
@function("current_timestamp() -> timestamptz", **IN_SESSION)
def _now(environment: Environment) -> int:
    return environment.now_us


@function("statement_timestamp() -> timestamptz", **IN_SESSION)
def _statement_start(environment: Environment) -> int:
    return environment.statement_us


@function("current_timestamp(integer) -> timestamptz", **IN_SESSION)
def _now_rounded(environment: Environment, digits: int) -> int:
    return days.rounded_moment(environment.now_us, digits)


@function("current_date() -> date", **IN_SESSION)
def _today(environment: Environment) -> int:
    return style(environment).zone.to_local(environment.now_us) // DAY_US


@function("localtimestamp() -> timestamp", **IN_SESSION)
def _local_now(environment: Environment) -> int:
    return style(environment).zone.to_local(environment.now_us)


@function("localtimestamp(integer) -> timestamp", **IN_SESSION)
def _local_now_rounded(environment: Environment, digits: int) -> int:
    return days.rounded_moment(_local_now(environment), digits)


@function("localtime() -> time", **IN_SESSION)
def _local_clock(environment: Environment) -> int:
    return _local_now(environment) % DAY_US


@function("localtime(integer) -> time", **IN_SESSION)
def _local_clock_rounded(environment: Environment, digits: int) -> int:
    return days.rounded(_local_clock(environment), digits)


@function("clock_timestamp() -> timestamptz", volatility="volatile")
def _clock_now() -> int:
    return time.time_ns() // 1000


@function("timeofday() -> text", volatility="volatile", needs_environment=True)
def _time_of_day(environment: Environment) -> str:
    zone = style(environment).zone
    moment = _clock_now()
    then = zone.at(moment)
    day, clock = divmod(moment + then.offset * SECOND_US, DAY_US)
    year, month, dom = days.date_of(day)
    seconds, micros = divmod(clock, SECOND_US)
    shown = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{micros:06d}"
    weekday, name = write.WEEKDAYS[days.weekday(day)], write.MONTHS[month - 1]
    return f"{weekday} {name} {dom:02d} {shown} {year:04d} {then.abbreviation}"


# ------------------------------------------------------------------ finite


@function("isfinite(date) -> boolean")
def _is_finite_day(day: int) -> bool:
    return days.is_finite_day(day)


@function("isfinite(timestamp) -> boolean")
@function("isfinite(timestamptz) -> boolean")
def _is_finite(moment: int) -> bool:
    return days.is_finite(moment)


@function("isfinite(interval) -> boolean")
def _is_finite_span(span: Interval) -> bool:
    return span.is_finite


# ------------------------------------------------------------------ other zones


@function("timezone(text, timestamptz) -> timestamp", needs_environment=True)
def _at_zone(environment: Environment, name: str, moment: int) -> int:
    if not days.is_finite(moment):
        return moment
    zone = required_zone(name, style(environment).zone)
    return days.checked_moment(moment + at_of(zone, moment) * SECOND_US)


@function("timezone(text, timestamp) -> timestamptz", needs_environment=True)
def _of_zone(environment: Environment, name: str, local: int) -> int:
    if not days.is_finite(local):
        return local
    zone = required_zone(name, style(environment).zone)
    return days.checked_moment(local - zone.offset_of(local) * SECOND_US)


@function("timezone(interval, timestamptz) -> timestamp", needs_environment=True)
def _at_offset(environment: Environment, offset: Interval, moment: int) -> int:
    return days.checked_moment(moment + offset_us(environment, offset)) if days.is_finite(moment) else moment


@function("timezone(interval, timestamp) -> timestamptz", needs_environment=True)
def _of_offset(environment: Environment, offset: Interval, local: int) -> int:
    return days.checked_moment(local - offset_us(environment, offset)) if days.is_finite(local) else local


def offset_us(environment: Environment, offset: Interval) -> int:
    """Return the whole seconds of an interval that is a zone, as far as 32 bits keep them, in microseconds.
    Raises 22023."""
    shown = interval_text(offset, environment.intervalstyle)
    if not offset.is_finite:
        raise InvalidParameterValue(f'interval time zone "{shown}" must be finite')
    if offset.months or offset.days:
        raise InvalidParameterValue(f'interval time zone "{shown}" must not include months or days')
    size = abs(offset.microseconds) // SECOND_US
    seconds = size if offset.microseconds >= 0 else -size
    return ((seconds + 2**31) % 2**32 - 2**31) * SECOND_US


@function("timezone(timestamptz) -> timestamp", **IN_SESSION)
def _at_session(environment: Environment, moment: int) -> int:
    return local_of(moment, style(environment).zone)


@function("timezone(timestamp) -> timestamptz", **IN_SESSION)
def _of_session(environment: Environment, local: int) -> int:
    return zoned(local, style(environment).zone)


# ------------------------------------------------------------------ series


@function("generate_series(timestamp, timestamp, interval) -> setof timestamp")
def _series(start: int, stop: int, step: Interval) -> Iterator[int]:
    return _stepped(start, stop, step, lambda moment: moment_plus(moment, step))


@function("generate_series(timestamptz, timestamptz, interval) -> setof timestamptz", **IN_SESSION)
def _series_here(environment: Environment, start: int, stop: int, step: Interval) -> Iterator[int]:
    zone = style(environment).zone
    return _stepped(start, stop, step, lambda moment: zoned_plus(moment, step, zone))


@function(
    "generate_series(timestamptz, timestamptz, interval, text) -> setof timestamptz", needs_environment=True
)
def _series_there(
    environment: Environment, start: int, stop: int, step: Interval, name: str
) -> Iterator[int]:
    zone = calendar_zone(name, style(environment).zone)
    return _stepped(start, stop, step, lambda moment: zoned_plus(moment, step, zone))


def _stepped(start: int, stop: int, step: Interval, following: Callable[[int], int]) -> Iterator[int]:
    """Yield moments from one to another. Raises 22008, 22023."""
    if not step.is_finite:
        raise InvalidParameterValue("step size cannot be infinite")
    if step.span == 0:
        raise InvalidParameterValue("step size cannot equal zero")
    return _steps(start, stop, step.span > 0, following)


def _steps(moment: int, stop: int, is_forward: bool, following: Callable[[int], int]) -> Iterator[int]:
    while moment <= stop if is_forward else moment >= stop:
        yield moment
        moment = following(moment)


# ------------------------------------------------------------------ overlaps


def overlap(first: Any, first_end: Any, second: Any, second_end: Any) -> bool | None:
    """Tell whether two periods have a moment in common; an end may be NULL, and before the start."""
    if first is None and first_end is None or second is None and second_end is None:
        return None
    first, first_end = _ordered(first, first_end)
    second, second_end = _ordered(second, second_end)
    if first > second:
        first, first_end, second, second_end = second, second_end, first, first_end
    elif first == second:
        return True if first_end is not None and second_end is not None else None
    if first_end is None:
        return None
    if second < first_end:
        return True
    return None if second_end is None else False


def _ordered(start: Any, end: Any) -> tuple[Any, Any]:
    """Return the ends of a period, the one that is not NULL first, else the earlier one."""
    if start is None or end is not None and end < start:
        return end, start
    return start, end


# What ends a period that has a length.
Plus = Callable[[Environment, int, Interval], int]


def _declare_overlaps() -> None:
    for type_, plus, options in (
        ("timestamp", _end_of_local, OF_SESSION),
        ("timestamptz", _end_of_moment, IN_SESSION),
        ("time", _end_of_clock, OF_SESSION),
    ):
        for is_first_span in (False, True):
            for is_second_span in (False, True):
                is_counted = is_first_span or is_second_span
                _declare_overlap(
                    type_, plus, is_first_span, is_second_span, options if is_counted else OF_SESSION
                )


def _declare_overlap(
    type_: str, plus: Plus, is_first_span: bool, is_second_span: bool, options: dict[str, Any]
) -> None:
    def run(
        environment: Environment, first: Any, first_end: Any, second: Any, second_end: Any
    ) -> bool | None:
        if is_first_span:
            first_end = _end(environment, plus, first, first_end)
        if is_second_span:
            second_end = _end(environment, plus, second, second_end)
        return overlap(first, first_end, second, second_end)

    ends = ["interval" if is_span else type_ for is_span in (is_first_span, is_second_span)]
    signature = f"overlaps({type_}, {ends[0]}, {type_}, {ends[1]}) -> boolean"
    function(signature, is_strict=False, **options)(run)


def _end(
    environment: Environment, plus: Callable[[Environment, int, Interval], int], start: Any, span: Any
) -> Any:
    return None if start is None or span is None else plus(environment, start, span)


def _end_of_local(environment: Environment, start: int, span: Interval) -> int:
    return moment_plus(start, span)


def _end_of_moment(environment: Environment, start: int, span: Interval) -> int:
    return zoned_plus(start, span, style(environment).zone)


def _end_of_clock(environment: Environment, start: int, span: Interval) -> int:
    return clock_plus(start, span)


_declare_overlaps()


# ------------------------------------------------------------------ the least and the greatest


def _least(values: Sequence[Any]) -> Any:
    return min(reversed(values), default=None)  # of equal ones the last


def _greatest(values: Sequence[Any]) -> Any:
    return max(reversed(values), default=None)


for _type in ("date", "time", "timestamp", "timestamptz"):
    aggregate(f"min({_type}) -> {_type}", duck="min({0})")(_least)
    aggregate(f"max({_type}) -> {_type}", duck="max({0})")(_greatest)
aggregate("min(interval) -> interval")(_least)
aggregate("max(interval) -> interval")(_greatest)
