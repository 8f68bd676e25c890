"""pgcli: what its prompt asks the catalog to complete names, and its backslash commands."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import psycopg
import pytest
from server_process import Server

pgexecute = pytest.importorskip("pgcli.pgexecute", reason="pgcli is not installed")
OURS = "pgcli"
COMMANDS = (
    "\\d", "\\d+ pgcli.shoes", "\\d pgcli.shoes_id_seq", "\\d pgcli.dear", "\\dt pgcli.*", "\\dt+ pgcli.*",
    "\\di pgcli.*", "\\ds pgcli.*", "\\dv pgcli.*", "\\dm", "\\dn+", "\\du", "\\l+", "\\df", "\\df+ pgcli.*",
    "\\dT+ pgcli.*", "\\dx", "\\dD", "\\db", "\\dp", "\\ddp", "\\dE", "\\dF", "\\sf pgcli.priced",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[None]:
    """A schema with one thing of each kind."""
    with psycopg.connect(server.url, autocommit=True) as connected:
        for statement in (
            "CREATE SCHEMA pgcli",
            "CREATE TYPE pgcli.fit AS ENUM ('wide', 'narrow')",
            "CREATE TABLE pgcli.shoes (id serial PRIMARY KEY, brand text NOT NULL, vec vector(3))",
            "CREATE TABLE pgcli.prices (shoe int REFERENCES pgcli.shoes(id), price numeric DEFAULT 1)",
            "CREATE VIEW pgcli.dear AS SELECT shoe FROM pgcli.prices WHERE price > 100",
            "CREATE FUNCTION pgcli.priced(low int, label text DEFAULT 'x') RETURNS bigint LANGUAGE sql"
            " AS 'SELECT count(*) FROM pgcli.prices WHERE price > low'",
        ):
            connected.execute(statement)
        yield
        connected.execute("DROP SCHEMA pgcli CASCADE")


@pytest.fixture(scope="module")
def executor(server: Server, shop: None) -> Any:
    """pgcli's connection."""
    return pgexecute.PGExecute("vql", "vql", "", "127.0.0.1", str(server.port), "")


def test_completion_knows_what_there_is(server: Server, executor: Any) -> None:
    def ours(rows: Any) -> list[tuple[Any, ...]]:
        return [tuple(row)[1:] for row in rows if tuple(row)[0] == OURS]

    assert OURS in executor.schemata()
    assert sorted(ours(executor.tables())) == [("prices",), ("shoes",)]
    assert ours(executor.views()) == [("dear",)]
    columns = {row[:3] for row in ours(executor.table_columns())}
    assert {("shoes", "vec", "vector"), ("prices", "price", "numeric")} <= columns
    assert ours(executor.view_columns()) == [("dear", "shoe", "integer", False, None)]
    assert ours(executor.datatypes()) == [("fit",)]
    keys = [each for each in executor.foreignkeys() if each.parentschema == OURS]
    assert [(each.parenttable, each.childtable, each.childcolumn) for each in keys] == [
        ("shoes", "prices", "shoe")
    ]
    assert server.path.name in executor.databases()
    assert list(executor.casing())


def test_completion_knows_functions_with_their_arguments(executor: Any) -> None:
    found = {
        each.func_name: each for each in executor.functions() if each.schema_name in (OURS, "pg_catalog")
    }
    priced = found["priced"]
    assert (priced.arg_names, priced.arg_types) == (("low", "label"), ("integer", "text"))
    assert priced.arg_defaults == ("'x'::text",)
    assert found["jsonb_path_exists"].arg_defaults == ("'{}'::jsonb", "false")


@pytest.mark.parametrize("command", COMMANDS)
def test_backslash_commands_are_answered(executor: Any, command: str) -> None:
    from pgspecial.main import PGSpecial

    for answer in executor.run(command, PGSpecial()):
        rows, _, status, _, succeeded = answer[1:6]
        assert succeeded, status
        list(rows or ())


def test_the_prompt_completes_and_answers(server: Server, shop: None, tmp_path: Path) -> None:
    environment = {
        **server.environment,
        "HOME": str(tmp_path),
        "PAGER": "cat",
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    # It asks for what it completes by in the background, and says so where that fails.
    words = ["-m", "pgcli.main", "--prompt", "ask> ", "--less-chatty", server.url]
    child = pexpect.spawn(
        sys.executable, words, env=environment, dimensions=(50, 160), encoding="utf8", timeout=60
    )
    child.expect("ask>")
    for asked, answered in (
        ("SELECT count(*) FROM pgcli.shoes;", "SELECT 1"),
        ("\\dt pgcli.*", r"prices[^\n]*table"),
        ("\\l", "UTF8"),
    ):
        child.send(asked + "\r")
        child.expect(answered)
        child.expect("ask>")
    child.send("\\q\r")
    child.expect(pexpect.EOF)
    assert not re.search("Traceback|error", str(child.before))
