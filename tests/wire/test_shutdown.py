"""How a server stops by each signal, and what it tells whoever has started it."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import psycopg
import pytest
from server_process import Server

SLOW = "SELECT pg_sleep(60)"


def running(server: Server, sql: str) -> tuple[threading.Thread, list[str | None]]:
    """Run a statement beside, and keep how it has ended: None, or an SQLSTATE."""
    found: list[str | None] = []
    connection = psycopg.connect(server.url, autocommit=True)

    def run() -> None:
        try:
            connection.execute(sql)
            found.append(None)
        except psycopg.Error as error:
            found.append(error.sqlstate or "lost")
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with psycopg.connect(server.url, autocommit=True) as watching:
        thread.start()
        told = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s"
        while watching.execute(told, (f"{sql}%",)).fetchone() == (0,):
            pass
    return thread, found


@pytest.mark.parametrize(
    ("how", "word", "sql", "ended"),
    [
        (signal.SIGTERM, "smart", "SELECT pg_sleep(1.5)", None),
        (signal.SIGINT, "fast", SLOW, "57P01"),
        (signal.SIGQUIT, "immediate", SLOW, "lost"),
    ],
)
def test_each_signal_has_its_meaning(
    tmp_path: Path, how: signal.Signals, word: str, sql: str, ended: str | None
) -> None:
    server = Server(tmp_path / "db", workers=1)
    idle = psycopg.connect(server.url, autocommit=True)
    thread, found = running(server, sql)
    server.process.send_signal(how)
    thread.join(60)
    assert server.process.wait(60) == 0  # a second signal would end it at once
    assert server.stop() == 0
    assert found == [ended]
    with pytest.raises(psycopg.OperationalError):
        idle.execute("SELECT 1")
    log = server.log.read_text()
    assert f"received {word} shutdown request" in log
    assert "database system is shut down" in log
    assert "Traceback" not in log
    again = Server(tmp_path / "db", workers=1)
    assert again.stop() == 0


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(tmp_path / "notify"))
        told.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        server = Server(tmp_path / "db", workers=1)
        assert told.recv(100) == b"READY=1"
        server.process.send_signal(signal.SIGHUP)
        assert told.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert told.recv(100) == b"READY=1"
        server.process.send_signal(signal.SIGTERM)
        assert told.recv(100) == b"STOPPING=1"
        assert server.stop() == 0
