"""Unique keys beside the primary one: their entries follow the rows, whatever becomes of rows and keys."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from statements import rows

import vql
from vql.session.database import check, repair
from vql.storage.files.metastore import Metastore, key
from vql.storage.keys import encode_key, hashes_of
from vql.types.type import TEXT


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, email text UNIQUE, a int, b int, UNIQUE (a, b))")
        yield made


def index_of(connection, name):
    tables = connection.database.store.snapshot().tables.values()
    return next(index for table in tables for index in table.indexes if index.name == name)


def entries(connection, name):
    """Count the entries of a key by the name of its index."""
    prefix = key(index_of(connection, name).index_id)
    with connection.database.store.metastore.read() as batch:
        return sum(1 for _ in batch.range("keys", prefix, prefix))


def fill(connection, count=3_000):
    ids = np.arange(count)
    connection.insert("t", {"id": ids, "email": [f"e{i}" for i in ids], "a": ids // 10, "b": ids % 10})


@pytest.mark.parametrize("texts", [("seven77", "longer than that"), ("seven77", ""), ("x", "seven77")])
def test_a_key_is_locked_as_itself_whatever_is_locked_beside_it(texts):
    """One of eight bytes is as long as an integer's."""
    encoded = [encode_key(7, [TEXT], (text,)) for text in texts]
    alone = [int(hashes_of([each])[0]) for each in encoded]
    assert hashes_of(encoded).tolist() == alone and min(alone) >= 0


def test_entries_follow_the_rows(connection):
    fill(connection)
    connection.execute("UPDATE t SET email = NULL WHERE id < 100")
    connection.execute("DELETE FROM t WHERE id >= 2900")
    assert entries(connection, "t_email_key") == 2_800 and entries(connection, "t_a_b_key") == 2_900
    connection.execute("VACUUM")
    with pytest.raises(vql.IntegrityError):
        connection.execute("INSERT INTO t VALUES (9999, 'e500', NULL, NULL)")
    assert check(connection.database.path) == []


CHANGES = [
    "UPDATE t SET b = b + 10 WHERE id = {n}",
    "UPDATE t SET id = id + 40 WHERE id = {n} AND NOT EXISTS (SELECT FROM t WHERE id = {n} + 40)",
    "UPDATE t SET email = NULL WHERE id IN ({n}, {m})",
    "UPDATE t SET email = 'e' || id WHERE id >= {n}",
    "UPDATE t SET a = -a WHERE id BETWEEN {n} AND {m}",
    "DELETE FROM t WHERE id = {n}",
    "INSERT INTO t VALUES ({n}, 'e{m}', {n}, {m}) ON CONFLICT DO NOTHING",
    "INSERT INTO t VALUES ({n}, 'e{m}', {n}, {m}) ON CONFLICT (id) DO UPDATE SET a = NULL",
    "DELETE FROM t WHERE id = {n}; INSERT INTO t VALUES ({n}, NULL, NULL, {m})",
]


def test_entries_are_those_of_the_rows_behind_any_block(connection):
    """Changes that keep keys, give them away, take them over and fail, some in one transaction."""
    fill(connection, 30)
    generator, refused = np.random.default_rng(11), 0
    with vql.connect(connection.database.path) as other:  # whose lock lets commits look at locks
        other.execute("SELECT pg_advisory_lock(1)")
        for _ in range(150):
            connection.execute("BEGIN")
            try:
                for _ in range(generator.integers(1, 4)):
                    n, m = generator.integers(0, 40, 2)
                    for statement in str(generator.choice(CHANGES)).format(n=n, m=m).split(";"):
                        connection.execute(statement)
                connection.execute("COMMIT")
            except vql.IntegrityError:
                refused += 1
                connection.execute("ROLLBACK")
        counts = connection.execute("SELECT count(email), count(a + b) FROM t").fetchone()
        assert counts == (entries(connection, "t_email_key"), entries(connection, "t_a_b_key"))
        assert 0 < refused < 100
    assert check(connection.database.path) == []


