"""`python -m bench.figures`: what a user waits for beside searching.

Python's share of a cached statement, opening a database up to the first answer and the private memory
that takes, bulk inserts, and AS OF against now; on a generated mixture, or Fashion-MNIST for opening
where it is there. Every part runs in a process of its own.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

import vql
from bench.sets import VectorSet, load_sets, made

ROWS, DIM, QUERIES, ROUNDS = 50_000, 128, 500, 7
BULK_ROWS = 400_000
TABLE = "CREATE TABLE items (id bigint PRIMARY KEY, brand text, price real, vec vector({dim}))"
STATEMENT = "SELECT id, brand, price FROM items ORDER BY vec <-> ? LIMIT 10"


# A process that has imported everything and then opens a database.
FRESH = """
import sys, time, numpy as np, vql, vql.storage.kernels
def private():
    lines = open("/proc/self/smaps_rollup")
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))
query = np.frombuffer(bytes.fromhex(sys.stdin.read()), np.float32)
before, started = private(), time.perf_counter()
connection = vql.connect(sys.argv[1])
rows = connection.execute(sys.argv[2], (query,)).fetchall()
print((time.perf_counter() - started) * 1e3, (private() - before) / 1024)
"""


def main() -> None:
    """Run every part, each in its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=["statement", "opening", "bulk"])
    parser.add_argument("folder", nargs="?", type=Path)
    options = parser.parse_args()
    if options.part is not None:
        {"statement": statement, "opening": opening, "bulk": bulk}[options.part](options.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        load(folder / "statement", mixture(), "hnsw")
        real = [d for d in load_sets(Path(".data"), ["fashion-mnist"]) if d.name == "fashion-mnist"]
        load(folder / "opening", real[0] if real else mixture(), "auto")
        for part in ("statement", "opening", "bulk"):
            subprocess.run([sys.executable, "-m", "bench.figures", part, str(folder / part)], check=True)


def mixture() -> VectorSet:
    """Return a Gaussian mixture of 500 centres."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(500, DIM))
    picks = generator.integers(0, len(centres), ROWS + QUERIES)
    rows = (centres[picks] + 0.6 * generator.normal(size=(len(picks), DIM))).astype(np.float32)
    return made("mixture", "l2", rows[:ROWS], rows[ROWS:])


def load(folder: Path, data: VectorSet, method: str) -> None:
    """Make a table of vectors with two more columns, and an index."""
    rows = len(data.base)
    with vql.connect(folder) as connection:
        connection.execute(TABLE.format(dim=data.base.shape[1]))
        brands = [f"brand {i % 20}" for i in range(rows)]
        connection.insert(
            "items", {"id": np.arange(rows), "brand": brands, "price": np.arange(rows) / 2, "vec": data.base}
        )
        connection.execute("VACUUM items")
        connection.execute(f"CREATE INDEX ON items USING {method} (vec vector_l2_ops)")


def statement(folder: Path) -> None:
    """Time a cached statement, the index search inside it alone, and the statement AS OF before."""
    connection = vql.connect(folder)
    queries = mixture().queries
    before = datetime.datetime.now(datetime.UTC)

    def run(sql: str = STATEMENT, *more: object) -> None:
        for query in queries:
            connection.execute(sql, (query, *more)).fetchall()

    run()
    run(STATEMENT + " AS OF ?", before)
    (_, searcher), *_ = connection.session.queries.searchers()
    probe = searcher.choice(0.95, 10).probe
    search, spent = probe.search_function, [0.0]

    def timed(*arguments: object) -> None:
        started = time.thread_time()
        search(*arguments)
        spent[0] += time.thread_time() - started

    # faiss is timed where it runs, between our Python: alone, with warm caches, it takes less.
    whole, inside, past = [], [], []
    clock = cpu_us(lambda: [time.thread_time() for _ in range(QUERIES)], QUERIES)
    for _ in range(ROUNDS):
        whole.append(cpu_us(run, len(queries)))
        past.append(cpu_us(lambda: run(STATEMENT + " AS OF ?", before), len(queries)))
        spent[0], probe.search_function = 0.0, timed
        run()
        probe.search_function = search
        inside.append(spent[0] / len(queries) * 1e6 - clock)
    print(f"cached top-10 statement, {ROWS:,} x {DIM}: {median(whole):.0f} us of CPU, of which faiss "
          f"{median(inside):.0f}, the rest {median(whole) - median(inside):.0f}")  # fmt: skip
    print(f"AS OF a time against now: {median(whole) / median(past):.2f} of the speed")


def cpu_us(work, count: int) -> float:  # type: ignore[no-untyped-def]
    """Return microseconds of CPU per item."""
    started = time.thread_time()
    work()
    return (time.thread_time() - started) / count * 1e6


def opening(folder: Path) -> None:
    """Open a database and answer one query; tell time and private memory."""
    with vql.connect(folder) as other:  # the first import of everything is not the database's
        (count,) = other.execute("SELECT count(*) FROM items").fetchone() or (0,)
        (query,) = other.execute("SELECT vec FROM items WHERE id = 7").fetchone() or (None,)
    query = np.array(query)
    found = []
    for _ in range(5):
        command = [sys.executable, "-c", FRESH, str(folder), STATEMENT]
        given = query.tobytes().hex()
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
        found.append(tuple(map(float, done.stdout.split())))
    vectors = count * query.size * 4 / 1e6
    print(f"open {count:,} x {query.size} and answer the first query: {median(f[0] for f in found):.0f} ms, "
          f"{median(f[1] for f in found):.0f} MB of private memory (vectors: {vectors:.0f} MB)")  # fmt: skip


def bulk(folder: Path) -> None:
    """Insert whole columns; they are durable and searchable when the call returns."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(BULK_ROWS, DIM)).astype(np.float32)
    brands = np.array([f"brand {i % 50}" for i in range(BULK_ROWS)])
    with vql.connect(folder) as connection:
        connection.execute(TABLE.format(dim=DIM))
        ids = np.arange(BULK_ROWS)
        started = time.perf_counter()
        connection.insert("items", {"id": ids, "brand": brands, "price": ids / 2, "vec": vectors})
        rate = BULK_ROWS / (time.perf_counter() - started)
        rows = connection.execute(STATEMENT, (vectors[5],)).fetchall()
        assert rows[0][0] == 5
    print(f"bulk insert of {BULK_ROWS:,} x {DIM} with three scalar columns: {rate:,.0f} rows/s")


if __name__ == "__main__":
    main()
