"""One server process: it is handed connections by the supervisor and holds their conversations.

A worker opens the database like any embedded process. It talks with the supervisor over the unix
socket it was started with (file descriptor in argv), in messages of one kind byte and a payload:

| kind | direction | payload |
|---|---|---|
| `r` | worker -> supervisor | none: ready |
| `c` | supervisor -> worker | none, with the client's socket as ancillary data |
| `e` | worker -> supervisor | none: one connection ended |
| `k` | both | i32 BE key, i32 BE secret: CancelRequest, passed to the worker that owns the key |
| `s` | supervisor -> worker | none: stop gracefully |

The key of BackendKeyData is `worker number << 20 | connection number`, so the supervisor knows
where a CancelRequest belongs; the secret is random. When the supervisor dies, the socket ends and
the worker stops.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import signal
import socket
import struct
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from vql.errors import OperationalError
from vql.server.conversation.client import Client, Host
from vql.server.conversation.connection import WireConnection
from vql.server.conversation.pace import Pace
from vql.server.conversation.shared_search import SharedSearches
from vql.server.protocol.scram import Secret
from vql.session.database import Database
from vql.session.session import Session

CONNECTION_BITS = 20
KEYS = struct.Struct(">ii")
# Statements that may run at the same time beside the event loop; the rest wait.
THREADS = 16
# A cancel that its worker does not confirm is over for its client after this.
CANCEL_WAIT_S = 1.0
# How long a busy connection may go on after `s` before its statement is cancelled.
GRACE_S = 5.0
log = logging.getLogger("vql.server")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker is started with, as JSON in argv."""

    number: int
    channel: int
    path: str
    user: str = ""
    password: str = ""
    connections_max: int = 500
    lanes: int = 1  # equal statements that run at the same time, beside the other workers


class Worker:
    """The connections of one process, and the cancel keys they were given."""

    def __init__(self, settings: WorkerSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._channel = socket.socket(fileno=settings.channel)
        self._channel.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._clients: dict[int, tuple[int, Client]] = {}
        self._open: set[WireConnection] = set()
        self._next = 0
        # Cancels asked of other workers, by key: what to do when they have been heard.
        self._forwarded: dict[int, list[Callable[[], None]]] = {}
        self._stopped = asyncio.Event()
        secret = None
        if settings.password:
            secret = Secret.derive(settings.user, settings.password)
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="statement")
        pace = Pace()
        shared = SharedSearches(pool, pace, settings.lanes)
        self._host = Host(self._open_session, pool, pace, shared, self, secret)

    async def run(self) -> None:
        """Serve until told to stop."""
        self._loop.add_reader(self._channel.fileno(), self._receive)
        self._channel.send(b"r")
        await self._stopped.wait()
        self._loop.remove_reader(self._channel.fileno())
        for connection in list(self._open):
            connection.stop()
        deadline = self._loop.time() + GRACE_S
        while self._open and self._loop.time() < deadline:
            await asyncio.sleep(0.02)
        for connection in list(self._open):
            connection.cancel()
        self._host.pool.shutdown(wait=True, cancel_futures=True)

    # -------------------------------------------------------------- Cancels

    def register(self, client: Client) -> tuple[int, int]:
        """Give a client its key and secret."""
        self._next = (self._next + 1) & ((1 << CONNECTION_BITS) - 1)
        while self._next in self._clients:
            self._next = (self._next + 1) & ((1 << CONNECTION_BITS) - 1)
        secret = secrets.randbits(32) - (1 << 31)
        self._clients[self._next] = (secret, client)
        return self._settings.number << CONNECTION_BITS | self._next, secret

    def forget(self, key: int) -> None:
        """Take a key back."""
        self._clients.pop(key & ((1 << CONNECTION_BITS) - 1), None)

    def cancel(self, key: int, secret: int, done: Callable[[], None]) -> None:
        """Cancel a statement here, or ask the supervisor to find its worker; `done` is called when
        the statement has heard it, so that a client never cancels the one after it."""
        if key >> CONNECTION_BITS != self._settings.number:
            self._forwarded.setdefault(key, []).append(done)
            self._send(b"k" + KEYS.pack(key, secret))
            self._loop.call_later(CANCEL_WAIT_S, self._confirmed, key)
            return
        found = self._clients.get(key & ((1 << CONNECTION_BITS) - 1))
        # A wrong secret is ignored without a word, as the manual asks.
        if found is not None and found[0] == secret:
            found[1].cancel()
        done()

    def _confirmed(self, key: int) -> None:
        for done in self._forwarded.pop(key, ()):
            done()

    # -------------------------------------------------------------- the supervisor's words

    def _receive(self) -> None:
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(self._channel, 64, 1)
            except BlockingIOError:
                return
            except OSError:
                data, fds = b"", []
            if not data or data == b"s":
                self._stopped.set()
                return
            if data == b"c" and fds:
                client = socket.socket(fileno=fds[0])
                client.setblocking(False)
                task = self._loop.create_task(self._accept(client))
                task.add_done_callback(self._accepted)
            elif data[:1] == b"k":
                answer = b"d" + data[9:13] + data[1:5]
                key, secret = KEYS.unpack(data[1:9])
                self.cancel(key, secret, partial(self._send, answer))
            elif data[:1] == b"d":
                self._confirmed(int.from_bytes(data[1:5], "big"))

    async def _accept(self, client: socket.socket) -> None:
        await self._loop.connect_accepted_socket(self._connection, client)

    def _accepted(self, task: asyncio.Task[None]) -> None:
        if task.exception() is not None:
            self._send(b"e")

    def _connection(self) -> WireConnection:
        connection = WireConnection(self._host, self._ended)
        self._open.add(connection)
        return connection

    def _ended(self, connection: WireConnection) -> None:
        self._open.discard(connection)
        self._send(b"e")

    def _send(self, data: bytes) -> None:
        try:
            self._channel.send(data)
        except OSError:
            self._stopped.set()

    def _open_session(self, user: str, database: str) -> Session:
        if len(self._open) > self._settings.connections_max:
            raise OperationalError("sorry, too many clients already", sqlstate="53300")
        return Session(self._database, user, "wire")


async def serve_clients(settings: WorkerSettings) -> None:
    """Open the database and serve."""
    database = Database.open(settings.path)
    database.maintainer.in_background = False  # a process of its own does it
    database.threads = 1  # the workers are the parallelism
    try:
        await Worker(settings, database).run()
    finally:
        database.close()


def run_loop(main: object) -> None:
    """Run a coroutine on uvloop where it is installed, on asyncio elsewhere."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)  # type: ignore[arg-type]
    else:
        uvloop.run(main)  # type: ignore[arg-type]


def main() -> None:
    """Run a worker; its settings come as JSON in argv, the password on standard input."""
    settings = WorkerSettings(**json.loads(sys.argv[1]), password=sys.stdin.read())
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    log.setLevel(logging.INFO)
    # The terminal's Ctrl-C goes to every process; the supervisor decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Threads of the interpreter give way sooner: the event loop shares the process with statements.
    sys.setswitchinterval(0.001)
    run_loop(serve_clients(settings))


if __name__ == "__main__":
    main()
