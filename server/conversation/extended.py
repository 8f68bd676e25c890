"""The extended query protocol: the messages about prepared statements and portals.

Bind, Execute and Sync of a known statement decode values, run the plan and encode rows by what the
statement keeps (`vql.server.conversation.portals`), and look nothing up twice.
"""

from __future__ import annotations

from collections.abc import Coroutine
from functools import partial

from vql.errors import NotSupportedError, ProgrammingError, ProtocolViolation
from vql.language import ast
from vql.server.conversation.client import Client
from vql.server.conversation.pace import shape
from vql.server.conversation.portals import Portal, Statement
from vql.server.conversation.simple import BLOCK_ROWS, encoded_blocks, send_complete
from vql.server.conversation.transfer import transfer_copy
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import (
    BINARY_FORMAT,
    TEXT_FORMAT,
    RowEncoder,
    decode_parameters,
)
from vql.session.session import Prepared, Result
from vql.session.together import execution

Job = Coroutine[None, None, None]
# Statements by text that a connection keeps compiled beside the ones the client has named.
RECENT_MAX = 256


class Extended:
    """The statements and portals of one client, and the messages about them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._recent: dict[tuple[str, tuple[int, ...]], Statement] = {}

    def parse(self, payload: bytes) -> Job | None:
        """Prepare a statement."""
        message = protocol.parse_parse(payload)
        if message.name and message.name in self._client.names.statements:
            raise ProgrammingError(f'prepared statement "{message.name}" already exists', sqlstate="42P05")
        session = self._client.session
        recent = self._recent.get((message.sql, message.oids))
        key = recent.key if recent is not None else shape(message.sql)
        prepare = partial(session.prepare, message.sql, message.oids)
        # The time to plan is noted apart from the time to run.
        plan_key = "plan " + key
        if recent is not None or self._client.host.pace.is_short(plan_key):
            self._parsed(message, key, recent, self._client.inline(plan_key, prepare))
            return None

        async def job() -> None:
            prepared = await self._client.perform(plan_key, prepare, thread=True)
            self._parsed(message, key, recent, prepared)

        return job()

    def _parsed(
        self, message: protocol.Parse, key: str, recent: Statement | None, prepared: Prepared
    ) -> None:
        statement = recent
        if statement is None or statement.prepared is not prepared:
            statement = Statement(prepared, key)
            if prepared.is_relational:
                self._client.host.pace.pin(key)
            if len(self._recent) >= RECENT_MAX:
                self._recent.clear()
            self._recent[message.sql, message.oids] = statement
        self._client.names.statements[message.name] = statement
        self._client.send(protocol.PARSE_COMPLETE)

    def bind(self, payload: bytes) -> None:
        """Make a portal of a statement and values."""
        message = protocol.parse_bind(payload)
        if message.portal and message.portal in self._client.names.portals:
            raise ProgrammingError(f'cursor "{message.portal}" already exists', sqlstate="42P03")
        statement = self._client.names.statement(message.statement)
        decoders = statement.decoders(message.formats)
        if len(decoders) != len(message.values):
            raise ProtocolViolation(
                f"bind message supplies {len(message.values)} parameters, but prepared statement "
                f'"{message.statement}" requires {len(decoders)}'
            )
        parameters = decode_parameters(message.values, decoders)
        self._client.names.portals[message.portal] = Portal(statement, parameters, message.result_formats)
        self._client.send(protocol.BIND_COMPLETE)

    def describe(self, payload: bytes) -> None:
        """Send what a statement takes and gives, or what a portal gives."""
        kind, name = protocol.parse_named(payload)
        if kind == "P":
            self._describe_portal(name)
            return
        statement = self._client.names.statement(name)
        self._client.send(protocol.parameter_description(statement.prepared.parameter_types))
        self._client.send(statement.description(()))

    def _describe_portal(self, name: str) -> None:
        cursor = self._client.session.cursors.open.get(name)
        if cursor is not None and name not in self._client.names.portals:
            # In Postgres SQL cursors are portals; psycopg asks what a DECLARE would give.
            formats = [BINARY_FORMAT if cursor.binary else TEXT_FORMAT] * len(cursor.columns)
            self._client.send(protocol.row_description(cursor.columns, formats))
            return
        portal = self._client.names.portal(name)
        self._client.send(portal.statement.description(portal.formats))

    def execute(self, payload: bytes) -> Job | None:
        """Run a portal, or fetch on from one that was suspended."""
        name, limit = protocol.parse_execute(payload)
        portal = self._client.names.portal(name)
        client = self._client
        if isinstance(portal.statement.prepared.statement, ast.Copy):
            last = client.reader.next_kind() == protocol.SYNC
            return self._copy(portal, last)
        if portal.result is None:
            # Looked at before the statement runs: with Sync next, it is a transaction by itself.
            last = client.reader.next_kind() == protocol.SYNC
            work = partial(self._run, portal, last)
            key = portal.statement.key
            if not client.host.pace.is_short(key):
                return self._execute(portal, limit, key, work)
            portal.result = client.inline(key, work)
        return self._fetch(portal, limit)

    async def _execute(self, portal: Portal, limit: int, key: str, work: partial[Result]) -> None:
        client = self._client
        found = execution(client.session, portal.statement.prepared, portal.parameters)
        by = None
        if found is not None:
            by = partial(client.host.shared.run, found, key, client.is_cancelled)
        portal.result = await client.perform(key, work, thread=True, by=by)
        rest = self._fetch(portal, limit)
        if rest is not None:
            await rest

    def _run(self, portal: Portal, last: bool) -> Result:
        prepared = portal.statement.prepared
        result = self._client.block.execute(prepared, portal.parameters, last=last)
        if result.columns is not prepared.columns and result.columns != prepared.columns:
            raise NotSupportedError("cached plan must not change result type")
        # Rows are made here, where the statement is timed, and not when they are sent.
        _ = result.rows
        return result

    def _fetch(self, portal: Portal, limit: int) -> Job | None:
        """Send rows up to the limit, and how it ended."""
        client, result = self._client, portal.result
        assert result is not None, "the portal has run"
        rows = result.rows
        start = portal.position
        if limit or start:
            rows = rows[start : start + limit] if limit else rows[start:]
        if result.columns is not None and rows:
            encode = portal.statement.encoder(portal.formats)
            if len(rows) > BLOCK_ROWS:
                return self._stream(portal, limit, encode, rows)
            client.send(encode(rows))
        self._end(portal, limit, len(rows))
        return None

    async def _stream(
        self, portal: Portal, limit: int, encode: RowEncoder, rows: list[tuple[object, ...]]
    ) -> None:
        await self._client.stream(encoded_blocks(encode, rows))
        self._end(portal, limit, len(rows))

    def _end(self, portal: Portal, limit: int, sent: int) -> None:
        result = portal.result
        assert result is not None, "the portal has run"
        whole = portal.position == 0
        portal.position += sent
        if limit and result.columns is not None and portal.position < len(result.rows):
            self._client.send(protocol.PORTAL_SUSPENDED)
            return
        # Postgres counts the rows of the last fetch, not of the portal.
        tag = None if whole or not result.tag.startswith("SELECT") else f"SELECT {sent}"
        send_complete(self._client, result, tag)

    async def _copy(self, portal: Portal, last: bool) -> None:
        prepared = portal.statement.prepared
        if not last:
            work = partial(self._client.block.enter, prepared)
            await self._client.perform("begin", work)
        await transfer_copy(self._client, prepared)

    def close(self, payload: bytes) -> None:
        """Forget a statement or portal; one that does not exist is no error."""
        kind, name = protocol.parse_named(payload)
        if kind == "P":
            self._client.names.portals.pop(name, None)
        else:
            self._client.names.statements.pop(name, None)
        self._client.send(protocol.CLOSE_COMPLETE)
