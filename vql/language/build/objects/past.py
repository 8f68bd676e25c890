"""UNDROP TABLE, RESTORE TABLE and CREATE TABLE ... CLONE, read word by word; a moment goes to the parser."""

from __future__ import annotations

from vql.errors import NotSupportedError
from vql.language import ast
from vql.language.build.reader import LexemeReader, Parsed
from vql.language.lexer import Lexeme

# What a table's rows of a moment are asked for by: TABLE name AS OF ...
TABLE = "table"


def read_past(lexemes: list[Lexeme], parsed: Parsed) -> ast.Statement | None:
    """Return a statement about a table as it was; None where it is another. Raises 42601, 0A000."""
    words = LexemeReader(lexemes)
    if words.accept("undrop"):
        words.take(TABLE)
        start = words.place
        name = words.qualified()
        made = ast.UndropTable(name, words.span(start))
        words.end()
        return made
    if words.accept("restore"):
        words.take(TABLE)
        start = words.place
        name = words.qualified()
        span = words.span(start)
        if not words.is_word("as"):
            raise words.error()
        moment = _moment(lexemes[1:], parsed)
        assert moment is not None, "AS OF is there"
        return ast.RestoreTable(name, moment, span)
    return _clone(words, lexemes, parsed)


def _clone(words: LexemeReader, lexemes: list[Lexeme], parsed: Parsed) -> ast.CloneTable | None:
    if not words.accept("create", TABLE):
        return None
    if_not_exists = words.accept("if", "not", "exists")
    start = words.place
    if not words.is_name():
        return None
    name = words.qualified()
    span = words.span(start)
    place = words.place
    if not words.accept("clone"):
        return None
    source = words.qualified()
    moment = None
    if not words.is_end():
        if not words.is_word("as"):
            raise words.error()
        asked = lexemes[place]._replace(value=TABLE)
        moment = _moment([asked, *lexemes[place + 1 :]], parsed)
    return ast.CloneTable(name, source, moment, if_not_exists, span)


def _moment(lexemes: list[Lexeme], parsed: Parsed) -> ast.AsOf | None:
    """Return the moment of TABLE name AS OF ..., behind which nothing may stand."""
    query = parsed(lexemes)
    moment = query.as_of
    others = ast.Select((), (), as_of=moment)
    if (
        moment is None
        or not isinstance(query, ast.Select)
        or any(
            getattr(query, clause) != getattr(others, clause)
            for clause in ("where", "order_by", "limit", "offset")
        )
    ):
        raise NotSupportedError("clauses beside AS OF are not supported here")
    return moment
