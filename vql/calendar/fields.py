"""What the tokens of a date or time say: its fields.

Each token in turn says what it is, which may depend on what those before it have said: `FieldReader.seen`.
Where numbers alone name day, month and year, DateStyle's order decides.
"""

from __future__ import annotations

import re
from dataclasses import field

from vql.calendar import days
from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from vql.calendar.style import Style
from vql.calendar.tokens import (
    DAY_WORDS,
    ERAS,
    HALVES,
    MONTH_WORDS,
    RELATIVE_DAYS,
    TOKENS_MAX,
    WORDS,
    Malformed,
    Overflowing,
    clock_of,
    offset_seconds,
    tokens_of,
)
from vql.calendar.zones import Abbreviation, Zone, abbreviation, zone_named
from vql.dataclass import dataclass
from vql.errors import DataError

DATE, CLOCK = frozenset(("year", "month", "day")), frozenset(("clock",))
ZONE = frozenset(("zone",))


@dataclass(slots=True)
class FieldReader:
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
                case "dashed":
                    self._date_token(token, place)
                case "clock":
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
        return (
            place == 0
            and len(self.tokens) >= 2
            and (self.tokens[-1][0] == "dashed" or self.tokens[1][0] == "clock")
        )

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
            elif (
                point
                and len(before) > 2
                or len(token) >= 6
                and not (DATE & self.seen and "clock" in self.seen)
            ):
                self._run_together(token, self.seen)
            else:
                self._number(token, self.has_month_word)

    def _number_of_time(self, token: str, place: int) -> None:
        before, point, _ = token.partition(".")
        if point and place == 0 and len(self.tokens) >= 2 and self.tokens[-1][0] == "dashed":
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
            if (
                "month" in self.seen
                and not self.has_month_word
                and "day" not in self.seen
                and 1 <= self.month <= 31
            ):
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
        if place + 1 >= len(self.tokens) or self.tokens[place + 1][0] not in ("number", "clock", "dashed"):
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
        if (
            "month" in self.seen
            and not 1 <= self.month <= 12
            or "day" in self.seen
            and not 1 <= self.day <= 31
        ):
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
