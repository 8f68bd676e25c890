"""What statements cost beside many tables, and AS OF now() beside writers:
`python -m tests.storage.soak_tables [TABLES]`.

CREATE, INSERT, a look-up by key and DROP must take at most 1.3 times the CPU they take in a database of one
table; AS OF now(), while four processes write, 1.2 times as long as the same look-up without it.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import vql

TABLES_MAX, NOW_MAX = 1.3, 1.2
WRITERS, WRITING_S = 4, 15.0
COLUMNS = "(id int PRIMARY KEY, v vector(3))"
CONTEXT = multiprocessing.get_context("spawn")


def median_us(work: Callable[[int], object], times: int) -> float:
    """Return the CPU time of some work, in us."""
    taken = []
    for number in range(times):
        began = time.thread_time()
        work(number)
        taken.append(time.thread_time() - began)
    return statistics.median(taken) * 1e6


def figures(connection: vql.Connection, series: int) -> dict[str, float]:
    """Return what each statement takes; a series uses keys and names of its own."""
    run = connection.execute
    keys = series * 10_000
    return {
        "CREATE": median_us(lambda i: run(f"CREATE TABLE new{keys + i} {COLUMNS}"), 60),
        "INSERT": median_us(lambda i: run("INSERT INTO t VALUES (?, '[1,2,3]')", [keys + i]), 200),
        "SELECT": median_us(lambda i: run("SELECT v FROM t WHERE id = ?", [i]).fetchall(), 200),
        "DROP": median_us(lambda i: run(f"DROP TABLE new{keys + i}"), 60),
    }


def beside_tables(path: Path, count: int) -> dict[str, float]:
    """Return how many times longer each statement takes beside so many tables."""
    with vql.connect(path) as connection:
        connection.execute(f"CREATE TABLE t {COLUMNS}")
        figures(connection, 0)  # warm
        alone = figures(connection, 1)
        for number in range(count):
            connection.execute(f"CREATE TABLE t{number} {COLUMNS}")
        beside = figures(connection, 2)
    for name in alone:
        print(f"{name}: {alone[name]:.0f} us alone, {beside[name]:.0f} us beside {count} tables", flush=True)
    return {name: beside[name] / alone[name] for name in alone}


def write(path: Path, first: int, stop: Event) -> None:
    """Insert row after row."""
    with vql.connect(path) as connection:
        while not stop.is_set():
            connection.execute("INSERT INTO t VALUES (?, '[1,2,3]')", [first])
            first += 1


def now_beside_writers(path: Path) -> float:
    """Return how many times longer a look-up takes AS OF now() while others write."""
    plain, now = "SELECT v FROM t WHERE id = 1", "SELECT v FROM t AS OF now() WHERE id = 1"
    taken: dict[str, list[float]] = {plain: [], now: []}
    with vql.connect(path) as connection:
        connection.execute(f"CREATE TABLE t {COLUMNS}")
        stop = CONTEXT.Event()
        writers = [CONTEXT.Process(target=write, args=(path, k * 10**6, stop)) for k in range(WRITERS)]
        for writer in writers:
            writer.start()
        ends = time.monotonic() + WRITING_S
        while time.monotonic() < ends:
            # Each has its turn to be the one that meets what was committed since.
            for sql in (plain, now) if len(taken[now]) % 2 else (now, plain):
                began = time.perf_counter()
                connection.execute(sql).fetchall()
                taken[sql].append(time.perf_counter() - began)
            time.sleep(0.001)
        stop.set()
        for writer in writers:
            writer.join()
    medians = {sql: statistics.median(times) for sql, times in taken.items()}
    print(f"plain {medians[plain] * 1e6:.0f} us, AS OF now() {medians[now] * 1e6:.0f} us", flush=True)
    return medians[now] / medians[plain]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        ratios = beside_tables(Path(folder) / "tables", int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
        late = now_beside_writers(Path(folder) / "now")
    print({**{name: round(ratio, 2) for name, ratio in ratios.items()}, "AS OF now()": round(late, 2)})
    sys.exit(late > NOW_MAX or any(ratio > TABLES_MAX for ratio in ratios.values()))
