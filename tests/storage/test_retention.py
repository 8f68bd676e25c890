"""How far back a table can be read, and what maintenance forgets."""

from __future__ import annotations

import numpy as np
import pytest
from statements import rows

import vql
from vql.session.database import check
from vql.storage.files import metastore
from vql.storage.upkeep import merge, retention


class Clock:
    """The time, as commits and the horizon see it."""

    def __init__(self):
        self.ns = 1_760_000_000 * 10**9

    def time_ns(self):
        self.ns += 1_000_000
        return self.ns

    def pass_days(self, days):
        self.ns += int(days * 86_400 * 10**9)


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("vql.storage.clock.time", made)
    return made


@pytest.fixture
def connection(tmp_path, clock):
    with vql.connect(tmp_path / "db") as made:
        yield made
        path = made.database.path
    assert check(path) == []


def create(connection, options=""):
    connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, v vector(2)) {options}")
    connection.insert("t", {"id": np.arange(100), "v": np.ones((100, 2), "f4")})


def version(connection):
    return connection.database.store.version()


def count(connection, as_of=""):
    return len(rows(connection, f"SELECT id FROM t {as_of}"))


def stored_rows(connection):
    snapshot = connection.database.store.snapshot()
    return sum(s.rows for s in snapshot.segments(snapshot.table("t").table_id))


def test_history_within_retention_survives_vacuum(connection, clock):
    create(connection)
    before = version(connection)
    connection.execute("DELETE FROM t WHERE id < 60")
    clock.pass_days(0.9)
    connection.execute("VACUUM t")
    assert count(connection, f"AS OF VERSION {before}") == 100
    assert stored_rows(connection) == 100


def test_expired_history_is_dropped_and_says_how_far_back_one_can_go(connection, clock):
    create(connection)
    before = version(connection)
    connection.execute("DELETE FROM t WHERE id < 60")
    deleted = version(connection)
    clock.pass_days(1.1)
    connection.execute("INSERT INTO t VALUES (1000, NULL)")
    connection.execute("VACUUM t")
    assert stored_rows(connection) == 41
    assert count(connection) == 41
    assert count(connection, f"AS OF VERSION {deleted}") == 40
    with pytest.raises(vql.OperationalError) as caught:
        count(connection, f"AS OF VERSION {before}")
    assert caught.value.sqlstate == "72000"
    oldest = caught.value.hint.removeprefix("the oldest time available is ")
    assert count(connection, f"AS OF '{oldest}'") == 40
    with pytest.raises(vql.OperationalError) as caught:
        count(connection, "AS OF '2020-01-01'")
    assert caught.value.sqlstate == "72000"


@pytest.mark.parametrize(
    ("options", "days", "kept"),
    [
        ("WITH (retention = '30 days')", 29, True),
        ("WITH (retention = '30 days')", 31, False),
        ("WITH (retention = '2 hours')", 0.1, False),
        ("WITH (retention = 'forever')", 10_000, True),
        ("WITH (retention = '0')", 0, False),
        ("", 1.01, False),
    ],
)
def test_retention_is_that_of_the_table(connection, clock, options, days, kept):
    create(connection, options)
    connection.execute("DELETE FROM t WHERE id < 60")
    clock.pass_days(days)
    connection.execute("VACUUM")
    assert stored_rows(connection) == (100 if kept else 40)


def test_a_named_snapshot_holds_its_version(connection, clock):
    create(connection)
    connection.execute("CREATE SNAPSHOT keep")
    connection.execute("DELETE FROM t WHERE id < 60")
    clock.pass_days(400)
    connection.execute("VACUUM t")
    assert count(connection, "AS OF SNAPSHOT 'keep'") == 100
    connection.execute("DROP SNAPSHOT keep")
    connection.execute("VACUUM t")
    assert stored_rows(connection) == 40


def test_a_few_expired_rows_wait_for_a_merge(connection, clock):
    create(connection)
    connection.execute("VACUUM t")
    connection.execute("DELETE FROM t WHERE id < 5")
    clock.pass_days(2)
    connection.execute("VACUUM t")
    assert stored_rows(connection) == 100
    for step in range(merge.MERGE_FACTOR):
        ids = np.arange(1000 + 60 * step, 1060 + 60 * step)
        connection.insert("t", {"id": ids, "v": np.ones((60, 2), "f4")})
        connection.execute("VACUUM t")
    assert stored_rows(connection) == 335 == count(connection)


def test_a_table_emptied_long_ago_leaves_nothing(connection, clock):
    create(connection)
    connection.execute("VACUUM t")
    connection.execute("TRUNCATE t")
    clock.pass_days(2)
    connection.execute("VACUUM t")
    assert stored_rows(connection) == 0
    assert list((connection.database.path / "segments").iterdir()) == []
    connection.execute("INSERT INTO t VALUES (1, '[1,2]')")
    assert rows(connection, "SELECT id FROM t ORDER BY v <-> '[0,0]' LIMIT 3") == [(1,)]


def test_a_table_dropped_long_ago_is_gone_for_good(connection, clock):
    create(connection)
    before = version(connection)
    connection.execute("VACUUM t")
    connection.execute("DROP TABLE t")
    assert count(connection, f"AS OF VERSION {before}") == 100
    clock.pass_days(2)
    connection.execute("VACUUM")
    assert list((connection.database.path / "segments").iterdir()) == []
    with pytest.raises(vql.OperationalError) as caught:
        count(connection, f"AS OF VERSION {before}")
    assert caught.value.sqlstate == "72000"
    with pytest.raises(vql.ProgrammingError):
        count(connection)
    create(connection)
    assert count(connection) == 100


