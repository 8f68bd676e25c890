"""Values between DuckDB and the functions of `vql.functions`: how each type goes in, and comes out.

An argument crosses as something that DuckDB hands to Python without loss: moments as numbers, numeric as
text, an interval as its three numbers. `into` and `out_of` are DuckDB texts around an expression, `read` and
`write` what Python does with it. Floats come back as text: a NaN that a function returns would be a NULL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from vql.types.base import Storage
from vql.types.sparsevec import SparseVector
from vql.types.type import Type

Convert = Callable[[Any], Any]
# What DuckDB holds for the ends of time, and what is an internal value.
DATE_MAX, TIME_MAX = (1 << 31) - 1, (1 << 63) - 1


def same(value: Any) -> Any:
    """Return a value as it is."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """How values of one type cross. `{0}` stands for the expression; `argument` and `result` are DuckDB's
    types of what Python is given and gives."""

    argument: str
    result: str
    into: str = "{0}"
    out_of: str = "{0}"
    read: Convert = same
    write: Convert = same


@cache
def crossing_of(type_: Type) -> Crossing:
    """Return how values of a type cross, whatever its modifier."""
    base = type_.base
    if type_.is_array:
        return _of_array(crossing_of(type_.element))
    named = _NAMED.get(type_.name)
    if named is not None:
        return named
    if type_.is_vector:
        return _of_vector(type_)
    duck = base.duck_type(None)
    if base.storage is Storage.NUMBERS and type_.is_float:
        return Crossing(argument=duck, result="VARCHAR", out_of=f"CAST({{0}} AS {duck})", write=repr)
    return Crossing(argument=duck, result=duck)


def _of_array(element: Crossing) -> Crossing:
    """Return how lists cross, whose elements cross so."""

    def each(convert: Convert) -> Convert:
        if convert is same:
            return same

        def converted(value: Any) -> Any:
            return (
                None
                if value is None
                else [
                    converted(item) if isinstance(item, list) else None if item is None else convert(item)
                    for item in value
                ]
            )

        return converted

    def mapped(text: str) -> str:
        if text == "{0}":
            return text
        return f"list_transform({{0}}, lambda vql__e: {text.format('vql__e')})"

    return Crossing(
        argument=element.argument + "[]", result=element.result + "[]", into=mapped(element.into),
        out_of=mapped(element.out_of), read=each(element.read), write=each(element.write),
    )  # fmt: skip


def _of_vector(type_: Type) -> Crossing:
    base, duck = type_.base, type_.base.duck_type(None)
    if base.storage is Storage.SPARSE:
        return Crossing(argument=duck, result=duck, read=base.from_duck, write=_sparse)
    if base.duck_is_list:
        return Crossing(
            argument="FLOAT[]", result="FLOAT[]", into="CAST({0} AS FLOAT[])",
            read=lambda value: np.asarray(value, np.float32), write=lambda value: value.tolist(),
        )  # fmt: skip
    if type_.is_dense:
        return Crossing(
            argument="FLOAT[]", result="FLOAT[]", into="({0}).halfs", out_of="vql__halfvec({0})",
            read=lambda value: np.asarray(value, np.float16), write=lambda value: value.tolist(),
        )  # fmt: skip
    return Crossing(
        argument="VARCHAR", result="VARCHAR", into="CAST({0} AS VARCHAR)", out_of="CAST({0} AS BIT)",
        read=lambda value: base.from_text(value, None), write=base.to_text,
    )  # fmt: skip


def _sparse(value: SparseVector) -> dict[str, Any]:
    return {
        "indices": (value.indices() + 1).tolist(),
        "elements": value.values().tolist(),
        "dim": value.dimensions(),
    }


def _interval(value: Any) -> Any:
    from vql.types import interval

    return interval.Interval(int(value[0]), int(value[1]), int(value[2]))  # type: ignore[attr-defined]


_MOMENT = (
    "CASE WHEN isinf({0}) THEN CASE WHEN {0} > '2000-01-01' THEN 9223372036854775807"
    " ELSE -9223372036854775808 END ELSE epoch_us({0}) END"
)
_NUMERIC = Crossing(
    argument="VARCHAR", result="VARCHAR", into="CAST({0} AS VARCHAR)", read=Decimal, write=lambda v: f"{v:f}"
)
_NAMED: dict[str, Crossing] = {
    "numeric": _NUMERIC,
    "json": Crossing(argument="VARCHAR", result="VARCHAR"),
    "jsonb": Crossing(argument="VARCHAR", result="VARCHAR"),
    "unknown": Crossing(argument="VARCHAR", result="VARCHAR"),
    "record": Crossing(argument="VARCHAR", result="VARCHAR"),
    "date": Crossing(
        argument="INTEGER", result="INTEGER", into="CAST({0} - DATE '1970-01-01' AS INTEGER)",
        out_of="vql__date({0})", read=lambda n: -(1 << 31) if n == -DATE_MAX else n,
        write=lambda n: -DATE_MAX if n == -(1 << 31) else n,
    ),
    "timestamp": Crossing(
        argument="BIGINT", result="BIGINT", into=f"({_MOMENT})", out_of="vql__timestamp({0})"
    ),
    "timestamptz": Crossing(
        argument="BIGINT", result="BIGINT", into=f"({_MOMENT})", out_of="vql__timestamptz({0})"
    ),
    "time": Crossing(
        argument="BIGINT", result="BIGINT", into="epoch_us({0})",
        out_of="(TIME '00:00:00' + to_microseconds({0}))",
    ),
    "interval": Crossing(
        argument="BIGINT[]", result="BIGINT[]", into="vql__interval_parts({0})",
        out_of="vql__interval({0})", read=_interval, write=list,
    ),
}  # fmt: skip
MACROS = (
    "CREATE MACRO vql__date(vql__n) AS CASE vql__n WHEN 2147483647 THEN DATE 'infinity'"
    " WHEN -2147483647 THEN DATE '-infinity' ELSE DATE '1970-01-01' + vql__n END",
    "CREATE MACRO vql__timestamp(vql__n) AS CASE vql__n WHEN 9223372036854775807 THEN TIMESTAMP 'infinity'"
    " WHEN -9223372036854775808 THEN TIMESTAMP '-infinity' ELSE make_timestamp(vql__n) END",
    "CREATE MACRO vql__timestamptz(vql__n) AS CASE vql__n"
    " WHEN 9223372036854775807 THEN TIMESTAMPTZ 'infinity'"
    " WHEN -9223372036854775808 THEN TIMESTAMPTZ '-infinity'"
    " ELSE CAST(make_timestamp(vql__n) AS TIMESTAMPTZ) END",
    "CREATE MACRO vql__interval_parts(vql__x) AS [date_part('year', vql__x) * 12"
    " + date_part('month', vql__x), date_part('day', vql__x), date_part('hour', vql__x) * 3600000000"
    " + date_part('minute', vql__x) * 60000000 + date_part('microsecond', vql__x)]",
    "CREATE MACRO vql__interval(vql__r) AS to_months(CAST(vql__r[1] AS INTEGER))"
    " + to_days(CAST(vql__r[2] AS INTEGER)) + to_microseconds(vql__r[3])",
)
