"""VARIADIC in a call: an array stands for the last arguments of a function that takes any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from vql.errors import DatatypeMismatch
from vql.functions.declare import Function, Run
from vql.types.arrays.dimensions import flat
from vql.types.type import Type


def spreading(known: Sequence[Function], given: Type, position: int) -> list[Function]:
    """Return those of some functions that are variadic, taking an array of this type. Raises 42804."""
    found = [f for f in known if f.arguments and f.arguments[-1].is_variadic]
    if any(f.arguments[-1].type == '"any"' for f in found) and not given.is_array:
        raise DatatypeMismatch("VARIADIC argument must be an array", position=position)
    return [_spread(function) for function in found]


@cache
def _spread(function: Function) -> Function:
    """Return a variadic function that takes the array itself."""
    *others, last = function.arguments
    array = replace(last, type="anyarray" if last.type == '"any"' else last.type, is_variadic=False)
    return replace(function, arguments=(*others, array), run=_of_elements(function), duck="")


def _of_elements(function: Function) -> Run:
    run, place = function.run, int(function.needs_environment)
    assert run is not None, f"{function.name} is computed in Python"

    def called(*given: Any) -> Any:
        *others, items = given
        if items is None and function.name != "format":  # which has none then
            return None
        elements = list(flat(items or ()))
        if function.needs_types:
            *types, array = others[place]
            others[place] = (*types, *[array.element] * len(elements))
        return run(*others, *elements)

    return called
