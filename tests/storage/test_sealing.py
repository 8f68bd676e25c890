"""What sealing and merging must not change."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import numpy as np
import pytest
from statements import rows

import vql
from vql.session.database import check
from vql.storage.files.identity import new_name
from vql.storage.index.dense import build as index_build
from vql.storage.index.kind import BuiltIndex
from vql.storage.upkeep import build as upkeep_build
from vql.storage.upkeep import maintainer as maintenance
from vql.storage.upkeep import seal
from vql.storage.upkeep.orphans import remove_orphans


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        yield made
        path = made.database.path
    assert check(path) == []


def test_a_text_column_of_nulls_can_be_sealed(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, s text, j jsonb)")
    connection.execute("INSERT INTO t VALUES (1, NULL, NULL), (2, NULL, '{}')")
    connection.execute("VACUUM t")
    assert rows(connection, "SELECT s FROM t WHERE id = 1") == [(None,)]
    connection.execute("INSERT INTO t VALUES (3, 'x', NULL)")
    assert rows(connection, "SELECT id, s FROM t WHERE s IS NOT NULL") == [(3, "x")]


def test_rows_of_bulk_inserts_and_of_the_delta_merge_in_the_order_they_came(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
    for step in range(6):
        connection.execute("INSERT INTO t VALUES (?, '[1,1]')", [-1 - step])
        ids = np.arange(10_000 * step, 10_000 * (step + 1))
        connection.insert("t", {"id": ids, "v": np.ones((10_000, 2), "f4")})
        if step % 2:
            connection.execute("VACUUM t")
    assert rows(connection, "SELECT count(*) FROM t") == [(60_006,)]
    nearest = rows(connection, "SELECT id FROM t ORDER BY v <-> '[1,1]' LIMIT 10003")
    assert [row[0] for row in nearest][:2] == [-1, 0]
    assert [row[0] for row in nearest][-2:] == [-2, 10_000]
    assert rows(connection, "SELECT id FROM t WHERE id = 35000") == [(35_000,)]
    connection.execute("DELETE FROM t WHERE id >= 100")
    assert rows(connection, "SELECT count(*) FROM t") == [(106,)]


def test_segments_stay_few(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
    most = 0
    for step in range(60):
        connection.execute("INSERT INTO t VALUES (?), (?)", [2 * step, 2 * step + 1])
        connection.execute("VACUUM t")
        most = max(most, len(list((connection.database.path / "segments").iterdir())))
    assert most <= 10
    assert rows(connection, "SELECT count(*) FROM t") == [(120,)]


def test_threads_search_while_rows_are_sealed_and_merged(connection):
    from threading import Event, Thread

    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
    connection.execute("INSERT INTO t VALUES (0, '[0,0]')")
    done, failures = Event(), []

    def search():
        with vql.connect(connection.database.path) as mine:
            least = 1
            while not done.is_set():
                found = len(rows(mine, "SELECT id FROM t ORDER BY v <-> '[0,0]' LIMIT 100000"))
                counted = rows(mine, "SELECT count(*) FROM t")[0][0]
                if not least <= found <= counted:
                    failures.append((least, found, counted))
                least = counted

    threads = [Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for step in range(40):
        ids = np.arange(1 + 50 * step, 51 + 50 * step)
        connection.insert("t", {"id": ids, "v": np.ones((50, 2), "f4")})
        connection.execute("VACUUM t")
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_files_merged_away_give_their_space_back(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
    for step in range(5):
        ids = np.arange(100 * step, 100 * step + 100)
        connection.insert("t", {"id": ids, "v": np.ones((100, 2), "f4")})
        connection.execute("VACUUM t")
        rows(connection, "SELECT id FROM t WHERE id < 1000 ORDER BY v <-> '[1,2]' LIMIT 3")
        rows(connection, "SELECT id FROM t ORDER BY v <=> '[1,2]' LIMIT 3")
    gc.collect()
    lines = Path("/proc/self/maps").read_text().splitlines()
    held = [line for line in lines if str(connection.database.path) in line and "(deleted)" in line]
    assert held == []


def test_a_kept_statement_uses_an_index_made_later(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(64))")
    vectors = np.random.default_rng(1).random((6000, 64), dtype="f4")
    connection.insert("t", {"id": np.arange(6000), "v": vectors})
    sql = "SELECT id FROM t ORDER BY v <-> ? LIMIT 10 WITH (effort = 1000)"
    before = rows(connection, sql, [vectors[7]])
    assert rows(connection, sql, [vectors[7]]) == before
    connection.execute("CREATE INDEX ON t USING hnsw (v vector_l2_ops) WITH (m = 8, ef_construction = 20)")
    assert rows(connection, sql, [vectors[7]])[0] == (7,)
    indexes = [searcher.index for searcher in connection.session.queries.searchers.all()]
    assert indexes and all(index is not None for index in indexes)


def some_vectors(count):
    return np.random.default_rng(1).random((count, 8), dtype="f4")


def until(condition):
    """Wait for work in the background."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_bulk_insert_is_indexed_in_the_background_with_nothing_behind_it(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
    connection.execute("CREATE INDEX ON t USING flat (v)")
    connection.insert("t", {"id": np.arange(10_000), "v": np.ones((10_000, 2), "f4")})
    store = connection.database.store
    table_id = store.snapshot().table("t").table_id
    until(lambda: all(s.record["indexes"] for s in store.contents(table_id).sealed))


