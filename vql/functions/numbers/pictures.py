"""Pictures of numbers, the second argument of to_char and to_number: '9,999.99', 'FM0000', 'S99D9', 'RN'.

A picture is read into its elements, patterns and texts, and what they say together: digits before and
behind the point, zeros that are always written, where the sign goes.
"""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache

from vql.dataclass import dataclass
from vql.errors import Error, SyntaxError

# Longer patterns come before those they begin with.
PATTERNS = (
    "EEEE", "FM", "MI", "PL", "PR", "RN", "SG", "SP", "TH",
    ",", ".", "0", "9", "B", "C", "D", "G", "L", "S", "V",
)  # fmt: skip
SIGNS = {"MI", "PL", "SG"}
ROMAN_WIDTH = 15  # of the longest numeral, MMMDCCCLXXXVIII
ROMAN_DIGITS = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


@dataclass(slots=True)
class Picture:
    """What the patterns of a picture say. Elements are a pattern, or a text that is copied: (None, text)."""

    elements: list[tuple[str | None, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    before: int = 0  # digits before the point
    behind: int = 0
    shifted: int = 0  # digits behind V
    zero_start: int = 0  # the digit, counted from 1, from which zeros are written; 0: nowhere
    zero_end: int = 0
    sign_first: bool | None = None  # S: in front of the digits or behind them
    sign_place: int = 0  # digits in front of S

    @property
    def has_point(self) -> bool:
        """Whether there are digits behind a point."""
        return "." in self.seen or "D" in self.seen

    @property
    def is_filled(self) -> bool:
        """Whether blanks and zeros that only fill are left out."""
        return "FM" in self.seen

    @property
    def has_zeros(self) -> bool:
        """Whether zeros are written in front of a number."""
        return self.zero_start > 0

    @property
    def is_scientific(self) -> bool:
        """Whether the number is written with an exponent."""
        return "EEEE" in self.seen

    def add(self, pattern: str) -> None:
        """Take the next pattern. Raises 42601 for one that does not go with those before it."""
        if self.is_scientific and pattern != "EEEE":
            raise SyntaxError('"EEEE" must be the last pattern used')
        match pattern:
            case "9" | "0":
                self._digit(pattern)
            case "B" if not (self.before or self.behind or self.has_zeros):
                self.seen.add("BLANK")
            case "." | "D":
                self._refuse(self.has_point, "multiple decimal points")
                self._refuse("V" in self.seen, 'cannot use "V" and decimal point together')
            case "S":
                self._sign()
            case "MI" | "PL" | "SG":
                self._refuse("S" in self.seen, f'cannot use "S" and "{pattern}" together')
            case "PR":
                both = self.seen & (SIGNS | {"S"})
                self._refuse(bool(both), 'cannot use "PR" and "S"/"PL"/"MI"/"SG" together')
            case "RN":
                self._refuse("RN" in self.seen, 'cannot use "RN" twice')
            case "V":
                self._refuse(self.has_point, 'cannot use "V" and decimal point together')
            case "EEEE":
                self._exponent()
        self.seen.add(pattern)
        if "RN" in self.seen and self.seen & self._flagged() - {"RN", "FM"}:
            raise SyntaxError(
                '"RN" is incompatible with other formats', detail='"RN" may only be used together with "FM".'
            )

    def _digit(self, pattern: str) -> None:
        self._refuse("PR" in self.seen, f'"{pattern}" must be ahead of "PR"')
        if pattern == "9" and "V" in self.seen:
            self.shifted += 1
            return
        if pattern == "0" and not self.has_zeros and not self.has_point:
            self.zero_start = self.before + 1
        if self.has_point:
            self.behind += 1
        else:
            self.before += 1
        if pattern == "0":
            self.zero_end = self.before + self.behind

    def _sign(self) -> None:
        self._refuse("S" in self.seen, 'cannot use "S" twice')
        both = self.seen & (SIGNS | {"PR"})
        self._refuse(bool(both), 'cannot use "S" and "PL"/"MI"/"SG"/"PR" together')
        self.sign_first = not self.has_point
        self.sign_place = self.before

    def _exponent(self) -> None:
        self._refuse(self.is_scientific, 'cannot use "EEEE" twice')
        if self.seen & {"BLANK", "FM", "S", "PR", "RN", "V", *SIGNS}:
            raise SyntaxError(
                '"EEEE" is incompatible with other formats',
                detail='"EEEE" may only be used together with digit and decimal point patterns.',
            )

    def _flagged(self) -> set[str]:
        zeros = {"0"} if self.has_zeros else set()
        return {".", "D", "FM", "S", "MI", "PL", "SG", "PR", "RN", "V", "EEEE", "BLANK"} | zeros

    @staticmethod
    def _refuse(condition: bool, why: str) -> None:
        if condition:
            raise SyntaxError(why)


@lru_cache(maxsize=256)
def read_picture(text: str) -> Picture:
    """Read a picture, which is not to be changed. Raises 42601."""
    picture, place = Picture(), 0
    while place < len(text):
        pattern = next((p for p in PATTERNS if text.startswith((p, p.lower()), place)), None)
        if pattern is not None:
            written = text[place : place + len(pattern)]
            picture.elements.append((pattern, written))
            picture.add(pattern)
            place += len(pattern)
        elif text[place] == '"':
            place = _quoted(picture, text, place + 1)
        else:
            # A backslash is nothing special, but in front of a quote.
            place += text.startswith('\\"', place)
            picture.elements.append((None, text[place]))
            place += 1
    return picture


def _quoted(picture: Picture, text: str, place: int) -> int:
    """Take the characters up to a quote as they are; return the place behind it."""
    while place < len(text) and text[place] != '"':
        place += text[place] == "\\" and place + 1 < len(text)
        picture.elements.append((None, text[place]))
        place += 1
    return place + 1


def ordinal(digits: str) -> str:
    """Return the ending of an ordinal number: ST, ND, RD, TH. Raises 22P02."""
    if not digits[-1:].isdigit():
        raise Error(f'"{digits}" is not a number', sqlstate="22P02")
    if digits[-2:-1] == "1":
        return "TH"
    return {"1": "ST", "2": "ND", "3": "RD"}.get(digits[-1], "TH")