def test_folding_deletes_changes_no_answer(connection, clock):
    create(connection, "WITH (retention = 'forever')")
    moments = {}
    for i in range(retention.FRAMES_MAX + 5):
        connection.execute("DELETE FROM t WHERE id = ?", [i])
        moments[version(connection)] = 99 - i
    with vql.connect(connection.database.path) as other:
        other.execute("VACUUM t")
    with connection.database.store.metastore.read() as batch:
        assert sum(1 for _ in batch.range("deletes", b"")) == 1
    connection.execute("DELETE FROM t WHERE id = 90")
    for at, left in moments.items():
        assert count(connection, f"AS OF VERSION {at}") == left
    path = connection.database.path
    connection.close()
    with vql.connect(path) as again:
        assert all(count(again, f"AS OF VERSION {at}") == left for at, left in moments.items())
        assert count(again) == 99 - retention.FRAMES_MAX - 5


def test_commits_no_table_needs_are_forgotten(connection, clock, monkeypatch):
    monkeypatch.setattr(retention, "COMMITS_STEP", 7)
    create(connection)
    for i in range(30):
        connection.execute("UPDATE t SET v = '[1,2]' WHERE id = ?", [i])
    clock.pass_days(2)
    connection.execute("DELETE FROM t WHERE id = 50")
    connection.execute("VACUUM t")
    with connection.database.store.metastore.read() as batch:
        assert sum(1 for _ in batch.range("commits", b"")) == 2
    assert count(connection, f"AS OF VERSION {version(connection) - 1}") == 100


def test_a_transaction_older_than_what_is_kept_cannot_change_rows(connection, clock):
    create(connection, "WITH (retention = '0')")
    with vql.connect(connection.database.path) as other:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        connection.execute("UPDATE t SET v = '[5,5]' WHERE id = 1")
        other.execute("DELETE FROM t WHERE id = 2")
        clock.pass_days(1)
        other.execute("INSERT INTO t VALUES (999, NULL)")
        clock.pass_days(1)
        other.execute("DELETE FROM t WHERE id BETWEEN 10 AND 90")
        clock.pass_days(1)
        other.execute("VACUUM t")
        assert stored_rows(other) < 50
        assert count(connection) == 100  # its snapshot stays whole
        with pytest.raises(vql.OperationalError) as caught:
            connection.commit()
        assert caught.value.sqlstate == "40001"


def test_wrong_retentions_are_refused(connection):
    for text in ("", "sometimes", "-1 days", "3"):
        with pytest.raises(vql.DataError) as caught:
            create(connection, f"WITH (retention = '{text}')")
        assert caught.value.sqlstate == "22023"


@pytest.mark.parametrize("statement", ["DROP TABLE big", "TRUNCATE big"])
def test_dropping_rows_costs_what_dropping_none_does(connection, monkeypatch, statement):
    """The write lock is held for a few records, whatever the table holds; its keys go later, in steps."""
    monkeypatch.setattr(retention, "KEYS_STEP", 700)
    connection.database.maintainer.in_background = False
    connection.execute("CREATE TABLE big (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY)")
    connection.insert("big", {"id": np.arange(2_000)})
    store, written = connection.database.store, []
    real = metastore.Batch

    class Counting(real):
        def put(self, database, at, value):
            written.append(database)
            super().put(database, at, value)

        def delete(self, database, at):
            written.append(database)
            super().delete(database, at)

    monkeypatch.setattr(metastore, "Batch", Counting)
    before = store.version()
    connection.execute(statement)
    assert len(written) < 12
    written.clear()
    connection.database.maintainer.run()
    assert written.count("keys") == 2_000
    monkeypatch.undo()
    assert len(rows(connection, f"SELECT id FROM big AS OF VERSION {before}")) == 2_000
    assert rows(connection, f"SELECT id FROM big WHERE id = 7 AS OF VERSION {before}") == [(7,)]
    assert check(connection.database.path) == []
    if statement.startswith("TRUNCATE"):
        assert rows(connection, "SELECT id FROM big WHERE id = 7 UNION SELECT id FROM big") == []
        connection.execute("INSERT INTO big VALUES (7)")
        assert rows(connection, "SELECT id, n FROM big") == [(7, 2_001)]


def test_a_truncated_table_in_a_transaction(connection):
    connection.execute("CREATE TABLE q (id int PRIMARY KEY, v vector(2))")
    connection.execute("CREATE INDEX q_v ON q USING hnsw (v vector_l2_ops)")
    connection.execute("INSERT INTO q VALUES (1, '[1,1]'), (2, '[2,2]')")
    connection.begin()
    connection.execute("INSERT INTO q VALUES (3, NULL)")
    connection.execute("TRUNCATE q")
    connection.execute("INSERT INTO q VALUES (1, '[3,3]')")
    assert rows(connection, "SELECT id FROM q ORDER BY v <-> '[0,0]' LIMIT 5") == [(1,)]
    connection.rollback()
    assert rows(connection, "SELECT count(*) FROM q") == [(2,)]
    connection.execute("TRUNCATE q")
    connection.execute("INSERT INTO q VALUES (1, '[3,3]')")
    assert rows(connection, "SELECT id FROM q ORDER BY v <-> '[0,0]' LIMIT 5") == [(1,)]
    connection.execute("DROP INDEX q_v")
