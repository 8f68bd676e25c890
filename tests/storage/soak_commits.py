"""Single-row commits until there are many, and what they, queries and files come to:
`python -m tests.storage.soak_commits [COMMITS]`.

The times of the last half must stay within 1.3 times those of the second tenth.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import vql
from vql.session.database import check

STEPS = 10
TIMES_MAX = 1.3


def soak(path: Path, commits: int) -> dict[str, float]:
    """Commit, print each tenth, and return how much slower the last half was than the second tenth."""
    generator = np.random.default_rng(1)
    query = generator.standard_normal(16).astype(np.float32)
    said: list[dict[str, float]] = []
    with vql.connect(path) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, x int, v vector(16))")
        connection.execute("CREATE INDEX ON t USING auto (v vector_l2_ops)")
        for step in range(STEPS):
            cpu, worst, first = time.thread_time(), 0.0, step * commits // STEPS
            last = (step + 1) * commits // STEPS
            for number in range(first, last):
                began = time.perf_counter()
                vector = generator.standard_normal(16).astype(np.float32)
                connection.execute("INSERT INTO t VALUES (?, ?, ?)", [number, number % 97, vector])
                worst = max(worst, time.perf_counter() - began)
            commit_us = (time.thread_time() - cpu) / (last - first) * 1e6
            said.append({"commit": commit_us, **queries(connection, query, last)})
            files = sum(1 for _ in path.rglob("*.mdb"))
            size = sum(file.stat().st_size for file in path.rglob("*.mdb")) >> 20
            times = ", ".join(f"{name} {value:.0f} us" for name, value in said[-1].items())
            print(
                f"{last} commits: {times} of CPU; worst {worst * 1e3:.0f} ms; {files} files, {size} MiB",
                flush=True,
            )
    assert check(path) == []
    names = [name for name in said[0] if name != "nearest"]  # searches grow with the rows there are
    return {name: statistics.median(s[name] for s in said[5:]) / said[1][name] for name in names}


def queries(connection: vql.Connection, query: np.ndarray, count: int) -> dict[str, float]:
    """Return the CPU time of a look-up by key and of a search, in us."""
    found = {}
    for name, sql, given in (
        ("by key", "SELECT x FROM t WHERE id = ?", [count // 2]),
        ("nearest", "SELECT id FROM t ORDER BY v <-> ? LIMIT 10", [query]),
    ):
        for _ in range(3):
            connection.execute(sql, given).fetchall()
        cpu = time.thread_time()
        for _ in range(100):
            connection.execute(sql, given).fetchall()
        found[name] = (time.thread_time() - cpu) / 100 * 1e6
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        ratios = soak(Path(folder) / "db", int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    print({name: round(ratio, 2) for name, ratio in ratios.items()})
    sys.exit(any(ratio > TIMES_MAX for ratio in ratios.values()))
