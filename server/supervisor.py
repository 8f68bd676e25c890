"""`vql serve`: the process that listens, and starts and watches the others.

It accepts connections and hands each one, as a file descriptor, to the worker with the fewest.
Workers listening for themselves on one port (SO_REUSEPORT) were the alternative: the kernel spreads
connections by a hash, so that four clients on two workers stand three to one half of the time, and
macOS does not spread them at all. Handing over costs about 100 us a connection, nothing afterwards.

Workers and the maintenance process are spawned, never forked: faiss, DuckDB and LMDB keep threads
and locks that a fork would break. A worker that dies is started anew; its connections are gone, as
with any server process, and the database is as after kill -9: whole. SIGTERM and SIGINT stop
gracefully, a second one at once. If the supervisor dies, its children end with their channels.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vql.errors import Error
from vql.session.database import Database

DEFAULT_PORT = 5432
BACKLOG = 512
WORKERS_MAX = 64
# More workers than this bring nothing on a machine of that many processors, unless asked for.
DEFAULT_WORKERS_MAX = 8
# A worker that dies sooner than this after its start has failed; this many in a row end the server.
QUICK_DEATH_S, QUICK_DEATHS_MAX = 2.0, 5
# Workers give their clients 5 s; then they are ended.
STOP_TIMEOUT_S = 10.0
CONNECTION_BITS = 20
MESSAGE_BYTES_MAX = 64
log = logging.getLogger("vql.server")


@dataclass(frozen=True, slots=True)
class Options:
    """What `vql serve` was asked for."""

    path: str
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    workers: int = 1
    user: str = "vql"
    password: str = ""


@dataclass(eq=False, slots=True)
class Child:
    """A worker process: its end of the channel and how many connections it holds."""

    number: int
    process: subprocess.Popen[bytes]
    channel: socket.socket
    started: float
    connections: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """The listening socket and the children."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._children: dict[int, Child] = {}
        self._maintenance: subprocess.Popen[bytes] | None = None
        self._stopping = asyncio.Event()
        self._quick_deaths = 0
        self._failed = False

    async def run(self) -> int:
        """Serve until a signal; returns the exit status."""
        family = socket.AF_INET6 if ":" in self._options.host else socket.AF_INET
        address = (self._options.host, self._options.port)
        with socket.create_server(address, family=family, backlog=BACKLOG) as listener:
            listener.setblocking(False)
            for name in (signal.SIGTERM, signal.SIGINT):
                self._loop.add_signal_handler(name, self._signalled)
            self._start_maintenance()
            for number in range(1, self._options.workers + 1):
                self._start(number)
            for child in list(self._children.values()):
                await self._until_ready(child)
            if not self._stopping.is_set():
                host, port = listener.getsockname()[:2]
                print(f"vql: serving {self._options.path} on {host}:{port}", flush=True)
                accepting = self._loop.create_task(self._accept(listener))
                await self._stopping.wait()
                accepting.cancel()
        await self._stop()
        return int(self._failed)

    async def _until_ready(self, child: Child) -> None:
        stopping = self._loop.create_task(self._stopping.wait())
        ready = self._loop.create_task(child.ready.wait())
        await asyncio.wait([stopping, ready], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        ready.cancel()

    # -------------------------------------------------------------- connections

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = await self._loop.sock_accept(listener)
            except OSError as error:
                # Out of file descriptors: wait until some client leaves.
                log.warning("cannot accept: %s", error)
                await asyncio.sleep(0.1)
                continue
            with client:
                self._hand_over(client)

    def _hand_over(self, client: socket.socket) -> None:
        ready = [child for child in self._children.values() if child.ready.is_set()]
        for child in sorted(ready, key=lambda child: child.connections):
            try:
                socket.send_fds(child.channel, [b"c"], [client.fileno()])
            except OSError as error:
                log.warning("worker %d takes no connection: %s", child.number, error)
                continue
            child.connections += 1
            return
        log.warning("no worker is ready; a connection was refused")

    def _receive(self, child: Child) -> None:
        """Take a worker's messages; the end of the channel is the end of the worker."""
        while True:
            try:
                data = child.channel.recv(MESSAGE_BYTES_MAX)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            match data[:1]:
                case b"":
                    self._died(child)
                    return
                case b"r":
                    child.ready.set()
                case b"e":
                    child.connections -= 1
                case b"k" if len(data) == 9:
                    owner = int.from_bytes(data[1:5], "big") >> CONNECTION_BITS
                    self._send(owner, data + child.number.to_bytes(4, "big"))
                case b"d" if len(data) == 9:
                    # The owner has heard a cancel: tell the worker that asked.
                    self._send(int.from_bytes(data[1:5], "big"), b"d" + data[5:9])

    def _send(self, number: int, data: bytes) -> None:
        child = self._children.get(number)
        if child is not None:
            try:
                child.channel.send(data)
            except OSError as error:
                log.warning("worker %d cannot be told: %s", number, error)

    # -------------------------------------------------------------- processes

    def _start(self, number: int) -> None:
        kind = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM)
        if sys.platform == "darwin":
            kind = socket.SOCK_DGRAM
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        settings = {
            "number": number,
            "channel": theirs.fileno(),
            "path": self._options.path,
            "user": self._options.user,
            "lanes": max(1, (os.cpu_count() or 1) // self._options.workers),
        }
        command = [sys.executable, "-m", "vql.server.worker", json.dumps(settings)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, pass_fds=[theirs.fileno()], env=_environment()
        )
        theirs.close()
        # The password goes through a pipe: arguments and environments can be read by others.
        assert process.stdin is not None, "a pipe was asked for"
        process.stdin.write(self._options.password.encode())
        process.stdin.close()
        ours.setblocking(False)
        child = Child(number, process, ours, self._loop.time())
        self._children[number] = child
        self._loop.add_reader(ours.fileno(), self._receive, child)

    def _start_maintenance(self) -> None:
        command = [sys.executable, "-m", "vql.server.maintenance", self._options.path]
        self._maintenance = subprocess.Popen(command, stdin=subprocess.PIPE, env=_environment())

    def _died(self, child: Child) -> None:
        self._loop.remove_reader(child.channel.fileno())
        child.channel.close()
        del self._children[child.number]
        if self._stopping.is_set():
            return
        status = child.process.wait()
        log.error("worker %d ended with status %d", child.number, status)
        quick = self._loop.time() - child.started < QUICK_DEATH_S
        self._quick_deaths = self._quick_deaths + 1 if quick else 0
        if self._quick_deaths >= QUICK_DEATHS_MAX:
            log.error("workers do not stay alive; giving up")
            self._failed = True
            self._stopping.set()
            return
        self._start(child.number)

    def _signalled(self) -> None:
        if self._stopping.is_set():
            for child in self._children.values():
                child.process.kill()
        self._stopping.set()

    async def _stop(self) -> None:
        children = list(self._children.values())
        for child in children:
            self._send(child.number, b"s")
        processes = [child.process for child in children]
        if self._maintenance is not None:
            assert self._maintenance.stdin is not None, "a pipe was asked for"
            self._maintenance.stdin.close()
            processes.append(self._maintenance)
        deadline = self._loop.time() + STOP_TIMEOUT_S
        while any(p.poll() is None for p in processes) and self._loop.time() < deadline:
            await asyncio.sleep(0.02)
        for process in processes:
            if process.poll() is None:
                log.warning("process %d did not stop; it is ended", process.pid)
                process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    """One thread of OpenMP a statement: the workers are the parallelism."""
    return {"OMP_NUM_THREADS": "1", **os.environ}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line; ends the process with a message where it is wrong."""
    parser = argparse.ArgumentParser("vql serve", description="Serve a database to Postgres clients.")
    parser.add_argument("path", help="the database directory; made if it does not exist")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 picks a free one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    workers = min(os.cpu_count() or 1, DEFAULT_WORKERS_MAX)
    parser.add_argument("--workers", type=int, default=workers, help="number of processes")
    parser.add_argument("--user", default="vql", help="the role, where there is a password")
    parser.add_argument(
        "--password-file", help="file with the role's password: clients must prove they know it"
    )
    given = parser.parse_args(arguments)
    if not 1 <= given.workers <= WORKERS_MAX:
        parser.error(f"--workers must be between 1 and {WORKERS_MAX}")
    if not 0 <= given.port <= 65_535:
        parser.error("--port must be between 0 and 65535")
    password = ""
    if given.password_file is not None:
        try:
            password = Path(given.password_file).read_text().strip("\r\n")
        except OSError as error:
            parser.error(f"cannot read the password file: {error}")
        if not password:
            parser.error("the password file is empty")
    if not is_loopback(given.host) and not password:
        parser.error(f"--host {given.host} can be reached by others: --password-file is required")
    path = str(Path(given.path).expanduser().resolve())
    return Options(path, given.host, given.port, given.workers, given.user, password)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `vql serve`; returns the exit status."""
    options = read_options(sys.argv[1:] if arguments is None else arguments)
    return serve(
        options.path,
        options.host,
        options.port,
        options.workers,
        user=options.user,
        password=options.password,
    )


def serve(
    path: str,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    workers: int = 1,
    *,
    user: str = "vql",
    password: str = "",
) -> int:
    """Serve a database until SIGTERM or SIGINT; returns the exit status, 0 after a clean stop.

    Port 0 picks a free one. When clients can connect, `vql: serving PATH on HOST:PORT` is printed
    on standard output. An empty password trusts every client, so use one beyond loopback.
    """
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    log.setLevel(logging.INFO)
    options = Options(path, host, port, workers, user, password)
    try:
        # Opened once here, so that a directory that is no database is refused in one clear line.
        Database.open(path).close()
        return asyncio.run(_serve(options))
    except (Error, OSError) as error:
        print(f"vql: cannot serve {path}: {error}", file=sys.stderr)
        return 1


async def _serve(options: Options) -> int:
    return await Supervisor(options).run()


if __name__ == "__main__":
    sys.exit(main())
