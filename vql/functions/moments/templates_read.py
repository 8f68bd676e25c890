"""to_timestamp and to_date: texts read by a template.

Without FX, spaces before fields are skipped and one separator of the template matches one of the text or
none; a character of the template passes over one of the text, whatever it is.
"""

from __future__ import annotations

import re
from dataclasses import field

from vql.calendar import days
from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.calendar.style import Style
from vql.calendar.tokens import MONTHS
from vql.calendar.zones import Abbreviation, abbreviation
from vql.dataclass import dataclass
from vql.errors import DataError, InvalidDatetime
from vql.functions.declare import Environment, function
from vql.functions.moments.moments import IN_SESSION, style
from vql.functions.moments.templates import (
    ERAS,
    HALF_DAYS,
    ROMAN,
    SEPARATORS,
    WEEKDAYS,
    TemplateNode,
    nodes_of_template,
)

# Digits of the patterns that are numbers, and the field they fill.
NUMBERS = {
    "HH": (2, "hour"), "HH12": (2, "hour"), "HH24": (2, "hour"), "MI": (2, "minute"), "SS": (2, "second"),
    "SSSS": (4, "seconds_of_day"), "SSSSS": (5, "seconds_of_day"), "MM": (2, "month"), "DD": (2, "day"),
    "DDD": (3, "day_of_year"), "IDDD": (3, "day_of_year"), "D": (1, "weekday"), "ID": (1, "weekday"),
    "WW": (2, "week"), "IW": (2, "week"), "W": (1, "week_of_month"), "Q": (1, ""), "CC": (2, "century"),
    "J": (1, "julian"), "MS": (3, "milliseconds"), "US": (6, "microseconds"), "FF1": (1, "microseconds"),
    "FF2": (2, "microseconds"), "FF3": (3, "microseconds"), "FF4": (4, "microseconds"),
    "FF5": (5, "microseconds"), "FF6": (6, "microseconds"), "TZM": (2, "zone_minutes"),
    "YYYY": (4, "year"), "IYYY": (4, "year"), "YYY": (3, "year"), "IYY": (3, "year"), "YY": (2, "year"),
    "IY": (2, "year"), "Y": (1, "year"), "I": (1, "year"),
}  # fmt: skip
FRACTIONS = {"MS": 3, "US": 6, "FF1": 6, "FF2": 6, "FF3": 6, "FF4": 6, "FF5": 6, "FF6": 6}
# Patterns whose text may start with a digit.
DIGITS = (*NUMBERS, "Y,YYY")
GREGORIAN = frozenset(
    ("YYYY", "YYY", "YY", "Y", "Y,YYY", "MM", "MON", "MONTH", "DD", "DDD", "D", "WW", "W", "RM")
)
ISO_WEEKS = frozenset(("IYYY", "IYY", "IY", "I", "IDDD", "ID", "IW"))
INT32_MAX = 2**31 - 1
FIXED_WIDTH_HINT = 'If your source string is not fixed-width, try using the "FM" modifier.'
ZONE_HOURS_MAX = 15


