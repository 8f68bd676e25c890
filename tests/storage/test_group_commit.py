"""Commits that wait at the same time are made durable together; each keeps its own outcome."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import vql
from vql.errors import Error, QueryCanceled, UniqueViolation
from vql.storage.files.group_commit import GroupCommit, WaitingCommit
from vql.storage.upkeep.check import check_store

SESSIONS = 8


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as made:
        made.database.maintainer.in_background = False
        made.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        made.execute("INSERT INTO t SELECT i, 0 FROM generate_series(100, 199) AS i")
        yield made


def together(
    connection: vql.Connection,
    statements: list[str],
    meanwhile: Callable[[list[vql.Connection]], None],
    waiting: int | None = None,
) -> tuple[list[Error | None], int]:
    """Let statements of sessions of their own, or so many of them, wait for the write lock, then go on. Gives
    what each raised, and the last transaction of LMDB."""
    store = connection.database.store
    sessions = [vql.connect(connection.database.path) for _ in statements]
    raised: list[Error | None] = [None] * len(statements)

    def run(place: int) -> None:
        try:
            sessions[place].execute(statements[place])
        except Error as error:
            raised[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(statements))]
    with store.metastore.write():
        for thread in threads:
            thread.start()
        while len(store.commits._waiting) < (waiting or len(statements)):
            time.sleep(0.001)
        meanwhile(sessions)
    for thread in threads:
        thread.join()
    with store.metastore.read() as batch:
        last = batch.head()
    for session in sessions:
        session.close()
    return raised, last


def head(connection: vql.Connection) -> int:
    with connection.database.store.metastore.read() as batch:
        return batch.head()


def nothing(_: list[vql.Connection]) -> None:
    pass


def rows(connection: vql.Connection, sql: str) -> list[tuple]:
    return connection.execute(sql).fetchall()


def test_commits_that_wait_are_one_transaction_of_lmdb_and_versions_of_their_own(connection):
    before, version = head(connection), connection.session.snapshot().version
    statements = [f"INSERT INTO t VALUES ({i}, {i})" for i in range(SESSIONS - 2)]
    statements += ["UPDATE t SET n = 1 WHERE id = 100", "DELETE FROM t WHERE id = 101"]
    raised, last = together(connection, statements, nothing)
    assert raised == [None] * SESSIONS
    assert last == before + 1
    assert connection.session.snapshot().version == version + SESSIONS
    sql = "SELECT count(*), sum(n) FROM t AS OF VERSION "
    found = [rows(connection, f"{sql}{version + i}")[0] for i in range(SESSIONS + 1)]
    assert found[0] == (100, 0)
    assert found[-1] == (105, 1 + sum(range(SESSIONS - 2)))
    assert len(set(found)) > SESSIONS - 2, "each is seen by itself"
    with connection.database.store.metastore.read() as batch:
        times = [raw[:8] for _, raw in batch.range("commits", b"")]
    assert times == sorted(set(times))
    assert check_store(connection.database.store) == []


def test_of_a_group_who_fails_fails_alone(connection):
    statements = [f"INSERT INTO t VALUES ({i}, 0)" for i in (1, 2, 2, 3, 150, 4)]
    raised, _ = together(connection, statements, nothing)
    assert sorted(type(error).__name__ for error in raised if error) == ["UniqueViolation"] * 2
    assert isinstance(raised[4], UniqueViolation)
    assert rows(connection, "SELECT id FROM t WHERE id < 100 ORDER BY id") == [(1,), (2,), (3,), (4,)]
    assert check_store(connection.database.store) == []


def test_changes_of_one_row_are_made_one_after_the_other(connection):
    raised, _ = together(connection, ["UPDATE t SET n = n + 1 WHERE id = 100"] * SESSIONS, nothing)
    assert raised == [None] * SESSIONS
    assert rows(connection, "SELECT n FROM t WHERE id = 100") == [(SESSIONS,)]
    assert check_store(connection.database.store) == []


def test_definitions_and_references_wait_with_rows(connection):
    connection.execute("CREATE TABLE child (id int REFERENCES t ON DELETE CASCADE)")
    statements = ["INSERT INTO child VALUES (100)", "DELETE FROM t WHERE id = 101", "CREATE TABLE u (i int)",
                  "INSERT INTO t VALUES (1, 1)", "INSERT INTO child VALUES (101)"]  # fmt: skip
    raised, _ = together(connection, statements, nothing, waiting=2)  # the others wait at the gate itself
    assert [error for error in raised[:4] if error] == []
    orphans = "SELECT count(*) FROM child WHERE id NOT IN (SELECT id FROM t)"
    assert rows(connection, orphans) == [(0,)]
    assert rows(connection, "SELECT count(*) FROM u") == [(0,)]
    assert check_store(connection.database.store) == []


def test_who_is_cancelled_while_it_waits_is_not_committed(connection):
    def cancel(sessions: list[vql.Connection]) -> None:
        sessions[1].cancel()
        while len(connection.database.store.commits._waiting) > 2:
            time.sleep(0.001)

    raised, _ = together(connection, [f"INSERT INTO t VALUES ({i}, 0)" for i in range(3)], cancel)
    assert [type(error) for error in raised] == [type(None), QueryCanceled, type(None)]
    assert rows(connection, "SELECT id FROM t WHERE id < 100 ORDER BY id") == [(0,), (2,)]


def test_a_log_that_cannot_be_synced_fails_all_of_a_group_and_leaves_nothing_of_it(connection, monkeypatch):
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk fails")

    statements = [f"INSERT INTO t VALUES ({i}, 0)" for i in range(SESSIONS)]
    with monkeypatch.context() as patched:
        raised, _ = together(connection, statements, lambda _: patched.setattr(os, "fdatasync", fail))
        assert [error and error.sqlstate for error in raised] == ["58030"] * SESSIONS
    assert rows(connection, "SELECT id FROM t WHERE id < 100") == []
    connection.execute("INSERT INTO t VALUES (1, 1)")
    assert rows(connection, "SELECT id FROM t WHERE id < 100") == [(1,)]
    assert check_store(connection.database.store) == []


class Part:
    """A batch whose parts are lists of what they write."""

    def __init__(self) -> None:
        self.written: list[str] = []

    @contextmanager
    def part(self) -> Iterator[Part]:
        made = Part()
        yield made
        self.written += made.written


class Store:
    """What `GroupCommit` writes to, with something that goes wrong at the end of its first batch."""

    def __init__(self, before: BaseException | None = None, after: BaseException | None = None) -> None:
        self.durable: list[str] = []
        self.told: list[str] = []
        self._before, self._after = before, after
        self.gate = threading.RLock()
        self.commits = GroupCommit(self.write, lambda batch: None, lambda: None)

    @contextmanager
    def write(self) -> Iterator[Part]:
        with self.gate:
            batch = Part()
            yield batch
            error, self._before = self._before, None
            if error is not None:
                raise error
            self.durable += batch.written
            error, self._after = self._after, None
            if error is not None:
                raise error

    def commit(self, name: str) -> WaitingCommit[str]:
        def work(batch: Part) -> str:
            batch.written.append(name)
            return name

        return WaitingCommit(work, self.told.append, lambda done: done in self.durable)

    def run(self, names: list[str]) -> dict[str, object]:
        outcomes: dict[str, object] = {}

        def one(name: str) -> None:
            try:
                outcomes[name] = self.commits.run(self.commit(name))
            except BaseException as error:  # noqa: BLE001 - what the test asks for
                outcomes[name] = type(error)

        threads = [threading.Thread(target=one, args=(name,)) for name in names]
        with self.gate:
            for place, thread in enumerate(threads):
                thread.start()
                while len(self.commits._waiting) <= place:
                    time.sleep(0.001)
        for thread in threads:
            thread.join()
        return outcomes


def test_a_leader_that_is_interrupted_before_the_end_leaves_the_others_to_the_next():
    store = Store(before=KeyboardInterrupt())
    assert store.run(["a", "b", "c"]) == {"a": KeyboardInterrupt, "b": "b", "c": "c"}
    assert sorted(store.durable) == sorted(store.told) == ["b", "c"]


def test_who_was_made_durable_by_a_leader_that_is_interrupted_is_told_so_once():
    store = Store(after=KeyboardInterrupt())
    assert store.run(["a", "b", "c"]) == {"a": KeyboardInterrupt, "b": "b", "c": "c"}
    assert store.durable == store.told == ["a", "b", "c"]


def test_who_is_decided_does_not_wait_for_the_next_leader():
    store = Store()
    commit = store.commit("a")
    follower = threading.Thread(target=store.commits.run, args=(commit,))
    with store.commits._leading:
        follower.start()
        while not store.commits._waiting:
            time.sleep(0.001)
        commit.apply(Part())
        commit.settle()
        follower.join(60)
        assert not follower.is_alive()
    assert commit.outcome() == "a"


def test_what_fails_at_the_end_fails_for_all():
    store = Store(before=OSError(28, "full"))
    assert store.run(["a", "b"]) == {"a": OSError, "b": OSError}
    assert store.durable == store.told == []
