"""What stands around a connection: asyncio, the magic of notebooks, progress."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import vql
from vql.python.progress import ProgressBar

SLOW = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a * b % 7 = 3"


def test_tasks_await_statements_and_cancel_them(tmp_path) -> None:
    async def work() -> None:
        async with await vql.connect_async(tmp_path / "db") as connection:
            assert await connection.insert("t", {"id": [1, 2]}, create=True) == 2
            found = await asyncio.gather(*(connection.execute("SELECT ?::int", [n]) for n in range(5)))
            assert [cursor.fetchone() for cursor in found] == [(n,) for n in range(5)]
            slow = asyncio.create_task(connection.execute(SLOW))
            await asyncio.sleep(0.05)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            assert (await connection.execute("SELECT count(*) FROM t")).fetchone() == (2,)
            with pytest.raises(vql.ProgrammingError):
                await connection.execute("SELECT nope")
            await connection.begin()
            await connection.executemany("INSERT INTO t VALUES (?)", [[3], [4]])
            await connection.rollback()
            assert (await connection.executescript("SELECT 1; TABLE t")).rowcount == 2
        with pytest.raises(vql.InterfaceError):
            connection.connection.execute("SELECT 1")

    asyncio.run(work())


def test_what_is_cancelled_as_it_opens_is_closed(tmp_path) -> None:
    async def work() -> None:
        opening = asyncio.create_task(vql.connect_async(tmp_path / "db"))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    asyncio.run(work())
    for thread in threading.enumerate():
        if thread.name.startswith("vql_"):
            thread.join()
    vql.connect(tmp_path / "db").close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("vql_")]


def test_a_connection_is_closed_once(tmp_path) -> None:
    async def work() -> None:
        connection = await vql.connect_async(tmp_path / "db")
        slow = asyncio.create_task(connection.execute(SLOW))
        await asyncio.sleep(0.05)
        slow.cancel()
        await asyncio.sleep(0)
        slow.cancel()  # as a timeout around another one does
        with pytest.raises(asyncio.CancelledError):
            await slow
        await connection.close()
        await connection.close()
        with pytest.raises(vql.InterfaceError):
            await connection.execute("SELECT 1")

    asyncio.run(work())


@pytest.mark.parametrize("parameters", [5, "a", None, {1}])
def test_parameters_are_a_sequence_or_a_mapping(tmp_path, parameters: Any) -> None:
    with vql.connect(tmp_path / "db") as connection:
        with pytest.raises(vql.InterfaceError):
            connection.execute("SELECT ?", parameters)
        for rows in ([parameters], [{"a": 1}, parameters]):
            with pytest.raises(vql.InterfaceError):
                connection.executemany("SELECT :a" if len(rows) > 1 else "SELECT ?", rows)
        named = MappingProxyType({"a": 1})
        assert connection.execute("SELECT :a::int", named).fetchall() == [(1,)]


def test_what_is_printed_commands_no_terminal(tmp_path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        shown = str(connection.execute("SELECT E'\\x1b[2J\\n' AS \"a\x1b\""))
    assert "\x1b" not in shown and r"\x1B[2J↵" in shown


class Notebook:
    """A shell of IPython, as far as the magic uses it."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.magics: dict[str, Any] = {}

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None:
        assert magic_kind == "line_cell"
        self.magics[magic_name] = func


def test_cells_of_a_notebook_run_with_its_variables(tmp_path) -> None:
    notebook = Notebook()
    vql.load_ipython_extension(notebook)
    run = notebook.magics["vql"]
    with pytest.raises(vql.InterfaceError):
        run("", "SELECT 1")
    notebook.user_ns |= {"least": 2, "frame": {"id": [1, 2, 3]}}
    shown = run(
        f"{tmp_path}/db", "CREATE TABLE t AS SELECT * FROM $frame; SELECT id FROM t WHERE id >= :least"
    )
    assert sorted(shown.fetchall()) == [(2,), (3,)]
    assert run("SELECT count(*) FROM t").fetchall() == [(3,)]
    with vql.connect(tmp_path / "other") as other:
        notebook.user_ns["other"] = other
        assert run("other") is other
        assert run("", "SELECT 5 AS n").columns == ["n"]


@pytest.fixture
def connection(tmp_path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as made:
        yield made


def test_progress_is_told(connection: vql.Connection, tmp_path) -> None:
    told: list[tuple[str, float]] = []
    connection.progress = lambda phase, fraction: told.append((phase, fraction))
    data = np.random.default_rng(1).standard_normal((10_000, 4), dtype=np.float32)
    connection.insert("t", {"v": data}, create=True)
    connection.execute("CREATE INDEX ON t USING hnsw (v vector_l2_ops)")
    assert told and all(0 <= fraction <= 1 for _, fraction in told)
    told.clear()
    connection.execute(f"COPY t TO '{tmp_path}/t.npy'")
    connection.execute(f"COPY t FROM '{tmp_path}/t.npy'")
    assert told[-1] == ("loading t.npy", 1.0)
    connection.progress = False
    told.clear()
    connection.execute("VACUUM t")
    assert told == []


def test_a_bar_is_drawn_where_somebody_watches(connection: vql.Connection, capsys) -> None:
    connection.progress = True
    connection.execute("VACUUM")
    assert capsys.readouterr().err == ""
    stream = io.StringIO()
    bar = ProgressBar(stream)
    bar("loading", 0.5)
    bar.clear()
    assert stream.getvalue() == ""
