"""The session's zone and styles: what is read, shown and refused."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

import vql
from vql.types.type import type_named

UTC = datetime.UTC
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
MIDNIGHT = datetime.datetime(2023, 12, 31, 15, tzinfo=UTC)  # of 2024 in Tokyo


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        made.execute("CREATE TABLE t (id int PRIMARY KEY, z timestamptz, l timestamp, d date, i interval)")
        made.execute("SET timezone = 'Asia/Tokyo'")
        yield made


def one(connection, sql, *parameters):
    return connection.execute(sql, parameters).fetchone()


@pytest.mark.parametrize(
    ("setting", "given", "shown"),
    [
        ("timezone", "europe/rome", "Europe/Rome"), ("timezone", "utc", "UTC"), ("timezone", "3", "<+03>-03"),
        ("timezone", "-7.5", "<-07:30>+07:30"), ("timezone", "est5edt", "EST5EDT"),
        ("timezone", "EST5EDT,M3.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0"),
        ("datestyle", "german", "German, DMY"), ("datestyle", "iso, ymd", "ISO, YMD"),
        ("datestyle", "sql", "SQL, MDY"),
        ("datestyle", "european", "ISO, DMY"), ("intervalstyle", "ISO_8601", "iso_8601"),
    ],
)  # fmt: skip
def test_settings_are_shown_in_their_normal_form(connection, setting, given, shown):
    connection.execute(f"SET {setting} = '{given}'")
    assert one(connection, f"SHOW {setting}") == (shown,)


@pytest.mark.parametrize(
    ("setting", "given"),
    [("timezone", "nowhere"), ("timezone", "200"), ("datestyle", "martian"), ("datestyle", "iso, sql"),
     ("intervalstyle", "iso")],
)  # fmt: skip
def test_wrong_settings_are_refused(connection, setting, given):
    with pytest.raises(vql.Error) as refused:
        connection.execute(f"SET {setting} = '{given}'")
    assert refused.value.sqlstate == "22023"


def test_set_time_zone_local_is_the_default(connection):
    connection.execute("SET TIME ZONE LOCAL")
    assert one(connection, "SHOW timezone") == ("UTC",)


def test_texts_without_a_zone_are_the_sessions(connection):
    connection.execute("INSERT INTO t VALUES (1, '2024-01-01', '2024-01-01 10:00+02')")
    assert one(connection, "SELECT z, l FROM t") == (MIDNIGHT, datetime.datetime(2024, 1, 1, 10))
    assert one(connection, "SELECT id FROM t WHERE z = '2024-01-01'") == (1,)
    assert one(connection, "SELECT id FROM t WHERE z = '2023-12-31 15:00Z'") == (1,)


def test_parameters_without_a_zone_are_the_sessions(connection):
    naive = datetime.datetime(2024, 1, 1)
    for key, value in enumerate([naive, "2024-01-01", MIDNIGHT, naive.replace(tzinfo=TOKYO), naive.date()]):
        connection.execute("INSERT INTO t (id, z) VALUES (?, ?)", (key, value))
    assert connection.execute("SELECT DISTINCT z FROM t").fetchall() == [(MIDNIGHT,)]
    connection.execute("UPDATE t SET l = ? WHERE id = 0", (MIDNIGHT,))
    assert one(connection, "SELECT l FROM t WHERE id = 0") == (naive,)


def test_the_zone_is_that_of_the_moment_of_execution(connection):
    sql = "SELECT id FROM t WHERE z = '2024-01-01'"
    connection.execute("INSERT INTO t (id, z) VALUES (1, '2024-01-01')")
    assert one(connection, sql) == (1,)
    connection.execute("SET timezone = 'UTC'")
    assert one(connection, sql) is None
    connection.execute("BEGIN")
    connection.execute("SET LOCAL timezone = 'Asia/Tokyo'")
    assert one(connection, sql) == (1,)
    connection.execute("COMMIT")
    assert one(connection, sql) is None


def test_as_of_is_read_in_the_sessions_zone(connection):
    connection.execute("INSERT INTO t (id) VALUES (1)")
    then = datetime.datetime.now(UTC)
    connection.execute("INSERT INTO t (id) VALUES (2)")
    local = then.astimezone(TOKYO).replace(tzinfo=None)
    assert one(connection, f"SELECT count(*) FROM t AS OF '{local}'") == (1,)
    assert one(connection, "SELECT count(*) FROM t AS OF ?", str(local)) == (1,)
    connection.execute(f"SET vql.as_of = '{local}'")
    assert one(connection, "SELECT count(*) FROM t") == (1,)
    connection.execute("RESET vql.as_of")
    with pytest.raises(vql.Error) as refused:
        connection.execute(f"SELECT count(*) FROM t AS OF '{then.replace(tzinfo=None)}'")
    assert refused.value.sqlstate == "72000"


def test_the_order_of_day_and_month_is_the_sessions(connection):
    connection.execute("INSERT INTO t (id, d) VALUES (1, '2/3/2020')")
    connection.execute("SET datestyle = 'ISO, DMY'")
    connection.execute("INSERT INTO t (id, d) VALUES (2, '2/3/2020')")
    found = connection.execute("SELECT d FROM t ORDER BY id").fetchall()
    assert found == [(datetime.date(2020, 2, 3),), (datetime.date(2020, 3, 2),)]


BEYOND = [
    ("infinity", "infinity"), ("-infinity", "-infinity"), ("0044-03-15 BC", "0044-03-15 BC"),
    ("12345-06-07", "12345-06-07"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kept"), BEYOND)
def test_days_beyond_python_are_kept_compared_and_shown(connection, text, kept):
    connection.execute(f"INSERT INTO t (id, d) VALUES (1, '{text}'), (2, '2020-01-01')")
    assert one(connection, "SELECT d FROM t WHERE id = 1") == (kept,)
    assert one(connection, "SELECT id FROM t WHERE d = ?", kept) == (1,)
    first = 1 if text.startswith("-") or text.endswith("BC") else 2
    assert connection.execute("SELECT id FROM t ORDER BY d").fetchall()[0] == (first,)


def test_intervals_with_months_are_kept_compared_and_ordered(connection):
    month, day = vql.Interval(1, 2, 3), datetime.timedelta(days=1, seconds=5)
    connection.execute("INSERT INTO t (id, i) VALUES (1, ?), (2, ?)", (month, day))
    connection.execute("INSERT INTO t (id, i) VALUES (3, '24:00'), (4, ?)", (np.timedelta64(90, "s"),))
    assert connection.execute("SELECT i FROM t ORDER BY i").fetchall() == [
        (datetime.timedelta(seconds=90),), (datetime.timedelta(days=1),), (day,), (month,),
    ]  # fmt: skip
    assert one(connection, "SELECT id FROM t WHERE i = '1 day'") == (3,)
    assert one(connection, "SELECT id FROM t WHERE i > '31 days'") == (1,)


@pytest.mark.parametrize("text", ["1 mon", "24:00:00", "-1 days +02:03:00", "infinity", "1 year -1 days"])
def test_what_users_get_of_an_interval_loses_nothing(connection, text):
    connection.execute("INSERT INTO t (id, i) VALUES (1, ?)", (text,))
    value = one(connection, "SELECT i FROM t")[0]
    connection.execute("UPDATE t SET i = ?", (value,))
    (again,) = one(connection, "SELECT i FROM t")
    assert again == value
    assert type_named("interval").to_text(again) == text


def test_an_interval_compares_as_postgres_does():
    month = vql.Interval(months=1)
    assert month == vql.Interval(days=30) == datetime.timedelta(days=30)
    assert hash(month) == hash(datetime.timedelta(days=30))
    assert datetime.timedelta(days=31) > month > datetime.timedelta(days=29)
    assert str(vql.Interval(14, -3, 5_000_000)) == "1 year 2 mons -3 days +00:00:05"


def test_precisions_round_and_are_shown_by_the_catalog(connection):
    connection.execute("CREATE TABLE p (a timestamp(3), b timestamptz(0), c time(1), d interval(2), e date)")
    moments = "'2020-01-01 00:00:00.1235', '2020-01-01 00:00:00.5+00'"
    connection.execute(f"INSERT INTO p VALUES ({moments}, '10:00:00.25', '1.239 s', NULL)")
    second = datetime.timedelta(seconds=1)
    assert one(connection, "SELECT * FROM p") == (
        datetime.datetime(2020, 1, 1, 0, 0, 0, 124_000), datetime.datetime(2020, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime.time(10, 0, 0, 300_000), second * 1.24, None,
    )  # fmt: skip
    sql = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
    shown = connection.execute(f"{sql} WHERE attrelid = 'p'::regclass AND attnum > 0").fetchall()
    assert [text for (text,) in shown] == [
        "timestamp(3) without time zone", "timestamp(0) with time zone", "time(1) without time zone",
        "interval(2)", "date",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("z::text", ("2024-01-01 00:00:00+09", "infinity", None)),
        ("z::date::text", ("2024-01-01", "infinity", None)),
        ("l::timestamptz::text", ("2024-01-01 10:00:00+09", "-infinity", None)),
        ("(z AT TIME ZONE 'Europe/Rome')::text", ("2023-12-31 16:00:00", "infinity", None)),
        ("date_trunc('month', z)::text", ("2024-01-01 00:00:00+09", "infinity", None)),
        ("to_char(z, 'DD Mon HH24 TZ')", ("01 Jan 00 JST", None, None)),
        ("l::timestamp(0)::text", ("2024-01-01 10:00:00", "-infinity", None)),
        ("i::text", ("1 mon", "24:00:00", None)),
        ("i::interval(0)::text", ("1 mon", "24:00:00", None)),
        ("(d + interval '1 mon')::text", ("2024-01-31 00:00:00", "infinity", None)),
    ],
)
def test_expressions_over_columns_are_of_the_session(connection, expression, kept):
    connection.execute("INSERT INTO t VALUES (1, '2024-01-01', '2024-01-01 10:00', '2023-12-31', '1 mon')")
    connection.execute("INSERT INTO t VALUES (2, 'infinity', '-infinity', 'infinity', '24:00')")
    connection.execute("INSERT INTO t (id) VALUES (3)")
    found = connection.execute(f"SELECT {expression} FROM t ORDER BY id").fetchall()
    assert found == [(value,) for value in kept]


def test_aggregates_of_intervals_pass_over_null(connection):
    connection.execute("INSERT INTO t (id, i) VALUES (1, '1 mon'), (2, '24:00'), (3, NULL)")
    found = one(connection, "SELECT max(i), sum(i)::text, count(i) FROM t")
    assert found == (vql.Interval(1), "1 mon 24:00:00", 2)
    assert one(connection, "SELECT max(i), sum(i) FROM t WHERE id = 3") == (None, None)
