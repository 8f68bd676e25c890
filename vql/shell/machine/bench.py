"""`vql bench [FOLDER]`: a minute of measurements on this machine's disk and processors, beside what the same
command gave on another one."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROWS, DIM, COMMITS, QUERIES = 20_000, 128, 100, 200
SEED = 7


class Measured(NamedTuple):
    """What was measured; `reference` is what this command gave on two cores of an AMD EPYC with a virtual
    disk, while other work ran beside. Where `is_rate`, more is better."""

    what: str
    value: float
    unit: str
    reference: float
    is_rate: bool = False

    def line(self) -> str:
        """Return the line that tells it."""
        ratio = self.value / self.reference if self.is_rate else self.reference / self.value
        said = f"{ratio:.1f} times as quick" if ratio >= 1 else f"{1 / ratio:.1f} times as slow"
        return f"{self.what:<44} {self.value:>10,.2f} {self.unit:<8} {self.reference:>10,.2f}  {said}"


def bench_command(given: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        "vql bench",
        description="Measure commits, inserts and searches in a database that is made in FOLDER and removed "
        "again, and compare with another machine.",
    )
    parser.add_argument(
        "path", metavar="FOLDER", nargs="?", default=".", help="on the disk that is meant; here if not given"
    )
    folder = Path(parser.parse_args(given).path).expanduser()
    if not folder.is_dir():
        print(f"vql: {folder} is no folder", file=sys.stderr)
        return 1
    print(f"{'':<44} {'here':>10} {'':<8} {'reference':>10}")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".vql-bench-") as made:
        for each in measurements(Path(made)):
            print(each.line(), flush=True)
    return 0


def measurements(folder: Path) -> Iterator[Measured]:
    """Yield what is measured in a folder, which is left with a database."""
    import numpy as np

    import vql
    from vql.shell.machine.folder import sync_ms

    page_ms = sync_ms(folder)
    yield Measured("a page that is safe on disk (fsync)", page_ms, "ms", 4.58)
    random = np.random.default_rng(SEED)
    centers = random.normal(size=(64, DIM))
    vectors = centers[random.integers(0, 64, ROWS)] + random.normal(size=(ROWS, DIM))
    queries = vectors[random.integers(0, ROWS, QUERIES)] + random.normal(size=(QUERIES, DIM)) / 4
    with vql.connect(folder / "db") as connection:
        connection.execute(f"CREATE TABLE items (id int PRIMARY KEY, bucket int, v vector({DIM}))")
        insert = "INSERT INTO items VALUES (?, ?, ?)"
        times = _each(lambda n: connection.execute(insert, (-n, n, vectors[n])), range(1, COMMITS + 1))
        yield Measured("one row inserted and committed", _median_ms(times), "ms", 12.69)
        yield Measured("the same, in syncs of a page", _median_ms(times) / page_ms, "", 2.77)
        started_s = time.perf_counter()
        columns = {"id": np.arange(ROWS), "bucket": np.arange(ROWS) % 100, "v": vectors.astype(np.float32)}
        connection.insert("items", columns)
        spent_s = time.perf_counter() - started_s
        yield Measured(f"rows of {DIM} dimensions inserted at once", ROWS / spent_s, "rows/s", 73_533, True)
        search = "SELECT id FROM items ORDER BY v <-> ? LIMIT 10"
        exact = [connection.execute(search, (query,)).fetchall() for query in queries[:20]]
        times = _each(lambda n: connection.execute(search, (queries[n],)).fetchall(), range(QUERIES))
        yield Measured(
            f"10 nearest of {ROWS:,}, compared with all", statistics.median(times) * 1e3, "ms", 1.0
        )
        started_s = time.perf_counter()
        connection.execute("CREATE INDEX near ON items USING hnsw (v vector_l2_ops)")
        yield Measured("an index of them built", time.perf_counter() - started_s, "s", 25.76)
        for n in range(QUERIES):
            connection.execute(search, (queries[n],)).fetchall()
        times = _each(lambda n: connection.execute(search, (queries[n],)).fetchall(), range(QUERIES))
        yield Measured("10 nearest by the index", _median_ms(times), "ms", 0.51)
        found = [connection.execute(search, (query,)).fetchall() for query in queries[:20]]
        hits = sum(len(set(map(tuple, a)) & set(map(tuple, b))) for a, b in zip(exact, found, strict=True))
        yield Measured("share of the true 10 that it finds", hits / 200, "", 0.98, True)
        filtered = "SELECT id FROM items WHERE bucket = ? ORDER BY v <-> ? LIMIT 10"
        times = _each(
            lambda n: connection.execute(filtered, (n % 100, queries[n])).fetchall(), range(QUERIES)
        )
        yield Measured(
            "10 nearest of the 1 % that a filter passes", statistics.median(times) * 1e3, "ms", 0.4
        )
        by_key = "SELECT bucket FROM items WHERE id = ?"
        times = _each(lambda n: connection.execute(by_key, (n,)).fetchall(), range(QUERIES))
        yield Measured("a row by its key", _median_ms(times), "ms", 0.07)


def _median_ms(times_s: Sequence[float]) -> float:
    return statistics.median(times_s) * 1e3


def _each(work: Callable[[int], object], numbers: range) -> list[float]:
    """Return the seconds that each call takes."""
    times = []
    for number in numbers:
        started_s = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - started_s)
    return times
