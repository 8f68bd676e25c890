"""Texts to intervals, in all the forms PostgreSQL reads: units, SQL's fields, ISO 8601.

Tokens are read from the last to the first: a unit stands behind its number, and a number without one is of
the field before the last one known.
"""

from __future__ import annotations

import re
from dataclasses import replace

from vql.calendar import interval as intervals
from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.calendar.interval import INT32_MAX, INT64_MAX, Interval, checked_interval, divided
from vql.calendar.tokens import TEXT_MAX, Malformed, Overflowing, tokens_of
from vql.dataclass import dataclass
from vql.errors import DataError, InvalidDatetime

UNIT_NAMES = {
    "microsecond": "us usec usecs microsecon", "millisecond": "ms msec msecs millisecon",
    "second": "s sec second seconds secs", "minute": "m min mins minute minutes",
    "hour": "h hour hours hr hrs", "day": "d day days", "week": "w week weeks",
    "month": "mon mons month months", "quarter": "qtr quarter", "year": "y year years yr yrs",
    "decade": "dec decade decades decs",
    "century": "c cent centuries century", "millennium": "mil mils millennia millennium",
}  # fmt: skip
UNITS = {word: unit for unit, words in UNIT_NAMES.items() for word in words.split()}
WORD_MAX = 10  # characters of a word that count
MICROSECONDS = {
    "microsecond": 1, "millisecond": 1000, "second": SECOND_US, "minute": MINUTE_US, "hour": HOUR_US,
}  # fmt: skip
YEARS = {"year": 1, "decade": 10, "century": 100, "millennium": 1000}
CLOCK_UNITS = frozenset(("hour", "minute", "second", "millisecond", "microsecond"))
# Fields of a restriction `interval day to second`, as bits of the type modifier.
FIELD_BITS = {
    "month": 1 << 1,
    "year": 1 << 2,
    "day": 1 << 3,
    "hour": 1 << 10,
    "minute": 1 << 11,
    "second": 1 << 12,
}
FIELDS_ALL, PRECISION_ALL = 0x7FFF, 0xFFFF
# Before a modifier that says fields: no number of digits that anybody writes.
FIELDS_SAID = -(1 << 40)
ORDER = ("year", "month", "day", "hour", "minute", "second")
ISO_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)|-")


def modifier_of(fields: str, precision: int | None = None) -> int:
    """Return the modifier of `interval <fields>(precision)`, such as "day to second", "" for all fields."""
    bits = FIELDS_ALL
    if fields:
        first, _, last = fields.partition(" to ")
        start, stop = ORDER.index(first), ORDER.index(last or first)
        bits = sum(FIELD_BITS[name] for name in ORDER[start : stop + 1])
    return bits << 16 | (PRECISION_ALL if precision is None else precision)


def fields_of(modifier: int) -> str:
    """Return the restriction of a modifier as SQL has it, "" where all fields may be."""
    bits = modifier >> 16 & FIELDS_ALL
    if bits == FIELDS_ALL:
        return ""
    names = [name for name in ORDER if bits & FIELD_BITS[name]]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def precision_of(modifier: int) -> int | None:
    """Return the digits of seconds of a modifier."""
    return None if modifier & PRECISION_ALL == PRECISION_ALL else modifier & PRECISION_ALL


def read_interval(text: str, style: str = "postgres", modifier: int | None = None) -> Interval:
    """Read an interval. Raises 22007, 22008, 22015."""
    last = "" if modifier is None else fields_of(modifier).rpartition(" ")[2]
    try:
        try:
            made = _of_tokens(text, style, last, modifier)
        except Malformed:
            made = _of_iso(text)
    except Malformed:
        raise InvalidDatetime(f'invalid input syntax for type interval: "{text}"') from None
    except Overflowing:
        raise DataError(f'interval field value out of range: "{text}"', sqlstate="22015") from None
    return restricted(made, modifier)


