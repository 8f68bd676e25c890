"""The extended protocol message by message: order, portals, recovery at Sync."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from raw import FLUSH, SYNC, Raw, bind, execute, packet, parse, sqlstate
from server_process import Server

SERIES = "SELECT a FROM generate_series(1, 5) AS s(a)"


@pytest.fixture
def raw(server: Server) -> Iterator[Raw]:
    """A started connection."""
    with Raw(server.port) as connected:
        yield connected


def test_each_message_is_answered_once_and_in_order(raw: Raw) -> None:
    describe = packet(b"D", b"P\0")
    raw.send(parse("SELECT 1") + bind() + describe + execute() + packet(b"C", b"S\0") + SYNC)
    assert raw.kinds() == "12TDC3Z"


def test_describe_of_a_statement_tells_parameters_and_columns(raw: Raw) -> None:
    raw.send(parse("SELECT $1::int, $2::text", "s") + packet(b"D", b"Ss\0") + SYNC)
    messages = raw.until_ready()
    assert [kind for kind, _ in messages] == ["1", "t", "T", "Z"]
    assert messages[1][1].hex() == "00020000001700000019"
    raw.send(parse("CREATE TABLE never_run (id int)") + packet(b"D", b"S\0") + SYNC)
    assert raw.kinds() == "1tnZ"


def test_flush_brings_answers_before_sync(raw: Raw) -> None:
    raw.send(parse("SELECT 1") + FLUSH)
    assert raw.message() == ("1", b"")
    raw.send(bind() + execute() + FLUSH)
    assert [raw.message()[0] for _ in range(3)] == ["2", "D", "C"]  # type: ignore[index]
    raw.send(SYNC)
    assert raw.kinds() == "Z"


def test_answers_wait_for_what_the_client_waits_for(server: Server, raw: Raw) -> None:
    raw.query("CREATE TABLE held (id int)")
    for sql in "SELECT 1", "SELECT count(*) FROM held", "INSERT INTO held VALUES (1)":
        raw.send(parse(sql) + bind() + execute())
        with psycopg.connect(server.url) as other:
            other.execute("SELECT pg_sleep(0.05)")
        assert not raw.has_arrived()
    raw.send(parse("SELECT nope"))
    assert [raw.message()[0] for _ in range(12)] == [*"12DC" * 2, *"12C", "E"]  # type: ignore[index]
    raw.send(SYNC)
    assert raw.kinds() == "Z"


def test_an_error_skips_to_sync(raw: Raw) -> None:
    raw.send(parse("SELECT nope") + bind() + execute() + parse("SELECT 1") + SYNC)
    messages = raw.until_ready()
    assert [kind for kind, _ in messages] == ["E", "Z"]
    assert sqlstate(messages) == "42703"
    raw.send(parse("SELECT 1") + bind() + execute() + SYNC)
    assert raw.kinds() == "12DCZ"


def test_a_bad_value_in_bind_skips_to_sync(raw: Raw) -> None:
    raw.send(parse("SELECT $1::int") + bind(b"x") + execute() + SYNC)
    messages = raw.until_ready()
    assert [kind for kind, _ in messages] == ["1", "E", "Z"]
    assert sqlstate(messages) == "22P02"


def test_an_error_outside_execute_fails_the_block(raw: Raw) -> None:
    raw.query("BEGIN")
    raw.send(parse("SELECT $1::int") + bind(b"x") + SYNC)
    assert raw.until_ready()[-1] == ("Z", b"E")
    assert raw.query("ROLLBACK")[-1] == ("Z", b"I")


def test_a_portal_gives_its_rows_in_pieces(raw: Raw) -> None:
    raw.query("BEGIN")
    raw.send(parse(SERIES) + bind(portal="p") + execute(2, "p") + execute(2, "p") + execute(2, "p") + SYNC)
    assert raw.kinds() == "12DDsDDsDCZ"
    raw.send(execute(0, "p") + SYNC)
    assert raw.kinds() == "CZ"
    raw.query("COMMIT")
    raw.send(execute(0, "p") + SYNC)
    assert sqlstate(raw.until_ready()) == "34000"


def test_an_unnamed_portal_ends_with_sync(raw: Raw) -> None:
    raw.send(parse(SERIES) + bind() + execute(2) + SYNC + execute(2) + SYNC)
    assert raw.kinds() == "12DDsZ"
    assert sqlstate(raw.until_ready()) == "34000"


def test_changes_between_syncs_are_one_transaction(raw: Raw) -> None:
    raw.query("CREATE TABLE synced (id int)")
    inserts = b"".join(parse(f"INSERT INTO synced VALUES ({i})") + bind() + execute() for i in range(3))
    raw.send(inserts + parse("SELECT nope") + SYNC)
    assert raw.kinds() == "12C" * 3 + "EZ"
    assert raw.query("SELECT * FROM synced")[1][0] == "C"
    raw.send(inserts + SYNC)
    assert raw.kinds() == "12C" * 3 + "Z"
    assert [kind for kind, _ in raw.query("SELECT * FROM synced")] == ["T", "D", "D", "D", "C", "Z"]


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (bind(name="unknown"), "26000"), (execute(portal="unknown"), "34000"),
        (packet(b"D", b"Sunknown\0"), "26000"), (packet(b"D", b"Punknown\0"), "34000"),
        (parse("SELECT 1; SELECT 2"), "42601"), (parse("SELECT 1", "s") * 2, "42P05"),
        (parse("SELECT $1::int") + bind(), "08P01"), (parse("SELECT 1") + bind(b"1"), "08P01"),
    ],
)  # fmt: skip
def test_wrong_uses_have_postgres_codes(raw: Raw, data: bytes, state: str) -> None:
    raw.send(data + SYNC)
    assert sqlstate(raw.until_ready()) == state
    assert [kind for kind, _ in raw.query("SELECT 1")] == ["T", "D", "C", "Z"]


def test_a_cursor_of_sql_is_closed_as_a_portal(raw: Raw) -> None:
    raw.query("BEGIN")
    raw.query("DECLARE c CURSOR FOR SELECT 1")
    raw.send(packet(b"D", b"Pc\0") + packet(b"C", b"Pc\0") + packet(b"D", b"Pc\0") + SYNC)
    messages = raw.until_ready()
    assert [kind for kind, _ in messages] == ["T", "3", "E", "Z"]
    assert sqlstate(messages) == "34000"


def test_closing_what_does_not_exist_is_no_error(raw: Raw) -> None:
    raw.send(packet(b"C", b"Sunknown\0") + packet(b"C", b"Punknown\0") + SYNC)
    assert raw.kinds() == "33Z"


def test_an_empty_statement_is_an_empty_query(raw: Raw) -> None:
    raw.send(parse("") + packet(b"D", b"S\0") + bind() + execute() + SYNC)
    assert raw.kinds() == "1tn2IZ"
    assert [kind for kind, _ in raw.query("")] == ["I", "Z"]


def test_text_and_binary_say_the_same(raw: Raw) -> None:
    for binary, expected in ((False, b"\0\1\0\0\0\x0242"), (True, b"\0\1\0\0\0\4\0\0\0*")):
        raw.send(parse("SELECT $1::int") + bind(b"42", binary=binary) + execute() + SYNC)
        assert dict(raw.until_ready())["D"] == expected


def test_deallocate_forgets_one_statement_of_several(raw: Raw) -> None:
    raw.send(parse("SELECT 1", "one") + parse("SELECT 2", "two") + SYNC)
    assert raw.kinds() == "11Z"
    raw.query("DEALLOCATE one")
    raw.send(bind(name="two") + execute() + SYNC)
    assert raw.kinds() == "2DCZ"
    assert sqlstate(raw.query("DEALLOCATE one")) == "26000"
    raw.query("DEALLOCATE ALL")
    assert sqlstate(raw.query("DEALLOCATE two")) == "26000"
