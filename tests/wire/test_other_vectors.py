"""halfvec, bit and sparsevec over the wire: pgvector's adapters of psycopg and asyncpg, and COPY."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import numpy as np
import psycopg
import pytest
from pgvector import Bit, HalfVector, SparseVector
from pgvector.asyncpg import register_vector as register_asyncpg
from pgvector.psycopg import register_vector
from server_process import Server

from vql.server.protocol.codec import BINARY_FORMAT, decoder
from vql.types.type import BIT, HALFVEC, SPARSEVEC

Row = tuple[object, ...]
Connection = psycopg.Connection[Row]


@pytest.fixture(scope="module", autouse=True)
def kinds(server: Server) -> None:
    """A table of 60 rows of each type."""
    with psycopg.connect(server.url, autocommit=True) as connected:
        connected.execute("DROP TABLE IF EXISTS kinds")  # made by another turn of this file's tests
        connected.execute("CREATE TABLE kinds (id int PRIMARY KEY, h halfvec(2), b bit(9), s sparsevec(99))")
        rows = [(i, f"[{i},0.5]", f"{i:09b}", f"{{1:1,{i + 2}:{i + 1}}}/99") for i in range(60)]
        with connected.cursor() as cursor:
            cursor.executemany("INSERT INTO kinds VALUES (%s, %s, %s, %s)", rows)


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_gives_and_takes_each_type(connection: Connection, binary: bool) -> None:
    register_vector(connection)
    cursor = connection.cursor(binary=binary)
    row = cursor.execute("SELECT h, s FROM kinds WHERE id = 3").fetchone()
    assert row is not None
    half, sparse = row
    assert isinstance(half, HalfVector) and half.to_list() == [3, 0.5]
    assert isinstance(sparse, SparseVector) and sparse.to_numpy()[4] == 4
    assert sparse.dimensions() == 99
    for template in ("%s", "%b"):
        for column, operator, value in [
            ("h", "<->", HalfVector([3, 0.5])),
            ("s", "<#>", SparseVector({59: 1}, 99)),
            ("b", "<~>", Bit(f"{3:09b}")),
        ]:
            sql = f"SELECT id FROM kinds ORDER BY {column} {operator} {template} LIMIT 1"
            found = cursor.execute(sql, (value,)).fetchone()  # type: ignore[call-overload]
            assert found == ((58,) if column == "s" else (3,))


def test_psycopg_describes_the_types(connection: Connection) -> None:
    cursor = connection.execute("SELECT h, b, s FROM kinds WHERE id = 5")
    assert cursor.fetchone() == ("[5,0.5]", "000000101", "{1:1,7:6}/99")
    assert cursor.description is not None
    names = [
        connection.execute("SELECT typname FROM pg_type WHERE oid = %s", (column.type_code,)).fetchone()
        for column in cursor.description
    ]
    assert names == [("halfvec",), ("bit",), ("sparsevec",)]
    types = connection.execute(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 'kinds'::regclass AND attnum > 1 ORDER BY attnum"
    ).fetchall()
    assert types == [("halfvec(2)",), ("bit(9)",), ("sparsevec(99)",)]


@pytest.mark.parametrize("options", ["", "WITH (FORMAT csv)", "WITH (FORMAT binary)"])
def test_copy_takes_what_it_gives(connection: Connection, options: str) -> None:
    connection.execute("DROP TABLE IF EXISTS kinds_again")
    connection.execute(
        "CREATE TABLE kinds_again (id int PRIMARY KEY, h halfvec(2), b bit(9), s sparsevec(99))"
    )
    connection.execute("INSERT INTO kinds (id) VALUES (1000)")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY kinds TO STDOUT {options}") as out:  # type: ignore[arg-type]
            data = b"".join(bytes(block) for block in out)
        with cursor.copy(f"COPY kinds_again FROM STDIN {options}") as stream:  # type: ignore[arg-type]
            stream.write(data)
    connection.execute("DELETE FROM kinds WHERE id = 1000")
    both = [
        connection.execute(f"SELECT * FROM {t} WHERE id < 1000 ORDER BY id") for t in ("kinds", "kinds_again")
    ]
    assert both[0].fetchall() == both[1].fetchall()
    nulls = connection.execute("SELECT h, b, s FROM kinds_again WHERE id = 1000").fetchone()
    assert nulls == (None, None, None)


@pytest.mark.parametrize("options", ["", "WITH (FORMAT csv)", "WITH (FORMAT binary)"])
@pytest.mark.parametrize("binary", [False, True])
def test_vectors_of_any_dimensions_travel(connection: Connection, options: str, binary: bool) -> None:
    register_vector(connection)
    for table in ("mixed", "mixed_again"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(f"CREATE TABLE {table} (id int, e vector, h halfvec, s sparsevec)")
    rows = [
        (
            i,
            np.arange(i % 3 + 1, dtype=np.float32),
            HalfVector([i] * (i % 4 + 1)),
            SparseVector({i: 1}, i + 1),
        )
        for i in range(50)
    ]
    sql = (
        "INSERT INTO mixed VALUES (%b, %b, %b, %b)" if binary else "INSERT INTO mixed VALUES (%s, %s, %s, %s)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
        cursor.execute("INSERT INTO mixed VALUES (50)")
        cursor.execute("VACUUM mixed")
        with cursor.copy(f"COPY mixed TO STDOUT {options}") as out:  # type: ignore[arg-type]
            data = b"".join(bytes(block) for block in out)
        with cursor.copy(f"COPY mixed_again FROM STDIN {options}") as stream:  # type: ignore[arg-type]
            stream.write(data)
    found = connection.cursor(binary=binary).execute("SELECT * FROM mixed_again ORDER BY id").fetchall()
    assert found[50] == (50, None, None, None)
    for (key, dense, half, sparse), row in zip(found, rows, strict=False):
        assert (key, dense.to_list(), half, sparse) == (row[0], row[1].tolist(), row[2], row[3])


def test_psycopg_copies_binary_values(connection: Connection) -> None:
    register_vector(connection)
    connection.execute("DROP TABLE IF EXISTS kinds_binary")
    connection.execute("CREATE TABLE kinds_binary (h halfvec(2), b bit(9), s sparsevec(99))")
    with connection.cursor() as cursor:
        with cursor.copy("COPY kinds_binary FROM STDIN WITH (FORMAT binary)") as stream:
            stream.set_types(["halfvec", "bit", "sparsevec"])
            for i in range(10):
                row = (HalfVector([i, 1]), Bit(f"{i:09b}"), SparseVector({i: 1.5}, 99))
                stream.write_row(row)
    found = connection.execute("SELECT count(*), sum(h)::text, max(s::text) FROM kinds_binary").fetchone()
    assert found is not None and found[:2] == (10, "[45,10]")


def test_asyncpg_gives_and_takes_each_type(server: Server) -> None:
    async def body() -> None:
        connection: Any = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="vql", database="vql"
        )
        try:
            await register_asyncpg(connection)
            row = await connection.fetchrow("SELECT h, b, s FROM kinds WHERE id = 7")
            assert row["h"].to_list() == [7, 0.5]
            assert row["b"].as_string().replace(" ", "") == f"{7:09b}"
            assert row["s"].to_numpy()[8] == 8
            near = "SELECT id FROM kinds ORDER BY {} LIMIT 1"
            assert await connection.fetchval(near.format("h <-> $1"), HalfVector([9.2, 0.5])) == 9
            assert await connection.fetchval(near.format("b <~> $1"), asyncpg.BitString(f"{9:09b}")) == 9
            assert await connection.fetchval(near.format("s <#> $1"), SparseVector({11: 3}, 99)) == 10
        finally:
            await connection.close()

    asyncio.run(body())


def test_bad_binary_values_are_told_as_pgvector_does(connection: Connection) -> None:
    def head(dim: int, count: int, unused: int = 0) -> bytes:
        return np.array([dim, count, unused], ">i4").tobytes()

    elements = np.array([1, 0], ">i4").tobytes() + np.array([1, 1], ">f4").tobytes()
    cases = [
        (SPARSEVEC, head(3, 2) + elements, "ascending order"),
        (SPARSEVEC, head(1, 2) + elements, "more elements than dimensions"),
        (SPARSEVEC, head(0, 0), "at least 1 dimension"),
        (SPARSEVEC, head(3, -1), "negative number"),
        (SPARSEVEC, head(3, 0, 1), "unused to be 0"),
        (SPARSEVEC, head(3, 1) + bytes(8), "zero values"),
        (SPARSEVEC, head(3, 16_001), "16000 non-zero"),
        (SPARSEVEC, b"\0", "insufficient data"),
        (HALFVEC, np.array([1, 0, 0x7C00], ">i2").tobytes(), "infinite value not allowed in halfvec"),
        (HALFVEC, np.array([2, 0, 1], ">i2").tobytes(), "incorrect binary data"),
        (BIT, np.array([9], ">i4").tobytes() + b"1", "invalid length"),
    ]
    for type_, data, message in cases:
        with pytest.raises(Exception, match=message):
            decoder(type_, BINARY_FORMAT)(data)
