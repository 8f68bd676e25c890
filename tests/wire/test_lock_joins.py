"""FOR UPDATE over a join, beside another session."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from server_process import Server

JOIN = "SELECT job.id, job.state FROM job JOIN kind ON kind.id = job.kind ORDER BY job.id "


@pytest.fixture
def sessions(server: Server) -> Iterator[list[psycopg.Connection]]:
    """Two sessions and three jobs of one kind."""
    made = [psycopg.connect(server.url, autocommit=True) for _ in range(2)]
    made[0].execute("CREATE TABLE kind (id int PRIMARY KEY)")
    made[0].execute("CREATE TABLE job (id int PRIMARY KEY, kind int REFERENCES kind, state text)")
    made[0].execute("INSERT INTO kind VALUES (1)")
    made[0].execute("INSERT INTO job VALUES (1, 1, 'new'), (2, 1, 'new'), (3, 1, 'new')")
    yield made
    made[0].execute("DROP TABLE job, kind")
    for each in made:
        each.close()


def test_rows_that_others_have_locked_are_passed_over_or_refused(sessions: list[psycopg.Connection]) -> None:
    first, second = sessions
    with first.transaction():
        taken = first.execute(JOIN + "LIMIT 1 FOR UPDATE OF job SKIP LOCKED").fetchall()
        assert taken == [(1, "new")]
        with second.transaction():
            taken = second.execute(JOIN + "LIMIT 1 FOR UPDATE OF job SKIP LOCKED").fetchall()
            assert taken == [(2, "new")]
        with pytest.raises(psycopg.errors.LockNotAvailable, match='in relation "job"'):
            second.execute(JOIN + "FOR UPDATE NOWAIT")
        assert second.execute(JOIN + "FOR UPDATE OF kind NOWAIT").rowcount == 3
    assert second.execute(JOIN + "FOR UPDATE NOWAIT").rowcount == 3


def test_a_row_that_has_changed_meanwhile_is_seen_as_it_is_now(sessions: list[psycopg.Connection]) -> None:
    first, second = sessions
    found: list[object] = []

    def read() -> None:
        with second.transaction():
            found.append(second.execute(JOIN + "FOR UPDATE OF job").fetchall())

    with first.transaction():
        first.execute("UPDATE job SET state = 'done' WHERE id = 1")
        first.execute("DELETE FROM job WHERE id = 3")
        reader = threading.Thread(target=read)
        reader.start()
    reader.join(60)
    assert found == [[(1, "done"), (2, "new")]]


def test_a_snapshot_does_not_follow_a_row(sessions: list[psycopg.Connection]) -> None:
    first, second = sessions
    second.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with pytest.raises(psycopg.errors.SerializationFailure), second.transaction():
        assert second.execute(JOIN).rowcount == 3
        first.execute("UPDATE job SET state = 'done' WHERE id = 1")
        second.execute(JOIN + "FOR UPDATE OF job")
