"""The anomalies of transactions at three levels, on PostgreSQL and on VQL.

At READ COMMITTED and REPEATABLE READ every answer, every error and every wait is PostgreSQL's. At
SERIALIZABLE the two may give up different transactions; there the ones that committed must have given what
they give in some order, one after the other.
"""

from __future__ import annotations

import itertools

import interleaving
import pytest
from interleaving import parse, play, postgres_clients, transcript, vql_clients

READ = "SELECT id, value FROM test ORDER BY id"
ANOMALIES = {
    "dirty write (G0)": """
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 12 WHERE id = 1
        1: UPDATE test SET value = 21 WHERE id = 2
        1: COMMIT
        2: UPDATE test SET value = 22 WHERE id = 2
        2: COMMIT
    """,
    "dirty read": """
        1: UPDATE test SET value = 101 WHERE id = 1
        2: SELECT value FROM test WHERE id = 1
        1: COMMIT
        2: SELECT value FROM test WHERE id = 1
        2: COMMIT
    """,
    "aborted read (G1a)": """
        1: UPDATE test SET value = 101 WHERE id = 1
        2: SELECT id, value FROM test
        1: ROLLBACK
        2: SELECT id, value FROM test
        2: COMMIT
    """,
    "intermediate read (G1b)": """
        1: UPDATE test SET value = 101 WHERE id = 1
        2: SELECT id, value FROM test
        1: UPDATE test SET value = 11 WHERE id = 1
        1: COMMIT
        2: SELECT id, value FROM test
        2: COMMIT
    """,
    "circular information flow (G1c)": """
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 22 WHERE id = 2
        1: SELECT value FROM test WHERE id = 2
        2: SELECT value FROM test WHERE id = 1
        1: COMMIT
        2: COMMIT
    """,
    "observed transaction vanishes (OTV)": """
        1: UPDATE test SET value = 11 WHERE id = 1
        1: UPDATE test SET value = 19 WHERE id = 2
        2: UPDATE test SET value = 12 WHERE id = 1
        1: COMMIT
        3: SELECT value FROM test WHERE id = 1
        2: UPDATE test SET value = 18 WHERE id = 2
        3: SELECT value FROM test WHERE id = 2
        2: COMMIT
        3: SELECT value FROM test WHERE id = 2
        3: SELECT value FROM test WHERE id = 1
        3: COMMIT
    """,
    "predicate-many-preceders, read (PMP)": """
        1: SELECT id FROM test WHERE value = 30
        2: INSERT INTO test VALUES (3, 30)
        2: COMMIT
        1: SELECT id FROM test WHERE value % 3 = 0
        1: COMMIT
    """,
    "predicate-many-preceders, write (PMP)": """
        1: UPDATE test SET value = value + 10
        2: DELETE FROM test WHERE value = 20
        1: COMMIT
        2: SELECT id, value FROM test
        2: COMMIT
    """,
    "lost update (P4)": """
        1: SELECT value FROM test WHERE id = 1
        2: SELECT value FROM test WHERE id = 1
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 11 WHERE id = 1
        1: COMMIT
        2: COMMIT
    """,
    "read skew (G-single)": """
        1: SELECT value FROM test WHERE id = 1
        2: SELECT value FROM test WHERE id = 1
        2: UPDATE test SET value = 12 WHERE id = 1
        2: UPDATE test SET value = 18 WHERE id = 2
        2: COMMIT
        1: SELECT value FROM test WHERE id = 2
        1: COMMIT
    """,
    "read skew by predicate (G-single)": """
        1: SELECT id FROM test WHERE value % 5 = 0
        2: UPDATE test SET value = 12 WHERE value = 10
        2: COMMIT
        1: SELECT id FROM test WHERE value % 3 = 0
        1: COMMIT
    """,
    "read skew and a write (G-single)": """
        1: SELECT value FROM test WHERE id = 1
        2: UPDATE test SET value = 12 WHERE id = 1
        2: UPDATE test SET value = 18 WHERE id = 2
        2: COMMIT
        1: DELETE FROM test WHERE value = 20
        1: COMMIT
    """,
    "write skew (G2-item)": """
        1: SELECT id, value FROM test WHERE id IN (1, 2)
        2: SELECT id, value FROM test WHERE id IN (1, 2)
        1: UPDATE test SET value = 11 WHERE id = 1
        2: UPDATE test SET value = 21 WHERE id = 2
        1: COMMIT
        2: COMMIT
    """,
    "phantom (G2)": """
        1: SELECT id FROM test WHERE value % 3 = 0
        2: SELECT id FROM test WHERE value % 3 = 0
        1: INSERT INTO test VALUES (3, 30)
        2: INSERT INTO test VALUES (4, 42)
        1: COMMIT
        2: COMMIT
    """,
    "phantom under an aggregate (G2)": """
        1: SELECT sum(value) FROM test
        2: SELECT sum(value) FROM test
        1: INSERT INTO test SELECT 3, sum(value) FROM test
        2: INSERT INTO test SELECT 4, sum(value) FROM test
        1: COMMIT
        2: COMMIT
    """,
    "a reader between two writers (G2)": """
        1: SELECT id, value FROM test
        2: UPDATE test SET value = value + 5 WHERE id = 2
        2: COMMIT
        3: SELECT id, value FROM test
        3: COMMIT
        1: UPDATE test SET value = 0 WHERE id = 1
        1: COMMIT
    """,
}


