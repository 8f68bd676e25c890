"""to_number: a text is read by the elements of a picture, each taking the characters it stands for.

A character that a pattern does not expect is passed over or left to the next one (formatting.c,
`NUM_processor`); what was found is then read as a numeric.
"""

from __future__ import annotations

import re
from decimal import Decimal

from vql.errors import InvalidText, NotSupportedError
from vql.functions.declare import function
from vql.functions.numbers.pictures import ROMAN_DIGITS, ROMAN_WIDTH, Picture, read_picture
from vql.types.base import SPACE
from vql.types.numbers.numeric import NUMERIC, to_modifier
from vql.types.numbers.numeric_math import multiply, power

ROMAN = re.compile("M{0,3}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
DIGITS = frozenset("0123456789")
# What may be a part of a number, and is not passed over.
NUMBER_CHARACTERS = DIGITS | set(".,+-")


class _NumberReader:
    """Reads a number by a picture."""

    def __init__(self, picture: Picture, text: str) -> None:
        self._picture = picture
        self._text = text
        self._at = 0
        self._sign = " "
        self._digits = ""
        self._before = 0  # digits read
        self._behind = 0
        self._has_point = False

    def read(self) -> tuple[str, int, int]:
        """Return the number's text, and its digits before the point and behind it."""
        before = self._picture.before
        for pattern, _ in self._picture.elements:
            if self._is_over():
                break
            if pattern == "RN":
                value = str(self._roman())
                self._digits += value
                before, self._behind = len(value), 0
            elif pattern is None:
                self._at += 1
            elif pattern in ("9", "0", ".", "D"):
                self._digit(pattern)
                self._at += 1
            else:
                self._other(pattern)
        return self._sign + self._digits.removesuffix("."), before, self._behind

    def _is_over(self) -> bool:
        return self._at >= len(self._text)

    def _current(self) -> str:
        return self._text[self._at : self._at + 1]

    def _digit(self, pattern: str) -> None:
        self._at += self._current() == " "
        if self._is_over():
            return
        if self._sign == " " and pattern in ("0", "9") and not self._before + self._behind:
            self._sign_before()
        if self._is_over():
            return
        current, is_read = self._current(), True
        if current in DIGITS:
            if self._has_point and self._behind == self._picture.behind:
                return
            self._digits += current
            self._behind += self._has_point
            self._before += not self._has_point
        elif current == "." and self._picture.has_point and not self._has_point:
            self._digits += "."
            self._has_point = True
        else:
            is_read = False
        if self._sign == " " and self._before + self._behind:
            self._sign_behind(is_read)

    def _sign_before(self) -> None:
        current = self._current()
        if current == "-" or (current == "<" and "PR" in self._picture.seen):
            self._sign = "-"
        elif current == "+":
            self._sign = "+"
        else:
            return
        self._at += 1

    def _sign_behind(self, is_read: bool) -> None:
        """Read the sign that S anchors to the last digit, or that others place where no digit was."""
        seen = self._picture.seen
        if "S" in seen:
            following = self._text[self._at + 1 : self._at + 2]
            if is_read and following in ("-", "+"):
                self._sign = following
                self._at += 1
        elif not is_read and seen & {"MI", "PL", "SG"} and self._current() in ("-", "+"):
            self._sign = self._current()

    def _other(self, pattern: str) -> None:
        current = self._current()
        match pattern:
            case "," | "G":
                self._at += current == "," and not self._picture.is_filled
            case "L":
                self._pass_over(1)
            case "TH" if not self._picture.has_point and "RN" not in self._picture.seen:
                self._pass_over(2)
            case "MI" | "PL" | "SG":
                if current in {"MI": ("-",), "PL": ("+",), "SG": ("-", "+")}[pattern]:
                    self._sign = current
                    self._at += 1
                else:
                    self._pass_over(1)

    def _pass_over(self, count: int) -> None:
        while count and not self._is_over() and self._current() not in NUMBER_CHARACTERS:
            self._at += 1
            count -= 1

    def _roman(self) -> int:
        rest = self._text[self._at :]
        start = len(rest) - len(rest.lstrip(SPACE))
        letters = re.match(f"[MDCLXVI]{{0,{ROMAN_WIDTH}}}", rest[start:].upper())
        assert letters is not None
        numeral = letters[0]
        if not numeral or not ROMAN.fullmatch(numeral):
            raise InvalidText("invalid Roman numeral")
        self._at += start + len(numeral)
        value = 0
        for size, written in ROMAN_DIGITS:
            while numeral.startswith(written):
                numeral = numeral.removeprefix(written)
                value += size
        return value


@function("to_number(text, text) -> numeric", volatility="stable")
def _text_to_number(text: str, picture_text: str) -> Decimal | None:
    picture = read_picture(picture_text)
    if not picture_text:
        return None
    if picture.is_scientific:
        raise NotSupportedError('"EEEE" not supported for input')
    number, before, behind = _NumberReader(picture, text).read()
    value = to_modifier(NUMERIC.from_text(number, None), (before + picture.shifted + behind) << 16 | behind)
    if "V" in picture.seen:
        return multiply(value, power(Decimal(10), Decimal(-picture.shifted)))
    return value
