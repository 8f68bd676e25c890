"""The console over a server: what it shows does not differ from what it shows over a folder."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from typing import Any

import pytest
from server_process import Server

import vql
from vql.console.calls import ConsoleCalls
from vql.shell.opening import opened_link

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("tables", {}),
    ("run", {"sql": "SELECT id, price, ok, picture, vec FROM seen.shoes ORDER BY id; SELECT NULL AS a"}),
    ("run", {"sql": "SELECT 1; SELECT nothing"}),
    ("explain", {"sql": "SELECT nothing"}),
    ("facets", {"schema": "seen", "table": "shoes"}),
    ("search", {"schema": "seen", "table": "shoes", "column": "vec", "like": {"key": "2"}}),
    ("search", {"schema": "seen", "table": "shoes", "column": "half", "like": {"vector": "[1,2]"}}),
    ("map", {"schema": "seen", "table": "shoes", "column": "vec"}),
    ("map", {"schema": "seen", "table": "shoes", "column": "half"}),
]


def without(found: Any, *names: str) -> Any:
    """Return JSON without what differs by who answers: times, numbers of answers, names of types."""
    if isinstance(found, dict):
        return {name: without(value, *names) for name, value in found.items() if name not in names}
    return [without(each, *names) for each in found] if isinstance(found, list) else found


def test_a_console_on_a_server_shows_what_one_on_a_folder_shows(server: Server):
    pytest.importorskip("psycopg")
    shop = ConsoleCalls(lambda: opened_link(server.url), "there", None)
    made = shop.answer(
        "run",
        "page",
        {
            "sql": "CREATE SCHEMA seen; CREATE TABLE seen.shoes (id int PRIMARY KEY, price numeric, ok bool, "
            "picture bytea, vec vector(3), half halfvec(2)); INSERT INTO seen.shoes SELECT n, n / 4.0, n > 3,"
            r" '\x89504e470d0a1a0a00', ARRAY[n, n % 3, 1]::vector, ARRAY[n, 1]::halfvec "
            "FROM generate_series(1, 6) AS s(n)"
        },
    )
    assert "error" not in made
    here = ConsoleCalls(lambda: opened_link(str(server.path)), "here", None)
    try:
        for name, given in QUESTIONS:
            answers = [calls.answer(name, "page", given) for calls in (here, shop)]
            first, second = (without(each, "ms", "answer", "type", "context") for each in answers)
            assert first == second, name
        place = {"lane": "editor", "row": 0, "column": 3}
        for calls in (here, shop):
            asked = calls.answer("run", "page", QUESTIONS[1][1])["answers"][0]
            cell = calls.cell("page", "editor", asked["answer"], place["row"], place["column"])
            assert (cell.type, cell.data[:4]) == ("image/png", b"\x89PNG")
    finally:
        shop.answer("run", "page", {"sql": "DROP SCHEMA seen CASCADE"})
        here.lanes.close()
        shop.lanes.close()


def test_a_server_has_a_console_beside_it(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (n int)")
    command = [sys.executable, "-m", "vql", "serve", str(tmp_path / "db"), "--port", "0", "--workers", "1"]
    process = subprocess.Popen([*command, "--console-port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = next(line.strip() for line in process.stdout if "?token=" in line)
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"VQL console" in answer.read()
    finally:
        process.terminate()
        assert process.wait(60) == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(address, timeout=60)
