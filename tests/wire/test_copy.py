"""COPY in text, csv and binary, in and out, and what a bad file does."""

from __future__ import annotations

import select
import struct

import numpy as np
import psycopg
import pytest
from pgvector.psycopg import register_vector

Row = tuple[object, ...]
Connection = psycopg.Connection[Row]
ROWS: list[Row] = [
    (1, "plain", "[1,2]"), (2, None, None), (3, "tab\tnewline\nback\\slash", "[0.5,-1]"),
    (4, "", "[0,0]"), (5, '"quoted", comma', "[3,4]"), (6, "\\N", "[3,4]"), (7, "žluť", "[1e-05,2]"),
]  # fmt: skip
FORMATS = ["", "WITH (FORMAT csv)", "WITH (FORMAT csv, HEADER, DELIMITER ';', NULL 'none')", "CSV HEADER"]


@pytest.fixture
def target(connection: Connection) -> str:
    """An empty table."""
    connection.execute("DROP TABLE IF EXISTS target")
    connection.execute("CREATE TABLE target (id int PRIMARY KEY, name text, vec vector(2))")
    return "target"


def copy_in(connection: Connection, sql: str, data: bytes, piece: int = 1 << 16) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(sql) as stream:  # type: ignore[arg-type]
            for start in range(0, len(data), piece):
                stream.write(data[start : start + piece])
        return cursor.rowcount


def copy_out(connection: Connection, sql: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(sql) as stream:  # type: ignore[arg-type]
        return b"".join(bytes(block) for block in stream)


@pytest.mark.parametrize("options", FORMATS)
@pytest.mark.parametrize("piece", [7, 1 << 16])
def test_what_copy_gives_it_takes(connection: Connection, target: str, options: str, piece: int) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO target VALUES (%s, %s, %s)", ROWS)
    data = copy_out(connection, f"COPY (SELECT * FROM target ORDER BY id) TO STDOUT {options}")
    connection.execute("DELETE FROM target")
    assert copy_in(connection, f"COPY target FROM STDIN {options}", data, piece) == len(ROWS)
    assert connection.execute("SELECT * FROM target ORDER BY id").fetchall() == ROWS


def test_rows_of_python_values_go_in_and_out(connection: Connection, target: str) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("COPY target (id, name) FROM STDIN") as stream:
            for i in range(3000):
                stream.write_row((i, None if i % 3 else f"name {i}"))
        assert cursor.rowcount == 3000
        with cursor.copy("COPY target (name, id) TO STDOUT") as stream:
            stream.set_types(["text", "int4"])
            found = sorted(stream.rows(), key=lambda row: row[1])
    assert found == [(None if i % 3 else f"name {i}", i) for i in range(3000)]


def test_binary_vectors_go_in_and_out(connection: Connection, target: str) -> None:
    register_vector(connection)
    vectors = np.arange(4000, dtype=np.float32).reshape(-1, 2)
    with connection.cursor() as cursor:
        with cursor.copy("COPY target (id, name, vec) FROM STDIN WITH (FORMAT BINARY)") as stream:
            stream.set_types(["int4", "text", "vector"])
            for i, vector in enumerate(vectors):
                stream.write_row((i, None, vector))
        assert cursor.rowcount == 2000
    sql = "COPY (SELECT vec, id FROM target ORDER BY id) TO STDOUT (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(sql) as stream:
        stream.set_types(["vector", "int4"])
        found = list(stream.rows())
    assert [row[1] for row in found] == list(range(2000))
    assert np.array_equal(np.array([row[0].to_numpy() for row in found]), vectors)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("data", "sqlstate", "context"),
    [
        (b"1\tx\t[1,2]\nx\ty\t[1,2]\n", "22P02", "row 2, column id"),
        (b"1\tx\t[1,2,3]\n", "22000", "row 1, column vec"),
        (b"1\tx\n", "22P04", "row 1"),
        (b"1\tx\t[1,2]\textra\n", "22P04", "row 1"),
        (b"1\t\xff\t[1,2]\n", "22021", ""),
        (b"1\tx\t[1,2]\n1\ty\t[1,2]\n", "23505", ""),
        (b"\\N\tx\t[1,2]\n", "23502", ""),
    ],
)
def test_a_bad_file_is_refused_whole(
    connection: Connection, target: str, data: bytes, sqlstate: str, context: str
) -> None:
    with pytest.raises(psycopg.Error) as caught:
        copy_in(connection, "COPY target FROM STDIN", data)
    assert caught.value.sqlstate == sqlstate
    assert context in (caught.value.diag.context or "")
    assert connection.execute("SELECT count(*) FROM target").fetchone() == (0,)


