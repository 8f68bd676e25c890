"""Commit times rise whatever the machine's clock does; what AS OF a moment answers, it answers for ever."""

from __future__ import annotations

import datetime
import os
import signal
import threading
import time

import pytest
from forked import CONTEXT, exit_code
from statements import rows

import vql
from vql.storage import clock
from vql.storage.files import failpoint, metastore
from vql.storage.store import Store

UTC = datetime.UTC


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        made.database.maintainer.in_background = False
        made.execute("CREATE TABLE t (id int PRIMARY KEY)")
        yield made


class Clock:
    """A machine's clock that can be set."""

    def __init__(self, monkeypatch):
        self.ahead_us = 0
        monkeypatch.setattr(clock, "now_us", lambda: time.time_ns() // 1000 + self.ahead_us)
        monkeypatch.setattr("vql.storage.store.now_us", clock.now_us)


def ids(connection, as_of=""):
    return [row[0] for row in rows(connection, f"SELECT id FROM t ORDER BY id {as_of}")]


def test_now_shows_what_was_committed_after_the_clock_was_ahead(connection, monkeypatch):
    machine = Clock(monkeypatch)
    connection.execute("INSERT INTO t VALUES (1)")
    machine.ahead_us = 3_600_000_000
    connection.execute("INSERT INTO t VALUES (2)")
    machine.ahead_us = 0
    for last in (3, 4):
        connection.execute("INSERT INTO t VALUES (?)", [last])
        every = list(range(1, last + 1))
        for now in ("now()", "current_timestamp", "now() - interval '0 s'", "now() + interval '0.0 s'"):
            assert ids(connection, f"AS OF {now}") == every
        assert rows(connection, "SELECT count(*) FROM t AS OF now()") == [(last,)]
        assert rows(connection, "SELECT count(*) FROM t AS OF now() AS o JOIN t USING (id)") == [(last,)]
        newest = datetime.datetime.fromtimestamp(connection.session.snapshot().time_us / 1e6, UTC)
        assert rows(connection, "SELECT id FROM t ORDER BY id AS OF ?", [newest]) == [(i,) for i in every]
    assert ids(connection, "AS OF now() - interval '59 minutes'") == [1]


def test_a_clock_that_is_set_back_changes_no_answer(connection, monkeypatch):
    machine = Clock(monkeypatch)
    connection.execute("INSERT INTO t VALUES (1)")
    time.sleep(0.002)
    moment = datetime.datetime.now(UTC)
    assert rows(connection, "SELECT id FROM t AS OF ?", [moment]) == [(1,)]
    machine.ahead_us = -3_600_000_000
    connection.execute("INSERT INTO t VALUES (2)")
    machine.ahead_us = 0
    assert rows(connection, "SELECT id FROM t AS OF ?", [moment]) == [(1,)]
    assert ids(connection, "AS OF now()") == [1, 2]


def test_now_waits_for_nobody(connection, monkeypatch):
    """A commit holds LMDB's write lock; the present is what was committed before it."""
    inside, go_on = threading.Event(), threading.Event()

    def stop(name):
        if name == "before-commit":
            inside.set()
            go_on.wait(60)

    other = vql.connect(connection.database.path)
    monkeypatch.setattr(metastore, "failpoint", stop)
    committing = threading.Thread(target=other.execute, args=("INSERT INTO t VALUES (9)",))
    committing.start()
    assert inside.wait(60)
    before = connection.session.snapshot().time_us
    found = ids(connection, "AS OF now()")
    earlier = connection.database.store.version_at(before)
    waits = not go_on.is_set()
    go_on.set()
    committing.join(60)
    other.close()
    assert waits, "nothing had to end the commit"
    assert found == []
    assert earlier == connection.database.store.version_at(before)


def interrupted_commit(path):
    """Take a commit's time and die before it is durable."""
    failpoint.ARMED.arm("before-commit:1")
    vql.connect(path).execute("INSERT INTO t VALUES (5)")


def test_a_commit_that_died_holds_nobody_up(connection):
    path = connection.database.path
    connection.execute("INSERT INTO t VALUES (1)")
    assert exit_code(interrupted_commit, path) == -signal.SIGKILL
    moment = datetime.datetime.now(UTC)
    assert rows(connection, "SELECT id FROM t AS OF ?", [moment]) == [(1,)]
    assert ids(connection, "AS OF now()") == [1]
    connection.execute("INSERT INTO t VALUES (2)")
    assert rows(connection, "SELECT id FROM t AS OF ?", [moment]) == [(1,)]


def commit_many(path, first, count, start):
    with vql.connect(path) as connection:
        start.wait()
        for i in range(first, first + count):
            connection.execute("INSERT INTO t VALUES (?)", [i])


@pytest.mark.parametrize("seconds_back", [0.0, 0.001])
def test_a_moment_is_answered_alike_for_ever(connection, seconds_back):
    """Other processes commit meanwhile; every answer is asked for again when they are done."""
    start = CONTEXT.Barrier(3)
    writers = [
        CONTEXT.Process(target=commit_many, args=(connection.database.path, first, 150, start))
        for first in (1000, 2000)
    ]
    for writer in writers:
        writer.start()
    start.wait()
    store: Store = connection.database.store
    answers = {}
    while any(writer.is_alive() for writer in writers):
        moment = clock.now_us() - int(seconds_back * 1e6)
        answers[moment] = store.version_at(moment)
        connection.session.snapshot()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert {moment: store.version_at(moment) for moment in answers} == answers
    assert len(set(answers.values())) > 1
    assert os.path.getsize(store.path / "clock") == clock.CLOCK_BYTES
