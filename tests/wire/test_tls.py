"""TLS: certificates that clients verify, channel binding, direct negotiation, and what is refused."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psycopg
import pytest
from raw import Raw, packet, sqlstate
from server_process import Server

from vql.errors import OperationalError
from vql.roles.passwords import Secret
from vql.server.protocol.scram import Exchange, Refused
from vql.server.protocol.tls import ServerTls, end_point_binding
from vql.server.self_signed import self_signed, self_signed_files

SSL_REQUEST = struct.pack(">ii", 8, 80877103)


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has signed itself, wants TLS and a password."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "password").write_text("secret")
    arguments = ["--password-file", str(folder / "password"), "--tls-self-signed", "--tls-required"]
    server = Server(folder / "db", workers=1, arguments=arguments)
    yield server
    assert server.stop() == 0
    assert server.errors() == "", server.log.read_text()


def connected(server: Server, **parameters: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect through libpq, to the address that the certificate names."""
    given = {
        "host": "localhost",
        "hostaddr": "127.0.0.1",
        "user": "vql",
        "password": "secret",
        "dbname": "vql",
    }
    given["sslrootcert"] = str(server.path / "server.crt")
    return psycopg.connect(**{**given, **parameters}, port=server.port)


def test_libpq_verifies_the_server_and_binds_the_channel(encrypted: Server) -> None:
    with connected(encrypted, sslmode="verify-full", channel_binding="require") as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SHOW ssl").fetchone() == ("on",)
        # More than a record, both ways.
        text = "x" * 1_000_000
        assert connection.execute("SELECT %s", [text]).fetchone() == (text,)
    with connected(encrypted, sslmode="verify-full", channel_binding="disable") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_libpq_negotiates_tls_at_once(encrypted: Server) -> None:
    if psycopg.pq.version() < 170000:
        pytest.skip("libpq has sslnegotiation since 17")
    with connected(encrypted, sslmode="verify-full", sslnegotiation="direct") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_sessions_show_what_they_are_encrypted_by(encrypted: Server) -> None:
    asked = "SELECT ssl, version, cipher, bits, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    with connected(encrypted) as connection:
        info = connection.pgconn
        found = connection.execute(asked).fetchone()
        assert found is not None and found[0] and found[1].startswith("TLSv1.") and found[3] >= 128
        assert info.ssl_in_use and found[4] is None


def test_a_certificate_that_is_anothers_is_noticed(encrypted: Server, tmp_path: Path) -> None:
    other, _ = self_signed_files(tmp_path, "localhost")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connected(encrypted, sslmode="verify-full", sslrootcert=other)
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connected(encrypted, sslmode="verify-full", host="db.example.org")
    with connected(encrypted, sslmode="require", sslrootcert="") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_who_does_not_encrypt_is_refused_where_it_is_required(encrypted: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="takes encrypted connections only"):
        connected(encrypted, sslmode="disable")


