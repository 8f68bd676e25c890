"""DECLARE, FETCH, MOVE and CLOSE, read from words: their grammar is a list of options, and FETCH is a
word of SELECT too. The query of a DECLARE goes to the parser."""

from __future__ import annotations

from vql.language import ast
from vql.language.build.reader import LexemeReader
from vql.language.lexer import Lexeme

# Words between the name and CURSOR; all but the last two change nothing here: a result is kept whole.
OPTIONS = ("insensitive", "asensitive", "scroll", "binary", "no")
DIRECTIONS = frozenset(
    {"next", "prior", "first", "last", "absolute", "relative", "forward", "backward", "all"}
)


def cursor_words(lexemes: list[Lexeme]) -> bool:
    """Whether a statement is one of a cursor's."""
    return lexemes[0].kind == "word" and lexemes[0].value in ("declare", "fetch", "move")


def declared(lexemes: list[Lexeme]) -> tuple[ast.DeclareCursor, int]:
    """Read DECLARE up to FOR; returns it without its query, and where the query begins."""
    words = LexemeReader(lexemes)
    words.take("declare")
    name = words.name()
    options = set()
    while not words.accept("cursor"):
        option = words.any_of(*OPTIONS)
        options.add(option)
        if option == "no":
            words.take("scroll")
    hold = False
    if words.accept("with"):
        words.take("hold")
        hold = True
    elif words.accept("without"):
        words.take("hold")
    words.take("for")
    if words.is_end():
        raise words.error()
    return ast.DeclareCursor(name, None, hold, "binary" in options, "no" not in options), words.place


def fetched(lexemes: list[Lexeme]) -> ast.Fetch:
    """Read FETCH or MOVE."""
    words = LexemeReader(lexemes)
    move = words.any_of("fetch", "move") == "move"
    direction, count = "forward", 1
    if words.number_next():
        count = words.number()
    elif words.is_word(*DIRECTIONS) and not words.is_last():
        direction = words.any_of(*DIRECTIONS)
        match direction:
            case "next":
                direction = "forward"
            case "prior":
                direction = "backward"
            case "all":
                direction, count = "forward", ast.Fetch.EVERY
            case "first" | "last":
                count = 1 if direction == "first" else -1
                direction = "absolute"
            case "absolute" | "relative":
                count = words.number()
            case _:
                if words.accept("all"):
                    count = ast.Fetch.EVERY
                elif words.number_next():
                    count = words.number()
    if count < 0 and direction in ("forward", "backward") and count != ast.Fetch.EVERY:
        direction, count = ("backward" if direction == "forward" else "forward"), -count
    if not words.accept("from"):
        words.accept("in")
    name = words.name()
    words.end()
    return ast.Fetch(name, direction, count, move)
