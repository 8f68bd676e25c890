"""Texts to days, moments and times, in all the forms PostgreSQL reads (its manual, appendix B).

A text is cut into tokens by its characters alone; then each token in turn says what it is, which may depend on
what those before it have said: `Reader.seen`. Where numbers alone name day, month and year, DateStyle's
order decides.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from vql.calendar import days
from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.calendar.style import Style
from vql.calendar.zones import Abbreviation, Zone, abbreviation, zone_named
from vql.errors import DataError, InvalidDatetime

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
MONTH_WORDS = {name: number for number, full in enumerate(MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}
DAY_WORDS = {
    "sun", "sunday", "mon", "monday", "tue", "tues", "tuesday", "wed", "wednesday", "weds", "thu", "thur",
    "thurs", "thursday", "fri", "friday", "sat", "saturday",
}  # fmt: skip
# Words of dates that a digit may stand right behind, without becoming a name of a zone with it.
OTHER_WORDS = {
    "ad", "bc", "am", "pm", "allballs", "at", "on", "d", "dow", "doy", "dst", "epoch", "h", "infinity", "isodow",
    "isoyear", "j", "jd", "julian", "m", "mm", "now", "s", "t", "today", "tomorrow", "y", "yesterday",
}  # fmt: skip
WORDS = MONTH_WORDS.keys() | DAY_WORDS | OTHER_WORDS
ERAS, HALVES = ("ad", "bc"), ("am", "pm")
RELATIVE_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
DATE, CLOCK = frozenset(("year", "month", "day")), frozenset(("clock",))
ZONE = frozenset(("zone",))
TOKENS_MAX = 25
ZONE_HOURS_MAX = 15

ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[ T](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?"
)
TOKEN = re.compile(
    r"""\s*(?:
      (?P<time>\d+:[\d:.]*)
    | (?P<date>\d+(?P<mark>[-/.])(?:\d+(?P=mark)(?:\d|(?P=mark))*|(?!\d)(?:[A-Za-z\d]|(?P=mark))*)|\d+[-/]\d+)
    | (?P<number>\d+(?:\.\d*)?|\.\d*)
    | (?P<word>[A-Za-z]+)
    | [+-]\s*(?:(?P<offset>\d[\d:.\-]*)|(?P<special>[A-Za-z]+))
    | (?P<skipped>[^\sA-Za-z\d+-])
    )""",
    re.VERBOSE,
)
COMPOUND = re.compile(r"[A-Za-z\d+\-/_.:]*")


class Malformed(Exception):
    """A text that is no date or time."""


class Overflowing(Exception):
    """A field out of its range; `hint` where another order of the fields may be meant."""

    def __init__(self, may_be_order: bool = False) -> None:
        super().__init__()
        self.may_be_order = may_be_order


@dataclass(slots=True)
class Reader:
    """The fields of one text. `special` is a word that stands for the whole: epoch, infinity, -infinity."""

    style: Style
    now: int
    year: int = 0
    month: int = 0
    day: int = 0
    clock: int = 0  # microseconds of the day
    hour: int = 0
    is_clock_off: bool = False  # more minutes or seconds than a clock has: they count on
    zone: int | Zone | Abbreviation | None = None
    special: str = ""
    seen: frozenset[str] = frozenset()
    day_of_year: int = 0
    is_two_digits: bool = False
    is_julian: bool = False
    has_month_word: bool = False
    era: str = ""
    half: str = ""
    prefix: str = ""  # j or t: says what the number behind it is
    is_time_only: bool = False
    tokens: list[tuple[str, str]] = field(default_factory=list)

    # -------------------------------------------------------------- tokens

    def read(self, text: str) -> None:
        """Read a text. Raises Malformed, Overflowing, DataError."""
        self.tokens = tokens_of(text)
        if not self.tokens or len(self.tokens) > TOKENS_MAX:
            raise Malformed
        for place, (kind, token) in enumerate(self.tokens):
            match kind:
                case "date":
                    self._date_token(token, place)
                case "time":
                    if self.prefix not in ("", "t"):
                        raise Malformed
                    self.prefix = ""
                    self._clock(token)
                case "offset":
                    self._say(ZONE)
                    self.zone = offset_seconds(token)
                case "number":
                    self._number_token(token, place)
                case _:
                    self._word(token, place)
        if self.prefix:
            raise Malformed
        self._finish()

    def _say(self, fields: frozenset[str]) -> None:
        """Note that fields are given. Raises Malformed where one was before."""
        if fields & self.seen:
            raise Malformed
        self.seen |= fields

    @property
    def has_date(self) -> bool:
        return DATE <= self.seen

    def _date_token(self, token: str, place: int) -> None:
        if self.prefix == "j":  # a Julian day and an offset
            number = re.match(r"\d+", token)
            if self.is_time_only or number is None:
                raise Malformed
            self.prefix = ""
            self._say(DATE | CLOCK | ZONE)
            self._julian(number[0])
            self.zone = offset_seconds(token[number.end() :])
            return
        if self.is_time_only and not self._may_be_date(place):
            self._clock_and_zone(token)
        elif self.prefix or not self.is_time_only and {"month", "day"} <= self.seen:
            self._clock_and_zone(token)
        else:
            self._date(token)

    def _may_be_date(self, place: int) -> bool:
        """Whether a date may stand in a text that is to be a time: first, with a clock or a zone behind."""
        return place == 0 and len(self.tokens) >= 2 and (self.tokens[-1][0] == "date" or self.tokens[1][0] == "time")

    def _clock_and_zone(self, token: str) -> None:
        """Read a token with marks that is no date: hhmmss-zz, or a zone such as america/new_york."""
        if not token[0].isdigit() and not self.prefix:
            named = zone_named(token)
            if named is None:
                raise DataError(f'time zone "{token}" not recognized', sqlstate="22023")
            self._say(ZONE)
            self.zone = named
            return
        if self.prefix not in ("", "t"):
            raise Malformed
        self.prefix = ""
        digits, dash, _ = token.partition("-")
        if "clock" in self.seen or not dash:
            raise Malformed
        self._say(ZONE)
        self.zone = offset_seconds(token[len(digits) :])
        self._run_together(digits, self.seen | DATE)

    def _number_token(self, token: str, place: int) -> None:
        if self.prefix == "j":
            self.prefix = ""
            self._say(DATE)
            self._julian(token)
        elif self.prefix == "t":
            self.prefix = ""
            self._run_together(token, self.seen | DATE)
        elif self.prefix:
            raise Malformed
        elif self.is_time_only:
            self._number_of_time(token, place)
        else:
            before, point, _ = token.partition(".")
            if point and not DATE & self.seen:
                self._date(token)
            elif point and len(before) > 2 or len(token) >= 6 and not (DATE & self.seen and "clock" in self.seen):
                self._run_together(token, self.seen)
            else:
                self._number(token, self.has_month_word)

    def _number_of_time(self, token: str, place: int) -> None:
        before, point, _ = token.partition(".")
        if point and place == 0 and len(self.tokens) >= 2 and self.tokens[-1][0] == "date":
            self._date(token)
        elif point and len(before) <= 2:
            raise Malformed
        elif point or len(token) > 4:
            self._run_together(token, self.seen | DATE)
        elif len(token) == 4:
            self._run_together(token, self.seen | DATE)
        else:
            raise Malformed

    # -------------------------------------------------------------- words

    def _word(self, word: str, place: int) -> None:
        lower = word.lower()
        zone = None if self.is_time_only and lower in WORDS else abbreviation(lower, self.style.zone)
        if zone is not None and lower not in ("now",):
            self._say(ZONE)
            self.zone = zone
        elif lower in ("at", "on"):
            return
        elif lower in HALVES:
            self._say(frozenset(("half",)))
            self.half = lower
        elif lower in ERAS:
            self._say(frozenset(("era",)))
            self.era = lower
        elif lower == "dst":
            self._say(frozenset(("saving",)))
        elif lower == "t":
            self._iso_time(place)
        elif lower in ("now", "allballs"):
            self._reserved(lower)
        elif lower in ("j", "jd", "julian", "d", "h", "m", "mm", "s", "y"):
            if self.prefix:
                raise Malformed
            self.prefix = "j" if lower[0] == "j" else lower
        elif not self.is_time_only and lower in WORDS | {"-infinity", "+infinity"}:
            self._date_word(lower)
        else:
            named = None if word[:1] in "+-" else zone_named(word)
            if named is None:
                raise Malformed
            self._say(ZONE)
            self.zone = named

    def _date_word(self, word: str) -> None:
        if word in MONTH_WORDS:
            # A number before was taken for the month: it is the day.
            if "month" in self.seen and not self.has_month_word and "day" not in self.seen and 1 <= self.month <= 31:
                self.day = self.month
                self.seen = self.seen - {"month"}
                self._say(frozenset(("day",)))
            self._say(frozenset(("month",)))
            self.month, self.has_month_word = MONTH_WORDS[word], True
        elif word in DAY_WORDS:
            self._say(frozenset(("weekday",)))
        elif word in RELATIVE_DAYS:
            self._say(DATE)
            self._set_day(self.style.zone.to_local(self.now) // DAY_US + RELATIVE_DAYS[word])
        elif word in ("epoch", "infinity", "-infinity", "+infinity"):
            self._say(DATE | CLOCK | ZONE)
            self.special = word.lstrip("+")
        else:
            raise Malformed

    def _reserved(self, word: str) -> None:
        if word == "allballs":
            self._say(CLOCK | ZONE)
            self.zone = 0
            return
        self._say(CLOCK | ZONE if self.is_time_only else DATE | CLOCK | ZONE)
        local = self.style.zone.to_local(self.now)
        day, self.clock = divmod(local, DAY_US)
        self.hour = self.clock // HOUR_US
        self.zone = (local - self.now) // SECOND_US
        if not self.is_time_only:
            self._set_day(day)

    def _iso_time(self, place: int) -> None:
        """Read the T between a date and a time; before the time alone in a text that is to be one."""
        if not self.is_time_only and not self.has_date:
            raise Malformed
        if place + 1 >= len(self.tokens) or self.tokens[place + 1][0] not in ("number", "time", "date"):
            raise Malformed
        if self.prefix:
            raise Malformed
        self.prefix = "t"

    # -------------------------------------------------------------- numbers

    def _set_day(self, day: int) -> None:
        self.year, self.month, self.day = days.date_of(day)
        self.is_julian = True

    def _julian(self, token: str) -> None:
        whole, point, fraction = token.partition(".")
        if not whole or int(whole) > 2**31 - 1:
            raise Overflowing
        self._set_day(int(whole) - days.JULIAN_1970)
        if point:
            self._say(CLOCK)
            self.clock = round(float(f"0.{fraction}") * DAY_US)
            self.hour = self.clock // HOUR_US

    def _clock(self, token: str) -> None:
        self._say(CLOCK)
        self.clock, self.hour = clock_of(token)

    def _run_together(self, token: str, seen: frozenset[str]) -> None:
        """Read yyyymmdd, hhmmss or hhmm."""
        digits, point, fraction = token.partition(".")
        if not point and not DATE <= seen and len(digits) >= 6:
            self._say(DATE)
            self.year, self.month, self.day = int(digits[:-4]), int(digits[-4:-2]), int(digits[-2:])
            self.is_two_digits = len(digits) == 6
            return
        if "clock" in seen or len(digits) not in (4, 6):
            raise Malformed
        self._say(CLOCK)
        self.hour, minute, second = int(digits[:2]), int(digits[2:4]), int(digits[4:] or 0)
        micros = round(float(f"0.{fraction}") * SECOND_US) if fraction else 0
        self.clock = self.hour * HOUR_US + minute * MINUTE_US + second * SECOND_US + micros
        self.is_clock_off = minute > 59 or second > 60

    def _number(self, token: str, has_month_word: bool) -> None:
        """Read a number that is a day, a month or a year by what is known so far, or a time after a date."""
        digits, point, fraction = token.partition(".")
        if point:
            if len(digits) <= 2:
                raise Malformed
            self._run_together(token, self.seen | DATE)
            return
        value, size = int(digits), len(digits)
        if value > 2**31 - 1:
            raise Overflowing
        given = self.seen & DATE
        if size == 3 and given == {"year"} and 1 <= value <= 366:
            self._say(frozenset(("month", "day")))
            self.day_of_year = value
            return
        if given == DATE:
            self._run_together(token, self.seen)
            return
        what = self._meaning(given, size, has_month_word)
        if what == "year, the other a day":
            self.day, self.year, self.is_two_digits = self.year, value, False
            self._say(frozenset(("day",)))
            return
        self._say(frozenset((what,)))
        setattr(self, what, value)
        if what == "year":
            self.is_two_digits = size <= 2

    def _meaning(self, given: frozenset[str], size: int, has_month_word: bool) -> str:
        is_year = size >= 3 or self.style.order == "YMD"
        if not given:
            return "year" if is_year else "day" if self.style.order == "DMY" else "month"
        if given == {"month"}:
            return "year" if has_month_word and is_year else "day"
        if given == {"year", "month"}:
            return "year, the other a day" if has_month_word and size >= 3 and self.is_two_digits else "day"
        if given == {"month", "day"}:
            return "year"
        return "month"

    def _date(self, token: str) -> None:
        """Read a token of two or three parts: numbers, and maybe the name of a month."""
        parts = re.findall(r"\d+|[A-Za-z]+", token)
        has_word = False
        for part in parts:
            if part.isalpha():
                if part.lower() not in MONTH_WORDS:
                    raise Malformed
                self._say(frozenset(("month",)))
                self.month, has_word = MONTH_WORDS[part.lower()], True
        for part in parts:
            if part.isdigit():
                self._number(part, has_word)
        if self.seen - ZONE != DATE:
            raise Malformed

    # -------------------------------------------------------------- the whole

    def _finish(self) -> None:
        """Check what all tokens have said together. Raises Malformed, Overflowing."""
        if self.special:
            return
        if DATE & self.seen:
            self._check_date()
        if self.half:
            if self.hour > 12:
                raise Overflowing
            if self.half == "am" and self.hour == 12:
                self.clock -= 12 * HOUR_US
            elif self.half == "pm" and self.hour != 12:
                self.clock += 12 * HOUR_US
        if self.is_time_only and (self.is_clock_off or self.clock > DAY_US):
            raise Overflowing
        if "clock" not in self.seen if self.is_time_only else not self.has_date:
            raise Malformed
        if "saving" in self.seen:
            if not isinstance(self.zone, Abbreviation) or self.zone.zone is not None:
                raise Malformed
            self.zone = self.zone.offset + 3600

    def _check_date(self) -> None:
        if "year" in self.seen and not self.is_julian:
            if self.era == "bc":
                if self.year <= 0:
                    raise Overflowing
                self.year = 1 - self.year
            elif self.is_two_digits:
                self.year += 2000 if self.year < 70 else 1900
            elif self.year <= 0:
                raise Overflowing
        if self.day_of_year:
            if self.year > 5_874_898:
                raise Overflowing
            self.year, self.month, self.day = days.date_of(days.day_number(self.year, 1, self.day_of_year))
        if "month" in self.seen and not 1 <= self.month <= 12 or "day" in self.seen and not 1 <= self.day <= 31:
            raise Overflowing(may_be_order=True)
        if self.has_date and self.day > days.days_in_month(self.year, self.month):
            raise Overflowing

    @property
    def day_number(self) -> int:
        return days.day_number(self.year, self.month, self.day)

    def offset(self, local: int) -> int:
        """Return the offset the text says, or the session's, at its local time."""
        if self.zone is None:
            return self.style.zone.offset_of(local)
        return self.zone if isinstance(self.zone, int) else self.zone.offset_of(local)


