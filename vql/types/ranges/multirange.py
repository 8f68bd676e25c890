"""Multiranges: ranges that neither overlap nor touch, in their order.

| binary form | type | field |
|--:|---|---|
| 0 | i32 | how many ranges |
| 4 | i32, bytes | length and binary form of each |
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.deadline import watched
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import wrong_size
from vql.types.ranges.range import RANGES, Range, RangeType
from vql.types.ranges.text import written_multirange
from vql.types.spelt import SpeltType

OIDS = {
    "int4range": (4451, 6150), "int8range": (4536, 6157), "numrange": (4532, 6151), "tsrange": (4533, 6152),
    "tstzrange": (4534, 6153), "daterange": (4535, 6155),
}  # fmt: skip


class Multirange(tuple[Range, ...]):
    """The ranges of a multirange: of canonical values, or of internal ones where functions see it."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class MultirangeType(SpeltType):
    """Sets of ranges of one type."""

    of: RangeType
    parts: Any = None

    @property
    def binary_is_text(self) -> bool | None:
        return None if self.of.binary_is_text is not False else False

    @property
    def takes_lists(self) -> bool:
        return True

    def styled(self, style: Style) -> BaseType:
        return replace(self, of=self.of.styled(style))

    def united(self, ranges: Iterable[Range]) -> Multirange:
        """Return internal ranges as one multirange: those that overlap or touch become one."""
        of, found = self.of, list[Range]()
        for each in sorted((r for r in watched(ranges) if not r.isempty), key=of.order_key):
            if found and not are_apart(of, found[-1], each):
                last = found.pop()
                low = last if of.lower_key(last) < of.lower_key(each) else each
                high = last if of.upper_key(last) > of.upper_key(each) else each
                each = Range(low.lower, high.upper, low.bounds[0] + high.bounds[1])
            found.append(each)
        return Multirange(found)

    def order_key(self, value: Any) -> tuple[Any, ...]:
        return tuple(map(self.of.order_key, value))

    def internal(self, value: Any) -> Multirange:
        return Multirange(map(self.of.internal, value))

    def from_internal(self, value: Any) -> Multirange:
        return Multirange(map(self.of.from_internal, value))

    def from_text(self, text: str, modifier: int | None) -> Multirange:
        return self._of_ranges([self.of.of_bounds(*written) for written in written_multirange(text)])

    def _of_ranges(self, ranges: Iterable[Range]) -> Multirange:
        return self.from_internal(self.united(map(self.of.internal, ranges)))

    def to_text(self, value: object) -> str:
        assert isinstance(value, Multirange), "a canonical value"
        return "{" + ",".join(map(self.of.to_text, value)) + "}"

    def convert(self, value: object, modifier: int | None) -> Multirange:
        """Take drivers' multiranges too, and lists of ranges."""
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise self.mismatch(value)
        return self._of_ranges([self.of.coerce(each, None) for each in value])  # type: ignore[misc]

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, Multirange), "a canonical value"
        parts = [struct.pack(">i", len(value))]
        for each in value:
            data = self.of.to_binary(each)
            parts += [struct.pack(">i", len(data)), data]
        return b"".join(parts)

    def from_binary(self, data: bytes, modifier: int | None) -> Multirange:
        place, ranges = 4, list[Range]()
        for _ in range(int.from_bytes(data[:4], "big")):
            size = int.from_bytes(data[place : place + 4], "big")
            if len(data) < place + 4 + size:
                raise wrong_size()
            ranges.append(self.of.from_binary(data[place + 4 : place + 4 + size], None))
            place += 4 + size
        if place != len(data):
            raise wrong_size()
        return self._of_ranges(ranges)


def are_apart(of: RangeType, first: Range, second: Range) -> bool:
    """Whether something lies between two ranges, neither empty, of which the first begins first."""
    high, low = of.upper_key(first), of.lower_key(second)
    if high >= low:
        return False
    # (1, value, 0 or -1) and (1, value, 0 or 1): they touch where one of the two has the value.
    return not (len(high) == len(low) == 3 and high[1] == low[1] and (high[2] == 0) != (low[2] == 0))


def _multirange(of: RangeType) -> MultirangeType:
    oid, array_oid = OIDS[of.name]
    return MultirangeType(
        name=of.name.replace("range", "multirange"), oid=oid, array_oid=array_oid, category="R",
        type_kind="m", storage=Storage.DICTIONARY, has_order=True, has_equality=True, of=of,
    )  # fmt: skip


MULTIRANGES = tuple(map(_multirange, RANGES))
TYPES: tuple[BaseType, ...] = MULTIRANGES
