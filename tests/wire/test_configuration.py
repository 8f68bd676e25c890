"""With what a server and its sessions begin: files, environment, ALTER SYSTEM, ROLE and DATABASE."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from server_process import Server

from vql.server.startup.options import read_options


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("configuration") / "shop", workers=2)
    yield started
    assert started.stop() == 0, started.log.read_text()
    assert started.errors() == ""


def connected(server: Server, user: str = "vql", **options: str) -> psycopg.Connection:
    url = server.url.replace("//vql@", f"//{user}@")
    return psycopg.connect(url, autocommit=True, **options)


def shown(connection: psycopg.Connection, name: str) -> tuple[object, ...]:
    found = connection.execute("SELECT setting, source FROM pg_settings WHERE name = %s", (name,)).fetchone()
    assert found is not None
    return found


def until(is_so: Callable[[], object]) -> None:
    ends_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def test_what_is_nearer_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vql.toml").write_text(
        'port = 1111\nworkers = 3\nhost = "127.0.0.1"\nmax_connections = 77\ntls_self_signed = true\n'
        '[vql]\nrecall = 0.5\n[hnsw]\nef_search = 41\n[my]\nown = "x"\n'
    )
    (tmp_path / "vql.auto.toml").write_text('"workers" = "4"\n"vql.recall" = "0.6"\n"port" = "2222"\n')
    monkeypatch.setenv("VQL_PORT", "3333")
    monkeypatch.setenv("VQL_RECALL", "0.7")
    monkeypatch.setenv("VQL_HISTORY", "elsewhere")
    monkeypatch.setenv("VQL_SERVICE_HOST", "10.0.0.1")
    options = read_options([str(tmp_path), "--port", "4444", "--no-tls-self-signed", "-c", "work_mem=9MB"])
    assert (options.port, options.workers, options.max_connections) == (4444, 4, 77)
    assert not options.signs_itself
    said = {name: each[:2] for name, each in options.settings.items()}
    assert said["vql.recall"] == ("0.7", "environment variable")
    assert said["work_mem"] == ("9MB", "command line")
    assert said["hnsw.ef_search"] == ("41", "configuration file")
    assert said["my.own"] == ("x", "configuration file")
    assert said["port"] == ("4444", "command line")
    assert said["max_connections"] == ("77", "configuration file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prt = 1\n", 'line 1: there is no flag or setting "prt"; did you mean "port"?'),
        (
            "\n[vql]\nrecal = 1\n",
            'line 3: there is no flag or setting "vql.recal"; did you mean "vql.recall"?',
        ),
        ("[vql]\nrecall = 7\n", 'line 2: 7 is outside the valid range for parameter "vql.recall" (0 .. 1)'),
        ("server_version = 9\n", 'line 1: "server_version" cannot be set'),
        ('port = "many"\n', "--port: invalid int value: 'many'"),
        ("workers = 99\n", "--workers must be between 1 and 64"),
        ("port = [1]\n", "port is no text, number, true or false"),
        ("port\n", "Expected '=' after a key"),
        ('log_format = "xml"\n', "--log-format: invalid choice: 'xml'"),
        ('role = "joe"\n', 'line 1: "role" cannot be set'),
        ("transaction_read_only = true\n", 'line 1: "transaction_read_only" cannot be set'),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (tmp_path / "vql.toml").write_text(text)
    with pytest.raises(SystemExit) as caught:
        read_options([str(tmp_path)])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert said in error and str(tmp_path / "vql.toml") in error


def test_slips_of_flags_and_variables_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit):
        read_options([str(tmp_path), "--max-conections", "5"])
    assert "there is no option --max-conections; did you mean --max-connections?" in capsys.readouterr().err
    monkeypatch.setenv("VQL_MAX_CONECTIONS", "5")
    with pytest.raises(SystemExit):
        read_options([str(tmp_path)])
    assert (
        "there is no variable VQL_MAX_CONECTIONS; did you mean VQL_MAX_CONNECTIONS?"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("assigned", "said"),
    [
        ("workers=4", "-c workers: it is a flag, --workers"),
        ("max_connections=4", "-c max_connections: it is a flag, --max-connections"),
        ("vql.workers=4", "-c vql.workers: it is a flag, --workers"),
        ("role=joe", '-c role: "role" cannot be set so'),
        ("transaction_isolation=serializable", '"transaction_isolation" cannot be set so'),
        ("is_superuser=off", '"is_superuser" cannot be set so'),
    ],
)
def test_what_is_no_setting_of_sessions_is_not_assigned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], assigned: str, said: str
) -> None:
    with pytest.raises(SystemExit):
        read_options([str(tmp_path), "-c", assigned])
    assert said in capsys.readouterr().err


def test_a_service_of_kubernetes_that_is_called_vql_is_no_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VQL_PORT", "tcp://10.0.0.1:5433")
    assert read_options([str(tmp_path)]).port == 5432


def test_a_file_may_stand_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("listen_addresses = '127.0.0.2'\n")
    assert read_options([str(tmp_path / "db"), "--config", str(tmp_path / "other.toml")]).host == "127.0.0.2"
    monkeypatch.setenv("VQL_CONFIG", str(tmp_path / "other.toml"))
    assert read_options([str(tmp_path / "db")]).host == "127.0.0.2"
    monkeypatch.setenv("VQL_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SystemExit):
        read_options([str(tmp_path / "db")])


def test_alter_system_holds_after_a_reload_and_a_restart(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=2)
    with connected(server) as one, connected(server) as other:
        one.execute("ALTER SYSTEM SET work_mem = '11MB'")
        one.execute("ALTER SYSTEM SET authentication_timeout = '1min'")
        one.execute("ALTER SYSTEM SET vql.recall = 0.8")
        one.execute("ALTER SYSTEM SET statement_timeout = '7s'")
        one.execute("ALTER SYSTEM RESET statement_timeout")
        assert shown(one, "work_mem") == ("4096", "default")
        assert one.execute("SELECT pg_reload_conf()").fetchone() == (True,)
        for each in (one, other):
            until(lambda each=each: shown(each, "work_mem") == ("11264", "configuration file"))  # type: ignore[misc]
            assert shown(each, "vql.recall") == ("0.8", "configuration file")
            assert shown(each, "statement_timeout") == ("0", "default")
    said = 'parameter "authentication_timeout" cannot be changed without restarting the server'
    assert said in server.log.read_text()
    assert server.stop() == 0
    again = Server(tmp_path / "db", workers=1)
    with connected(again) as one:
        assert one.execute("SHOW authentication_timeout").fetchone() == ("1min",)
        assert one.execute("SHOW work_mem").fetchone() == ("11MB",)
        one.execute("ALTER SYSTEM RESET ALL")
    assert again.stop() == 0
    assert [
        line for line in (tmp_path / "db" / "vql.auto.toml").read_text().splitlines() if "=" in line
    ] == []


def test_settings_of_any_length_are_read_again(server: Server) -> None:
    with connected(server) as one, connected(server) as other:
        asked = "SELECT length(current_setting('my.long', true))"
        for length in (20_000, 400_000):
            one.execute(f"ALTER SYSTEM SET my.long = '{length * 'x'}'")
            one.execute("SELECT pg_reload_conf()")
            for each in (one, other):
                while each.execute(asked).fetchone() != (length,):
                    time.sleep(0.02)
        one.execute("ALTER SYSTEM RESET my.long")
        one.execute("SELECT pg_reload_conf()")


def test_sessions_begin_with_what_was_decided_for_them(server: Server) -> None:
    with connected(server) as owner:
        owner.execute("CREATE ROLE joe LOGIN")
        owner.execute("ALTER DATABASE shop SET work_mem = '5MB'")
        owner.execute("ALTER DATABASE shop SET vql.recall = 0.9")
        owner.execute("ALTER ROLE ALL SET timezone = 'Asia/Tokyo'")
        owner.execute("ALTER ROLE joe SET work_mem = '6MB'")
        owner.execute("ALTER ROLE joe SET log_min_messages = 'fatal'")
        owner.execute("ALTER ROLE joe IN DATABASE shop SET statement_timeout = '3s'")
        owner.execute("ALTER ROLE joe SET my.own = 'his'")
        with pytest.raises(psycopg.errors.CantChangeRuntimeParam):  # it would be of no transaction
            owner.execute("ALTER ROLE joe SET transaction_read_only = on")
        assert shown(owner, "work_mem") == ("4096", "default")
    with connected(server) as owner:
        assert shown(owner, "work_mem") == ("5120", "database")
        assert shown(owner, "vql.recall") == ("0.9", "database")
        assert owner.info.parameter_status("TimeZone") == "Asia/Tokyo"
        owner.execute("SET work_mem = '8MB'")
        assert shown(owner, "work_mem") == ("8192", "session")
        owner.execute("RESET ALL")
        assert shown(owner, "work_mem") == ("5120", "database")
    with connected(server, "joe") as joe:
        assert shown(joe, "work_mem") == ("6144", "user")
        assert shown(joe, "statement_timeout") == ("3000", "database user")
        assert shown(joe, "log_min_messages") == ("fatal", "user")
        assert joe.execute("SELECT current_setting('my.own')").fetchone() == ("his",)
    with connected(server, "joe", options="-c work_mem=7MB -c extra_float_digits=0") as joe:
        assert shown(joe, "work_mem") == ("7168", "client")
        joe.execute("SET work_mem = '1MB'")
        joe.execute("RESET work_mem")
        assert joe.execute("SHOW work_mem").fetchone() == ("7MB",)
        joe.execute("DISCARD ALL")
        assert joe.execute("SHOW extra_float_digits").fetchone() == ("0",)
    with connected(server) as owner:
        for role in ("ALL", "joe", "joe IN DATABASE shop"):
            owner.execute(f"ALTER ROLE {role} RESET ALL")
        owner.execute("ALTER DATABASE shop RESET ALL")
        owner.execute("DROP ROLE joe")
        assert owner.execute("SELECT * FROM pg_db_role_setting").fetchall() == []


def test_a_role_that_a_session_may_not_be_any_more_is_not_what_it_begins_as(server: Server) -> None:
    with connected(server) as owner:
        owner.execute("CREATE ROLE lead")
        owner.execute("CREATE ROLE ann LOGIN IN ROLE lead")
        owner.execute("GRANT lead TO ann")
    with connected(server, "ann") as ann:
        ann.execute("ALTER ROLE ann SET role = 'lead'")
    with connected(server, "ann") as ann:
        assert ann.execute("SELECT current_user, session_user").fetchone() == ("lead", "ann")
    with connected(server) as owner:
        owner.execute("REVOKE lead FROM ann")
    with connected(server, "ann") as ann:
        assert ann.execute("SELECT current_user").fetchone() == ("ann",)


def test_help_names_every_flag(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vql.shell.main", "serve", "--help"], capture_output=True, text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip
    from vql.server.startup.flags import FLAGS, GROUPS

    for flag in FLAGS.values():
        assert f"  {flag.option}" in done.stdout
    for name in (*GROUPS, "configuration"):
        assert f"\n{name}:\n" in done.stdout
