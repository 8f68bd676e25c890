"""ALTER TABLE over what is stored: segments, the delta, indexes, keys; AS OF, after a crash, in parallel."""

from __future__ import annotations

import signal
import threading

import numpy as np
import pytest
from forked import exit_code

import vql
from vql.session.database import check
from vql.storage.files import failpoint
from vql.storage.upkeep import build


@pytest.fixture
def connection(tmp_path):
    """A table of three columns: four sealed rows, then one in the delta."""
    path = tmp_path / "db"
    with vql.connect(path) as made:
        made.database.maintainer.in_background = False
        made.execute("CREATE TABLE t (a int PRIMARY KEY, b text, v vector(2)) WITH (retention = 'forever')")
        for i in range(4):
            made.execute("INSERT INTO t VALUES (?, ?, ?)", (i, f"b{i}", [i, i]))
        made.execute("VACUUM t")
        made.execute("INSERT INTO t VALUES (4, 'b4', '[4,4]')")
        yield made
    assert check(path) == []


def version(connection):
    return connection.database.store.version()


def plain(cursor):
    return [tuple(cell.tolist() if isinstance(cell, np.ndarray) else cell for cell in row) for row in cursor]


def table_as(connection, at=None):
    """Return the columns and rows of t, now or at a version."""
    moment = "" if at is None else f"AS OF VERSION {at}"
    cursor = connection.execute(f"SELECT * FROM t {moment} ORDER BY 1, 2")
    return [(each[0], each[1]) for each in cursor.description], plain(cursor)


STEPS = (
    "ALTER TABLE t ADD COLUMN c int DEFAULT 7",
    "INSERT INTO t VALUES (5, 'b5', NULL, 50)",
    "ALTER TABLE t DROP COLUMN b",
    "ALTER TABLE t ADD COLUMN b serial",
    "UPDATE t SET c = 8 WHERE a = 0",
    "ALTER TABLE t ALTER c TYPE text USING 'c' || c",
    "ALTER TABLE t RENAME COLUMN c TO d",
    "DELETE FROM t WHERE a = 1",
    "ALTER TABLE t ALTER a TYPE bigint, ALTER v TYPE halfvec(2)",
    "ALTER TABLE t DROP COLUMN a",
    "INSERT INTO t VALUES (NULL, 'last', 99)",
    "ALTER TABLE t ADD COLUMN a int DEFAULT -1 NOT NULL, ALTER d SET DEFAULT 'e', ALTER b DROP DEFAULT",
    "INSERT INTO t (b) VALUES (100)",
)


@pytest.mark.parametrize("maintained", ["", "VACUUM t"])
def test_every_moment_has_the_table_of_then(connection, maintained):
    seen = {version(connection): table_as(connection)}
    for step in STEPS:
        connection.execute(step)
        if maintained:
            connection.execute(maintained)
        seen[version(connection)] = table_as(connection)
        for at, found in seen.items():
            assert table_as(connection, at) == found, f"version {at} after {step}"
    with_others = vql.connect(connection.database.path)
    assert all(table_as(with_others, at) == found for at, found in seen.items())
    rows = plain(connection.execute("SELECT b, d, a FROM t ORDER BY b"))
    assert rows[0] == (1, "c8", -1) and rows[-2:] == [(99, "last", -1), (100, "e", -1)]
    connection.close()
    with vql.connect(connection.database.path) as again:
        assert all(table_as(again, at) == found for at, found in seen.items())


def test_a_snapshot_that_is_held_stays(connection):
    reader = vql.connect(connection.database.path)
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    before = table_as(reader)
    connection.execute("ALTER TABLE t ALTER b TYPE int USING length(b), ADD COLUMN c int DEFAULT 1")
    connection.execute("VACUUM t")
    assert table_as(reader) == before
    reader.execute("COMMIT")
    assert table_as(reader) == table_as(connection) != before
    reader.close()


