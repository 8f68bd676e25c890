"""`vql serve`: the process that listens, and starts and watches the others.

It accepts connections and hands each one, as a file descriptor, to the worker with the fewest.
Workers listening for themselves on one port (SO_REUSEPORT) were the alternative: the kernel spreads
connections by a hash, so that four clients on two workers stand three to one half of the time, and
macOS does not spread them at all. Handing over costs about 100 us a connection, nothing afterwards.

Workers and the maintenance process are forked from it (`vql.server.processes`): it has imported what they
run, and opens nothing itself. One that dies is started anew, after a pause where it died young; a worker's
connections are gone, as with any server process, and the database is as after kill -9: whole. SIGTERM
lets statements end, SIGINT ends them, SIGQUIT and any second signal end the processes. If the supervisor
dies, its children end with their channels, and nobody holds the port.

Invariants
* A connection that was accepted is handed over, as soon as some worker takes it.
* Who is let in is counted here alone: `max_connections` holds over all workers. A client counts from
  when it has proved who it is until its worker says that it left, or dies.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import secrets
import signal
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import field, replace
from functools import partial
from pathlib import Path

from vql.dataclass import dataclass
from vql.errors import Error, InvalidParameterValue, OperationalError
from vql.memory import default_bytes
from vql.naming import is_bucket
from vql.roles.role import NAMESPACE
from vql.server.access_rules import AccessRules
from vql.server.channel import ADMISSION, Channel, socket_pair
from vql.server.gathering import Gathering
from vql.server.listening import listening, metrics_listener, place
from vql.server.maintenance import maintain, orders
from vql.server.monitoring.activity import ActivityReader, empty_region, make_memory
from vql.server.monitoring.http import HttpServer
from vql.server.monitoring.logs import LOG, least_level, open_log, set_least
from vql.server.processes import Children, Process, fork
from vql.server.protocol.tls import ServerTls
from vql.server.self_signed import self_signed_files
from vql.server.startup.notify import READY, STOPPING, notify, reloading
from vql.server.startup.options import Options, read_options, reload_settings
from vql.server.worker import WorkerSettings, work
from vql.session.cluster import is_cluster, make_cluster
from vql.session.database import Database
from vql.session.statements.preload import preload
from vql.settings.decided import write_decided

# A process that dies sooner than this after its start is started again after a pause, twice as long
# each time.
YOUNG_S, PAUSE_MIN_S, PAUSE_MAX_S = 10.0, 0.1, 5.0
# So many that die before any has served are no accident: the server ends.
FAILED_STARTS_MAX = 5
# How soon a connection that no worker takes is offered again.
OFFER_AGAIN_S = 0.01
# Workers give their clients 5 s; then they are ended.
STOP_TIMEOUT_S = 10.0
CONNECTION_BITS = 20
# As PostgreSQL's (manual, "Shutting Down the Server"), but that the first waits for statements, and not for
# clients to leave.
SHUTDOWNS = {signal.SIGTERM: "smart", signal.SIGINT: "fast", signal.SIGQUIT: "immediate"}
log = logging.getLogger("vql.server")


@dataclass(eq=False, slots=True)
class WorkerProcess:
    """A worker process as the supervisor sees it: how many connections it holds, how many of them have been
    let in, by the key of their role, and which databases of a folder it has open."""

    number: int
    channel: Channel = field(init=False)
    connections: int = 0
    admitted: Counter[bytes] = field(default_factory=Counter)
    databases: set[str] = field(default_factory=set)
    ready: bool = False

    def ask(self, question: bytes, descriptor: int) -> None:
        """Ask what it has counted."""
        self.channel.send(b"q" + question, descriptor)


class Supervisor:
    """The listening sockets and the children."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._workers: dict[int, WorkerProcess] = {}
        self._children = Children()
        self._maintenance: asyncio.WriteTransport | None = None
        self._served = asyncio.Event()
        self._stopping = asyncio.Event()
        self._is_fast = False
        self._failed_starts = 0
        self._failed = False
        self._rules = read_rules(options) if options.rules_path else b""
        self._seed = secrets.token_bytes(16)
        self._activity = make_memory(options.workers, options.max_connections)
        self._gathering: Gathering | None = None

    async def run(self) -> int:
        """Serve until a signal; returns the exit status."""
        with self._watched() as metrics:
            if metrics is not None:
                await metrics.start()
            with listening(self._options) as listeners:
                keeping = await self._serve_on(listeners, metrics)
            await self._stop(keeping)
        log.log(LOG, "database system is shut down")
        return int(self._failed)

    async def _serve_on(
        self, listeners: Sequence[socket.socket], metrics: HttpServer | None
    ) -> list[asyncio.Task[None]]:
        """Start the processes and take clients until a signal; returns what keeps the processes."""
        for name in SHUTDOWNS:
            self._loop.add_signal_handler(name, self._signalled, name)
        self._loop.add_signal_handler(signal.SIGHUP, self._reload)
        starts: dict[str, Callable[[], Awaitable[Process]]] = {}
        if not is_bucket(self._options.path):  # there the worker, as the writer, maintains
            starts["maintenance"] = self._start_maintenance
        for number in range(1, self._options.workers + 1):
            starts[f"worker {number}"] = partial(self._start_worker, number)
        keeping = [self._loop.create_task(self._keep(name, start)) for name, start in starts.items()]
        serving = [self._loop.create_task(self._serve(listener)) for listener in listeners]
        serving.append(self._loop.create_task(self._announce(metrics)))
        await self._stopping.wait()
        for task in serving:
            task.cancel()
        await asyncio.wait(serving)
        return keeping

    @contextmanager
    def _watched(self) -> Iterator[HttpServer | None]:
        """Have what is counted told to who asks over HTTP, if that is asked for."""
        options, listener = self._options, metrics_listener(self._options)
        if listener is None:
            yield None
            return
        reader = ActivityReader(self._activity, options.max_connections)
        self._gathering = Gathering(options, reader, self._answering, self._process_ids)
        with listener, closing(HttpServer(listener, self._gathering.answer)) as server:
            yield server

    def _answering(self) -> list[WorkerProcess]:
        """Return the workers that can be asked."""
        if self._stopping.is_set() or not self._served.is_set():
            return []
        return [worker for _, worker in sorted(self._workers.items()) if worker.ready]

    def _process_ids(self) -> dict[str, int]:
        return {"supervisor": os.getpid()} | {process.name: process.pid for process in self._children}

    async def _announce(self, metrics: HttpServer | None) -> None:
        await self._served.wait()
        if metrics is not None:
            print(f"vql: metrics on http://{metrics.place}/metrics", flush=True)
        log.log(LOG, "database system is ready to accept connections")
        notify(READY)

    # -------------------------------------------------------------- connections

    async def _serve(self, listener: socket.socket) -> None:
        await self._served.wait()
        print(f"vql: serving {self._options.path} on {place(listener)}", flush=True)
        while True:
            try:
                client, _ = await self._loop.sock_accept(listener)
            except OSError as error:
                # Out of file descriptors: wait until some client leaves.
                log.warning("cannot accept: %s", error)
                await asyncio.sleep(0.1)
                continue
            with client:
                worker = await self._free_worker()
                worker.connections += 1
                worker.channel.send(b"c", client.fileno())

    async def _free_worker(self) -> WorkerProcess:
        """Return the worker with the fewest connections of those that take one; wait for it."""
        while True:
            free = [w for w in self._workers.values() if w.ready and not w.channel.is_full]
            if free:
                return min(free, key=lambda worker: worker.connections)
            await asyncio.sleep(OFFER_AGAIN_S)

    def _receive(self, worker: WorkerProcess, data: bytes) -> None:
        """Take one of a worker's messages."""
        match data[:1]:
            case b"r":
                worker.ready = True
                if sum(w.ready for w in self._workers.values()) == self._options.workers:
                    self._served.set()
            case b"a":
                question, is_superuser, limit = ADMISSION.unpack_from(data, 1)
                role = data[1 + ADMISSION.size :]
                answer = self._admit(worker, role, -1 if is_superuser else limit, is_superuser=is_superuser)
                worker.channel.send(b"g" + question.to_bytes(4, "big") + bytes([answer]))
            case b"e":
                worker.connections -= 1
                if data[1]:
                    worker.admitted[data[2:]] -= 1
            case b"k" | b"t":
                owner = int.from_bytes(data[1:5], "big") >> CONNECTION_BITS
                self._send(owner, data + worker.number.to_bytes(4, "big"))
            case b"d":
                # The owner has heard it: tell the worker that asked.
                self._send(int.from_bytes(data[1:5], "big"), b"d" + data[5:9])
            case b"o":
                worker.databases.add(data[1:].decode())
                self._tell_maintenance()
            case b"x":
                worker.databases.discard(data[1:].decode())
                self._tell_maintenance()
            case b"q" if self._gathering is not None:
                self._gathering.answered(int.from_bytes(data[1:5], "big"))
            case b"u":
                self._reload()
            case b"l":
                self._send_all(data)
            case b"n":
                self._send_all(data)
                worker.channel.send(b"m" + data[1:5])

    def _admit(self, worker: WorkerProcess, role: bytes, limit: int, *, is_superuser: bool) -> int:
        """Let a client of a role in if there is room, for the role too, whose limit is -1 where it has none.
        Returns the answer's code, see `vql.server.channel`."""
        left = self._options.max_connections - sum(w.admitted.total() for w in self._workers.values())
        if left <= 0:
            return 0
        if not is_superuser and left <= self._options.superuser_reserved_connections:
            return 2
        if 0 <= limit <= sum(w.admitted[role] for w in self._workers.values()):
            return 3
        worker.admitted[role] += 1
        return 1

    def _send_all(self, data: bytes) -> None:
        for worker in self._workers.values():
            worker.channel.send(data)

    def _send(self, number: int, data: bytes) -> None:
        worker = self._workers.get(number)
        if worker is not None:
            worker.channel.send(data)

    # -------------------------------------------------------------- processes

    async def _keep(self, name: str, start: Callable[[], Awaitable[Process]]) -> None:
        """Keep one process alive until the server stops."""
        pause_s = 0.0
        while not self._stopping.is_set():
            started_s = self._loop.time()
            try:
                process = await start()
                how = f"ended with status {await process.ended}"
            except OSError as error:  # no memory, no descriptors, no processes left, for now
                how = f"cannot be started: {error}"
            if self._stopping.is_set():
                return
            young = self._loop.time() - started_s < YOUNG_S
            pause_s = min(max(2 * pause_s, PAUSE_MIN_S), PAUSE_MAX_S) if young else 0.0
            log.error("%s %s; it is started again in %.1f s", name, how, pause_s)
            if self._gathering is not None:
                self._gathering.restarted(name)
            self._failed_starts += 1
            if not self._served.is_set() and self._failed_starts >= FAILED_STARTS_MAX:
                log.error("no worker has come up; giving up")
                self._failed = True
                self._stopping.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)

    async def _start_worker(self, number: int) -> Process:
        options = self._options
        memory_bytes = options.memory_bytes or default_bytes()
        worker = WorkerProcess(number)
        ours, theirs = socket_pair()
        settings = WorkerSettings(
            number,
            theirs.fileno(),
            options.path,
            options.is_cluster,
            options.user,
            lanes=max(1, (os.cpu_count() or 1) // options.workers),
            max_connections=options.max_connections,
            superuser_reserved_connections=options.superuser_reserved_connections,
            authentication_timeout_s=options.authentication_timeout_s,
            # A statement may take its worker's share, a worker that of the others while they do not use it.
            statement_bytes=memory_bytes // options.workers,
            process_bytes=memory_bytes,
            tls_certificate=options.tls_certificate,
            tls_key=options.tls_key,
            tls_authority=options.tls_authority,
            requires_tls=options.requires_tls,
            rules_path=options.rules_path,
            activity=self._activity,
            password=options.password,
            configuration=options.settings,
            counts_statements=options.metrics_port is not None,
            seed=self._seed,
        )

        def received(data: bytes, _: int | None) -> None:
            self._receive(worker, data)

        def ended() -> None:
            if self._workers.get(number) is worker:
                del self._workers[number]
                if self._gathering is not None:
                    self._gathering.ended(number)
                empty_region(self._activity, number, options.max_connections)
                self._tell_maintenance()

        worker.channel = Channel(ours, received, ended)
        with theirs:
            try:
                given = theirs.fileno(), self._activity
                process = self._children.start(f"worker {number}", partial(work, settings), *given)
            except OSError:
                worker.channel.close()
                raise
        if options.rules_path:
            worker.channel.send(b"h" + self._rules)
        self._workers[number] = worker
        return process

    async def _start_maintenance(self) -> Process:
        reader, writer = os.pipe()
        pipe = os.fdopen(writer, "wb", buffering=0)
        try:
            process = self._children.start("maintenance", partial(maintain, reader), reader)
        except OSError:
            pipe.close()
            raise
        finally:
            os.close(reader)
        self._maintenance, _ = await self._loop.connect_write_pipe(asyncio.BaseProtocol, pipe)
        if self._stopping.is_set():
            self._maintenance.close()
        self._tell_maintenance()
        return process

    def _tell_maintenance(self) -> None:
        """Say which databases are to be maintained, those of a folder that are open in workers, and what is
        to be logged: one line of JSON."""
        options = self._options
        if self._maintenance is None or self._maintenance.is_closing():
            return
        paths = [options.path]
        if options.is_cluster:
            names = sorted(set[str]().union(*(worker.databases for worker in self._workers.values())))
            paths = [str(Path(options.path) / name) for name in names]
        self._maintenance.write(orders(paths, options.is_cluster, options.settings))

    def _reload(self) -> None:
        """Read the access rules and the settings again; those that are not right change nothing."""
        log.log(LOG, "received SIGHUP, reloading configuration files")
        notify(reloading())
        try:
            self._reload_files()
        finally:
            notify(READY)

    def _reload_files(self) -> None:
        if self._options.rules_path:
            self._reload_rules()
        try:
            settings, waiting = reload_settings(self._options)
        except Error as error:
            log.error("the settings stay as they are: %s", error)
            return
        for name in waiting:
            log.log(LOG, 'parameter "%s" cannot be changed without restarting the server', name)
        self._options = replace(self._options, settings=settings)
        set_least(least_level(self._options.settings))
        self._send_all(b"f" + write_decided(self._options.settings).encode())
        self._tell_maintenance()

    def _reload_rules(self) -> None:
        """For connections to come."""
        try:
            self._rules = read_rules(self._options)
        except Error as error:
            log.error("the access rules stay as they are: %s", error)
            return
        log.log(LOG, "access rules are read again: %s", self._options.rules_path)
        self._send_all(b"h" + self._rules)

    def _signalled(self, name: signal.Signals = signal.SIGTERM) -> None:
        """Stop as a signal says; a second one stops at once."""
        how = "immediate" if self._stopping.is_set() else SHUTDOWNS[name]
        log.log(LOG, "received %s shutdown request", how)
        if how == "immediate":
            for process in self._children:
                process.kill()
        self._is_fast = how == "fast"
        notify(STOPPING)
        self._stopping.set()

    async def _stop(self, keeping: Sequence[asyncio.Task[None]]) -> None:
        for worker in self._workers.values():
            worker.channel.send(b"s" + bytes([self._is_fast]))
        if self._maintenance is not None:
            self._maintenance.close()
        _, left = await asyncio.wait(keeping, timeout=STOP_TIMEOUT_S)
        for process in self._children:
            log.warning("process %d did not stop; it is ended", process.pid)
            process.kill()
        if left:
            await asyncio.wait(left)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `vql serve`; returns the exit status."""
    return serve(read_options(sys.argv[1:] if arguments is None else arguments))


def serve(options: Options) -> int:
    """Serve a database, or a folder of them, until SIGTERM or SIGINT; returns the exit status.

    It is 0 after a clean stop. Port 0 picks a free one. When clients can connect, `vql: serving PATH on
    HOST:PORT` is printed on standard output. An empty password trusts every client, so use one beyond
    loopback. A Unix socket is told of in a line of its own, behind that.
    """
    open_log(options.log_format, least_level(options.settings))
    _allow_descriptors()
    preload()
    try:
        options = replace(options, is_cluster=bool(options.database) or is_cluster(Path(options.path)))
        _, failed = os.waitpid(fork("opening", partial(_prepare, options)), 0)
        if failed:
            return 1
        if options.signs_itself:
            certificate, key = self_signed_files(Path(options.path), options.host)
            options = replace(options, tls_certificate=certificate, tls_key=key)
        if options.tls_certificate:
            ServerTls.load(options.tls_certificate, options.tls_key, options.tls_authority)
        if options.rules_path:
            read_rules(options)
        return asyncio.run(_supervise(options))
    except (Error, OSError) as error:
        print(f"vql: cannot serve {options.path}: {error}", file=sys.stderr)
        return 1


def _prepare(options: Options) -> int:
    """Open once what is to be served, so that what cannot be is refused in one clear line; returns the exit
    status. It runs in a child, for the supervisor opens nothing."""
    folder = Path(options.path)
    try:
        if options.is_cluster:
            make_cluster(folder, options.database)
        else:
            with closing(Database.open(options.path)) as database:
                if (NAMESPACE, options.user) in database.store.snapshot().others:
                    raise OperationalError(f"--user {options.user}: a role of the database is called so")
    except (Error, OSError) as error:
        print(f"vql: cannot serve {options.path}: {error}", file=sys.stderr)
        return 1
    return 0


def read_rules(options: Options) -> bytes:
    """Return the text of the access rules, which are right. Raises 22023 with the path and the line."""
    path = Path(options.rules_path)
    try:
        text = path.read_text()
        AccessRules.parse(text, bool(options.tls_certificate), bool(options.tls_authority))
    except (OSError, UnicodeDecodeError, InvalidParameterValue) as error:
        raise InvalidParameterValue(f"{path}: {error}") from None
    return text.encode()


async def _supervise(options: Options) -> int:
    return await Supervisor(options).run()


def _allow_descriptors() -> None:
    """Raise the bound of open files to what this user may have; a client is one, each file mapped too."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS refuses what is above its own bound
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
