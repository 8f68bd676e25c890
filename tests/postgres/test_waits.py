"""Locks of rows, keys, tables and applications: who waits for whom and what comes of it, as in PostgreSQL."""

from __future__ import annotations

import pytest
from interleaving import parse, play, postgres_clients, transcript, vql_clients

SCRIPTS = {
    "an update waits and counts on": """
        1: BEGIN
        1: UPDATE test SET value = value + 1 WHERE id = 1
        2: UPDATE test SET value = value + 1 WHERE id = 1 RETURNING value
        1: COMMIT
        3: SELECT value FROM test WHERE id = 1
    """,
    "a row that was deleted is updated no more": """
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: UPDATE test SET value = 0 WHERE id = 1
        1: COMMIT
    """,
    "a row that was given back is updated": """
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: UPDATE test SET value = 0 WHERE id = 1
        1: ROLLBACK
    """,
    "a row that passes no more is left": """
        1: BEGIN
        1: UPDATE test SET value = 99 WHERE id = 1
        2: BEGIN
        2: DELETE FROM test WHERE value = 10 RETURNING id
        1: COMMIT
        2: UPDATE test SET value = value + 1 WHERE value = 99
        2: COMMIT
        2: SELECT id, value FROM test
    """,
    "another key is followed": """
        1: BEGIN
        1: UPDATE test SET id = 7 WHERE id = 1
        2: UPDATE test SET value = value + 1 WHERE value = 10
        1: COMMIT
        2: SELECT id, value FROM test
    """,
    "statements see what was committed before them": """
        1: BEGIN
        1: SELECT count(*) FROM test
        2: INSERT INTO test VALUES (3, 30)
        1: SELECT count(*) FROM test
        1: UPDATE test SET value = 0 WHERE value >= 30
        1: COMMIT
        2: SELECT id, value FROM test
    """,
    "repeatable read begins with its first query": """
        1: BEGIN ISOLATION LEVEL REPEATABLE READ
        2: INSERT INTO test VALUES (3, 30)
        1: SELECT count(*) FROM test
        2: INSERT INTO test VALUES (4, 40)
        1: SELECT count(*) FROM test
        1: UPDATE test SET value = 1 WHERE id = 1
        1: COMMIT
    """,
    "repeatable read updates no row that was changed": """
        1: BEGIN ISOLATION LEVEL REPEATABLE READ
        1: SELECT count(*) FROM test
        2: UPDATE test SET value = 0 WHERE id = 1
        1: UPDATE test SET value = 1 WHERE id = 2
        1: UPDATE test SET value = 1 WHERE id = 1
        1: SELECT 1
        1: ROLLBACK
    """,
    "repeatable read waits for who may roll back": """
        1: BEGIN
        1: UPDATE test SET value = 0 WHERE id = 1
        2: BEGIN ISOLATION LEVEL REPEATABLE READ
        2: UPDATE test SET value = 5 WHERE id = 1
        1: ROLLBACK
        2: COMMIT
        2: SELECT value FROM test WHERE id = 1
    """,
    "two who wait for each other": """
        1: BEGIN
        2: BEGIN
        1: UPDATE test SET value = 0 WHERE id = 1
        2: UPDATE test SET value = 0 WHERE id = 1
        1: COMMIT
        2: UPDATE test SET value = 1 WHERE id = 2
        2: COMMIT
    """,
    "an insert waits for one of the same key": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 1)
        2: INSERT INTO test VALUES (3, 2)
        1: COMMIT
        2: SELECT value FROM test WHERE id = 3
    """,
    "an insert goes on where the other is given up": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 1)
        2: INSERT INTO test VALUES (3, 2)
        1: ROLLBACK
        2: SELECT value FROM test WHERE id = 3
    """,
    "an insert waits for a delete of its key": """
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: INSERT INTO test VALUES (1, 2)
        1: COMMIT
        2: SELECT value FROM test WHERE id = 1
    """,
    "an insert in a block waits for a delete that is given up": """
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: BEGIN
        2: INSERT INTO test VALUES (1, 2)
        1: ROLLBACK
        2: ROLLBACK
    """,
    "an insert waits for one of the same unique value": """
        1: ALTER TABLE test ADD UNIQUE (value)
        1: BEGIN
        1: INSERT INTO test VALUES (3, 30)
        2: INSERT INTO test VALUES (4, 30)
        1: COMMIT
        2: INSERT INTO test VALUES (5, 50) ON CONFLICT (value) DO NOTHING
    """,
    "a unique value is given back": """
        1: ALTER TABLE test ADD UNIQUE (value)
        1: BEGIN
        1: UPDATE test SET value = 50 WHERE id = 1
        2: INSERT INTO test VALUES (4, 50) ON CONFLICT (value) DO UPDATE SET value = 60
        1: ROLLBACK
    """,
    "who holds a unique value keeps it": """
        1: ALTER TABLE test ADD UNIQUE (value)
        1: BEGIN
        1: UPDATE test SET value = 50 WHERE id = 1
        2: BEGIN
        2: UPDATE test SET value = 50 WHERE id = 2
        1: COMMIT
        2: ROLLBACK
    """,
    "an upsert waits and updates": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 1)
        2: INSERT INTO test VALUES (3, 1) ON CONFLICT (id) DO UPDATE SET value = test.value + excluded.value
        1: COMMIT
        2: SELECT value FROM test WHERE id = 3
    """,
    "an upsert waits and inserts": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 1)
        2: INSERT INTO test VALUES (3, 5) ON CONFLICT (id) DO UPDATE SET value = test.value + excluded.value
        1: ROLLBACK
        2: SELECT value FROM test WHERE id = 3
    """,
    "an upsert that does nothing waits": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 1)
        2: INSERT INTO test VALUES (3, 5), (4, 5) ON CONFLICT DO NOTHING RETURNING id
        1: COMMIT
        2: SELECT value FROM test WHERE id = 3
    """,
    "an upsert updates what it did not see": """
        1: BEGIN
        1: SELECT count(*) FROM test
        2: INSERT INTO test VALUES (3, 1)
        1: INSERT INTO test VALUES (3, 1) ON CONFLICT (id) DO UPDATE SET value = 77 RETURNING *
        1: COMMIT
    """,
    "repeatable read upserts no row it does not see": """
        1: BEGIN ISOLATION LEVEL REPEATABLE READ
        1: SELECT count(*) FROM test
        2: INSERT INTO test VALUES (3, 1)
        1: INSERT INTO test VALUES (3, 1) ON CONFLICT (id) DO UPDATE SET value = 77 RETURNING *
        1: ROLLBACK
    """,
    "repeatable read does nothing to no row it does not see": """
        1: BEGIN ISOLATION LEVEL REPEATABLE READ
        1: SELECT count(*) FROM test
        2: INSERT INTO test VALUES (3, 1)
        1: INSERT INTO test VALUES (3, 1) ON CONFLICT DO NOTHING
        1: ROLLBACK
    """,
    "repeatable read meets a key it does not see": """
        1: BEGIN ISOLATION LEVEL REPEATABLE READ
        1: SELECT count(*) FROM test
        2: INSERT INTO test VALUES (3, 1)
        1: INSERT INTO test VALUES (3, 1)
        1: ROLLBACK
    """,
    "an upsert waits for an update": """
        1: BEGIN
        1: UPDATE test SET value = 50 WHERE id = 1
        2: INSERT INTO test VALUES (1, 1)
            ON CONFLICT (id) DO UPDATE SET value = test.value + 1 WHERE test.value > 40
        1: COMMIT
        2: SELECT value FROM test WHERE id = 1
    """,
    "an upsert waits for a delete": """
        1: BEGIN
        1: DELETE FROM test WHERE id = 1
        2: INSERT INTO test VALUES (1, 1)
            ON CONFLICT (id) DO UPDATE SET value = test.value + 100 RETURNING value
        1: COMMIT
    """,
    "two upserts in blocks": """
        1: BEGIN
        2: BEGIN
        1: INSERT INTO test VALUES (3, 1) ON CONFLICT (id) DO UPDATE SET value = test.value + 1
        2: INSERT INTO test VALUES (3, 1) ON CONFLICT (id) DO UPDATE SET value = test.value + 1
        1: COMMIT
        2: COMMIT
        1: SELECT value FROM test WHERE id = 3
    """,
    "the order of returned rows": """
        1: INSERT INTO test VALUES (5, 5), (1, 1), (4, 4)
            ON CONFLICT (id) DO UPDATE SET value = -1 RETURNING id, value
        1: INSERT INTO test VALUES (6, 5), (6, 1) ON CONFLICT (id) DO UPDATE SET value = -1
        1: INSERT INTO test VALUES (1, 5), (1, 1) ON CONFLICT (id) DO UPDATE SET value = -1
        1: INSERT INTO test VALUES (6, 5), (6, 1) ON CONFLICT (id) DO NOTHING
        1: INSERT INTO test VALUES (6, 5)
            ON CONFLICT ON CONSTRAINT test_pkey DO UPDATE SET value = 9 WHERE false
    """,
    "for update waits, and sees what was committed": """
        1: BEGIN
        1: UPDATE test SET value = 11 WHERE id = 1
        2: BEGIN
        2: SELECT id, value FROM test WHERE id = 1 FOR UPDATE
        1: COMMIT
        2: COMMIT
    """,
    "for update holds": """
        1: BEGIN
        1: SELECT id, value FROM test WHERE id = 1 FOR UPDATE
        2: SELECT value FROM test WHERE id = 1
        2: UPDATE test SET value = value + 1 WHERE id = 1
        1: UPDATE test SET value = value * 2 WHERE id = 1
        1: COMMIT
        2: SELECT value FROM test WHERE id = 1
    """,
    "for update looks again whether the row passes": """
        1: BEGIN
        1: UPDATE test SET value = 99 WHERE id = 1
        2: SELECT id FROM test WHERE value < 50 ORDER BY id FOR UPDATE
        1: COMMIT
    """,
    "for update with a limit goes on to the next": """
        1: BEGIN
        1: UPDATE test SET value = 99 WHERE id = 1
        2: SELECT id FROM test WHERE value < 50 ORDER BY id LIMIT 1 FOR UPDATE
        1: COMMIT
    """,
    "no wait": """
        1: BEGIN
        1: SELECT id FROM test WHERE id = 1 FOR UPDATE
        2: SELECT id FROM test WHERE id = 1 FOR UPDATE NOWAIT
        2: SELECT id FROM test WHERE id = 2 FOR UPDATE NOWAIT
        2: SELECT id FROM test ORDER BY id FOR NO KEY UPDATE NOWAIT
        1: COMMIT
        2: SELECT id FROM test ORDER BY id FOR NO KEY UPDATE NOWAIT
    """,
    "skip locked": """
        1: BEGIN
        1: SELECT id FROM test WHERE id = 1 FOR UPDATE
        2: BEGIN
        2: SELECT id FROM test ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
        3: SELECT id FROM test ORDER BY id FOR UPDATE SKIP LOCKED
        1: COMMIT
        3: SELECT id FROM test ORDER BY id FOR UPDATE SKIP LOCKED
        2: COMMIT
    """,
    "a queue": """
        1: BEGIN
        2: BEGIN
        1: DELETE FROM test
            WHERE id = (SELECT id FROM test ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
        2: DELETE FROM test
            WHERE id = (SELECT id FROM test ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
        3: SELECT id FROM test FOR UPDATE SKIP LOCKED
        1: ROLLBACK
        2: COMMIT
        3: SELECT id FROM test
    """,
    "shared locks": """
        1: BEGIN
        2: BEGIN
        1: SELECT id FROM test WHERE id = 1 FOR SHARE
        2: SELECT id FROM test WHERE id = 1 FOR SHARE
        2: SELECT id FROM test WHERE id = 1 FOR KEY SHARE
        3: SELECT id FROM test WHERE id = 1 FOR NO KEY UPDATE NOWAIT
        3: UPDATE test SET value = 0 WHERE id = 1
        1: COMMIT
        2: COMMIT
        3: SELECT value FROM test WHERE id = 1
    """,
    "a key share keeps the key": """
        1: BEGIN
        1: SELECT id FROM test WHERE id = 1 FOR KEY SHARE
        2: SELECT id FROM test WHERE id = 1 FOR KEY SHARE
        2: UPDATE test SET id = 9 WHERE id = 1
        1: COMMIT
    """,
    "a savepoint gives locks back": """
        1: BEGIN
        1: SELECT id FROM test WHERE id = 1 FOR UPDATE
        1: SAVEPOINT s
        1: UPDATE test SET value = 0 WHERE id = 2
        2: UPDATE test SET value = 5 WHERE id = 2
        1: ROLLBACK TO SAVEPOINT s
        2: SELECT id FROM test ORDER BY id FOR UPDATE SKIP LOCKED
        1: COMMIT
        2: SELECT id FROM test ORDER BY id FOR UPDATE SKIP LOCKED
    """,
    "a failed block holds nothing": """
        1: BEGIN
        1: UPDATE test SET value = 0 WHERE id = 1
        1: SELECT nothing FROM test
        2: UPDATE test SET value = 5 WHERE id = 1
        1: ROLLBACK
    """,
    "what cannot be locked": """
        1: SELECT DISTINCT value FROM test FOR UPDATE
        1: SELECT count(*) FROM test FOR UPDATE
        1: SELECT id FROM test FOR UPDATE OF other
        1: SELECT id FROM test t WHERE id = 1 FOR UPDATE OF t
        1: BEGIN READ ONLY
        1: SELECT id FROM test FOR UPDATE
        1: ROLLBACK
    """,
    "a timeout": """
        1: BEGIN
        1: UPDATE test SET value = 0 WHERE id = 1
        2: SET lock_timeout = '50ms'
        2: UPDATE test SET value = 1 WHERE id = 1
        2: SELECT id FROM test WHERE id = 1 FOR UPDATE
        2: SELECT value FROM test WHERE id = 1
        3: SET statement_timeout = '300ms'
        3: UPDATE test SET value = 1 WHERE id = 1
        3: SELECT 1
        1: COMMIT
        2: UPDATE test SET value = 1 WHERE id = 1
    """,
    "tables": """
        1: LOCK TABLE test
        1: BEGIN
        1: LOCK TABLE test IN SHARE MODE
        2: INSERT INTO test VALUES (3, 3)
        3: BEGIN
        3: LOCK TABLE test IN ROW SHARE MODE NOWAIT
        3: LOCK test IN SHARE UPDATE EXCLUSIVE MODE NOWAIT
        3: ROLLBACK
        1: COMMIT
        2: SELECT id FROM test
    """,
    "a table that is changed": """
        1: BEGIN
        1: INSERT INTO test VALUES (3, 3)
        2: BEGIN
        2: LOCK TABLE test IN ROW EXCLUSIVE MODE NOWAIT
        2: LOCK TABLE test IN SHARE MODE
        1: COMMIT
        2: COMMIT
    """,
    "advisory": """
        1: SELECT pg_advisory_lock(1)
        2: SELECT pg_try_advisory_lock(1), pg_try_advisory_lock_shared(1), pg_try_advisory_lock(0, 1)
        2: SELECT pg_advisory_lock(1)
        1: SELECT pg_advisory_unlock(1)
        1: SELECT pg_advisory_unlock(1)
        2: SELECT pg_advisory_unlock(1), pg_advisory_unlock(1)
        1: BEGIN
        1: SELECT pg_advisory_xact_lock_shared(7)
        1: SELECT pg_try_advisory_xact_lock(1, 2)
        2: SELECT pg_try_advisory_lock_shared(7), pg_try_advisory_xact_lock(7), pg_try_advisory_lock(1, 2)
        1: COMMIT
        1: SELECT pg_try_advisory_lock(7)
        2: SELECT pg_advisory_unlock_shared(7)
        1: SELECT pg_try_advisory_lock(7), pg_try_advisory_lock(7)
        1: SELECT pg_advisory_unlock_all()
        2: SELECT pg_try_advisory_lock(7)
    """,
    "levels": """
        1: SHOW transaction_isolation
        1: BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY
        1: SHOW transaction_isolation
        1: SHOW transaction_read_only
        1: COMMIT
        1: BEGIN
        1: SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
        1: SHOW transaction_isolation
        1: SELECT 1
        1: SET TRANSACTION ISOLATION LEVEL READ COMMITTED
        1: ROLLBACK
        1: SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ UNCOMMITTED
        1: SHOW default_transaction_isolation
        1: START TRANSACTION
        1: SHOW transaction_isolation
        1: COMMIT
        1: SET default_transaction_isolation = 'chaos'
        1: SET default_transaction_read_only = on
        1: INSERT INTO test VALUES (9, 9)
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


def test_a_deadlock_is_told_to_one_of_two(sides):
    steps = [
        ("0", "DROP TABLE IF EXISTS test"),
        ("0", "CREATE TABLE test (id int PRIMARY KEY, value int)"),
        ("0", "INSERT INTO test VALUES (1, 10), (2, 20)"),
        ("1", "BEGIN"),
        ("2", "BEGIN"),
        ("1", "UPDATE test SET value = value + 1 WHERE id = 1"),
        ("2", "SELECT pg_advisory_lock(5)"),
        ("2", "SELECT id FROM test WHERE id = 2 FOR UPDATE"),
        ("1", "UPDATE test SET value = value + 1 WHERE id = 2"),
        ("2", "UPDATE test SET value = value + 1 WHERE id = 1"),
    ]
    for connect in sides:
        answers = [step.answer for step in play(steps, connect)[-2:]]
        assert sorted(map(str, answers)) == ["1", "40P01"]
