"""How values of a type cross between DuckDB and the functions of `vql.functions`.

An argument crosses as something that DuckDB hands to Python without loss: moments as numbers, numeric as
text, an interval as its three numbers. Floats come back as text: a NaN that a function returns would be a
NULL. Where a type is not like most, its base type says how (`BaseType.crossing`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vql.dataclass import dataclass
from vql.deadline import watched

Convert = Callable[[Any], Any]
PARENTHESES = re.compile(r"""'[^']*'|"[^"]*"|[()]""")


def unchanged(value: Any) -> Any:
    """Return a value as it is."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """`argument` and `result` are DuckDB's types of what Python is given and gives; `into` and `out_of` are
    DuckDB texts around an expression `{0}`, `read` and `write` what Python does with it."""

    argument: str
    result: str
    into: str = "{0}"
    out_of: str = "{0}"
    read: Convert = unchanged
    write: Convert = unchanged

    def crossed(self, text: str) -> str:
        """Return an expression as what Python is given: what comes out of Python goes back as it came.

        A macro around each of nested calls would be bound again with each around it.
        """
        head, _, end = self.out_of.partition("{0}")
        if head and self.argument == self.result and text.startswith(head) and text.endswith(end):
            inside = text[len(head) : len(text) - len(end)]
            if _is_one_expression(inside):
                return inside
        return self.into.format(text)


def _is_one_expression(text: str) -> bool:
    """Whether no parenthesis is closed that the text has not opened."""
    depth = 0
    for mark in PARENTHESES.findall(text):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0:
            return False
    return depth == 0


def crossing_as(duck: str) -> Crossing:
    """Return the crossing of values that DuckDB hands over as they are."""
    return Crossing(argument=duck, result=duck)


def crossing_of_list(element: Crossing) -> Crossing:
    """Return how lists cross, whose elements cross so."""
    return Crossing(
        argument=element.argument + "[]",
        result=element.result + "[]",
        into=_mapped(element.into),
        out_of=_mapped(element.out_of),
        read=_each_of(element.read),
        write=_each_of(element.write),
    )


def _each_of(convert: Convert) -> Convert:
    return lambda value: [None if item is None else convert(item) for item in watched(value)]


def _mapped(text: str) -> str:
    return text if text == "{0}" else f"list_transform({{0}}, lambda vql__e: {text.format('vql__e')})"


CROSSING_MACROS = (
    "CREATE MACRO vql__time(vql__n) AS CASE WHEN vql__n = 86400000000 THEN TIME '24:00:00'"
    " ELSE TIME '00:00:00' + to_microseconds(vql__n) END",
    "CREATE MACRO vql__date(vql__n) AS CASE vql__n WHEN 2147483647 THEN DATE 'infinity'"
    " WHEN -2147483647 THEN DATE '-infinity' ELSE DATE '1970-01-01' + vql__n END",
    "CREATE MACRO vql__timestamp(vql__n) AS CASE vql__n WHEN 9223372036854775807 THEN TIMESTAMP 'infinity'"
    " WHEN -9223372036854775807 THEN TIMESTAMP '-infinity' ELSE make_timestamp(vql__n) END",
    "CREATE MACRO vql__timestamptz(vql__n) AS CASE vql__n"
    " WHEN 9223372036854775807 THEN TIMESTAMPTZ 'infinity'"
    " WHEN -9223372036854775807 THEN TIMESTAMPTZ '-infinity'"
    " ELSE CAST(make_timestamp(vql__n) AS TIMESTAMPTZ) END",
    # Of a NULL that is written down date_part gives a DOUBLE.
    "CREATE MACRO vql__interval_parts(vql__x) AS CASE WHEN vql__x IS NOT NULL THEN CAST("
    "[date_part('year', vql__x) * 12 + date_part('month', vql__x), date_part('day', vql__x),"
    " date_part('hour', vql__x) * 3600000000 + date_part('minute', vql__x) * 60000000"
    " + date_part('microsecond', vql__x)] AS BIGINT[]) END",
    "CREATE MACRO vql__interval(vql__r) AS to_months(CAST(vql__r[1] AS INTEGER))"
    " + to_days(CAST(vql__r[2] AS INTEGER)) + to_microseconds(vql__r[3])",
)
