"""`python -m bench.many`: many vectors by one statement, against one statement for each.

Two tables of random clusters with the same rows, one with an index, one without, and 256 queries of the same
clusters: one by one, by `search_many`, and by a LATERAL over a table of them; without a filter and under
filters that pass half, a tenth and a fiftieth of the rows, and one that passes rows on one side. All
take turns in one process, and the best of the rounds counts. CPU time is the process's, on one thread.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import vql

QUERIES, CENTRES = 256, 2_000
TABLES = {"index": "indexed", "exact": "scanned"}
FILTERS = {"": "all", "bucket < 50": "half", "bucket < 10": "a tenth", "bucket < 2": "a fiftieth",
           "side < -0.5": "one side"}  # fmt: skip


def main() -> None:
    """Load, then measure every table, filter and k."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ks", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--keep", type=Path, help="keep the database in this folder and use it again")
    parser.add_argument("--out", type=Path, help="taken as by the other commands; nothing is written")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = (options.keep or Path(folder)) / f"many-{options.rows}-{options.dim}"
        vectors = clusters(options.rows, options.dim)
        with vql.connect(path) as connection:
            load(connection, *vectors)
            connection.execute("SET vql.threads = 1")
            print("| rows | passing | k | one by one, us of CPU a query | LATERAL | search_many |")
            print("|---|---|--:|--:|--:|--:|")
            for name, table in TABLES.items():
                for condition, passing in FILTERS.items():
                    for k in options.ks:
                        took = measured(connection, table, condition, k, vectors[1], options.rounds)
                        print(f"| {name} | {passing} | {k} | " + " | ".join(took) + " |", flush=True)


def clusters(rows: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors (rows, dim) and queries (QUERIES, dim), float32, around the same centres."""
    generator = np.random.default_rng(1)
    centres = generator.normal(size=(CENTRES, dim))
    near = centres[generator.integers(CENTRES, size=rows + QUERIES)]
    found = (near + 0.7 * generator.normal(size=near.shape)).astype(np.float32)
    return found[:rows], found[rows:]


def load(connection: vql.Connection, vectors: np.ndarray, queries: np.ndarray) -> None:
    """Write the tables that are not there."""
    if connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'queries'").fetchone() == (1,):
        return
    bucket = np.random.default_rng(2).integers(100, size=len(vectors)).astype(np.int32)
    for table in TABLES.values():
        connection.execute(
            f"CREATE TABLE {table} (id bigint PRIMARY KEY, bucket int, side real,"
            f" v vector({vectors.shape[1]}))"
        )
        rows = {"id": np.arange(len(vectors)), "bucket": bucket, "side": vectors[:, 0], "v": vectors}
        connection.insert(table, rows)
    connection.execute("CREATE INDEX ON indexed USING auto (v vector_l2_ops)")
    connection.execute("VACUUM")
    connection.execute(f"CREATE TABLE queries (n int PRIMARY KEY, v vector({vectors.shape[1]}))")
    connection.insert("queries", {"n": np.arange(QUERIES), "v": queries})


def measured(
    connection: vql.Connection, table: str, condition: str, k: int, queries: np.ndarray, rounds: int
) -> list[str]:
    """Return what a query takes by each way, with how many times less than one by one."""
    where = f"WHERE {condition}" if condition else ""
    single = f"SELECT id FROM {table} {where} ORDER BY v <-> $1 LIMIT {k}"
    inner = single.replace("$1", "q.v")
    join = f"SELECT q.n, s.id FROM queries q, LATERAL ({inner}) s"
    ways: list[Callable[[], object]] = [
        lambda: [connection.execute(single, [query]).fetchall() for query in queries],
        lambda: connection.execute(join).fetchall(),
        lambda: list(connection.search_many(single, queries)),
    ]
    least = [float("inf")] * len(ways)
    for _ in range(rounds):
        for number, way in enumerate(ways):
            started = time.process_time()
            way()
            least[number] = min(least[number], (time.process_time() - started) / len(queries) * 1e6)
    alone, *others = least
    return [f"{alone:,.0f}", *(f"{us:,.0f} ({alone / us:.1f}x)" for us in others)]


if __name__ == "__main__":
    main()
