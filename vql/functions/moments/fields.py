"""The fields of moments and intervals: extract, date_part, date_trunc, date_bin, age."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from vql.calendar import days
from vql.calendar import interval as intervals
from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.calendar.interval import INT64_MAX, Interval, Parts, divided, parts_of
from vql.calendar.read_interval import UNITS, WORD_MAX
from vql.calendar.zones import Abbreviation, Zone, at_of, calendar_zone
from vql.errors import DataError, InvalidParameterValue, NotSupportedError
from vql.functions.declare import Environment, function
from vql.functions.moments.moments import IN_SESSION, OF_SESSION, style, timestamp_of_date
from vql.functions.moments.spans import infinite_between

# Units beside those of intervals, by the characters of a word that count.
OTHER_UNITS = {
    "dow": "dow", "doy": "doy", "epoch": "epoch", "isodow": "isodow", "isoyear": "isoyear",
    "julian": "julian", "j": "julian", "jd": "julian",
}  # fmt: skip
# Words of moments, units of none.
RESERVED = frozenset(("now", "today", "tomorrow", "yesterday", "infinity", "allballs"))
ZONE_WORDS = {"timezone": "timezone", "timezone_h": "timezone_hour", "timezone_m": "timezone_minute"}
# Truncation knows the units of intervals alone.
NO_OTHERS: Mapping[str, str] = {}
OF_SPANS: Mapping[str, str] = dict(OTHER_UNITS)
# What grows with time, and is infinite where that is; the others are NULL then.
GROWING = frozenset(("year", "decade", "century", "millennium", "julian", "isoyear", "epoch"))
GROWING_SPAN = frozenset(("hour", "day", "year", "decade", "century", "millennium", "epoch"))
CLOCK_UNITS = frozenset(("microsecond", "millisecond", "second", "minute", "hour"))
ZONE_UNITS = frozenset(("timezone", "timezone_hour", "timezone_minute"))
DAY_UNITS = frozenset(("day", "month", "quarter", "week", "dow", "isodow", "doy")) | GROWING
SPAN_UNITS = CLOCK_UNITS | {
    "day", "week", "month", "quarter", "year", "decade", "century", "millennium", "epoch",
}  # fmt: skip
TRUNCATED = CLOCK_UNITS | {"day", "week", "month", "quarter", "year", "decade", "century", "millennium"}
TIMESTAMP, TIMESTAMPTZ = "timestamp without time zone", "timestamp with time zone"


def unit_named(
    name: str, known: frozenset[str] | set[str], type_name: str, others: Mapping[str, str] = OTHER_UNITS
) -> str:
    """Return the unit of a word, one of intervals or of `others`. Raises 22023, 0A000 for one that the
    type has not."""
    lower = name.lower()
    word = lower[:WORD_MAX]
    unit = UNITS.get(word) or ZONE_WORDS.get(word) or others.get(word)
    if unit is None and not (word in RESERVED and others is OTHER_UNITS):
        raise InvalidParameterValue(f'unit "{lower}" not recognized for type {type_name}')
    if unit is None or unit not in known:
        raise unsupported_unit(lower, type_name)
    return unit


def unsupported_unit(name: str, type_name: str, detail: str | None = None) -> NotSupportedError:
    """Return the error of a unit that exists and means nothing here."""
    return NotSupportedError(f'unit "{name}" not supported for type {type_name}', detail=detail)


def scaled(count: int, decimals: int = 0) -> Decimal:
    """Return a count of units of 10 ** -decimals as a numeric of that scale."""
    return Decimal(f"{count}e-{decimals}")


def _infinity(is_positive: bool) -> Decimal:
    return Decimal("Infinity") if is_positive else Decimal("-Infinity")


# ------------------------------------------------------------------ fields of days and moments


def _century(year: int, unit: int) -> int:
    """Return the number of the century or millennium of an astronomical year; there is no 0th."""
    return (year + unit - 1) // unit if year > 0 else -((unit - year) // unit)


def field_of_day(unit: str, day: int) -> int:
    """Return a field that a finite day has."""
    year, month, dom = days.date_of(day)
    match unit:
        case "day":
            return dom
        case "month":
            return month
        case "quarter":
            return (month - 1) // 3 + 1
        case "week":
            return days.iso_week(day)[1]
        case "dow":
            return days.weekday(day)
        case "isodow":
            return days.weekday(day) or 7
        case "doy":
            return day - days.day_number(year, 1, 1) + 1
        case "year":
            return year if year > 0 else year - 1
        case "isoyear":
            iso = days.iso_week(day)[0]
            return iso if iso > 0 else iso - 1
        case "decade":
            return year // 10
        case "century":
            return _century(year, 100)
        case "millennium":
            return _century(year, 1000)
        case "julian":
            return day + days.JULIAN_1970
    assert unit == "epoch", unit
    return day * 86_400


def field_of_clock(unit: str, clock: int) -> Decimal:
    """Return a field of a time of day."""
    second = clock % MINUTE_US
    match unit:
        case "microsecond":
            return scaled(second)
        case "millisecond":
            return scaled(second, 3)
        case "second":
            return scaled(second, 6)
        case "minute":
            return scaled(clock // MINUTE_US % 60)
    assert unit == "hour", unit
    return scaled(clock // HOUR_US)


def field_of_zone(unit: str, offset: int) -> Decimal:
    """Return a field of seconds east of UTC."""
    sign, size = (-1 if offset < 0 else 1), abs(offset)
    if unit == "timezone":
        return scaled(offset)
    return scaled(sign * (size // 3600 if unit == "timezone_hour" else size // 60 % 60))


def _extracted(name: str, type_name: str, moment: int, zone: Zone | None) -> Decimal | None:
    is_finite = days.is_finite(moment)
    known = DAY_UNITS | CLOCK_UNITS
    unit = unit_named(name, known if is_finite and zone is None else known | ZONE_UNITS, type_name)
    if not is_finite:
        return _infinity(moment > 0) if unit in GROWING else None
    offset = zone.at(moment).offset if zone is not None else 0
    if unit == "epoch":
        return scaled(moment, 6)
    day, clock = divmod(moment + offset * SECOND_US, DAY_US)
    if unit in ZONE_UNITS:
        return field_of_zone(unit, offset)
    if unit in CLOCK_UNITS:
        return field_of_clock(unit, clock)
    if unit == "julian":
        return _julian(field_of_day(unit, day), clock)
    return scaled(field_of_day(unit, day))


def _julian(day: int, clock: int) -> Decimal:
    """Return a day and the part of it that has passed, with as many decimals as PostgreSQL's division has."""
    groups, first = _base_10000(clock)
    day_groups, day_first = _base_10000(DAY_US)
    weight = groups - day_groups - (first <= day_first)
    decimals = max(16 - weight * 4, 0)
    quotient, rest = divmod(clock * 10**decimals, DAY_US)
    return scaled(day * 10**decimals + quotient + (rest * 2 >= DAY_US), decimals)