def test_a_bulk_insert_is_refused_whole(connection):
    fill(connection)
    ids = np.arange(20_000, 40_000)
    with pytest.raises(vql.IntegrityError, match="t_email_key"):
        connection.insert("t", {"id": ids, "email": [f"e{i % 15_000}" for i in ids]})
    assert rows(connection, "SELECT count(*) FROM t") == [(3_000,)]
    assert check(connection.database.path) == []


def test_a_key_comes_with_the_rows_there_are_and_goes(connection):
    fill(connection)
    connection.execute("ALTER TABLE t DROP CONSTRAINT t_email_key")
    connection.execute("INSERT INTO t (id, email) VALUES (10000, 'e1')")
    with pytest.raises(vql.IntegrityError):
        connection.execute("ALTER TABLE t ADD CONSTRAINT again UNIQUE (email)")
    with pytest.raises(vql.IntegrityError):
        connection.execute("CREATE UNIQUE INDEX again ON t (email)")
    connection.begin()
    connection.execute("DELETE FROM t WHERE id = 10000")
    connection.execute("INSERT INTO t (id, email) VALUES (10001, 'new')")
    connection.execute("CREATE UNIQUE INDEX again ON t (email)")
    with pytest.raises(vql.IntegrityError):
        connection.execute("INSERT INTO t (id, email) VALUES (10002, 'new')")
    connection.rollback()
    connection.execute("DELETE FROM t WHERE id = 10000")
    connection.execute("CREATE UNIQUE INDEX again ON t (email)")
    assert entries(connection, "again") == 3_000
    with pytest.raises(vql.IntegrityError):
        connection.execute("INSERT INTO t (id, email) VALUES (10002, 'e7')")
    assert check(connection.database.path) == []


def test_the_past_is_as_it_was(connection):
    fill(connection, 10)
    version = connection.database.store.version()
    connection.execute("UPDATE t SET email = 'x' WHERE id = 3")
    connection.execute("INSERT INTO t (id, email) VALUES (11, 'e3')")
    assert rows(connection, f"SELECT id FROM t WHERE email = 'e3' AS OF VERSION {version}") == [(3,)]
    assert rows(connection, "SELECT id FROM t WHERE email = 'e3'") == [(11,)]


def test_a_dropped_table_leaves_no_entries(connection):
    fill(connection)
    connection.execute("DROP TABLE t")
    connection.execute("VACUUM")
    with connection.database.store.metastore.read() as batch:
        assert list(batch.range("keys", b"")) == []


def test_upserts_by_a_unique_key_beside_each_other(connection):
    """Nobody meets a key that is taken, and every count is there."""
    path = connection.database.path

    def count(number):
        with vql.connect(path) as own:
            for step in range(40):
                own.execute(
                    "INSERT INTO t (id, email, a) VALUES (?, ?, 1)"
                    " ON CONFLICT (email) DO UPDATE SET a = t.a + 1",
                    [number * 1_000 + step, f"e{step % 4}"],
                )

    threads = [threading.Thread(target=count, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(connection, "SELECT count(*), sum(a) FROM t") == [(4, 160)]
    assert check(path) == []


def test_damaged_entries_are_told_and_mended(connection):
    fill(connection, 200)
    path = connection.database.path
    prefix = key(index_of(connection, "t_email_key").index_id)
    connection.close()
    metastore = Metastore(path / "main.mdb")
    with metastore.write() as batch:
        found = [at for at, _ in batch.range("keys", prefix, prefix)]
        batch.delete("keys", found[50])
        batch.put("keys", found[51], key(1))
    metastore.close()
    assert any("t_email_key" in problem for problem in check(path))
    done, left = repair(path, apply=True)
    assert left == [] and "200 keys are written anew" in done[0]
    assert check(path) == []
