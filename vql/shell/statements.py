"""Running statements for a person or a script: results and notices out, errors with their place.

The prompt, `-c`, files and pipes are one code path. A script stops at its first error.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from vql.language.words import is_complete, statements
from vql.shell import commands, loading
from vql.shell.terminal import Terminal


class Shell(Terminal):
    """One person's or script's use of a session."""

    # -------------------------------------------------------------- texts and files

    def run_text(self, text: str) -> bool:
        """Run a backslash command or the statements of a text; False at the first error."""
        if text.lstrip().startswith("\\"):
            return self.command(text.strip())
        return all(self.statement(sql) for sql in statements(text))

    def run_lines(self, lines: Iterator[str]) -> bool:
        """Run a script line by line, so that a pipe's statements run as they come."""
        kept: list[str] = []
        for line in lines:
            if not kept and (not line.strip() or line.lstrip().startswith("\\")):
                if line.strip() and not self.command(line.strip()):
                    return False
                continue
            kept.append(line)
            if ";" not in line or not is_complete("".join(kept)):
                continue
            text = "".join(kept)
            kept.clear()
            for sql in statements(text):
                if loading.is_copy_in(sql):
                    if not self.report(loading.copy_lines, self, sql, lines):
                        return False
                elif not self.statement(sql):
                    return False
        return self.run_text("".join(kept)) if kept else True

    # -------------------------------------------------------------- one at a time

    def command(self, text: str) -> bool:
        """Run a backslash command; False where it failed."""
        return self.report(commands.run_command, self, text)

    def statement(self, sql: str) -> bool:
        """Run one statement and print what it gives; False where it failed."""
        return self.report(self._statement, sql, source=sql)

    def _statement(self, sql: str) -> None:
        if loading.is_copy(sql):
            loading.copy_streams(self, sql)
            return
        started = time.perf_counter()
        try:
            with self._interruptible():
                result = self.session.run(sql)
        finally:
            self.progress.clear()
        elapsed_ms = (time.perf_counter() - started) * 1e3
        self.show(result)
        self.show_time(elapsed_ms)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let Ctrl-C cancel the statement, and a second one stop waiting for it."""

        def cancel(number: int, frame: FrameType | None) -> None:
            if interrupts:
                raise KeyboardInterrupt
            interrupts.append(number)
            self.session.cancel()

        interrupts: list[int] = []
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
