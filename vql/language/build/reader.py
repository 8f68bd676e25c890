"""Statements read word by word: those in which almost any word may be a name, or whose grammar is a list of
options. What stands in them of expressions and types goes to the parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vql.errors import NumericOutOfRange, SyntaxError
from vql.functions.system.keywords import CATEGORIES
from vql.language import ast
from vql.language.lexer import Lexeme

DIGITS_MAX = 19
OF_ROLES = ("current_user", "session_user", "current_role")
# Parses lexemes that are a query.
Parsed = Callable[[list[Lexeme]], ast.Query]
Item = TypeVar("Item")
# What may not name a column or a table.
NO_NAMES = frozenset(word for word, code in CATEGORIES.items() if code in "RT")
OPENING, CLOSING = frozenset("(["), frozenset(")]")


class LexemeReader:
    """A place in lexemes, which moves from `place` to before `end`. Raises 42601 where something else stands
    there than is asked for."""

    def __init__(self, lexemes: list[Lexeme], place: int = 0, end: int | None = None) -> None:
        self._lexemes = lexemes
        self.place = place
        self._end = len(lexemes) if end is None else end

    def error(self) -> SyntaxError:
        """Return that something else was expected here."""
        if self.place >= len(self._lexemes):
            position = self._lexemes[-1].end + 1 if self._lexemes else None
            return SyntaxError("syntax error at end of input", position=position)
        lexeme = self._lexemes[self.place]
        return SyntaxError(f'syntax error at or near "{lexeme.value}"', position=lexeme.start + 1)

    @property
    def position(self) -> int:
        """Where the next lexeme stands in the text, from 1."""
        return self._lexemes[min(self.place, len(self._lexemes) - 1)].start + 1

    def is_word(self, *words: str) -> bool:
        """Whether one of some words stands here."""
        return not self.is_end() and self._here().kind == "word" and self._here().value in words

    def is_mark(self, mark: str) -> bool:
        """Whether a mark or an operator stands here."""
        return not self.is_end() and self._here().kind in ("mark", "operator") and self._here().value == mark

    def is_end(self) -> bool:
        """Whether nothing is left."""
        return self.place >= self._end

    def is_last(self) -> bool:
        """Whether one lexeme is left."""
        return self.place == self._end - 1

    def accept(self, *words: str) -> bool:
        """Pass over some words if all of them come next."""
        ahead = self._lexemes[self.place : min(self.place + len(words), self._end)]
        found = [lexeme.value for lexeme in ahead if lexeme.kind == "word"] == [*words]
        self.place += len(words) * found
        return found

    def listed(self, read: Callable[[], Item]) -> list[Item]:
        """Return what `read` takes here, and behind each comma that follows."""
        found = [read()]
        while self.accept_mark(","):
            found.append(read())
        return found

    def accept_mark(self, mark: str) -> bool:
        """Pass over a mark if it comes next."""
        found = self.is_mark(mark)
        self.place += found
        return found

    def take(self, *words: str) -> None:
        """Pass over words that must come next."""
        for word in words:
            if not self.accept(word):
                raise self.error()

    def take_mark(self, mark: str) -> None:
        """Pass over a mark that must come next."""
        if not self.accept_mark(mark):
            raise self.error()

    def any_of(self, *words: str) -> str:
        """Return the next word, one of some."""
        if not self.is_word(*words):
            raise self.error()
        self.place += 1
        return self._lexemes[self.place - 1].value

    def is_name(self) -> bool:
        """Whether a name may stand here."""
        return not self.is_end() and self._here().kind in ("word", "quoted")

    def name(self) -> str:
        """Return the name that comes next."""
        if not self.is_name():
            raise self.error()
        self.place += 1
        return self._lexemes[self.place - 1].value

    def string(self) -> str:
        """Return the string that comes next."""
        if self.is_end() or self._here().kind != "string":
            raise self.error()
        self.place += 1
        return self._lexemes[self.place - 1].value

    def name_or_string(self) -> str:
        """Return the name or the string that comes next."""
        is_string = not self.is_end() and self._here().kind == "string"
        return self.string() if is_string else self.name()

    def span(self, start: int) -> tuple[int, int]:
        """Return the place in the text of what begins at a lexeme and is passed over."""
        return self._lexemes[start].start, self._lexemes[self.place - 1].end

    def qualified(self) -> tuple[str, ...]:
        """Return the name that comes next, with those of what it is in; behind a dot it may be any word."""
        if not self.is_end() and self._here().kind == "word" and self._here().value in NO_NAMES:
            raise self.error()
        parts = [self.name()]
        while self.accept_mark("."):
            parts.append(self.name())
        return tuple(parts)

    def number_next(self) -> bool:
        """Whether a number comes next."""
        return not self.is_end() and (self._here().kind == "number" or self._here().value == "-")

    def number(self) -> int:
        """Return the integer that comes next."""
        minus = not self.is_end() and self._here().value == "-"
        self.place += minus
        if self.is_end() or not self._here().value.isdigit():
            raise self.error()
        if len(self._here().value) > DIGITS_MAX:
            raise NumericOutOfRange(f"value {self._here().value[:20]}... is out of range for type bigint")
        self.place += 1
        number = int(self._lexemes[self.place - 1].value)
        return -number if minus else number

    def until(self, *words: str, inside: bool = False) -> list[Lexeme]:
        """Return what stands before a closing bracket or one of some words outside brackets; before a comma,
        too, unless it is what is `inside` of brackets."""
        marks = (")",) if inside else (",", ")")
        start, depth = self.place, 0
        while not self.is_end() and (depth or not (self.is_word(*words) or self._stands_here(marks))):
            here = self._here()
            if here.kind == "mark":
                depth += (here.value in OPENING) - (here.value in CLOSING)
            self.place += 1
        if self.place == start:
            raise self.error()
        return self._lexemes[start : self.place]

    def _stands_here(self, marks: tuple[str, ...]) -> bool:
        return any(map(self.is_mark, marks))

    def rest(self, *words: str) -> list[Lexeme]:
        """Return what stands before one of some words outside brackets, or before the end."""
        start, depth = self.place, 0
        while not self.is_end() and (depth or not self.is_word(*words)):
            here = self._here()
            if here.kind == "mark":
                depth += (here.value in OPENING) - (here.value in CLOSING)
            self.place += 1
        if self.place == start:
            raise self.error()
        return self._lexemes[start : self.place]

    def before(self, mark: str) -> list[Lexeme]:
        """Return what stands before a mark outside brackets, and pass over both."""
        start, depth = self.place, 0
        while not self.is_end() and (depth or not self.is_mark(mark)):
            here = self._here()
            if here.kind == "mark":
                depth += (here.value in OPENING) - (here.value in CLOSING)
            self.place += 1
        self.take_mark(mark)
        return self._lexemes[start : self.place - 1]

    def between(self, start: int, end: int) -> LexemeReader:
        """Return a place at what stands from one lexeme to before another."""
        return LexemeReader(self._lexemes, start, end)

    def end(self) -> None:
        """Raise where something is left."""
        if not self.is_end():
            raise self.error()

    def _here(self) -> Lexeme:
        return self._lexemes[self.place]


def cascades(words: LexemeReader) -> bool:
    """Whether CASCADE stands at the end, or RESTRICT or nothing."""
    return words.accept("cascade") or (words.accept("restrict") and False)


def role(words: LexemeReader) -> str:
    """Return a role's name, "" of the user's own."""
    is_own = words.is_word(*OF_ROLES)
    name = words.name()
    return "" if is_own else name
