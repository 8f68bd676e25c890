"""One server process: it is handed connections by the supervisor and holds their conversations.

A worker opens the database, or those of a folder (`vql.server.databases`), like any embedded process. It
talks with the supervisor over the channel it was started with (`vql.server.channel`). When the supervisor
dies, the channel ends and the worker stops.

The key of BackendKeyData is `worker number << 20 | connection number`, so the supervisor knows
where a CancelRequest belongs; the secret is random.

Invariants
* A connection is half open until its client has proved who it is, and the supervisor has let it in.
  Half-open ones are counted apart from `max_connections`: they are few, hold little and not for long,
  and the oldest leaves for the newest. So strangers keep nobody out.
* The supervisor hears of the end of every connection it handed over, once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from vql.dataclass import dataclass
from vql.errors import Error, OperationalError
from vql.memory import Budget
from vql.roles.passwords import Secret
from vql.roles.role import NAMESPACE, Role, owner_named
from vql.server.access_rules import AccessRules, Arrival
from vql.server.channel import ADMISSION, INTERRUPT, Channel, read_notifications, write_notifications
from vql.server.conversation.client import Client, Host, Login
from vql.server.conversation.connection import WireConnection
from vql.server.conversation.pace import Pace
from vql.server.conversation.shared_search import SharedSearches
from vql.server.databases import OpenDatabases, open_served
from vql.server.monitoring.activity import ActivityTable
from vql.server.monitoring.counts import StatementCounts
from vql.server.monitoring.facts import process_gauges, table_facts
from vql.server.monitoring.logs import least_level, set_least
from vql.server.monitoring.series import Values, add_values, statement_series
from vql.server.protocol.messages import notification_response
from vql.server.protocol.tls import ServerTls
from vql.session.cluster import Cluster
from vql.session.database import Database
from vql.session.notifications import Notification
from vql.session.session import Session
from vql.settings.decided import Decided, read_decided

try:
    import uvloop
except ImportError:  # Windows
    uvloop = None  # type: ignore[assignment]

CONNECTION_BITS = 20
KEYS = struct.Struct(">ii")
# Statements that may run at the same time beside the event loop; the rest wait.
THREADS = 16
HALF_OPEN_MAX = 128
# A cancel that its worker does not confirm is over for its client after this.
CANCEL_WAIT_S = 1.0
# How often commits of other processes are looked for while nobody asks.
LOOK_S = 10.0
# How long a busy connection may go on after `s` before its statement is cancelled.
GRACE_S = 5.0
REFUSALS = {
    0: "sorry, too many clients already",
    2: "remaining connection slots are reserved for roles with the SUPERUSER attribute",
    3: 'too many connections for role "{}"',
}
log = logging.getLogger("vql.server")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker is started with."""

    number: int
    channel: int  # its end's descriptor
    path: str
    is_cluster: bool  # whether that is a folder of databases
    user: str
    lanes: int  # equal statements that run at the same time, beside the other workers
    max_connections: int
    superuser_reserved_connections: int
    authentication_timeout_s: int
    statement_bytes: int  # of memory, and what this process may be
    process_bytes: int
    tls_certificate: str
    tls_key: str
    tls_authority: str
    requires_tls: bool
    rules_path: str  # of the file of access rules, "" where there is none
    activity: int  # the descriptor of what all sessions do
    password: str
    configuration: Decided  # of settings, from the start
    counts_statements: bool
    seed: bytes  # all workers answer alike for who is not there


