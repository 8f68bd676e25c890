"""One search, however it is asked for: every way gives what comparing all rows gives.

The same statement runs for the first time and again, prepared, together with others, through a cursor, as a
lateral join, inside a query of DuckDB's, into a new table, in a transaction block with changes of its own,
and at a moment of the past; over NULL vectors, vectors without a direction, equal distances, deleted rows,
sealed and growing segments, with filters, offsets and limits beyond the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vql
from vql.session import together
from vql.session.database import Database
from vql.session.session import Session

OPERATORS = {"l2": "<->", "cosine": "<=>", "inner_product": "<#>", "l1": "<+>"}
SEALED, GROWING, SEED = 60, 12, 5
Rows = dict[int, tuple[int, np.ndarray | None]]


class Tables(NamedTuple):
    """A table with its rows now and before the last deletes, as of `version`."""

    connection: vql.Connection
    database: Database
    now: Rows
    before: Rows
    version: int


class Case(NamedTuple):
    """A search: rows `offset` to `offset + limit` by a metric, of one kind or all."""

    metric: str
    query: np.ndarray
    limit: int
    offset: int
    kind: int | None

    def sql(self, query: str = "$1", source: str = "t") -> str:
        """Return the statement; what differs from case to case is in the text."""
        where = "" if self.kind is None else f"WHERE kind = {self.kind} "
        offset = f" OFFSET {self.offset}" if self.offset else ""
        distance = f"vec {OPERATORS[self.metric]} {query}"
        return f"SELECT id, {distance} AS d FROM {source} {where}ORDER BY d LIMIT {self.limit}{offset}"

    def truth(self, rows: Rows) -> list[tuple[int, float | None]]:
        """Return the answer by comparing every row: NaN after numbers, NULL last, ties by row."""
        found = [
            (vector is None, float(distance), key)
            for key, (kind, vector) in sorted(rows.items())
            if self.kind in (None, kind)
            for distance in [np.nan if vector is None else self.distance(vector)]
        ]
        found.sort(key=lambda row: (row[0], np.isnan(row[1]), 0 if np.isnan(row[1]) else row[1], row[2]))
        page = found[self.offset : self.offset + self.limit]
        return [(key, None if null else distance) for null, distance, key in page]

    def distance(self, vector: np.ndarray) -> float:
        """Return a distance in float64."""
        row, query = vector.astype(np.float64), self.query.astype(np.float64)
        match self.metric:
            case "l2":
                return float(np.sqrt(((row - query) ** 2).sum()))
            case "l1":
                return float(np.abs(row - query).sum())
            case "inner_product":
                return float(-(row @ query))
        with np.errstate(all="ignore"):
            lengths = np.sqrt((row @ row) * (query @ query))
            return float(1.0 - np.clip(row @ query / lengths, -1.0, 1.0))


# Whole numbers of a small range: many distances are equal, some vectors have no direction.
CASES = st.builds(
    Case,
    st.sampled_from(sorted(OPERATORS)),
    st.lists(st.integers(-2, 2), min_size=3, max_size=3).map(lambda v: np.array(v, np.float32)),
    st.sampled_from([1, 2, 10, 500]),
    st.sampled_from([0, 0, 3, 90]),
    st.sampled_from([None, None, 0, 1, 7]),
)


@pytest.fixture(scope="module", params=["scans", "indexes", "any dimensions"])
def tables(request, tmp_path_factory) -> Iterator[Tables]:
    generator = np.random.default_rng(SEED)

    def vector(key: int) -> np.ndarray | None:
        return None if key % 9 == 4 else generator.integers(-2, 3, 3).astype(np.float32)

    rows: Rows = {key: (key % 3, vector(key)) for key in range(SEALED + GROWING)}
    folder = tmp_path_factory.mktemp("paths") / "db"
    with vql.connect(folder) as connection:
        run = connection.execute
        type_ = "vector" if request.param == "any dimensions" else "vector(3)"
        run(f"CREATE TABLE t (id int PRIMARY KEY, kind int, vec {type_})")
        run("CREATE TABLE q (v vector(3))")
        for part in (range(SEALED // 2), range(SEALED // 2, SEALED), range(SEALED, SEALED + GROWING)):
            connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, *rows[i]) for i in part])
            if part[-1] < SEALED:
                run("VACUUM t")
        if request.param == "indexes":
            run("SET vql.recall = 1")
            for name in ("l2", "cosine", "ip"):
                run(f"CREATE INDEX ON t USING hnsw (vec vector_{name}_ops)")
            run("CREATE INDEX ON t (kind)")
        version = connection.session.snapshot().version
        before = dict(rows)
        for key in (0, 7, 13, 31, 44, SEALED + 1):
            run("DELETE FROM t WHERE id = ?", [key])
            del rows[key]
        database = Database.open(folder)
        yield Tables(connection, database, rows, before, version)
        database.close()


def same(found: list[tuple[object, ...]], truth: list[tuple[int, float | None]]) -> bool:
    """Whether an answer is the true one, in order."""
    return [row[0] for row in found] == [key for key, _ in truth] and all(
        distance is None if true is None else np.isclose(distance, true, rtol=1e-12, equal_nan=True)
        for (_, distance), (_, true) in zip(found, truth, strict=True)
    )


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=CASES)
def test_each_way_gives_the_true_rows(tables: Tables, case: Case):
    truth, execute = case.truth(tables.now), tables.connection.execute
    session = Session(tables.database, style="wire")
    prepared = session.prepare(case.sql())
    for _ in range(2):  # for the first time, and what is kept ready
        assert same(session.execute(prepared, [case.query]).rows, truth)
        assert same(execute(case.sql("?"), [case.query]).fetchall(), truth)
    waiting = [together.execution(session, prepared, [case.query])] * 3
    if waiting[0] is not None:
        answers = together.run_together(waiting)
        assert answers is None or all(same(answer.rows, truth) for answer in answers)
    session.run("BEGIN")
    session.run(f"DECLARE c CURSOR FOR {case.sql()}", [case.query])
    assert same(session.run("FETCH ALL FROM c").rows, truth)
    session.run("ROLLBACK")
    columns = tables.connection.execute(case.sql("?"), [case.query]).numpy()
    assert columns["id"].tolist() == [key for key, _ in truth]
    session.close()


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=CASES)
def test_a_block_inside_another_query_gives_the_true_rows(tables: Tables, case: Case):
    run, truth = tables.connection.execute, case.truth(tables.now)
    keys = sorted(key for key, _ in truth)
    literal = "'" + str(case.query.tolist()) + "'"
    run("BEGIN")
    try:
        inside = f"SELECT count(*), min(x.id), max(x.id) FROM ({case.sql(literal)}) x"
        assert run(inside).fetchall() == [(len(keys), min(keys, default=None), max(keys, default=None))]
        run("INSERT INTO q VALUES (?), (?), (NULL)", [case.query, case.query + 1])
        lateral = f"SELECT s.* FROM q, LATERAL ({case.sql('q.v')}) s WHERE q.v = {literal}"
        assert sorted(key for key, _ in run(lateral).fetchall()) == keys
        run(f"CREATE TABLE copied AS {case.sql(literal)}")
        assert sorted(key for (key,) in run("SELECT id FROM copied").fetchall()) == keys
    finally:
        run("ROLLBACK")


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=CASES)
def test_a_block_sees_its_own_changes(tables: Tables, case: Case):
    execute, rows = tables.connection.execute, dict(tables.now)
    execute("BEGIN")
    try:
        for key, vector in ((901, case.query), (902, None), (903, np.zeros(3, np.float32))):
            execute("INSERT INTO t VALUES (?, ?, ?)", [key, 1, vector])
            rows[key] = (1, vector)
        execute("DELETE FROM t WHERE id IN (2, 5, 61)")
        for key in (2, 5, 61):
            rows.pop(key, None)
        for _ in range(2):
            assert same(execute(case.sql("?"), [case.query]).fetchall(), case.truth(rows))
        # What was committed before is seen as it was.
        past = f"{case.sql('?')} AS OF VERSION {tables.version}"
        assert same(execute(past, [case.query]).fetchall(), case.truth(tables.before))
    finally:
        execute("ROLLBACK")


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(case=CASES)
def test_the_past_gives_the_true_rows(tables: Tables, case: Case):
    execute, truth = tables.connection.execute, case.truth(tables.before)
    for _ in range(2):
        past = f"{case.sql('?')} AS OF VERSION {tables.version}"
        assert same(execute(past, [case.query]).fetchall(), truth)
        assert same(
            execute(f"{case.sql('?')} AS OF VERSION ?", [case.query, tables.version]).fetchall(), truth
        )
    execute(f"BEGIN AS OF VERSION {tables.version}")
    assert same(execute(case.sql("?"), [case.query]).fetchall(), truth)
    execute("ROLLBACK")
