"""Rows that expire, at moments that no clock has to reach."""

from __future__ import annotations

import numpy as np
import pytest

from vql.errors import UniqueViolation
from vql.session.database import Database
from vql.session.session import Session
from vql.storage.clock import now_us
from vql.storage.upkeep.check import inspect
from vql.storage.upkeep.expire import delete_expired, expired_rows

HOUR_US = 3_600_000_000


@pytest.fixture
def session(tmp_path):
    database = Database.open(tmp_path / "db")
    database.maintainer.in_background = False
    yield Session(database, style="wire")
    database.close()


def test_a_snapshot_sees_what_has_not_expired_by_its_moment(session):
    session.run(
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz) WITH (ttl = '1 hour', ttl_column = 'at')"
    )
    session.run(
        "INSERT INTO t SELECT g, to_timestamp(5e9) + g * interval '1 second' FROM generate_series(1, 9000) g"
    )
    store = session.database.store
    (table,) = store.snapshot().tables.values()
    for seal in (False, True):
        if seal:
            session.run("VACUUM t")
        for gone in (0, 1, 5000, 8999, 9000):
            moment_us = 5_000_000_000_000_000 + gone * 1_000_000 + HOUR_US
            then = store.snapshot().at_moment(moment_us)
            rows = sum(
                segment.rows if visible is None else int(visible.sum())
                for segment in then.segments(table.table_id)
                for visible in [segment.visible(then.version)]
            )
            assert rows == 9000 - gone
            assert then.has_rows(table.table_id, np.array([gone + 1])).all() == (gone < 9000)
            assert len(then.hidden_rows(table.table_id)) == gone
    assert not len(expired_rows(store, table))


def test_another_row_keeps_its_key_when_the_expired_one_is_deleted(session):
    session.run(
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz) WITH (ttl = '1 hour', ttl_column = 'at')"
    )
    session.run("INSERT INTO t VALUES (1, now() - interval '2 hours')")
    session.run("INSERT INTO t VALUES (1, now())")
    session.run("VACUUM t")
    assert session.run("SELECT count(*) FROM t WHERE id = 1").rows == [(1,)]
    assert session.run("SELECT count(*) FROM t").rows == [(1,)]


def test_who_takes_the_key_of_an_expired_row_is_not_undone_by_its_deletion(session):
    session.run(
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz) WITH (ttl = '1 hour', ttl_column = 'at')"
    )
    session.run("INSERT INTO t VALUES (1, now() - interval '2 hours')")
    (table,) = session.database.store.snapshot().tables.values()
    session.run("BEGIN")
    session.run("INSERT INTO t VALUES (1, now())")
    delete_expired(session.database.store, table)
    session.run("COMMIT")
    assert session.run("SELECT count(*) FROM t WHERE id = 1").rows == [(1,)]


def test_an_expired_row_that_others_have_deleted_or_replaced_is_left_to_them(session):
    other = Session(session.database, style="wire")
    session.run(
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz) WITH (ttl = '1 hour', ttl_column = 'at')"
    )
    session.run("INSERT INTO t SELECT g, now() - interval '2 hours' FROM generate_series(1, 2) g")
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert session.run("SELECT count(*) FROM t").rows == [(0,)]
    delete_expired(session.database.store, session.database.store.snapshot().table("t"))
    other.run("INSERT INTO t VALUES (2, now())")
    session.run("INSERT INTO t VALUES (1, now())")
    with pytest.raises(UniqueViolation):
        session.run("INSERT INTO t VALUES (2, now())")
    session.run("ROLLBACK")
    other.close()


def test_a_row_that_expires_behind_the_beginning_of_a_transaction_may_be_changed_by_it(session, monkeypatch):
    other = Session(session.database, style="wire")
    session.run(
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz) WITH (ttl = '1 hour', ttl_column = 'at')"
    )
    session.run("INSERT INTO t VALUES (1, now() - interval '59 minutes'), (2, now())")
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert session.run("SELECT count(*) FROM t").rows == [(2,)]
    monkeypatch.setattr("vql.storage.store.now_us", lambda: now_us() + HOUR_US // 2)
    other.run("DELETE FROM t WHERE id = 2")
    assert session.run("UPDATE t SET at = NULL WHERE id = 1").tag == "UPDATE 1"
    session.run("COMMIT")
    assert session.run("SELECT id FROM t").rows == [(1,)]
    other.close()


def test_a_row_that_expires_behind_its_deletion_is_deleted_once(session, monkeypatch):
    session.run(
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz) WITH (ttl = '1 hour', ttl_column = 'at')"
    )
    session.run("INSERT INTO t VALUES (1, now())")
    session.run("BEGIN")
    session.run("DELETE FROM t")
    monkeypatch.setattr("vql.storage.store.now_us", lambda: now_us() + 2 * HOUR_US)
    session.run("INSERT INTO t VALUES (1, NULL)")
    session.run("COMMIT")
    assert session.run("SELECT id FROM t").rows == [(1,)]
    assert inspect(session.database.store).problems == []