def restricted(value: Interval, modifier: int | None) -> Interval:
    """Return an interval without the fields below the last of its type, rounded to its precision."""
    if modifier is None or not value.is_finite:
        return value
    match fields_of(modifier).rpartition(" ")[2]:
        case "year":
            value = Interval(divided(value.months, 12)[0] * 12)
        case "month":
            value = Interval(value.months)
        case "day":
            value = Interval(value.months, value.days)
        case "hour":
            value = replace(value, microseconds=divided(value.microseconds, HOUR_US)[0] * HOUR_US)
        case "minute":
            value = replace(value, microseconds=divided(value.microseconds, MINUTE_US)[0] * MINUTE_US)
    digits = precision_of(modifier)
    if digits is None or digits >= 6:
        return value
    unit = 10 ** (6 - digits)
    size = (abs(value.microseconds) + unit // 2) // unit * unit
    return checked_interval(value.months, value.days, size if value.microseconds >= 0 else -size)


@dataclass(slots=True)
class Sum:
    """What has been read of an interval. Raises Overflowing beyond the ranges of its parts."""

    years: int = 0
    months: int = 0
    days: int = 0
    microseconds: int = 0

    def add(self, unit: str, whole: int, fraction: float) -> None:
        """Add so many of a unit."""
        if unit in MICROSECONDS:
            self.microseconds += whole * MICROSECONDS[unit]
            self._add_fraction(fraction, MICROSECONDS[unit])
        elif unit == "day":
            self.days += whole
            self._add_fraction(fraction, DAY_US)
        elif unit == "week":
            self.days += whole * 7
            self._add_days(fraction * 7)
        elif unit == "month":
            self.months += whole
            self._add_days(fraction * 30)
        elif unit in YEARS:
            self.years += whole * YEARS[unit]
            self.months += round(fraction * YEARS[unit] * 12)
        else:
            raise Malformed
        if max(abs(self.years), abs(self.months), abs(self.days)) > INT32_MAX + 1:
            raise Overflowing
        if max(self.years, self.months, self.days) > INT32_MAX:
            raise Overflowing
        if not -INT64_MAX - 1 <= self.microseconds <= INT64_MAX:
            raise Overflowing

    def _add_days(self, days: float) -> None:
        self.days += int(days)
        self._add_fraction(days - int(days), DAY_US)

    def _add_fraction(self, fraction: float, unit: int) -> None:
        if fraction:
            exact = fraction * unit
            whole = int(exact)
            rest = exact - whole
            self.microseconds += whole + (rest > 0.5) - (rest < -0.5)

    def negated(self) -> Sum:
        return Sum(-self.years, -self.months, -self.days, -self.microseconds)

    def interval(self) -> Interval:
        return checked_interval(self.years * 12 + self.months, self.days, self.microseconds)


# ------------------------------------------------------------------ units


def _of_tokens(text: str, style: str, last: str, modifier: int | None) -> Interval:
    tokens = tokens_of(text)
    signs = [token[0] in "+-" for _, token in tokens]
    all_negative = style == "sql_standard" and bool(tokens) and tokens[0][1][0] == "-" and not any(signs[1:])
    minutes_to_seconds = modifier is not None and fields_of(modifier) == "minute to second"
    made, seen = Sum(), set[str]()
    unit, is_unit_open, is_ago = "", False, False
    for place in range(len(tokens) - 1, -1, -1):
        kind, token = tokens[place]
        is_last = place == len(tokens) - 1
        if kind == "word":
            word = token[:WORD_MAX]
            if is_unit_open:
                raise Malformed
            if word in UNITS:
                unit, is_unit_open = UNITS[word], True
            elif word == "ago" and is_last:
                is_ago = True
            elif word in ("infinity", "+infinity", "-infinity") and len(tokens) == 1:
                return intervals.EARLY if word[0] == "-" else intervals.LATE
            elif word not in ("at", "on"):
                raise Malformed
            continue
        given: frozenset[str] | set[str]
        if kind == "clock" or kind == "offset" and ":" in token:
            micros = _clock_us(token.lstrip("+-"), minutes_to_seconds)
            negative = token[0] == "-" or all_negative and micros > 0
            made.microseconds += -micros if negative else micros
            given, unit = CLOCK_UNITS, "day"
        else:
            whole, fraction, unit = _number(token, unit or last or "second")
            if all_negative:
                whole, fraction = -abs(whole), -abs(fraction)
            made.add(unit, whole, fraction)
            given = {unit, "millisecond", "microsecond"} if unit == "second" and fraction else {unit}
            unit = "day" if unit == "hour" else unit
        is_unit_open = False
        if given & seen:
            raise Malformed
        seen |= given
    if not seen or is_unit_open:
        raise Malformed
    return (made.negated() if is_ago else made).interval()


def _number(token: str, unit: str) -> tuple[int, float, str]:
    """Return a number and its unit; years-months are months."""
    found = re.fullmatch(r"([+-]?)(\d*)(?:\.(\d*)|-(\d+))?", token)
    if found is None or not (found[2] or found[3]):
        raise Malformed
    sign, whole = (-1 if found[1] == "-" else 1), int(found[2] or 0)
    if whole > INT64_MAX + (sign < 0):
        raise Overflowing
    if found[4] is not None:
        if int(found[4]) > 11:
            raise Overflowing
        return sign * (whole * 12 + int(found[4])), 0.0, "month"
    return sign * whole, sign * float(f"0.{found[3] or 0}"), unit


def _clock_us(token: str, minutes_to_seconds: bool) -> int:
    """Return h:m, h:m:s or m:s.f as microseconds; hours may be many."""
    found = re.fullmatch(r"(\d+):(\d*)(?::(\d+))?(?:\.(\d*))?", token)
    if found is None:
        raise Malformed
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[3] is None and (found[4] is not None or minutes_to_seconds):
        hour, minute, second = 0, hour, minute
    micros = round(float(f"0.{found[4]}") * SECOND_US) if found[4] else 0
    whole = hour * HOUR_US + minute * MINUTE_US + second * SECOND_US + micros
    if minute > 59 or second > 60 or whole > INT64_MAX:
        raise Overflowing
    return whole


# ------------------------------------------------------------------ ISO 8601


def _of_iso(text: str) -> Interval:
    """Read P1Y2M3DT4H5M6S, P0001-02-03T04:05:06, P00010203T040506."""
    if not 2 <= len(text) <= TEXT_MAX or text[0] != "P":
        raise Malformed
    made = Sum()
    date, has_time, clock = text[1:].partition("T")
    _iso_half(made, date, ("Y", "M", "W", "D"), ("year", "month", "week", "day"), "-", 8)
    if has_time:
        _iso_half(made, clock, ("H", "M", "S"), ("hour", "minute", "second"), ":", 6)
    return made.interval()


def _iso_half(
    made: Sum, text: str, letters: tuple[str, ...], units: tuple[str, ...], mark: str, width: int
) -> None:
    """Add what stands before or behind the T."""
    position, is_first = 0, True
    while position < len(text):
        found = ISO_NUMBER.match(text, position)
        if found is None:
            raise Malformed
        whole, fraction = _iso_number(found[0])
        position = found.end()
        unit = text[position : position + 1]
        if unit in letters and unit:
            made.add(units[letters.index(unit)], whole, fraction)
            position += 1
        elif not unit and is_first and len(found[0].lstrip("+-").partition(".")[0]) == width:
            _iso_basic(made, whole, fraction, mark)
        elif unit in ("", mark) and is_first:
            _iso_extended(made, text, mark)
            return
        else:
            raise Malformed
        is_first = False


def _iso_basic(made: Sum, whole: int, fraction: float, mark: str) -> None:
    sign, size = (-1 if whole < 0 else 1), abs(whole)
    fields = (size // 10_000 * sign, size // 100 % 100 * sign, size % 100 * sign)
    names = ("year", "month", "day") if mark == "-" else ("hour", "minute", "second")
    for name, count in zip(names, fields, strict=True):
        made.add(name, count, fraction if name in ("day", "second") else 0.0)


def _iso_extended(made: Sum, text: str, mark: str) -> None:
    names = ("year", "month", "day") if mark == "-" else ("hour", "minute", "second")
    position = 0
    for place, name in enumerate(names):
        found = ISO_NUMBER.match(text, position)
        if found is None:
            raise Malformed
        made.add(name, *_iso_number(found[0]))
        position = found.end()
        if position == len(text):
            return
        if text[position] != mark or place == 2:
            raise Malformed
        position += 1


def _iso_number(token: str) -> tuple[int, float]:
    if token == "-":
        raise Malformed
    value = float(token)
    whole = int(value)
    if abs(whole) > INT32_MAX:
        raise Overflowing
    return whole, value - whole
