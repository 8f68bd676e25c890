"""COPY in the shell: files and the lines of a script into a table, and results into files.

The formats are the server's: `vql.server.protocol.copy_formats` turns bytes into columns and back
without a socket, so a file loads here exactly as psql's `\\copy` loads it over the wire.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from vql.errors import NotSupportedError, OperationalError, ProgrammingError
from vql.server.protocol.cells import columns_of
from vql.server.protocol.copy_formats import Format, Reader, format_of, reader_of, text_line
from vql.session.statements.changes.copy import CopyIn, CopyOut
from vql.shell.terminal import Terminal

BLOCK_BYTES = 1 << 20
# A query in parentheses, or a table with its columns; a file in quotes, or one word, as psql reads them.
FILE = re.compile(
    r"(?P<what>\(.*\)|[^()]+?(?:\([^()]*\))?)\s*\b(?P<way>from|to)\s+"
    r"(?:'(?P<quoted>(?:[^']|'')+)'|(?!(?:stdin|stdout|pstdin|pstdout|program)\b)(?P<word>[^\s']+))"
    r"(?P<options>.*)",
    re.I | re.S,
)


def copy(terminal: Terminal, text: str) -> int:
    """Run `\\copy ...` and return the count of rows. Raises 42601, 58P01 and what COPY raises."""
    match = FILE.fullmatch(text.strip().rstrip(";"))
    if match is None:
        raise ProgrammingError(
            "\\copy takes a table and the name of a file", sqlstate="42601",
            hint="\\copy shoes FROM 'shoes.csv' WITH (FORMAT csv, HEADER)",
        )  # fmt: skip
    name = match["word"] or match["quoted"].replace("''", "'")
    path = Path(name).expanduser()
    inwards = match["way"].lower() == "from"
    sql = f"COPY {match['what']} {'FROM STDIN' if inwards else 'TO STDOUT'}{match['options']}"
    try:
        if not inwards:
            with path.open("wb") as sink:
                return save(terminal, sql, sink.write)
        with path.open("rb") as source:
            return load(terminal, sql, file_blocks(terminal, source, path))
    except OSError as error:
        raise OperationalError(f"{path}: {(error.strerror or 'failed').lower()}", sqlstate="58P01") from None
    finally:
        terminal.progress.clear()


def file_blocks(terminal: Terminal, source: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in blocks, showing how far it has been read."""
    size = max(1, path.stat().st_size)
    done = 0
    while block := source.read(BLOCK_BYTES):
        yield block
        done += len(block)
        terminal.progress(f"loading {path.name}", done / size)


def load(terminal: Terminal, sql: str, data: Iterable[bytes]) -> int:
    """Run COPY ... FROM STDIN on bytes; returns the count of rows, durable."""
    sink = terminal.session.copy_start(terminal.session.prepare(sql))
    if not isinstance(sink, CopyIn):
        raise ProgrammingError("COPY ... TO STDOUT takes no data", sqlstate="42601")
    form = format_of(sink.options)
    reader = reader_of(form, sink.columns)
    try:
        for block in data:
            reader.feed(block)
            if reader.buffered_bytes >= BLOCK_BYTES:
                _take(sink, reader, form, final=False)
        _take(sink, reader, form, final=True)
        return sink.finish()
    except BaseException:
        sink.fail()
        raise


def _take(sink: CopyIn, reader: Reader, form: Format, final: bool) -> None:
    first_row = reader.row + 1
    block = reader.take(final)
    if block:
        sink.write_values(columns_of(sink.columns, block, first_row, form.binary, sink.style))


def save(terminal: Terminal, sql: str, write: Callable[[bytes], object]) -> int:
    """Run COPY ... TO STDOUT, a line at a time to `write`; returns the count of rows."""
    source = terminal.session.copy_start(terminal.session.prepare(sql))
    if not isinstance(source, CopyOut):
        raise ProgrammingError("COPY ... FROM STDIN needs data", sqlstate="42601")
    form = format_of(source.options)
    if form.binary:
        raise NotSupportedError("\\copy TO writes text and csv; binary goes over the wire")
    columns = source.result.columns or ()
    if form.header:
        write(text_line([column.name for column in columns], form))
    writers = [column.type.base_in(source.style).to_text for column in columns]
    for rows in source.blocks():
        for row in rows:
            fields = [None if v is None else to_text(v) for to_text, v in zip(writers, row, strict=True)]
            write(text_line(fields, form))
    return source.rows


# ------------------------------------------------------------------ COPY with the process' own streams


def is_copy_in(sql: str) -> bool:
    """Whether a statement is followed by its data."""
    return re.match(r"copy\b.*\bfrom\s+stdin\b", sql, re.IGNORECASE | re.DOTALL) is not None


def is_copy(sql: str) -> bool:
    """Whether a statement reads or writes a stream beside its text."""
    return re.match(r"copy\b", sql, re.IGNORECASE) is not None


def copy_streams(terminal: Terminal, sql: str) -> None:
    """Run COPY with the process' own input or output."""
    if not is_copy_in(sql):
        save(terminal, sql, lambda line: terminal.output.write(line.decode()))
        return
    if terminal.interactive:
        raise ProgrammingError(
            "COPY FROM STDIN needs input from a pipe", sqlstate="0A000", hint="\\copy loads a file"
        )
    terminal.output.write(f"COPY {load(terminal, sql, sys.stdin.buffer)}\n")


def copy_lines(terminal: Terminal, sql: str, lines: Iterator[str]) -> None:
    """Run COPY ... FROM STDIN with the lines that follow in a script, up to `\\.`."""

    def data() -> Iterator[bytes]:
        for line in lines:
            if line.rstrip("\r\n") == "\\.":
                return
            yield line.encode()

    terminal.output.write(f"COPY {load(terminal, sql, data())}\n")
