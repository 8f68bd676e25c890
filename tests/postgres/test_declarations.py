"""Every declaration of `vql.functions` answers as PostgreSQL answers.

A failure names the calls, as PostgreSQL reads them, with both answers; `-k` finds a family by a part of a
signature: `pytest tests/postgres -k 'date_trunc'`. What is refused with 0A000 is not wrong. The ordinary run
judges by a few calls of each; with `--judge` it is every call and every setting of the session.
"""

from __future__ import annotations

import random

import declared
import duck_values
import judge
import pytest
from facts import complaints

CALLS, CASTS = declared.load()
ALL = [*CALLS, *CASTS]
SHOWN_MAX = 12
CALLS_SOME = 6


@pytest.fixture(scope="module")
def some(request):
    """What chooses among the calls of a declaration, and among settings: all with `--judge`, else a few."""
    if request.config.getoption("--judge"):
        return lambda made, choice, most=CALLS_SOME: choice

    def few(made, choice, most=CALLS_SOME):
        return random.Random(declared.signature(made)).sample(choice, min(most, len(choice)))

    return few


@pytest.fixture(scope="module")
def asked(postgres_uri):
    with judge.connected(postgres_uri) as connection:
        yield declared.Judge(connection)


@pytest.fixture(scope="module")
def duck():
    with duck_values.connected() as connection:
        yield connection


@pytest.mark.parametrize("made", ALL, ids=declared.signature)
def test_the_catalog_says_the_same(made, asked):
    if found := complaints(asked.connection, made):
        pytest.fail("; ".join(found), pytrace=False)


@pytest.mark.parametrize("made", [made for made in ALL if made.run is not None], ids=declared.signature)
def test_values_are_postgresql_s(made, asked, some):
    if getattr(made, "volatility", "") == "volatile" or getattr(made, "name", "") == "statement_timestamp":
        pytest.skip("gives another value each time")
    if getattr(made, "name", "") in declared.OURS:
        pytest.skip("short names of our own")
    if getattr(made, "name", "") in declared.MAKERS:
        pytest.skip("judged by a script: a range type has to be made first")
    if declared.OF_TRANSACTION.fullmatch(getattr(made, "name", "")):
        pytest.skip("judged by a script, and in tests/storage: of transactions that run")
    if getattr(made, "is_window", False) or any("record" in name for name in declared.type_names(made)):
        pytest.skip("judged by statements (differential)")
    if "anyenum" in declared.type_names(made):
        pytest.skip("judged by a script: an enumeration has to be made first")
    given = some(made, list(declared.trials(made)))
    assert given, "no samples for these types: add some to tests/postgres/samples.py"
    wrong, refused = [], 0
    choice = declared.SETTINGS if made.needs_environment else declared.SETTINGS[:1]
    for settings in some(made, choice, 1):
        with asked.connection.transaction():
            environment = asked.set(settings)
            calls = [trial for trial, _ in given]
            arguments = asked.arguments(calls)
            for (trial, modifier), rows, right in zip(
                given, arguments, asked.answers(made, calls), strict=True
            ):
                if rows is None:
                    continue
                answer = declared.run(made, trial.types, rows, modifier, environment)
                refused += answer.state == "0A000" != right.state
                if not declared.agree(made, right, answer) and answer.state != "0A000":
                    note = f" {settings}" if settings else ""
                    both = f"    PostgreSQL {right.shown(answer)}\n    VQL        {answer.shown(right)}"
                    wrong.append(f"{trial.sql[:300]}{note}\n{both}")
    report(wrong, f"{len(wrong)} wrong of {len(given)} calls, {refused} refused")


@pytest.mark.parametrize("made", [made for made in ALL if made.duck], ids=declared.signature)
def test_duckdb_s_values_are_postgresql_s(made, asked, duck, some):
    trials = [trial for trial, modifier in declared.trials(made) if modifier is None]
    trials = some(made, [trial for trial in trials if all(map(duck_values.duck_type, trial.types))])
    if getattr(made, "is_aggregate", False) or getattr(made, "gives_rows", False) or not trials:
        pytest.skip("of values that stand in a select list alone")
    asked.set({})
    calls = [
        (trial, right, made.duck.format(*map(duck_values.duck_literal, rows[0], trial.types)))
        for trial, right, rows in zip(
            trials, asked.answers(made, trials), asked.arguments(trials), strict=True
        )
        if rows is not None
    ]
    wrong = []
    answers = duck_values.duck_answers(duck, [text for _, _, text in calls])
    for (trial, right, text), answer in zip(calls, answers, strict=True):
        if isinstance(answer, type):
            found = declared.Answer(state=answer.__name__)
        else:
            found = declared.Answer(declared.comparable(answer, "real" in made.result))
        if found != right and not (found.state and right.state):
            both = f"    PostgreSQL {right.shown(found)}\n    DuckDB     {found.shown(right)}"
            wrong.append(f"{trial.sql[:300]}\n{both}   {text[:200]}")
    report(wrong, f"{len(wrong)} wrong of {len(calls)} calls in DuckDB")


def report(wrong, head):
    """Fail with the first of what is wrong."""
    if wrong:
        more = [f"... and {len(wrong) - SHOWN_MAX} more"] if len(wrong) > SHOWN_MAX else []
        pytest.fail("\n".join([head, *wrong[:SHOWN_MAX], *more]), pytrace=False)