def tokens_of(text: str) -> list[tuple[str, str]]:
    """Cut a text into tokens, words in lower case. Raises Malformed."""
    found: list[tuple[str, str]] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise Malformed
        kind, position = match.lastgroup or "", match.end()
        if kind == "mark":
            kind = "date"
        token = match[kind]
        if kind == "word":
            after = text[position : position + 1]
            if after in ("-", "/", ".") and after or (after == "+" or after.isdigit()) and token.lower() not in WORDS:
                rest = COMPOUND.match(text, position)
                assert rest is not None, "it matches at least nothing"
                kind, token, position = "date", token + rest[0], rest.end()
        elif kind in ("offset", "special"):
            sign = match[0].lstrip()[0]
            kind, token = ("offset" if kind == "offset" else "word"), sign + token
        if kind != "skipped":
            found.append((kind, token.lower()))
    return found


def clock_of(token: str) -> tuple[int, int]:
    """Return h:m, h:m:s or m:s.f as microseconds of a day, and the hours. Raises Malformed, Overflowing."""
    found = re.fullmatch(r"(\d+):(\d*)(?::(\d+))?(?:\.(\d*))?", token)
    if found is None:
        raise Malformed
    first, second = int(found[1]), int(found[2] or 0)
    if found[3] is None and found[4] is not None:
        hour, minute, seconds = 0, first, second
    else:
        hour, minute, seconds = first, second, int(found[3] or 0)
    micros = round(float(f"0.{found[4]}") * SECOND_US) if found[4] else 0
    if minute > 59 or seconds > 60:
        raise Overflowing
    clock = hour * HOUR_US + minute * MINUTE_US + seconds * SECOND_US + micros
    if clock > DAY_US:
        raise Overflowing
    return clock, hour


