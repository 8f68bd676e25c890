"""Texts of dates, times and intervals cut into tokens by their characters alone, and the words in them."""

from __future__ import annotations

import re

from vql.calendar.days import DAY_US, HOUR_US, MINUTE_US, SECOND_US

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
MONTH_WORDS = {name: number for number, full in enumerate(MONTHS, 1) for name in (full, full[:3])} | {
    "sept": 9
}
DAY_WORDS = {
    "sun", "sunday", "mon", "monday", "tue", "tues", "tuesday", "wed", "wednesday", "weds", "thu", "thur",
    "thurs", "thursday", "fri", "friday", "sat", "saturday",
}  # fmt: skip
# Words of dates that a digit may stand right behind, without becoming a name of a zone with it.
OTHER_WORDS = {
    "ad", "bc", "am", "pm", "allballs", "at", "on", "d", "dow", "doy", "dst", "epoch", "h", "infinity",
    "isodow", "isoyear", "j", "jd", "julian", "m", "mm", "now", "s", "t", "today", "tomorrow", "y",
    "yesterday",
}  # fmt: skip
WORDS = MONTH_WORDS.keys() | DAY_WORDS | OTHER_WORDS
ERAS, HALVES = ("ad", "bc"), ("am", "pm")
RELATIVE_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
TEXT_MAX, TOKENS_MAX = 256, 25
ZONE_HOURS_MAX = 15

TOKEN = re.compile(
    r"""\s*(?:
      (?P<clock>\d+:[\d:.]*)
    | (?P<dashed>\d+(?P<mark>[-/.])(?:\d+(?P=mark)(?:\d|(?P=mark))*|(?!\d)(?:[A-Za-z\d]|(?P=mark))*)
        | \d+[-/]\d+)
    | (?P<number>\d+(?:\.\d*)?|\.\d*)
    | (?P<word>[A-Za-z]+)
    | [+-]\s*(?:(?P<offset>\d[\d:.\-]*)|(?P<special>[A-Za-z]+))
    | (?P<skipped>[!-*,./:-@\[-`{-~])
    )""",
    re.VERBOSE | re.ASCII,
)
COMPOUND = re.compile(r"[A-Za-z\d+\-/_.:]*", re.ASCII)


class Malformed(Exception):
    """A text that is no date or time."""


class Overflowing(Exception):
    """A field out of its range; `hint` where another order of the fields may be meant."""

    def __init__(self, may_be_order: bool = False) -> None:
        super().__init__()
        self.may_be_order = may_be_order


class Displaced(Exception):
    """An offset that no zone has."""


def tokens_of(text: str) -> list[tuple[str, str]]:
    """Cut a text into tokens, words in lower case. Raises Malformed."""
    found: list[tuple[str, str]] = []
    position, text = 0, text.rstrip()
    if len(text) > TEXT_MAX:
        raise Malformed
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise Malformed
        kind, position = match.lastgroup or "", match.end()
        if kind == "mark":
            kind = "dashed"
        token = match[kind]
        if kind == "word":
            after = text[position : position + 1]
            if (
                after in ("-", "/", ".")
                and after
                or (after == "+" or after.isdigit())
                and token.lower() not in WORDS
            ):
                rest = COMPOUND.match(text, position)
                assert rest is not None, "it matches at least nothing"
                kind, token, position = "dashed", token + rest[0], rest.end()
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
        raise Displaced
    if found.end() < len(token):
        raise Malformed
    size = hours * 3600 + minutes * 60 + seconds
    return -size if found[1] == "-" else size
