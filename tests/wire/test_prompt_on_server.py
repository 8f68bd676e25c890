"""The same shell on a server: what it is given and shows does not differ."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from server_process import Server

from vql.shell.main import main


@pytest.fixture
def ask(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    def start(*lines: str) -> tuple[int, str, str]:
        out, errors = io.StringIO(), io.StringIO()
        script = "".join(f"{line}\n" for line in lines)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(script.encode())))
        with redirect_stdout(out), redirect_stderr(errors):
            status = main([server.url])
        return status, out.getvalue(), errors.getvalue()

    return start


def test_statements_commands_and_files_work_on_a_server(ask, tmp_path: Path):
    file = tmp_path / "typed.csv"
    status, out, errors = ask(
        "CREATE TABLE typed (id int PRIMARY KEY, brand text);",
        "COPY typed FROM STDIN;", "1\tx", "2\t\\N", "\\.",
        f"\\copy typed TO {file} WITH (FORMAT csv)",
        "DELETE FROM typed;",
        f"\\copy typed FROM {file} WITH (FORMAT csv)",
        "DROP TABLE IF EXISTS none;",
        "\\pset null -", "SELECT * FROM typed ORDER BY id;",
        "SELECT 1 AS a \\; SELECT 2 AS b;",
        "\\dt", "\\d typed",
    )  # fmt: skip
    assert (status, errors) == (0, 'NOTICE:  table "none" does not exist, skipping\n')
    assert out.startswith(
        "CREATE TABLE\nCOPY 2\nCOPY 2\nDELETE 2\nCOPY 2\nDROP TABLE\n"
        'Null display is "-".\n'
        " id | brand \n----+-------\n  1 | x\n  2 | -\n(2 rows)\n\n"
        " a \n---\n 1\n(1 row)\n\n b \n---\n 2\n(1 row)\n\n"
    )
    # As wide as the names that others have made.
    assert ["public", "typed", "table", "vql"] in [
        re.split(r"\s*\|\s*", line.strip()) for line in out.splitlines()
    ]
    assert '    "typed_pkey" PRIMARY KEY, btree (id)\n' in out


def test_a_server_says_what_is_wrong(ask, server: Server, capsys):
    status, _, errors = ask("BEGIN;", "SELECT nope FROM pg_class;")
    assert status == 1
    assert errors.startswith('ERROR:  column "nope" does not exist\nLINE 1: SELECT nope FROM')
    assert f'as user "vql" on host "127.0.0.1" at port "{server.port}"' in ask("\\conninfo")[1]
    assert main(["postgres://127.0.0.1:1/none"]) == 1
    assert "cannot open postgres://127.0.0.1:1/none" in capsys.readouterr().err


def test_without_psycopg_it_is_said_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert main(["postgres://127.0.0.1/none", "-c", "SELECT 1"]) == 1
    assert "HINT:  pip install 'vqldb[psycopg]' brings it" in capsys.readouterr().err
