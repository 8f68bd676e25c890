"""Dates, times and intervals are read and written as PostgreSQL does, in every style; so are templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import psycopg
import pytest
from moment_texts import INTERVALS, MOMENTS, TEMPLATES

from vql.calendar import read, write
from vql.calendar.interval import interval_text
from vql.calendar.read_interval import modifier_of, read_interval
from vql.calendar.style import INTERVAL_STYLES, Style, style_of
from vql.errors import Error
from vql.functions.declare import FUNCTIONS, Environment
from vql.functions.moments import templates_read  # noqa: F401 - it declares
from vql.functions.moments.templates import CAPITALIZED, PATTERNS

STYLES = [
    ("ISO, MDY", "UTC"), ("Postgres, DMY", "Europe/Rome"), ("SQL, YMD", "America/New_York"),
    ("German, DMY", "Asia/Kolkata"), ("SQL, DMY", "Europe/Moscow"), ("Postgres, MDY", "America/Caracas"),
]  # fmt: skip
FIELDS = [
    "", "year", "month", "day", "hour", "minute", "second", "year to month", "day to second",
    "minute to second",
]  # fmt: skip
SHOWN = [
    "2020-01-31 10:20:30.123456+00", "0044-03-15 01:02:03+00 BC", "12345-05-05 12:00+00",
    "2021-01-03 00:30+00", "2000-01-01 12:00:00.0005+00", "1999-12-31 13:00+00",
]  # fmt: skip
SPANS = ["1 year 2 mons 3 days 04:05:06.789", "-1 mon", "100 years 31 days", "-3 days 36:00", "-1 year 1 mon"]
# PostgreSQL makes numbers of these for an interval that mean nothing.
REFUSED_OF_INTERVALS = ("IYYY", "IYY", "IY", "I", "IDDD", "IW", "J")
WHOLE = [
    "FMDay, FMDDth FMMonth YYYY", '"Year:" YYYY "quoted \\" x"', 'YYYY\\"x\\"', "yyyyMMdd", "TMMonth TMDay",
    "Yyyy",
    'IYYY-"W"IW-ID', "xYYYYx", "FM", '"unclosed', "\\", "DDDD", "HH24SP", "FMHH:FMMI", "OF TZH:TZM tz",
]  # fmt: skip


def judged(postgres: psycopg.Connection, sql: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what PostgreSQL answers for each row of parameters: a text, or its error."""
    answers = []
    for row in rows:
        found = postgres.pgconn.exec_params(sql.encode(), [cell.encode() for cell in row])
        if found.status == psycopg.pq.ExecStatus.TUPLES_OK:
            value = found.get_value(0, 0)
            answers.append("NULL" if value is None else value.decode())
        else:
            answers.append(" ".join((found.error_field(ord(c)) or b"").decode() for c in "CM"))
    return answers


def attempted(run: Callable[[], str | None]) -> str:
    """Return an answer of ours in the form of `judged`."""
    try:
        answer = run()
    except Error as error:
        return f"{error.sqlstate} {error.message}"
    return "NULL" if answer is None else answer


def differences(
    texts: Iterable[object], right: Iterable[str], ours: Iterable[str]
) -> list[tuple[object, str, str]]:
    return [each for each in zip(texts, right, ours, strict=True) if each[1] != each[2]]


def through(type_: str, text: str, style: Style) -> str:
    """Read a text as a type and write it again."""
    match type_:
        case "date":
            return write.date_text(read.read_date(text, style), style)
        case "timestamp":
            return write.timestamp_text(read.read_timestamp(text, style), style)
        case "timestamptz":
            return write.timestamp_text(read.read_timestamptz(text, style), style, style.zone)
        case "time":
            return write.time_text(read.read_time(text, style))
    return write.timetz_text(*read.read_timetz(text, style))


@pytest.mark.parametrize(("dates", "zone"), STYLES)
@pytest.mark.parametrize("type_", ["date", "timestamp", "timestamptz", "time", "timetz"])
def test_moments_are_read_and_written(postgres, type_, dates, zone):
    postgres.execute(f"SET datestyle = '{dates}'; SET timezone = '{zone}'")
    style = style_of(dates, "postgres", zone)
    right = judged(postgres, f"SELECT $1::text::{type_}::text", [[text] for text in MOMENTS])
    ours = [attempted(lambda text=text: through(type_, text, style)) for text in MOMENTS]
    assert differences(MOMENTS, right, ours) == []


