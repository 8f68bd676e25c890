"""The commands of docs/benchmarks.md run, on small sets, and leave their tables and plots."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a module of bench on small sets that are kept from one command to the next."""
    keep, out = tmp_path_factory.mktemp("keep"), tmp_path_factory.mktemp("out")

    def run(module: str, *words: str) -> str:
        command = [sys.executable, "-m", f"bench.{module}", *words, "--keep", str(keep), "--out", str(out)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.out = out
    return run


def test_run_compares_with_raw_faiss(run):
    words = ("--rows", "3000", "--queries", "20", "--methods", "auto", "hnsw", "--kinds", "far")
    told = run("run", "clustered", *words, "--constants", "fresh")
    for line in (
        "| clustered | 0.95 | vql auto |",
        "| clustered | far | fresh | vql hnsw |",
        "AS OF against",
    ):
        assert line in told
    assert "*0." not in "".join(line for line in told.splitlines() if "| far | fresh | vql" in line)
    for name in ("bench.md", "recall.png", "selectivity.png", "run.json", "builds.json"):
        assert (run.out / name).stat().st_size > 0


def test_figures_tell_every_part(run):
    told = run("figures", "--rows", "6000", "--rounds", "2")
    for words in ("cached top-10 statement", "rows/s", "falls by", "private memory", "8 segments by index"):
        assert words in told


def test_memory_is_limited_to_less_than_the_vectors(run):
    told = run("memory", "--rows", "16000", "--share", "0.5")
    assert "limit 4 MiB by" in told and "recall@10" in told


def test_scale_tells_every_filter(run):
    told = run("scale", "6000")
    for words in ("| 6,000 | none |", "| 6,000 | 50 % |", "| 6,000 | 10 % |", "| 6,000 | 0.1 % |", "index s"):
        assert words in told


def test_many_vectors_are_searched_in_every_way(run):
    told = run("many", "--rows", "6000", "--dim", "16", "--rounds", "1", "--ks", "5")
    assert len([line for line in told.splitlines() if line.count("x)") == 2]) == 10
