"""The extended query protocol: the messages about prepared statements and portals.

Bind, Execute and Sync of a known statement decode values, run the plan and encode rows by what the
statement keeps (`vql.server.conversation.portals`), and look nothing up twice.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Iterator
from functools import partial

from vql.calendar.style import Style
from vql.errors import ProgrammingError, ProtocolViolation, SyntaxError
from vql.language import ast
from vql.server.conversation.client import Client
from vql.server.conversation.pace import shape
from vql.server.conversation.pipeline import Pipeline
from vql.server.conversation.portals import Portal, Statement
from vql.server.conversation.simple import TEXT_LENGTH_MAX, send_complete
from vql.server.conversation.transfer import transfer_copy
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import BINARY_FORMAT, TEXT_FORMAT, decode_parameters
from vql.session.results import require_columns
from vql.session.session import Prepared, Result, Session
from vql.session.statements.changes.pending_change import PendingChange
from vql.session.statements.kept import ByText
from vql.session.together import execution

Job = Coroutine[None, None, None]
# Statements by text that a connection keeps compiled beside the ones the client has named.
RECENT_MAX = 256
# Longer values are read in a thread.
BIND_BYTES_MAX = 256 << 10
# So many rows of a search are sent from the event loop.
SMALL_ROWS = 256


class Extended:
    """The statements and portals of one client, and the messages about them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._recent = ByText[Statement](RECENT_MAX)
        self._pipeline = Pipeline(client)

    def parse(self, payload: bytes) -> Job | None:
        """Prepare a statement."""
        message = protocol.parse_parse(payload)
        self._client.watch.statement = message.sql
        session = self._client.session
        if message.name and (
            message.name in self._client.names.statements or message.name in session.statements.named
        ):
            raise ProgrammingError(f'prepared statement "{message.name}" already exists', sqlstate="42P05")
        recent = self._recent.get((message.sql, message.oids))
        key = recent.key if recent is not None else shape(message.sql)
        prepare = partial(_prepared, session, message)
        # The time to plan is noted apart from the time to run.
        plan_key = "plan " + key
        is_short = len(message.sql) <= TEXT_LENGTH_MAX and self._client.host.pace.is_short(plan_key)
        if recent is not None or is_short:
            self._parsed(message, key, recent, self._client.inline(plan_key, prepare))
            return None

        async def job() -> None:
            prepared = await self._client.perform(plan_key, prepare)
            self._parsed(message, key, recent, prepared)

        return job()

    def _parsed(
        self, message: protocol.Parse, key: str, recent: Statement | None, prepared: Prepared
    ) -> None:
        statement = recent
        if statement is None or statement.prepared is not prepared:
            statement = Statement(prepared, key)
            self._recent.keep((message.sql, message.oids), statement)
        self._client.names.name(message.name, statement)
        self._client.send(protocol.PARSE_COMPLETE)

    def bind(self, payload: bytes) -> Job | None:
        """Make a portal of a statement and values."""
        if len(payload) > BIND_BYTES_MAX:
            return self._bind_long(payload)
        self._bind(payload)
        self._client.send(protocol.BIND_COMPLETE)
        return None

    async def _bind_long(self, payload: bytes) -> None:
        await self._client.perform("bind", partial(self._bind, payload))
        self._client.send(protocol.BIND_COMPLETE)

    def _bind(self, payload: bytes) -> None:
        message = protocol.parse_bind(payload)
        if message.portal and message.portal in self._client.names.portals:
            raise ProgrammingError(f'cursor "{message.portal}" already exists', sqlstate="42P03")
        statement = self._client.names.statement(message.statement)
        self._client.watch.statement = statement.prepared.sql
        decoders = statement.decoders(message.formats, self._style)
        if len(decoders) != len(message.values):
            raise ProtocolViolation(
                f"bind message supplies {len(message.values)} parameters, but prepared statement "
                f'"{message.statement}" requires {len(decoders)}'
            )
        parameters = decode_parameters(message.values, decoders)
        statement.encoder(message.result_formats, self._style)  # raises what is wrong with the formats
        self._client.names.portals[message.portal] = Portal(statement, parameters, message.result_formats)

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
        client.watch.statement = portal.statement.prepared.sql
        if client.activity is not None:
            client.activity.run(portal.statement.prepared.sql)
        # Looked at before the statement runs: with Sync next, it is a transaction by itself.
        last = client.reader.next_kind() == protocol.SYNC
        if isinstance(portal.statement.prepared.statement, ast.Copy):
            return self._copy(portal, last)
        if portal.result is None:
            portal.result = client.briefly(portal.statement.key, partial(self._brief, portal))
            if portal.result is None:
                return self.unless_brief(portal, limit, last)
            self._send_rows(portal, limit)
            return None
        return self._send(portal, limit, last)

    def unless_brief(self, portal: Portal, limit: int = 0, last: bool = True) -> Job | None:
        """Run a portal that has not been found to take little; `last`: Sync comes next. None where that is
        done."""
        change = self._changed(portal, last)
        if change is None:
            return self._execute(portal, limit, last)
        if change.made is None:
            return self._commit(portal, change, limit)
        portal.result = change.made
        self._send_rows(portal, limit)
        return None

    def _brief(self, portal: Portal) -> Result | None:
        """Run a statement that is sure to take little; None where it is not."""
        if self._client.block.implicit:
            return None
        prepared = portal.statement.prepared
        result = self._client.session.execute_if_brief(prepared, portal.parameters)
        if result is not None:
            require_columns(prepared.columns, result)
        return result

    def _changed(self, portal: Portal, last: bool) -> PendingChange | None:
        """Run a change that is sure to take little, but for its commit; None where it is not."""
        prepared = portal.statement.prepared
        if not last or not isinstance(prepared.statement, ast.Change | ast.Commit):
            return None
        return self._client.begin_change(prepared, portal.parameters)

    async def _commit(self, portal: Portal, change: PendingChange, limit: int) -> None:
        with self._client.cancellable():
            result = await self._client.committed(change)
            if result is None:
                await self._execute(portal, limit, True)
                return
        portal.result = result
        self._send_rows(portal, limit)

    async def _execute(self, portal: Portal, limit: int, last: bool) -> None:
        client, key = self._client, portal.statement.key
        if not (last or limit) and await self._pipeline.run(portal):
            return
        found = execution(client.session, portal.statement.prepared, portal.parameters)
        if found is not None:
            by = partial(client.host.shared.run, found, key, client.is_cancelled)
            work = partial(self._run, portal, last, streamed=False)
            portal.result = result = await client.perform(key, work, by=by)
            if len(result.rows) <= SMALL_ROWS:
                self._send_rows(portal, limit)
                return
        await self._send(portal, limit, last)

    def _run(self, portal: Portal, last: bool, *, streamed: bool) -> Result:
        prepared = portal.statement.prepared
        result = self._client.block.execute(prepared, portal.parameters, last=last, streamed=streamed)
        require_columns(prepared.columns, result)
        return result

    def _send_rows(self, portal: Portal, limit: int) -> None:
        """Send the first rows, few, from here."""
        result = portal.result
        assert result is not None, "the portal has run"
        rows = result.rows[:limit] if limit else result.rows
        if result.columns is not None and rows:
            self._know_rows(portal)
            self._client.send(portal.statement.encoder(portal.formats, self._style)(rows))
            portal.position = len(rows)
        self._end(portal, limit, 0)

    async def _send(self, portal: Portal, limit: int, last: bool) -> None:
        """Run the portal if it has not run, and send rows up to the limit, in threads."""
        before = portal.position

        def blocks() -> Generator[bytes]:
            if portal.result is None:
                portal.result = self._run(portal, last, streamed=not limit)
            yield from self._rows(portal, limit)

        await self._client.stream(portal.statement.key, blocks())
        self._end(portal, limit, before)

    @property
    def _style(self) -> Style:
        return self._client.session.settings.parsed.style

    def _rows(self, portal: Portal, limit: int) -> Iterator[bytes]:
        """Yield rows up to the limit, 0 for all."""
        result = portal.result
        assert result is not None, "the portal has run"
        if result.columns is None:
            return
        encode = portal.statement.encoder(portal.formats, self._style)
        self._know_rows(portal)
        start = portal.position
        for rows in result.blocks(start, start + limit if limit else None):
            portal.position += len(rows)
            yield encode(rows)

    def _know_rows(self, portal: Portal) -> None:
        """Have who makes rows those of a client of another encoding know what they are of."""
        if self._client.transcoder is not None:
            columns = portal.statement.prepared.columns or ()
            self._client.transcoder.rows_of([column.type for column in columns], portal.formats)

    def _end(self, portal: Portal, limit: int, before: int) -> None:
        """Say how the rows ended, those behind the first `before`."""
        result = portal.result
        assert result is not None, "the portal has run"
        if limit and result.columns is not None and portal.position < len(result.rows):
            self._client.send(protocol.PORTAL_SUSPENDED)
            return
        # Postgres counts the rows of the last fetch, not of the portal.
        send_complete(self._client, result, portal.position - before)

    async def _copy(self, portal: Portal, last: bool) -> None:
        prepared = portal.statement.prepared
        if not last:
            self._client.block.enter(prepared)
        await transfer_copy(self._client, prepared)

    def close(self, payload: bytes) -> None:
        """Forget a statement or portal, SQL cursors too; one that does not exist is no error."""
        kind, name = protocol.parse_named(payload)
        if kind == "P":
            self._client.names.close_portal(name)
            self._client.session.cursors.open.pop(name, None)
        else:
            self._client.names.forget(name)
        self._client.send(protocol.CLOSE_COMPLETE)


def _prepared(session: Session, message: protocol.Parse) -> Prepared:
    """Prepare a statement. Raises 42601 for several."""
    try:
        return session.prepare(message.sql, message.oids)
    except SyntaxError:
        if session.are_several(message.sql):
            text = "cannot insert multiple commands into a prepared statement"
            raise SyntaxError(text) from None
        raise
