"""timestamp without time zone as users hand it over and get it back: Python, numpy, Arrow, frames."""

from __future__ import annotations

import datetime

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vql
from vql.errors import Error
from vql.types.type import Type

TIMESTAMP = Type("timestamp")
NOON = datetime.datetime(2026, 11, 1, 12)
PAST = datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999)


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path) as connected:
        connected.execute("CREATE TABLE t (id int PRIMARY KEY, at timestamp)")
        yield connected


@given(st.datetimes())
def test_every_form_gives_the_moment_back(moment):
    base = TIMESTAMP.base
    assert TIMESTAMP.from_text(TIMESTAMP.to_text(moment)) == moment
    assert base.from_binary(base.to_binary(moment), None) == moment
    assert TIMESTAMP.from_stored(TIMESTAMP.stored(moment)) == moment


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (NOON, NOON),
        (NOON.date(), datetime.datetime(2026, 11, 1)),
        (NOON.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2))), NOON.replace(hour=10)),
        ("2026-11-01T12:00+05", NOON),
        (np.datetime64(NOON), NOON),
    ],
)
def test_coerce_gives_a_moment_without_a_zone(value, canonical):
    made = TIMESTAMP.coerce(value)
    assert made == canonical and made.tzinfo is None


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (5, "42804"),
        ("soon", "22007"),
        ("2026-02-30", "22008"),
        ("294277-01-01", "22008"),
        (b"\xff" * 7, "42804"),
    ],
)
def test_what_is_no_timestamp_is_refused(value, state):
    with pytest.raises(Error) as refused:
        TIMESTAMP.coerce(value)
    assert refused.value.sqlstate == state


def test_a_binary_form_beyond_python_is_its_text():
    assert TIMESTAMP.base.from_binary((2**62).to_bytes(8, "big"), None) == "148138-07-06 14:00:27.387904"


def test_a_binary_form_beyond_all_years_is_out_of_range():
    with pytest.raises(Error) as refused:
        TIMESTAMP.base.from_binary((-(2**63) + 1).to_bytes(8, "big", signed=True), None)
    assert refused.value.sqlstate == "22008"


def test_parameters_are_stored_and_found(connection):
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, NOON), (2, None), (3, PAST)])
    assert connection.execute("SELECT at FROM t ORDER BY at").fetchall() == [(PAST,), (NOON,), (None,)]
    assert connection.execute("SELECT id FROM t WHERE at = ?", (NOON,)).fetchall() == [(1,)]
    assert connection.execute("SELECT id FROM t WHERE at = ANY(?)", ([NOON, PAST],)).rowcount == 2


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_arrays_of_datetime64_go_in_whole(connection, unit):
    moments = np.array([NOON, "NaT", PAST], f"datetime64[{unit}]")
    connection.insert("t", {"id": [1, 2, 3], "at": moments})
    found = [row[0] for row in connection.execute("SELECT at FROM t ORDER BY id").fetchall()]
    assert found[:2] == [NOON, None] and found[2] == moments[2].astype("datetime64[us]").item()


@pytest.mark.parametrize("frame", [pyarrow.table, pandas.DataFrame, polars.DataFrame])
def test_frames_go_in_and_come_out(connection, frame):
    connection.insert("t", frame({"id": [1, 2, 3], "at": [NOON, None, PAST]}))
    answer = connection.execute("SELECT at FROM t ORDER BY id")
    assert answer.fetchall() == [(NOON,), (None,), (PAST,)]
    table = answer.arrow()
    assert table.schema.field("at").type == pyarrow.timestamp("us")
    assert table.column("at").to_pylist() == [NOON, None, PAST]
    assert polars.from_arrow(table)["at"].to_list() == [NOON, None, PAST]
    assert answer.numpy()["at"].tolist() == [NOON, None, PAST]


def test_an_array_of_timestamps_is_a_list(connection):
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, NOON), (2, PAST)])
    assert connection.execute("SELECT array_agg(at ORDER BY at) FROM t").fetchall() == [([PAST, NOON],)]


def test_the_past_keeps_its_moments(connection):
    connection.execute("INSERT INTO t VALUES (1, ?)", (NOON,))
    ((version,),) = connection.execute("SELECT vql_version()").fetchall()
    connection.execute("UPDATE t SET at = at + interval '1 day'")
    past = connection.execute(f"SELECT at FROM t AS OF VERSION {version}").fetchall()
    assert past == [(NOON,)]
    assert connection.execute("SELECT at FROM t").fetchall() == [(NOON + datetime.timedelta(days=1),)]


def test_sealed_rows_and_an_index_give_the_same(connection):
    moments = np.datetime64("2026-01-01", "us") + np.arange(5000) * np.timedelta64(1, "h")
    connection.insert("t", {"id": np.arange(5000, dtype=np.int32), "at": moments})
    connection.execute("CREATE INDEX ON t (at)")
    connection.execute("VACUUM t")
    wanted = [(i,) for i in range(24 * 31, 24 * 32)]
    found = connection.execute(
        "SELECT id FROM t WHERE at >= '2026-02-01' AND at < '2026-02-02' ORDER BY id"
    ).fetchall()
    assert found == wanted
