"""The Model Context Protocol (2025-06-18) over standard input and output: JSON-RPC 2.0, a message a line.

What a server of tools needs: initialize, ping, tools/list, tools/call, and notifications/cancelled, for which
calls run in a thread beside the one that reads. `Serving.lock` is for the calls that wait and what is
written.
"""

from __future__ import annotations

import argparse
import io
import json
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from typing import IO, Any

from vql import errors
from vql.console.answers import MALFORMED
from vql.console.embedding import load_embedding
from vql.console.lanes import Lane, Turn
from vql.link.link import Link
from vql.mcp.tools import Tool, Tools

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")
CALLS_WAITING_MAX = 64
LINE_CHARACTERS_MAX = 16 << 20
# JSON-RPC's codes.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
INSTRUCTIONS = (
    "A database with similarity search and time travel. Its SQL is PostgreSQL's with pgvector; any query can "
    "end with AS OF a time, VERSION n or SNAPSHOT 'name'. Begin with schema."
)
Message = dict[str, Any]


class Serving:
    """One client, till its input ends."""

    def __init__(self, lane: Lane, tools: Tools, version: str, output: IO[str]) -> None:
        self._lane = lane
        self._tools = tools
        self._version = version
        self._output = output
        self.lock = threading.Lock()
        self._calls: queue.Queue[Message | None] = queue.Queue(CALLS_WAITING_MAX)
        # By the ids of calls: those that wait or run, those of them that were cancelled, and what runs.
        self._known: set[str | int] = set()
        self._cancelled: set[str | int] = set()
        self._running: str | int | None = None

    def run(self, lines: IO[str]) -> None:
        """Answer messages until there are no more; what has been asked by then is answered."""
        worker = threading.Thread(target=self._work, name="mcp", daemon=True)
        worker.start()
        while line := lines.readline(LINE_CHARACTERS_MAX):
            if line.strip():
                self._receive(line)
        self._calls.put(None)
        worker.join()

    def _receive(self, line: str) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            self._refuse(None, PARSE_ERROR, "a message is one line of JSON")
            return
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            if not (isinstance(message, dict) and ("result" in message or "error" in message)):
                self._refuse(None, INVALID_REQUEST, "a message is an object with a method")
            return
        given = message.get("params") if isinstance(message.get("params"), dict) else {}
        assert isinstance(given, dict)
        if "id" not in message:
            if message["method"] == "notifications/cancelled":
                self._cancel(given.get("requestId"))
            return
        if not isinstance(message["id"], str | int):
            self._refuse(None, INVALID_REQUEST, "an id is a text or a whole number")
            return
        match message["method"]:
            case "initialize":
                self._send(message["id"], self._welcome(given))
            case "ping":
                self._send(message["id"], {})
            case "tools/list":
                self._send(message["id"], {"tools": [tool.listed() for tool in self._tools.all.values()]})
            case "tools/call" if str(given.get("name")) in self._tools.all:
                self._enqueue(message)
            case "tools/call":
                self._refuse(message["id"], INVALID_PARAMS, f"there is no tool {given.get('name')}")
            case _:
                self._refuse(message["id"], METHOD_NOT_FOUND, f"there is no method {message['method']}")

    def _enqueue(self, message: Message) -> None:
        with self.lock:
            is_full = self._calls.full()  # there is one thread that puts
            if not is_full:
                self._known.add(message["id"])
                self._calls.put_nowait(message)
        if is_full:
            self._refuse(message["id"], INVALID_REQUEST, "too many calls are waiting")

    def _welcome(self, given: Message) -> Message:
        wanted = given.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "vql", "version": self._version},
            "instructions": INSTRUCTIONS,
        }

    def _cancel(self, number: object) -> None:
        with self.lock:
            is_running = number is not None and number == self._running
            if isinstance(number, str | int) and number in self._known:
                self._cancelled.add(number)
        if is_running:
            self._lane.cancel()

    def _work(self) -> None:
        while (message := self._calls.get()) is not None:
            number = message["id"]
            with self.lock:
                is_wanted = number not in self._cancelled
                self._running = number
            if is_wanted:
                self._call(number, message["params"])
            with self.lock:
                self._running = None
                self._cancelled.discard(number)
                self._known.discard(number)

    def _call(self, number: str | int, given: Message) -> None:
        tool, arguments = self._tools.all[given["name"]], given.get("arguments") or {}
        try:
            missing = [name for name in tool.required if name not in arguments]
            surplus = [name for name in arguments if name not in tool.properties]
            if missing or surplus:
                raise errors.InvalidParameterValue(
                    f"{tool.name} takes {', '.join(tool.properties) or 'nothing'}"
                )
            text, is_error = (
                self._lane.work(partial(self._run, number, tool, arguments), replaces=False),
                False,
            )
        except errors.Error as error:
            text, is_error = error_text_of(error), True
        except MALFORMED as error:
            text, is_error = f"the arguments are malformed: {error}", True
        self._send(number, {"content": [{"type": "text", "text": text}], "isError": is_error})

    def _run(self, number: str | int, tool: Tool, arguments: Message, turn: Turn) -> str:
        with self.lock:
            turn.is_over = number in self._cancelled  # before it could be told so
        return tool.call(turn, arguments)

    def _send(self, number: object, result: Message) -> None:
        self._write({"jsonrpc": "2.0", "id": number, "result": result})

    def _refuse(self, number: object, code: int, said: str) -> None:
        self._write({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": said}})

    def _write(self, message: Message) -> None:
        with self.lock:
            self._output.write(json.dumps(message) + "\n")
            self._output.flush()


def error_text_of(error: errors.Error) -> str:
    """Return an error as an assistant reads it."""
    place = f" (at character {error.position})" if error.position else ""
    more = [f"{name}: {said}" for name, said in (("DETAIL", error.detail), ("HINT", error.hint)) if said]
    return "\n".join([f"ERROR {error.sqlstate}: {error.message}{place}", *more])


def mcp_command(given: Sequence[str], opener: Callable[[str], Link], version: str) -> int:
    """Serve one client over standard input and output; returns the exit status."""
    parser = argparse.ArgumentParser(
        "vql mcp",
        description="Give a database to assistants by the Model Context Protocol, over stdin and stdout.",
    )
    parser.add_argument("path", help="the folder of a database, or postgres://HOST/NAME")
    parser.add_argument("--write", action="store_true", help="let statements change the database")
    parser.add_argument(
        "--embed", metavar="MODULE:FUNCTION", help="a function of Python that makes vectors of texts"
    )
    options = parser.parse_args(given)
    lane = Lane(lambda: opener(options.path))
    try:
        embed = load_embedding(options.embed) if options.embed else None
        lane.work(lambda turn: turn.ask("SELECT 1"), replaces=False)
    except errors.Error as error:
        sys.stderr.write(f"vql mcp: {error_text_of(error)}\n")
        return 1
    try:
        output = sys.stdout
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        # What an embedding function prints is no message.
        with redirect_stdout(sys.stderr):
            Serving(lane, Tools(embed, options.write), version, output).run(sys.stdin)
    except (BrokenPipeError, KeyboardInterrupt):
        pass  # the client is gone
    finally:
        lane.close()
    return 0
