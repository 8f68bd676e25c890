"""What `vql serve` is asked for, by its command line, its environment and its files, checked."""

from __future__ import annotations

import argparse
import difflib
import ipaddress
import os
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from vql.dataclass import dataclass
from vql.errors import Error, InvalidParameterValue
from vql.memory import parse_bytes
from vql.naming import is_bucket
from vql.server.startup.flags import DEFAULT_PORT, FLAGS, GROUPS, Flag
from vql.server.startup.sources import (
    COMMAND_LINE,
    FLAG_OF_SETTING,
    configured,
    session_settings,
    settings_known,
    source_named,
    variable,
)
from vql.settings.decided import Decided, Decision
from vql.settings.known import SETTINGS, folded
from vql.settings.quantities import KILOBYTES, SECONDS, quantity

WORKERS_MAX = 64
CONNECTIONS_MAX = 100_000
SWITCHES = dict.fromkeys(("on", "true", "yes", "1"), True) | dict.fromkeys(("off", "false", "no", "0"), False)
EPILOG = """\
Each flag is a key of PATH/vql.toml, or of --config's file, and an environment variable: --max-connections
is max_connections there, and VQL_MAX_CONNECTIONS. So are settings of sessions: log_connections = true.
The command line goes first, then the environment, then what ALTER SYSTEM has written (PATH/vql.auto.toml),
then the file. SIGHUP, or SELECT pg_reload_conf(), has settings and --hba-file read again; flags want a
restart. SIGTERM ends the server when its statements have ended, in 5 seconds at most, SIGINT cancels them,
SIGQUIT and any second signal end it at once.
"""


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
    log_format: str = "text"
    metrics_port: int | None = None
    console_port: int | None = None  # of `vql console` beside the server; None: no console
    metrics_host: str = "127.0.0.1"
    settings: Decided = field(default_factory=dict)  # of sessions, and what SHOW tells of flags
    config: str | None = None  # the file instead of PATH/vql.toml
    configured: Decided = field(default_factory=dict)  # flags that the environment or files have
    commanded: frozenset[str] = frozenset()  # flags of the command line


