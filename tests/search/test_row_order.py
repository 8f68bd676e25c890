"""What DuckDB computes for rows of ours belongs to these rows, past its vectors of 2,048 rows and its groups
of 122,880, over several segments and threads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import vql

ROWS, SEGMENT = 126_000, 63_000
NEAR = "ORDER BY v <-> '[0,0]'"
# Each with what it is for row i; DuckDB joins to compute them.
EXPRESSIONS = {
    "'a' = ANY(tags || '{d}'::text[])": lambda i: i % 3 == 0,
    "(SELECT count(*) FROM g WHERE g.id <= t.g)": lambda i: i % 7 + 1,
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    connection = vql.connect(tmp_path_factory.mktemp("order") / "db")
    connection.execute("SET vql.threads = 4")
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, g int, tags text[], v vector(2))")
    connection.execute("CREATE TABLE g (id int PRIMARY KEY, name text)")
    connection.execute("INSERT INTO g SELECT i, 'group ' || i FROM generate_series(0, 6) i")
    ids = np.arange(ROWS)
    vectors = np.random.default_rng(1).normal(size=(ROWS, 2)).astype("f4")
    for start in range(0, ROWS, SEGMENT):
        part = ids[start : start + SEGMENT]
        tags = [["a", "b"] if i % 3 == 0 else ["c"] for i in part.tolist()]
        connection.insert("t", {"id": part, "g": part % 7, "tags": tags, "v": vectors[part]})
    yield connection
    connection.close()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_rows_of_a_search_keep_their_order_and_their_values(connection, expression):
    order = [i for (i,) in connection.execute(f"SELECT id FROM t {NEAR} LIMIT {ROWS}").fetchall()]
    found = connection.execute(f"SELECT id, {expression} FROM t {NEAR} LIMIT {ROWS}").fetchall()
    assert found == [(i, EXPRESSIONS[expression](i)) for i in order]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_values_and_conditions_are_those_of_their_rows(connection, expression):
    of_row = EXPRESSIONS[expression]
    found = connection.execute(f"SELECT id FROM t WHERE {expression} = $1", [of_row(3)]).fetchall()
    assert sorted(i for (i,) in found) == [i for i in range(ROWS) if of_row(i) == of_row(3)]
    connection.execute("BEGIN")
    changed = connection.execute(f"UPDATE t SET tags = ARRAY[({expression})::text] RETURNING id, tags")
    assert sorted(changed.fetchall()) == [(i, [str(of_row(i)).lower()]) for i in range(ROWS)]
    connection.execute("ROLLBACK")


def test_computed_rows_are_inserted_and_returned_in_their_order(connection):
    connection.execute("CREATE TABLE made (number int GENERATED ALWAYS AS IDENTITY, id int, name text)")
    found = connection.execute(
        "INSERT INTO made (id, name) SELECT id, (SELECT name FROM g WHERE g.id = t.g) FROM t ORDER BY id"
        " RETURNING number, id, name"
    ).fetchall()
    assert found == [(i + 1, i, f"group {i % 7}") for i in range(ROWS)]
    connection.execute("DROP TABLE made")