@dataclass(slots=True)
class TemplateReader:
    """What a text says, by a template. Fields are 0 where nothing says them."""

    template: str
    text: str
    style: Style
    fields: dict[str, int] = field(default_factory=dict)
    position: int = 0
    skipped: int = 0  # characters passed over beyond those of the template
    is_fixed: bool = False
    mode: str = ""
    is_12_hours: bool = False
    is_afternoon: bool = False
    is_bc: bool = False
    year_digits: int = 4
    zone_sign: int = 0
    zone: Abbreviation | None = None

    def read(self) -> None:
        """Read the text. Raises 22007, 22008."""
        nodes = nodes_of_template(self.template)
        for place, node in enumerate(nodes):
            if self.position >= len(self.text):
                return
            if not self.is_fixed and node.pattern != "FX" and (node.pattern or place == 0):
                self._skip_spaces()
            if not node.pattern:
                self._pass_over(node)
                continue
            self._set_mode(node)
            self._pattern(node, nodes[place + 1] if place + 1 < len(nodes) else None)
            if not self.is_fixed and node.pattern != "FX":
                self.skipped = 0
                self._skip_spaces()

    def get(self, name: str) -> int:
        return self.fields.get(name, 0)

    def _skip_spaces(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1
            self.skipped += 1

    def _pass_over(self, node: TemplateNode) -> None:
        is_gap = not node.is_quoted and (node.text.isspace() or node.text in SEPARATORS)
        if self.is_fixed:
            self.position += 1
        elif is_gap:
            self.skipped -= 1
            if self.position < len(self.text):
                next_ = self.text[self.position]
                if next_.isspace() or next_ in SEPARATORS:
                    self.position += 1
                    self.skipped += 1
        elif self.skipped > 0:
            self.skipped -= 1
        else:
            self.position += 1

    def _set_mode(self, node: TemplateNode) -> None:
        mode = "g" if node.pattern in GREGORIAN else "i" if node.pattern in ISO_WEEKS else ""
        if mode and self.mode and mode != self.mode:
            raise InvalidDatetime(
                "invalid combination of date conventions",
                hint="Do not mix Gregorian and ISO week date conventions in a formatting template.",
            )
        self.mode = mode or self.mode

    # -------------------------------------------------------------- patterns

    def _pattern(self, node: TemplateNode, following: TemplateNode | None) -> None:
        pattern = node.pattern
        names: tuple[str, ...]
        if pattern in HALF_DAYS:
            names = ("a.m.", "p.m.") if "." in pattern else ("am", "pm")
            self.is_afternoon, self.is_12_hours = self._word(node, names) == 1, True
        elif pattern in ERAS:
            self.is_bc = self._word(node, ("a.d.", "b.c.") if "." in pattern else ("ad", "bc")) == 1
        elif pattern in ("MONTH", "MON"):
            names = MONTHS if pattern == "MONTH" else tuple(name[:3] for name in MONTHS)
            self._set("month", self._word(node, names) + 1, node)
        elif pattern in ("DAY", "DY"):
            names = tuple(name.lower() if pattern == "DAY" else name[:3].lower() for name in WEEKDAYS)
            weekday = self._word(node, names)
            self._set("weekday", weekday, node, weekday + 1)
        elif pattern == "RM":
            names = tuple(name.lower() for name in reversed(ROMAN))
            self._set("month", 12 - self._word(node, names), node)
        elif pattern in ("TZ", "OF", "TZH"):
            self._zone_pattern(node, following)
        elif pattern == "Y,YYY":
            self._year_with_comma(node)
        elif pattern == "FX":
            self.is_fixed = True
        else:
            self._number_pattern(node, following)
        if node.ordinal and pattern in DIGITS:
            self.position += 2

    def _number_pattern(self, node: TemplateNode, following: TemplateNode | None) -> None:
        width, name = NUMBERS[node.pattern]
        value, size = self._integer(node, width, following)
        if node.pattern in ("HH", "HH12"):
            self.is_12_hours = True
        kept = value
        if node.pattern in FRACTIONS:
            kept *= int(10 ** max(FRACTIONS[node.pattern] - size, 0))
        elif node.pattern == "ID":
            kept = value + 1 if value < 7 else 1
        elif name == "year":
            self.year_digits = width
            if width < 4 and size < 4:
                kept = _near_2020(value)
        elif node.pattern == "TZM" and not self.zone_sign:
            self.zone_sign = 1
        if name:
            self._set(name, value, node, kept)

    def _integer(self, node: TemplateNode, width: int, following: TemplateNode | None) -> tuple[int, int]:
        """Read an integer, of just so many characters where another may follow at once; and the size of
        its text."""
        start = self.position
        self.position += len(self.text[start:]) - len(self.text[start:].lstrip())
        rest = self.text[self.position :]
        if not node.is_filled or _ends_a_number(node, following):
            found = re.match(r"[+-]?\d+", rest)
            used = found.end() if found else 0
        else:
            if len(rest) < width:
                raise InvalidDatetime(
                    f'source string too short for "{node.text}" formatting field',
                    detail=f"Field requires {width} characters, but only {len(rest)} remain.",
                    hint=FIXED_WIDTH_HINT,
                )
            found = re.match(r"\s*[+-]?\d+", rest[:width])
            used = found.end() if found else 0
            if 0 < used < width:
                raise InvalidDatetime(
                    f'invalid value "{rest[:width]}" for "{node.text}"',
                    detail=f"Field requires {width} characters, but only {used} could be parsed.",
                    hint=FIXED_WIDTH_HINT,
                )
        if not used:
            raise InvalidDatetime(
                f'invalid value "{rest[:width]}" for "{node.text}"', detail="Value must be an integer."
            )
        value = int(rest[:used])
        if not -INT32_MAX - 1 <= value <= INT32_MAX:
            raise DataError(
                f'value for "{node.text}" in source string is out of range',
                detail=f"Value must be in the range {-INT32_MAX - 1} to {INT32_MAX}.", sqlstate="22008",
            )  # fmt: skip
        self.position += used
        return value, self.position - start

    def _set(self, name: str, value: int, node: TemplateNode, kept: int | None = None) -> None:
        """Keep the value of a field, or what is `kept` for it; another can only repeat it. Raises 22007."""
        if self.fields.get(name) not in (None, 0, value):
            raise InvalidDatetime(
                f'conflicting values for "{node.text}" field in formatting string',
                detail="This value contradicts a previous setting for the same field type.",
            )
        self.fields[name] = value if kept is None else kept

    def _word(self, node: TemplateNode, names: tuple[str, ...]) -> int:
        rest = self.text[self.position :]
        lower = rest.lower()
        for number, name in enumerate(names):
            if lower.startswith(name):
                self.position += len(name)
                return number
        shown = re.split(r"[ \t\n\r\f\v]", rest, maxsplit=1)[0]
        raise InvalidDatetime(
            f'invalid value "{shown}" for "{node.text}"',
            detail="The given value did not match any of the allowed values for this field.",
        )

    def _year_with_comma(self, node: TemplateNode) -> None:
        found = re.match(r"\s*([+-]?\d+),(\s*[+-]?\d{1,3})", self.text[self.position :])
        if found is None:
            shown = self.text[self.position :]
            raise InvalidDatetime(f'invalid value "{shown}" for "{node.text}"')
        self._set("year", int(found[1]) * 1000 + int(found[2]), node)
        self.position += found.end()
        self.year_digits = 4

    def _zone_pattern(self, node: TemplateNode, following: TemplateNode | None) -> None:
        """Read an abbreviation, or an offset."""
        if node.pattern == "TZ":
            found = re.match(r"[A-Za-z]+", self.text[self.position :])
            for size in range(found.end() if found else 0, 0, -1):
                word = self.text[self.position : self.position + size]
                self.zone = abbreviation(word.lower(), self.style.zone)
                if self.zone is not None:
                    self.position += size
                    self.zone_sign = 0  # an offset before it is forgotten
                    return
            if found is not None:
                raise InvalidDatetime(
                    f'invalid value "{self.text[self.position :]}" for "{node.text}"',
                    detail="Time zone abbreviation is not recognized.",
                )
        first = self.text[self.position]
        if first in "+- ":
            self.zone_sign = -1 if first == "-" else 1
            self.position += 1
        else:
            before = self.text[self.position - 1 : self.position]
            self.zone_sign = -1 if self.skipped > 0 and before == "-" else 1
        self._set("zone_hours", self._integer(node, 2, following)[0], node)
        if node.pattern != "TZH" and self.text[self.position : self.position + 1] == ":":
            self.position += 1
            self._set("zone_minutes", self._integer(node, 2, following)[0], node)


def _ends_a_number(node: TemplateNode, following: TemplateNode | None) -> bool:
    """Whether what follows a pattern cannot be more digits of it."""
    if node.ordinal or following is None:
        return True
    return following.pattern not in DIGITS if following.pattern else not following.text.isdigit()


def _near_2020(year: int) -> int:
    """Return the year nearest to 2020 that a number of up to three digits ends."""
    for limit, added in ((70, 2000), (100, 1900), (520, 2000), (1000, 1000)):
        if year < limit:
            return year + added
    return year


# ------------------------------------------------------------------ the fields together


@dataclass(slots=True)
class Day:
    """Year, month and day as they are put together, and which of them were said."""

    year: int = 0
    month: int = 1
    day: int = 1
    said: frozenset[str] = frozenset()

    def set_number(self, number: int) -> None:
        """Set all three."""
        self.year, self.month, self.day = days.date_of(number)
        self.said = frozenset(("year", "month", "day"))


def _field_out_of_range(text: str) -> DataError:
    return DataError(f'date/time field value out of range: "{text}"', sqlstate="22008")


def local_moment(reader: TemplateReader) -> tuple[int, int]:
    """Return the day and the microseconds of it that a text has said. Raises 22007, 22008."""
    clock = _clock_of_fields(reader)
    made = _year(reader)
    _weeks_and_days(reader, made)
    if made.said and not (1 <= made.month <= 12 and 1 <= made.day <= 31):
        raise _field_out_of_range(reader.text)
    if len(made.said) == 3 and made.day > days.days_in_month(made.year, made.month):
        raise _field_out_of_range(reader.text)
    return days.day_number(made.year, made.month, made.day), clock


def _clock_of_fields(reader: TemplateReader) -> int:
    whole = reader.get("seconds_of_day")
    hour = reader.get("hour") or whole // 3600
    minute = reader.get("minute") or whole // 60 % 60
    second = reader.get("second") or whole % 60
    if reader.is_12_hours:
        if not 1 <= hour <= 12:
            raise InvalidDatetime(
                f'hour "{hour}" is invalid for the 12-hour clock',
                hint="Use the 24-hour clock, or give an hour between 1 and 12.",
            )
        hour = hour % 12 + (12 if reader.is_afternoon else 0)
    micros = reader.get("milliseconds") * 1000 + reader.get("microseconds")
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60 and 0 <= micros < SECOND_US):
        raise _field_out_of_range(reader.text)
    return hour * HOUR_US + minute * MINUTE_US + second * SECOND_US + micros


