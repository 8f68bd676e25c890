"""`vql console`: its command line, and what serves until Ctrl-C."""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress

from vql.console.calls import ConsoleCalls
from vql.console.embedding import Embed, load_embedding
from vql.console.server import ConsoleServer
from vql.errors import Error
from vql.link.link import Link

PORT_DEFAULT = 8430
PORTS_TRIED = 20
# Opens the database that a path or an address means; raises Error.
Opener = Callable[[str], Link]


def console_command(given: Sequence[str], opener: Opener) -> int:
    """Serve the console of a database; returns the exit status."""
    options = read_console_options(given)
    try:
        embed = load_embedding(options.embed) if options.embed else None
        name = opened_name(lambda: opener(options.path))
        server = console_server(lambda: opener(options.path), name, options.port, options.token, embed)
    except (Error, OSError) as error:
        said = error.message if isinstance(error, Error) else str(error)
        hint = f"\nHINT:  {error.hint}" if isinstance(error, Error) and error.hint else ""
        sys.stderr.write(f"vql console: {said}{hint}\n")
        return 1
    print(f"The console of {name} is at\n\n    {server.address}\n\nCtrl-C ends it.", flush=True)
    if not options.no_browser:
        open_browser(server.address)
    run_until_signal(server)
    return 0


def read_console_options(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ends the process where it is wrong."""
    parser = argparse.ArgumentParser(
        "vql console", description="A page to look at a database with: SQL, search, a map of its vectors."
    )
    parser.add_argument("path", help="the folder of a database, or postgres://HOST/NAME")
    parser.add_argument(
        "--port",
        type=int,
        help=f"of this machine; {PORT_DEFAULT} or one behind it if not given, 0 a free one",
    )
    parser.add_argument("--token", help="what the address has to carry; one is made if not given")
    parser.add_argument(
        "--embed",
        metavar="MODULE:FUNCTION",
        help="a function of Python that makes vectors of pictures (bytes) and texts",
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    options = parser.parse_args(given)
    if options.port is not None and not 0 <= options.port <= 65_535:
        parser.error("--port must be between 0 and 65535")
    if options.token is not None and not options.token.isalnum():
        parser.error("--token takes letters and digits")
    return options


def opened_name(opener: Callable[[], Link]) -> str:
    """Return what a database is called, by opening it once. Raises Error where it cannot be."""
    link = opener()
    try:
        return link.name
    finally:
        link.close()


def console_server(
    opener: Callable[[], Link],
    name: str,
    port: int | None,
    token: str | None = None,
    embed: Embed | None = None,
) -> ConsoleServer:
    """Return a server that listens; without a port on the first free one from 8430. Raises OSError."""
    calls = ConsoleCalls(opener, name, embed)
    token = token or secrets.token_hex(16)
    if port is not None:
        return ConsoleServer(port, calls, token)
    for each in range(PORT_DEFAULT, PORT_DEFAULT + PORTS_TRIED):
        with suppress(OSError):
            return ConsoleServer(each, calls, token)
    return ConsoleServer(0, calls, token)


def open_browser(address: str) -> None:
    """Show an address in the browser, where there is one that has a window."""
    with suppress(webbrowser.Error):
        if not isinstance(webbrowser.get(), webbrowser.GenericBrowser):
            webbrowser.open(address)


def run_until_signal(server: ConsoleServer) -> None:
    """Serve until SIGINT or SIGTERM."""
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    thread = threading.Thread(target=server.serve_forever, name="console", daemon=True)
    thread.start()
    try:
        ended.wait()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for number, handler in before.items():
            signal.signal(number, handler)
