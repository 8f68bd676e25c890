"""The Unix socket of a server: who finds it, who is let in, and what is left of it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from server_process import Server

from vql.errors import Error
from vql.server.listening import SOCKET_PATH_BYTES_MAX, listening, place
from vql.server.startup.options import Options, read_options

ME = pwd.getpwuid(os.getuid()).pw_name
RULES = f"""
local    all  {ME}    peer
local    all  app     peer
local    all  trusted trust
local    all  vql     scram-sha-256
host     all  all     all  reject
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of a short path: that of a socket is bounded."""
    with tempfile.TemporaryDirectory(prefix="vql") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def local() -> Iterator[Server]:
    """A server of two workers whose rules are about the socket."""
    with tempfile.TemporaryDirectory(prefix="vql") as made:
        folder = Path(made)
        (folder / "rules").write_text(RULES)
        (folder / "password").write_text("secret")
        given = [
            "--socket-dir",
            made,
            "--hba-file",
            str(folder / "rules"),
            "--tls-self-signed",
            "--tls-required",
        ]
        server = Server(folder / "db", arguments=[*given, "--password-file", str(folder / "password")])
        with connected(server, "vql", password="secret") as owner:
            owner.execute(f'CREATE ROLE app LOGIN; CREATE ROLE trusted LOGIN; CREATE ROLE "{ME}" LOGIN')
        yield server
        assert server.stop() == 0
        assert server.errors() == "", server.log.read_text()


def connected(server: Server, user: str, **parameters: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect through libpq, by the socket."""
    parameters.setdefault("host", str(server.path.parent))
    return psycopg.connect(port=server.port, user=user, dbname="db", autocommit=True, **parameters)


def test_who_comes_by_the_socket_is_known_by_it(local):
    with connected(local, ME) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (ME,)
    with pytest.raises(psycopg.OperationalError, match='peer authentication failed for user "app"'):
        connected(local, "app")
    with connected(local, "trusted") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("trusted",)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        connected(local, "vql")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connected(local, "vql", password="wrong")
    with pytest.raises(psycopg.OperationalError, match=r'access rules for host "\[local\]", user "nobody"'):
        connected(local, "nobody")
    with pytest.raises(psycopg.OperationalError, match='the access rules reject host "127.0.0.1"'):
        connected(local, ME, host="127.0.0.1", sslmode="require")


def test_nothing_is_encrypted_that_leaves_no_machine(local):
    with connected(local, ME) as connection:
        assert not connection.pgconn.ssl_in_use
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(local.path.parent / f".s.PGSQL.{local.port}"))
        client.sendall((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
        assert client.recv(10) == b"N"


def test_statements_are_cancelled_by_the_socket(local):
    slow = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b WHERE a * b = 7"
    with connected(local, "vql", password="secret") as connection:
        timer = threading.Timer(0.2, connection.cancel)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute(slow)
        timer.join()


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_finds_it_by_the_folder(local):
    words = ["psql", "-X", "-At", "-h", str(local.path.parent), "-p", str(local.port), "-U", ME, "-d", "db"]
    done = subprocess.run([*words, "-c", "SELECT 1 + 1"], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("2\n", "")


def options(folder: Path, **more: object) -> Options:
    """A server that listens in a folder alone."""
    return Options(str(folder / "db"), "", 5_432, socket_folder=str(folder), **more)  # type: ignore[arg-type]


def test_there_is_no_tcp_port_where_no_host_is_asked_for(folder):
    with listening(options(folder)) as listeners:
        assert [place(each) for each in listeners] == [f"{folder}/.s.PGSQL.5432"]
        assert stat.S_IMODE((folder / ".s.PGSQL.5432").stat().st_mode) == 0o700
        said = (folder / ".s.PGSQL.5432.lock").read_text().splitlines()
        assert said[:2] == [str(os.getpid()), str(folder / "db")] and said[3:] == ["5432", str(folder)]
    assert not list(folder.iterdir())
    with listening(options(folder, socket_permissions=0o770)):
        assert stat.S_IMODE((folder / ".s.PGSQL.5432").stat().st_mode) == 0o770


def test_one_server_listens_at_a_time_and_the_other_says_so(folder):
    with listening(options(folder)), pytest.raises(Error, match="another server listens") as raised:
        with listening(options(folder)):
            pass
    assert raised.value.sqlstate == "55006"
    # Of a server that knows no lock of ours.
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / ".s.PGSQL.5432"))
        other.listen()
        with pytest.raises(Error, match="another server listens"), listening(options(folder)):
            pass
        assert (folder / ".s.PGSQL.5432").exists()
    # Now it is a dead one's.
    with listening(options(folder)):
        pass


def test_nothing_but_a_socket_is_swept(folder):
    (folder / ".s.PGSQL.5432").write_text("of somebody")
    with pytest.raises(Error, match="no socket"), listening(options(folder)):
        pass
    assert (folder / ".s.PGSQL.5432").read_text() == "of somebody"


def test_a_path_that_no_socket_may_have_is_told_of(folder):
    long = folder / ("x" * SOCKET_PATH_BYTES_MAX)
    long.mkdir()
    with pytest.raises(Error, match=rf"too long \(maximum {SOCKET_PATH_BYTES_MAX} bytes\)"):
        with listening(options(long)):
            pass


def test_what_a_killed_server_left_is_swept_by_the_next(folder):
    def names() -> list[str]:
        return sorted(each.name for each in folder.iterdir() if each.name.startswith(".s."))

    server = Server(folder / "db", workers=1, arguments=["--socket-dir", str(folder)])
    port = server.port
    expected = [f".s.PGSQL.{port}", f".s.PGSQL.{port}.lock"]
    assert names() == expected
    server.stop(signal.SIGKILL)
    assert names() == expected
    command = [sys.executable, "-m", "vql.shell.main", "serve", str(folder / "db"), "--host", ""]
    command += ["--port", str(port), "--workers", "1", "--socket-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().decode() == f"vql: serving {folder}/db on {folder}/.s.PGSQL.{port}\n"
        with psycopg.connect(host=str(folder), port=port, user="vql", dbname="vql") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        process.terminate()
        assert process.wait(60) == 0
    assert names() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", ""], "--socket-dir is required"),
        (["--host", "", "--socket-dir", "x", "--port", "0"], "--port 0"),
        (["--socket-dir", "x", "--socket-permissions", "888"], "is no octal mode"),
        (["--socket-dir", "x", "--socket-permissions", "7777"], "is no octal mode"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, capsys, arguments, said):
    with pytest.raises(SystemExit):
        read_options([str(tmp_path), *arguments])
    assert said in capsys.readouterr().err


def test_the_socket_is_everybodys_only_where_who_comes_proves_who_it_is(tmp_path):
    (tmp_path / "password").write_text("secret")
    given = [str(tmp_path), "--socket-dir", str(tmp_path)]
    proved = ["--password-file", str(tmp_path / "password")]
    assert read_options(given).socket_permissions == 0o700
    assert read_options([*given, *proved]).socket_permissions == 0o777
    assert read_options([*given, "--socket-permissions", "0770"]).socket_permissions == 0o770
