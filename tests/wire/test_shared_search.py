"""Equal statements that wait at the same time: one search for all, and each keeps its own outcome."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psycopg
import pytest
from server_process import Server

import vql
from vql.errors import DataError, QueryCanceled
from vql.server.conversation.pace import Pace
from vql.server.conversation.shared_search import SharedSearches
from vql.session import together as batches
from vql.session.database import Database
from vql.session.session import Result, Session

ROWS, DIM = 3_000, 8
VECTORS = np.random.default_rng(11).normal(size=(ROWS, DIM)).astype(np.float32)
QUERIES = np.random.default_rng(12).normal(size=(24, DIM)).astype(np.float32)
NEAREST = "SELECT id, vec <-> $1 AS d FROM items ORDER BY vec <-> $1 LIMIT 5"
FILTERED = "SELECT id FROM items WHERE kind = $2 ORDER BY vec <-> $1 LIMIT 5"


@pytest.fixture
def database(tmp_path: Path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute(f"CREATE TABLE items (id bigint PRIMARY KEY, kind int, vec vector({DIM}))")
        ids = np.arange(ROWS)
        connection.insert("items", {"id": ids, "kind": (ids % 3).astype(np.int32), "vec": VECTORS})
        connection.execute("VACUUM items")
        connection.execute("INSERT INTO items VALUES (-1, 0, NULL), (-2, 1, '[9,9,9,9,9,9,9,9]')")
        connection.execute("DELETE FROM items WHERE id % 7 = 0")
        opened = Database.open(tmp_path / "db")
        yield opened
        opened.close()


def warm(database: Database, sql: str, *parameters: object) -> tuple[Session, object]:
    """Return a session that has run the statement, and the statement."""
    session = Session(database, style="wire")
    prepared = session.prepare(sql)
    session.execute(prepared, parameters)
    return session, prepared


def execution(session: Session, prepared, *parameters: object) -> batches.Execution | None:
    return batches.execution(session, prepared, parameters)


@pytest.mark.parametrize("sql, rest", [(NEAREST, ()), (FILTERED, (1,))])
def test_answers_are_those_of_each_alone(database, sql, rest):
    waiting, alone = [], []
    for query in QUERIES:
        session, prepared = warm(database, sql, query, *rest)
        alone.append(session.execute(prepared, (query, *rest)).rows)
        waiting.append(execution(session, prepared, query, *rest))
    assert len({each.key for each in waiting}) == 1
    together = batches.run_together(waiting)
    assert [result.rows for result in together] == alone
    assert all(len(rows) == 5 for rows in alone)


def test_rows_without_a_vector_come_last_in_a_batch_too(database):
    sql = NEAREST.replace("LIMIT 5", "LIMIT 5000")
    waiting, alone = [], []
    for query in QUERIES[:5]:
        session, prepared = warm(database, sql, query)
        alone.append(session.execute(prepared, (query,)).rows)
        waiting.append(execution(session, prepared, query))
    found = [result.rows for result in batches.run_together(waiting)]
    assert found == alone
    assert all(rows[-1] == (-1, None) for rows in found)


def test_who_cannot_take_part(database):
    query = QUERIES[0]
    session, prepared = warm(database, NEAREST, query)
    assert execution(session, prepared, query) is not None
    assert execution(session, prepared, None) is None
    assert execution(session, prepared, QUERIES[0][:3]) is None
    session.run("BEGIN")
    assert execution(session, prepared, query) is None
    session.run("ROLLBACK")
    session.run("SET vql.recall = 0.9")
    assert execution(session, prepared, query) is None  # until it has run under its new settings
    for sql in (
        "SELECT id FROM items ORDER BY vec <-> $1 LIMIT 5 AS OF VERSION 3",
        "SELECT id FROM items ORDER BY vec <-> $1 LIMIT 5 OFFSET 2",
        "SELECT id FROM items ORDER BY vec <-> $1, id DESC LIMIT 5",
        "SELECT id FROM items WHERE vec <-> $1 < 2 ORDER BY vec <-> $1 LIMIT 5",
        "SELECT id FROM items WHERE id = 3",
    ):
        other, statement = warm(database, sql, *([query] if "$1" in sql else []))
        assert execution(other, statement, *([query] if "$1" in sql else [])) is None, sql


def test_other_kinds_of_vectors_run_by_themselves(database):
    writer = Session(database)
    writer.run("CREATE TABLE halves (id int, vec halfvec(8))")
    writer.run("INSERT INTO halves VALUES (1, '[1,2,3,4,5,6,7,8]')")
    sql = "SELECT id FROM halves ORDER BY vec <-> $1 LIMIT 5"
    session, prepared = warm(database, sql, "[1,1,1,1,1,1,1,1]")
    assert execution(session, prepared, "[1,1,1,1,1,1,1,1]") is None


def test_other_constants_and_other_contracts_are_other_batches(database):
    found = []
    for sql, rest in ((FILTERED, (1,)), (FILTERED, (2,)), (FILTERED.replace("5", "6"), (1,))):
        session, prepared = warm(database, sql, QUERIES[0], *rest)
        found.append(execution(session, prepared, QUERIES[0], *rest))
    session, prepared = warm(database, FILTERED, QUERIES[0], 1)
    session.run("SET vql.recall = 1")
    session.execute(prepared, (QUERIES[0], 1))
    found.append(execution(session, prepared, QUERIES[0], 1))
    assert len({each.key for each in found}) == 4


def test_a_table_changed_meanwhile_is_seen_by_every_one(database):
    sessions = [warm(database, NEAREST, QUERIES[0]) for _ in range(4)]
    waiting = [execution(s, p, QUERIES[i]) for i, (s, p) in enumerate(sessions)]
    writer = Session(database)
    writer.run("INSERT INTO items VALUES (5000, 1, ?)", (QUERIES[2],))
    found = batches.run_together(waiting)
    assert found[2].rows[0] == (5000, 0.0)
    writer.run("CREATE TABLE other (a int)")
    assert batches.run_together(waiting) is None


class Clock:
    """A stand-in for what runs alone: says so, or raises."""

    def __init__(self, gate: threading.Event | None = None, error: Exception | None = None) -> None:
        self.gate, self.error, self.ran = gate, error, 0

    def __call__(self) -> Result:
        self.ran += 1
        if self.gate is not None:
            assert self.gate.wait(60)
        if self.error is not None:
            raise self.error
        return Result("ALONE")


def test_one_starts_at_once_and_the_rest_go_together(database):
    sessions = [warm(database, NEAREST, query) for query in QUERIES[:8]]
    waiting = [execution(s, p, QUERIES[i]) for i, (s, p) in enumerate(sessions)]

    async def main() -> list[object]:
        gate = threading.Event()
        with ThreadPoolExecutor(4) as pool:
            together = SharedSearches(pool, Pace(), lanes=1)
            alone = [Clock(gate)] + [Clock() for _ in waiting[1:]]
            cancelled = [False] * len(waiting)

            def begin(i: int) -> asyncio.Task[Result]:
                job = together.run(waiting[i], "key", lambda: cancelled[i], alone[i])
                return asyncio.ensure_future(job)

            first = begin(0)
            while not alone[0].ran:
                await asyncio.sleep(0)
            rest = [begin(i) for i in range(1, len(waiting))]
            await asyncio.sleep(0)
            cancelled[3] = True
            alone[3].error = QueryCanceled("canceling statement due to user request")
            gate.set()
            outcomes = await asyncio.gather(first, *rest, return_exceptions=True)
            # A lone one does not wait, now that the others are done.
            lone = await asyncio.wait_for(begin(5), 10)
            assert [clock.ran for clock in alone] == [1, 0, 0, 1, 0, 1, 0, 0]
            return [*outcomes, lone]

    outcomes = asyncio.run(main())
    assert outcomes[0].tag == outcomes[-1].tag == "ALONE"
    assert isinstance(outcomes[3], QueryCanceled)
    for i in (1, 2, 4, 5, 6, 7):
        session, prepared = sessions[i]
        assert outcomes[i].rows == session.execute(prepared, (QUERIES[i],)).rows


def test_an_error_is_only_its_own(database, monkeypatch):
    sessions = [warm(database, NEAREST, query) for query in QUERIES[:3]]
    waiting = [execution(s, p, QUERIES[i]) for i, (s, p) in enumerate(sessions)]

    def fails(executions):
        raise DataError("division by zero")

    monkeypatch.setattr("vql.server.conversation.shared_search.run_together", fails)

    async def main() -> list[object]:
        with ThreadPoolExecutor(1) as pool:
            together = SharedSearches(pool, Pace(), lanes=1)
            alone = [Clock(), Clock(error=DataError("division by zero")), Clock()]
            jobs = [together.run(w, "key", lambda: False, a) for w, a in zip(waiting, alone, strict=True)]
            return await asyncio.gather(*jobs, return_exceptions=True)

    first, second, third = asyncio.run(main())
    assert isinstance(second, DataError)
    assert first.tag == third.tag == "ALONE"


def test_many_clients_get_the_answers_of_one(tmp_path: Path) -> None:
    """Rows enough that a scan goes to a thread, clients enough that some wait for it."""
    rows, dim = 60_000, 128
    generator = np.random.default_rng(5)
    with vql.connect(tmp_path / "db") as connection:
        connection.execute(f"CREATE TABLE items (id bigint PRIMARY KEY, vec vector({dim}))")
        vectors = generator.normal(size=(rows, dim)).astype(np.float32)
        connection.insert("items", {"id": np.arange(rows), "vec": vectors})
    texts = [str(q.tolist()) for q in generator.normal(size=(8, dim)).astype(np.float32)]
    sql = "SELECT id, vec <-> %s AS d FROM items ORDER BY d LIMIT 10"
    server = Server(tmp_path / "db", workers=1)
    try:
        with psycopg.connect(server.url, autocommit=True, prepare_threshold=0) as one:
            expected = {text: one.execute(sql, (text,)).fetchall() for text in texts}

        def ask(number: int) -> list[bool]:
            with psycopg.connect(server.url, autocommit=True, prepare_threshold=0) as each:
                order = [texts[(number + i) % len(texts)] for i in range(16)]
                return [each.execute(sql, (text,)).fetchall() == expected[text] for text in order]

        with ThreadPoolExecutor(8) as clients:
            assert all(all(same) for same in clients.map(ask, range(8)))
    finally:
        assert server.stop() == 0
    assert server.errors() == ""
