"""Connections in bursts, strangers, limits; processes that die: nobody else notices."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from raw import Raw, packet, sqlstate
from server_process import Server

from vql.server.channel import Channel, socket_pair

BURST = 2_000
MB = 1 << 20


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what must happen some time, however busy the machine is."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(server: Server) -> bool:
    with psycopg.connect(server.url) as connected:
        return connected.execute("SELECT 1").fetchone() == (1,)


def startup(user: bytes = b"vql") -> bytes:
    words = b"user\0" + user + b"\0database\0vql\0\0"
    return struct.pack(">ii", len(words) + 8, 196608) + words


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker, so that all clients share it."""
    started = Server(tmp_path_factory.mktemp("single") / "db", workers=1)
    yield started
    assert started.stop() == 0, started.log.read_text()
    assert started.errors() == "", started.log.read_text()


# ------------------------------------------------------------------ bursts


def test_a_full_channel_is_waited_for() -> None:
    count = 5_000

    async def main() -> list[tuple[bytes, bool]]:
        found: list[tuple[bytes, bool]] = []
        ended = asyncio.Event()

        def received(data: bytes, descriptor: int | None) -> None:
            found.append((data, descriptor is not None))
            if descriptor is not None:
                os.close(descriptor)
            if len(found) == count:
                ended.set()

        here, there = socket_pair()
        sender = Channel(here, lambda data, descriptor: None, ended.set)
        with open(os.devnull) as null:
            for number in range(count):
                with_file = number % 100 == 0
                sender.send(number.to_bytes(4, "big"), null.fileno() if with_file else None)
        assert sender.is_full  # nobody has read yet
        receiver = Channel(there, received, ended.set)
        await asyncio.wait_for(ended.wait(), 60)
        assert not sender.is_full
        sender.close()
        receiver.close()
        return found

    found = asyncio.run(main())
    assert found == [(number.to_bytes(4, "big"), number % 100 == 0) for number in range(count)]


def test_a_burst_of_connections_changes_nothing_for_others(single: Server) -> None:
    (worker,) = single.workers()
    with psycopg.connect(single.url, autocommit=True) as other:
        for _ in range(2):
            burst = []
            for number in range(BURST):
                burst.append(socket.create_connection(("127.0.0.1", single.port), timeout=60))
                if number % 2:
                    burst[-1].sendall(startup())
                if number % 100 == 0:
                    assert other.execute("SELECT 1").fetchone() == (1,)
            for connected in burst:
                connected.close()
            assert other.execute("SELECT 1").fetchone() == (1,)
    assert single.workers() == [worker]
    assert alive(single)


def test_connections_that_end_while_the_supervisor_stands_still_are_counted(single: Server) -> None:
    idle = [Raw(single.port) for _ in range(400)]
    (worker,) = single.workers()
    os.kill(single.process.pid, signal.SIGSTOP)
    try:
        for raw in idle[10:]:
            raw.close()
        for raw in idle[:10]:
            assert raw.query("SELECT 1")[-1] == ("Z", b"I")
    finally:
        os.kill(single.process.pid, signal.SIGCONT)
    # More of them than are left of 500, were the ended ones still counted.
    again = [Raw(single.port) for _ in range(200)]
    assert single.workers() == [worker]
    for raw in (*again, *idle[:10]):
        raw.close()


# ------------------------------------------------------------------ strangers


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a password and little patience."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "password").write_text("secret")
    arguments = ["--password-file", str(folder / "password"), "--authentication-timeout", "2"]
    started = Server(folder / "db", workers=1, arguments=arguments)
    yield started
    assert started.stop() == 0, started.log.read_text()
    assert started.errors() == "", started.log.read_text()


def test_a_stranger_may_send_little(guarded: Server) -> None:
    (worker,) = guarded.workers()
    before = resident_bytes(worker)
    with Raw(guarded.port, start=False) as raw:
        raw.send(startup())
        assert raw.message() == ("R", struct.pack(">i", 10) + b"SCRAM-SHA-256\0\0")
        raw.send(b"p" + struct.pack(">i", (64 << 10) + 5))
        with pytest.raises(OSError):  # noqa: PT012 - the server hangs up at one of them
            for _ in range(1_000):
                raw.send(b"x" * MB)
    assert resident_bytes(worker) < before + 32 * MB


def test_who_does_not_say_who_it_is_is_sent_away_in_time(guarded: Server) -> None:
    with Raw(guarded.port, start=False) as silent, Raw(guarded.port, start=False) as half:
        half.send(startup())
        half.message()
        for raw in (silent, half):
            message = raw.message()
            assert message is not None
            assert sqlstate([message]) == "57014"
            assert raw.message() is None


