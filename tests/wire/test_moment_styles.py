"""DateStyle, IntervalStyle and TimeZone over the wire; moments beyond Python in both formats."""

from __future__ import annotations

import asyncio
import datetime

import asyncpg
import psycopg
import pytest
from server_process import Server

Row = tuple[object, ...]
Connection = psycopg.Connection[Row]
# DateStyle, IntervalStyle, zone; what PostgreSQL writes of the row below.
SHOWN = [
    ("ISO", "postgres", "UTC",
     ("2020-07-01 10:30:00.5+00", "2020-07-01 12:30:00", "2020-02-01", "10:20:00",
      "1 mon -2 days +03:04:05.6")),
    ("ISO, YMD", "iso_8601", "Europe/Rome",
     ("2020-07-01 12:30:00.5+02", "2020-07-01 12:30:00", "2020-02-01", "10:20:00", "P1M-2DT3H4M5.6S")),
    ("SQL, DMY", "sql_standard", "America/New_York",
     ("01/07/2020 06:30:00.5 EDT", "01/07/2020 12:30:00", "01/02/2020", "10:20:00", "+0-1 -2 +3:04:05.6")),
    ("Postgres, MDY", "postgres_verbose", "Asia/Kolkata",
     ("Wed Jul 01 16:00:00.5 2020 IST", "Wed Jul 01 12:30:00 2020", "02-01-2020", "10:20:00",
      "@ 1 mon -2 days 3 hours 4 mins 5.6 secs")),
    ("German", "postgres", "<+03>-03",
     ("01.07.2020 13:30:00.5 +03", "01.07.2020 12:30:00", "01.02.2020", "10:20:00",
      "1 mon -2 days +03:04:05.6")),
]  # fmt: skip
ROW = "'2020-07-01 10:30:00.5+00', '2020-07-01 12:30', '2020-02-01', '10:20', '1 mon -2 days 03:04:05.6'"
BEYOND = "'infinity', '-infinity', '0044-03-15 BC', '24:00', '-infinity'"


@pytest.fixture
def table(connection: Connection) -> str:
    """A table of one row."""
    connection.execute("DROP TABLE IF EXISTS styled")
    connection.execute("CREATE TABLE styled (z timestamptz, l timestamp, d date, t time, i interval)")
    connection.execute(f"INSERT INTO styled VALUES ({ROW})")  # type: ignore[arg-type]
    return "styled"


def texts(connection: Connection, sql: str, parameters: list[bytes] | None = None) -> list[tuple[str, ...]]:
    """Return the text forms of a result, as they came over the wire."""
    raw = connection.pgconn
    found = raw.exec_(sql.encode()) if parameters is None else raw.exec_params(sql.encode(), parameters)
    assert found.status == psycopg.pq.ExecStatus.TUPLES_OK, found.error_message
    rows = range(found.ntuples)
    return [tuple((found.get_value(i, j) or b"").decode() for j in range(found.nfields)) for i in rows]


@pytest.mark.parametrize(("dates", "intervals", "zone", "shown"), SHOWN)
def test_what_is_shown_is_the_sessions(
    connection: Connection, table: str, dates: str, intervals: str, zone: str, shown: tuple[str, ...]
) -> None:
    for name, value in (("datestyle", dates), ("intervalstyle", intervals), ("timezone", zone)):
        connection.execute(f"SET {name} = '{value}'")  # type: ignore[arg-type]
    assert texts(connection, "SELECT * FROM styled") == [shown]
    assert texts(connection, "SELECT * FROM styled", []) == [shown]
    assert texts(connection, "SELECT array_agg(z) FROM styled")[0][0].strip('{}"') == shown[0]
    copied: list[tuple[object, ...]] = []
    with connection.cursor() as cursor, cursor.copy("COPY styled TO STDOUT") as stream:
        copied += [tuple(row) for row in stream.rows()]
    assert copied == [shown]
    connection.execute("DELETE FROM styled")
    with connection.cursor() as cursor, cursor.copy("COPY styled FROM STDIN") as into:
        into.write("\t".join(shown) + "\n")
    assert texts(connection, "SELECT * FROM styled WHERE z = $1", [shown[0].encode()]) == [shown]


def test_changed_styles_are_reported_in_their_normal_form(connection: Connection) -> None:
    connection.execute("SET datestyle = 'german, mdy'")
    connection.execute("SET timezone = 'europe/rome'")
    connection.execute("SET intervalstyle = 'SQL_standard'")
    status = connection.pgconn.parameter_status
    assert (status(b"DateStyle"), status(b"TimeZone"), status(b"IntervalStyle")) == (
        b"German, MDY", b"Europe/Rome", b"sql_standard",
    )  # fmt: skip


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_reads_aware_datetimes_of_the_sessions_zone(
    connection: Connection, table: str, binary: bool
) -> None:
    connection.execute("SET timezone = 'Asia/Tokyo'")
    found = connection.cursor(binary=binary).execute("SELECT z FROM styled").fetchone()
    assert found is not None
    moment = found[0]
    assert isinstance(moment, datetime.datetime)
    assert moment == datetime.datetime(2020, 7, 1, 10, 30, 0, 500_000, tzinfo=datetime.UTC)
    assert moment.utcoffset() == datetime.timedelta(hours=9)


def test_moments_beyond_python_go_both_ways(connection: Connection, table: str) -> None:
    connection.execute("DELETE FROM styled")
    connection.execute(f"INSERT INTO styled VALUES ({BEYOND})")  # type: ignore[arg-type]
    shown = [("infinity", "-infinity", "0044-03-15 BC", "24:00:00", "-infinity")]
    assert texts(connection, "SELECT * FROM styled") == shown
    binary = connection.pgconn.exec_params(b"SELECT * FROM styled", [], result_format=1)
    values = [binary.get_value(0, column) or b"" for column in range(5)]
    assert [value.hex() for value in values] == [
        "7fffffffffffffff", "8000000000000000", "fff49d7b", "000000141dd76000",
        "8" + "0" * 15 + "80000000" * 2,
    ]  # fmt: skip
    insert = b"INSERT INTO styled VALUES ($1, $2, $3, $4, $5)"
    connection.execute("DELETE FROM styled")
    done = connection.pgconn.exec_params(insert, values, param_formats=[1] * 5)
    assert done.status == psycopg.pq.ExecStatus.COMMAND_OK, done.error_message
    assert texts(connection, "SELECT * FROM styled") == shown


def test_asyncpg_keeps_infinity_and_the_parts_of_intervals(server: Server, table: str) -> None:
    spans = [datetime.timedelta(days=45, hours=30), datetime.timedelta(days=-1, microseconds=7)]
    far = [
        datetime.datetime.max.replace(tzinfo=datetime.UTC),
        datetime.datetime.min.replace(tzinfo=datetime.UTC),
    ]

    async def body() -> None:
        connection = await asyncpg.connect(server.url)
        try:
            for span, moment in zip(spans, far, strict=True):
                await connection.execute("DELETE FROM styled")
                await connection.execute("INSERT INTO styled (i, z) VALUES ($1, $2)", span, moment)
                row = await connection.fetchrow("SELECT i, z FROM styled")
                assert row["i"] == span and row["z"].replace(tzinfo=None) == moment.replace(tzinfo=None)
        finally:
            await connection.close()

    asyncio.run(body())
