"""Hits that are farther from a query than the lists beside it let expect are looked for in more lists."""

from __future__ import annotations

import numpy as np
import pytest

import vql
from vql.executor.knn.scans.mask import Mask

ROWS, DIM, LISTS = 20_000, 24, 128


@pytest.fixture(scope="module")
def table(tmp_path_factory, dear_scans):
    """Rows about centres, and a column that is greater along a direction: lists pass unlike shares."""
    generator = np.random.default_rng(12)
    centres = 2 * generator.normal(size=(200, DIM))
    rows = centres[generator.integers(200, size=ROWS)] + generator.normal(size=(ROWS, DIM))
    rows = rows.astype(np.float32)
    side = np.argsort(np.argsort(rows[:, 0])) * 100 // ROWS
    connection = vql.connect(tmp_path_factory.mktemp("far") / "db")
    connection.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, side integer, v vector({DIM}))")
    connection.insert("t", {"id": np.arange(ROWS), "side": side, "v": rows})
    connection.execute("VACUUM t")
    connection.execute(f"CREATE INDEX ON t USING ivfpq (v vector_l2_ops) WITH (lists = {LISTS})")
    yield connection, rows
    connection.close()


def only_index(connection):
    searcher, *_ = connection.session.queries.searchers.all()
    return searcher.index


def lists_looked_into(connection, rows) -> list[int]:
    """Return the lists looked into for each of some queries, under a filter that most near them pass."""
    found = []
    mask = Mask.from_bools(np.argsort(np.argsort(rows[:, 0])) * 100 // ROWS >= 50)
    for query in rows[rows[:, 0] > np.quantile(rows[:, 0], 0.7)][:20]:
        connection.execute("SELECT id FROM t WHERE side >= 50 ORDER BY v <-> ? LIMIT 10", (query,))
        searcher, *_ = connection.session.queries.searchers.all()
        hits = searcher.search(query, 10, 0.95, mask)
        found.append(hits.strategy[1])
    return found


def test_an_index_knows_how_far_hits_are(table):
    connection, rows = table
    lists_looked_into(connection, rows)
    index = only_index(connection)
    stretch = index.stretch
    assert [rank for rank, _ in stretch][:2] == [10, 20]
    assert all(0.1 < times < 10 for _, times in stretch)
    assert index.reach_from(10, 4.0) == pytest.approx(2 * stretch[0][1])
    assert index.reach_from(1e9, 4.0) == np.inf


def test_more_lists_are_looked_into_where_hits_are_farther(table, monkeypatch):
    connection, rows = table
    usual = lists_looked_into(connection, rows)
    index = only_index(connection)
    monkeypatch.setattr(index, "stretch", [(rank, times / 10) for rank, times in index.stretch])
    further = lists_looked_into(connection, rows)
    # Some have looked into more of their own accord.
    assert all(more >= less for more, less in zip(further, usual, strict=True))
    assert sum(further) > sum(usual)
