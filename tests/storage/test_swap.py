"""Changes of what exists: applied while their inputs are named, else given up and leaving nothing."""

from __future__ import annotations

import errno
import logging
import os
import threading

import numpy as np
import pytest
from neighbour import Neighbour
from statements import rows

import vql
from vql.session.database import check
from vql.storage.files.metastore import numbers
from vql.storage.swap import AddIndex, Purge, Replace, swap
from vql.storage.upkeep import maintainer as maintenance
from vql.storage.upkeep import merge
from vql.storage.upkeep.lease import lease
from vql.storage.upkeep.rewrite import write_rows


@pytest.fixture
def connection(tmp_path):
    """Five segments of 10,000 rows, two frames and an index definition; maintenance on demand."""
    path = tmp_path / "db"
    with vql.connect(path) as made:
        made.database.maintainer.in_background = False
        made.execute("CREATE TABLE t (id int)")
        for start in range(0, 50_000, 10_000):
            made.insert("t", {"id": np.arange(start, start + 10_000)})
        made.execute("INSERT INTO t VALUES (-1)")
        made.execute("INSERT INTO t VALUES (-2)")
        yield made
    assert check(path) == []


def table_of(connection):
    return connection.database.store.snapshot().table("t")


def files_of(connection):
    return {
        f"{folder}/{path.name}"
        for folder in ("segments", "indexes")
        for path in (connection.database.path / folder).iterdir()
    }


def generation(connection):
    with connection.database.store.metastore.read() as batch:
        return numbers(batch.get("meta", b"head"))[1]


def count(connection):
    return rows(connection, "SELECT count(*), count(DISTINCT id) FROM t")


def proposal(connection):
    """A merge of all segments and the delta, written and not yet proposed."""
    store, table = connection.database.store, table_of(connection)
    state = store.contents(table.table_id)
    frames = np.unique(state.delta.created).tolist()
    record, _ = write_rows(store, table.table_id, state.segments, 0)
    return Replace(table.table_id, frames, [s.segment_id for s in state.sealed], record)


def test_a_swap_is_applied_and_unnames_its_inputs(connection):
    before, seen = files_of(connection), generation(connection)
    change = proposal(connection)
    assert swap(connection.database.store, change)
    assert files_of(connection) == {change.record["file"]} and change.record["file"] not in before
    assert generation(connection) == seen + 1
    assert count(connection) == [(50_002, 50_002)]
    assert rows(connection, "SELECT count(*) FROM t AS OF VERSION 3") == [(20_000,)]


@pytest.mark.parametrize("what", ["seal", "merge", "again", "purge"])
def test_a_swap_whose_inputs_are_gone_is_given_up(connection, what):
    change, store = proposal(connection), connection.database.store
    match what:
        case "seal":
            connection.database.maintainer.run(full=True)
        case "merge":
            merge.replace_segments(store, table_of(connection), store.contents(16500).sealed[:2], 0)
        case "again":
            second = proposal(connection)
            assert swap(store, second)
        case "purge":
            connection.execute("DROP TABLE t")
            assert swap(store, Purge(16500, store.version()))
    there, seen = files_of(connection), generation(connection)
    assert not swap(store, change)
    assert files_of(connection) == there - {change.record["file"]}
    assert generation(connection) == seen
    if what != "purge":
        assert count(connection) == [(50_002, 50_002)]


@pytest.mark.parametrize("statement", ["DROP INDEX i", "DROP TABLE t"])
def test_an_index_of_no_definition_is_not_added(connection, statement):
    store = connection.database.store
    maker = connection.database.maintainer
    connection.execute("CREATE INDEX i ON t (id)")
    maker.run()
    segment = store.contents(16500).sealed[0]
    index_id, entry = next(iter(segment.record["indexes"].items()))
    connection.execute(statement)
    (store.path / "indexes" / "0123456789abcdef.mdb").touch()
    change = AddIndex(
        16500, segment.segment_id, int(index_id), {**entry, "file": "indexes/0123456789abcdef.mdb"}
    )
    assert not swap(store, change)
    assert change.entry["file"] not in files_of(connection)


