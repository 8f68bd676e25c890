"""date, time and timestamptz, and the text forms of moments (ISO style, UTC) as Postgres has them."""

from __future__ import annotations

import datetime
import re
import struct
import zoneinfo
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import DataError, DatatypeMismatch, InvalidDatetime, InvalidParameterValue
from vql.types.base import BaseType, Storage, StoredArray
from vql.types.binary import whole_number

UTC = datetime.UTC
DAY_US = 86_400_000_000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DATE = datetime.date(1970, 1, 1)
# Binary forms count from 2000.
PG_EPOCH = datetime.datetime(2000, 1, 1, tzinfo=UTC)
PG_EPOCH_DAY = datetime.date(2000, 1, 1).toordinal()
MICROSECOND = datetime.timedelta(microseconds=1)
# Microseconds since 2000 of the first and the last moment of Python.
PG_MIN_US = (datetime.datetime.min.replace(tzinfo=UTC) - PG_EPOCH) // MICROSECOND
PG_MAX_US = (datetime.datetime.max.replace(tzinfo=UTC) - PG_EPOCH) // MICROSECOND
PYTHON_MOMENTS = np.array(["0001-01-01", "9999-12-31T23:59:59.999999"], "datetime64[us]")
# Microseconds of Arrow's units; nanoseconds are cut.
ARROW_UNITS_US = {"s": 1_000_000, "m": 1_000, "u": 1}

_pack_i32, _pack_i64 = struct.Struct(">i").pack, struct.Struct(">q").pack

NAMED_ZONE = re.compile(r" ([A-Za-z][A-Za-z_]*(?:/[A-Za-z_+\-0-9/]+)?)$")
DAY_WORDS = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}


class TimestamptzType(BaseType):
    """Moments, in UTC: aware datetimes, stored as microseconds since 1970."""

    def from_text(self, text: str, modifier: int | None) -> datetime.datetime:
        return parse_moment(text)

    def to_text(self, value: object) -> str:
        return datetime_text(value) if isinstance(value, datetime.datetime) else str(value)

    def convert(self, value: object, modifier: int | None) -> datetime.datetime:
        return moment_of(value)

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, datetime.datetime), "a timestamptz is a datetime"
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return _pack_i64((moment - PG_EPOCH) // MICROSECOND)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.datetime:
        return moment_after(PG_EPOCH, whole_number(data, 8))

    def of_binaries(self, cells: Sequence[bytes], modifier: int | None) -> object | None:
        return datetimes_of(cells)

    def stored(self, value: object) -> int:
        assert isinstance(value, datetime.datetime), "a timestamptz is a datetime"
        return (value - EPOCH) // MICROSECOND

    def from_stored(self, kept: Any) -> datetime.datetime:
        return EPOCH + datetime.timedelta(microseconds=kept)

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return stored_datetimes(given, "us", self.dtype)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        return arrow_microseconds(data, form)


class DateType(BaseType):
    """Days, stored as their number since 1970."""

    def from_text(self, text: str, modifier: int | None) -> datetime.date:
        return parse_date(text)

    def convert(self, value: object, modifier: int | None) -> datetime.date:
        if isinstance(value, datetime.datetime):
            return value.date()
        if isinstance(value, datetime.date):
            return value
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type date")

    def keeps(self, given: object, kept: object) -> bool:
        return not isinstance(given, datetime.datetime) or given.time() == datetime.time.min

    def to_text(self, value: object) -> str:
        return datetime_text(value) if isinstance(value, datetime.datetime) else str(value)

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, datetime.date), "a date is a date"
        return _pack_i32(value.toordinal() - PG_EPOCH_DAY)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.date:
        try:
            return datetime.date.fromordinal(PG_EPOCH_DAY + whole_number(data, 4))
        except (ValueError, OverflowError):
            raise DataError("date out of range", sqlstate="22008") from None

    def binaries_of(self, cells: Sequence[object]) -> list[bytes] | None:
        if set(map(type, cells)) != {datetime.date}:
            return None
        return [_pack_i32(cell.toordinal() - PG_EPOCH_DAY) for cell in cells]  # type: ignore[attr-defined]

    def stored(self, value: object) -> int:
        assert isinstance(value, datetime.date), "a date is a date"
        return (value - EPOCH_DATE).days

    def from_stored(self, kept: Any) -> datetime.date:
        return EPOCH_DATE + datetime.timedelta(days=kept)

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return stored_datetimes(given, "D", self.dtype)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        if form not in ("tdD", "tdm"):
            return None
        unit = "D" if form == "tdD" else "ms"
        return stored_counts(data.astype(np.int64).view(f"datetime64[{unit}]"), "D", self.dtype)


class TimeType(BaseType):
    """Times of day, of results; a text stays one."""

    def to_binary(self, value: object) -> bytes:
        moment = datetime.time.fromisoformat(value) if isinstance(value, str) else value
        assert isinstance(moment, datetime.time), "a time is a time"
        seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
        return _pack_i64(seconds * 1_000_000 + moment.microsecond)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.time:
        micros = whole_number(data, 8)
        if not 0 <= micros < DAY_US:
            raise InvalidDatetime("time out of range", sqlstate="22008")
        return (datetime.datetime.min + datetime.timedelta(microseconds=micros)).time()


