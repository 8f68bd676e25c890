"""The extended query protocol: prepared statements and portals.

A statement keeps what depends on it alone: decoders by parameter formats, encoders and
RowDescription by result formats. So Bind, Execute and Sync of a known statement decode values, run
the plan and encode rows, and look nothing up twice.
"""

from __future__ import annotations

from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING

from vql.errors import NotSupportedError, OperationalError, ProgrammingError, ProtocolViolation
from vql.language import ast
from vql.server.conversation.pace import shape
from vql.server.conversation.simple import BLOCK_ROWS, blocks, complete
from vql.server.conversation.transfer import copy
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import (
    BINARY_FORMAT,
    TEXT_FORMAT,
    Decoder,
    RowEncoder,
    decode_parameters,
    decoder,
    formats_of,
    row_encoder,
)
from vql.session.session import Prepared, Result
from vql.session.together import execution

if TYPE_CHECKING:
    from vql.server.conversation.connection import Connection

Job = Coroutine[None, None, None]
# Statements by text that a connection keeps compiled beside the ones the client has named.
RECENT_MAX = 256


class Statement:
    """A prepared statement with its compiled codecs."""

    __slots__ = ("_decoders", "_descriptions", "_encoders", "key", "prepared")

    def __init__(self, prepared: Prepared, key: str) -> None:
        self.prepared = prepared
        self.key = key
        self._decoders: dict[tuple[int, ...], tuple[Decoder, ...]] = {}
        self._encoders: dict[tuple[int, ...], RowEncoder] = {}
        self._descriptions: dict[tuple[int, ...], bytes] = {}

    def decoders(self, codes: tuple[int, ...]) -> tuple[Decoder, ...]:
        """Return a decoder for each parameter."""
        found = self._decoders.get(codes)
        if found is None:
            types = self.prepared.parameter_types
            formats = formats_of(codes, len(types))
            found = tuple(decoder(t, code) for t, code in zip(types, formats, strict=True))
            self._decoders[codes] = found
        return found

    def encoder(self, codes: tuple[int, ...]) -> RowEncoder:
        """Return the encoder of a row in these result formats."""
        found = self._encoders.get(codes)
        if found is None:
            columns = self.prepared.columns or ()
            found = row_encoder([c.type for c in columns], formats_of(codes, len(columns)))
            self._encoders[codes] = found
        return found

    def description(self, codes: tuple[int, ...]) -> bytes:
        """Return RowDescription or NoData."""
        found = self._descriptions.get(codes)
        if found is None:
            columns = self.prepared.columns
            if columns is None:
                found = protocol.NO_DATA
            else:
                found = protocol.row_description(columns, formats_of(codes, len(columns)))
            self._descriptions[codes] = found
        return found


class Portal:
    """A bound statement; once executed, its result and how much of it has been fetched."""

    __slots__ = ("formats", "parameters", "position", "result", "statement")

    def __init__(self, statement: Statement, parameters: list[object], formats: tuple[int, ...]) -> None:
        self.statement = statement
        self.parameters = parameters
        self.formats = formats
        self.result: Result | None = None
        self.position = 0


