"""What a bucket costs: durable commits, a cold open, a warm query beside the same one on a folder.

The store is moto's server, S3's dialect over a socket of this machine, in a process of its own: its times are
no network's, and what a PUT takes at a cloud comes on top. With a URL it is measured there, with the
environment's credentials: `make bench-bucket ARGS=s3://bucket/bench`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import vql

DIM, QUERIES, COMMITS, CLIENTS, COMMITS_EACH = 128, 300, 200, 64, 30
STORE = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser("bench.bucket", description=__doc__)
    parser.add_argument("url", nargs="?", help="where, instead of a store of its own")
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        cache = os.environ["VQL_CACHE"] = f"{made}/cache"
        with _url(options.url) as url:
            commits(url + "-commits")
            opens(Path(made), url, cache, options.rows)


def commits(url: str) -> None:
    """Time single commits, one behind the other and of many threads."""
    with vql.connect(url) as connection:
        connection.execute("CREATE TABLE t (id bigint PRIMARY KEY)")
        insert = "INSERT INTO t VALUES (?)"
        took_ms = _timed(lambda number: connection.execute(insert, (number,)), COMMITS)
        _say("durable commit", took_ms)

        def write(start: int) -> None:
            with vql.connect(url) as own:
                for number in range(start, start + COMMITS_EACH):
                    own.execute(insert, (number,))

        threads = [threading.Thread(target=write, args=(1_000 * n,)) for n in range(1, CLIENTS + 1)]
        started_s = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = CLIENTS * COMMITS_EACH / (time.perf_counter() - started_s)
        print(f"durable commits of {CLIENTS} threads: {rate:,.0f}/s")


def opens(made: Path, url: str, cache: str, rows: int) -> None:
    """Push a table with an index, open it without a working copy and with one, and query it in both homes."""
    vectors = np.random.default_rng(1).normal(size=(rows, DIM)).astype(np.float32)
    folder = made / "shop"
    with vql.connect(folder) as connection:
        connection.execute(f"CREATE TABLE t (id int PRIMARY KEY, v vector({DIM}))")
        connection.insert("t", {"id": np.arange(rows), "v": vectors})
        connection.execute("CREATE INDEX ON t USING ivfpq (v vector_l2_ops)")
        connection.execute("VACUUM t")
    from vql.session.copies.buckets import push_database

    started_s = time.perf_counter()
    push_database(str(folder), url, lambda *_: None)
    print(f"push of {rows:,} x {DIM}: {time.perf_counter() - started_s:.2f} s")
    shutil.rmtree(cache)
    nearest = "SELECT id FROM t ORDER BY v <-> ? LIMIT 10"
    # In a process of its own each, as at first: what is imported is not counted, what is asked first is.
    for what in ("cold", "warm"):
        script = (
            "import sys, time, numpy, vql\n"
            "from vql.session.session import Session\nimport obstore, slatedb.uniffi, faiss\n"
            "start = time.perf_counter()\n"
            f"connection = vql.connect({url!r}, create=False)\n"
            f"connection.execute({nearest!r}, (numpy.zeros({DIM}, numpy.float32),)).fetchall()\n"
            "print(time.perf_counter() - start)"
        )
        said = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True)
        print(f"{what} open to the first answer: {float(said.stdout):.2f} s")
    with vql.connect(folder) as here, vql.connect(url, create=False) as there:
        homes = {"folder": here, "bucket": there}
        took: dict[str, list[float]] = {name: [] for name in homes}
        for _ in range(5):  # by turns: other work on the machine meets both
            for name, connection in homes.items():
                took[name] += _timed(
                    lambda number, at=connection: at.execute(nearest, (vectors[number],)).fetchall(), QUERIES
                )
        for name, took_ms in took.items():
            _say(f"query, {name}", took_ms)


def _timed(work: Callable[[int], object], times: int) -> list[float]:
    found = []
    for number in range(times):
        started_s = time.perf_counter()
        work(number)
        found.append(1e3 * (time.perf_counter() - started_s))
    return found


def _say(what: str, took_ms: list[float]) -> None:
    ranked = sorted(took_ms)
    print(f"{what}: p50 {statistics.median(ranked):.2f} ms, p99 {ranked[int(len(ranked) * 0.99)]:.2f} ms")


@contextmanager
def _url(given: str | None) -> Iterator[str]:
    """Yield a URL where nothing is: the one given, or in a store of our own."""
    if given is not None:
        yield f"{given.rstrip('/')}/{time.time_ns()}"
        return
    with subprocess.Popen(
        [sys.executable, "-c", STORE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as store:
        assert store.stdout is not None and store.stdin is not None
        host, port = store.stdout.readline().split()
        endpoint = f"http://{host}:{port}"
        with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/shop", method="PUT")):
            pass
        os.environ |= {
            "AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT": endpoint, "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "secret",
        }  # fmt: skip
        try:
            yield "s3://shop/bench"
        finally:
            store.stdin.close()


if __name__ == "__main__":
    main()
