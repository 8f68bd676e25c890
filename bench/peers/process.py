"""One process of one peer: `python -m bench.peers.process load|search WORK PEER`.

The driver has put the set and its cases into WORK/set; the peer's files go to WORK/db/PEER and what was
measured to WORK/PEER.load.json and WORK/PEER.search.json. Nothing but numpy and the peer is imported.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import shutil
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from bench.cases import Case
from bench.measure import ROUNDS, Bench, cpu_clock, files_bytes, least_effort, note
from bench.peers.peer import Peer
from bench.report import Row
from bench.sets import VectorSet

PEERS = {
    "raw": ("raw faiss HNSW", "bench.peers.raw_hnsw", "RawHnsw"),
    "vql": ("vql auto", "bench.peers.vql_embedded", "VqlEmbedded"),
    "qdrant": ("Qdrant Edge", "bench.peers.qdrant", "Qdrant"),
    "zvec": ("zvec", "bench.peers.zvec_", "Zvec"),
    "pgvector": ("pgvector", "bench.peers.pgvector_", "PgVector"),
    "lance": ("LanceDB", "bench.peers.lance", "Lance"),
    "chroma": ("Chroma", "bench.peers.chroma", "Chroma"),
    "helios": ("HeliosDB Nano", "bench.peers.helios", "Helios"),
    "milvus": ("Milvus Lite", "bench.peers.milvus", "Milvus"),
    "sqlite-vec": ("sqlite-vec", "bench.peers.sqlite_vec_", "SqliteVec"),
    "duckdb-vss": ("DuckDB vss", "bench.peers.duckdb_vss", "DuckDbVss"),
}
# The first is what filters are tuned to; the others are points of the plot.
TARGETS = (0.95, 0.8, 0.9, 0.98, 0.99, 0.995, 0.999)
NOT_INSTALLED, NOT_SERVED = 3, 4
TUNING_QUERIES = 80
# A sample of queries may be lucky: it has to reach a little more than the target.
MARGIN = 0.003


def write_set(folder: Path, data: VectorSet, cases: list[Case]) -> None:
    """Put a set and its cases where the peers' processes find them."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "base.npy", data.base)
    empty = np.empty((0, data.base.shape[1]), np.float32)
    (folder / "set.pickle").write_bytes(pickle.dumps((replace(data, base=empty), cases)))


def read_set(folder: Path) -> tuple[VectorSet, list[Case]]:
    """Return what write_set wrote."""
    data, cases = pickle.loads((folder / "set.pickle").read_bytes())
    return replace(data, base=np.load(folder / "base.npy")), cases


def make(name: str, work: Path, data: VectorSet) -> Peer:
    """Return the peer. Raises ImportError where it is not installed."""
    _, module, kind = PEERS[name]
    peer: Peer = getattr(importlib.import_module(module), kind)(
        work / "db" / name, data.metric, data.base.shape[1]
    )
    return peer


def load(work: Path, name: str) -> dict[str, object]:
    """Load and index everything in a fresh folder."""
    data, _ = read_set(work / "set")
    peer = make(name, work, data)
    shutil.rmtree(peer.folder, ignore_errors=True)
    started = time.perf_counter()
    peer.load(data.base, data.columns)
    seconds = time.perf_counter() - started
    os.sync()
    return {"load_s": seconds, "files": files_bytes(peer.folder) / data.base.nbytes, "note": peer.note}


def search(work: Path, name: str) -> dict[str, object]:
    """Open, answer a first query, then tune and measure each case."""
    data, cases = read_set(work / "set")
    bench, peer = Bench.of(data), make(name, work, data)
    started = time.perf_counter()
    peer.open()
    peer.tune(peer.ladders[0][len(peer.ladders[0]) // 2])
    peer.search(data.queries[0], None)
    told: dict[str, object] = {"first_answer_ms": 1e3 * (time.perf_counter() - started)}
    told["rows"] = [
        measured(bench, peer, case, target, name)
        for case in cases
        for target in (TARGETS if case.kind == "all" and tunable(peer) else TARGETS[:1])
    ]
    peer.close()
    return told


def tunable(peer: Peer) -> bool:
    """Whether there is an effort to set at all."""
    return sum(map(len, peer.ladders)) > 1


def measured(bench: Bench, peer: Peer, case: Case, target: float, name: str) -> dict[str, object]:
    """Tune a peer to a case on the first queries, and measure it on the others.

    Of several ladders the one that is fastest on the queries it was tuned on is taken. A rung that falls
    short on the queries that are timed gives way to the next one.
    """
    tuning, timed = case.part(0, TUNING_QUERIES), case.part(TUNING_QUERIES, None)
    clock = cpu_clock(peer.servers())

    def reached(effort: object) -> float:
        peer.tune(effort)
        return bench.scored(peer.search, tuning).recall

    picked: tuple[bool, float, int, int] | None = None
    ladders = peer.rungs(target)
    for number, ladder in enumerate(ladders):
        rung = ladder.index(least_effort(ladder, reached, min(1.0, target + MARGIN)))
        good = reached(ladder[rung]) >= target
        rate = bench.rate(peer.search, tuning, clock, ROUNDS + 1) if len(ladders) > 1 else 0.0
        picked = max(picked or (False, -1.0, 0, 0), (good, rate, number, rung))
    assert picked is not None
    ladder, rung = ladders[picked[2]], picked[3]
    while True:
        peer.tune(ladder[rung])
        score = bench.scored(peer.search, timed)
        if score.recall >= target or rung + 1 == len(ladder):
            break
        rung += 1
    rate = max(bench.rate(peer.search, timed, clock, turn) for turn in range(1, ROUNDS + 1))
    who = PEERS[name][0]
    told = f"{score.recall:.3f}, effort {ladder[rung]}, {score.short:.0%} short"
    note(f"{bench.data.name}: {case.kind} {case.share:g}, {who}: {rate:,.0f} at {told}")
    assert not score.wrong, f"{who} returned rows that do not pass, or twice"
    return asdict(
        Row(bench.data.name, case.kind, case.share, case.constants, target, who, score.recall, score.short,
            rate, str(ladder[rung]))
    )  # fmt: skip


def main() -> None:
    """Run one step and leave its figures; the exit code says why there are none."""
    step, work, name = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    try:
        figures = {"load": load, "search": search}[step](work, name)
    except ImportError as missing:
        print(missing)
        sys.exit(NOT_INSTALLED)
    except NotImplementedError as refused:
        print(refused)
        sys.exit(NOT_SERVED)
    (work / f"{name}.{step}.json").write_text(json.dumps(figures))
    sys.stdout.flush()
    # Some peers leave threads that keep the interpreter from ending.
    os._exit(0)


if __name__ == "__main__":
    main()
