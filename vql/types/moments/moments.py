"""date, time, timestamp and timestamptz: PostgreSQL's forms of them, and what Python has for them.

Canonical values are dates, times, naive datetimes, and aware ones in UTC. What Python has no object for
(infinity, years before 1 or after 9999, 24:00:00) is its text in ISO form, in UTC, which is read back as
what it was. `styled` gives the type as a session reads and writes it (`vql.calendar.style`).
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.calendar import days, read, write
from vql.calendar.days import DAY_2000, DAY_US, EARLY, EARLY_DAY, LATE, LATE_DAY, MOMENT_2000, SECOND_US
from vql.calendar.style import DEFAULT, Style
from vql.calendar.zones import UTC as UTC_ZONE
from vql.dataclass import dataclass
from vql.errors import DataError, DatatypeMismatch, InvalidDatetime, InvalidParameterValue
from vql.types.base import BaseType, Storage, StoredArray
from vql.types.forms.binary import whole_number
from vql.types.forms.crossing import Crossing
from vql.types.moments.interval import checked_precision

UTC = datetime.UTC
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_NAIVE = datetime.datetime(1970, 1, 1)
EPOCH_DATE = datetime.date(1970, 1, 1)
EPOCH_ORDINAL = EPOCH_DATE.toordinal()
MICROSECOND = datetime.timedelta(microseconds=1)
# Microseconds of Arrow's units; nanoseconds are cut.
ARROW_UNITS_US = {"s": 1_000_000, "m": 1_000, "u": 1}
# By unit: the first and the last count there is, and those of the infinities.
BOUNDS = {
    "D": (days.FIRST_DAY, days.LAST_DAY, EARLY_DAY, LATE_DAY),
    "us": (days.FIRST_MOMENT, days.LAST_MOMENT, EARLY, LATE),
}

_pack_i32, _pack_i64 = struct.Struct(">i").pack, struct.Struct(">q").pack
# The infinities of the binary forms are the extremes of their integers.
_BINARY_EARLY, _BINARY_EARLY_DAY = -(2**63), -(2**31)


@dataclass(frozen=True, eq=False, kw_only=True)
class ClockType(BaseType):
    """What times and moments share: the digits of a second as modifier, the session's style."""

    style: Style = DEFAULT

    def styled(self, style: Style) -> BaseType:
        return replace(self, style=style)

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        if not numbers:
            return None
        if len(numbers) > 1:
            raise InvalidParameterValue("invalid type modifier")
        return checked_precision(self.name, numbers[0])

    def typmod(self, modifier: int) -> int:
        return modifier

    def formatted(self, modifier: int | None) -> str:
        if modifier is None:
            return self.standard_name
        head, _, rest = self.standard_name.partition(" ")
        return f"{head}({modifier}) {rest}"

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod if typmod >= 0 else None


