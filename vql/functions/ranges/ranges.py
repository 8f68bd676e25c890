"""Ranges: made of bounds, their parts, how two of them lie to each other, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from vql.errors import DataError
from vql.functions.declare import aggregate, function, operator
from vql.functions.text.texts import COMPARISONS
from vql.types.ranges.multirange import are_apart
from vql.types.ranges.range import NOTHING, RANGES, Range, RangeType
from vql.types.type import Type

Types = Sequence[Type]
RANGE_MAKER, MULTIRANGE_MAKER = "vql__range", "vql__multirange"
BRACKETS = frozenset(("[]", "[)", "(]", "()"))


def range_type(types: Types) -> RangeType:
    """Return the range type of the first argument."""
    of = types[0].base
    assert isinstance(of, RangeType), "a range"
    return of


# ------------------------------------------------------------------ made of bounds


def _declare_maker(of: RangeType) -> None:
    bounds = f"{of.subtype.name}, {of.subtype.name}"

    @function(f"{of.name}({bounds}) -> {of.name}", is_strict=False)
    def made(lower: Any, upper: Any) -> Range:
        return of.made(lower, upper, "[)")

    @function(f"{of.name}({bounds}, text) -> {of.name}", is_strict=False)
    def made_with(lower: Any, upper: Any, brackets: str | None) -> Range:
        return of.made(lower, upper, _checked_brackets(brackets))


def _checked_brackets(brackets: str | None) -> str:
    if brackets is None:
        raise DataError("range constructor flags argument must not be null", sqlstate="22000")
    if brackets not in BRACKETS:
        hint = 'Valid values are "[]", "[)", "(]", and "()".'
        raise DataError("invalid range bound flags", sqlstate="42601", hint=hint)
    return brackets


for _of in RANGES:
    _declare_maker(_of)


# What a call of a range type's name is that somebody made: of NULL, which says the type, and the arguments.
@function(f"{RANGE_MAKER}(anyrange, anyelement, anyelement) -> anyrange", needs_types=True, is_strict=False)
def _made_range(types: Types, _: None, lower: Any, upper: Any) -> Range:
    return range_type(types).made(lower, upper, "[)")


@function(
    f"{RANGE_MAKER}(anyrange, anyelement, anyelement, text) -> anyrange", needs_types=True, is_strict=False
)
def _made_range_with(types: Types, _: None, lower: Any, upper: Any, brackets: str | None) -> Range:
    return range_type(types).made(lower, upper, _checked_brackets(brackets))


# ------------------------------------------------------------------ parts


@function("lower(anyrange) -> anyelement")
def range_lower(value: Range) -> Any:
    return value.lower


@function("upper(anyrange) -> anyelement")
def range_upper(value: Range) -> Any:
    return value.upper


@function("isempty(anyrange) -> boolean")
def is_empty(value: Range) -> bool:
    return value.isempty


@function("lower_inc(anyrange) -> boolean")
def lower_inc(value: Range) -> bool:
    return value.lower_inc


@function("upper_inc(anyrange) -> boolean")
def upper_inc(value: Range) -> bool:
    return value.upper_inc


@function("lower_inf(anyrange) -> boolean")
def lower_inf(value: Range) -> bool:
    return not value.isempty and value.lower is None


@function("upper_inf(anyrange) -> boolean")
def upper_inf(value: Range) -> bool:
    return not value.isempty and value.upper is None


# ------------------------------------------------------------------ how two lie to each other


def _declare_comparison(sign: str, compare: Callable[[Any, Any], bool]) -> None:
    @operator(f"anyrange {sign} anyrange -> boolean", needs_types=True)
    def compared(types: Types, left: Range, right: Range) -> bool:
        key = range_type(types).order_key
        return compare(key(left), key(right))


for _sign, _compare in COMPARISONS.items():
    _declare_comparison(_sign, _compare)


def contains(of: RangeType, outer: Range, inner: Range) -> bool:
    """Whether all of a range is in another."""
    if inner.isempty or outer.isempty:
        return inner.isempty
    return of.lower_key(outer) <= of.lower_key(inner) and of.upper_key(inner) <= of.upper_key(outer)


def has_element(of: RangeType, value: Range, element: Any) -> bool:
    """Whether a value is in a range."""
    return not value.isempty and of.lower_key(value) <= of.key_of(element) <= of.upper_key(value)


def overlaps(of: RangeType, left: Range, right: Range) -> bool:
    """Whether two ranges have a value in common."""
    if left.isempty or right.isempty:
        return False
    return of.lower_key(left) <= of.upper_key(right) and of.lower_key(right) <= of.upper_key(left)


def precedes(of: RangeType, left: Range, right: Range) -> bool:
    """Whether a range ends before another begins."""
    return not (left.isempty or right.isempty) and of.upper_key(left) < of.lower_key(right)


def ends_within(of: RangeType, left: Range, right: Range) -> bool:
    """Whether a range does not go on behind another."""
    return not (left.isempty or right.isempty) and of.upper_key(left) <= of.upper_key(right)


def begins_within(of: RangeType, left: Range, right: Range) -> bool:
    """Whether a range does not begin before another."""
    return not (left.isempty or right.isempty) and of.lower_key(left) >= of.lower_key(right)


def touches(of: RangeType, left: Range, right: Range) -> bool:
    """Whether one of two ranges begins where the other ends, with nothing between and nothing in common."""
    return not (left.isempty or right.isempty) and (meets(of, left, right) or meets(of, right, left))


def meets(of: RangeType, first: Range, second: Range) -> bool:
    """Whether a range, not empty, begins exactly where another ends."""
    return of.upper_key(first) < of.lower_key(second) and not are_apart(of, first, second)


Test = Callable[[RangeType, Range, Range], bool]
_TESTS: dict[str, Test] = {
    "@>": contains, "&&": overlaps, "<<": precedes, "&<": ends_within, "&>": begins_within, "-|-": touches,
    "<@": lambda of, left, right: contains(of, right, left),
    ">>": lambda of, left, right: precedes(of, right, left),
}  # fmt: skip


def _declare_test(sign: str, test: Test) -> None:
    @operator(f"anyrange {sign} anyrange -> boolean", needs_types=True)
    def tested(types: Types, left: Range, right: Range) -> bool:
        return test(range_type(types), left, right)


for _sign, _test in _TESTS.items():
    _declare_test(_sign, _test)


@operator("anyrange @> anyelement -> boolean", needs_types=True)
def _contains_element(types: Types, value: Range, element: Any) -> bool:
    return has_element(range_type(types), value, element)


@operator("anyelement <@ anyrange -> boolean", needs_types=True)
def _is_element(types: Types, element: Any, value: Range) -> bool:
    return has_element(range_type(types[1:]), value, element)


# ------------------------------------------------------------------ of two, or of many, one


@operator("anyrange + anyrange -> anyrange", needs_types=True)
def _union(types: Types, left: Range, right: Range) -> Range:
    of = range_type(types)
    if not (left.isempty or right.isempty or overlaps(of, left, right) or touches(of, left, right)):
        raise DataError("result of range union would not be contiguous", sqlstate="22000")
    return merged(of, (left, right))


@function("range_merge(anyrange, anyrange) -> anyrange", needs_types=True)
def _range_merge(types: Types, left: Range, right: Range) -> Range:
    return merged(range_type(types), (left, right))


def merged(of: RangeType, ranges: Iterable[Range]) -> Range:
    """Return the smallest range that has all of some ranges in it."""
    found = [each for each in ranges if not each.isempty][::-1]  # of equal bounds the last
    if not found:
        return NOTHING
    low, high = min(found, key=of.lower_key), max(found, key=of.upper_key)
    return Range(low.lower, high.upper, low.bounds[0] + high.bounds[1])


@operator("anyrange * anyrange -> anyrange", needs_types=True)
def _intersection(types: Types, left: Range, right: Range) -> Range:
    return common(range_type(types), left, right)


def common(of: RangeType, left: Range, right: Range) -> Range:
    """Return what is in both of two ranges."""
    if not overlaps(of, left, right):
        return NOTHING
    low, high = max(left, right, key=of.lower_key), min(left, right, key=of.upper_key)
    return of.made(low.lower, high.upper, low.bounds[0] + high.bounds[1])


@operator("anyrange - anyrange -> anyrange", needs_types=True)
def _difference(types: Types, left: Range, right: Range) -> Range:
    found = range_difference(range_type(types), left, right)
    if len(found) > 1:
        raise DataError("result of range difference would not be contiguous", sqlstate="22000")
    return found[0] if found else NOTHING


def range_difference(of: RangeType, value: Range, taken: Range) -> list[Range]:
    """Return what is in a range and not in another: up to two ranges."""
    if value.isempty:
        return []
    if not overlaps(of, value, taken):
        return [value]
    found = []
    if of.lower_key(value) < of.lower_key(taken):
        end = ")" if taken.bounds[0] == "[" else "]"
        found.append(of.made(value.lower, taken.lower, value.bounds[0] + end))
    if of.upper_key(taken) < of.upper_key(value):
        start = "(" if taken.bounds[1] == "]" else "["
        found.append(of.made(taken.upper, value.upper, start + value.bounds[1]))
    return [each for each in found if not each.isempty]


@aggregate("range_intersect_agg(anyrange) -> anyrange", needs_types=True)
def _intersected(types: Types, ranges: Sequence[Range]) -> Range | None:
    of = range_type(types)
    return reduce(lambda left, right: common(of, left, right), ranges) if ranges else None
