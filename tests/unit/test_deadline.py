"""A statement ends at its timeout, at a cancel and at Ctrl-C, wherever it is; the session goes on."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

import vql
from vql.deadline import RUNNING, Deadline, acquired, check_deadline, rest, sorted_watched, watched
from vql.errors import LockNotAvailable, QueryCanceled
from vql.executor.bridge.beside import Calls
from vql.storage.clock import CommitClock
from vql.storage.transactions.own_keys import OwnKeys

# Each would run for minutes.
FOR_MINUTES = {
    "a join in DuckDB": "SELECT count(*) FROM t a, t b, t c WHERE (a.id * b.id) % 7 = c.id % 5",
    "an update by a query":
        "UPDATE t SET s = (SELECT max(a.s) FROM t a, t b, t c WHERE (a.id * b.id) % 7 = c.id % 5)",
    "an insert of a query":
        "INSERT INTO t SELECT max(a.id) + 9000 FROM t a, t b, t c WHERE (a.id * b.id) % 7 = c.id % 5",
    "a function in Python": "SELECT max(regexp_count(s || repeat('ab', 300), '(a|b)*c')) FROM t,"
        " generate_series(1, 100)",
    "one call of a function in Python": "SELECT initcap(repeat('ab ', 20000000)) IS NULL",
    "an aggregate in Python": "SELECT stddev(a.id::numeric) FROM t a, t b, t c",
    "a series": "SELECT count(*) FROM generate_series(1, 100000000000) AS x WHERE x % 7 = 3",
    "a recursion": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
}  # fmt: skip
BUSY_S = 20.0  # beyond what a loaded machine takes, below what the statements do


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, s text)")
        connection.execute("INSERT INTO t SELECT i, 's' || i FROM generate_series(1, 3000) i")
        yield connection


@contextlib.contextmanager
def shortly(act: Callable[[], None]) -> Iterator[None]:
    """Act a little after the block has begun, till it ends."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(0.2):
            act()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("sql", FOR_MINUTES.values(), ids=FOR_MINUTES)
def test_a_statement_ends_at_its_timeout(connection: vql.Connection, sql: str):
    connection.execute("SET statement_timeout = 100")
    started = time.monotonic()
    with pytest.raises(QueryCanceled, match="due to statement timeout"):
        connection.execute(sql)
    assert time.monotonic() - started < BUSY_S
    connection.execute("RESET statement_timeout")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (3000,)


@pytest.mark.parametrize("sql", FOR_MINUTES.values(), ids=FOR_MINUTES)
def test_a_statement_ends_when_it_is_cancelled(connection: vql.Connection, sql: str):
    with shortly(connection.cancel), pytest.raises(QueryCanceled, match="due to user request"):
        connection.execute(sql)
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (3000,)


@pytest.mark.parametrize(
    ("owner", "name", "sql"),
    [
        (CommitClock, "take", "DELETE FROM many"),
        (CommitClock, "take", "UPDATE many SET s = 'x'"),
        (CommitClock, "take", "UPDATE many SET id = id || 'x'"),
        (CommitClock, "take", "INSERT INTO many SELECT 'new ' || i, '' FROM generate_series(1, 20000) AS i"),
        (OwnKeys, "lock", "INSERT INTO many SELECT * FROM many ON CONFLICT DO NOTHING"),
        (
            OwnKeys,
            "lock",
            "INSERT INTO many SELECT * FROM many ON CONFLICT (id) DO UPDATE SET s = 'x'",
        ),
    ],
)
def test_a_statement_ends_when_it_is_cancelled_while_it_writes(
    connection: vql.Connection, owner: type, name: str, sql: str, monkeypatch: pytest.MonkeyPatch
):
    """The cancel comes behind a certain call, before a loop over 20,000 keys."""
    connection.execute("CREATE TABLE many (id text PRIMARY KEY, s text)")
    connection.execute("INSERT INTO many SELECT 'key ' || i, '' FROM generate_series(1, 20000) AS i")
    call = getattr(owner, name)

    def cancelled(*arguments: object) -> object:
        found = call(*arguments)
        connection.cancel()
        return found

    with monkeypatch.context() as patched, pytest.raises(QueryCanceled, match="due to user request"):
        patched.setattr(owner, name, cancelled)
        connection.execute(sql)
    counted = connection.execute("SELECT count(*), min(id), max(id), max(s) FROM many AS OF now()")
    assert counted.fetchone() == (20_000, "key 1", "key 9999", "")
    connection.execute("UPDATE many SET s = 'y' WHERE id = 'key 7'")


