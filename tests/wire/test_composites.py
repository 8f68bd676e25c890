"""Composite types and types of rows: psycopg and asyncpg find them in the catalog, in both formats."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import psycopg
import pytest
from psycopg.types.composite import CompositeInfo, register_composite
from server_process import Server


@pytest.fixture(scope="module", autouse=True)
def types(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TYPE card AS (suit text, rank int)")
        connection.execute("CREATE TABLE hands (id int, best card, cards card[])")


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_registers_and_sends_them(server: Server, binary: bool) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        info = CompositeInfo.fetch(connection, "card")
        assert info is not None and info.field_names == ("suit", "rank")
        register_composite(info, connection)
        made = info.python_type
        cursor = connection.cursor(binary=binary)
        mark = "%b" if binary else "%t"
        values = made("spades, or so", 1), [made('"x"', 2), made(None, 3), None]
        cursor.execute(f"INSERT INTO hands VALUES (1, {mark}, {mark}) RETURNING best, cards", values)
        assert cursor.fetchone() == values
        cursor.execute(f"DELETE FROM hands WHERE best = {mark} RETURNING (best).rank", values[:1])
        assert cursor.fetchall() == [(1,)]


@pytest.mark.parametrize("binary", [False, True])
def test_the_type_of_a_table_is_one(server: Server, binary: bool) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        info = CompositeInfo.fetch(connection, "hands")
        assert info is not None and info.field_names == ("id", "best", "cards")
        register_composite(info, connection)
        register_composite(CompositeInfo.fetch(connection, "card"), connection)
        cursor = connection.cursor(binary=binary)
        cursor.execute("SELECT ROW(7, ('hearts', 2), NULL)::hands")
        (found,) = cursor.fetchone()
        assert (found.id, found.best.suit, found.cards) == (7, "hearts", None)


def test_asyncpg_knows_them_by_itself(server: Server) -> None:
    async def body() -> None:
        connection: Any = await asyncpg.connect(server.url)
        try:
            row = await connection.fetchrow(
                "INSERT INTO hands VALUES (2, $1, $2) RETURNING best, cards",
                ("clubs", 5),
                [("x", None), None],
            )
            assert row["best"]["rank"] == 5
            assert [card and tuple(card) for card in row["cards"]] == [("x", None), None]
            await connection.set_type_codec(
                "card", encoder=lambda v: tuple(v), decoder=lambda t: f"{t[1]} of {t[0]}", format="tuple"
            )
            found = await connection.fetchval("SELECT best FROM hands WHERE best = $1::card", ("clubs", 5))
            assert found == "5 of clubs"
        finally:
            await connection.close()

    asyncio.run(body())


def test_a_row_of_other_types_is_refused(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        register_composite(CompositeInfo.fetch(connection, "card"), connection)
        wrong = b"\x00\x00\x00\x01\x00\x00\x00\x19\xff\xff\xff\xff"
        result = connection.pgconn.exec_params(
            b"SELECT $1::card", [wrong], [connection.adapters.types["card"].oid], [1]
        )
        assert result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"42804"
