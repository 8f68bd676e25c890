"""Changes whose commits are submitted: made by who may not wait, committed by a thread beside, run again
where they fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import vql
from vql.errors import DiskFull, QueryCanceled
from vql.session.session import Session
from vql.session.statements.changes.pending_change import PendingChange
from vql.storage.files.metastore import Metastore
from vql.storage.upkeep.check import check_store

WAIT_S = 60


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as made:
        made.database.maintainer.in_background = False
        made.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        made.execute("INSERT INTO t SELECT i, 0 FROM generate_series(100, 199) AS i")
        yield made
        assert check_store(made.database.store) == []


def begun(connection: vql.Connection, sql: str, *given: object) -> PendingChange | None:
    """Make a change in a session of its own, ready by an execution of the statement that changes nothing."""
    session = Session(connection.database, style="wire")
    prepared = session.prepare(sql)
    session.execute(session.prepare("BEGIN"))
    session.execute(prepared, given)
    session.execute(session.prepare("ROLLBACK"))
    return session.begin_change(prepared, given)


def submitted(*changes: PendingChange | None) -> list[threading.Event]:
    """Submit changes; what is returned is set when each is decided."""
    decided = [threading.Event() for _ in changes]
    for change, event in zip(changes, decided, strict=True):
        assert change is not None
        change.submit(event.set)
    return decided


def outcome(change: PendingChange | None, decided: threading.Event) -> str | None:
    """Return the tag of a change that was submitted, None where it has to be run again."""
    assert change is not None and decided.wait(WAIT_S)
    result = change.outcome()
    return None if result is None else result.tag


def rows(connection: vql.Connection, sql: str) -> list[tuple]:
    return connection.execute(sql).fetchall()


def test_changes_that_are_submitted_together_are_one_transaction_of_lmdb(connection):
    store = connection.database.store
    changes = [begun(connection, "INSERT INTO t VALUES ($1, 1)", i) for i in range(1, 9)]
    with store.metastore.read() as batch:
        before = batch.head()
    with store.metastore.write():
        decided = submitted(*changes)
        assert not any(event.is_set() for event in decided)
    assert [outcome(*each) for each in zip(changes, decided, strict=True)] == ["INSERT 0 1"] * 8
    with store.metastore.read() as batch:
        assert batch.head() <= before + 3, "that of the writer, and one or two"
    assert rows(connection, "SELECT count(*) FROM t WHERE id < 100") == [(8,)]


def test_what_fails_leaves_nothing_and_is_run_again(connection):
    insert, update = "INSERT INTO t VALUES ($1, 1)", "UPDATE t SET n = n + 1 WHERE id = $1"
    changes = [begun(connection, insert, 1), begun(connection, insert, 1), begun(connection, update, 100),
               begun(connection, update, 100), begun(connection, update, 7),
               begun(connection, "DELETE FROM t WHERE id = $1", 101)]  # fmt: skip
    tags = [outcome(*each) for each in zip(changes, submitted(*changes), strict=True)]
    assert tags == ["INSERT 0 1", None, "UPDATE 1", None, "UPDATE 0", "DELETE 1"]
    assert rows(connection, "SELECT id, n FROM t WHERE id < 103 ORDER BY id") == [(1, 1), (100, 1), (102, 0)]


def test_who_gives_up_before_the_commit_begins_is_not_committed(connection):
    changes = [begun(connection, "INSERT INTO t VALUES ($1, 1)", i) for i in (1, 2, 3)]
    with connection.database.store.metastore.write():
        decided = submitted(*changes)
        for change in changes[1:]:
            change.cancel()
            change.cancel()
        assert decided[1].wait(WAIT_S) and decided[2].wait(WAIT_S)
        with pytest.raises(QueryCanceled):
            changes[1].outcome()
        assert not decided[0].is_set()
    assert outcome(changes[0], decided[0]) == "INSERT 0 1"
    changes[0].cancel()
    assert rows(connection, "SELECT id FROM t WHERE id < 100") == [(1,)]


def test_where_the_disk_is_full_all_are_told(connection, monkeypatch):
    changes = [begun(connection, "INSERT INTO t VALUES ($1, 1)", i) for i in (1, 2)]

    def write(_: Metastore) -> None:
        raise DiskFull("no space is left")

    with monkeypatch.context() as patched:
        patched.setattr(Metastore, "write", write)
        for change, event in zip(changes, submitted(*changes), strict=True):
            assert event.wait(WAIT_S)
            with pytest.raises(DiskFull):
                change.outcome()
    assert rows(connection, "SELECT id FROM t WHERE id < 100") == []
    change = begun(connection, "INSERT INTO t VALUES ($1, 1)", 3)
    assert outcome(change, *submitted(change)) == "INSERT 0 1"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO numbered (n) VALUES (1)",
        "INSERT INTO defaulted (id) VALUES (1)",
        "INSERT INTO referring VALUES (1, 100)",
        "DELETE FROM t WHERE n = 7",
        "UPDATE t SET n = (SELECT max(n) FROM t) WHERE id = 100",
        "INSERT INTO t SELECT 1, 1",
        "INSERT INTO t VALUES " + ", ".join(f"({i}, 1)" for i in range(20)),
        "UPDATE t SET n = 1 FROM numbered x WHERE x.n = t.id",
    ],
)
def test_what_may_take_long_or_wait_is_for_threads(connection, sql):
    connection.execute("CREATE TABLE numbered (id serial PRIMARY KEY, n int)")
    connection.execute("CREATE TABLE defaulted (id int PRIMARY KEY, at timestamptz DEFAULT now())")
    connection.execute("CREATE TABLE other (id int PRIMARY KEY)")
    connection.execute("INSERT INTO other VALUES (100)")
    connection.execute("CREATE TABLE referring (id int PRIMARY KEY, other int REFERENCES other)")
    assert begun(connection, sql) is None


def test_who_holds_a_lock_on_what_is_changed_is_waited_for_by_threads(connection):
    other = vql.connect(connection.database.path)
    other.begin()
    other.execute("SELECT * FROM t WHERE id = 150 FOR UPDATE").fetchall()
    update = "UPDATE t SET n = 1 WHERE id = $1"
    assert begun(connection, update, 151) is not None
    session = Session(connection.database, style="wire")
    prepared = session.prepare(update)
    session.execute(prepared, [151])
    assert session.begin_change(prepared, [150]) is None
    other.rollback()
    other.close()
    assert session.begin_change(prepared, [150]) is not None


def test_a_read_only_session_says_so_in_a_thread(connection):
    session = Session(connection.database, style="wire")
    prepared = session.prepare("UPDATE t SET n = 1 WHERE id = 100")
    session.execute(prepared)
    assert session.begin_change(prepared) is not None
    session.execute(session.prepare("SET default_transaction_read_only = on"))
    assert session.begin_change(prepared) is None


class Block:
    """A session in a block, whose changes are made where nobody may wait."""

    def __init__(self, connection: vql.Connection) -> None:
        self.session = Session(connection.database, style="wire")
        for sql, given in ((INSERT, (1, 1)), (UPDATE, (100,)), ("DELETE FROM t WHERE id = $1", (100,))):
            self.run("BEGIN")
            self.run(sql, *given)
            self.run("ROLLBACK")

    def run(self, sql: str, *given: object) -> None:
        self.session.execute(self.session.prepare(sql), given)

    def begin(self, sql: str, *given: object) -> str | None:
        """Return the tag of a change that is made, or None."""
        change = self.session.begin_change(self.session.prepare(sql), given)
        return None if change is None or change.made is None else change.made.tag

    def commit(self) -> str | None:
        change = self.session.begin_change(self.session.prepare("COMMIT"))
        return None if change is None else outcome(change, *submitted(change))


INSERT, UPDATE = "INSERT INTO t VALUES ($1, $2)", "UPDATE t SET n = n + 1 WHERE id = $1"


def test_a_block_of_few_rows_waits_in_no_thread(connection):
    block = Block(connection)
    block.run("BEGIN")
    assert block.begin(INSERT, 1, 10) == "INSERT 0 1"
    assert [block.begin(UPDATE, i) for i in (1, 100, 100, 7)] == ["UPDATE 1"] * 3 + ["UPDATE 0"]
    seen = block.session.execute_if_brief(block.session.prepare("SELECT n FROM t WHERE id = $1"), [100])
    assert seen is not None and seen.rows == [(2,)]
    assert rows(connection, "SELECT n FROM t WHERE id IN (1, 100)") == [(0,)]
    assert block.commit() == "COMMIT" and block.session.transaction_status == "I"
    assert rows(connection, "SELECT n FROM t WHERE id IN (1, 100) ORDER BY 1") == [(2,), (11,)]
    assert not connection.database.store.locks.is_used


def test_what_fails_in_a_block_leaves_what_was_there_before_it(connection):
    block = Block(connection)
    block.run("BEGIN")
    assert block.begin(INSERT, 1, 10) == "INSERT 0 1"
    assert block.begin(INSERT, 100, 10) is None and block.begin(INSERT, 1, 10) is None
    assert block.begin("UPDATE t SET n = 1 / (n - n) WHERE id = $1", 100) is None
    assert block.session.transaction_status == "T"
    with pytest.raises(vql.IntegrityError):
        block.run(INSERT, 100, 10)
    assert block.session.transaction_status == "E"
    assert block.begin(UPDATE, 100) is None and block.commit() is None
    block.run("COMMIT")
    assert rows(connection, "SELECT count(*) FROM t WHERE id < 100") == [(0,)]


def test_rows_that_others_have_locked_are_for_threads_and_so_are_locks_a_commit_meets(connection):
    block, other = Block(connection), vql.connect(connection.database.path)
    other.begin()
    other.execute("UPDATE t SET n = 5 WHERE id = 150")
    other.execute("INSERT INTO t VALUES (9, 9)")
    block.run("BEGIN")
    assert block.begin(UPDATE, 151) == "UPDATE 1"
    assert block.begin(UPDATE, 150) is None and block.begin(INSERT, 9, 1) is None
    other.commit()
    assert block.begin(UPDATE, 150) == "UPDATE 1"
    assert block.commit() == "COMMIT"
    assert rows(connection, "SELECT n FROM t WHERE id IN (150, 151) ORDER BY id") == [(6,), (1,)]
    other.close()


def test_levels_and_savepoints_are_kept_to(connection):
    block = Block(connection)
    block.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert block.begin(UPDATE, 101) == "UPDATE 1"
    block.run("SAVEPOINT s")
    assert block.begin(UPDATE, 101) == "UPDATE 1"
    block.run("ROLLBACK TO s")
    connection.execute("UPDATE t SET n = 7 WHERE id = 102")
    assert block.begin(UPDATE, 102) is None
    assert block.commit() == "COMMIT"
    assert rows(connection, "SELECT n FROM t WHERE id IN (101, 102) ORDER BY id") == [(1,), (7,)]
    block.run("BEGIN READ ONLY")
    assert block.begin(UPDATE, 101) is None
    block.run("ROLLBACK")
    block.run("BEGIN AS OF VERSION 2")
    assert block.begin(UPDATE, 101) is None and block.commit() is None


def test_many_rows_are_for_threads(connection):
    block = Block(connection)
    block.run("BEGIN")
    block.run("INSERT INTO t SELECT i, 0 FROM generate_series(1000, 1999) AS i")
    assert block.begin(UPDATE, 1000) is None and block.commit() is None
    block.run("COMMIT")


def test_a_commit_that_the_disk_refuses_ends_its_block(connection, monkeypatch):
    block = Block(connection)
    block.run("BEGIN")
    assert block.begin(UPDATE, 100) == "UPDATE 1"

    def write(_: Metastore) -> None:
        raise DiskFull("no space is left")

    with monkeypatch.context() as patched:
        patched.setattr(Metastore, "write", write)
        with pytest.raises(DiskFull):
            block.commit()
    assert block.session.transaction_status == "I" and not connection.database.store.locks.is_used
    assert rows(connection, "SELECT n FROM t WHERE id = 100") == [(0,)]