def test_half_open_connections_keep_nobody_out(guarded: Server) -> None:
    url = guarded.url.replace("vql@", "vql:secret@")
    with psycopg.connect(url) as kept:
        half = [socket.create_connection(("127.0.0.1", guarded.port)) for _ in range(1_000)]
        for _ in range(3):
            with psycopg.connect(url) as connected:
                assert connected.execute("SELECT 1").fetchone() == (1,)
        assert kept.execute("SELECT 1").fetchone() == (1,)
        for stranger in half:
            stranger.close()


@pytest.mark.parametrize("request_code", [80877103, 80877104])
def test_encryption_is_refused_once(guarded: Server, request_code: int) -> None:
    with Raw(guarded.port, start=False) as raw:
        raw.send(struct.pack(">ii", 8, request_code) * 2)
        assert raw.read(1) == b"N"
        message = raw.message()
        assert message is not None
        assert sqlstate([message]) == "08P01"


# ------------------------------------------------------------------ limits


def test_clients_beyond_the_limit_are_refused_and_the_last_places_are_a_superusers(tmp_path: Path) -> None:
    arguments = ["--max-connections", "5", "--superuser-reserved-connections", "2"]
    server = Server(tmp_path / "db", workers=2, arguments=arguments)
    other = server.url.replace("vql@", "someone@")
    try:
        with psycopg.connect(server.url) as owner:
            owner.execute("CREATE USER someone")
        clients = [psycopg.connect(other) for _ in range(3)]
        with pytest.raises(psycopg.OperationalError, match="reserved for roles with the SUPERUSER"):
            psycopg.connect(other)
        clients += [psycopg.connect(server.url) for _ in range(2)]
        with pytest.raises(psycopg.OperationalError, match="sorry, too many clients already"):
            psycopg.connect(server.url)
        shown = [clients[0].execute(f"SHOW {name}").fetchone() for name in (
            "max_connections", "superuser_reserved_connections", "authentication_timeout", "is_superuser",
        )]  # fmt: skip
        assert shown == [("5",), ("2",), ("10s",), ("off",)]
        for client in clients:
            client.close()

        def has_room() -> bool:
            try:
                with psycopg.connect(other):
                    return True
            except psycopg.OperationalError:
                return False

        wait_until(has_room)
    finally:
        assert server.stop() == 0


# ------------------------------------------------------------------ processes


def test_maintenance_that_is_killed_comes_back(single: Server) -> None:
    title = b"vql: maintenance"
    for _ in range(2):
        (before,) = single.children(title)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda before=before: single.children(title) not in ([], [before]))  # type: ignore[misc]
    assert "maintenance ended with status -9" in single.log.read_text()
    with psycopg.connect(single.url, autocommit=True) as connected:
        connected.execute("CREATE TABLE kept_up (id int PRIMARY KEY)")
        for start in range(0, 20_000, 1_000):
            connected.execute(f"INSERT INTO kept_up SELECT i FROM generate_series({start}, {start + 999}) i")
        sealed = "SELECT count(*) FROM vql_segments WHERE state <> 'growing'"
        wait_until(lambda: connected.execute(sealed).fetchone() != (0,))


def test_a_worker_that_is_killed_takes_its_own_clients_alone(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=2)
    try:
        clients = [psycopg.connect(server.url, autocommit=True) for _ in range(6)]
        first, second = server.workers()
        os.kill(first, signal.SIGKILL)

        def answers(client: psycopg.Connection) -> bool:
            try:
                return client.execute("SELECT 1").fetchone() == (1,)
            except psycopg.OperationalError:
                return False

        assert sum(answers(client) for client in clients) == 3
        wait_until(lambda: len(server.workers()) == 2 and first not in server.workers())
        assert second in server.workers()
        for _ in range(4):
            assert alive(server)
        for client in clients:
            client.close()
    finally:
        assert server.stop() == 0


def test_a_killed_supervisor_leaves_nobody_at_the_port(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=2)
    children = server.children()
    busy = Raw(server.port)
    busy.send(packet(b"Q", b"SELECT pg_sleep(60)\0"))
    with psycopg.connect(server.url):
        server.stop(signal.SIGKILL)
        after = Server(tmp_path / "db", workers=1, arguments=["--port", str(server.port)])
        assert alive(after)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
        assert after.stop() == 0
    busy.close()
