"""One server for the wire tests; each test makes its own tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from server_process import Server  # noqa: E402

Row = tuple[object, ...]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two workers."""
    started = Server(tmp_path_factory.mktemp("wire") / "db")
    yield started
    status = started.stop()
    assert status == 0, started.log.read_text()
    assert started.errors() == "", started.log.read_text()


@pytest.fixture
def connection(server: Server) -> Iterator[psycopg.Connection[Row]]:
    """A psycopg connection in autocommit."""
    with psycopg.connect(server.url, autocommit=True) as connected:
        yield connected
