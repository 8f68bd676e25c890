"""The client as the rest of the conversation sees it: bytes to and from it, and its session's statements.

A statement runs here, in the event loop, where it is sure to be short, else in a thread; until it
ends nothing else of this client runs, so a session is used by one thread at a time.

Memory of a client is bounded both ways: of what it sends 4 MiB wait, and one message; of what it is sent
waits one piece of a result, which is made when the client has read those before it.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import field
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from vql.boundary import known_error
from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.errors import Error, LimitExceeded, QueryCanceled
from vql.functions.lookups import IndexBuild
from vql.roles.passwords import Secret
from vql.roles.role import Role
from vql.server.access_rules import Arrival
from vql.server.conversation.implicit_block import ImplicitBlock
from vql.server.conversation.limits import SessionLimits
from vql.server.conversation.pace import Pace
from vql.server.conversation.portals import Names
from vql.server.conversation.shared_search import SharedSearches
from vql.server.monitoring.activity import ActivitySlot
from vql.server.monitoring.counts import StatementCounts
from vql.server.monitoring.watch import StatementWatch
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import RowEncoder
from vql.server.protocol.tls import ServerTls, Tls
from vql.server.protocol.transcoding import Transcoder
from vql.session.results import Result, ResultColumn
from vql.session.session import Prepared, Session
from vql.session.statements.changes.pending_change import PendingChange
from vql.settings.decided import Decided
from vql.types.forms.encodings import CODECS

Value = TypeVar("Value")
log = logging.getLogger("vql.server")

# Output beyond this is written before the input is used up.
OUTPUT_BYTES_MAX = 64 << 10
# Output of a statement in threads is handed over in pieces of at least so much.
CHUNK_BYTES = 256 << 10
# Input that waits beyond this stops reading from the socket; a client that is not let in yet has less.
INPUT_BYTES_MAX = 4 << 20
HALF_OPEN_BYTES_MAX = 64 << 10
# Notifications that wait for a client to be out of a transaction, and to read.
NOTIFICATION_BYTES_MAX = 16 << 20
# A client that takes no more after its end was decided is cut off.
LINGER_S = 10.0
# Parameters whose changes a client is told of (manual, "Asynchronous Operations").
REPORTED = (
    "server_version", "server_encoding", "client_encoding", "application_name", "DateStyle",
    "IntervalStyle", "TimeZone", "integer_datetimes", "standard_conforming_strings",
    "is_superuser", "session_authorization", "default_transaction_read_only", "in_hot_standby",
)  # fmt: skip


class Cancels(Protocol):
    """Where a process keeps what CancelRequest must name."""

    def register(self, client: Client) -> tuple[int, int]: ...
    def forget(self, key: int) -> None: ...
    def cancel(self, key: int, secret: int, done: Callable[[], None]) -> None: ...


class Login(NamedTuple):
    """Who a client says it is: the role, None where there is none, and what its password is checked against,
    None where nobody's is. Of one that `is_refused` no password is right; `refusal` is for who has proved
    who it is."""

    role: Role | None
    secret: Secret | None
    is_refused: bool = False
    refusal: Error | None = None


@dataclass(slots=True)
class Host:
    """What the clients of one process share."""

    pool: ThreadPoolExecutor
    pace: Pace
    shared: SharedSearches
    cancels: Cancels
    authentication_timeout_s: float
    login: Callable[[Arrival], Awaitable[Login]]
    tls: ServerTls | None = None
    requires_tls: bool = False
    configuration: Decided = field(default_factory=dict)  # what sessions to come begin with
    counts: StatementCounts | None = None  # where they are asked for


class TextRows(NamedTuple):
    """RowDescription and encoder of results with these columns, in a style; a client keeps the last."""

    columns: tuple[ResultColumn, ...]
    style: Style
    description: bytes
    encode: RowEncoder


class Client:
    """One client; all but what `perform` and `stream` run in threads is called in the event loop."""

    session: Session
    block: ImplicitBlock
    watch: StatementWatch

    def __init__(self, host: Host) -> None:
        self.host = host
        self.names = Names()
        self.reader = protocol.MessageReader(HALF_OPEN_BYTES_MAX)
        self.text_rows: TextRows | None = None
        self.transport: asyncio.Transport | None = None
        self.tls: Tls | None = None
        self.is_local = False  # it has come by the Unix socket
        self._loop = asyncio.get_running_loop()
        self._out: list[bytes] = []
        self._out_bytes = 0
        self.is_awaited = False  # some of that is an end, an error or asked for by Flush
        self._arrival: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._is_paused = False  # nothing is read from the socket
        self._is_cancellable = False
        self._cancelled = False
        self._is_timed_out = False
        self._change: PendingChange | None = None  # whose commit is waited for
        self.is_ready = False  # it was told so, and has sent nothing since
        self._notifications: deque[bytes] = deque()
        self._notification_bytes = 0
        self._reported: dict[str, str] = {}
        self.activity: ActivitySlot | None = None  # where it says what it does
        self.limits: SessionLimits | None = None
        self.transcoder: Transcoder | None = None  # of a client whose encoding is not UTF-8

    def begin(self, session: Session) -> None:
        """Take the session that the client's statements run in."""
        self.session = session
        session.upkeep.note = self.note_build
        session.statements.of_protocol = self.names.listed
        session.cursors.portal = partial(self.names.rows_of, run=session.execute)
        session.cursors.close_portal = self.names.close_portal
        self.reader.message_bytes_max = protocol.MESSAGE_BYTES_MAX
        self.block = ImplicitBlock(session, self.names)
        self.watch = StatementWatch(session.settings, self.host.counts)

    # -------------------------------------------------------------- the socket

    @property
    def is_reading(self) -> bool:
        """Whether the client is there and takes what is written."""
        return self.transport is not None and self._drained is None

    def start_tls(self, server: ServerTls, received: bytes = b"") -> None:
        """Go on encrypted, beginning with what has been received."""
        self.flush()
        self.tls = Tls(server.context)
        if received:
            self.receive_bytes(received)

    def receive_bytes(self, data: bytes) -> None:
        """Take bytes from the socket; when much of it waits, no more is read until `resume_reading`."""
        if self.tls is not None:
            data = self._decrypted(self.tls, data)
            if not data:
                return
        self.reader.feed(data)
        if self._arrival is not None:
            self._wake()
        bytes_max = min(INPUT_BYTES_MAX, self.reader.message_bytes_max)
        if self.reader.buffered_bytes > bytes_max and not self._is_paused and self.transport is not None:
            self._is_paused = True
            self.transport.pause_reading()

    def _decrypted(self, tls: Tls, data: bytes) -> bytes:
        found = b""
        try:
            found = tls.decrypt(data)
        except ssl.SSLError as error:
            log.info("could not accept a TLS connection: %s", error.reason or error)
            self._hang_up(tls.outgoing())
        else:
            answer = tls.outgoing()
            if answer and self.transport is not None:
                self.transport.write(answer)
        return found

    def resume_reading(self) -> None:
        """All that is complete has been handled: more is wanted."""
        if self._is_paused and self.transport is not None:
            self._is_paused = False
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """The client does not read: `drain` waits."""
        if self._drained is None:
            self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """The client reads again."""
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)
        self._notify_idle()

    def _wake(self) -> None:
        """Let `receive` look again."""
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def lost(self) -> None:
        """The client is gone: wake who waits for it and cancel what runs."""
        self.transport = None
        if self._lingering is not None:
            self._lingering.cancel()
        for future in (self._arrival, self._drained):
            if future is not None and not future.done():
                future.set_exception(ConnectionResetError("client gone"))
                future.exception()
        self.cancel()

    def close(self) -> None:
        """Write what is left and hang up."""
        self.flush()
        self._hang_up(b"" if self.tls is None else self.tls.goodbye())

    def _hang_up(self, last: bytes) -> None:
        if self.transport is not None:
            self.transport.write(last)
            self.transport.close()
            self._lingering = self._loop.call_later(LINGER_S, self.transport.abort)
            # What is still in the reader is not handled: connection_lost comes next.
            self.transport = None

    def send(self, data: bytes) -> None:
        """Put whole messages into the output buffer."""
        if self.transcoder is not None:
            data = self.transcoder.outgoing(data)
        self._out.append(data)
        self._out_bytes += len(data)
        if self._out_bytes > OUTPUT_BYTES_MAX:
            self.flush()

    def flush(self) -> None:
        """Write the output buffer."""
        if self._out and self.transport is not None:
            data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
            self.transport.write(data if self.tls is None else self.tls.encrypt(data))
        self._out.clear()
        self._out_bytes = 0
        self.is_awaited = False

    def inline(self, key: str, work: Callable[[], Value]) -> Value:
        """Run a short statement here and note its time."""
        start = time.perf_counter()
        try:
            return work()
        finally:
            self.host.pace.record(key, time.perf_counter() - start)

    def briefly(self, key: str, work: Callable[[], Value | None]) -> Value | None:
        """Run a statement here if its shape has lately been short. `work` gives None where it is not sure
        to be so again; else None is given: it is for a thread."""
        return self.inline(key, work) if self.host.pace.is_short(key) else None

    def begin_change(self, prepared: Prepared, parameters: Sequence[object] = ()) -> PendingChange | None:
        """Make a change here that its plan says to take little, but for its commit, which is not made here;
        None where a thread has to run it."""
        return None if self.block.implicit else self.session.begin_change(prepared, parameters)

    async def committed(self, change: PendingChange) -> Result | None:
        """Wait for a change's commit; None where a thread has to run it. Raises 57014, 53100, 58030."""
        decided: asyncio.Future[None] = self._loop.create_future()

        def wake() -> None:
            if not decided.done():  # the client has gone meanwhile
                decided.set_result(None)

        def tell() -> None:
            with suppress(RuntimeError):  # the process ends
                self._loop.call_soon_threadsafe(wake)

        with self.cancellable():
            self._change = change
            try:
                change.submit(tell)
                await decided
            finally:
                self._change = None
            return change.outcome()

    async def perform(
        self,
        key: str,
        work: Callable[[], Value],
        *,
        by: Callable[[Callable[[], Value]], Awaitable[Value]] | None = None,
    ) -> Value:
        """Run a statement in a thread; `by` is another way to get its outcome than running it there."""
        if self.is_awaited:
            self.flush()
        alone = partial(self._threaded, key, work)
        with self.cancellable():
            if by is not None:
                return await by(alone)
            return await self._loop.run_in_executor(self.host.pool, alone)

    async def stream(self, key: str, blocks: Generator[bytes]) -> None:
        """Run a statement in threads that yields what is sent, made no faster than the client reads it."""
        if self.is_awaited:
            self.flush()
        ended = False
        try:
            with self.cancellable():
                work = partial(self._threaded, key, partial(taken, blocks))
                while not ended:
                    data, ended = await self._loop.run_in_executor(self.host.pool, work)
                    self.send(data)
                    if not ended:
                        self.flush()
                        await self.drain()
        finally:
            if not ended:
                await self._loop.run_in_executor(self.host.pool, blocks.close)

    @contextmanager
    def cancellable(self) -> Iterator[None]:
        """Let a statement in threads be cancelled, by others and at its timeout; within another one it is a
        part of that."""
        if self._is_cancellable:
            yield
            return
        self._is_cancellable, self._cancelled, self._is_timed_out = True, False, False
        limit_s = self.session.timeout_ms / 1e3
        timer = self._loop.call_later(limit_s, self._time_out) if limit_s else None
        try:
            yield
        except QueryCanceled as error:
            if self._is_timed_out:
                raise QueryCanceled("canceling statement due to statement timeout") from error
            raise
        finally:
            self._is_cancellable = False
            if timer is not None:
                timer.cancel()

    def _threaded(self, key: str, work: Callable[[], Value]) -> Value:
        # A statement forgets cancels from before its start; one that came while it waited for a
        # thread is kept here.
        with self.session.running():
            if self._cancelled:
                raise QueryCanceled("canceling statement due to user request")
            return self.inline(key, work)

    def is_cancelled(self) -> bool:
        """Whether the statement in a thread, or on its way there, has been cancelled."""
        return self._cancelled

    async def drain(self) -> None:
        """Wait until the client has read what was written. Raises ConnectionResetError."""
        if self.transport is None:
            raise ConnectionResetError("client gone")
        if self._drained is not None:
            await self._drained

    async def receive(self) -> tuple[int, bytes]:
        """Return the next message, for a coroutine that takes over the conversation (COPY). Raises 57014."""
        while True:
            if self._cancelled:
                raise QueryCanceled("canceling statement due to user request")
            message = self.reader.message()
            if message is not None:
                return message[0], self.in_utf8(*message)
            if self.transport is None:
                raise ConnectionResetError("client gone")
            self.resume_reading()
            self._arrival = self._loop.create_future()
            await self._arrival

    def send_error(self, error: BaseException) -> None:
        """Send ErrorResponse; a failure that is no Error is ours: it is logged and gets XX000."""
        told = known_error(error)
        self.send(protocol.error_response(told))
        self.is_awaited = True
        self.watch.failed(told)

    def send_ready(self) -> None:
        """Send ReadyForQuery; portals end with their transaction."""
        status = self.session.transaction_status
        if status == "I":
            self.names.forget_portals()
            if self._notifications:
                self._send_notifications()
        self.is_ready = True
        self.watch.statement = ""  # nobody keeps a long text while its client rests
        if self.activity is not None:
            self.activity.rest(status)
        if self.limits is not None:
            self.limits.rest(status)
        self.send(protocol.READY[status])
        self.is_awaited = True

    def notify(self, notification: bytes) -> None:
        """Send what a transaction said, NotificationResponses, as soon as the client is in none. Raises 54000
        where too much of that waits."""
        self._notifications.append(notification)
        self._notification_bytes += len(notification)
        if self._notification_bytes > NOTIFICATION_BYTES_MAX:
            raise LimitExceeded(
                "too many notifications wait for the client",
                detail="They are sent between transactions, and when the client reads.",
            )
        self._notify_idle()

    @property
    def notifications_share(self) -> float:
        """How much of what may wait of notifications does, from 0 to 1."""
        return self._notification_bytes / NOTIFICATION_BYTES_MAX

    def _notify_idle(self) -> None:
        if self._notifications and self.is_ready and self.is_reading:
            if self.session.transaction_status == "I":
                self._send_notifications()
                self.flush()

    def _send_notifications(self) -> None:
        while self._notifications:
            self.send(self._notifications.popleft())
        self._notification_bytes = 0

    def report_parameters(self) -> None:
        """Send ParameterStatus for what a statement may have changed."""
        self.watch.settle()
        for name in REPORTED:
            value = self.session.setting(name)
            if self._reported.get(name) != value:
                self._reported[name] = value
                if name == "application_name" and self.activity is not None:
                    self.activity.rename(value)
                self.send(protocol.parameter_status(name, value))
        encoding = self._reported["client_encoding"]
        if CODECS[encoding] == "utf-8":
            self.transcoder = None
        elif self.transcoder is None or self.transcoder.encoding != encoding:
            self.transcoder = Transcoder(encoding, self.names.types)

    def in_utf8(self, kind: int, payload: bytes) -> bytes:
        """Return what a message of the client says in UTF-8."""
        return payload if self.transcoder is None else self.transcoder.incoming(kind, payload)

    def note_build(self, build: IndexBuild | None) -> None:
        """Have others see how far the client's statement is with indexes; from any thread."""

        def note() -> None:
            if self.activity is not None:
                self.activity.build(build)

        with suppress(RuntimeError):  # the process ends
            self._loop.call_soon_threadsafe(note)

    def _time_out(self) -> None:
        self._is_timed_out = not self._cancelled
        self.cancel()

    def cancel(self) -> None:
        """Cancel what runs in threads; a statement in the event loop is over before this."""
        if self._is_cancellable:
            self._cancelled = True
            self.session.cancel()
            if self._change is not None:
                self._change.cancel()
            self._wake()


def taken(blocks: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the next blocks, and whether they were the last."""
    found: list[bytes] = []
    size = 0
    for block in blocks:
        found.append(block)
        size += len(block)
        if size >= CHUNK_BYTES:
            return b"".join(found), False
    return b"".join(found), True
