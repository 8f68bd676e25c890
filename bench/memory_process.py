"""The limited process of `python -m bench.memory`: FOLDER ASKED.npz OPERATOR LIMIT, what it saw as JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import vql
import vql.storage.index.kernels  # faiss is among the libraries, not the database's memory
from bench.cases import K
from bench.measure import ROUNDS


def main() -> None:
    """Empty the files' page cache, take the limit, open and search."""
    folder, limit = Path(sys.argv[1]), int(sys.argv[4])
    queries = np.load(sys.argv[2])["queries"]
    for path in folder.rglob("*.mdb"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    warm_up()
    if limit:
        allowed = status_kib("VmData") * 1024 + limit
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
    before = status_kib("RssAnon") / 1024
    connection = vql.connect(folder)
    sql = f"SELECT id, bucket, side FROM items ORDER BY vec {sys.argv[3]} ? LIMIT {K}"

    def search(query: np.ndarray) -> list[int]:
        return [row[0] for row in connection.execute(sql, (query,)).fetchall()]

    started = time.perf_counter()
    found = [search(query) for query in queries]
    cold = len(queries) / (time.perf_counter() - started)
    warm = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        for query in queries:
            search(query)
        warm = max(warm, len(queries) / (time.process_time() - started))
    told = {
        "found": found, "cold": cold, "warm": warm, "before_mib": before,
        "anonymous_mib": status_kib("RssAnon") / 1024, "mapped_mib": status_kib("RssFile") / 1024,
    }  # fmt: skip
    print(json.dumps(told))
    connection.close()


def warm_up() -> None:
    """Load what any database needs once in a process: libraries and the parser's tables."""
    with tempfile.TemporaryDirectory() as folder, vql.connect(folder) as connection:
        connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, vec vector(2))")
        connection.execute("INSERT INTO t VALUES (1, '[1,2]')")
        connection.execute(
            "SELECT id FROM t ORDER BY vec <-> ? LIMIT 1", (np.zeros(2, np.float32),)
        ).fetchall()


def status_kib(name: str) -> int:
    """Return a figure of proc(5)'s status, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


if __name__ == "__main__":
    main()