@pytest.mark.parametrize("style", INTERVAL_STYLES)
def test_intervals_are_read_and_written(postgres, style):
    postgres.execute(f"SET intervalstyle = {style}")
    right = judged(postgres, "SELECT $1::text::interval::text", [[text] for text in INTERVALS])
    ours = [
        attempted(lambda text=text: interval_text(read_interval(text, style), style)) for text in INTERVALS
    ]
    assert differences(INTERVALS, right, ours) == []


@pytest.mark.parametrize("fields", FIELDS)
@pytest.mark.parametrize("precision", [None, 2])
def test_intervals_are_cut_to_their_fields(postgres, fields, precision):
    if precision is not None and fields not in ("", "second", "day to second"):
        return
    bracket = "" if precision is None else f"({precision})"
    front, behind = ("", f"{fields}{bracket}") if fields else (bracket, "")
    modifier = modifier_of(fields, precision)
    right = []
    for text in INTERVALS:
        literal = text.replace("'", "''")
        right += judged(postgres, f"SELECT (interval{front} '{literal}' {behind})::text", [[]])
    ours = [
        attempted(lambda text=text: interval_text(read_interval(text, "postgres", modifier)))
        for text in INTERVALS
    ]
    assert differences(INTERVALS, right, ours) == []


def run_of(name: str, *types: str) -> Callable[..., str | None]:
    """Return what computes a function of these types."""
    found = next(f for f in FUNCTIONS[name] if [a.type for a in f.arguments] == list(types))
    assert found.run is not None
    return found.run


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
def test_to_char_knows_every_pattern(postgres, zone):
    postgres.execute(f"SET timezone = '{zone}'")
    environment = Environment(now_us=0, timezone=zone)
    write_moment, style = run_of("to_char", "timestamptz", "text"), style_of("ISO, MDY", "postgres", zone)
    names = [*PATTERNS, *map(str.lower, PATTERNS), *CAPITALIZED]
    templates = [f"{a}{name}{b}" for name in names for a, b in (("", ""), ("FM", "th"), ("TM", "TH"))] + WHOLE
    rows = [(text, template) for template in templates for text in SHOWN]
    right = judged(postgres, "SELECT to_char($1::text::timestamptz, $2)", rows)
    ours = [
        attempted(lambda row=row: write_moment(environment, read.read_timestamptz(row[0], style), row[1]))
        for row in rows
    ]
    assert differences(rows, right, ours) == []


def test_to_char_of_intervals(postgres):
    write_span = run_of("to_char", "interval", "text")
    names = [name for name in PATTERNS if name not in REFUSED_OF_INTERVALS]
    rows = [(text, a + name + b) for name in names for a, b in (("", ""), ("FM", "th")) for text in SPANS]
    right = judged(postgres, "SELECT to_char($1::text::interval, $2)", rows)
    ours = [attempted(lambda row=row: write_span(read_interval(row[0]), row[1])) for row in rows]
    assert differences(rows, right, ours) == []


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_texts_are_read_by_templates(postgres, zone):
    postgres.execute(f"SET timezone = '{zone}'")
    environment, style = Environment(now_us=0, timezone=zone), style_of("ISO, MDY", "postgres", zone)
    rows = [tuple(line.split("|")) for line in TEMPLATES]
    to_timestamp, to_date = run_of("to_timestamp", "text", "text"), run_of("to_date", "text", "text")
    right = judged(postgres, "SELECT to_timestamp($1, $2)::text", rows)
    ours = [
        attempted(lambda row=row: write.timestamp_text(to_timestamp(environment, *row), style, style.zone))
        for row in rows
    ]
    assert differences(rows, right, ours) == []
    right = judged(postgres, "SELECT to_date($1, $2)::text", rows)
    ours = [attempted(lambda row=row: write.date_text(to_date(environment, *row), style)) for row in rows]
    assert differences(rows, right, ours) == []
