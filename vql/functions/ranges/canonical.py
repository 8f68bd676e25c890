"""What PostgreSQL makes range types of: their form with one look, and how far bounds are apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from vql.calendar.days import SECOND_US
from vql.functions.declare import function
from vql.types.ranges.range import Range


@function("int4range_canonical(int4range) -> int4range")
@function("int8range_canonical(int8range) -> int8range")
@function("daterange_canonical(daterange) -> daterange")
def range_canonical(value: Range) -> Range:
    """Values have no other form."""
    return value


@function("int4range_subdiff(integer, integer) -> double precision")
@function("int8range_subdiff(bigint, bigint) -> double precision")
@function("daterange_subdiff(date, date) -> double precision")
@function("numrange_subdiff(numeric, numeric) -> double precision")
def bounds_apart(upper: int | Decimal, lower: int | Decimal) -> float:
    return float(upper) - float(lower) if isinstance(upper, int) else float(upper - Decimal(lower))


@function("tsrange_subdiff(timestamp, timestamp) -> double precision")
@function("tstzrange_subdiff(timestamptz, timestamptz) -> double precision")
def range_seconds(upper: int, lower: int) -> Any:
    return (float(upper) - float(lower)) / SECOND_US
