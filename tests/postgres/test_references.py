"""Foreign keys between sessions: who waits for whom, and what refers to what in the end, as in PostgreSQL."""

from __future__ import annotations

import pytest
from interleaving import parse, play, postgres_clients, transcript, vql_clients

TABLES = """
    1: CREATE TABLE refs (id int PRIMARY KEY, test int REFERENCES test)
"""
CASCADE = TABLES.replace("REFERENCES test", "REFERENCES test ON DELETE CASCADE ON UPDATE CASCADE")
SCRIPTS = {
    "who deletes waits for who refers": f"""{TABLES}
        1: BEGIN
        1: INSERT INTO refs VALUES (1, 1)
        2: DELETE FROM test WHERE id = 1
        1: COMMIT
        2: SELECT id FROM test
    """,
    "who refers has given up": f"""{TABLES}
        1: BEGIN
        1: INSERT INTO refs VALUES (1, 1)
        2: DELETE FROM test WHERE id = 1
        1: ROLLBACK
        2: SELECT id FROM test
    """,
    "who refers waits for who deletes": f"""{TABLES}
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: INSERT INTO refs VALUES (1, 1)
        1: COMMIT
        2: SELECT count(*) FROM refs
    """,
    "who deletes has given up": f"""{TABLES}
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: INSERT INTO refs VALUES (1, 1)
        1: ROLLBACK
        2: SELECT count(*) FROM refs
    """,
    "two refer to one": f"""{TABLES}
        1: BEGIN
        1: INSERT INTO refs VALUES (1, 1)
        2: INSERT INTO refs VALUES (2, 1)
        1: COMMIT
        2: SELECT id, test FROM refs
    """,
    "a row that is referred to changes": f"""{TABLES}
        1: BEGIN
        1: INSERT INTO refs VALUES (1, 1)
        2: UPDATE test SET value = value + 1 WHERE id = 1
        2: INSERT INTO refs VALUES (2, 1)
        1: COMMIT
        2: SELECT id, value FROM test
    """,
    "a row that changes is referred to": f"""{TABLES}
        1: BEGIN
        1: UPDATE test SET value = value + 1 WHERE id = 1
        2: INSERT INTO refs VALUES (2, 1)
        1: COMMIT
        2: SELECT id, test FROM refs
    """,
    "who refers waits for another key": f"""{TABLES}
        1: BEGIN
        1: UPDATE test SET id = 9 WHERE id = 1
        2: INSERT INTO refs VALUES (1, 1)
        1: COMMIT
        2: INSERT INTO refs VALUES (1, 9)
    """,
    "what is not committed is not there": f"""{TABLES}
        1: BEGIN
        1: INSERT INTO test VALUES (5, 50)
        2: INSERT INTO refs VALUES (1, 5)
        1: COMMIT
        2: INSERT INTO refs VALUES (1, 5)
    """,
    "a cascade takes what has come": f"""{CASCADE}
        1: BEGIN
        1: INSERT INTO refs VALUES (1, 1)
        2: DELETE FROM test WHERE id = 1
        1: COMMIT
        2: SELECT count(*) FROM refs
    """,
    "a cascade waits for a row that changes": f"""{CASCADE}
        1: INSERT INTO refs VALUES (1, 1), (2, 2)
        1: BEGIN
        1: UPDATE refs SET test = 2 WHERE id = 1
        2: DELETE FROM test WHERE id = 1
        1: COMMIT
        2: SELECT id, test FROM refs
    """,
    "a key cascades": f"""{CASCADE}
        1: INSERT INTO refs VALUES (1, 1)
        1: BEGIN
        1: UPDATE test SET id = 7 WHERE id = 1
        2: UPDATE refs SET test = 2 WHERE id = 1
        1: COMMIT
        2: SELECT id, test FROM refs
    """,
    "repeatable read sees who refers": f"""{TABLES}
        2: BEGIN ISOLATION LEVEL REPEATABLE READ
        2: SELECT count(*) FROM test
        1: INSERT INTO refs VALUES (1, 1)
        2: DELETE FROM test WHERE id = 1
        2: COMMIT
        1: SELECT count(*) FROM test
    """,
    "a table that is referred to is locked": """
        2: BEGIN
        2: UPDATE test SET value = 0 WHERE id = 1
        1: CREATE TABLE refs (id int PRIMARY KEY, test int REFERENCES test)
        2: COMMIT
        1: INSERT INTO refs VALUES (1, 1)
    """,
}


@pytest.fixture(scope="module")
def sides(postgres_uri, tmp_path_factory):
    with postgres_clients(postgres_uri) as theirs, vql_clients(tmp_path_factory.mktemp("vql")) as ours:
        yield theirs, ours


@pytest.mark.parametrize("script", SCRIPTS)
def test_references_between_sessions(script, sides):
    steps = [
        ("0", "DROP TABLE IF EXISTS refs, test"),
        ("0", "CREATE TABLE test (id int PRIMARY KEY, value int)"),
        ("0", "INSERT INTO test VALUES (1, 10), (2, 20)"),
        *parse(SCRIPTS[script]),
        ("0", "SELECT id, value FROM test ORDER BY id"),
        ("0", "SELECT id, test FROM refs ORDER BY id"),
        ("0", "DROP TABLE refs, test"),
    ]
    theirs, ours = (transcript(play(steps, connect)) for connect in sides)
    assert ours == theirs
