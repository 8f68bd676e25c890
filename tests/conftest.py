"""Options of the whole suite."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --rewrite: write what golden scripts give into them, to be reviewed as a diff; and --judge."""
    parser.addoption("--judge", action="store_true", help="judge declarations by every call, not by some")
    parser.addoption("--rewrite", action="store_true", help="rewrite the expectations of golden scripts")


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
