"""Cancelled statements, bad bytes, lost clients, lost workers: the server stays up."""

from __future__ import annotations

import os
import random
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from raw import SYNC, Raw, bind, execute, packet, parse, sqlstate
from server_process import Server

SERIES = "generate_series(1, 200000)"
SLOW = f"SELECT count(*) FROM {SERIES} a(x), {SERIES} b(y) WHERE x * y % 7 = 3"


def alive(server: Server) -> bool:
    with psycopg.connect(server.url) as connected:
        return connected.execute("SELECT 1").fetchone() == (1,)


def wait_until(condition: object) -> None:
    """Wait for what must happen some time, however busy the machine is."""
    assert callable(condition)
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


# ------------------------------------------------------------------ cancel


@pytest.mark.parametrize("sql", [SLOW, "SELECT pg_sleep(60)"])
def test_cancel_ends_a_statement_whichever_worker_hears_it(server: Server, sql: str) -> None:
    # Five connections on two workers; each CancelRequest is a connection of its own.
    for _ in range(5):
        with psycopg.connect(server.url, autocommit=True) as connected:
            ended = threading.Event()
            canceller = threading.Thread(target=cancel_until, args=(connected, ended))
            canceller.start()
            with pytest.raises(psycopg.errors.QueryCanceled, match="due to user request"):
                connected.execute(sql)  # type: ignore[call-overload]
            ended.set()
            canceller.join()
            assert connected.execute("SELECT 1").fetchone() == (1,)


def cancel_until(connected: psycopg.Connection, ended: threading.Event) -> None:
    """Cancel once the statement should run, and now and then again: on a busy machine it may not yet."""
    pause_s = 0.1
    while not ended.wait(pause_s):
        connected.cancel()
        pause_s = 5.0


