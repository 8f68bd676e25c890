"""SQL cursors: psycopg's named ones, both directions, their end."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from server_process import Server

Row = tuple[object, ...]
DECLARE = "DECLARE c CURSOR FOR SELECT a FROM generate_series(1, 10) AS s(a)"


@pytest.fixture
def block(server: Server) -> Iterator[psycopg.Connection[Row]]:
    """A connection in a transaction with cursor c."""
    with psycopg.connect(server.url) as connected:
        connected.execute(DECLARE)
        yield connected


def fetch(connected: psycopg.Connection[Row], sql: str) -> list[object]:
    return [row[0] for row in connected.execute(sql).fetchall()]  # type: ignore[call-overload]


@pytest.mark.parametrize("binary", [False, True])
def test_a_named_cursor_of_psycopg_fetches_in_pieces(server: Server, binary: bool) -> None:
    with psycopg.connect(server.url) as connected:
        for _ in range(2):
            with connected.cursor("mine", binary=binary) as cursor:
                cursor.execute("SELECT a, 'row ' || a FROM generate_series(1, %s) AS s(a)", (1000,))
                assert [column.name for column in cursor.description or ()] == ["a", "?column?"]
                assert cursor.fetchone() == (1, "row 1")
                assert len(cursor.fetchmany(10)) == 10
                cursor.itersize = 100
                assert [row[0] for row in cursor] == list(range(12, 1001))


def test_a_scrolling_cursor_goes_back(server: Server) -> None:
    with psycopg.connect(server.url) as connected, connected.cursor("mine", scrollable=True) as cursor:
        cursor.execute("SELECT a FROM generate_series(1, 10) AS s(a)")
        assert len(cursor.fetchall()) == 10
        cursor.scroll(3, mode="absolute")
        assert cursor.fetchone() == (4,)
        cursor.scroll(-2)
        assert cursor.fetchone() == (3,)


def test_every_direction(block: psycopg.Connection[Row]) -> None:
    steps: list[tuple[str, list[object]]] = [
        ("FETCH c", [1]), ("FETCH NEXT FROM c", [2]), ("FETCH 2 FROM c", [3, 4]), ("FETCH PRIOR IN c", [3]),
        ("FETCH FORWARD 3 FROM c", [4, 5, 6]), ("FETCH BACKWARD 2 FROM c", [5, 4]), ("FETCH LAST c", [10]),
        ("FETCH c", []), ("FETCH BACKWARD ALL FROM c", list(range(10, 0, -1))), ("FETCH PRIOR FROM c", []),
        ("FETCH ALL FROM c", list(range(1, 11))), ("FETCH FIRST FROM c", [1]), ("FETCH ABSOLUTE 5 c", [5]),
        ("FETCH RELATIVE -2 FROM c", [3]), ("FETCH ABSOLUTE -1 c", [10]), ("FETCH -2 FROM c", [9, 8]),
        ("FETCH FORWARD 0 FROM c", [8]), ("FETCH FORWARD ALL FROM c", [9, 10]), ("FETCH ABSOLUTE 0 c", []),
    ]  # fmt: skip
    assert [(sql, fetch(block, sql)) for sql, _ in steps] == steps
    assert block.execute("MOVE FORWARD 4 FROM c").statusmessage == "MOVE 4"
    assert block.execute("FETCH c").statusmessage == "FETCH 1"


def test_a_cursor_sees_what_was_there_when_it_was_declared(block: psycopg.Connection[Row]) -> None:
    block.execute("CREATE TABLE seen (id int)")
    block.execute("DECLARE s CURSOR FOR SELECT id FROM seen")
    block.execute("INSERT INTO seen VALUES (1)")
    assert fetch(block, "FETCH ALL FROM s") == []


def test_a_cursor_ends_with_its_transaction_unless_held(block: psycopg.Connection[Row]) -> None:
    block.execute("DECLARE held CURSOR WITH HOLD FOR SELECT 7")
    block.commit()
    assert fetch(block, "FETCH held") == [7]
    with pytest.raises(psycopg.errors.InvalidCursorName):
        block.execute("FETCH c")
    block.rollback()
    block.execute("CLOSE held")
    with pytest.raises(psycopg.errors.InvalidCursorName):
        block.execute("CLOSE held")


def test_wrong_uses_are_refused(server: Server, block: psycopg.Connection[Row]) -> None:
    with psycopg.connect(server.url, autocommit=True) as connected:
        with pytest.raises(psycopg.errors.NoActiveSqlTransaction):
            connected.execute(DECLARE)
        for sql in ("DECLARE c CURSOR FOR", "DECLARE c CURSOR FOR DELETE FROM t", "FETCH", "FETCH 1 2 c"):
            with pytest.raises(psycopg.errors.SyntaxError):
                connected.execute(sql)  # type: ignore[call-overload]
    with pytest.raises(psycopg.errors.DuplicateCursor):
        block.execute(DECLARE)
