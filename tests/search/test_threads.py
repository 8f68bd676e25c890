"""Segments searched by several threads: the answers of one thread to the bit, errors that come through, and
no thread that works on when its statement is over."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

import vql
from vql.errors import QueryCanceled
from vql.executor.knn.dense import SegmentSearcher
from vql.executor.knn.recall_check import RecallChecker
from vql.executor.rows import threads as threads_module
from vql.executor.rows.threads import PIECE_US_MIN, Helpers, threads_for

SEED, DIM, SEGMENTS, ROWS = 31, 64, 5, 30_000
INDEXED_SEGMENTS, INDEXED_ROWS = 3, 11_000
QUERIES = 6

SHAPES = {
    "plain": "SELECT id, a <-> $1 FROM t ORDER BY a <-> $1 LIMIT 40",
    "page": "SELECT id, a <-> $1 FROM t ORDER BY a <-> $1 LIMIT 25 OFFSET 30",
    "cosine": "SELECT id, a <=> $1 FROM t ORDER BY a <=> $1 LIMIT 40",
    "products": "SELECT id, a <#> $1 FROM t ORDER BY a <#> $1 LIMIT 40",
    "l1": "SELECT id, a <+> $1 FROM t ORDER BY a <+> $1 LIMIT 40",
    "many pass": "SELECT id FROM t WHERE n < 60 ORDER BY a <-> $1 LIMIT 40",
    "few pass": "SELECT id FROM t WHERE n = 3 ORDER BY a <-> $1 LIMIT 40",
    "one segment passes": "SELECT id FROM t WHERE id < 500 ORDER BY a <-> $1 LIMIT 40",
    "nothing passes": "SELECT id FROM t WHERE n > 100 ORDER BY a <-> $1 LIMIT 40",
    "more keys": "SELECT id FROM t ORDER BY a <-> $1, n DESC, id DESC LIMIT 40",
    "without a distance": "SELECT id, a <-> $1 FROM t WHERE n IN (7, 8) ORDER BY a <-> $1 LIMIT 4000",
    "past": "SELECT id, a <-> $1 FROM t ORDER BY a <-> $1 LIMIT 40 AS OF SNAPSHOT 'whole'",
    "range": "SELECT id FROM t WHERE a <-> $1 < 9.5 ORDER BY a <-> $1",
    "ranks": "SELECT id FROM t ORDER BY rrf(a <-> $1, a <=> $1) DESC LIMIT 20",
    "groups": "SELECT id FROM t ORDER BY a <-> $1 LIMIT 20 PER n",
    "join": "SELECT s.id, s.d FROM (SELECT a AS v FROM i WHERE id < 9) q,"
    " LATERAL (SELECT id, a <-> q.v AS d FROM t ORDER BY d LIMIT 5) s ORDER BY s.d, s.id",
    "indexed": "SELECT id, a <-> $1 FROM i ORDER BY a <-> $1 LIMIT 40",
    "indexed, filtered": "SELECT id, a <-> $1 FROM i WHERE n < 30 ORDER BY a <-> $1 LIMIT 40",
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory, dear_scans: None) -> Iterator[vql.Connection]:
    """Table t of several segments without an index, i with one, a growing delta, deletes, NULLs, ties."""
    generator = np.random.default_rng(SEED)
    with vql.connect(tmp_path_factory.mktemp("threads") / "db") as connection:
        connection.session.database.maintainer.in_background = False  # segments stay several
        for table, rows, segments in (("t", ROWS, SEGMENTS), ("i", INDEXED_ROWS, INDEXED_SEGMENTS)):
            connection.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int, a vector({DIM}))")
            for number in range(segments):
                vectors = generator.normal(size=(rows, DIM)).astype("f4") + number % 2
                vectors[10:14] = vectors[10]
                vectors[20:23] = 1.0  # as near as each other in every segment
                places = np.arange(rows)
                known = pa.FixedSizeListArray.from_arrays(
                    vectors.ravel(), DIM, mask=pa.array(places % 97 == 0)
                )
                ids = pa.array(places + number * rows)
                columns = {"id": ids, "n": pa.array((places + number * rows) % 100), "a": known}
                connection.insert(table, pa.table(columns))
            for number in range(30):
                vector = generator.normal(size=DIM).astype("f4")
                connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", [1_000_000 + number, 3, vector])
        connection.execute("CREATE INDEX ON i USING ivfflat (a vector_l2_ops)")
        connection.execute("CREATE SNAPSHOT whole")
        connection.execute("DELETE FROM t WHERE id % 13 = 5")
        connection.execute("DELETE FROM i WHERE id % 13 = 5")
        yield connection


@pytest.fixture
def queries() -> np.ndarray:
    made = np.random.default_rng(SEED + 1).normal(size=(QUERIES, DIM)).astype("f4")
    made[0] = 1.0
    return made


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand over whatever the segments cost, and learn nothing from searches: efforts stay what they are."""
    monkeypatch.setattr(RecallChecker, "put", lambda *_: None)
    monkeypatch.setattr(threads_module, "HANDOVER_US", 0.0)
    monkeypatch.setattr(threads_module, "PIECE_US_MIN", 0.0)