def test_cancel_with_a_wrong_secret_does_nothing(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connected:
        key = connected.info.backend_pid
        with Raw(server.port, start=False) as raw:
            raw.send(struct.pack(">iiii", 16, 80877102, key, 12345))
            assert raw.read(1) == b""
        assert connected.execute("SELECT pg_sleep(0.1)").fetchone() == ("",)


def test_cancel_of_an_idle_connection_does_not_hit_its_next_statement(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connected:
        for _ in range(20):
            connected.cancel()
            assert connected.execute("SELECT pg_sleep(0.02)").fetchone() == ("",)


def test_a_statement_ends_at_its_timeout(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connected:
        connected.execute("SET statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="due to statement timeout"):
            connected.execute(SLOW)  # type: ignore[call-overload]
        connected.execute("SET statement_timeout = 0")
        assert connected.execute("SELECT pg_sleep(0.2)").fetchone() == ("",)


# ------------------------------------------------------------------ bad bytes


@pytest.mark.parametrize("data", [struct.pack(">ii", 8, 5 << 16), struct.pack(">ii", 9, 196608) + b"x"])
def test_a_client_of_another_protocol_is_sent_away(server: Server, data: bytes) -> None:
    with Raw(server.port, start=False) as raw:
        raw.send(data)
        answer = raw.message()
        assert answer is not None and answer[0] == "E"
        assert raw.message() is None
    assert alive(server)


@pytest.mark.parametrize(
    "data",
    [packet(b"X"), b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 64, bytes(64), struct.pack(">i", 1 << 30)],
)
def test_who_says_nothing_of_a_start_gets_no_answer(server: Server, data: bytes) -> None:
    with Raw(server.port, start=False) as raw:
        raw.send(data)
        assert raw.message() is None
    assert alive(server)


@pytest.mark.parametrize(
    "data",
    [b"!\0\0\0\4", b"Q\0\0\0\3", b"Q\x7f\xff\xff\xff", b"Q\xff\xff\xff\xff", packet(b"Q", b"SELECT 1"),
     packet(b"B", b"\0"), packet(b"D", b"?\0"), packet(b"E", b""), packet(b"p", b"x\0"), packet(b"F", b"")],
)  # fmt: skip
def test_a_broken_message_ends_one_connection_at_most(server: Server, data: bytes) -> None:
    with Raw(server.port) as raw:
        raw.send(data)
        raw.socket.shutdown(1)
        messages = raw.until_ready()
        assert messages[0][0] == "E"
        assert sqlstate(messages[:1]) == "08P01"
    assert alive(server)


def test_random_bytes_never_reach_an_internal_error(server: Server) -> None:
    source = random.Random(7)
    good = [parse("SELECT $1::int"), bind(b"1"), execute(), SYNC, packet(b"Q", b"SELECT 1\0"), packet(b"H")]
    for _ in range(60):
        data = bytearray(b"".join(source.choices(good, k=6)))
        for _ in range(source.randrange(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
        with Raw(server.port) as raw:
            raw.send(bytes(data))
            raw.socket.shutdown(1)
            while raw.message() is not None:
                continue
    assert alive(server)
    assert server.errors() == ""


def test_a_message_larger_than_a_gigabyte_is_refused_before_it_is_read(server: Server) -> None:
    with Raw(server.port) as raw:
        raw.send(b"Q" + struct.pack(">i", (1 << 30) + 1))
        assert sqlstate(raw.until_ready()) == "08P01"
    assert alive(server)


def test_a_text_of_megabytes_is_answered(server: Server) -> None:
    with psycopg.connect(server.url) as connected:
        text = "x" * (8 << 20)
        assert connected.execute("SELECT length(%s)", (text,)).fetchone() == (len(text),)
        assert connected.execute("SELECT %s::text", (text,)).fetchone() == (text,)


# ------------------------------------------------------------------ clients that go


def test_a_client_that_hangs_up_in_a_statement_frees_its_session(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connected:
        connected.execute("CREATE TABLE hung (id int PRIMARY KEY)")
        with Raw(server.port) as raw:
            raw.query("BEGIN")
            raw.query("INSERT INTO hung VALUES (1)")
            raw.send(packet(b"Q", SLOW.encode() + b"\0"))
        # The insert is undone with its client, and the key is free.
        connected.execute("INSERT INTO hung VALUES (1)")
        assert connected.execute("SELECT count(*) FROM hung").fetchone() == (1,)


def test_a_client_that_does_not_read_holds_nobody(server: Server) -> None:
    with Raw(server.port) as raw:
        raw.send(packet(b"Q", b"SELECT repeat('x', 1000) FROM generate_series(1, 200000)\0"))
        assert alive(server)
        raw.send(b"")
    assert alive(server)


def test_many_connections_come_and_go(server: Server) -> None:
    idle = [Raw(server.port) for _ in range(60)]
    assert alive(server)
    for number, raw in enumerate(idle):
        if number % 2:
            raw.close()
    assert all(raw.query("SELECT 1")[-1] == ("Z", b"I") for raw in idle[::2])
    for raw in idle[::2]:
        raw.close()
    assert alive(server)


def test_a_slow_statement_does_not_hold_the_others(server: Server) -> None:
    slow = [Raw(server.port) for _ in range(4)]
    for raw in slow:
        raw.send(packet(b"Q", b"SELECT pg_sleep(60)\0"))
    for _ in range(4):
        assert alive(server)
    answered, _, _ = select.select([raw.socket for raw in slow], [], [], 0)
    assert answered == []
    for raw in slow:
        raw.close()


# ------------------------------------------------------------------ processes


def test_a_worker_that_is_killed_comes_back(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=2)
    try:
        with psycopg.connect(server.url, autocommit=True) as connected:
            connected.execute("CREATE TABLE kept (id int)")
            connected.execute("INSERT INTO kept VALUES (1)")
        before = server.workers()
        assert len(before) == 2
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(server.workers()) == 2 and not set(server.workers()) & set(before))

        def answers() -> bool:
            try:
                with psycopg.connect(server.url) as connected:
                    return connected.execute("SELECT id FROM kept").fetchall() == [(1,)]
            except psycopg.OperationalError:
                return False

        wait_until(answers)
        status = server.stop()
    finally:
        server.stop()
    assert status == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_every_process_and_says_goodbye(tmp_path: Path, how: signal.Signals) -> None:
    server = Server(tmp_path / "db", workers=2)
    children = server.children()
    assert len(children) == 3
    with Raw(server.port) as raw:
        assert server.stop(how) == 0
        assert sqlstate(raw.until_ready()) == "57P01"
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert "Traceback" not in server.log.read_text()


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=2)
    children = server.children()
    server.stop(signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def test_a_password_is_asked_for_and_checked(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse\n")
    server = Server(tmp_path / "db", workers=1, arguments=["--password-file", str(secret)])
    try:
        with psycopg.connect(server.url, password="correct horse") as connected:
            assert connected.execute("SELECT 1").fetchone() == (1,)
        for user, password in (("vql", "wrong"), ("other", "correct horse")):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(server.url, user=user, password=password)
    finally:
        server.stop()


def test_an_open_address_needs_a_password(tmp_path: Path) -> None:
    from vql.server.startup.options import read_options

    with pytest.raises(SystemExit):
        read_options([str(tmp_path / "db"), "--host", "0.0.0.0"])


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "main.mdb").write_bytes(b"no database" * 1000)
    command = [sys.executable, "-m", "vql.shell.main", "serve", str(tmp_path / "db"), "--port", "0"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and refused.stdout == ""
    assert refused.stderr.startswith("vql: cannot serve ") and refused.stderr.count("\n") == 1
