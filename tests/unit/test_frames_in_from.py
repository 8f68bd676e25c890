"""A frame that is given as a parameter in FROM is a table of its statement, wherever a table may be read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import vql

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

FRAME = pd.DataFrame({"id": [1, 2, 3], "x": ["a", "b", None], "v": [[1.0, 2], [2.0, 3], [5.0, 5]]})
LEVELS = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]


@pytest.fixture
def connection(tmp_path) -> Iterator[vql.Connection]:
    with vql.connect(tmp_path / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, x text)")
        made.execute("INSERT INTO t VALUES (1, 'one'), (9, 'nine')")
        yield made


@pytest.mark.parametrize(
    ("sql", "values", "wanted"),
    [
        ("SELECT id, x FROM $1 ORDER BY id", [FRAME], [(1, "a"), (2, "b"), (3, None)]),
        ("SELECT f.id FROM ? f WHERE id > ? ORDER BY 1", [FRAME, 1], [(2,), (3,)]),
        ("SELECT f.n + ? FROM ? f", [5, {"n": np.arange(1)}], [(5,)]),
        ("SELECT frame.n FROM :f", {"f": [{"n": 1}], "unused": 3}, [(1,)]),
        ("SELECT n FROM $1 AS f(n, m)", [pa.table({"a": [1], "b": [2]})], [(1,)]),
        ("SELECT a.n, b.m FROM $1 a, $2 b", [{"n": [1]}, pl.DataFrame({"m": [2]})], [(1, 2)]),
        ("SELECT a.n FROM $f a JOIN $f b USING (n)", {"f": {"n": [1]}}, [(1,)]),
        ("SELECT t.x FROM t JOIN $1 f ON f.id = t.id", [FRAME], [("one",)]),
        ("SELECT id FROM t WHERE id IN (SELECT id FROM $1)", [FRAME], [(1,)]),
        ("WITH f AS (SELECT * FROM $1) SELECT count(*) FROM f", [FRAME], [(3,)]),
        ("SELECT id FROM $1 ORDER BY v <-> $2 LIMIT 2", [FRAME, [5, 5]], [(3,), (2,)]),
        ("SELECT id, l2(v, ?) FROM ? ORDER BY 2 LIMIT 1", [[5, 5], FRAME], [(3, 0.0)]),
        ("SELECT count(*) FROM $1", [{"n": np.zeros(0)}], [(0,)]),
        (
            "SELECT 1 IS DISTINCT FROM $1, extract(year FROM $2::date)::int",
            [1, "2020-01-01"],
            [(False, 2020)],
        ),
    ],
)
def test_frames_are_read_as_tables(
    connection: vql.Connection, sql: str, values: object, wanted: list[object]
) -> None:
    assert connection.execute(sql, values).fetchall() == wanted  # type: ignore[arg-type]
    assert connection.execute(sql, values).fetchall() == wanted  # type: ignore[arg-type]


def test_statements_that_change_rows_read_frames(connection: vql.Connection) -> None:
    connection.execute("CREATE TABLE made AS SELECT id, v FROM $1", [FRAME])
    assert connection.execute("SELECT * FROM made").description == [
        ("id", "bigint", None, None, None, None, None), ("v", "vector(2)", None, None, None, None, None),
    ]  # fmt: skip
    assert connection.execute("INSERT INTO t SELECT id + 1, x FROM $1 WHERE id < 3", [FRAME]).rowcount == 2
    connection.execute("UPDATE t SET x = f.x FROM $1 f WHERE f.id = t.id", [{"id": [2], "x": ["new"]}])
    connection.execute("DELETE FROM t USING ? f WHERE f.id = t.id", [[{"id": 9}]])
    connection.execute(
        "MERGE INTO t USING $1 f ON f.id = t.id WHEN MATCHED THEN UPDATE SET x = f.x"
        " WHEN NOT MATCHED THEN INSERT VALUES (f.id, f.x)",
        [{"id": [1, 5], "x": ["m", "n"]}],
    )
    found = connection.execute("SELECT id, x FROM t ORDER BY id").fetchall()
    assert found == [(1, "m"), (2, "new"), (3, "b"), (5, "n")]


@pytest.mark.parametrize("level", LEVELS)
def test_a_block_reads_one_frame_after_the_other(connection: vql.Connection, level: str) -> None:
    connection.execute(f"BEGIN ISOLATION LEVEL {level}")
    for number in (11, 12):
        connection.execute("INSERT INTO t SELECT id FROM $1", [{"id": [number]}])
        joined = "SELECT t.id FROM t JOIN $1 f USING (id)"
        assert connection.execute(joined, [{"id": [number, 99]}]).fetchall() == [(number,)]
    assert connection.execute("SELECT count(*) FROM pg_class WHERE relname LIKE '$%'").fetchone() == (0,)
    connection.commit()
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (4,)


@pytest.mark.parametrize(
    ("sql", "values", "sqlstate"),
    [
        ("SELECT * FROM $1", [5], "42804"),
        ("SELECT * FROM $1", [], "42P02"),
        ("SELECT * FROM $1 WHERE id = $2", [FRAME], "07001"),
        ("SELECT * FROM $1", [FRAME, 1], "07001"),
        ("SELECT nope FROM $1 f", [FRAME], "42703"),
        ("SELECT * FROM $1 f AS OF now()", [FRAME], "0A000"),
        ("CREATE VIEW v AS SELECT * FROM $1", [FRAME], "0A000"),
        ("DECLARE c CURSOR FOR SELECT * FROM $1", [FRAME], "0A000"),
        ("PREPARE p AS SELECT * FROM $1", [], "0A000"),
        ("SELECT * FROM $1", [{"v": [[1.0], [1.0, 2.0]]}], "22000"),
    ],
)
def test_what_is_no_frame_or_no_place_for_one_is_refused(
    connection: vql.Connection, sql: str, values: list[object], sqlstate: str
) -> None:
    with pytest.raises(vql.Error) as found:
        connection.execute(sql, values)
    assert found.value.sqlstate == sqlstate
    connection.begin()
    with pytest.raises(vql.Error):
        connection.execute(sql, values)
    assert connection.session.transaction_status == "E"


def test_only_execute_takes_frames(connection: vql.Connection) -> None:
    with pytest.raises(vql.NotSupportedError):
        connection.executemany("INSERT INTO t SELECT id FROM $1", [[FRAME]])
    with pytest.raises(vql.NotSupportedError) as found:
        connection.session.prepare("SELECT * FROM $1")
    assert found.value.position == 15
