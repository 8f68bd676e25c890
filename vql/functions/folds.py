"""Aggregates of any type, and window functions."""

from __future__ import annotations

from vql.functions.declare import in_duck

in_duck("count() -> bigint", "count(*)", is_aggregate=True)
in_duck('count("any") -> bigint', "count({0})", is_aggregate=True)
in_duck("any_value(anyelement) -> anyelement", "any_value({0})", is_aggregate=True)

for _name, _result in (
    ("row_number", "bigint"), ("rank", "bigint"), ("dense_rank", "bigint"),
    ("percent_rank", "double precision"), ("cume_dist", "double precision"),
):  # fmt: skip
    in_duck(f"{_name}() -> {_result}", f"{_name}()", is_aggregate=True, is_window=True)
in_duck("ntile(integer) -> integer", "CAST(ntile({0}) AS INTEGER)", is_aggregate=True, is_window=True)
for _name in ("lag", "lead"):
    in_duck(f"{_name}(anyelement) -> anyelement", f"{_name}({{0}})", is_aggregate=True, is_window=True)
    in_duck(
        f"{_name}(anyelement, integer) -> anyelement",
        f"{_name}({{0}}, {{1}})",
        is_aggregate=True,
        is_window=True,
    )
    in_duck(
        f"{_name}(anycompatible, integer, anycompatible) -> anycompatible", f"{_name}({{0}}, {{1}}, {{2}})",
        is_aggregate=True, is_window=True,
    )  # fmt: skip
for _name in ("first_value", "last_value"):
    in_duck(f"{_name}(anyelement) -> anyelement", f"{_name}({{0}})", is_aggregate=True, is_window=True)
_NTH = (
    "CASE WHEN {1} > 0 THEN {1} WHEN {1} IS NOT NULL"
    " THEN error('argument of nth_value must be greater than zero') END"
)
in_duck(
    "nth_value(anyelement, integer) -> anyelement",
    f"nth_value({{0}}, {_NTH})",
    is_aggregate=True,
    is_window=True,
)
