"""Functions, operators and casts of dates, times and intervals answer as PostgreSQL does, with extremes."""

from __future__ import annotations

import itertools
import math
import random
from decimal import Decimal

import pytest
from test_moments import attempted, differences, judged

from vql.calendar.read import read_timestamptz
from vql.calendar.style import DEFAULT
from vql.functions.declare import CASTS, FUNCTIONS, OPERATORS, Environment, Function
from vql.functions.moments import fields, makers  # noqa: F401 - they declare

SAMPLES = {
    "date": ["2020-01-31", "2020-02-29", "infinity", "-infinity", "0044-03-15 BC", "10000-05-05",
             "5874897-12-31", "4714-11-24 BC", "2021-12-26"],
    "timestamp": ["2020-01-31 10:20:30.123456", "2020-02-29 23:59:59.999999", "infinity", "-infinity",
                  "0044-03-15 01:02:03 BC", "12345-05-05 12:00", "2020-03-29 02:30", "2020-10-25 02:30",
                  "2000-01-01 00:00:00.0005", "4714-11-24 BC"],
    "timestamptz": ["2020-01-31 10:20:30.123456+00", "1999-12-31+00", "infinity", "-infinity",
                    "0044-03-15 01:02:03+00 BC", "12345-05-05 12:00+00", "2020-03-29 01:30+00",
                    "2020-10-25 00:30+00", "2020-10-25 01:30+00", "2020-07-15 22:30:00+00"],
    "time": ["00:00", "10:20:30.5", "23:59:59.999999", "24:00"],
    "interval": ["0", "1 mon", "-1 mon", "1 year 2 mons 3 days 04:05:06.789", "1 day -01:00", "-3 days 36:00",
                 "infinity", "-infinity", "178000000 years", "2147483647 days", "0.000001 sec",
                 "-1 year 1 mon -40 days 25:00:00", "30 days", "1 hour"],
    "integer": ["0", "1", "-1", "13", "2020", "2147483647", "-44"],
    "double precision": ["0", "1.5", "-2.25", "1e10", "NaN", "Infinity", "-Infinity", "0.1",
                         "59.9999999", "60"],
    "text": ["Europe/Rome", "UTC", "EST", "+05:30", "-3", "MSK", "foo", "america/new_york", "CEST"],
}  # fmt: skip
UNITS = [
    "microseconds", "msec", "seconds", "minute", "hour", "hrs", "day", "week", "month", "quarter", "year",
    "decade", "century", "millennium", "julian", "isoyear", "dow", "isodow", "doy", "epoch", "timezone",
    "timezone_hour", "timezone_minute", "foo", "y", "YEAR", "infinity", "now",
]  # fmt: skip
DAYS = [["2020", "-44", "0", "99999", "2021"], ["1", "2", "12", "13", "0"], ["1", "29", "31", "0", "32"]]
CLOCKS = [["0", "23", "24", "25", "-1"], ["0", "59", "60"], ["0", "59.9999999", "60", "1.5", "-1", "NaN"]]
POOLS = {
    "make_date": DAYS, "make_time": CLOCKS, "make_timestamp": DAYS + CLOCKS,
    "make_timestamptz": [*DAYS, *CLOCKS, SAMPLES["text"]],
}  # fmt: skip
UNIT_FIRST = ("extract", "date_part", "date_trunc")
# Answered by the clock, by templates (test_moments), or from rows.
APART = frozenset(
    ("clock_timestamp", "timeofday", "to_char", "to_date", "now", "statement_timestamp",
     "transaction_timestamp", "current_timestamp", "current_date", "localtime",
     "localtimestamp", "generate_series", "to_timestamp")
)  # fmt: skip
OF_MOMENTS = {"date", "time", "timestamp", "timestamptz", "interval"}
FAMILY = ("moments", "spans", "fields", "makers")
MODULES = {"_operator", *(f"vql.functions.moments.{name}" for name in FAMILY)}
COMBINATIONS = 40
SESSIONS = [
    ("ISO, MDY", "postgres", "UTC"), ("SQL, DMY", "iso_8601", "Europe/Rome"),
    ("Postgres, MDY", "sql_standard", "America/New_York"),
]  # fmt: skip
NOW = read_timestamptz("2026-11-26 22:30:00.123456+00", DEFAULT)


def declared() -> list[Function]:
    """Return the functions and operators whose arguments there are samples of."""
    known = [f for found in (*FUNCTIONS.values(), *OPERATORS.values()) for f in found]
    of_moments = [
        f for f in known
        if f.run is not None and not f.is_aggregate and f.name not in APART
        and {a.type for a in f.arguments} <= SAMPLES.keys()
        and ({a.type for a in f.arguments} | {f.result}) & OF_MOMENTS
        and f.run.__module__ in MODULES
        and not (f.name == "age" and len(f.arguments) == 1)
    ]  # fmt: skip
    assert len(of_moments) > 120
    return of_moments


def environment(session: tuple[str, str, str]) -> Environment:
    dates, intervals, zone = session
    return Environment(now_us=NOW, datestyle=dates, intervalstyle=intervals, timezone=zone)


def parsed(type_: str, text: str, env: Environment) -> object:
    """Return the internal value of a text."""
    if type_ in ("text", "integer", "double precision"):
        return {"text": str, "integer": int, "double precision": float}[type_](text)
    found = CASTS["text", type_]
    assert found.run is not None
    return found.run(env, text, None) if found.needs_modifier else found.run(env, text)