def test_ctrl_c_ends_a_statement_and_its_block(connection: vql.Connection):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        connection.begin()
        connection.execute("DELETE FROM t WHERE id = 1")
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            connection.execute(FOR_MINUTES["a join in DuckDB"])
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(vql.Error) as failed:
        connection.execute("SELECT 1")
    assert failed.value.sqlstate == "25P02"
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (3000,)


@pytest.mark.parametrize("literals", [200_000])
def test_a_long_text_is_given_up_at_its_timeout(connection: vql.Connection, literals: int):
    connection.execute("SET statement_timeout = 50")
    with pytest.raises(QueryCanceled):
        connection.execute(f"SELECT * FROM t WHERE id IN ({', '.join(map(str, range(literals)))})")


TERMS = 2_000
MUCH_WORK = {
    "terms of one table": "SELECT id FROM many WHERE " + " OR ".join(f"s = 'x{i}'" for i in range(TERMS)),
    "terms of a join":
        "SELECT count(*) FROM t a JOIN t b USING (id) WHERE "
        + " OR ".join(f"a.s = 'x{i}'" for i in range(TERMS)),
    "rows": f"SELECT count(*) FROM (VALUES {', '.join(f'({i}, 1)' for i in range(40_000))}) x",
    "rows to insert": f"INSERT INTO many VALUES {', '.join(f'({-i}, 1)' for i in range(1, 20_000))}",
    "an array": f"SELECT ARRAY[{', '.join(map(str, range(8_000)))}]",
    "an array as a text": f"SELECT '{{{','.join(map(str, range(100_000)))}}}'::int[]",
    "texts to find": f"SELECT id FROM many WHERE s IN ({', '.join(map(repr, map(str, range(20_000))))})",
    "texts to compare": "SELECT id FROM many WHERE s LIKE '%abc%'",
    "texts that are one by one new": "SELECT DISTINCT s FROM many",
    "texts to write": "UPDATE many SET s = s || 'x'",
    "values of another type": "INSERT INTO numerics SELECT id FROM many",
    "a column of another type": "ALTER TABLE many ALTER COLUMN a TYPE bigint",
    "a text to translate": "SELECT translate(repeat('ab', 4000000), 'a', '')",
}  # fmt: skip
# Of what a statement takes of its thread: what numpy and LMDB do in one call is a part of it.
UNWATCHED_SHARE_MAX = 0.35


@pytest.fixture(scope="module")
def much(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path_factory.mktemp("much") / "db") as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS id, 'x' AS s")
        connection.execute("CREATE TABLE many (id int PRIMARY KEY, s text, a int)")
        connection.execute("CREATE TABLE numerics (n numeric)")
        connection.execute("INSERT INTO many SELECT i, md5(i::text), i FROM generate_series(1, 100000) i")
        yield connection


@pytest.mark.parametrize("sql", MUCH_WORK.values(), ids=MUCH_WORK)
def test_a_statement_looks_at_its_deadline_all_along(
    much: vql.Connection, sql: str, monkeypatch: pytest.MonkeyPatch
):
    looks: list[float] = []
    check = Deadline.check

    def noted(deadline: Deadline) -> None:
        if threading.current_thread() is threading.main_thread():
            looks.append(time.thread_time())
        check(deadline)

    much.begin()
    gc.disable()  # what it takes depends on all that the tests before have left
    try:
        with monkeypatch.context() as patched:
            patched.setattr(Deadline, "check", noted)
            looks.append(time.thread_time())
            much.execute(sql)
            looks.append(time.thread_time())
    finally:
        gc.enable()
        much.rollback()
    longest_s = max(after - before for before, after in pairwise(looks))
    assert longest_s < UNWATCHED_SHARE_MAX * (looks[-1] - looks[0])


def test_what_is_long_is_sorted_in_runs():
    chosen = random.Random(5)
    for count in (0, 1, 32_768, 32_769, 150_000):
        items = [str(chosen.randrange(100_000)) for _ in range(count)]
        assert sorted_watched(items) == sorted(items)
    ordered = [f"{i:07}" for i in range(100_000)]
    assert sorted_watched(ordered[::-1]) == ordered
    deadline = Deadline()
    begun = deadline.start()
    assert begun is not None
    try:
        deadline.cancel()
        with pytest.raises(QueryCanceled):
            sorted_watched(ordered)
    finally:
        RUNNING.reset(begun)


def test_every_cancel_is_57014(connection: vql.Connection):
    """Cancels at any moment of statements that are short: each runs to its end or gives 57014."""
    sqls = (
        "SELECT count(*) FROM t a JOIN t b USING (id) WHERE a.id > {}",
        "INSERT INTO t (id) VALUES ({} + 100000)",
        "UPDATE t SET s = upper(s) WHERE id = {}",
        "WITH a AS (SELECT * FROM t WHERE id < {}) SELECT count(*) FROM a",
    )
    ended = threading.Event()

    def cancel() -> None:
        while not ended.wait(0.002):
            connection.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        for number in range(200):
            with contextlib.suppress(QueryCanceled):
                connection.execute(sqls[number % len(sqls)].format(number))
    finally:
        ended.set()
        thread.join()
    for number, sql in enumerate(sqls):
        connection.execute(sql.format(number + 1000))