def test_a_certificate_of_another_authority_serves_who_may_choose(tmp_path: Path) -> None:
    certificate, key = self_signed_files(tmp_path, "localhost")
    server = Server(tmp_path / "db", workers=1, arguments=["--tls-cert", certificate, "--tls-key", key])
    try:
        for mode, is_used in (("disable", False), ("prefer", True), ("require", True)):
            with connected(server, sslmode=mode, sslrootcert=certificate) as connection:
                assert connection.pgconn.ssl_in_use is is_used
        shown = subprocess.run(
            ["psql", "-Atc", "\\conninfo", "-c", "SHOW ssl"],
            env={**server.environment, "PGSSLMODE": "require"}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "protocol: TLSv1.3" in shown.stdout and shown.stdout.endswith("on\n")
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("is_direct", [False, True])
def test_asyncpg_verifies_the_server(encrypted: Server, is_direct: bool) -> None:
    async def run() -> object:
        context = ssl.create_default_context(cafile=encrypted.path / "server.crt")
        context.set_alpn_protocols(["postgresql"])
        connection = await asyncpg.connect(
            host="localhost", port=encrypted.port, user="vql", password="secret", database="vql",
            ssl=context, direct_tls=is_direct,
        )  # fmt: skip
        try:
            rows = await connection.fetch("SELECT i FROM generate_series(1, 20000) i ORDER BY i")
            return rows[-1][0]
        finally:
            await connection.close()

    assert asyncio.run(run()) == 20_000


def test_a_cancel_reaches_an_encrypted_statement(encrypted: Server) -> None:
    with connected(encrypted, sslmode="require") as connection:
        connection.execute("SET statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        connection.rollback()
        connection.cancel_safe()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def wrapped(port: int, protocols: list[str], *, asks: bool) -> ssl.SSLSocket:
    """Return a socket with TLS, asked for by a message or not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    plain = socket.create_connection(("127.0.0.1", port), timeout=60)
    if asks:
        plain.sendall(SSL_REQUEST)
        assert plain.recv(1) == b"S"
    return context.wrap_socket(plain)


def over(port: int, protocols: list[str], *, asks: bool) -> Raw:
    """Return a client of bytes over TLS."""
    raw = Raw(port, start=False)
    raw.socket.close()
    raw.socket = wrapped(port, protocols, asks=asks)
    return raw


START_UP = b"user\0vql\0database\0vql\0\0"
START = struct.pack(">ii", len(START_UP) + 8, 196608) + START_UP


def test_both_mechanisms_are_offered_over_tls(encrypted: Server) -> None:
    with over(encrypted.port, [], asks=True) as raw:
        raw.send(START)
        assert raw.message() == ("R", struct.pack(">i", 10) + b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")
        # Somebody in between has hidden the first from a client that knows it.
        first = b"y,,n=,r=nonce"
        raw.send(packet(b"p", b"SCRAM-SHA-256\0" + struct.pack(">i", len(first)) + first))
        message = raw.message()
        assert message is not None and sqlstate([message]) == "28P01"


def test_direct_tls_wants_the_protocols_name(encrypted: Server) -> None:
    with over(encrypted.port, [], asks=False) as raw:
        raw.send(START)
        message = raw.message()
        assert message is not None and sqlstate([message]) == "08P01"
    with over(encrypted.port, ["postgresql"], asks=False) as raw:
        raw.send(START)
        message = raw.message()
        assert message is not None and message[0] == "R"


def test_bytes_behind_the_request_are_refused(encrypted: Server) -> None:
    with Raw(encrypted.port, start=False) as raw:
        raw.send(SSL_REQUEST + START)
        message = raw.message()
        assert message is not None and sqlstate([message]) == "08P01"


def test_encryption_is_not_begun_twice(encrypted: Server) -> None:
    with over(encrypted.port, [], asks=True) as raw:
        raw.send(SSL_REQUEST)
        message = raw.message()
        assert message is not None and sqlstate([message]) == "08P01"


def test_what_is_no_tls_ends_the_connection_and_no_more(encrypted: Server) -> None:
    with Raw(encrypted.port, start=False) as raw:
        raw.send(SSL_REQUEST)
        assert raw.read(1) == b"S"
        raw.send(os.urandom(64))
        raw.read(1_000)  # an alert, and the end
        assert raw.read(1) == b""
    with connected(encrypted, sslmode="require") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_keeps_the_certificate_it_has_made(tmp_path: Path) -> None:
    first = [Path(name).read_bytes() for name in self_signed_files(tmp_path, "localhost")]
    assert [Path(name).read_bytes() for name in self_signed_files(tmp_path, "localhost")] == first
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["server.crt", "server.key"]


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    certificate, key = self_signed_files(tmp_path, "localhost")
    Path(key).chmod(0o644)
    with pytest.raises(OperationalError, match="group or world access"):
        ServerTls.load(certificate, key)
    Path(key).chmod(0o600)
    Path(key).write_text("no key")
    with pytest.raises(OperationalError, match="cannot use certificate"):
        ServerTls.load(certificate, key)


@pytest.mark.parametrize(
    "arguments",
    [["--tls-cert", "c"], ["--tls-required"], ["--tls-cert", "c", "--tls-key", "k", "--tls-self-signed"]],
)
def test_options_that_do_not_fit_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    from vql.server.startup.options import read_options

    with pytest.raises(SystemExit):
        read_options([str(tmp_path), *arguments])


def test_the_binding_is_the_signatures_hash() -> None:
    certificate, _ = self_signed(["localhost", "localhost"])
    binding = end_point_binding(certificate)
    assert binding is not None and len(binding) == 32
    longer = certificate.replace(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d040303"))
    binding = end_point_binding(longer)
    assert binding is not None and len(binding) == 48
    assert end_point_binding(certificate.replace(bytes.fromhex("2a8648ce3d0403"), b"\x2a" * 7)) is None


@pytest.mark.parametrize(
    ("first", "is_bound"),
    [
        ("y,,n=,r=x", False),
        ("p=tls-server-end-point,,n=,r=x", False),
        ("n,,n=,r=x", True),
        ("p=tls-unique,,n=,r=x", True),
    ],
)
def test_a_binding_that_does_not_fit_is_refused(first: str, is_bound: bool) -> None:
    with pytest.raises(Refused):
        Exchange(Secret.derive("secret"), b"binding", is_bound=is_bound).first(first)
