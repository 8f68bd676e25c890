"""The first messages of a connection: encryption, start-up parameters, authentication.

Without a password every client is trusted, which the supervisor allows on loopback alone. With one,
SCRAM-SHA-256 is asked for (`vql.server.protocol.scram`), bound to the certificate where the client can; the
server keeps the derived keys, not the password.
"""

from __future__ import annotations

import shlex
import socket
import struct

from vql.errors import NotSupportedError, OperationalError, ProtocolViolation
from vql.roles.passwords import Secret
from vql.roles.role import owner_named
from vql.server.access_rules import LOCAL, Arrival
from vql.server.conversation.client import Client, Login
from vql.server.protocol import messages as protocol
from vql.server.protocol.scram import MECHANISM, MECHANISM_PLUS, Exchange, Refused
from vql.server.protocol.tls import HANDSHAKE, ServerTls
from vql.types.forms.encodings import encoding_named

# Names a start-up packet may hold that are no settings.
NOT_SETTINGS = ("user", "database", "options", "replication")

# Process, user and group (Linux, unix(7)).
PEER = struct.Struct("3i")


class Handshake:
    """Reads a connection's first messages; `done` once the client is let in."""

    def __init__(self, client: Client) -> None:
        self.done = False
        self.is_named = False  # the client has said who it is, and waits for `identify`
        self.cancel: tuple[int, int] | None = None
        self.user = ""
        self.role = owner_named("")  # what the client is once it is let in
        self.database = ""
        self.settings: dict[str, str] = {}
        self._client = client
        self._host = client.host
        self._started = False
        self._is_direct = False
        self._refused: set[int] = set()
        self._exchange: Exchange | None = None
        self._login = Login(None, None)

    def step(self) -> bool:
        """Take one message; False while it is incomplete. Raises errors that end the connection."""
        if self._started:
            return self._authenticate()
        reader, tls = self._client.reader, self._server_tls
        if tls is not None and self._client.tls is None and reader.next_kind() == HANDSHAKE:
            self._is_direct = True
            self._client.start_tls(tls, reader.take())
            return True
        packet = reader.startup()
        match packet:
            case None:
                return False
            case protocol.Encryption(code=code):
                self._answer(code)
            case protocol.Cancel(key=key, secret=secret):
                self.cancel = (key, secret)
            case protocol.Startup(minor=minor, parameters=parameters):
                self._take(minor, parameters)
        return True

    @property
    def _server_tls(self) -> ServerTls | None:
        """What clients may encrypt with; by the Unix socket nothing leaves the machine, as in PostgreSQL."""
        return None if self._client.is_local else self._host.tls

    def _answer(self, code: int) -> None:
        """Answer a request for encryption. Raises 08P01."""
        client, tls = self._client, self._server_tls
        if code == protocol.SSL_REQUEST and tls is not None and client.tls is None:
            if client.reader.buffered_bytes:
                raise ProtocolViolation(
                    "received unencrypted data after SSL request",
                    detail="This could be either a client-software bug or evidence of an attempted "
                    "man-in-the-middle attack.",
                )
            client.send(b"S")
            client.start_tls(tls)
            return
        if code in self._refused or client.tls is not None:
            raise ProtocolViolation("encryption was refused and is requested again")
        self._refused.add(code)
        client.send(b"N")

    def _take(self, minor: int, parameters: dict[str, str]) -> None:
        self._started = True
        tls, send = self._client.tls, self._client.send
        if tls is not None and self._is_direct and not tls.has_agreed:
            raise ProtocolViolation(
                "received direct SSL connection request without ALPN protocol negotiation extension"
            )
        if tls is None and self._host.requires_tls and not self._client.is_local:
            raise OperationalError(
                "this server takes encrypted connections only",
                sqlstate="28000",
                hint="connect with sslmode=require, or verify-full to know the server as well",
            )
        self.user = parameters.get("user", "")
        if not self.user:
            raise OperationalError("no PostgreSQL user name specified in startup packet", sqlstate="28000")
        self.database = parameters.get("database") or self.user
        if parameters.get("replication", "false") not in ("false", "off", "no", "0"):
            raise NotSupportedError("replication connections are not supported")
        unknown = [name for name in parameters if name.startswith("_pq_.")]
        if minor > 0 or unknown:
            send(protocol.negotiate_protocol_version(unknown))
        self.settings = option_settings(parameters.get("options", ""))
        for name, value in parameters.items():
            if name not in NOT_SETTINGS and name not in unknown:
                self.settings[name] = value
        if encoding_named(self.settings.get("client_encoding", "")) == "UTF8":
            del self.settings["client_encoding"]  # as it is without
        self.is_named = True

    def arrival(self) -> Arrival:
        """Return who the client says it is, and where it comes from."""
        transport, tls = self._client.transport, self._client.tls
        name = None if tls is None else tls.certificate_name
        if self._client.is_local:
            user_id = None if transport is None else peer_id(transport.get_extra_info("socket"))
            return Arrival(self.user, self.database, LOCAL, tls is not None, name, user_id)
        peer = transport.get_extra_info("peername") if transport is not None else None
        return Arrival(self.user, self.database, peer[0] if peer else "", tls is not None, name)

    def identify(self, login: Login) -> None:
        """Take who the client says it is, and have it prove that where it has to. Raises 28000, 3D000."""
        self.is_named, self._login = False, login
        if login.secret is None:
            self._let_in()
            return
        # An unknown user goes through the same steps and fails at the end, as in Postgres.
        bound = [MECHANISM_PLUS] if self._binding() is not None else []
        self._client.send(protocol.authentication_sasl([*bound, MECHANISM]))

    def _binding(self) -> bytes | None:
        tls = self._host.tls
        return None if tls is None or self._client.tls is None else tls.binding

    def _authenticate(self) -> bool:
        send = self._client.send
        message = self._client.reader.message()
        if message is None:
            return False
        kind, payload = message
        if kind != protocol.PASSWORD:
            raise ProtocolViolation(f"expected SASL response, got message type {kind}")
        try:
            if self._exchange is None:
                is_bound, first = _initial_response(payload, can_bind=self._binding() is not None)
                self._exchange = Exchange(self._required_secret(), self._binding(), is_bound=is_bound)
                answer = self._exchange.first(first)
                send(protocol.authentication_sasl_step(answer, final=False))
            else:
                answer = self._exchange.final(payload.decode())
                if self._login.is_refused:
                    raise Refused("unknown user")
                send(protocol.authentication_sasl_step(answer, final=True))
                self._let_in()
        except (Refused, UnicodeDecodeError):
            raise OperationalError(
                f'password authentication failed for user "{self.user}"', sqlstate="28P01"
            ) from None
        return True

    def _required_secret(self) -> Secret:
        assert self._login.secret is not None, "SASL is asked for only with a password"
        return self._login.secret

    def _let_in(self) -> None:
        """Raise 28000 where the role is not there or may not log in, and what is wrong with the database."""
        role = self._login.role
        if self._login.refusal is not None:
            raise self._login.refusal
        if role is None:
            raise OperationalError(f'role "{self.user}" does not exist', sqlstate="28000")
        if not role.can_login:
            raise OperationalError(f'role "{self.user}" is not permitted to log in', sqlstate="28000")
        self.role, self.done = role, True


