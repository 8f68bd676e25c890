"""A driver's usual round trip in one pass: Bind, Describe, Execute and Sync that have arrived together.

What a driver sends for a prepared statement differs in its values alone. So what stands before the values in
Bind (names, their formats, how many there are) and what stands behind them (formats of the results) are
looked up as they are, as bytes, and all that follows from them is kept: who decodes the values, what
describes the rows, who encodes them. Whatever is not such a round trip goes message by message
(`vql.server.conversation.extended`), with the same answer.
"""

from __future__ import annotations

import struct
import time
from typing import NamedTuple

from vql.calendar.style import Style
from vql.errors import Error
from vql.language import ast
from vql.server.conversation.client import Client
from vql.server.conversation.extended import BIND_BYTES_MAX, Extended, Job
from vql.server.conversation.portals import Portal, Statement
from vql.server.conversation.simple import send_complete
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import Decoder, RowEncoder, decode_parameters
from vql.session.results import require_columns

# Fronts of Bind messages that a connection keeps, and ends of each.
HEADS_MAX, TAILS_MAX = 256, 16

_u16 = struct.Struct(">H").unpack_from


class _Tail(NamedTuple):
    """What the end of a Bind says: the formats of the results."""

    formats: tuple[int, ...]
    description: bytes
    encode: RowEncoder


class _Head(NamedTuple):
    """What the front of a Bind says."""

    name: str
    statement: Statement
    style: Style
    is_query: bool
    decoders: tuple[Decoder, ...]
    tails: dict[bytes, _Tail]


class RoundTrip:
    """The round trips of one client."""

    def __init__(self, client: Client, extended: Extended) -> None:
        self._client = client
        self._extended = extended
        self._heads: dict[bytes, _Head] = {}

    def run(self) -> Job | bool:
        """Answer a round trip, if what has arrived is one: True where it is answered, a job where that has to
        be waited for, after which Sync is the next message. Raises what the statement does; Sync is next."""
        client = self._client
        arrived = client.reader.round_trip()
        if arrived is None or client.transcoder is not None or client.block.implicit:
            return False
        payload, is_described, length = arrived
        if len(payload) > BIND_BYTES_MAX:
            return False  # such values are read in a thread
        try:
            values, head, tail = self._read(payload)
        except (LookupError, struct.error, ValueError, Error):
            return False  # who reads message by message tells what is wrong
        client.reader.skip(length)
        client.is_ready = False
        if client.limits is not None:
            client.limits.run()
        statement = head.statement
        portal = Portal(statement, decode_parameters(values, head.decoders), tail.formats)
        client.names.portals[""] = portal
        client.send(protocol.BIND_COMPLETE + tail.description if is_described else protocol.BIND_COMPLETE)
        client.watch.statement = statement.prepared.sql
        if client.activity is not None:
            client.activity.run(statement.prepared.sql)
        pace, key = client.host.pace, statement.key
        if not (head.is_query and pace.is_short(key)):
            return self._unless_brief(portal)
        start = time.perf_counter()
        try:
            result = client.session.execute_if_brief(statement.prepared, portal.parameters)
        finally:
            pace.record(key, time.perf_counter() - start)
        if result is None:
            return self._unless_brief(portal)
        require_columns(statement.prepared.columns, result)
        portal.result, rows = result, result.rows
        portal.position = len(rows)
        if result.columns is not None and rows:
            client.send(tail.encode(rows))
        send_complete(client, result, len(rows))
        return self._answered()

    def _unless_brief(self, portal: Portal) -> Job | bool:
        return self._extended.unless_brief(portal) or self._answered()

    def _answered(self) -> bool:
        """Take the Sync with what is answered."""
        self._client.reader.skip(len(protocol.SYNC_MESSAGE))
        self._client.send_ready()
        return True

    def _read(self, payload: bytes) -> tuple[list[bytes | None], _Head, _Tail]:
        """Return the values of a Bind, and what is kept of what stands around them. Raises an error where it
        is of another kind, or malformed."""
        named = payload.index(b"\0", 1) + 1
        start = named + 4 + 2 * _u16(payload, named)[0]  # behind the number of values
        front = payload[:start]
        head = self._heads.get(front)
        statements, style = self._client.names.statements, self._client.session.settings.parsed.style
        if head is None or statements.get(head.name) is not head.statement or head.style is not style:
            head = self._head(payload, front, style)
        values, position = protocol.read_values(payload, start, len(head.decoders))
        tail = head.tails.get(payload[position:])
        return values, head, tail or self._tail(head, payload, position)

    def _head(self, payload: bytes, front: bytes, style: Style) -> _Head:
        message = protocol.parse_bind(payload)
        statement = self._client.names.statements[message.statement]
        decoders = statement.decoders(message.formats, style)
        if message.portal or len(decoders) != len(message.values):
            raise LookupError
        if isinstance(statement.prepared.statement, ast.Copy):
            raise LookupError
        is_query = isinstance(statement.prepared.statement, ast.Query)
        head = _Head(message.statement, statement, style, is_query, decoders, {})
        if len(self._heads) >= HEADS_MAX:
            self._heads.clear()
        self._heads[front] = head
        return head

    def _tail(self, head: _Head, payload: bytes, position: int) -> _Tail:
        formats = protocol.parse_bind(payload).result_formats
        statement = head.statement
        tail = _Tail(formats, statement.description(formats), statement.encoder(formats, head.style))
        if len(head.tails) < TAILS_MAX:
            head.tails[payload[position:]] = tail
        return tail
