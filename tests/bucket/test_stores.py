"""Stores that cannot keep a database, or do not answer, are refused clearly; nothing waits for ever."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import vql
from tests.bucket.conftest import use_endpoint, wait_until
from vql.storage.bucket import journal, objects
from vql.storage.bucket.journal import Journal
from vql.storage.bucket.objects import Objects


class Careless(BaseHTTPRequestHandler):
    """A store that overwrites whatever is there."""

    protocol_version = "HTTP/1.1"
    status = 200

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_DELETE = do_HEAD = do_GET

    def answer(self) -> None:
        self.send_response(self.status)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Refusing(Careless):
    """A store that knows nobody."""

    status = 403


@pytest.fixture
def stores() -> Iterator[list[ThreadingHTTPServer]]:
    made: list[ThreadingHTTPServer] = []
    yield made
    for server in made:
        server.shutdown()
        server.server_close()


def endpoint(stores: list[ThreadingHTTPServer], handler: type[Careless]) -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stores.append(server)
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_a_store_that_overwrites_is_refused(
    stores: list[ThreadingHTTPServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_endpoint(monkeypatch, endpoint(stores, Careless))
    with pytest.raises(vql.NotSupportedError, match="overwrites objects that must be new") as raised:
        vql.connect("s3://shop/db")
    assert raised.value.sqlstate == "0A000"


def test_wrong_credentials_are_said_at_once(
    stores: list[ThreadingHTTPServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_endpoint(monkeypatch, endpoint(stores, Refusing))
    with pytest.raises(vql.OperationalError, match="the store refuses a probe") as raised:
        vql.connect("s3://shop/db")
    assert "AWS_ACCESS_KEY_ID" in (raised.value.hint or "")


def test_a_bucket_that_is_not_there_is_named(s3_url: str) -> None:
    with pytest.raises(vql.OperationalError, match="there is no such bucket") as raised:
        vql.connect("s3://missing/db")
    assert raised.value.sqlstate == "58P01"


def test_a_store_that_is_not_there_is_asked_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        use_endpoint(monkeypatch, f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setattr(objects, "RETRIES_MAX", 1)
        with pytest.raises(vql.OperationalError, match="the store does not answer") as raised:
            vql.connect("s3://shop/db")
        assert raised.value.sqlstate == "58030"


def test_an_endpoint_without_tls_is_said_to_need_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    use_endpoint(monkeypatch, "http://127.0.0.1:1")
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(vql.OperationalError, match="has no TLS") as raised:
        vql.connect("s3://shop/db")
    assert "AWS_ALLOW_HTTP" in (raised.value.hint or "")


def test_a_store_that_goes_away_is_waited_for_a_bounded_time(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vql.connect(s3_url) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        place = connection.database.home
        assert place is not None
        with monkeypatch.context() as patched, place._turn:
            patched.setattr(journal, "PATIENCE_S", 0.0)
            with pytest.raises(vql.OperationalError, match="has not answered"):
                connection.execute("INSERT INTO t VALUES (1)")
            assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.execute("INSERT INTO t VALUES (2)")
        assert connection.execute("SELECT id FROM t WHERE id = 2").fetchone() == (2,)


def test_an_open_reads_few_entries_one_by_one(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "FLUSHED_ENTRIES", 10)
    killed = Journal(s3_url, is_writer=True)
    try:
        for position in range(1, 101):
            killed.append(position, b"changes")
            if position == 50:
                wait_until(lambda: len(Objects(s3_url).stored("journal/compacted/")) > 2)
        requests: list[str] = []
        with requests_seen(requests):
            reader = Journal(s3_url, is_writer=False)
            assert len(reader.entries(0)) == 100
            reader.close()
        assert 0 < len([each for each in requests if "GET" in each and "/wal/" in each]) < 70
    finally:
        killed.close()


@contextmanager
def requests_seen(requests: list[str]) -> Iterator[None]:
    """Note what moto's server is asked."""
    handler = logging.Handler()
    handler.emit = lambda record: requests.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("werkzeug")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
