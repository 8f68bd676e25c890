"""What works in the background, and how it went: the rows of `vql_jobs`.

A status is a value; who works replaces its own in `Jobs` by one assignment, any thread reads them. How
maintenance went stands in `main.mdb` too, since in a server that is another process' work.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from vql.dataclass import dataclass
from vql.errors import Error
from vql.storage.files.metastore import Metastore

MAINTENANCE, SCRUB = "maintenance", "scrub"
STORED = b"maintenance job"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job: `state` is waiting, running, done or failing; times are microseconds since 1970, 0 for never;
    `failures` counts those since it last went well, `last_error` stays."""

    name: str
    state: str = "waiting"
    progress: float = 0.0
    started_us: int = 0
    ended_us: int = 0
    failures: int = 0
    last_error: str = ""


class Jobs:
    """The jobs of one store by name."""

    def __init__(self, metastore: Callable[[], Metastore]) -> None:
        self._metastore = metastore
        self._jobs = {name: JobStatus(name) for name in (MAINTENANCE, SCRUB)}

    def __iter__(self) -> Iterator[JobStatus]:
        """Yield the jobs; maintenance as the process that does it has written it down."""
        raw = self._metastore().get("meta", STORED)
        mine = self._jobs[MAINTENANCE]
        told = JobStatus(**json.loads(raw)) if raw else mine
        yield told if told.ended_us > mine.ended_us else mine
        yield self._jobs[SCRUB]

    def __getitem__(self, name: str) -> JobStatus:
        return self._jobs[name]

    def progress(self, name: str, share: float) -> None:
        """Note how much of a job is done."""
        self._jobs[name] = replace(self._jobs[name], progress=share)

    def start(self, name: str) -> None:
        """Note that a job begins."""
        self._jobs[name] = replace(self._jobs[name], state="running", progress=0.0, started_us=_now_us())

    def end(self, name: str, error: str = "") -> None:
        """Note how a job went; of maintenance what others are to know, as far as it can be written."""
        before = self._jobs[name]
        job = replace(
            before,
            state="failing" if error else "done",
            progress=before.progress if error else 1.0,
            ended_us=_now_us(),
            failures=before.failures + 1 if error else 0,
            last_error=error or before.last_error,
        )
        self._jobs[name] = job
        if name == MAINTENANCE and job.failures != before.failures:
            try:
                with self._metastore().write() as batch:
                    batch.put("meta", STORED, json.dumps(asdict(job)).encode())
            except Error:
                return  # a full disk, say: this process knows it all the same


def _now_us() -> int:
    return time.time_ns() // 1000
