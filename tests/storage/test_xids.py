"""Numbers of transactions: one each, in all sessions and processes; a snapshot lists those whose rows it does
not see."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from forked import CONTEXT
from statements import rows

import vql
from vql.session.database import check

SNAPSHOT = "SELECT pg_current_snapshot()"
OUTBOX = "SELECT id FROM t WHERE id < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id"


@pytest.fixture
def path(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id xid8 DEFAULT pg_current_xact_id(), n int)")
    yield tmp_path / "db"
    assert check(tmp_path / "db") == []


def xid(connection) -> int:
    return int(rows(connection, "SELECT txid_current()")[0][0])


def status(connection, number: int) -> str:
    return rows(connection, f"SELECT txid_status({number})")[0][0]


def test_transactions_side_by_side_have_numbers_of_their_own(path):
    with vql.connect(path) as one, vql.connect(path) as two:
        one.begin(), two.begin()
        first, second = xid(one), xid(two)
        assert first < second
        assert (xid(one), xid(two)) == (first, second)
        assert status(two, first) == "in progress"
        assert rows(one, SNAPSHOT) == [(f"{first}:{first}:",)]
        two.execute("INSERT INTO t (n) VALUES (1)")
        two.commit()
        assert rows(one, SNAPSHOT) == [(f"{first}:{second + 1}:",)]
        assert rows(two, SNAPSHOT) == [(f"{first}:{second + 1}:{first}",)]
        one.rollback()
        assert status(two, first) == "aborted"
        assert status(two, second) == "committed"
        assert rows(two, SNAPSHOT) == [(f"{second + 1}:{second + 1}:",)]


def test_a_snapshot_lists_what_was_committed_behind_it(path):
    with vql.connect(path) as one, vql.connect(path) as two:
        two.begin()
        number = xid(two)
        two.execute("INSERT INTO t (n) VALUES (1)")
        one.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        before = rows(one, SNAPSHOT)
        assert rows(one, "SELECT count(*) FROM t") == [(0,)]
        two.commit()
        assert status(one, number) == "committed"
        assert rows(one, SNAPSHOT) == before
        assert rows(one, f"SELECT txid_visible_in_snapshot({number}, txid_current_snapshot())") == [(False,)]
        one.commit()
        assert rows(one, f"SELECT txid_visible_in_snapshot({number}, txid_current_snapshot())") == [(True,)]


def test_rows_inserted_and_deleted_and_savepoints_leave_a_committed_transaction(path):
    with vql.connect(path) as one:
        one.begin()
        one.execute("SAVEPOINT s")
        number = xid(one)
        one.execute("INSERT INTO t (n) VALUES (1)")
        one.execute("DELETE FROM t")
        one.execute("ROLLBACK TO s")
        one.execute("ROLLBACK TO s")
        assert xid(one) == number
        assert status(one, number) == "in progress"
        one.execute("INSERT INTO t (n) VALUES (1)")
        one.execute("DELETE FROM t")
        one.commit()
        assert status(one, number) == "committed"
        one.begin()
        failed = xid(one)
        with pytest.raises(vql.Error):
            one.execute("SELECT 1/0")
        one.rollback()
        assert status(one, failed) == "aborted"
        moment = rows(one, "SELECT now()")[0][0]
        one.execute(f"BEGIN AS OF '{moment}'")
        past = xid(one)
        one.commit()
        assert status(one, past) == "committed"


def take(path, count: int, pipe) -> None:
    """Take numbers in transactions of one statement, and end in the middle of one."""
    connection = vql.connect(path)
    pipe.send([xid(connection) for _ in range(count)])
    connection.begin()
    pipe.send(xid(connection))
    connection.execute("INSERT INTO t (n) VALUES (1)")
    pipe.recv()


def test_processes_share_the_numbers_and_a_killed_one_has_aborted(path):
    pipes = [CONTEXT.Pipe() for _ in range(2)]
    processes = [CONTEXT.Process(target=take, args=(path, 50, inner)) for _, inner in pipes]
    for process in processes:
        process.start()
    taken = [outer.recv() for outer, _ in pipes]
    assert all(each == sorted(each) for each in taken)
    open_ones = [outer.recv() for outer, _ in pipes]
    together = [*taken[0], *taken[1], *open_ones]
    assert len({*together}) == 102
    with vql.connect(path) as connection:
        assert [status(connection, each) for each in open_ones] == ["in progress"] * 2
        for process in processes:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        assert [status(connection, each) for each in open_ones] == ["aborted"] * 2
        assert {status(connection, each) for each in taken[0]} == {"committed"}
        last = xid(connection)
        assert last > max(together)
    with vql.connect(path) as connection:
        assert xid(connection) > last
        assert status(connection, last) == "committed"


def test_who_reads_below_xmin_misses_nobody(path):
    """A table that is read on from the last number, below xmin: no row comes behind that later."""

    def write(number: int) -> None:
        with vql.connect(path) as connection:
            for n in range(40):
                connection.begin()
                xid(connection)
                connection.execute("INSERT INTO t (n) VALUES (?)", [number * 100 + n])
                connection.commit() if n % 7 else connection.rollback()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    with vql.connect(path) as connection:
        is_last = False
        while not is_last:
            is_last = not any(writer.is_alive() for writer in writers)
            found = [int(row[0]) for row in rows(connection, OUTBOX)]
            assert found[: len(seen)] == seen
            seen = found
        assert len(seen) == 3 * 34 == len(rows(connection, "SELECT 1 FROM t"))
    for writer in writers:
        writer.join()
