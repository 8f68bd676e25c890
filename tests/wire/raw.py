"""A client of bytes: sends any message, well formed or not, and reads what comes back."""

from __future__ import annotations

import select
import socket
import struct
from types import TracebackType

Message = tuple[str, bytes]


def packet(kind: bytes, payload: bytes = b"") -> bytes:
    """Write one message."""
    return kind + struct.pack(">i", len(payload) + 4) + payload


def parse(sql: str, name: str = "", oids: tuple[int, ...] = ()) -> bytes:
    """Write Parse."""
    tail = struct.pack(f">h{len(oids)}i", len(oids), *oids)
    return packet(b"P", name.encode() + b"\0" + sql.encode() + b"\0" + tail)


def bind(*values: bytes | None, name: str = "", portal: str = "", binary: bool = False) -> bytes:
    """Write Bind with text values."""
    body = portal.encode() + b"\0" + name.encode() + b"\0" + struct.pack(">hh", 0, len(values))
    for value in values:
        body += struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
    return packet(b"B", body + struct.pack(">hh", 1, int(binary)))


def execute(limit: int = 0, portal: str = "") -> bytes:
    """Write Execute."""
    return packet(b"E", portal.encode() + b"\0" + struct.pack(">i", limit))


SYNC, FLUSH = packet(b"S"), packet(b"H")


class Raw:
    """One socket."""

    def __init__(self, port: int, start: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.key = b""
        if start:
            words = b"".join(w + b"\0" for w in (b"user", b"vql", b"database", b"vql")) + b"\0"
            self.send(struct.pack(">ii", len(words) + 8, 196608) + words)
            self.key = dict(self.until_ready())["K"]

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def read(self, count: int) -> bytes:
        """Read exactly so many bytes; fewer at the end of the stream."""
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                break
            data += chunk
        return data

    def has_arrived(self) -> bool:
        """Whether bytes wait to be read."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def message(self) -> Message | None:
        """Read one message, None at the end of the stream."""
        head = self.read(5)
        if len(head) < 5:
            return None
        (length,) = struct.unpack(">i", head[1:])
        return head[:1].decode(), self.read(length - 4)

    def until_ready(self) -> list[Message]:
        """Read messages up to ReadyForQuery or the end of the stream."""
        found: list[Message] = []
        while (message := self.message()) is not None:
            found.append(message)
            if message[0] == "Z":
                break
        return found

    def kinds(self) -> str:
        """Return the kinds of the messages up to ReadyForQuery."""
        return "".join(kind for kind, _ in self.until_ready())

    def query(self, sql: str) -> list[Message]:
        """Send Query and return the answer."""
        self.send(packet(b"Q", sql.encode() + b"\0"))
        return self.until_ready()

    def close(self) -> None:
        """Hang up without a word."""
        self.socket.close()

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()


def sqlstate(messages: list[Message]) -> str:
    """Return the SQLSTATE of the only error."""
    (error,) = [payload for kind, payload in messages if kind == "E"]
    return next(part[1:].decode() for part in error.split(b"\0") if part[:1] == b"C")
