"""The first messages of a connection: encryption requests, start-up parameters, authentication.

Without a password every client is trusted, which the supervisor allows on loopback alone. With one,
SCRAM-SHA-256 is asked for (`vql.server.protocol.scram`); the server keeps the derived keys, not the password.
"""

from __future__ import annotations

import hmac
import shlex
import struct
from collections.abc import Callable

from vql.errors import NotSupportedError, OperationalError, ProtocolViolation
from vql.server.protocol import messages as protocol
from vql.server.protocol.scram import MECHANISM, Exchange, Refused, Secret
from vql.types.forms.encodings import encoding_named

# Names a start-up packet may hold that are no settings.
NOT_SETTINGS = ("user", "database", "options", "replication")


class Handshake:
    """Reads a connection's first messages; `done` once the client is let in."""

    def __init__(self, secret: Secret | None) -> None:
        self.done = False
        self.cancel: tuple[int, int] | None = None
        self.user = ""
        self.database = ""
        self.settings: dict[str, str] = {}
        self._secret = secret
        self._started = False
        self._refused: set[int] = set()
        self._exchange: Exchange | None = None
        self._known_user = True

    def step(self, reader: protocol.MessageReader, send: Callable[[bytes], None]) -> bool:
        """Take one message; False while it is incomplete. Raises errors that end the connection."""
        if self._started:
            return self._authenticate(reader, send)
        packet = reader.startup()
        match packet:
            case None:
                return False
            case protocol.Encryption(code=code):
                if code in self._refused:
                    raise ProtocolViolation("encryption was refused and is requested again")
                self._refused.add(code)
                send(b"N")
            case protocol.Cancel(key=key, secret=secret):
                self.cancel = (key, secret)
            case protocol.Startup(minor=minor, parameters=parameters):
                self._take(minor, parameters, send)
        return True

    def _take(self, minor: int, parameters: dict[str, str], send: Callable[[bytes], None]) -> None:
        self._started = True
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
        if self._secret is None:
            self.done = True
            return
        # An unknown user goes through the same steps and fails at the end, as in Postgres.
        self._known_user = hmac.compare_digest(self.user.encode(), self._secret.user.encode())
        send(protocol.authentication_sasl([MECHANISM]))

    def _authenticate(self, reader: protocol.MessageReader, send: Callable[[bytes], None]) -> bool:
        message = reader.message()
        if message is None:
            return False
        kind, payload = message
        if kind != protocol.PASSWORD:
            raise ProtocolViolation(f"expected SASL response, got message type {kind}")
        try:
            if self._exchange is None:
                self._exchange = Exchange(self._required_secret())
                answer = self._exchange.first(_initial_response(payload))
                send(protocol.authentication_sasl_step(answer, final=False))
            else:
                answer = self._exchange.final(payload.decode())
                if not self._known_user:
                    raise Refused("unknown user")
                send(protocol.authentication_sasl_step(answer, final=True))
                self.done = True
        except (Refused, UnicodeDecodeError):
            raise OperationalError(
                f'password authentication failed for user "{self.user}"', sqlstate="28P01"
            ) from None
        return True

    def _required_secret(self) -> Secret:
        assert self._secret is not None, "SASL is asked for only with a password"
        return self._secret


def _initial_response(payload: bytes) -> str:
    """Read SASLInitialResponse. Raises 08P01."""
    mechanism, zero, rest = payload.partition(b"\0")
    if not zero or len(rest) < 4:
        raise ProtocolViolation("invalid message format")
    if mechanism.decode() != MECHANISM:
        raise ProtocolViolation("client selected an invalid SASL authentication mechanism")
    (length,) = struct.unpack_from(">i", rest)
    if length != len(rest) - 4:
        raise ProtocolViolation("invalid message format")
    return rest[4:].decode()


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
