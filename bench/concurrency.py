"""`python -m bench.concurrency`: statements a second by number of clients, over the wire.

1, 4 and 16 clients ask for the top 10 of a prepared statement, each waiting for its answer before it asks
again, by an exact scan and by an index. Server and clients share the machine; the clients are sockets of
one process that send messages made beforehand. Printed are the rate, the CPU time of server and clients a
statement, and both as ratios to one client. Rounds take turns and the best of each counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import vql

CLIENTS = (1, 4, 16)
QUERIES = 256
SQL = "SELECT id FROM {table} ORDER BY vec <-> $1 LIMIT 10"
TABLES = {"exact scan": "scanned", "index": "indexed"}


def main() -> None:
    """Load two tables, serve them, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        queries = load(Path(folder) / "db", options.rows, options.dim)
        server = subprocess.Popen(
            [sys.executable, "-m", "vql.shell.main", "serve", str(Path(folder) / "db"), "--port", "0",
             "--workers", str(options.workers)],
            stdout=subprocess.PIPE, text=True, env={"OMP_NUM_THREADS": "1", **os.environ},
        )  # fmt: skip
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline().rsplit(":", 1)[1])
            for name, table in TABLES.items():
                measure(name, table, port, queries, server.pid, options)
        finally:
            server.terminate()
            server.wait(30)


def load(path: Path, rows: int, dim: int) -> list[bytes]:
    """Write clustered vectors into both tables and index one; return queries in the binary form."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(256, dim))
    near = centres[generator.integers(256, size=rows + QUERIES)]
    vectors = (near + 0.5 * generator.normal(size=near.shape)).astype(np.float32)
    with vql.connect(path) as connection:
        for table in TABLES.values():
            connection.execute(f"CREATE TABLE {table} (id bigint PRIMARY KEY, vec vector({dim}))")
            connection.insert(table, {"id": np.arange(rows), "vec": vectors[:rows]})
        connection.execute("VACUUM")
        connection.execute("CREATE INDEX ON indexed USING auto (vec vector_l2_ops)")
    return [dim.to_bytes(2, "big") + b"\0\0" + vector.astype(">f4").tobytes() for vector in vectors[rows:]]


def measure(
    name: str, table: str, port: int, queries: list[bytes], server: int, options: argparse.Namespace
) -> None:
    """Print one table's rates."""
    best = {count: (0.0, 0.0) for count in CLIENTS}
    asyncio.run(run(port, table, queries, 1, 1.0))
    for _ in range(options.rounds):
        for count in CLIENTS:
            before = cpu_seconds(server)
            done = asyncio.run(run(port, table, queries, count, options.seconds))
            spent = cpu_seconds(server) - before
            best[count] = max(best[count], (done / options.seconds, spent / done))
    for count, (rate, spent) in best.items():
        print(
            f"{name}, {count:2} clients: {rate:8,.0f} statements/s ({rate / best[1][0]:.2f}x), "
            f"{spent * 1e6:7,.0f} us of CPU a statement ({best[1][1] / spent:.2f}x)"
        )


async def run(port: int, table: str, queries: list[bytes], count: int, seconds: float) -> int:
    """Return how many statements `count` clients got answered."""
    end = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(client(port, table, queries, i, end) for i in range(count))))


async def client(port: int, table: str, queries: list[bytes], number: int, end: float) -> int:
    """One client of the extended protocol: Bind, Execute, Sync, and all of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    start = b"\0\3\0\0user\0vql\0database\0vql\0\0"
    writer.write((len(start) + 4).to_bytes(4, "big") + start)
    await until_ready(reader)
    writer.write(packet(b"P", b"s\0" + SQL.format(table=table).encode() + b"\0\0\0") + packet(b"S", b""))
    await until_ready(reader)
    done = 0
    while time.perf_counter() < end:
        query = queries[(number * 37 + done) % len(queries)]
        # One binary parameter, results in binary.
        bind = b"\0s\0\0\1\0\1\0\1" + len(query).to_bytes(4, "big") + query + b"\0\1\0\1"
        writer.write(packet(b"B", bind) + packet(b"E", b"\0\0\0\0\0") + packet(b"S", b""))
        await until_ready(reader)
        done += 1
    writer.write(packet(b"X", b""))
    writer.close()
    await writer.wait_closed()
    return done


def packet(kind: bytes, payload: bytes) -> bytes:
    """Return one message."""
    return kind + (len(payload) + 4).to_bytes(4, "big") + payload


async def until_ready(reader: asyncio.StreamReader) -> None:
    """Read messages to ReadyForQuery; an error ends the run."""
    kind = b""
    while kind != b"Z":
        head = await reader.readexactly(5)
        kind = head[:1]
        payload = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
        if kind == b"E":
            raise SystemExit(payload.decode(errors="replace"))


def cpu_seconds(server: int) -> float:
    """Return CPU time of this process and of the server's processes; of Linux."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has just ended
        if int(entry.name) == server or int(fields[1]) == server:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") + time.process_time()


if __name__ == "__main__":
    main()
