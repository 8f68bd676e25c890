"""Where a query may stand: a place is how a query AS OF a moment is asked in it, and what that has to give,
of what the query gave by itself.

Beside what the queries read there are `probe (id int PRIMARY KEY)`, with 1 to `PROBES`, and an empty table
`sink (a int, b text)`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import vql

PROBES = 60


class Answer(NamedTuple):
    """What a statement gave: names and types of its columns, and rows; or an error."""

    columns: tuple[tuple[str, object], ...]
    rows: list[tuple[Any, ...]]
    error: str | None = None


def plain(value: object) -> object:
    return tuple(map(plain, value)) if isinstance(value, list | np.ndarray) else value


def answer(connection: vql.Connection, sql: str, parameters: tuple[object, ...] = ()) -> Answer:
    try:
        cursor = connection.execute(sql, parameters)
    except vql.Error as error:
        return Answer((), [], error.sqlstate)
    if cursor.description is None:
        return Answer((), [])
    columns = tuple((column[0], column[1]) for column in cursor.description)
    return Answer(columns, [tuple(map(plain, row)) for row in cursor.fetchall()])


Ask = Callable[[vql.Connection, str, str], Answer]
Expected = Callable[[Answer], Answer]


def in_block(connection: vql.Connection, *statements: str) -> Answer:
    """Run statements in a block that leaves nothing behind; return what the last gave, or the first error."""
    connection.execute("BEGIN")
    try:
        for statement in statements:
            found = answer(connection, statement)
            if found.error is not None:
                break
        return found
    finally:
        connection.execute("ROLLBACK")


def statement(text: str) -> Ask:
    """Ask by one statement: {q} is the query at its moment, {p} the query, {m} the moment."""
    return lambda c, query, moment: answer(c, filled(text, query, moment))


def block(*texts: str) -> Ask:
    """Ask by statements that leave nothing behind."""
    return lambda c, query, moment: in_block(c, *[filled(text, query, moment) for text in texts])


def filled(text: str, query: str, moment: str) -> str:
    return text.format(q=f"{query} AS OF {moment}", p=query, m=moment)


def prepared(text: str) -> Ask:
    """Ask by a prepared statement, executed twice."""

    def ask(connection: vql.Connection, query: str, moment: str) -> Answer:
        made = answer(connection, f"PREPARE asked AS {filled(text, query, moment)}")
        if made.error is not None:
            return made
        first, second = answer(connection, "EXECUTE asked"), answer(connection, "EXECUTE asked")
        connection.execute("DEALLOCATE asked")
        return second if same(first, second) else first

    return ask


def itself(given: Answer) -> Answer:
    return given


def rows(count: Callable[[int], list[tuple[Any, ...]]]) -> Expected:
    """What follows from the number of rows alone; its columns are not looked at."""
    return lambda given: given if given.error else Answer((), count(len(given.rows)))


def times(count: int) -> Expected:
    return lambda given: given._replace(rows=given.rows * count)


COUNTED = rows(lambda n: [(n,)])
NUMBERED = rows(lambda n: [(i,) for i in range(1, min(n, PROBES) + 1)])
ONE = rows(lambda n: [(1,)])
BELOW = "id <= (SELECT count(*) FROM ({q}) s)"

PLACES: dict[str, tuple[Ask, Expected]] = {
    "alone": (statement("{q}"), itself),
    "FROM": (statement("SELECT * FROM ({q}) s"), itself),
    "inner of outer": (statement("SELECT * FROM ({p}) s AS OF {m}"), itself),
    "inner of inner": (statement("SELECT * FROM (SELECT * FROM ({p}) a) b AS OF {m}"), itself),
    "WITH": (statement("WITH c AS ({q}) SELECT * FROM c"), itself),
    "WITH of outer": (statement("WITH c AS ({p}) SELECT * FROM c AS OF {m}"), itself),
    "MATERIALIZED": (statement("WITH c AS MATERIALIZED ({q}) SELECT * FROM c"), itself),
    "recursion": (
        statement(
            "WITH RECURSIVE r(n) AS (SELECT count(*) FROM ({q}) s UNION ALL"
            " SELECT n + 1 FROM r WHERE n < (SELECT count(*) + 2 FROM ({q}) z)) SELECT count(*) FROM r"
        ),
        rows(lambda n: [(3,)]),
    ),
    "scalar": (statement("SELECT (SELECT count(*) FROM ({q}) s)"), COUNTED),
    "scalar of outer": (statement("SELECT (SELECT count(*) FROM ({p}) s) AS OF {m}"), COUNTED),
    "scalar over rows": (
        statement("SELECT max((SELECT count(*) FROM ({q}) s)) OVER () FROM probe LIMIT 1"),
        COUNTED,
    ),
    "CASE": (
        statement("SELECT CASE WHEN (SELECT count(*) FROM ({q}) s) > 0 THEN 'some' ELSE 'none' END"),
        rows(lambda n: [("some" if n else "none",)]),
    ),
    "EXISTS": (statement("SELECT EXISTS ({q})"), rows(lambda n: [(n > 0,)])),
    "NOT EXISTS": (statement("SELECT 1 WHERE NOT EXISTS ({q})"), rows(lambda n: [(1,)] * (not n))),
    "IN": (
        statement("SELECT id FROM probe WHERE id IN (SELECT row_number() OVER () FROM ({q}) s)"),
        NUMBERED,
    ),
    "ANY": (
        statement("SELECT id FROM probe WHERE id = ANY(ARRAY(SELECT row_number() OVER () FROM ({q}) s))"),
        NUMBERED,
    ),
    "ARRAY": (statement("SELECT cardinality(ARRAY(SELECT 1 FROM ({q}) s))"), COUNTED),
    "WHERE": (statement(f"SELECT id FROM probe WHERE {BELOW}"), NUMBERED),
    "HAVING": (
        statement("SELECT 1 FROM probe HAVING count(*) > (SELECT -1 - count(*) FROM ({q}) s)"),
        ONE,
    ),
    "ORDER BY": (statement("SELECT id FROM probe ORDER BY (SELECT count(*) FROM ({q}) s), id LIMIT 1"), ONE),
    "LIMIT": (statement("SELECT id FROM probe ORDER BY id LIMIT (SELECT count(*) FROM ({q}) s)"), NUMBERED),
    "UNION": (statement("({q}) UNION ALL ({q})"), times(2)),
    "UNION of outer": (statement("({p}) UNION ALL ({p}) AS OF {m}"), times(2)),
    "LATERAL": (
        statement("SELECT s.* FROM (VALUES (1), (2)) o(i), LATERAL (SELECT * FROM ({q}) z WHERE i > 0) s"),
        times(2),
    ),
    "VALUES joined": (statement("SELECT s.* FROM (VALUES (1)) v(one) JOIN ({q}) s ON v.one = 1"), itself),
    "joined": (statement("SELECT s.* FROM probe p JOIN ({q}) s ON p.id = 3"), itself),
    "outer joined": (statement("SELECT s.* FROM ({q}) s LEFT JOIN probe p ON p.id = 3"), itself),
    "grouping sets": (statement("SELECT count(*) FROM ({q}) s GROUP BY GROUPING SETS (())"), COUNTED),
    "window": (
        statement("SELECT max(r) FROM (SELECT row_number() OVER () AS r FROM ({q}) s) z"),
        rows(lambda n: [(n or None,)]),
    ),
    "prepared": (prepared("{q}"), itself),
    "prepared in FROM": (prepared("SELECT * FROM ({q}) s"), itself),
    "EXPLAIN ANALYZE": (block("EXPLAIN ANALYZE SELECT * FROM ({q}) s", "SELECT 1"), ONE),
    "cursor": (block("DECLARE k CURSOR FOR {q}", "FETCH ALL FROM k"), itself),
    "CREATE TABLE AS": (block("CREATE TABLE made AS {q}", "SELECT * FROM made"), itself),
    "CREATE TEMP TABLE AS": (
        block("CREATE TEMP TABLE made AS SELECT * FROM ({q}) s", "SELECT * FROM made"),
        itself,
    ),
    "INSERT": (block("INSERT INTO sink (a) SELECT count(*) FROM ({q}) s RETURNING a"), COUNTED),
    "INSERT of the whole": (
        block("INSERT INTO sink (a) SELECT count(*) FROM ({p}) s AS OF {m}", "SELECT a FROM sink"),
        COUNTED,
    ),
    "VALUES": (block("INSERT INTO sink (a) VALUES ((SELECT count(*) FROM ({q}) s)) RETURNING a"), COUNTED),
    "RETURNING": (block("INSERT INTO sink (a) VALUES (1) RETURNING (SELECT count(*) FROM ({q}) s)"), COUNTED),
    "DO UPDATE": (
        block(
            "INSERT INTO probe VALUES (3) ON CONFLICT (id) DO UPDATE"
            " SET id = -(SELECT count(*) FROM ({q}) s) RETURNING -id"
        ),
        COUNTED,
    ),
    "UPDATE": (
        block("UPDATE probe SET id = -(SELECT count(*) FROM ({q}) s) WHERE id = 7 RETURNING -id"),
        COUNTED,
    ),
    "UPDATE FROM": (
        block(
            "UPDATE probe SET id = -s.n FROM (SELECT count(*) AS n FROM ({q}) z) s WHERE id = 7 RETURNING -id"
        ),
        COUNTED,
    ),
    "DELETE": (block(f"DELETE FROM probe WHERE {BELOW} RETURNING id"), NUMBERED),
    "DELETE USING": (
        block("DELETE FROM probe USING (SELECT count(*) AS n FROM ({q}) z) s WHERE id <= s.n RETURNING id"),
        NUMBERED,
    ),
    "MERGE": (
        block(
            "MERGE INTO sink USING (SELECT count(*) AS n FROM ({q}) z) s ON false"
            " WHEN NOT MATCHED THEN INSERT (a) VALUES (s.n) RETURNING a"
        ),
        COUNTED,
    ),
}


def same(found: Answer, expected: Answer) -> bool:
    """Whether an answer is the one expected, in any order: DuckDB keeps none inside of joins and sets."""
    if found.error or expected.error:
        return found.error == expected.error
    if expected.columns and found.columns != expected.columns:
        return False
    return Counter(map(repr, found.rows)) == Counter(map(repr, expected.rows))
