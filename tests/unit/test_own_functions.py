"""Functions of Python that SQL calls: `Connection.create_function`."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

import vql
from vql.errors import Error


@pytest.fixture
def connection(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, name text, day date, v vector(2))")
        connection.execute(
            "INSERT INTO t SELECT g, 'n' || g, date '2020-01-01' + g, array[g, 1]::real[]::vector"
            " FROM generate_series(1, 3000) g"
        )
        yield connection


def rows(connection, sql, *parameters):
    return connection.execute(sql, parameters).fetchall()


def state(connection, sql):
    with pytest.raises(Error) as raised:
        connection.execute(sql).fetchall()
    return raised.value.sqlstate, str(raised.value)


def test_a_function_is_called_wherever_an_expression_may_stand(connection):
    connection.create_function("embed", lambda text: np.array([len(text), 1.0]), ["text"], "vector")
    assert rows(connection, "SELECT embed('abc')::text") == [("[3,1]",)]
    assert rows(connection, "SELECT id FROM t ORDER BY v <-> embed('abc') LIMIT 2") == [(3,), (2,)]
    assert rows(connection, "SELECT count(*) FROM t WHERE embed(name) = '[2,1]'") == [(9,)]
    assert rows(connection, "SELECT embed(?)::text", "hello") == [("[5,1]",)]
    connection.execute("INSERT INTO t (id, v) VALUES (0, embed('four'))")
    connection.execute("UPDATE t SET v = embed(name) WHERE id = 1")
    assert rows(connection, "SELECT v::text FROM t WHERE id < 2 ORDER BY id") == [("[4,1]",), ("[2,1]",)]


def test_it_gets_and_gives_what_cursors_do(connection):
    seen = []
    day = datetime.timedelta(1)
    connection.create_function("next_day", lambda d: seen.append(d) or d + day, ["date"], "date")
    assert rows(connection, "SELECT next_day(day) FROM t WHERE id = 1") == [(datetime.date(2020, 1, 3),)]
    assert seen[-1] == datetime.date(2020, 1, 2)
    connection.create_function("total", sum, ["int[]"], "bigint")
    assert rows(connection, "SELECT total(ARRAY[1, 2, 3])") == [(6,)]
    connection.create_function("five", lambda: 5, [], "int")
    assert rows(connection, "SELECT five() + id FROM t WHERE id = 2") == [(7,)]


def test_null_reaches_what_is_not_strict(connection):
    connection.create_function("strict_one", lambda x: "called", ["int"], "text")
    connection.create_function("other_one", lambda x: None if x else "null", ["int"], "text", strict=False)
    assert rows(connection, "SELECT strict_one(NULL), other_one(NULL), other_one(1)") == [
        (None, "null", None)
    ]


def test_an_error_is_38000_and_ends_the_transaction(connection):
    connection.create_function("bad", lambda x: 1 // 0, ["int"], "int")
    told = ("38000", "function bad: ZeroDivisionError: integer division or modulo by zero")
    assert state(connection, "SELECT bad(1)") == told
    assert state(connection, "SELECT sum(bad(id)) FROM t") == told
    connection.begin()
    assert state(connection, "UPDATE t SET id = bad(id)") == told
    assert state(connection, "SELECT 1")[0] == "25P02"
    connection.rollback()
    connection.create_function("wrong", lambda x: "no number", ["int"], "int")
    assert state(connection, "SELECT wrong(1)")[0] == "38000"


def test_another_one_takes_its_place_and_types_tell_them_apart(connection):
    connection.create_function("twice", lambda x: 2 * x, ["int"], "int")
    assert rows(connection, "SELECT twice(id) FROM t WHERE id = 7") == [(14,)]
    connection.create_function("twice", lambda x: x + x + 1, ["int"], "int")
    connection.create_function("twice", lambda x: x + x, ["text"], "text")
    assert rows(connection, "SELECT twice(id) FROM t WHERE id = 7") == [(15,)]
    assert rows(connection, "SELECT sum(twice(id)), max(twice(name)) FROM t WHERE id < 3") == [(8, "n2n2")]
    assert state(connection, "SELECT twice(true)")[0] == "42883"


def test_what_is_stored_calls_immutable_ones_alone(connection):
    connection.create_function("now_and_then", lambda x: x, ["int"], "int")
    connection.create_function("always", lambda x: x + 1, ["int"], "int", volatility="immutable")
    connection.execute("CREATE TABLE g (a int, b int GENERATED ALWAYS AS (always(a)) STORED)")
    connection.execute("INSERT INTO g VALUES (4)")
    assert rows(connection, "SELECT b FROM g") == [(5,)]
    with pytest.raises(Error, match="not immutable") as raised:
        connection.execute("CREATE TABLE h (a int, b int GENERATED ALWAYS AS (now_and_then(a)) STORED)")
    assert raised.value.sqlstate == "42P17"
    assert raised.value.hint == 'Say volatility="immutable" in create_function where its value never changes.'


def test_wrong_declarations_are_refused(connection):
    for arguments, expected in (
        (("length", len, ["text"], "int"), "42723"),
        (("f", len, ["none_such"], "int"), "42704"),
        (("f", len, ["text"], "none_such"), "42704"),
    ):
        with pytest.raises(Error) as raised:
            connection.create_function(*arguments)
        assert raised.value.sqlstate == expected
    with pytest.raises(Error):
        connection.create_function("f", len, ["text"], "int", volatility="often")


def test_it_is_of_its_process_and_database(connection, tmp_path):
    connection.create_function("mine", lambda: 1, [], "int")
    with vql.connect(tmp_path / "db") as beside, vql.connect(tmp_path / "other") as other:
        assert rows(beside, "SELECT mine()") == [(1,)]
        assert state(other, "SELECT mine()")[0] == "42883"
