"""Arrays as values: lists, of lists of one length where there are several dimensions, None for NULL.

Elements count from 1, but for those of a `BoundedArray`. An empty array has no dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from vql.deadline import watched
from vql.errors import LimitExceeded

DIMENSIONS_MAX = 6
BOUND_MAX = 2**31 - 1


class BoundedArray(list[Any]):
    """An array one of whose dimensions does not begin at 1; `lower` has the number that each begins at."""

    __slots__ = ("lower",)
    __hash__ = None

    def __init__(self, items: Sequence[Any], lower: Sequence[int]) -> None:
        super().__init__(items)
        self.lower = tuple(lower)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoundedArray) and self.lower == other.lower and super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def with_bounds(items: list[Any], lower: Sequence[int]) -> list[Any]:
    """Return an array whose dimensions begin at some numbers. Raises 54000 where one would end too high."""
    shape = dimensions_of(items)
    for low, length in zip(lower, shape, strict=False):
        if low + length > BOUND_MAX:
            raise LimitExceeded(f"array lower bound is too large: {low}")
    if all(low == 1 for low in lower[: len(shape)]):
        return list(items) if isinstance(items, BoundedArray) else items
    return BoundedArray(items, lower[: len(shape)])


def lower_bounds(items: list[Any]) -> tuple[int, ...]:
    """Return the number that each dimension begins at."""
    return items.lower if isinstance(items, BoundedArray) else (1,) * len(dimensions_of(items))


def dimensions_of(items: list[Any]) -> tuple[int, ...]:
    """Return how many elements an array has in each dimension, nothing for an empty one."""
    shape: list[int] = []
    while isinstance(items, list) and items and len(shape) <= DIMENSIONS_MAX:  # a list may hold itself
        shape.append(len(items))
        items = items[0]
    return tuple(shape)


def has_matching_dimensions(items: list[Any]) -> bool:
    """Whether the lists of one dimension are all of one length, and stand beside lists alone."""
    if not any(isinstance(item, list) for item in watched(items)):
        return True
    if not all(isinstance(item, list) for item in watched(items)):
        return False
    return len({dimensions_of(item) for item in watched(items)}) == 1 and all(
        has_matching_dimensions(item) for item in watched(items)
    )


def too_many_dimensions(count: int | None = None) -> LimitExceeded:
    """Return the error of an array that is nested too deeply."""
    said = "" if count is None else f" ({count})"
    return LimitExceeded(f"number of array dimensions{said} exceeds the maximum allowed ({DIMENSIONS_MAX})")


def flat(items: Sequence[Any]) -> Iterator[Any]:
    """Give the elements of an array of any number of dimensions."""
    for item in watched(items):
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item


def map_elements(make: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    """Return an array with each element replaced, NULL staying NULL."""
    made = [
        None if item is None else map_elements(make, item) if isinstance(item, list) else make(item)
        for item in watched(items)
    ]  # fmt: skip
    return BoundedArray(made, items.lower) if isinstance(items, BoundedArray) else made


def nested(cells: list[Any], shape: Sequence[int]) -> list[Any]:
    """Return elements as an array of a shape."""
    for length in reversed(shape[1:]):
        cells = [cells[start : start + length] for start in range(0, len(cells), length)] if length else []
    return cells


# ------------------------------------------------------------------ what is kept, as JSON has it


def kept_form(items: list[Any]) -> object:
    """Return what is written of an array, whose elements JSON has: its lists, and the bounds beside them
    where they are not 1."""
    return {"lower": items.lower, "items": items} if isinstance(items, BoundedArray) else items


def of_kept_form(kept: Any) -> list[Any]:
    """Return the array of what `kept_form` says."""
    if isinstance(kept, dict):
        return BoundedArray(kept["items"], kept["lower"])
    assert isinstance(kept, list), "an array is a list"
    return kept


def kept_elements(kept: Any) -> list[Any]:
    """Return the elements of what `kept_form` says."""
    items = kept["items"] if isinstance(kept, dict) else kept
    return list(flat(items)) if items and isinstance(items[0], list) else items