def _base_10000(value: int) -> tuple[int, int]:
    """Return the place of the highest digit of base 10,000, and that digit."""
    place = 0
    while value >= 10_000:
        value, place = value // 10_000, place + 1
    return place, value


@function("extract(text, timestamp) -> numeric")
def _extract_timestamp(name: str, moment: int) -> Decimal | None:
    return _extracted(name, TIMESTAMP, moment, None)


@function("extract(text, timestamptz) -> numeric", **IN_SESSION)
def _extract_timestamptz(environment: Environment, name: str, moment: int) -> Decimal | None:
    return _extracted(name, TIMESTAMPTZ, moment, style(environment).zone)


@function("extract(text, date) -> numeric")
def _extract_date(name: str, day: int) -> Decimal | None:
    unit = unit_named(name, DAY_UNITS, "date")
    if not days.is_finite_day(day):
        return _infinity(day > 0) if unit in GROWING else None
    return scaled(field_of_day(unit, day))


@function("extract(text, time) -> numeric")
def _extract_time(name: str, clock: int) -> Decimal:
    type_name = "time without time zone"
    unit = unit_named(name, CLOCK_UNITS | {"epoch"}, type_name, OF_SPANS)
    return scaled(clock, 6) if unit == "epoch" else field_of_clock(unit, clock)


@function("date_part(text, timestamp) -> double precision")
def _part_of_timestamp(name: str, moment: int) -> float | None:
    return _float(_extract_timestamp(name, moment))


