"""Texts to days, moments and times, in all the forms PostgreSQL reads (its manual, appendix B)."""

from __future__ import annotations

import re
import time

from vql.calendar import days
from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.calendar.fields import FieldReader
from vql.calendar.style import Style
from vql.calendar.tokens import ZONE_HOURS_MAX, Displaced, Malformed, Overflowing
from vql.calendar.zones import Abbreviation, Zone
from vql.errors import DataError, InvalidDatetime

ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[ T](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?"
)


def read_fields(
    type_name: str, text: str, style: Style, now: int | None, is_time_only: bool = False
) -> FieldReader:
    """Read a text of a type. Raises 22007, 22008, 22009, 22023 as PostgreSQL words them."""
    reader = FieldReader(style, time.time_ns() // 1000 if now is None else now, is_time_only=is_time_only)
    try:
        reader.read(text)
    except Malformed:
        raise InvalidDatetime(f'invalid input syntax for type {type_name}: "{text}"') from None
    except Overflowing as error:
        hint = 'Perhaps you need a different "DateStyle" setting.' if error.may_be_order else None
        raise _out_of_range(f'date/time field value out of range: "{text}"', hint) from None
    except Displaced:
        raise DataError(f'time zone displacement out of range: "{text}"', sqlstate="22009") from None
    return reader


def _out_of_range(message: str, hint: str | None = None) -> DataError:
    return DataError(message, sqlstate="22008", hint=hint)


def read_date(text: str, style: Style, now: int | None = None) -> int:
    """Read a day. Raises 22007, 22008."""
    found = ISO.fullmatch(text)
    if found is not None and found["hour"] is None:
        day = _iso_day(found)
        if day is not None:
            return day
    reader = read_fields("date", text, style, now)
    match reader.special:
        case "epoch":
            return 0
        case "infinity":
            return days.LATE_DAY
        case "-infinity":
            return days.EARLY_DAY
    return days.checked_day(
        _whole_day(reader, f'date out of range: "{text}"'), f'date out of range: "{text}"'
    )


def _whole_day(reader: FieldReader, message: str) -> int:
    if abs(reader.year) > 5_900_000:
        raise _out_of_range(message)
    return reader.day_number


def _iso_day(found: re.Match[str]) -> int | None:
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    if year and 1 <= month <= 12 and 1 <= day <= 28:
        return days.day_number(year, month, day)
    return None


def read_timestamp(text: str, style: Style, now: int | None = None) -> int:
    """Read a moment without a zone; one in the text is passed over. Raises 22007, 22008."""
    quick = _iso_moment(text)
    if quick is not None:
        return quick[0]
    reader = read_fields("timestamp", text, style, now)
    special = _special(reader)
    if special is not None:
        return special
    return _checked(reader, 0, text)


def read_timestamptz(text: str, style: Style, now: int | None = None) -> int:
    """Read a moment, in the session's zone where the text has none. Raises 22007, 22008, 22009, 22023."""
    quick = _iso_moment(text)
    if quick is not None:
        local, offset = quick
        return local - (style.zone.offset_of(local) if offset is None else offset) * SECOND_US
    reader = read_fields("timestamp with time zone", text, style, now)
    special = _special(reader)
    if special is not None:
        return special
    return _checked(reader, None, text)


def _special(reader: FieldReader) -> int | None:
    return {"": None, "epoch": 0, "infinity": days.LATE, "-infinity": days.EARLY}[reader.special]


def _checked(reader: FieldReader, offset: int | None, text: str) -> int:
    message = f'timestamp out of range: "{text}"'
    local = _whole_day(reader, message) * DAY_US + reader.clock
    east = reader.offset(local) if offset is None else offset
    return days.checked_moment(local - east * SECOND_US, message)


def _iso_moment(text: str) -> tuple[int, int | None] | None:
    """Return local time and offset of a plain text of ISO 8601, None where it is another."""
    found = ISO.fullmatch(text)
    day = None if found is None else _iso_day(found)
    if found is None or day is None:
        return None
    if found["hour"] is None:
        return day * DAY_US, None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    micros = int((found["fraction"] or "0").ljust(6, "0"))
    local = day * DAY_US + hour * HOUR_US + minute * MINUTE_US + second * SECOND_US + micros
    zone = found["zone"]
    if zone is None:
        return local, None
    if zone == "Z":
        return local, 0
    size = int(zone[1:3]) * 3600 + int(zone[3:].lstrip(":") or 0) * 60
    if size > ZONE_HOURS_MAX * 3600 or int(zone[3:].lstrip(":") or 0) > 59:
        return None
    return local, -size if zone[0] == "-" else size


def read_time(text: str, style: Style, now: int | None = None) -> int:
    """Read a time of day; a zone in the text is passed over. Raises 22007, 22008."""
    reader = read_fields("time", text, style, now, is_time_only=True)
    _require_date_for(reader, "time", text)
    return reader.clock


def read_timetz(text: str, style: Style, now: int | None = None) -> tuple[int, int]:
    """Read a time of day and its offset in seconds east. Raises 22007, 22008."""
    reader = read_fields("time with time zone", text, style, now, is_time_only=True)
    _require_date_for(reader, "time with time zone", text)
    day = reader.day_number if reader.has_date else style.zone.to_local(reader.now) // DAY_US
    return reader.clock, reader.offset(day * DAY_US + reader.clock)


def _require_date_for(reader: FieldReader, type_name: str, text: str) -> None:
    """Raise 22007 where a zone's offset depends on a day that is not given."""
    zone = reader.zone
    named = zone if isinstance(zone, Zone) else zone.zone if isinstance(zone, Abbreviation) else None
    if named is not None and named.fixed is None and not reader.has_date:
        raise InvalidDatetime(f'invalid input syntax for type {type_name}: "{text}"')
