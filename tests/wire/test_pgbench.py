"""pgbench: the three ways of asking, four clients at once, no failed statement."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import psycopg
import pytest
from pgvector.psycopg import register_vector
from server_process import Server

pytestmark = pytest.mark.skipif(shutil.which("pgbench") is None, reason="pgbench is not installed")
NEAREST = (
    "\\set i random(1, 500)\n"
    "SELECT id FROM bench ORDER BY vec <-> (SELECT vec FROM bench WHERE id = :i) LIMIT 10;\n"
)
MIXED = (
    "\\set i random(1, 500)\n\\set n random(1, 1000000000)\nBEGIN;\n"
    "INSERT INTO written (id, n) VALUES (:n, :i) ON CONFLICT DO NOTHING;\n"
    "SELECT n FROM written WHERE id = :n;\nEND;\n"
)


@pytest.fixture(scope="module", autouse=True)
def bench(server: Server) -> None:
    """500 random vectors and an empty table."""
    vectors = np.random.default_rng(3).normal(size=(500, 16)).astype(np.float32)
    with psycopg.connect(server.url, autocommit=True) as connected:
        register_vector(connected)
        connected.execute("CREATE TABLE bench (id int PRIMARY KEY, vec vector(16))")
        connected.execute("CREATE TABLE written (id bigint PRIMARY KEY, n int)")
        with connected.cursor().copy("COPY bench FROM STDIN (FORMAT BINARY)") as stream:
            stream.set_types(["int4", "vector"])
            for i, vector in enumerate(vectors, 1):
                stream.write_row((i, vector))


def pgbench(server: Server, script: Path, *words: str) -> str:
    command = ["pgbench", "-n", "-c", "4", "-j", "1", "-f", str(script), *words]
    done = subprocess.run(
        command, env=server.environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_every_mode_finds_the_nearest(server: Server, tmp_path: Path, mode: str) -> None:
    script = tmp_path / "nearest.sql"
    script.write_text(NEAREST)
    out = pgbench(server, script, "-M", mode, "-t", "100")
    assert "transactions actually processed: 400/400" in out
    assert "number of failed transactions: 0 (0.000%)" in out
    assert float(re.search(r"tps = ([\d.]+)", out)[1]) > 0  # type: ignore[index]


@pytest.mark.parametrize("mode", ["simple", "prepared"])
def test_blocks_that_write_are_all_committed(server: Server, tmp_path: Path, mode: str) -> None:
    script = tmp_path / "mixed.sql"
    script.write_text(MIXED)
    with psycopg.connect(server.url) as connected:
        before = connected.execute("SELECT count(*) FROM written").fetchone()
    out = pgbench(server, script, "-M", mode, "-t", "30", "--max-tries", "10")
    assert "transactions actually processed: 120/120" in out
    with psycopg.connect(server.url) as connected:
        after = connected.execute("SELECT count(*) FROM written").fetchone()
    assert before is not None and after is not None
    assert after[0] - before[0] > 110  # type: ignore[operator]
