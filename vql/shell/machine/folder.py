"""What a folder gives a database: its file system, its disk, what is configured there, whether it opens."""

from __future__ import annotations

import os
import shutil
import stat
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from vql.errors import Error
from vql.server.startup.options import is_loopback
from vql.server.startup.sources import configured, session_settings
from vql.session.cluster import databases_in, is_cluster, is_database
from vql.session.database import Database
from vql.session.session import Session
from vql.shell.machine.findings import BAD, NOTE, Finding
from vql.shell.machine.system import size_shown

SYNCS, PAGE = 50, b"\0" * 4096
SYNC_SLOW_MS, SYNC_SLOWEST_MS = 5.0, 50.0
# Quicker than that no disk is: something keeps what it has promised to write.
SYNC_DOUBTFUL_MS = 0.02
FREE_BYTES_MIN, FREE_SHARE_MIN = 1 << 30, 0.05
# What is gone with the machine.
IN_MEMORY = ("tmpfs", "ramfs")


def folder_findings(folder: Path) -> Iterator[Finding]:
    """Yield what is found about a folder, and the databases in it."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    yield from _disk(there)
    if not os.access(there, os.W_OK):
        yield Finding(
            "permissions", f"{there} cannot be written", BAD, f"chown it to {_user()}, who runs this"
        )
        return
    yield _sync(there)
    if there != folder:
        yield Finding("database", f"none: {folder} is not there", NOTE, f"vql serve {folder} makes it")
        return
    if stat.S_IMODE(folder.stat().st_mode) & 0o022:
        yield Finding("permissions", "others may write into the folder", BAD, f"chmod go-w {folder}")
    yield from _configuration(folder)
    for path in databases_in(folder) if is_cluster(folder) else [folder] if is_database(folder) else []:
        yield from _database(path)


def sync_ms(folder: Path) -> float:
    """Return how long an appended page takes to be safe on disk, the median of some."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".sync-") as file:
        for _ in range(SYNCS):
            started_s = time.perf_counter()
            file.write(PAGE)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started_s)
    return statistics.median(times) * 1e3


def _sync(folder: Path) -> Finding:
    found_ms = sync_ms(folder)
    said = f"{found_ms:.2f} ms for a page; a commit waits for two"
    if found_ms < SYNC_DOUBTFUL_MS:
        return Finding("fsync", said, NOTE, "quicker than a disk: does it lose what it has said is safe?")
    if found_ms > SYNC_SLOWEST_MS:
        return Finding("fsync", said, BAD, "commits take as long; a local SSD needs 0.1 to 2 ms")
    if found_ms > SYNC_SLOW_MS:
        return Finding("fsync", said, NOTE, "slow for single inserts: put several into one transaction")
    return Finding("fsync", said)


def _disk(folder: Path) -> Iterator[Finding]:
    kind = _file_system(folder)
    if kind in IN_MEMORY:
        yield Finding("file system", kind, BAD, "it is in memory, and gone when the machine stops")
    elif kind:
        yield Finding("file system", kind)
    usage = shutil.disk_usage(folder)
    said = f"{size_shown(usage.free)} free of {size_shown(usage.total)}"
    if usage.free < FREE_BYTES_MIN or usage.free < FREE_SHARE_MIN * usage.total:
        yield Finding("disk", said, BAD, "merging writes segments anew before the old ones go")
    else:
        yield Finding("disk", said)


def _file_system(folder: Path) -> str:
    """Return the kind of the file system that a folder is on, "" where that is not told."""
    best, found = "", ""
    with suppress(OSError):
        for line in Path("/proc/mounts").read_text().splitlines():
            _, place, kind, *_ = line.split()
            if (folder.resolve() / "x").is_relative_to(place) and len(place) >= len(best):
                best, found = place, kind
    return found


def _configuration(folder: Path) -> Iterator[Finding]:
    try:
        said = configured(folder, os.environ.get("VQL_CONFIG"))
        session_settings(said)
    except Error as error:
        yield Finding("configuration", error.message, BAD, "vql serve does not start with it")
        return
    if said:
        yield Finding(
            "configuration", ", ".join(f"{name} = {each.value}" for name, each in sorted(said.items()))
        )
    host = said.get("host")
    is_open = host is not None and bool(host.value) and not is_loopback(host.value)
    if host is not None and is_open and "tls_required" not in said:
        yield Finding(
            "encryption",
            f"{host.value} can be reached without",
            NOTE,
            "tls_cert, tls_key, tls_required = true",
        )


def _database(path: Path) -> Iterator[Finding]:
    try:
        with closing(Database.open(path, create=False)) as database, closing(Session(database)) as session:
            tables = len(database.store.snapshot().tables)
            ((size,),) = session.run("SELECT pg_database_size(current_database())").rows
            yield Finding("database", f"{path.name}: {tables} tables, {size_shown(float(str(size)))}")
            jobs = session.run("SELECT job, failures, last_error FROM vql_jobs WHERE failures > 0").rows
            for job, failures, error in jobs:
                yield Finding(f"{job}", f"failed {failures} times: {error}", BAD, f"vql check {path}")
            behind = session.run(
                "SELECT table_name, sum(rows) FROM vql_segments WHERE state = 'growing' GROUP BY 1"
                " HAVING sum(rows) > 200000"
            )
            for table, rows in behind.rows:
                yield Finding("maintenance", f"{table}: {rows} rows in no segment", NOTE, f"VACUUM {table}")
    except Error as error:
        yield Finding("database", f"{path.name}: {error.message}", BAD, error.hint or f"vql check {path}")


def _user() -> str:
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return "the user"