# ------------------------------------------------------------------ conversions


def moment_of(value: object) -> datetime.datetime:
    """Return an aware UTC datetime; one without a zone is taken as UTC."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise InvalidDatetime(f'timestamp out of range: "{value}"', sqlstate="22008") from None
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise DatatypeMismatch(f"{type(value).__name__} is not a value of type timestamptz")


def moment_after(epoch: datetime.datetime, micros: int) -> datetime.datetime:
    """Return the moment so many microseconds after another. Raises 22008."""
    try:
        return epoch + datetime.timedelta(microseconds=micros)
    except OverflowError:
        raise DataError("timestamp out of range", sqlstate="22008") from None


def datetimes_of(cells: Sequence[bytes]) -> NDArray[np.datetime64] | None:
    """Return the moments of binary forms, None where one is no datetime of Python's."""
    if set(map(len, cells)) != {8}:
        return None
    micros = np.frombuffer(b"".join(cells), ">i8").astype(np.int64)
    if micros.min() < PG_MIN_US or micros.max() > PG_MAX_US:
        return None
    return np.datetime64("2000-01-01", "us") + micros.view("timedelta64[us]")


def stored_datetimes(given: object, unit: str, dtype: np.dtype[Any]) -> StoredArray | None:
    """Return an array of datetime64 as counts of a unit; NaT is NULL. Raises 22008 for what is no
    datetime of Python's, 22023 for what the unit is too coarse for."""
    if not isinstance(given, np.ndarray) or given.dtype.kind != "M":
        return None
    valid = ~np.isnat(given)
    moments = given.astype(f"datetime64[{unit}]")
    first, last = PYTHON_MOMENTS.astype(moments.dtype).astype(np.int64)
    kept = moments.astype(np.int64)
    kept[~valid] = first
    if (moments.astype(given.dtype) != given)[valid].any() or (kept < first).any() or (kept > last).any():
        raise _lost(given[valid], unit)
    kept[~valid] = 0
    return kept.astype(dtype), None if valid.all() else valid


def _lost(given: NDArray[np.datetime64], unit: str) -> DataError:
    """Return the error of moments that counts of a unit do not hold."""
    years = given.astype("datetime64[Y]").astype(np.int64) + 1970
    if years.min() < datetime.MINYEAR or years.max() > datetime.MAXYEAR:
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


# ------------------------------------------------------------------ text


def parse_moment(text: str) -> datetime.datetime:
    """Parse a moment as an aware datetime in UTC. Raises 22007, 22008."""
    word = text.strip()
    if word.lower() == "now":
        return datetime.datetime.now(UTC)
    if word.lower() in DAY_WORDS or word.lower() == "epoch":
        return moment_of(parse_date(word))
    return moment_of(_parse("timestamp with time zone", word))


def parse_naive(text: str) -> datetime.datetime:
    """Parse a moment without a zone; a zone in the text is ignored, as in Postgres."""
    word = text.strip()
    if word.lower() in DAY_WORDS or word.lower() == "epoch":
        return parse_moment(word).replace(tzinfo=None)
    return _parse("timestamp", word).replace(tzinfo=None)


def parse_date(text: str) -> datetime.date:
    """Parse a day. Raises 22007, 22008."""
    word = text.strip().lower()
    if word in DAY_WORDS:
        return datetime.datetime.now(UTC).date() + datetime.timedelta(days=DAY_WORDS[word])
    if word == "epoch":
        return EPOCH_DATE
    return _parse("date", text.strip()).date()


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


def datetime_text(value: datetime.datetime) -> str:
    """Write a moment in ISO style, UTC: `2026-11-01 00:00:00+00`."""
    zone = "" if value.tzinfo is None else "+00"
    moment = value if value.tzinfo is None else value.astimezone(UTC)
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    if "." in text:
        text = text.rstrip("0")
    return text + zone


TIMESTAMPTZ = TimestamptzType(
    name="timestamptz", oid=1184, array_oid=1185, aliases=("timestamp with time zone",),
    standard_name="timestamp with time zone", category="D", length=8, is_preferred=True,
    storage=Storage.NUMBERS, dtype=np.dtype("i8"), has_order=True, has_equality=True,
    arrow_format="tsu:UTC", arrow_formats=("ts:tz",), duck_name="TIMESTAMP WITH TIME ZONE",
    duck_results=("TIMESTAMP WITH TIME ZONE",),
)  # fmt: skip
DATE = DateType(
    name="date", oid=1082, array_oid=1182, category="D", length=4, storage=Storage.NUMBERS,
    dtype=np.dtype("i4"), has_order=True, has_equality=True, arrow_format="tdD", arrow_formats=("td",),
    duck_name="DATE", duck_results=("DATE",),
)  # fmt: skip
TIME = TimeType(
    name="time", oid=1083, array_oid=1183, aliases=("time without time zone",),
    standard_name="time without time zone", category="D", length=8, arrow_formats=("tt",), duck_name="TIME",
    duck_results=("TIME", "TIME WITH TIME ZONE"),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (DATE, TIME, TIMESTAMPTZ)
