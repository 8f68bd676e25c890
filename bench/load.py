"""`python -m bench.load SET`: load and index to recall 0.95, against PostgreSQL with pgvector.

VQL inserts columns and builds `auto`; PostgreSQL takes binary COPY and builds hnsw (m=16,
ef_construction=64) with as many workers as there are cores. Both are then asked at the least effort that
reaches recall@10 of 0.95, so that neither saves by building worse. Rows per second, wall time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from bench.cases import unfiltered
from bench.measure import Bench, least_effort, machine, note
from bench.peers.vql_embedded import VqlEmbedded
from bench.report import table
from bench.sets import VectorSet, load_sets

TARGET = 0.95


def main() -> None:
    """Load each set into both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=[])
    parser.add_argument("--data", type=Path, default=Path(".data"), help="folder of the prepared sets")
    parser.add_argument("--rows", type=int, help="at most so many rows of each set")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of load.md")
    options = parser.parse_args()
    lines = []
    for data in load_sets(options.data, options.sets, options.rows):
        with tempfile.TemporaryDirectory() as folder:
            rates = {}
            for who, run in (("vql auto", load_vql), ("pgvector", load_pgvector)):
                try:
                    load_s, index_s, recall = run(Path(folder) / who, data)
                except ImportError as missing:
                    note(f"{who} is left out: {missing}")
                    continue
                rates[who] = len(data.base) / (load_s + index_s)
                ratio = f"{rates['vql auto'] / rates[who]:.1f}"
                told = (f"{load_s:.1f}", f"{index_s:.1f}", f"{rates[who]:,.0f}", f"{recall:.3f}", ratio)
                lines.append((f"{data.name} {len(data.base):,} x {data.base.shape[1]}", who, *told))
    text = table("set|who|>load s|>index s|>rows/s|>recall@10 reached|>VQL is faster by", lines)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "load.md").write_text(f"On {machine()}:\n\n{text}")
    print(text)


def load_vql(folder: Path, data: VectorSet) -> tuple[float, float, float]:
    """Return the seconds of loading and indexing, and the recall that is reached."""
    note(f"vql: {data.name}")
    store = VqlEmbedded(folder, data.metric, data.base.shape[1])
    started = time.perf_counter()
    store.write_rows(data.base, data.columns)
    loaded = time.perf_counter()
    store.build_index()
    ended = time.perf_counter()
    store.tune(TARGET)
    recall = Bench.of(data).scored(store.search, unfiltered(data, 300)).recall
    store.close()
    return loaded - started, ended - loaded, recall


def load_pgvector(folder: Path, data: VectorSet) -> tuple[float, float, float]:
    """Return the same of PostgreSQL. Raises ImportError where it is not installed."""
    from bench import postgres
    from bench.peers.pgvector_ import PgVector

    note(f"pgvector: {data.name}")
    url, stop = postgres.start(folder)
    try:
        started = time.perf_counter()
        postgres.load_rows(url, data.base, data.columns)
        loaded = time.perf_counter()
        postgres.build_indexes(url, data.metric, [], workers=(os.cpu_count() or 1) - 1)
        ended = time.perf_counter()
    finally:
        stop()
    peer = PgVector(folder, data.metric, data.base.shape[1])
    peer.open()
    bench, case = Bench.of(data), unfiltered(data, 300)

    def reached(effort: object) -> float:
        peer.tune(effort)
        return bench.scored(peer.search, case).recall

    recall = reached(least_effort(peer.ladders[0], reached, TARGET))
    peer.close()
    return loaded - started, ended - loaded, recall


if __name__ == "__main__":
    main()
