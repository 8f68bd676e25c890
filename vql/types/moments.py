"""Dates, moments and intervals: Postgres text forms (ISO style, UTC) and Python values."""

from __future__ import annotations

import datetime
import re
import zoneinfo

from vql.errors import DatatypeMismatch, InvalidDatetime, InvalidParameterValue
from vql.types.type import Type

UTC = datetime.UTC
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DATE = datetime.date(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)

NAMED_ZONE = re.compile(r" ([A-Za-z][A-Za-z_]*(?:/[A-Za-z_+\-0-9/]+)?)$")
DAY_WORDS = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}


def timestamptz_from(type_: Type, value: object) -> datetime.datetime:
    """Return an aware UTC datetime; one without a zone is taken as UTC."""
    if isinstance(value, datetime.datetime):
        return _utc(value, str(value)) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type timestamptz")


def _utc(value: datetime.datetime, text: str) -> datetime.datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidDatetime(f'timestamp out of range: "{text}"', sqlstate="22008") from None


def parse_timestamptz(type_: Type, text: str) -> datetime.datetime:
    """Parse a moment. Raises 22007, 22008."""
    word = text.strip()
    if word.lower() == "now":
        return datetime.datetime.now(UTC)
    if word.lower() in DAY_WORDS or word.lower() == "epoch":
        return timestamptz_from(type_, parse_date(Type("date"), word))
    return timestamptz_from(type_, _parse("timestamp with time zone", word))


def parse_timestamp(type_: Type, text: str) -> datetime.datetime:
    """Parse a moment without a zone; a zone in the text is ignored, as in Postgres."""
    word = text.strip()
    if word.lower() in DAY_WORDS or word.lower() == "epoch":
        return parse_timestamptz(type_, word).replace(tzinfo=None)
    return _parse("timestamp", word).replace(tzinfo=None)


def _parse(name: str, text: str) -> datetime.datetime:
    shape, zone = text, None
    named = NAMED_ZONE.search(text)
    if named is not None:
        shape = text[: named.start()]
        zone = _zone(named[1])
    if shape.lower().lstrip("+-") in ("infinity", "inf"):
        raise InvalidDatetime(f'timestamp out of range: "{text}"', sqlstate="22008")
    try:
        moment = datetime.datetime.fromisoformat(shape)
    except ValueError:
        state = "22008" if re.fullmatch(r"\d{4}-\d\d-\d\d([ T].*)?", shape) else "22007"
        if state == "22008":
            message = f'date/time field value out of range: "{text}"'
        else:
            message = f'invalid input syntax for type {name}: "{text}"'
        raise InvalidDatetime(message, sqlstate=state) from None
    if zone is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment


def _zone(name: str) -> datetime.tzinfo:
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise InvalidDatetime(f'time zone "{name}" not recognized', sqlstate="22023") from None


def date_from(type_: Type, value: object) -> datetime.date:
    """Return the day of a date or moment."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type date")


def parse_date(type_: Type, text: str) -> datetime.date:
    """Parse a day. Raises 22007, 22008."""
    word = text.strip().lower()
    if word in DAY_WORDS:
        return datetime.datetime.now(UTC).date() + datetime.timedelta(days=DAY_WORDS[word])
    if word == "epoch":
        return EPOCH_DATE
    return _parse("date", text.strip()).date()


def datetime_text(value: datetime.datetime) -> str:
    """Write a moment in ISO style, UTC: `2026-11-01 00:00:00+00`."""
    zone = "" if value.tzinfo is None else "+00"
    moment = value if value.tzinfo is None else value.astimezone(UTC)
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    if "." in text:
        text = text.rstrip("0")
    return text + zone


def interval_text(value: datetime.timedelta) -> str:
    """Write an interval as Postgres does: `1 day 02:03:04`."""
    days, rest = value.days, value - datetime.timedelta(days=value.days)
    if days < 0 and rest:
        days, rest = days + 1, rest - datetime.timedelta(days=1)
    micros = rest // MICROSECOND
    sign, micros = ("-" if micros < 0 else ""), abs(micros)
    seconds, fraction = divmod(micros, 10**6)
    clock = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if fraction:
        clock += f".{fraction:06d}".rstrip("0")
    words = [f"{days} day{'s' if days != 1 else ''}"] if days else []
    return " ".join(words + ([clock] if micros or not days else []))


UNITS_US = {
    "second": 10**6, "sec": 10**6, "s": 10**6, "minute": 60 * 10**6, "min": 60 * 10**6,
    "hour": 3600 * 10**6, "h": 3600 * 10**6, "day": 86400 * 10**6, "d": 86400 * 10**6,
    "week": 7 * 86400 * 10**6, "month": 30 * 86400 * 10**6, "year": 365 * 86400 * 10**6,
}  # fmt: skip


def retention_us(text: str) -> int | None:
    """Return a retention in microseconds, None for 'forever'. Raises 22023 for other texts."""
    words = text.lower().split()
    if words in (["forever"], ["infinite"], ["infinity"]):
        return None
    if words == ["0"]:
        return 0
    if len(words) == 2 and words[0].replace(".", "", 1).isdigit():
        unit = words[1] if words[1] in UNITS_US else words[1].removesuffix("s")
        if unit in UNITS_US:
            return int(float(words[0]) * UNITS_US[unit])
    raise InvalidParameterValue(
        f'invalid retention "{text}"', hint="write e.g. '30 days', '12 hours' or 'forever'"
    )
