"""A commit, a look at others' commits, a swap and an open cost what they touch; tables are read at first use
and by several threads at once."""

from __future__ import annotations

import sys
import threading
from collections import Counter

import numpy as np
import pytest
from forked import exit_code
from statements import rows

import vql
from vql.session.database import check
from vql.storage.files import metastore
from vql.storage.store import Store

TABLES = 12


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        made.database.maintainer.in_background = False
        made.database.scrubber.stop()  # it reads every table, two seconds after the open
        for number in range(TABLES):
            made.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY, v vector(2))")
            made.execute(f"INSERT INTO t{number} VALUES (1, '[1,1]'), (2, NULL)")
            made.execute(f"DELETE FROM t{number} WHERE id = 2")
        yield made
        path = made.database.path
    assert check(path) == []


@pytest.fixture
def looked_up(monkeypatch):
    """The tables whose records are read, by database, as they are."""
    found = Counter()
    real = metastore.Batch.stored

    def counting(self, database, start, prefix=b""):
        if database in ("manifest", "delta", "deletes", "catalog"):
            found[database, int.from_bytes(start[:8], "big")] += 1
        return real(self, database, start, prefix)

    monkeypatch.setattr(metastore.Batch, "stored", counting)
    return found


def tables_of(found):
    return {table_id for _, table_id in found}


def test_a_commit_reads_nothing_of_other_tables(connection, looked_up):
    ids = {table.name: table.table_id for table in connection.session.snapshot().tables.values()}
    connection.execute("INSERT INTO t3 VALUES (7, NULL)")
    connection.execute("UPDATE t3 SET v = '[2,2]' WHERE id = 7")
    assert looked_up.keys() == {("deletes", ids["t3"])} or not looked_up
    connection.execute("CREATE TABLE another (id int)")
    made = connection.session.snapshot().table("another").table_id
    assert tables_of(looked_up) <= {ids["t3"], made}
    looked_up.clear()
    connection.execute("CREATE INDEX ON t4 (id)")
    connection.execute("DROP TABLE another")
    connection.database.maintainer.run(ids["t5"], full=True)
    connection.execute("SELECT id FROM t6").fetchall()
    for name, reading in (("t5", "manifest"), ("t4", "manifest")):
        assert looked_up[reading, ids[name]]
    assert not any(looked_up["manifest", ids[f"t{number}"]] for number in (0, 1, 2, 3, 7, 8))


def test_a_definition_copies_no_other(connection):
    """What a snapshot knows of all tables it shares with the one before."""
    seen = connection.session.snapshot()
    connection.execute("CREATE TABLE another (id int PRIMARY KEY)")
    then = connection.session.snapshot()
    connection.execute("DROP TABLE another")
    assert len(then.tables) == TABLES + 1
    for before, after in (
        (seen.tables, then.tables),
        (then.tables_by_id, connection.session.snapshot().tables_by_id),
    ):
        assert after._base is before._base


def insert_elsewhere(path):
    with vql.connect(path) as connection:
        connection.execute("INSERT INTO t2 VALUES (5, NULL)")
        connection.execute("VACUUM t2")


def test_what_other_processes_do_is_read_of_what_they_touched(connection, looked_up):
    ids = {table.name: table.table_id for table in connection.session.snapshot().tables.values()}
    for number in range(TABLES):
        assert rows(connection, f"SELECT id FROM t{number}") == [(1,)]
    looked_up.clear()
    assert exit_code(insert_elsewhere, connection.database.path) == 0
    assert rows(connection, "SELECT id FROM t2 ORDER BY id") == [(1,), (5,)]
    assert rows(connection, "SELECT id FROM t3") == [(1,)]
    assert tables_of(looked_up) == {ids["t2"]}


def test_opening_reads_no_table(connection, looked_up):
    path = connection.database.path
    connection.close()
    looked_up.clear()
    store = Store.open(path)
    assert {database for database, _ in looked_up} == {"catalog"}
    table = store.snapshot().table("t7")
    assert [segment.rows for segment in store.snapshot().segments(table.table_id)] == [2]
    assert {table_id for database, table_id in looked_up if database != "catalog"} == {table.table_id}
    store.close()


def test_readers_writers_and_maintenance_share_tables(connection):
    """Threads switch at every chance: what is counted, summed and scanned is one moment each time."""
    path, problems, stop = connection.database.path, [], threading.Event()
    connection.execute("CREATE TABLE s (id int PRIMARY KEY, a int, b text)")

    def guarded(work):
        def run():
            try:
                with vql.connect(path) as own:
                    work(own)
            except BaseException as error:
                problems.append(error)
                stop.set()

        return run

    def write(own):
        for start in range(0, 600, 6):
            own.begin()
            ids = np.arange(start, start + 6)
            own.insert("s", {"id": ids, "a": ids * 3, "b": [f"x{i % 7}" for i in ids]})
            own.execute("DELETE FROM s WHERE id = ?", [start])
            own.execute("UPDATE s SET a = a WHERE id = ?", [start + 1])
            own.commit()
        stop.set()

    def read(own):
        while not stop.is_set():
            found = own.execute("SELECT id, a, b FROM s").fetchall()
            assert len(found) % 5 == 0
            assert all(a == 3 * i and b == f"x{i % 7}" and i % 6 for i, a, b in found)

    def maintain(own):
        while not stop.is_set():
            own.database.maintainer.run(full=True)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=guarded(work)) for work in (write, read, read, maintain)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert problems == []
    assert rows(connection, "SELECT count(*) FROM s") == [(500,)]
