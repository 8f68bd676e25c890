"""Gathers what is counted of a server: asks its workers, looks at its processes, answers Prometheus.

A worker is handed a file with the question, without a name, and writes its values there as JSON: what it has
counted since its start, what it holds, and, one of the workers, what is so of the databases. So an answer is
of any length, and nobody blocks. What a worker that has died had counted, when it was last asked, is kept:
counters never fall.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import NamedTuple, Protocol

from vql.memory import PAGE_BYTES, default_bytes
from vql.server.monitoring.activity import ActivityReader
from vql.server.monitoring.http import Response
from vql.server.monitoring.series import CONTENT_TYPE, Values, add_values, exposition, series
from vql.server.startup.options import Options
from vql.server.unnamed import unnamed_file

ANSWER_TIMEOUT_S = 3.0
TICKS_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Asked(Protocol):
    """A worker, as it is asked."""

    number: int

    def ask(self, question: bytes, descriptor: int) -> None:
        """Send it a question, and the file for its answer."""


class Told(NamedTuple):
    """What a worker says."""

    counters: Values
    gauges: Values
    facts: Values


class Gathering:
    """One server's, in the supervisor's event loop."""

    def __init__(
        self,
        options: Options,
        activity: ActivityReader,
        workers: Callable[[], Iterable[Asked]],
        processes: Callable[[], Mapping[str, int]],
    ) -> None:
        """`workers` are those that serve, `processes` the ids of all by name."""
        self._options = options
        self._activity = activity
        self._workers = workers
        self._processes = processes
        self._loop = asyncio.get_running_loop()
        self._started_s = time.time()
        self._questions = 0
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._asking: asyncio.Task[Values] | None = None  # for all who ask meanwhile
        self._last: dict[int, Values] = {}  # what each worker had counted
        self._gone: Values = {}  # by workers that have ended
        self.restarts: Values = {}

    async def answer(self, path: str) -> Response:
        """Answer GET of a path."""
        match path:
            case "/metrics":
                if self._asking is None or self._asking.done():
                    self._asking = self._loop.create_task(self._all())
                # Whoever hangs up takes it from nobody.
                return Response(200, exposition(await asyncio.shield(self._asking)), CONTENT_TYPE)
            case "/healthz":
                return Response(200, "alive\n")
            case "/readyz":
                return await self._readiness()
        return Response(404, "/metrics, /healthz, /readyz\n")

    def answered(self, question: int) -> None:
        """Take note that a worker has written its answer."""
        waiting = self._answers.get(question)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def ended(self, number: int) -> None:
        """Take note that a worker has ended."""
        add_values(self._gone, self._last.pop(number, {}))

    def restarted(self, name: str) -> None:
        """Take note that a process is started anew."""
        add_values(self.restarts, {series("vql_process_restarts_total", process=name): 1})

    async def _readiness(self) -> Response:
        """Whether a worker answers: one that hangs is not ready."""
        waits = [self._loop.create_task(self._ask(worker, "counts")) for worker in self._workers()]
        for each in asyncio.as_completed(waits):
            if await each is not None:
                return Response(200, "ready\n")
        return Response(503, "no worker answers\n")

    async def _all(self) -> Values:
        started_s = self._loop.time()
        workers = list(self._workers())
        asked = ["facts" if self._options.is_cluster or not n else "process" for n in range(len(workers))]
        told = await asyncio.gather(*map(self._ask, workers, asked))
        found: Values = {**self._gone}
        for worker, said in zip(workers, told, strict=True):
            if said is None:  # it is busy, or dead: what it had counted stays
                add_values(found, self._last.get(worker.number, {}))
                continue
            self._last[worker.number] = said.counters
            add_values(found, said.counters)
            add_values(found, said.gauges)
        for said in told:
            found |= {} if said is None else said.facts
        found |= _recalls(found) | self._of_processes() | self._of_sessions() | self.restarts
        found["vql_ready_workers"] = len(workers)
        found["vql_scrape_seconds"] = self._loop.time() - started_s
        return found

    async def _ask(self, worker: Asked, what: str) -> Told | None:
        """Return a worker's values: counts, also of its process, also facts of databases; None where it does
        not answer in time."""
        self._questions = (self._questions + 1) & 0xFFFFFFFF
        question, waiting = self._questions, self._loop.create_future()
        self._answers[question] = waiting
        try:
            with os.fdopen(unnamed_file(), "rb") as file:
                worker.ask(question.to_bytes(4, "big") + what.encode(), file.fileno())
                await asyncio.wait_for(waiting, ANSWER_TIMEOUT_S)
                file.seek(0)
                return Told(*json.load(file))
        except (TimeoutError, ValueError):
            return None
        finally:
            del self._answers[question]

    def _of_processes(self) -> Values:
        options = self._options
        found: Values = {
            series("vql_build_info", version=_version()): 1,
            "vql_start_time_seconds": self._started_s,
            "vql_connections_max": options.max_connections,
            "vql_memory_budget_bytes": options.memory_bytes or default_bytes(),
        }
        for name, process_id in self._processes().items():
            with suppress(OSError, ValueError, IndexError):  # no /proc, or it has just ended
                found |= _process_values(name, Path(f"/proc/{process_id}"))
        return found

    def _of_sessions(self) -> Values:
        found: Values = {}
        now_us, oldest_us = time.time_ns() // 1000, 0
        for each in self._activity:
            add_values(found, {series("vql_connections", database=each.database, state=each.state): 1})
            if each.transaction_us:
                oldest_us = max(oldest_us, now_us - each.transaction_us)
        return found | {"vql_oldest_transaction_seconds": oldest_us / 1e6}


def _version() -> str:
    try:
        return metadata.version("vqldb")
    except metadata.PackageNotFoundError:  # it runs from where it was written
        return "unknown"


def _recalls(found: Values) -> Values:
    """Return what indexes have found of what was checked."""
    checked = {name: value for name, value in found.items() if name.startswith("vql_recall_checks")}
    return {
        name.replace("_checks", "", 1): found.get(name.replace("_checks", "_found", 1), 0.0) / value
        for name, value in checked.items()
        if value
    }


def _process_values(name: str, proc: Path) -> Values:
    pages = [int(field) for field in (proc / "statm").read_text().split()]
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    limits = next(line for line in (proc / "limits").read_text().splitlines() if "open files" in line)
    values = {
        "vql_process_resident_memory_bytes": pages[1] * PAGE_BYTES,
        "vql_process_private_memory_bytes": (pages[1] - pages[2]) * PAGE_BYTES,
        "vql_process_cpu_seconds_total": (int(fields[11]) + int(fields[12])) / TICKS_S,
        "vql_process_open_fds": len(os.listdir(proc / "fd")),
        "vql_process_max_fds": int(limits.split()[3]),
    }
    return {series(metric, process=name): value for metric, value in values.items()}
