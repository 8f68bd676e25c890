"""Locks between processes: they end with their process and their session, whatever ends it."""

from __future__ import annotations

import gc
import os
import signal
import threading

import numpy as np
import pytest
from forked import CONTEXT
from statements import rows

import vql
from vql.session.database import check
from vql.storage.locks import table as lock_table
from vql.storage.locks.modes import Kind, RowLock, Wanted
from vql.storage.locks.session_locks import SessionLocks
from vql.storage.locks.table import LockTable


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        made.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
        yield made
        path = made.database.path
    assert check(path) == []


def lock_rows(path, pipe):
    """Change a row in a transaction that is never ended, and wait for the end."""
    connection = vql.connect(path)
    connection.execute("SELECT pg_advisory_lock(77)")
    connection.begin()
    connection.execute("UPDATE t SET n = 99 WHERE id = 1")
    connection.execute("INSERT INTO t VALUES (3, 99)")
    pipe.send("locked")
    pipe.recv()


def upsert(path, count):
    """Count with upserts of keys that others upsert too."""
    with vql.connect(path) as connection:
        for key in range(count):
            connection.execute(
                "INSERT INTO t VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1", [100 + key % 10]
            )


def wanted(*ids):
    return Wanted(Kind.ROW, RowLock.CHANGE, 7, np.array(ids, np.int64))


def test_what_a_killed_process_has_locked_is_free(connection):
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=lock_rows, args=(connection.database.path, theirs))
    process.start()
    assert ours.recv() == "locked"
    connection.execute("SET lock_timeout = '20ms'")
    for sql in (
        "UPDATE t SET n = 1 WHERE id = 1",
        "INSERT INTO t VALUES (3, 1)",
        "SELECT pg_advisory_lock(77)",
    ):
        with pytest.raises(vql.OperationalError) as caught:
            connection.execute(sql)
        assert caught.value.sqlstate == "55P03"
    held = rows(connection, "SELECT pid FROM pg_locks WHERE granted")
    assert {row[0] for row in held} == {process.pid}
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    connection.execute("SET lock_timeout = 0")
    connection.execute("UPDATE t SET n = 1 WHERE id = 1")
    connection.execute("INSERT INTO t VALUES (3, 1)")
    connection.execute("SELECT pg_advisory_lock(77)")
    assert rows(connection, "SELECT id, n FROM t ORDER BY id") == [(1, 1), (2, 0), (3, 1)]


def test_who_waits_goes_on_when_the_holder_is_killed(connection):
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=lock_rows, args=(connection.database.path, theirs))
    process.start()
    assert ours.recv() == "locked"
    waiting = threading.Thread(target=connection.execute, args=("UPDATE t SET n = n + 1 WHERE id = 1",))
    waiting.start()
    locks = connection.database.store.locks
    while all(entry.is_held for entry in locks):
        waiting.join(0.001)
    process.kill()
    process.join()
    waiting.join(60)
    assert rows(connection, "SELECT n FROM t WHERE id = 1") == [(1,)]


def test_a_session_that_is_forgotten_holds_nothing(connection):
    other = vql.connect(connection.database.path)
    other.begin()
    other.execute("UPDATE t SET n = 5 WHERE id = 1")
    other.execute("SELECT pg_advisory_lock(1)")
    del other
    gc.collect()
    connection.execute("SET lock_timeout = '1s'")
    connection.execute("UPDATE t SET n = 6 WHERE id = 1")
    assert rows(connection, "SELECT pg_try_advisory_lock(1)") == [(True,)]
    connection.database._users -= 1  # the forgotten connection's


def test_upserts_of_several_processes_lose_nothing(connection):
    """Nor does any of them meet a key that is taken."""
    children = [CONTEXT.Process(target=upsert, args=(connection.database.path, 60)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert rows(connection, "SELECT count(*), sum(n) FROM t WHERE id >= 100") == [(10, 180)]


def test_all_rows_of_a_table_are_one_lock(connection):
    connection.execute("CREATE TABLE big (id int PRIMARY KEY, n int)")
    connection.insert("big", {"id": np.arange(60_000), "n": np.zeros(60_000, int)})
    connection.begin()
    connection.execute("UPDATE big SET n = 1")
    assert len(list(connection.database.store.locks)) < 5
    with vql.connect(connection.database.path) as other:
        other.execute("SET lock_timeout = '20ms'")
        with pytest.raises(vql.OperationalError):
            other.execute("UPDATE big SET n = 2 WHERE id = 7")
        connection.commit()
        other.execute("UPDATE big SET n = 2 WHERE id = 7")
    assert rows(connection, "SELECT sum(n) FROM big") == [(60_001,)]
    assert list(connection.database.store.locks) == []


def test_who_only_has_to_wake_up_waits_for_nobody(tmp_path):
    table = LockTable(tmp_path / "locks")
    holder, sleeper = SessionLocks(table), SessionLocks(table)
    holder.acquire(wanted(1))
    with table.alone():
        number = table.join(8)
        table.wait(number, wanted(1))
    assert [entry.is_held for entry in table] == [True, False]
    holder.release()
    assert list(table) == []
    sleeper.close()
    table.close()


def test_the_table_grows_and_others_follow(tmp_path):
    first, second = LockTable(tmp_path / "locks"), LockTable(tmp_path / "locks")
    one, other = SessionLocks(first), SessionLocks(second)
    many = lock_table.CAPACITY_MIN * 3
    one.acquire(wanted(*range(many)))
    assert len(other.try_acquire(wanted(*range(many - 5, many + 5))).minors) == 5
    assert len(list(second)) == many + 5
    one.release()
    other.close()
    assert list(first) == [] and not second.is_used
    first.close()
    second.close()


def test_a_damaged_table_is_made_anew(tmp_path):
    (tmp_path / "locks").write_bytes(b"\xff" * 100)
    table = LockTable(tmp_path / "locks")
    locks = SessionLocks(table)
    assert not locks.acquire(wanted(1))
    locks.close()
    table.close()


def test_locks_are_freed_in_any_order(tmp_path):
    """Places that were freed are taken again, and the table is empty in the end."""
    table = LockTable(tmp_path / "locks")
    sessions = [SessionLocks(table) for _ in range(4)]
    generator = np.random.default_rng(5)
    held = {number: set() for number in range(4)}
    for _ in range(300):
        number, row = int(generator.integers(4)), int(generator.integers(20))
        if generator.random() < 0.2:
            sessions[number].release()
            held[number].clear()
            continue
        others = set().union(*(held[other] for other in held if other != number))
        left = sessions[number].try_acquire(wanted(row))
        assert (left is not None) == (row in others)
        if left is None:
            held[number].add(row)
    for session in sessions:
        session.close()
    assert not table.is_used and list(table) == []
    table.close()
