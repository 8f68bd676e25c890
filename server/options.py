"""What `vql serve` is asked for: its command line, checked."""

from __future__ import annotations

import argparse
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue
from vql.memory import parse_bytes

DEFAULT_PORT = 5432
WORKERS_MAX = 64
# More workers than this bring nothing on a machine of that many processors, unless asked for.
DEFAULT_WORKERS_MAX = 8
CONNECTIONS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Options:
    """What `vql serve` was asked for. Names of Postgres' settings mean what they mean there."""

    path: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    workers: int = 1
    user: str = "vql"
    password: str = ""
    max_connections: int = 500
    superuser_reserved_connections: int = 3
    authentication_timeout_s: int = 10
    memory_bytes: int = 0  # of all workers; 0: what there is by default
    tls_certificate: str = ""  # files in PEM; none: no TLS
    tls_key: str = ""
    signs_itself: bool = False
    requires_tls: bool = False
    tls_authority: str = ""  # file in PEM: who signs certificates of clients
    rules_path: str = ""
    database: str = ""  # of a folder of databases, made where it is not there
    is_cluster: bool = False  # whether the path is that of such a folder
    socket_folder: str = ""  # where the Unix socket is; none: no such socket
    socket_permissions: int = 0o700


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line; ends the process with a message where it is wrong."""
    parser = _command_line()
    given = parser.parse_args(arguments)
    if not 1 <= given.workers <= WORKERS_MAX:
        parser.error(f"--workers must be between 1 and {WORKERS_MAX}")
    if not 0 <= given.port <= 65_535:
        parser.error("--port must be between 0 and 65535")
    if not 1 <= given.max_connections <= CONNECTIONS_MAX:
        parser.error(f"--max-connections must be between 1 and {CONNECTIONS_MAX}")
    if not 0 <= given.superuser_reserved_connections < given.max_connections:
        parser.error("--superuser-reserved-connections must be less than --max-connections")
    if not 1 <= given.authentication_timeout <= 600:
        parser.error("--authentication-timeout must be between 1 and 600 seconds")
    password = ""
    if given.password_file is not None:
        try:
            password = Path(given.password_file).read_text().strip("\r\n")
        except OSError as error:
            parser.error(f"cannot read the password file: {error}")
        if not password:
            parser.error("the password file is empty")
    if not given.host and not given.socket_dir:
        parser.error("without --host, --socket-dir is required")
    if not given.host and not given.port:
        parser.error("--port 0 picks a free TCP port: without --host there is none")
    if given.host and not is_loopback(given.host) and not (password or given.hba_file):
        parser.error(
            f"--host {given.host} can be reached by others: --password-file or --hba-file is required"
        )
    if bool(given.tls_cert) != bool(given.tls_key):
        parser.error("--tls-cert and --tls-key go together")
    if given.tls_self_signed and given.tls_cert:
        parser.error("--tls-self-signed makes a certificate where --tls-cert names none")
    if given.tls_required and not (given.tls_cert or given.tls_self_signed):
        parser.error("--tls-required needs a certificate: --tls-cert and --tls-key, or --tls-self-signed")
    if given.tls_ca and not (given.tls_cert or given.tls_self_signed):
        parser.error("--tls-ca needs a certificate: --tls-cert and --tls-key, or --tls-self-signed")
    memory_bytes = 0
    if given.memory is not None:
        try:
            memory_bytes = parse_bytes(given.memory)
        except InvalidParameterValue as error:
            parser.error(f"--memory: {error}")
    return Options(
        str(Path(given.path).expanduser().resolve()),
        given.host,
        given.port,
        given.workers,
        given.user,
        password,
        given.max_connections,
        given.superuser_reserved_connections,
        given.authentication_timeout,
        memory_bytes,
        _absolute(given.tls_cert),
        _absolute(given.tls_key),
        given.tls_self_signed,
        given.tls_required,
        _absolute(given.tls_ca),
        _absolute(given.hba_file),
        given.database or "",
        socket_folder=_absolute(given.socket_dir),
        socket_permissions=_permissions(parser, given, is_proved=bool(password or given.hba_file)),
    )


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "vql serve", description="Serve a database, or a folder of databases, to Postgres clients."
    )
    parser.add_argument("path", help="the database directory, made if it does not exist; or one of several")
    parser.add_argument(
        "--database", metavar="NAME", help="PATH holds databases, this one too: made if it does not exist"
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 picks a free one")
    parser.add_argument("--host", default="127.0.0.1", help='address to listen on; "": on no TCP port')
    parser.add_argument(
        "--socket-dir", metavar="DIR", help="listen on the Unix socket DIR/.s.PGSQL.PORT too: psql -h DIR"
    )
    parser.add_argument(
        "--socket-permissions",
        metavar="MODE",
        help="of the socket, octal: 0777 with a password or rules, else 0700 if not given",
    )
    workers = min(os.cpu_count() or 1, DEFAULT_WORKERS_MAX)
    parser.add_argument("--workers", type=int, default=workers, help="number of processes")
    parser.add_argument("--user", default="vql", help="the role, a superuser")
    parser.add_argument(
        "--password-file", help="file with the role's password: clients must prove they know it"
    )
    for flag, default, purpose in (
        ("--max-connections", 500, "clients at the same time"),
        ("--superuser-reserved-connections", 3, "how many of them only --user may have"),
        ("--authentication-timeout", 10, "seconds a client may take to say who it is"),
    ):
        parser.add_argument(flag, type=int, metavar="N", default=default, help=purpose)
    parser.add_argument(
        "--memory", metavar="SIZE", help="of all workers, as 4GB; 70 %% of what there is if not given"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="the server's certificate and its chain, in PEM")
    parser.add_argument("--tls-key", metavar="FILE", help="the certificate's private key, in PEM")
    parser.add_argument(
        "--tls-self-signed",
        action="store_true",
        help="make a certificate, PATH/server.crt, for clients to keep",
    )
    parser.add_argument("--tls-ca", metavar="FILE", help="who signs the certificates of clients, in PEM")
    parser.add_argument(
        "--hba-file", metavar="FILE", help="who is let in from where and how, read again at SIGHUP"
    )
    parser.add_argument("--tls-required", action="store_true", help="refuse clients that do not encrypt")
    return parser


def _permissions(parser: argparse.ArgumentParser, given: argparse.Namespace, is_proved: bool) -> int:
    """Return the mode of the Unix socket: everybody's where clients prove who they are, as PostgreSQL's, else
    the owner's."""
    if given.socket_permissions is None:
        return 0o777 if is_proved else 0o700
    try:
        mode = int(given.socket_permissions, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        parser.error(f"--socket-permissions {given.socket_permissions} is no octal mode up to 0777")
    return mode


def _absolute(path: str | None) -> str:
    return "" if path is None else str(Path(path).expanduser().resolve())


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