def test_a_cursor_goes_on_over_the_table_of_then(connection):
    connection.execute("BEGIN")
    connection.execute("DECLARE c CURSOR FOR SELECT a, b FROM t ORDER BY a")
    assert connection.execute("FETCH 2 FROM c").fetchall() == [(0, "b0"), (1, "b1")]
    connection.execute("ALTER TABLE t DROP COLUMN b, ADD COLUMN b int DEFAULT 3")
    assert connection.execute("FETCH 1 FROM c").fetchall() == [(2, "b2")]
    connection.execute("COMMIT")
    assert connection.execute("SELECT a, b FROM t ORDER BY a LIMIT 1").fetchall() == [(0, 3)]


def test_statements_of_other_sessions_are_planned_anew(connection):
    other = vql.connect(connection.database.path)
    statements = (
        "SELECT * FROM t ORDER BY a",
        "SELECT b FROM t WHERE a = 2",
        "SELECT a FROM t WHERE b = 'b3'",
        "SELECT a FROM t ORDER BY v <-> '[3,3]' LIMIT 1",
        "SELECT count(*) FROM t GROUP BY b HAVING count(*) > 1",
    )
    for statement in statements:
        other.execute(statement)
        other.execute(statement)
    connection.execute("ALTER TABLE t DROP COLUMN b")
    connection.execute("ALTER TABLE t ADD COLUMN b int DEFAULT 3")
    found = [plain(other.execute(statement)) for statement in (statements[0], *statements[3:])]
    assert found[0] == [(i, [i, i], 3) for i in range(5)]
    assert found[1:] == [[(3,)], [(5,)]]
    assert other.execute(statements[1]).fetchall() == [(3,)]
    with pytest.raises(vql.Error) as caught:
        other.execute(statements[2])  # 'b3' is no integer
    assert caught.value.sqlstate == "22P02"
    insert = "INSERT INTO t VALUES (?, ?, ?)"
    other.execute(insert, (5, [5, 5], 55))
    connection.execute("ALTER TABLE t DROP COLUMN v")
    connection.execute("ALTER TABLE t ADD COLUMN v text")
    other.execute(insert, (6, 66, "text"))
    assert other.execute("SELECT * FROM t WHERE a > 4 ORDER BY a").fetchall() == [
        (5, 55, None),
        (6, 66, "text"),
    ]
    other.close()


def test_literals_are_read_as_the_types_of_now_within_a_block(connection):
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES (5, '7')")
    connection.execute("ALTER TABLE t ALTER b TYPE int USING 1")
    connection.execute("INSERT INTO t VALUES (6, '7')")
    connection.execute("COMMIT")
    assert connection.execute("SELECT a, b FROM t WHERE a > 4 ORDER BY a").fetchall() == [(5, 1), (6, 7)]


def test_masks_and_places_of_columns_are_not_mixed_up(connection):
    query = "SELECT a FROM t WHERE {} = {} ORDER BY a"
    connection.execute("ALTER TABLE t ADD COLUMN x int DEFAULT 1, ADD COLUMN y int DEFAULT 2")
    connection.execute("UPDATE t SET x = 2, y = 1 WHERE a = 3")
    connection.execute("VACUUM t")
    for _ in range(3):
        assert connection.execute(query.format("x", 1)).fetchall() == [(0,), (1,), (2,), (4,)]
        assert connection.execute(query.format("y", 1)).fetchall() == [(3,)]
    connection.execute("ALTER TABLE t DROP COLUMN b")  # x and y stand one place before now
    for _ in range(3):
        assert connection.execute(query.format("x", 1)).fetchall() == [(0,), (1,), (2,), (4,)]
        assert connection.execute(query.format("y", 1)).fetchall() == [(3,)]


def test_keys_go_with_the_column_and_come_with_another(connection):
    connection.execute("ALTER TABLE t DROP COLUMN a")
    connection.execute("INSERT INTO t VALUES ('again', '[1,1]')")
    assert check_keys(connection) == 0
    connection.execute("ALTER TABLE t ADD COLUMN id serial PRIMARY KEY")
    assert check_keys(connection) == 6
    assert connection.execute("SELECT b FROM t WHERE id = 6").fetchall() == [("again",)]
    connection.execute("DELETE FROM t WHERE id = 6")
    connection.execute("ALTER TABLE t ALTER id DROP DEFAULT, ALTER id TYPE text")
    assert check_keys(connection) == 5
    with pytest.raises(vql.IntegrityError):
        connection.execute("INSERT INTO t VALUES ('x', NULL, '5')")


