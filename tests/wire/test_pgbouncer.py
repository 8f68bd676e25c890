"""psycopg through PgBouncer in transaction mode: sessions change hands between transactions."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from server_process import Server

pytestmark = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="pgbouncer is not installed")
CONFIGURATION = """
[databases]
vql = host=127.0.0.1 port={server} dbname=vql user=vql
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
server_reset_query = DISCARD ALL
server_reset_query_always = 1
"""
Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where PgBouncer listens: two sessions for all its clients, reset when one lets go of them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("pgbouncer")
    file, log = folder / "pgbouncer.ini", folder / "log"
    file.write_text(CONFIGURATION.format(server=server.port, port=port))
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    with log.open("wb") as errors:
        process = subprocess.Popen(["pgbouncer", *user, str(file)], stdout=errors, stderr=errors)
    try:
        while process.poll() is None and "process up" not in log.read_text():
            threading.Event().wait(0.05)
        assert process.poll() is None, log.read_text()
        yield f"postgresql://vql@127.0.0.1:{port}/vql"
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def client(url: str) -> Iterator[Connection]:
    """A client that prepares nothing by name: another session would not know it."""
    with psycopg.connect(url, prepare_threshold=None, autocommit=True) as connected:
        yield connected


def test_clients_share_sessions_and_lose_no_change(url: str, client: Connection) -> None:
    client.execute("CREATE TABLE bounced (id int PRIMARY KEY, n int)")
    client.execute("INSERT INTO bounced SELECT id, 0 FROM generate_series(1, 3) AS id")
    failed: list[Exception] = []

    def count(place: int) -> None:
        try:
            with psycopg.connect(url, prepare_threshold=None) as connected:
                for _ in range(10):
                    with connected.transaction():
                        connected.execute("UPDATE bounced SET n = n + 1 WHERE id = %s", (place % 3 + 1,))
        except psycopg.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=count, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert client.execute("SELECT n FROM bounced ORDER BY id").fetchall() == [(20,), (20,), (20,)]
    client.execute("DROP TABLE bounced")


def test_statements_are_prepared_within_a_transaction(url: str) -> None:
    with psycopg.connect(url, prepare_threshold=0) as connected:
        with connected.transaction():
            found = [connected.execute("SELECT %s::int + 1", (n,)).fetchone() for n in range(5)]
        assert found == [(n + 1,) for n in range(5)]
        # DISCARD ALL has taken the name away, as it does in PostgreSQL.
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            connected.execute("SELECT %s::int + 1", (7,))


def test_what_a_client_sets_follows_it_and_is_reset(url: str, client: Connection) -> None:
    client.execute("SET datestyle = 'German'")  # PgBouncer follows it: the server reports it
    client.execute("SET search_path = nowhere")
    assert client.execute("SELECT date '2020-02-01'::text").fetchone() == ("01.02.2020",)
    with psycopg.connect(url, prepare_threshold=None, autocommit=True) as other:
        assert other.execute("SELECT date '2020-02-01'::text").fetchone() == ("2020-02-01",)
        for _ in range(4):
            assert other.execute("SHOW search_path").fetchone() == ('"$user", public',)


def test_cursors_copies_and_cancels_go_through(client: Connection) -> None:
    with client.transaction():
        client.execute("CREATE TEMP TABLE rows_in (id int) ON COMMIT DROP")
        with client.cursor().copy("COPY rows_in FROM STDIN") as stream:
            for n in range(10):
                stream.write_row((n,))
        with client.cursor("walking") as walking:
            walking.itersize = 3
            walking.execute("SELECT id FROM rows_in ORDER BY id")
            assert [row[0] for row in walking] == list(range(10))
    with client.pipeline():
        cursors = [client.execute("SELECT %s::int", (n,)) for n in range(5)]
    assert [cursor.fetchone() for cursor in cursors] == [(n,) for n in range(5)]
    timer = threading.Timer(0.2, client.cancel)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        client.execute("SELECT pg_sleep(60)")
    timer.join()
