"""DECLARE, FETCH, MOVE and CLOSE, read from words: their grammar is a list of options, and FETCH is a
word of SELECT too. The query of a DECLARE goes to the parser."""

from __future__ import annotations

from vql.errors import NumericOutOfRange, SyntaxError
from vql.language import ast
from vql.language.lexer import Lexeme

# Words between the name and CURSOR that change nothing here: a result is kept whole.
INDIFFERENT = frozenset({"insensitive", "asensitive", "no", "scroll"})
DIRECTIONS = frozenset(
    {"next", "prior", "first", "last", "absolute", "relative", "forward", "backward", "all"}
)
COUNT_DIGITS_MAX = 18


def cursor_words(lexemes: list[Lexeme]) -> bool:
    """Whether a statement is one of a cursor's."""
    return lexemes[0].kind == "word" and lexemes[0].value in ("declare", "fetch", "move")


def declared(lexemes: list[Lexeme]) -> tuple[ast.DeclareCursor, int]:
    """Read DECLARE up to FOR; returns it without its query, and where the query begins."""
    words = _Words(lexemes)
    words.take("declare")
    name = words.name()
    binary = hold = False
    while not words.accept("cursor"):
        word = words.any_of(INDIFFERENT | {"binary"})
        binary |= word == "binary"
    if words.accept("with"):
        words.take("hold")
        hold = True
    elif words.accept("without"):
        words.take("hold")
    words.take("for")
    if words.place >= len(lexemes):
        raise words.error()
    return ast.DeclareCursor(name, None, hold, binary), words.place


def fetched(lexemes: list[Lexeme]) -> ast.Fetch:
    """Read FETCH or MOVE."""
    words = _Words(lexemes)
    move = words.any_of({"fetch", "move"}) == "move"
    direction, count = "forward", 1
    if words.number_next():
        count = words.number()
    elif words.is_word(DIRECTIONS) and not words.is_last():
        direction = words.any_of(DIRECTIONS)
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


class _Words:
    """A place in lexemes."""

    def __init__(self, lexemes: list[Lexeme]) -> None:
        self._lexemes = lexemes
        self.place = 0

    def error(self) -> SyntaxError:
        if self.place >= len(self._lexemes):
            return SyntaxError("syntax error at end of input", position=self._lexemes[-1].end + 1)
        lexeme = self._lexemes[self.place]
        return SyntaxError(f'syntax error at or near "{lexeme.value}"', position=lexeme.start + 1)

    def is_word(self, words: frozenset[str]) -> bool:
        return self.place < len(self._lexemes) and self._here().kind == "word" and self._here().value in words

    def is_last(self) -> bool:
        return self.place == len(self._lexemes) - 1

    def accept(self, word: str) -> bool:
        found = self.is_word(frozenset({word}))
        self.place += found
        return found

    def take(self, word: str) -> None:
        if not self.accept(word):
            raise self.error()

    def any_of(self, words: frozenset[str] | set[str]) -> str:
        if not self.is_word(frozenset(words)):
            raise self.error()
        self.place += 1
        return self._lexemes[self.place - 1].value

    def name(self) -> str:
        if self.place >= len(self._lexemes) or self._here().kind not in ("word", "quoted"):
            raise self.error()
        self.place += 1
        return self._lexemes[self.place - 1].value

    def number_next(self) -> bool:
        if self.place >= len(self._lexemes):
            return False
        return self._here().kind == "number" or self._here().value == "-"

    def number(self) -> int:
        minus = self.place < len(self._lexemes) and self._here().value == "-"
        self.place += minus
        if self.place >= len(self._lexemes) or not self._here().value.isdigit():
            raise self.error()
        if len(self._here().value) > COUNT_DIGITS_MAX:
            raise NumericOutOfRange(f"value {self._here().value[:20]}... is out of range for type bigint")
        self.place += 1
        number = int(self._lexemes[self.place - 1].value)
        return -number if minus else number

    def end(self) -> None:
        if self.place < len(self._lexemes):
            raise self.error()

    def _here(self) -> Lexeme:
        return self._lexemes[self.place]
