"""Time zones: by name, abbreviation or POSIX text, over all years PostgreSQL has.

Python's `zoneinfo` knows the years 1 to 9999. Before them a zone has its first offset; after them the
rules of the calendar repeat every 400 years.
"""

from __future__ import annotations

import datetime
import io
import re
import struct
import zoneinfo
from collections.abc import Iterable, Sequence
from functools import lru_cache

from vql.calendar.abbreviations import CHANGING, DAYLIGHT, FIXED
from vql.calendar.days import CYCLE_DAYS, DAY_US, SECOND_US, day_number
from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue

_EPOCH = datetime.datetime(1970, 1, 1)
_EARLY_US = day_number(2, 1, 1) * DAY_US
_LATE_US = day_number(9000, 1, 1) * DAY_US
_CYCLE_US = CYCLE_DAYS * DAY_US
_OFFSET = r"[+-]?(?:0*1[0-5]\d|0*16[0-7]|0*\d{1,2})(?::[0-5]?\d(?::(?:[0-5]?\d|60))?)?"
_POSIX = re.compile(
    rf"(?:<(?P<quoted>[^>]*)>|(?P<name>[^\d,+\-<]*))(?P<offset>{_OFFSET})"
    rf"(?:(?:<(?P<dst_quoted>[^>]+)>|(?P<dst>[^\d,+\-<]+))(?P<dst_offset>{_OFFSET})?(?P<rules>,.*)?)?"
)
# What Python takes for a part of a zone's abbreviation.
_UNNAMED = re.compile(r"[^A-Za-z0-9+-]")
# When daylight saving time is where a POSIX text does not say.
_POSIX_RULES = ",M3.2.0,M11.1.0"
# The moments at which a zone is asked for the abbreviations it has had.
_PROBES = tuple(day_number(year, month, 2) * DAY_US for year in range(1850, 2038) for month in range(1, 13))


@dataclass(frozen=True, slots=True)
class LocalTime:
    """What a zone says of a moment: seconds east of UTC, the abbreviation, whether time is saved."""

    offset: int
    abbreviation: str
    is_dst: bool = False


@dataclass(frozen=True)
class Zone:
    """A time zone. `name` is the form SHOW prints. Immutable; one of UTC's offset alone has no `tzinfo`."""

    name: str
    fixed: LocalTime | None
    tzinfo: datetime.tzinfo | None = None

    def at(self, moment: int) -> LocalTime:
        """Return what the zone says of a finite moment."""
        if self.fixed is not None:
            return self.fixed
        local = _python(moment).replace(tzinfo=datetime.UTC).astimezone(self.tzinfo)
        return _local_time(local)

    def offset_of(self, local: int) -> int:
        """Return the offset of a local time: of one that was skipped the offset before, of one that came
        twice the one after."""
        if self.fixed is not None:
            return self.fixed.offset
        given = _python(local).replace(tzinfo=self.tzinfo)
        first, second = _local_time(given), _local_time(given.replace(fold=1))
        return min(first.offset, second.offset)

    def to_local(self, moment: int) -> int:
        """Return the local time of a finite moment, as if it were UTC's."""
        return moment + self.at(moment).offset * SECOND_US

    def to_utc(self, local: int) -> int:
        """Return the moment of a finite local time."""
        return local - self.offset_of(local) * SECOND_US


def _python(moment: int) -> datetime.datetime:
    """Return a moment, or one of the same rules within Python's years."""
    if moment < _EARLY_US:
        moment = _EARLY_US
    elif moment >= _LATE_US:
        moment -= ((moment - _LATE_US) // _CYCLE_US + 1) * _CYCLE_US
    return _EPOCH + datetime.timedelta(microseconds=moment)


def _local_time(local: datetime.datetime) -> LocalTime:
    offset, saved = local.utcoffset(), local.dst()
    assert offset is not None, "a zone knows its offset"
    return LocalTime(int(offset.total_seconds()), local.tzname() or "", bool(saved))


UTC = Zone("UTC", LocalTime(0, "UTC"))


def fixed_zone(offset: int) -> Zone:
    """Return the zone so many seconds east of UTC, by PostgreSQL's name."""
    shown = _offset_text(offset)
    return Zone(f"<{shown}>{_offset_text(-offset)}", LocalTime(offset, shown))


def _offset_text(offset: int) -> str:
    sign, size = ("-" if offset < 0 else "+"), abs(offset)
    text = f"{sign}{size // 3600:02d}"
    if size % 3600:
        text += f":{size // 60 % 60:02d}"
    return text + (f":{size % 60:02d}" if size % 60 else "")


@lru_cache(maxsize=256)
def zone_named(name: str) -> Zone | None:
    """Return a zone by its name, in any case, or by a POSIX text; None where there is none."""
    if name.upper() == "UTC":
        return UTC
    if name.upper() in ("UTC", "GMT", "UCT", "ZULU"):
        shown = name.upper() if name.upper() != "ZULU" else "Zulu"
        return Zone(shown, LocalTime(0, "GMT" if shown == "GMT" else "UTC"))
    known = _names().get(name.lower())
    if known is not None:
        return Zone(known, None, zoneinfo.ZoneInfo(known))
    return _posix(name)


def zone_names() -> Iterable[str]:
    """Return the names of the zones there are."""
    return _names().values()


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones() if name != "localtime"}


