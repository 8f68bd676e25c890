"""Rows of an open transaction: their keys, their order, their cost."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from statements import rows

import vql
from vql.session.database import check
from vql.storage.columns.column import Column
from vql.storage.files import metastore
from vql.storage.transactions.pending import stacked
from vql.types.type import INTEGER


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, s text, v vector(2))")
        made.execute("INSERT INTO t VALUES (1, 'a', '[1,1]'), (2, 'b', '[2,2]')")
        yield made
        path = made.database.path
    assert check(path) == []


def refused(connection, sql):
    connection.execute("SAVEPOINT here")
    with pytest.raises(vql.IntegrityError) as caught:
        connection.execute(sql)
    assert caught.value.sqlstate == "23505"
    connection.execute("ROLLBACK TO SAVEPOINT here")
    return caught.value.detail


def test_a_taken_key_is_refused_by_the_statement(connection):
    connection.begin()
    assert refused(connection, "INSERT INTO t VALUES (1)") == "Key (id)=(1) already exists."
    assert refused(connection, "INSERT INTO t VALUES (7), (8), (7)") == "Key (id)=(7) already exists."
    connection.execute("INSERT INTO t VALUES (3)")
    refused(connection, "INSERT INTO t VALUES (3)")
    refused(connection, "UPDATE t SET id = 3 WHERE id = 2")
    connection.execute("DELETE FROM t WHERE id IN (1, 3)")
    connection.execute("INSERT INTO t VALUES (1, 'again'), (3, 'again')")
    connection.execute("UPDATE t SET id = id + 1")
    connection.commit()
    assert rows(connection, "SELECT id, s FROM t ORDER BY id") == [(2, "again"), (3, "b"), (4, "again")]


def test_a_key_given_back_by_a_savepoint_is_free(connection):
    connection.begin()
    connection.execute("SAVEPOINT one")
    connection.execute("INSERT INTO t VALUES (3)")
    connection.execute("ROLLBACK TO SAVEPOINT one")
    connection.execute("INSERT INTO t VALUES (3, 'second')")
    assert rows(connection, "SELECT s FROM t WHERE id = 3") == [("second",)]
    connection.commit()
    assert rows(connection, "SELECT s FROM t WHERE id = 3") == [("second",)]


def test_own_rows_are_found_by_key_and_by_distance(connection):
    connection.begin()
    for i in range(3, 60):
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", [i, f"s{i}", [i, i]])
        assert rows(connection, "SELECT s FROM t WHERE id = ?", [i]) == [(f"s{i}",)]
        if i % 5 == 0:
            connection.execute("DELETE FROM t WHERE id = ?", [i - 1])
            connection.execute("UPDATE t SET s = 'u' WHERE id = ?", [i - 2])
    expected = [i for i in range(1, 60) if i % 5 != 4 or i == 59]
    found = rows(connection, "SELECT id FROM t ORDER BY v <-> '[0,0]' LIMIT 100")
    assert [row[0] for row in found] == expected
    connection.commit()
    assert [row[0] for row in rows(connection, "SELECT id FROM t ORDER BY id")] == expected
    assert rows(connection, "SELECT count(*) FROM t WHERE s = 'u'") == [(11,)]


def test_many_small_inserts_are_copied_a_few_times_each():
    batches, copied = (), 0
    for i in range(3000):
        before = {id(batch) for batch in batches}
        batches = stacked(batches, (Column.from_values(INTEGER, [i]),))
        copied += sum(len(batch[0]) for batch in batches if id(batch) not in before)
    assert len(batches) <= 12
    assert copied <= 3000 * 16
    assert np.concatenate([batch[0].data for batch in batches]).tolist() == list(range(3000))


@pytest.mark.parametrize(
    ("kind", "one", "other"), [("double precision", "0.0", "-0.0"), ("numeric", "1.0", "1.00")]
)
def test_equal_numbers_are_one_key(connection, kind, one, other):
    connection.execute(f"CREATE TABLE n (x {kind} PRIMARY KEY, s text)")
    connection.execute(f"INSERT INTO n VALUES ({one}, 'first')")
    with pytest.raises(vql.IntegrityError):
        connection.execute(f"INSERT INTO n VALUES ({other}, 'second')")
    assert rows(connection, f"SELECT s FROM n WHERE x = {other}") == [("first",)]


def test_an_index_made_meanwhile_is_no_conflict(connection):
    connection.begin()
    connection.execute("INSERT INTO t VALUES (3)")
    connection.execute("UPDATE t SET s = 'u' WHERE id = 1")
    with vql.connect(connection.database.path) as other:
        other.execute("CREATE INDEX ON t USING flat (v)")
    connection.commit()
    assert rows(connection, "SELECT count(*) FROM t WHERE s = 'u' OR id = 3") == [(2,)]


def test_a_table_that_somebody_changes_is_not_dropped(connection):
    connection.begin()
    connection.execute("INSERT INTO t VALUES (3)")
    with vql.connect(connection.database.path) as other:
        other.execute("SET lock_timeout = 1")
        with pytest.raises(vql.OperationalError) as caught:
            other.execute("DROP TABLE t")
        assert caught.value.sqlstate == "55P03"
        connection.commit()
        other.execute("DROP TABLE t")


def test_two_definitions_of_one_table_conflict(connection):
    connection.begin()
    connection.execute("CREATE INDEX one ON t USING flat (v)")
    with vql.connect(connection.database.path) as other:
        other.execute("CREATE INDEX two ON t USING flat (v)")
    with pytest.raises(vql.OperationalError) as caught:
        connection.commit()
    assert caught.value.sqlstate == "40001"


def test_as_of_waits_for_a_commit_that_has_taken_its_time(connection, monkeypatch):
    """What AS OF a moment answers, it answers for ever."""
    store, inside, go_on = connection.database.store, threading.Event(), threading.Event()

    def stop(name):
        if name == "before-commit":
            inside.set()
            go_on.wait(60)

    before = store.version()
    other = vql.connect(connection.database.path)
    monkeypatch.setattr(metastore, "failpoint", stop)
    committing = threading.Thread(target=other.execute, args=("INSERT INTO t VALUES (9)",))
    committing.start()
    assert inside.wait(60)
    moment = time.time_ns() // 1000
    answers = []
    asking = threading.Thread(target=lambda: answers.append(store.version_at(moment)))
    asking.start()
    asking.join(0.1)
    assert answers == []
    go_on.set()
    asking.join(60)
    committing.join(60)
    other.close()
    assert answers == [before + 1] == [store.version_at(moment)]


def test_long_keys_that_begin_alike_are_different(connection):
    connection.execute("CREATE TABLE k (a text, b int, PRIMARY KEY (a, b))")
    texts = ["x" * 3000 + str(i) for i in range(20)] + ["", "x", "é" * 300, "x" * 500]
    for text in texts:
        connection.execute("INSERT INTO k VALUES (?, 1), (?, -1)", [text, text])
    for text in texts:
        assert rows(connection, "SELECT b FROM k WHERE a = ? AND b = -1", [text]) == [(-1,)]
        with pytest.raises(vql.IntegrityError):
            connection.execute("INSERT INTO k VALUES (?, 1)", [text])
    connection.execute("DELETE FROM k WHERE b = 1")
    assert rows(connection, "SELECT count(*) FROM k") == [(len(texts),)]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("smallint", [-32768, -1, 0, 1, 32767]),
        ("bigint", [-(2**63), -1, 0, 2**63 - 1]),
        ("uuid", ["00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff"]),
        ("date", ["1969-12-31", "1970-01-01", "2026-02-03"]),
        ("timestamptz", ["1969-12-31 23:59:59+00", "2026-02-03 04:05:06.000007+00"]),
        ("boolean", [True, False]),
        ("double precision", [-1.5, 0.0, 1e300, float("inf")]),
        ("numeric", ["-1.50", "0", "100", "1e-7"]),
        ("text", ["", "a", "A", "ab", "é", "日本"]),
    ],
)
def test_keys_of_every_type(connection, kind, values):
    connection.execute(f"CREATE TABLE k (x {kind} PRIMARY KEY, n int)")
    for n, value in enumerate(values):
        connection.execute("INSERT INTO k VALUES (?, ?)", [value, n])
    before = connection.database.store.version()
    for sealed in (False, True):
        for n, value in enumerate(values):
            assert rows(connection, "SELECT n FROM k WHERE x = ?", [value]) == [(n,)], (sealed, value)
            with pytest.raises(vql.IntegrityError):
                connection.execute("INSERT INTO k VALUES (?, 0)", [value])
        connection.execute("VACUUM k")
    connection.execute("DELETE FROM k")
    for n, value in enumerate(values):
        sql = f"SELECT n FROM k WHERE x = ? AS OF VERSION {before}"
        assert rows(connection, sql, [value]) == [(n,)], value
