"""to_char of numbers.

A number is first written in digits, rounded to the picture's; then the picture's elements are taken one by
one, each writing what it stands for at the digit that is current (formatting.c, `NUM_processor`, whose
special cases these are). Locales are C's: "," groups digits, "." stands before the fraction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from vql.functions.declare import function
from vql.functions.numbers.pictures import ROMAN_DIGITS, ROMAN_WIDTH, Picture, ordinal, read_picture
from vql.types.numbers import numeric_math
from vql.types.numbers.floats import DOUBLE_DIGITS, SINGLE_DIGITS
from vql.types.numbers.integers import BIGINT
from vql.types.numbers.numeric import decimal_text
from vql.types.numbers.numeric_math import ONE, bounded, quotient, to_scale

ROMAN_MAX = 3_999
END = "\0"


class _NumberWriter:
    """Writes one number by a picture. `digits` has no sign; `blanks` are the digits missing in front."""

    def __init__(
        self, picture: Picture, digits: str, sign: str, blanks: int, before: int, behind: int
    ) -> None:
        self._picture = picture
        self._digits = digits
        self._sign = sign
        self._blanks = blanks
        self._has_fraction = behind > 0
        self._out: list[str] = []
        self._at = 0  # of digits
        self._place = 0  # patterns of digits so far
        self._in_number = False  # whether a digit was written last
        self._zero_start = picture.zero_start - 1
        self._is_bracketed = "PR" in picture.seen
        self._sign_first = picture.sign_first
        self._is_sign_written = self._signed_elsewhere(before)
        self._last = self._last_relevant()
        self._count = before + behind - 1 + (not self._is_sign_written and blanks == 0)

    def write(self) -> str:
        """Return the whole text, which ends early where a pattern finds no digit left for it."""
        for pattern, written in self._picture.elements:
            if pattern is None:
                self._out.append(written)
            elif pattern in ("9", "0", ".", "D"):
                self._digit(pattern)
            else:
                self._out.append(self._other(pattern, written))
        return "".join(self._out).partition(END)[0]

    def _signed_elsewhere(self, before: int) -> bool:
        """Whether the sign is not written with the digits."""
        seen, is_filled = self._picture.seen, self._picture.is_filled
        if seen & {"PL", "MI", "SG"}:
            return bool(seen & {"MI", "SG"})
        if self._sign != "-" and is_filled:
            self._is_bracketed = False
        if self._sign_first and before == self._picture.sign_place:
            self._sign_first = False
        return self._sign == "+" and is_filled and "S" not in seen

    def _last_relevant(self) -> int | None:
        """Return where FM stops writing digits of a fraction: at the last one that is not zero."""
        picture, point = self._picture, self._digits.find(".")
        if not (picture.is_filled and picture.has_point) or point < 0:
            return None
        last = max(point, len(self._digits.rstrip("0")) - 1)
        if picture.zero_end > self._blanks:
            last = max(last, min(len(self._digits) - 1, picture.zero_end - self._blanks))
        return last

    def _digit(self, pattern: str) -> None:
        if "RN" in self._picture.seen:
            return
        self._in_number = False
        self._sign_before()
        is_blank, zeros = self._place < self._blanks, self._picture.has_zeros
        if is_blank and not (zeros and self._zero_start <= self._place):
            self._fill()
        elif is_blank:
            self._out.append("0")
            self._in_number = True
        else:
            self._number(pattern)
        self._sign_behind()
        self._place += 1

    def _fill(self) -> None:
        if not self._picture.is_filled:
            self._out.append(" ")

    def _is_bare_zero(self) -> bool:
        """Whether the current digit is the lone 0 before a fraction, which only zeros of the picture show."""
        is_zero = self._at == 0 and self._digits[:1] == "0" and self._has_fraction
        return is_zero and not self._picture.has_zeros

    def _ends_at_point(self) -> bool:
        return self._last is not None and self._digits[self._last] == "."

    def _number(self, pattern: str) -> None:
        current = self._digits[self._at : self._at + 1]
        if current == ".":
            if not self._ends_at_point() or self._picture.is_filled:
                self._out.append(".")
        elif self._last is not None and self._at > self._last and pattern != "0":
            pass
        elif self._is_bare_zero():
            self._fill()
            if self._picture.is_filled and self._ends_at_point():
                self._out.append("0")
        else:
            self._out.append(current or END)
            self._in_number = True
        self._at += bool(current)

    def _sign_before(self) -> None:
        starts = self._place >= self._blanks or (self._picture.has_zeros and self._zero_start == self._place)
        if self._is_sign_written or not starts or (self._is_bare_zero() and not self._ends_at_point()):
            return
        if "S" in self._picture.seen:
            if self._sign_first:
                self._out.append(self._sign)
                self._is_sign_written = True
            return
        if self._is_bracketed:
            self._out.append(" " if self._sign == "+" else "<")
        elif self._sign == "-":
            self._out.append("-")
        else:
            self._fill()
        self._is_sign_written = True

    def _sign_behind(self) -> None:
        end = self._count + (self._blanks > 0) + self._picture.has_point
        if self._last is not None and self._last == self._at:
            end = self._place
        if self._place + 1 != end:
            return
        if self._is_sign_written and self._is_bracketed:
            self._out.append(" " if self._sign == "+" else ">")
        elif "S" in self._picture.seen and not self._sign_first:
            self._out.append(self._sign)

    def _other(self, pattern: str, written: str) -> str:
        blank = "" if self._picture.is_filled else " "
        match pattern:
            case "," | "G":
                return "," if self._in_number else blank
            case "L":
                return " "
            case "RN":
                numeral = self._digits if written == "RN" else self._digits.lower()
                return numeral if self._picture.is_filled else numeral.rjust(ROMAN_WIDTH)
            case "TH":
                picture = self._picture
                if "RN" in picture.seen or self._digits[:1] == "#" or self._sign == "-" or picture.has_point:
                    return ""
                ending = ordinal(self._digits)
                return ending if written == "TH" else ending.lower()
            case "MI":
                return "-" if self._sign == "-" else blank
            case "PL":
                return "+" if self._sign == "+" else blank
            case "SG":
                return self._sign
        return ""


def _written(picture: Picture, text: str, before: int, behind: int) -> str:
    """Write a number that has been rounded to the digits of the picture."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("+", text)
    length = len(digits.partition(".")[0])
    if length > before:
        digits = "#" * before + "." + "#" * behind
    return _NumberWriter(picture, digits, sign, max(before - length, 0), before, behind).write()


