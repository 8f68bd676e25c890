"""asyncpg: everything prepared, everything binary, types looked up in the catalog."""

from __future__ import annotations

import asyncio
import datetime
import io
import struct
import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import asyncpg
import numpy as np
import pytest
from pgvector.asyncpg import register_vector
from server_process import Server

Body = Callable[[Any], Awaitable[None]]


def run(server: Server, body: Body) -> None:
    """Run a test's coroutine with a connection."""

    async def main() -> None:
        connection = await connect(server)
        try:
            await body(connection)
        finally:
            await connection.close()

    asyncio.run(main())


async def connect(server: Server) -> Any:
    return await asyncpg.connect(host="127.0.0.1", port=server.port, user="vql", database="vql")


@pytest.fixture(scope="module", autouse=True)
def points(server: Server) -> None:
    """A table of 50 vectors on a line."""

    async def make(connection: Any) -> None:
        await connection.execute("CREATE TABLE points (id int PRIMARY KEY, name text, vec vector(2))")
        rows = [(i, f"p{i}") for i in range(50)]
        await connection.executemany("INSERT INTO points (id, name) VALUES ($1, $2)", rows)
        await connection.execute("UPDATE points SET vec = ('[' || id || ',1]')::vector")

    run(server, make)


def test_a_prepared_show_is_described_as_it_answers(server: Server) -> None:
    async def body(connection: Any) -> None:
        for name in (
            "TimeZone",
            "timezone",
            "datestyle",
            "search_path",
            "transaction isolation level",
            "all",
        ):
            statement = await connection.prepare(f"SHOW {name}")
            described = [a.name for a in statement.get_attributes()]
            assert [list(row.keys()) for row in (await statement.fetch())[:1]] == [described]

    run(server, body)


def test_prepared_statements_know_their_types(server: Server) -> None:
    async def body(connection: Any) -> None:
        statement = await connection.prepare("SELECT id, name FROM points WHERE id < $1 ORDER BY id")
        assert [p.name for p in statement.get_parameters()] == ["int4"]
        names = [(a.name, a.type.name) for a in statement.get_attributes()]
        assert names == [("id", "int4"), ("name", "text")]
        assert [tuple(row) for row in await statement.fetch(2)] == [(0, "p0"), (1, "p1")]
        assert len(await statement.fetch(40)) == 40

    run(server, body)


def test_pgvector_registers_and_finds_the_nearest(server: Server) -> None:
    async def body(connection: Any) -> None:
        await register_vector(connection)
        sql = "SELECT id, vec FROM points ORDER BY vec <-> $1 LIMIT 2"
        rows = await connection.fetch(sql, np.array([30.4, 1], np.float32))
        assert [row["id"] for row in rows] == [30, 31]
        assert rows[0]["vec"].to_list() == [30, 1]

    run(server, body)


def test_a_custom_binary_codec_serves_vectors(server: Server) -> None:
    async def body(connection: Any) -> None:
        await connection.set_type_codec(
            "vector",
            encoder=lambda v: struct.pack(f">HH{len(v)}f", len(v), 0, *v),
            decoder=lambda data: struct.unpack(f">{(len(data) - 4) // 4}f", data[4:]),
            format="binary",
        )
        row = await connection.fetchrow("SELECT vec FROM points ORDER BY vec <-> $1 LIMIT 1", [7, 1])
        assert row["vec"] == (7, 1)

    run(server, body)


def test_every_type_goes_both_ways(server: Server) -> None:
    values = (
        1, 2, 3, 1.5, 0.1, Decimal("3.50"), "text", True, datetime.datetime.now(datetime.UTC),
        datetime.date.today(), uuid.uuid4(), '{"a": 1}', ["x", None],
    )  # fmt: skip

    async def body(connection: Any) -> None:
        await connection.execute(
            "CREATE TABLE every (a smallint, b int, c bigint, d real, e float8, f numeric, g text, h boolean,"
            " i timestamptz, j date, k uuid, l jsonb, m text[])"
        )
        marks = ", ".join(f"${i}" for i in range(1, 14))
        row = await connection.fetchrow(f"INSERT INTO every VALUES ({marks}) RETURNING *", *values)
        assert tuple(row) == values
        assert tuple(await connection.fetchrow("SELECT * FROM every")) == values

    run(server, body)


def test_arrays_are_parameters(server: Server) -> None:
    async def body(connection: Any) -> None:
        sql = "SELECT id FROM points WHERE id = ANY($1::int[]) OR name = ANY($2) ORDER BY id"
        assert [r[0] for r in await connection.fetch(sql, [3, 1], ["p2"])] == [1, 2, 3]

    run(server, body)