def set_threads(db: vql.Connection, threads: int) -> None:
    db.execute(f"SET vql.threads = {threads}")


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("shape", SHAPES)
def test_answers_are_those_of_one_thread(db: vql.Connection, queries: np.ndarray, shape: str) -> None:
    found: dict[int, list[list[tuple[object, ...]]]] = {}
    for threads in (1, 2, 5, 64):
        set_threads(db, threads)
        given = [()] if "$1" not in SHAPES[shape] else [(query,) for query in queries]
        # Twice: the second execution has what the first has kept.
        found[threads] = [db.execute(SHAPES[shape], each).fetchall() for each in given for _ in range(2)]
    assert any(found[1]) or shape == "nothing passes"
    assert found[2] == found[1] and found[5] == found[1] and found[64] == found[1]


def plan_of(db: vql.Connection, sql: str, query: np.ndarray) -> list[str]:
    return [str(line) for (line,) in db.execute(f"EXPLAIN ANALYZE {sql}", [query]).fetchall()]


def test_explain_tells_how_many_threads(db: vql.Connection, queries: np.ndarray) -> None:
    told = {}
    for threads in (1, 2):
        set_threads(db, threads)
        lines = plan_of(db, SHAPES["plain"], queries[1])
        told[threads] = [line.strip() for line in lines if "Threads" in line]
        # Segments in their order, whoever was the first to have searched one; the delta at the end.
        names = [line.split(" on ")[1].split(" (")[0] for line in lines if "Strategy" in line]
        assert names == [*sorted(names[:-1], key=lambda name: int(name.split()[1])), "delta"]
        assert len(names) == SEGMENTS + 1
    assert told == {1: [], 2: ["Threads: 2"]}


def test_little_work_stays_in_one_thread(db: vql.Connection, queries: np.ndarray) -> None:
    set_threads(db, 8)
    for shape in ("few pass", "one segment passes"):
        lines = plan_of(db, SHAPES[shape], queries[1])
        assert [line for line in lines if "Strategy: exact over ids" in line]
        assert not [line for line in lines if "Threads" in line]


def test_threads_are_as_many_as_pay() -> None:
    assert threads_for([], 4) == 1
    assert threads_for([1e6], 4) == 1
    assert threads_for([PIECE_US_MIN * 0.9] * 100, 4) == 1
    assert threads_for([PIECE_US_MIN] * 2 + [1.0] * 100, 4) == 2
    assert threads_for([1e5] * 4, 1) == 1
    assert threads_for([1e5] * 4, 2) == 2
    assert threads_for([1e5] * 4, 16) == 4
    # One large segment beside small ones is the longest way in any case.
    assert threads_for([1e5, 1.0, 1.0], 4) == 1
    assert threads_for([1e5, 1e3, 1e3], 4) == 2


@pytest.mark.parametrize("value", ["65", "-1", "many"])
def test_a_wrong_number_of_threads_is_refused(db: vql.Connection, value: str) -> None:
    set_threads(db, 3)
    with pytest.raises(vql.Error) as caught:
        db.execute(f"SET vql.threads = '{value}'")
    assert caught.value.sqlstate == "22023"
    assert db.execute("SHOW vql.threads").fetchone() == ("3",)
    db.execute("RESET vql.threads")
    assert db.execute("SHOW vql.threads").fetchone() == ("0",)


