"""A folder of databases: made, entered, renamed and dropped by clients, whatever else happens to it."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from server_process import Server

import vql

Row = tuple[object, ...]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a folder whose first database is called vql."""
    started = Server(tmp_path_factory.mktemp("wire") / "folder", arguments=["--database", "vql"])
    yield started
    status = started.stop()
    assert status == 0, started.log.read_text()
    assert started.errors() == "", started.log.read_text()


def entered(server: Server, name: str = "vql", user: str = "vql") -> psycopg.Connection[Row]:
    """Connect with a database."""
    return psycopg.connect(f"postgresql://{user}@127.0.0.1:{server.port}/{name}", autocommit=True)


def sqlstate(connection: psycopg.Connection[Row], statement: str) -> str | None:
    """Return the SQLSTATE of a statement that fails."""
    with pytest.raises(psycopg.Error) as raised:
        connection.execute(statement.encode())
    return raised.value.sqlstate


def names(connection: psycopg.Connection[Row]) -> list[object]:
    """Return the databases there are."""
    return [row[0] for row in connection.execute("SELECT datname FROM pg_database ORDER BY 1")]


def test_a_database_is_made_of_another_one(folder):
    with entered(folder) as first:
        first.execute("CREATE TABLE copied (id serial PRIMARY KEY, s text)")
        first.execute("INSERT INTO copied (s) SELECT 's' || i FROM generate_series(1, 12000) i")
        first.execute("VACUUM copied")
        first.execute("CREATE DATABASE twin TEMPLATE vql")
        first.execute("DELETE FROM copied WHERE id > 10")
        first.execute("VACUUM copied")
        with entered(folder, "twin") as second:
            assert second.execute("SELECT count(*), max(s) FROM copied").fetchone() == (12000, "s9999")
            second.execute("INSERT INTO copied (s) VALUES ('own')")
            assert second.execute("SELECT max(id) FROM copied").fetchone() == (12001,)
        assert first.execute("SELECT count(*) FROM copied").fetchone() == (10,)
        assert sqlstate(first, "CREATE DATABASE another TEMPLATE nowhere") == "3D000"
        assert sqlstate(first, "CREATE DATABASE twin TEMPLATE vql") == "42P04"
        first.execute("CREATE ROLE maker LOGIN CREATEDB")
        with entered(folder, user="maker") as other:
            assert sqlstate(other, "CREATE DATABASE another TEMPLATE vql") == "42501"
        first.execute("DROP DATABASE twin WITH (FORCE)")
        first.execute("DROP TABLE copied")
        first.execute("DROP ROLE maker")


def test_a_made_database_is_entered_and_has_rows_of_its_own(folder):
    with entered(folder) as first:
        first.execute("CREATE TABLE t (id int)")
        first.execute("CREATE DATABASE sales WITH ENCODING 'UTF8' TEMPLATE template0")
        assert sqlstate(first, "CREATE DATABASE sales") == "42P04"
        assert names(first) == ["sales", "vql"]
        with entered(folder, "sales") as second:
            assert second.execute("SELECT current_database()").fetchone() == ("sales",)
            assert names(second) == ["sales", "vql"]
            second.execute("CREATE TABLE t (name text)")
            second.execute("INSERT INTO t VALUES ('x')")
            assert second.execute("SELECT * FROM t").fetchall() == [("x",)]
        assert first.execute("SELECT * FROM t").fetchall() == []
        first.execute("DROP TABLE t")
        first.execute("DROP DATABASE sales")
        assert names(first) == ["vql"]


def test_a_database_that_is_not_there_is_3d000(folder):
    with pytest.raises(psycopg.OperationalError, match='database "nowhere" does not exist'):
        entered(folder, "nowhere")
    with entered(folder) as first:
        assert sqlstate(first, "DROP DATABASE nowhere") == "3D000"
        assert sqlstate(first, "ALTER DATABASE nowhere RENAME TO somewhere") == "3D000"
        first.execute("DROP DATABASE IF EXISTS nowhere")


