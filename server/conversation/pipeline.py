"""Executions of one INSERT that wait in a pipeline: run as one statement, answered one by one.

A driver's executemany sends Bind, Describe and Execute over and over, with no wait before Sync. What
has arrived of that when the first Execute is at hand is looked at, and taken from the reader once it has run.
Where executions have to come one after the other, they are handled as if nobody had looked.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from vql.calendar.style import Style
from vql.errors import Error, ProtocolViolation
from vql.language import ast
from vql.server.conversation.client import Client
from vql.server.conversation.portals import Portal
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import decode_parameters
from vql.session.results import Result

EXECUTIONS_MAX = 500
# Describe and Execute of the unnamed portal, of all its rows.
DESCRIBE_UNNAMED, EXECUTE_UNNAMED = b"P\0", bytes(5)


class QueuedExecution(NamedTuple):
    """One execution that waits, and whether its portal is described before."""

    bind: protocol.Bind
    is_described: bool


class Pipeline:
    """The executions of one client that may be run at once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._singly = 0  # executions that have been found to come one after the other

    async def run(self, portal: Portal) -> bool:
        """Run a portal and the executions of its statement that wait behind it, and answer them; False where
        nothing has been done. Raises 57014."""
        client, statement = self._client, portal.statement
        if self._singly or not isinstance(statement.prepared.statement, ast.Insert):
            self._singly = max(0, self._singly - 1)
            return False
        waiting, messages = self._waiting(portal)
        if not waiting:
            return False
        work = partial(self._run, portal, [each.bind for each in waiting])
        done = await client.perform(statement.key, work)
        if done is None:
            self._singly = len(waiting)
            return False
        style = client.session.settings.parsed.style
        client.send(answer(portal, done[0], style))
        for each, result in zip(waiting, done[1:], strict=True):
            portal = Portal(statement, [], each.bind.result_formats)
            client.send(protocol.BIND_COMPLETE)
            if each.is_described:
                client.send(statement.description(portal.formats))
            client.send(answer(portal, result, style))
        if client.watch.is_timing:
            for result in done:
                client.watch.completed(result.tag, client.activity)
        for _ in range(messages):
            client.reader.message()
        client.names.portals[""] = portal
        return True

    def _waiting(self, portal: Portal) -> tuple[list[QueuedExecution], int]:
        """Return the executions of a portal's statement that come next, and how many messages they are."""
        found: list[QueuedExecution] = []
        messages, bind, is_described = 0, None, False
        for count, (kind, payload) in enumerate(self._client.reader.ahead(), 1):
            if kind == protocol.BIND and bind is None:
                try:
                    bind = protocol.parse_bind(self._client.in_utf8(kind, payload))
                except ProtocolViolation:
                    break
                if bind.portal or self._client.names.statements.get(bind.statement) is not portal.statement:
                    break
            elif kind == protocol.DESCRIBE and payload == DESCRIBE_UNNAMED and bind is not None:
                is_described = True
            elif kind == protocol.EXECUTE and payload == EXECUTE_UNNAMED and bind is not None:
                found.append(QueuedExecution(bind, is_described))
                messages, bind, is_described = count, None, False
                if len(found) == EXECUTIONS_MAX:
                    break
            else:
                break
        return found, messages

    def _run(self, portal: Portal, binds: list[protocol.Bind]) -> list[Result] | None:
        session, statement = self._client.session, portal.statement
        self._client.block.enter(statement.prepared)
        executions = [portal.parameters]
        for bind in binds:
            decoders = statement.decoders(bind.formats, session.settings.parsed.style)
            if len(decoders) != len(bind.values):
                return None
            try:
                executions.append(decode_parameters(bind.values, decoders))
            except Error:  # told of the execution whose it is
                return None
        return session.execute_many(statement.prepared, executions)


def answer(portal: Portal, result: Result, style: Style) -> bytes:
    """Return the rows of an execution, and its end; keep them in its portal."""
    portal.result, portal.position = result, len(result.rows)
    if not result.rows:
        return protocol.command_complete(result.tag)
    return portal.statement.encoder(portal.formats, style)(result.rows) + protocol.command_complete(
        result.tag
    )
