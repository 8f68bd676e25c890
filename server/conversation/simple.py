"""The simple query protocol: one Query message, several statements, text results."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from vql.language import ast
from vql.server.conversation.pace import shape
from vql.server.conversation.transfer import copy
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import TEXT_FORMAT, RowEncoder, row_encoder
from vql.session.session import Prepared, Result, ResultColumn

if TYPE_CHECKING:
    from vql.server.conversation.connection import Connection

# Rows encoded at a time; more go out in blocks, made in a thread.
BLOCK_ROWS = 2_000
# After these the reported parameters may have changed.
SETTING_TAGS = ("SET", "RESET", "DISCARD ALL", "ROLLBACK", "COMMIT")


class TextRows(NamedTuple):
    """RowDescription and encoder of results with these columns; a connection keeps the last."""

    columns: tuple[ResultColumn, ...]
    description: bytes
    encode: RowEncoder


class Outcome(NamedTuple):
    """A statement's result; None for COPY, which goes on in the conversation."""

    prepared: Prepared
    result: Result | None


def run_query(connection: Connection, sql: str) -> Coroutine[None, None, None] | None:
    """Answer Query: at once if it is one short statement, else by the returned coroutine."""
    # Only a text with a semicolon before its end can hold two statements.
    texts = connection.session.split(sql) if ";" in sql.rstrip()[:-1] else [sql]
    if not texts:
        connection.send(protocol.EMPTY_QUERY)
        connection.send_ready()
        return None
    key = shape(texts[0])
    if len(texts) > 1 or not connection.host.pace.is_short(key):
        return _script(connection, texts)
    outcome = connection.inline(key, partial(_run, connection, texts[0], True))
    if outcome.result is None or len(outcome.result.rows) > BLOCK_ROWS:
        return _rest(connection, outcome)
    _send_small(connection, outcome.result)
    connection.send_ready()
    return None


def _run(connection: Connection, text: str, last: bool) -> Outcome:
    session = connection.session
    prepared = session.prepare(text)
    if isinstance(prepared.statement, ast.Copy):
        if not last:
            connection.block.enter(prepared)
        return Outcome(prepared, None)
    if prepared.is_relational:
        connection.host.pace.pin(shape(text))
    result = connection.block.execute(prepared, [], last=last)
    # Rows are made here, where the statement is timed, and not when they are sent.
    _ = result.rows
    return Outcome(prepared, result)


async def _script(connection: Connection, texts: list[str]) -> None:
    """Run statements one after the other; the first error ends them all."""
    for number, text in enumerate(texts, 1):
        work = partial(_run, connection, text, number == len(texts))
        await _answer(connection, await connection.perform(shape(text), work))
    if connection.block.implicit:
        await connection.perform("commit", connection.block.finish)
    connection.send_ready()


async def _rest(connection: Connection, outcome: Outcome) -> None:
    await _answer(connection, outcome)
    connection.send_ready()


async def _answer(connection: Connection, outcome: Outcome) -> None:
    result = outcome.result
    if result is None:
        await copy(connection, outcome.prepared)
    elif len(result.rows) <= BLOCK_ROWS:
        _send_small(connection, result)
    else:
        assert result.columns is not None, "rows have columns"
        form = _text_rows(connection, result.columns)
        connection.send(form.description)
        await connection.stream(blocks(form.encode, result.rows))
        complete(connection, result)


def _text_rows(connection: Connection, columns: tuple[ResultColumn, ...]) -> TextRows:
    kept = connection.text_rows
    if kept is None or kept.columns is not columns:
        formats = [TEXT_FORMAT] * len(columns)
        encode = row_encoder([column.type for column in columns], formats)
        kept = TextRows(columns, protocol.row_description(columns, formats), encode)
        connection.text_rows = kept
    return kept


def _send_small(connection: Connection, result: Result) -> None:
    if result.columns is not None:
        form = _text_rows(connection, result.columns)
        # Encoded before anything is sent: a value without a text form must not cut a result short.
        data = form.encode(result.rows)
        connection.send(form.description)
        connection.send(data)
    complete(connection, result)


def blocks(encode: RowEncoder, rows: list[tuple[object, ...]]) -> Iterator[bytes]:
    """Encode rows a block at a time."""
    for start in range(0, len(rows), BLOCK_ROWS):
        yield encode(rows[start : start + BLOCK_ROWS])


def complete(connection: Connection, result: Result, tag: str | None = None) -> None:
    """Send notices, changed parameters and CommandComplete (EmptyQueryResponse for nothing)."""
    for text in result.notices:
        connection.send(protocol.notice_response(text))
    name = result.tag if tag is None else tag
    if name.startswith(SETTING_TAGS) or (result.columns and result.columns[0].name == "set_config"):
        connection.report_parameters()
    connection.send(protocol.command_complete(name) if name else protocol.EMPTY_QUERY)
