"""A pager for what is longer or wider than the terminal: PAGER, or less where there is one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

from vql.shell.screen.formats import widest
from vql.shell.screen.table import width

# What less does where nobody has said otherwise: end if all fits, keep colours, chop long lines, leave the
# text on the screen.
LESS = "-FRSX"


def pager_command() -> str | None:
    """Return the command that shows long output, None where there is none."""
    for name in ("VQL_PAGER", "PAGER"):
        if (given := os.environ.get(name)) is not None:
            return given if given.strip() else None
    return "less" if shutil.which("less") else None


def exceeds_screen(text: str, columns: int, lines: int, wraps: bool) -> bool:
    """Whether a text is longer than a screen or, where its lines are not to be wrapped, wider."""
    if text.count("\n") >= lines or not wraps and widest(text) > columns:
        return True
    return wraps and sum(max(0, width(line) - 1) // columns + 1 for line in text.split("\n")[:-1]) >= lines


def page(command: str, text: str) -> None:
    """Show a text in a pager until it is left; Ctrl-C is the pager's."""
    environment = {"LESS": LESS, **os.environ}
    # Not SIG_IGN, which what is started would inherit.
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        process = subprocess.Popen(command, shell=True, stdin=subprocess.PIPE, env=environment)
        try:
            process.communicate(text.encode())
        except BrokenPipeError:
            process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
