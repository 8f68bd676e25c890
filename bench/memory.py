"""`python -m bench.memory`: search under a memory limit that the vectors exceed.

A table is made, then a fresh process opens it under a limit of a share of the raw vectors' size, from cold
files, and tells recall and speed. The limit is, whichever works first:

  systemd   a scope of `systemd-run --user` with MemoryMax: page cache counts too
  data      RLIMIT_DATA, that much above what interpreter, libraries and parser take: private memory alone is
            limited; mapped file pages are the kernel's to drop, and the cache is emptied beforehand
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.cases import unfiltered
from bench.measure import Bench, machine, note
from bench.peers.vql_embedded import OPERATORS, place, stored
from bench.sets import load

QUERIES = 300


def main() -> None:
    """Make the table without a limit, then search under one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", nargs="?", default="clustered")
    parser.add_argument("--data", type=Path, default=Path(".data"), help="folder of the prepared sets")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--share", type=float, default=0.25, help="of the raw vectors' size: the limit")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--keep", type=Path, help="keep the database in this folder and use it again")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of memory.md")
    options = parser.parse_args()
    data = load(options.data, options.set, options.rows)
    with tempfile.TemporaryDirectory() as temporary:
        folder = place(options.keep or Path(temporary), data, options.method)
        stored(folder, data, options.method).close()
        case = unfiltered(data, QUERIES)
        asked = Path(temporary) / "asked.npz"
        np.savez(asked, queries=data.queries[case.picks])
        limit = int(options.share * data.base.nbytes)
        os.sync()
        told, by = limited(folder, asked, data.metric, limit)
        found = [np.array(ids) for ids in told["found"]]
    bench = Bench.of(data)
    answers = {bench.data.queries[pick].tobytes(): ids for pick, ids in zip(case.picks, found, strict=True)}
    score = bench.scored(lambda query, _: answers[query.tobytes()], case)
    mib = {name: value / 2**20 for name, value in (("limit", limit), ("vectors", data.base.nbytes))}
    text = (
        f"On {machine()}: {data.name} {len(data.base):,} x {data.base.shape[1]}, {options.method}, "
        f"vectors {mib['vectors']:.0f} MiB, limit {mib['limit']:.0f} MiB by {by}: "
        f"recall@10 {score.recall:.3f}, {score.short:.0%} short; "
        f"{told['cold']:,.0f} queries per second from cold files, "
        f"{told['warm']:,.0f} per CPU-second once warm; anonymous memory {told['anonymous_mib']:.0f} MiB "
        f"({told['before_mib']:.0f} of it before opening), mapped file pages {told['mapped_mib']:.0f} MiB.\n"
    )
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "memory.md").write_text(text)
    print(text)


def limited(folder: Path, asked: Path, metric: str, limit: int) -> tuple[dict[str, list[list[int]]], str]:
    """Search in a process under the limit; return what it tells and what the limit is made by."""
    command = [sys.executable, "-m", "bench.memory_process", str(folder), str(asked), OPERATORS[metric]]
    scope = [
        "systemd-run",
        "--user",
        "--scope",
        "--quiet",
        "-p",
        f"MemoryMax={limit}",
        "-p",
        "MemorySwapMax=0",
    ]
    try:
        works = subprocess.run([*scope, "true"], capture_output=True, timeout=20).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        works = False
    command, by = ([*scope, *command, "0"], "systemd") if works else ([*command, str(limit)], "RLIMIT_DATA")
    note(f"searching under {limit / 2**20:.0f} MiB by {by}")
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=one_thread)
    if done.returncode:
        raise SystemExit(f"the limited process ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout), by


if __name__ == "__main__":
    main()
