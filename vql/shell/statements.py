"""Running statements for a person or a script: results and notices out, errors with their place.

The prompt, `-c`, files and pipes are one code path. A script stops at its first error, unless it has said
`\\set ON_ERROR_STOP off`.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from vql.errors import Error
from vql.link.link import Link, Outcome
from vql.python.progress import ProgressBar
from vql.shell import loading
from vql.shell.commands import registry
from vql.shell.commands.catalog import CatalogNames
from vql.shell.commands.hints import hint_for
from vql.shell.scanner import Invocation, Scanner, has_words
from vql.shell.terminal import Terminal


class Shell(Terminal):
    """One person's or script's use of a link."""

    def __init__(self, link: Link, output: TextIO, errors: TextIO, progress: ProgressBar) -> None:
        super().__init__(link, output, errors, progress)
        self.names = CatalogNames(link)
        self.hint_for = lambda error, source: hint_for(error, source, self.names)
        self._lines: Iterator[str] | None = None  # of the script that runs

    # -------------------------------------------------------------- texts and files

    def run_text(self, text: str) -> bool:
        """Run what was typed or given by -c; False at the first error. What is typed at a prompt and not
        complete stays in the scanner."""
        if not self._run(iter(text.splitlines(keepends=True))):
            self.scanner.take()
            return False
        return self.interactive or self._finish()

    def run_lines(self, lines: Iterator[str]) -> bool:
        """Run a script line by line, so that a pipe's statements run as they come."""
        scanner, self.scanner = self.scanner, Scanner(self.variables.get)
        before, self._lines = self._lines, lines
        try:
            return self._run(lines) and self._finish()
        finally:
            self.scanner, self._lines = scanner, before

    def _run(self, lines: Iterator[str]) -> bool:
        for line in lines:
            if self.variables.get("ECHO") == "all" and not self.interactive:
                self.output.write(line)
            events = self.scanner.read(line)
            while True:
                try:
                    event = next(events, None)
                except Error as error:
                    self.show_error(error, "")
                    if self._stops:
                        return False
                    break
                if event is None:
                    break
                worked = self.command(event) if isinstance(event, Invocation) else self.statement(event.sql)
                if not worked and self._stops:
                    return False
        return True

    @property
    def _stops(self) -> bool:
        return self.interactive or self.variables.is_on("ON_ERROR_STOP")

    def _finish(self) -> bool:
        """Run what stands at a script's end without a semicolon."""
        sql = self.scanner.take().strip()
        return self.statement(sql) or not self._stops if has_words(sql) else True

    # -------------------------------------------------------------- one at a time

    def command(self, call: Invocation) -> bool:
        """Run a backslash command; False where it failed."""
        return self.report(registry.run_command, self, call)

    def statement(self, sql: str) -> bool:
        """Run one statement and print what it gives; False where it failed."""
        if self.variables.get("ECHO") == "queries":
            self.output.write(f"{sql}\n")
        self.last_query = sql
        return self.report(self._statement, sql, source=sql)

    def _statement(self, sql: str) -> None:
        started = time.perf_counter()
        if loading.is_copy(sql):
            loading.copy_streams(self, sql, self._lines)
            self.show_time((time.perf_counter() - started) * 1e3)
            return
        answers = self.answers(sql)
        elapsed_ms = (time.perf_counter() - started) * 1e3
        for answer in answers:
            self.show(answer)
        self.show_time(elapsed_ms)

    def answers(self, sql: str) -> list[Outcome]:
        """Run a text, which Ctrl-C stops, and return its answers."""
        try:
            with self._interruptible():
                answers = self.link.run(sql)
        finally:
            self.progress.clear()
        count = len(answers[-1].rows) if answers else 0
        changed = answers[-1].tag.rpartition(" ")[2] if answers else ""
        self.variables.note(
            ERROR="false", SQLSTATE="00000", ROW_COUNT=changed if changed.isdecimal() else count
        )
        return answers

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let Ctrl-C cancel the statement, and a second one stop waiting for it."""

        def cancel(number: int, frame: FrameType | None) -> None:
            if self.is_interrupted:
                raise KeyboardInterrupt
            self.is_interrupted = True
            self.link.cancel()

        self.is_interrupted = False
        try:
            before = signal.signal(signal.SIGINT, cancel)
        except ValueError:
            # Only the main thread may set handlers; elsewhere Ctrl-C does not arrive.
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
