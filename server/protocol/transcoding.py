"""Messages of a client whose encoding is not UTF-8, between its bytes and ours.

All texts of the conversation are UTF-8 inside. What such a client sends is made UTF-8 before it is read, what
it is sent is made its own behind all else, message by message. Values in binary formats would not be known
from texts here: such a client is refused them (0A000).
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator

from vql.errors import NotSupportedError
from vql.server.protocol import messages as protocol
from vql.types.forms.encodings import CODECS, decoded, encoded

# Messages that are one text.
TEXTS = frozenset((protocol.QUERY, protocol.COPY_FAIL))
_pack_i32 = struct.Struct(">i").pack


class Transcoder:
    """Of one client; one thread at a time."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        # A piece of COPY's data may end within a character.
        self._copied = codecs.getincrementaldecoder(CODECS[encoding])(errors="strict")

    # -------------------------------------------------------------- from the client

    def incoming(self, kind: int, payload: bytes) -> bytes:
        """Return a message's payload in UTF-8. Raises 22021, 22P05, 0A000."""
        if kind in TEXTS:
            return self._utf8(payload[:-1]) + payload[-1:]
        if kind == protocol.PARSE:
            name, _, rest = payload.partition(b"\0")
            sql, zero, types = rest.partition(b"\0")
            return name + b"\0" + self._utf8(sql) + zero + types
        if kind == protocol.BIND:
            return self._bind(payload)
        if kind == protocol.COPY_DATA:
            try:
                return self._copied.decode(payload).encode()
            except UnicodeDecodeError:
                self._copied.reset()
                return self._utf8(payload)  # which knows the error
        return payload

    def _bind(self, payload: bytes) -> bytes:
        read = protocol.parse_bind(payload)
        self._check_formats((*read.formats, *read.result_formats))
        made = read.portal.encode() + b"\0" + read.statement.encode() + b"\0"
        made += struct.pack(">HH", 0, len(read.values))
        for value in read.values:
            data = None if value is None else self._utf8(value)
            made += _pack_i32(-1) if data is None else _pack_i32(len(data)) + data
        return made + struct.pack(">H", 0)

    def _utf8(self, data: bytes) -> bytes:
        return decoded(data, self.encoding).encode()

    # -------------------------------------------------------------- to the client

    def outgoing(self, data: bytes) -> bytes:
        """Return whole messages in the client's encoding. Raises 22P05, 0A000."""
        return b"".join(protocol.message(kind, self._payload(kind, body)) for kind, body in _messages(data))

    def _payload(self, kind: bytes, body: bytes) -> bytes:
        match kind:
            case b"D":
                return self._row(body)
            case b"T":
                return self._description(body)
            case b"d":
                return self._own(body)
            case b"G" | b"H":
                self._check_formats(body[:1])
            case b"A":
                return body[:4] + body[4:].decode().encode(CODECS[self.encoding], errors="replace")
            case b"E" | b"N" | b"S":
                # A report must arrive, whatever it names.
                return body.decode().encode(CODECS[self.encoding], errors="replace")
        return body

    def _row(self, body: bytes) -> bytes:
        made, place = [body[:2]], 2
        while place < len(body):
            (size,) = struct.unpack_from(">i", body, place)
            place += 4
            if size < 0:
                made.append(_pack_i32(-1))
                continue
            cell = self._own(body[place : place + size])
            made.append(_pack_i32(len(cell)) + cell)
            place += size
        return b"".join(made)

    def _description(self, body: bytes) -> bytes:
        made, place = [body[:2]], 2
        while place < len(body):
            end = body.index(b"\0", place)
            numbers = body[end : end + 1 + protocol.FIELD_BYTES]
            self._check_formats(numbers[-1:])
            made.append(self._own(body[place:end]) + numbers)
            place = end + len(numbers)
        return b"".join(made)

    def _own(self, data: bytes) -> bytes:
        return data if data.isascii() else encoded(data.decode(), self.encoding)

    def _check_formats(self, codes: tuple[int, ...] | bytes) -> None:
        if any(codes):
            raise NotSupportedError(
                f"binary formats are not supported where client_encoding is {self.encoding}",
                hint="Ask for text, or set client_encoding to UTF8.",
            )


def _messages(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(data):
        (size,) = struct.unpack_from(">i", data, place + 1)
        yield data[place : place + 1], data[place + 5 : place + 1 + size]
        place += 1 + size
