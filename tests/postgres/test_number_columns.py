"""Arithmetic, comparison and order of columns of numbers, as PostgreSQL has them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import psycopg
import pytest

import vql

COLUMNS = "id int, n numeric(8,4), u numeric, f float8, r real, i int, s smallint, b bigint, v vector(1)"
ROWS = """
    (1, 2.9, 2.50, 5.5, 0.1, 7, 3, 5, '[1]'),
    (2, 1.5, 'NaN', 'NaN', 0.25, -7, -2, 9223372036854775807, '[2]'),
    (3, null, 1e30, null, null, null, null, null, null),
    (5, 0, 0.00, 'inf', '-inf', 0, 0, 0, '[0]'),
    (4, -3.25, 100, 1e308, 3e38, 2147483647, 32767, -9223372036854775808, '[-1]'),
    (6, 0.1, 0.1000000000000000055, 0.1, -0.0, 2, 2, 1, '[4]')
"""
NAMES = ("n", "u", "f", "r", "i", "s", "b")
VALUES = [
    *(f"{a} {op} {b}" for a in NAMES for b in NAMES for op in "+-*/%"),
    *(f"{a} {op} {b}" for a in NAMES for b in ("2", "2.50", "'2'", "2.5::float8") for op in "+-*/"),
    *(f"{a} {op} {b}" for a in ("2", "2.50", "'2'", "2.5::float8") for b in NAMES for op in "+-*/"),
    *(f"-{a}" for a in NAMES), *(f"{a} % 3" for a in ("i", "s", "b", "n", "u")), "1 - (v <-> '[3]')",
    "(v <-> '[3]') * n", "(v <-> '[3]') / 0",
]  # fmt: skip
TYPES = ("smallint", "integer", "bigint", "real", "double precision", "numeric", "numeric(6,1)")
CASTS = [
    *(f"{name}::{type_}" for name in NAMES for type_ in TYPES),
    *(f"{value}::{type_}" for value in ("2.5", "-2.5::float8", "5") for type_ in TYPES),
    *("i::boolean", "i::bit(8)", "b::bit(40)", "5::bit(8)"),
]
CONSTANTS = ("0.1", "0.1::float8", "0.1::real", "7", "2.5", "'2'")
CONDITIONS = [
    *(f"{a} {op} {b}" for a in NAMES for b in NAMES for op in ("=", "<", ">=")),
    *(f"{a} {op} {b}" for a in NAMES for b in CONSTANTS for op in "=<"),
    "n * f > 10", "f = 'NaN'", "u = 'NaN'", "u > 1e29", "b = 9223372036854775808",
    "b > 9223372036854775806.5",
    "b < 9223372036854775807::float8", "i IN (7, 7.5, 9223372036854775808)", "r IN (0.1, 0.25)", "s = 70000",
    "i BETWEEN 1.5 AND 8", "n IN (2.9, 0.00)", "u IN (2.5, 0)", "n = 2.5::int", "n < 5::bigint",
    "r = 0.1::real",
]  # fmt: skip
CHANGES = [
    "UPDATE t SET n = n * f WHERE id = 1", "UPDATE t SET n = n * 1.5::float8, i = i / 2 WHERE id = 2",
    "UPDATE t SET u = n / 3, f = n, r = u WHERE id = 6", "UPDATE t SET n = n * 10000 WHERE id = 1",
    "UPDATE t SET s = s + 1 WHERE id = 4", "UPDATE t SET i = n * 2 WHERE id = 2",
    "UPDATE t SET i = f WHERE id = 1",
    "INSERT INTO t (id, n, u) SELECT id + 10, n * f, n * 2.50 FROM t WHERE id = 1",
    "INSERT INTO t (id, i) VALUES (20, 2.5), (21, 3.5)", "INSERT INTO t (id, i) VALUES (22, 2.5::float8)",
    "INSERT INTO t (id, n) VALUES (23, true)", "UPDATE t SET i = true",
    "INSERT INTO t (id, n) VALUES (24, 10000)",
    "INSERT INTO t (id, r) VALUES (25, 1e300)", "INSERT INTO t (id, n) VALUES (26, 1.00005)",
]  # fmt: skip


@pytest.fixture(scope="module")
def sides(postgres_uri, tmp_path_factory):
    """Connections to PostgreSQL and to VQL, with one table in both."""
    with psycopg.connect(postgres_uri, autocommit=True) as there:
        here = vql.connect(tmp_path_factory.mktemp("numbers") / "db")
        there.execute(f"CREATE TEMP TABLE t ({COLUMNS})")
        here.execute(f"CREATE TABLE t ({COLUMNS})")
        for connection in (there, here):
            connection.execute(f"INSERT INTO t VALUES {ROWS}")
        yield there, here
        here.close()


def text_of(value):
    """Return a value as text that keeps the scale of a numeric."""
    if isinstance(value, np.ndarray):
        return "".join(np.where(value, "1", "0"))
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def shown(connection, statement, *parameters):
    """Return rows as text, or an error's code and message."""
    try:
        rows = connection.execute(statement, *parameters).fetchall()
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary
    except vql.Error as error:
        return error.sqlstate, error.message
    return [tuple(map(text_of, row)) for row in rows]


