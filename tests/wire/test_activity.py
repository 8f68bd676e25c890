"""pg_stat_activity over all workers, cancelling and ending the sessions of others, timeouts that end them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from server_process import Server

Connection = psycopg.Connection[tuple[object, ...]]
SLOW = "SELECT pg_sleep(60)"
ROW = (
    "SELECT state, query, wait_event_type, wait_event, application_name, usename, datname, backend_type,"
    " client_addr::text, xact_start IS NOT NULL, query_start <= now(), state_change <= clock_timestamp(),"
    " backend_start <= now() FROM pg_stat_activity WHERE pid = %s"
)


def connected(server: Server, **options: str) -> Connection:
    """Connect with a session that commits each statement."""
    return psycopg.connect(server.url, autocommit=True, **options)


def spread(server: Server) -> tuple[Connection, Connection]:
    """Return sessions of two workers."""
    first, others = connected(server), []
    while True:
        other = connected(server, application_name="other")
        if other.info.backend_pid >> 20 != first.info.backend_pid >> 20:
            for each in others:
                each.close()
            return first, other
        others.append(other)


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; a minute is for ever."""
    ends_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def ended_by(connection: Connection, sql: str) -> tuple[threading.Thread, list[str | None]]:
    """Run a statement beside, and keep the SQLSTATE that ends it."""
    found: list[str | None] = []

    def run() -> None:
        try:
            connection.execute(sql)
        except psycopg.Error as error:
            found.append(error.sqlstate)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def state_of(connection: Connection, pid: int) -> object:
    """Return the state of a session, None where it is gone."""
    row = connection.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    return row and row[0]


