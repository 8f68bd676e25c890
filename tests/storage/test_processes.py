"""Several processes on one database."""

from __future__ import annotations

import time

import numpy as np
import pytest
from neighbour import Neighbour, Refused
from statements import in_child, rows

import vql
from vql.errors import OperationalError
from vql.session.database import check
from vql.storage.upkeep.lease import lease


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "db"
    with vql.connect(made) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, n int, v vector(2))")
    yield made
    assert check(made) == []


@pytest.fixture
def here(path):
    with vql.connect(path) as connection:
        yield connection


@pytest.fixture
def there(path):
    other = Neighbour(path)
    yield other
    other.close()


def test_the_next_statement_sees_what_another_process_committed(here, there):
    for i in range(50):
        there.sql("INSERT INTO t VALUES (?, 0, '[1,2]')", [i])
        assert rows(here, "SELECT count(*) FROM t") == [(i + 1,)]
        assert rows(here, "SELECT id FROM t WHERE id = ?", [i]) == [(i,)]
    here.execute("DELETE FROM t WHERE id < 10")
    assert there.sql("SELECT count(*) FROM t") == [(40,)]
    assert there.sql("SELECT id FROM t ORDER BY v <-> '[0,0]' LIMIT 1") == [(10,)]


def test_definitions_of_another_process_are_seen(here, there):
    there.sql("CREATE TABLE u (a int)")
    here.execute("INSERT INTO u VALUES (1)")
    assert there.sql("SELECT a FROM u") == [(1,)]
    there.sql("DROP TABLE u")
    with pytest.raises(vql.ProgrammingError) as caught:
        here.execute("INSERT INTO u VALUES (2)")
    assert caught.value.sqlstate == "42P01"


def test_an_open_transaction_keeps_its_snapshot(here, there):
    there.sql("INSERT INTO t VALUES (1, 1, NULL)")
    here.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert rows(here, "SELECT n FROM t") == [(1,)]
    there.sql("UPDATE t SET n = 2")
    there.sql("VACUUM t")
    assert rows(here, "SELECT n FROM t") == [(1,)]
    here.rollback()
    assert rows(here, "SELECT n FROM t") == [(2,)]


def test_two_writers_lose_nothing(path, here, there):
    there.start("many", "INSERT INTO t VALUES (?, 1, '[1,2]')", [[i] for i in range(0, 300, 2)])
    for i in range(1, 300, 2):
        here.execute("INSERT INTO t VALUES (?, 1, '[1,2]')", [i])
    there.answer()
    assert [row[0] for row in rows(here, "SELECT id FROM t ORDER BY id")] == list(range(300))


def test_single_statements_that_conflict_are_run_again_unseen(here, there):
    here.execute("INSERT INTO t VALUES (1, 0, NULL)")
    there.start("many", "UPDATE t SET n = n + 1 WHERE id = ?", [[1]] * 100)
    for _ in range(100):
        here.execute("UPDATE t SET n = n + 1 WHERE id = 1")
    there.answer()
    assert rows(here, "SELECT n FROM t") == [(200,)]


def until_somebody_waits(connection):
    while all(entry.is_held for entry in connection.database.store.locks):
        time.sleep(0.001)


@pytest.mark.parametrize(("level", "total"), [("READ COMMITTED", 2), ("REPEATABLE READ", 1)])
def test_the_second_to_change_a_row_waits(level, total, here, there):
    here.execute("INSERT INTO t VALUES (1, 0, NULL)")
    here.begin()
    here.execute("UPDATE t SET n = n + 1 WHERE id = 1")
    there.sql(f"BEGIN ISOLATION LEVEL {level}")
    there.sql("SELECT n FROM t")
    there.start("sql", "UPDATE t SET n = n + 1 WHERE id = 1")
    until_somebody_waits(here)
    here.commit()
    if level == "REPEATABLE READ":
        with pytest.raises(Refused) as caught:
            there.answer()
        assert caught.value.args == ("40001",)
    else:
        there.answer()
    there.sql("COMMIT")
    assert there.sql("SELECT n FROM t") == [(total,)]


