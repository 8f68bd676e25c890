"""The checker of histories finds each anomaly, and a short history of three processes has none."""

from __future__ import annotations

import pytest
from histories import Server, Txn, anomalies, make, run


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


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_processes_see_no_more_than_their_level_allows(level, tmp_path):
    make(tmp_path / "db")
    found, all_, committed = run(tmp_path / "db", 20, 3, level)
    assert all_ == 60 and committed > 10
    assert not found.keys() - ({"write skew"} if level == "REPEATABLE READ" else set())


def test_killed_processes_leave_no_anomaly(tmp_path):
    make(tmp_path / "db")
    found, all_, _ = run(tmp_path / "db", 8, 4, "SERIALIZABLE", kill=True)
    assert all_ > 32 and not found


def test_clients_of_a_server_see_no_anomaly(tmp_path):
    path = tmp_path / "db"
    make(path)
    server = Server(path)
    try:
        found, all_, committed = run(path, 6, 8, "SERIALIZABLE", server.url, kill=True)
    finally:
        server.stop()
    assert all_ > 40 and committed > 10 and not found
