"""date, time, timestamp, timestamptz and interval: comparisons and casts."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable
from typing import Any

from vql.calendar import days, read, write
from vql.calendar.days import DAY_US, EARLY, LATE
from vql.calendar.interval import Interval, interval_text
from vql.calendar.read_interval import read_interval, restricted
from vql.calendar.style import Style, style_of
from vql.calendar.zones import Zone
from vql.errors import DataError
from vql.functions.declare import Environment, cast, operator, operator_in_duck

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operators.eq, "<>": operators.ne, "<": operators.lt, "<=": operators.le, ">": operators.gt,
    ">=": operators.ge,
}  # fmt: skip
# Types whose values compare as their integers do, in DuckDB too.
COUNTED = ("date", "time", "timestamp", "timestamptz")
# Options of what depends on the session's zone or style.
IN_SESSION: dict[str, Any] = {"volatility": "stable", "needs_environment": True}
OF_SESSION: dict[str, Any] = {"needs_environment": True}


def style(environment: Environment) -> Style:
    """Return how a session reads and writes moments."""
    return style_of(environment.datestyle, environment.intervalstyle, environment.timezone)


def moment_out_of_range() -> DataError:
    """Return the error of a moment that there is not."""
    return DataError("timestamp out of range", sqlstate="22008")


# ------------------------------------------------------------------ comparisons


def _rank_of_day(day: int) -> int:
    """Return twice the moment a day starts with: beyond all finite moments, and before infinity, where it is
    no moment of its own."""
    if day in (days.LATE_DAY, days.EARLY_DAY):
        return 2 * LATE if day > 0 else 2 * EARLY
    return max(min(2 * day * DAY_US, 2 * LATE - 1), 2 * EARLY + 1)


def _local_rank(zone: Zone) -> Callable[[int], int]:
    """Return what ranks a moment of a zone's local time among moments."""
    return lambda local: 2 * (zone.to_utc(local) if days.is_finite(local) else local)


def _declare_comparisons() -> None:
    for name, compare in COMPARISONS.items():
        for type_ in COUNTED:
            operator_in_duck(f"{type_} {name} {type_} -> boolean", f"{{0}} {name} {{1}}", compare)
        operator(f"interval {name} interval -> boolean")(compare)
        _declare_mixed(name, compare)


def _declare_mixed(name: str, compare: Callable[[Any, Any], bool]) -> None:
    """Declare comparisons of two types, both ways round."""

    def day_and_moment(day: int, moment: int) -> bool:
        return compare(_rank_of_day(day), 2 * moment)

    def moment_and_day(moment: int, day: int) -> bool:
        return compare(2 * moment, _rank_of_day(day))

    def local_and_moment(environment: Environment, local: int, moment: int) -> bool:
        return compare(_local_rank(style(environment).zone)(local), 2 * moment)

    def moment_and_local(environment: Environment, moment: int, local: int) -> bool:
        return compare(2 * moment, _local_rank(style(environment).zone)(local))

    def day_and_zoned(environment: Environment, day: int, moment: int) -> bool:
        return compare(_rank_of_local_day(day, style(environment).zone), 2 * moment)

    def zoned_and_day(environment: Environment, moment: int, day: int) -> bool:
        return compare(2 * moment, _rank_of_local_day(day, style(environment).zone))

    # Days after the last moment: beyond all that are finite, before infinity.
    late = "{} BETWEEN DATE '294247-01-11' AND DATE '5874897-12-31'"
    rank = "2 * CAST({} = TIMESTAMP 'infinity' AS INTEGER)"
    left = f"1 {name} {rank.format('{1}')} ELSE CAST({{0}} AS TIMESTAMP) {name} {{1}}"
    right = f"{rank.format('{0}')} {name} 1 ELSE {{0}} {name} CAST({{1}} AS TIMESTAMP)"
    days_first, days_last = (f"CASE WHEN {late.format(day)} THEN " for day in ("{0}", "{1}"))
    operator_in_duck(f"date {name} timestamp -> boolean", f"{days_first}{left} END", day_and_moment)
    operator_in_duck(f"timestamp {name} date -> boolean", f"{days_last}{right} END", moment_and_day)
    operator(f"timestamp {name} timestamptz -> boolean", **IN_SESSION)(local_and_moment)
    operator(f"timestamptz {name} timestamp -> boolean", **IN_SESSION)(moment_and_local)
    operator(f"date {name} timestamptz -> boolean", **IN_SESSION)(day_and_zoned)
    operator(f"timestamptz {name} date -> boolean", **IN_SESSION)(zoned_and_day)


