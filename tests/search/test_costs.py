"""EXPLAIN tells what each way to answer was expected to cost; the least of them is taken."""

from __future__ import annotations

import re

import numpy as np
import pytest

import vql
from vql.executor.knn.scans.tuning import TELLING_US

ROWS, DIM = 40_000, 32


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    generator = np.random.default_rng(8)
    connection = vql.connect(tmp_path_factory.mktemp("costs") / "db")
    connection.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, n int, v vector({DIM}))")
    rows = generator.normal(size=(ROWS, DIM)).astype(np.float32)
    connection.insert("t", {"id": np.arange(ROWS), "n": np.arange(ROWS) % 1000, "v": rows})
    connection.execute("VACUUM t")
    connection.execute("CREATE INDEX ON t USING ivfpq (v vector_l2_ops)")
    yield connection
    connection.close()


def explained(connection, where, recall=0.95):
    sql = f"EXPLAIN (ANALYZE, VERBOSE) SELECT id FROM t {where} ORDER BY v <-> ? LIMIT 10"
    sql += f" WITH (recall = {recall})"
    lines = [row[0] for row in connection.execute(sql, (np.full(DIM, 0.1, np.float32),)).fetchall()]
    (costs,) = [line for line in lines if "Costs:" in line]
    (strategy,) = [line for line in lines if "Strategy:" in line]
    found = re.match(r" *Costs: ivfpq (.+?), exact ([\d,]+) us; exact by [\d.]+ us a row scanned, "
                     r"[\d.]+ fetched, [\d.]+ compared$", costs)  # fmt: skip
    index = np.inf if found[1] == "falls short" else float(found[1].removesuffix(" us").replace(",", ""))
    return strategy, index, float(found[2].replace(",", ""))


@pytest.mark.parametrize("where", ["", "WHERE n < 500", "WHERE n < 3", "WHERE n = 7"])
def test_the_cheapest_is_taken(table, where):
    strategy, index, exact = explained(table, where)
    # To tell where rows that pass are takes some time too.
    alike = TELLING_US + 0.2 * exact
    assert abs(index - exact) < alike or ("ivfpq" in strategy) == (index < exact)


def test_few_rows_are_cheaper_exactly_and_cost_less_than_many(table):
    (_, index, exact), (_, _, all_rows) = explained(table, "WHERE n = 7"), explained(table, "")
    assert exact < index
    assert exact < all_rows


def test_what_no_curve_promises_falls_short(table):
    strategy, index, _ = explained(table, "WHERE n < 3", recall=0.9999999)
    assert index == np.inf
    assert "exact" in strategy


def test_costs_are_told_only_where_asked_for(table):
    lines = table.execute(
        "EXPLAIN ANALYZE SELECT id FROM t ORDER BY v <-> ? LIMIT 3", (np.ones(DIM),)
    ).fetchall()
    assert not [line for (line,) in lines if "Costs" in line]
