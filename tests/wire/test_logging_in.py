"""Roles over the wire: who gets in, as whom, and how often."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from server_process import Server

from vql.roles.passwords import Secret


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a password, and two workers."""
    folder = tmp_path_factory.mktemp("roles")
    (folder / "password").write_text("secret")
    server = Server(folder / "db", workers=2, arguments=["--password-file", str(folder / "password")])
    yield server
    assert server.stop() == 0
    assert server.errors() == "", server.log.read_text()


def connected(server: Server, user: str, password: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as a role."""
    return psycopg.connect(
        host="127.0.0.1", port=server.port, user=user, password=password, dbname="vql", autocommit=True
    )


def refused(server: Server, user: str, password: str) -> str:
    """Return why a role is not let in."""
    with pytest.raises(psycopg.OperationalError) as caught:
        connected(server, user, password)
    return str(caught.value)


def test_a_role_logs_in_with_its_password(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute("CREATE USER alice PASSWORD 'wonder'")
        with connected(guarded, "alice", "wonder") as alice:
            facts = "SELECT current_user, session_user, current_setting('is_superuser')"
            assert alice.execute(facts).fetchone() == ("alice", "alice", "off")
            assert alice.info.parameter_status("is_superuser") == "off"
            assert alice.info.parameter_status("session_authorization") == "alice"
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                alice.execute("SELECT rolpassword FROM pg_authid")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                alice.execute("SELECT set_config('role', 'vql', false)")
        assert "password authentication failed" in refused(guarded, "alice", "secret")
        owner.execute("ALTER USER alice PASSWORD 'changed'")
        assert "password authentication failed" in refused(guarded, "alice", "wonder")
        connected(guarded, "alice", "changed").close()
        kept = owner.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'alice'").fetchone()
        assert kept is not None and str(kept[0]).startswith("SCRAM-SHA-256$4096:")
        owner.execute("ALTER USER alice PASSWORD NULL")
        assert "password authentication failed" in refused(guarded, "alice", "changed")
        owner.execute("DROP USER alice")
        assert "password authentication failed" in refused(guarded, "alice", "changed")


def test_a_password_may_come_as_its_verifier(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute(f"CREATE USER bob PASSWORD '{Secret.derive('builder').verifier()}'")
        connected(guarded, "bob", "builder").close()
        changed = subprocess.run(
            ["psql", "-c", "\\password"], input="new\nnew\n", text=True, capture_output=True,
            env={**guarded.environment, "PGUSER": "bob", "PGPASSWORD": "builder"},
        )  # fmt: skip
        del changed  # psql asks a terminal; where there is none it does nothing
        owner.execute("DROP USER bob")


def test_who_may_not_log_in_is_told_so(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute("CREATE ROLE crew PASSWORD 'x'")
        assert "is not permitted to log in" in refused(guarded, "crew", "x")
        owner.execute("ALTER ROLE crew LOGIN VALID UNTIL '2020-01-01'")
        assert "password authentication failed" in refused(guarded, "crew", "x")
        owner.execute("ALTER ROLE crew VALID UNTIL 'infinity'")
        connected(guarded, "crew", "x").close()
        owner.execute("DROP ROLE crew")


def test_the_connections_of_a_role_are_counted_over_all_workers(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute("CREATE USER few PASSWORD 'x' CONNECTION LIMIT 3")
        clients = [connected(guarded, "few", "x") for _ in range(3)]
        assert 'too many connections for role "few"' in refused(guarded, "few", "x")
        owner.execute("ALTER USER few CONNECTION LIMIT 4")
        clients.append(connected(guarded, "few", "x"))
        for client in clients:
            client.close()
        owner.execute("DROP USER few")


def test_where_everybody_is_trusted_a_name_that_no_role_has_is_the_owner_s(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=1)
    try:
        with connected(server, "someone", "") as client:
            client.execute("CREATE TABLE t (id int)")
            found = client.execute("SELECT current_user, session_user, usesuper FROM pg_user").fetchone()
            assert found == ("someone", "someone", True)
        with connected(server, "vql", "") as owner:
            owner.execute("CREATE USER someone")
        with connected(server, "someone", "") as client:
            assert client.execute("SELECT current_user").fetchone() == ("someone",)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                client.execute("SELECT * FROM t")
        with connected(server, "vql", "") as owner:
            assert owner.execute("SELECT * FROM t").fetchall() == []
    finally:
        assert server.stop() == 0
    other = subprocess.run(
        [sys.executable, "-m", "vql.shell.main", "serve", str(server.path), "--user", "someone"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert other.returncode == 1 and "a role of the database is called so" in other.stderr


def test_a_kept_statement_is_refused_once_a_privilege_is_gone(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute("CREATE USER reader PASSWORD 'x'")
        owner.execute("CREATE TABLE shelf (id int PRIMARY KEY, vec vector(2))")
        owner.execute("INSERT INTO shelf VALUES (1, '[1,1]'), (2, '[2,2]')")
        owner.execute("GRANT SELECT, INSERT ON shelf TO reader")
        with connected(guarded, "reader", "x") as reader:
            nearest = "SELECT id FROM shelf ORDER BY vec <-> %s::vector LIMIT 1"
            past = "SELECT count(*) FROM shelf AS OF now()"
            for _ in range(8):  # prepared, by then
                assert reader.execute(nearest, ["[1,1]"]).fetchone() == (1,)
            assert reader.execute(past).fetchone() == (2,)
            reader.execute("INSERT INTO shelf VALUES (%s, '[3,3]')", [3])
            owner.execute("REVOKE ALL ON shelf FROM reader")
            for sql, values in (
                (nearest, ["[1,1]"]),
                (past, None),
                ("INSERT INTO shelf VALUES (%s, '[3,3]')", [4]),
                ("TABLE shelf", None),
                ("COPY shelf TO STDOUT", None),
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    if sql.startswith("COPY"):
                        with reader.cursor().copy(sql) as copy:
                            list(copy)
                    else:
                        reader.execute(sql, values)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                with reader.cursor().copy("COPY shelf FROM STDIN") as copy:
                    copy.write("5\t[5,5]\n")
        owner.execute("DROP TABLE shelf")
        owner.execute("DROP USER reader")


def test_an_error_shows_no_row_that_may_not_be_read(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute("CREATE USER writer PASSWORD 'x'")
        owner.execute("CREATE TABLE kept (id int PRIMARY KEY, secret text, n int CHECK (n > 0))")
        owner.execute("INSERT INTO kept VALUES (1, 'hidden', 1)")
        owner.execute("GRANT UPDATE ON kept TO writer")
        with connected(guarded, "writer", "x") as writer:
            with pytest.raises(psycopg.errors.CheckViolation) as caught:
                writer.execute("UPDATE kept SET n = 0")
            assert caught.value.diag.message_detail is None
            owner.execute("GRANT SELECT ON kept TO writer")
            with pytest.raises(psycopg.errors.CheckViolation) as caught:
                writer.execute("UPDATE kept SET n = 0")
            assert "hidden" in (caught.value.diag.message_detail or "")
        owner.execute("DROP TABLE kept")
        owner.execute("DROP USER writer")


def test_a_client_stays_who_it_is_whatever_that_is_called(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute("CREATE USER first PASSWORD 'x'")
        owner.execute("CREATE TABLE treasure (id int)")
        with connected(guarded, "first", "x") as client:
            owner.execute("ALTER USER first RENAME TO second")
            owner.execute("CREATE USER first SUPERUSER")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                client.execute("SELECT * FROM treasure")
            owner.execute("GRANT SELECT ON treasure TO second")
            assert client.execute("SELECT * FROM treasure").fetchall() == []
            owner.execute("DROP OWNED BY second")
            owner.execute("DROP USER second")
            with pytest.raises(psycopg.errors.UndefinedObject):
                client.execute("SELECT 1 FROM treasure")
        owner.execute("DROP USER first")
        owner.execute("DROP TABLE treasure")


def test_who_may_not_connect_does_not(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        owner.execute("CREATE USER away PASSWORD 'x'")
        owner.execute("REVOKE CONNECT ON DATABASE db FROM PUBLIC")
        assert "does not have CONNECT privilege" in refused(guarded, "away", "x")
        owner.execute("GRANT CONNECT ON DATABASE db TO away")
        connected(guarded, "away", "x").close()
        owner.execute("GRANT CONNECT ON DATABASE db TO PUBLIC")
        owner.execute("DROP OWNED BY away")
        owner.execute("DROP USER away")


def test_the_owner_stays_who_it_is(guarded: Server) -> None:
    with connected(guarded, "vql", "secret") as owner:
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            owner.execute("ALTER USER vql PASSWORD 'other'")
    connected(guarded, "vql", "secret").close()
