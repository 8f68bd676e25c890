"""PREPARE and EXECUTE, read word by word: the statement of the one stays text, the values of the other go to
the parser."""

from __future__ import annotations

from vql.errors import NotSupportedError, UndefinedObject
from vql.language import ast
from vql.language.build.reader import LexemeReader, Parsed
from vql.language.build.types import type_within
from vql.language.lexer import Lexeme

SELECT = Lexeme("word", "select", 0, 0)
# What ends a transaction that was prepared: there are none.
ENDS = ("commit", "rollback")


def is_of_prepared(lexemes: list[Lexeme]) -> bool:
    """Whether a statement is one of those read here."""
    first, second = lexemes[0], lexemes[min(1, len(lexemes) - 1)]
    if first.kind != "word":
        return False
    return first.value in ("prepare", "execute") or (first.value in ENDS and second.value == "prepared")


def read_prepared(lexemes: list[Lexeme], sql: str, parsed: Parsed) -> ast.PrepareNamed | ast.ExecuteNamed:
    """Return the statement. Raises 42601, 0A000, 42704 for a transaction that was prepared."""
    words = LexemeReader(lexemes, 1)
    if lexemes[0].value in ENDS:
        words.take("prepared")
        name = words.string()
        words.end()
        raise UndefinedObject(f'prepared transaction with identifier "{name}" does not exist')
    if lexemes[0].value == "execute":
        return _execute(words, parsed)
    if words.is_word("transaction"):
        raise NotSupportedError("PREPARE TRANSACTION is not supported yet", position=lexemes[0].start + 1)
    name, types = words.name(), list[ast.TypeName]()
    if words.accept_mark("("):
        types = words.listed(lambda: type_within(words, parsed))
        words.take_mark(")")
    words.take("as")
    rest = words.rest()
    return ast.PrepareNamed(name, tuple(types), sql[rest[0].start : rest[-1].end], rest[0].start, sql)


def _execute(words: LexemeReader, parsed: Parsed) -> ast.ExecuteNamed:
    name, items = words.name(), tuple[ast.SelectItem, ...]()
    if words.accept_mark("("):
        if not words.accept_mark(")"):
            query = parsed([SELECT, *words.until(inside=True)])
            assert isinstance(query, ast.Select), "a list of values behind SELECT"
            items = query.items
            words.take_mark(")")
    words.end()
    return ast.ExecuteNamed(name, tuple(item.expression for item in items))
