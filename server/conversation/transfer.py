"""The COPY conversation: rows in by CopyData until CopyDone, rows out as CopyData."""

from __future__ import annotations

import struct
from collections.abc import Generator
from functools import partial

from vql.errors import NotSupportedError, ProtocolViolation, QueryCanceled
from vql.language import ast
from vql.server.conversation.client import Client
from vql.server.protocol import messages as protocol
from vql.server.protocol.codec import BINARY_FORMAT, NULL, encoder
from vql.session.session import Prepared
from vql.session.statements.changes.copy import CopyIn, CopyOut
from vql.session.statements.changes.copy_cells import BLOCK_BYTES, copied_lines, take_rows
from vql.session.statements.changes.copy_formats import (
    SIGNATURE,
    TRAILER,
    Format,
    format_of,
    reader_of,
)
from vql.types.forms.encodings import CODECS, encoding_named

KEY = "copy"


async def transfer_copy(client: Client, prepared: Prepared) -> None:
    """Run a COPY statement to its CommandComplete, within its time. Raises what ends it."""
    with client.cancellable():
        await _transfer(client, prepared)


async def _transfer(client: Client, prepared: Prepared) -> None:
    statement = prepared.statement
    assert isinstance(statement, ast.Copy), "a COPY statement"
    options = dict(statement.options)
    encoding = client.session.setting("client_encoding")
    if CODECS[encoding] != "utf-8" and encoding_named(options.pop("encoding", encoding)) != encoding:
        raise NotSupportedError("COPY in another encoding than client_encoding is not supported")
    form = format_of(options, is_from=statement.is_from)
    start = partial(client.session.copy_start, prepared)
    transfer = await client.perform(KEY, start)
    if statement.is_from:
        count = await _copy_in(client, transfer, form)  # type: ignore[arg-type]
    else:
        count = await _copy_out(client, transfer, form)  # type: ignore[arg-type]
    if client.watch.is_timing:
        client.watch.completed(f"COPY {count}", client.activity)
    client.send(protocol.command_complete(f"COPY {count}"))


async def _copy_in(client: Client, sink: CopyIn, form: Format) -> int:
    reader = reader_of(form, sink.columns)
    client.send(protocol.copy_response(b"G", form.binary, len(sink.columns)))
    client.flush()
    wanted_bytes = BLOCK_BYTES
    try:
        while True:
            kind, payload = await client.receive()
            if kind == protocol.COPY_DATA:
                reader.feed(payload)
                if reader.buffered_bytes >= wanted_bytes:
                    work = partial(take_rows, sink, reader, form, False)
                    await client.perform(KEY, work)
                    # What a long row has left is not looked through again with each further block.
                    wanted_bytes = max(BLOCK_BYTES, 2 * reader.buffered_bytes)
            elif kind == protocol.COPY_DONE_IN:
                work = partial(take_rows, sink, reader, form, True)
                await client.perform(KEY, work)
                break
            elif kind == protocol.COPY_FAIL:
                reason = protocol.parse_text(payload)
                raise QueryCanceled(f"COPY from stdin failed: {reason}")
            elif kind not in (protocol.FLUSH, protocol.SYNC):
                raise ProtocolViolation(f"unexpected message type 0x{kind:02X} during COPY from stdin")
        return await client.perform(KEY, sink.finish)
    except BaseException:
        sink.fail()
        raise


async def _copy_out(client: Client, source: CopyOut, form: Format) -> int:
    columns = source.result.columns or ()
    client.send(protocol.copy_response(b"H", form.binary, len(columns)))
    make = _binary_blocks if form.binary else _text_blocks
    await client.stream(KEY, make(source, form))
    client.send(protocol.COPY_DONE)
    return source.rows


def _text_blocks(source: CopyOut, form: Format) -> Generator[bytes]:
    for lines in copied_lines(source, form):
        yield b"".join([protocol.message(b"d", line) for line in lines])


def _binary_blocks(source: CopyOut, form: Format) -> Generator[bytes]:
    encoders = [encoder(column.type, BINARY_FORMAT) for column in source.result.columns or ()]
    count = struct.pack(">h", len(encoders))
    head = SIGNATURE + bytes(8)
    for rows in source.blocks():
        out = []
        for row in rows:
            fields = [NULL if v is None else e(v) for e, v in zip(encoders, row, strict=True)]
            out.append(protocol.message(b"d", head + count + b"".join(fields)))
            head = b""
        yield b"".join(out)
    yield protocol.message(b"d", head + TRAILER)
