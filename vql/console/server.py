"""HTTP for the console: the standard library's server, with bounds, and for this machine alone.

* It listens on 127.0.0.1, and answers only what was asked of `localhost` or an address of the loopback: a
  page of elsewhere, whose name was made to mean this machine, has another Host.
* Who has the token, in the address first and then in a cookie that no other site's requests carry, is let in.
* The page may load nothing but what comes from here, and may not stand in another's frame.
* So many connections at once, so long a wait for a request, so large a body: what is more is refused.
"""

from __future__ import annotations

import hmac
import json
import threading
from email.message import Message
from functools import cache
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlsplit

from vql.console.answers import Json
from vql.console.calls import ConsoleCalls
from vql.errors import Error

CONNECTIONS_MAX = 64
REQUEST_SECONDS = 60
# A picture of 12 MB in base64.
BODY_BYTES_MAX = 16 << 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
REFUSED = """\
<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>VQL console</title><link rel="stylesheet" href="/static/style.css">
<main class="refused"><h1>This address needs its token</h1>
<p>Open the address that <code>vql console</code> has printed: it ends with <code>?token=…</code></p>
</main></html>
"""


class ConsoleServer(ThreadingHTTPServer):
    """Serves one console; `serve_forever` until `shutdown`."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = CONNECTIONS_MAX

    def __init__(self, port: int, calls: ConsoleCalls, token: str) -> None:
        super().__init__(("127.0.0.1", port), ConsoleRequest)
        self.calls = calls
        self.token = token
        self._room = threading.BoundedSemaphore(CONNECTIONS_MAX)

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://127.0.0.1:{self.server_port}/?token={self.token}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread, or close it where there are too many."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a connection's requests."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""

    def service_actions(self) -> None:
        """Called twice a second: conversations of pages that were closed end."""
        self.calls.lanes.close_idle()

    def server_close(self) -> None:
        """Stop listening, and end what runs."""
        super().server_close()
        self.calls.lanes.close()


class ConsoleRequest(BaseHTTPRequestHandler):
    """One connection."""

    server: ConsoleServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "VQL", ""
    timeout = REQUEST_SECONDS
    headers: Message[str, str]

    def do_GET(self) -> None:
        """The page, its assets, a cell of an answer."""
        if not self._is_for_here():
            return
        path, _, asked = self.path.partition("?")
        if path.startswith("/static/"):
            self._send_asset(path.removeprefix("/static/"))
            return
        if path == "/favicon.ico":  # asked for by browsers beside files that are no pages
            self._send_asset("icon.svg")
            return
        query = parse_qs(asked)
        if not self._is_let_in(query.get("token", [""])[0]):
            self._send(HTTPStatus.FORBIDDEN, TYPES["html"], REFUSED.encode())
        elif path == "/":
            self._send_page()
        elif path == "/cell":
            self._send_cell({name: values[0] for name, values in query.items()})
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"not found\n")

    def do_POST(self) -> None:
        """A call: JSON in, JSON out."""
        name = self.path.partition("?")[0].removeprefix("/call/")
        if not self._is_for_here():
            return
        # Who is not let in sends no body: the connection ends.
        if not self._is_let_in("") or not self._is_from_here():
            self.close_connection = True
            self._send_json(
                {"error": {"message": "the token is missing", "sqlstate": "28000"}}, HTTPStatus.FORBIDDEN
            )
            return
        given = self._body()
        if given is None:
            return
        if name not in self.server.calls:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"not found\n")
        else:
            page = self.headers.get("X-Console-Page", "")[:40]
            self._send_json(self.server.calls.answer(name, page, given))

    # -------------------------------------------------------------- who asks

    def _is_for_here(self) -> bool:
        """Whether the request was for this machine by a name of its own; refused if not."""
        try:
            host = urlsplit(f"//{self._host}").hostname
        except ValueError:  # a bracket that is open
            host = None
        if host not in LOOPBACK:
            self.close_connection = True
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"not this host\n")
            return False
        return True

    def _is_from_here(self) -> bool:
        """Whether a call is the page's own, as browsers tell: not that of another port's page."""
        return self.headers.get("Origin") in (None, f"http://{self._host}")

    @property
    def _host(self) -> str:
        return self.headers.get("Host", "")

    @property
    def _cookie(self) -> str:
        return f"vql-console-{self.server.server_port}"

    def _is_let_in(self, token: str) -> bool:
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(self._cookie)
        except CookieError:
            cookie = None
        return any(
            hmac.compare_digest(given.encode(), self.server.token.encode())
            for given in (token, cookie.value if cookie else "")
        )

    def _body(self) -> Json | None:
        """Read the body of a call; None where it is refused, and the connection ends."""
        try:
            size = int(self.headers.get("Content-Length", ""))
        except ValueError:
            size = -1
        is_json = self.headers.get_content_type() == "application/json"
        if not is_json or not 0 <= size <= BODY_BYTES_MAX:
            self.close_connection = True
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if size > BODY_BYTES_MAX else HTTPStatus.BAD_REQUEST
            self._send(status, "text/plain", b"a call is JSON of at most 16 MB\n")
            return None
        try:
            found = json.loads(self.rfile.read(size))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self._send(HTTPStatus.BAD_REQUEST, "text/plain", b"a call is a JSON object\n")
            return None
        return found

    # -------------------------------------------------------------- what is sent

    def _send_page(self) -> None:
        cookie = f"{self._cookie}={self.server.token}; Path=/; HttpOnly; SameSite=Strict"
        self._send(HTTPStatus.OK, TYPES["html"], assets()["index.html"], {"Set-Cookie": cookie})

    def _send_asset(self, name: str) -> None:
        data = assets().get(name)
        if data is not None:
            self._send(HTTPStatus.OK, TYPES[name.rpartition(".")[2]], data)
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"not found\n")

    def _send_cell(self, query: dict[str, str]) -> None:
        try:
            numbers = [int(query.get(name, "")) for name in ("answer", "row", "column")]
            found = self.server.calls.cell(query.get("page", ""), query.get("lane", ""), *numbers)
        except (Error, ValueError) as error:
            self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", f"{error}\n".encode())
            return
        # Alone in a window a cell is a document of nobody.
        self._send(
            HTTPStatus.OK, found.type, found.data, {"Content-Security-Policy": "sandbox; default-src 'none'"}
        )

    def _send_json(self, found: Json, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, "application/json", json.dumps(found).encode())

    def _send(self, status: HTTPStatus, kind: str, data: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Keep quiet: the terminal is the user's."""


@cache
def assets() -> dict[str, bytes]:
    """Return the files of the page by their names."""
    folder = resources.files("vql.console") / "static"
    return {
        each.name: each.read_bytes() for each in folder.iterdir() if each.name.rpartition(".")[2] in TYPES
    }
