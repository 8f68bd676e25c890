"""Who is let in by `--hba-file`: passwords, trust, certificates of clients; and the file read again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from server_process import Server

RULES = """
host     all  stranger  all           reject
hostssl  all  app       127.0.0.1/32  cert
host     all  vql       127.0.0.1/32  scram-sha-256
"""


def signed(folder: Path, name: str, authority: str) -> None:
    """Make a key and a certificate of a name, signed by an authority, or by itself."""
    common = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    by = [] if name == authority else ["-CA", f"{authority}.crt", "-CAkey", f"{authority}.key"]
    files = ["-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "9", "-subj", f"/CN={name}"]
    subprocess.run([*common, *by, *files], cwd=folder, check=True, capture_output=True)
    (folder / f"{name}.key").chmod(0o600)


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with rules, and an authority that has signed a certificate of app."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to sign certificates with")
    folder = tmp_path_factory.mktemp("rules")
    for name, authority in (("authority", "authority"), ("app", "authority"), ("other", "other")):
        signed(folder, name, authority)
    (folder / "password").write_text("secret")
    (folder / "rules").write_text(RULES)
    arguments = ["--password-file", "password", "--hba-file", "rules", "--tls-ca", "authority.crt"]
    given = [str(folder / each) if "-" not in each else each for each in arguments]
    server = Server(folder / "db", workers=1, arguments=[*given, "--tls-self-signed"])
    with connected(server, "vql", password="secret") as owner:
        owner.execute("CREATE ROLE app LOGIN")
    yield server
    assert server.stop() == 0
    assert server.errors() == "", server.log.read_text()


def connected(server: Server, user: str, **parameters: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect through libpq."""
    return psycopg.connect(
        host="127.0.0.1", port=server.port, user=user, dbname="db", autocommit=True, **parameters
    )


def certified(server: Server, user: str, name: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect with a certificate."""
    files = {"sslcert": f"{name}.crt", "sslkey": f"{name}.key"}
    paths = {option: str(server.path.parent / file) for option, file in files.items()}
    return connected(server, user, sslmode="require", **paths)


def refused(server: Server, user: str, said: str, **parameters: str) -> None:
    """See that a client is not let in."""
    with pytest.raises(psycopg.OperationalError, match=said):
        connected(server, user, **parameters)


def test_the_rules_are_listed_for_superusers(ruled: Server) -> None:
    with connected(ruled, "vql", password="secret") as owner:
        asked = "rule_number, line_number, type, database, user_name, address, netmask, auth_method, options"
        rules = owner.execute(f"SELECT {asked} FROM pg_hba_file_rules ORDER BY 1").fetchall()
        local = ("127.0.0.1", "255.255.255.255")
        assert rules == [
            (1, 2, "host", ["all"], ["stranger"], "all", None, "reject", None),
            (2, 3, "hostssl", ["all"], ["app"], *local, "cert", ["clientcert=verify-full"]),
            (3, 4, "host", ["all"], ["vql"], *local, "scram-sha-256", None),
        ]  # fmt: skip
        owner.execute("SET ROLE app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="view pg_hba_file_rules"):
            owner.execute("SELECT * FROM pg_hba_file_rules")


def test_each_line_wants_its_own_proof(ruled):
    refused(ruled, "vql", "no password supplied|password authentication failed")
    refused(ruled, "stranger", "the access rules reject host", password="x")
    refused(ruled, "nobody", "no entry of the access rules")
    refused(ruled, "app", "no entry of the access rules", sslmode="disable")
    refused(ruled, "app", "connection requires a valid client certificate", sslmode="require")
    with certified(ruled, "app", "app") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("app",)
        shown = "SELECT client_dn, client_serial > 0, issuer_dn LIKE '/CN=%' FROM pg_stat_ssl"
        own = connection.execute(f"{shown} WHERE pid = pg_backend_pid()").fetchone()
        assert own == ("/CN=app", True, True)
    with pytest.raises(psycopg.OperationalError):
        certified(ruled, "app", "other")
    with pytest.raises(psycopg.OperationalError):
        certified(ruled, "vql", "app")


def test_rules_are_read_again_and_wrong_ones_change_nothing(ruled):
    rules = ruled.path.parent / "rules"

    def reload(text: str, said: str) -> None:
        before = ruled.log.read_text().count(said)
        rules.write_text(text)
        ruled.process.send_signal(signal.SIGHUP)
        while ruled.log.read_text().count(said) == before:
            time.sleep(0.01)

    reload(f"host all app 127.0.0.1/32 trust\n{RULES}", "access rules are read again")
    while True:  # the worker hears of it behind the log
        try:
            connected(ruled, "app", sslmode="disable").close()
        except psycopg.OperationalError:
            continue
        break
    reload("host all all all\n", "line 1: TYPE, DATABASE, USER, ADDRESS and METHOD are wanted")
    connected(ruled, "app", sslmode="disable").close()
    reload(RULES, "access rules are read again")


def test_wrong_rules_start_no_server(tmp_path):
    (tmp_path / "rules").write_text("host all all all trust\nhost all all all md5\n")
    with pytest.raises(AssertionError, match='rules: line 2: method "md5" is not supported'):
        Server(tmp_path / "db", arguments=["--hba-file", str(tmp_path / "rules")])
