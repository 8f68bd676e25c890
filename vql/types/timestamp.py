"""timestamp without time zone: a date and a time of day, naive datetimes in Python."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import DatatypeMismatch
from vql.types.base import BaseType, Storage, StoredArray
from vql.types.binary import whole_number
from vql.types.moments import (
    MICROSECOND,
    PG_EPOCH,
    arrow_microseconds,
    datetime_text,
    datetimes_of,
    moment_after,
    moment_of,
    parse_naive,
    stored_datetimes,
)

EPOCH = datetime.datetime(1970, 1, 1)
PG_EPOCH_NAIVE = PG_EPOCH.replace(tzinfo=None)


class TimestampType(BaseType):
    """Moments without a zone, stored as microseconds since 1970. One with a zone, as Python's objects
    may have it, is taken to UTC first, which is the session's zone; a zone in a text is ignored."""

    def from_text(self, text: str, modifier: int | None) -> datetime.datetime:
        return parse_naive(text)

    def to_text(self, value: object) -> str:
        return datetime_text(value) if isinstance(value, datetime.datetime) else str(value)

    def convert(self, value: object, modifier: int | None) -> datetime.datetime:
        if isinstance(value, datetime.datetime) and value.tzinfo is None:
            return value
        if isinstance(value, datetime.date):
            return moment_of(value).replace(tzinfo=None)
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type timestamp")

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, datetime.datetime), "a timestamp is a datetime"
        return ((value - PG_EPOCH_NAIVE) // MICROSECOND).to_bytes(8, "big", signed=True)

    def from_binary(self, data: bytes, modifier: int | None) -> datetime.datetime:
        return moment_after(PG_EPOCH_NAIVE, whole_number(data, 8))

    def of_binaries(self, cells: Sequence[bytes], modifier: int | None) -> object | None:
        return datetimes_of(cells)

    def stored(self, value: object) -> int:
        assert isinstance(value, datetime.datetime), "a timestamp is a datetime"
        return (value - EPOCH) // MICROSECOND

    def from_stored(self, kept: Any) -> datetime.datetime:
        return EPOCH + datetime.timedelta(microseconds=kept)

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        return stored_datetimes(given, "us", self.dtype)

    def stored_arrow(self, data: NDArray[Any], form: str) -> NDArray[Any] | None:
        return arrow_microseconds(data, form)


TIMESTAMP = TimestampType(
    name="timestamp", oid=1114, array_oid=1115, aliases=("timestamp without time zone",),
    standard_name="timestamp without time zone", category="D", length=8, storage=Storage.NUMBERS,
    dtype=np.dtype("i8"), has_order=True, has_equality=True, arrow_format="tsu:", arrow_formats=("ts:",),
    duck_name="TIMESTAMP", duck_results=("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (TIMESTAMP,)
