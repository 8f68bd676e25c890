"""The server's log: what is in it, in which form, and how it is changed while the server runs."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from server_process import Server

HEAD = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC \[\d+\]"


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of text whose owner has a password, without a word of logging in its configuration."""
    folder = tmp_path_factory.mktemp("logs")
    secret = folder / "secret"
    secret.write_text("right\n")
    server = Server(folder / "db", workers=1, arguments=("--password-file", str(secret)))
    yield server
    assert server.stop() == 0, server.log.read_text()


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of JSON that says who comes and goes, by its file."""
    folder = tmp_path_factory.mktemp("logs") / "db"
    folder.mkdir()
    (folder / "vql.toml").write_text(
        'log_format = "json"\nlog_connections = true\nlog_disconnections = true\n'
    )
    server = Server(folder, workers=2)
    yield server
    assert server.stop() == 0, server.log.read_text()


def connected(server: Server, password: str = "right", **options: str) -> psycopg.Connection:
    return psycopg.connect(server.url, password=password, autocommit=True, **options)


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so; a minute is for ever."""
    ends_s = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.02)


def entries(server: Server) -> list[dict[str, object]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def test_an_error_is_logged_with_its_statement(quiet: Server) -> None:
    with connected(quiet) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT *\nFROM nothere")
    log = quiet.log.read_text()
    assert re.search(rf'{HEAD} vql@db ERROR:  relation "nothere" does not exist\n', log)
    # What goes on begins with a tab: a statement cannot make up an entry.
    assert re.search(rf"{HEAD} vql@db STATEMENT:  SELECT \*\n\tFROM nothere\n", log)


def test_errors_of_prepared_statements_name_the_statement_that_failed(quiet: Server) -> None:
    with connected(quiet) as connection:
        connection.execute("SELECT 1 AS before", prepare=True)
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT 10 / %s::int AS divided", (0,), prepare=True)
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT malformed FROM", prepare=True)
    log = quiet.log.read_text()
    assert "STATEMENT:  SELECT 10 / $1::int AS divided\n" in log
    assert "STATEMENT:  SELECT malformed FROM\n" in log
    assert "before" not in log


def test_a_login_that_fails_is_logged_without_the_password(quiet: Server) -> None:
    with pytest.raises(psycopg.OperationalError):
        connected(quiet, password="wrong-one")
    log = quiet.log.read_text()
    assert re.search(rf'{HEAD} vql@vql FATAL:  password authentication failed for user "vql"\n', log)
    assert "wrong-one" not in log


def test_who_is_refused_at_last_is_named(quiet: Server) -> None:
    with pytest.raises(psycopg.OperationalError):
        connected(quiet, options="-c work_mem=much")
    assert re.search(rf"{HEAD} vql@vql FATAL:  invalid value for parameter", quiet.log.read_text())


def test_no_text_rules_a_terminal_or_makes_up_a_line(quiet: Server) -> None:
    with connected(quiet) as connection, pytest.raises(psycopg.Error):
        connection.execute('SELECT 1 FROM "\x1b[2J\r\x85\u2028x"\nWHERE\ttrue')
    with pytest.raises(psycopg.OperationalError):
        connected(quiet, user="\x1b[2J\nvql")
    log = quiet.log.read_bytes().decode()
    assert 'STATEMENT:  SELECT 1 FROM "\\x1b[2J\\r\\x85\\u2028x"\n\tWHERE\ttrue\n' in log
    assert " \\x1b[2J\\nvql@vql FATAL:  " in log
    assert "\x1b" not in log and "\r" not in log


def test_slow_statements_are_logged_where_a_superuser_asks_for_it(quiet: Server) -> None:
    with connected(quiet) as connection:
        connection.execute("SELECT 'before' AS q")
        connection.execute("SET log_min_duration_statement = 0")
        connection.execute("SELECT 'slow' AS q")
        connection.execute("SELECT %s::int + 1", (1,), prepare=True)
        connection.execute("SELECT 1 AS first; SELECT 2 AS second;\nSELECT 3 AS third")
        with connection.cursor().copy("COPY (SELECT 1 AS copied) TO STDOUT") as copy:
            list(copy)
        connection.execute("SET log_min_duration_statement = '1h'")
        connection.execute("SELECT 'an hour is not over' AS q")
        connection.execute("RESET log_min_duration_statement")
        connection.execute("SELECT 'not asked' AS q")
    log = quiet.log.read_text()
    for statement in (
        "SELECT 'slow' AS q", r"SELECT \$1::int \+ 1", "SELECT 1 AS first", "SELECT 2 AS second",
        "SELECT 3 AS third", r"COPY \(SELECT 1 AS copied\) TO STDOUT",
    ):  # fmt: skip
        assert re.search(rf"LOG:  duration: \d+\.\d{{3}} ms  statement: {statement}\n", log)
    assert not re.search("'before'|an hour|not asked", log)


def test_what_is_not_to_be_logged_is_not(quiet: Server) -> None:
    with connected(quiet) as connection:
        connection.execute("SET log_min_error_statement = fatal")
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT * FROM without_statement")
        connection.execute("SET log_min_messages = fatal")
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT * FROM never_said")
    log = quiet.log.read_text()
    assert 'relation "without_statement"' in log and "STATEMENT:  SELECT * FROM without_statement" not in log
    assert "never_said" not in log


def test_who_comes_and_goes_is_logged(telling: Server) -> None:
    with connected(telling, application_name="till") as connection:
        process_id = connection.info.backend_pid
    until(lambda: any("disconnection" in str(each["message"]) for each in entries(telling)))
    ready, received, authorized, gone = entries(telling)[:4]
    assert ready["message"] == "database system is ready to accept connections"
    assert re.fullmatch(r"connection received: host=127\.0\.0\.1 port=\d+", str(received["message"]))
    assert authorized["message"] == "connection authorized: user=vql database=db application_name=till"
    assert re.fullmatch(
        r"disconnection: session time: 0:00:0\d\.\d{3} user=vql database=db host=127\.0\.0\.1 port=\d+",
        str(gone["message"]),
    )
    assert gone == gone | {
        "pid": process_id, "user": "vql", "dbname": "db", "application_name": "till", "error_severity": "LOG",
        "backend_type": "client backend", "remote_host": "127.0.0.1",
    }  # fmt: skip


def test_an_entry_of_json_has_the_keys_of_postgresql(telling: Server) -> None:
    with connected(telling) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT brnd FROM pg_class WHERE relnam = 1")
    until(lambda: any(each["error_severity"] == "ERROR" for each in entries(telling)))
    found = next(each for each in entries(telling) if each["error_severity"] == "ERROR")
    assert found["statement"] == "SELECT brnd FROM pg_class WHERE relnam = 1"
    assert found["state_code"] == "42703" and isinstance(found["cursor_position"], int)


def test_a_reload_reaches_sessions_that_are_open(telling: Server) -> None:
    file = telling.path / "vql.toml"
    before = file.read_text()
    connections = [connected(telling) for _ in range(4)]
    try:
        file.write_text(before + 'log_min_duration_statement = 0\nwork_mem = "7MB"\n\n[vql]\nrecall = 0.8\n')
        telling.process.send_signal(signal.SIGHUP)
        for each in connections:
            until(lambda each=each: each.execute("SHOW work_mem").fetchone() == ("7MB",))  # type: ignore[misc]
            assert each.execute("SHOW vql.recall").fetchone() == ("0.8",)
            said = each.execute(
                "SELECT setting, unit, source, sourcefile, sourceline, reset_val FROM pg_settings"
                " WHERE name IN ('vql.recall', 'work_mem') ORDER BY name"
            ).fetchall()
            assert said == [
                ("0.8", None, "configuration file", str(file), 8, "0.8"),
                ("7168", "kB", "configuration file", str(file), 5, "7168"),
            ]
        connections[0].execute("SET work_mem = '9MB'")
        assert connections[0].execute("SHOW work_mem").fetchone() == ("9MB",)
        connections[0].execute("RESET work_mem")
        assert connections[0].execute("SHOW work_mem").fetchone() == ("7MB",)
        assert any("duration" in str(each["message"]) for each in entries(telling))
        # What is not right changes nothing, and says what and where.
        file.write_text(before + 'wrk_mem = "8MB"\n')
        telling.process.send_signal(signal.SIGHUP)
        said_wrong = f'{file}, line 4: there is no flag or setting "wrk_mem"; did you mean "work_mem"?'
        until(lambda: any(said_wrong in str(each["message"]) for each in entries(telling)))
        assert connections[1].execute("SHOW work_mem").fetchone() == ("7MB",)
        # A flag wants a restart, which is said.
        file.write_text(before + "max_connections = 20\n")
        telling.process.send_signal(signal.SIGHUP)
        until(lambda: connections[1].execute("SHOW work_mem").fetchone() == ("4MB",))
        wanted = 'parameter "max_connections" cannot be changed without restarting the server'
        assert any(each["message"] == wanted for each in entries(telling))
        assert connections[1].execute("SHOW max_connections").fetchone() == ("500",)
    finally:
        file.write_text(before)
        for each in connections:
            each.close()


def test_maintenance_is_logged(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=1, arguments=("-c", "log_autovacuum_min_duration=0"))
    with connected(server) as connection:
        connection.execute("CREATE TABLE many (id int)")
        for _ in range(21):
            connection.execute("INSERT INTO many SELECT i FROM generate_series(1, 1000) i")
        until(lambda: 'automatic maintenance of table "db.public.many"' in server.log.read_text())
    assert server.stop() == 0
    assert re.search(r"recent rows: \d+ before, \d+ now; segments: 0 before, 1 now", server.log.read_text())
