"""A store in the S3 dialect on this machine, and places for databases in it and in a folder."""

from __future__ import annotations

import logging
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

import vql
from vql.memory import Budget, default_bytes
from vql.session.database import Database
from vql.storage.bucket.home import Home
from vql.storage.store import Store

LOOK_S, PATIENCE_S = 0.02, 60.0


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of a store that has one bucket, `shop`."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    made = urllib.request.Request(f"{endpoint}/shop", method="PUT")
    with urllib.request.urlopen(made):
        pass
    yield endpoint
    server.stop()


def use_endpoint(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Have s3:// mean a store, as users do: by the environment."""
    for name, value in (
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ENDPOINT", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "someone"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ):
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of working copies of one test."""
    monkeypatch.setenv("VQL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """A URL in a folder where no database is yet."""
    return f"file://{tmp_path / 'bucket' / 'db'}"


@pytest.fixture
def s3_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_endpoint: str) -> str:
    """A URL in the store where no database is yet."""
    use_endpoint(monkeypatch, s3_endpoint)
    return f"s3://shop/{tmp_path.name}/db"


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest) -> str:
    """A URL where no database is yet, of each kind."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread or process does."""
    for _ in range(int(PATIENCE_S / LOOK_S)):
        if holds():
            return
        time.sleep(LOOK_S)
    raise AssertionError("it has not come to pass")


def count(connection: vql.Connection) -> int:
    """Return how many rows `t` has."""
    row = connection.execute("SELECT count(*) FROM t").fetchone()
    assert row is not None
    return int(row[0])


class Elsewhere:
    """Another process that has a database open, as its opener would: a process has a database open once, so
    this one opens it past the registry, with a working copy of its own."""

    def __init__(self, url: str) -> None:
        place = Home.open(url, create=False)
        store = Store.open(place.folder, create=False)
        place.attach(store)
        self.database = Database(store, (0, id(self)), Budget(default_bytes()), place)
        self.database._users = 1
        self.connection = vql.Connection(self.database, True)

    def __enter__(self) -> vql.Connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()