def check_keys(connection):
    with connection.database.store.metastore.read() as batch:
        return batch.count("keys")


def test_indexes_stay_or_are_built_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "INDEX_ROWS_MIN", 500)
    n = 6_000
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a int, b int, v vector(4)) WITH (retention = 'forever')")
        vectors = np.random.default_rng(1).standard_normal((n, 4), dtype=np.float32)
        connection.insert("t", {"a": np.arange(n), "b": np.arange(n) % 100, "v": vectors})
        connection.execute("CREATE INDEX t_b ON t (b)")
        connection.execute("CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops)")
        connection.execute("SET vql.recall = 0.999")  # as good as exact, by the index
        query = "SELECT b FROM t {} ORDER BY v <-> '[0,0,0,0]' LIMIT 5"
        before, wanted = version(connection), connection.execute(query.format("")).fetchall()

        def plan(statement):
            return "\n".join(row[0] for row in connection.execute(f"EXPLAIN ANALYZE {statement}").fetchall())

        assert "t_v" in plan(query.format("")) and "t_b" in plan("SELECT a FROM t WHERE b = 7")
        connection.execute("ALTER TABLE t DROP COLUMN a")
        connection.execute("ALTER TABLE t RENAME v TO w")
        connection.execute("ALTER INDEX t_v RENAME TO t_w")
        now = "SELECT b FROM t ORDER BY w <-> '[0,0,0,0]' LIMIT 5"
        assert "t_w" in plan(now) and connection.execute(now).fetchall() == wanted
        assert "t_b" in plan("SELECT w FROM t WHERE b = 7")
        connection.execute("ALTER TABLE t ALTER b TYPE text")
        wanted = [(str(b),) for (b,) in wanted]
        assert connection.execute(now).fetchall() == wanted
        connection.execute("VACUUM t")
        assert "t_w" in plan(now) and connection.execute(now).fetchall() == wanted
        assert "t_b" in plan("SELECT w FROM t WHERE b = '7'")
        then = query.format(f"AS OF VERSION {before}")
        assert [(str(b),) for (b,) in connection.execute(then).fetchall()] == wanted
    assert check(tmp_path / "db") == []


def test_a_wider_text_is_read_where_it_stands(connection):
    connection.execute("ALTER TABLE t ALTER b TYPE varchar(2)")
    before = version(connection), table_as(connection)
    segments = [s.segment_id for s in connection.database.store.contents(16500).sealed]
    connection.execute("INSERT INTO t VALUES (9, 'b9', NULL)")
    connection.execute("ALTER TABLE t ALTER b TYPE varchar(9), ALTER b SET DEFAULT 'default'")
    connection.execute("INSERT INTO t VALUES (10, 'b10', NULL), (11, DEFAULT, NULL)")
    connection.execute("ALTER TABLE t ALTER b TYPE text USING b::text")
    connection.execute("INSERT INTO t VALUES (12, 'as long as it is', NULL)")
    assert [s.segment_id for s in connection.database.store.contents(16500).sealed] == segments
    assert connection.database.store.contents(16500).delta_rows == 10  # 5 of them by the first of the changes
    wanted = [(9, "b9"), (10, "b10"), (11, "default"), (12, "as long as it is")]
    assert connection.execute("SELECT a, b FROM t WHERE a > 8 ORDER BY a").fetchall() == wanted
    assert table_as(connection, before[0]) == before[1]
    connection.execute("VACUUM t")
    assert connection.execute("SELECT a, b FROM t WHERE a > 8 ORDER BY a").fetchall() == wanted
    assert connection.execute("SELECT a FROM t WHERE b = 'b3'").fetchall() == [(3,)]
    assert table_as(connection, before[0]) == before[1]
    with pytest.raises(vql.Error) as caught:
        connection.execute("ALTER TABLE t ALTER b TYPE varchar(9)")
    assert caught.value.sqlstate == "22001"


