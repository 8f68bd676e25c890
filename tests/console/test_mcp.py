"""`vql mcp`, spoken to by the client of the package mcp, and by lines."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from colours import COLOURS, vector

HERE = Path(__file__).parent
Ask = Callable[..., Awaitable[Any]]


def conversation(shop: Path, steps: Callable[[Any, Ask], Awaitable[None]], *options: str) -> None:
    """Start a server and a client of it, and take steps: with the session, and with what calls a tool and
    returns its JSON, or its text where it is an error."""
    # A second of every test process: loaded where it is used.
    mcp = pytest.importorskip("mcp")
    from mcp.client.stdio import stdio_client

    command = ["-m", "vql", "mcp", str(shop), "--embed", "colours:embed", *options]
    paths = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    server = mcp.StdioServerParameters(
        command=sys.executable, args=command, env={**os.environ, "PYTHONPATH": paths}
    )

    async def talk() -> None:
        async with stdio_client(server) as (reads, writes), mcp.ClientSession(reads, writes) as session:
            await session.initialize()

            async def ask(tool: str, **given: object) -> Any:
                answer = await session.call_tool(tool, given)
                text = answer.content[0].text
                failed = getattr(answer, "isError", None) or getattr(answer, "is_error", None)
                return text if failed or not text.startswith(("{", "[")) else json.loads(text)

            await steps(session, ask)

    asyncio.run(talk())


def test_a_client_lists_the_tools_and_reads(shop):
    async def steps(session: Any, ask: Ask) -> None:
        listed = await session.list_tools()
        names = {tool.name for tool in listed.tools}
        assert names == {"schema", "query", "search_similar", "as_of", "changes_between", "explain"}
        things = next(table for table in await ask("schema") if table["table"] == "public.things")
        assert things["columns"]["vec"] == "vector(8)" and things["columns"]["id"] == "integer, key"
        found = await ask("query", sql="SELECT id, picture, vec, note FROM things WHERE id = 2")
        identity, picture, numbers, note = found["rows"][0]
        assert (
            identity == "2" and picture.endswith(" bytes") and numbers.count(",") == 7 and note == "n" * 400
        )
        many = await ask("query", sql="SELECT * FROM generate_series(1, 300)", limit=10)
        assert len(many["rows"]) == 10 and many["more"].startswith("10 of 300 rows")
        assert "things" in await ask("explain", sql="SELECT * FROM things")

    conversation(shop, steps)


def test_a_client_finds_what_is_like_a_row_words_or_a_vector(shop):
    async def steps(session: Any, ask: Ask) -> None:
        of = {"table": "things", "column": "vec", "limit": 3}

        async def found(**given: object) -> list[str]:
            return [row[0] for row in (await ask("search_similar", **of, **given))["rows"]]

        assert await found(like_key="13") == ["13", "3", "23"] or await found(like_key="13") == [
            "13",
            "23",
            "3",
        ]
        assert await found(like_text="teal") == ["4", "14", "24"]
        assert await found(like_vector=vector(COLOURS["teal"]), where="price > 100") == ["14", "24", "13"]
        assert await found(like_text="red", as_of="snapshot full_shop") == ["0", "10", "20"]
        assert "one of like_key" in await ask("search_similar", **of)
        assert "42601" in await ask(
            "search_similar", **of, like_text="red", where="true) --; DROP TABLE things"
        )

    conversation(shop, steps)


def test_a_client_looks_back(shop):
    async def steps(session: Any, ask: Ask) -> None:
        counted = "SELECT count(*) FROM things"
        assert (await ask("as_of", sql=counted, moment="snapshot full_shop"))["rows"] == [["30"]]
        assert (await ask("query", sql=counted))["rows"] == [["27"]]

    conversation(shop, steps)


def test_a_client_lists_changes(shop, versions):
    async def steps(session: Any, ask: Ask) -> None:
        changed = await ask("changes_between", table="things", **{"from": "snapshot full_shop"})
        assert len(changed["rows"]) == 3 + 2 * 3

    conversation(shop, steps)


CHANGES = (
    "DELETE FROM things", "DROP TABLE things", "COMMIT; DELETE FROM things", "CREATE TABLE more (n int)",
    "EXPLAIN ANALYZE DELETE FROM things", "WITH a AS (DELETE FROM things RETURNING id) SELECT * FROM a",
)  # fmt: skip


def test_without_write_nothing_is_changed(shop):
    async def steps(session: Any, ask: Ask) -> None:
        async def all_are_refused() -> None:
            for sql in CHANGES:
                assert str(await ask("query", sql=sql)).startswith("ERROR "), sql
                assert (await ask("query", sql="SELECT count(*) FROM things"))["rows"] == [["27"]], sql

        await all_are_refused()
        for control in ("COMMIT", "SET TRANSACTION READ WRITE", "SET default_transaction_read_only = off"):
            await ask("query", sql=control)
            await all_are_refused()

    conversation(shop, steps)


def test_without_write_no_file_is_written(shop, tmp_path):
    async def steps(session: Any, ask: Ask) -> None:
        for sql in (
            f"{copy} TO '{tmp_path / 'out'}' (FORMAT {form})"
            for copy in ("COPY things", "/* a */ COPY (SELECT id FROM things)")
            for form in ("text", "parquet")
        ):
            assert "ERROR 25006" in await ask("query", sql=sql)
            assert "ERROR 25006" in await ask("as_of", sql=sql, moment="snapshot full_shop")
        assert (await ask("query", sql="(SELECT count(*) FROM things)"))["rows"] == [["27"]]

    conversation(shop, steps)
    assert not list(tmp_path.iterdir())


def test_a_look_does_not_end_the_transaction_of_query(shop):
    async def steps(session: Any, ask: Ask) -> None:
        await ask("query", sql="CREATE TABLE looked (n int)")
        await ask("query", sql="BEGIN")
        await ask("query", sql="INSERT INTO looked VALUES (1)")
        assert "ERROR 25001" in await ask("explain", sql="SELECT * FROM looked")
        assert await ask("query", sql="COMMIT") == "COMMIT"
        assert (await ask("query", sql="SELECT n FROM looked"))["rows"] == [["1"]]
        await ask("query", sql="DROP TABLE looked")

    conversation(shop, steps, "--write")


def test_with_write_statements_change_the_database(shop):
    async def steps(session: Any, ask: Ask) -> None:
        assert await ask("query", sql="CREATE TABLE written (n int)") == "CREATE TABLE"
        assert await ask("query", sql="INSERT INTO written VALUES (1)") == "INSERT 0 1"
        assert "ERROR 42703" in await ask("query", sql="SELECT nothing FROM written")
        assert await ask("query", sql="DROP TABLE written") == "DROP TABLE"

    conversation(shop, steps, "--write")


def answers(shop: Path, lines: list[bytes], *options: str) -> list[dict[str, Any]]:
    """Return what is answered to lines, which end there."""
    paths = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "vql", "mcp", str(shop), *options],
        input=b"\n".join(lines) + b"\n", capture_output=True, timeout=100,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


NONSENSE = (
    b'{"id": 1, "method": "tools/call", "params": {"name": ["query"]}}', b'{"id": [1], "method": "ping"}',
    b'{"id": 1, "method": "tools/call", "params": {"name": "query", "arguments": ["sql"]}}',
    b'{"id": 1, "method": "tools/call", "params": {"name": "query", "arguments": {"sql": "SELECT 1", '
    b'"limit": Infinity}}}',
    b"\xff\xfe",
)  # fmt: skip


def test_behind_nonsense_calls_are_answered(shop):
    lines = []
    for number, wrong in enumerate(NONSENSE):
        sql = {"sql": f"SELECT {number}"}
        good = {"id": 10 + number, "method": "tools/call", "params": {"name": "query", "arguments": sql}}
        lines += [wrong, json.dumps(good).encode()]
    # What is refused may overtake what is computed.
    told = answers(shop, lines)
    found = {answer["id"]: answer for answer in told if answer["id"] in range(10, 10 + len(NONSENSE))}
    for number in range(len(NONSENSE)):
        assert json.loads(found[10 + number]["result"]["content"][0]["text"])["rows"] == [[str(number)]]
    refused = [answer for answer in told if answer not in found.values()]
    assert len(refused) == len(NONSENSE)
    assert all("error" in answer or answer["result"]["isError"] for answer in refused)


def test_what_an_embedding_function_prints_is_no_message(shop):
    arguments = {"table": "things", "column": "vec", "like_text": "teal", "limit": 1}
    call = {"id": 1, "method": "tools/call", "params": {"name": "search_similar", "arguments": arguments}}
    (found,) = answers(shop, [json.dumps(call).encode()], "--embed", "colours:talking")
    assert json.loads(found["result"]["content"][0]["text"])["rows"][0][0] == "4"


def test_messages_that_are_none_are_refused_and_calls_are_cancelled(shop):
    sleep = {"name": "query", "arguments": {"sql": "SELECT pg_sleep(3600)"}}
    lines = [
        "nonsense", "[]", '{"jsonrpc": "2.0", "id": 1, "method": "nothing"}', '{"id": 2, "method": "ping"}',
        json.dumps({"id": 3, "method": "initialize", "params": {"protocolVersion": "1999-01-01"}}),
        json.dumps({"id": 4, "method": "tools/call", "params": {"name": "nothing"}}),
        json.dumps({"id": 5, "method": "tools/call", "params": {"name": "query", "arguments": {"a": 1}}}),
    ]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "vql", "mcp", str(shop)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n".join(lines) + "\n")
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in lines]
    codes = [answer.get("error", {}).get("code") for answer in answers]
    assert codes == [-32700, -32600, -32601, None, None, -32602, None]
    assert answers[4]["result"]["protocolVersion"] == "2025-06-18"
    assert answers[6]["result"]["isError"]
    # The one that runs is cancelled, and the one that waits: it is not run at all.
    for number in (8, 9):
        process.stdin.write(json.dumps({"id": number, "method": "tools/call", "params": sleep}) + "\n")
    for number in (9, 8):
        gone = {"method": "notifications/cancelled", "params": {"requestId": number}}
        process.stdin.write(json.dumps(gone) + "\n")
        process.stdin.flush()
    process.stdin.close()
    ended = [json.loads(line) for line in process.stdout.read().splitlines()]
    # The first has begun, or has not: then nothing is said of it either.
    assert [each["id"] for each in ended] in ([8], [])
    assert all("57014" in each["result"]["content"][0]["text"] for each in ended)
    assert process.wait(60) == 0
