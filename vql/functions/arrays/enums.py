"""Enumerations: comparisons, the first and the last label, and those between two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vql.errors import DataError
from vql.functions.declare import aggregate, function, operator
from vql.functions.text.texts import COMPARISONS
from vql.types.enums import Enumeration, EnumType
from vql.types.type import Type

Types = Sequence[Type]


def _enum(types: Types) -> EnumType:
    found = next(type_.base for type_ in types if isinstance(type_.made, Enumeration))
    assert isinstance(found, EnumType), "an enumeration"
    return found


def _declare_comparison(sign: str, compare: Callable[[Any, Any], bool]) -> None:
    @operator(f"anyenum {sign} anyenum -> boolean", needs_types=True)
    def compared(types: Types, left: str, right: str) -> bool:
        places = _enum(types).places
        return compare(places[left], places[right])


for _sign, _compare in COMPARISONS.items():
    _declare_comparison(_sign, _compare)


@aggregate("min(anyenum) -> anyenum", needs_types=True)
def _least(types: Types, labels: Sequence[str]) -> str | None:
    return min(labels, key=_enum(types).order_key, default=None)


@aggregate("max(anyenum) -> anyenum", needs_types=True)
def _greatest(types: Types, labels: Sequence[str]) -> str | None:
    return max(labels, key=_enum(types).order_key, default=None)


@function("enum_first(anyenum) -> anyenum", needs_types=True, is_strict=False, volatility="stable")
def _first(types: Types, label: str | None) -> str:
    return _between(types, None, None)[0]


@function("enum_last(anyenum) -> anyenum", needs_types=True, is_strict=False, volatility="stable")
def _last(types: Types, label: str | None) -> str:
    return _between(types, None, None)[-1]


@function("enum_range(anyenum) -> anyarray", needs_types=True, is_strict=False, volatility="stable")
def _all(types: Types, label: str | None) -> list[str]:
    return [label for _, label in _enum(types).labels]


@function("enum_range(anyenum, anyenum) -> anyarray", needs_types=True, is_strict=False, volatility="stable")
def _range(types: Types, first: str | None, last: str | None) -> list[str]:
    labels, places = _all(types, None), _enum(types).places
    start = 0 if first is None else places[first]
    return labels[start:] if last is None else labels[start : places[last] + 1]


def _between(types: Types, first: str | None, last: str | None) -> list[str]:
    found = _range(types, first, last)
    if not found:
        raise DataError(f"enum {_enum(types).standard_name} contains no values", sqlstate="55000")
    return found
