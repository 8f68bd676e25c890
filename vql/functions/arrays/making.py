"""Arrays made of elements and of arrays, and vectors of arrays."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import repeat
from typing import Any

import numpy as np

from vql.deadline import watched
from vql.errors import DataError, LimitExceeded, NumericOutOfRange
from vql.functions.arrays.arrays import Array, check_sample
from vql.functions.declare import aggregate, cast, function, operator
from vql.limits import LIST_ITEMS_MAX
from vql.types.arrays.dimensions import (
    DIMENSIONS_MAX,
    dimensions_of,
    lower_bounds,
    nested,
    too_many_dimensions,
    with_bounds,
)
from vql.types.forms.ndarrays import F32
from vql.types.numbers.numeric import decimal_text
from vql.types.type import HALFVEC, SPARSEVEC, VECTOR

INCOMPATIBLE = "cannot concatenate incompatible arrays"


# ------------------------------------------------------------------ joining


@operator("anycompatiblearray || anycompatible -> anycompatiblearray", is_strict=False)
@function("array_append(anycompatiblearray, anycompatible) -> anycompatiblearray", is_strict=False)
def array_append(items: Array | None, item: Any) -> Array:
    return with_bounds([*_extended(items), item], lower_bounds(items or []))


@operator("anycompatible || anycompatiblearray -> anycompatiblearray", is_strict=False)
@function("array_prepend(anycompatible, anycompatiblearray) -> anycompatiblearray", is_strict=False)
def array_prepend(item: Any, items: Array | None) -> Array:
    return with_bounds([item, *_extended(items)], lower_bounds(items or []))


def _extended(items: Array | None) -> Array:
    if items and len(dimensions_of(items)) > 1:
        raise DataError("argument must be empty or one-dimensional array")
    return items or []


@operator("anycompatiblearray || anycompatiblearray -> anycompatiblearray", is_strict=False)
@function("array_cat(anycompatiblearray, anycompatiblearray) -> anycompatiblearray", is_strict=False)
def array_cat(items: Array | None, others: Array | None) -> Array | None:
    if not items or not others:
        return items if others is None or (items and not others) else others
    one, other = dimensions_of(items), dimensions_of(others)
    low, its_low = lower_bounds(items), lower_bounds(others)
    if (one[1:], low[1:]) == (other[1:], its_low[1:]):
        return with_bounds([*items, *others], low)
    if (one[1:], low[1:]) == (other, its_low):
        return with_bounds([*items, list(others)], low)
    if (one, low) == (other[1:], its_low[1:]):
        return with_bounds([list(items), *others], its_low)
    if abs(len(one) - len(other)) > 1:
        detail = f"Arrays of {len(one)} and {len(other)} dimensions are not compatible for concatenation."
    elif len(one) == len(other):
        detail = "Arrays with differing element dimensions are not compatible for concatenation."
    else:
        detail = "Arrays with differing dimensions are not compatible for concatenation."
    raise DataError(INCOMPATIBLE, sqlstate="2202E", detail=detail)


@aggregate("array_agg(anynonarray) -> anyarray", is_strict=False)
def array_agg(rows: Sequence[Any]) -> Array | None:
    return list(rows) or None


@aggregate("array_agg(anyarray) -> anyarray", is_strict=False)
def array_agg_of_arrays(rows: Sequence[Array | None]) -> Array | None:
    forms: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    for items in rows:
        if items is None:
            raise DataError("cannot accumulate null arrays", sqlstate="22004")
        found = dimensions_of(items), lower_bounds(items)
        if not forms and not items:
            raise DataError("cannot accumulate empty arrays", sqlstate="2202E")
        forms.add(found)
        if len(forms) > 1:
            raise DataError("cannot accumulate arrays of different dimensionality", sqlstate="2202E")
    return _of_arrays([list(items or ()) for items in rows], lower_bounds(rows[0] or [])) if rows else None


def array_constructor(values: Sequence[Any], are_arrays: bool) -> Array:
    """Return `ARRAY[...]`; `are_arrays` where its items are arrays themselves. NULL and empty ones stand for
    nothing beside each other, and are refused beside others."""
    if not are_arrays:
        return list(values)
    forms = {(dimensions_of(value or []), lower_bounds(value or [])) for value in values}
    if forms <= {((), ())}:
        return []
    if len(forms) > 1:
        raise DataError(
            "multidimensional arrays must have array expressions with matching dimensions", sqlstate="2202E"
        )
    return _of_arrays([list(value) for value in values], lower_bounds(values[0]))


def _of_arrays(values: Array, lower: Sequence[int]) -> Array:
    """Return arrays of one shape, whose dimensions begin at `lower`, as the parts of one."""
    if len(lower) == DIMENSIONS_MAX:
        raise too_many_dimensions(DIMENSIONS_MAX + 1)
    return with_bounds(values, (1, *lower))


# ------------------------------------------------------------------ filling and sampling


@function("array_fill(anyelement, integer[]) -> anyarray", is_strict=False)
def array_fill(value: Any, lengths: Array | None) -> Array:
    return array_fill_from(value, lengths, [1] * len(lengths or []))


@function("array_fill(anyelement, integer[], integer[]) -> anyarray", is_strict=False)
def array_fill_from(value: Any, lengths: Array | None, bounds: Array | None) -> Array:
    if lengths is None or bounds is None:
        raise DataError("dimension array or low bound array cannot be null", sqlstate="22004")
    for numbers in (lengths, bounds):
        if len(dimensions_of(numbers)) > 1:
            raise _wrong_subscripts("Dimension array must be one dimensional.")
        if any(number is None for number in numbers):
            raise DataError("dimension values cannot be null", sqlstate="22004")
        if len(numbers) > DIMENSIONS_MAX:
            raise too_many_dimensions(len(numbers))
    if len(bounds) != len(lengths):
        raise _wrong_subscripts("Low bound array has different size than dimensions array.")
    count = math.prod(lengths) if lengths else 0
    if any(length < 0 for length in lengths) or count > LIST_ITEMS_MAX:
        raise LimitExceeded(f"array size exceeds the maximum allowed ({LIST_ITEMS_MAX})")
    return with_bounds(nested(list(repeat(value, count)), lengths), bounds) if count else []


def _wrong_subscripts(detail: str) -> DataError:
    return DataError("wrong number of array subscripts", sqlstate="2202E", detail=detail)


@function("array_sample(anyarray, integer) -> anyarray", volatility="volatile")
def array_sample(items: Array, count: int) -> Array:
    check_sample(items, count)
    return with_bounds(random.sample(items, count), (1, *lower_bounds(items)[1:]))


@function("array_shuffle(anyarray) -> anyarray", volatility="volatile")
def array_shuffle(items: Array) -> Array:
    order = np.random.default_rng().permutation(len(items)).tolist()
    return with_bounds([items[place] for place in watched(order)], lower_bounds(items))


# ------------------------------------------------------------------ vectors


def _casts_to_vectors(element: str, single: Callable[[Any], np.float32]) -> None:
    """Declare the casts of arrays of an element type to vectors."""

    @cast(f"{element}[] -> vector", willingness="assignment", needs_modifier=True)
    def vector_of_array(items: Array, modifier: int | None) -> object:
        return VECTOR.sized(modifier).coerce(_singles(items, single))

    @cast(f"{element}[] -> halfvec", willingness="assignment", needs_modifier=True)
    def halfvec_of_array(items: Array, modifier: int | None) -> object:
        singles = _singles(items, single)
        if modifier is not None and len(singles) != modifier:
            raise DataError(f"expected {modifier} dimensions, not {len(singles)}")
        return HALFVEC.sized(modifier).coerce(singles)

    @cast(f"{element}[] -> sparsevec", willingness="assignment", needs_modifier=True)
    def sparsevec_of_array(items: Array, modifier: int | None) -> object:
        return SPARSEVEC.sized(modifier).coerce(_singles(items, single))


def _singles(items: Array, single: Callable[[Any], np.float32]) -> F32:
    if len(dimensions_of(items)) > 1:
        raise DataError("array must be 1-D")
    if any(item is None for item in items):
        raise DataError("array must not contain nulls", sqlstate="22004")
    with np.errstate(over="ignore", under="ignore"):
        return np.array([single(item) for item in items], np.float32)


def _single_of_decimal(number: Decimal) -> np.float32:
    value = np.float32(str(number))
    if np.isinf(value) and number.is_finite() or value == 0 and number != 0:
        raise NumericOutOfRange(f'"{decimal_text(number)}" is out of range for type real')
    return value


_casts_to_vectors("integer", np.float32)
_casts_to_vectors("real", np.float32)
_casts_to_vectors("double precision", np.float32)
_casts_to_vectors("numeric", _single_of_decimal)


@cast("vector -> real[]", willingness="implicit")
def array_of_vector(vector: F32) -> list[float]:
    return vector.tolist()  # type: ignore[no-any-return]


@cast("halfvec -> real[]", willingness="assignment")
def array_of_halfvec(vector: F32) -> list[float]:
    return vector.tolist()  # type: ignore[no-any-return]
