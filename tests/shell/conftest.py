"""The `vql` command as a user starts it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from vql.shell.main import main


class Done(NamedTuple):
    """What a command printed, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the database is, or will be."""
    return tmp_path / "shop"


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `vql FOLDER --create ...` in this process and return what it printed and its status."""

    def start(*arguments: str, stdin: str = "") -> Done:
        out, errors = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with redirect_stdout(out), redirect_stderr(errors):
            status = main([str(folder), "--create", *arguments])
        return Done(status, out.getvalue(), errors.getvalue())

    return start


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A terminal that answers no questions, and a history of its own."""
    return {
        **os.environ,
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "VQL_HISTORY": str(tmp_path / "history"),
        "VQLRC": str(tmp_path / "none"),
        "PAGER": "printf 'paged %d lines\\n' $(wc -l)",
        "COLUMNS": "120",
        "LINES": "40",
    }
