"""How things are measured: recall of all answers, and the best of some rounds in queries per CPU-second.

Contestants take turns, a round each, so that whatever else the machine does hits all of them. CPU time
is that of the whole process and of the servers it asks, so that threads are not free.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.cases import Case, Score, Window, score
from bench.sets import F32, I64, VectorSet, searchable

Numbers = Sequence[int] | I64
Search = Callable[[F32, Window | None], Numbers]
Clock = Callable[[], float]
Effort = TypeVar("Effort")

ROUNDS = 3
ROUND_SECONDS_MAX = 2.0


@dataclass(frozen=True, slots=True)
class Bench:
    """A set made ready to score answers on it."""

    data: VectorSet
    base: F32

    @classmethod
    def of(cls, data: VectorSet) -> Bench:
        """Prepare the set; for cosine its rows are normalised once."""
        return cls(data, searchable(data.metric, data.base))

    def scored(self, search: Search, case: Case, numbers: Iterable[int] | None = None) -> Score:
        """Ask some queries of a case, all otherwise, and score the answers; at most a round's time."""
        found: list[Numbers] = []
        asked: list[int] = []
        end = time.perf_counter() + 5 * ROUND_SECONDS_MAX
        for number in numbers if numbers is not None else range(len(case.picks)):
            found.append(search(self.data.queries[case.picks[number]], case.window(number)))
            asked.append(number)
            if time.perf_counter() > end:
                break
        return score(self.data, self.base, case, found, asked)

    def rates(
        self, searches: dict[str, Search], case: Case, clock: Clock = time.process_time
    ) -> dict[str, float]:
        """Return each contestant's queries per CPU-second, the best of the rounds."""
        best = dict.fromkeys(searches, 0.0)
        for turn in range(1, ROUNDS + 1):
            for who, search in searches.items():
                best[who] = max(best[who], self.rate(search, case, clock, turn))
        return best

    def rate(self, search: Search, case: Case, clock: Clock, turn: int) -> float:
        """Return queries per CPU-second of one round; a slow contestant is asked fewer queries."""
        queries = [self.data.queries[pick] for pick in case.picks]
        windows = [case.window(number, turn) for number in range(len(queries))]
        asked, end = 0, time.perf_counter() + ROUND_SECONDS_MAX
        started = clock()
        for query, window in zip(queries, windows, strict=True):
            search(query, window)
            asked += 1
            if not asked % 8 and time.perf_counter() > end:
                break
        return asked / max(clock() - started, 1e-6)


def least_effort(efforts: Sequence[Effort], reached: Callable[[Effort], float], target: float) -> Effort:
    """Return the smallest of ascending efforts that reaches the target, the last where none does."""
    low, high = 0, len(efforts) - 1
    while low < high:
        middle = (low + high) // 2
        if reached(efforts[middle]) >= target:
            high = middle
        else:
            low = middle + 1
    return efforts[low]


def cpu_clock(servers: Sequence[int]) -> Clock:
    """Return a clock of CPU seconds: this process, its children and the given processes."""

    def clock() -> float:
        return time.process_time() + sum(process_seconds(pid) for pid in {*children(os.getpid()), *servers})

    return clock


def process_seconds(pid: int) -> float:
    """Return the CPU seconds of another process (proc(5); nanoseconds where the kernel counts them)."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in threads) / 1e9
    except (OSError, IndexError):
        return 0.0


def children(pid: int) -> list[int]:
    """Return the processes below one, as proc(5) lists them."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return found + [below for child in found for below in children(child)]


def files_bytes(folder: Path, *without: str) -> int:
    """Return what a folder takes on disk, in bytes, less some file names."""
    return sum(
        path.stat().st_blocks * 512
        for path in folder.rglob("*")
        if path.is_file() and path.name not in without
    )


def machine() -> str:
    """Return the machine in words: cores, processor, memory, system."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GB, {system}"


def note(text: str) -> None:
    """Tell what is being done."""
    print(f"# {time.strftime('%H:%M:%S')} {text}", flush=True)