def test_rows_of_more_than_one_batch_are_written_anew(tmp_path):
    n = 50_000
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
        connection.insert("t", {"a": np.arange(n), "b": np.arange(n) % 7})
        connection.execute("DELETE FROM t WHERE b = 3")
        connection.execute("ALTER TABLE t ALTER b TYPE bigint USING b * 10000000000, ADD COLUMN n serial")
        found = connection.execute("SELECT count(*), sum(b), min(n), max(n) FROM t").fetchall()
        kept = [i for i in range(n) if i % 7 != 3]
        assert found == [(len(kept), sum(i % 7 for i in kept) * 10**10, 1, len(kept))]
        assert connection.execute("SELECT n FROM t WHERE a = 4").fetchall() == [(4,)]
        with pytest.raises(vql.IntegrityError):
            connection.execute("ALTER TABLE t ALTER a TYPE int USING a / 2")
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(len(kept),)]
    assert check(tmp_path / "db") == []


def test_writers_beside_it_lose_nothing(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a int PRIMARY KEY, b text)")
        stop, written, failures = threading.Event(), [], []

        def write(start):
            with vql.connect(tmp_path / "db") as mine:
                for i in range(start, start + 100_000):
                    if stop.is_set():
                        return
                    try:
                        mine.execute("INSERT INTO t (a, b) VALUES (?, ?)", (i, i))
                        written.append(i)
                    except vql.Error as error:
                        failures.append(error)
                        return

        writers = [threading.Thread(target=write, args=(k * 100_000,)) for k in range(2)]
        for writer in writers:
            writer.start()
        for turn in range(6):
            connection.execute(f"ALTER TABLE t ALTER b TYPE {('bigint USING b::bigint', 'text')[turn % 2]}")
            connection.execute(f"ALTER TABLE t ADD COLUMN c{turn} int DEFAULT {turn}")
        stop.set()
        for writer in writers:
            writer.join()
        assert failures == [] and len(written) > 0
        rows = connection.execute("SELECT a, b, c0, c5 FROM t ORDER BY a").fetchall()
        assert [(a, str(a)) for a in sorted(written)] == [row[:2] for row in rows]
        # What came before the last column has its default, and so has what came behind it.
        assert {row[2:] for row in rows} == {(0, 5)}
    assert check(tmp_path / "db") == []


def alter_and_die(path, point):
    with vql.connect(path) as connection:
        connection.database.maintainer.in_background = False
        failpoint.ARMED.arm(point)
        connection.execute(
            "ALTER TABLE t ALTER b TYPE int USING length(b), DROP COLUMN v, ADD COLUMN n serial"
        )
        connection.execute("VACUUM t")


@pytest.mark.parametrize(
    "point",
    [
        "before-commit:1",
        "after-commit:1",
        "before-commit:3",
        "after-commit:3",
        "after-commit:4",
        "after-rename:1",
    ],
)
def test_a_crash_leaves_the_one_table_or_the_other(connection, point):
    path, before, at = connection.database.path, table_as(connection), version(connection)
    connection.close()
    assert exit_code(alter_and_die, path, point) in (0, -signal.SIGKILL)
    assert check(path) == []
    with vql.connect(path) as again:
        found = table_as(again)
        if found != before:
            assert found[1] == [(i, 2, i + 1) for i in range(5)]
        assert table_as(again, at) == before
        again.execute("ALTER TABLE t ADD COLUMN m serial")
        assert [row[-1] for row in table_as(again)[1]] == [1, 2, 3, 4, 5]


def test_a_rule_of_a_domain_holds_for_an_older_snapshot(tmp_path):
    with vql.connect(tmp_path / "db") as one, vql.connect(tmp_path / "db") as two:
        one.execute("CREATE DOMAIN p AS int")
        one.execute("CREATE TABLE u (id int, v p)")
        two.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        two.execute("SELECT * FROM u")
        one.execute("ALTER DOMAIN p ADD CONSTRAINT small CHECK (value < 50)")
        with pytest.raises(vql.Error) as caught:
            two.execute("INSERT INTO u VALUES (2, 500)")
            two.execute("COMMIT")
        assert caught.value.sqlstate == "40001"
        assert one.execute("SELECT * FROM u").fetchall() == []
