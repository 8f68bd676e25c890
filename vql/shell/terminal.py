"""What the shell prints on, and what has been set: the display, variables, where results go."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from vql.errors import Error, OperationalError
from vql.link.link import Link, Outcome
from vql.python.progress import ProgressBar
from vql.shell.scanner import Scanner
from vql.shell.screen.display import Display
from vql.shell.screen.formats import draw
from vql.shell.screen.pager import exceeds_screen, page, pager_command
from vql.shell.variables import Variables

# An error shows this many characters of its line, around the place.
LINE_SHOWN = 76


class Quit(Exception):
    """The user asked to leave."""


class Reported(Exception):
    """An error that has been shown."""


class Terminal:
    """One person's or script's streams and link; `run_lines` and `statement` are how texts run on it."""

    def __init__(self, link: Link, output: TextIO, errors: TextIO, progress: ProgressBar) -> None:
        self.link = link
        self.output = output
        self.results: IO[str] = output  # where answers go: \\o changes it
        self.errors = errors
        self.progress = progress
        self.display = Display()
        self.display.shorten = output.isatty()
        self.variables = Variables()
        self.variables.note(DBNAME=link.name)
        self.scanner = Scanner(self.variables.get)
        self.last_query = ""
        self.timing = False
        self.interactive = False
        self.is_interrupted = False  # by Ctrl-C, while the last statement ran: it may have ended all the same
        self.restricted_by = ""  # the key of \\restrict
        self.scripts_deep = 0
        self.hint_for: Callable[[Error, str], str | None] = lambda error, source: None
        self.history: Callable[[], list[str]] | None = None  # where there is a prompt
        self._close_results: Callable[[], object] = lambda: None

    def run_lines(self, lines: Iterator[str]) -> bool:
        """Run a script; False at its first error."""
        raise NotImplementedError

    def statement(self, sql: str) -> bool:
        """Run one statement and print what it gives; False where it failed."""
        raise NotImplementedError

    def answers(self, sql: str) -> list[Outcome]:
        """Run a text and return its answers, without showing them. Raises Error."""
        raise NotImplementedError

    def query(self) -> str:
        """Take what has been typed and not run, or else what was run last."""
        return self.scanner.take().strip() or self.last_query

    # -------------------------------------------------------------- answers

    def show(self, answer: Outcome) -> None:
        """Print remarks, rows and, where rows are not all there is to say, the tag."""
        if answer.remarks:
            self.output.flush()
        for remark in answer.remarks:
            self.errors.write(f"{remark.severity}:  {remark.text}\n")
            if remark.detail:
                self.errors.write(f"DETAIL:  {remark.detail}\n")
            if remark.hint:
                self.errors.write(f"HINT:  {remark.hint}\n")
        word = answer.tag.partition(" ")[0]
        if answer.headings is not None:
            self.show_rows(answer)
        if answer.tag and (answer.headings is None or word in ("INSERT", "UPDATE", "DELETE", "MERGE")):
            self.say(answer.tag)
        self.results.flush()

    def show_rows(self, answer: Outcome) -> None:
        """Print the rows of an answer as the display is set, by the pager where they are many."""
        on_screen = self.interactive and self.results is self.output
        columns = shutil.get_terminal_size().columns if self.display.shorten else 0
        # Records stand below each other so that their values may be as long as they are.
        text = draw(answer, self.display, columns if on_screen else 0)
        self.write(text, wraps=self.display.expanded != "off")

    def write(self, text: str, wraps: bool = True) -> None:
        """Write results, by the pager where they are longer or, where lines are not to be wrapped, wider than
        the screen."""
        size = shutil.get_terminal_size()
        on_screen = self.interactive and self.results is self.output and self.output.isatty()
        wanted = on_screen and self.display.pager != "off"
        if wanted and (
            self.display.pager == "always" or exceeds_screen(text, size.columns, size.lines - 1, wraps)
        ):
            command = pager_command()
            if command is not None:
                self.output.flush()
                page(command, text)
                return
        self.results.write(text)

    def say(self, text: str) -> None:
        """Print a line that is no data, unless it is to be quiet."""
        if not self.variables.is_on("QUIET"):
            self.results.write(f"{text}\n")

    def show_time(self, elapsed_ms: float) -> None:
        """Print how long something took, where \\timing is on."""
        if self.timing:
            self.output.write(f"Time: {duration(elapsed_ms)}\n")
            self.output.flush()

    # -------------------------------------------------------------- where results go

    def send_results(self, target: str | None) -> None:
        """Write results to a file, to a command (`|command`), or to the output again. Raises 58P01."""
        self._close_results()
        self.results, self._close_results = self.output, lambda: None
        if target is None:
            return
        self.output.flush()
        self.results, self._close_results = open_target(target)

    @contextmanager
    def results_sent(self, target: str | None) -> Iterator[None]:
        """Write results elsewhere for a while."""
        if target is None:
            yield
            return
        before = self.results
        self.output.flush()
        self.results, close = open_target(target)
        try:
            yield
        finally:
            self.results = before
            close()

    # -------------------------------------------------------------- errors

    def report(self, action: object, *arguments: object, source: str = "") -> bool:
        """Do something; print its error, if any, and say whether it worked."""
        assert callable(action)
        try:
            action(*arguments)
        except Error as error:
            self.show_error(error, source)
            return False
        except Reported:
            return False
        except BrokenPipeError:
            # A command that results go to has read what it wanted; the output's own reader is the end.
            if self.results is self.output:
                raise
        except KeyboardInterrupt:
            self.errors.write("interrupted\n")
            return False
        return True

    def show_error(self, error: Error, source: str) -> None:
        """Print an error as the variable VERBOSITY wants it, and note it in the variables."""
        self.variables.note(
            ERROR="true",
            SQLSTATE=error.sqlstate,
            LAST_ERROR_SQLSTATE=error.sqlstate,
            LAST_ERROR_MESSAGE=error.message,
            ROW_COUNT=0,
        )
        hint = error.hint or self.hint_for(error, source)
        self.output.flush()
        verbosity = self.variables.get("VERBOSITY") or "default"
        self.errors.write(error_text(error, source, hint, verbosity))
        if self.variables.get("ECHO") == "errors" and source:
            self.errors.write(f"STATEMENT:  {source}\n")
        self.errors.flush()


def open_target(target: str) -> tuple[IO[str], Callable[[], object]]:
    """Open a file or, behind a `|`, a command for results; returns it and what closes it. Raises 58P01."""
    if target.startswith("|"):
        process = subprocess.Popen(target[1:], shell=True, stdin=subprocess.PIPE, text=True)
        assert process.stdin is not None

        def close() -> None:
            assert process.stdin is not None
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass  # it has read what it wanted
            process.wait()

        return process.stdin, close
    path = Path(target).expanduser()
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise OperationalError(f"{path}: {(error.strerror or 'failed').lower()}", sqlstate="58P01") from None
    return file, file.close


def duration(elapsed_ms: float) -> str:
    """Return a time as psql prints it."""
    text = f"{elapsed_ms:.3f} ms"
    if elapsed_ms < 1_000:
        return text
    minutes, seconds = divmod(elapsed_ms / 1e3, 60)
    return f"{text} ({int(minutes):02d}:{seconds:06.3f})"


def error_text(error: Error, source: str = "", hint: str | None = None, verbosity: str = "default") -> str:
    """Return an error as psql prints it: message, the line with a caret, detail and hint."""
    if verbosity == "sqlstate":
        return f"ERROR:  {error.sqlstate}\n"
    code = f"{error.sqlstate}: " if verbosity == "verbose" else ""
    lines = [f"ERROR:  {code}{error.message}"]
    if verbosity == "terse":
        return f"{lines[0]}{f' at character {error.position}' if error.position else ''}\n"
    if error.position is not None and source:
        lines += caret_lines(source, error.position)
    if error.detail:
        lines.append(f"DETAIL:  {error.detail}")
    if error.hint or hint:
        lines.append(f"HINT:  {error.hint or hint}")
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
