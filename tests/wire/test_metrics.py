"""What a server tells Prometheus, over all its workers, and whether it is alive and ready."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import struct
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from raw import Raw, packet
from server_process import Server

from vql.server.monitoring.http import HttpServer, Response
from vql.server.monitoring.series import METRICS, exposition, series

ROOT = Path(__file__).parents[2]
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server of two workers with metrics, and where they are."""
    server = Server(tmp_path_factory.mktemp("metrics") / "db", workers=2, arguments=("--metrics-port", "0"))
    assert server.process.stdout is not None
    line = server.process.stdout.readline().decode()
    found = re.fullmatch(r"vql: metrics on (http://127\.0\.0\.1:\d+)/metrics\n", line)
    assert found, line
    yield server, found[1]
    assert server.stop() == 0, server.log.read_text()
    assert server.errors() == ""


def scraped(place: str) -> dict[str, float]:
    """Return the values that are told, each of a metric that is described before it, once."""
    with urllib.request.urlopen(f"{place}/metrics") as response:
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = response.read().decode()
    values: dict[str, float] = {}
    described = ""
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            described = line.split()[2]
        elif not line.startswith("#"):
            found = SAMPLE.fullmatch(line)
            assert found, line
            assert re.sub("_(bucket|sum|count)$", "", found[1]) == described or found[1] == described
            name = line.rpartition(" ")[0]
            assert name not in values
            values[name] = float(found[3])
    return values


def until(is_so: Callable[[], object]) -> None:
    ends_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def spread(server: Server) -> list[psycopg.Connection]:
    """Return sessions of both workers."""
    found = [psycopg.connect(server.url, autocommit=True) for _ in range(4)]
    assert len({each.info.backend_pid >> 20 for each in found}) == 2
    return found


def test_statements_of_all_workers_are_counted(watched: tuple[Server, str]) -> None:
    server, place = watched
    before = scraped(place)
    connections = spread(server)
    for each in connections:
        each.execute("SELECT 1")
        each.execute("SELECT %s::int", (1,), prepare=True)
        with pytest.raises(psycopg.errors.DivisionByZero):
            each.execute("SELECT 1 / 0")
    connections[0].execute("BEGIN")
    now = scraped(place)

    def grown(name: str) -> float:
        return now[name] - before.get(name, 0)

    assert grown('vql_statement_duration_seconds_count{kind="select"}') == 8
    assert grown('vql_statement_duration_seconds_bucket{kind="select",le="+Inf"}') == 8
    assert grown('vql_statement_errors_total{sqlstate="22012"}') == 4
    assert now['vql_connections{database="db",state="idle"}'] == 3
    assert now['vql_connections{database="db",state="idle in transaction"}'] == 1
    assert now["vql_oldest_transaction_seconds"] > 0
    buckets = [value for name, value in now.items() if 'bucket{kind="select"' in name]
    assert buckets == sorted(buckets) and len(buckets) > 10
    for each in connections:
        each.close()


def test_tables_and_indexes_are_told(watched: tuple[Server, str]) -> None:
    server, place = watched
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute('CREATE TABLE "two ""words" (id int PRIMARY KEY, v vector(3))')
        connection.execute(
            'INSERT INTO "two ""words" SELECT i, ARRAY[i, 1, 2]::vector FROM generate_series(1, 5000) i'
        )
        connection.execute('CREATE INDEX near ON "two ""words" USING hnsw (v vector_l2_ops)')
        connection.execute('DELETE FROM "two ""words" WHERE id <= 10')
        connection.execute('INSERT INTO "two ""words" VALUES (1, \'[1,1,1]\')')
        connection.execute("SET vql.recall_check = 1")
        connection.execute('SELECT id FROM "two ""words" ORDER BY v <-> \'[3,1,2]\' LIMIT 5')
    labels = r'{database="db",table="two \"words"}'
    now = scraped(place)
    assert now[f"vql_table_rows{labels}"] == 4991
    assert now[f"vql_deleted_rows{labels}"] == 10
    assert now[f"vql_delta_rows{labels}"] == 1
    assert now[f"vql_segments{labels}"] == 1
    assert now[r'vql_index_rows{database="db",table="two \"words",index="near"}'] == 5000
    assert now['vql_job_failures{database="db",job="maintenance"}'] == 0
    assert now['vql_database_bytes{database="db"}'] > 0
    assert now["vql_ready_workers"] == 2
    assert now['vql_process_private_memory_bytes{process="worker 2"}'] > 0
    assert now['vql_process_open_fds{process="maintenance"}'] > 0


