"""COPY in the shell: files and the lines of a script into a table, and results into files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from vql.errors import OperationalError, ProgrammingError
from vql.session.statements.changes.copies import is_of_columns
from vql.shell.terminal import Terminal

FILE_BLOCK_BYTES = 1 << 20
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
        if is_of_columns(path, match["options"]):
            named = str(path).replace("'", "''")
            return terminal.link.copy_file(f"COPY {match['what']} {match['way']} '{named}'{match['options']}")
        if not inwards:
            with path.open("wb") as sink:
                return terminal.link.copy_out(sql, sink.write)
        with path.open("rb") as source:
            return terminal.link.copy_in(sql, file_blocks(terminal, source, path))
    except OSError as error:
        raise OperationalError(f"{path}: {(error.strerror or 'failed').lower()}", sqlstate="58P01") from None
    finally:
        terminal.progress.clear()


def file_blocks(terminal: Terminal, source: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in blocks, showing how far it has been read."""
    size = max(1, path.stat().st_size)
    done = 0
    while block := source.read(FILE_BLOCK_BYTES):
        yield block
        done += len(block)
        terminal.progress(f"loading {path.name}", done / size)


# ------------------------------------------------------------------ COPY with the shell's own streams


# Comments stand before a statement.
BEFORE = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"


def is_copy_in(sql: str) -> bool:
    """Whether a statement is followed by its data."""
    return re.match(BEFORE + r"copy\b.*\bfrom\s+stdin\b", sql, re.IGNORECASE | re.DOTALL) is not None


def is_copy(sql: str) -> bool:
    """Whether a statement reads or writes a stream beside its text."""
    return (
        re.match(BEFORE + r"copy\b.*\b(from\s+stdin|to\s+stdout)\b", sql, re.IGNORECASE | re.DOTALL)
        is not None
    )


def copy_streams(terminal: Terminal, sql: str, lines: Iterator[str] | None) -> None:
    """Run COPY with the lines that follow in a script, up to `\\.`, or the process' own input or output."""
    if not is_copy_in(sql):
        terminal.link.copy_out(sql, lambda line: terminal.results.write(line.decode()))
        terminal.results.flush()
        return
    if lines is None and terminal.interactive:
        raise ProgrammingError(
            "COPY FROM STDIN needs input from a pipe", sqlstate="0A000", hint="\\copy loads a file"
        )
    data = sys.stdin.buffer if lines is None else _data_lines(lines)
    terminal.say(f"COPY {terminal.link.copy_in(sql, data)}")


def _data_lines(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        if line.rstrip("\r\n") == "\\.":
            return
        yield line.encode()
