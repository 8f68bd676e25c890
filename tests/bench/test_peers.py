"""The driver of the peers with what is always there, VQL and raw faiss: tuned, scored, told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.cases import filtered, unfiltered
from bench.measure import Bench
from bench.peers.peer import Peer
from bench.peers.process import measured
from bench.peers.vql_embedded import VqlEmbedded
from bench.sets import generate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run the driver on 2,000 rows; return what it printed and the folders it wrote."""
    out, docs = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "bench.peers", "clustered", "--rows", "2000", "--queries", "20"]
    command += ["--kinds", "random", "--out", str(out), "--docs", str(docs)]
    command += ["--peers", "raw", "vql", "duckdb-vss"]
    # An interpreter that is not there stands for a peer that is not installed.
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path_factory.mktemp("empty"), env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, out, docs


def test_peers_are_loaded_tuned_and_scored(run):
    _, out, _ = run
    rows = json.loads((out / "peers.json").read_text())
    for who in ("vql auto", "raw faiss HNSW"):
        plain = [row for row in rows if row["who"] == who and row["kind"] == "all"]
        assert min(row["recall"] for row in plain if row["target"] == 0.95) >= 0.95
        assert all(row["rate"] > 0 for row in plain)
    vql_rows = [row for row in rows if row["who"] == "vql auto" and row["kind"] == "random"]
    assert len(vql_rows) == 6 and all(row["short"] == 0 and row["recall"] >= 0.95 for row in vql_rows)
    raw_least = next(r for r in rows if r["who"] == "raw faiss HNSW" and r["share"] == 0.001)
    assert raw_least["short"] > 0


def test_a_peer_that_is_not_installed_is_left_out_with_a_line(run):
    told, _, docs = run
    assert "DuckDB vss is left out, not installed" in told
    text = (docs / "bench-peers.md").read_text()
    assert "| vql auto |" in text and "DuckDB" not in text
    assert "python -m bench.peers clustered --rows 2000" in text
    assert (docs / "bench-peers-recall.png").stat().st_size > 10_000
    assert (docs / "bench-peers-selectivity.png").stat().st_size > 10_000


class Knob(Peer):
    """An exact scan that returns only as many rows as its effort says, and ignores filters if told to."""

    ladders = ((2, 4, 6, 8, 10),)

    def __init__(self, data, heed: bool) -> None:
        self.data, self.heed = data, heed

    def tune(self, effort):
        self.effort = effort

    def search(self, query, window):
        near = ((self.data.base - query) ** 2).sum(1)
        if window is not None and self.heed:
            value = self.data.columns[window.column]
            near[(value < window.low) | (value >= window.high)] = np.inf
        order = np.argsort(near)[: self.effort]
        return order[np.isfinite(near[order])]


@pytest.fixture(scope="module")
def data():
    return generate("clustered", 2_000)


@pytest.mark.parametrize("target, effort", [(0.5, "6"), (0.75, "8"), (0.95, "10")])
def test_the_first_rung_that_reaches_the_target_is_taken(data, target, effort):
    row = measured(Bench.of(data), Knob(data, True), unfiltered(data, 100), target, "raw")
    assert row["effort"] == effort
    assert row["short"] == (0.0 if effort == "10" else 1.0)


def test_rows_that_do_not_pass_are_not_accepted(data):
    case = filtered(data, "random", 0.1, "fresh", 100)
    assert measured(Bench.of(data), Knob(data, True), case, 0.95, "raw")["recall"] == 1.0
    with pytest.raises(AssertionError, match="do not pass"):
        measured(Bench.of(data), Knob(data, False), case, 0.95, "raw")


def test_vql_is_never_told_less_than_the_target(tmp_path):
    (rungs,) = VqlEmbedded(tmp_path, "l2", 2).rungs(0.95)
    assert rungs[0] == 0.95 and list(rungs) == sorted(rungs)


def test_sqlite_vec_answers_as_brute_force_does(data, tmp_path):
    pytest.importorskip("sqlite_vec")
    pytest.importorskip("pysqlite3")
    from bench.peers.sqlite_vec_ import SqliteVec

    peer = SqliteVec(tmp_path / "db", "l2", data.base.shape[1])
    peer.load(data.base, data.columns)
    peer.open()
    for case in (unfiltered(data, 20), filtered(data, "far", 0.01, "fresh", 20)):
        score = Bench.of(data).scored(peer.search, case)
        assert (score.recall, score.short) == (1.0, 0.0)
    peer.close()
