"""SELECT ... INTO name: a CREATE TABLE ... AS whose name stands within its query, so that words are taken
out of it before the parser sees them. WITH DATA behind CREATE TABLE ... AS changes nothing; the grammar
would take `data` for the name of a common table."""

from __future__ import annotations

from vql.errors import SyntaxError
from vql.language import ast
from vql.language.build.reader import CLOSING, OPENING
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
    end = place + 1
    words = [lexeme.value if lexeme.kind == "word" else "" for lexeme in lexemes[end : end + 2]]
    temporary = words[:1] in (["temp"], ["temporary"])
    if temporary or words[:1] == ["unlogged"]:
        end += 1
    if words[end - place - 1 : end - place] == ["table"]:
        end += 1
    first, name = end, []
    while end < len(lexemes) and lexemes[end].kind in ("word", "quoted"):
        name.append(lexemes[end].value)
        end += 1
        if end == len(lexemes) or lexemes[end].value != ".":
            break
        end += 1
    if not name:
        here = lexemes[min(first, len(lexemes) - 1)]
        raise SyntaxError(f'syntax error at or near "{here.value}"', position=here.start + 1)
    span = (lexemes[first].start, lexemes[end - 1].end)
    table = ast.CreateTable(tuple(name), (), temporary=temporary, span=span)
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
            return -1 if before in ("insert", "as", ".") else place
    return -1