def offset_seconds(token: str) -> int:
    """Return a numeric zone +hh, +hh:mm, +hh:mm:ss or +hhmm as seconds east. Raises Malformed, 22009."""
    found = re.match(r"([+-])(\d+)(?::(\d+)(?::(\d+))?)?", token)
    if found is None:
        raise Malformed
    hours, minutes, seconds = int(found[2]), int(found[3] or 0), int(found[4] or 0)
    if found[3] is None and len(found[2]) > 2:
        hours, minutes = divmod(hours, 100) if found.end() == len(token) else (hours, 0)
    if hours > ZONE_HOURS_MAX or minutes > 59 or seconds > 59:
        raise _Displaced
    if found.end() < len(token):
        raise Malformed
    size = hours * 3600 + minutes * 60 + seconds
    return -size if found[1] == "-" else size


class _Displaced(Exception):
    """An offset that no zone has."""


# ------------------------------------------------------------------ values


def read_fields(type_name: str, text: str, style: Style, now: int | None, is_time_only: bool = False) -> Reader:
    """Read a text of a type. Raises 22007, 22008, 22009, 22023 as PostgreSQL words them."""
    reader = Reader(style, time.time_ns() // 1000 if now is None else now, is_time_only=is_time_only)
    try:
        reader.read(text)
    except Malformed:
        raise InvalidDatetime(f'invalid input syntax for type {type_name}: "{text}"') from None
    except Overflowing as error:
        hint = 'Perhaps you need a different "DateStyle" setting.' if error.may_be_order else None
        raise _out_of_range(f'date/time field value out of range: "{text}"', hint) from None
    except _Displaced:
        raise DataError(f'time zone displacement out of range: "{text}"', sqlstate="22009") from None
    return reader


def _out_of_range(message: str, hint: str | None = None) -> DataError:
    return DataError(message, sqlstate="22008", hint=hint)


def read_date(text: str, style: Style, now: int | None = None) -> int:
    """Read a day. Raises 22007, 22008."""
    found = ISO.fullmatch(text)
    if found is not None and found["hour"] is None:
        day = _iso_day(found)
        if day is not None:
            return day
    reader = read_fields("date", text, style, now)
    match reader.special:
        case "epoch":
            return 0
        case "infinity":
            return days.LATE_DAY
        case "-infinity":
            return days.EARLY_DAY
    return days.checked_day(_whole_day(reader, f'date out of range: "{text}"'), f'date out of range: "{text}"')


def _whole_day(reader: Reader, message: str) -> int:
    if abs(reader.year) > 5_900_000:
        raise _out_of_range(message)
    return reader.day_number


def _iso_day(found: re.Match[str]) -> int | None:
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    if year and 1 <= month <= 12 and 1 <= day <= 28:
        return days.day_number(year, month, day)
    return None


def read_timestamp(text: str, style: Style, now: int | None = None) -> int:
    """Read a moment without a zone; one in the text is passed over. Raises 22007, 22008."""
    quick = _iso_moment(text)
    if quick is not None:
        return quick[0]
    reader = read_fields("timestamp", text, style, now)
    special = _special(reader)
    if special is not None:
        return special
    return _checked(reader, 0, text)


def read_timestamptz(text: str, style: Style, now: int | None = None) -> int:
    """Read a moment, in the session's zone where the text has none. Raises 22007, 22008, 22009, 22023."""
    quick = _iso_moment(text)
    if quick is not None:
        local, offset = quick
        return local - (style.zone.offset_of(local) if offset is None else offset) * SECOND_US
    reader = read_fields("timestamp with time zone", text, style, now)
    special = _special(reader)
    if special is not None:
        return special
    return _checked(reader, None, text)


def _special(reader: Reader) -> int | None:
    return {"": None, "epoch": 0, "infinity": days.LATE, "-infinity": days.EARLY}[reader.special]


def _checked(reader: Reader, offset: int | None, text: str) -> int:
    message = f'timestamp out of range: "{text}"'
    local = _whole_day(reader, message) * DAY_US + reader.clock
    if abs(local) > days.LATE:
        raise _out_of_range(message)
    east = reader.offset(local) if offset is None else offset
    return days.checked_moment(local - east * SECOND_US, message)


def _iso_moment(text: str) -> tuple[int, int | None] | None:
    """Return local time and offset of a plain text of ISO 8601, None where it is another."""
    found = ISO.fullmatch(text)
    day = None if found is None else _iso_day(found)
    if found is None or day is None:
        return None
    if found["hour"] is None:
        return day * DAY_US, None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    micros = int((found["fraction"] or "0").ljust(6, "0"))
    local = day * DAY_US + hour * HOUR_US + minute * MINUTE_US + second * SECOND_US + micros
    zone = found["zone"]
    if zone is None:
        return local, None
    if zone == "Z":
        return local, 0
    size = int(zone[1:3]) * 3600 + int(zone[3:].lstrip(":") or 0) * 60
    if size > ZONE_HOURS_MAX * 3600 or int(zone[3:].lstrip(":") or 0) > 59:
        return None
    return local, -size if zone[0] == "-" else size


def read_time(text: str, style: Style, now: int | None = None) -> int:
    """Read a time of day; a zone in the text is passed over. Raises 22007, 22008."""
    reader = read_fields("time", text, style, now, is_time_only=True)
    _require_date_for(reader, "time", text)
    return reader.clock


def read_timetz(text: str, style: Style, now: int | None = None) -> tuple[int, int]:
    """Read a time of day and its offset in seconds east. Raises 22007, 22008."""
    reader = read_fields("time with time zone", text, style, now, is_time_only=True)
    _require_date_for(reader, "time with time zone", text)
    day = reader.day_number if reader.has_date else style.zone.to_local(reader.now) // DAY_US
    return reader.clock, reader.offset(day * DAY_US + reader.clock)


def _require_date_for(reader: Reader, type_name: str, text: str) -> None:
    """Raise 22007 where a zone's offset depends on a day that is not given."""
    zone = reader.zone
    named = zone if isinstance(zone, Zone) else zone.zone if isinstance(zone, Abbreviation) else None
    if named is not None and named.fixed is None and not reader.has_date:
        raise InvalidDatetime(f'invalid input syntax for type {type_name}: "{text}"')

