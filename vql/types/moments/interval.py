"""interval: months, days and microseconds; timedeltas in Python where there are no months."""

from __future__ import annotations

import datetime
import struct
from dataclasses import replace
from typing import Any

import numpy as np

from vql.calendar import interval as intervals
from vql.calendar.interval import Interval, interval_text, of_timedelta, to_python
from vql.calendar.read_interval import (
    FIELDS_ALL,
    FIELDS_SAID,
    fields_of,
    modifier_of,
    precision_of,
    read_interval,
    restricted,
)
from vql.calendar.style import DEFAULT, Style
from vql.dataclass import dataclass
from vql.errors import DatatypeMismatch, InvalidParameterValue, NotSupportedError
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import wrong_size
from vql.types.forms.crossing import Crossing

UNITS_US = {
    "second": 10**6, "sec": 10**6, "s": 10**6, "minute": 60 * 10**6, "min": 60 * 10**6,
    "hour": 3600 * 10**6, "h": 3600 * 10**6, "day": 86400 * 10**6, "d": 86400 * 10**6,
    "week": 7 * 86400 * 10**6, "month": 30 * 86400 * 10**6, "year": 365 * 86400 * 10**6,
}  # fmt: skip
PRECISION_MAX = 6
# DuckDB gives intervals back in nanoseconds of 64 bits, and has no infinite ones: what does not fit is
# marked, so that it is refused there.
DUCK_US_MAX = 2**63 // 1000
BEYOND_DUCK = "beyond"


def checked_precision(name: str, digits: int) -> int:
    """Return how many digits of a second a type keeps that is asked to keep so many. Raises 22023."""
    if digits < 0:
        raise InvalidParameterValue(f"{name.upper()}({digits}) precision must not be negative")
    return min(digits, PRECISION_MAX)


@dataclass(frozen=True, eq=False, kw_only=True)
class IntervalType(BaseType):
    """Spans: a timedelta where there are no months, else an `Interval`; stored as the text of its parts,
    which DuckDB reads. The modifier is PostgreSQL's: fields and digits of seconds."""

    style: Style = DEFAULT

    def styled(self, style: Style) -> BaseType:
        return replace(self, style=style)

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        if not numbers:
            return None
        if numbers[0] == FIELDS_SAID:
            return numbers[1]
        if len(numbers) > 1:
            raise InvalidParameterValue("invalid type modifier")
        return modifier_of("", checked_precision(self.name, numbers[0]))

    def modifier_text(self, modifier: int) -> str:
        fields, digits = fields_of(modifier), precision_of(modifier)
        return " ".join([fields] * bool(fields) + [str(digits)] * (digits is not None))

    def typmod(self, modifier: int) -> int:
        return modifier

    def formatted(self, modifier: int | None) -> str:
        if modifier is None:
            return self.name
        fields, digits = fields_of(modifier), precision_of(modifier)
        words = f"{self.name} {fields}" if modifier >> 16 != FIELDS_ALL else self.name
        return words if digits is None else f"{words}({digits})"

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod if typmod >= 0 else None

    def from_text(self, text: str, modifier: int | None) -> datetime.timedelta | Interval:
        return to_python(read_interval(text, self.style.intervals, modifier))

    def to_text(self, value: object) -> str:
        return interval_text(interval_of(value), self.style.intervals)

    def coerce(self, value: object, modifier: int | None) -> object:
        if isinstance(value, np.timedelta64):
            return None if np.isnat(value) else to_python(restricted(_of_timedelta64(value), modifier))
        return super().coerce(value, modifier)

    def convert(self, value: object, modifier: int | None) -> datetime.timedelta | Interval:
        return to_python(restricted(interval_of(value), modifier))

    def to_binary(self, value: object) -> bytes:
        made = interval_of(value)
        return struct.pack(">qii", made.microseconds, made.days, made.months)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.timedelta | Interval:
        if len(data) != 16:
            raise wrong_size()
        micros, days, months = struct.unpack(">qii", data)
        return to_python(restricted(Interval(months, days, micros), modifier))

    def stored(self, value: object) -> str:
        made = interval_of(value)
        text = f"{made.months} months {made.days} days {made.microseconds} microseconds"
        return text if made.is_finite and abs(made.microseconds) < DUCK_US_MAX else f"{BEYOND_DUCK} {text}"

    def from_stored(self, kept: object) -> datetime.timedelta | Interval:
        months, _, days, _, micros, _ = str(kept).removeprefix(BEYOND_DUCK).split()
        return to_python(Interval(int(months), int(days), int(micros)))

    def internal(self, value: Any) -> Interval:
        return interval_of(value)

    def from_internal(self, value: Any) -> datetime.timedelta | Interval:
        return to_python(value)

    def order_key(self, value: object) -> object:
        return value.span if isinstance(value, Interval) else value

    def key(self, value: object) -> int:
        return interval_of(value).span


def interval_of(value: object) -> Interval:
    """Return a canonical value as its parts. Raises 42804 for what is none."""
    if isinstance(value, Interval):
        return value
    if isinstance(value, datetime.timedelta):
        return of_timedelta(value)
    if isinstance(value, str):
        return read_interval(value)
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type interval")


def _of_timedelta64(value: np.timedelta64) -> Interval:
    """Return a timedelta64, which is not NaT; months are kept apart."""
    unit, _ = np.datetime_data(value.dtype)
    if unit in ("Y", "M"):
        return intervals.checked_interval(int(value.astype("timedelta64[M]").astype(int)), 0, 0)
    return of_timedelta(datetime.timedelta(microseconds=int(value.astype("timedelta64[us]").astype(int))))


def retention_us(text: str, what: str = "retention") -> int | None:
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
        f'invalid {what} "{text}"', hint="write e.g. '30 days', '12 hours' or 'forever'"
    )


def _parts_for_duck(value: Interval) -> list[int]:
    """Return the parts of an interval that DuckDB holds. Raises 0A000 for others."""
    if not value.is_finite or abs(value.microseconds) >= DUCK_US_MAX:
        raise NotSupportedError(
            "infinite intervals, and of over 292 years of hours, are not supported in this expression yet"
        )
    return list(value.parts)


INTERVAL = IntervalType(
    name="interval", oid=1186, array_oid=1187, category="T", length=16, is_preferred=True,
    storage=Storage.DICTIONARY, has_order=True, has_equality=True, orders_as_stored=False,
    range_offsets=("interval",),
    arrow_formats=("ti", "tD"), duck_name="INTERVAL", duck_results=("INTERVAL",),
    duck_compares=True, equal_is_same=False, duck_stream="cast",
    duck_crossing=Crossing(
        argument="BIGINT[]", result="BIGINT[]", into="vql__interval_parts({0})", out_of="vql__interval({0})",
        read=lambda parts: Interval(*parts), write=_parts_for_duck,
    ),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (INTERVAL,)
