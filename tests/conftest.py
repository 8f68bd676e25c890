"""Options of the whole suite, and where its files lie."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
# What workers keep at a time, several times over.
MEMORY_BYTES_MIN = 4 << 30


def has_room(folder: Path) -> bool:
    """Whether all that tests write at a time, programs among it, can lie in a folder."""
    try:
        return (
            os.access(folder, os.W_OK)
            and not os.statvfs(folder).f_flag & os.ST_NOEXEC
            and shutil.disk_usage(folder).free >= MEMORY_BYTES_MIN
        )
    except OSError:
        return False


# Files of tests in memory where there is enough: what tests ask of a disk that fails or is full they bring
# themselves, and a third of the run would be waiting for one.
if "TMPDIR" not in os.environ and has_room(MEMORY):
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --rewrite: write what golden scripts give into them, to be reviewed as a diff; and --judge."""
    parser.addoption("--judge", action="store_true", help="judge declarations by every call, not by some")
    parser.addoption("--rewrite", action="store_true", help="rewrite the expectations of golden scripts")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: tests wait now and then, for servers and for each other."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Have garbage collections leave out what stays: thousands of tests, and modules."""
    gc.collect()
    gc.freeze()


class Unforeseen(logging.Handler):
    """What the boundary has logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def nothing_is_unforeseen() -> Iterator[None]:
    """Fail a test in which the boundary made XX000 of an error that nobody foresaw."""
    log, seen = logging.getLogger("vql.boundary"), Unforeseen()
    log.addHandler(seen)
    try:
        yield
    finally:
        log.removeHandler(seen)
    for record in seen.records:
        assert record.exc_info is not None and record.exc_info[1] is not None
        raise record.exc_info[1]
