"""A key finds what comparing every row finds, whatever the types of the column and the value are."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from statements import rows

import vql

UTC = datetime.UTC
NUMBERS = (
    "0", "1", "-1", "1.0", "1e0", "1.5", "-0.0", "1::smallint", "1::bigint", "1.0::float8", "1::real",
    "0.1", "0.1::real", "'NaN'::float8", "'Infinity'::float8", "1.00::numeric(5,2)", "32768", "2147483647",
    "2147483648", "9007199254740992", "9007199254740993", "9007199254740993.0", "9007199254740992.0::float8",
    "1.5::int", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551617",
    "1e30", "100000000000000000000000000000001", "100000000000000000000000000000002", "1e400",
)  # fmt: skip
MOMENTS = (
    "'2024-01-02'", "'2024-01-02'::date", "'2024-01-02'::timestamp", "'2024-01-02 00:00:00+00'::timestamptz",
    "'2024-01-02 12:00'::timestamp", "'2024-01-02 12:00+00'::timestamptz", "'9999-12-31'::date",
    "'0001-01-01'",
)  # fmt: skip
TEXTS = ("'a'", "'a'::varchar", "'a'::text", "'A'", "''", "'1'", "'t'", "'ä'")
UUIDS = (
    "'6BA7B810-9DAD-11D1-80B4-00C04FD430C8'", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid",
    "'{6ba7b8109dad11d180b400c04fd430c8}'",
)  # fmt: skip
# Type of the key, the keys there are, what they are compared with.
COLUMNS = [
    ("smallint", ["0", "1", "-1", "32767", "-32768"], NUMBERS),
    ("int", ["0", "1", "-1", "2147483647", "-2147483648"], NUMBERS),
    ("bigint", ["0", "1", "9007199254740992", "9007199254740993", "9223372036854775807"], NUMBERS),
    ("real", ["0", "1", "0.5", "0.1", "'NaN'", "'Infinity'", "16777216"], NUMBERS),
    ("double precision", ["'-0'", "1", "0.1", "'NaN'", "'-Infinity'", "9007199254740992"], NUMBERS),
    ("numeric", ["-0.0", "1.50", "1", "100000000000000000000000000000001", "0.1", "'NaN'"], NUMBERS),
    ("numeric(5, 2)", ["0", "1.50", "1"], NUMBERS),
    ("date", ["'2024-01-02'", "'0001-01-01'", "'9999-12-31'"], MOMENTS),
    ("timestamp", ["'2024-01-02'", "'2024-01-02 12:00'", "'9999-12-31 23:59:59.999999'"], MOMENTS),
    ("timestamptz", ["'2024-01-02 00:00+00'", "'2024-01-02 12:00+00'"], MOMENTS),
    ("text", ["'a'", "''", "'1'", "'ä'"], TEXTS),
    ("varchar(3)", ["'a'", "'A'"], TEXTS),
    ("boolean", ["true", "false"], ("true", "'t'", "'true'::boolean", "false")),
    ("uuid", ["'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"], UUIDS),
]
PARAMETERS = {
    "int": [1, 1.0, True, Decimal("1.0"), 10**12, "1"], "bigint": [1 << 53, 2.0**53, 10**30, Decimal("1e30")],
    "smallint": [1, 1.0, 70_000], "numeric": [1, 1.5, Decimal("1.500"), Decimal(10**32 + 1), 10**32 + 2],
    "real": [0.1, 0.5, 1, float("nan")], "double precision": [0.1, 1, -0.0, float("nan"), (1 << 53) + 1],
    "date": [datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2)],
    "timestamptz": [datetime.datetime(2024, 1, 2, tzinfo=UTC), datetime.date(2024, 1, 2)],
}  # fmt: skip


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as made:
        yield made


DECLARED = ("PRIMARY KEY", "UNIQUE", "UNIQUE NULLS NOT DISTINCT")


def made(connection, type_, keys, declared="PRIMARY KEY"):
    connection.execute(f"CREATE TABLE t (k {type_} {declared}, b int)")
    for place, key in enumerate(keys):
        connection.execute(f"INSERT INTO t VALUES ({key}, {place})")


def outcome(connection, sql, parameters=()):
    """Return rows as texts, or the SQLSTATE: NaN is to equal itself."""
    try:
        return str(sorted(map(str, rows(connection, sql, parameters))))
    except vql.Error as error:
        return error.sqlstate


def same_answers(connection, condition, parameters=()):
    """Every way to ask: by key, by a scan, sorted, in the past, changing rows."""
    by_key = outcome(connection, f"SELECT k, b FROM t WHERE k = {condition}", parameters)
    ways = {
        "scan": f"SELECT k, b FROM t WHERE k = {condition} AND b >= 0",
        "sort": f"SELECT k, b FROM t WHERE k = {condition} ORDER BY b",
        "past": f"SELECT k, b FROM t WHERE k = {condition} AS OF SNAPSHOT 'then'",
    }
    answers = {way: outcome(connection, sql, parameters) for way, sql in ways.items()}
    assert answers == dict.fromkeys(ways, by_key), condition
    for change in (f"UPDATE t SET b = b WHERE k = {condition}", f"DELETE FROM t WHERE k = {condition}"):
        connection.begin()
        changed = outcome(connection, f"{change} RETURNING k, b", parameters)
        connection.rollback()
        assert changed == by_key, (change, parameters)
    return by_key


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize(("type_", "keys", "conditions"), COLUMNS, ids=[c[0] for c in COLUMNS])
def test_key_and_scan_agree(connection, type_, keys, conditions, declared):
    made(connection, type_, keys, declared)
    connection.execute("CREATE SNAPSHOT 'then'")
    # The past has other rows in `keys` than are there now.
    connection.execute("CREATE TABLE other (k int)")
    for condition in conditions:
        same_answers(connection, condition)
    for parameter in PARAMETERS.get(type_, []):
        same_answers(connection, "?", [parameter])
    for key in keys:
        assert same_answers(connection, f"CAST({key} AS {type_})") != "[]", key


@pytest.mark.parametrize("type_", ["numeric", "double precision", "real"])
def test_the_past_is_found_by_keys_that_are_gone(connection, type_):
    made(connection, type_, ["1", "0.5", "'NaN'"])
    connection.execute("CREATE SNAPSHOT 'then'")
    connection.execute("DELETE FROM t")
    for key in ("1", "1.0", "0.5", "'NaN'"):
        found = outcome(connection, f"SELECT b FROM t WHERE k = {key} AS OF SNAPSHOT 'then'")
        assert found != "[]", key


def test_long_decimals_are_keys_of_their_own(connection):
    connection.execute("CREATE TABLE t (k numeric PRIMARY KEY, b int)")
    for last in range(3):
        connection.execute(f"INSERT INTO t VALUES (10000000000000000000000000000000{last}.{last}0, {last})")
    for last in range(3):
        found = f"SELECT b FROM t WHERE k = 10000000000000000000000000000000{last}.{last}"
        assert rows(connection, found) == [(last,)]
    for same in ("1.0", "1", "1.000"):
        connection.execute(f"INSERT INTO t VALUES ({same}, 7) ON CONFLICT (k) DO UPDATE SET b = t.b + 1")
    assert rows(connection, "SELECT b FROM t WHERE k = 1") == [(9,)]
    with pytest.raises(vql.IntegrityError):
        connection.execute("INSERT INTO t VALUES (0), (-0.0)")


@pytest.mark.parametrize("declared", DECLARED)
def test_keys_of_rows_that_are_not_committed(connection, declared):
    made(connection, "numeric", ["1"], declared)
    connection.begin()
    connection.execute("INSERT INTO t VALUES (2.50, 5)")
    assert rows(connection, "SELECT b FROM t WHERE k = 2.5") == [(5,)]
    assert rows(connection, "SELECT b FROM t WHERE k = 2.5::float8") == [(5,)]


def test_a_kept_statement_reads_its_literals_anew(connection):
    for type_, key, count in (
        ("date", "'2024-01-02'", 1),
        ("timestamptz", "'2024-01-02'", 1),
        ("text", "'2024-1-2'", 0),
    ):
        connection.execute("DROP TABLE IF EXISTS t")
        made(connection, type_, [key])
        for _ in range(3):
            found = rows(connection, "SELECT b FROM t WHERE k = '2024-01-02' AND b >= 0")
            assert len(found) == count, type_
            assert connection.execute("UPDATE t SET b = 0 WHERE k = '2024-01-02'").rowcount == count


def test_a_cast_is_made_before_values_are_compared(connection):
    connection.execute("CREATE TABLE t (k real PRIMARY KEY, d float8, i int)")
    connection.execute("INSERT INTO t VALUES (0.1, 0.1, 2)")
    for condition, count in (
        ("k = 0.1::real", 1), ("k = 0.1", 0), ("d = 0.1", 1), ("d = 0.1::real", 0), ("i = 1.5::int", 1),
        ("i = 1.5", 0),
    ):  # fmt: skip
        for rest in ("", " AND i > 0"):
            found = rows(connection, f"SELECT i FROM t WHERE {condition}{rest}")
            assert found == [(2,)] * count, condition


def test_parameters_are_not_rounded(connection):
    made(connection, "int", ["1", "2"])
    for sql in ("SELECT b FROM t WHERE k = ?", "INSERT INTO t VALUES (?, 0)", "DELETE FROM t WHERE k = ?"):
        with pytest.raises(vql.DataError) as caught:
            connection.execute(sql, [1.5])
        assert caught.value.sqlstate == "22023"
