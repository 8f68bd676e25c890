"""timestamp without time zone over the wire: text and binary, psycopg, asyncpg, COPY."""

from __future__ import annotations

import asyncio
import datetime

import asyncpg
import psycopg
import pytest
from server_process import Server

Row = tuple[object, ...]
Connection = psycopg.Connection[Row]
NOON = datetime.datetime(2026, 11, 1, 12, 0, 0, 123_456)
ROWS: list[Row] = [(1, NOON), (2, None), (3, datetime.datetime(1969, 12, 31))]


@pytest.fixture
def moments(connection: Connection) -> str:
    """A table of three rows."""
    connection.execute("DROP TABLE IF EXISTS moments")
    connection.execute("CREATE TABLE moments (id int PRIMARY KEY, at timestamp)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO moments VALUES (%s, %s)", ROWS)
    return "moments"


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_gives_and_takes_it(connection: Connection, moments: str, binary: bool) -> None:
    cursor = connection.cursor(binary=binary)
    assert cursor.execute("SELECT * FROM moments ORDER BY id").fetchall() == ROWS
    assert cursor.description is not None and cursor.description[1].type_code == 1114
    placeholder = "%b" if binary else "%t"
    found = cursor.execute(f"SELECT id FROM moments WHERE at = {placeholder}", (NOON,))  # type: ignore[arg-type]
    assert found.fetchall() == [(1,)]
    listed = cursor.execute("SELECT array_agg(at ORDER BY at) FROM moments WHERE at IS NOT NULL").fetchone()
    assert listed == ([ROWS[2][1], NOON],)


def test_asyncpg_describes_it(server: Server, moments: str) -> None:
    async def body() -> None:
        connection = await asyncpg.connect(server.url)
        try:
            statement = await connection.prepare("SELECT at FROM moments WHERE at > $1 ORDER BY at")
            assert [each.name for each in statement.get_parameters()] == ["timestamp"]
            assert [tuple(row) for row in await statement.fetch(datetime.datetime(2000, 1, 1))] == [(NOON,)]
        finally:
            await connection.close()

    asyncio.run(body())


@pytest.mark.parametrize("options", ["", "WITH (FORMAT csv)", "WITH (FORMAT binary)"])
def test_copy_gives_what_it_takes(connection: Connection, moments: str, options: str) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT * FROM moments ORDER BY id) TO STDOUT {options}") as stream:  # type: ignore[arg-type]
            data = b"".join(bytes(block) for block in stream)
        cursor.execute("DELETE FROM moments")
        with cursor.copy(f"COPY moments FROM STDIN {options}") as into:  # type: ignore[arg-type]
            into.write(data)
        assert cursor.execute("SELECT * FROM moments ORDER BY id").fetchall() == ROWS


def test_a_bad_text_in_a_copy_names_its_row(connection: Connection, moments: str) -> None:
    with pytest.raises(psycopg.errors.InvalidDatetimeFormat) as refused, connection.cursor() as cursor:
        with cursor.copy("COPY moments FROM STDIN") as stream:
            stream.write(b"7\t2026-01-01\n8\tsoon\n")
    assert refused.value.diag.context == "COPY, row 2, column at"
