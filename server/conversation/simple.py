"""The simple query protocol: one Query message, several statements, text results."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from functools import partial
from typing import NamedTuple

from vql.language import ast
from vql.server.conversation.client import Client, TextRows
from vql.server.conversation.pace import shape
from vql.server.conversation.transfer import transfer_copy
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import TEXT_FORMAT, RowEncoder, row_encoder
from vql.session.session import Prepared, Result, ResultColumn

# Rows encoded at a time; more go out in blocks, made in a thread.
BLOCK_ROWS = 2_000
# After these the reported parameters may have changed.
SETTING_TAGS = ("SET", "RESET", "DISCARD ALL", "ROLLBACK", "COMMIT")


class Outcome(NamedTuple):
    """A statement's result; None for COPY, which goes on in the conversation."""

    prepared: Prepared
    result: Result | None


def run_query(client: Client, sql: str) -> Coroutine[None, None, None] | None:
    """Answer Query: at once if it is one short statement, else by the returned coroutine."""
    # Only a text with a semicolon before its end can hold two statements.
    texts = client.session.split(sql) if ";" in sql.rstrip()[:-1] else [sql]
    if not texts:
        client.send(protocol.EMPTY_QUERY)
        client.send_ready()
        return None
    key = shape(texts[0])
    if len(texts) > 1 or not client.host.pace.is_short(key):
        return _script(client, texts)
    outcome = client.inline(key, partial(_run, client, texts[0], True))
    if outcome.result is None or len(outcome.result.rows) > BLOCK_ROWS:
        return _rest(client, outcome)
    _send_small(client, outcome.result)
    client.send_ready()
    return None


def _run(client: Client, text: str, last: bool) -> Outcome:
    session = client.session
    prepared = session.prepare(text)
    if isinstance(prepared.statement, ast.Copy):
        if not last:
            client.block.enter(prepared)
        return Outcome(prepared, None)
    if prepared.is_relational:
        client.host.pace.pin(shape(text))
    result = client.block.execute(prepared, [], last=last)
    # Rows are made here, where the statement is timed, and not when they are sent.
    _ = result.rows
    return Outcome(prepared, result)


async def _script(client: Client, texts: list[str]) -> None:
    """Run statements one after the other; the first error ends them all."""
    for number, text in enumerate(texts, 1):
        work = partial(_run, client, text, number == len(texts))
        await _answer(client, await client.perform(shape(text), work))
    if client.block.implicit:
        await client.perform("commit", client.block.finish)
    client.send_ready()


async def _rest(client: Client, outcome: Outcome) -> None:
    await _answer(client, outcome)
    client.send_ready()


async def _answer(client: Client, outcome: Outcome) -> None:
    result = outcome.result
    if result is None:
        await transfer_copy(client, outcome.prepared)
    elif len(result.rows) <= BLOCK_ROWS:
        _send_small(client, result)
    else:
        assert result.columns is not None, "rows have columns"
        form = _text_rows(client, result.columns)
        client.send(form.description)
        await client.stream(encoded_blocks(form.encode, result.rows))
        send_complete(client, result)


def _text_rows(client: Client, columns: tuple[ResultColumn, ...]) -> TextRows:
    kept = client.text_rows
    if kept is None or kept.columns is not columns:
        formats = [TEXT_FORMAT] * len(columns)
        encode = row_encoder([column.type for column in columns], formats)
        kept = TextRows(columns, protocol.row_description(columns, formats), encode)
        client.text_rows = kept
    return kept


def _send_small(client: Client, result: Result) -> None:
    if result.columns is not None:
        form = _text_rows(client, result.columns)
        # Encoded before anything is sent: a value without a text form must not cut a result short.
        data = form.encode(result.rows)
        client.send(form.description)
        client.send(data)
    send_complete(client, result)


def encoded_blocks(encode: RowEncoder, rows: list[tuple[object, ...]]) -> Iterator[bytes]:
    """Encode rows a block at a time."""
    for start in range(0, len(rows), BLOCK_ROWS):
        yield encode(rows[start : start + BLOCK_ROWS])


def send_complete(client: Client, result: Result, tag: str | None = None) -> None:
    """Send notices, changed parameters and CommandComplete (EmptyQueryResponse for nothing)."""
    for text in result.notices:
        client.send(protocol.notice_response(text))
    name = result.tag if tag is None else tag
    if name.startswith(SETTING_TAGS) or (result.columns and result.columns[0].name == "set_config"):
        client.report_parameters()
    client.send(protocol.command_complete(name) if name else protocol.EMPTY_QUERY)