def test_a_session_sees_those_of_other_workers(server: Server) -> None:
    first, other = spread(server)
    pid = other.info.backend_pid
    common = ("other", "vql", server.path.name, "client backend", "127.0.0.1/32")
    other.execute("SELECT 1 AS told")
    row = first.execute(ROW, [pid]).fetchone()
    assert row == ("idle", "SELECT 1 AS told", "Client", "ClientRead", *common, False, True, True, True)
    other.execute("BEGIN")
    row = first.execute(ROW, [pid]).fetchone()
    assert row is not None and row[:2] == ("idle in transaction", "BEGIN") and row[9]
    with pytest.raises(psycopg.Error):
        other.execute("nonsense")
    assert state_of(first, pid) == "idle in transaction (aborted)"
    other.execute("ROLLBACK")
    other.execute("SET application_name = 'renamed'")
    row = first.execute(ROW, [pid]).fetchone()
    assert row is not None and row[4] == "renamed"
    mine = first.execute(
        "SELECT state, query LIKE '%mine%' FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    )
    assert mine.fetchall() == [("active", True)]
    with other.transaction():
        xid = other.execute("SELECT pg_current_xact_id()").fetchone()
        found = first.execute("SELECT backend_xid::text FROM pg_stat_activity WHERE pid = %s", [pid])
        assert found.fetchone() == xid
    counted = "SELECT numbackends FROM pg_stat_database WHERE datname = current_database()"
    row = first.execute(f"{counted} AND numbackends = (SELECT count(*) FROM pg_stat_activity)").fetchone()
    assert row is not None
    other.close()
    eventually(lambda: state_of(first, pid) is None)
    first.close()


def test_statements_of_other_workers_are_cancelled(server: Server) -> None:
    first, other = spread(server)
    pid = other.info.backend_pid
    thread, found = ended_by(other, SLOW)
    eventually(lambda: state_of(first, pid) == "active")
    assert first.execute("SELECT pg_cancel_backend(%s)", [pid]).fetchone() == (True,)
    thread.join(60)
    assert found == ["57014"]
    assert other.execute("SELECT 1").fetchone() == (1,)
    assert first.execute("SELECT pg_cancel_backend(1)").fetchone() == (False,)
    with pytest.raises(psycopg.errors.QueryCanceled):
        first.execute("SELECT pg_cancel_backend(pg_backend_pid())")
    first.close(), other.close()


@pytest.mark.parametrize("is_busy", [False, True])
def test_sessions_of_other_workers_are_ended(server: Server, is_busy: bool) -> None:
    first, other = spread(server)
    pid = other.info.backend_pid
    thread, found = ended_by(other, SLOW if is_busy else "SELECT 1")
    eventually(lambda: state_of(first, pid) == ("active" if is_busy else "idle"))
    assert first.execute("SELECT pg_terminate_backend(%s, 60000)", [pid]).fetchone() == (True,)
    thread.join(60)
    if not is_busy:
        thread, found = ended_by(other, "SELECT 1")
        thread.join(60)
    assert found == ["57P01"]
    assert state_of(first, pid) is None
    with pytest.raises(psycopg.errors.AdminShutdown):
        first.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    first.close(), other.close()


def test_a_session_that_is_ended_hears_no_later_than_who_ends_it(server: Server) -> None:
    first, _ = spread(server)
    for _ in range(10):
        with psycopg.connect(server.url, autocommit=True) as other:
            first.execute("SELECT pg_terminate_backend(%s)", [other.info.backend_pid])
            with pytest.raises(psycopg.OperationalError):
                other.execute("SELECT 1")


def test_indexes_that_are_built_are_seen_with_how_far_they_are(server: Server) -> None:
    first, other = spread(server)
    first.execute("CREATE TABLE growing (id int, v vector(16))")
    first.execute(
        "INSERT INTO growing SELECT i, ARRAY(SELECT random() FROM generate_series(1, 16) WHERE i > 0)::vector"
        " FROM generate_series(1, 20000) i"
    )
    first.execute("CREATE INDEX grown ON growing USING hnsw (v vector_l2_ops)")
    columns = "pid, datname = current_database(), relid::regclass::text, index_relid::regclass::text, command"
    where = "FROM pg_stat_progress_create_index WHERE relid = 'growing'::regclass"
    assert other.execute(f"SELECT {columns} {where}").fetchall() == []
    is_over = threading.Event()

    def build() -> None:
        while not is_over.is_set():
            first.execute("REINDEX INDEX grown")

    thread = threading.Thread(target=build)
    thread.start()
    found: list[tuple[object, ...]] = []

    def seen() -> bool:
        found[:] = other.execute(
            f"SELECT {columns}, tuples_total, tuples_done <= tuples_total AND blocks_done <= blocks_total"
            f" {where} AND phase LIKE 'building index: %'"
        ).fetchall()
        return bool(found)

    try:
        eventually(seen)
    finally:
        is_over.set()
        thread.join(60)
    assert found == [(first.info.backend_pid, True, "growing", "grown", "REINDEX", 20_000, True)]
    assert other.execute(f"SELECT {columns} {where}").fetchall() == []
    first.execute("DROP TABLE growing")
    first.close(), other.close()


def test_who_blocks_whom_is_told(server: Server) -> None:
    first, other = spread(server)
    with connected(server) as third:
        first.execute("SELECT pg_advisory_lock(77)")
        thread, found = ended_by(other, "SELECT pg_advisory_lock(77)")
        pid = other.info.backend_pid
        blocking = "SELECT pg_blocking_pids(%s)"
        eventually(lambda: third.execute(blocking, [pid]).fetchone() == ([first.info.backend_pid],))
        row = third.execute(ROW, [pid]).fetchone()
        assert row is not None and row[2:4] == ("Lock", "advisory")
        assert third.execute(blocking, [first.info.backend_pid]).fetchone() == ([],)
        first.close()
        thread.join(60)
        assert found == []
    other.close()


def test_what_others_do_is_hidden_from_roles(server: Server) -> None:
    owner = connected(server)
    owner.execute("CREATE ROLE activity_reader LOGIN")
    with connected(server) as reader:
        reader.execute("SET ROLE activity_reader")
        row = reader.execute(
            "SELECT state, query FROM pg_stat_activity WHERE pid = %s", [owner.info.backend_pid]
        )
        assert row.fetchone() == (None, "<insufficient privilege>")
        for call in ("pg_cancel_backend", "pg_terminate_backend"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"SELECT {call}(%s)", [owner.info.backend_pid])
    owner.execute("DROP ROLE activity_reader")
    owner.close()


@pytest.mark.parametrize(
    ("setting", "statements", "sqlstate"),
    [
        ("idle_session_timeout", [], "57P05"),
        ("idle_in_transaction_session_timeout", ["BEGIN"], "25P03"),
        ("transaction_timeout", ["BEGIN"], "25P04"),
        ("transaction_timeout", ["BEGIN", SLOW], "25P04"),
    ],
)
def test_timeouts_end_sessions(server: Server, setting: str, statements: list[str], sqlstate: str) -> None:
    with connected(server) as watching:
        other = connected(server)
        pid = other.info.backend_pid
        found: list[str | None] = []
        try:
            other.execute(f"SET {setting} = '200ms'")
            for statement in statements:
                other.execute(statement)
            eventually(lambda: state_of(watching, pid) is None)
            other.execute("SELECT 1")
        except psycopg.Error as error:
            found.append(error.sqlstate)
        assert found == [sqlstate]


def test_a_timeout_that_is_not_reached_changes_nothing(server: Server) -> None:
    with connected(server) as session:
        for setting in ("idle_session_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
            session.execute(f"SET {setting} = '1h'")
        session.execute("BEGIN")
        session.execute("COMMIT")
        assert session.execute("SELECT 1").fetchone() == (1,)