def _year(reader: TemplateReader) -> Day:
    year, century = reader.get("year"), reader.get("century")
    if not year and not century:
        return Day()
    if reader.is_bc:
        century = -century
    if year and century and reader.year_digits <= 2:
        year = _year_of_century(year % 100, century)
    elif year:
        year = -year if reader.is_bc else year
        year += year < 0  # there is no year 0
    else:
        year = (century - 1) * 100 + 1 if century >= 0 else century * 100 + 1
    return Day(year, said=frozenset(("year",)))


def _year_of_century(year: int, century: int) -> int:
    if year:
        return year + (century - 1) * 100 if century >= 0 else (century + 1) * 100 - year + 1
    return century * 100 if century >= 0 else century * 100 + 1


def _weeks_and_days(reader: TemplateReader, made: Day) -> None:
    of_year, week = reader.get("day_of_year"), reader.get("week")
    if reader.get("julian"):
        made.set_number(reader.get("julian") - days.JULIAN_1970)
    if week and reader.mode == "i":
        weekday = reader.get("weekday")  # 1 is Sunday, the last day of these weeks
        start = days.iso_week_start(made.year, week)
        made.set_number(start + ((weekday + 5) % 7 if weekday else 0))
    elif week:
        of_year = (week - 1) * 7 + 1
    day = (reader.get("week_of_month") - 1) * 7 + 1 if reader.get("week_of_month") else reader.get("day")
    if day:
        made.day, made.said = day, made.said | {"day"}
    if reader.get("month"):
        made.month, made.said = reader.get("month"), made.said | {"month"}
    if of_year and (made.month <= 1 or made.day <= 1):
        _day_of_year(reader, made, of_year)


