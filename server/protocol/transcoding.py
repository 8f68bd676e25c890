"""Messages of a client whose encoding is not UTF-8, between its bytes and ours.

All texts of the conversation are UTF-8 inside. What such a client sends is made UTF-8 before it is read, what
it is sent is made its own behind all else, message by message. Values in binary formats are told from texts
by their types: those that are a text are made the other one's, those that have none in them stay, and what
may have some within, as arrays of texts, is refused (0A000), as is COPY in its binary format.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Iterator, Sequence

from vql.errors import NotSupportedError
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import formats_of
from vql.types.forms.encodings import CODECS, decoded, encoded
from vql.types.type import Type

# Messages that are one text.
TEXTS = frozenset((protocol.QUERY, protocol.COPY_FAIL))
# Which values of a row are texts; those behind the last are.
Columns = tuple[bool, ...]
_pack_i32 = struct.Struct(">i").pack


class Transcoder:
    """Of one client; one thread at a time."""

    def __init__(self, encoding: str, parameters: Callable[[str], Sequence[Type]] = lambda name: ()) -> None:
        """Take an encoding, and what gives the types of a statement's parameters."""
        self.encoding = encoding
        self._parameters = parameters
        self._columns: Columns = ()
        # A piece of COPY's data may end within a character.
        self._copied = codecs.getincrementaldecoder(CODECS[encoding])(errors="strict")

    # -------------------------------------------------------------- from the client

    def incoming(self, kind: int, payload: bytes) -> bytes:
        """Return a message's payload in UTF-8. Raises 22021, 22P05, 26000, 0A000."""
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
        forms: Columns = ()
        if any(read.formats):
            forms = self._forms(self._parameters(read.statement), read.formats)
        made = read.portal.encode() + b"\0" + read.statement.encode() + b"\0"
        made += _codes(read.formats) + struct.pack(">H", len(read.values))
        are_texts = iter(forms)
        for value in read.values:
            is_text = next(are_texts, True)
            data = value if value is None or not is_text else self._utf8(value)
            made += _pack_i32(-1) if data is None else _pack_i32(len(data)) + data
        return made + _codes(read.result_formats)

    def _utf8(self, data: bytes) -> bytes:
        return decoded(data, self.encoding).encode()

    # -------------------------------------------------------------- to the client

    def rows_of(self, types: Sequence[Type], formats: Sequence[int]) -> None:
        """Take note of what the next rows are of; without formats all is text. Raises 0A000."""
        self._columns = self._forms(types, formats) if any(formats) else ()

    def _forms(self, types: Sequence[Type], formats: Sequence[int]) -> Columns:
        """Return which values are texts in their formats. Raises 0A000 for one of which that is not known."""
        found = []
        for type_, code in zip(types, formats_of(tuple(formats), len(types)), strict=True):
            is_text = type_.base.binary_is_text if code else True
            if is_text is None:
                what = f"the binary format of type {type_.sized(None).formatted()}"
                raise self._refused(what)
            found.append(is_text)
        return tuple(found)

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
            case b"G" | b"H" if body[0]:
                raise self._refused("COPY in the binary format")
            case b"A":
                return body[:4] + body[4:].decode().encode(CODECS[self.encoding], errors="replace")
            case b"E" | b"N" | b"S":
                # A report must arrive, whatever it names.
                return body.decode().encode(CODECS[self.encoding], errors="replace")
        return body

    def _row(self, body: bytes) -> bytes:
        made, place, columns = [body[:2]], 2, iter(self._columns)
        while place < len(body):
            (size,) = struct.unpack_from(">i", body, place)
            place += 4
            is_text = next(columns, True)
            if size < 0:
                made.append(_pack_i32(-1))
                continue
            cell = body[place : place + size]
            cell = self._own(cell) if is_text else cell
            made.append(_pack_i32(len(cell)) + cell)
            place += size
        return b"".join(made)

    def _description(self, body: bytes) -> bytes:
        made, place = [body[:2]], 2
        while place < len(body):
            end = body.index(b"\0", place)
            numbers = body[end : end + 1 + protocol.FIELD_BYTES]
            made.append(self._own(body[place:end]) + numbers)
            place = end + len(numbers)
        return b"".join(made)

    def _own(self, data: bytes) -> bytes:
        return data if data.isascii() else encoded(data.decode(), self.encoding)

    def _refused(self, what: str) -> NotSupportedError:
        return NotSupportedError(
            f"{what} is not supported where client_encoding is {self.encoding}",
            hint="Ask for text, or set client_encoding to UTF8.",
        )


def _codes(formats: Sequence[int]) -> bytes:
    return struct.pack(f">H{len(formats)}H", len(formats), *formats)


def _messages(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(data):
        (size,) = struct.unpack_from(">i", data, place + 1)
        yield data[place : place + 1], data[place + 5 : place + 1 + size]
        place += 1 + size
