"""A bar for work that takes a while: loads and index builds. Only where somebody watches."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

# Shorter work shows nothing; the bar is drawn at most this often.
PATIENCE_S = 0.3
EVERY_S = 0.1
BAR_COLUMNS_MAX = 40


class ProgressBar:
    """One line on a terminal, told (phase, fraction done); `clear` wipes it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # A notebook's kernel has no terminal, and draws lines that begin with a carriage return anew.
        self._watched = stream.isatty() or "ipykernel" in sys.modules
        self._started = 0.0
        self._drawn = 0.0
        self._shown = False

    def __call__(self, phase: str, fraction: float) -> None:
        """Show how far the work is."""
        if not self._watched:
            return
        now = time.monotonic()
        if not self._started:
            self._started = now
        if now - self._started < PATIENCE_S or now - self._drawn < EVERY_S:
            return
        self._drawn = now
        self._stream.write("\r\x1b[K" + bar(phase, fraction, now - self._started, _columns()))
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        """Wipe the line and be ready for other work."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._started = self._drawn = 0.0
        self._shown = False


def bar(phase: str, fraction: float, elapsed_s: float, columns: int) -> str:
    """Return the line: phase, bar, percent, time taken."""
    fraction = min(1.0, max(0.0, fraction))
    tail = f" {fraction:4.0%}  {int(elapsed_s) // 60}:{int(elapsed_s) % 60:02d}"
    room = min(BAR_COLUMNS_MAX, columns - len(phase) - len(tail) - 4)
    if room < 5:
        return f"{phase}{tail}"[: columns - 1]
    full = round(room * fraction)
    return f"{phase} [{'#' * full}{'.' * (room - full)}]{tail}"


def _columns() -> int:
    return shutil.get_terminal_size().columns