@function("date_part(text, timestamptz) -> double precision", **IN_SESSION)
def _part_of_timestamptz(environment: Environment, name: str, moment: int) -> float | None:
    return _float(_extract_timestamptz(environment, name, moment))


@function("date_part(text, date) -> double precision")
def _part_of_date(name: str, day: int) -> float | None:
    return _part_of_timestamp(name, timestamp_of_date(day))


@function("date_part(text, time) -> double precision")
def _part_of_time(name: str, clock: int) -> float | None:
    return _float(_extract_time(name, clock))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


# ------------------------------------------------------------------ fields of intervals


@function("extract(text, interval) -> numeric")
def _extract_interval(name: str, span: Interval) -> Decimal | None:
    unit = _unit_of_span(name, span)
    if not span.is_finite:
        return _infinity(span.months > 0) if unit in GROWING_SPAN else None
    if unit == "epoch":
        years, months = divided(span.months, 12)
        # A year has 365.25 days.
        seconds = (years * 1461 + months * 120 + span.days * 4) * (86_400 // 4)
        return scaled(seconds * SECOND_US + span.microseconds, 6)
    parts = parts_of(span)
    match unit:
        case "microsecond":
            return scaled(parts.seconds)
        case "millisecond":
            return scaled(parts.seconds, 3)
        case "second":
            return scaled(parts.seconds, 6)
    return scaled(_whole_field(unit, parts))


def _unit_of_span(name: str, span: Interval) -> str:
    return unit_named(name, SPAN_UNITS, "interval", OF_SPANS if span.is_finite else OTHER_UNITS)


def _whole_field(unit: str, parts: Parts) -> int:
    match unit:
        case "minute":
            return parts.minutes
        case "hour":
            return parts.hours
        case "day":
            return parts.days
        case "week":
            return divided(parts.days, 7)[0]
        case "month":
            return parts.months
        case "quarter":
            if parts.months >= 0 and parts.years >= 0:
                return parts.months // 3 + 1
            return -(-parts.months // 3 + 1)
    return divided(parts.years, {"year": 1, "decade": 10, "century": 100, "millennium": 1000}[unit])[0]


@function("date_part(text, interval) -> double precision")
def _part_of_interval(name: str, span: Interval) -> float | None:
    unit = _unit_of_span(name, span)
    if unit == "epoch" and span.is_finite:
        years, months = divided(span.months, 12)
        seconds = span.microseconds / SECOND_US + 365.25 * 86_400 * years + 30.0 * 86_400 * months
        return seconds + 86_400.0 * span.days
    return _float(_extract_interval(name, span))


# ------------------------------------------------------------------ truncation


def _truncated_day(unit: str, day: int) -> int:
    """Return the first day of the unit that a day is in."""
    year, month, _ = days.date_of(day)
    match unit:
        case "week":
            return day - (day + 3) % 7
        case "month":
            return days.day_number(year, month, 1)
        case "quarter":
            return days.day_number(year, (month - 1) // 3 * 3 + 1, 1)
        case "year":
            return days.day_number(year, 1, 1)
        case "decade":
            return days.day_number(year // 10 * 10, 1, 1)
        case "century":
            return days.day_number((year - 1) // 100 * 100 + 1, 1, 1)
        case "millennium":
            return days.day_number((year - 1) // 1000 * 1000 + 1, 1, 1)
    return day


UNIT_US = {"microsecond": 1, "millisecond": 1000, "second": SECOND_US, "minute": MINUTE_US, "hour": HOUR_US}


@function("date_trunc(text, timestamp) -> timestamp")
def _truncated(name: str, moment: int) -> int:
    unit = unit_named(name, TRUNCATED, TIMESTAMP, NO_OTHERS)
    if not days.is_finite(moment):
        return moment
    if unit in UNIT_US:
        return moment - moment % UNIT_US[unit]
    return days.checked_moment(_truncated_day(unit, moment // DAY_US) * DAY_US)


@function("date_trunc(text, timestamptz) -> timestamptz", **IN_SESSION)
def _truncated_here(environment: Environment, name: str, moment: int) -> int:
    return truncated_in(name, moment, style(environment).zone)


@function("date_trunc(text, timestamptz, text) -> timestamptz", needs_environment=True)
def _truncated_there(environment: Environment, name: str, moment: int, zone: str) -> int:
    return truncated_in(name, moment, calendar_zone(zone, style(environment).zone))


def truncated_in(name: str, moment: int, zone: Zone | Abbreviation) -> int:
    """Return the start of the unit that a moment is in, by a zone's clock. Raises 22008, 22023."""
    unit = unit_named(name, TRUNCATED, TIMESTAMPTZ, NO_OTHERS)
    if not days.is_finite(moment):
        return moment
    offset = at_of(zone, moment) * SECOND_US
    local = moment + offset
    if unit in UNIT_US:
        return days.checked_moment(local - local % UNIT_US[unit] - offset)
    start = _truncated_day(unit, local // DAY_US) * DAY_US
    return days.checked_moment(start - zone.offset_of(start) * SECOND_US)


@function("date_trunc(text, interval) -> interval")
def _truncated_interval(name: str, span: Interval) -> Interval:
    unit = unit_named(name, TRUNCATED, "interval", NO_OTHERS)
    if unit == "week":
        raise unsupported_unit(name.lower(), "interval", "Months usually have fractional weeks.")
    if not span.is_finite:
        return span
    if unit in UNIT_US:
        micros = divided(span.microseconds, UNIT_US[unit])[0] * UNIT_US[unit]
        return Interval(span.months, span.days, micros)
    if unit == "day":
        return Interval(span.months, span.days)
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12_000}[
        unit
    ]
    return Interval(divided(span.months, months)[0] * months)


@function("date_bin(interval, timestamp, timestamp) -> timestamp")
@function("date_bin(interval, timestamptz, timestamptz) -> timestamptz")
def _bin(stride: Interval, moment: int, origin: int) -> int:
    if not days.is_finite(moment):
        return moment
    if not days.is_finite(origin):
        raise DataError("origin out of range", sqlstate="22008")
    if not stride.is_finite:
        raise DataError("timestamps cannot be binned into infinite intervals", sqlstate="22008")
    if stride.months:
        raise NotSupportedError("timestamps cannot be binned into intervals containing months or years")
    width = stride.span
    if not -INT64_MAX - 1 <= width <= INT64_MAX:
        raise intervals.interval_out_of_range()
    if width <= 0:
        raise DataError("stride must be greater than zero", sqlstate="22008")
    if not -INT64_MAX - 1 <= moment - origin <= INT64_MAX:
        raise intervals.interval_out_of_range()
    return days.checked_moment(moment - (moment - origin) % width)


# ------------------------------------------------------------------ age


@function("age(timestamp, timestamp) -> interval")
def age(later: int, earlier: int) -> Interval:
    """Return years, months, days and the rest that lead from one moment to another. Raises 22008."""
    infinite = infinite_between(later, earlier)
    if infinite is not None:
        return infinite
    return _age(later, earlier) if later >= earlier else -_age(earlier, later)


def _age(later: int, earlier: int) -> Interval:
    (day, clock), (first_day, first_clock) = divmod(later, DAY_US), divmod(earlier, DAY_US)
    year, month, dom = days.date_of(day)
    first_year, first_month, first_dom = days.date_of(first_day)
    months, day_count = (year - first_year) * 12 + month - first_month, dom - first_dom
    micros = clock - first_clock
    if micros < 0:
        day_count, micros = day_count - 1, micros + DAY_US
    if day_count < 0:
        day_count, months = day_count + days.days_in_month(first_year, first_month), months - 1
    return intervals.checked_interval(months, day_count, micros)


@function("age(timestamptz, timestamptz) -> interval", **OF_SESSION)
def _age_here(environment: Environment, later: int, earlier: int) -> Interval:
    infinite = infinite_between(later, earlier)
    if infinite is not None:
        return infinite
    zone = style(environment).zone
    return age(zone.to_local(later), zone.to_local(earlier))


@function("age(timestamp) -> interval", **IN_SESSION)
def _age_today(environment: Environment, moment: int) -> Interval:
    return age(_midnight(environment), moment)


@function("age(timestamptz) -> interval", **IN_SESSION)
def _age_today_here(environment: Environment, moment: int) -> Interval:
    return _age_here(environment, style(environment).zone.to_utc(_midnight(environment)), moment)


def _midnight(environment: Environment) -> int:
    """Return the local midnight that started the day of the statement."""
    local = style(environment).zone.to_local(environment.now_us)
    return local - local % DAY_US
