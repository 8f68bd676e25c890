"""Columns by id: a table's definition may change, what is stored stays and is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import vql
from vql import schema
from vql.naming import find_object
from vql.session.database import check
from vql.storage.columns.column import Column
from vql.storage.segments.layout import missing
from vql.storage.transactions.transaction import Transaction
from vql.storage.upkeep.seal import seal
from vql.types.type import INTEGER, TEXT, Type


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


def alter(connection, change):
    """Give t the columns that `change` makes of its own; return the version before."""
    store = connection.database.store
    before = store.snapshot()
    transaction = Transaction(store, before)
    table = before.table("t")
    transaction.alter_table(replace(table, columns=tuple(change(table.columns))))
    transaction.commit()
    return before.version


def add(*columns):
    return lambda before: (*before, *columns)


def drop(name):
    return lambda before: (column for column in before if column.name != name)


def all_rows(connection, moment=""):
    return connection.execute(f"SELECT * FROM t {moment} ORDER BY 1").fetchall()


def plain(rows):
    return [tuple(cell.tolist() if isinstance(cell, np.ndarray) else cell for cell in row) for row in rows]


BEFORE = [(i, f"b{i}", [i, i]) for i in range(5)]


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("maintained", [False, True])
def test_rows_written_before_a_column_have_its_default(connection, reopened, maintained):
    version = alter(connection, add(schema.Column("c", INTEGER, missing="7"), schema.Column("d", TEXT)))
    connection.execute("INSERT INTO t VALUES (5, 'b5', '[5,5]', 50, 'd5')")
    if maintained:
        connection.execute("VACUUM t")
    if reopened:
        connection = vql.connect(connection.database.path)
    now = [(*row, 7, None) for row in BEFORE] + [(5, "b5", [5, 5], 50, "d5")]
    assert plain(all_rows(connection)) == now
    assert plain(all_rows(connection, f"AS OF VERSION {version}")) == BEFORE
    assert connection.execute("SELECT a FROM t WHERE c = 7 ORDER BY a").fetchall() == [(i,) for i in range(5)]
    assert connection.execute("SELECT a, c FROM t ORDER BY v <-> '[5,5]' LIMIT 2").fetchall() == [
        (5, 50),
        (4, 7),
    ]
    if reopened:
        connection.close()


def test_a_dropped_column_is_read_by_the_past_alone(connection):
    version = alter(connection, drop("b"))
    connection.execute("INSERT INTO t VALUES (5, '[5,5]')")
    now = [(a, v) for a, _, v in BEFORE] + [(5, [5, 5])]
    assert plain(all_rows(connection)) == now
    assert plain(all_rows(connection, f"AS OF VERSION {version}")) == BEFORE
    connection.execute("VACUUM t")
    assert plain(all_rows(connection)) == now
    assert plain(all_rows(connection, f"AS OF VERSION {version}")) == BEFORE


def test_a_dropped_column_is_not_opened(connection):
    alter(connection, drop("b"))
    segment = connection.database.store.contents(16500).sealed[0]
    all_rows(connection)
    assert [column.name for column in segment.layout] == ["a", "v"]
    assert segment._columns.keys() <= {0, 1} and segment.column(1).type == Type("vector", 2)


def test_the_id_of_a_dropped_column_is_not_given_again(connection):
    version = alter(connection, drop("b"))
    alter(connection, add(schema.Column("b", INTEGER)))
    table = connection.database.store.snapshot().table("t")
    assert table.column_ids == (0, 2, 3) and table.next_column_id == 4
    connection.execute("INSERT INTO t VALUES (5, '[5,5]', 5)")
    connection.execute("VACUUM t")
    assert plain(all_rows(connection)) == [(a, v, None) for a, _, v in BEFORE] + [(5, [5, 5], 5)]
    assert plain(all_rows(connection, f"AS OF VERSION {version}")) == BEFORE


def test_names_and_places_change_nothing(connection):
    def turned(before):
        a, b, v = before
        return (v, replace(b, name="brand"), a)

    version = alter(connection, turned)
    connection.execute("INSERT INTO t (a, brand, v) VALUES (5, 'b5', '[5,5]')")
    wanted = [*BEFORE, (5, "b5", [5, 5])]
    assert plain(connection.execute("SELECT a, brand, v FROM t ORDER BY a").fetchall()) == wanted
    assert plain(all_rows(connection, f"AS OF VERSION {version}")) == BEFORE
    with pytest.raises(vql.IntegrityError):
        connection.execute("INSERT INTO t (a) VALUES (3)")
    connection.execute("DELETE FROM t WHERE a = 3")
    connection.execute("INSERT INTO t (a) VALUES (3)")
    connection.execute("VACUUM t")
    assert connection.execute("SELECT brand FROM t WHERE a = 3").fetchall() == [(None,)]


def test_old_and_new_segments_merge(connection):
    alter(connection, add(schema.Column("w", Type("vector", 2), missing="[1,2]")))
    for i in range(5, 9):
        connection.execute("INSERT INTO t VALUES (?, ?, ?, ?)", (i, f"b{i}", [i, i], [i, 0]))
        store = connection.database.store
        seal(store, store.snapshot().table("t"), 0, force=True)
    assert len(store.contents(16500).sealed) > 4
    connection.execute("VACUUM t")
    assert len(store.contents(16500).sealed) == 1
    wanted = [(*row, [1, 2]) for row in BEFORE] + [(i, f"b{i}", [i, i], [i, 0]) for i in range(5, 9)]
    assert plain(all_rows(connection)) == wanted


def test_a_dropped_column_goes_when_nobody_can_read_it(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.database.maintainer.in_background = False
        connection.execute("CREATE TABLE t (a int, b text) WITH (retention = '0')")
        connection.execute("INSERT INTO t VALUES (1, 'x')")
        version = alter(connection, drop("b"))
        connection.execute("INSERT INTO t VALUES (2)")
        connection.execute("VACUUM t")
        (segment,) = connection.database.store.contents(16500).sealed
        assert {name.split(".")[0] for name in segment.record["blobs"]} & {"0", "1"} == {"0"}
        assert all_rows(connection) == [(1,), (2,)]
        with pytest.raises(vql.Error) as caught:
            all_rows(connection, f"AS OF VERSION {version}")
        assert caught.value.sqlstate == "72000"
    assert check(tmp_path / "db") == []


def test_an_index_stays_with_its_column(tmp_path):
    n = 6_000
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (a int, b int, v vector(2)) WITH (retention = 'forever')")
        vectors = np.arange(2 * n, dtype="f4").reshape(n, 2)
        connection.insert("t", {"a": np.arange(n), "b": np.arange(n) % 100, "v": vectors})
        connection.execute("CREATE INDEX ON t (b)")
        connection.execute("CREATE INDEX ON t (a, b)")
        connection.execute(
            "CREATE INDEX ON t USING hnsw (v vector_l2_ops) WITH (m = 4, ef_construction = 10)"
        )
        version = alter(connection, drop("a"))
        (segment,) = connection.database.store.contents(16500).sealed
        assert segment.vector_index(1, "l2") is not None and segment.vector_index(0, "l2") is None
        assert len(segment.scalar_indexes) == 1  # the other needs a column that is gone
        nearest = "SELECT b FROM t {} WHERE b = 7 ORDER BY v <-> '[0,0]' LIMIT 3"
        assert connection.execute(nearest.format("")).fetchall() == [(7,)] * 3
        past = connection.database.store.snapshot(version).segments(16500)[0]
        assert past.vector_index(2, "l2") is not None and len(past.scalar_indexes) == 2
        assert connection.execute(nearest.format(f"AS OF VERSION {version}")).fetchall() == [(7,)] * 3


def test_rows_of_a_transaction_follow_its_definitions(connection):
    store = connection.database.store
    transaction = Transaction(store, store.snapshot())
    table = transaction.view().table("t")
    pair = [
        Column.from_values(c.type, [cell]) for c, cell in zip(table.columns, (5, "b5", None), strict=True)
    ]
    transaction.insert(table, tuple(pair))
    token = transaction.savepoint()
    made = transaction.alter_table(
        replace(table, columns=(*table.columns, schema.Column("c", INTEGER, missing="7")))
    )
    own = transaction.view().segments(made.table_id)[-1]
    assert own.column(3).values() == [7]
    transaction.rollback_to(token)
    made = transaction.alter_table(replace(table, columns=table.columns[:2]))
    assert transaction.view().segments(made.table_id)[-1].column(1).values() == ["b5"]
    transaction.commit()
    assert all_rows(connection) == [(i, f"b{i}") for i in range(6)]


def test_a_row_inserted_while_a_column_is_added_is_refused(connection):
    store = connection.database.store
    transaction = Transaction(store, store.snapshot())
    table = transaction.view().table("t")
    transaction.insert(table, tuple(Column.from_values(c.type, [None]) for c in table.columns))
    alter(connection, add(schema.Column("c", INTEGER)))
    with pytest.raises(vql.OperationalError) as caught:
        transaction.commit()
    assert caught.value.sqlstate == "40001"


@pytest.mark.parametrize("text", [None, "[1,2]"])
def test_a_missing_column_is_one_value_for_all_rows(text):
    column = missing(schema.Column("w", Type("vector", 2), missing=text), 3)
    assert len(column) == 3
    assert [None if cell is None else list(cell) for cell in column.values()] == [text and [1, 2]] * 3


def test_names_are_found_through_the_search_path(connection):
    tables = connection.database.store.snapshot().tables
    path = ("other", "public")
    found = find_object(tables, ("t",), path)
    assert found is find_object(tables, ("public", "t"), ()) is not None
    assert find_object(tables, ("t",), ("other",)) is None
    assert find_object(tables, ("other", "t"), path) is None
