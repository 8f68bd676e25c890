"""Text to tree: PostgreSQL's advanced regular expressions (manual, 9.7.3).

Errors have SQLSTATE 2201B and PostgreSQL's words. Basic and extended expressions, which the letters b and e
ask for, are refused (0A000).
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from vql.dataclass import dataclass
from vql.deadline import check_deadline
from vql.errors import DataError, NotSupportedError
from vql.functions.text.characters import CLASSES
from vql.functions.text.regex.charset import ANY, NO_NEWLINE, Charset, Test, cases
from vql.functions.text.regex.tree import (
    LONGER,
    SHORTER,
    Assertion,
    Back,
    Capture,
    Item,
    Look,
    One,
    Piece,
    back_reference,
    branch,
    choice,
    group,
)

DIGITS = re.compile("[1-9][0-9]*")
REPEATS_MAX = 255
NESTING_MAX = 100
GROUPS_MAX = 100
CODE_MAX = 0x10FFFF
CONTROLS = {
    "a": "\a",
    "b": "\b",
    "B": "\\",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
CHECKS = {"A": "A", "Z": "Z", "m": "m", "M": "M", "y": "y", "Y": "Y"}
SHORT_CLASSES = {"d": "digit", "s": "space", "w": "word"}
WORD_ENDS = {"[[:<:]]": "m", "[[:>:]]": "M"}
LOOKS = {"?=": (True, False), "?!": (True, True), "?<=": (False, False), "?<!": (False, True)}
QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class InvalidPattern(DataError):
    sqlstate = "2201B"

    def __init__(self, why: str) -> None:
        super().__init__(f"invalid regular expression: {why}")


BALANCED = "parentheses () not balanced"
BRACKETS = "brackets [] not balanced"
COUNTS = "invalid repetition count(s)"
ESCAPE = "invalid escape \\ sequence"
OPERAND = "quantifier operand invalid"
RANGE = "invalid character range"
TOO_COMPLEX = "regular expression is too complex"


@dataclass(frozen=True, slots=True)
class RegexOptions:
    """How an expression is read: its kind, and what the letters behind it or in front of it say."""

    is_literal: bool = False
    ignores_case: bool = False
    is_expanded: bool = False
    stops_at_newline: bool = False  # `.` and [^..] do not match one
    has_lines: bool = False  # ^ and $ match beside one

    def with_letter(self, letter: str) -> RegexOptions | None:
        """Return the options that a letter makes of these, None for one that says nothing. Raises 0A000."""
        match letter:
            case "b" | "e":
                raise NotSupportedError("basic and extended regular expressions are not supported")
            case "q":
                return replace(self, is_literal=True)
            case "c" | "i":
                return replace(self, ignores_case=letter == "i")
            case "t" | "x":
                return replace(self, is_expanded=letter == "x")
            case "m" | "n" | "p" | "s" | "w":
                return replace(self, stops_at_newline=letter in "mnp", has_lines=letter in "mnw")
        return None


def parsed(text: str, options: RegexOptions) -> tuple[Piece, int, bool]:
    """Return the tree of an expression, how many groups it has, and whether it ignores case. Raises 2201B,
    0A000."""
    reader = _Reader(text, options)
    reader.read_director()
    if reader.options.is_literal:
        letters = [Item(One(reader.single(char))) for char in text[reader.place :]]
        return branch(letters), 0, reader.options.ignores_case
    tree = reader.choice_until("")
    return tree, reader.groups_count, reader.options.ignores_case


class _Reader:
    """Recursive descent over the text; the methods leave `place` behind what they have read."""

    def __init__(self, text: str, options: RegexOptions) -> None:
        self.text = text
        self.options = options
        self.place = 0
        self.groups_count = 0
        self._groups: dict[int, Capture] = {}
        self._depth = 0
        self._looks = 0  # lookarounds that are open: nothing in them is kept

    # -------------------------------------------------------------- what stands in front

    def read_director(self) -> None:
        """Read `***:` or `***=`, and letters in front of an advanced expression."""
        if self.options.is_literal:
            return
        if self._is_next("***=") or self._is_next("***:"):
            self.options = replace(self.options, is_literal=self._is_next("***="))
            self.place = 4
        letter = self.text[self.place + 2 : self.place + 3]
        if not self.options.is_literal and self._is_next("(?") and letter.isascii() and letter.isalpha():
            end = self.text.find(")", self.place)
            for letter in self.text[self.place + 2 : end if end >= 0 else None]:
                made = self.options.with_letter(letter)
                if made is None:
                    raise InvalidPattern("invalid embedded option")
                self.options = made
            if end < 0:
                raise InvalidPattern("invalid embedded option")
            self.place = end + 1

    # -------------------------------------------------------------- the levels of an expression

    def choice_until(self, closing: str) -> Piece:
        """Read branches up to a closing bracket or the end."""
        self._depth += 1
        if self._depth > NESTING_MAX:
            raise InvalidPattern(TOO_COMPLEX)
        parts = [branch(list(self._items()))]
        while self._next() == "|":
            self.place += 1
            parts.append(branch(list(self._items())))
        if self._next() != closing:
            raise InvalidPattern(BALANCED)
        self.place += len(closing)
        self._depth -= 1
        return choice(parts)

    def _items(self) -> Iterator[Item]:
        while (char := self._next()) and char != "|":
            check_deadline()
            if char == ")":
                return
            self.place += 1
            atom = self._atom(char)
            if isinstance(atom, Assertion | Look):  # a place is not repeated
                yield Item(atom)
                continue
            low, high, prefers = self._quantifier()
            if high == 0:
                continue
            if isinstance(atom, Back) and char == "\\":
                yield Item(back_reference(atom.group, low, high, prefers), prefers=prefers)
            else:
                yield Item(atom, low, high, prefers)

    def _quantifier(self) -> tuple[int, int | None, int]:
        """Read what stands behind an atom: how often, and what it prefers."""
        char, prefers = self._next(), LONGER
        if char in QUANTIFIERS:
            self.place += 1
            low, high = QUANTIFIERS[char]
        elif char == "{" and self._digit_follows():
            self.place += 1
            low = self._count()
            high = low
            if self._next() == ",":
                self.place += 1
                high = self._count() if self._next() in string.digits and self._next() else None
                if high is not None and low > high:
                    raise InvalidPattern(COUNTS)
            else:
                prefers = 0
            if self._next() != "}":
                raise InvalidPattern(COUNTS if self._next() else "braces {} not balanced")
            self.place += 1
        else:
            return 1, 1, 0
        if self._is_next("?"):
            self.place += 1
            prefers = SHORTER if prefers else 0
        return low, high, prefers

    def _count(self) -> int:
        digits = ""
        while (char := self._next()) and char in string.digits:
            digits += char
            self.place += 1
            if int(digits) > REPEATS_MAX:
                raise InvalidPattern(COUNTS)
        return int(digits)

    # -------------------------------------------------------------- atoms

    def _atom(self, char: str) -> Piece:
        match char:
            case "(":
                return self._bracketed()
            case "[":
                start = self.place - 1
                if self.text[start : start + 7] in WORD_ENDS:
                    self.place = start + 7
                    return Assertion(WORD_ENDS[self.text[start : start + 7]])
                return One(self._bracket_expression())
            case ".":
                return One(NO_NEWLINE if self.options.stops_at_newline else ANY)
            case "^" | "$":
                if self.options.has_lines:
                    return Assertion(char)
                return Assertion("A" if char == "^" else "Z")
            case "\\":
                return self._escaped()
            case "*" | "+" | "?":
                raise InvalidPattern(OPERAND)
            case "{":
                self.place -= 1
                if self._digit_follows():
                    raise InvalidPattern(OPERAND)
                self.place += 1
        return One(self.single(char))

    def _bracketed(self) -> Piece:
        if self._is_next("?"):
            for mark, (is_ahead, is_negated) in LOOKS.items():
                if self._is_next(mark):
                    self.place += len(mark)
                    self._looks += 1
                    inner = self.choice_until(")")
                    self._looks -= 1
                    return Look(inner, is_ahead, is_negated)
            if not self._is_next("?:"):
                raise InvalidPattern(OPERAND)
            self.place += 2
            return self.choice_until(")")
        if self._looks:
            return self.choice_until(")")
        self.groups_count += 1
        number = self.groups_count
        if number > GROUPS_MAX:
            raise InvalidPattern(TOO_COMPLEX)
        made = group(self.choice_until(")"), number)
        self._groups[number] = made
        return made

    def _escaped(self) -> Piece:
        following = self.text[self.place : self.place + 1]
        if following in CHECKS and following:
            self.place += 1
            return Assertion(CHECKS[following])
        number = self._back_number()
        if number is not None:
            if self._looks or number not in self._groups:
                raise InvalidPattern("invalid backreference number")
            self.place += len(str(number))
            return back_reference(self._groups[number])
        found = self._escape()
        if isinstance(found, str):
            return One(self.single(found))
        return One(Charset(tests=(found,)))

    def _back_number(self) -> int | None:
        """Return the number of the group that digits behind a backslash refer to; None for an octal code."""
        digits = DIGITS.match(self.text, self.place)
        if digits is None:
            return None
        number = int(digits[0][:9])
        return number if len(digits[0]) == 1 or number <= self.groups_count else None

    def _escape(self) -> str | Test:
        """Read what stands behind a backslash in an advanced expression: a character or a class."""
        char = self.text[self.place : self.place + 1]
        self.place += 1
        if not char:
            raise InvalidPattern(ESCAPE)
        if not (char.isascii() and char.isalnum()):
            return char
        if char in CONTROLS:
            return CONTROLS[char]
        if char.lower() in SHORT_CLASSES:
            test = CLASSES[SHORT_CLASSES[char.lower()]]
            return test if char.islower() else lambda other: not test(other)
        match char:
            case "c":
                control = self.text[self.place : self.place + 1]
                if not control:
                    raise InvalidPattern(ESCAPE)
                self.place += 1
                return chr(ord(control) & 0x1F)
            case "u":
                return self._coded(string.hexdigits, 4, 4)
            case "U":
                return self._coded(string.hexdigits, 8, 8)
            case "x":
                return self._coded(string.hexdigits, 1, REPEATS_MAX)
        if char in string.digits:
            self.place -= 1
            return self._octal()
        raise InvalidPattern(ESCAPE)

    def _octal(self) -> str:
        digits = ""
        while (
            len(digits) < 3 and (char := self.text[self.place : self.place + 1]) and char in string.octdigits
        ):
            if int(digits + char, 8) > 0xFF:
                break
            digits += char
            self.place += 1
        if not digits:
            raise InvalidPattern(ESCAPE)
        return chr(int(digits, 8))

    def _coded(self, digits: str, low: int, high: int) -> str:
        end = self.place
        while end - self.place < high and (char := self.text[end : end + 1]) and char in digits:
            end += 1
        code = int(self.text[self.place : end] or "0", 16)
        if end - self.place < low or code > CODE_MAX:
            raise InvalidPattern(ESCAPE)
        self.place = end
        return chr(code)

    # -------------------------------------------------------------- bracket expressions

    def _bracket_expression(self) -> Charset:
        is_negated = self._is_next("^")
        self.place += is_negated
        chars: set[str] = set()
        ranges: list[tuple[str, str]] = []
        tests: list[Test] = []
        is_first = True
        while not self._is_next("]") or is_first:
            self._element(chars, ranges, tests, is_first)
            is_first = False
        self.place += 1
        if self.options.ignores_case:
            within = (chr(code) for first, last in ranges for code in range(ord(first), ord(last) + 1))
            chars = set(chain.from_iterable(map(cases, chain(chars, within))))
        if is_negated and self.options.stops_at_newline:
            chars.add("\n")
        return Charset(frozenset(chars), tuple(ranges), tuple(tests), is_negated)

    def _element(
        self, chars: set[str], ranges: list[tuple[str, str]], tests: list[Test], is_first: bool
    ) -> None:
        """Read one character, range or class between the brackets."""
        if self._is_next("-") and not is_first and not self._is_next("-]"):
            raise InvalidPattern(RANGE)
        first = self._member()
        if not self._is_next("-") or self._is_next("-]"):
            if isinstance(first, str):
                chars.add(first)
            else:
                tests.append(first)
            return
        self.place += 1
        last = self._member()
        if not isinstance(first, str) or not isinstance(last, str) or first > last:
            raise InvalidPattern(RANGE)
        ranges.append((first, last))

    def _member(self) -> str | Test:
        char = self.text[self.place : self.place + 1]
        if not char:
            raise InvalidPattern(BRACKETS)
        mark = self.text[self.place + 1 : self.place + 2]
        if char == "[" and mark and mark in ".=:":
            end = self.text.find(mark + "]", self.place + 2)
            if end < 0:
                raise InvalidPattern(BRACKETS)
            name = self.text[self.place + 2 : end]
            self.place = end + 2
            return self._class_named(name) if mark == ":" else _collating_element(name)
        self.place += 1
        if char != "\\":
            return char
        if self._back_number() is not None:
            raise InvalidPattern(ESCAPE)
        return self._escape()

    def _class_named(self, name: str) -> Test:
        if name not in CLASSES:
            raise InvalidPattern("invalid character class")
        if self.options.ignores_case and name in ("lower", "upper"):
            name = "alpha"
        return CLASSES[name]

    # -------------------------------------------------------------- the text

    def single(self, char: str) -> Charset:
        """Return the set of one character, and of its other case where that does not matter."""
        return Charset(frozenset(cases(char) if self.options.ignores_case else char))

    def _is_next(self, text: str) -> bool:
        return self.text.startswith(text, self.place)

    def _next(self) -> str:
        """Return the next character that means anything, "" at the end; comments are passed over."""
        while True:
            if self.options.is_expanded:
                while (char := self.text[self.place : self.place + 1]) and (
                    char == "#" or CLASSES["space"](char)
                ):
                    line = self.text.find("\n", self.place)
                    self.place = self.place + 1 if char != "#" else len(self.text) if line < 0 else line
            if not self._is_next("(?#"):
                return self.text[self.place : self.place + 1]
            end = self.text.find(")", self.place)
            self.place = len(self.text) if end < 0 else end + 1

    def _digit_follows(self) -> bool:
        """Whether the opening brace here begins a count."""
        brace = self.place
        self.place += 1
        char = self._next()
        self.place = brace
        return bool(char) and char in string.digits


def _collating_element(name: str) -> str:
    if len(name) != 1:
        raise InvalidPattern("invalid collating element")
    return name