def singles(rows):
    """Return reals as the float4 they are: a driver reads their shortest digits as doubles."""
    return [tuple(None if cell == "None" else np.float32(cell) for cell in row) for row in rows]


@pytest.mark.parametrize(
    "expressions", [VALUES[:200], VALUES[200:], CASTS], ids=["pairs", "constants", "casts"]
)
def test_values(sides, expressions):
    there, here = sides
    for expression in expressions:
        try:
            kind = there.execute(f"SELECT pg_typeof({expression}) FROM t WHERE id = 3").fetchone()[0]
        except psycopg.Error:
            continue  # an operator that is not there, or an error of every row
        whole = shown(there, f"SELECT {expression} FROM t ORDER BY id")
        ends = ["ORDER BY id"] if isinstance(whole, list) else [f"WHERE id = {row}" for row in range(1, 7)]
        for end in ends:
            statement = f"SELECT {expression} FROM t {end}"
            expected, found = shown(there, statement), shown(here, statement)
            if kind == "real" and isinstance(expected, list) and isinstance(found, list):
                expected, found = singles(expected), singles(found)
            assert str(found) == str(expected), statement


def test_conditions_and_orders(sides):
    there, here = sides
    statements = [f"SELECT id FROM t WHERE {condition} ORDER BY id" for condition in CONDITIONS]
    statements += [
        f"SELECT id FROM t WHERE id <> 4 ORDER BY {value}, id" for value in (*NAMES, "n * f", "u DESC")
    ]
    statements += [f"SELECT DISTINCT ON ({name}) {name} FROM t ORDER BY {name}" for name in ("n", "u", "f")]
    for statement in statements:
        assert shown(here, statement) == shown(there, statement), statement


def test_parameters_beside_numeric(sides):
    there, here = sides
    for expression, value in (
        ("n + {}", Decimal("1.50")),
        ("n * {}::float8", 2.5),
        ("f * {}::numeric", Decimal("0.1")),
    ):
        found = shown(here, f"SELECT {expression.format('?')} FROM t WHERE id = 1", (value,))
        assert found == shown(there, f"SELECT {expression.format('%s')} FROM t WHERE id = 1", (value,)), (
            expression
        )


def test_changes_keep_what_was_computed(sides):
    there, here = sides
    for statement in CHANGES:
        outcomes = []
        for connection in (there, here):
            connection.execute("BEGIN")
            try:
                connection.execute(statement)
                outcome = shown(connection, "SELECT id, n, u, f, i, s, b FROM t ORDER BY id")
            except psycopg.Error as error:
                outcome = error.sqlstate, error.diag.message_primary
            except vql.Error as error:
                outcome = error.sqlstate, error.message
            connection.execute("ROLLBACK")
            outcomes.append(outcome)
        assert outcomes[1] == outcomes[0], statement


def test_an_error_of_a_row_that_is_not_seen_is_none(sides):
    _, here = sides
    here.execute("CREATE TABLE gone (i int)")
    here.execute("INSERT INTO gone VALUES (0), (5)")
    here.execute("DELETE FROM gone WHERE i = 0")
    assert here.execute("SELECT i FROM gone WHERE 10 / i > 1").fetchall() == [(5,)]
    here.execute("INSERT INTO gone VALUES (0)")
    with pytest.raises(vql.DataError, match="division by zero"):
        here.execute("SELECT i FROM gone WHERE 10 / i > 1").fetchall()
