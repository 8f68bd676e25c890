"""Ranges: all values of a type between two bounds, each of which belongs to the range or not.

| binary form | type | field |
|--:|---|---|
| 0 | u8 | 1: empty, 2 and 4: the lower and the upper bound belong to it, 8 and 16: there is none |
| 1 | i32, bytes | length and binary form of each bound there is |
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vql.calendar import days
from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.errors import DataError
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import wrong_size
from vql.types.moments.moments import DATE, TIMESTAMP, TIMESTAMPTZ
from vql.types.numbers.integers import BIGINT, INTEGER
from vql.types.numbers.numeric import NUMERIC
from vql.types.ranges.text import EMPTY, range_text, written_range
from vql.types.spelt import SpeltType

IS_EMPTY, LOWER_INC, UPPER_INC, NO_LOWER, NO_UPPER = 1, 2, 4, 8, 16


@dataclass(frozen=True, slots=True)
class Range:
    """A range of canonical values, or of internal ones where functions see it. None is no bound."""

    lower: Any = None
    upper: Any = None
    bounds: str = "[)"
    isempty: bool = False

    @property
    def lower_inc(self) -> bool:
        """Whether there is a lower bound that belongs to the range."""
        return self.lower is not None and not self.isempty and self.bounds[0] == "["

    @property
    def upper_inc(self) -> bool:
        """Whether there is an upper bound that belongs to the range."""
        return self.upper is not None and not self.isempty and self.bounds[1] == "]"

    def mapped(self, make: Callable[[Any], Any]) -> Range:
        """Return the range with other bounds in place of those there are."""
        lower = None if self.lower is None else make(self.lower)
        upper = None if self.upper is None else make(self.upper)
        return Range(lower, upper, self.bounds, self.isempty)


NOTHING = Range(None, None, "()", True)
# What compares as a bound does: first whether it is infinite, then its value, then on which side of it.
BoundKey = tuple[Any, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class RangeType(SpeltType):
    """Ranges of a type's values. Where these can be counted, `following` is the next one (None: there is
    none), and a range has its lower bound and not its upper one. `parts` is what a type is that somebody made
    (`vql.types.ranges.made`)."""

    subtype: BaseType
    following: Callable[[Any], Any] | None = None
    parts: Any = None

    @property
    def binary_is_text(self) -> bool | None:
        return None if self.subtype.binary_is_text is not False else False

    def styled(self, style: Style) -> RangeType:
        subtype = self.subtype.styled(style)
        return self if subtype is self.subtype else replace(self, subtype=subtype)

    # -------------------------------------------------------------- internal values

    def made(self, lower: Any, upper: Any, bounds: str) -> Range:
        """Return a range of internal bounds in its one form. Raises 22000 where they are in no order."""
        found = self._made(lower, upper, bounds)
        if self.following is None or found.isempty:
            return found
        lower, upper, left, right = found.lower, found.upper, found.bounds[0], found.bounds[1]
        if lower is not None and left == "(" and (after := self.following(lower)) is not None:
            lower, left = after, "["
        if upper is not None and right == "]" and (after := self.following(upper)) is not None:
            upper, right = after, ")"
        return self._made(lower, upper, left + right)

    def _made(self, lower: Any, upper: Any, bounds: str) -> Range:
        left = "(" if lower is None else bounds[0]
        right = ")" if upper is None else bounds[1]
        if lower is not None and upper is not None:
            low, high = self.key_of(lower), self.key_of(upper)
            if low > high:
                raise DataError(
                    "range lower bound must be less than or equal to range upper bound", sqlstate="22000"
                )
            if low == high and (left, right) != ("[", "]"):
                return NOTHING
        return Range(lower, upper, left + right)

    def lower_key(self, value: Range) -> BoundKey:
        """Return what compares as a range's lower bound does, with upper ones too."""
        if value.lower is None:
            return (0,)
        return 1, self.subtype.order_key(value.lower), 0 if value.bounds[0] == "[" else 1

    def upper_key(self, value: Range) -> BoundKey:
        """Return what compares as a range's upper bound does, with lower ones too."""
        if value.upper is None:
            return (2,)
        return 1, self.subtype.order_key(value.upper), 0 if value.bounds[1] == "]" else -1

    def key_of(self, element: Any) -> BoundKey:
        """Return what compares as a bound that is a value and belongs to its range."""
        return 1, self.subtype.order_key(element), 0

    def order_key(self, value: Any) -> tuple[Any, ...]:
        """An empty range comes first."""
        return (0,) if value.isempty else (1, self.lower_key(value), self.upper_key(value))

    def internal(self, value: Any) -> Range:
        return value.mapped(self.subtype.internal)  # type: ignore[no-any-return]

    def from_internal(self, value: Any) -> Range:
        return value.mapped(self.subtype.from_internal)  # type: ignore[no-any-return]

    # -------------------------------------------------------------- text, Python, binary

    def from_text(self, text: str, modifier: int | None) -> Range:
        written = written_range(text)
        return NOTHING if written is None else self.of_bounds(*written)

    def of_bounds(self, lower: object, upper: object, bounds: str) -> Range:
        """Return a range of what its bounds may be given as."""
        given = Range(lower, upper, bounds).mapped(lambda bound: self.subtype.coerce(bound, None))
        found = given.mapped(self.subtype.internal)
        return self.from_internal(self.made(found.lower, found.upper, bounds))

    def to_text(self, value: object) -> str:
        assert isinstance(value, Range), "a canonical value"
        if value.isempty:
            return EMPTY
        return range_text(value.lower, value.upper, value.bounds, self.subtype.to_text)

    def convert(self, value: object, modifier: int | None) -> Range:
        """Take drivers' ranges too."""
        if getattr(value, "isempty", None) is True:
            return NOTHING
        if not hasattr(value, "lower_inc") or not hasattr(value, "lower"):
            raise self.mismatch(value)
        bounds = ("[" if value.lower_inc else "(") + ("]" if value.upper_inc else ")")  # type: ignore[attr-defined]
        return self.of_bounds(value.lower, value.upper, bounds)  # type: ignore[attr-defined]

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, Range), "a canonical value"
        if value.isempty:
            return bytes((IS_EMPTY,))
        flags = LOWER_INC * value.lower_inc | UPPER_INC * value.upper_inc
        flags |= NO_LOWER * (value.lower is None) | NO_UPPER * (value.upper is None)
        parts = [bytes((flags,))]
        for bound in (value.lower, value.upper):
            if bound is not None:
                data = self.subtype.to_binary(bound)
                parts += [struct.pack(">i", len(data)), data]
        return b"".join(parts)

    def from_binary(self, data: bytes, modifier: int | None) -> Range:
        if not data:
            raise wrong_size()
        flags, place = data[0], 1
        ends: list[object] = []
        for missing in (NO_LOWER, NO_UPPER):
            if flags & (missing | IS_EMPTY):
                ends.append(None)
                continue
            size = int.from_bytes(data[place : place + 4], "big")
            if len(data) < place + 4 + size:
                raise wrong_size()
            ends.append(self.subtype.from_binary(data[place + 4 : place + 4 + size], None))
            place += 4 + size
        if place != len(data):
            raise wrong_size()
        if flags & IS_EMPTY:
            return NOTHING
        brackets = ("[" if flags & LOWER_INC else "(") + ("]" if flags & UPPER_INC else ")")
        return self.of_bounds(ends[0], ends[1], brackets)


def _next_day(day: int) -> int | None:
    return days.checked_day(day + 1) if days.is_finite_day(day) else None


def _range(
    name: str, oid: int, array_oid: int, subtype: BaseType, following: Callable[[Any], Any] | None = None
) -> RangeType:
    return RangeType(
        name=name, oid=oid, array_oid=array_oid, category="R", type_kind="r", storage=Storage.DICTIONARY,
        has_order=True, has_equality=True, subtype=subtype, following=following,
    )  # fmt: skip


RANGES: tuple[RangeType, ...] = (
    _range("int4range", 3904, 3905, INTEGER, lambda number: INTEGER.checked(number + 1)),
    _range("int8range", 3926, 3927, BIGINT, lambda number: BIGINT.checked(number + 1)),
    _range("numrange", 3906, 3907, NUMERIC),
    _range("tsrange", 3908, 3909, TIMESTAMP),
    _range("tstzrange", 3910, 3911, TIMESTAMPTZ),
    _range("daterange", 3912, 3913, DATE, _next_day),
)
TYPES: tuple[BaseType, ...] = RANGES
