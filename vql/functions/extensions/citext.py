"""citext: comparisons, patterns and parts of strings whose case does not count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from vql.functions import declare
from vql.functions.declare import cast, cast_in_duck
from vql.functions.numbers.booleans import word
from vql.functions.text.casts import same
from vql.functions.text.like import is_ilike, is_not_ilike
from vql.functions.text.networks import text_of_inet
from vql.functions.text.parts import translate
from vql.functions.text.patterns import (
    is_match_of_any_case,
    is_no_match_of_any_case,
    regexp_match,
    regexp_matches,
    regexp_replace,
    regexp_split_to_array,
    regexp_split_to_table,
)
from vql.functions.text.texts import COMPARISONS, unfilled
from vql.types.forms.letters import in_lower, in_upper

# What is no letter of an identifier is escaped in a regular expression.
SPECIAL = re.compile("([^a-zA-Z_0-9])")

function = partial(declare.function, extension="citext")
operator = partial(declare.operator, extension="citext")
aggregate = partial(declare.aggregate, extension="citext")

for _source, _result, _willingness in (
    ("citext", "text", "implicit"), ("citext", "varchar", "implicit"), ("citext", "bpchar", "assignment"),
    ("text", "citext", "assignment"), ("varchar", "citext", "assignment"),
):  # fmt: skip
    cast_in_duck(f"{_source} -> {_result}", "{0}", same, willingness=_willingness)
cast_in_duck("bpchar -> citext", "rtrim({0}, ' ')", unfilled, willingness="assignment")


cast("boolean -> citext", willingness="assignment")(word)
cast("inet -> citext", willingness="assignment")(text_of_inet)


# ------------------------------------------------------------------ comparison


def _compares(compares: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    return lambda one, other: compares(in_lower(one), in_lower(other))


for _symbol, _compare in COMPARISONS.items():
    for _name in [_symbol] if _symbol in ("=", "<>") else [_symbol, f"~{_symbol}~"]:
        operator(f"citext {_name} citext -> boolean")(_compares(_compare))


@function("citext_cmp(citext, citext) -> integer")
def citext_cmp(one: str, other: str) -> int:
    left, right = in_lower(one), in_lower(other)
    return (left > right) - (left < right)


@aggregate("max(citext) -> citext")
def max_citext(rows: Sequence[str]) -> str | None:
    return max(rows, key=in_lower, default=None)


@aggregate("min(citext) -> citext")
def min_citext(rows: Sequence[str]) -> str | None:
    return min(rows, key=in_lower, default=None)


# ------------------------------------------------------------------ patterns

for _pattern in ("citext", "text"):
    for _star in ("", "*"):
        operator(f"citext ~{_star} {_pattern} -> boolean")(is_match_of_any_case)
        operator(f"citext !~{_star} {_pattern} -> boolean")(is_no_match_of_any_case)
        operator(f"citext ~~{_star} {_pattern} -> boolean")(is_ilike)
        operator(f"citext !~~{_star} {_pattern} -> boolean")(is_not_ilike)


def _letters(given: str) -> str:
    """Return options of a regular expression, with that of any case unless they say whether it counts."""
    return given if "c" in given else given + "i"


@function("regexp_match(citext, citext) -> text[]")
@function("regexp_match(citext, citext, text) -> text[]")
def match_of_any_case(text: str, pattern: str, letters: str = "") -> list[str | None] | None:
    return regexp_match(text, pattern, _letters(letters))


@function("regexp_matches(citext, citext) -> setof text[]")
@function("regexp_matches(citext, citext, text) -> setof text[]")
def matches_of_any_case(text: str, pattern: str, letters: str = "") -> Iterator[list[str | None]]:
    return regexp_matches(text, pattern, _letters(letters))


@function("regexp_replace(citext, citext, text) -> text")
@function("regexp_replace(citext, citext, text, text) -> text")
def replaced_in_any_case(text: str, pattern: str, replacement: str, letters: str = "") -> str:
    return regexp_replace(text, pattern, replacement, _letters(letters))


@function("regexp_split_to_array(citext, citext) -> text[]")
@function("regexp_split_to_array(citext, citext, text) -> text[]")
def split_in_any_case(text: str, pattern: str, letters: str = "") -> list[str]:
    return regexp_split_to_array(text, pattern, _letters(letters))


@function("regexp_split_to_table(citext, citext) -> setof text")
@function("regexp_split_to_table(citext, citext, text) -> setof text")
def rows_split_in_any_case(text: str, pattern: str, letters: str = "") -> Iterator[str]:
    return regexp_split_to_table(text, pattern, _letters(letters))


# ------------------------------------------------------------------ parts


@function("strpos(citext, citext) -> integer")
def place_of_any_case(text: str, part: str) -> int:
    return in_lower(text).find(in_lower(part)) + 1


@function("replace(citext, citext, citext) -> text")
def replace_any_case(text: str, old: str, new: str) -> str:
    return regexp_replace(text, SPECIAL.sub(r"\\\1", old), new, "gi")


@function("split_part(citext, citext, integer) -> text")
def part_of_any_case(text: str, separator: str, place: int) -> str | None:
    parts = split_in_any_case(text, SPECIAL.sub(r"\\\1", separator))
    return parts[place - 1] if 0 < place <= len(parts) else None


@function("translate(citext, citext, text) -> text")
def translate_any_case(text: str, old: str, new: str) -> str:
    return translate(translate(text, in_lower(old), new), in_upper(old), new)
