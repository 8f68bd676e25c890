"""What of a session decides how texts of values are read and written."""

from __future__ import annotations

import re
from functools import lru_cache

from vql.calendar.zones import UTC, Zone, fixed_zone, zone_named
from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue

DATE_STYLES = {"iso": "ISO", "sql": "SQL", "postgres": "Postgres", "german": "German"}
ORDERS = {
    "ymd": "YMD", "dmy": "DMY", "mdy": "MDY", "us": "MDY", "noneuropean": "MDY", "noneuro": "MDY",
    "non-european": "MDY", "euro": "DMY", "european": "DMY",
}  # fmt: skip
INTERVAL_STYLES = ("postgres", "postgres_verbose", "sql_standard", "iso_8601")
ZONE_HOURS_MAX = 168


@dataclass(frozen=True, slots=True)
class Style:
    """DateStyle in its two halves, IntervalStyle, TimeZone, bytea_output and extra_float_digits of a session,
    1 where they are more: a float is then written in full. Immutable."""

    dates: str = "ISO"
    order: str = "MDY"
    intervals: str = "postgres"
    zone: Zone = UTC
    bytea_output: str = "hex"
    extra_float_digits: int = 1


DEFAULT = Style()


@lru_cache(maxsize=256)
def style_of(
    datestyle: str, intervalstyle: str, timezone: str, bytea_output: str = "hex", extra_float_digits: int = 1
) -> Style:
    """Return the style of settings in their normal forms; of the default ones `DEFAULT` itself."""
    dates, order = datestyle.split(", ")
    zone = session_zone(timezone)
    made = Style(dates, order, intervalstyle, zone, bytea_output, min(extra_float_digits, 1))
    return DEFAULT if made == DEFAULT else made


def normal_datestyle(text: str, before: str) -> str:
    """Return a DateStyle in its normal form, `ISO, MDY`; what it leaves out is as before. Raises 22023."""
    dates, order = before.split(", ")
    said: dict[str, str] = {}
    for word in text.split(","):
        key = word.strip(" \"'").lower()
        if key in DATE_STYLES:
            half, meant = "dates", DATE_STYLES[key]
            if key == "german":
                said.setdefault("german", "DMY")
        elif key in ORDERS or key.startswith(("euro", "noneuro")):
            half, meant = "order", ORDERS.get(key, "DMY" if key.startswith("euro") else "MDY")
        elif key == "default":
            continue
        else:
            raise _invalid("DateStyle", text, f'Unrecognized key word: "{key}".')
        if said.get(half, meant) != meant:
            raise _invalid("DateStyle", text, 'Conflicting "DateStyle" specifications.')
        said[half] = meant
    return f"{said.get('dates', dates)}, {said.get('order', said.get('german', order))}"


def normal_intervalstyle(text: str) -> str:
    """Return an IntervalStyle in its normal form. Raises 22023."""
    if text.lower() not in INTERVAL_STYLES:
        raise InvalidParameterValue(
            f'invalid value for parameter "IntervalStyle": "{text}"',
            hint=f"Available values: {', '.join(INTERVAL_STYLES)}.",
        )
    return text.lower()


def session_zone(text: str) -> Zone:
    """Return the zone that a value of TimeZone names: a zone, a POSIX text, or hours east. Raises 22023."""
    hours = re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*", text)
    if hours is not None and abs(float(text)) < ZONE_HOURS_MAX:
        return fixed_zone(round(float(text) * 3600))
    named = zone_named(text)
    if named is None:
        raise _invalid("TimeZone", text)
    return named


def _invalid(name: str, text: str, detail: str | None = None) -> InvalidParameterValue:
    return InvalidParameterValue(f'invalid value for parameter "{name}": "{text}"', detail=detail)
