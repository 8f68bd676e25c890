"""Multiranges: made of ranges, taken apart, how they lie to each other and to ranges, set operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from vql.errors import DataError
from vql.functions.declare import aggregate, cast, function, operator
from vql.functions.ranges import ranges
from vql.functions.ranges.ranges import Types
from vql.functions.text.texts import COMPARISONS
from vql.types.ranges.made import made_range_type
from vql.types.ranges.multirange import MULTIRANGES, Multirange, MultirangeType
from vql.types.ranges.range import Range, RangeType

Ranges = Sequence[Range]


def multirange_type(types: Types) -> MultirangeType:
    """Return the multirange type that the arguments have, or are ranges of."""
    for each in types:
        if isinstance(each.base, MultirangeType):
            return each.base
    of = types[0].base
    if isinstance(of, RangeType) and of.parts is not None:
        made = made_range_type(of.parts.pair[0], of.parts.paired(of.name))
        assert isinstance(made, MultirangeType), "the pair of a range type"
        return made
    return next(sets for sets in MULTIRANGES if sets.of is of)


def as_ranges(value: Range | Multirange) -> Ranges:
    """Return a range or multirange as the ranges in it that are not empty."""
    return value if isinstance(value, Multirange) else [] if value.isempty else [value]


# ------------------------------------------------------------------ made of ranges, and taken apart


def _declare_maker(sets: MultirangeType) -> None:
    @function(f"{sets.name}() -> {sets.name}")
    def nothing() -> Multirange:
        return Multirange()

    @cast(f"{sets.of.name} -> {sets.name}")
    @function(f"{sets.name}({sets.of.name}) -> {sets.name}")
    def one(value: Range) -> Multirange:
        return Multirange(as_ranges(value))

    @function(f"{sets.name}(VARIADIC {sets.of.name}[]) -> {sets.name}", is_strict=False)
    def made(*given: Range | None) -> Multirange:
        return sets.united(_without_null(given))


@function(
    f'{ranges.MULTIRANGE_MAKER}(anymultirange, VARIADIC "any") -> anymultirange', needs_types=True,
    is_strict=False,
)  # fmt: skip
def _made_multirange(types: Types, _: None, *given: Range | None) -> Multirange:
    return multirange_type(types).united(_without_null(given))


@function(f"{ranges.MULTIRANGE_MAKER}(anymultirange) -> anymultirange", needs_types=True, is_strict=False)
def _made_empty(types: Types, _: None) -> Multirange:
    return Multirange()


def _without_null(given: Iterable[Range | None]) -> list[Range]:
    found = []
    for each in given:
        if each is None:
            raise DataError("multirange values cannot contain null members", sqlstate="22004")
        found.append(each)
    return found


for _sets in MULTIRANGES:
    _declare_maker(_sets)


@function("multirange(anyrange) -> anymultirange")
def _multirange(value: Range) -> Multirange:
    return Multirange(as_ranges(value))


@function("unnest(anymultirange) -> setof anyrange")
def _unnested(value: Multirange) -> Multirange:
    return value


@function("range_merge(anymultirange) -> anyrange", needs_types=True)
def _merged(types: Types, value: Multirange) -> Range:
    return ranges.merged(multirange_type(types).of, value)


@function("isempty(anymultirange) -> boolean")
def _is_empty(value: Multirange) -> bool:
    return not value


for _name, _part, _place, _result in (
    ("lower", ranges.range_lower, 0, "anyelement"), ("upper", ranges.range_upper, -1, "anyelement"),
    ("lower_inc", ranges.lower_inc, 0, "boolean"), ("upper_inc", ranges.upper_inc, -1, "boolean"),
    ("lower_inf", ranges.lower_inf, 0, "boolean"), ("upper_inf", ranges.upper_inf, -1, "boolean"),
):  # fmt: skip

    def _declare_part(name: str, part: Callable[[Range], Any], place: int, result: str) -> None:
        missing = None if result == "anyelement" else False

        @function(f"{name}(anymultirange) -> {result}")
        def found(value: Multirange) -> Any:
            return part(value[place]) if value else missing

    _declare_part(_name, _part, _place, _result)


# ------------------------------------------------------------------ how two lie to each other


def _declare_comparison(sign: str, compare: Callable[[Any, Any], bool]) -> None:
    @operator(f"anymultirange {sign} anymultirange -> boolean", needs_types=True)
    def compared(types: Types, left: Multirange, right: Multirange) -> bool:
        key = multirange_type(types).order_key
        return compare(key(left), key(right))


for _sign, _compare in COMPARISONS.items():
    _declare_comparison(_sign, _compare)


def _contains(of: RangeType, outer: Ranges, inner: Ranges) -> bool:
    return all(any(ranges.contains(of, one, each) for one in outer) for each in inner)


def _overlaps(of: RangeType, left: Ranges, right: Ranges) -> bool:
    return any(ranges.overlaps(of, one, other) for one in left for other in right)


def _precedes(of: RangeType, left: Ranges, right: Ranges) -> bool:
    return bool(left and right) and ranges.precedes(of, left[-1], right[0])


def _ends_within(of: RangeType, left: Ranges, right: Ranges) -> bool:
    return bool(left and right) and ranges.ends_within(of, left[-1], right[-1])


def _begins_within(of: RangeType, left: Ranges, right: Ranges) -> bool:
    return bool(left and right) and ranges.begins_within(of, left[0], right[0])


def _touches(of: RangeType, left: Ranges, right: Ranges) -> bool:
    if not (left and right):
        return False
    return ranges.meets(of, left[-1], right[0]) or ranges.meets(of, right[-1], left[0])


Test = Callable[[RangeType, Ranges, Ranges], bool]
_TESTS: dict[str, Test] = {
    "@>": _contains, "&&": _overlaps, "<<": _precedes, "&<": _ends_within, "&>": _begins_within,
    "-|-": _touches,
    "<@": lambda of, left, right: _contains(of, right, left),
    ">>": lambda of, left, right: _precedes(of, right, left),
}  # fmt: skip


def _declare_test(sign: str, test: Test, left_type: str, right_type: str) -> None:
    @operator(f"{left_type} {sign} {right_type} -> boolean", needs_types=True)
    def tested(types: Types, left: Any, right: Any) -> bool:
        return test(multirange_type(types).of, as_ranges(left), as_ranges(right))


for _sign, _test in _TESTS.items():
    for _left, _right in (
        ("anymultirange", "anymultirange"), ("anymultirange", "anyrange"), ("anyrange", "anymultirange"),
    ):  # fmt: skip
        _declare_test(_sign, _test, _left, _right)


@operator("anymultirange @> anyelement -> boolean", needs_types=True)
def _contains_element(types: Types, value: Multirange, element: Any) -> bool:
    of = multirange_type(types).of
    return any(ranges.has_element(of, each, element) for each in value)


@operator("anyelement <@ anymultirange -> boolean", needs_types=True)
def _is_element(types: Types, element: Any, value: Multirange) -> bool:
    return _contains_element(types, value, element)


# ------------------------------------------------------------------ sets


@operator("anymultirange + anymultirange -> anymultirange", needs_types=True)
def _union(types: Types, left: Multirange, right: Multirange) -> Multirange:
    return multirange_type(types).united([*left, *right])


@operator("anymultirange * anymultirange -> anymultirange", needs_types=True)
def _intersection(types: Types, left: Multirange, right: Multirange) -> Multirange:
    sets = multirange_type(types)
    return sets.united(ranges.common(sets.of, one, other) for one in left for other in right)


@operator("anymultirange - anymultirange -> anymultirange", needs_types=True)
def _difference(types: Types, left: Multirange, right: Multirange) -> Multirange:
    sets, found = multirange_type(types), list(left)
    for taken in right:
        found = [part for each in found for part in ranges.range_difference(sets.of, each, taken)]
    return sets.united(found)


@aggregate("range_agg(anyrange) -> anymultirange", needs_types=True)
def _united(types: Types, given: Sequence[Range]) -> Multirange | None:
    return multirange_type(types).united(given) if given else None


@aggregate("range_agg(anymultirange) -> anymultirange", needs_types=True)
def _all_united(types: Types, given: Sequence[Multirange]) -> Multirange | None:
    return multirange_type(types).united(each for value in given for each in value) if given else None


@aggregate("range_intersect_agg(anymultirange) -> anymultirange", needs_types=True)
def _intersected(types: Types, given: Sequence[Multirange]) -> Multirange | None:
    return reduce(lambda left, right: _intersection(types, left, right), given) if given else None