class OpenResult:
    """What DuckDB keeps a connection busy with until nobody has it."""


@pytest.mark.parametrize("fails", [False, True])
def test_an_interrupted_call_leaves_nothing_open_in_the_traceback(fails: bool):
    deadline, interrupted = Deadline(), threading.Event()
    left = list[weakref.ref[OpenResult]]()

    def work() -> OpenResult:
        result = OpenResult()
        left.append(weakref.ref(result))
        if fails:
            deadline.cancel()
            raise RuntimeError("interrupted")
        signal.raise_signal(signal.SIGINT)
        assert interrupted.wait(60)
        return result

    calls, token = Calls(), RUNNING.set(deadline)
    try:
        with pytest.raises(QueryCanceled if fails else KeyboardInterrupt) as raised:
            calls.run(work, interrupted.set)
    finally:
        RUNNING.reset(token)
        calls.close()
    assert raised.value.__traceback__ is not None and left[0]() is None


def test_a_cancel_is_of_one_session_whichever_threads_worked_for_it(connection: vql.Connection):
    """Threads that called a function in Python for a cancelled statement work for other sessions next."""
    joined = "SELECT count(*), min(upper(a.s)) FROM t a JOIN t b USING (id)"
    for name in ("a function in Python", "an aggregate in Python"):
        with shortly(connection.cancel), pytest.raises(QueryCanceled):
            connection.execute(FOR_MINUTES[name])
        with vql.connect(connection.database.path) as other:
            assert other.execute(joined).fetchone() == (3000, "S1")


def test_a_cancel_before_a_statement_is_forgotten(connection: vql.Connection):
    connection.cancel()
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (3000,)


def test_a_maintenance_lock_is_waited_for_till_the_lock_timeout(connection: vql.Connection):
    with held_by_another_thread(connection.database.maintainer._lock):
        connection.execute("SET lock_timeout = 50")
        with pytest.raises(LockNotAvailable, match="canceling statement due to lock timeout"):
            connection.execute("VACUUM t")
        connection.execute("SET statement_timeout = 50")
        connection.execute("RESET lock_timeout")
        with pytest.raises(QueryCanceled, match="due to statement timeout"):
            connection.execute("VACUUM t")
    connection.execute("VACUUM t")


def test_a_deadline_is_that_of_the_outermost_statement():
    deadline = Deadline()
    begun = deadline.start(timeout_ms=1)
    assert begun is not None
    try:
        assert deadline.start() is None, "a part of a statement has no deadline of its own"
        with pytest.raises(QueryCanceled):
            rest(60)
    finally:
        RUNNING.reset(begun)
    check_deadline()  # no statement runs any more


def test_what_is_checked_is_all_there():
    items = tuple(range(10_000))
    assert list(watched(items)) == list(items)
    assert list(watched(iter(items), 7)) == list(items)
    deadline = Deadline()
    begun = deadline.start()
    assert begun is not None
    try:
        found = []
        with pytest.raises(QueryCanceled):
            for item in watched(items, 10):
                found.append(item)
                deadline.cancel()
        assert found == list(range(10))
        lock = threading.RLock()
        with held_by_another_thread(lock), pytest.raises(QueryCanceled), acquired(lock):
            pass
    finally:
        RUNNING.reset(begun)


@contextmanager
def held_by_another_thread(lock: threading.RLock) -> Iterator[None]:
    with ThreadPoolExecutor(1) as other:
        other.submit(lock.acquire).result()
        try:
            yield
        finally:
            other.submit(lock.release).result()


@pytest.mark.parametrize("kind", ["", "UNIQUE"])
def test_an_index_that_is_not_built_to_its_end_is_not_there(
    connection: vql.Connection, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    connection.commit()
    connection.autocommit = True

    def build(table_id: int, progress: object, anew: object) -> None:
        connection.session.cancel()
        check_deadline()

    monkeypatch.setattr(connection.session.database.maintainer, "build", build)
    with pytest.raises(QueryCanceled):
        connection.execute(f"CREATE {kind} INDEX broken_off ON t (s)")
    assert connection.execute("SELECT to_regclass('broken_off')").fetchall() == [(None,)]
    assert connection.execute("SELECT count(*) FROM t WHERE s = 's7'").fetchall() == [(1,)]
