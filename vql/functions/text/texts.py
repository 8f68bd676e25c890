"""Comparison of strings, which is by code points; their lengths and their case."""

from __future__ import annotations

import operator as compare
from collections.abc import Callable, Sequence
from typing import Any

from vql.deadline import watched
from vql.functions.declare import aggregate, function, in_duck, operator_in_duck
from vql.functions.text.characters import is_letter_or_digit
from vql.types.forms.letters import in_lower, in_upper, lower, upper
from vql.types.text import byte_of

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": compare.eq, "<>": compare.ne, "<": compare.lt, "<=": compare.le, ">": compare.gt, ">=": compare.ge,
}  # fmt: skip
TEXT_PAIRS = (("text", "text"), ("name", "name"), ("name", "text"), ("text", "name"))
# Small and capital sharp s are no pair: DuckDB makes the one of the other.
UPPER_IN_DUCK = (
    "(CASE WHEN contains({0}, 'ß')"
    " THEN array_to_string(list_transform(string_split({0}, 'ß'), lambda part: upper(part)), 'ß')"
    " ELSE upper({0}) END)"
)


def unfilled(value: str) -> str:
    """Return what of a value of type character(n) counts."""
    return value.rstrip(" ")


# ------------------------------------------------------------------ comparison


def _compares(key: Callable[[str], Any], compares: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    return lambda one, other: compares(key(one), key(other))


def _declare_comparisons() -> None:
    for symbol, compares in COMPARISONS.items():
        plain, filled = f"({{0}} {symbol} {{1}})", f"(rtrim({{0}}, ' ') {symbol} rtrim({{1}}, ' '))"
        # Those of the classes text_pattern_ops and bpchar_pattern_ops are the same here.
        for name in [symbol] if symbol in ("=", "<>") else [symbol, f"~{symbol}~"]:
            for left, right in TEXT_PAIRS if name == symbol else TEXT_PAIRS[:1]:
                operator_in_duck(f"{left} {name} {right} -> boolean", plain, compares)
            operator_in_duck(f"bpchar {name} bpchar -> boolean", filled, _compares(unfilled, compares))
        equal = f"({{0}} {symbol} {{1}})" if symbol in ("=", "<>") else ""
        operator_in_duck(f'"char" {symbol} "char" -> boolean', equal, _compares(byte_of, compares))


_declare_comparisons()


@aggregate("max(text) -> text", duck="max({0})")
def max_text(rows: Sequence[str]) -> str | None:
    return max(rows, default=None)


@aggregate("min(text) -> text", duck="min({0})")
def min_text(rows: Sequence[str]) -> str | None:
    return min(rows, default=None)


@aggregate("max(bpchar) -> bpchar")
def max_bpchar(rows: Sequence[str]) -> str | None:
    return max(rows, key=unfilled, default=None)


@aggregate("min(bpchar) -> bpchar")
def min_bpchar(rows: Sequence[str]) -> str | None:
    return min(rows, key=unfilled, default=None)


# ------------------------------------------------------------------ lengths


def bpchar_length(text: str) -> int:
    return len(unfilled(text))


for _name in ("length", "char_length", "character_length"):
    in_duck(f"{_name}(text) -> integer", "CAST(length({0}) AS INTEGER)", len)
    in_duck(f"{_name}(bpchar) -> integer", "CAST(length(rtrim({0}, ' ')) AS INTEGER)", bpchar_length)


@function("octet_length(text) -> integer", duck="CAST(strlen({0}) AS INTEGER)")
@function("octet_length(bpchar) -> integer", duck="CAST(strlen({0}) AS INTEGER)")
def octet_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


@function("bit_length(text) -> integer", duck="CAST(bit_length({0}) AS INTEGER)")
def bit_length(text: str) -> int:
    return 8 * octet_length(text)


# ------------------------------------------------------------------ case

in_duck("lower(text) -> text", "lower({0})", in_lower)
in_duck("upper(text) -> text", UPPER_IN_DUCK, in_upper)
# Folding goes one character at a time too: no sharp s becomes two letters.
in_duck("casefold(text) -> text", "lower({0})", in_lower)


@function("initcap(text) -> text")
def initcap(text: str) -> str:
    made, is_inside = [], False
    for char in watched(text):
        made.append(lower(char) if is_inside else upper(char))
        is_inside = is_letter_or_digit(char)
    return "".join(made)
