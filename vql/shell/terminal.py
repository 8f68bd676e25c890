"""What the shell prints on, and the settings of its own that commands change (`\\timing`, `\\x`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from vql.errors import Error
from vql.session.session import Result, Session
from vql.shell.progress import ProgressBar
from vql.shell.table import aligned, comma_separated, expanded, in_style

# An error shows this many characters of its line, around the place.
LINE_SHOWN = 76


class Quit(Exception):
    """The user asked to leave."""


class Terminal:
    """One person's or script's two streams and session; `run_lines` is how a script is run on it."""

    def __init__(self, session: Session, output: TextIO, errors: TextIO) -> None:
        self.session = session
        self.output = output
        self.errors = errors
        self.timing = False
        self.expanded = False
        self.csv = False
        self.interactive = False
        self.scripts_deep = 0
        self.shorten = output.isatty()
        self.progress = ProgressBar(errors)
        session.definitions.progress = self.progress

    def run_lines(self, lines: Iterator[str]) -> bool:
        """Run a script; False at its first error."""
        raise NotImplementedError

    def report(self, action: object, *arguments: object, source: str = "") -> bool:
        """Do something; print its error, if any, and say whether it worked."""
        assert callable(action)
        try:
            action(*arguments)
        except Error as error:
            self.output.flush()
            self.errors.write(error_text(error, source))
            self.errors.flush()
            return False
        except KeyboardInterrupt:
            self.errors.write("interrupted\n")
            return False
        return True

    def show(self, result: Result) -> None:
        """Print notices, rows and, where rows are not all there is to say, the tag."""
        if result.notices:
            self.output.flush()
        for notice in result.notices:
            self.errors.write(f"{notice.severity}:  {notice.text}\n")
            if notice.detail:
                self.errors.write(f"DETAIL:  {notice.detail}\n")
        word = result.tag.partition(" ")[0]
        if result.columns is not None:
            self.output.write(self.table(result) + ("" if self.csv else "\n"))
        if result.tag and (result.columns is None or word in ("INSERT", "UPDATE", "DELETE")):
            if not self.csv:
                self.output.write(f"{result.tag}\n")
        self.output.flush()

    def table(self, result: Result) -> str:
        """Return the rows as the shell's settings want them."""
        columns = result.columns or ()
        rows = in_style(columns, result.rows, self.session.settings.parsed.style)
        if self.csv:
            return comma_separated(columns, rows)
        if self.expanded:
            return expanded(columns, rows, self.shorten)
        return aligned(columns, rows, self.shorten)

    def show_time(self, elapsed_ms: float) -> None:
        """Print how long something took, where \\timing is on."""
        if self.timing:
            self.output.write(f"Time: {duration(elapsed_ms)}\n")
            self.output.flush()


def duration(elapsed_ms: float) -> str:
    """Return a time as psql prints it."""
    text = f"{elapsed_ms:.3f} ms"
    if elapsed_ms < 1_000:
        return text
    minutes, seconds = divmod(elapsed_ms / 1e3, 60)
    return f"{text} ({int(minutes):02d}:{seconds:06.3f})"


def error_text(error: Error, source: str = "") -> str:
    """Return an error as psql prints it: message, the line with a caret, detail and hint."""
    lines = [f"ERROR:  {error.message}"]
    if error.position is not None and source:
        lines += caret_lines(source, error.position)
    if error.detail:
        lines.append(f"DETAIL:  {error.detail}")
    if error.hint:
        lines.append(f"HINT:  {error.hint}")
    if error.context:
        lines.append(f"CONTEXT:  {error.context}")
    return "\n".join(lines) + "\n"


def caret_lines(source: str, position: int) -> list[str]:
    """Return the line of `position` (from 1), cut to a screen's width, and a caret below the place."""
    at = min(max(position - 1, 0), len(source))
    start = source.rfind("\n", 0, at) + 1
    end = source.find("\n", at)
    line = source[start : len(source) if end < 0 else end]
    column = at - start
    number = source.count("\n", 0, at) + 1
    left, right = "", ""
    if len(line) > LINE_SHOWN:
        first = max(0, min(column - LINE_SHOWN // 2, len(line) - LINE_SHOWN))
        left = "..." if first else ""
        right = "..." if first + LINE_SHOWN < len(line) else ""
        line, column = line[first : first + LINE_SHOWN], column - first
    head = f"LINE {number}: {left}"
    return [f"{head}{line}{right}".replace("\t", " "), " " * (len(head) + column) + "^"]
