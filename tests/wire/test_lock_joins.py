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


OPEN = "CREATE VIEW open AS SELECT id, state AS name FROM job WHERE state = 'new'"
FILED = "CREATE VIEW filed AS SELECT o.id, o.name FROM open o JOIN (VALUES (1)) one (a) ON one.a = 1"
THROUGH = ["SELECT id FROM open", "SELECT id FROM filed", "SELECT id FROM (SELECT id FROM open) x"]


@pytest.mark.parametrize("query", THROUGH)
def test_rows_are_locked_through_views_and_sub_queries(
    sessions: list[psycopg.Connection], query: str
) -> None:
    first, second = sessions
    first.execute(OPEN)  # type: ignore[arg-type]
    first.execute(FILED)  # type: ignore[arg-type]
    try:
        with first.transaction():
            taken = first.execute(f"{query} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED").fetchall()
            assert taken == [(1,)]
            with second.transaction():
                taken = second.execute(f"{query} ORDER BY id FOR UPDATE SKIP LOCKED").fetchall()
                assert taken == [(2,), (3,)]
            with pytest.raises(psycopg.errors.LockNotAvailable):
                second.execute(f"{query} FOR UPDATE NOWAIT")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                second.execute("SELECT 1 FROM job WHERE id = 1 FOR SHARE NOWAIT")
            first.execute("UPDATE job SET state = 'done' WHERE id = 1")
        assert second.execute(f"{query} ORDER BY id FOR UPDATE NOWAIT").fetchall() == [(2,), (3,)]
    finally:
        first.execute("DROP VIEW filed, open")


FIRST = "SELECT id FROM job WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
JOINED = (
    "SELECT job.id FROM job JOIN kind ON kind.id = job.kind WHERE state = 'new' ORDER BY 1 LIMIT 1"
    " FOR UPDATE OF job SKIP LOCKED"
)
TAKEN = [
    f"UPDATE job SET state = 'run' WHERE id IN ({JOINED}) RETURNING id",
    f"WITH x AS ({JOINED}) UPDATE job SET state = 'run' FROM x WHERE x.id = job.id RETURNING job.id",
    f"DELETE FROM job USING ({JOINED}) x WHERE x.id = job.id RETURNING job.id",
    f"WITH x AS ({JOINED}) SELECT id FROM x",
    f"INSERT INTO taken {JOINED} RETURNING id",
    f"UPDATE job SET state = 'run' WHERE id = ({FIRST}) RETURNING id",
    f"UPDATE job SET state = 'run' WHERE id IN ({FIRST}) RETURNING id",
    f"UPDATE job SET state = 'run' WHERE id = ANY (ARRAY({FIRST})) RETURNING id",
    f"UPDATE job SET state = 'run' FROM ({FIRST}) x WHERE x.id = job.id RETURNING job.id",
    f"WITH x AS ({FIRST}) UPDATE job SET state = 'run' FROM x WHERE x.id = job.id RETURNING job.id",
    f"WITH x AS ({FIRST}) UPDATE job SET state = 'run' WHERE id IN (SELECT id FROM x) RETURNING id",
    f"WITH x AS ({FIRST}), y AS (UPDATE job SET state = 'run' FROM x WHERE x.id = job.id RETURNING job.id)"
    " SELECT id FROM y",
    f"DELETE FROM job WHERE id IN ({FIRST}) RETURNING id",
    f"DELETE FROM job USING ({FIRST}) x WHERE x.id = job.id RETURNING job.id",
    f"WITH x AS ({FIRST}) DELETE FROM job USING x WHERE x.id = job.id RETURNING job.id",
    f"WITH x AS ({FIRST}) SELECT id FROM x",
    f"SELECT x.id FROM ({FIRST}) x JOIN kind ON true",
    f"INSERT INTO taken {FIRST} RETURNING id",
    f"WITH x AS ({FIRST}) INSERT INTO taken SELECT id FROM x RETURNING id",
]


@pytest.mark.parametrize("take", TAKEN)
def test_sub_queries_pass_over_rows_that_others_have_locked(
    sessions: list[psycopg.Connection], take: str
) -> None:
    first, second = sessions
    first.execute("CREATE TABLE IF NOT EXISTS taken (id int)")
    second.execute("SET lock_timeout = '30s'")
    with first.transaction(), second.transaction():
        assert first.execute(take).fetchall() == [(1,)]
        assert second.execute(take).fetchall() == [(2,)]
        with pytest.raises(psycopg.errors.LockNotAvailable), second.transaction():
            second.execute("WITH x AS (SELECT id FROM job FOR UPDATE NOWAIT) SELECT count(*) FROM x")
