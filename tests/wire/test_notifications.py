"""LISTEN and NOTIFY, judged by psycopg, asyncpg, psql and a client of bytes."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import asyncpg
import psycopg
import pytest

import vql
from vql.errors import Error

Row = tuple[object, ...]
Connection = psycopg.Connection[Row]


@pytest.fixture
def many(server) -> Iterator[list[Connection]]:
    """Connections to both workers."""
    with ExitStack() as stack:
        yield [stack.enter_context(psycopg.connect(server.url, autocommit=True)) for _ in range(4)]


def heard(connection: Connection, count: int) -> list[tuple[str, str]]:
    """Return so many notifications."""
    return [(each.channel, each.payload) for each in connection.notifies(timeout=60, stop_after=count)]


def silent(connection: Connection) -> bool:
    """Whether nothing has been said before an answer of the server."""
    connection.execute("SELECT 1")
    return list(connection.notifies(timeout=0)) == []


def test_all_that_listen_hear_what_is_said_and_by_whom(many):
    for connection in many:
        connection.execute("LISTEN news")
    many[0].execute("NOTIFY news, 'first'")
    many[1].execute("NOTIFY news")
    for connection in many:
        found = list(connection.notifies(timeout=60, stop_after=2))
        assert [(each.channel, each.payload) for each in found] == [("news", "first"), ("news", "")]
        assert [each.pid for each in found] == [many[0].info.backend_pid, many[1].info.backend_pid]


def test_what_a_transaction_says_is_heard_once_when_it_commits_in_its_order(many):
    speaker, listener = many[:2]
    listener.execute("LISTEN a")
    listener.execute('LISTEN "B"')
    with speaker.transaction():
        for payload in ("2", "1", "2"):
            speaker.execute(f"NOTIFY a, '{payload}'")
        speaker.execute("SELECT pg_notify('B', x::text) FROM generate_series(1, 3) x")
        assert silent(listener)
    assert heard(listener, 5) == [("a", "2"), ("a", "1"), ("B", "1"), ("B", "2"), ("B", "3")]
    assert silent(listener)


def test_what_a_transaction_says_arrives_in_one_piece(many):
    speaker, listener = many[:2]
    listener.execute("LISTEN a")
    for _ in range(20):
        with speaker.transaction():
            speaker.execute("SELECT pg_notify(c, '1') FROM (VALUES ('a'), ('b')) t(c)")
            speaker.execute("NOTIFY a, '2'")
        # psycopg gives all that has arrived with the first.
        assert heard(listener, 1) == [("a", "1"), ("a", "2")]


def test_what_is_undone_is_not_heard(many):
    speaker, listener = many[:2]
    listener.execute("LISTEN undone")
    speaker.execute("CREATE TABLE undone_rows (id int PRIMARY KEY)")
    with pytest.raises(ZeroDivisionError), speaker.transaction():
        speaker.execute("NOTIFY undone, 'rolled back'")
        raise ZeroDivisionError
    with speaker.transaction():
        speaker.execute("NOTIFY undone, 'before'")
        with pytest.raises(psycopg.errors.DivisionByZero), speaker.transaction():
            speaker.execute("NOTIFY undone, 'rolled back to a savepoint'")
            speaker.execute("LISTEN undone_too")
            speaker.execute("SELECT 1 / 0")
        speaker.execute("NOTIFY undone, 'behind'")
    for failing in (
        "SELECT pg_notify('undone', 'x'), 1 / (x - 2) FROM generate_series(1, 3) x",
        "INSERT INTO undone_rows SELECT 1 FROM generate_series(1, 2) RETURNING pg_notify('undone', 'x')",
        "NOTIFY undone, 'x'; SELECT 1 / 0",
    ):
        with pytest.raises(psycopg.Error):
            speaker.execute(failing.encode())
    speaker.execute("NOTIFY undone, 'last'")
    assert heard(listener, 3) == [("undone", "before"), ("undone", "behind"), ("undone", "last")]
    assert speaker.execute("SELECT pg_listening_channels()").fetchall() == []
    speaker.execute("DROP TABLE undone_rows")


def test_who_is_in_a_transaction_hears_behind_it(many):
    speaker, listener = many[:2]
    listener.execute("LISTEN later")
    with listener.transaction():
        listener.execute("SELECT 1")
        speaker.execute("NOTIFY later")
        assert silent(listener)
    assert heard(listener, 1) == [("later", "")]


def test_listening_begins_and_ends_with_its_transaction(many):
    speaker, listener = many[:2]

    def channels() -> list[object]:
        return [row[0] for row in listener.execute("SELECT * FROM pg_listening_channels()")]

    with listener.transaction():
        listener.execute("LISTEN one")
        listener.execute("LISTEN two")
        listener.execute("LISTEN one")
        assert channels() == []
        speaker.execute("NOTIFY one")
    assert channels() == ["one", "two"] and silent(listener)
    with listener.transaction(force_rollback=True):
        listener.execute("UNLISTEN *")
    listener.execute("UNLISTEN one")
    listener.execute("UNLISTEN never")
    assert channels() == ["two"]
    speaker.execute("NOTIFY one")
    speaker.execute("NOTIFY two")
    assert heard(listener, 1) == [("two", "")]
    for statement in ("UNLISTEN *", "DISCARD ALL"):
        listener.execute("LISTEN one")
        listener.execute(statement)
        assert channels() == []
    speaker.execute("NOTIFY one")
    assert silent(listener)


def test_transactions_are_heard_by_all_in_the_order_of_their_commits(server, many):
    listeners = many[:2]
    for listener in listeners:
        listener.execute("LISTEN turns")
    many[2].execute("CREATE TABLE turns (id bigserial PRIMARY KEY, who int)")

    async def speak(who: int) -> None:
        speaker = await psycopg.AsyncConnection.connect(server.url)
        async with speaker:
            for _ in range(10):
                await speaker.execute("SELECT pg_notify('turns', %s::text)", [who])
                await speaker.execute("INSERT INTO turns (who) VALUES (%s)", [who])
                await speaker.commit()

    async def all_speak() -> None:
        await asyncio.gather(*map(speak, range(4)))

    asyncio.run(all_speak())
    found = [heard(listener, 40) for listener in listeners]
    assert found[0] == found[1]
    many[2].execute("DROP TABLE turns")


def test_words_that_are_too_long_are_refused(many):
    speaker, listener = many[:2]
    listener.execute("LISTEN long")
    long = "ü" * 3_999
    speaker.execute("SELECT pg_notify('long', %s)", [long])
    assert heard(listener, 1) == [("long", long)]
    for channel, payload, said in (
        ("long", "x" * 8_000, "payload string too long"),
        ("", "x", "channel name cannot be empty"),
        (None, "x", "channel name cannot be empty"),
        ("x" * 64, None, "channel name too long"),
    ):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match=said):
            speaker.execute("SELECT pg_notify(%s, %s)", [channel, payload])
    assert speaker.execute("SELECT pg_notification_queue_usage()").fetchone() == (0.0,)


def test_a_client_of_another_encoding_hears_in_that(server, many):
    with psycopg.connect(server.url, autocommit=True, client_encoding="LATIN1") as listener:
        listener.execute("LISTEN größe")
        many[0].execute("NOTIFY größe, 'größer'")
        assert heard(listener, 1) == [("größe", "größer")]


def test_changes_say_what_their_functions_say(many):
    speaker, listener = many[:2]
    listener.execute("LISTEN changed")
    speaker.execute("CREATE TABLE said (id int)")
    speaker.execute("INSERT INTO said VALUES (1), (2) RETURNING pg_notify('changed', 'row ' || id)")
    assert heard(listener, 2) == [("changed", "row 1"), ("changed", "row 2")]
    speaker.execute("DROP TABLE said")


def test_asyncpg_listens(server):
    async def main() -> list[tuple[str, str]]:
        listener, speaker = [await asyncpg.connect(server.url) for _ in range(2)]
        found: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        await listener.add_listener(
            "async", lambda _c, _p, channel, payload: found.put_nowait((channel, payload))
        )
        await speaker.execute("NOTIFY async, 'one'")
        await speaker.execute("SELECT pg_notify('async', $1)", "two")
        said = [await asyncio.wait_for(found.get(), 60) for _ in range(2)]
        await listener.remove_listener("async", print)
        await listener.reset()
        await listener.close()
        await speaker.close()
        return said

    assert asyncio.run(main()) == [("async", "one"), ("async", "two")]


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_psql_tells_of_notifications(server):
    said = subprocess.run(
        ["psql", "-X", "-c", "LISTEN psql", "-c", "NOTIFY psql, 'hello'", "-c", "SELECT 1"],
        env=server.environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert 'Asynchronous notification "psql" with payload "hello" received from server process' in said


def test_a_database_that_is_open_by_itself_refuses_them(tmp_path):
    with vql.connect(tmp_path / "db") as connection:
        for statement in ("LISTEN a", "NOTIFY a", "SELECT pg_notify('a', 'b')"):
            with pytest.raises(Error) as raised:
                connection.execute(statement)
            assert raised.value.sqlstate == "0A000"
        connection.execute("UNLISTEN *")
        assert connection.execute("SELECT * FROM pg_listening_channels()").fetchall() == []
