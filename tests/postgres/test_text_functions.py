"""Functions of patterns and formats answer random texts as PostgreSQL's do."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from vql.errors import Error
from vql.functions.declare import Environment
from vql.functions.text import formatting, like, patterns
from vql.types.type import BOOLEAN, INTEGER, TEXT

SEED, TRIES = 20_26, 700
ENVIRONMENT = Environment(now_us=0)
Call = tuple[str, Callable[..., Any], tuple[Any, ...]]
LIKE_CHARS, SUBJECT_CHARS = 'aabé%%__\\#[]^".*()|$ÉA', "aabéÉA\\%_#"
ATOMS = [*r"a b (a) (b|a) . a* b+? (a)? \d x (?:ab)? ^ $ é ( \y".split(), ""]
REPLACEMENTS = ["z", r"\1", r"\2", r"\&", "\\\\", r"\x", "\\", "0", ""]
FORMATS = "% %s %I %L %1$ %2$ %- 5 * *2$ s I L %% x $ - %3$s %-4s| %4s| %*s %1$*2$s 0 %1 99999999999".split()
VALUES = [(TEXT, "a'b"), (TEXT, "Select"), (TEXT, "select"), (TEXT, None), (TEXT, 'é"\\'), (TEXT, "7"),
          (INTEGER, 3), (INTEGER, -4), (INTEGER, None), (BOOLEAN, True)]  # fmt: skip


def text_of(source: random.Random, pieces: Any, longest: int) -> str:
    return "".join(source.choice(pieces) for _ in range(source.randrange(longest)))


def like_calls(source: random.Random) -> Iterator[Call]:
    pattern, text = text_of(source, LIKE_CHARS, 8), text_of(source, SUBJECT_CHARS, 8)
    escape = source.choice(["#", "\\", "", "é", "ab"])
    yield "similar_to_escape(%s, %s)", like.similar_to_escape, (pattern, escape)
    yield "like_escape(%s, %s)", like.like_escape, (pattern, escape)
    yield "%s::text LIKE %s", like.is_like, (text, pattern)
    yield "%s::text ILIKE %s", like.is_ilike, (text, pattern)


def regex_calls(source: random.Random) -> Iterator[Call]:
    pattern, text = text_of(source, ATOMS, 4), text_of(source, "aabbxé1 ", 8)
    replacement = "".join(source.choice(REPLACEMENTS) for _ in range(3))
    letters = source.choice(["", "g", "i", "gi", "z", "1", "n"])
    start, n = source.choice([1, 1, 2, 0, -1, 3, 9]), source.choice([1, 1, 2, 0, -1, 3])
    end, group = source.choice([0, 1, 2]), source.choice([0, 1, 2, -1])
    p, asked = patterns, (text, pattern)
    yield "regexp_replace(%s, %s, %s, %s::text)", p.regexp_replace, (*asked, replacement, letters)
    yield (
        "regexp_replace(%s, %s, %s, %s::int, %s::int, %s)",
        p.regexp_replace_from,
        (*asked, replacement, start, n, letters),
    )
    yield "regexp_match(%s, %s, %s)", p.regexp_match, (*asked, letters)
    yield "regexp_like(%s, %s, %s)", p.regexp_like, (*asked, letters)
    yield "regexp_count(%s, %s, %s, %s)", p.regexp_count, (*asked, start, letters)
    yield "regexp_instr(%s, %s, %s, %s, %s, %s, %s)", p.regexp_instr, (*asked, start, n, end, letters, group)
    yield "regexp_substr(%s, %s, %s, %s, %s, %s)", p.regexp_substr, (*asked, start, n, letters, group)
    yield "regexp_split_to_array(%s, %s, %s)", p.regexp_split_to_array, (*asked, letters)
    yield "substring(%s, %s, '#')", p.similar_substring, (*asked,)
    rows = "(SELECT coalesce(array_agg(x), '{}') FROM %s AS x)"
    yield rows % "regexp_split_to_table(%s, %s, %s)", p.regexp_split_to_table, (*asked, letters)
    yield rows % "regexp_matches(%s, %s, %s)", p.regexp_matches, (*asked, letters)


def format_calls(source: random.Random) -> Iterator[Call]:
    text, given = text_of(source, FORMATS, 5), [source.choice(VALUES) for _ in range(source.randrange(1, 4))]
    types, values = (TEXT, *(type_ for type_, _ in given)), [value for _, value in given]
    places = "".join(f", %s::{type_.name}" for type_, _ in given)
    yield (
        f"format(%s{places})",
        lambda *asked: formatting.format_text(ENVIRONMENT, types, *asked),
        (text, *values),
    )
    name, is_strict = text_of(source, 'ab."" A1_$é\t!', 7), source.random() < 0.5
    yield "parse_ident(%s, %s)", formatting.parse_ident, (name, is_strict)
    yield "quote_ident(%s)", formatting.quote_ident, (name,)
    yield "quote_literal(%s::text)", formatting.quote_literal, (name,)


def ours(function: Callable[..., Any], arguments: tuple[Any, ...]) -> object:
    if function is patterns.similar_substring:
        arguments = (*arguments, "#")
    try:
        found = function(*arguments)
        return list(found) if hasattr(found, "__next__") else found
    except Error as error:
        return error.sqlstate, error.message


def theirs(connection: psycopg.Connection, call: str, arguments: tuple[Any, ...]) -> object:
    try:
        return connection.execute(f"SELECT {call}", arguments).fetchone()[0]
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary


@pytest.mark.parametrize("calls", [like_calls, regex_calls, format_calls])
def test_random_texts_are_answered_as_postgresql_does(postgres, calls):
    source = random.Random(SEED)
    different = []
    for _ in range(TRIES):
        for call, function, arguments in calls(source):
            mine, wanted = ours(function, arguments), theirs(postgres, call, arguments)
            if mine != wanted:
                different.append((call, arguments, mine, wanted))
    assert not different
