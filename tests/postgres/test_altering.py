"""ALTER TABLE beside other sessions: who waits for whom and what comes of it, as in PostgreSQL.

Left out is what reads beside an ALTER TABLE: there one waits for the other, here a query sees the table as it
was. So statements are checked against the table as it was, too, before they wait.
"""

from __future__ import annotations

import pytest
from interleaving import parse, play, postgres_clients, transcript, vql_clients

SCRIPTS = {
    "it waits for who changes rows": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 30)
        2: ALTER TABLE test ADD COLUMN more int DEFAULT 7
        1: INSERT INTO test VALUES (4, 40)
        1: COMMIT
        2: SELECT id, more FROM test
    """,
    "it is given up with who rolls back": """
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: ALTER TABLE test ALTER value SET NOT NULL
        1: ROLLBACK
    """,
    "a row that comes before it is looked at": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, NULL)
        2: ALTER TABLE test ALTER value SET NOT NULL
        1: COMMIT
    """,
    "a row that comes before it is written anew": """
        1: BEGIN
        1: UPDATE test SET value = 11 WHERE id = 1
        2: ALTER TABLE test ALTER value TYPE text USING value || '!'
        1: COMMIT
        2: SELECT id, value FROM test
    """,
    "who changes rows waits for it": """
        1: BEGIN
        1: ALTER TABLE test ADD COLUMN more int DEFAULT 7
        2: INSERT INTO test VALUES (3, 30)
        1: COMMIT
        2: SELECT id, more FROM test
    """,
    "and sees what is there then": """
        1: BEGIN
        1: ALTER TABLE test DROP COLUMN value, ADD COLUMN value text DEFAULT 'new'
        2: INSERT INTO test VALUES (3, '30')
        3: UPDATE test SET value = '1' WHERE value = '10'
        1: COMMIT
        2: SELECT id, value FROM test
    """,
    "in blocks too": """
        1: BEGIN
        1: ALTER TABLE test ALTER value TYPE text
        2: BEGIN
        2: INSERT INTO test VALUES (3, '30')
        1: COMMIT
        2: INSERT INTO test VALUES (4, 'y')
        2: COMMIT
        2: SELECT id, value FROM test
    """,
    "a column that is gone is no more": """
        1: BEGIN
        1: ALTER TABLE test RENAME COLUMN value TO other
        2: UPDATE test SET value = 0 WHERE id = 1
        1: COMMIT
    """,
    "a table that is renamed is no more": """
        1: BEGIN
        1: ALTER TABLE test RENAME TO test2
        2: INSERT INTO test VALUES (3, 30)
        1: COMMIT
        1: ALTER TABLE test2 RENAME TO test
    """,
    "what is rolled back was never": """
        1: BEGIN
        1: ALTER TABLE test ALTER value TYPE text USING 'x', ADD COLUMN n serial
        2: INSERT INTO test VALUES (3, 30)
        3: DELETE FROM test WHERE id = 1
        1: ROLLBACK
    """,
    "a savepoint gives the table back": """
        1: BEGIN
        1: SAVEPOINT s
        1: ALTER TABLE test ADD COLUMN more int
        2: INSERT INTO test VALUES (3, 30)
        1: ROLLBACK TO s
        1: COMMIT
    """,
    "two after each other": """
        1: BEGIN
        1: ALTER TABLE test ADD COLUMN a int DEFAULT 1
        2: ALTER TABLE test ADD COLUMN b serial
        3: ALTER TABLE test ADD COLUMN a int
        1: COMMIT
        2: SELECT id, a, b FROM test
    """,
    "two that rename": """
        1: BEGIN
        1: ALTER TABLE test RENAME TO test2
        2: ALTER TABLE test RENAME TO test3
        1: COMMIT
        1: ALTER TABLE test2 RENAME TO test
    """,
    "no longer than it is to wait": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 30)
        2: SET lock_timeout = '50ms'
        2: ALTER TABLE test ADD COLUMN more int
        2: SHOW lock_timeout
        1: COMMIT
        2: ALTER TABLE test ADD COLUMN more int
    """,
    "a key that is changed": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 30)
        2: ALTER TABLE test ALTER id TYPE text
        1: COMMIT
        2: INSERT INTO test VALUES ('3', 31)
        2: INSERT INTO test VALUES ('4', 40)
    """,
}


@pytest.fixture(scope="module")
def sides(postgres_uri, tmp_path_factory):
    with postgres_clients(postgres_uri) as theirs, vql_clients(tmp_path_factory.mktemp("vql")) as ours:
        yield theirs, ours


@pytest.mark.parametrize("script", SCRIPTS)
def test_sessions_wait_for_each_other_as_in_postgres(script, sides):
    steps = [
        ("0", "DROP TABLE IF EXISTS test"),
        ("0", "CREATE TABLE test (id int PRIMARY KEY, value int)"),
        ("0", "INSERT INTO test VALUES (1, 10), (2, 20)"),
        *parse(SCRIPTS[script]),
        ("0", "SELECT id, value FROM test ORDER BY id"),
    ]
    theirs, ours = (transcript(play(steps, connect)) for connect in sides)
    assert ours == theirs