class Worker:
    """The connections of one process, and the cancel keys they were given."""

    def __init__(self, settings: WorkerSettings, only: Database | None) -> None:
        """`only` is the database that is served, None where it is a folder of them."""
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._grace_s = GRACE_S
        self._channel = Channel(socket.socket(fileno=settings.channel), self._receive, self._orphaned)
        budget = Budget(settings.statement_bytes, settings.process_bytes)
        cluster = Cluster(Path(settings.path), self._vacate)
        self._databases = OpenDatabases(only, cluster, budget, self._channel.send)
        self._telling: set[asyncio.Task[None]] = set()  # answering what is counted
        self._leaving: set[asyncio.Task[None]] = set()  # closing databases that others want alone
        self._clients: dict[int, tuple[int, Client]] = {}
        self._activity = ActivityTable(settings.activity, settings.number, settings.max_connections)
        self._open: set[WireConnection] = set()
        self._half_open: dict[WireConnection, None] = {}  # the oldest first
        self._next = 0
        # Who waits to be let in, by the number of the question.
        self._admissions: dict[int, asyncio.Future[int]] = {}
        self._questions = 0
        # Statements that wait for the supervisor to have their notifications, by the number of the question.
        self._posts: dict[int, Future[None]] = {}
        # Cancels asked of other workers, by key: what to do when they have been heard.
        self._forwarded: dict[int, list[Callable[[], None]]] = {}
        self._rules: AccessRules | None = None  # who is let in, where a file says so
        self._secret = Secret.derive(settings.password) if settings.password else None
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="statement")
        pace = Pace()
        shared = SharedSearches(pool, pace, settings.lanes)
        tls = None
        if settings.tls_certificate:
            tls = ServerTls.load(settings.tls_certificate, settings.tls_key, settings.tls_authority)
        self._host = Host(
            pool,
            pace,
            shared,
            self,
            settings.authentication_timeout_s,
            self._login,
            tls,
            settings.requires_tls,
            settings.configuration,
            StatementCounts() if settings.counts_statements else None,
        )

    async def run(self) -> None:
        """Serve until told to stop."""
        self._channel.send(b"r")
        looking = self._loop.create_task(self._look())
        await self._stopped.wait()
        looking.cancel()
        for connection in list(self._open):
            connection.stop()
        deadline = self._loop.time() + self._grace_s
        while self._open and self._loop.time() < deadline:
            await asyncio.sleep(0.02)
        for connection in list(self._open):
            connection.cancel()
        # What is cancelled ends by way of the pool.
        deadline = self._loop.time() + GRACE_S
        while self._open and self._loop.time() < deadline:
            await asyncio.sleep(0.02)
        # In a thread: cancelling goes on in the loop.
        ending = partial(self._host.pool.shutdown, wait=True, cancel_futures=True)
        try:
            await asyncio.wait_for(self._loop.run_in_executor(None, ending), GRACE_S)
        except TimeoutError:
            # Nobody may be left to end this process, and the database is whole whenever it ends.
            log.error("a statement does not stop; the worker ends without it")
            os._exit(1)
        await self._databases.close()
        self._channel.close()

    async def _look(self) -> None:
        """Look at the databases now and then while nobody asks."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self._databases.look()

    # -------------------------------------------------------------- Door

    async def _login(self, arrival: Arrival) -> Login:
        """Return who a client is that says it is somebody. Reads the catalog as it is now. What is wrong with
        the database is told to who has proved who it is. Raises 28000 where the rules do not let it in."""
        user, name = arrival.user, arrival.database
        is_trusted = self._secret is None
        if self._rules is not None:
            if not self._settings.is_cluster:  # a client may call it anything
                arrival = replace(arrival, database=Path(self._settings.path).name)
            method = await self._loop.run_in_executor(None, self._rules.method_for, arrival)
            is_trusted = method == "trust"
        try:
            database = await self._databases.find(name)
            role = role_named(user, database)
            if role is not None and user == self._settings.user:
                raise OperationalError(
                    f'a role of database "{name}" is called "{user}" too', sqlstate="28000"
                )
        except Error as error:
            if is_trusted:
                return Login(owner_named(user), None, refusal=error)
            if user == self._settings.user and self._secret is not None:
                return Login(owner_named(user), self._secret, refusal=error)
            role = None
        is_owner = user == self._settings.user
        if is_trusted:  # its word is enough: without rules it is the owner by a name that no role has
            is_owner |= self._rules is None and role is None
            return Login(owner_named(user) if is_owner else role, None)
        if is_owner and self._secret is not None:
            return Login(owner_named(user), self._secret)
        if role is not None and role.password is not None:
            secret, ends_us = Secret.parse(role.password), role.valid_until_us
            if secret is not None:
                return Login(role, secret, ends_us is not None and ends_us < time.time_ns() // 1000)
        return Login(role, Secret.nobodys(user, self._settings.seed), is_refused=True)

    async def admit(self, connection: WireConnection, role: Role, name: str) -> None:
        """Let a client in that has proved who it is in a database, if there is room. Raises 53300."""
        key = role.role_id.to_bytes(4, "big") + (name.encode() if self._settings.is_cluster else b"")
        self._half_open.pop(connection, None)
        self._questions = (self._questions + 1) & 0xFFFFFFFF
        number, answer = self._questions, self._loop.create_future()
        self._admissions[number] = answer
        limit = role.connection_limit
        self._channel.send(b"a" + ADMISSION.pack(number, role.is_superuser, limit) + key)
        code = await answer
        if code in REFUSALS:
            raise OperationalError(REFUSALS[code].format(role.name), sqlstate="53300")
        connection.admitted_as = key

    async def open_session(self, connection: WireConnection, user: str, name: str) -> Session:
        """Begin the session of a client that is let in. Raises 3D000, 42501, 42704."""
        database = await self._databases.enter(name)
        connection.database = name
        is_trusted = self._secret is None and self._rules is None
        is_owner = is_trusted and role_named(user, database) is None
        owner = user if is_owner else self._settings.user
        session = Session(database, user, "wire", self._host.configuration, owner)
        session.identity.require_connection()
        seen = session.relations.sessions
        seen.listed, seen.carry = partial(iter, self._activity), self._interrupt
        seen.access_rules, seen.reload = self._access_rules, self._reload
        said = session.block.notifications
        said.carry, said.usage = partial(self._carry, session, name), self._queue_usage
        return session

    def _reload(self) -> bool:
        """Have the supervisor read the configuration again; from any thread."""
        self._loop.call_soon_threadsafe(self._channel.send, b"u")
        return True

    def _access_rules(self) -> list[tuple[object, ...]]:
        """Return the rows of pg_hba_file_rules."""
        return [] if self._rules is None else self._rules.listed(self._settings.rules_path)

    def left(self, connection: WireConnection) -> None:
        """Take note of the end of a connection."""
        self._open.discard(connection)
        self._half_open.pop(connection, None)
        if connection.database is not None:
            self._databases.leave(connection.database)
        key = connection.admitted_as
        self._channel.send(b"e\0" if key is None else b"e\1" + key)

    def _vacate(self, name: str, force: bool) -> None:
        """Have all workers close a database that is in nobody's use; from any thread."""
        self._loop.call_soon_threadsafe(self._channel.send, b"l" + bytes([force]) + name.encode())

    def _leave(self, name: str, force: bool) -> None:
        """Close a database here unless sessions are in it, which end where that is forced."""
        for connection in list(self._open) if force else ():
            if connection.database == name:
                connection.stop()
                connection.cancel()
        leaving = self._loop.create_task(self._databases.close_unused(name))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    # -------------------------------------------------------------- Notifications

    def _carry(self, session: Session, name: str, said: Sequence[Notification]) -> None:
        """Take a session's notifications to all workers, in a thread that waits till their order is fixed."""
        carried: Future[None] = Future()
        place = name if self._settings.is_cluster else ""
        self._loop.call_soon_threadsafe(self._post, carried, session.locks.process_id, place, said)
        carried.result()

    def _post(self, carried: Future[None], key: int, name: str, said: Sequence[Notification]) -> None:
        self._questions = (self._questions + 1) & 0xFFFFFFFF or 1
        self._posts[self._questions] = carried
        self._channel.send(write_notifications(self._questions, key, name, said))
        if self._stopped.is_set():
            self._carried(self._questions)

    def _carried(self, question: int) -> None:
        carried = self._posts.pop(question, None)
        if carried is not None:
            carried.set_result(None)

    def _notified(self, key: int, name: str, said: Sequence[tuple[str, str]]) -> None:
        notifications = [(channel, notification_response(key, channel, payload)) for channel, payload in said]
        for connection in list(self._open):
            if connection.database == name or not self._settings.is_cluster:
                connection.notify(notifications)

    def _queue_usage(self) -> float:
        """Return how full the fullest queue of a client of this process is, from 0 to 1; from any thread."""
        return max(connection.client.notifications_share for connection in list(self._open))

    # -------------------------------------------------------------- Cancels

    def register(self, client: Client) -> tuple[int, int]:
        """Give a client its key and secret."""
        self._next = (self._next + 1) & ((1 << CONNECTION_BITS) - 1)
        while self._next in self._clients:
            self._next = (self._next + 1) & ((1 << CONNECTION_BITS) - 1)
        secret = secrets.randbits(32) - (1 << 31)
        self._clients[self._next] = (secret, client)
        key = self._settings.number << CONNECTION_BITS | self._next
        client.activity = self._activity.slot()
        return key, secret

    def forget(self, key: int) -> None:
        """Take a key back."""
        found = self._clients.pop(key & ((1 << CONNECTION_BITS) - 1), None)
        if found is not None and found[1].activity is not None:
            self._activity.release(found[1].activity)
            found[1].activity = None

    def _interrupt(self, key: int, ends: bool) -> None:
        """Cancel what a session runs, or end it, whoever's it is: in a thread, till it has heard."""
        heard: Future[None] = Future()
        done = partial(heard.set_result, None)
        self._loop.call_soon_threadsafe(self._pass_on, key, ends, done)
        heard.result()

    def _pass_on(self, key: int, ends: bool, done: Callable[[], None]) -> None:
        if key >> CONNECTION_BITS != self._settings.number:
            self._forward(key, b"t" + INTERRUPT.pack(key, ends), done)
        else:
            self._interrupted(key, ends)
            done()

    def _interrupted(self, key: int, ends: bool) -> None:
        found = self._clients.get(key & ((1 << CONNECTION_BITS) - 1))
        for connection in list(self._open):
            if found is not None and connection.client is found[1]:
                if ends:
                    connection.stop()
                connection.cancel()

    def cancel(self, key: int, secret: int, done: Callable[[], None]) -> None:
        """Cancel a statement here, or ask the supervisor to find its worker; `done` is called when
        the statement has heard it, so that a client never cancels the one after it."""
        if key >> CONNECTION_BITS != self._settings.number:
            self._forward(key, b"k" + KEYS.pack(key, secret), done)
            return
        found = self._clients.get(key & ((1 << CONNECTION_BITS) - 1))
        # A wrong secret is ignored without a word, as the manual asks.
        if found is not None and found[0] == secret:
            found[1].cancel()
        done()

    def _forward(self, key: int, message: bytes, done: Callable[[], None]) -> None:
        self._forwarded.setdefault(key, []).append(done)
        self._channel.send(message)
        self._loop.call_later(CANCEL_WAIT_S, self._confirmed, key)

    def _confirmed(self, key: int) -> None:
        for done in self._forwarded.pop(key, ()):
            done()

    # -------------------------------------------------------------- the supervisor's words

    def _receive(self, data: bytes, descriptor: int | None) -> None:
        match data[:1]:
            case b"c" if descriptor is not None:
                client = socket.socket(fileno=descriptor)
                client.setblocking(False)
                task = self._loop.create_task(self._accept(client))
                task.add_done_callback(self._accepted)
            case b"c":  # this process has no descriptor left: the kernel has closed the client's
                self._channel.send(b"e\0")
            case b"g":
                self._admissions.pop(int.from_bytes(data[1:5], "big")).set_result(data[5])
            case b"k":
                heard = partial(self._channel.send, b"d" + data[9:13] + data[1:5])
                key, secret = KEYS.unpack(data[1:9])
                self.cancel(key, secret, heard)
            case b"t":
                self._interrupted(*INTERRUPT.unpack_from(data, 1))
                self._channel.send(b"d" + data[1 + INTERRUPT.size :] + data[1:5])
            case b"d":
                self._confirmed(int.from_bytes(data[1:5], "big"))
            case b"h":
                self._rules = AccessRules.parse(
                    data[1:].decode(),
                    bool(self._settings.tls_certificate),
                    bool(self._settings.tls_authority),
                )
            case b"q" if descriptor is not None:
                task = self._loop.create_task(self._tell(data[1:5], data[5:].decode(), descriptor))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)
            case b"f":
                self._configure(read_decided(data[1:].decode()))
            case b"n":
                self._notified(*read_notifications(data))
            case b"m":
                self._carried(int.from_bytes(data[1:5], "big"))
            case b"l":
                self._leave(data[2:].decode(), bool(data[1]))
            case b"s":
                self._grace_s = 0.0 if data[1] else GRACE_S
                self._stopped.set()

    async def _tell(self, question: bytes, what: str, descriptor: int) -> None:
        """Write what is counted here into a file: counts, of the process too, facts of databases too."""
        counts = self._host.counts
        counters = {} if counts is None else statement_series(counts)
        gauges: Values = {}
        facts: Values = {}
        with os.fdopen(descriptor, "w") as file:
            for database in self._databases.open_now() if what != "counts" else ():
                with suppress(Error):  # statements will tell
                    add_values(gauges, await asyncio.to_thread(process_gauges, database))
                    if what == "facts":
                        facts |= await asyncio.to_thread(table_facts, database)
            json.dump((counters, gauges, facts), file)
        self._channel.send(b"q" + question)

    def _configure(self, decided: Decided) -> None:
        """Take settings that were read again, for all sessions."""
        self._host.configuration = decided
        set_least(least_level(decided))
        for connection in list(self._open):
            connection.configure(decided)

    def _orphaned(self) -> None:
        """The supervisor is gone: another may want to take its place at once."""
        self._grace_s = 0.0
        self._stopped.set()
        for question in list(self._posts):
            self._carried(question)

    async def _accept(self, client: socket.socket) -> None:
        await self._loop.connect_accepted_socket(self._connection, client)

    def _accepted(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._channel.send(b"e\0")

    def _connection(self) -> WireConnection:
        connection = WireConnection(self._host, self)
        self._open.add(connection)
        self._half_open[connection] = None
        if len(self._half_open) > HALF_OPEN_MAX:
            oldest = next(iter(self._half_open))
            del self._half_open[oldest]
            oldest.drop()
        return connection


def role_named(name: str, database: Database) -> Role | None:
    """Return the role of a name, as the catalog is now."""
    found = database.store.snapshot().others.get((NAMESPACE, name))
    return found if isinstance(found, Role) else None


async def serve_clients(settings: WorkerSettings) -> None:
    """Open the database, where it is one, and serve."""
    budget = Budget(settings.statement_bytes, settings.process_bytes)
    await Worker(settings, None if settings.is_cluster else open_served(settings.path, budget)).run()


def work(settings: WorkerSettings) -> None:
    """Be a worker, in a process of its own; on uvloop where it is installed, on asyncio elsewhere."""
    # Threads of the interpreter give way sooner: the event loop shares the process with statements.
    sys.setswitchinterval(0.001)
    run = asyncio.run if uvloop is None else uvloop.run
    run(serve_clients(settings))