class Extended:
    """The statements and portals of one connection, and the messages about them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._statements: dict[str, Statement] = {}
        self._portals: dict[str, Portal] = {}
        self._recent: dict[tuple[str, tuple[int, ...]], Statement] = {}

    def parse(self, payload: bytes) -> Job | None:
        """Prepare a statement."""
        message = protocol.parse_parse(payload)
        if message.name and message.name in self._statements:
            raise ProgrammingError(f'prepared statement "{message.name}" already exists', sqlstate="42P05")
        session = self._connection.session
        recent = self._recent.get((message.sql, message.oids))
        key = recent.key if recent is not None else shape(message.sql)
        prepare = partial(session.prepare, message.sql, message.oids)
        # The time to plan is noted apart from the time to run.
        plan_key = "plan " + key
        if recent is not None or self._connection.host.pace.is_short(plan_key):
            self._parsed(message, key, recent, self._connection.inline(plan_key, prepare))
            return None

        async def job() -> None:
            prepared = await self._connection.perform(plan_key, prepare, thread=True)
            self._parsed(message, key, recent, prepared)

        return job()

    def _parsed(
        self, message: protocol.Parse, key: str, recent: Statement | None, prepared: Prepared
    ) -> None:
        statement = recent
        if statement is None or statement.prepared is not prepared:
            statement = Statement(prepared, key)
            if prepared.is_relational:
                self._connection.host.pace.pin(key)
            if len(self._recent) >= RECENT_MAX:
                self._recent.clear()
            self._recent[message.sql, message.oids] = statement
        self._statements[message.name] = statement
        self._connection.send(protocol.PARSE_COMPLETE)

    def bind(self, payload: bytes) -> None:
        """Make a portal of a statement and values."""
        message = protocol.parse_bind(payload)
        if message.portal and message.portal in self._portals:
            raise ProgrammingError(f'cursor "{message.portal}" already exists', sqlstate="42P03")
        statement = self._statement(message.statement)
        decoders = statement.decoders(message.formats)
        if len(decoders) != len(message.values):
            raise ProtocolViolation(
                f"bind message supplies {len(message.values)} parameters, but prepared statement "
                f'"{message.statement}" requires {len(decoders)}'
            )
        parameters = decode_parameters(message.values, decoders)
        self._portals[message.portal] = Portal(statement, parameters, message.result_formats)
        self._connection.send(protocol.BIND_COMPLETE)

    def describe(self, payload: bytes) -> None:
        """Send what a statement takes and gives, or what a portal gives."""
        kind, name = protocol.parse_named(payload)
        if kind == "P":
            self._describe_portal(name)
            return
        statement = self._statement(name)
        self._connection.send(protocol.parameter_description(statement.prepared.parameter_types))
        self._connection.send(statement.description(()))

    def _describe_portal(self, name: str) -> None:
        cursor = self._connection.session.cursors.open.get(name)
        if cursor is not None and name not in self._portals:
            # In Postgres SQL cursors are portals; psycopg asks what a DECLARE would give.
            formats = [BINARY_FORMAT if cursor.binary else TEXT_FORMAT] * len(cursor.columns)
            self._connection.send(protocol.row_description(cursor.columns, formats))
            return
        portal = self._portal(name)
        self._connection.send(portal.statement.description(portal.formats))

    def execute(self, payload: bytes) -> Job | None:
        """Run a portal, or fetch on from one that was suspended."""
        name, limit = protocol.parse_execute(payload)
        portal = self._portal(name)
        connection = self._connection
        if isinstance(portal.statement.prepared.statement, ast.Copy):
            last = connection.reader.next_kind() == protocol.SYNC
            return self._copy(portal, last)
        if portal.result is None:
            # Looked at before the statement runs: with Sync next, it is a transaction by itself.
            last = connection.reader.next_kind() == protocol.SYNC
            work = partial(self._run, portal, last)
            key = portal.statement.key
            if not connection.host.pace.is_short(key):
                return self._execute(portal, limit, key, work)
            portal.result = connection.inline(key, work)
        return self._fetch(portal, limit)

    async def _execute(self, portal: Portal, limit: int, key: str, work: partial[Result]) -> None:
        connection = self._connection
        found = execution(connection.session, portal.statement.prepared, portal.parameters)
        by = None
        if found is not None:
            by = partial(connection.host.batches.run, found, key, connection.is_cancelled)
        portal.result = await connection.perform(key, work, thread=True, by=by)
        rest = self._fetch(portal, limit)
        if rest is not None:
            await rest

    def _run(self, portal: Portal, last: bool) -> Result:
        prepared = portal.statement.prepared
        result = self._connection.block.execute(prepared, portal.parameters, last=last)
        if result.columns is not prepared.columns and result.columns != prepared.columns:
            raise NotSupportedError("cached plan must not change result type")
        # Rows are made here, where the statement is timed, and not when they are sent.
        _ = result.rows
        return result

    def _fetch(self, portal: Portal, limit: int) -> Job | None:
        """Send rows up to the limit, and how it ended."""
        connection, result = self._connection, portal.result
        assert result is not None, "the portal has run"
        rows = result.rows
        start = portal.position
        if limit or start:
            rows = rows[start : start + limit] if limit else rows[start:]
        if result.columns is not None and rows:
            encode = portal.statement.encoder(portal.formats)
            if len(rows) > BLOCK_ROWS:
                return self._stream(portal, limit, encode, rows)
            connection.send(encode(rows))
        self._end(portal, limit, len(rows))
        return None

    async def _stream(
        self, portal: Portal, limit: int, encode: RowEncoder, rows: list[tuple[object, ...]]
    ) -> None:
        await self._connection.stream(blocks(encode, rows))
        self._end(portal, limit, len(rows))

    def _end(self, portal: Portal, limit: int, sent: int) -> None:
        result = portal.result
        assert result is not None, "the portal has run"
        whole = portal.position == 0
        portal.position += sent
        if limit and result.columns is not None and portal.position < len(result.rows):
            self._connection.send(protocol.PORTAL_SUSPENDED)
            return
        # Postgres counts the rows of the last fetch, not of the portal.
        tag = None if whole or not result.tag.startswith("SELECT") else f"SELECT {sent}"
        complete(self._connection, result, tag)

    async def _copy(self, portal: Portal, last: bool) -> None:
        prepared = portal.statement.prepared
        if not last:
            work = partial(self._connection.block.enter, prepared)
            await self._connection.perform("begin", work)
        await copy(self._connection, prepared)

    def close(self, payload: bytes) -> None:
        """Forget a statement or portal; one that does not exist is no error."""
        kind, name = protocol.parse_named(payload)
        if kind == "P":
            self._portals.pop(name, None)
        else:
            self._statements.pop(name, None)
        self._connection.send(protocol.CLOSE_COMPLETE)

    def forget_portals(self) -> None:
        """Close every portal: a transaction has ended."""
        self._portals.clear()

    def forget(self, name: str | None) -> None:
        """DEALLOCATE: one statement, or all. Raises 26000."""
        if name is None:
            self._statements.clear()
        elif self._statements.pop(name, None) is None:
            raise unknown_statement(name)

    def _statement(self, name: str) -> Statement:
        try:
            return self._statements[name]
        except KeyError:
            raise unknown_statement(name) from None

    def _portal(self, name: str) -> Portal:
        try:
            return self._portals[name]
        except KeyError:
            raise OperationalError(f'portal "{name}" does not exist', sqlstate="34000") from None


def unknown_statement(name: str) -> OperationalError:
    """Return 26000, as drivers that prepare again expect it."""
    if not name:
        return OperationalError("unnamed prepared statement does not exist", sqlstate="26000")
    return OperationalError(f'prepared statement "{name}" does not exist', sqlstate="26000")
