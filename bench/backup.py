"""What a backup and a restore take beside a copy of the same files.

    python -m bench.backup [--rows 500000] [--dimensions 512] [--rounds 3]

makes a database (1 GB as given), then in turns copies its folder with `cp -r` and has it made durable
(`sync`), backs it up into a new folder, backs it up again after one row was added, and restores it. Prints
the median of the rounds in seconds; all is done in a folder below the present one and removed again.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import vql
from vql.session.copies.backups import backup, restore

ROWS_AT_ONCE = 50_000


def make_database(path: Path, rows: int, dimensions: int) -> None:
    """Make a database of random vectors."""
    generator = np.random.default_rng(1)
    with vql.connect(path) as connection:
        connection.execute(f"CREATE TABLE t (id bigint PRIMARY KEY, v vector({dimensions}))")
        for start in range(0, rows, ROWS_AT_ONCE):
            ids = np.arange(start, min(rows, start + ROWS_AT_ONCE))
            vectors = generator.random((len(ids), dimensions), dtype="f4")
            connection.insert("t", {"id": ids, "v": vectors})


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def quiet(phase: str, fraction: float) -> None:
    """Show nothing."""


def copy(source: Path, target: Path) -> None:
    """Copy a folder as a person would, durably."""
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    subprocess.run(["sync", "-f", str(target)], check=True)


def round_of(folder: Path, path: Path, number: int) -> dict[str, float]:
    """Return what each step takes, by its name."""
    kept, copied, made = folder / "kept", folder / "copied", folder / "made"
    found = {"cp and sync": seconds(lambda: copy(path, copied))}
    shutil.rmtree(copied)
    found["first backup"] = seconds(lambda: backup(path, kept, quiet))
    with vql.connect(path) as connection:
        connection.execute("INSERT INTO t (id) VALUES (?)", [-1 - number])
    taken = []
    found["second backup"] = seconds(lambda: taken.append(backup(path, kept, quiet).made))
    found["restore"] = seconds(lambda: restore(taken[0], made, None, quiet))
    shutil.rmtree(kept)
    shutil.rmtree(made)
    return found


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser("bench.backup", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".", prefix="bench-backup-") as name:
        folder = Path(name).absolute()
        make_database(folder / "db", options.rows, options.dimensions)
        size = sum(path.stat().st_size for path in (folder / "db").rglob("*") if path.is_file())
        print(f"{size / 1e9:.2f} GB")
        rounds = [round_of(folder, folder / "db", number) for number in range(options.rounds)]
    for step in rounds[0]:
        print(f"{step:>14}: {statistics.median(each[step] for each in rounds):6.2f} s")


if __name__ == "__main__":
    main()
