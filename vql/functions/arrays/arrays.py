"""Arrays: their sizes, their parts, what is found in them, and how they compare.

Elements compare as their type's `order_key` does, NULL being equal to NULL and above everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vql.deadline import sorted_watched, watched
from vql.errors import DataError, InvalidParameterValue, NotSupportedError
from vql.functions.declare import Environment, aggregate, function, operator
from vql.functions.output import writer
from vql.types.arrays.dimensions import dimensions_of, flat, lower_bounds, with_bounds
from vql.types.arrays.text import dimensions_text
from vql.types.type import Type

Types = Sequence[Type]
Array = list[Any]
# The bound of a slice that is not written.
OMITTED = ...
Bound = Any
# As DuckDB counts those of an array of one dimension.
COUNT = "CAST(json_array_length({0}) AS INTEGER)"
LENGTH = f"CASE WHEN {{1}} = 1 THEN nullif({COUNT}, 0) END"


# ------------------------------------------------------------------ sizes


@function("array_ndims(anyarray) -> integer", duck_flat="CASE WHEN {0} <> '[]' THEN 1 END")
def array_ndims(items: Array) -> int | None:
    return len(dimensions_of(items)) or None


@function("array_dims(anyarray) -> text")
def array_dims(items: Array) -> str | None:
    return dimensions_text(items) or None


@function("array_length(anyarray, integer) -> integer", duck_flat=LENGTH)
def array_length(items: Array, dimension: int) -> int | None:
    shape = dimensions_of(items)
    return shape[dimension - 1] if 1 <= dimension <= len(shape) else None


@function(
    "array_lower(anyarray, integer) -> integer", duck_flat="CASE WHEN {1} = 1 AND {0} <> '[]' THEN 1 END"
)
def array_lower(items: Array, dimension: int) -> int | None:
    lower = lower_bounds(items)
    return lower[dimension - 1] if 1 <= dimension <= len(lower) else None


@function("array_upper(anyarray, integer) -> integer", duck_flat=LENGTH)
def array_upper(items: Array, dimension: int) -> int | None:
    length = array_length(items, dimension)
    return None if length is None else lower_bounds(items)[dimension - 1] + length - 1


@function("cardinality(anyarray) -> integer", duck_flat=COUNT)
def cardinality(items: Array) -> int:
    return sum(1 for _ in flat(items))


# ------------------------------------------------------------------ subscripts


def array_get(items: Array | None, indices: Sequence[int | None]) -> Any:
    """Return the element that subscripts name, NULL where there is none or there are too few."""
    if items is None or len(indices) != len(dimensions_of(items)):
        return None
    found: Any = items
    for index, low in zip(indices, lower_bounds(items), strict=True):
        if index is None or not low <= index < low + len(found):
            return None
        found = found[index - low]
    return found


def array_slice(items: Array | None, bounds: Sequence[tuple[Bound, Bound]]) -> Array | None:
    """Return the part between bounds, which are included; one is `OMITTED` where nothing is written, and a
    subscript n beside slices is (1, n)."""
    if items is None or any(bound is None for pair in bounds for bound in pair):
        return None
    if len(bounds) > len(dimensions_of(items)):
        return []
    return _sliced(items, bounds, lower_bounds(items))


def _sliced(items: Array, bounds: Sequence[tuple[Bound, Bound]], lower: Sequence[int]) -> Array:
    if not bounds:
        return items
    low, high = bounds[0]
    start = 0 if low is OMITTED else max(low - lower[0], 0)
    stop = len(items) if high is OMITTED else max(high - lower[0] + 1, 0)
    found = list(items[start:stop])
    if len(bounds) == 1:
        return found
    inner = [_sliced(item, bounds[1:], lower[1:]) for item in found]
    return inner if inner and inner[0] else []


# ------------------------------------------------------------------ searches


@function("array_position(anycompatiblearray, anycompatible) -> integer", is_strict=False, needs_types=True)
def array_position(types: Types, items: Array | None, wanted: Any) -> int | None:
    start = lower_bounds(items)[0] if items else 1
    return array_position_from(types, items, wanted, start)


@function(
    "array_position(anycompatiblearray, anycompatible, integer) -> integer", is_strict=False, needs_types=True
)
def array_position_from(types: Types, items: Array | None, wanted: Any, start: int | None) -> int | None:
    if items is None:
        return None
    _check_searched(items)
    if not items or (wanted is None and all(item is not None for item in watched(items))):
        return None
    if start is None:
        raise DataError("initial position must not be null", sqlstate="22004")
    is_wanted = _equal_to(types, wanted)
    places = enumerate(items, *lower_bounds(items))
    return next((place for place, item in watched(places) if place >= start and is_wanted(item)), None)


@function(
    "array_positions(anycompatiblearray, anycompatible) -> integer[]", is_strict=False, needs_types=True
)
def array_positions(types: Types, items: Array | None, wanted: Any) -> list[int] | None:
    if items is None:
        return None
    _check_searched(items)
    is_wanted = _equal_to(types, wanted)
    places = enumerate(items, *lower_bounds(items))
    return [place for place, item in watched(places) if is_wanted(item)]


def _check_searched(items: Array) -> None:
    if len(dimensions_of(items)) > 1:
        raise NotSupportedError("searching for elements in multidimensional arrays is not supported")


def _equal_to(types: Types, wanted: Any) -> Callable[[Any], bool]:
    """Return the test of an element being equal to a value."""
    key = types[0].element.base.order_key
    if wanted is None:
        return lambda item: item is None
    wanted = key(wanted)
    return lambda item: item is not None and bool(key(item) == wanted)


@function(
    "array_remove(anycompatiblearray, anycompatible) -> anycompatiblearray", is_strict=False, needs_types=True
)
def array_remove(types: Types, items: Array | None, unwanted: Any) -> Array | None:
    if items is None:
        return None
    if len(dimensions_of(items)) > 1:
        raise NotSupportedError("removing elements from multidimensional arrays is not supported")
    is_unwanted = _equal_to(types, unwanted)
    return with_bounds([item for item in watched(items) if not is_unwanted(item)], lower_bounds(items))


@function(
    "array_replace(anycompatiblearray, anycompatible, anycompatible) -> anycompatiblearray",
    is_strict=False, needs_types=True,
)  # fmt: skip
def array_replace(types: Types, items: Array | None, old: Any, new: Any) -> Array | None:
    if items is None:
        return None
    is_old = _equal_to(types, old)

    def replaced(part: Array) -> Array:
        return [
            replaced(item) if isinstance(item, list) else new if is_old(item) else item
            for item in watched(part)
        ]

    return with_bounds(replaced(items), lower_bounds(items))


# ------------------------------------------------------------------ comparison


def _compares_arrays(name: str, test: Callable[[Any, Any], bool]) -> None:
    @operator(f"anyarray {name} anyarray -> boolean", needs_types=True)
    def compare(types: Types, items: Array, others: Array) -> bool:
        key = types[0].base.order_key
        return test(key(items), key(others))


_compares_arrays("=", lambda one, other: bool(one == other))
_compares_arrays("<>", lambda one, other: bool(one != other))
_compares_arrays("<", lambda one, other: bool(one < other))
_compares_arrays("<=", lambda one, other: bool(one <= other))
_compares_arrays(">", lambda one, other: bool(one > other))
_compares_arrays(">=", lambda one, other: bool(one >= other))


@aggregate("max(anyarray) -> anyarray", needs_types=True)
def max_of_arrays(types: Types, rows: Sequence[Array]) -> Array | None:
    # Of equal ones the last.
    return max(reversed(rows), key=types[0].base.order_key, default=None)


@aggregate("min(anyarray) -> anyarray", needs_types=True)
def min_of_arrays(types: Types, rows: Sequence[Array]) -> Array | None:
    return min(reversed(rows), key=types[0].base.order_key, default=None)


@operator("anyarray @> anyarray -> boolean", needs_types=True)
@function("arraycontains(anyarray, anyarray) -> boolean", needs_types=True)
def array_contains(types: Types, items: Array, wanted: Array) -> bool:
    """Whether each element is among those of another array; NULL is among none."""
    known = _element_keys(types, items)
    key = types[0].element.base.order_key
    return all(item is not None and key(item) in known for item in flat(wanted))


@operator("anyarray <@ anyarray -> boolean", needs_types=True)
@function("arraycontained(anyarray, anyarray) -> boolean", needs_types=True)
def array_contained(types: Types, items: Array, others: Array) -> bool:
    return array_contains(types, others, items)


@operator("anyarray && anyarray -> boolean", needs_types=True)
@function("arrayoverlap(anyarray, anyarray) -> boolean", needs_types=True)
def array_overlaps(types: Types, items: Array, others: Array) -> bool:
    return not _element_keys(types, items).isdisjoint(_element_keys(types, others))


def _element_keys(types: Types, items: Array) -> set[object]:
    key = types[0].element.base.order_key
    return {key(item) for item in flat(items) if item is not None}


def compared_with_any(
    compare: Callable[[Any, Any], bool | None], value: Any, items: Array | None
) -> bool | None:
    """Return `value op ANY (array)`, three-valued; `compare` is strict."""
    return _quantified(compare, value, items, True)


def compared_with_all(
    compare: Callable[[Any, Any], bool | None], value: Any, items: Array | None
) -> bool | None:
    """Return `value op ALL (array)`, three-valued; `compare` is strict."""
    return _quantified(compare, value, items, False)


def _quantified(
    compare: Callable[[Any, Any], bool | None], value: Any, items: Array | None, decisive: bool
) -> bool | None:
    """Return `decisive` where one element gives it, NULL where none does and one gives NULL."""
    if items is None:
        return None
    is_unknown = False
    for item in flat(items):
        found = None if value is None or item is None else compare(value, item)
        if found is decisive:
            return decisive
        is_unknown = is_unknown or found is None
    return None if is_unknown else not decisive


# ------------------------------------------------------------------ order and text


@function("array_sort(anyarray) -> anyarray", needs_types=True)
@function("array_sort(array: anyarray, descending: boolean) -> anyarray", needs_types=True)
@function(
    "array_sort(array: anyarray, descending: boolean, nulls_first: boolean) -> anyarray", needs_types=True
)
def array_sort(
    types: Types, items: Array, descending: bool = False, nulls_first: bool | None = None
) -> Array:
    """Sort the first dimension; NULL comes first when descending, unless it is said."""
    is_flat = len(dimensions_of(items)) < 2
    key = types[0].element.base.order_key if is_flat else types[0].base.order_key
    nulls: Array = [item for item in watched(items) if item is None]
    # Of equal ones the first comes first, in both directions.
    way = -1 if descending else 1
    places = enumerate(item for item in watched(items) if item is not None)
    ordered: Array = [
        found[2] for found in sorted_watched((key(item), way * place, item) for place, item in places)
    ]
    if descending:
        ordered.reverse()
    is_first = descending if nulls_first is None else nulls_first
    return with_bounds(nulls + ordered if is_first else ordered + nulls, lower_bounds(items))


@function("array_reverse(anyarray) -> anyarray")
def array_reverse(items: Array) -> Array:
    return with_bounds(items[::-1], lower_bounds(items))


@function("trim_array(anyarray, integer) -> anyarray")
def trim_array(items: Array, count: int) -> Array:
    if not 0 <= count <= len(items):
        raise DataError(f"number of elements to trim must be between 0 and {len(items)}", sqlstate="2202E")
    return items[: len(items) - count]


@function(
    "array_to_string(anyarray, text) -> text", volatility="stable", needs_types=True, needs_environment=True
)
def array_to_string(environment: Environment, types: Types, items: Array, delimiter: str) -> str:
    write = writer(types[0].element.base, environment)
    return delimiter.join(write(item) for item in flat(items) if item is not None)


@function(
    "array_to_string(anyarray, text, text) -> text",
    is_strict=False, volatility="stable", needs_types=True, needs_environment=True,
)  # fmt: skip
def array_to_string_with_nulls(
    environment: Environment, types: Types, items: Array | None, delimiter: str | None, null: str | None
) -> str | None:
    if items is None or delimiter is None:
        return None
    if null is None:
        return array_to_string(environment, types, items, delimiter)
    write = writer(types[0].element.base, environment)
    return delimiter.join(null if item is None else write(item) for item in flat(items))


def check_sample(items: Array, count: int) -> None:
    """Refuse a sample of more elements than there are."""
    if not 0 <= count <= len(items):
        raise InvalidParameterValue(f"sample size must be between 0 and {len(items)}")