def test_a_database_in_use_is_neither_dropped_nor_renamed(folder):
    with entered(folder) as first:
        first.execute("CREATE DATABASE used")
        with entered(folder, "used") as second:
            second.execute("SELECT 1")
            assert sqlstate(first, "DROP DATABASE used") == "55006"
        assert sqlstate(first, "DROP DATABASE vql") == "55006"
        assert sqlstate(first, "ALTER DATABASE vql RENAME TO other") == "0A000"
        first.execute("ALTER DATABASE used RENAME TO renamed")
        assert names(first) == ["renamed", "vql"]
        with entered(folder, "renamed") as second:
            second.execute("SELECT 1")
        first.execute("DROP DATABASE renamed")


def test_one_that_another_process_has_open_is_in_use(folder):
    with entered(folder) as first:
        first.execute("CREATE DATABASE embedded")
        with vql.connect(folder.path / "embedded") as beside:
            beside.execute("CREATE TABLE t (id int)")
            assert sqlstate(first, "ALTER DATABASE embedded RENAME TO other") == "55006"
        first.execute("DROP DATABASE embedded")


def test_force_ends_the_sessions_of_a_database(folder):
    with entered(folder) as first:
        first.execute("CREATE DATABASE forced")
        second, third = entered(folder, "forced"), entered(folder, "forced")
        sleeping = threading.Thread(target=lambda: sqlstate(third, "SELECT pg_sleep(600)"))
        sleeping.start()
        first.execute("DROP DATABASE forced WITH (FORCE)")
        sleeping.join()
        with pytest.raises(psycopg.OperationalError):
            second.execute("SELECT 1")
        assert names(first) == ["vql"]


def test_what_is_said_in_a_database_is_heard_there_alone(folder):
    with entered(folder) as first:
        first.execute("CREATE DATABASE apart")
        with entered(folder, "apart") as second, entered(folder, "apart") as third:
            for listener in (first, second):
                listener.execute("LISTEN news")
            first.execute("NOTIFY news, 'first'")
            third.execute("NOTIFY news, 'third'")
            for listener, payload in ((first, "first"), (second, "third")):
                (said,) = listener.notifies(timeout=60, stop_after=1)
                assert said.payload == payload
                listener.execute("SELECT 1")
                assert list(listener.notifies(timeout=0)) == []
        first.execute("DROP DATABASE apart")
        first.execute("UNLISTEN *")


def test_databases_are_no_part_of_a_transaction(folder):
    with entered(folder) as first:
        for statement in ("CREATE DATABASE late", "DROP DATABASE vql"):
            first.execute("BEGIN")
            assert sqlstate(first, statement) == "25001"
            first.execute("ROLLBACK")
        assert sqlstate(first, "CREATE TABLE t (id int); CREATE DATABASE late") == "25001"
        assert names(first) == ["vql"]


def test_who_may_make_a_database_and_who_may_drop_it(folder):
    with entered(folder) as first:
        first.execute("CREATE ROLE maker LOGIN CREATEDB")
        first.execute("CREATE ROLE nobody LOGIN")
        with entered(folder, user="nobody") as second:
            assert sqlstate(second, "CREATE DATABASE theirs") == "42501"
        with entered(folder, user="maker") as second:
            second.execute("CREATE DATABASE theirs")
            assert sqlstate(second, "DROP DATABASE theirs") == "42501"
            assert sqlstate(second, "ALTER DATABASE theirs RENAME TO mine") == "42501"
        assert sqlstate(first, "CREATE DATABASE more OWNER maker") == "0A000"
        first.execute("CREATE DATABASE more OWNER vql")
        for name in ("theirs", "more"):
            first.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        first.execute("DROP ROLE maker, nobody")