def test_transactions_nest(server: Server) -> None:
    async def body(connection: Any) -> None:
        await connection.execute("CREATE TABLE nested (id int)")
        async with connection.transaction():
            await connection.execute("INSERT INTO nested VALUES (1)")
            with pytest.raises(KeyError):
                async with connection.transaction():
                    await connection.execute("INSERT INTO nested VALUES (2)")
                    raise KeyError
        assert [r[0] for r in await connection.fetch("SELECT id FROM nested")] == [1]

    run(server, body)


def test_a_cursor_fetches_in_pieces(server: Server) -> None:
    async def body(connection: Any) -> None:
        async with connection.transaction():
            cursor = connection.cursor("SELECT id FROM points ORDER BY id", prefetch=7)
            assert [row["id"] async for row in cursor] == list(range(50))

    run(server, body)


def test_records_are_copied_in_binary(server: Server) -> None:
    async def body(connection: Any) -> None:
        await register_vector(connection)
        await connection.execute("CREATE TABLE records (id int, name text, vec vector(2))")
        records = [(i, None if i % 2 else f"r{i}", np.array([i, 1])) for i in range(100)]
        await connection.copy_records_to_table("records", records=records)
        assert await connection.fetchval("SELECT count(*) FROM records WHERE name IS NULL") == 50
        out = io.BytesIO()
        sql = "SELECT id, name FROM records WHERE id < $1 ORDER BY id"
        await connection.copy_from_query(sql, 3, output=out, format="csv")
        assert out.getvalue() == b"0,r0\n1,\n2,r2\n"

    run(server, body)


def test_a_timeout_cancels_and_the_connection_goes_on(server: Server) -> None:
    async def body(connection: Any) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await connection.fetch("SELECT pg_sleep(30)", timeout=0.2)
        assert await connection.fetchval("SELECT 1") == 1

    run(server, body)


def test_a_pool_resets_and_reuses_connections(server: Server) -> None:
    async def body(_: Any) -> None:
        pool = await asyncpg.create_pool(
            host="127.0.0.1", port=server.port, user="vql", database="vql", min_size=2, max_size=4
        )
        sql = "SELECT name FROM points WHERE id = $1"
        found = await asyncio.gather(*[pool.fetchval(sql, i) for i in range(40)])
        assert found == [f"p{i}" for i in range(40)]
        await pool.close()

    run(server, body)


def test_errors_are_asyncpgs(server: Server) -> None:
    async def body(connection: Any) -> None:
        with pytest.raises(asyncpg.UndefinedColumnError, match='column "nope" does not exist'):
            await connection.fetch("SELECT nope FROM points")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO points (id) VALUES (1)")
        with pytest.raises(asyncpg.InvalidSQLStatementNameError):
            statement = await connection.prepare("SELECT 1")
            await connection.execute("DEALLOCATE ALL")
            await statement.fetch()

    run(server, body)


def test_the_catalog_has_the_types_drivers_expect(server: Server) -> None:
    sql = (
        "SELECT t.typname, t.typtype, t.typelem, r.rngsubtype, t.typbasetype, n.nspname, t.typrelid"
        " FROM pg_catalog.pg_type t LEFT OUTER JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid"
        " INNER JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = $1"
    )

    async def body(connection: Any) -> None:
        statement = await connection.prepare(sql)
        assert [p.name for p in statement.get_parameters()] == ["oid"]
        found = [a.type.name for a in statement.get_attributes()]
        assert found == ["name", "char", "oid", "oid", "oid", "name", "oid"]
        assert tuple(await statement.fetchrow(16400)) == ("vector", b"b", 0, None, 0, "public", 0)

    run(server, body)


def test_a_portal_is_gone_through_by_statements(server: Server) -> None:
    async def body(connection: Any) -> None:
        async with connection.transaction():
            cursor = await connection.cursor("SELECT generate_series(1, 50)")
            assert await cursor.forward(10) == 10
            assert [row[0] for row in await cursor.fetch(3)] == [11, 12, 13]
            assert await cursor.forward(100) == 37
            assert await cursor.fetch(1) == []
            statement = await connection.prepare("SELECT generate_series(1, 5)")
            other = await statement.cursor()
            assert (await other.fetchrow())[0] == 1
            with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="can only scan forward"):
                await connection.execute(f"MOVE BACKWARD 1 FROM {other._portal_name}")

    run(server, body)