def peer_id(connected: socket.socket) -> int | None:
    """Return the number of the user at the other end of a Unix socket, None where that is not told."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    _, user_id, _ = PEER.unpack(connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return int(user_id)


def _initial_response(payload: bytes, *, can_bind: bool) -> tuple[bool, str]:
    """Read SASLInitialResponse: whether the mechanism binds the channel, and the message. Raises 08P01."""
    mechanism, zero, rest = payload.partition(b"\0")
    if not zero or len(rest) < 4:
        raise ProtocolViolation("invalid message format")
    is_bound = mechanism == MECHANISM_PLUS.encode()
    if mechanism != MECHANISM.encode() and not (is_bound and can_bind):
        raise ProtocolViolation("client selected an invalid SASL authentication mechanism")
    (length,) = struct.unpack_from(">i", rest)
    if length != len(rest) - 4:
        raise ProtocolViolation("invalid message format")
    return is_bound, rest[4:].decode()


def option_settings(options: str) -> dict[str, str]:
    """Read the `options` parameter: `-c name=value` and `--name=value`. Raises 42601."""
    try:
        words = shlex.split(options)
    except ValueError:
        words = [options]
    settings: dict[str, str] = {}
    pending = False
    for word in words:
        if word == "-c" and not pending:
            pending = True
            continue
        pair = word.removeprefix("-c") if pending or word.startswith("-c") else word
        if not pending and pair == word and not word.startswith("--"):
            raise OperationalError(
                f"invalid command-line argument for server process: {word}", sqlstate="42601"
            )
        name, equals, value = pair.removeprefix("--").partition("=")
        if not equals:
            raise OperationalError(f"-c {name} requires a value", sqlstate="42601")
        settings[name.replace("-", "_")] = value
        pending = False
    return settings