def test_bulk_inserts_are_merged_and_indexed_in_the_background(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
    connection.execute("CREATE INDEX ON t USING flat (v)")
    store = connection.database.store
    for step in range(4):
        ids = np.arange(10_000 * step, 10_000 * (step + 1))
        connection.insert("t", {"id": ids, "v": np.ones((10_000, 2), "f4")})
    table_id = store.snapshot().table("t").table_id
    until(lambda: all(s.record["indexes"] for s in store.contents(table_id).sealed))
    until(lambda: len(store.contents(table_id).sealed) < 4)
    assert rows(connection, "SELECT count(*) FROM t") == [(40_000,)]


def test_many_deletes_are_folded_in_the_background(connection, monkeypatch):
    monkeypatch.setattr(maintenance, "DELETE_FRAMES_MAX", 100)
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
    connection.insert("t", {"id": np.arange(500), "v": np.ones((500, 2), "f4")})
    for i in range(150):
        connection.execute("DELETE FROM t WHERE id = ?", [i])

    def frames():
        with connection.database.store.metastore.read() as batch:
            return sum(1 for _ in batch.range("deletes", b""))

    until(lambda: frames() < 100)
    assert rows(connection, "SELECT count(*) FROM t") == [(350,)]
    assert rows(connection, "SELECT count(*) FROM t AS OF VERSION 52") == [(450,)]


def test_another_process_finishes_what_one_left(tmp_path, monkeypatch):
    path = tmp_path / "db"
    with vql.connect(path) as first:
        first.database.maintainer.in_background = False
        first.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(2))")
        first.execute("CREATE INDEX ON t USING flat (v)")
        first.insert("t", {"id": np.arange(10_000), "v": np.ones((10_000, 2), "f4")})
        assert not first.database.store.contents(16500).sealed[0].record["indexes"]
    with vql.connect(path) as second:
        until(lambda: second.database.store.contents(16500).sealed[0].record["indexes"])


def test_a_dropped_index_is_used_no_more_and_gives_its_space_back(connection):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(8))")
    vectors = some_vectors(6000)
    connection.insert("t", {"id": np.arange(6000), "v": vectors})
    connection.execute("CREATE INDEX i ON t USING hnsw (v vector_l2_ops) WITH (m = 4, ef_construction = 10)")
    connection.execute("CREATE INDEX j ON t USING flat (v)")
    assert len(list((connection.database.path / "indexes").iterdir())) == 2
    with vql.connect(connection.database.path) as other:
        rows(other, "SELECT id FROM t ORDER BY v <-> ? LIMIT 1", [vectors[7]])
        connection.execute("DROP INDEX i")
        assert rows(other, "SELECT id FROM t ORDER BY v <-> ? LIMIT 1", [vectors[7]]) == [(7,)]
        searchers = other.session.queries.searchers.all()
        assert all(searcher.index is None for searcher in searchers)
    remove_orphans(connection.database.store, -1)
    assert len(list((connection.database.path / "indexes").iterdir())) == 1


def test_an_index_dropped_while_it_is_built_is_not_named(connection, monkeypatch):
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(8))")
    connection.insert("t", {"id": np.arange(6000), "v": some_vectors(6000)})
    path = connection.database.path

    def drop(name):
        if name == "after-index-file":
            with vql.connect(path) as other:
                other.execute("DROP INDEX i")

    monkeypatch.setattr(upkeep_build, "failpoint", drop)
    connection.execute("CREATE INDEX i ON t USING flat (v)")
    assert list((path / "indexes").iterdir()) == []
    assert not connection.database.store.contents(16500).sealed[0].record["indexes"]


def test_the_delta_is_sealed_while_an_index_is_built(connection, monkeypatch):
    monkeypatch.setattr(seal, "DELTA_ROWS_MAX", 100)
    connection.database.maintainer.in_background = False
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(8))")
    connection.execute("CREATE INDEX i ON t USING flat (v)")
    connection.insert("t", {"id": np.arange(6000), "v": some_vectors(6000)})
    store, sealed = connection.database.store, []

    def build(vectors, valid, method, metric, options, device, step):
        start = 10_000 * (1 + len(sealed))
        with vql.connect(connection.database.path) as other:
            other.insert("t", {"id": np.arange(start, start + 200), "v": some_vectors(200)})
        assert store.contents(16500).delta_rows == 200
        step("building", 0.5)
        sealed.append(store.contents(16500).delta_rows)
        return BuiltIndex({"metric": metric, "families": []}, {})

    monkeypatch.setattr(index_build, "build_index", build)
    connection.execute("VACUUM t")
    assert sealed == [0]
    assert rows(connection, "SELECT count(*) FROM t") == [(6200,)]


def test_an_index_dropped_during_background_work_does_not_hold_it_up(connection, monkeypatch):
    connection.database.maintainer.in_background = False
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, v vector(8))")
    connection.execute("CREATE INDEX i ON t USING flat (v)")
    connection.insert("t", {"id": np.arange(10_000), "v": some_vectors(10_000)})
    path = connection.database.path

    def drop(name):
        if name == "after-index-file":
            with vql.connect(path) as other:
                other.execute("DROP INDEX i")

    monkeypatch.setattr(upkeep_build, "failpoint", drop)
    connection.execute("VACUUM t")  # ends
    assert list((path / "indexes").iterdir()) == []


def test_a_file_that_vanishes_while_orphans_are_looked_for_is_none(connection):
    """Another process renames what it has written, or removes it."""
    connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
    store = connection.database.store
    vanished = store.path / "segments" / new_name(store.database_id)
    vanished.symlink_to(store.path / "nothing")
    remove_orphans(store, -1)
    assert vanished.is_symlink(), "it is not there"
    vanished.unlink()
    vanished.touch()
    remove_orphans(store, -1)
    assert not vanished.exists()
