"""Answers of an index are checked in the background, told in vql_recall, and curves corrected."""

from __future__ import annotations

import numpy as np
import pytest

import vql

ROWS, DIM = 15_000, 32


@pytest.fixture
def table(tmp_path, dear_scans):
    generator = np.random.default_rng(4)
    rows = generator.normal(size=(ROWS, DIM)).astype(np.float32)
    connection = vql.connect(tmp_path / "db")
    connection.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, v vector({DIM}))")
    connection.insert("t", {"id": np.arange(ROWS), "v": rows})
    connection.execute("VACUUM t")
    connection.execute("CREATE INDEX t_v ON t USING ivfpq (v vector_l2_ops) WITH (recall = 0.9)")
    connection.execute("SET vql.recall_check = 1")
    yield connection, rows, generator.normal(size=(400, DIM)).astype(np.float32)
    connection.close()


def search(connection, query):
    found = connection.execute("SELECT id FROM t ORDER BY v <-> ? LIMIT 10", (query,)).fetchall()
    checker = connection.session.database.checker()
    checker.drain()
    checker._rest_until = 0.0  # a test need not wait
    return {row[0] for row in found}


def recall(connection, rows, queries):
    hits = 0
    for query in queries:
        truth = np.argsort(((rows - query) ** 2).sum(1), kind="stable")[:10]
        hits += len(search(connection, query) & set(truth.tolist()))
    return hits / (10 * len(queries))


def test_checks_are_told_by_index_and_target(table):
    connection, rows, queries = table
    assert connection.execute("SELECT * FROM vql_recall").fetchall() == []
    truth = recall(connection, rows, queries[:30])
    told = connection.execute(
        "SELECT table_name, index_name, target, measured, samples FROM vql_recall"
    ).fetchall()
    assert told == [("t", "t_v", pytest.approx(0.9), pytest.approx(truth), 30)]


def test_none_are_made_when_switched_off(table):
    connection, rows, queries = table
    connection.execute("SET vql.recall_check = 0")
    recall(connection, rows, queries[:5])
    assert connection.execute("SELECT * FROM vql_recall").fetchall() == []


def test_a_curve_that_promises_too_much_is_corrected(table):
    connection, rows, queries = table
    search(connection, queries[0])
    snapshot = connection.session.snapshot()
    (segment,) = snapshot.segments(snapshot.table("t").table_id)
    (index,) = segment.opened_indexes().values()
    family = index.families[0]
    # Every promise made twenty times too good: 0.9 asked for finds far less.
    for name, curve in family.curves.items():
        family.curves[name] = [x._replace(recall=1 - (1 - x.recall) / 20) for x in curve]
    index.corrections += 1
    index.reach = [float("inf")] * len(index.reach)  # no second look at single queries
    assert recall(connection, rows, queries[:30]) < 0.8
    recall(connection, rows, queries[30:300])
    assert recall(connection, rows, queries[300:]) >= 0.87