@pytest.mark.parametrize("data", [b"PGCOPY\n\xff\r\n\0", b"no such file", struct.pack(">q", 0) * 9])
def test_a_bad_binary_file_is_refused(connection: Connection, target: str, data: bytes) -> None:
    with pytest.raises(psycopg.errors.BadCopyFileFormat):
        copy_in(connection, "COPY target FROM STDIN (FORMAT BINARY)", data)
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_client_that_gives_up_leaves_nothing(connection: Connection, target: str) -> None:
    with (
        pytest.raises(psycopg.errors.QueryCanceled),
        connection.cursor() as cursor,
        cursor.copy("COPY target (id) FROM STDIN") as stream,
    ):
        stream.write_row((1,))
        raise psycopg.errors.QueryCanceled("enough")
    assert connection.execute("SELECT count(*) FROM target").fetchone() == (0,)


QUOTED = {
    "FORCE_QUOTE (a)": b'"1",x,\n"2","","y,z"\n,,"""q"""\n',
    "FORCE_QUOTE *, NULL 'NULL'": b'"1","x",NULL\n"2","","y,z"\nNULL,NULL,"""q"""\n',
}


@pytest.mark.parametrize("option", QUOTED)
def test_columns_stand_in_quotes_where_that_is_asked(connection: Connection, option: str) -> None:
    rows = """VALUES (1, 'x', NULL), (2, '', 'y,z'), (NULL, NULL, '"q"')"""
    query = f"COPY (SELECT * FROM ({rows}) AS v (a, b, c)) TO STDOUT (FORMAT csv, {option})"
    assert copy_out(connection, query) == QUOTED[option]


# What PostgreSQL reads of `1,,` and `2,"",""`.
NULLS: dict[str, list[Row]] = {
    "FORCE_NOT_NULL (name)": [(1, "", None), (2, "", "")],
    "FORCE_NULL (tag)": [(1, None, None), (2, "", None)],
    "FORCE_NULL (name), FORCE_NOT_NULL (name)": [(1, "", None), (2, None, "")],
    "FORCE_NULL *": [(1, None, None), (2, None, None)],
}


@pytest.mark.parametrize("option", NULLS)
def test_null_strings_are_read_as_asked(connection: Connection, option: str) -> None:
    connection.execute("DROP TABLE IF EXISTS forced; CREATE TABLE forced (id int, name text, tag text)")
    copy_in(connection, f"COPY forced FROM STDIN (FORMAT csv, {option})", b'1,,\n2,"",""\n')
    assert connection.execute("SELECT * FROM forced ORDER BY id").fetchall() == NULLS[option]


WRONG_FORCES = {
    "COPY forced TO STDOUT (FORCE_QUOTE (id))": "0A000",
    "COPY forced TO STDOUT (FORMAT csv, FORCE_QUOTE id)": "22023",
    "COPY forced TO STDOUT (FORMAT csv, FORCE_NULL (id))": "22023",
    "COPY forced (id) TO STDOUT (FORMAT csv, FORCE_QUOTE (name))": "42P10",
    "COPY forced TO STDOUT (FORMAT csv, FORCE_QUOTE (id), FORCE_QUOTE (name))": "42601",
    "COPY forced TO STDOUT WHERE id > 1": "42601",
}


@pytest.mark.parametrize("statement", WRONG_FORCES)
def test_options_of_columns_that_cannot_be_are_refused(connection: Connection, statement: str) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS forced (id int, name text, tag text)")
    with pytest.raises(psycopg.Error) as caught:
        copy_out(connection, statement)
    assert caught.value.sqlstate == WRONG_FORCES[statement]


def test_copy_belongs_to_its_transaction(connection: Connection, target: str) -> None:
    connection.execute("BEGIN")
    copy_in(connection, "COPY target (id) FROM STDIN", b"1\n2\n")
    assert connection.execute("SELECT count(*) FROM target").fetchone() == (2,)
    connection.execute("ROLLBACK")
    assert connection.execute("SELECT count(*) FROM target").fetchone() == (0,)


def test_copy_in_an_error_block_is_refused(connection: Connection, target: str) -> None:
    connection.execute("BEGIN")
    with pytest.raises(psycopg.errors.UndefinedTable):
        copy_in(connection, "COPY nowhere FROM STDIN", b"")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        copy_in(connection, "COPY target FROM STDIN", b"")
    connection.execute("ROLLBACK")


