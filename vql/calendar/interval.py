"""Spans of time as PostgreSQL has them: months, days and microseconds that are kept apart; their texts in
each IntervalStyle."""

from __future__ import annotations

import datetime
from functools import total_ordering

from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.dataclass import dataclass
from vql.errors import DataError

INT32_MAX, INT64_MAX = 2**31 - 1, 2**63 - 1
DAYS_OF_MONTH = 30
_MICROSECOND = datetime.timedelta(microseconds=1)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """Months, days and microseconds, each with its own sign.

    Intervals compare, with each other and with timedeltas, as if a month had 30 days and a day 24 hours.
    Immutable.
    """

    months: int = 0
    days: int = 0
    microseconds: int = 0

    @property
    def span(self) -> int:
        """The microseconds that stand for it in comparisons."""
        return (self.months * DAYS_OF_MONTH + self.days) * DAY_US + self.microseconds

    @property
    def parts(self) -> tuple[int, int, int]:
        """What is kept apart: equal intervals may differ in it."""
        return self.months, self.days, self.microseconds

    @property
    def is_finite(self) -> bool:
        return self.parts not in (LATE.parts, EARLY.parts)

    def __eq__(self, other: object) -> bool:
        span = _span(other)
        return NotImplemented if span is None else self.span == span

    def __lt__(self, other: object) -> bool:
        span = _span(other)
        return NotImplemented if span is None else self.span < span

    def __hash__(self) -> int:
        # Equal timedeltas have the same hash, where there are any.
        days, microseconds = divmod(self.span, DAY_US)
        if abs(days) <= datetime.timedelta.max.days:
            return hash(datetime.timedelta(days, 0, microseconds))
        return hash(self.span)

    def __neg__(self) -> Interval:
        if not self.is_finite:
            return EARLY if self.months > 0 else LATE
        return checked_interval(-self.months, -self.days, -self.microseconds)

    def __str__(self) -> str:
        return interval_text(self)


# The infinities: every part at its extreme.
LATE = Interval(INT32_MAX, INT32_MAX, INT64_MAX)
EARLY = Interval(-INT32_MAX - 1, -INT32_MAX - 1, -INT64_MAX - 1)


def checked_interval(months: int, days: int, microseconds: int) -> Interval:
    """Return a finite interval. Raises 22008 where a part is out of its range."""
    made = Interval(months, days, microseconds)
    fits = -INT32_MAX - 1 <= months <= INT32_MAX and -INT32_MAX - 1 <= days <= INT32_MAX
    if not fits or not -INT64_MAX - 1 <= microseconds <= INT64_MAX or not made.is_finite:
        raise interval_out_of_range()
    return made


def interval_out_of_range() -> DataError:
    """Return the error of an interval that there is not."""
    return DataError("interval out of range", sqlstate="22008")


def _span(value: object) -> int | None:
    """Return what a value compares by, None where it is no span of time."""
    if isinstance(value, Interval):
        return value.span
    return value // _MICROSECOND if isinstance(value, datetime.timedelta) else None


class SplitTimedelta(datetime.timedelta):
    """A timedelta that remembers how an interval without months was split into days and microseconds:
    `24:00:00` is one day to Python, and not to a calendar."""

    interval: Interval


def to_python(value: Interval) -> datetime.timedelta | Interval:
    """Return what users get: a timedelta where there are no months and Python can hold it."""
    if value.months or abs(value.days) > 999_000_000 or abs(value.microseconds) > 10**9 * DAY_US // 1000:
        return value
    plain = datetime.timedelta(value.days, 0, value.microseconds)
    if of_timedelta(plain).parts == value.parts:
        return plain
    split = SplitTimedelta(value.days, 0, value.microseconds)
    split.interval = value
    return split