def test_one_key_is_inserted_once(here, there):
    here.begin()
    here.execute("INSERT INTO t VALUES (1, 0, NULL)")
    there.start("sql", "INSERT INTO t VALUES (1, 7, NULL)")
    until_somebody_waits(here)
    here.commit()
    with pytest.raises(Refused) as caught:
        there.answer()
    assert caught.value.args == ("23505",)
    assert rows(here, "SELECT n FROM t") == [(0,)]


def test_maintenance_waits_for_the_lease(path, here, there):
    here.execute("INSERT INTO t VALUES (1, 0, NULL)")
    with lease(path):
        there.start("sql", "VACUUM t")
        assert not there.pipe.poll(0.3)
        here.execute("INSERT INTO t VALUES (2, 0, NULL)")  # writers do not
    there.answer()
    assert rows(here, "SELECT count(*) FROM t") == [(2,)]


def test_a_killed_maintainer_leaves_the_lease(path, here):
    other = Neighbour(path)
    other.start("hold lease")
    other.answer()
    other.kill()
    here.execute("INSERT INTO t VALUES (1, 0, NULL)")
    here.execute("VACUUM t")
    assert rows(here, "SELECT id FROM t") == [(1,)]


def test_reading_goes_on_while_another_process_merges(here, there):
    for start in range(0, 3000, 100):
        vectors = np.full((100, 2), start, "f4")
        data = {"id": np.arange(start, start + 100), "n": np.zeros(100, int), "v": vectors}
        there.start("insert", "t", data)
        there.answer()
        there.start("sql", "VACUUM t")
        for _ in range(3):
            assert rows(here, "SELECT count(*) FROM t") == [(start + 100,)]
            found = rows(here, "SELECT id FROM t ORDER BY v <-> ? LIMIT 5", [[start, start]])
            assert [row[0] for row in found] == list(range(start, start + 5))
        there.answer()
    assert len(list((here.database.path / "segments").iterdir())) < 12


def test_two_processes_make_one_database(tmp_path):
    others = [Neighbour(tmp_path / "new") for _ in range(3)]
    others[0].sql("CREATE TABLE u (a int)")
    for place, other in enumerate(others):
        other.sql("INSERT INTO u VALUES (?)", [place])
    assert others[2].sql("SELECT count(*) FROM u") == [(3,)]
    for other in others:
        other.close()
    assert check(tmp_path / "new") == []


def test_after_a_fork_the_child_is_told_to_open_anew(path, here):
    here.execute("INSERT INTO t VALUES (1, 0, '[1,2]')")

    def refused():
        for statement in ("SELECT id FROM t", "INSERT INTO t VALUES (5, 0, NULL)", "VACUUM t"):
            try:
                here.execute(statement)
                return False
            except OperationalError as error:
                if error.sqlstate != "55000" or "fork" not in error.message or not error.hint:
                    return False
        return True

    assert in_child(refused) == 0

    def opens_anew():
        with vql.connect(path) as mine:
            mine.execute("INSERT INTO t VALUES (2, 0, NULL)")
            return rows(mine, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]

    assert in_child(opens_anew) == 0

    def closes():
        here.close()
        return True

    assert in_child(closes) == 0
    here.execute("INSERT INTO t VALUES (3, 0, NULL)")
    assert rows(here, "SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]
    with Closing(Neighbour(path)) as other:
        assert other.sql("SELECT count(*) FROM t") == [(3,)]


class Closing:
    """`with` for a neighbour."""

    def __init__(self, other):
        self.other = other

    def __enter__(self):
        return self.other

    def __exit__(self, *_):
        self.other.close()


def test_a_database_at_work_can_be_checked(path, here, there):
    there.start("many", "INSERT INTO t VALUES (?, 1, '[1,2]')", [[i] for i in range(200)])
    looked = 0
    while not there.pipe.poll():
        assert check(path) == []
        looked += 1
    there.answer()
    assert looked and rows(here, "SELECT count(*) FROM t") == [(200,)]
