"""The channel between the supervisor and a worker: messages, some of them with a socket.

A unix socket pair that keeps messages whole. A message is one kind byte and a payload:

| kind | direction | payload |
|---|---|---|
| `r` | worker -> supervisor | none: ready |
| `c` | supervisor -> worker | none, with the client's socket as ancillary data |
| `a` | worker -> supervisor | ADMISSION and the role's key: a client has said who it is; may it stay? |
| `g` | supervisor -> worker | u32 BE question, u8: 1 let in, 0 refused, 2 the rest is reserved, 3 role |
| `e` | worker -> supervisor | u8: one connection ended; 1 if it had been let in, and its role's key |
| `k` | both | i32 BE key, i32 BE secret: CancelRequest, to who owns the key; u32 BE who asks is added |
| `d` | both | i32 BE key: `k` or `t` was heard; to the supervisor u32 BE who asked stands in front |
| `s` | supervisor -> worker | u8: stop; 1 if statements are not to be waited for |
| `o` | worker -> supervisor | a database's name: it has opened it |
| `x` | worker -> supervisor | a database's name: it has closed it |
| `h` | supervisor -> worker | the text of the access rules, from now on |
| `f` | supervisor -> worker | the settings that were read again (`vql.settings.decided`), from now on |
| `q` | supervisor -> worker | u32 BE question, a word, with a file for the answer (`vql.server.gathering`) |
| `q` | worker -> supervisor | u32 BE question: the answer is in the file |
| `u` | worker -> supervisor | none: read the configuration again |
| `l` | both | u8, a database's name: all close it, where no session is in it; with 1 those are ended |
| `n` | both | NOTIFICATION, a database's name, channels and payloads: what a transaction says |
| `t` | both | INTERRUPT: cancel what a session runs, or end it; to who owns the key; as `k` |
| `m` | supervisor -> worker | u32 BE question: `n` that bore it is on its way to all, this worker too |

A role's key is u32 BE its id, and the name of its database where there are several.

A message longer than MESSAGE_BYTES_MAX goes as LONG, with a file that holds it: settings and access rules are
of any length.

A message that the kernel takes no more of waits here, in order, and is sent when the other side has
read: bursts are never lost, and no side ever blocks. The end of the channel is the end of the other
process. A channel belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterable
from itertools import chain

from vql.server.unnamed import contents, unnamed_file

MESSAGE_BYTES_MAX = 16 << 10
LONG = b"+"
# macOS takes messages as large as its buffer, which is 2 KiB there by default.
BUFFER_BYTES = 256 << 10
# The question's number, whether it is a superuser, the role's limit or -1.
ADMISSION = struct.Struct(">I?i")
# The question's number and the sender's key. Each text behind it is its length and its bytes; the name of the
# database is empty where there is but one.
NOTIFICATION = struct.Struct(">Ii")
TEXT_LENGTH = struct.Struct(">H")
# The key of a session, and whether it is to end.
INTERRUPT = struct.Struct(">i?")
# Descriptors under way are bounded for a user, and no event tells that one has arrived.
RETRY_S = 0.01
FULL = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS, errno.ETOOMANYREFS)


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a new channel."""
    kind = socket.SOCK_DGRAM if sys.platform == "darwin" else socket.SOCK_SEQPACKET
    pair = socket.socketpair(socket.AF_UNIX, kind)
    for end in pair if sys.platform == "darwin" else ():
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return pair


def write_notifications(question: int, key: int, name: str, said: Iterable[tuple[str, str]]) -> bytes:
    """Write `n`: a database's name, and channels with payloads."""
    parts = [text.encode() for text in (name, *chain.from_iterable(said))]
    return b"n" + NOTIFICATION.pack(question, key) + b"".join(TEXT_LENGTH.pack(len(p)) + p for p in parts)


def read_notifications(data: bytes) -> tuple[int, str, list[tuple[str, str]]]:
    """Read `n`: the sender's key, a database's name, and channels with payloads."""
    _, key = NOTIFICATION.unpack_from(data, 1)
    place, texts = 1 + NOTIFICATION.size, []
    while place < len(data):
        (size,) = TEXT_LENGTH.unpack_from(data, place)
        place += TEXT_LENGTH.size + size
        texts.append(data[place - size : place].decode())
    return key, texts[0], list(zip(texts[1::2], texts[2::2], strict=True))


class Channel:
    """One end; `received` is called with each message and its descriptor, `ended` once at the end."""

    def __init__(
        self, end: socket.socket, received: Callable[[bytes, int | None], None], ended: Callable[[], None]
    ) -> None:
        self._socket = end
        self._socket.setblocking(False)
        self._received = received
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, int | None]] = deque()
        self._open = True
        self._loop.add_reader(end.fileno(), self._read)

    @property
    def is_full(self) -> bool:
        """Whether the other side must read before more is sent."""
        return bool(self._waiting)

    def send(self, data: bytes, descriptor: int | None = None) -> None:
        """Send a message, now or in its turn; its descriptor (the caller's) goes with a short one.
        Raises OSError where no file can be made for a long one."""
        if len(data) > MESSAGE_BYTES_MAX:
            assert descriptor is None, "what is handed over is said in few words"
            file = unnamed_file(data)
            try:
                self.send(LONG, file)
            finally:
                os.close(file)
            return
        if not self._open or (not self._waiting and self._sent(data, descriptor)):
            return
        self._waiting.append((data, None if descriptor is None else os.dup(descriptor)))
        if len(self._waiting) == 1:
            self._loop.add_writer(self._socket.fileno(), self._write)

    def close(self) -> None:
        """Close this end; what waits is dropped."""
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        for _, descriptor in self._waiting:
            if descriptor is not None:
                os.close(descriptor)
        self._waiting.clear()

    def _sent(self, data: bytes, descriptor: int | None) -> bool:
        """Try to send; False where it must wait. A lost other side is noticed by reading."""
        try:
            if descriptor is None:
                self._socket.send(data)
            else:
                socket.send_fds(self._socket, [data], [descriptor])
        except OSError as error:
            return error.errno not in FULL
        return True

    def _write(self) -> None:
        self._loop.remove_writer(self._socket.fileno())
        while self._waiting:
            data, descriptor = self._waiting[0]
            if not self._sent(data, descriptor):
                self._loop.call_later(RETRY_S, self._retry)
                return
            self._waiting.popleft()
            if descriptor is not None:
                os.close(descriptor)

    def _retry(self) -> None:
        if self._open:
            self._loop.add_writer(self._socket.fileno(), self._write)

    def _read(self) -> None:
        while self._open:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._socket, MESSAGE_BYTES_MAX, 1)
            except BlockingIOError:
                return
            except OSError:
                data, descriptors = b"", []
            if not data:
                self.close()
                self._ended()
                return
            if data == LONG:
                if descriptors:  # else no descriptor is left here: it stays as it was
                    self._received(contents(descriptors[0]), None)
                continue
            self._received(data, descriptors[0] if descriptors else None)
