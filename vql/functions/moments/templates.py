"""Templates of dates and times: what their patterns are, and to_char, which writes by them."""

from __future__ import annotations

import re
from functools import lru_cache

from vql.calendar import days
from vql.calendar.days import DAY_US, SECOND_US
from vql.calendar.interval import Interval, parts_of
from vql.calendar.tokens import MONTHS
from vql.dataclass import dataclass
from vql.errors import InvalidDatetime
from vql.functions.declare import Environment, function
from vql.functions.moments.moments import IN_SESSION, style

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
# From I to XII.
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
# Patterns in capitals; a longer one comes before those it starts with. All may be written small, too.
PATTERNS = (
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FF1", "FF2", "FF3", "FF4",
    "FF5", "FF6", "FX", "HH12", "HH24", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM",
    "MONTH", "MON", "MS", "OF", "P.M.", "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US",
    "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
)  # fmt: skip
CAPITALIZED = ("Day", "Dy", "Month", "Mon")
_ALL = sorted({*PATTERNS, *(name.lower() for name in PATTERNS), *CAPITALIZED}, key=len, reverse=True)
NODE = re.compile(
    rf"(?P<prefix>FM|fm|TM|tm)?(?:(?P<pattern>{'|'.join(map(re.escape, _ALL))})(?P<suffix>TH|th|SP)?"
    r'|"(?P<quoted>(?:\\.|[^"\\]|\\$)*)"?|\\?(?P<character>(?<=\\)"|.))?',
    re.DOTALL,
)
SEPARATORS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
HALF_DAYS = ("A.M.", "AM", "P.M.", "PM")
ERAS = ("A.D.", "AD", "B.C.", "BC")
WORDS = frozenset((*HALF_DAYS, *ERAS, "MONTH", "MON", "DAY", "DY", "RM"))
# What has no meaning for an interval.
OF_DATES = frozenset(
    ("TZ", "TZH", "TZM", "OF", *ERAS, "MONTH", "MON", "DAY", "DY", "D", "ID", "IYYY",
     "IYY", "IY", "I", "IDDD", "IW", "J")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TemplateNode:
    """A pattern as it was written, with its modifiers, or a character that stands for itself."""

    text: str
    pattern: str = ""  # in capitals
    is_filled: bool = True  # not FM
    is_padded: bool = True  # not FM nor TM: names of months and days
    ordinal: str = ""  # TH or th
    is_quoted: bool = False


@lru_cache(maxsize=256)
def nodes_of_template(template: str) -> tuple[TemplateNode, ...]:
    """Split a template."""
    found: list[TemplateNode] = []
    position = 0
    while position < len(template):
        match = NODE.match(template, position)
        assert match is not None, "any character is one"
        position = max(match.end(), position + 1)
        if match["pattern"]:
            ordinal = match["suffix"] if match["suffix"] in ("TH", "th") else ""
            filled = match["prefix"] not in ("FM", "fm")
            padded = filled and match["prefix"] is None
            found.append(TemplateNode(match["pattern"], match["pattern"].upper(), filled, padded, ordinal))
        elif match["quoted"] is not None:
            text = re.sub(r"\\(.)", r"\1", match["quoted"], flags=re.DOTALL)
            found += [TemplateNode(character, is_quoted=True) for character in text]
        elif match["character"]:
            found.append(TemplateNode(match["character"]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a template shows: a local moment, with its zone where it has one, or an interval."""

    year: int  # astronomical
    month: int
    day: int
    hour: int
    minute: int
    micros: int  # of the minute
    day_of_year: int
    day_number: int = 0
    offset: int = 0
    zone: str = ""
    is_interval: bool = False

    @property
    def second(self) -> int:
        return _towards_zero(self.micros, SECOND_US)

    @property
    def fraction(self) -> int:
        return self.micros - self.second * SECOND_US


def _towards_zero(count: int, unit: int) -> int:
    return count // unit if count >= 0 else -(-count // unit)


def shown_moment(moment: int, offset: int = 0, zone: str = "") -> Shown:
    """Return a finite moment at an offset from UTC as what a template shows."""
    day, clock = divmod(moment + offset * SECOND_US, DAY_US)
    year, month, dom = days.date_of(day)
    minutes, micros = divmod(clock, days.MINUTE_US)
    of_year = day - days.day_number(year, 1, 1) + 1
    return Shown(year, month, dom, minutes // 60, minutes % 60, micros, of_year, day, offset, zone)


def shown_interval(span: Interval) -> Shown:
    """Return a finite interval as what a template shows."""
    parts = parts_of(span)
    return Shown(
        parts.years, parts.months, parts.days, parts.hours, parts.minutes, parts.seconds,
        span.months * 30 + span.days, is_interval=True,
    )  # fmt: skip


def text_by_template(template: str, shown: Shown) -> str:
    """Write by a template. Raises 22007 for what an interval has not."""
    out: list[str] = []
    for node in nodes_of_template(template):
        if not node.pattern:
            out.append(node.text)
            continue
        if shown.is_interval and node.pattern in OF_DATES:
            raise InvalidDatetime(
                "invalid format specification for an interval value",
                hint="Intervals are not tied to specific calendar dates.",
            )
        text = _pattern_text(node, shown)
        is_ordinal = node.ordinal and text and _is_number(node)
        out.append(text + (ordinal_of(text, node.ordinal) if is_ordinal else ""))
    return "".join(out)


def ordinal_of(number: str, case: str) -> str:
    """Return the ending that makes a number an ordinal, in the case of TH or th."""
    teen = len(number) > 1 and number[-2] == "1"
    ending = "TH" if teen else {"1": "ST", "2": "ND", "3": "RD"}.get(number[-1:], "TH")
    return ending if case == "TH" else ending.lower()


def _is_number(node: TemplateNode) -> bool:
    return node.pattern not in WORDS and node.pattern not in ("TZ", "TZH", "TZM", "OF", "FX")


def _padded(node: TemplateNode, number: int, width: int) -> str:
    """Write a number with zeros in front, its sign not counted."""
    return f"{number:0{width + (number < 0)}d}" if node.is_filled else str(number)


def _padded_in_all(node: TemplateNode, number: int, width: int) -> str:
    """Write a number with zeros in front, its sign counted."""
    return f"{number:0{width}d}" if node.is_filled else str(number)


def _pattern_text(node: TemplateNode, shown: Shown) -> str:
    if node.pattern in WORDS:
        return _word_text(node, shown)
    match node.pattern:
        case "HH" | "HH12":
            hour = abs(shown.hour) % 12 or 12
            return _padded(node, hour if shown.hour >= 0 or hour == 12 else -hour, 2)
        case "HH24":
            return _padded(node, shown.hour, 2)
        case "MI":
            return _padded(node, shown.minute, 2)
        case "SS":
            return _padded(node, shown.second, 2)
        case "MS":
            return _fraction(shown.fraction, 3)
        case "US":
            return _fraction(shown.fraction, 6)
        case "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6":
            return _fraction(shown.fraction, int(node.pattern[2]))
        case "SSSS" | "SSSSS":
            return str(shown.hour * 3600 + shown.minute * 60 + shown.second)
        case "TZ" | "TZH" | "TZM" | "OF":
            return _zone_text(node, shown)
    return _date_text(node, shown)


def _fraction(micros: int, digits: int) -> str:
    number = _towards_zero(micros, int(10 ** (6 - digits)))
    return f"{number:0{digits}d}"


def _word_text(node: TemplateNode, shown: Shown) -> str:
    match node.pattern:
        case "A.M." | "P.M." | "AM" | "PM":
            text = "P" if shown.hour > 0 and shown.hour % 24 >= 12 else "A"
            text += ".M." if "." in node.pattern else "M"
        case "A.D." | "B.C." | "AD" | "BC":
            text = "BC" if shown.year <= 0 else "AD"
            text = f"{text[0]}.{text[1]}." if "." in node.pattern else text
        case "RM":
            return _roman(node, shown)
        case "MONTH" | "MON":
            text = MONTHS[shown.month - 1]
        case _:
            text = WEEKDAYS[days.weekday(shown.day_number)]
    if node.pattern in ("MON", "DY"):
        text = text[:3]
    text = text.lower() if node.text.islower() else text.upper() if node.text.isupper() else text.capitalize()
    return f"{text:9}" if node.pattern in ("MONTH", "DAY") and node.is_padded else text


def _roman(node: TemplateNode, shown: Shown) -> str:
    if not shown.month and not shown.year:
        return ""
    month = shown.month or (12 if shown.year >= 0 else 1)
    text = ROMAN[month - 1] if month > 0 else ROMAN[12 + month]
    text = text.lower() if node.text.islower() else text
    return f"{text:4}" if node.is_filled else text


def _zone_text(node: TemplateNode, shown: Shown) -> str:
    sign, size = ("-" if shown.offset < 0 else "+"), abs(shown.offset)
    match node.pattern:
        case "TZ":
            return shown.zone.lower() if node.text.islower() else shown.zone
        case "TZH":
            return f"{sign}{size // 3600:02d}"
        case "TZM":
            return f"{size // 60 % 60:02d}"
    hours = f"{size // 3600:02d}" if node.is_filled else str(size // 3600)
    return sign + hours + (f":{size // 60 % 60:02d}" if size % 3600 else "")


def _date_text(node: TemplateNode, shown: Shown) -> str:
    match node.pattern:
        case "MM":
            return _padded(node, shown.month, 2)
        case "DD":
            return _padded_in_all(node, shown.day, 2)
        case "DDD":
            return _padded_in_all(node, shown.day_of_year, 3)
        case "IDDD":
            year = days.iso_week(shown.day_number)[0]
            return _padded(node, shown.day_number - days.iso_week_start(year, 1) + 1, 3)
        case "D":
            return str(days.weekday(shown.day_number) + 1)
        case "ID":
            return str(days.weekday(shown.day_number) or 7)
        case "WW":
            return _padded_in_all(node, _towards_zero(shown.day_of_year - 1, 7) + 1, 2)
        case "IW":
            return _padded(node, days.iso_week(shown.day_number)[1], 2)
        case "W":
            return str(_towards_zero(shown.day - 1, 7) + 1)
        case "Q":
            return str(_towards_zero(shown.month - 1, 3) + 1) if shown.month else ""
        case "J":
            return str(shown.day_number + days.JULIAN_1970)
        case "CC":
            return _padded(node, _century_of(shown), 2)
        case "FX":
            return ""
    return _year_text(node, shown)


def _century_of(shown: Shown) -> int:
    if shown.is_interval:
        return _towards_zero(shown.year, 100)
    return (shown.year - 1) // 100 + 1 if shown.year > 0 else _towards_zero(shown.year, 100) - 1


def _year_text(node: TemplateNode, shown: Shown) -> str:
    year = days.iso_week(shown.day_number)[0] if node.pattern.startswith("I") else shown.year
    if not shown.is_interval and year <= 0:
        year = 1 - year
    if node.pattern == "Y,YYY":
        thousands = _towards_zero(year, 1000)
        return f"{thousands},{year - thousands * 1000:03d}"
    width = len(node.pattern)
    if width < 4:
        year -= _towards_zero(year, 10**width) * 10**width
    return str(year) if width == 1 else _padded(node, year, width)


# ------------------------------------------------------------------ to_char


@function("to_char(timestamp, text) -> text", volatility="stable")
def _timestamp_to_char(moment: int, template: str) -> str | None:
    if not template or not days.is_finite(moment):
        return None
    return text_by_template(template, shown_moment(moment))


@function("to_char(timestamptz, text) -> text", **IN_SESSION)
def _timestamptz_to_char(environment: Environment, moment: int, template: str) -> str | None:
    if not template or not days.is_finite(moment):
        return None
    then = style(environment).zone.at(moment)
    return text_by_template(template, shown_moment(moment, then.offset, then.abbreviation))


@function("to_char(interval, text) -> text", volatility="stable")
def _interval_to_char(span: Interval, template: str) -> str | None:
    if not template or not span.is_finite:
        return None
    return text_by_template(template, shown_interval(span))
