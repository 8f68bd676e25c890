"""COMMENT ON, read word by word."""

from __future__ import annotations

from vql.errors import NotSupportedError
from vql.language import ast
from vql.language.build.objects.routines import named_routine
from vql.language.build.reader import LexemeReader, Parsed
from vql.language.lexer import Lexeme

# What there is to comment on, by its words.
KINDS = (
    ("materialized", "view"), ("table",), ("view",), ("sequence",), ("index",), ("column",), ("schema",),
    ("type",), ("domain",), ("constraint",), ("database",), ("role",), ("extension",), ("function",),
)  # fmt: skip


def is_comment(lexemes: list[Lexeme]) -> bool:
    """Whether a statement is COMMENT ON."""
    return LexemeReader(lexemes).accept("comment", "on")


def read_comment(lexemes: list[Lexeme], parsed: Parsed) -> ast.CommentOn:
    """Return the statement. Raises 42601, 0A000 for objects that there are none of."""
    words = LexemeReader(lexemes, 2)
    kind = next((kind for kind in KINDS if words.accept(*kind)), None)
    if kind is None:
        what = words.name().upper()
        raise NotSupportedError(f"COMMENT ON {what} is not supported yet", position=lexemes[0].start + 1)
    start = words.place
    routine = named_routine(words, parsed) if kind == ("function",) else None
    name = words.qualified() if routine is None else routine.name
    span = words.span(start)
    on: tuple[str, ...] = ()
    if kind == ("constraint",):
        words.take("on")
        if words.is_word("domain"):
            raise NotSupportedError("COMMENT ON CONSTRAINT ... ON DOMAIN is not supported yet")
        on = words.qualified()
    words.take("is")
    text = None if words.accept("null") else words.string()
    words.end()
    return ast.CommentOn(" ".join(kind), name, text, on, span, routine)
