"""HTTP for whoever watches a server: GET and HEAD, one request a connection (RFC 9112)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

REQUEST_BYTES_MAX = 8 << 10
TIMEOUT_S = 5.0
CONNECTIONS_MAX = 16
REASONS = {
    200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable",
}  # fmt: skip


class Response(NamedTuple):
    """What is answered."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"


Answer = Callable[[str], Awaitable[Response]]


class HttpServer:
    """Answers what is asked on a socket, in the event loop, until it is closed."""

    def __init__(self, listener: socket.socket, answer: Answer) -> None:
        self._listener = listener
        self._answer = answer
        self._serving: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None] | None, None] = {}  # conversations, the oldest first

    @property
    def place(self) -> str:
        """The address and the port."""
        host, port = self._listener.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def start(self) -> None:
        """Begin to listen."""
        self._serving = await asyncio.start_server(
            self._converse, sock=self._listener, limit=REQUEST_BYTES_MAX
        )

    def close(self) -> None:
        """Listen no more."""
        if self._serving is not None:
            self._serving.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._open[task] = None
        try:
            # The oldest leaves for one too many: who says nothing keeps nobody out.
            oldest = next(iter(self._open))
            if len(self._open) > CONNECTIONS_MAX and oldest is not None:
                del self._open[oldest]
                oldest.cancel()
            # One that says nothing, or reads nothing, is hung up on.
            with suppress(TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await asyncio.wait_for(self._exchange(reader, writer), TIMEOUT_S)
        finally:
            self._open.pop(task, None)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.decode("latin-1").partition(" ")
        path, _, version = rest.partition("\r\n")[0].partition(" ")
        if not version.startswith("HTTP/1."):
            response = Response(400, "not HTTP/1\n")
        elif method not in ("GET", "HEAD"):
            response = Response(405, "GET and HEAD alone\n")
        else:
            response = await self._answer(path.partition("?")[0])
        body = response.body.encode()
        lines = (
            f"HTTP/1.1 {response.status} {REASONS[response.status]}",
            f"Content-Type: {response.content_type}",
            f"Content-Length: {len(body)}",
            "Cache-Control: no-store",
            "Connection: close",
        )
        writer.write("\r\n".join((*lines, "", "")).encode("latin-1") + (b"" if method == "HEAD" else body))
        writer.close()
        await writer.wait_closed()  # when all of it is on its way
