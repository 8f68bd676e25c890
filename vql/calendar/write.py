"""Days, moments and times as text, in each DateStyle."""

from __future__ import annotations

from vql.calendar import days
from vql.calendar.days import DAY_US, SECOND_US
from vql.calendar.style import Style
from vql.calendar.zones import Zone

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def date_text(day: int, style: Style) -> str:
    """Write a day."""
    if not days.is_finite_day(day):
        return "infinity" if day > 0 else "-infinity"
    year, month, dom = days.date_of(day)
    era = "" if year > 0 else " BC"
    return _numbers(year if year > 0 else 1 - year, month, dom, style) + era


def _numbers(year: int, month: int, day: int, style: Style) -> str:
    """Write year, month and day in a style of numbers alone."""
    match style.dates:
        case "ISO":
            return f"{year:04d}-{month:02d}-{day:02d}"
        case "SQL":
            first, second = (day, month) if style.order == "DMY" else (month, day)
            return f"{first:02d}/{second:02d}/{year:04d}"
        case "German":
            return f"{day:02d}.{month:02d}.{year:04d}"
    first, second = (day, month) if style.order == "DMY" else (month, day)
    return f"{first:02d}-{second:02d}-{year:04d}"


def time_text(clock: int) -> str:
    """Write microseconds of a day: 03:04:05.6."""
    seconds, micros = divmod(clock, SECOND_US)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text if not micros else f"{text}.{micros:06d}".rstrip("0")


def timetz_text(clock: int, offset: int) -> str:
    """Write a time of day and its offset."""
    return time_text(clock) + offset_text(offset)


def offset_text(offset: int) -> str:
    """Write seconds east of UTC: +02, +05:30."""
    sign, size = ("-" if offset < 0 else "+"), abs(offset)
    text = f"{sign}{size // 3600:02d}"
    if size % 3600:
        text += f":{size // 60 % 60:02d}"
    return text + (f":{size % 60:02d}" if size % 60 else "")


def timestamp_text(moment: int, style: Style, zone: Zone | None = None) -> str:
    """Write a moment: as it is, or in a zone, whose offset or abbreviation follows."""
    if not days.is_finite(moment):
        return "infinity" if moment > 0 else "-infinity"
    then = None if zone is None else zone.at(moment)
    day, clock = divmod(moment if then is None else moment + then.offset * SECOND_US, DAY_US)
    year, month, dom = days.date_of(day)
    era = "" if year > 0 else " BC"
    shown = year if year > 0 else 1 - year
    if style.dates == "Postgres":
        first = f"{dom:02d} {MONTHS[month - 1]}" if style.order == "DMY" else f"{MONTHS[month - 1]} {dom:02d}"
        text = f"{WEEKDAYS[days.weekday(day)]} {first} {time_text(clock)} {shown:04d}"
    else:
        text = f"{_numbers(shown, month, dom, style)} {time_text(clock)}"
    if then is None:
        return text + era
    if style.dates == "ISO":
        return text + offset_text(then.offset) + era
    return f"{text} {then.abbreviation or offset_text(then.offset)}{era}"
