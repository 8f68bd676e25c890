"""Temporary tables: of one session, gone with it however it ends."""

from __future__ import annotations

import os
import signal

import pytest
from forked import CONTEXT
from neighbour import Neighbour
from statements import rows

import vql
from vql.errors import NotSupportedError, SnapshotTooOld, UndefinedTable
from vql.session.database import check

LEFT = (
    "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname LIKE 'pg_temp%'"
)
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pg_temp%'"


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "db"
    with vql.connect(made) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
        connection.execute("INSERT INTO t VALUES (1, 'lasting')")
    yield made
    assert check(made) == []


def killed_with_a_table(path):
    connection = vql.connect(path)
    connection.execute("CREATE TEMP TABLE t AS SELECT 7 AS id")
    connection.execute("CREATE TEMP SEQUENCE s")
    connection.execute("CREATE TEMP VIEW v AS SELECT * FROM t")
    os.kill(os.getpid(), signal.SIGKILL)


def killed(path):
    process = CONTEXT.Process(target=killed_with_a_table, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_sessions_have_tables_of_one_name_each(path):
    with vql.connect(path) as one, vql.connect(path) as other:
        one.execute("CREATE TEMP TABLE t (id int)")
        other.execute("CREATE TEMP TABLE t (name text)")
        one.execute("INSERT INTO t VALUES (5)")
        other.execute("INSERT INTO t VALUES ('x')")
        assert rows(one, "SELECT * FROM t") == [(5,)]
        assert rows(other, "SELECT * FROM t") == [("x",)]
        assert rows(other, "SELECT * FROM public.t") == [(1, "lasting")]


def test_another_process_sees_nothing_of_it(path):
    there = Neighbour(path)
    try:
        with vql.connect(path) as here:
            here.execute("CREATE TEMP TABLE t (id int)")
            assert there.sql("SELECT v FROM t") == [("lasting",)]
            there.sql("CREATE TEMP TABLE t (other text)")
            assert rows(here, "SELECT * FROM t") == []
    finally:
        there.close()


def test_a_statement_prepared_before_means_the_new_table(path):
    with vql.connect(path) as connection:
        sql = "SELECT * FROM t WHERE id = ?"
        assert rows(connection, sql, (1,)) == [(1, "lasting")]
        connection.execute("CREATE TEMP TABLE t AS SELECT 1 AS id, 'passing' AS v")
        assert rows(connection, sql, (1,)) == [(1, "passing")]
        connection.execute("DISCARD ALL")
        assert rows(connection, sql, (1,)) == [(1, "lasting")]


def test_nobody_looks_into_the_schema_of_another_session(path):
    with vql.connect(path) as one, vql.connect(path) as other:
        one.execute("CREATE TEMP TABLE mine AS SELECT 7 AS id")
        [(name,)] = rows(other, SCHEMAS)
        assert rows(one, f"SELECT * FROM {name}.mine") == [(7,)]
        with pytest.raises(NotSupportedError):
            other.execute(f"SELECT * FROM {name}.mine")
        with pytest.raises(UndefinedTable):
            other.execute("SELECT * FROM pg_temp.mine")


def test_it_is_gone_at_the_end_of_the_session(path):
    with vql.connect(path) as watching:
        with vql.connect(path) as connection:
            connection.execute("CREATE TEMP TABLE mine (id serial PRIMARY KEY)")
            connection.execute("CREATE TEMP VIEW seen AS SELECT * FROM mine")
            connection.execute("BEGIN")
            connection.execute("INSERT INTO mine DEFAULT VALUES")
            assert rows(watching, SCHEMAS)
        assert rows(watching, LEFT) == rows(watching, SCHEMAS) == []


def test_it_is_gone_after_a_kill_once_the_database_is_opened(path):
    killed(path)
    with vql.connect(path) as connection:
        assert rows(connection, LEFT) == rows(connection, SCHEMAS) == []
        assert rows(connection, "SELECT * FROM t") == [(1, "lasting")]


def test_what_others_have_stays_when_the_database_is_opened(path):
    there = Neighbour(path)
    try:
        there.sql("CREATE TEMP TABLE t AS SELECT 5 AS id")
        with vql.connect(path) as here:
            assert len(rows(here, SCHEMAS)) == 1
        assert there.sql("SELECT * FROM t") == [(5,)]
    finally:
        there.close()


def test_after_a_kill_the_next_session_of_that_number_removes_it(path):
    with vql.connect(path) as connection:
        killed(path)
        assert rows(connection, SCHEMAS)
        assert rows(connection, "SELECT * FROM t") == [(1, "lasting")]
        connection.execute("CREATE TEMP TABLE other (id int)")
        assert rows(connection, "SELECT * FROM t") == [(1, "lasting")]
        assert rows(connection, LEFT) == [("other",)]


def test_its_past_is_its_own(path):
    with vql.connect(path) as connection:
        version = connection.database.store.version()
        connection.execute("CREATE TEMP TABLE t (id int)")
        connection.execute("INSERT INTO t VALUES (1)")
        before = connection.database.store.version()
        connection.execute("INSERT INTO t VALUES (2)")
        assert rows(connection, f"SELECT count(*) FROM t AS OF VERSION {before}") == [(1,)]
        assert rows(connection, f"SELECT v FROM t AS OF VERSION {version}") == [("lasting",)]
    with vql.connect(path) as another:
        another.execute("CREATE TEMP TABLE t (id int)")
        assert rows(another, f"SELECT v FROM t AS OF VERSION {before}") == [("lasting",)]


def test_maintenance_purges_its_rows(path):
    with vql.connect(path) as connection:
        connection.execute("CREATE TEMP TABLE mine AS SELECT generate_series(1, 20000) AS id")
        before = connection.database.store.snapshot()
        [table] = [table for table in before.tables.values() if table.name == "mine"]
    with vql.connect(path) as connection:
        connection.execute("VACUUM")
        with pytest.raises(SnapshotTooOld):
            connection.database.store.snapshot(before.version).segments(table.table_id)
