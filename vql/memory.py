"""How much memory a process may take: a share of what the machine or its control group has.

* What DuckDB's operators hold (sorts, hash tables): half of the share, then they spill into the database's
  folder.
* What the process grows by during a statement, also by what DuckDB does not count (vectors, results): the
  share, then 53200.
* What a server's worker allocates: what the server has. More fails, so that the kernel has nothing to kill.

The second is looked at where deadlines are (`vql.deadline`): a thread that waits for DuckDB looks every
10 ms, loops of ours each few thousand items. It counts pages that belong to the process alone, so mapped
segments are free. Where a system does not tell (macOS), only the first holds.
"""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue, OutOfMemory

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# Of the machine or the control group, where nothing else is said.
DEFAULT_SHARE = 0.7
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
MEMORY_BYTES_MIN = 256 << 20
_LIBC = ctypes.CDLL(None) if os.name == "posix" else None
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
# Version 2 of control groups, then version 1.
GROUP_LIMITS = ("/sys/fs/cgroup{}/memory.max", "/sys/fs/cgroup/memory{}/memory.limit_in_bytes")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a process may take: `statement_bytes` is what it may grow by during a statement, `process_bytes`
    what it may be, 0 where it is not ours to bound."""

    statement_bytes: int
    process_bytes: int = 0


UNBOUNDED = Budget(0)


def parse_bytes(text: str) -> int:
    """Return an amount of memory such as 2GB or 512MB. Raises 22023."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?B?)\s*", text.upper())
    found = float(match[1]) * UNITS[match[2].rstrip("B")] if match else 0
    if found < MEMORY_BYTES_MIN:
        raise InvalidParameterValue(
            f'invalid amount of memory: "{text}"',
            hint=f"{MEMORY_BYTES_MIN >> 20}MB or more, as 512MB or 2GB.",
        )
    return int(found)


def default_bytes() -> int:
    """Return what a process may take where nothing else is said."""
    return int(available_bytes() * DEFAULT_SHARE)


def available_bytes() -> int:
    """Return the memory of the machine, or the least limit of a control group that this process is in."""
    found = [os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES] if hasattr(os, "sysconf") else [4 << 30]
    for folder in _groups():
        for place in GROUP_LIMITS:
            try:
                limit = Path(place.format(folder)).read_text().strip()
            except OSError:
                continue
            if limit.isdigit():
                found.append(int(limit))
    return min(found)


def _groups() -> set[str]:
    """Return the control groups of this process and those above them; the root's is ""."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return {""}
    found = {""}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            path = path.rstrip("/")
            while path:
                found.add(path)
                path = path.rpartition("/")[0]
    return found


class Statm(NamedTuple):
    """What /proc/self/statm says: pages that belong to this process alone, and data that is mapped."""

    used_bytes: int
    data_bytes: int


def _statm() -> Statm | None:
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = [int(field) for field in file.read().split()]
    except OSError:
        return None
    return Statm((pages[1] - pages[2]) * PAGE_BYTES, pages[5] * PAGE_BYTES)


def used_bytes() -> int:
    """Return the memory that belongs to this process alone; 0 where the system does not tell."""
    statm = _statm()
    return statm.used_bytes if statm is not None else 0


def limit_allocations(process_bytes: int) -> None:
    """Let allocations fail that would make this process larger than that."""
    statm = _statm()
    if resource is None or statm is None:
        return
    # The system bounds what is mapped for data, also what has been given back; that may stay.
    size = statm.data_bytes + max(process_bytes - statm.used_bytes, MEMORY_BYTES_MIN // 4)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (size if most < 0 else min(size, most), most))


def release() -> None:
    """Give back to the system what a statement has freed."""
    trim = getattr(_LIBC, "malloc_trim", None)  # of glibc
    if trim is not None:
        trim(0)


def out_of_memory() -> OutOfMemory:
    """Return the error of a statement that wants more than there is."""
    return OutOfMemory(
        "out of memory",
        detail="The statement needs more memory than it may take.",
        hint="Select fewer rows or columns, or give the database more memory (--memory, connect's memory).",
    )
