"""timetz: a time of day beside its offset from UTC.

| binary form | type | field |
|--:|---|---|
| 0 | i64 | microseconds of the day |
| 8 | i32 | seconds west of UTC |
"""

from __future__ import annotations

import datetime
import struct
import time
from typing import Any, NamedTuple

from vql.calendar import days, read, write
from vql.calendar.days import DAY_US, SECOND_US
from vql.calendar.style import DEFAULT
from vql.dataclass import dataclass
from vql.errors import InvalidDatetime
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import wrong_size
from vql.types.moments.moments import TIME, ClockType
from vql.types.spelt import SpeltType

DAY_S = 24 * 3600
OFFSET_MAX = 15 * 3600 + 59 * 60 + 59


class ZonedClock(NamedTuple):
    """Microseconds of a day, and seconds east of UTC: the internal value."""

    clock: int
    offset: int


@dataclass(frozen=True, eq=False, kw_only=True)
class TimetzType(SpeltType, ClockType):
    """Times of day with a fixed offset: a `datetime.time` that has one, the text of 24:00:00 and of those a
    day or more from UTC, which only timezone() makes."""

    def from_text(self, text: str, modifier: int | None) -> datetime.time | str:
        clock, offset = read.read_timetz(text, self.style)
        return self.from_internal(ZonedClock(days.rounded(clock, modifier), offset))

    def from_stored(self, kept: Any) -> datetime.time | str:
        return self.from_internal(_of_stored(str(kept)))

    def to_text(self, value: object) -> str:
        return write.timetz_text(*self.internal(value))

    def convert(self, value: object, modifier: int | None) -> datetime.time | str:
        if isinstance(value, datetime.datetime):
            value = value.timetz()
        if not isinstance(value, datetime.time):
            raise self.mismatch(value)
        clock, offset = TIME.stored(value), value.utcoffset()
        if offset is None:  # of a zone that has another each day too
            east = self.style.zone.at(time.time_ns() // 1000).offset
        else:
            east = offset // datetime.timedelta(seconds=1)
        return self.from_internal(ZonedClock(days.rounded(clock, modifier), east))

    def internal(self, value: Any) -> ZonedClock:
        if isinstance(value, datetime.time):
            offset = value.utcoffset()
            assert offset is not None, "a canonical value has an offset"
            return ZonedClock(TIME.stored(value), offset // datetime.timedelta(seconds=1))
        return _of_stored(str(value))

    def from_internal(self, value: Any) -> datetime.time | str:
        clock, offset = value
        if clock == DAY_US or abs(offset) >= DAY_S:
            return write.timetz_text(clock, offset)
        zone = datetime.timezone(datetime.timedelta(seconds=offset))
        plain = TIME.from_stored(clock)
        assert isinstance(plain, datetime.time), "less than a day"
        return plain.replace(tzinfo=zone)

    def order_key(self, value: Any) -> tuple[int, int]:
        """At the same moment the one farther east is less."""
        clock, offset = value
        return clock - offset * SECOND_US, -offset

    def to_binary(self, value: object) -> bytes:
        clock, offset = self.internal(value)
        return struct.pack(">qi", clock, -offset)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.time | str:
        if len(data) != 12:
            raise wrong_size()
        clock, west = struct.unpack(">qi", data)
        if not 0 <= clock <= DAY_US:
            raise InvalidDatetime("time out of range", sqlstate="22008")
        if abs(west) > OFFSET_MAX:
            raise InvalidDatetime("time zone displacement out of range", sqlstate="22009")
        return self.from_internal(ZonedClock(days.rounded(clock, modifier), -west))


def _of_stored(text: str) -> ZonedClock:
    """Return what the text of a value says: 03:04:05.6+02, or +1000 for so many hours."""
    place = max(text.rfind("+"), text.rfind("-"))
    parts = [int(part) for part in text[place + 1 :].split(":")]
    east = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    return ZonedClock(read.read_time(text[:place], DEFAULT), -east if text[place] == "-" else east)


TIMETZ = TimetzType(
    name="timetz", oid=1266, array_oid=1270, aliases=("time with time zone",),
    standard_name="time with time zone", category="D", length=12, storage=Storage.DICTIONARY,
    has_order=True, has_equality=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (TIMETZ,)
