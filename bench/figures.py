"""`python -m bench.figures`: what a user waits for beside searching, and how speed falls with size.

statement: Python's share of a cached top-10 statement. bulk: inserts of whole columns. scaling: queries per
CPU-second from a hundredth of the rows over a tenth to all. opening: a database of all rows is opened and
answers its first query, in a fresh process: time after import, private memory. segments: a table of 4 and of
8 segments searched by two threads and by one. On the generated mixture.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

import vql
from bench.cases import unfiltered
from bench.measure import Bench, machine
from bench.peers.vql_embedded import VqlEmbedded, place, stored
from bench.sets import VectorSet, generate

PARTS = ("statement", "bulk", "scaling", "opening", "segments")
STATEMENT_ROWS, BULK_ROWS, QUERIES, ROUNDS, OPENINGS = 50_000, 400_000, 300, 20, 7
SEGMENT_ROWS, SEGMENT_QUERIES, SEGMENT_ROUNDS = 100_000, 30, 5

# A process that has imported everything and then opens a database.
FRESH = """
import sys, time, numpy as np, vql.dbapi, vql.storage.index.kernels
def private():
    lines = [line.split() for line in open("/proc/self/smaps_rollup")]
    kib = {words[0]: int(words[1]) for words in lines if words[0].startswith("Private")}
    return np.array([kib["Private_Dirty:"], kib["Private_Clean:"]]) / 1024
query = np.frombuffer(bytes.fromhex(sys.stdin.read()), np.float32)
before, started = private(), time.perf_counter()
connection = vql.connect(sys.argv[1])
rows = connection.execute(sys.argv[2], (query,)).fetchall()
assert len(rows) == 10
print((time.perf_counter() - started) * 1e3, *(private() - before))
"""


def main() -> None:
    """Run the parts and keep what they tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all otherwise")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of scaling and opening")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="of statement; of other parts at most so many"
    )
    parser.add_argument("--keep", type=Path, help="keep the databases in this folder and use them again")
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder of figures.md")
    options = parser.parse_args()
    run = {"statement": statement, "bulk": bulk, "scaling": scaling, "opening": opening,
           "segments": segments}  # fmt: skip
    told = []
    with tempfile.TemporaryDirectory() as temporary:
        for part in options.parts or PARTS:
            told.append(
                f"* {part}: {run[part](options.keep or Path(temporary), options.rows, options.rounds)}"
            )
            print(told[-1], flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "figures.md").write_text(f"On {machine()}:\n\n" + "\n".join(told) + "\n")


def clustered(keep: Path, rows: int, method: str) -> tuple[VectorSet, VqlEmbedded]:
    """Return the mixture with some rows and its open database."""
    data = generate("clustered", rows)
    return data, stored(place(keep, data, method), data, method)


def statement(keep: Path, rows: int, rounds: int) -> str:
    """Time a cached statement of three columns, and what faiss and the exact distances take inside it."""
    data, store = clustered(keep, min(rows, STATEMENT_ROWS), "auto")
    queries = data.queries[:QUERIES]
    for query in queries:
        store.connection.execute(store.plain, (query,)).fetchall()
    searcher, *_ = store.connection.session.queries.searchers.all()
    probe = searcher.chooser.plain(0.95, 10).probe or searcher.chooser.probes[0]
    spent = [0.0]

    def timed(kernel: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: object) -> None:
            started = time.perf_counter()
            kernel(*arguments)
            spent[0] += time.perf_counter() - started

        return run

    # What timing a kernel takes of the rest.
    nothing = timed(lambda: None)
    empty = []
    for _ in range(rounds * QUERIES):
        spent[0], started = 0.0, time.perf_counter()
        nothing()
        empty.append(time.perf_counter() - started - spent[0])
    timing = 2 * float(np.median(empty))
    # Kernels are timed where they run, between our Python: alone, with warm caches, they take less.
    probe.search_function = timed(probe.search_function)
    assert searcher.exact._select is not None
    searcher.exact._select = timed(searcher.exact._select)
    best = np.full((len(queries), 2), np.inf)
    for _ in range(rounds):
        for number, query in enumerate(queries):
            spent[0], started = 0.0, time.perf_counter()
            store.connection.execute(store.plain, (query,)).fetchall()
            whole = time.perf_counter() - started - timing
            if whole - spent[0] < best[number, 1]:
                best[number] = spent[0], whole - spent[0]
    store.close()
    # The median query: the few that lie apart from the rows are searched wider.
    inside, rest = np.median(best, axis=0) * 1e6
    return (
        f"cached top-10 statement, three columns as tuples, {len(data.base):,} x {data.base.shape[1]}, auto: "
        f"{inside + rest:.1f} us, of which faiss and exact distances {inside:.1f}, the rest {rest:.1f}"
    )


