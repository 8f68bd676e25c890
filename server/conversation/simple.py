"""The simple query protocol: one Query message, several statements, text results."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from functools import partial

from vql.errors import Error
from vql.language import ast
from vql.server.conversation.client import Client, TextRows
from vql.server.conversation.implicit_block import ALONE
from vql.server.conversation.pace import shape
from vql.server.conversation.transfer import transfer_copy
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import TEXT_FORMAT, row_encoder
from vql.session.session import Prepared, Result, ResultColumn
from vql.session.statements.changes.pending_change import PendingChange
from vql.settings.known import MESSAGES

# Longer texts are split and parsed in a thread.
TEXT_LENGTH_MAX = 16_384
# Of texts that are looked at for a change of few rows.
CHANGE_LENGTH_MAX, CHANGES = 1_024, ("INSERT", "UPDATE", "DELETE", "COMMIT", "END")
# After these the reported parameters may have changed.
SETTING_TAGS = ("SET", "RESET", "DISCARD ALL", "ROLLBACK", "COMMIT")


def run_query(client: Client, sql: str) -> Coroutine[None, None, None] | None:
    """Answer Query: at once if it is one short statement, else by the returned coroutine."""
    client.watch.statement = sql
    if client.activity is not None:
        client.activity.run(sql)
    # Only a text with a semicolon before its end can hold two statements.
    if len(sql) > TEXT_LENGTH_MAX or ";" in sql.rstrip()[:-1]:
        return _script(client, sql)
    result = client.briefly(shape(sql), partial(_brief, client, sql))
    if result is None:
        change = _changed(client, sql)
        if change is None:
            return _alone(client, sql)
        result = change.made
        if result is None:
            return _commit(client, sql, change)
    _send_small(client, result)
    client.send_ready()
    return None


def _brief(client: Client, text: str) -> Result | None:
    """Run a statement that is sure to take little; None where it is not."""
    if client.block.implicit:
        return None
    prepared = client.session.prepare(text)
    if prepared.parameter_types:
        client.session.without_values(prepared)
    return client.session.execute_if_brief(prepared)


def _changed(client: Client, sql: str) -> PendingChange | None:
    """Run a change that is sure to take little, but for its commit; None where it is not."""
    if len(sql) > CHANGE_LENGTH_MAX or not sql.lstrip()[:6].upper().startswith(CHANGES):
        return None
    return client.begin_change(client.session.prepare(sql))


async def _commit(client: Client, sql: str, change: PendingChange) -> None:
    with client.cancellable():
        result = await client.committed(change)
        if result is None:
            await _alone(client, sql)
            return
    _send_small(client, result)
    client.send_ready()


async def _alone(client: Client, text: str) -> None:
    await _answer(client, text, True)
    client.send_ready()


async def _script(client: Client, sql: str) -> None:
    """Run statements one after the other; the first error ends them all."""
    texts = await client.perform("split", partial(client.session.split, sql))
    end = 0
    for number, text in enumerate(texts, 1):
        client.watch.statement = text.strip()
        first = max(0, sql.find(text, end))
        end = first + len(text)
        try:
            await _answer(client, text, number == len(texts), len(texts) > 1)
        except Error as error:
            if error.position is not None:
                error.position += first  # in the whole text
            raise
    if not texts:
        client.send(protocol.EMPTY_QUERY)
    if client.block.implicit:
        await client.perform("commit", client.block.finish)
    client.send_ready()


async def _answer(client: Client, text: str, last: bool, beside: bool = False) -> None:
    """Run a statement in threads and send all of its answer; in its message it is the `last`, or has others
    `beside` it."""
    answer = Answer(client, text, last, beside)
    await client.stream(shape(text), answer.blocks())
    if answer.result is None:
        await transfer_copy(client, answer.prepared)
    else:
        send_complete(client, answer.result, answer.rows)


class Answer:
    """A statement's answer: `blocks` runs it, in a thread, and notes what is told at the end. `result` stays
    None for COPY, which goes on in the conversation."""

    prepared: Prepared
    result: Result | None

    def __init__(self, client: Client, text: str, last: bool, beside: bool) -> None:
        self._client = client
        self._text = text
        self._last, self._beside = last, beside
        self.result = None
        self.rows = 0

    def blocks(self) -> Generator[bytes]:
        """Yield RowDescription and the rows."""
        client = self._client
        self.prepared = prepared = client.session.prepare(self._text)
        if prepared.parameter_types:
            client.session.without_values(prepared)
        if self._beside and isinstance(prepared.statement, ALONE):
            client.block.begin()
        if isinstance(prepared.statement, ast.Copy):
            if not self._last:
                client.block.enter(prepared)
            return
        self.result = result = client.block.execute(prepared, [], last=self._last, streamed=True)
        if result.columns is None:
            return
        form = _text_rows(client, result.columns)
        yield form.description
        for rows in result.blocks():
            self.rows += len(rows)
            yield form.encode(rows)


def _text_rows(client: Client, columns: tuple[ResultColumn, ...]) -> TextRows:
    if client.transcoder is not None:
        client.transcoder.rows_of((), ())
    kept, style = client.text_rows, client.session.settings.parsed.style
    if kept is None or kept.columns is not columns or kept.style is not style:
        formats = [TEXT_FORMAT] * len(columns)
        encode = row_encoder([column.type for column in columns], formats, style)
        kept = TextRows(columns, style, protocol.row_description(columns, formats), encode)
        client.text_rows = kept
    return kept


def _send_small(client: Client, result: Result) -> None:
    if result.columns is not None:
        form = _text_rows(client, result.columns)
        # Encoded before anything is sent: a value without a text form must not cut a result short.
        data = form.encode(result.rows)
        client.send(form.description)
        client.send(data)
    send_complete(client, result, len(result.rows))


def send_complete(client: Client, result: Result, rows: int) -> None:
    """Send notices, changed parameters and CommandComplete (EmptyQueryResponse for nothing) after so many
    rows."""
    for notice in result.notices:
        # INFO is told whatever client_min_messages is.
        level = {"INFO": "error", "DEBUG": "debug1"}.get(notice.severity, notice.severity.lower())
        if MESSAGES.index(client.session.setting("client_min_messages")) <= MESSAGES.index(level):
            said = protocol.notice_response(notice.text, notice.severity, notice.sqlstate, notice.detail)
            client.send(said)
    name = f"SELECT {rows}" if result.columns is not None and result.tag.startswith("SELECT") else result.tag
    if name.startswith(SETTING_TAGS) or (result.columns and result.columns[0].name == "set_config"):
        client.report_parameters()
    if client.watch.is_timing and name:
        client.watch.completed(name, client.activity)
    client.send(protocol.command_complete(name) if name else protocol.EMPTY_QUERY)
