"""Changes of few rows wait for their commits in no thread: cancels, timeouts and errors reach them too."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from server_process import Server

import vql

INSERT = b"INSERT INTO pending VALUES ($1, 0)"


@pytest.fixture(scope="module")
def embedded(server: Server) -> Iterator[vql.Connection]:
    """The server's database, opened beside it."""
    with vql.connect(server.path) as made:
        made.execute("CREATE TABLE pending (id int PRIMARY KEY, n int)")
        yield made


@pytest.fixture
def client(server: Server, embedded: vql.Connection) -> Iterator[psycopg.Connection]:
    """A client that has run the statement before, by both protocols."""
    with psycopg.connect(server.url, autocommit=True, prepare_threshold=0) as made:
        embedded.execute("DELETE FROM pending")
        execute(made, 1)
        made.pgconn.exec_(b"INSERT INTO pending VALUES (2, 0)")
        yield made


def execute(client: psycopg.Connection, number: int) -> None:
    psycopg.RawCursor(client).execute(INSERT, (number,))


def simply(client: psycopg.Connection, number: int) -> None:
    """Insert by a simple query."""
    result = client.pgconn.exec_(b"INSERT INTO pending VALUES (%d, 0)" % number)
    if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.lookup(result.error_field(psycopg.pq.DiagnosticField.SQLSTATE).decode())(
            result.error_message.decode()
        )


def ids(embedded: vql.Connection) -> list[int]:
    return [row[0] for row in embedded.execute("SELECT id FROM pending ORDER BY id").fetchall()]


both = pytest.mark.parametrize("insert", [execute, simply])
Insert = Callable[[psycopg.Connection, int], None]


@both
def test_a_change_that_waits_for_its_commit_is_cancelled(client, embedded, insert: Insert):
    with ThreadPoolExecutor() as pool, embedded.database.store.metastore.write():
        waiting = pool.submit(insert, client, 3)
        while not waiting.done():  # the first may come before the statement
            client.cancel_safe()
            time.sleep(0.05)
        with pytest.raises(psycopg.errors.QueryCanceled, match="user request"):
            waiting.result()
    assert ids(embedded) == [1, 2]
    insert(client, 4)
    assert ids(embedded) == [1, 2, 4]


@both
def test_a_change_that_waits_for_its_commit_ends_at_its_timeout(client, embedded, insert: Insert):
    client.execute("SET statement_timeout = '100ms'")
    with embedded.database.store.metastore.write():
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            insert(client, 3)
    client.execute("SET statement_timeout = 0")
    insert(client, 4)
    assert ids(embedded) == [1, 2, 4]


def test_errors_are_those_of_any_statement(client, embedded):
    for insert in (execute, simply):
        with pytest.raises(psycopg.errors.UniqueViolation, match="pending_pkey"):
            insert(client, 2)
        with pytest.raises(psycopg.Error, match="out of range"):
            psycopg.RawCursor(client).execute(b"INSERT INTO pending VALUES ($1::bigint, 0)", (1 << 40,))
    assert ids(embedded) == [1, 2]


def test_changes_in_a_pipeline_are_one_transaction(client, embedded):
    with pytest.raises(psycopg.errors.UniqueViolation), client.pipeline():
        execute(client, 3)
        execute(client, 3)
    assert ids(embedded) == [1, 2]


def test_each_of_many_sessions_sees_what_it_has_been_told_of(server, embedded, client):
    def work(number: int) -> list[int]:
        found = []
        with psycopg.connect(server.url, autocommit=True, prepare_threshold=0) as session:
            cursor = psycopg.RawCursor(session)
            for i in range(20):
                execute(session, 1_000 * number + i)
                cursor.execute(b"UPDATE pending SET n = n + 1 WHERE id = $1 RETURNING n", (1,))
                found.append(cursor.fetchone()[0])
                cursor.execute(b"SELECT id FROM pending WHERE id = $1", (1_000 * number + i,))
                assert cursor.fetchone() == (1_000 * number + i,)
        return found

    with ThreadPoolExecutor(8) as pool:
        told = [n for found in pool.map(work, range(1, 9)) for n in found]
    assert sorted(told) == list(range(1, 161))
    assert len(ids(embedded)) == 162


def test_what_clients_were_told_of_is_there_when_a_worker_is_killed(tmp_path):
    server = Server(tmp_path / "db")
    told: list[int] = []
    try:
        with psycopg.connect(server.url, autocommit=True) as client:
            client.execute("CREATE TABLE pending (id int PRIMARY KEY, n int)")

        def work(number: int) -> None:
            with psycopg.connect(server.url, autocommit=True, prepare_threshold=0) as session:
                for i in range(10_000):
                    try:
                        execute(session, 10_000 * number + i)
                    except psycopg.OperationalError:
                        return
                    told.append(10_000 * number + i)

        with ThreadPoolExecutor(8) as pool:
            works = [pool.submit(work, number) for number in range(8)]
            while len(told) < 100:
                time.sleep(0.01)
            killed = server.workers()
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            for each in works:
                each.result()
    finally:
        server.stop()
    with vql.connect(server.path) as embedded:
        assert set(told) <= set(ids(embedded))
    assert len(told) < 80_000