@dataclass(frozen=True, eq=False, kw_only=True)
class MomentType(ClockType):
    """Moments, stored as microseconds since 1970 in UTC; those without a zone as if they were UTC's."""

    has_zone: bool

    def from_text(self, text: str, modifier: int | None) -> datetime.datetime | str:
        read_moment = read.read_timestamptz if self.has_zone else read.read_timestamp
        return self.from_stored(days.rounded_moment(read_moment(text, self.style), modifier))

    def to_text(self, value: object) -> str:
        if self.style is DEFAULT and isinstance(value, datetime.datetime):
            return datetime_text(value)
        zone = self.style.zone if self.has_zone else None
        return write.timestamp_text(self.stored(value), self.style, zone)

    def coerce(self, value: object, modifier: int | None) -> object:
        if isinstance(value, np.datetime64):
            return None if np.isnat(value) else self.from_stored(_of_datetime64(value, modifier))
        return super().coerce(value, modifier)

    def convert(self, value: object, modifier: int | None) -> datetime.datetime | str:
        if isinstance(value, datetime.datetime):
            _require_moment(value)
            moment = self._moment(value)
            if moment is None or modifier is not None:
                return self.from_stored(days.rounded_moment(self.stored_of(value), modifier))
            return moment
        if isinstance(value, datetime.date):
            return self.convert(datetime.datetime(value.year, value.month, value.day), modifier)
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type {self.name}")

    def _moment(self, value: datetime.datetime) -> datetime.datetime | None:
        """Return the canonical value of a datetime where Python finds it quickly."""
        if value.tzinfo is None:
            if not self.has_zone:
                return value
            return value.replace(tzinfo=UTC) if self.style.zone is UTC_ZONE else None
        if value.tzinfo is UTC and self.has_zone:
            return value
        if self.has_zone or self.style.zone is UTC_ZONE:
            try:
                moment = value.astimezone(UTC)
            except OverflowError:
                return None
            return moment if self.has_zone else moment.replace(tzinfo=None)
        return None

    def stored_of(self, value: datetime.datetime) -> int:
        """Return the stored form of any datetime: without a zone it is the session's."""
        offset = value.utcoffset()
        local = (value.replace(tzinfo=None) - EPOCH_NAIVE) // MICROSECOND
        zone = self.style.zone
        if offset is None:
            return zone.to_utc(local) if self.has_zone else local
        moment = days.checked_moment(local - offset // MICROSECOND)
        return moment if self.has_zone else zone.to_local(moment)

    def to_binary(self, value: object) -> bytes:
        moment = self.stored(value)
        if days.is_finite(moment):
            return _pack_i64(moment - MOMENT_2000)
        return _pack_i64(LATE if moment > 0 else _BINARY_EARLY)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.datetime | str:
        count = whole_number(data, 8)
        if count in (LATE, _BINARY_EARLY):
            return self.from_stored(LATE if count > 0 else EARLY)
        return self.from_stored(days.rounded_moment(days.checked_moment(count + MOMENT_2000), modifier))

    def of_binaries(self, cells: Sequence[bytes], modifier: int | None) -> object | None:
        return None if modifier is not None else datetimes_of(cells)

    def stored(self, value: object) -> int:
        if isinstance(value, datetime.datetime):
            return (value - (EPOCH if value.tzinfo else EPOCH_NAIVE)) // MICROSECOND
        read_moment = read.read_timestamptz if self.has_zone else read.read_timestamp
        return read_moment(str(value), DEFAULT)

    def from_stored(self, kept: Any) -> datetime.datetime | str:
        try:
            return (EPOCH if self.has_zone else EPOCH_NAIVE) + datetime.timedelta(microseconds=kept)
        except OverflowError:
            return write.timestamp_text(kept, DEFAULT, UTC_ZONE if self.has_zone else None)

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return None if modifier is not None else stored_datetimes(given, "us", self.dtype)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        return arrow_microseconds(data, form)


@dataclass(frozen=True, eq=False, kw_only=True)
class DateType(BaseType):
    """Days, stored as their number since 1970."""

    style: Style = DEFAULT

    def styled(self, style: Style) -> BaseType:
        return replace(self, style=style)

    def from_text(self, text: str, modifier: int | None) -> datetime.date | str:
        return self.from_stored(read.read_date(text, self.style))

    def coerce(self, value: object, modifier: int | None) -> object:
        if isinstance(value, np.datetime64):
            return None if np.isnat(value) else self.from_stored(_of_datetime64(value, None) // DAY_US)
        return super().coerce(value, modifier)

    def convert(self, value: object, modifier: int | None) -> datetime.date:
        if isinstance(value, datetime.datetime):
            _require_moment(value)
            return value.date()
        if isinstance(value, datetime.date):
            return value
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type date")

    def keeps(self, given: object, kept: object) -> bool:
        return not isinstance(given, datetime.datetime) or given.time() == datetime.time.min

    def to_text(self, value: object) -> str:
        if self.style is DEFAULT and isinstance(value, datetime.date):
            return datetime_text(value) if isinstance(value, datetime.datetime) else str(value)
        return write.date_text(self.stored(value), self.style)

    def to_binary(self, value: object) -> bytes:
        day = self.stored(value)
        if days.is_finite_day(day):
            return _pack_i32(day - DAY_2000)
        return _pack_i32(LATE_DAY if day > 0 else _BINARY_EARLY_DAY)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.date | str:
        count = whole_number(data, 4)
        if count in (LATE_DAY, _BINARY_EARLY_DAY):
            return self.from_stored(LATE_DAY if count > 0 else EARLY_DAY)
        return self.from_stored(days.checked_day(count + DAY_2000))

    def binaries_of(self, cells: Sequence[object]) -> list[bytes] | None:
        if set(map(type, cells)) != {datetime.date}:
            return None
        first = EPOCH_ORDINAL + DAY_2000
        return [_pack_i32(cell.toordinal() - first) for cell in cells]  # type: ignore[attr-defined]

    def stored(self, value: object) -> int:
        if isinstance(value, datetime.date):
            return value.toordinal() - EPOCH_ORDINAL
        return read.read_date(str(value), DEFAULT)

    def from_stored(self, kept: Any) -> datetime.date | str:
        try:
            return datetime.date.fromordinal(EPOCH_ORDINAL + kept)
        except (ValueError, OverflowError):
            return write.date_text(kept, DEFAULT)

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return stored_datetimes(given, "D", self.dtype)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        if form == "tdD":
            return data.astype(np.int32)
        if form != "tdm":
            return None
        return stored_counts(data.astype(np.int64).view("datetime64[ms]"), "D", self.dtype)


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeType(ClockType):
    """Times of day, stored as microseconds since midnight."""

    text_varies = False

    def from_text(self, text: str, modifier: int | None) -> datetime.time | str:
        return self.from_stored(days.rounded(read.read_time(text, self.style), modifier))

    def convert(self, value: object, modifier: int | None) -> datetime.time | str:
        if isinstance(value, datetime.datetime):
            _require_moment(value)
            value = value.time()
        if not isinstance(value, datetime.time):
            raise DatatypeMismatch(f"{type(value).__name__} is not a value of type time")
        if modifier is None:
            return value.replace(tzinfo=None)
        return self.from_stored(days.rounded(self.stored(value), modifier))

    def to_text(self, value: object) -> str:
        return write.time_text(self.stored(value))

    def to_binary(self, value: object) -> bytes:
        return _pack_i64(self.stored(value))

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.time | str:
        clock = whole_number(data, 8)
        if not 0 <= clock <= DAY_US:
            raise InvalidDatetime("time out of range", sqlstate="22008")
        return self.from_stored(days.rounded(clock, modifier))

    def stored(self, value: object) -> int:
        if isinstance(value, datetime.time):
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            return seconds * SECOND_US + value.microsecond
        return read.read_time(str(value), DEFAULT)

    def from_stored(self, kept: Any) -> datetime.time | str:
        if kept == DAY_US:
            return write.time_text(kept)
        return (datetime.datetime.min + datetime.timedelta(microseconds=kept)).time()

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        return data.astype(np.int64) if form == "ttu" else None


# ------------------------------------------------------------------ conversions


def _require_moment(value: datetime.datetime) -> None:
    """Raise 42804 for pandas' NaT, which is a datetime by its class."""
    if value != value:
        raise DatatypeMismatch(f"{value} is not a moment", hint="None is NULL.")


def _of_datetime64(value: np.datetime64, digits: int | None) -> int:
    """Return a datetime64, which is not NaT, as microseconds; finer units are rounded. Raises 22008."""
    micros = value.astype("datetime64[us]")
    days.checked_moment(int(value.astype("datetime64[s]").astype(np.int64)) * SECOND_US)
    count = int(micros.astype(np.int64))
    rest = value - micros.astype(value.dtype) if micros.astype(value.dtype) != value else None
    if rest is not None and rest * 2 >= np.timedelta64(1, "us"):
        count += 1
    return days.rounded_moment(count, digits)


def datetimes_of(cells: Sequence[bytes]) -> NDArray[np.datetime64] | None:
    """Return the moments of binary forms, None where one is infinite or out of range."""
    if set(map(len, cells)) != {8}:
        return None
    micros = np.frombuffer(b"".join(cells), ">i8").astype(np.int64)
    if micros.min() < days.FIRST_MOMENT - MOMENT_2000 or micros.max() > days.LAST_MOMENT - MOMENT_2000:
        return None
    return np.datetime64("2000-01-01", "us") + micros.view("timedelta64[us]")


def stored_datetimes(given: object, unit: str, dtype: np.dtype[Any]) -> StoredArray | None:
    """Return an array of datetime64 as counts of a unit; NaT is NULL. Raises 22008 for what is out of
    PostgreSQL's range, 22023 for what the unit is too coarse for."""
    if not isinstance(given, np.ndarray) or given.dtype.kind != "M":
        return None
    valid = ~np.isnat(given)
    moments = given.astype(f"datetime64[{unit}]")
    first, last, early, late = BOUNDS[unit]
    kept = moments.astype(np.int64)
    kept[~valid] = 0
    out = ((kept < first) | (kept > last)) & (kept != early) & (kept != late)
    if (moments.astype(given.dtype) != given)[valid].any() or out.any():
        raise _lost(given[valid], unit)
    return kept.astype(dtype), None if valid.all() else valid


def _lost(given: NDArray[np.datetime64], unit: str) -> DataError:
    """Return the error of moments that counts of a unit do not hold."""
    first, last = (bound // DAY_US for bound in (days.FIRST_MOMENT, days.LAST_MOMENT))
    whole = given.astype("datetime64[D]").astype(np.int64)
    if whole.min() < first or whole.max() > last:
        return DataError("timestamp out of range", sqlstate="22008")
    coarse = given[given.astype(f"datetime64[{unit}]").astype(given.dtype) != given][0]
    return InvalidParameterValue(
        f"{coarse} would not be kept as it is: the type has {'days' if unit == 'D' else 'microseconds'}",
        hint="round or cast the values before they are inserted",
    )


def arrow_microseconds(data: NDArray[Any], form: str) -> NDArray[Any] | None:
    """Return the counts of an Arrow timestamp array as microseconds."""
    if not form.startswith("ts"):
        return None
    unit = {"s": "s", "m": "ms", "u": "us", "n": "ns"}[form[2]]
    return stored_counts(data.view(f"datetime64[{unit}]"), "us", np.dtype(np.int64))


def stored_counts(given: NDArray[np.datetime64], unit: str, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return moments, none of them NULL, as counts of a unit. Raises as `stored_datetimes` does."""
    kept = stored_datetimes(given, unit, dtype)
    if kept is None or kept[1] is not None:
        raise DataError("timestamp out of range", sqlstate="22008")
    return kept[0]


def datetime_text(value: datetime.datetime) -> str:
    """Write a moment in ISO style, UTC: `2026-11-01 00:00:00+00`."""
    zone = "" if value.tzinfo is None else "+00"
    moment = value if value.tzinfo is None else value.astimezone(UTC)
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    if "." in text:
        text = text.rstrip("0")
    return text + zone


# Microseconds and days, with the ends of time that DuckDB keeps apart.
_MICROSECONDS = (
    "(CASE WHEN isinf({0}) THEN CASE WHEN {0} > '2000-01-01' THEN 9223372036854775807"
    " ELSE -9223372036854775807 END ELSE epoch_us({0}) END)"
)
_CROSSINGS = {
    "D": Crossing(
        argument="INTEGER", result="INTEGER", into="CAST({0} - DATE '1970-01-01' AS INTEGER)",
        out_of="vql__date({0})",
    ),
    "T": Crossing(
        argument="BIGINT", result="BIGINT", into="epoch_us({0})",
        out_of="vql__time({0})",
    ),
    "Z": Crossing(argument="BIGINT", result="BIGINT", into=_MICROSECONDS, out_of="vql__timestamptz({0})"),
    "S": Crossing(argument="BIGINT", result="BIGINT", into=_MICROSECONDS, out_of="vql__timestamp({0})"),
}  # fmt: skip
TIMESTAMPTZ = MomentType(
    name="timestamptz", oid=1184, array_oid=1185, aliases=("timestamp with time zone",),
    standard_name="timestamp with time zone", category="D", length=8, is_preferred=True,
    storage=Storage.NUMBERS, dtype=np.dtype("i8"), has_order=True, has_equality=True,
    range_offsets=("interval",), arrow_format="tsu:UTC", arrow_formats=("ts:tz",),
    duck_name="TIMESTAMP WITH TIME ZONE",
    duck_results=("TIMESTAMP WITH TIME ZONE",), has_zone=True, duck_compares=True, moment_unit_us=1,
    duck_crossing=_CROSSINGS["Z"],
)  # fmt: skip
TIMESTAMP = MomentType(
    name="timestamp", oid=1114, array_oid=1115, aliases=("timestamp without time zone",),
    standard_name="timestamp without time zone", category="D", length=8, storage=Storage.NUMBERS,
    dtype=np.dtype("i8"), has_order=True, has_equality=True, range_offsets=("interval",),
    arrow_format="tsu:", arrow_formats=("ts:",),
    duck_name="TIMESTAMP", duck_results=("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
    has_zone=False, duck_compares=True, duck_crossing=_CROSSINGS["S"], moment_unit_us=1,
)  # fmt: skip
DATE = DateType(
    name="date", oid=1082, array_oid=1182, category="D", length=4, storage=Storage.NUMBERS,
    dtype=np.dtype("i4"), has_order=True, has_equality=True, range_offsets=("interval",),
    arrow_format="tdD", arrow_formats=("td",),
    duck_name="DATE", duck_results=("DATE",), duck_compares=True, duck_crossing=_CROSSINGS["D"],
    moment_unit_us=86_400_000_000,
)  # fmt: skip
TIME = TimeType(
    name="time", oid=1083, array_oid=1183, aliases=("time without time zone",),
    standard_name="time without time zone", category="D", length=8, storage=Storage.NUMBERS,
    dtype=np.dtype("i8"), has_order=True, has_equality=True, range_offsets=("interval",),
    arrow_format="ttu", arrow_formats=("tt",),
    duck_name="TIME", duck_results=("TIME", "TIME WITH TIME ZONE"), duck_compares=True,
    duck_crossing=_CROSSINGS["T"],
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (DATE, TIME, TIMESTAMPTZ, TIMESTAMP)
