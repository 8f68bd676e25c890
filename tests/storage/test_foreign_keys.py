"""Foreign keys under many sessions: whoever comes and goes, nothing refers to what is not there."""

from __future__ import annotations

import random
import threading

import pytest

import vql
from vql.storage.transactions.transaction import Transaction
from vql.storage.upkeep.check import check_store

SESSIONS, STATEMENTS, PARENTS = 4, 60, 6
ORPHANS = "SELECT count(*) FROM child WHERE parent IS NOT NULL AND parent NOT IN (SELECT id FROM parent)"


def one(generator, number):
    parent = generator.randrange(PARENTS)
    return generator.choice(
        [
            f"INSERT INTO parent VALUES ({parent}) ON CONFLICT DO NOTHING",
            f"INSERT INTO child VALUES ({number}, {parent})",
            f"INSERT INTO child VALUES ({number}, {parent})",
            f"DELETE FROM parent WHERE id = {parent}",
            f"UPDATE parent SET id = {generator.randrange(PARENTS)} WHERE id = {parent}",
            f"UPDATE child SET parent = {parent} WHERE id % 7 = {parent}",
        ]
    )


def work(path, seed, failures):
    generator = random.Random(seed)
    try:
        with vql.connect(path) as connection:
            for step in range(STATEMENTS):
                in_block = generator.random() < 0.4
                if in_block:
                    connection.begin()
                try:
                    for _ in range(generator.randint(1, 3) if in_block else 1):
                        connection.execute(
                            one(generator, seed * 10_000 + step * 10 + generator.randrange(10))
                        )
                    connection.commit()
                except (vql.IntegrityError, vql.OperationalError):
                    connection.rollback()
    except BaseException as error:  # noqa: BLE001 - told by the test
        failures.append(error)


@pytest.mark.parametrize("action", ["", "ON DELETE CASCADE ON UPDATE CASCADE", "ON DELETE SET NULL"])
def test_nothing_refers_to_what_is_not_there(tmp_path, action):
    failures: list[BaseException] = []
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        connection.execute(f"CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent {action})")
        threads = [
            threading.Thread(target=work, args=(tmp_path / "db", seed, failures)) for seed in range(SESSIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert connection.execute(ORPHANS).fetchall() == [(0,)]
        assert connection.session.snapshot().version > SESSIONS * STATEMENTS / 4, "much has been committed"
    assert check_store(tmp_path / "db") == []


def test_rows_that_refer_come_back_with_the_database(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY, CHECK (id > 0))")
        connection.execute("CREATE TABLE child (parent int REFERENCES parent)")
        connection.execute("INSERT INTO parent VALUES (1)")
        connection.execute("INSERT INTO child VALUES (1)")
    with vql.connect(tmp_path / "db") as connection:
        with pytest.raises(vql.IntegrityError) as raised:
            connection.execute("DELETE FROM parent")
        assert raised.value.sqlstate == "23503"
        with pytest.raises(vql.IntegrityError) as raised:
            connection.execute("INSERT INTO parent VALUES (0)")
        assert raised.value.sqlstate == "23514"
        rows = connection.execute("SELECT parent FROM child AS OF VERSION 4").fetchall()
        assert rows == [(1,)]


def test_copies_and_many_rows_are_looked_at(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        connection.execute("CREATE TABLE child (parent int REFERENCES parent, CHECK (parent <> 7))")
        connection.execute("INSERT INTO parent SELECT g FROM generate_series(1, 20000) g")
        with pytest.raises(vql.IntegrityError):
            connection.insert("child", {"parent": [*range(1, 7), 20001]})
        with pytest.raises(vql.IntegrityError):
            connection.insert("child", {"parent": [7]})
        connection.insert("child", {"parent": [*range(8, 20001)]})
        connection.executemany("INSERT INTO child VALUES (?)", [(1,), (2,)])
        with pytest.raises(vql.IntegrityError):
            connection.executemany("INSERT INTO child VALUES (?)", [(1,), (-2,)])
        assert connection.execute("SELECT count(*) FROM child").fetchall() == [(19_995,)]


def test_a_statement_that_waits_deletes_no_row_that_others_have_deleted(tmp_path, monkeypatch):
    """A DELETE by itself holds no locks: while it waits for a row that its foreign key changes, others may
    delete the row that it has deleted by then."""
    with (
        vql.connect(tmp_path / "db") as one,
        vql.connect(tmp_path / "db") as other,
        vql.connect(tmp_path / "db") as observer,
    ):
        one.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        reference = "REFERENCES parent ON DELETE SET NULL"
        one.execute(f"CREATE TABLE child (id int PRIMARY KEY, parent int {reference})")
        one.execute("INSERT INTO parent VALUES (1)")
        one.execute("INSERT INTO child VALUES (1, 1)")
        lock_rows, waiting = Transaction.lock_rows, []

        def commit_when_awaited():
            while observer.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchall() == [(0,)]:
                pass
            other.commit()

        def lock_late(self, table, row_ids, mode):
            if table.name == "child" and not waiting:
                waiting.append(threading.Thread(target=commit_when_awaited))
                other.begin()
                other.execute("DELETE FROM parent WHERE id = 1")
                waiting[0].start()
            return lock_rows(self, table, row_ids, mode)

        monkeypatch.setattr(Transaction, "lock_rows", lock_late)
        assert one.execute("DELETE FROM parent WHERE id = 1").rowcount == 0
        waiting[0].join()
        assert one.execute("SELECT * FROM child").fetchall() == [(1, None)]
    assert check_store(tmp_path / "db") == []


def test_a_statement_that_follows_a_row_deletes_no_other_that_others_have_deleted(tmp_path, monkeypatch):
    """A DELETE by itself, having waited for one row, moves to what is committed by then; another row that it
    has chosen before may be gone there."""
    with (
        vql.connect(tmp_path / "db") as one,
        vql.connect(tmp_path / "db") as other,
        vql.connect(tmp_path / "db") as observer,
    ):
        one.execute("CREATE TABLE items (id int PRIMARY KEY, stock int)")
        one.execute("INSERT INTO items VALUES (1, 0), (2, 0)")
        refresh, meanwhile = Transaction.refresh, ["DELETE FROM items WHERE id = 2"]
        other.begin()
        other.execute("UPDATE items SET stock = 1 WHERE id = 1")

        def commit_when_awaited():
            while observer.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchall() == [(0,)]:
                pass
            monkeypatch.setattr(Transaction, "refresh", refresh_late)
            other.commit()

        def refresh_late(self):
            if meanwhile and self.is_brief:
                observer.execute(meanwhile.pop())
            refresh(self)

        waiting = threading.Thread(target=commit_when_awaited)
        waiting.start()
        assert one.execute("DELETE FROM items WHERE stock < 5").rowcount == 1
        waiting.join()
        assert meanwhile == []
    assert check_store(tmp_path / "db") == []
