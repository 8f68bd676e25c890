"""Of writers of a database in a bucket one alone acknowledges, and what it has acknowledged is not lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import vql
from tests.bucket.conftest import PATIENCE_S, Elsewhere, count, wait_until
from tests.bucket.writer_process import write_rows
from vql.deadline import Deadline, work_for
from vql.errors import OperationalError, QueryCanceled
from vql.session.database import check
from vql.storage.bucket import home
from vql.storage.bucket.journal import Journal

KILLS = int(os.environ.get("VQL_BUCKET_KILLS", "9"))
ROWS_MAX = 100_000
PRELOADED = ["pytest", "tests.bucket.writer_process", "vql.storage.bucket.home", "obstore", "slatedb.uniffi"]


def test_a_fenced_writer_acknowledges_nothing(url: str) -> None:
    with vql.connect(url) as first:
        first.execute("CREATE TABLE t (id int PRIMARY KEY)")
        first.execute("INSERT INTO t VALUES (1)")
        place = first.database.home
        assert place is not None
        with Elsewhere(url) as second:
            with place._turn:  # so that it does not learn it by itself
                second.execute("INSERT INTO t VALUES (2)")
                with pytest.raises(vql.OperationalError, match="has become the writer") as raised:
                    first.execute("INSERT INTO t VALUES (3)")
                assert raised.value.sqlstate == "57P03"
            wait_until(lambda: count(first) == 2)
            # Whoever writes next takes over, with all that was acknowledged.
            first.execute("INSERT INTO t VALUES (4)")
            assert first.execute("SELECT array_agg(id ORDER BY id) FROM t").fetchone() == ([1, 2, 4],)
            wait_until(lambda: count(second) == 3)


def test_keys_are_checked_against_what_a_writer_before_has_written(url: str) -> None:
    with vql.connect(url) as first:
        first.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with Elsewhere(url) as second:
            first.execute("INSERT INTO t VALUES (1)")
            with pytest.raises(vql.IntegrityError):
                second.execute("INSERT INTO t VALUES (1)")
            second.execute("INSERT INTO t VALUES (2)")
            with pytest.raises(
                (vql.OperationalError, vql.IntegrityError)
            ):  # by whether it knows that already
                first.execute("INSERT INTO t VALUES (2)")


def test_who_was_fenced_lets_the_next_one_write(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "TENURE_S", PATIENCE_S)
    with vql.connect(url) as first:
        first.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with Elsewhere(url) as second:
            second.execute("INSERT INTO t VALUES (1)")  # nobody has fenced it: it waits for nothing
            wait_until(lambda: count(first) == 1)
            first.execute("SET statement_timeout = 100")
            with pytest.raises(QueryCanceled):
                first.execute("INSERT INTO t VALUES (2)")
            second.execute("INSERT INTO t VALUES (3)")
            monkeypatch.setattr(home, "TENURE_S", 0.0)  # what its own take-over took is waited for still
            first.execute("RESET statement_timeout")
            first.execute("INSERT INTO t VALUES (4)")
            assert contents(first) == [(1,), (3,), (4,)]


def test_who_is_idle_learns_that_another_has_become_the_writer(url: str) -> None:
    with vql.connect(url) as first:
        first.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with Elsewhere(url) as second:
            second.execute("INSERT INTO t VALUES (2)")
            wait_until(lambda: count(first) == 1)  # without writing
            first.execute("INSERT INTO t VALUES (3)")
            assert count(first) == 2


def test_maintenance_never_becomes_the_writer(url: str) -> None:
    with vql.connect(url) as first:
        first.execute("CREATE TABLE t (id int PRIMARY KEY)")
        first.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(50)])
        with Elsewhere(url) as second:
            second.execute("INSERT INTO t VALUES (50)")
            wait_until(lambda: count(first) == 51)
            place = first.database.home
            assert place is not None
            first.database.maintainer._due = {
                table_id for table_id in first.database.store.snapshot().tables_by_id
            }
            first.database.maintainer._work_once()
            assert not place._writes
            work = threading.Thread(target=lambda: attempts.append(refused(first)))
            attempts: list[str] = []
            work.start()
            work.join()
            assert attempts == ["57P03"]
            second.execute("INSERT INTO t VALUES (51)")


def refused(connection: vql.Connection) -> str:
    """Return the SQLSTATE of a change in the background."""
    work_for(Deadline(is_background=True))
    try:
        with connection.database.store.metastore.write():
            return ""
    except OperationalError as error:
        return error.sqlstate


def test_many_threads_and_two_processes_lose_and_overwrite_nothing(url: str) -> None:
    with vql.connect(url) as first:
        first.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with Elsewhere(url) as second:
            acknowledged: set[int] = set()
            strange: list[Exception] = []

            def write(database: vql.Connection, start: int) -> None:
                with vql.Connection(database.database, True) as connection:
                    database.database._users += 1
                    for number in range(start, start + 10):
                        try:
                            connection.execute("INSERT INTO t VALUES (?)", (number,))
                            acknowledged.add(number)
                        except vql.OperationalError as error:
                            if error.sqlstate != "57P03":
                                strange.append(error)
                        time.sleep(random.random() / 50)

            threads = [
                threading.Thread(target=write, args=(database, 1_000 * number))
                for number, database in enumerate([first, second] * 2)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert strange == []
            assert len(acknowledged) > 5
            for database in (first, second):
                wait_until(lambda database=database: count(database) >= len(acknowledged))
                rows = {row[0] for row in database.execute("SELECT id FROM t").fetchall()}
                assert acknowledged <= rows
            wait_until(lambda: contents(first) == contents(second))


def contents(connection: vql.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT id FROM t ORDER BY id").fetchall()


def test_an_append_of_which_nobody_knows_is_looked_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Journal.append

    def unanswered(journal: Journal, position: int, changes: bytes) -> None:
        append(journal, position, changes)
        journal._failure = OperationalError("the answer is lost", sqlstate="58030")
        raise journal._failure

    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        with monkeypatch.context() as patched:
            patched.setattr(Journal, "append", unanswered)
            with pytest.raises(vql.OperationalError, match="the answer is lost"):
                connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (2)")
        assert contents(connection) == [(1,), (2,)]
        with Elsewhere(url) as other:
            assert contents(other) == [(1,), (2,)]


def test_who_was_made_durable_by_a_leader_that_is_interrupted_is_there_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Journal.append

    def interrupted(journal: Journal, position: int, changes: bytes) -> None:
        append(journal, position, changes)
        monkeypatch.setattr(Journal, "append", append)
        raise KeyboardInterrupt

    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int)")
        raised: list[BaseException] = []

        def write(number: int) -> None:
            with vql.connect(url) as own:
                try:
                    own.execute("INSERT INTO t VALUES (?)", (number,))
                except BaseException as error:  # noqa: BLE001 - what the test asks for
                    raised.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        store = connection.database.store
        with store.metastore.write():
            for thread in threads:
                thread.start()
            wait_until(lambda: len(store.commits._waiting) == len(threads))
            monkeypatch.setattr(Journal, "append", interrupted)
        for thread in threads:
            thread.join()
        assert [type(error) for error in raised] == [KeyboardInterrupt]
        assert contents(connection) == [(0,), (1,), (2,)]


def test_a_commit_that_the_working_copy_cannot_take_is_there(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (1)")
        log = connection.database.store.metastore._log
        with monkeypatch.context() as patched:

            def full(*_: object) -> None:
                raise vql.errors.DiskFull("no space left")

            patched.setattr(log, "append", full)
            with pytest.raises(
                vql.OperationalError, match="the commit is durable, but main.mdb could not take it"
            ):
                connection.execute("INSERT INTO t VALUES (2)")
        with pytest.raises(vql.OperationalError, match="has not taken its last commit"):
            connection.execute("INSERT INTO t VALUES (3)")
        connection.execute("INSERT INTO t VALUES (4)")
        assert contents(connection) == [(1,), (2,), (4,)]


class WritingProcess:
    """A process that writes rows of numbers of its own."""

    def __init__(self, url: str, number: int) -> None:
        # Forked from one that has imported what it needs, and has opened nothing.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        self._said, saying = context.Pipe(duplex=False)
        given = (url, number * ROWS_MAX, saying, dict(os.environ))
        self._process = context.Process(target=write_rows, args=given, daemon=True)
        self._process.start()
        saying.close()

    def read(self, acknowledged: set[int]) -> None:
        """Wait for a row that is acknowledged."""
        while self._said.poll(PATIENCE_S):
            if self._take(acknowledged):
                return
        raise AssertionError("nothing is acknowledged")

    def _take(self, acknowledged: set[int]) -> bool:
        said = self._said.recv()
        if isinstance(said, str):
            assert said == "57P03"
            return False
        acknowledged.add(said)
        return True

    def end(self, acknowledged: set[int]) -> None:
        """Kill it, and read what it has said until then."""
        self._process.kill()
        try:
            while True:
                self._take(acknowledged)
        except (EOFError, OSError):
            pass  # perhaps in the middle of a word
        self._process.join()
        self._said.close()


@pytest.fixture
def writers(url: str) -> Iterator[Callable[[int], WritingProcess]]:
    """What starts writers, which end with the test."""
    started: list[WritingProcess] = []

    def start(number: int) -> WritingProcess:
        started.append(WritingProcess(url, number))
        return started[-1]

    yield start
    for writer in started:
        writer._process.kill()


def test_nothing_acknowledged_is_lost_where_writers_are_killed_or_replaced(
    url: str, writers: Callable[[int], WritingProcess]
) -> None:
    generator = random.Random(KILLS)
    acknowledged: set[int] = set()
    killed_s: list[float] = []  # until the next process has written a row
    replaced_s: list[float] = []
    writer = writers(0)
    writer.read(acknowledged)
    for number in range(1, KILLS + 1):
        time.sleep(generator.random() * 0.2)
        is_replaced = number % 3 == 0  # they take turns while both live
        if not is_replaced:
            writer.end(acknowledged)
        started_s = time.monotonic()
        following = writers(number)
        following.read(acknowledged)
        (replaced_s if is_replaced else killed_s).append(time.monotonic() - started_s)
        if is_replaced:
            writer.end(acknowledged)
        writer = following
    writer.end(acknowledged)
    with vql.connect(url) as connection:
        rows = [row[0] for row in connection.execute("SELECT id FROM t").fetchall()]
        assert len(rows) == len(set(rows))
        assert acknowledged <= set(rows)
        print(f"{KILLS} writers killed, {len(acknowledged)} rows acknowledged, {len(rows)} there")
        for what, took_s in (("a killed writer", killed_s), ("one that lives", replaced_s)):
            ranked = sorted(took_s)
            print(
                f"taken over from {what}: p50 {statistics.median(ranked):.2f} s, longest {ranked[-1]:.2f} s"
            )
    assert check(url) == []
