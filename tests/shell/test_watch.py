"""`\\watch` beside Ctrl-C, at the moment at which it comes too late for the statement."""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path

import vql
from vql.link.embedded import EmbeddedLink
from vql.python.progress import ProgressBar
from vql.shell.statements import Shell


class InterruptedBehindTheAnswer(EmbeddedLink):
    """A link whose statements are through when Ctrl-C comes."""

    def run(self, sql):
        answers = super().run(sql)
        os.kill(os.getpid(), signal.SIGINT)
        return answers


def test_ctrl_c_ends_it_where_the_statement_has_ended_already(tmp_path: Path):
    with vql.connect(tmp_path / "shop") as connection:
        progress = ProgressBar(io.StringIO())
        link = InterruptedBehindTheAnswer(connection.database, progress)
        shell = Shell(link, output := io.StringIO(), io.StringIO(), progress)
        assert shell.run_text("SELECT 7 AS n \\watch 0 3\n")
        assert output.getvalue().count("every 0s") == 1
        assert shell.run_text("SELECT 8 AS n;\n") and "8" in output.getvalue()
