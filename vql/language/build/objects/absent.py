"""DROP of objects of kinds that there are none of, read word by word: with IF EXISTS it is nothing to do."""

from __future__ import annotations

from collections.abc import Callable

from vql.language import ast
from vql.language.build.objects.routines import named_routine
from vql.language.build.reader import LexemeReader, cascades
from vql.language.lexer import Lexeme

# What belongs to a relation; what has arguments; and what has names alone.
OF_RELATIONS = ("trigger", "rule")
OF_ARGUMENTS = ("procedure", "aggregate")
NAMED = (
    "event trigger", "publication", "subscription", "server", "foreign data wrapper", "foreign table",
    "language", "procedural language", "conversion", "text search configuration", "text search dictionary",
    "text search parser", "text search template", "statistics", "tablespace",
)  # fmt: skip


def read_drop_absent(
    lexemes: list[Lexeme], parsed: Callable[[list[Lexeme]], ast.Query]
) -> ast.DropAbsent | None:
    """Return the statement, None where it is another one. Raises 42601."""
    words = LexemeReader(lexemes)
    if not words.accept("drop"):
        return None
    kind = next((each for each in (*OF_RELATIONS, *OF_ARGUMENTS, *NAMED) if words.accept(*each.split())), "")
    if not kind:
        return None
    if_exists = words.accept("if", "exists")
    on: tuple[str, ...] = ()
    if kind in OF_ARGUMENTS:
        names = words.listed(lambda: named_routine(words, parsed))
    elif kind in OF_RELATIONS:
        names = [ast.RoutineNamed((words.name(),))]
        words.take("on")
        on = words.qualified()
    else:
        names = words.listed(lambda: ast.RoutineNamed(words.qualified()))
    cascade = cascades(words)
    words.end()
    return ast.DropAbsent(kind.removeprefix("procedural "), tuple(names), on, if_exists, cascade)
