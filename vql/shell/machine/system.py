"""What the machine gives: processors, memory, open files, the kernel's settings. Linux tells most of it; what
another system does not tell is left out."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from vql.memory import available_bytes, default_bytes
from vql.shell.machine.findings import BAD, NOTE, Finding

PACKAGES = ("vqldb", "lmdb", "duckdb", "faiss-cpu", "numpy", "pyarrow", "uvloop")
OPEN_FILES_MIN = 4_096
MAPS_MIN = 65_530
MEMORY_BYTES_MIN = 1 << 30
# Before this the clock was never set.
YEAR_MIN = 2025


def machine_findings() -> Iterator[Finding]:
    """Yield what is found."""
    yield from _versions()
    yield from _processors()
    yield from _memory()
    yield from _limits()
    yield from _kernel()
    yield _clock()


def size_shown(size_bytes: float) -> str:
    """Return a size in the unit that suits it."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TB"


def _versions() -> Iterator[Finding]:
    found = []
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    yield Finding("versions", f"{', '.join(found)}, Python {platform.python_version()}")
    yield Finding("system", f"{platform.system()} {platform.release()} {platform.machine()}")
    if sys.platform.startswith("linux") and not any(each.startswith("uvloop") for each in found):
        yield Finding("event loop", "asyncio's", NOTE, "pip install uvloop: vql serve is quicker")


def _processors() -> Iterator[Finding]:
    there = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else there
    quota = _quota()
    if quota is not None and quota < usable:
        yield Finding(
            "processors", f"{there}, of which the control group gives {quota:g}", NOTE,
            f"vql serve --workers {max(1, round(quota))}: more would wait for one another",
        )  # fmt: skip
    else:
        yield Finding(
            "processors", f"{there}" if usable == there else f"{there}, of which {usable} may be used"
        )
    flags = _read("/proc/cpuinfo").partition("\nflags")[2].partition("\n")[0].split()
    if flags and "avx2" not in flags:
        yield Finding("vector units", "no AVX2", NOTE, "distances are computed several times slower")
    elif flags:
        yield Finding("vector units", "AVX-512" if "avx512f" in flags else "AVX2")


def _quota() -> float | None:
    """Return how many processors the control group gives, None where it bounds nothing."""
    allowed, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    return int(allowed) / int(period) if allowed.isdigit() and period.strip().isdigit() else None


def _memory() -> Iterator[Finding]:
    there = available_bytes()
    found = f"{size_shown(there)}; statements may take {size_shown(default_bytes())} (--memory says else)"
    if there < MEMORY_BYTES_MIN:
        yield Finding("memory", found, NOTE, "DuckDB spills, and indexes are built slowly, in less than 1 GB")
    else:
        yield Finding("memory", found)


def _limits() -> Iterator[Finding]:
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    said = f"{soft}" if soft == hard else f"{soft}, up to {'any' if hard < 0 else hard}"
    if 0 <= hard < OPEN_FILES_MIN:
        yield Finding(
            "open files", said, BAD, "ulimit -n 65536: each client, segment and index is one"
        )  # fmt: skip
    else:
        yield Finding("open files", said)
    size, _ = resource.getrlimit(resource.RLIMIT_AS)
    if size >= 0:
        yield Finding("address space", size_shown(size), NOTE, "ulimit -v unlimited: files are mapped")


def _kernel() -> Iterator[Finding]:
    maps = _read("/proc/sys/vm/max_map_count").strip()
    if maps.isdigit() and int(maps) < MAPS_MIN:
        yield Finding("mapped files", maps, NOTE, f"sysctl vm.max_map_count={MAPS_MIN}")
    if _read("/proc/sys/vm/overcommit_memory").strip() == "2":
        yield Finding(
            "overcommit", "vm.overcommit_memory=2", NOTE, "forks and mapped files may be refused: 0 is usual"
        )  # fmt: skip
    huge = _read("/sys/kernel/mm/transparent_hugepage/enabled")
    if "[always]" in huge:
        yield Finding(
            "huge pages", "transparent, always", NOTE,
            "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: always may cost memory and pauses",
        )  # fmt: skip
    elif huge:
        yield Finding("huge pages", f"transparent, {huge.partition('[')[2].partition(']')[0]}")
    swappiness = _read("/proc/sys/vm/swappiness").strip()
    swap = _read("/proc/meminfo").partition("SwapTotal:")[2].split()[:1]
    if swap and swap != ["0"] and swappiness.isdigit() and int(swappiness) > 60:
        yield Finding("swap", f"vm.swappiness={swappiness}", NOTE, "sysctl vm.swappiness=10")


def _clock() -> Finding:
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    if time.gmtime().tm_year < YEAR_MIN:
        return Finding("clock", now, BAD, "set it, and keep it by NTP: AS OF and retention go by it")
    source = _read("/sys/devices/system/clocksource/clocksource0/current_clocksource").strip()
    return Finding("clock", f"{now}, {source}" if source else now)


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
