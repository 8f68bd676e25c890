"""The judge, once a test process."""

from __future__ import annotations

import sys
from pathlib import Path

# Where the tests' server is, and the reader of golden scripts.
sys.path += [str(Path(__file__).parents[1] / room) for room in ("wire", "golden")]

import judge  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture(scope="session")
def postgres_uri():
    with judge.running() as uri:
        yield uri


@pytest.fixture
def postgres(postgres_uri):
    """A connection to PostgreSQL that commits each statement."""
    with judge.connected(postgres_uri) as connection:
        yield connection
