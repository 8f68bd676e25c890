"""Rows that expire, at moments that no clock has to reach."""

from __future__ import annotations

import numpy as np
import pytest

from vql.session.database import Database
from vql.session.session import Session
from vql.storage.upkeep.expire import expired_rows

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