def made(script, level):
    """Return the steps of a script, in transactions of a level, between making the table and reading it."""
    steps = parse(script)
    sessions = sorted({session for session, _ in steps})
    begin = [(session, f"BEGIN ISOLATION LEVEL {level}") for session in sessions]
    return [*begin, *steps, ("9", READ)]


def prepared(connect):
    """Give sessions a table of two rows."""
    client = connect()
    for sql in (
        "DROP TABLE IF EXISTS test",
        "CREATE TABLE test (id int PRIMARY KEY, value int)",
        "INSERT INTO test VALUES (1, 10), (2, 20)",
    ):
        client.begin(sql).result(60)
    client.close()
    return connect


@pytest.fixture(scope="module")
def sides(postgres_uri, tmp_path_factory):
    with postgres_clients(postgres_uri) as theirs, vql_clients(tmp_path_factory.mktemp("vql")) as ours:
        yield theirs, ours


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
@pytest.mark.parametrize("anomaly", ANOMALIES)
def test_transactions_show_each_other_what_postgres_shows(anomaly, level, sides):
    steps = made(ANOMALIES[anomaly], level)
    theirs, ours = (transcript(play(steps, prepared(connect))) for connect in sides)
    assert ours == theirs


@pytest.mark.parametrize("anomaly", ANOMALIES)
def test_serializable_transactions_have_an_order(anomaly, sides):
    for connect in sides:
        found = play(made(ANOMALIES[anomaly], "SERIALIZABLE"), prepared(connect))
        assert has_order(found, sides[1]), "\n".join(transcript(found))
        assert any(step.sql == "COMMIT" and step.answer is not None for step in found)


def has_order(found, connect):
    """Whether the transactions that committed give the same one after the other, in some order."""
    sessions = sorted({step.session for step in found} - {"9"})
    failed = {step.session for step in found if isinstance(step.answer, str)}
    rolled_back = {step.session for step in found if step.sql == "ROLLBACK"}
    committed = [session for session in sessions if session not in failed | rolled_back]
    given = {session: [s.answer for s in found if s.session == session] for session in committed}
    final = found[-1].answer
    for order in itertools.permutations(committed):
        steps = [(s.session, s.sql) for session in order for s in found if s.session == session]
        again = play([*steps, ("9", READ)], prepared(connect))
        same = all(
            [s.answer for s in again if s.session == session] == given[session] for session in committed
        )
        if same and again[-1].answer == final:
            return True
    return False


def test_write_skew_has_no_order(sides):
    """The check can fail."""
    rows, after = [(1, 10), (2, 20)], [(1, 11), (2, 21)]
    steps = made(ANOMALIES["write skew (G2-item)"], "SERIALIZABLE")
    answers = [-1, -1, rows, rows, 1, 1, -1, -1, after]
    found = [interleaving.Step(*step, answer, False) for step, answer in zip(steps, answers, strict=True)]
    assert not has_order(found, sides[1])
    assert has_order(
        found[:3] + found[4:5] + [found[6], found[8]._replace(answer=[(1, 11), (2, 20)])], sides[1]
    )