def _numeral(picture: Picture, value: int) -> str:
    numeral = ""
    if not 1 <= value <= ROMAN_MAX:
        numeral = "#" * ROMAN_WIDTH
    else:
        for size, letters in ROMAN_DIGITS:
            count, value = divmod(value, size)
            numeral += letters * count
    return _NumberWriter(picture, numeral, "+", 0, picture.before, picture.behind).write()


def _not_scientific(picture: Picture) -> str:
    """Return what stands for a number that has no exponent."""
    return f" {'#' * picture.before}.{'#' * (picture.behind + 4)}"


def _scientific(picture: Picture, value: Decimal) -> str:
    if not value.is_finite():
        return _not_scientific(picture)
    exponent = value.adjusted() if value else 0
    mantissa = quotient(value, ONE.scaleb(exponent, numeric_math.EXACT), picture.behind)
    text = f"{decimal_text(mantissa)}e{exponent:+03d}"
    return text if text.startswith("-") else f" {text}"


@function("to_char(numeric, text) -> text", volatility="stable")
def _numeric_to_text(value: Decimal, text: str) -> str:
    picture = read_picture(text)
    if "RN" in picture.seen:
        return _numeral(picture, int(to_scale(value, 0)) if value.is_finite() and abs(value) < 10_000 else 0)
    if picture.is_scientific:
        return _scientific(picture, value)
    if "V" in picture.seen:
        value = numeric_math.multiply(value, numeric_math.power(Decimal(10), Decimal(picture.shifted)))
    before = picture.before + picture.shifted
    if value.is_finite():
        value = bounded(to_scale(value, picture.behind))
    return _written(picture, decimal_text(value), before, picture.behind)


def _integer_to_text(value: int, picture: Picture) -> str:
    digits = str(value) + ("." + "0" * picture.behind if picture.behind else "")
    return _written(picture, digits, picture.before + picture.shifted, picture.behind)


@function("to_char(integer, text) -> text", volatility="stable")
def _int4_to_text(value: int, text: str) -> str:
    picture = read_picture(text)
    if "RN" in picture.seen:
        return _numeral(picture, value)
    if picture.is_scientific:
        return f"{float(value): .{picture.behind}e}"
    if "V" in picture.seen:
        # Multiplied as integers of 32 bits are in C.
        factor = 10**picture.shifted if picture.shifted < 10 else -(1 << 31)
        value = (value * factor + (1 << 31)) % (1 << 32) - (1 << 31)
    return _integer_to_text(value, picture)


@function("to_char(bigint, text) -> text", volatility="stable")
def _int8_to_text(value: int, text: str) -> str:
    picture = read_picture(text)
    if "RN" in picture.seen:
        return _numeral(picture, value)
    if picture.is_scientific:
        return _scientific(picture, Decimal(value))
    if "V" in picture.seen:
        value = BIGINT.checked(value * BIGINT.checked(10**picture.shifted))
    return _integer_to_text(value, picture)


def _float_to_text(digits_max: int) -> Callable[[float, str], str]:
    """Write a float with no more digits than it surely has."""

    def run(value: float, text: str) -> str:
        picture = read_picture(text)
        if "RN" in picture.seen:
            return _numeral(picture, round(value) if math.isfinite(value) else 0)
        if picture.is_scientific:
            return f"{value: .{picture.behind}e}" if math.isfinite(value) else _not_scientific(picture)
        if "V" in picture.seen:
            value = value * 10.0**picture.shifted
        before, behind = picture.before + picture.shifted, picture.behind
        whole = len(_fixed_text(abs(value), 0))
        behind = min(behind, max(digits_max - whole, 0))
        return _written(picture, _fixed_text(value, behind), before, behind)

    return run


def _fixed_text(value: float, scale: int) -> str:
    if math.isfinite(value):
        return f"{value:.{scale}f}"
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


function("to_char(double precision, text) -> text", volatility="stable")(_float_to_text(DOUBLE_DIGITS))
function("to_char(real, text) -> text", volatility="stable")(_float_to_text(SINGLE_DIGITS))
