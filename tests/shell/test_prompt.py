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
        arguments = ["-m", "vql", str(folder), "--create"]
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
        try:
            self.child.expect(pattern)
        except pexpect.TIMEOUT:
            pytest.fail(f"no {text!r} in {self.child.before!r}"[:100_000])
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


def test_words_of_the_shell_and_commands_in_the_midst_of_a_statement(
    terminal: Terminal, environment: dict[str, str]
):
    terminal.type("help")
    terminal.sees("\\h SELECT   how a statement is written")
    terminal.type("SELECT 40 + 2 AS answer \\g")
    terminal.sees("     42")
    terminal.type("SELECT 1 AS one \\x")
    terminal.sees("Expanded display is on.")
    terminal.type(", 2 AS two;")  # behind what is still there to be typed on
    terminal.sees("one | 1")
    terminal.sees("two | 2")
    terminal.type("SELECT 1,")
    terminal.sees("shop->")
    terminal.type("quit")
    terminal.sees("Use \\q to leave or press Ctrl-C")
    terminal.child.sendintr()
    terminal.sees("shop=>")
    terminal.type("\\s")
    terminal.sees("SELECT 40 + 2 AS answer \\g")
    terminal.type("quit;")
    terminal.ends()


def test_a_wide_row_is_expanded_and_a_long_answer_paged(terminal: Terminal, environment: dict[str, str]):
    terminal.type("SELECT 'a' AS narrow;")
    terminal.sees(" narrow \r\n")
    terminal.type(f"SELECT 7 AS number, '{'x' * 130}' AS wide;")
    terminal.sees("-[ RECORD 1 ]")
    terminal.sees("number | 7")
    terminal.type("SELECT generate_series(1, 100) AS row;")
    terminal.sees("paged 104 lines")
    terminal.type("\\pset pager off")
    terminal.sees("Pager is not used.")
    terminal.type("SELECT generate_series(1, 100) AS row;")
    terminal.sees("(100 rows)")
    terminal.type("\\q")
    terminal.ends()


def test_a_mistyped_path_is_asked_about(folder: Path, environment: dict[str, str]):
    command = [sys.executable, "-m", "vql", str(folder)]
    for answer in ("n", ""):
        child = pexpect.spawn(command[0], command[1:], env=environment, encoding="utf-8", timeout=60)
        child.expect_exact(f"There is no database in {folder}. Make one? [y/N] ")
        child.send(f"{answer}\r")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 1
        assert not folder.exists()
    child = pexpect.spawn(command[0], command[1:], env=environment, encoding="utf-8", timeout=60)
    child.expect_exact("[y/N] ")
    child.send("y\r")
    child.expect("shop=>")
    child.send("\\q\r")
    child.expect(pexpect.EOF)
    child.close()
    assert (folder / "main.mdb").exists()


def test_the_commands_of_the_rc_file_are_run_first(folder: Path, environment: dict[str, str], tmp_path: Path):
    (tmp_path / "rc").write_text("\\pset null (none)\n\\set n 5\n")
    terminal = Terminal(folder, {**environment, "VQLRC": str(tmp_path / "rc")})
    terminal.type("SELECT NULL AS a, :n AS b;")
    terminal.sees("(none) | 5")
    terminal.type("\\q")
    terminal.ends()


def test_a_watch_ends_with_ctrl_c_and_an_edited_statement_can_be_typed_on(
    folder: Path, environment: dict[str, str], tmp_path: Path
):
    (tmp_path / "script.sql").write_text("SELECT 'included' AS word;\n")
    terminal = Terminal(folder, {**environment, "VISUAL": "sed -i s/1/2/"})
    terminal.type("SELECT 7 AS watched \\watch 0.1")
    terminal.sees("(every 0.1s)")
    terminal.sees("(every 0.1s)")
    terminal.child.sendintr()
    terminal.sees("shop=>")
    terminal.type("SELECT 1 + 40 \\e")
    terminal.sees("shop=> SELECT 2 + 40")
    terminal.type(";")
    terminal.sees("       42")
    terminal.child.send(f"\\i {tmp_path}/scr\t")
    terminal.sees("script.sql")
    terminal.type("")
    terminal.sees(" included\r\n")
    terminal.type("\\q")
    terminal.ends()
