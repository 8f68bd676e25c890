"""interval: spans of time, of results alone, and how long history is kept."""

from __future__ import annotations

import datetime
import struct

from vql.errors import InvalidDatetime, InvalidParameterValue, NotSupportedError
from vql.types.base import BaseType
from vql.types.binary import wrong_size
from vql.types.moments import DAY_US, MICROSECOND

UNITS_US = {
    "second": 10**6, "sec": 10**6, "s": 10**6, "minute": 60 * 10**6, "min": 60 * 10**6,
    "hour": 3600 * 10**6, "h": 3600 * 10**6, "day": 86400 * 10**6, "d": 86400 * 10**6,
    "week": 7 * 86400 * 10**6, "month": 30 * 86400 * 10**6, "year": 365 * 86400 * 10**6,
}  # fmt: skip


class IntervalType(BaseType):
    """Days and microseconds: timedeltas. A text stays one."""

    def to_text(self, value: object) -> str:
        return interval_text(value) if isinstance(value, datetime.timedelta) else str(value)

    def to_binary(self, value: object) -> bytes:
        if not isinstance(value, datetime.timedelta):
            raise NotSupportedError("this interval has no binary form yet; ask for text")
        micros = value // MICROSECOND - value.days * DAY_US
        return struct.pack(">qii", micros, value.days, 0)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.timedelta:
        if len(data) != 16:
            raise wrong_size()
        micros, days, months = struct.unpack(">qii", data)
        if months:
            raise NotSupportedError("intervals with months have no binary form yet; send text")
        try:
            return datetime.timedelta(days=days, microseconds=micros)
        except OverflowError:
            raise InvalidDatetime("interval out of range", sqlstate="22008") from None


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


INTERVAL = IntervalType(
    name="interval", oid=1186, array_oid=1187, category="T", length=16, arrow_formats=("ti", "tD"),
    duck_name="INTERVAL", duck_results=("INTERVAL",),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (INTERVAL,)