def of_timedelta(value: datetime.timedelta) -> Interval:
    """Return a timedelta as days and the rest of the same sign."""
    if isinstance(value, SplitTimedelta):
        return value.interval
    days, rest = divmod(value // _MICROSECOND, DAY_US)
    if days < 0 and rest:
        days, rest = days + 1, rest - DAY_US
    return Interval(0, days, rest)


# ------------------------------------------------------------------ text


@dataclass(frozen=True, slots=True)
class Parts:
    """What an interval is written as; every part has the sign of what it comes from."""

    years: int
    months: int
    days: int
    hours: int
    minutes: int
    seconds: int  # microseconds, less than a minute

    @property
    def clock(self) -> tuple[int, int, int]:
        return self.hours, self.minutes, self.seconds


def parts_of(value: Interval) -> Parts:
    """Split a finite interval."""
    year, month = divided(value.months, 12)
    hour, rest = divided(value.microseconds, HOUR_US)
    minute, seconds = divided(rest, MINUTE_US)
    return Parts(year, month, value.days, hour, minute, seconds)


def divided(whole: int, unit: int) -> tuple[int, int]:
    """Divide towards zero: the quotient and the rest, of the dividend's sign."""
    size, rest = divmod(abs(whole), unit)
    return (size, rest) if whole >= 0 else (-size, -rest)


def interval_text(value: Interval, style: str = "postgres") -> str:
    """Write an interval in a style of IntervalStyle."""
    if not value.is_finite:
        return "infinity" if value.months > 0 else "-infinity"
    parts = parts_of(value)
    match style:
        case "postgres_verbose":
            return _verbose(parts)
        case "sql_standard":
            return _standard(value, parts)
        case "iso_8601":
            return _iso(parts)
    return _postgres(parts)


def _seconds_text(micros: int, width: int) -> str:
    """Write the size of seconds: 05.6."""
    seconds, rest = divmod(abs(micros), SECOND_US)
    return f"{seconds:0{width}d}" + (f".{rest:06d}".rstrip("0") if rest else "")


def _postgres(parts: Parts) -> str:
    words: list[str] = []
    is_before = False
    for count, unit in ((parts.years, "year"), (parts.months, "mon"), (parts.days, "day")):
        if count:
            plus = "+" if is_before and count > 0 else ""
            words.append(f"{plus}{count} {unit}{'' if count == 1 else 's'}")
            is_before = count < 0
    if any(parts.clock) or not words:
        sign = "-" if min(parts.clock) < 0 else "+" if is_before else ""
        clock = f"{abs(parts.hours):02d}:{abs(parts.minutes):02d}:{_seconds_text(parts.seconds, 2)}"
        words.append(sign + clock)
    return " ".join(words)


def _verbose(parts: Parts) -> str:
    units = ("year", "mon", "day", "hour", "min")
    counts = (parts.years, parts.months, parts.days, parts.hours, parts.minutes)
    given = [*counts, parts.seconds]
    first = next((count for count in given if count), 0)
    is_ago = first < 0
    words = ["@"]
    for count, unit in zip(counts, units, strict=True):
        if count:
            shown = -count if is_ago else count
            words.append(f"{shown} {unit}{'' if shown == 1 else 's'}")
    if parts.seconds:
        sign = "-" if (parts.seconds < 0) != is_ago else ""
        plural = "" if abs(parts.seconds) == SECOND_US else "s"
        words.append(f"{sign}{_seconds_text(parts.seconds, 1)} sec{plural}")
    if not first:
        words.append("0")
    return " ".join(words + (["ago"] if is_ago else []))


def _standard(value: Interval, parts: Parts) -> str:
    given = (value.months, value.days, value.microseconds)
    if not any(given):
        return "0"
    sign = ""
    if min(given) < 0 and max(given) > 0 or value.months and (value.days or value.microseconds):
        signs = ["-" if part < 0 else "+" for part in given]
        clock = f"{abs(parts.hours)}:{abs(parts.minutes):02d}:{_seconds_text(parts.seconds, 2)}"
        return (
            f"{signs[0]}{abs(parts.years)}-{abs(parts.months)} {signs[1]}{abs(parts.days)} {signs[2]}{clock}"
        )
    if min(given) < 0:
        sign = "-"
    if value.months:
        return f"{sign}{abs(parts.years)}-{abs(parts.months)}"
    clock = f"{abs(parts.hours)}:{abs(parts.minutes):02d}:{_seconds_text(parts.seconds, 2)}"
    return f"{sign}{abs(parts.days)} {clock}" if parts.days else sign + clock


def _iso(parts: Parts) -> str:
    text = "".join(
        f"{count}{unit}"
        for count, unit in ((parts.years, "Y"), (parts.months, "M"), (parts.days, "D"))
        if count
    )
    clock = "".join(f"{count}{unit}" for count, unit in ((parts.hours, "H"), (parts.minutes, "M")) if count)
    if parts.seconds:
        clock += f"{'-' if parts.seconds < 0 else ''}{_seconds_text(parts.seconds, 1)}S"
    if not text and not clock:
        return "PT0S"
    return f"P{text}" + (f"T{clock}" if clock else "")