def _posix(text: str) -> Zone | None:
    """Return the zone of a POSIX text such as EST5EDT, whose offsets count to the west."""
    found = _POSIX.fullmatch(text)
    if found is None:
        return None
    name, dst = found["name"] or found["quoted"] or "", found["dst"] or found["dst_quoted"]
    if found["quoted"] is None:
        name = name.upper()
    if dst is None:
        return Zone(text.upper(), LocalTime(-_posix_seconds(found["offset"]), name))
    if found["dst"]:
        dst = dst.upper()
    named = [f"<{_UNNAMED.sub('-', each) or '-'}>" for each in (name, dst)]
    offsets = [_posix_text(found[each]) for each in ("offset", "dst_offset")]
    rules = "".join((named[0], offsets[0], named[1], offsets[1], found["rules"] or _POSIX_RULES))
    try:
        key = text.upper()
        return Zone(key, None, zoneinfo.ZoneInfo.from_file(io.BytesIO(_tzif(rules.upper())), key=key))
    except ValueError:
        return None


def _posix_text(offset: str | None) -> str:
    """Return an offset with two digits of each of its parts, as Python reads it."""
    if offset is None:
        return ""
    size = abs(_posix_seconds(offset))
    sign = "-" if offset.startswith("-") else ""
    return f"{sign}{size // 3600:02d}:{size // 60 % 60:02d}:{size % 60:02d}"


def _posix_seconds(text: str) -> int:
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    size = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    return -size if text.startswith("-") else size


def _tzif(rules: str) -> bytes:
    """Return a zone file (RFC 8536) without transitions, whose rules alone say what holds."""
    head = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4)
    body = struct.pack(">lbb4s", 0, 0, 0, b"UTC\0")
    return (head + body) * 2 + f"\n{rules}\n".encode()


# ------------------------------------------------------------------ abbreviations


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A zone by its abbreviation: an offset, or the zone where it has meant several."""

    name: str
    offset: int
    is_dst: bool
    zone: Zone | None = None

    def offset_of(self, local: int) -> int:
        """Return the offset meant with a local time: the last one of that name till then, else the first
        after, else the zone's own."""
        if self.zone is None:
            return self.offset
        moment = self.zone.to_utc(local)
        then = self.zone.at(moment)
        if then.abbreviation.lower() == self.name:
            return then.offset
        history = _history(self.zone)
        used = [(at, known.offset) for at, known in history if known.abbreviation.lower() == self.name]
        before = [offset for at, offset in used if at <= moment]
        if before:
            return before[-1]
        return used[0][1] if used else then.offset


@lru_cache(maxsize=512)
def abbreviation(name: str, session: Zone) -> Abbreviation | None:
    """Return what a lower-case abbreviation means: what it does in the session's zone, else PostgreSQL's
    default set."""
    own = [known for _, known in _history(session) if known.abbreviation.lower() == name]
    if own:
        same = len({known.offset for known in own}) == 1
        return Abbreviation(name, own[-1].offset, own[-1].is_dst, None if same else session)
    if name in FIXED:
        offset = FIXED[name]
        return Abbreviation(name, offset, name in DAYLIGHT.get(offset, "").split())
    zone = zone_named(CHANGING[name]) if name in CHANGING else None
    return None if zone is None else Abbreviation(name, 0, False, zone)


@lru_cache(maxsize=32)
def _history(zone: Zone) -> Sequence[tuple[int, LocalTime]]:
    """Return what a zone has said over the years."""
    if zone.fixed is not None:
        return [(0, zone.fixed)]
    return [(at, zone.at(at)) for at in _PROBES]


def required_zone(name: str, session: Zone = UTC) -> Zone | Abbreviation:
    """Return the zone of AT TIME ZONE and functions: an abbreviation, else a name. Raises 22023."""
    found = abbreviation(name.lower(), session) or zone_named(name)
    if found is None:
        raise InvalidParameterValue(f'time zone "{name}" not recognized')
    return found


def calendar_zone(name: str, session: Zone = UTC) -> Zone | Abbreviation:
    """Return the zone whose calendar is meant: an abbreviation that changes is its zone. Raises 22023."""
    found = required_zone(name, session)
    return found.zone if isinstance(found, Abbreviation) and found.zone is not None else found


def at_of(zone: Zone | Abbreviation, moment: int) -> int:
    """Return the offset of a zone at a moment."""
    if isinstance(zone, Zone):
        return zone.at(moment).offset
    if zone.zone is None:
        return zone.offset
    return zone.offset_of(zone.zone.to_local(moment))