def test_counters_do_not_fall_when_a_worker_dies(watched: tuple[Server, str]) -> None:
    server, place = watched
    connections = spread(server)
    for each in connections:
        each.execute("SELECT 1")
    before = scraped(place)
    os.kill(server.workers()[0], signal.SIGKILL)
    until(lambda: "ended with status -9" in server.log.read_text())
    now = scraped(place)
    kind = 'vql_statement_duration_seconds_count{kind="select"}'
    assert now[kind] >= before[kind]
    until(lambda: scraped(place)["vql_ready_workers"] == 2)
    again = scraped(place)
    assert again[kind] >= before[kind]
    assert again['vql_process_restarts_total{process="worker 1"}'] == 1
    for each in connections:
        each.close()


def test_alive_and_ready(watched: tuple[Server, str]) -> None:
    server, place = watched
    for path in ("healthz", "readyz"):
        with urllib.request.urlopen(f"{place}/{path}") as response:
            assert response.status == 200
    for path, method, status in (("else", "GET", 404), ("metrics", "POST", 405)):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(f"{place}/{path}", method=method))
        assert caught.value.code == status
        caught.value.close()
    stopped = server.workers()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{place}/readyz")
        assert caught.value.code == 503
        caught.value.close()
        with urllib.request.urlopen(f"{place}/healthz") as response:
            assert response.status == 200
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_nonsense_is_hung_up_on(watched: tuple[Server, str]) -> None:
    _, place = watched
    host, _, port = place.removeprefix("http://").partition(":")
    for nonsense in (b"\0" * 100 + b"\r\n\r\n", b"GET /metrics\r\n\r\n", b"x" * 20_000, b""):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(nonsense)
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(4096)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert scraped(place)["vql_ready_workers"] == 2


def test_who_says_or_reads_nothing_keeps_nobody_out(watched: tuple[Server, str]) -> None:
    server, place = watched
    host, _, port = place.removeprefix("http://").partition(":")
    files = Path(f"/proc/{server.process.pid}/fd")
    before = len(list(files.iterdir()))
    silent = [socket.create_connection((host, int(port))) for _ in range(64)]
    for each in silent[::2]:
        each.sendall(b"GET /metrics HTTP/1.1\r\n")
    for path in ("healthz", "readyz", "metrics"):
        with urllib.request.urlopen(f"{place}/{path}") as response:
            assert response.status == 200
    until(lambda: len(list(files.iterdir())) <= before)
    for each in silent:
        each.close()


def test_an_answer_that_is_not_read_is_not_kept() -> None:
    async def answer(path: str) -> Response:
        return Response(200, "x" * (32 << 20))

    async def serve() -> None:
        server = HttpServer(socket.create_server(("127.0.0.1", 0)), answer)
        await server.start()
        host, _, port = server.place.partition(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            tasks = asyncio.all_tasks
            while len(tasks()) < 2:
                await asyncio.sleep(0.01)
            while len(tasks()) > 1:
                await asyncio.sleep(0.01)
            client.setblocking(False)
            received = 0
            while said := await asyncio.get_running_loop().sock_recv(client, 1 << 20):
                received += len(said)
        server.close()
        assert received < 32 << 20

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vql.server.monitoring.http.TIMEOUT_S", 0.2)
        asyncio.run(serve())


def test_a_client_that_leaves_takes_the_time_of_its_statement_along(watched: tuple[Server, str]) -> None:
    server, place = watched
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE left_alone (n int)")
        for _ in range(5):
            client = Raw(server.port)
            client.send(packet(b"Q", b"INSERT INTO left_alone VALUES (1)\0"))
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.socket.close()
        connection.execute("INSERT INTO left_alone VALUES (2)")
        until(lambda: scraped(place)['vql_connections{database="db",state="idle"}'] == 1)
    assert scraped(place)['vql_statement_duration_seconds_sum{kind="insert"}'] < 3600


def test_the_supervisor_keeps_one_thread(watched: tuple[Server, str]) -> None:
    server, place = watched
    scraped(place)
    assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1


def test_labels_are_escaped() -> None:
    name = series("vql_segments", table='a"b\\c\nd')
    assert name == r'vql_segments{table="a\"b\\c\nd"}'
    assert exposition({name: 1}).splitlines()[-1] == rf"{name} 1"


def test_the_dashboard_asks_for_what_there_is() -> None:
    text = (ROOT / "contrib" / "grafana" / "vql.json").read_text()
    asked = set()
    for panel in json.loads(text)["panels"]:
        for target in panel.get("targets", ()):
            asked |= set(re.findall(r"\bvql_[a-z_]+", target["expr"]))
    bare = {re.sub("_(bucket|sum|count)$", "", name) for name in asked}
    assert bare <= set(METRICS)
    assert len(asked) > 15
