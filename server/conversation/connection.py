"""One client's conversation: a state machine on an asyncio.Protocol.

Received bytes go through `MessageReader`; `_pump` hands each message to a handler. A handler that
can answer at once does so, and its bytes join one output buffer that is written when the input is
used up. A handler that must wait (a slow statement, COPY, a client that does not read) returns a
coroutine; until it ends no further message is handled, so a session is used by one thread at a time.

| state | left by |
|---|---|
| half open | StartupMessage; authentication where a password is set; the process lets it in |
| ready | every message; an error of the extended protocol skips to Sync |
| busy (a coroutine runs) | its end |
| closed | |
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol, cast

from vql.boundary import known_error
from vql.errors import (
    AdminShutdown,
    Error,
    LimitExceeded,
    OperationalError,
    ProtocolViolation,
    QueryCanceled,
)
from vql.language import ast
from vql.roles.role import Role
from vql.server.conversation.client import Client, Host
from vql.server.conversation.extended import Extended
from vql.server.conversation.handshake import Handshake
from vql.server.conversation.limits import SessionLimits
from vql.server.conversation.round_trip import RoundTrip
from vql.server.conversation.simple import run_query
from vql.server.monitoring.logs import FATAL, LOG, Speaker, report
from vql.server.protocol import messages as protocol
from vql.session.session import Session
from vql.settings.decided import Decided, Decision
from vql.settings.known import IDENTITY, OF_TRANSACTION, folded

Job = Coroutine[None, None, None]
# A client with a long pipeline lets others in after this many messages.
MESSAGES_IN_A_ROW_MAX = 64


class Door(Protocol):
    """Where a process counts its connections."""

    async def admit(self, connection: WireConnection, role: Role, name: str) -> None: ...
    async def open_session(self, connection: WireConnection, user: str, name: str) -> Session: ...
    def left(self, connection: WireConnection) -> None: ...


class WireConnection(asyncio.Protocol):
    """Hands the messages of one client to those who answer them."""

    def __init__(self, host: Host, door: Door) -> None:
        self.client = Client(host)
        self.admitted_as: bytes | None = None  # the key of its role, once it is let in
        self.database: str | None = None  # in which its session is
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._handshake: Handshake | None = Handshake(self.client)
        extended = Extended(self.client)
        self._round_trip = RoundTrip(self.client, extended)
        self._task: asyncio.Task[None] | None = None
        self._skipping = False
        self._simple = False
        self._ending: Error | None = None  # what the client is told when its statement has ended
        self._is_lost = False
        self._pumping: asyncio.Handle | None = None
        self._configured: Decided | None = None  # settings to be taken behind what runs
        self._speaker = Speaker(0, "", "", "", -1)
        self._begun_s = self._loop.time()
        self._key = 0
        self._handlers: dict[int, Callable[[bytes], Job | None]] = {
            protocol.QUERY: self._query,
            protocol.PARSE: extended.parse,
            protocol.BIND: extended.bind,
            protocol.DESCRIBE: extended.describe,
            protocol.EXECUTE: extended.execute,
            protocol.CLOSE: extended.close,
            protocol.SYNC: self._sync,
            protocol.FLUSH: self._flush,
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
        self.client.transport = cast(asyncio.Transport, transport)
        raw = transport.get_extra_info("socket")
        self.client.is_local = raw is not None and raw.family == socket.AF_UNIX
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            # A client that vanished without a word is noticed by keep-alive probes.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        peer = (*(transport.get_extra_info("peername") or ()), "", -1)[:2]
        self._speaker = self._speaker._replace(address=peer[0], port=peer[1])
        logs = self.client.host.configuration.get("log_connections")
        if logs is not None and logs.value == "on":
            self._report(f"connection received: {self._speaker.host}")
        timeout_s = self.client.host.authentication_timeout_s
        self._timer = self._loop.call_later(timeout_s, self._startup_timeout)

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer what is complete."""
        self.client.receive_bytes(data)
        self._pump()

    def pause_writing(self) -> None:
        """The client does not read: stop answering."""
        self.client.pause_writing()

    def resume_writing(self) -> None:
        """The client reads again."""
        self.client.resume_writing()
        self._pump()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel what runs and give the session back."""
        self._is_lost = True
        self._timer.cancel()
        if self._handshake is None:
            self._log_end()
        if self.client.limits is not None:
            self.client.limits.close()
        if self._key:
            self.client.host.cancels.forget(self._key)
        self.client.lost()
        if self._task is None:
            self._close_session()

    # -------------------------------------------------------------- the process's calls

    def cancel(self) -> None:
        """Cancel the statement that runs."""
        self.client.cancel()

    def stop(self) -> None:
        """Say goodbye: at once if idle, else when the statement has ended."""
        self._ending = self._ending or AdminShutdown("terminating connection due to administrator command")
        if self._task is None:
            self._fatal(self._ending)

    def end(self, error: Error) -> None:
        """End the session by an error, and what it runs."""
        self._ending = error
        self.stop()
        self.cancel()

    def drop(self) -> None:
        """End a connection whose client has not said who it is: a newer one takes its place."""
        self._fatal(OperationalError("too many connections are being opened", sqlstate="53300"))

    def notify(self, notifications: Sequence[tuple[str, bytes]]) -> None:
        """Tell the client what a transaction said on the channels that its session listens to."""
        if self._handshake is not None:
            return
        channels = self.client.session.block.notifications.channels
        heard = [notification for channel, notification in notifications if channel in channels]
        if heard:
            try:
                self.client.notify(b"".join(heard))
            except LimitExceeded as error:
                self._fatal(error)

    def configure(self, decided: Decided) -> None:
        """Take what the server has decided of settings from now on: between two statements."""
        self._configured = decided
        if self._task is None and self._handshake is None:
            self._take_configured()
            self.client.flush()

    def _take_configured(self) -> None:
        if self._configured is not None:
            self.client.session.settings.decide(self._configured)
            self._configured = None
            if self.client.transport is not None:
                self.client.report_parameters()

    # -------------------------------------------------------------- messages

    def _pump(self) -> None:
        """Handle messages until they are used up or one must wait."""
        if self._task is not None or self._pumping is not None:
            return
        is_idle = False
        try:
            is_idle = self._handle()
        except ProtocolViolation as error:
            self._fatal(error)
        # A task writes what it has to say, and this before it waits long.
        if self._task is None and (self.client.is_awaited or self._handshake is not None):
            self.client.flush()
        if is_idle:
            self.client.resume_reading()

    def _handle(self) -> bool:
        """Handle messages; whether all that have arrived have been. Raises ProtocolViolation."""
        client = self.client
        if self._handshake is None and not self._skipping and client.is_reading:
            if self._answer_round_trip():
                return True
        for _ in range(MESSAGES_IN_A_ROW_MAX):
            if self._task is not None or not client.is_reading:
                return False
            if not (self._step() if self._handshake is None else self._greet()):
                return True
        self._pumping = self._loop.call_soon(self._pump_on)
        return False

    def _pump_on(self) -> None:
        self._pumping = None
        self._pump()

    def _answer_round_trip(self) -> bool:
        """Answer what has arrived if it is a usual round trip; whether that was all."""
        try:
            done = self._round_trip.run()
        except Exception as error:  # noqa: BLE001 - the boundary: the client is told
            self._simple = False
            self._failed(error)
            return False
        if isinstance(done, bool):
            return done
        self._simple = False
        self._task = self._loop.create_task(self._finish(done))
        return False

    def _step(self) -> bool:
        message = self.client.reader.message()
        if message is None:
            return False
        kind, payload = message
        self.client.is_ready = False
        if self.client.limits is not None:
            self.client.limits.run()
        self._simple = kind == protocol.QUERY
        if self._skipping and kind not in (protocol.SYNC, protocol.TERMINATE):
            return True
        try:
            if self.client.transcoder is not None:
                payload = self.client.in_utf8(kind, payload)
            job = self._handlers[kind](payload)
        except Exception as error:  # noqa: BLE001 - the boundary: the client is told
            self._failed(error)
        else:
            if job is not None:
                self._task = self._loop.create_task(self._finish(job))
        return True

    async def _finish(self, job: Job) -> None:
        """Run a coroutine handler."""
        try:
            await job
        except ConnectionResetError:
            pass
        except Exception as error:  # noqa: BLE001 - the boundary: the client is told
            self._failed(error)
        self._go_on()

    def _go_on(self) -> None:
        """A coroutine has ended: go on with the messages that waited."""
        self._task = None
        if self._configured is not None and self._handshake is None:
            self._take_configured()
        if self._is_lost:
            self._close_session()
        elif self._ending is not None:
            self.stop()
        else:
            self._pump()

    def _failed(self, error: BaseException) -> None:
        self.client.block.abort()
        self.client.session.fail()
        if self._ending is not None and isinstance(error, QueryCanceled):
            return  # the end is told instead
        self.client.send_error(error)
        if self._simple:
            self.client.send_ready()
        else:
            self._skipping = True

    def _query(self, payload: bytes) -> Job | None:
        return run_query(self.client, protocol.parse_text(payload))

    def _sync(self, payload: bytes) -> Job | None:
        self._skipping = False
        if self.client.block.implicit:
            return self._end_block()
        self.client.send_ready()
        return None

    async def _end_block(self) -> None:
        try:
            await self.client.perform("commit", self.client.block.finish)
        except Error as error:
            self.client.send_error(error)
        self.client.send_ready()

    def _flush(self, payload: bytes) -> None:
        self.client.is_awaited = True

    def _ignore(self, payload: bytes) -> None:
        return None

    def _refuse(self, payload: bytes) -> None:
        raise ProtocolViolation("this message is not expected here; function calls go through SQL")

    def _terminate(self, payload: bytes) -> None:
        self.client.close()

    # -------------------------------------------------------------- start and end

    def _greet(self) -> bool:
        """Take one packet of start-up and authentication."""
        handshake = self._handshake
        assert handshake is not None, "only during start-up"
        try:
            went_on = handshake.step()
            if handshake.cancel is not None:
                # The client waits for the end of this connection: until its statement has been told.
                self.client.host.cancels.cancel(*handshake.cancel, self.client.close)
                return False
            if handshake.is_named or handshake.done:
                self._task = self._loop.create_task(self._begin(handshake))
            return went_on
        except Exception as error:  # noqa: BLE001 - the boundary: a failed start ends it
            self._fatal(error)
            return False

    async def _begin(self, handshake: Handshake) -> None:
        """See who a client is, let it in once it has proved that, then answer what it has sent meanwhile."""
        try:
            if handshake.is_named:
                handshake.identify(await self.client.host.login(handshake.arrival()))
            if handshake.done and self.client.transport is not None:
                self._timer.cancel()
                await self._door.admit(self, handshake.role, handshake.database)
                if self.client.transport is not None:
                    await self._welcome(handshake)
        except Exception as error:  # noqa: BLE001 - the boundary: a failed start ends it
            self._fatal(error)
        self.client.flush()
        self._go_on()

    async def _welcome(self, handshake: Handshake) -> None:
        session = await self._door.open_session(self, handshake.user, handshake.database)
        self.client.begin(session)
        self._speaker, self._handshake = self._said_by(), None
        if self._configured is not None:
            self.client.session.settings.decide(self._configured)
        if handshake.settings:
            # In a thread: one may be a moment that has to be waited for.
            await self.client.perform("settings", partial(apply_settings, session, handshake.settings))
        if self._is_lost:
            return
        self._key, secret = self.client.host.cancels.register(self.client)
        session.relations.process_id = session.locks.process_id = self._key
        self._note_begin(handshake)
        self.client.limits = SessionLimits(session, self.end)
        self.client.send(protocol.AUTHENTICATION_OK)
        self.client.report_parameters()
        self.client.send(protocol.backend_key_data(self._key, secret))
        self.client.send_ready()

    def _note_begin(self, handshake: Handshake) -> None:
        """Take note of the session where others see it."""
        slot, session = self.client.activity, self.client.session
        application = session.setting("application_name")
        name = session.database.path.name
        self._speaker = Speaker(self._key, handshake.user, name, *self._speaker[3:5], application)
        self.client.watch.speaker = self._speaker
        if slot is not None:
            encryption = "" if self.client.tls is None else self.client.tls.encryption()
            slot.begin(self._key, name, handshake.user, application, *self._speaker[3:5], encryption)
        if session.setting("log_connections") == "on":
            tls = self.client.tls
            encrypted = "" if tls is None else f" SSL enabled ({tls.described()})"
            named = f" application_name={application}" if application else ""
            self._report(f"connection authorized: user={handshake.user} database={name}{named}{encrypted}")

    def _said_by(self) -> Speaker:
        """Return whose entries of the log are, also of a client that is not let in."""
        handshake = self._handshake
        if handshake is None or not handshake.user:
            return self._speaker
        return self._speaker._replace(user=handshake.user, database=handshake.database)

    def _report(self, message: str) -> None:
        report(LOG, message, self._speaker)

    def _log_end(self) -> None:
        if self.client.session.setting("log_disconnections") == "on":
            seconds = self._loop.time() - self._begun_s
            lasted = f"{timedelta(seconds=int(seconds))}.{int(seconds * 1000) % 1000:03d}"
            said = self._speaker
            self._report(
                f"disconnection: session time: {lasted} user={said.user} database={said.database} {said.host}"
            )

    def _startup_timeout(self) -> None:
        self._fatal(ProtocolViolation("canceling authentication due to timeout", sqlstate="57014"))

    def _fatal(self, error: BaseException) -> None:
        told = known_error(error)
        report(FATAL, told.message, self._said_by(), told)
        if not self._key and self.client.host.counts is not None:
            self.client.host.counts.refused[told.sqlstate] += 1
        if not isinstance(error, protocol.NoStartup):
            self.client.send(protocol.error_response(told, "FATAL"))
        self.client.close()

    def _close_session(self) -> None:
        if self._handshake is None and self.client.session.settings.temporary:
            # In a thread: what is dropped is written to the disk.
            closing = self._loop.run_in_executor(self.client.host.pool, self.client.session.close)
            closing.add_done_callback(lambda _: self._door.left(self))
            return
        if self._handshake is None:
            self.client.session.close()
        self._door.left(self)


def apply_settings(session: Session, settings: Mapping[str, str]) -> None:
    """Set what the start-up packet asks for. Raises as SET does."""
    begins_with = {}
    for name, value in settings.items():
        key = folded(name)
        # Not by a text: there one value in quotes is one name, here it is a list as SHOW writes it.
        if key in (*OF_TRANSACTION, *IDENTITY, "vql.as_of"):
            session.configuration.set(ast.Set(name, value))
            continue
        made = session.settings.check(name, value)
        if made is not None:
            begins_with[key] = Decision(made, "client")
    session.settings.begin_with(begins_with)  # which RESET returns to
