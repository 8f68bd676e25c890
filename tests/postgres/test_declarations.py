"""Every declaration of `vql.functions` answers as PostgreSQL answers.

A failure names the calls, as PostgreSQL reads them, with both answers; `-k` finds a family by a part of a
signature: `pytest tests/postgres/test_declarations.py -k 'date_trunc'`. What is refused with 0A000 is not wrong.
"""

from __future__ import annotations

import declared
import judge
import pytest
from facts import complaints

CALLS, CASTS = declared.load()
ALL = [*CALLS, *CASTS]
SHOWN_MAX = 12


@pytest.fixture(scope="module")
def asked(postgres_uri):
    with judge.connected(postgres_uri) as connection:
        yield declared.Judge(connection)


@pytest.mark.parametrize("made", ALL, ids=declared.signature)
def test_the_catalog_says_the_same(made, asked):
    if found := complaints(asked.connection, made):
        pytest.fail("; ".join(found), pytrace=False)


@pytest.mark.parametrize("made", [made for made in ALL if made.run is not None], ids=declared.signature)
def test_values_are_postgresql_s(made, asked):
    if getattr(made, "volatility", "") == "volatile":
        pytest.skip("gives another value each time")
    given = list(declared.trials(made))
    assert given, "no samples for these types: add some to tests/postgres/samples.py"
    wrong, refused = [], 0
    for settings in declared.SETTINGS if made.needs_environment else declared.SETTINGS[:1]:
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
                if answer != right and answer.state != "0A000":
                    note = f" {settings}" if settings else ""
                    wrong.append(f"{trial.sql[:300]}{note}\n    PostgreSQL {right}\n    VQL        {answer}")
    more = [f"... and {len(wrong) - SHOWN_MAX} more"] if len(wrong) > SHOWN_MAX else []
    if wrong:
        head = f"{len(wrong)} wrong of {len(given)} calls, {refused} refused"
        pytest.fail("\n".join([head, *wrong[:SHOWN_MAX], *more]), pytrace=False)
