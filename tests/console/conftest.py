"""A database of coloured things, its console, and a browser that looks at it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import Browser, Page, command
from colours import COLOURS, embed, png, vector

import vql
from vql.console.command import console_server
from vql.console.embedding import Embed
from vql.console.server import ConsoleServer
from vql.shell.opening import opened_link

ROWS = 30
Serve = Callable[..., ConsoleServer]


def thing(number: int) -> list[object]:
    """Return a row: its vector is its colour's, a little off."""
    name = list(COLOURS)[number % len(COLOURS)]
    note = "n" * 400 if number % 10 == 2 else None
    near = [each + number / 1000 for each in vector(COLOURS[name])]
    return [number, name, number * 10 + 0.5, number, note, png(COLOURS[name]), near]


def fill(folder: Path) -> None:
    """Three things of each colour; then the red ones go, and a snapshot says what was before."""
    with vql.connect(folder) as connection:
        connection.execute(
            "CREATE TABLE things (id int PRIMARY KEY, colour text, price numeric, made date, note text, "
            "picture bytea, vec vector(8))"
        )
        connection.executemany(
            "INSERT INTO things VALUES (?, ?, ?, date '2026-01-01' + ?::int, ?, ?, ?)",
            [thing(number) for number in range(ROWS)],
        )
        connection.execute("CREATE INDEX ON things USING auto (vec vector_l2_ops)")
        connection.execute("CREATE SNAPSHOT full_shop")
        connection.execute("DELETE FROM things WHERE colour = 'red'")
        connection.execute("UPDATE things SET price = price + 1000 WHERE colour = 'blue'")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the database; tests that change it make tables of their own."""
    folder = tmp_path_factory.mktemp("console") / "shop"
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def versions(shop: Path) -> None:
    """Where the database lists its versions, which the slider goes through."""
    with vql.connect(shop) as connection:
        try:
            connection.execute("SELECT FROM vql_versions")
        except vql.ProgrammingError:
            pytest.skip("the database does not list its versions")


@pytest.fixture(scope="module")
def serve(shop: Path) -> Iterator[Serve]:
    """Start consoles of the database, with an embedding function or without."""
    servers: list[tuple[ConsoleServer, threading.Thread]] = []

    def start(embedding: Embed | None = embed, address: str = "") -> ConsoleServer:
        server = console_server(lambda: opened_link(address or str(shop)), "shop", 0, embed=embedding)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return server

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def console(serve: Serve) -> ConsoleServer:
    """A console with an embedding function."""
    return serve()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser without a window."""
    folder = tmp_path_factory.mktemp("browser")
    if command(0, folder) is None:
        pytest.skip("no browser: neither Chromium on the path nor pyside6-webengine, which has no wheel here")
    started = Browser(folder)
    yield started
    started.close()


@pytest.fixture
def page(browser: Browser, console: ConsoleServer) -> Iterator[Page]:
    """The console in the browser, as at its first opening. At the end nothing was asked of other machines,
    and nothing has failed."""
    page = browser.page()
    page.resize(1280, 860)
    page.prefer("light")
    look_at(page, console)
    yield page
    ours = (f"http://127.0.0.1:{console.server_port}/", "data:", "blob:", "about:")
    assert [address for address in page.requests if not address.startswith(ours)] == []
    assert page.faults == []
    page.close()


def look_at(page: Page, server: ConsoleServer) -> None:
    """Open a console afresh: nothing is kept of what was typed before."""
    page.open(
        f"http://127.0.0.1:{server.server_port}/static/icon.svg"
    )  # of the same origin, without a script
    page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.requests.clear()  # a page before this one may have asked as it went
    page.open(server.address)
    page.wait("document.documentElement.dataset.ready")
