"""The flags of `vql serve`: each is a key of vql.toml and an environment variable too.

`--max-connections` is `max_connections` in the file and `VQL_MAX_CONNECTIONS` in the environment.
"""

from __future__ import annotations

import os
from typing import NamedTuple

DEFAULT_PORT = 5432
# More workers than this bring nothing on a machine of that many processors, unless asked for.
DEFAULT_WORKERS_MAX = 8
LOG_FORMATS = ("text", "json")


class Flag(NamedTuple):
    """`kind` is text, number, or switch; a default of None is that of no value; `setting` is what SHOW calls
    it, "" where it does not show it."""

    key: str
    kind: str
    default: str | int | bool | None
    metavar: str
    purpose: str
    setting: str = ""
    choices: tuple[str, ...] | None = None

    @property
    def option(self) -> str:
        """What it is called on the command line."""
        return "--" + self.key.replace("_", "-")


# By groups, as --help shows them.
GROUPS: dict[str, tuple[Flag, ...]] = {
    "where it listens": (
        Flag("port", "number", DEFAULT_PORT, "N", "0 picks a free one", "port"),
        Flag("host", "text", "127.0.0.1", "ADDRESS", 'address to listen on; "": on no TCP port',
             "listen_addresses"),
        Flag("socket_dir", "text", None, "DIR",
             "listen on the Unix socket DIR/.s.PGSQL.PORT too: psql -h DIR",
             "unix_socket_directories"),
        Flag("socket_permissions", "text", None, "MODE",
             "of the socket, octal: 0777 with a password or rules, else 0700 if not given",
             "unix_socket_permissions"),
    ),
    "what it serves": (
        Flag("database", "text", None, "NAME",
             "PATH holds databases, this one too: made if it does not exist"),
        Flag("workers", "number", min(os.cpu_count() or 1, DEFAULT_WORKERS_MAX), "N", "number of processes",
             "vql.workers"),
        Flag("memory", "text", None, "SIZE", "of all workers, as 4GB; 70 %% of what there is if not given",
             "vql.memory"),
        Flag("max_connections", "number", 500, "N", "clients at the same time", "max_connections"),
        Flag("superuser_reserved_connections", "number", 3, "N", "how many of them only --user may have",
             "superuser_reserved_connections"),
    ),
    "who is let in": (
        Flag("user", "text", "vql", "NAME", "the role, a superuser"),
        Flag("password_file", "text", None, "FILE",
             "file with the role's password: clients must prove they know it"),
        Flag("hba_file", "text", None, "FILE", "who is let in from where and how, read again at SIGHUP"),
        Flag("authentication_timeout", "number", 10, "N", "seconds a client may take to say who it is",
             "authentication_timeout"),
    ),
    "encryption": (
        Flag("tls_cert", "text", None, "FILE", "the server's certificate and its chain, in PEM",
             "ssl_cert_file"),
        Flag("tls_key", "text", None, "FILE", "the certificate's private key, in PEM", "ssl_key_file"),
        Flag("tls_self_signed", "switch", False, "",
             "make a certificate, PATH/server.crt, for clients to keep"),
        Flag("tls_ca", "text", None, "FILE", "who signs the certificates of clients, in PEM", "ssl_ca_file"),
        Flag("tls_required", "switch", False, "", "refuse clients that do not encrypt"),
    ),
    "what it tells": (
        Flag("log_format", "text", "text", "FORMAT", "of the log, on standard error: text or json",
             "vql.log_format", LOG_FORMATS),
        Flag("metrics_port", "number", None, "N",
             "answer GET /metrics (Prometheus), /healthz and /readyz there; 0 picks a free port",
             "vql.metrics_port"),
        Flag("metrics_host", "text", "127.0.0.1", "ADDRESS", "address of --metrics-port", "vql.metrics_host"),
        Flag("console_port", "number", None, "N", "show the database to browsers of this machine too",
             "vql.console_port"),
    ),
}  # fmt: skip
FLAGS = {flag.key: flag for group in GROUPS.values() for flag in group}
