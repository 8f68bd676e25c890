"""`python -m bench.build SET WHO ...`: build raw faiss (`raw`) and VQL's methods on all cores, and keep them.

A process of its own: searches are timed on one thread, and the BLAS inside faiss takes its number of
threads when it is loaded. bench.run starts it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import faiss

import vql
from bench.measure import note
from bench.peers.raw_hnsw import RawHnsw
from bench.peers.vql_embedded import place, stored
from bench.sets import VectorSet, load

RAW = "raw"


def main() -> None:
    """Build whatever is not kept; a method that is refused is left out with a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set")
    parser.add_argument("who", nargs="+")
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--rows", type=int)
    parser.add_argument("--keep", type=Path, required=True)
    options = parser.parse_args()
    data = load(options.data, options.set, options.rows)
    for who in options.who:
        folder = place(options.keep, data, who)
        if who == RAW:
            build_raw(folder, data)
            continue
        try:
            stored(folder, data, who).close()
        except vql.Error as refused:
            note(f"{data.name}: {who} is left out: {refused}")
            shutil.rmtree(folder)


def build_raw(folder: Path, data: VectorSet) -> None:
    """Build raw faiss HNSW where it is not kept, and write it."""
    if (folder / "build.json").exists():
        return
    note(f"{data.name} {data.base.shape}: building raw faiss HNSW")
    shutil.rmtree(folder, ignore_errors=True)
    raw = RawHnsw(folder, data.metric, data.base.shape[1])
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    started = time.perf_counter()
    raw.build(data.base, data.columns)
    seconds = time.perf_counter() - started
    raw.save()
    (folder / "build.json").write_text(json.dumps(seconds))


def build(data: VectorSet, methods: list[str], options: argparse.Namespace, keep: Path) -> list[str]:
    """Build in a process on all cores what is not kept; return the methods that are there then."""
    wanted = [RAW, *methods]
    missing = [who for who in wanted if not (place(keep, data, who) / "build.json").exists()]
    if missing:
        rows = ["--rows", str(options.rows)] if options.rows else []
        command = [sys.executable, "-m", "bench.build", data.name, *missing, *rows]
        threads = str(os.cpu_count() or 1)
        subprocess.run(
            [*command, "--data", str(options.data), "--keep", str(keep)],
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            check=True,
        )
    return [method for method in methods if (place(keep, data, method) / "build.json").exists()]


def build_seconds(keep: Path, data: VectorSet, who: str) -> float:
    """Return how long an index took to build."""
    seconds: float = json.loads((place(keep, data, who) / "build.json").read_text())
    return seconds


if __name__ == "__main__":
    main()
