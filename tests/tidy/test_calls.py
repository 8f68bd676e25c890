"""How many of our functions the shortest statements call: what is not called costs nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

import vql
from vql.server.conversation.client import Host
from vql.server.conversation.connection import WireConnection
from vql.server.conversation.pace import Pace
from vql.server.protocol.messages import READY, message

FOLDERS = tuple(
    str(Path(vql.__file__).parent.parent / name) for name in ("vql", "executor", "storage", "server")
)
DIM, ROWS = 8, 500
# The calls of each statement may become fewer; more need a reason.
# An INSERT leads the group of those that commit with it, passes the gate before the write lock and looks at
# the lock table.
SELECT_MAX, INSERT_MAX, UPSERT_ROW_MAX, CATALOG_TABLE_MAX = 28, 164, 40, 150
# Of the server, from the bytes that have come to those that go, the statement's own included.
WIRE_MAX = {"SELECT 1": 107, "SELECT id, brand FROM items WHERE id = 7": 137,
            "SELECT count(*) FROM items WHERE id = 7": 190}  # fmt: skip


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute(f"CREATE TABLE items (id int PRIMARY KEY, brand text, vec vector({DIM}))")
        vectors = np.random.default_rng(0).random((ROWS, DIM), np.float32)
        brands = [f"b{i % 5}" for i in range(ROWS)]
        connection.insert("items", {"id": np.arange(ROWS), "brand": brands, "vec": vectors})
        yield connection


@cache
def ours(file: str) -> str:
    """Return the name of a file of the repository, "" of any other."""
    path = Path(file).resolve() if file.startswith("/") else Path()
    return path.name if str(path).startswith(FOLDERS) else ""


def calls(run: Callable[[], object]) -> list[str]:
    """Return the functions of the repository that are called, in order."""
    found: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and (name := ours(code.co_filename)):
            found.append(f"{name}: {code.co_qualname}")

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize("sealed", [False, True], ids=["growing", "sealed"])
def test_a_warm_select_calls_few_functions(connection: vql.Connection, sealed: bool):
    """The ten nearest rows under a filter at a moment of the past, the same text again."""
    if sealed:
        connection.execute("VACUUM items")
    version = connection.session.snapshot().version
    sql = f"SELECT id FROM items ORDER BY l2(vec, ?) LIMIT 10 WHERE brand = 'b1' AS OF VERSION {version}"
    query = np.ones(DIM, np.float32)
    for _ in range(3):
        assert len(connection.execute(sql, (query,)).fetchall()) == 10
    found = calls(lambda: connection.execute(sql, (query,)).fetchall())
    print(len(found), "calls")
    assert len(found) <= SELECT_MAX, found


def test_an_insert_of_one_row_calls_few_functions(connection: vql.Connection):
    sql = "INSERT INTO items VALUES (?, 'x', ?)"
    query = np.ones(DIM, np.float32)
    for key in range(ROWS, ROWS + 3):
        connection.execute(sql, (key, query))
    found = calls(lambda: connection.execute(sql, (ROWS + 3, query)))
    print(len(found), "calls")
    assert len(found) <= INSERT_MAX, found


def test_upserts_by_executemany_call_few_functions_a_row_however_many_came_before(
    connection: vql.Connection,
):
    sql = "INSERT INTO items VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET brand = excluded.brand"
    query = np.ones(DIM, np.float32)
    rows = [(key % 700, f"b{key}", query) for key in range(1_000)]
    connection.begin()
    connection.executemany(sql, rows)
    before = len(calls(lambda: connection.executemany(sql, rows)))
    for _ in range(5):
        connection.executemany(sql, rows)
    found = len(calls(lambda: connection.executemany(sql, rows)))
    print(before / len(rows), found / len(rows), "calls a row")
    assert found <= UPSERT_ROW_MAX * len(rows)
    assert found <= 1.1 * before


def test_a_definition_in_a_block_calls_as_few_functions_as_the_first(connection: vql.Connection):
    connection.begin()
    created = [
        len(calls(lambda name=name: connection.execute(f"CREATE TABLE {name} (id int PRIMARY KEY)")))
        for name in (f"t{i}" for i in range(120))
    ]
    connection.rollback()
    print(created[1], created[-1], "calls")
    assert created[-1] <= 1.2 * created[1]


CATALOG_QUERIES = [
    "SELECT * FROM pg_class",
    "SELECT * FROM pg_attribute",
    "SELECT * FROM information_schema.columns",
    "SELECT pg_get_indexdef(indexrelid), pg_relation_size(indrelid), indrelid::regclass FROM pg_index",
]


def _fetch(connection: vql.Connection, sql: str) -> object:
    return connection.execute(sql).fetchall()


def test_the_catalog_calls_few_functions_a_table(connection: vql.Connection):
    for sql in CATALOG_QUERIES:
        connection.execute(sql).fetchall()
    counts = []
    connection.begin()
    for numbers in (range(20), range(20, 120)):
        for number in numbers:
            connection.execute(f"CREATE TABLE x{number} (id int PRIMARY KEY, a text, v vector(3))")
        counts.append([len(calls(partial(_fetch, connection, sql))) for sql in CATALOG_QUERIES])
    connection.rollback()
    print(counts, "calls")
    assert all(many - few <= CATALOG_TABLE_MAX * 100 for few, many in zip(*counts, strict=True))


class Kept(asyncio.Transport):
    """A transport that keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.sent += data


@pytest.mark.parametrize("sql", WIRE_MAX)
def test_a_warm_statement_over_the_wire_calls_few_functions_and_no_thread(
    connection: vql.Connection, sql: str
):
    async def served() -> list[str]:
        with ThreadPoolExecutor() as pool:
            wire = WireConnection(Host(pool, Pace(), *[None] * 2, 60, None), None)  # type: ignore[arg-type]
            wire.client.transport = transport = Kept()
            wire.client.begin(connection.session)
            wire._handshake = None

            async def answered(data: bytes) -> None:
                transport.sent = b""
                wire.data_received(data)
                while not transport.sent.endswith(READY["I"]):
                    await asyncio.sleep(0.01)

            await answered(message(b"P", b"one\0" + sql.encode() + b"\0\0\0") + message(b"S", b""))
            bind = message(b"B", b"\0one\0" + bytes(6))
            execute = bind + message(b"D", b"P\0") + message(b"E", bytes(5)) + message(b"S", b"")
            for _ in range(20):
                await answered(execute)
            return calls(lambda: wire.data_received(execute))

    found = asyncio.run(served())
    print(len(found), "calls")
    assert found[-1].endswith("resume_reading"), "it is answered at once"
    assert len(found) <= WIRE_MAX[sql], found
