"""Whole columns handed to `insert`: they are kept as they are, or refused; later changes of an array do
not reach the database."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from statements import rows

import vql

UTC = datetime.UTC
NOON = datetime.datetime(2024, 1, 2, 12, 0)
MIDNIGHT = datetime.datetime(2024, 1, 2)
NANOS = np.array(["2024-01-02T00:00:00.000000001"], "datetime64[ns]")
SECONDS, FAR = np.array([7], "M8[s]"), np.array([1 << 45], "M8[s]")
# Type of a column, a value that it keeps and how it reads back, values that it would cut or round, as lists.
KEPT_AND_LOST = [
    ("smallint", [2.0], 2, [[2.5], [Decimal("0.1")], [40_000], [1e9], [float("nan")]]),
    ("integer", [Decimal("2.00")], 2, [[1, 2.5], [None, 0.1], [1 << 40], [float("inf")], [Decimal("1e30")]]),
    ("bigint", [-(2.0**63)], -(2**63), [[2.5], [2.0**63], [1 << 63], [1e300]]),
    ("real", [0.5], 0.5, [[1e300], [1e-300], [(1 << 24) + 1]]),
    ("double precision", [2**53], 2.0**53, [[(1 << 53) + 1], [10**400]]),
    ("numeric(5, 2)", [Decimal("1.250")], Decimal("1.25"), [[Decimal("1.239")], [Decimal("0.001")]]),
    ("numeric(5, 2)", [0.1 + 0.2], Decimal("0.30"), [[1e9]]),
    ("date", [MIDNIGHT], MIDNIGHT.date(), [[NOON]]),
    ("boolean", [True], True, [[2], [0.5]]),
]  # fmt: skip
# Type, array that it keeps, arrays that it does not.
ARRAYS = [
    ("smallint", np.array([2], "i8"), [np.array([40_000]), np.array([2.5]), np.array([np.nan])]),
    ("integer", np.array([2.0]), [np.array([2.5]), np.array([1 << 40]), np.array([2.0**31]), SECONDS]),
    ("bigint", np.array([7], "u8"), [np.array([1 << 63], "u8"), np.array([2.0**63]), np.array([0.1], "f4")]),
    ("real", np.array([0.1]), [np.array([1e300]), np.array([1e-300]), np.array([(1 << 24) + 1])]),
    ("double precision", np.array([1 << 53]), [np.array([(1 << 53) + 1]), np.array([2**63 - 1]), SECONDS]),
    ("date", np.array(["2024-01-02"], "M8[s]"), [np.array([NOON], "M8[us]"), np.array([1 << 40], "M8[D]")]),
    ("timestamp", np.array([NOON], "M8[ns]"), [NANOS, FAR]),
    ("timestamptz", np.array([NOON], "M8[ms]"), [NANOS, np.array([1 << 60], "M8[s]")]),
    ("vector(2)", np.array([[1, 2]]), [np.array([[2**24 + 1, 0]]), np.array([[1e300, 0]]), SECONDS[:, None]]),
    ("halfvec(2)", np.array([[0.5, 2]]), [np.array([[1e6, 0]])]),
    ("bit(2)", np.array([[True, False]]), [np.array([[2, 0]])]),
]  # fmt: skip
REFUSED = ("22003", "22023", "22008", "22P02", "22000", "42804")


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        yield made


def refused(connection, data):
    with pytest.raises(vql.DatabaseError) as caught:
        connection.insert("t", data)
    assert caught.value.sqlstate in REFUSED
    assert rows(connection, "SELECT * FROM t") == []


@pytest.mark.parametrize(("type_", "kept", "reads", "lost"), KEPT_AND_LOST)
def test_no_value_of_a_list_is_cut_or_rounded(connection, type_, kept, reads, lost):
    connection.execute(f"CREATE TABLE t (c {type_})")
    for cells in lost:
        refused(connection, {"c": cells})
        refused(connection, {"c": np.array([*cells, None], object)[:-1]})
    connection.insert("t", {"c": kept})
    assert rows(connection, "SELECT c FROM t") == [(reads,)]


@pytest.mark.parametrize(("type_", "kept", "lost"), ARRAYS)
def test_no_number_of_an_array_is_cut_or_rounded(connection, type_, kept, lost):
    connection.execute(f"CREATE TABLE t (c {type_})")
    for array in lost:
        refused(connection, {"c": array})
    connection.insert("t", {"c": kept})
    [(found,)] = rows(connection, "SELECT c FROM t")
    assert np.array_equal(np.asarray(found, np.asarray(kept).dtype), kept[0]) or np.isclose(found, kept[0])


@pytest.mark.parametrize("frame", [pyarrow.table, pandas.DataFrame, polars.DataFrame])
def test_no_value_of_a_frame_is_cut_or_rounded(connection, frame):
    for type_, cells in (
        ("integer", [1.0, 2.5]), ("smallint", [40_000]), ("bigint", [Decimal("1.5")]), ("date", [NOON]),
        ("numeric(5, 1)", [Decimal("1.25")]),
    ):  # fmt: skip
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute(f"CREATE TABLE t (c {type_})")
        refused(connection, frame({"c": cells}))


def test_arrow_moments_are_not_cut(connection):
    for type_, array in (
        ("timestamp", pyarrow.array([1], pyarrow.timestamp("ns"))),
        ("timestamptz", pyarrow.array([1 << 50], pyarrow.timestamp("s", "UTC"))),
        ("date", pyarrow.array([NOON], pyarrow.timestamp("us"))),
    ):
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute(f"CREATE TABLE t (c {type_})")
        refused(connection, pyarrow.table({"c": array}))


def test_a_column_of_whole_floats_and_nulls_is_one_of_integers(connection):
    connection.execute("CREATE TABLE t (c integer)")
    connection.insert("t", pandas.DataFrame({"c": [1.0, None, 3.0]}))
    assert rows(connection, "SELECT c FROM t ORDER BY c") == [(1,), (3,), (None,)]


def test_arrays_changed_before_the_commit_do_not_change_the_rows(connection):
    connection.execute("CREATE TABLE t (id int, x double precision, v vector(2))")
    ids, numbers, vectors = np.arange(3, dtype="i4"), np.zeros(3), np.ones((3, 2), np.float32)
    frame = pyarrow.table({"id": pyarrow.array(ids), "x": pyarrow.array(numbers)})
    connection.begin()
    connection.insert("t", {"id": ids, "x": numbers, "v": vectors})
    connection.insert("t", frame)
    ids[:], numbers[:], vectors[:] = 9, np.nan, np.nan
    connection.commit()
    assert rows(connection, "SELECT id, x FROM t ORDER BY id, x") == [(i, 0.0) for i in (0, 0, 1, 1, 2, 2)]
    assert rows(connection, "SELECT count(*) FROM t WHERE v <-> '[1,1]' = 0") == [(3,)]
