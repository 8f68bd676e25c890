"""Long random histories: rows of every kind of change, definitions, indexes, seals and merges. What a set of
queries gave at a moment they give AS OF it ever after, wherever they stand.

`HISTORIES=20` tries as many, longer ones, and other ones each time.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from places import PLACES, PROBES, Answer, answer, same

import vql
from vql.storage.transactions import transaction
from vql.storage.upkeep import build as upkeep_build
from vql.storage.upkeep import seal

HISTORIES = int(os.environ.get("HISTORIES", "0"))
SEEDS = [random.randrange(10**6) for _ in range(HISTORIES)] or [4]
CHANGES, MOMENTS, ASKED = (120, 30, 40) if HISTORIES else (45, 6, 16)  # queries asked of each moment

BEGINNING = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TABLE t (id int PRIMARY KEY, k int, label text, n numeric(10,2), f float8, v vector(3),"
    " tags text[], j jsonb, m mood)",
    "CREATE TABLE u (id bigint, name text, ref int)",
    "CREATE TABLE w (id int, a int DEFAULT 5, b text)",
    "CREATE TABLE child (id int PRIMARY KEY, t_id int REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE)",
    "CREATE VIEW seen AS SELECT id, k, label FROM t WHERE k > 2",
    "CREATE MATERIALIZED VIEW kept AS SELECT k, count(*) AS n FROM t GROUP BY k",
    "CREATE FUNCTION counted(x int) RETURNS bigint LANGUAGE sql STABLE"
    " AS 'SELECT count(*) FROM t WHERE k = x'",
    "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops)",
    "CREATE INDEX t_words ON t USING bm25 (label)",
    "CREATE INDEX t_j ON t USING gin (j)",
    "CREATE INDEX t_tags ON t USING gin (tags)",
)
WORDS = ("red", "blue", "shoe", "hat", "green tea")
# Each may fail at times, as what it names comes and goes: that is its answer then.
QUERIES = (
    "SELECT * FROM t",
    "SELECT * FROM u",
    "SELECT * FROM w",
    "SELECT * FROM seen",
    "SELECT * FROM kept",
    "SELECT id, n, f FROM t WHERE k = 3",
    "SELECT id FROM t WHERE id IN (1, 2, 3, 8, 50)",
    "SELECT id FROM t WHERE k BETWEEN 2 AND 4 AND label LIKE 'red%'",
    "SELECT max(id) AS m FROM t",
    "SELECT id FROM t WHERE 'a' = ANY(tags)",
    "SELECT id FROM t WHERE tags @> '{b}'",
    "SELECT id FROM t WHERE j @> '{\"a\": 2}'",
    "SELECT id, j->>'a' AS a FROM t WHERE (j->>'a')::int > 1",
    "SELECT id, v <-> '[1,2,3]' AS d FROM t ORDER BY v <-> '[1,2,3]', id LIMIT 5",
    "SELECT id FROM t WHERE k = 2 ORDER BY v <-> '[4,4,4]', id LIMIT 4",
    "SELECT id FROM t WHERE v <-> '[2,2,2]' < 3",
    "SELECT id FROM t ORDER BY 0.5 * (v <-> '[1,1,1]') + f, id LIMIT 4",
    "SELECT id FROM t ORDER BY rrf(v <-> '[1,1,1]', label <@> 'red') DESC, id LIMIT 3",
    "SELECT id, k FROM t ORDER BY v <-> '[1,1,1]' LIMIT 4 PER k",
    "SELECT k, count(*) AS c, sum(n) AS s, avg(f) AS a, min(label) AS m FROM t GROUP BY k",
    "SELECT k, m, count(*) AS c FROM t GROUP BY GROUPING SETS ((k), (m), ())",
    "SELECT DISTINCT k, m FROM t",
    "SELECT DISTINCT ON (k) k, id FROM t ORDER BY k, id DESC",
    "SELECT avg(v) AS v, count(v) AS c FROM t",
    "SELECT id, row_number() OVER (PARTITION BY k ORDER BY id) AS r, sum(n) OVER (ORDER BY id) AS s FROM t",
    "SELECT t.id, u.name FROM t LEFT JOIN u USING (id)",
    "SELECT count(*) AS n FROM t FULL JOIN u ON t.id = u.id",
    "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id AND ref > 2)",
    "SELECT id, (SELECT max(ref) FROM u WHERE u.id = t.id) AS m FROM t WHERE k < 4",
    "SELECT id FROM t WHERE id = ANY(ARRAY(SELECT id FROM u))",
    "WITH c AS (SELECT k, count(*) AS n FROM t GROUP BY k) SELECT t.id, c.n FROM t JOIN c ON c.k = t.k",
    "WITH RECURSIVE r(id, depth) AS (SELECT min(id), 0 FROM t UNION ALL SELECT (SELECT min(t.id) FROM t"
    " WHERE t.id > r.id), depth + 1 FROM r WHERE depth < 4) SELECT * FROM r",
    "SELECT k FROM t EXCEPT SELECT ref FROM u",
    "SELECT k FROM t INTERSECT ALL SELECT ref FROM u",
    "SELECT u.id, s.id AS near FROM u CROSS JOIN LATERAL"
    " (SELECT id FROM t ORDER BY v <-> ARRAY[u.ref, 1, 2]::vector, id LIMIT 2) s",
    "SELECT x.n, t.id FROM (VALUES (1), (2), (3)) x(n) JOIN t ON t.k = x.n",
    "SELECT counted(3) AS c",
    "SELECT t.id, x FROM t, unnest(tags) x",
    "SELECT id, t AS whole FROM t WHERE id < 6",
    "TABLE u",
    "SELECT array_agg(w ORDER BY id) AS ws FROM w",
    "SELECT m, count(*) AS n FROM t WHERE m > 'sad' GROUP BY m",
    "SELECT id, a + 1 AS more FROM w",
    "SELECT b, count(*) AS n FROM w GROUP BY b",
    "SELECT c FROM w",
    "SELECT id, x FROM t WHERE x = 4",
    "SELECT child.id, t.k FROM child JOIN t ON t.id = child.t_id",
    "SELECT s.id, u.name FROM seen s JOIN u ON u.id = s.id",
    "SELECT id FROM t ORDER BY id DESC LIMIT 3",
)
# The columns and types of what there is, which only whole statements read AS OF a moment.
OF_CATALOG = (
    "SELECT relname, relkind, relnatts FROM pg_class WHERE relname IN ('t', 'u', 'w', 'seen', 'child')",
    "SELECT attname, attnum, atttypid::regtype AS of FROM pg_attribute"
    " WHERE attrelid = 'w'::regclass AND attnum > 0",
    "SELECT pg_get_viewdef('seen') AS d",
    "SELECT enumlabel FROM pg_enum ORDER BY enumsortorder",
)


class Then(NamedTuple):
    """A moment, and what each query gave at it."""

    version: int
    answers: dict[str, Answer]


class History:
    """Random changes of one database; some fail, and change nothing."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.next_id = 1

    def changes(self, count: int) -> Iterator[str]:
        """Yield so many changes, each maybe several statements."""
        kinds = {
            self._inserts: 8,
            self._deletes: 4,
            self._updates: 5,
            self._upserts: 2,
            self._of_others: 4,
            self._columns: 6,
            self._upkeep: 3,
            self._anew: 2,
            self._definitions: 4,
            self._block: 2,
        }
        for kind in self.random.choices([*kinds], [*kinds.values()], k=count):
            yield from kind()

    def _one_of(self, *texts: str) -> Iterator[str]:
        yield self.random.choice(texts)

    def _row(self, key: int) -> str:
        draw = self.random.randrange
        values = (
            str(draw(7)),
            f"'{self.random.choice(WORDS)} {self.random.choice(WORDS)}'",
            f"{draw(5000) / 100}",
            f"{draw(80) / 8}",
            f"'[{draw(9)},{draw(9)},{draw(9)}]'",
            f"'{{{','.join(self.random.sample('abcd', draw(4)))}}}'",
            f'\'{{"a": {draw(4)}, "b": [{draw(4)}]}}\'',
            "'sad'",
        )
        return f"({key}, {', '.join('NULL' if draw(8) == 0 else value for value in values)})"

    def _insert(self, keys: list[int]) -> str:
        rows = ", ".join(map(self._row, keys))
        return f"INSERT INTO t (id, k, label, n, f, v, tags, j, m) VALUES {rows}"

    def _inserts(self) -> Iterator[str]:
        count = self.random.choice([1, 2, 3, 5, 60])
        yield self._insert([*range(self.next_id, self.next_id + count)])
        self.next_id += count

    def _upserts(self) -> Iterator[str]:
        keys = self.random.sample(range(1, self.next_id + 3), min(5, self.next_id))
        text = "ON CONFLICT (id) DO UPDATE SET k = excluded.k, label = t.label || ' up', v = excluded.v"
        yield f"{self._insert(keys)} {text}"
        yield (
            "MERGE INTO t USING (SELECT id, max(ref) AS ref FROM u GROUP BY id) s ON t.id = s.id"
            " WHEN MATCHED AND s.ref > 4 THEN DELETE WHEN MATCHED THEN UPDATE SET k = s.ref"
            f" WHEN NOT MATCHED AND s.id > {self.next_id} THEN INSERT (id, k) VALUES (s.id, s.ref)"
        )

    def _deletes(self) -> Iterator[str]:
        draw = self.random.randrange
        return self._one_of(
            f"DELETE FROM t WHERE id % 7 = {draw(7)}",
            f"DELETE FROM t WHERE k = {draw(7)} AND f < 5",
            "DELETE FROM u",
            f"DELETE FROM t WHERE v <-> '[1,1,1]' < {draw(5)}",
            "DELETE FROM t USING u WHERE t.id = u.id AND u.ref > 3",
            self.random.choice(["TRUNCATE u", "TRUNCATE w", "TRUNCATE t, child"]),
        )

    def _updates(self) -> Iterator[str]:
        draw = self.random.randrange
        return self._one_of(
            f"UPDATE t SET k = k + 1, label = label || ' hat' WHERE id % 5 = {draw(5)}",
            "UPDATE t SET id = -id WHERE id % 9 = 3",
            f"UPDATE t SET v = '[{draw(9)},1,2]' WHERE id % 6 = {draw(6)}",
            "UPDATE t SET k = ref FROM u WHERE u.id = t.id",
            f"UPDATE t SET n = n * 2, tags = tags || '{{z}}' WHERE k = {draw(7)}",
            "UPDATE u SET name = upper(name)",
            "UPDATE t SET j = jsonb_set(j, '{a}', '9') WHERE k < 3",
            f"UPDATE w SET a = 7 WHERE id % 2 = {draw(2)}",
        )

    def _of_others(self) -> Iterator[str]:
        draw = self.random.randrange
        rows = [
            f"({draw(1, self.next_id + 2)}, '{self.random.choice(WORDS)}', {draw(7)})"
            for _ in range(draw(1, 9))
        ]
        yield f"INSERT INTO u VALUES {', '.join(rows)}"
        yield f"INSERT INTO w SELECT i FROM generate_series(1, {self.random.choice([1, 3, 50])}) i"
        yield "INSERT INTO child SELECT id, id FROM t WHERE k < 4 ON CONFLICT DO NOTHING"

    def _columns(self) -> Iterator[str]:
        return self._one_of(
            "ALTER TABLE w ADD COLUMN c int DEFAULT 3",
            "ALTER TABLE w ADD COLUMN c text",
            "ALTER TABLE w DROP COLUMN c",
            "ALTER TABLE w DROP COLUMN b",
            "ALTER TABLE w ADD COLUMN b text DEFAULT 'new'",
            "ALTER TABLE w RENAME b TO c",
            "ALTER TABLE w ALTER COLUMN a TYPE numeric(8,2)",
            "ALTER TABLE w ALTER COLUMN a TYPE int",
            "ALTER TABLE w RENAME c TO b",
            "ALTER TABLE w ADD COLUMN c int GENERATED ALWAYS AS (id * 2) STORED",
            "ALTER TABLE w ALTER COLUMN a TYPE text",
            "ALTER TABLE t ADD COLUMN x int DEFAULT 4",
            "ALTER TABLE t DROP COLUMN x",
            "ALTER TABLE t ALTER COLUMN f TYPE float4",
            "ALTER TABLE t ALTER COLUMN f TYPE float8",
            "ALTER TABLE t RENAME COLUMN n TO nn",
            "ALTER TABLE t RENAME COLUMN nn TO n",
        )

    def _upkeep(self) -> Iterator[str]:
        return self._one_of("VACUUM", "VACUUM t", "VACUUM u", "ANALYZE", "REINDEX TABLE t")

    def _anew(self) -> Iterator[str]:
        yield "DROP TABLE w"
        yield from self._one_of(
            "CREATE TABLE w (id int, a int DEFAULT 5, b text)",
            "CREATE TABLE w (b int, id int)",
            "CREATE TABLE w (id text, a float8, b text)",
            "CREATE TABLE w AS SELECT id, k AS a, label AS b FROM t",
        )
        yield "DROP TABLE u"
        yield from self._one_of("UNDROP TABLE u", "CREATE TABLE u (ref int, id int, name varchar(20))")

    def _definitions(self) -> Iterator[str]:
        draw = self.random.randrange
        return self._one_of(
            f"CREATE OR REPLACE VIEW seen AS SELECT id, k, label FROM t WHERE k > {draw(6)}",
            "REFRESH MATERIALIZED VIEW kept",
            "DROP INDEX IF EXISTS t_v",
            "CREATE INDEX IF NOT EXISTS t_v ON t USING hnsw (v vector_l2_ops)",
            "DROP INDEX IF EXISTS t_j",
            "CREATE INDEX IF NOT EXISTS t_k ON t (k)",
            "CREATE INDEX IF NOT EXISTS t_e ON t ((k + 1))",
            "DROP INDEX IF EXISTS t_k",
            "CREATE OR REPLACE FUNCTION counted(x int) RETURNS bigint LANGUAGE sql STABLE"
            f" AS 'SELECT count(*) * {draw(5)} FROM t WHERE k = x'",
            "ALTER TABLE u RENAME TO gone",
            "ALTER TABLE gone RENAME TO u",
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy'",
            "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        )

    def _block(self) -> Iterator[str]:
        yield "BEGIN"
        yield self._insert([self.next_id])
        self.next_id += 1
        yield "SAVEPOINT a"
        yield "DELETE FROM t WHERE k = 3"
        yield "ROLLBACK TO a"
        yield "UPDATE u SET ref = 0 WHERE id < 5"
        yield from self._columns()
        yield "COMMIT"


@pytest.fixture(scope="module", params=SEEDS)
def history(request, tmp_path_factory):
    """A database, its moments, and what chooses among queries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "BULK_ROWS_MIN", 25)
        patch.setattr(seal, "DELTA_ROWS_MAX", 40)
        patch.setattr(upkeep_build, "INDEX_ROWS_MIN", 40)
        connection = vql.connect(tmp_path_factory.mktemp("history") / "db")
        for definition in (
            *BEGINNING,
            "CREATE TABLE probe (id int PRIMARY KEY)",
            "CREATE TABLE sink (a int, b text)",
            f"INSERT INTO probe SELECT i FROM generate_series(1, {PROBES}) i",
        ):
            connection.execute(definition)
        made, past = History(request.param), []
        places = set(made.random.sample(range(CHANGES), MOMENTS))
        for number, change in enumerate(made.changes(CHANGES)):
            answer(connection, change)
            if connection._session.transaction_status == "I" and number in places:
                version = connection._session.database.store.snapshot().version
                past.append(Then(version, {q: answer(connection, q) for q in (*QUERIES, *OF_CATALOG)}))
        yield connection, past, made.random
        connection.close()


def test_a_statement_answers_as_it_did_then(history):
    connection, past, _ = history
    for then in past:
        for query, given in then.answers.items():
            found = answer(connection, _behind(query, then))
            assert same(found, given), (query, then.version, found, given)


def test_a_query_answers_as_it_did_then_wherever_it_stands(history):
    connection, past, chooser = history
    places, asked = [*PLACES], 0
    for then in past:
        for query in chooser.sample(QUERIES, min(ASKED, len(QUERIES))):
            place = places[asked % len(places)]
            asked += 1
            ask, expected = PLACES[place]
            found = ask(connection, query, f"VERSION {then.version}")
            assert same(found, expected(then.answers[query])), (place, query, then, found)


def _behind(query: str, then: Then) -> str:
    return f"{query} AS OF VERSION {then.version}"
