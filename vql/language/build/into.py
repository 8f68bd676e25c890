"""SELECT ... INTO name: a CREATE TABLE ... AS whose name stands within its query, so that words are taken
out of it before the parser sees them. WITH DATA behind CREATE TABLE ... AS changes nothing; the grammar
would take `data` for the name of a common table."""

from __future__ import annotations

from vql.language import ast
from vql.language.build.reader import CLOSING, OPENING, LexemeReader
from vql.language.lexer import Lexeme


def without_with_data(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Return the words of a CREATE TABLE ... AS without WITH DATA at their end."""
    kept = [(lexeme.kind, lexeme.value) for lexeme in lexemes[-2:]]
    return lexemes[:-2] if kept == [("word", "with"), ("word", "data")] else lexemes


def into_table(lexemes: list[Lexeme]) -> tuple[list[Lexeme], ast.CreateTable] | None:
    """Return the query of a SELECT ... INTO and the table it makes; None where a statement is none."""
    place = _place_of_into(lexemes)
    if place < 0:
        return None
    words = LexemeReader(lexemes, place + 1)
    if words.is_word("local", "global"):
        words.name()
    is_temporary = words.accept("temp") or words.accept("temporary")
    is_unlogged = not is_temporary and words.accept("unlogged")
    words.accept("table")
    start = words.place
    name = words.qualified()
    table = ast.CreateTable(name, (), temporary=is_temporary, unlogged=is_unlogged, span=words.span(start))
    end = words.place
    return lexemes[:place] + lexemes[end:], table


def _place_of_into(lexemes: list[Lexeme]) -> int:
    """Return where INTO stands outside brackets in a SELECT, or -1."""
    if lexemes[0].kind != "word" or lexemes[0].value not in ("select", "with"):
        return -1
    depth = 0
    for place, lexeme in enumerate(lexemes):
        if lexeme.kind == "mark":
            depth += (lexeme.value in OPENING) - (lexeme.value in CLOSING)
        elif lexeme.kind == "word" and lexeme.value == "into" and depth == 0:
            before = lexemes[place - 1].value
            return -1 if before in ("insert", "merge", "as", ".") else place
    return -1
