"""Rows of pg_timezone_names and pg_timezone_abbrevs: the zones there are, as they are now."""

from __future__ import annotations

import time
from collections.abc import Mapping

from vql.calendar.abbreviations import CHANGING, FIXED
from vql.calendar.days import SECOND_US
from vql.calendar.interval import Interval, interval_text
from vql.calendar.zones import UTC, abbreviation, at_of, zone_named, zone_names
from vql.executor.bridge.catalog.constraints import Row
from vql.settings.known import SETTINGS
from vql.storage.snapshot import Snapshot


def zones(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_timezone_names."""
    now, rows = _now(), list[Row]()
    for name in sorted(zone_names()):
        zone = zone_named(name)
        if zone is not None:
            local = zone.at(now)
            rows.append((name, local.abbreviation, _shown(local.offset), local.is_dst))
    return rows


def abbreviations(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_timezone_abbrevs: what PostgreSQL's default set means, in the session's zone where that has
    a zone of the name."""
    now, rows = _now(), list[Row]()
    own = zone_named(session.get("timezone", SETTINGS["timezone"].default)) or UTC
    for name in sorted({*FIXED, *CHANGING}):
        found = abbreviation(name, own)
        if found is not None:
            is_dst = found.is_dst if found.zone is None else found.zone.at(now).is_dst
            rows.append((name.upper(), _shown(at_of(found, now)), is_dst))
    return rows


def _now() -> int:
    return time.time_ns() // 1000


def _shown(offset: int) -> str:
    """Return seconds as an interval is written."""
    return interval_text(Interval(0, 0, offset * SECOND_US))
