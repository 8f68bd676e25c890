"""The checker of histories finds each anomaly, and a short history of three processes has none."""

from __future__ import annotations

import pytest
from histories import Txn, anomalies, run


def txn(number, reads=(), appends=(), committed=True):
    return Txn(number, dict(reads), list(appends), committed)


@pytest.mark.parametrize(
    ("history", "final", "name"),
    [
        ([txn(1, appends=[(0, 10)]), txn(2, appends=[(0, 20)])], {0: [20]}, "lost update"),
        ([txn(1, appends=[(0, 10)], committed=False), txn(2, {0: [10]})], {0: []}, "G1a"),
        ([txn(1, appends=[(0, 10), (0, 11)]), txn(2, {0: [10]})], {0: [10, 11]}, "G1b"),
        (
            [txn(1, appends=[(0, 10), (1, 11)]), txn(2, appends=[(0, 20), (1, 21)])],
            {0: [10, 20], 1: [21, 11]}, "G0 or G1c",
        ),
        ([txn(1, {1: []}, [(0, 10)]), txn(2, {0: [10]}, [(1, 20)])], {0: [10], 1: [20]}, None),
        ([txn(1, {0: [20], 1: []}), txn(2, {}, [(0, 20), (1, 21)])], {0: [20], 1: [21]}, "G-single"),
        (
            [txn(1, {0: [], 1: []}, [(0, 10)]), txn(2, {0: [], 1: []}, [(1, 20)])],
            {0: [10], 1: [20]}, "write skew",
        ),
    ],
)  # fmt: skip
def test_anomalies_are_found(history, final, name):
    found = anomalies(history, final)
    assert name in found if name else not found


def test_processes_see_snapshots(tmp_path):
    found, all_, committed = run(tmp_path / "db", 25, 3)
    assert all_ == 75 and committed > 20
    assert not found.keys() - {"write skew"}
