"""The frontend/backend protocol 3.0 without I/O: bytes to messages, messages to bytes.

Source: PostgreSQL manual, chapter "Frontend/Backend Protocol" (message formats). `MessageReader`
splits the stream; `parse_*` read one payload; the other functions write one backend message each.
A message is one type byte, an int32 length that counts itself, and the payload; the first packet of
a connection has no type byte.

| request code | meaning | answer |
|--:|---|---|
| 80877102 | CancelRequest: int32 key, int32 secret | none, the connection is closed |
| 80877103 | SSLRequest | `S`, and TLS begins; `N` where the server has no certificate |
| 80877104 | GSSENCRequest | `N` |
| 196608 | StartupMessage 3.0: name, value, ..., 0 | authentication |
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vql.errors import Error, ProtocolViolation, Subject
from vql.types.forms.binary import decode_text
from vql.types.type import Type

if TYPE_CHECKING:
    from vql.session.session import ResultColumn

CANCEL_REQUEST, SSL_REQUEST, GSSENC_REQUEST = 80877102, 80877103, 80877104
PROTOCOL_MAJOR = 3
# Postgres' own bounds: a start-up packet, and any later message (MaxAllocSize).
STARTUP_BYTES_MAX, MESSAGE_BYTES_MAX = 10_000, (1 << 30) - 1

BIND, CLOSE, COPY_DATA, COPY_DONE_IN, COPY_FAIL, DESCRIBE, EXECUTE, FLUSH = b"BCdcfDEH"
FUNCTION_CALL, PARSE, PASSWORD, QUERY, SYNC, TERMINATE = b"FPpQSX"
KINDS = frozenset(b"BCdcfDEHFPpQSX")

# What follows Bind in the usual round trip: Describe and Execute of the unnamed portal, and Sync.
DESCRIBE_PORTAL, EXECUTE_PORTAL = b"D\0\0\0\x06P\0", b"E\0\0\0\x09\0\0\0\0\0"
SYNC_MESSAGE = b"S\0\0\0\x04"
DESCRIBED, UNDESCRIBED = DESCRIBE_PORTAL + EXECUTE_PORTAL + SYNC_MESSAGE, EXECUTE_PORTAL + SYNC_MESSAGE

AUTHENTICATION_OK = b"R\0\0\0\x08\0\0\0\0"
PARSE_COMPLETE = b"1\0\0\0\x04"
BIND_COMPLETE = b"2\0\0\0\x04"
CLOSE_COMPLETE = b"3\0\0\0\x04"
COPY_DONE = b"c\0\0\0\x04"
EMPTY_QUERY = b"I\0\0\0\x04"
NO_DATA = b"n\0\0\0\x04"
PORTAL_SUSPENDED = b"s\0\0\0\x04"
READY = {status: b"Z\0\0\0\x05" + status.encode() for status in "ITE"}

_I16, _I32, _TWO_I32 = struct.Struct(">h"), struct.Struct(">i"), struct.Struct(">ii")
_FIELD = struct.Struct(">ihihih")
FIELD_BYTES = _FIELD.size
_u16, _i32 = struct.Struct(">H").unpack_from, _I32.unpack_from
_pack_i16, _pack_i32 = _I16.pack, _I32.pack


class Startup(NamedTuple):
    minor: int
    parameters: dict[str, str]


class Cancel(NamedTuple):
    key: int
    secret: int


class Encryption(NamedTuple):
    """SSLRequest or GSSENCRequest; the answer is one byte."""

    code: int


class Parse(NamedTuple):
    name: str
    sql: str
    oids: tuple[int, ...]


class Bind(NamedTuple):
    """`formats` and `result_formats` are () for all text, one code for all, or one code each."""

    portal: str
    statement: str
    formats: tuple[int, ...]
    values: list[bytes | None]
    result_formats: tuple[int, ...]


class Named(NamedTuple):
    """Describe or Close: `kind` is S (statement) or P (portal)."""

    kind: str
    name: str


class Execute(NamedTuple):
    """`limit` 0 means all rows."""

    portal: str
    limit: int


class NoStartup(ProtocolViolation):
    """The first packet is none of this protocol, or the end of a client that has changed its mind: as with
    Postgres it gets no answer."""


class MessageReader:
    """Splits a stream into messages of at most `message_bytes_max` each. What arrives is joined with what
    waits once a message, however many chunks it comes in."""

    def __init__(self, message_bytes_max: int = MESSAGE_BYTES_MAX) -> None:
        self.message_bytes_max = message_bytes_max
        self._data = b""
        self._position = 0
        self._chunks: list[bytes] = []
        self._chunk_bytes = 0
        self._missing = 0  # bytes that the unfinished message at the front lacked beside the chunks

    def feed(self, data: bytes) -> None:
        """Take received bytes."""
        if self._chunks or self._position < len(self._data):
            self._chunks.append(data)
            self._chunk_bytes += len(data)
        else:
            self._data, self._position = data, 0

    @property
    def buffered_bytes(self) -> int:
        """Bytes received and not yet read."""
        return len(self._data) - self._position + self._chunk_bytes

    def _join(self) -> bool:
        """Join what has arrived with what waits; False where that does not complete a message."""
        if not self._chunks or self._chunk_bytes < self._missing:
            return False
        self._data = b"".join((self._data[self._position :], *self._chunks))
        self._position = self._chunk_bytes = self._missing = 0
        self._chunks.clear()
        return True

    def startup(self) -> Startup | Cancel | Encryption | None:
        """Return the next packet without a type byte, None while it is incomplete."""
        if len(self._data) - self._position < 4:
            return self.startup() if self._join() else None
        (length,) = _i32(self._data, self._position)
        if not 8 <= length <= STARTUP_BYTES_MAX:
            raise NoStartup("invalid length of startup packet")
        end = self._position + length
        if end > len(self._data):
            self._missing = end - len(self._data)
            return self.startup() if self._join() else None
        payload = self._data[self._position + 4 : end]
        self._position = end
        return parse_startup(payload)

    def message(self) -> tuple[int, bytes] | None:
        """Return the next (type byte, payload), None while it is incomplete.

        Raises ProtocolViolation for a type or length no message has; the stream is then lost.
        """
        data, position = self._data, self._position
        if len(data) - position < 5:
            return self.message() if self._join() else None
        kind = data[position]
        (length,) = _i32(data, position + 1)
        if kind not in KINDS:
            raise ProtocolViolation(f"invalid frontend message type {kind}")
        if not 4 <= length <= self.message_bytes_max:
            raise ProtocolViolation("invalid message length")
        end = position + 1 + length
        if end > len(data):
            self._missing = end - len(data)
            return self.message() if self._join() else None
        self._position = end
        return kind, data[position + 5 : end]

    def ahead(self) -> Iterator[tuple[int, bytes]]:
        """Yield the messages that `message` is going to return, as far as they have arrived and it does not
        refuse them. Nothing else may be done with the reader meanwhile."""
        self._join()
        data, position = self._data, self._position
        while len(data) - position >= 5 and data[position] in KINDS:
            (length,) = _i32(data, position + 1)
            end = position + 1 + length
            if not 4 <= length <= self.message_bytes_max or end > len(data):
                return
            yield data[position], data[position + 5 : end]
            position = end

    def round_trip(self) -> tuple[bytes, bool, int] | None:
        """Return the payload of Bind where it has arrived with the rest of the usual round trip and nothing
        else, whether Describe is in that, and how many bytes there are up to Sync. None is read yet."""
        data, position = self._data, self._position
        if self._chunks or len(data) - position < 5 or data[position] != BIND:
            return None
        end = position + 1 + _i32(data, position + 1)[0]
        behind = data[end:] if position < end and len(data) - end <= len(DESCRIBED) else b""
        if behind != DESCRIBED and behind != UNDESCRIBED:
            return None
        sync = len(data) - len(SYNC_MESSAGE)
        return data[position + 5 : end], behind == DESCRIBED, sync - position

    def skip(self, size: int) -> None:
        """Take so many bytes as read."""
        self._position += size

    def take(self) -> bytes:
        """Return all that has arrived and was not read: the connection goes on in another way."""
        data = b"".join((self._data[self._position :], *self._chunks))
        self._data, self._position, self._chunks, self._chunk_bytes, self._missing = b"", 0, [], 0, 0
        return data

    def next_kind(self) -> int:
        """Return the type byte of the next message if it has begun to arrive, else 0."""
        if self._position >= len(self._data):
            self._join()
        return self._data[self._position] if self._position < len(self._data) else 0


# ------------------------------------------------------------------ frontend messages


def parse_startup(payload: bytes) -> Startup | Cancel | Encryption:
    """Read a first packet after its length."""
    (code,) = _i32(payload, 0)
    if code in (SSL_REQUEST, GSSENC_REQUEST):
        return Encryption(code)
    if code == CANCEL_REQUEST:
        if len(payload) != 12:
            raise NoStartup("invalid length of cancel request packet")
        return Cancel(*_TWO_I32.unpack_from(payload, 4))
    major, minor = code >> 16, code & 0xFFFF
    if major != PROTOCOL_MAJOR:
        raise ProtocolViolation(
            f"unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.0",
            sqlstate="0A000",
        )
    words = payload[4:].split(b"\0")
    # name, value, ..., and the empty name that ends the list.
    if len(words) < 2 or words[-1] or words[-2] or len(words) % 2:
        raise ProtocolViolation("invalid startup packet layout: expected terminator as last byte")
    texts = [decode_text(word) for word in words[:-2]]
    return Startup(minor, dict(zip(texts[::2], texts[1::2], strict=True)))


def parse_text(payload: bytes) -> str:
    """Read a payload that is one string: Query, CopyFail."""
    if payload[-1:] != b"\0" or payload.find(b"\0") != len(payload) - 1:
        raise ProtocolViolation("invalid string in message")
    return decode_text(payload[:-1])


def parse_parse(payload: bytes) -> Parse:
    """Read Parse."""
    try:
        end = payload.index(b"\0")
        sql_end = payload.index(b"\0", end + 1)
        (count,) = _u16(payload, sql_end + 1)
        oids = struct.unpack_from(f">{count}I", payload, sql_end + 3)
    except (ValueError, struct.error):
        raise ProtocolViolation("invalid message format") from None
    if sql_end + 3 + 4 * count != len(payload):
        raise ProtocolViolation("invalid message format")
    return Parse(decode_text(payload[:end]), decode_text(payload[end + 1 : sql_end]), oids)


def parse_bind(payload: bytes) -> Bind:
    """Read Bind."""
    try:
        end = payload.index(b"\0")
        statement_end = payload.index(b"\0", end + 1)
        formats, position = _formats(payload, statement_end + 1)
        (count,) = _u16(payload, position)
        values, position = read_values(payload, position + 2, count)
        result_formats, position = _formats(payload, position)
    except (ValueError, struct.error):
        raise ProtocolViolation("invalid message format") from None
    if position != len(payload):
        raise ProtocolViolation("invalid message format")
    name, statement = decode_text(payload[:end]), decode_text(payload[end + 1 : statement_end])
    return Bind(name, statement, formats, values, result_formats)


def read_values(payload: bytes, position: int, count: int) -> tuple[list[bytes | None], int]:
    """Read so many values of Bind; return them and where they end. Raises struct.error where they do not."""
    values: list[bytes | None] = []
    for _ in range(count):
        (length,) = _i32(payload, position)
        position += 4
        if length < 0:
            values.append(None)
        else:
            values.append(payload[position : position + length])
            position += length
    return values, position


def _formats(payload: bytes, position: int) -> tuple[tuple[int, ...], int]:
    (count,) = _u16(payload, position)
    position += 2
    if not count:
        return (), position
    formats = struct.unpack_from(f">{count}h", payload, position)
    for code in formats:
        if code not in (0, 1):
            raise ProtocolViolation(f"unsupported format code: {code}", sqlstate="22023")
    return formats, position + 2 * count


def parse_named(payload: bytes) -> Named:
    """Read Describe or Close."""
    if payload[:1] not in (b"S", b"P"):
        raise ProtocolViolation("invalid message subtype")
    return Named(chr(payload[0]), parse_text(payload[1:]))


def parse_execute(payload: bytes) -> Execute:
    """Read Execute."""
    name, zero, limit = payload.partition(b"\0")
    if not zero or len(limit) != 4:
        raise ProtocolViolation("invalid message format")
    return Execute(decode_text(name), max(_i32(limit, 0)[0], 0))


# ------------------------------------------------------------------ backend messages


def message(kind: bytes, payload: bytes) -> bytes:
    """Write any message."""
    return kind + _pack_i32(len(payload) + 4) + payload


def parameter_status(name: str, value: str) -> bytes:
    """Write ParameterStatus."""
    return message(b"S", f"{name}\0{value}\0".encode())


def backend_key_data(key: int, secret: int) -> bytes:
    """Write BackendKeyData; what CancelRequest must repeat."""
    return message(b"K", _TWO_I32.pack(key, secret))


def negotiate_protocol_version(unknown: Sequence[str]) -> bytes:
    """Write NegotiateProtocolVersion: 3.0 is the newest, these options are not known."""
    names = b"".join(name.encode() + b"\0" for name in unknown)
    return message(b"v", _TWO_I32.pack(PROTOCOL_MAJOR << 16, len(unknown)) + names)


def authentication_sasl(mechanisms: Sequence[str]) -> bytes:
    """Write AuthenticationSASL."""
    names = b"".join(name.encode() + b"\0" for name in mechanisms)
    return message(b"R", _pack_i32(10) + names + b"\0")


def authentication_sasl_step(data: str, final: bool) -> bytes:
    """Write AuthenticationSASLContinue or AuthenticationSASLFinal."""
    return message(b"R", _pack_i32(12 if final else 11) + data.encode())


def row_description(columns: Sequence[ResultColumn], formats: Sequence[int]) -> bytes:
    """Write RowDescription; `formats` holds one code for each column."""
    parts = [_pack_i16(len(columns))]
    for column, code in zip(columns, formats, strict=True):
        length = column.type.base.length
        numbers = (column.table_id, column.attribute, column.type.oid, length, column.type.typmod, code)
        parts.append(column.name.encode() + b"\0" + _FIELD.pack(*numbers))
    return message(b"T", b"".join(parts))


def parameter_description(types: Sequence[Type]) -> bytes:
    """Write ParameterDescription."""
    oids = [type_.oid for type_ in types]
    return message(b"t", struct.pack(f">H{len(oids)}I", len(oids), *oids))


def command_complete(tag: str) -> bytes:
    """Write CommandComplete."""
    return message(b"C", tag.encode() + b"\0")


def copy_response(kind: bytes, binary: bool, columns: int) -> bytes:
    """Write CopyInResponse (`G`) or CopyOutResponse (`H`)."""
    codes = [int(binary)] * columns
    return message(kind, struct.pack(f">bh{columns}h", int(binary), columns, *codes))


def error_response(error: Error, severity: str = "ERROR") -> bytes:
    """Write ErrorResponse."""
    position = None if error.position is None else str(error.position)
    of = error.subject or Subject()
    extra = (
        ("D", error.detail), ("H", error.hint), ("P", position), ("W", error.context),
        ("s", of.schema), ("t", of.table), ("c", of.column), ("n", of.constraint),
        ("R", error.routine),
    )  # fmt: skip
    return _report(b"E", severity, error.sqlstate, error.message, extra)


def notice_response(
    text: str, severity: str = "NOTICE", sqlstate: str = "00000", detail: str | None = None
) -> bytes:
    """Write NoticeResponse."""
    return _report(b"N", severity, sqlstate, text, (("D", detail),))


def notification_response(key: int, channel: str, payload: str) -> bytes:
    """Write NotificationResponse: of the session that has this key."""
    return message(b"A", _pack_i32(key) + f"{channel}\0{payload}\0".encode())


def _report(
    kind: bytes,
    severity: str,
    sqlstate: str,
    text: str,
    extra: tuple[tuple[str, str | None], ...] = (),
) -> bytes:
    fields = (("S", severity), ("V", severity), ("C", sqlstate), ("M", text), *extra)
    # A zero byte would end the field early; lone surrogates have no UTF-8 form.
    named = [(code, value.replace("\0", "\\0")) for code, value in fields if value]
    parts = [code.encode() + value.encode(errors="replace") + b"\0" for code, value in named]
    return message(kind, b"".join(parts) + b"\0")