def _day_of_year(reader: TemplateReader, made: Day, of_year: int) -> None:
    if not made.year and not reader.is_bc:
        raise InvalidDatetime("cannot calculate day of year without year information")
    if reader.mode == "i":
        made.set_number(days.iso_week_start(made.year, 1) + of_year - 1)
        return
    first = days.day_number(made.year, 1, 1)
    if of_year > days.day_number(made.year + 1, 1, 1) - first:
        raise _field_out_of_range(reader.text)
    _, month, day = days.date_of(first + of_year - 1) if of_year > 0 else (0, 1, of_year)
    made.month = month if made.month <= 1 else made.month
    made.day = day if made.day <= 1 else made.day
    made.said |= {"month", "day"}


# ------------------------------------------------------------------ to_timestamp, to_date


@function("to_timestamp(text, text) -> timestamptz", **IN_SESSION)
def _to_timestamp_by(environment: Environment, text: str, template: str) -> int:
    reader = TemplateReader(template, text, style(environment))
    reader.read()
    day, clock = local_moment(reader)
    local = day * DAY_US + clock
    offset = _said_offset(reader)
    if offset is None:
        offset = (reader.zone or reader.style.zone).offset_of(local)
    return days.checked_moment(local - offset * SECOND_US)


def _said_offset(reader: TemplateReader) -> int | None:
    """Return the seconds east that a text has said in numbers. Raises 22009."""
    if not reader.zone_sign:
        return None
    hours, minutes = reader.get("zone_hours"), reader.get("zone_minutes")
    if not (0 <= hours <= ZONE_HOURS_MAX and 0 <= minutes < 60):
        raise DataError(f'time zone displacement out of range: "{reader.text}"', sqlstate="22009")
    return reader.zone_sign * (hours * 3600 + minutes * 60)


@function("to_date(text, text) -> date", **IN_SESSION)
def _to_date(environment: Environment, text: str, template: str) -> int:
    reader = TemplateReader(template, text, style(environment))
    reader.read()
    day, _ = local_moment(reader)
    _said_offset(reader)
    return days.checked_day(day, f'date out of range: "{text}"')
