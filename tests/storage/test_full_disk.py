"""A disk that fills up: the statement fails with 53100, nothing is lost, and it goes on later."""

from __future__ import annotations

import os

import numpy as np
import pytest
from statements import rows

import vql
from vql.errors import DiskFull
from vql.session.database import check
from vql.storage.upkeep.check import inspect

DIM = 64
DISK_BYTES = 24 << 20


def fill(disk, left):
    """Take all space but `left` bytes; removing the ballast gives it back."""
    status = os.statvfs(disk)
    size = max(0, status.f_bavail * status.f_frsize - left)
    with open(disk / "ballast", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)


def empty(disk):
    (disk / "ballast").unlink()


def made(disk):
    connection = vql.connect(disk / "db")
    connection.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, v vector({DIM}))")
    return connection


def insert(connection, start, count):
    vectors = np.random.default_rng(start).random((count, DIM), dtype="f4")
    connection.insert("t", {"id": np.arange(start, start + count), "v": vectors})


def ids(connection):
    return [row[0] for row in rows(connection, "SELECT id FROM t ORDER BY id")]


def full(caught):
    assert caught.value.sqlstate == "53100"
    assert caught.value.hint


def sound_after_reopening(disk, connection, expected):
    assert ids(connection) == expected
    connection.close()
    assert check(disk / "db") == []
    assert inspect(disk / "db").notes == []
    with vql.connect(disk / "db") as again:
        assert ids(again) == expected


def test_inserts_stop_and_go_on(disk):
    connection = made(disk)
    fill(disk, 2 << 20)
    acknowledged = 0
    with pytest.raises(DiskFull) as caught:
        while True:
            insert(connection, acknowledged, 100)
            acknowledged += 100
    full(caught)
    assert acknowledged > 0
    for count in (2000, 700, 300, 100):
        with pytest.raises(DiskFull):
            insert(connection, acknowledged, count)
    assert ids(connection) == list(range(acknowledged))
    empty(disk)
    insert(connection, acknowledged, 500)
    sound_after_reopening(disk, connection, list(range(acknowledged + 500)))


def test_a_bulk_insert_leaves_nothing_behind(disk):
    connection = made(disk)
    insert(connection, 0, 100)
    fill(disk, 3 << 20)
    with pytest.raises(DiskFull) as caught:
        insert(connection, 100, 20_000)
    full(caught)
    assert list((disk / "db" / "segments").iterdir()) == []
    insert(connection, 100, 50)
    empty(disk)
    insert(connection, 150, 20_000)
    sound_after_reopening(disk, connection, list(range(20_150)))


def test_a_bulk_insert_whose_commit_finds_no_space_leaves_nothing(disk):
    connection = made(disk)
    # Room for the segment, not for the keys in main.mdb.
    fill(disk, 20_000 * (DIM * 4 + 8) + (300 << 10))
    with pytest.raises(DiskFull):
        insert(connection, 0, 20_000)
    assert list((disk / "db" / "segments").iterdir()) == []
    empty(disk)
    insert(connection, 0, 20_000)
    sound_after_reopening(disk, connection, list(range(20_000)))


def test_sealing_waits_for_space(disk):
    connection = made(disk)
    insert(connection, 0, 9_000)
    fill(disk, 1 << 20)
    with pytest.raises(DiskFull) as caught:
        connection.execute("VACUUM t")
    full(caught)
    assert list((disk / "db" / "segments").iterdir()) == []
    assert ids(connection) == list(range(9_000))
    connection.execute("DELETE FROM t WHERE id < 100")
    empty(disk)
    connection.execute("VACUUM t")
    assert len(list((disk / "db" / "segments").iterdir())) == 1
    sound_after_reopening(disk, connection, list(range(100, 9_000)))


def test_an_index_there_is_no_space_for_is_not_there(disk):
    connection = made(disk)
    insert(connection, 0, 10_000)
    fill(disk, 256 << 10)
    index = "CREATE INDEX ON t USING hnsw (v vector_l2_ops) WITH (m = 4, ef_construction = 10)"
    with pytest.raises(DiskFull) as caught:
        connection.execute(index)
    full(caught)
    assert list((disk / "db" / "indexes").iterdir()) == []
    query = [0.5] * DIM
    before = rows(connection, "SELECT id FROM t ORDER BY v <-> ? LIMIT 5", [query])
    assert len(before) == 5
    empty(disk)
    connection.execute("VACUUM t")
    assert list((disk / "db" / "indexes").iterdir()) == []
    connection.execute(index)
    assert len(list((disk / "db" / "indexes").iterdir())) == 1
    sound_after_reopening(disk, connection, list(range(10_000)))


def test_a_full_disk_can_be_opened_and_read(disk):
    connection = made(disk)
    insert(connection, 0, 200)
    connection.close()
    fill(disk, 0)
    connection = vql.connect(disk / "db")
    assert ids(connection) == list(range(200))
    with pytest.raises(DiskFull):
        insert(connection, 200, 5_000)
    empty(disk)
    sound_after_reopening(disk, connection, list(range(200)))


def test_no_database_is_made_on_a_full_disk(disk):
    fill(disk, 0)
    with pytest.raises(DiskFull) as caught:
        vql.connect(disk / "db")
    full(caught)
    empty(disk)
    with vql.connect(disk / "db") as connection:
        assert rows(connection, "SELECT 1") == [(1,)]
