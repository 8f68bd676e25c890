"""Conditions on elements of an array column, as PostgreSQL has them: arrays are read, or looked through."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

import vql

ROWS = 4_000
# Texts that look like what arrays are stored as.
WORDS = [
    "a",
    "b",
    "",
    " ",
    ", ",
    '"',
    '", "',
    "[",
    "]",
    "\\",
    'x"',
    "null",
    "NULL",
    "é",
    "日本",
    "a b",
    *map(str, range(200)),
]
Array = list[str | None] | None
Truth = bool | None


def equal_any(array: Array, value: str) -> Truth:
    if array is None or (value not in array and None in array):
        return None
    return value in array


def equal_all(array: Array, value: str) -> Truth:
    if array is None:
        return None
    if any(item not in (value, None) for item in array):
        return False
    return None if None in array else True


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


CONDITIONS: dict[str, Callable[[Array, list[str]], Truth]] = {
    "$1[1] = ANY (tags)": lambda array, given: equal_any(array, given[0]),
    "$1[1] <> ALL (tags)": lambda array, given: negated(equal_any(array, given[0])),
    "$1[1] = ALL (tags)": lambda array, given: equal_all(array, given[0]),
    "$1[1] <> ANY (tags)": lambda array, given: negated(equal_all(array, given[0])),
    "tags && $1": lambda array, given: None if array is None else bool({*array} & {*given}),
    "$1 && tags": lambda array, given: None if array is None else bool({*array} & {*given}),
    "tags @> $1": lambda array, given: None if array is None else {*given} <= {*array},
    "tags <@ $1": lambda array, given: None if array is None else {*array} <= {*given},
    "NOT (tags @> $1)": lambda array, given: None if array is None else not {*given} <= {*array},
}  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[vql.Connection, list[Array]]]:
    """Two sealed segments and a growing one."""
    connection = vql.connect(tmp_path_factory.mktemp("elements") / "db")
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, tags text[])")
    generator = np.random.default_rng(3)
    arrays: list[Array] = []
    for start, stop in ((0, 2_500), (2_500, 3_900), (3_900, ROWS)):
        for _ in range(start, stop):
            chosen = generator.choice([*WORDS, None], generator.integers(0, 4)).tolist()
            arrays.append(None if generator.random() < 0.03 else chosen)
        connection.insert("t", {"id": np.arange(start, stop), "tags": arrays[start:stop]})
        if stop < ROWS:
            connection.execute("VACUUM t")
    yield connection, arrays
    connection.close()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_elements_are_compared_as_postgres_does(table, condition):
    connection, arrays = table
    generator = np.random.default_rng(4)
    for length in (1, 1, 2, 12, 0):
        given = generator.choice(WORDS, length).tolist()
        if condition.startswith("$1[1]"):
            given = given or [", "]
            sql, parameter = condition.replace("$1[1]", "$1"), given[0]
        else:
            sql, parameter = condition, given
        truths = [CONDITIONS[condition](array, given) for array in arrays]
        for test, wanted in (("", True), (" IS NULL", None), (" IS FALSE", False)):
            found = connection.execute(f"SELECT id FROM t WHERE ({sql}){test}", [parameter]).fetchall()
            assert [i for (i,) in found] == [i for i, truth in enumerate(truths) if truth is wanted], (
                sql,
                given,
            )
        plan = connection.execute(f"EXPLAIN SELECT id FROM t WHERE {sql}", [parameter]).fetchall()
        assert not any("DuckDB" in line for (line,) in plan)


def test_every_word_is_found_in_its_arrays_alone(table):
    connection, arrays = table
    for word in WORDS[:20]:
        found = connection.execute("SELECT id FROM t WHERE $1 = ANY (tags)", [word]).fetchall()
        assert [i for (i,) in found] == [i for i, array in enumerate(arrays) if array and word in array], word
