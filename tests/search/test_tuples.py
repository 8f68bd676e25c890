"""Queries that go through few rows give what DuckDB gives, and go to DuckDB where rows are many."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

import vql
from vql.executor.tuples import execution
from vql.executor.tuples.program import Program
from vql.session.statements import relations

ROWS = 400
TABLES = (
    "CREATE TABLE t (id int PRIMARY KEY, kind int, brand text, price numeric(8,2), score float8, day date,"
    " tags text[], UNIQUE (kind, brand))",
    "CREATE TABLE u (id bigint PRIMARY KEY, t_id int, note varchar(10), at timestamptz)",
    "CREATE INDEX ON u (t_id)",
    "CREATE TABLE none (id int PRIMARY KEY, kind int)",
    "CREATE TABLE v (id int PRIMARY KEY, e vector(2))",
)
QUERIES = (
    "SELECT 1, NULL, 'a' || 1, upper('x'), 1.50 + 1, ARRAY[1, 2], (1, 'a')",
    "SELECT count(*), count(score), min(score), max(score), min(day), max(id), sum(kind) FROM t",
    "SELECT count(*), max(price), min(brand), sum(price), avg(score) FROM t WHERE kind = 3",
    "SELECT count(*), max(kind), sum(kind) FROM none",
    "SELECT count(*), max(kind) FROM none WHERE kind > 7 HAVING count(*) > 0",
    "SELECT kind, count(*), count(DISTINCT brand), sum(price) FILTER (WHERE score > 0) FROM t WHERE id < 90"
    " GROUP BY kind HAVING count(*) > 1 ORDER BY kind NULLS FIRST",
    "SELECT brand, string_agg(id::text, ',' ORDER BY id DESC) FROM t WHERE id < 40 GROUP BY 1 ORDER BY 1",
    "SELECT array_agg(DISTINCT kind ORDER BY kind) FROM t WHERE id < 50",
    "SELECT upper(brand), price * 2, day + 1, coalesce(score, -1) FROM t WHERE id = 17",
    "SELECT id, CASE WHEN kind > 2 THEN 'big' WHEN kind IS NULL THEN 'none' ELSE brand END FROM t"
    " WHERE id BETWEEN 3 AND 30 ORDER BY id",
    "SELECT id FROM t WHERE length(brand) = 2 AND id IN (1, 2, 3, 50, NULL) ORDER BY id",
    "SELECT id FROM t WHERE id NOT IN (1, 2) AND id < 6 ORDER BY 1",
    "SELECT id FROM t WHERE kind = ANY (ARRAY[1, 2]) AND id < 40 AND lower(brand) > 'b1' ORDER BY id",
    "SELECT id, 'b1' = ANY (tags), 'b1' <> ALL (tags) FROM t WHERE id < 20 ORDER BY id",
    "SELECT t.id, u.note FROM t JOIN u ON u.t_id = t.id WHERE t.id = 5 ORDER BY u.id",
    "SELECT t.id, u.id FROM u JOIN t ON u.t_id = t.id WHERE u.id IN (1, 2, 3, 4) ORDER BY 1, 2",
    "SELECT t.id, u.note FROM t LEFT JOIN u ON u.t_id = t.id AND u.note > 'n5' WHERE t.id < 12 ORDER BY 1, 2",
    "SELECT t.id, u.id FROM u RIGHT JOIN t ON t.id = u.t_id WHERE t.id < 12 ORDER BY 1, 2 NULLS FIRST",
    "SELECT a.id, b.id FROM t a, t b WHERE a.kind = b.kind AND a.brand = b.brand AND a.id < 9 ORDER BY 1, 2",
    "SELECT a.id, b.id FROM t a CROSS JOIN t b WHERE a.id < 4 AND b.id < a.id ORDER BY 1, 2",
    "SELECT id, (SELECT count(*) FROM u WHERE u.t_id = t.id) FROM t WHERE id < 9 ORDER BY id",
    "SELECT id, (SELECT max(note) FROM u WHERE u.t_id = t.id AND u.id > t.kind) FROM t WHERE id < 9"
    " ORDER BY 1",
    "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE t_id = t.id AND note = 'n4') AND id < 60"
    " ORDER BY 1",
    "SELECT EXISTS (SELECT 1 FROM t WHERE id = 4000), NOT EXISTS (SELECT FROM none)",
    "SELECT id FROM t WHERE id IN (SELECT t_id FROM u WHERE id < 20) ORDER BY id",
    "SELECT id FROM t WHERE kind > ALL (SELECT kind FROM none) AND id < 5 ORDER BY id",
    "SELECT id FROM t WHERE id < 9 AND kind NOT IN (SELECT kind FROM t WHERE id > 380) ORDER BY id",
    "SELECT ARRAY(SELECT id FROM t WHERE id < 5 ORDER BY id DESC), (SELECT id FROM none)",
    "SELECT (SELECT (a.id, b) FROM t a WHERE a.id = b) FROM generate_series(1, 3) b",
    "WITH x AS (SELECT id, kind FROM t WHERE id < 9) SELECT x.id, y.id FROM x JOIN x y USING (kind)"
    " ORDER BY 1, 2",
    "WITH x AS (SELECT id FROM t WHERE id < 4) SELECT * FROM x UNION ALL SELECT id + 1 FROM x ORDER BY 1",
    "SELECT s.kind, s.n FROM (SELECT kind, count(*) AS n FROM t WHERE id < 70 GROUP BY kind) s"
    " WHERE s.n > 2 ORDER BY 1",
    "SELECT t.id, l.note FROM t, LATERAL (SELECT note FROM u WHERE u.t_id = t.id ORDER BY u.id LIMIT 1) l"
    " WHERE t.id < 20 ORDER BY 1",
    "SELECT DISTINCT kind FROM t WHERE id < 60 ORDER BY kind DESC NULLS LAST LIMIT 4 OFFSET 1",
    "SELECT DISTINCT ON (kind) kind, id FROM t WHERE id < 60 ORDER BY kind, price DESC, id",
    "SELECT kind FROM t WHERE id < 9 INTERSECT SELECT kind FROM t WHERE id > 350 ORDER BY 1",
    "SELECT kind FROM t WHERE id < 30 EXCEPT ALL SELECT kind FROM t WHERE id > 380 ORDER BY 1",
    "VALUES (1, 'a'), (2, NULL) ORDER BY 1 DESC",
    "SELECT g, x FROM generate_series(1, 3) g, unnest(ARRAY['a', 'b']) WITH ORDINALITY AS n(x, o)"
    " ORDER BY 1, 2",
    "SELECT id, day::text, at::date, extract(year FROM day) FROM t JOIN u USING (id) WHERE id < 6"
    " ORDER BY id",
    "SELECT id FROM t ORDER BY score DESC NULLS LAST, id LIMIT 3",
    "SELECT row_number() OVER (ORDER BY id), id FROM t WHERE id < 4",
    "SELECT kind, sum(id) FROM t WHERE id < 20 GROUP BY ROLLUP (kind) ORDER BY 1 NULLS LAST, 2",
    "SELECT n.id, t.brand FROM (SELECT id FROM v"
    " ORDER BY e <-> '[1,1]' LIMIT 3) n JOIN t USING (id) ORDER BY 1",
    "SELECT t.id, v.e <-> '[0,0]' FROM t JOIN v USING (id) WHERE t.id = 3",
    "SELECT t.* FROM t WHERE t.kind = 2 AND t.brand = 'b1'",
    "SELECT t FROM t WHERE id = 3",
    "SELECT greatest(kind, 3), least(score, 0), nullif(kind, 2), kind IS DISTINCT FROM 2 FROM t WHERE id < 9"
    " ORDER BY id",
)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vql.Connection]:
    chance = random.Random(3)
    with vql.connect(tmp_path_factory.mktemp("tuples") / "db") as connection:
        for statement in TABLES:
            connection.execute(statement)
        for i in range(ROWS):
            kind = chance.choice([None, *range(6)])
            score = chance.choice([None, "NaN", 0, chance.gauss(0, 3)])
            row = (
                i,
                kind,
                f"b{i if kind is None else i % 97}",
                i * 7 % 50,
                score,
                f"2026-01-{i % 28 + 1:02}",
            )
            insert = "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, ARRAY['b1', $7]) ON CONFLICT DO NOTHING"
            connection.execute(insert, (*row, None if i % 3 else "x"))
            connection.execute(
                "INSERT INTO u VALUES ($1, $2, $3, $4)",
                (i, i * 3 % 90, f"n{i % 9}", f"2026-02-{i % 28 + 1} 12:00"),
            )
            connection.execute("INSERT INTO v VALUES ($1, $2)", (i, [i % 5, i % 7]))
        connection.execute("DELETE FROM t WHERE id % 11 = 4")
        yield connection


def answer(connection: vql.Connection, query: str) -> object:
    """Return the rows as texts, or the error."""
    try:
        found = connection.execute(query)
        return [name for name, *_ in found.description or ()], [tuple(map(repr, r)) for r in found.fetchall()]
    except vql.Error as error:
        return error.sqlstate, str(error)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_has_duckdb_s_answer(
    connection: vql.Connection, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = answer(connection, query)
    assert answer(connection, query) == found
    monkeypatch.setattr(relations, "program_of", lambda *given: None)
    assert answer(connection, f"{query} -- in DuckDB") == found


@pytest.mark.parametrize(
    ("query", "is_gone_through"),
    [
        ("SELECT upper(brand) FROM t WHERE id = 1", True),
        ("SELECT count(*) FROM t", True),
        ("SELECT t.id FROM t JOIN u ON u.t_id = t.id WHERE t.id = 5", True),
        ("SELECT count(*) FROM u a, u b", False),
        ("SELECT sum(g) FROM generate_series(1, 100000) g", False),
        ("SELECT row_number() OVER () FROM t WHERE id = 1", False),
    ],
)
def test_few_rows_are_gone_through_and_many_are_not(
    connection: vql.Connection, query: str, is_gone_through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    run = Program.run
    monkeypatch.setattr(Program, "run", lambda *given: runs.append(run(*given)) or runs[-1])
    connection.execute(query).fetchall()
    assert any(found is not None for found in runs) is is_gone_through


def test_a_program_that_meets_many_rows_is_not_tried_at_each_execution(
    connection: vql.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "ROWS_MAX", 20)
    tries = []
    run = Program.run
    monkeypatch.setattr(Program, "run", lambda *given: tries.append(1) or run(*given))
    for _ in range(40):
        assert connection.execute("SELECT upper(note) FROM u WHERE id < $1", (100,)).rowcount == 100
    assert len(tries) < 8
    for _ in range(200):
        connection.execute("SELECT upper(note) FROM u WHERE id < $1", (5,))
    tries.clear()
    for _ in range(10):
        assert connection.execute("SELECT upper(note) FROM u WHERE id < $1", (5,)).rowcount == 5
    assert len(tries) == 10
