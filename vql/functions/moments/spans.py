"""Arithmetic of days, moments, times and intervals; how intervals are evened out, summed and averaged."""

from __future__ import annotations

from collections.abc import Sequence
from math import isinf, isnan

from vql.calendar import days
from vql.calendar import interval as intervals
from vql.calendar.days import DAY_US, EARLY, LATE, SECOND_US
from vql.calendar.interval import INT64_MAX, Interval, checked_interval, divided
from vql.calendar.zones import Abbreviation, Zone, at_of, calendar_zone
from vql.errors import DataError
from vql.functions.declare import Environment, aggregate, function, operator
from vql.functions.moments.moments import IN_SESSION, moment_out_of_range, style, timestamp_of_date

# ------------------------------------------------------------------ days


@operator("date + integer -> date")
def _day_plus(day: int, count: int) -> int:
    return days.checked_day(day + count) if days.is_finite_day(day) else day


@operator("integer + date -> date")
def _plus_day(count: int, day: int) -> int:
    return _day_plus(day, count)


@operator("date - integer -> date")
def _day_minus(day: int, count: int) -> int:
    return _day_plus(day, -count)


@operator("date - date -> integer")
def _days_between(later: int, earlier: int) -> int:
    if not (days.is_finite_day(later) and days.is_finite_day(earlier)):
        raise DataError("cannot subtract infinite dates", sqlstate="22008")
    return later - earlier


@operator("date + time -> timestamp")
@function("timestamp(date, time) -> timestamp")
def _day_and_clock(day: int, clock: int) -> int:
    start = timestamp_of_date(day)
    return days.checked_moment(start + clock) if days.is_finite(start) else start


@operator("time + date -> timestamp")
def _clock_and_day(clock: int, day: int) -> int:
    return _day_and_clock(day, clock)


# ------------------------------------------------------------------ moments and intervals


def moment_plus(moment: int, span: Interval) -> int:
    """Return a moment some months, then days, then microseconds later. Raises 22008."""
    infinite = _infinite_sum(moment, span)
    if infinite is not None:
        return infinite
    day, clock = divmod(moment, DAY_US)
    day = _calendar_plus(day, span)
    return days.checked_moment(day * DAY_US + clock + span.microseconds)


def zoned_plus(moment: int, span: Interval, zone: Zone | Abbreviation) -> int:
    """Return a moment some months and days of a zone's calendar, then microseconds later. Raises 22008."""
    infinite = _infinite_sum(moment, span)
    if infinite is not None:
        return infinite
    if span.months or span.days:
        day, clock = divmod(moment + at_of(zone, moment) * SECOND_US, DAY_US)
        local = _calendar_plus(day, span) * DAY_US + clock
        moment = days.checked_moment(local - zone.offset_of(local) * SECOND_US)
    return days.checked_moment(moment + span.microseconds)


def _infinite_sum(moment: int, span: Interval) -> int | None:
    """Return the sum where one side is infinite, None where both are finite. Raises 22008 for opposites."""
    if span.is_finite:
        return None if days.is_finite(moment) else moment
    infinity = LATE if span.months > 0 else EARLY
    if not days.is_finite(moment) and moment != infinity:
        raise moment_out_of_range()
    return infinity


def _calendar_plus(day: int, span: Interval) -> int:
    """Return a day some months, whose last day is not passed, then days later. Raises 22008."""
    if span.months:
        year, month, dom = days.date_of(day)
        year, month = year + (month - 1 + span.months) // 12, (month - 1 + span.months) % 12 + 1
        if abs(year) > 6_000_000:
            raise moment_out_of_range()
        day = days.day_number(year, month, min(dom, days.days_in_month(year, month)))
    day += span.days
    if not days.FIRST_DAY <= day <= days.LAST_DAY:
        raise moment_out_of_range()
    return day


@operator("timestamp + interval -> timestamp")
def _timestamp_plus(moment: int, span: Interval) -> int:
    return moment_plus(moment, span)


@operator("timestamp - interval -> timestamp")
def _timestamp_minus(moment: int, span: Interval) -> int:
    return moment_plus(moment, -span)


@operator("interval + timestamp -> timestamp")
def _plus_timestamp(span: Interval, moment: int) -> int:
    return moment_plus(moment, span)


@operator("date + interval -> timestamp")
def _date_plus(day: int, span: Interval) -> int:
    return moment_plus(timestamp_of_date(day), span)


@operator("date - interval -> timestamp")
def _date_minus(day: int, span: Interval) -> int:
    return moment_plus(timestamp_of_date(day), -span)