class ServeParser(argparse.ArgumentParser):
    """Says what is wrong with what is asked for, and where it stands."""

    sources: Mapping[str, Decision] = MappingProxyType({})

    def error(self, message: str) -> NoReturn:
        """Print a mistake and end the process with status 2."""
        places = [
            source_named(key, said)
            for key, said in self.sources.items()
            if key in FLAGS and (FLAGS[key].option in message.replace(":", " ").split())
        ]
        said = f" ({', '.join(places)})" if places else ""
        self.exit(2, f"{self.prog}: {message}{said}\nTry {self.prog} --help.\n")


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line, and what goes with it; ends the process with a message where it is wrong."""
    parser = _command_line()
    given, rest = parser.parse_known_args(arguments)
    if rest:
        named = [flag.option for flag in FLAGS.values()]
        near = difflib.get_close_matches(rest[0].partition("=")[0], named, 1)
        parser.error(f"there is no option {rest[0]}" + (f"; did you mean {near[0]}?" if near else ""))
    given.config = _absolute(given.config) or None
    try:
        said = configured(Path(given.path).expanduser(), given.config)
        settings = session_settings(said) | _assigned(given.settings)
    except Error as error:
        parser.error(error.message)
    commanded = frozenset(key for key in FLAGS if hasattr(given, key))
    flags = {key: each for key, each in said.items() if key in FLAGS and key not in commanded}
    parser.sources = flags
    for key, flag in FLAGS.items():
        if key not in commanded:
            setattr(given, key, _value(parser, flag, flags[key]) if key in flags else flag.default)
    if is_bucket(given.path):
        _require_one_process(parser, given, {*flags, *commanded})
    _require_numbers(parser, given)
    password = _password(parser, given)
    _require_places(parser, given, password)
    return replace(
        _options(parser, given, password),
        settings={**settings, **_shown(given, flags)},
        config=given.config,
        configured=flags,
        commanded=commanded,
    )


def _require_one_process(parser: ServeParser, given: argparse.Namespace, named: AbstractSet[str]) -> None:
    """Have one worker serve a database in a bucket: of several processes that write each would fence the
    others."""
    if "workers" in named and given.workers != 1:
        parser.error("a database in a bucket is served by one process: --workers 1")
    given.workers = 1
    if given.database:
        parser.error("a folder of databases in a bucket is not supported: --database")
    if given.tls_self_signed:
        parser.error("a certificate has no folder to be kept in: --tls-cert and --tls-key instead")


def _require_numbers(parser: ServeParser, given: argparse.Namespace) -> None:
    """Have numbers in their bounds."""
    if not 1 <= given.workers <= WORKERS_MAX:
        parser.error(f"--workers must be between 1 and {WORKERS_MAX}")
    if not 0 <= given.port <= 65_535:
        parser.error("--port must be between 0 and 65535")
    if not 1 <= given.max_connections <= CONNECTIONS_MAX:
        parser.error(f"--max-connections must be between 1 and {CONNECTIONS_MAX}")
    if not 0 <= given.superuser_reserved_connections < given.max_connections:
        parser.error("--superuser-reserved-connections must be less than --max-connections")
    if given.metrics_port is not None and not 0 <= given.metrics_port <= 65_535:
        parser.error("--metrics-port must be between 0 and 65535")
    if given.console_port is not None and not 0 <= given.console_port <= 65_535:
        parser.error("--console-port must be between 0 and 65535")
    if not 1 <= given.authentication_timeout <= 600:
        parser.error("--authentication-timeout must be between 1 and 600 seconds")


def _password(parser: ServeParser, given: argparse.Namespace) -> str:
    """Return what the password file holds, "" where there is none."""
    if given.password_file is None:
        return ""
    password = ""
    try:
        password = Path(given.password_file).read_text().strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"cannot read the password file: {error}")
    if not password:
        parser.error("the password file is empty")
    return password


def _require_places(parser: ServeParser, given: argparse.Namespace, password: str) -> None:
    """Have something to listen on, and what that needs."""
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


def _options(parser: ServeParser, given: argparse.Namespace, password: str) -> Options:
    memory_bytes = 0
    if given.memory is not None:
        try:
            memory_bytes = parse_bytes(given.memory)
        except InvalidParameterValue as error:
            parser.error(f"--memory: {error}")
    return Options(
        given.path.rstrip("/") if is_bucket(given.path) else str(Path(given.path).expanduser().resolve()),
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
        log_format=given.log_format,
        metrics_port=given.metrics_port,
        console_port=given.console_port,
        metrics_host=given.metrics_host,
    )


def reload_settings(options: Options) -> tuple[dict[str, Decision], list[str]]:
    """Return what files and environment say of settings now, and the flags that want a restart to be others.
    Raises 22023."""
    said = configured(Path(options.path), options.config)
    kept = {
        name: each
        for name, each in options.settings.items()
        if each.source == COMMAND_LINE or (name in SETTINGS and SETTINGS[name].context == "postmaster")
    }
    flags = {key: each for key, each in said.items() if key in FLAGS and key not in options.commanded}
    now, before = ({key: each.value for key, each in some.items()} for some in (flags, options.configured))
    return session_settings(said) | kept, sorted(
        key for key in now.keys() | before.keys() if now.get(key) != before.get(key)
    )


def _command_line() -> ServeParser:
    parser = ServeParser(
        "vql serve",
        description="Serve a database, or a folder of databases, to Postgres clients.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("path", help="the database directory, made if it does not exist; or one of several")
    for name, flags in GROUPS.items():
        group = parser.add_argument_group(name)
        for flag in flags:
            _add(group, flag)
    group = parser.add_argument_group("configuration")
    file = os.environ.get(variable("config"))
    group.add_argument("--config", metavar="FILE", default=file, help="instead of PATH/vql.toml")
    group.add_argument(
        "-c", metavar="NAME=VALUE", action="append", default=[], dest="settings",
        help="a setting of all sessions, as log_connections=on; repeatable",
    )  # fmt: skip
    return parser


def _add(group: argparse._ArgumentGroup, flag: Flag) -> None:
    """Add a flag; the namespace has nothing of one that is not given."""
    shown = flag.default not in (None, "", False)
    purpose = f"{flag.purpose} (default: {flag.default})" if shown else flag.purpose
    if flag.kind == "switch":
        action = argparse.BooleanOptionalAction
        group.add_argument(flag.option, action=action, default=argparse.SUPPRESS, help=purpose)
        return
    group.add_argument(
        flag.option,
        type=int if flag.kind == "number" else str,
        metavar=flag.metavar,
        choices=flag.choices,
        default=argparse.SUPPRESS,
        help=purpose,
    )


def _value(parser: ServeParser, flag: Flag, said: Decision) -> object:
    """Return the value of a flag that the environment or a file has."""
    text = said.value
    if flag.kind == "switch":
        if text.lower() not in SWITCHES:
            parser.error(f"argument {flag.option}: invalid choice: {text!r} (choose from 'on', 'off')")
        return SWITCHES[text.lower()]
    if flag.kind == "number":
        unit = SETTINGS[flag.setting].unit if flag.setting else None
        try:
            return quantity(flag.key, text, unit) if unit else int(text)
        except (ValueError, InvalidParameterValue):
            parser.error(f"argument {flag.option}: invalid int value: {text!r}")
    if flag.choices and text not in flag.choices:
        listed = ", ".join(map(repr, flag.choices))
        parser.error(f"argument {flag.option}: invalid choice: {text!r} (choose from {listed})")
    return text


def _assigned(texts: Sequence[str]) -> dict[str, Decision]:
    """Return the settings of `-c`. Raises 22023."""
    said = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise InvalidParameterValue(f"-c takes NAME=VALUE, not {text}")
        said[folded(name)] = Decision(value, COMMAND_LINE)
    for name in said:
        key = FLAG_OF_SETTING.get(name, name)
        if key in FLAGS:
            raise InvalidParameterValue(f"-c {name}: it is a flag, {FLAGS[key].option}")
        if name in SETTINGS and name not in settings_known():
            raise InvalidParameterValue(f'-c {name}: "{name}" cannot be set so')
    return session_settings(said)


def _shown(given: argparse.Namespace, flags: Mapping[str, Decision]) -> dict[str, Decision]:
    """Return what SHOW tells of flags, in its words."""
    found = {}
    for flag in FLAGS.values():
        value = getattr(given, flag.key)
        if flag.setting and value is not None:
            said = flags.get(flag.key)
            text = SECONDS.shown(value) if flag.setting == "authentication_timeout" else str(value)
            if flag.setting == "vql.memory":
                text = KILOBYTES.shown(parse_bytes(text) >> 10)
            if said is None:
                source = "default" if value == flag.default else COMMAND_LINE
                said = Decision(text, source)
            found[flag.setting] = said._replace(value=text)
    tls = bool(given.tls_cert or given.tls_self_signed)
    found["ssl"] = Decision("on" if tls else "off", COMMAND_LINE if tls else "default")
    return found


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