def test_names_that_no_folder_can_have_are_refused(folder):
    with entered(folder) as first:
        for name in ("a/b", ".hidden", "..", ""):
            assert sqlstate(first, f'CREATE DATABASE "{name}"') in ("42602", "42601")
        first.execute('CREATE DATABASE "Größe 1"')
        with entered(folder, "Gr%C3%B6%C3%9Fe%201") as second:
            assert second.execute("SELECT current_database()").fetchone() == ("Größe 1",)
        first.execute('DROP DATABASE "Größe 1"')


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_lists_databases_and_changes_between_them(folder):
    with entered(folder) as first:
        first.execute("CREATE DATABASE other")
        said = subprocess.run(
            ["psql", "-X", "-A", "-t", "-c", "\\l", "-c", "\\c other", "-c", "SELECT current_database()"],
            env=folder.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "other|" in said.stdout and "vql|vql|UTF8" in said.stdout
        assert said.stdout.rstrip().endswith("\nother")
        first.execute("DROP DATABASE other")


@pytest.mark.skipif(shutil.which("createdb") is None, reason="createdb is not installed")
def test_createdb_and_dropdb(folder):
    for command in (["createdb", "--maintenance-db=vql", "made"], ["dropdb", "--maintenance-db=vql", "made"]):
        subprocess.run(command, env=folder.environment, check=True)


def test_a_folder_that_holds_databases_is_served_without_being_told(tmp_path):
    for name in ("a", "b"):
        with vql.connect(tmp_path / "folder" / name) as made:
            made.execute("CREATE TABLE t AS SELECT 1 AS id")
    (tmp_path / "folder" / ".dropped-x").mkdir()
    server = Server(tmp_path / "folder")
    try:
        with entered(server, "b") as connection:
            assert names(connection) == ["a", "b"]
            assert connection.execute("SELECT * FROM t").fetchall() == [(1,)]
        assert not (tmp_path / "folder" / ".dropped-x").exists()
    finally:
        assert server.stop() == 0


def test_a_database_by_itself_is_served_under_any_name(server):
    with entered(server, "anything") as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (server.path.name,)
        assert sqlstate(connection, "CREATE DATABASE other") == "0A000"
        assert names(connection) == [server.path.name]


def test_passwords_are_those_of_the_database(tmp_path):
    (tmp_path / "secret").write_text("owner's")
    arguments = ["--database", "vql", "--password-file", str(tmp_path / "secret")]
    server = Server(tmp_path / "folder", arguments=arguments)

    def connected(user: str, password: str, name: str) -> psycopg.Connection[Row]:
        return psycopg.connect(
            host="127.0.0.1", port=server.port, user=user, password=password, dbname=name, autocommit=True
        )

    try:
        with connected("vql", "owner's", "vql") as first:
            first.execute("CREATE USER app PASSWORD 'first'")
            first.execute("CREATE DATABASE other")
            with connected("vql", "owner's", "other") as second:
                second.execute("CREATE USER app PASSWORD 'second'")
        connected("app", "first", "vql").close()
        connected("app", "second", "other").close()
        for user, password, name in (
            ("app", "first", "other"),
            ("app", "second", "vql"),
            ("app", "x", "none"),
        ):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                connected(user, password, name)
        with pytest.raises(psycopg.OperationalError, match='database "none" does not exist'):
            connected("vql", "owner's", "none")
    finally:
        assert server.stop() == 0


def test_maintenance_tends_the_databases_that_are_open(folder: Server):
    with entered(folder) as first:
        first.execute("CREATE DATABASE tended")
        with entered(folder, "tended") as second:
            second.execute("CREATE TABLE t (id int)")
            paths = maintained(folder)
            while str(folder.path / "tended") not in paths:
                paths = maintained(folder)
        first.execute("DROP DATABASE tended")


def maintained(server: Server) -> set[str]:
    """Return the folders whose main.mdb the maintenance process has open."""
    (process,) = server.children(b"vql: maintenance")
    found = set()
    for entry in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = entry.readlink()
        except OSError:
            continue
        if target.name == "main.mdb":
            found.add(str(target.parent))
    return found