@operator("interval + date -> timestamp")
def _plus_date(span: Interval, day: int) -> int:
    return moment_plus(timestamp_of_date(day), span)


@operator("timestamptz + interval -> timestamptz", **IN_SESSION)
@function("date_add(timestamptz, interval) -> timestamptz", **IN_SESSION)
def _timestamptz_plus(environment: Environment, moment: int, span: Interval) -> int:
    return zoned_plus(moment, span, style(environment).zone)


@operator("timestamptz - interval -> timestamptz", **IN_SESSION)
@function("date_subtract(timestamptz, interval) -> timestamptz", **IN_SESSION)
def _timestamptz_minus(environment: Environment, moment: int, span: Interval) -> int:
    return zoned_plus(moment, -span, style(environment).zone)


@operator("interval + timestamptz -> timestamptz", **IN_SESSION)
def _plus_timestamptz(environment: Environment, span: Interval, moment: int) -> int:
    return zoned_plus(moment, span, style(environment).zone)


@function("date_add(timestamptz, interval, text) -> timestamptz", needs_environment=True)
def _date_add(environment: Environment, moment: int, span: Interval, zone: str) -> int:
    return zoned_plus(moment, span, calendar_zone(zone, style(environment).zone))


@function("date_subtract(timestamptz, interval, text) -> timestamptz", needs_environment=True)
def _date_subtract(environment: Environment, moment: int, span: Interval, zone: str) -> int:
    return zoned_plus(moment, -span, calendar_zone(zone, style(environment).zone))


@operator("timestamp - timestamp -> interval")
@operator("timestamptz - timestamptz -> interval")
def difference(later: int, earlier: int) -> Interval:
    """Return the days and the rest difference two moments. Raises 22008."""
    infinite = infinite_between(later, earlier)
    if infinite is not None:
        return infinite
    if abs(later - earlier) > INT64_MAX:
        raise intervals.interval_out_of_range()
    return justified_hours(Interval(0, 0, later - earlier))


def infinite_between(later: int, earlier: int) -> Interval | None:
    """Return the difference where a moment is infinite, None where both are finite. Raises 22008."""
    if days.is_finite(later) and days.is_finite(earlier):
        return None
    if later == earlier:
        raise intervals.interval_out_of_range()
    return intervals.LATE if later == LATE or earlier == EARLY else intervals.EARLY


# ------------------------------------------------------------------ times


@operator("time - time -> interval")
def _clocks_between(later: int, earlier: int) -> Interval:
    return Interval(0, 0, later - earlier)


@operator("time + interval -> time")
def clock_plus(clock: int, span: Interval) -> int:
    """Return a time of day the clock shows later. Raises 22008."""
    if not span.is_finite:
        raise DataError("cannot add infinite interval to time", sqlstate="22008")
    return on_the_clock(clock + span.microseconds)


@operator("interval + time -> time")
def _plus_clock(span: Interval, clock: int) -> int:
    return clock_plus(clock, span)


@operator("time - interval -> time")
def _clock_minus(clock: int, span: Interval) -> int:
    if not span.is_finite:
        raise DataError("cannot subtract infinite interval from time", sqlstate="22008")
    return on_the_clock(clock - span.microseconds)


def on_the_clock(count: int) -> int:
    """Return the time of day of a count that PostgreSQL keeps in 64 bits, whatever falls out of them."""
    return ((count + 2**63) % 2**64 - 2**63) % DAY_US


# ------------------------------------------------------------------ intervals


@operator("interval + interval -> interval")
def interval_plus(left: Interval, right: Interval) -> Interval:
    """Return the sum, part by part. Raises 22008."""
    if not left.is_finite or not right.is_finite:
        if not (left.is_finite or right.is_finite) and left != right:
            raise intervals.interval_out_of_range()
        return right if left.is_finite else left
    return checked_interval(
        left.months + right.months, left.days + right.days, left.microseconds + right.microseconds
    )


@operator("interval - interval -> interval")
def interval_minus(left: Interval, right: Interval) -> Interval:
    """Return the difference of each part. Raises 22008."""
    if not left.is_finite or not right.is_finite:
        return interval_plus(left, -right)
    return checked_interval(
        left.months - right.months, left.days - right.days, left.microseconds - right.microseconds
    )


@operator("- interval -> interval")
def _negated(span: Interval) -> Interval:
    return -span