def _rank_of_local_day(day: int, zone: Zone) -> int:
    """Return the rank of a day's first moment in a zone."""
    rank = _rank_of_day(day)
    return rank if rank % 2 or abs(rank) == 2 * LATE else 2 * zone.to_utc(rank // 2)


_declare_comparisons()


# ------------------------------------------------------------------ casts between them


@cast("date -> timestamp", willingness="implicit")
def timestamp_of_date(day: int) -> int:
    """Return the first moment of a day."""
    return days.moment_of_day(day)


@cast("date -> timestamptz", willingness="implicit", **OF_SESSION)
def _timestamptz_of_date(environment: Environment, day: int) -> int:
    start = days.moment_of_day(day)
    if not days.is_finite(start):
        return start
    return days.checked_moment(style(environment).zone.to_utc(start), "date out of range for timestamp")


@cast("timestamp -> timestamptz", willingness="implicit", **OF_SESSION)
def _timestamptz_of_timestamp(environment: Environment, local: int) -> int:
    return zoned(local, style(environment).zone)


@cast("timestamptz -> timestamp", willingness="assignment", **OF_SESSION)
def _timestamp_of_timestamptz(environment: Environment, moment: int) -> int:
    return local_of(moment, style(environment).zone)


@cast("timestamp -> date", willingness="assignment")
def date_of_timestamp(moment: int) -> int:
    """Return the day a moment is on."""
    return days.day_of_moment(moment)


@cast("timestamptz -> date", willingness="assignment", **OF_SESSION)
def _date_of_timestamptz(environment: Environment, moment: int) -> int:
    return days.day_of_moment(local_of(moment, style(environment).zone))


@cast("timestamp -> time", willingness="assignment")
def time_of_timestamp(moment: int) -> int | None:
    """Return the time of day of a moment; infinity has none."""
    return moment % DAY_US if days.is_finite(moment) else None


@cast("timestamptz -> time", willingness="assignment", **OF_SESSION)
def _time_of_timestamptz(environment: Environment, moment: int) -> int | None:
    return time_of_timestamp(local_of(moment, style(environment).zone))


@cast("time -> interval", willingness="implicit")
def _interval_of_time(clock: int) -> Interval:
    return Interval(0, 0, clock)


@cast("interval -> time", willingness="assignment")
def _time_of_interval(span: Interval) -> int:
    if not span.is_finite:
        raise DataError("cannot convert infinite interval to time", sqlstate="22008")
    return span.microseconds % DAY_US


def zoned(local: int, zone: Zone) -> int:
    """Return the moment of a zone's local time. Raises 22008."""
    return days.checked_moment(zone.to_utc(local)) if days.is_finite(local) else local


def local_of(moment: int, zone: Zone) -> int:
    """Return a moment as a zone's local time. Raises 22008."""
    return days.checked_moment(zone.to_local(moment)) if days.is_finite(moment) else moment


# ------------------------------------------------------------------ casts to their own precision

SIZED: dict[str, Any] = {"willingness": "implicit", "needs_modifier": True}
cast("timestamp -> timestamp", **SIZED)(days.rounded_moment)
cast("timestamptz -> timestamptz", **SIZED)(days.rounded_moment)
cast("time -> time", **SIZED)(days.rounded)
cast("interval -> interval", **SIZED)(restricted)


# ------------------------------------------------------------------ casts from and to text

FROM_TEXT: dict[str, Any] = {"needs_environment": True, "needs_modifier": True}
TO_TEXT: dict[str, Any] = {"needs_environment": True, "willingness": "assignment"}


@cast("text -> date", **OF_SESSION)
def _date_of_text(environment: Environment, text: str) -> int:
    return read.read_date(text, style(environment), environment.now_us)


@cast("text -> timestamp", **FROM_TEXT)
def _timestamp_of_text(environment: Environment, text: str, digits: int | None) -> int:
    return days.rounded_moment(read.read_timestamp(text, style(environment), environment.now_us), digits)


@cast("text -> timestamptz", **FROM_TEXT)
def _timestamptz_of_text(environment: Environment, text: str, digits: int | None) -> int:
    return days.rounded_moment(read.read_timestamptz(text, style(environment), environment.now_us), digits)


@cast("text -> time", **FROM_TEXT)
def _time_of_text(environment: Environment, text: str, digits: int | None) -> int:
    return days.rounded(read.read_time(text, style(environment), environment.now_us), digits)


@cast("text -> interval", **FROM_TEXT)
def _interval_of_text(environment: Environment, text: str, modifier: int | None) -> Interval:
    return read_interval(text, environment.intervalstyle, modifier)


@cast("date -> text", **TO_TEXT)
def _text_of_date(environment: Environment, day: int) -> str:
    return write.date_text(day, style(environment))


@cast("timestamp -> text", **TO_TEXT)
def _text_of_timestamp(environment: Environment, moment: int) -> str:
    return write.timestamp_text(moment, style(environment))


@cast("timestamptz -> text", **TO_TEXT)
def _text_of_timestamptz(environment: Environment, moment: int) -> str:
    session = style(environment)
    return write.timestamp_text(moment, session, session.zone)


@cast("time -> text", **TO_TEXT)
def _text_of_time(environment: Environment, clock: int) -> str:
    return write.time_text(clock)


@cast("interval -> text", **TO_TEXT)
def _text_of_interval(environment: Environment, span: Interval) -> str:
    return interval_text(span, environment.intervalstyle)
