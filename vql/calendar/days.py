"""Days and moments as integers: the Gregorian calendar over all years, ranges, infinities.

Years are astronomical: 0 is 1 BC. The infinities are the extremes DuckDB has too, so that what is stored
or computed there compares as it should.
"""

from __future__ import annotations

import datetime

from vql.errors import DataError, NotSupportedError

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
# Days in 400 years, after which the calendar and its weeks repeat.
CYCLE_DAYS = 146_097
LATE_DAY, EARLY_DAY = 2**31 - 1, -(2**31 - 1)
LATE, EARLY = 2**63 - 1, -(2**63 - 1)
# Counts of PostgreSQL's binary forms start here.
DAY_2000 = 10_957
MOMENT_2000 = DAY_2000 * DAY_US
# Julian day 0, the first there is, and the last day of the year 5874897.
FIRST_DAY, LAST_DAY = -2_440_588, 2_145_042_905
# The last moment is the last that int64 counts from 1970, in January 294247; PostgreSQL counts from 2000, and
# its last is that of the year 294276.
FIRST_MOMENT, LAST_MOMENT = FIRST_DAY * DAY_US, LATE - 1
END_OF_POSTGRES = 106_751_983 * DAY_US + MOMENT_2000
JULIAN_1970 = 2_440_588
_ORDINAL_1970 = datetime.date(1970, 1, 1).toordinal()


def day_number(year: int, month: int, day: int) -> int:
    """Return the day of a date; a month beyond 1 to 12 or a day beyond its month's counts on."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    cycles, within = divmod(year - 1, 400)
    first = datetime.date(within + 1, month, 1).toordinal() - _ORDINAL_1970
    return cycles * CYCLE_DAYS + first + day - 1


def date_of(day: int) -> tuple[int, int, int]:
    """Return year, month and day of a finite day."""
    cycles, within = divmod(day + _ORDINAL_1970 - 1, CYCLE_DAYS)
    found = datetime.date.fromordinal(within + 1)
    return found.year + 400 * cycles, found.month, found.day


def days_in_month(year: int, month: int) -> int:
    """Return how many days a month has."""
    return day_number(year, month + 1, 1) - day_number(year, month, 1)


def weekday(day: int) -> int:
    """Return the day of the week, 0 for Sunday."""
    return (day + 4) % 7


def iso_week(day: int) -> tuple[int, int]:
    """Return the year and week of ISO 8601 that a day is in."""
    thursday = day - (day + 3) % 7 + 3
    year = date_of(thursday)[0]
    return year, (thursday - day_number(year, 1, 1)) // 7 + 1


def iso_week_start(year: int, week: int) -> int:
    """Return the Monday that a week of ISO 8601 starts with."""
    fourth = day_number(year, 1, 4)
    return fourth - (fourth + 3) % 7 + 7 * (week - 1)


def is_finite_day(day: int) -> bool:
    return day not in (LATE_DAY, EARLY_DAY)


def is_finite(moment: int) -> bool:
    return moment not in (LATE, EARLY)


def checked_day(day: int, message: str = "date out of range") -> int:
    """Return a finite day that there is. Raises 22008."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DataError(message, sqlstate="22008")
    return day


def checked_moment(moment: int, message: str = "timestamp out of range") -> int:
    """Return a finite moment that there is. Raises 22008; 0A000 where PostgreSQL alone has it."""
    if not FIRST_MOMENT <= moment <= LAST_MOMENT:
        if LAST_MOMENT < moment < END_OF_POSTGRES:
            raise NotSupportedError("timestamps after January 294247 are not supported yet")
        raise DataError(message, sqlstate="22008")
    return moment


def moment_of_day(day: int, message: str = "date out of range for timestamp") -> int:
    """Return the first moment of a day, infinite where it is. Raises 22008."""
    if day == LATE_DAY:
        return LATE
    return EARLY if day == EARLY_DAY else checked_moment(day * DAY_US, message)


def day_of_moment(moment: int) -> int:
    """Return the day of a moment, infinite where it is."""
    if moment == LATE:
        return LATE_DAY
    return EARLY_DAY if moment == EARLY else moment // DAY_US


DIGITS_MAX = 6  # of a second


def rounded(count: int, digits: int | None) -> int:
    """Return microseconds, counted from where rounding is symmetric, to so many digits of a second."""
    if digits is None or digits >= 6:
        return count
    unit: int = 10 ** (6 - digits)
    size = (abs(count) + unit // 2) // unit * unit
    return size if count >= 0 else -size


def rounded_moment(moment: int, digits: int | None) -> int:
    """Return a moment of timestamp(digits)."""
    if digits is None or digits >= 6 or not is_finite(moment):
        return moment
    return checked_moment(rounded(moment - MOMENT_2000, digits) + MOMENT_2000)
