"""The gate before LMDB's write lock: waits end at timeouts and cancels, and nobody is forgotten."""

from __future__ import annotations

import threading

import pytest
from forked import CONTEXT
from statements import rows

import vql
from vql.storage.files.metastore import Metastore


def hold(path, pipe):
    """Hold the write lock of a database whenever told to, until told to let go."""
    metastore = Metastore(path / "main.mdb")
    while pipe.recv() == "hold":
        with metastore.write():
            pipe.send("held")
            pipe.recv()
        pipe.send("free")
    metastore.close()


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
        yield made


@pytest.fixture
def holder(connection):
    """Another process, asked by its pipe."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=hold, args=(connection.database.path, theirs))
    process.start()
    yield lambda word: (ours.send(word), ours.recv())
    ours.send("end")
    process.join(60)
    assert process.exitcode == 0


def refused(connection, sql):
    with pytest.raises(vql.OperationalError) as caught:
        connection.execute(sql)
    return caught.value.sqlstate


def asking():
    return sum(thread.name == "vql-writer" for thread in threading.enumerate())


def test_waiting_for_another_process_ends_at_timeouts(connection, holder):
    holder("hold")
    connection.execute("SET lock_timeout = '20ms'")
    assert [refused(connection, "INSERT INTO t VALUES (1, 1)") for _ in range(3)] == ["55P03"] * 3
    connection.execute("SET lock_timeout = 0")
    connection.execute("SET statement_timeout = '20ms'")
    assert refused(connection, "INSERT INTO t VALUES (1, 1)") == "57014"
    assert asking() == 1, "one thread asks for the process, whoever has given up"
    holder("let go")
    connection.execute("SET statement_timeout = 0")
    connection.execute("INSERT INTO t VALUES (1, 1)")
    assert rows(connection, "SELECT id FROM t") == [(1,)]


def test_what_nobody_waits_for_any_more_is_given_back(connection, holder):
    connection.execute("SET lock_timeout = '20ms'")
    for _ in range(3):
        holder("hold")
        assert refused(connection, "INSERT INTO t VALUES (1, 1)") == "55P03"
        holder("let go")  # and takes it again: we do not have it


def test_a_cancel_ends_the_wait(connection, holder):
    holder("hold")
    found = []
    waiting = threading.Thread(
        target=lambda: found.append(refused(connection, "INSERT INTO t VALUES (1, 1)"))
    )
    waiting.start()
    while waiting.is_alive():  # a cancel from before the statement has begun is forgotten
        connection.cancel()
        waiting.join(0.01)
    assert found == ["57014"]
    holder("let go")


def test_who_waits_is_let_in(connection, holder):
    holder("hold")
    waiting = threading.Thread(target=connection.execute, args=("INSERT INTO t VALUES (1, 1)",))
    waiting.start()
    while not asking():
        waiting.join(0.001)
    holder("let go")
    waiting.join(60)
    assert rows(connection, "SELECT id FROM t") == [(1,)]


def test_threads_take_turns(connection):
    """Every statement of every thread comes through."""
    connection.execute("INSERT INTO t VALUES (0, 0)")
    others = [vql.connect(connection.database.path) for _ in range(6)]

    def count(each):
        for _ in range(20):
            each.execute("UPDATE t SET n = n + 1 WHERE id = 0")
        each.close()

    threads = [threading.Thread(target=count, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert rows(connection, "SELECT n FROM t") == [(120,)]