def shown(type_: str, value: object, env: Environment) -> str:
    """Return the text of an internal value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, float):
        return (
            repr(value).removesuffix(".0")
            if math.isfinite(value)
            else {1: "Infinity"}.get(value > 0, "-Infinity")
        )
    found = CASTS.get((type_, "text"))
    return str(value) if found is None or found.run is None else str(found.run(env, value))


def called(made: Function, arguments: list[object], env: Environment) -> str:
    assert made.run is not None
    first = [env] if made.needs_environment else []
    return shown(made.result, made.run(*first, *arguments), env)


def statement(made: Function) -> str:
    """Return the call in SQL, its arguments as texts."""
    places = [f"$1::text[])[{i}]::{a.type}" for i, a in enumerate(made.arguments, 1)]
    given = [f"({place}" for place in places]
    if made.is_operator:
        return f"SELECT ({' '.join([*given[:-1], made.name, given[-1]])})::text"
    name = f'pg_catalog."{made.name}"'
    return f"SELECT {name}({', '.join(given)})::text"


@pytest.mark.parametrize("session", SESSIONS)
def test_functions_and_operators(postgres, session):
    postgres.execute("SET datestyle = '{}'; SET intervalstyle = {}; SET timezone = '{}'".format(*session))
    env, chance = environment(session), random.Random(5)
    for made in declared():
        pools = POOLS.get(made.name, [SAMPLES[a.type] for a in made.arguments])[: len(made.arguments)]
        if made.name in UNIT_FIRST:
            pools[0] = UNITS
        rows = list(itertools.product(*pools))
        rows = chance.sample(rows, min(len(rows), COMBINATIONS))
        arrays = [["{" + ",".join(f'"{cell}"' for cell in row) + "}"] for row in rows]
        right = judged(postgres, statement(made), arrays)
        values = [
            [parsed(a.type, cell, env) for a, cell in zip(made.arguments, row, strict=True)] for row in rows
        ]
        ours = [attempted(lambda row=row, made=made: called(made, row, env)) for row in values]
        assert differences(rows, map(plain, right), ours) == [], f"{made.name} -> {made.result}"


def plain(answer: str) -> str:
    """Return a float of PostgreSQL's as Python writes it."""
    try:
        return repr(float(answer)).removesuffix(".0") if "e+" in answer else answer
    except ValueError:
        return answer


@pytest.mark.parametrize("session", SESSIONS)
def test_casts(postgres, session):
    postgres.execute("SET datestyle = '{}'; SET intervalstyle = {}; SET timezone = '{}'".format(*session))
    env = environment(session)
    for (source, result), made in CASTS.items():
        if source not in SAMPLES or source == result or made.run is None or "text" in (source, result):
            continue
        if made.run.__module__ != "vql.functions.moments.moments":
            continue
        rows = [[text] for text in SAMPLES[source]]
        right = judged(postgres, f"SELECT $1::text::{source}::{result}::text", rows)
        first = [env] if made.needs_environment else []
        ours = [
            attempted(lambda text=text, made=made, first=first: shown(
                made.result, made.run(*first, parsed(made.source, text, env)), env))
            for (text,) in rows
        ]  # fmt: skip
        assert differences(rows, right, ours) == [], f"{source} -> {result}"


SERIES = [
    ("2020-01-31", "2020-06-01", "1 mon"), ("2020-03-28", "2020-03-31", "1 day"),
    ("2020-03-31", "2020-03-28", "-1 day"), ("2020-01-01", "2020-01-02", "0"),
    ("2020-01-01", "2020-01-02", "infinity"), ("2020-01-02", "2020-01-01", "1 day"),
]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome"])
def test_series(postgres, zone):
    postgres.execute(f"SET timezone = '{zone}'")
    env = environment(("ISO, MDY", "postgres", zone))
    for made in FUNCTIONS["generate_series"]:
        type_ = made.arguments[0].type
        if type_ not in ("timestamp", "timestamptz"):
            continue
        zoned = len(made.arguments) == 4
        ends = f"$1::text::{type_}, $2::text::{type_}"
        call = f"generate_series({ends}, $3::text::interval{', $4' if zoned else ''})"
        rows = [(*row, "America/New_York")[: len(made.arguments)] for row in SERIES]
        right = judged(postgres, f"SELECT string_agg(x::text, ' ') FROM {call} x", rows)

        def run(row, made=made):
            values = [parsed(a.type, cell, env) for a, cell in zip(made.arguments, row, strict=True)]
            first = [env] if made.needs_environment else []
            return " ".join(shown(made.result, value, env) for value in made.run(*first, *values)) or None

        assert differences(rows, right, [attempted(lambda row=row: run(row)) for row in rows]) == []


SPANS = [["1 mon", "2 days", "03:00"], ["-1 mon", "36:00"], [], ["infinity", "1 day"],
         ["infinity", "-infinity"], ["1 year", "1 day", "00:00:00.000001"],
         ["178000000 years", "178000000 years"]]  # fmt: skip


@pytest.mark.parametrize("name", ["sum", "avg", "min", "max"])
def test_aggregates_of_intervals(postgres, name):
    env = environment(SESSIONS[0])
    made = next(f for f in FUNCTIONS[name] if f.arguments[0].type == f.result == "interval")
    rows = [["{" + ",".join(spans) + "}"] for spans in SPANS]
    right = judged(postgres, f"SELECT {name}(x::interval)::text FROM unnest($1::text[]) x", rows)
    ours = [
        attempted(lambda spans=spans: called(made, [[parsed("interval", each, env) for each in spans]], env))
        for spans in SPANS
    ]
    assert differences(rows, right, ours) == []
