"""The prompt on a pseudo-terminal, as a person sees it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>]|\][^\x07]*\x07)")


class Terminal:
    """A `vql` prompt that is typed into."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        arguments = ["-m", "vql.shell.main", str(folder)]
        self.child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable, arguments, env=environment, encoding="utf-8", timeout=60, dimensions=(40, 120)
        )
        self.child.expect("shop")

    def type(self, text: str) -> None:
        """Type a text and Enter."""
        self.child.send(text + "\r")

    def sees(self, text: str) -> str:
        """Wait until a text stands on the screen; returns what came before, without escapes."""
        pattern = r"(?:\x1b\[[0-9;?]*[a-zA-Z])*".join(re.escape(c) for c in text)
        self.child.expect(pattern)
        return ESCAPES.sub("", str(self.child.before))

    def leaves(self) -> None:
        """Press Ctrl-D until the shell has left: on a line with text, as one that Ctrl-C has not
        cleared yet, it does nothing."""
        for _ in range(15):
            self.child.sendeof()
            if self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=2) == 0:
                break
        self.child.close()
        assert self.child.exitstatus == 0

    def ends(self) -> None:
        """Wait until the shell has left."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == 0


@pytest.fixture
def terminal(folder: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    made = Terminal(folder, environment)
    yield made
    made.child.close(force=True)


def test_a_statement_goes_over_lines_until_its_semicolon(terminal: Terminal):
    terminal.type("CREATE TABLE shoes (id int,")
    terminal.sees("shop->")
    terminal.type("brand text, vec vector(6));")
    terminal.sees("CREATE TABLE\r\n")
    terminal.type("INSERT INTO shoes VALUES (1, 'x', '[1,2,3,4,5,6]');")
    terminal.sees("INSERT 0 1\r\n")
    terminal.type("SELECT * FROM shoes;")
    terminal.sees("  1 | x     | [1,2,3,4,... 6 numbers]")
    terminal.sees("(1 row)")
    terminal.type("SELECT nope FROM shoes;")
    terminal.sees('ERROR:  column "nope" does not exist')
    terminal.sees("       ^\r\n")
    terminal.type("BEGIN;")
    terminal.sees("shop=*>")
    terminal.type("SELECT nope FROM shoes;")
    terminal.sees("shop=!>")
    terminal.type("ROLLBACK;")
    terminal.sees("ROLLBACK\r\n")
    terminal.type("\\d shoes")
    terminal.sees('Table "public.shoes"')
    terminal.type("\\timing")
    terminal.sees("Timing is on.")
    terminal.type("\\q")
    terminal.ends()


def test_tab_completes_and_history_outlives_the_shell(
    terminal: Terminal, folder: Path, environment: dict[str, str]
):
    terminal.type("CREATE TABLE trousers (id int);")
    terminal.sees("CREATE TABLE\r\n")
    terminal.child.send("SELECT id FROM trou\t")
    terminal.sees("trousers")
    terminal.type(";")
    terminal.sees("(0 rows)")
    terminal.child.send("SELECT half")
    terminal.sees("half")
    terminal.child.sendintr()
    terminal.sees("shop=>")
    terminal.leaves()
    assert "+SELECT id FROM trousers;" in Path(environment["VQL_HISTORY"]).read_text()
    again = Terminal(folder, environment)
    again.sees("=>")
    again.child.send("\x1b[A")
    again.sees("trousers;")
    again.child.send("\r")
    again.sees("(0 rows)")
    again.type("\\q")
    again.ends()


def test_a_long_index_build_shows_a_bar_and_ctrl_c_stops_it(
    terminal: Terminal, folder: Path, environment: dict[str, str]
):
    import numpy as np

    import vql

    generator = np.random.default_rng(5)
    with vql.connect(folder) as connection:
        connection.execute("CREATE TABLE t (id int, v vector(64))")
        vectors = generator.standard_normal((60_000, 64), dtype="f4")
        connection.insert("t", {"id": np.arange(60_000), "v": vectors})
    terminal.type("CREATE INDEX ON t USING hnsw (v vector_l2_ops) WITH (ef_construction = 400);")
    terminal.sees("%")
    terminal.child.sendintr()
    terminal.sees("canceling statement due to user request")
    terminal.type("\\q")
    terminal.ends()
