"""Sequences: no number twice, whatever fails, and defaults that follow them."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
from forked import CONTEXT, exit_code

import vql
from vql.session.database import check


@pytest.fixture
def path(tmp_path):
    return tmp_path / "db"


def value(connection: vql.Connection, sql: str) -> object:
    return connection.execute(sql).fetchall()[0][0]


def test_numbers_go_on_after_a_rollback_and_after_opening_again(path):
    with vql.connect(path) as connection:
        connection.execute("CREATE SEQUENCE s")
        connection.execute("CREATE TABLE t (id int DEFAULT nextval('s'), n int)")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t (n) VALUES (1)")
        connection.execute("ROLLBACK")
        connection.insert("t", {"n": np.arange(1000)})
        assert value(connection, "SELECT min(id) FROM t") == 2
        assert value(connection, "SELECT count(DISTINCT id) FROM t") == 1000
        connection.execute("TRUNCATE t")
    with vql.connect(path) as connection:
        assert value(connection, "SELECT nextval('s')") == 1002
    assert check(path) == []


def take_and_die(path, pipe):
    connection = vql.connect(path)
    connection.execute("CREATE SEQUENCE IF NOT EXISTS s")
    found = connection.execute("SELECT nextval('s') FROM generate_series(1, 5)").fetchall()
    pipe.send(found[-1][0])
    os._exit(9)


def test_a_crash_gives_no_number_twice(path):
    seen = []
    for _ in range(3):
        ours, theirs = CONTEXT.Pipe()
        assert exit_code(take_and_die, path, theirs) == 9
        seen.append(ours.recv())
    assert seen == [5, 10, 15]


def test_two_sessions_share_the_numbers(path):
    with vql.connect(path) as connection:
        connection.execute("CREATE SEQUENCE s")
        taken: list[list[tuple[int]]] = []

        def take() -> None:
            with vql.connect(path) as other:
                taken.append(other.execute("SELECT nextval('s') FROM generate_series(1, 20)").fetchall())

        threads = [threading.Thread(target=take) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers = sorted(number for each in taken for (number,) in each)
        assert numbers == list(range(1, 61))


def test_views_and_sequences_follow_a_table_that_is_truncated(path):
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int, n int)")
        connection.execute("CREATE SEQUENCE s OWNED BY t.id")
        connection.execute("CREATE VIEW v AS SELECT n FROM t")
        connection.execute("INSERT INTO t VALUES (1, 2)")
        connection.execute("TRUNCATE t")
        assert connection.execute("SELECT * FROM v").fetchall() == []
        connection.execute("INSERT INTO t VALUES (1, 3)")
        assert value(connection, "SELECT n FROM v") == 3
        assert value(connection, "SELECT pg_get_serial_sequence('t', 'id')") == "public.s"
        connection.execute("ALTER TABLE t DROP COLUMN id")
        with pytest.raises(vql.Error) as refused:
            connection.execute("SELECT nextval('s')")
        assert refused.value.sqlstate == "42P01"


def test_the_snapshot_of_a_transaction_sees_its_own_sequence(path):
    with vql.connect(path) as connection:
        connection.execute("BEGIN")
        connection.execute("CREATE SEQUENCE s START 7")
        assert value(connection, "SELECT nextval('s')") == 7
        connection.execute("ROLLBACK")
        connection.execute("BEGIN READ ONLY")
        with pytest.raises(vql.Error):
            connection.execute("SELECT nextval('s')")
