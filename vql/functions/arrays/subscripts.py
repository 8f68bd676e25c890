"""Subscripts of arrays: `a[1][2]`, `a[1:2][:]`; PostgreSQL's manual, "Arrays".

There is a function for each form, whose arguments are the array and the numbers that are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from vql.errors import DataError
from vql.functions.arrays.arrays import OMITTED, array_get, array_slice
from vql.functions.arrays.parts import with_element, with_slice
from vql.functions.declare import Argument, Function

# DuckDB counts elements from 1, too, but below 0 from the end.
ELEMENT = "list_extract({elements}, greatest({1}, 0))"
# Of one subscript: whether it is a slice, and which of its numbers are written.
Form = tuple[bool, bool, bool]


@cache
def subscripting(forms: tuple[Form, ...]) -> Function:
    """Return the function of subscripts of these forms."""
    is_slice = any(form[0] for form in forms)

    def run(items: Any, *numbers: int | None) -> Any:
        given = iter(numbers)
        if is_slice:
            return array_slice(items, [_slice_bounds(form, given) for form in forms])
        return array_get(items, list(given))

    count = sum(low + high for _, low, high in forms)
    name = "slice_" + "".join(f"{low:d}{high:d}" for _, low, high in forms) if is_slice else "subscript"
    return Function(
        name=name,
        arguments=(Argument(type="anyarray"), *(Argument(type="integer") for _ in range(count))),
        result="anyarray" if is_slice else "anyelement",
        run=run,
        is_strict=False,
        duck_flat=ELEMENT if name == "subscript" and count == 1 else "",
    )


@cache
def assigning(forms: tuple[Form, ...]) -> Function:
    """Return the function of an array, a value and subscripts of these forms that gives the array with the
    value there."""
    is_slice = any(form[0] for form in forms)

    def run(items: Any, value: Any, *numbers: int | None) -> Any:
        if None in numbers:
            raise DataError("array subscript in assignment must not be null", sqlstate="22004")
        given = iter(numbers)
        if is_slice:
            bounds = [_slice_bounds(form, given) for form in forms]
            return items if value is None else with_slice(items or [], bounds, value)
        return with_element(items or [], [number for number in given if number is not None], value)

    count = sum(low + high for _, low, high in forms)
    said = "".join(f"{low:d}{high:d}" for _, low, high in forms) if is_slice else ""
    return Function(
        name=f"assign_{said}",
        arguments=(
            Argument(type="anyarray"), Argument(type="anyarray" if is_slice else "anyelement"),
            *(Argument(type="integer") for _ in range(count)),
        ),
        result="anyarray", run=run, is_strict=False,
    )  # fmt: skip


def _slice_bounds(form: Form, numbers: Iterator[int | None]) -> tuple[Any, Any]:
    is_slice, has_low, has_high = form
    low: Any = next(numbers) if has_low else OMITTED
    if not is_slice:
        return (1 if low is not None else None), low  # a number beside slices is one from 1
    return low, next(numbers) if has_high else OMITTED


def forms_of(subscripts: Sequence[tuple[bool, object, object]]) -> tuple[Form, ...]:
    """Return the forms of subscripts: whether each is a slice, its numbers or None."""
    return tuple((is_slice, low is not None, high is not None) for is_slice, low, high in subscripts)
