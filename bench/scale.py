"""`python -m bench.scale ROWS ...`: what rows cost as there are more of them.

The data are hard and never in memory as a whole: a mixture of 20,000 clusters x 96 dimensions, l2, drawn in
pieces of which each has a seed of its own. Each size is loaded and indexed in a process on all cores, then
searched in this one on one thread (OMP_NUM_THREADS=1), under fresh constants for each query:

  bucket   0 ... 9,999, a window of it passes half or a tenth of the rows
  tenant   0 ... 999, one of them passes a thousandth

Told are the seconds and the peak of private memory of load and index, microseconds of CPU a query, recall@10
against exact answers, and what EXPLAIN says of the strategy.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import vql
from bench.cases import K
from bench.measure import ROUNDS, machine, note
from bench.memory_process import status_kib
from bench.report import table
from bench.sets import F32, I64, Draw, mixture

CLUSTERS, DIM = 20_000, 96
BUCKETS, TENANTS = 10_000, 1_000
PIECE_ROWS = 250_000
QUERIES = 200
# Rows compared with all queries at a time.
TRUTH_ROWS = 16_384
# The name of a filter, its condition, and how many values of the column pass.
FILTERS = {
    "none": ("", 0),
    "50 %": ("WHERE bucket >= ? AND bucket < ?", BUCKETS // 2),
    "10 %": ("WHERE bucket >= ? AND bucket < ?", BUCKETS // 10),
    "0.1 %": ("WHERE tenant >= ? AND tenant < ?", 1),
}


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=int, nargs="*", default=[200_000, 1_000_000])
    parser.add_argument("--recall", type=float, default=0.95)
    parser.add_argument("--keep", type=Path, help="keep the databases in this folder and use them again")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of scale.md")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load is not None:
        load(options.load, options.rows[0])
        return
    built, asked = [], []
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (options.keep or Path(temporary)) / f"scale-{rows}"
            told = loaded(folder, rows)
            built.append((f"{rows:,}", *(f"{told[name]:,.1f}" for name in TOLD)))
            asked += [(f"{rows:,}", *line) for line in searched(folder, rows, options.recall)]
    text = table("rows|>load s|>load CPU s|>load peak MB|>index s|>index CPU s|>index peak MB", built)
    text += "\n" + table("rows|passing|>us of CPU a query|>recall@10|strategy", asked)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "scale.md").write_text(f"On {machine()}:\n\n{text}")
    print(text)


# ---- data


def drawn() -> Draw:
    """Return the draw of all pieces."""
    return mixture(np.random.default_rng(41), 0, DIM, CLUSTERS)


def pieces(rows: int) -> Iterator[tuple[I64, I64, I64, F32]]:
    """Give the rows in pieces: ids, buckets, tenants, vectors."""
    draw = drawn()
    for start in range(0, rows, PIECE_ROWS):
        generator = np.random.default_rng((43, start))
        count = min(PIECE_ROWS, rows - start)
        bucket, tenant = generator.integers(0, BUCKETS, count), generator.integers(0, TENANTS, count)
        yield np.arange(start, start + count), bucket, tenant, draw(generator, count)


def queries() -> tuple[F32, dict[str, I64]]:
    """Return the queries and, for each filter, the least value that passes for each of them."""
    generator = np.random.default_rng(47)
    asked = drawn()(generator, QUERIES)
    lows = {}
    for name, (condition, width) in FILTERS.items():
        values = TENANTS if "tenant" in condition else BUCKETS
        lows[name] = generator.integers(0, values - width + 1, QUERIES)
    return asked, lows


def exact(rows: int) -> dict[str, F32]:
    """Return for each filter the distances (q, K) of the nearest rows that pass, by brute force."""
    asked, lows = queries()
    best = {name: np.full((QUERIES, K), np.inf, np.float32) for name in FILTERS}
    for _, bucket, tenant, vectors in pieces(rows):
        for start in range(0, len(vectors), TRUTH_ROWS):
            part = slice(start, start + TRUTH_ROWS)
            block = vectors[part]
            near = np.vecdot(block, block) - 2 * (asked @ block.T)
            for name, (condition, width) in FILTERS.items():
                among = near
                if condition:
                    value, low = (tenant if "tenant" in condition else bucket)[part], lows[name][:, None]
                    among = np.where((value >= low) & (value < low + width), near, np.float32(np.inf))
                both = np.hstack([best[name], among])
                best[name] = np.partition(both, K - 1, axis=1)[:, :K]
    return {name: found + np.vecdot(asked, asked)[:, None] for name, found in best.items()}


# ---- load and index, in a process of its own

TOLD = ("load s", "load CPU s", "load MB", "index s", "index CPU s", "index MB")


def loaded(folder: Path, rows: int) -> dict[str, float]:
    """Make the database where it is not kept, on all cores; return what that took."""
    if not (folder / "build.json").exists():
        threads = str(os.cpu_count() or 1)
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        command = [sys.executable, "-m", "bench.scale", str(rows), "--load", str(folder)]
        subprocess.run(command, env=environment, check=True)
    told: dict[str, float] = json.loads((folder / "build.json").read_text())
    return told


def load(folder: Path, rows: int) -> None:
    """Load and index, and write build.json."""
    told: dict[str, float] = {}
    with vql.connect(folder) as connection:
        with Peak(told, "load"):
            connection.execute(
                f"CREATE TABLE items (id bigint PRIMARY KEY, bucket integer, tenant integer, "
                f"vec vector({DIM}))"
            )
            for ids, bucket, tenant, vectors in pieces(rows):
                note(f"loading, {ids[0] / rows:.0%}")
                connection.insert("items", {"id": ids, "bucket": bucket, "tenant": tenant, "vec": vectors})
            note("merging")
            connection.execute("VACUUM items")
            connection.execute("CREATE INDEX by_bucket ON items USING btree (bucket)")
            connection.execute("CREATE INDEX by_tenant ON items USING btree (tenant)")
        note("building the index")
        with Peak(told, "index"):
            connection.execute("CREATE INDEX by_vec ON items USING auto (vec vector_l2_ops)")
    note(", ".join(f"{name} {value:,.1f}" for name, value in told.items()))
    (folder / "build.json").write_text(json.dumps(told))


class Peak:
    """Enters seconds, CPU seconds and the peak of private memory above that of its beginning, in MB, of
    what runs inside."""

    def __init__(self, told: dict[str, float], name: str) -> None:
        self.told, self.name = told, name
        self._ended = threading.Event()
        self._peak_kib = 0
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._started = time.perf_counter(), time.process_time()
        self._before_kib = status_kib("RssAnon")
        self._watch.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()
        wall_s, cpu_s = self._started
        self.told[f"{self.name} s"] = time.perf_counter() - wall_s
        self.told[f"{self.name} CPU s"] = time.process_time() - cpu_s
        self.told[f"{self.name} MB"] = (self._peak_kib - self._before_kib) * 1024 / 1e6

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            self._peak_kib = max(self._peak_kib, status_kib("RssAnon"))


# ---- search


def searched(folder: Path, rows: int, recall: float) -> list[tuple[str, ...]]:
    """Return for each filter its name, the time of a query, recall and the strategy."""
    kept = folder / "exact.npz"
    if not kept.exists():
        note(f"{rows:,} rows: exact answers")
        np.savez(kept, **exact(rows))  # type: ignore[arg-type]
    truth = np.load(kept)
    asked, lows = queries()
    lines = []
    with vql.connect(folder) as connection:
        connection.execute(f"SET vql.recall = {recall}")
        for name, (condition, width) in FILTERS.items():
            sql = f"SELECT id, bucket, vec <-> ? FROM items {condition} ORDER BY vec <-> ? LIMIT {K}"

            def values(number: int, turn: int, name: str = name, width: int = width) -> tuple[object, ...]:
                low = max(0, int(lows[name][number]) - turn)
                window = (low, low + width) if width else ()
                return (asked[number], *window, asked[number])

            found = [connection.execute(sql, values(n, 0)).fetchall() for n in range(QUERIES)]
            near = [[row[2] for row in found_] for found_ in found]
            reached = recall_of(near, truth[name])
            best_s = float("inf")
            for turn in range(1, ROUNDS + 1):
                asked_of = [values(number, turn) for number in range(QUERIES)]
                started = time.process_time()
                for each in asked_of:
                    connection.execute(sql, each).fetchall()
                best_s = min(best_s, (time.process_time() - started) / QUERIES)
            told = Counter(strategy(connection, sql, values(number, 0)) for number in range(20))
            line = (name, f"{best_s * 1e6:,.0f}", f"{reached:.3f}", told.most_common(1)[0][0])
            note(f"{rows:,} rows: {', '.join(line)}")
            lines.append(line)
    return lines


def recall_of(near: list[list[float]], truth: F32) -> float:
    """Return the share of the nearest rows, by their squared distances (q, K), infinity where there are
    fewer, that is among the distances found."""
    there = np.isfinite(truth).sum(1)
    last = np.sqrt(np.maximum(np.where(np.isfinite(truth), truth, 0).max(1), 0)) * (1 + 1e-4)
    hits = sum(
        min(int((np.array(each) <= end).sum()), count)
        for each, end, count in zip(near, last, there, strict=True)
    )
    return hits / max(1, int(there.sum()))


def strategy(connection: vql.Connection, sql: str, values: tuple[object, ...]) -> str:
    """Return how EXPLAIN says that the segments were searched: lists and candidates after "effort"."""
    lines = [str(row[0]).strip() for row in connection.execute(f"EXPLAIN ANALYZE {sql}", values).fetchall()]
    ways = [line.removeprefix("Strategy: ") for line in lines if line.startswith("Strategy: ")]
    return "; ".join(way.partition(" on segment")[0] for way in ways)


if __name__ == "__main__":
    main()
