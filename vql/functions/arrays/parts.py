"""Arrays with other values in a part of them, as assignments to `a[1]` and `a[1:2]` make them.

PostgreSQL 18: arrayfuncs.c, array_set_element and array_set_slice. An array of one dimension grows, NULL
standing between what it had and what it gets; others do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import prod
from typing import Any

from vql.errors import DataError, LimitExceeded
from vql.functions.arrays.arrays import OMITTED, Array, Bound
from vql.limits import LIST_ITEMS_MAX
from vql.types.arrays.dimensions import dimensions_of, flat, lower_bounds, nested, with_bounds


def with_element(items: Array, indices: Sequence[int], value: Any) -> Array:
    """Return an array with another element. Raises 2202E, 54000."""
    if not items:
        return with_bounds(nested([value], [1] * len(indices)), indices)
    return _with_cells(items, [(index, index) for index in indices], [value])


def with_slice(items: Array, bounds: Sequence[tuple[Bound, Bound]], values: Array) -> Array:
    """Return an array with the elements of another between bounds. Raises 2202E, 54000."""
    if not items:
        if any(OMITTED in pair for pair in bounds):
            raise DataError(
                "array slice subscript must provide both boundaries", sqlstate="2202E",
                detail="When assigning to a slice of an empty array value, slice boundaries must be fully"
                " specified.",
            )  # fmt: skip
        _check_order(bounds)
        sizes = [high - low + 1 for low, high in bounds]
        return with_bounds(nested(_taken(values, sizes), sizes), [low for low, _ in bounds])
    shape, lower = dimensions_of(items), lower_bounds(items)
    if len(bounds) > len(shape):
        raise DataError("wrong number of array subscripts", sqlstate="2202E")
    said = [*bounds, *[(OMITTED, OMITTED)] * (len(shape) - len(bounds))]
    whole = [
        (first if low is OMITTED else low, first + length - 1 if high is OMITTED else high)
        for (low, high), first, length in zip(said, lower, shape, strict=True)
    ]
    _check_order(whole)
    return _with_cells(items, whole, _taken(values, [high - low + 1 for low, high in whole]))


def _with_cells(items: Array, bounds: Sequence[tuple[int, int]], cells: Array) -> Array:
    """Return an array with elements between bounds."""
    shape, lower = dimensions_of(items), lower_bounds(items)
    if len(bounds) != len(shape):
        raise DataError("wrong number of array subscripts", sqlstate="2202E")
    if len(shape) == 1:
        return _grown(items, lower[0], *bounds[0], cells)
    for (low, high), first, length in zip(bounds, lower, shape, strict=True):
        if low < first or high >= first + length:
            raise DataError("array subscript out of range", sqlstate="2202E")
    given = iter(cells)
    places = [(low - first, high - first) for (low, high), first in zip(bounds, lower, strict=True)]

    def filled(part: Array, at: int) -> Array:
        made, (start, stop) = list(part), places[at]
        for place in range(start, stop + 1):
            made[place] = next(given) if at == len(places) - 1 else filled(made[place], at + 1)
        return made

    return with_bounds(filled(items, 0), lower)


def _grown(items: Array, lower: int, low: int, high: int, cells: Array) -> Array:
    """Return an array of one dimension with elements between bounds, which may be beyond its own."""
    first, last = min(low, lower), max(high, lower + len(items) - 1)
    if last - first >= LIST_ITEMS_MAX:
        raise LimitExceeded(f"array size exceeds the maximum allowed ({LIST_ITEMS_MAX})")
    made = [*[None] * (lower - first), *items, *[None] * (last - lower - len(items) + 1)]
    made[low - first : high - first + 1] = cells
    return with_bounds(made, [first])


def _taken(values: Array, shape: Sequence[int]) -> Array:
    """Return the first elements of an array, as many as fill a shape."""
    wanted = prod(shape)
    found = list(islice(flat(values), wanted))
    if len(found) < wanted:
        raise DataError("source array too small", sqlstate="2202E")
    return found


def _check_order(bounds: Sequence[tuple[int, int]]) -> None:
    if any(low > high for low, high in bounds):
        raise DataError("upper bound cannot be less than lower bound", sqlstate="2202E")