def test_generated_columns_are_computed_and_not_copied(connection: Connection) -> None:
    connection.execute("DROP TABLE IF EXISTS made")
    connection.execute("CREATE TABLE made (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text)")
    assert copy_in(connection, "COPY made FROM STDIN", b"1\tx\n2\ty\n") == 2
    assert connection.execute("SELECT * FROM made ORDER BY a").fetchall() == [(1, 2, "x"), (2, 4, "y")]
    assert copy_out(connection, "COPY made TO STDOUT") == b"1\tx\n2\ty\n"
    for sql in ("COPY made (a, b) FROM STDIN", "COPY made (b) TO STDOUT"):
        with pytest.raises(psycopg.errors.InvalidColumnReference, match='column "b" is a generated column'):
            copy_out(connection, sql)
    connection.execute("DROP TABLE made")


WANTED = {
    "a > 2": [3, 4],
    "filled.b = 'x' AND a IS DISTINCT FROM 3": [None, 1, 2, 4],
    "a = ANY ('{1,4}') AND random() >= 0": [1, 4],
    "length(b) > 1 OR NULL": [],
}


@pytest.mark.parametrize("where", WANTED)
def test_rows_that_are_not_wanted_are_left_out_before_they_are_checked(
    connection: Connection, where: str
) -> None:
    connection.execute("DROP TABLE IF EXISTS filled")
    connection.execute("CREATE TABLE filled (a int, b text DEFAULT 'x', CHECK (a < 100))")
    assert copy_in(connection, f"COPY filled (a) FROM STDIN WHERE {where}", b"\\N\n1\n2\n3\n4\n") == len(
        WANTED[where]
    )
    assert connection.execute("SELECT a FROM filled ORDER BY a NULLS FIRST").fetchall() == [
        (a,) for a in WANTED[where]
    ]
    assert copy_in(connection, "COPY filled FROM STDIN WHERE a <> 500", b"500\ty\n99\tz\n") == 1
    with pytest.raises(psycopg.errors.CheckViolation):
        copy_in(connection, "COPY filled FROM STDIN WHERE a = 500", b"500\ty\n99\tz\n")


NO_CONDITIONS = {
    "nope > 2": "42703",
    "a": "42804",
    "a IN (SELECT 1)": "0A000",
    "count(*) > 1": "42803",
    "row_number() OVER () > 1": "42P20",
    "generate_series(1, 2) > 1": "0A000",
    "a > $1": "42P02",
    "c > 2": "42P10",
    "kept IS NOT NULL": "42P10",
}


@pytest.mark.parametrize("where", NO_CONDITIONS)
def test_what_is_no_condition_of_rows_to_come_is_refused(connection: Connection, where: str) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS kept (a int, c int GENERATED ALWAYS AS (a * 2) STORED)")
    with pytest.raises(psycopg.Error) as caught:
        copy_in(connection, f"COPY kept (a) FROM STDIN WHERE {where}", b"1\n")
    assert caught.value.sqlstate == NO_CONDITIONS[where]


@pytest.mark.parametrize("how", ["timeout", "cancel"])
def test_copy_ends_while_it_waits_for_the_client(connection: Connection, target: str, how: str) -> None:
    """Its time runs from the statement's beginning, whoever is waited for."""
    if how == "timeout":
        connection.execute("SET statement_timeout = 100")
    try:
        with pytest.raises(psycopg.errors.QueryCanceled, match="timeout" if how == "timeout" else "request"):
            with connection.cursor() as cursor, cursor.copy("COPY target (id) FROM STDIN") as stream:
                stream.write("1\n")
                if how == "cancel":
                    connection.cancel()
                # Answered while the client still sends.
                assert select.select([connection.fileno()], [], [], 60)[0]
        connection.execute("SET statement_timeout = 0")
        assert connection.execute("SELECT count(*) FROM target").fetchone() == (0,)
        assert copy_in(connection, "COPY target (id) FROM STDIN", b"1\n2\n") == 2
    finally:
        connection.execute("SET statement_timeout = 0")


def test_a_row_that_is_too_long_is_refused(connection: Connection, target: str) -> None:
    """It is looked through a few times, however many messages it comes in."""
    block = b"x" * (1 << 20)
    with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="row is too long"):
        with connection.cursor() as cursor, cursor.copy("COPY target (name) FROM STDIN") as stream:
            for _ in range(520):
                stream.write(block)
    assert copy_in(connection, "COPY target (id) FROM STDIN", b"1\n2\n") == 2