def test_an_index_of_a_segment_merged_away_is_not_added(connection):
    store = connection.database.store
    connection.execute("CREATE INDEX i ON t (id)")
    segment = store.contents(16500).sealed[0]
    index_id, entry = next(iter(segment.record["indexes"].items()))
    assert swap(store, proposal(connection))
    assert entry["file"] not in files_of(connection)  # went with its segment
    assert not swap(store, AddIndex(16500, segment.segment_id, int(index_id), entry))


def test_a_table_that_is_there_is_not_purged(connection):
    assert not swap(connection.database.store, Purge(16500, 1))
    assert count(connection) == [(50_002, 50_002)]


def test_commits_between_reading_and_swapping_are_kept(connection):
    change = proposal(connection)
    connection.execute("INSERT INTO t VALUES (-3)")
    connection.execute("DELETE FROM t WHERE id < 100")
    assert swap(connection.database.store, change)
    assert count(connection) == [(49_900, 49_900)]


def test_a_check_beside_a_maintaining_thread_leaves_it_the_lease(connection, monkeypatch):
    """A POSIX lock would go with the descriptor that the check closes: rows were doubled."""
    path = connection.database.path
    inside, go_on = threading.Event(), threading.Event()

    def slow(name):
        if name == "before-merge-commit" and not inside.is_set():
            inside.set()
            assert go_on.wait(60)

    monkeypatch.setattr(merge, "failpoint", slow)
    working = threading.Thread(target=connection.database.maintainer.run)
    working.start()
    other = Neighbour(path)
    try:
        assert inside.wait(60)
        checked = []
        checking = threading.Thread(target=lambda: checked.append(check(path)))
        checking.start()  # waits for the lease itself
        os.close(os.open(path / "maintenance.lock", os.O_RDWR))
        other.start("sql", "VACUUM t")
        assert not other.pipe.poll(0.3)
        go_on.set()
        working.join()
        other.answer()
        checking.join()
        assert checked == [[]]
    finally:
        go_on.set()
        other.close()
    assert count(connection) == [(50_002, 50_002)]


def test_two_maintainers_without_a_lease_double_nothing(connection, monkeypatch):
    store, table = connection.database.store, table_of(connection)
    run = list(store.contents(table.table_id).sealed)
    behind = []

    def overtaken(name):
        if name == "before-merge-commit" and not behind:
            behind.append(name)
            merge.replace_segments(store, table, run, 0)

    monkeypatch.setattr(merge, "failpoint", overtaken)
    merge.replace_segments(store, table, run, 0)
    assert count(connection) == [(50_002, 50_002)]
    assert len(files_of(connection)) == 1


def test_two_threads_of_a_process_wait_for_each_other(connection):
    path, taken = connection.database.path, threading.Event()

    def take():
        with lease(path):
            taken.set()

    with lease(path):
        other = threading.Thread(target=take)
        other.start()
        assert not taken.wait(0.2)
    assert taken.wait(60)
    other.join()


@pytest.mark.parametrize("fault", [ValueError("no such thing"), OSError(errno.EIO, "input/output error")])
def test_the_maintaining_thread_survives_any_error_and_says_what_it_was(
    connection, monkeypatch, caplog, fault
):
    faults = [fault]
    tend = maintenance.Maintainer._tend

    def failing(self, *arguments):
        if faults:
            raise faults.pop()
        return tend(self, *arguments)

    monkeypatch.setattr(maintenance.Maintainer, "_tend", failing)
    done = threading.Event()
    monkeypatch.setattr(maintenance, "remove_orphans", lambda store: done.set())
    connection.database.maintainer.in_background = True
    with caplog.at_level(logging.ERROR, "vql.storage"):
        connection.database.maintainer.wake()
        assert done.wait(60)
    assert str(fault) in caplog.text and "maintenance of" in caplog.text
    assert len(connection.database.store.contents(16500).sealed) == 1
