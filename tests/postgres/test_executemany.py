"""executemany leaves and answers what one statement after the other does, here and in PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from server_process import Server

import vql

Row = tuple[Any, ...]
TABLE = (
    "CREATE TABLE counted (id {key}, n int NOT NULL, name text DEFAULT 'new', v vector(2), PRIMARY KEY (id))"
)
INSERT = "INSERT INTO counted (id, n, v) VALUES (%s, %s, %s)"
NAMED = "INSERT INTO counted AS c VALUES (%s, %s, %s)"
STATEMENTS = {
    "do nothing": f"{INSERT} ON CONFLICT DO NOTHING",
    "last wins": f"{INSERT} ON CONFLICT (id) DO UPDATE SET n = excluded.n, v = excluded.v",
    "counted": f"{INSERT} ON CONFLICT (id) DO UPDATE SET n = counted.n + excluded.n RETURNING id, n, name, v",
    "largest": f"{NAMED} ON CONFLICT (id) DO UPDATE SET n = excluded.n, name = c.name || excluded.name"
    " WHERE c.n < excluded.n RETURNING name",
    "parameters": f"{NAMED} ON CONFLICT (id) DO UPDATE SET n = c.n * 2 + %s, name = %s",
    "a default": f"{INSERT} ON CONFLICT (id) DO UPDATE SET name = DEFAULT, n = 7 WHERE counted.n IS NOT NULL",
    "overflow": f"{INSERT} ON CONFLICT (id) DO UPDATE SET n = counted.n + 2147483600 RETURNING n",
    "a parameter asked": f"{INSERT} ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE counted.n < %s",
    "another key": f"{INSERT} ON CONFLICT (id) DO UPDATE SET id = excluded.id + 1000",
    "no conflict": f"{INSERT} RETURNING id",
    "a sub-query": f"{INSERT} ON CONFLICT (id) DO UPDATE SET n = (SELECT max(n) FROM counted)",
}
SEEDS = 2
KEYS = {"int": lambda x: x, "numeric": lambda x: Decimal(x) / 4, "text": lambda x: f"k{x}"}


def given_rows(chance: random.Random, name: str, key: str) -> list[Row]:
    """Return parameters of some executions: keys that come again, and now and then one that is refused."""
    count, keys = chance.choice([2, 9, 60]), chance.choice([1, 4, 40, 1000])
    rows = []
    for _ in range(count):
        n = None if chance.random() < 0.005 else chance.randrange(100)
        row: list[Any] = [KEYS[key](chance.randrange(keys)), n]
        row.append(f"t{n}" if name in ("largest", "parameters") else f"[{n or 0},1]")
        if name == "parameters":
            row += [chance.randrange(9), chance.choice(["a", None, "b"])]
        if name == "a parameter asked":
            row.append(chance.randrange(100))
        rows.append(tuple(row))
    return rows


class Side:
    """A database that statements are executed many times in."""

    def begin(self, definition: str) -> None:
        """Make the table anew."""

    def many(self, sql: str, rows: Sequence[Row]) -> tuple[str, int, list[Row]]:
        """Return the error of executions, how many rows they have changed and what they return."""
        raise NotImplementedError

    def content(self) -> list[Row]:
        """Return the rows of the table."""
        raise NotImplementedError


class Wire(Side):
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def begin(self, definition: str) -> None:
        self._connection.execute("DROP TABLE IF EXISTS counted")
        self._connection.execute(definition)

    def many(self, sql: str, rows: Sequence[Row]) -> tuple[str, int, list[Row]]:
        returned: list[Row] = []
        with self._connection.cursor() as cursor:
            try:
                cursor.executemany(sql, rows, returning="RETURNING" in sql)
            except psycopg.Error as error:
                return str(error.sqlstate), -1, []
            if "RETURNING" not in sql:
                return "", cursor.rowcount, []
            count = 0
            while True:
                count += cursor.rowcount
                returned += cursor.fetchall()
                if not cursor.nextset():
                    return "", count, returned

    def content(self) -> list[Row]:
        return self._connection.execute("SELECT * FROM counted ORDER BY id", prepare=False).fetchall()

    def close(self) -> None:
        self._connection.close()


class Embedded(Side):
    """This process; without `at_once` one statement is executed after the other."""

    def __init__(self, connection: vql.Connection, at_once: bool) -> None:
        self._connection = connection
        self._at_once = at_once

    def begin(self, definition: str) -> None:
        self._connection.execute("DROP TABLE IF EXISTS counted")
        self._connection.execute(definition)

    def many(self, sql: str, rows: Sequence[Row]) -> tuple[str, int, list[Row]]:
        sql = sql.replace("%s", "?")
        try:
            if self._at_once:
                return "", self._connection.executemany(sql, rows).rowcount, []
            self._connection.begin()
            count = sum(self._connection.execute(sql, row).rowcount for row in rows)
            self._connection.commit()
            return "", count, []
        except vql.Error as error:
            self._connection.rollback()
            return str(error.sqlstate), -1, []

    def content(self) -> list[Row]:
        return self._connection.execute("SELECT * FROM counted").fetchall()


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory, postgres_uri: str) -> Iterator[list[Side]]:
    """PostgreSQL, this over the wire, embedded at once and one by one, in this order."""
    folder = tmp_path_factory.mktemp("executemany")
    server = Server(folder / "served", workers=1)
    postgres, wire = Wire(postgres_uri), Wire(server.url)
    with vql.connect(folder / "a") as together, vql.connect(folder / "b") as apart:
        yield [postgres, wire, Embedded(together, True), Embedded(apart, False)]
    wire.close()
    postgres.close()
    server.stop()


@pytest.mark.parametrize("name", STATEMENTS)
def test_many_executions_are_one_after_the_other(sides: list[Side], name: str):
    sql = STATEMENTS[name]
    for seed in range(SEEDS):
        chance = random.Random(f"{name} {seed}")
        key = chance.choice([*KEYS]) if name != "another key" else "int"
        for side in sides:
            side.begin(TABLE.format(key=key))
        for _ in range(3):
            rows = given_rows(chance, name, key)
            outcomes = [side.many(sql, rows) for side in sides]
            assert outcomes[1] == outcomes[0], (seed, rows)
            assert [outcome[:2] for outcome in outcomes[2:]] == [outcomes[0][:2]] * 2, (seed, rows)
            by_wire = [list(map(repr, side.content())) for side in sides[:2]]
            assert by_wire[1] == by_wire[0], (seed, rows)
            together, apart = (list(map(repr, side.content())) for side in sides[2:])
            assert together == apart, (seed, rows)
            assert len(together) == len(by_wire[0])
