"""The judge, once a test process."""

from __future__ import annotations

import judge
import pytest


@pytest.fixture(scope="session")
def postgres_uri(tmp_path_factory):
    with judge.running(tmp_path_factory.mktemp("postgres") / "data") as uri:
        yield uri


@pytest.fixture
def postgres(postgres_uri):
    """A connection to PostgreSQL that commits each statement."""
    with judge.connected(postgres_uri) as connection:
        yield connection