@operator("interval * double precision -> interval")
def interval_times(span: Interval, factor: float) -> Interval:
    """Return the product. Raises 22008."""
    if isnan(factor) or (not span.is_finite or isinf(factor)) and not (factor and span.span):
        raise intervals.interval_out_of_range()
    if not span.is_finite or isinf(factor):
        return intervals.LATE if (span.span > 0) == (factor > 0) else intervals.EARLY
    return _cascaded(span.months * factor, span.days * factor, span.microseconds * factor)


@operator("double precision * interval -> interval")
def _factor_times(factor: float, span: Interval) -> Interval:
    return interval_times(span, factor)


@operator("interval / double precision -> interval")
def interval_over(span: Interval, divisor: float) -> Interval:
    """Return the quotient. Raises 22008, 22012."""
    if divisor == 0:
        raise DataError("division by zero", sqlstate="22012")
    if isnan(divisor) or not span.is_finite and isinf(divisor):
        raise intervals.interval_out_of_range()
    if not span.is_finite:
        return span if divisor > 0 else -span
    return _cascaded(span.months / divisor, span.days / divisor, span.microseconds / divisor)


def _cascaded(months: float, day_count: float, micros: float) -> Interval:
    """Return parts as an interval: fractions of months go to days of 30 a month, those of days to hours."""
    if not (abs(months) < 2**31 and abs(day_count) < 2**31) or isinf(micros):
        raise intervals.interval_out_of_range()
    whole_months, whole_days = int(months), int(day_count)
    rest_days = _to_microseconds((months - whole_months) * 30)
    seconds = _to_microseconds((day_count - whole_days + rest_days - int(rest_days)) * 86_400)
    if abs(seconds) >= 86_400:
        extra = int(seconds / 86_400)
        whole_days, seconds = whole_days + extra, seconds - extra * 86_400
    total = round(micros + seconds * SECOND_US)
    return checked_interval(whole_months, whole_days + int(rest_days), total)


def _to_microseconds(value: float) -> float:
    return round(value * 1e6) / 1e6


# ------------------------------------------------------------------ evened out


@function("justify_hours(interval) -> interval")
def justified_hours(span: Interval) -> Interval:
    """Return an interval with all whole days of its microseconds among its days, both of one sign."""
    if not span.is_finite:
        return span
    more, micros = divided(span.microseconds, DAY_US)
    return _one_sign(span.months, span.days + more, micros)


def _one_sign(months: int, day_count: int, micros: int) -> Interval:
    if day_count > 0 > micros:
        day_count, micros = day_count - 1, micros + DAY_US
    elif day_count < 0 < micros:
        day_count, micros = day_count + 1, micros - DAY_US
    return checked_interval(months, day_count, micros)


@function("justify_days(interval) -> interval")
def _justified_days(span: Interval) -> Interval:
    if not span.is_finite:
        return span
    more, rest = divided(span.days, 30)
    months = span.months + more
    if months > 0 > rest:
        months, rest = months - 1, rest + 30
    elif months < 0 < rest:
        months, rest = months + 1, rest - 30
    return checked_interval(months, rest, span.microseconds)


@function("justify_interval(interval) -> interval")
def _justified(span: Interval) -> Interval:
    if not span.is_finite:
        return span
    more, micros = divided(span.microseconds, DAY_US)
    more, rest = divided(span.days + more, 30)
    months = span.months + more
    if months > 0 and (rest < 0 or rest == 0 > micros):
        months, rest = months - 1, rest + 30
    elif months < 0 and (rest > 0 or rest == 0 < micros):
        months, rest = months + 1, rest - 30
    return _one_sign(months, rest, micros)


# ------------------------------------------------------------------ aggregates


@aggregate("sum(interval) -> interval")
def _sum(spans: Sequence[Interval]) -> Interval | None:
    return _total(spans)


@aggregate("avg(interval) -> interval")
def _average(spans: Sequence[Interval]) -> Interval | None:
    total = _total(spans)
    if total is None or not total.is_finite:
        return total
    return interval_over(total, float(len(spans)))


def _total(spans: Sequence[Interval]) -> Interval | None:
    """Return the sum, None of no intervals. Raises 22008 where both infinities are among them."""
    if not spans:
        return None
    late, early = intervals.LATE in spans, intervals.EARLY in spans
    if late and early:
        raise intervals.interval_out_of_range()
    if late or early:
        return intervals.LATE if late else intervals.EARLY
    parts = [(span.months, span.days, span.microseconds) for span in spans]
    return checked_interval(*(sum(column) for column in zip(*parts, strict=True)))
