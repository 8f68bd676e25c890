"""One client's conversation: a state machine on an asyncio.Protocol.

Received bytes go through `MessageReader`; `_pump` hands each message to a handler. A handler that
can answer at once does so, and its bytes join one output buffer that is written when the input is
used up. A handler that must wait (a slow statement, COPY, a client that does not read) returns a
coroutine; until it ends no further message is handled, so a session is used by one thread at a time.

| state | left by |
|---|---|
| start-up | StartupMessage; authentication where a password is set |
| ready | every message; an error of the extended protocol skips to Sync |
| busy (a coroutine runs) | its end |
| closed | |
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar, cast

from vql.errors import (
    AdminShutdown,
    Error,
    InternalError,
    OutOfMemory,
    ProtocolViolation,
    QueryCanceled,
)
from vql.language import ast
from vql.server.conversation.batching import Batches
from vql.server.conversation.extended import Extended
from vql.server.conversation.handshake import Handshake
from vql.server.conversation.pace import Pace
from vql.server.conversation.simple import TextRows, run_query
from vql.server.conversation.transaction import Block
from vql.server.protocol import messages as protocol
from vql.server.protocol.scram import Secret
from vql.session.session import Session

Job = Coroutine[None, None, None]
Value = TypeVar("Value")
log = logging.getLogger("vql.server")

# Output beyond this is written before the input is used up.
OUTPUT_BYTES_MAX = 64 << 10
# Input beyond this stops reading from the socket while a statement runs.
INPUT_BYTES_MAX = 4 << 20
# A client with a long pipeline lets others in after this many messages.
MESSAGES_IN_A_ROW_MAX = 64
STARTUP_TIMEOUT_S = 60.0
CANCEL_AGAIN_S = 0.05
# Parameters whose changes a client is told of (manual, "Asynchronous Operations").
REPORTED = (
    "server_version", "server_encoding", "client_encoding", "application_name", "DateStyle",
    "IntervalStyle", "TimeZone", "integer_datetimes", "standard_conforming_strings",
    "is_superuser", "session_authorization", "default_transaction_read_only", "in_hot_standby",
)  # fmt: skip


class Cancels(Protocol):
    """Where a process keeps what CancelRequest must name."""

    def register(self, connection: Connection) -> tuple[int, int]: ...
    def forget(self, key: int) -> None: ...
    def cancel(self, key: int, secret: int, done: Callable[[], None]) -> None: ...


@dataclass(slots=True)
class Host:
    """What the connections of one process share."""

    open_session: Callable[[str, str], Session]
    pool: ThreadPoolExecutor
    pace: Pace
    batches: Batches
    cancels: Cancels
    secret: Secret | None = None


class Connection(asyncio.Protocol):
    """One client. Public methods are for the modules that speak parts of the protocol."""

    session: Session

    def __init__(self, host: Host, ended: Callable[[Connection], None]) -> None:
        self.host = host
        self._ended = ended
        self.block = Block(self)
        self.reader = protocol.MessageReader()
        self.text_rows: TextRows | None = None
        self._loop = asyncio.get_running_loop()
        self._handshake: Handshake | None = Handshake(host.secret)
        self._extended = Extended(self)
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._arrived: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._skipping = False
        self._simple = False
        self._in_thread = False
        self._cancelled = False
        self._performed = 0  # statements run in threads so far
        self._stopping = False
        self._key = 0
        self._reported: dict[str, str] = {}
        self._handlers: dict[int, Callable[[bytes], Job | None]] = {
            protocol.QUERY: self._query,
            protocol.PARSE: self._extended.parse,
            protocol.BIND: self._extended.bind,
            protocol.DESCRIBE: self._extended.describe,
            protocol.EXECUTE: self._extended.execute,
            protocol.CLOSE: self._extended.close,
            protocol.SYNC: self._sync,
            protocol.FLUSH: self._ignore,
            protocol.TERMINATE: self._terminate,
            # What a client had under way when COPY failed is dropped, as the manual asks.
            protocol.COPY_DATA: self._ignore,
            protocol.COPY_DONE_IN: self._ignore,
            protocol.COPY_FAIL: self._ignore,
            protocol.PASSWORD: self._refuse,
            protocol.FUNCTION_CALL: self._refuse,
        }

    # -------------------------------------------------------------- asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the conversation."""
        # uvloop's transports are asyncio's by shape, not by class.
        self._transport = cast(asyncio.Transport, transport)
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            # A client that vanished without a word is noticed by keep-alive probes.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._timer = self._loop.call_later(STARTUP_TIMEOUT_S, self._startup_timeout)

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer what is complete."""
        self.reader.feed(data)
        if self._task is None:
            self._pump()
            return
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)
        if self.reader.buffered_bytes > INPUT_BYTES_MAX and self._transport is not None:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """The client does not read: stop answering."""
        if self._drained is None:
            self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """The client reads again."""
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)
        if self._task is None:
            self._pump()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel what runs and give the session back."""
        self._transport = None
        self._timer.cancel()
        if self._key:
            self.host.cancels.forget(self._key)
        for future in (self._arrived, self._drained):
            if future is not None and not future.done():
                future.set_exception(ConnectionResetError("client gone"))
                future.exception()
        self.cancel()
        if self._task is None:
            self._close_session()

    # -------------------------------------------------------------- for the other modules

    def send(self, data: bytes) -> None:
        """Put bytes into the output buffer."""
        self._out.append(data)
        self._out_bytes += len(data)
        if self._out_bytes > OUTPUT_BYTES_MAX:
            self.flush()

    def flush(self) -> None:
        """Write the output buffer."""
        if self._out and self._transport is not None:
            data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
            self._transport.write(data)
        self._out.clear()
        self._out_bytes = 0

    def inline(self, key: str, work: Callable[[], Value]) -> Value:
        """Run a short statement here and note its time."""
        start = time.perf_counter()
        try:
            return work()
        finally:
            self.host.pace.record(key, time.perf_counter() - start)

    async def perform(
        self,
        key: str,
        work: Callable[[], Value],
        *,
        thread: bool = False,
        by: Callable[[Callable[[], Value]], Awaitable[Value]] | None = None,
    ) -> Value:
        """Run a statement here if its shape is known to be short, else in a thread; `by` is another
        way to get its outcome from a thread than running it there."""
        if not thread and self.host.pace.is_short(key):
            return self.inline(key, work)
        self.flush()
        self._in_thread, self._cancelled = True, False
        self._performed += 1
        limit_s = self.session.timeout_ms / 1e3
        timer = self._loop.call_later(limit_s, self.cancel) if limit_s else None
        alone = partial(self._threaded, key, work)
        try:
            if by is not None:
                return await by(alone)
            return await self._loop.run_in_executor(self.host.pool, alone)
        except QueryCanceled as error:
            if timer is not None and timer.when() <= self._loop.time():
                raise QueryCanceled("canceling statement due to statement timeout") from error
            raise
        finally:
            self._in_thread = False
            if timer is not None:
                timer.cancel()

    def _threaded(self, key: str, work: Callable[[], Value]) -> Value:
        # A statement forgets cancels from before its start; one that came while it waited for a
        # thread is kept here.
        if self._cancelled:
            raise QueryCanceled("canceling statement due to user request")
        return self.inline(key, work)

    def is_cancelled(self) -> bool:
        """Whether the statement in a thread, or on its way there, has been cancelled."""
        return self._cancelled

    async def stream(self, blocks: Iterator[bytes]) -> None:
        """Send blocks made one at a time in a thread, no faster than the client reads."""
        while True:
            block = await self._loop.run_in_executor(self.host.pool, next, blocks, None)
            if block is None:
                return
            self.send(block)
            self.flush()
            await self.drain()

    async def drain(self) -> None:
        """Wait until the client has read what was written. Raises ConnectionResetError."""
        if self._transport is None:
            raise ConnectionResetError("client gone")
        if self._drained is not None:
            await self._drained

    async def receive(self) -> tuple[int, bytes]:
        """Return the next message, for a coroutine that takes over the conversation (COPY)."""
        while True:
            message = self.reader.message()
            if message is not None:
                return message
            if self._transport is None:
                raise ConnectionResetError("client gone")
            self._transport.resume_reading()
            self._arrived = self._loop.create_future()
            await self._arrived

    def send_error(self, error: BaseException) -> None:
        """Send ErrorResponse; a failure that is no Error is ours: it is logged and gets XX000."""
        self.send(protocol.error_response(known_error(error)))

    def send_ready(self) -> None:
        """Send ReadyForQuery; portals end with their transaction."""
        status = self.session.transaction_status
        if status == "I":
            self._extended.forget_portals()
        self.send(protocol.READY[status])

    def report_parameters(self) -> None:
        """Send ParameterStatus for what a statement may have changed."""
        for name in REPORTED:
            value = self.session.setting(name)
            if self._reported.get(name) != value:
                self._reported[name] = value
                self.send(protocol.parameter_status(name, value))

    def discard(self, statement: ast.Discard) -> None:
        """Forget prepared statements and portals: DEALLOCATE, CLOSE, DISCARD ALL."""
        match statement.what.split()[0]:
            case "DEALLOCATE":
                self._extended.forget(None if "ALL" in statement.what else statement.name)
            case "CLOSE" if statement.name is None:
                self._extended.forget_portals()
            case "DISCARD" if "ALL" in statement.what:
                self._extended.forget(None)

    def cancel(self) -> None:
        """Cancel what runs in a thread; a statement in the event loop is over before this."""
        if self._in_thread:
            self._cancelled = True
            self._insist(self._performed)

    def _insist(self, performed: int) -> None:
        # DuckDB forgets an interrupt that comes before its query has begun, so it is said again
        # for as long as the same statement runs.
        if self._in_thread and self._performed == performed:
            self.session.cancel()
            self._loop.call_later(CANCEL_AGAIN_S, self._insist, performed)

    def stop(self) -> None:
        """Say goodbye: at once if idle, else when the statement has ended."""
        self._stopping = True
        if self._task is None:
            self._fatal(AdminShutdown("terminating connection due to administrator command"))

    # -------------------------------------------------------------- messages

    def _pump(self) -> None:
        """Handle messages until they are used up or one must wait."""
        count = 0
        try:
            while self._task is None and self._drained is None and self._transport is not None:
                count += 1
                if count > MESSAGES_IN_A_ROW_MAX:
                    self._loop.call_soon(self._pump)
                    break
                if not (self._step() if self._handshake is None else self._greet()):
                    break
        except ProtocolViolation as error:
            self._fatal(error)
        self.flush()

    def _step(self) -> bool:
        message = self.reader.message()
        if message is None:
            return False
        kind, payload = message
        self._simple = kind == protocol.QUERY
        if self._skipping and kind not in (protocol.SYNC, protocol.TERMINATE):
            return True
        try:
            job = self._handlers[kind](payload)
        except Exception as error:  # noqa: BLE001 - the boundary: the client is told
            self._failed(error)
        else:
            if job is not None:
                self._task = self._loop.create_task(self._finish(job))
        return True

    async def _finish(self, job: Job) -> None:
        """Run a coroutine handler, then go on with the messages that waited."""
        try:
            await job
        except ConnectionResetError:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary: the client is told
            self._failed(error)
        self._task = None
        if self._transport is None:
            self._close_session()
            return
        self._transport.resume_reading()
        if self._stopping:
            self.stop()
        else:
            self._pump()

    def _failed(self, error: BaseException) -> None:
        self.block.abort()
        self.session.fail()
        self.send_error(error)
        if self._simple:
            self.send_ready()
        else:
            self._skipping = True

    def _query(self, payload: bytes) -> Job | None:
        return run_query(self, protocol.parse_text(payload))

    def _sync(self, payload: bytes) -> Job | None:
        self._skipping = False
        if self.block.implicit:
            return self._end_block()
        self.send_ready()
        return None

    async def _end_block(self) -> None:
        try:
            await self.perform("commit", self.block.finish)
        except Error as error:
            self.send_error(error)
        self.send_ready()

    def _ignore(self, payload: bytes) -> None:
        return None

    def _refuse(self, payload: bytes) -> None:
        raise ProtocolViolation("this message is not expected here; function calls go through SQL")

    def _terminate(self, payload: bytes) -> None:
        self._close()

    # -------------------------------------------------------------- start and end

    def _greet(self) -> bool:
        """Take one packet of start-up and authentication."""
        handshake = self._handshake
        assert handshake is not None, "only during start-up"
        try:
            went_on = handshake.step(self.reader, self.send)
            if handshake.cancel is not None:
                # The client waits for the end of this connection: until its statement has been told.
                self.host.cancels.cancel(*handshake.cancel, self._close)
                return False
            if handshake.done:
                self._begin(handshake.user, handshake.database, handshake.settings)
            return went_on
        except Exception as error:  # noqa: BLE001 - the boundary: a failed start ends it
            self._fatal(error)
            return False

    def _begin(self, user: str, database: str, settings: dict[str, str]) -> None:
        session = self.host.open_session(user, database)
        self.session = session
        self._handshake = None
        for name, value in settings.items():
            quoted = value.replace("'", "''")
            parts = ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
            session.execute(session.prepare(f"SET {parts} = '{quoted}'"))
        self._timer.cancel()
        self._key, secret = self.host.cancels.register(self)
        session.process_id = self._key
        self.send(protocol.AUTHENTICATION_OK)
        self.report_parameters()
        self.send(protocol.backend_key_data(self._key, secret))
        self.send_ready()

    def _startup_timeout(self) -> None:
        self._fatal(ProtocolViolation("canceling authentication due to timeout", sqlstate="57014"))

    def _fatal(self, error: BaseException) -> None:
        self.send(protocol.error_response(known_error(error), "FATAL"))
        self._close()

    def _close(self) -> None:
        self.flush()
        if self._transport is not None:
            self._transport.close()
            # What is still in the reader is not handled: connection_lost comes next.
            self._transport = None

    def _close_session(self) -> None:
        if self._handshake is None:
            self.session.close()
        self._ended(self)


def known_error(error: BaseException) -> Error:
    """Return what the client is told of any failure."""
    if isinstance(error, Error):
        return error
    if isinstance(error, MemoryError):
        return OutOfMemory("out of memory")
    log.error("internal error", exc_info=error)
    return InternalError(f"internal error: {type(error).__name__}: {error}")