@pytest.mark.usefixtures("eager")
def test_an_error_in_a_thread_is_the_statements(
    db: vql.Connection, queries: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_threads(db, 4)
    right = db.execute(SHAPES["plain"], [queries[2]]).fetchall()
    lock, working = threading.Lock(), [0]
    search = SegmentSearcher.search

    def failing(self: SegmentSearcher, *arguments: object) -> object:
        with lock:
            working[0] += 1
        try:
            if self.rows < ROWS:
                raise QueryCanceled("canceling statement due to user request")
            return search(self, *arguments)  # type: ignore[arg-type]
        finally:
            with lock:
                working[0] -= 1

    monkeypatch.setattr(SegmentSearcher, "search", failing)
    for _ in range(20):
        with pytest.raises(QueryCanceled):
            db.execute(SHAPES["plain"], [queries[2]])
        assert working == [0]
    monkeypatch.undo()
    assert db.execute(SHAPES["plain"], [queries[2]]).fetchall() == right


@pytest.mark.usefixtures("eager")
def test_sessions_share_the_threads(db: vql.Connection, queries: np.ndarray) -> None:
    set_threads(db, 1)
    right = [db.execute(SHAPES["many pass"], [query]).fetchall() for query in queries]
    path, wrong = db.session.database.path, []

    def ask() -> None:
        with vql.connect(path) as connection:
            set_threads(connection, 3)
            for _ in range(3):
                for query, rows in zip(queries, right, strict=True):
                    if connection.execute(SHAPES["many pass"], [query]).fetchall() != rows:
                        wrong.append(query)

    sessions = [threading.Thread(target=ask) for _ in range(4)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert not wrong


def helping() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "vql-search"}


@pytest.mark.usefixtures("eager")
def test_a_closed_database_has_no_threads(tmp_path, queries: np.ndarray) -> None:
    before = helping()
    with vql.connect(tmp_path / "db") as connection:
        connection.session.database.maintainer.in_background = False
        connection.execute(f"CREATE TABLE t (id int, a vector({DIM}))")
        for _ in range(3):
            connection.insert("t", {"id": np.arange(ROWS), "a": np.ones((ROWS, DIM), "f4")})
        set_threads(connection, 1)
        connection.execute("SELECT id FROM t ORDER BY a <-> $1 LIMIT 5", [queries[0]]).fetchall()
        assert helping() == before
        set_threads(connection, 3)
        for _ in range(3):
            connection.execute("SELECT id FROM t ORDER BY a <-> $1 LIMIT 5", [queries[0]]).fetchall()
            assert len(helping() - before) == 2  # kept from statement to statement
    assert helping() == before


# ------------------------------------------------------------------ the threads by themselves


@pytest.fixture
def helpers() -> Iterator[Helpers]:
    made = Helpers()
    yield made
    made.close()


def test_pieces_run_at_the_same_time(helpers: Helpers) -> None:
    meeting = threading.Barrier(3, timeout=60)
    assert sorted(helpers.run([meeting.wait] * 3, 3)) == [0, 1, 2]


def test_a_statement_does_not_wait_for_busy_threads(helpers: Helpers) -> None:
    begun, release = threading.Event(), threading.Event()

    def hold() -> int:
        begun.set()
        assert release.wait(60)
        return 1

    def first() -> int:
        assert begun.wait(60)
        return 0

    other = threading.Thread(target=lambda: helpers.run([first, hold, hold], 2))
    other.start()
    assert begun.wait(60)
    # The only helper and the other statement are held, or about to be; both pieces are done here.
    here = threading.get_ident()
    assert helpers.run([threading.get_ident] * 2, 2).count(here) == 2
    release.set()
    other.join()


def test_the_first_error_is_raised_and_the_rest_is_left(helpers: Helpers) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("second")

    pieces = [lambda: done.append(0), fail, *[lambda: done.append(1)] * 500]
    with pytest.raises(ValueError, match="second"):
        helpers.run(pieces, 1)
    assert done == [0]


def test_an_interrupt_waits_for_those_at_work(helpers: Helpers) -> None:
    begun, working = threading.Event(), [False]

    def work() -> None:
        working[0] = True
        begun.set()
        for _ in range(200):
            np.sqrt(np.ones(100_000))
        working[0] = False

    here = threading.get_ident()

    def piece() -> None:
        if threading.get_ident() != here:
            work()
        else:
            assert begun.wait(60)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        while True:  # until this thread has got a piece beside the helper's
            begun.clear()
            helpers.run([piece, piece], 2)
    assert working == [False]


def test_closed_threads_leave_the_work_to_the_statement(helpers: Helpers) -> None:
    helpers.close()
    assert helpers.run([lambda: 1, lambda: 2], 2) == [1, 2]
