"""A newcomer's first hour: thirty steps from an empty folder to a backup that is brought back, each as the
documents say it."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import psycopg
import pytest
from server_process import Server

import vql
from vql.shell.main import main


def command(*words: object, may_find_fault: bool = False) -> str:
    """Run `vql` in this process; return what it printed."""
    out, errors = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        try:
            status: object = main([str(word) for word in words])
        except SystemExit as stopped:
            status = stopped.code
    out.seek(0)
    assert status == 0 or (status == 1 and may_find_fault), errors.getvalue()
    return out.read()


def test_thirty_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    steps: list[str] = []
    in_the_shell(steps)
    with vql.connect("shop") as connection:
        in_python(connection, steps)
        in_the_past(connection, steps)
    on_a_server(tmp_path, steps)
    as_an_operator(steps)
    assert len(steps) >= 30


def in_the_shell(steps: list[str]) -> None:
    steps += ["which version"]
    assert vql.__version__ in command("--version")
    steps += ["make a database"]
    command("shop", "--create", "-c", "CREATE TABLE notes (id serial PRIMARY KEY, said text)")
    steps += ["write a row"]
    assert "INSERT 0 2" in command("shop", "-c", "INSERT INTO notes (said) VALUES ('hello'), (NULL)")
    steps += ["read it"]
    assert "hello" in command("shop", "-c", "SELECT * FROM notes")
    steps += ["as CSV"]
    assert (
        command("shop", "--csv", "-c", "SELECT id, said FROM notes ORDER BY id") == "id,said\n1,hello\n2,\n"
    )
    steps += ["which tables there are"]
    assert "notes" in command("shop", "-c", "\\d")
    steps += ["run a file"]
    Path("more.sql").write_text("UPDATE notes SET said = 'bye' WHERE id = 2;\nSELECT count(*) FROM notes;\n")
    assert "2" in command("shop", "-f", "more.sql")


def in_python(connection: vql.Connection, steps: list[str]) -> None:
    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(6_000, 16)).astype(np.float32)
    shoes = {"id": np.arange(6_000), "brand": [f"brand {i % 5}" for i in range(6_000)], "vec": vectors}
    steps += ["a table from columns"]
    assert connection.insert("shoes", shoes, create=True) == 6_000
    steps += ["a key"]
    connection.execute("ALTER TABLE shoes ADD PRIMARY KEY (id)")
    steps += ["an index"]
    connection.execute("CREATE INDEX near ON shoes USING hnsw (vec vector_l2_ops)")
    steps += ["search"]
    nearest = "SELECT id, vec <-> ? AS d FROM shoes ORDER BY vec <-> ? LIMIT 5"
    assert connection.execute(nearest, [vectors[7], vectors[7]]).fetchone() == (7, 0.0)
    steps += ["search what a filter passes"]
    filtered = "SELECT id FROM shoes WHERE brand = :brand ORDER BY vec <-> :query LIMIT 5"
    found = connection.execute(filtered, {"brand": "brand 2", "query": vectors[7]}).fetchall()
    assert [id_ % 5 for (id_,) in found] == [2] * 5
    steps += ["see the plan"]
    plan = connection.execute(f"EXPLAIN {nearest}", [vectors[7], vectors[7]]).fetchall()
    assert any("near" in line for (line,) in plan)
    steps += ["search for many"]
    many = connection.search_many("SELECT id FROM shoes ORDER BY vec <-> ? LIMIT 1", vectors[:3])
    assert [rows for rows in many] == [[(0,)], [(1,)], [(2,)]]
    steps += ["a frame"]
    counted = connection.execute("SELECT brand, count(*) AS n FROM shoes GROUP BY brand ORDER BY brand").df()
    assert counted["n"].tolist() == [1_200] * 5
    steps += ["a frame in FROM"]
    asked = "SELECT count(*) FROM $frame f JOIN shoes s ON s.brand = f.brand"
    assert connection.execute(asked, {"frame": counted}).fetchone() == (6_000,)
    steps += ["write a file"]
    connection.execute("COPY (SELECT id, brand FROM shoes WHERE id < 10) TO 'shoes.parquet'")
    steps += ["read it"]
    connection.execute("CREATE TABLE few (id int, brand text)")
    assert connection.execute("COPY few FROM 'shoes.parquet'").rowcount == 10
    steps += ["an error says where"]
    with pytest.raises(vql.ProgrammingError) as caught:
        connection.execute("SELECT brnd FROM shoes")
    assert caught.value.sqlstate == "42703" and caught.value.position == 8


def in_the_past(connection: vql.Connection, steps: list[str]) -> None:
    steps += ["name a moment"]
    connection.execute("CREATE SNAPSHOT before")
    steps += ["change and undo"]
    connection.begin()
    connection.execute("DELETE FROM shoes")
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM shoes").fetchone() == (6_000,)
    steps += ["change"]
    connection.execute("DELETE FROM shoes WHERE brand = 'brand 1'")
    steps += ["read the past"]
    assert connection.execute("SELECT count(*) FROM shoes AS OF SNAPSHOT 'before'").fetchone() == (6_000,)
    steps += ["bring back a table"]
    connection.execute("DROP TABLE few")
    connection.execute("UNDROP TABLE few")
    assert connection.execute("SELECT count(*) FROM few").fetchone() == (10,)


def on_a_server(tmp_path: Path, steps: list[str]) -> None:
    steps += ["serve it"]
    server = Server(tmp_path / "shop", workers=1)
    try:
        steps += ["ask it as PostgreSQL"]
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT count(*) FROM shoes").fetchone() == (4_800,)
        steps += ["ask it by the prompt"]
        assert "4800" in command(server.url, "-c", "SELECT count(*) FROM shoes")
    finally:
        assert server.stop() == 0


def as_an_operator(steps: list[str]) -> None:
    steps += ["look at the machine"]
    # What is bad may be the machine: files in memory, a slow disk.
    told = command("doctor", "shop", may_find_fault=True)
    assert re.search(r"ok  database +shop: \d+ tables", told), told
    steps += ["check it"]
    command("check", "shop")
    steps += ["back it up"]
    command("backup", "shop", "kept")
    steps += ["bring it back"]
    command("restore", "kept", "again")
    assert "4800" in command("again", "-c", "SELECT count(*) FROM shoes")
    steps += ["take it along"]
    command("dump", "again", "-o", "shop.sql")
    command("load", "shop.sql", "elsewhere")
    assert "4800" in command("elsewhere", "-c", "SELECT count(*) FROM shoes")