def bulk(keep: Path, rows: int, _: int) -> str:
    """Insert whole columns; they are durable and searchable when the call returns."""
    data = generate("clustered", min(rows, BULK_ROWS))
    brands = np.array([f"brand {number % 50}" for number in range(len(data.base))])
    with tempfile.TemporaryDirectory(dir=keep) as folder, vql.connect(folder) as connection:
        dim = data.base.shape[1]
        connection.execute(
            f"CREATE TABLE items (id bigint PRIMARY KEY, brand text, side integer, vec vector({dim}))"
        )
        ids = np.arange(len(data.base))
        started = time.perf_counter()
        connection.insert(
            "items", {"id": ids, "brand": brands, "side": data.columns["side"], "vec": data.base}
        )
        rate = len(ids) / (time.perf_counter() - started)
        (found,) = connection.execute(
            "SELECT id FROM items ORDER BY vec <-> ? LIMIT 1", (data.base[5],)
        ).fetchall()
        assert found == (5,)
    return f"bulk insert of {len(ids):,} x {dim} with three scalar columns, durable: {rate:,.0f} rows/s"


def scaling(keep: Path, rows: int, _: int) -> str:
    """Measure `auto` at recall 0.95 with a hundredth and a tenth of the rows and with all."""
    told, rates = [], []
    for count in (rows // 100, rows // 10, rows):
        data, store = clustered(keep, count, "auto")
        store.tune(0.95)
        bench, case = Bench.of(data), unfiltered(data, QUERIES)
        reached = bench.scored(store.search, case).recall
        rates.append(bench.rates({"vql": store.search}, case)["vql"])
        told.append(f"{count:,} rows {rates[-1]:,.0f} (recall {reached:.3f})")
        store.close()
    return f"queries per CPU-s: {', '.join(told)}; falls by {rates[0] / rates[-1]:.2f}"


def opening(keep: Path, rows: int, rounds: int) -> str:
    """Open a database in fresh processes and answer one query; tell time and private memory."""
    data, store = clustered(keep, rows, "auto")
    store.search(data.queries[0], None)  # the first import of everything is not the database's
    store.close()
    command = [sys.executable, "-c", FRESH, str(store.folder), store.plain]
    given = data.queries[1].tobytes().hex()
    # As it is where it was installed: with the bytecode of its modules.
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found = []
    for _ in range(min(rounds, OPENINGS)):
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=True, env=compiled)
        found.append(tuple(map(float, done.stdout.split())))
    time_ms, dirty, clean = (median(column) for column in zip(*found, strict=True))
    return (
        f"open {rows:,} x {data.base.shape[1]} and answer the first query, after import: {time_ms:.0f} ms, "
        f"{dirty:.1f} MB of private memory and {clean:.1f} MB of mapped pages of its own "
        f"(vectors: {data.base.nbytes / 2**20:.0f} MB)"
    )


def segments(keep: Path, rows: int, rounds: int) -> str:
    """Search tables of several segments by one thread and by two; tell the time a statement takes."""
    told = []
    for count in (4, 8):
        each = min(rows // 10, SEGMENT_ROWS)
        data = generate("clustered", count * each)
        with tempfile.TemporaryDirectory(dir=keep) as folder, vql.connect(folder) as connection:
            connection.session.database.maintainer.in_background = False  # it would merge them
            for table in ("scanned", "indexed"):
                connection.execute(f"CREATE TABLE {table} (id bigint, vec vector({data.base.shape[1]}))")
                for start in range(0, count * each, each):
                    place = slice(start, start + each)
                    connection.insert(table, {"id": np.arange(start, start + each), "vec": data.base[place]})
            connection.execute("CREATE INDEX ON indexed USING auto (vec vector_l2_ops)")
            for name, table in (("exact scan", "scanned"), ("index", "indexed")):
                queries = data.queries[:SEGMENT_QUERIES]
                one, two = _by_threads(connection, table, queries, min(rounds, SEGMENT_ROUNDS))
                told.append(f"{count} segments by {name} {one:,.0f} us and {two:,.0f} ({one / two:.2f}x)")
    return f"top 10 of segments of {each:,} rows, one thread and two: {', '.join(told)}"


def _by_threads(
    connection: vql.Connection, table: str, queries: np.ndarray, rounds: int
) -> tuple[float, float]:
    """Return microseconds a statement by one thread and by two: the median query's best round."""
    sql = f"SELECT id FROM {table} ORDER BY vec <-> ? LIMIT 10"
    best = np.full((len(queries), 2), np.inf)
    for _ in range(rounds):
        for threads in (1, 2):
            connection.execute(f"SET vql.threads = {threads}")
            connection.execute(sql, (queries[0],)).fetchall()
            for number, query in enumerate(queries):
                started = time.perf_counter()
                connection.execute(sql, (query,)).fetchall()
                spent = time.perf_counter() - started
                best[number, threads - 1] = min(best[number, threads - 1], spent)
    one, two = np.median(best, axis=0) * 1e6
    return float(one), float(two)


if __name__ == "__main__":
    main()
