"""Bind, Describe, Execute and Sync that arrive together are answered as they are one by one."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import pytest
from raw import FLUSH, SYNC, Message, Raw, bind, execute, packet, parse
from server_process import Server

DESCRIBE = packet(b"D", b"P\0")
SETUP = "CREATE TEMP TABLE tried (id int PRIMARY KEY, a text); INSERT INTO tried VALUES (1, 'one'), (2, NULL)"

# Statements by name, prepared by each connection.
STATEMENTS = {
    "one": "SELECT 1",
    "by_key": "SELECT a || '' AS a, id + 0 AS id FROM tried WHERE id = $1",
    "typed": "SELECT $1::int + 1, $2::text, $3::float8",
    "divided": "SELECT 1 / $1::int",
    "none": "SELECT FROM tried",
    "insert": "INSERT INTO tried VALUES ($1, $2)",
    "returning": "INSERT INTO tried VALUES ($1, $2) RETURNING id + 0, a || ''",
    "update": "UPDATE tried SET a = $2 WHERE id = $1",
    "delete": "DELETE FROM tried WHERE id = $1",
    "series": "SELECT g FROM generate_series(1, $1::int) g",
    "set": "SELECT set_config('application_name', $1, false)",
    "show": "SHOW timezone",
    "begin": "BEGIN",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "nothing": "",
}
# Bind messages that no driver writes: short, long, of strange formats and counts.
MALFORMED = (
    packet(b"B"), packet(b"B", b"\0"), packet(b"B", b"\0by_key\0"), packet(b"B", b"\0by_key\0" + bytes(4)),
    packet(b"B", b"\0by_key\0" + struct.pack(">hhi", 0, 1, 100) + b"1" + bytes(2)),
    packet(b"B", b"\0by_key\0" + struct.pack(">hhhi", 1, 7, 1, 1) + b"1" + bytes(2)),
    packet(b"B", b"\0by_key\0" + struct.pack(">hhi", 0, 1, 1) + b"1" + struct.pack(">hh", 1, 9)),
    packet(b"B", b"\0by_key\0" + struct.pack(">hhi", 0, 1, 1) + b"1" + struct.pack(">hhhh", 3, 0, 0, 0)),
    packet(b"B", b"\0by_key\0" + struct.pack(">hhi", 0, 1, 1) + b"1" + bytes(3)),
    packet(b"B", b"\0by_key\0" + struct.pack(">hhi", 0, 1, -7) + bytes(2)),
    packet(b"B", b"\0one\0" + struct.pack(">hhi", 0, 1, 1) + b"1" + bytes(2)),
    packet(b"B", b"\0\xff\0" + bytes(6)),
)  # fmt: skip
BINDS = (
    bind(name="one"), bind(name="one"), bind(name="one", binary=True), bind(name="missing"),
    bind(b"1", name="by_key"), bind(b"2", name="by_key"), bind(b"3", name="by_key"),
    bind(None, name="by_key"),
    bind(b"1", name="by_key", binary=True), bind(b"x", name="by_key"), bind(b"1", name="by_key"),
    bind(b"1", b"2", name="by_key"), bind(name="by_key"), bind(b"1", name="by_key", portal="p"),
    bind(b"41", b"t", b"0.5", name="typed"), bind(None, None, None, name="typed"),
    bind(b"41", b"\xff", b"0.5", name="typed"), bind(b"41", b"t", b"0.5", name="typed", binary=True),
    bind(b"41", b"long" * 100_000, b"0.5", name="typed"), bind(b"41", b"t", b"0.5", name="typed"),
    bind(b"2", name="divided"), bind(b"0", name="divided"), bind(b"1", name="divided"), bind(name="none"),
    bind(b"10", b"ten", name="insert"), bind(b"10", b"ten", name="insert"),
    bind(b"11", None, name="returning"),
    bind(b"10", b"new", name="update"), bind(b"10", name="by_key"), bind(b"10", name="delete"),
    bind(b"10", name="by_key"), bind(b"3", name="series"), bind(b"700", name="series"),
    bind(b"told", name="set"), bind(name="show"), bind(name="nothing"),
    bind(name="begin"), bind(b"1", name="by_key"), bind(b"12", b"in", name="insert"),
    bind(b"12", name="by_key"),
    bind(name="rollback"), bind(b"12", name="by_key"), bind(name="begin"), bind(b"0", name="divided"),
    bind(b"1", name="by_key"), bind(name="commit"), bind(b"1", name="by_key"), *MALFORMED,
    bind(b"1", name="by_key"),
)  # fmt: skip


@pytest.fixture
def raws(server: Server) -> Iterator[tuple[Raw, Raw]]:
    """Two connections with the same statements and the same rows."""
    with Raw(server.port) as one, Raw(server.port) as other:
        for raw in (one, other):
            raw.query(SETUP)
            raw.send(b"".join(parse(sql, name) for name, sql in STATEMENTS.items()) + SYNC)
            assert set(raw.kinds()) == {"1", "Z"}
        yield one, other


def told(raw: Raw) -> list[Message]:
    """Return an answer, whatever the temporary schema is called."""
    return [(kind, re.sub(rb"pg_temp_\d+", b"pg_temp", payload)) for kind, payload in raw.until_ready()]


@pytest.mark.parametrize("described", [True, False], ids=["described", "undescribed"])
def test_together_and_one_by_one_are_answered_alike(raws: tuple[Raw, Raw], described: bool) -> None:
    together, apart = raws
    rest = (DESCRIBE, execute()) if described else (execute(),)
    for number, bound in enumerate(BINDS * 2):
        together.send(bound + b"".join(rest) + SYNC)
        # Between Flush messages it is no round trip that is known.
        apart.send(FLUSH.join([bound, *rest, SYNC]))
        assert told(together) == told(apart), (number % len(BINDS), bound)


def answer(raw: Raw, bound: bytes) -> list[Message]:
    """Send a round trip and return its answer."""
    raw.send(bound + DESCRIBE + execute() + SYNC)
    return raw.until_ready()


def test_a_name_means_what_it_was_last_given(server: Server) -> None:
    with Raw(server.port) as raw:
        for value in ("1", "'other'", "NULL::int"):
            raw.send(parse(f"SELECT {value} AS a", "s") + SYNC)
            assert raw.kinds() == "1Z"
            told = [answer(raw, bind(name="s")) for _ in range(3)]
            assert told[0] == told[1] == told[2]
            (row,) = [payload for kind, payload in told[0] if kind == "D"]
            assert value.strip("'").encode() in row or value == "NULL::int"
            raw.send(packet(b"C", b"Ss\0") + SYNC)
            assert raw.kinds() == "3Z"
        assert [kind for kind, _ in answer(raw, bind(name="s"))] == ["E", "Z"]


def test_the_style_of_the_session_is_followed(server: Server) -> None:
    with Raw(server.port) as raw:
        raw.send(parse("SELECT $1::timestamptz", "s") + SYNC)
        assert raw.kinds() == "1Z"
        moment = bind(b"2020-01-02 03:04:05+00", name="s")
        shown = []
        for zone in ("UTC", "Asia/Tokyo"):
            raw.query(f"SET timezone = '{zone}'")
            shown += [payload for kind, payload in answer(raw, moment) if kind == "D"]
        assert b"03:04:05+00" in shown[0] and b"12:04:05+09" in shown[1]


def test_round_trips_behind_each_other_are_answered_in_order(server: Server) -> None:
    with Raw(server.port) as raw:
        raw.send(parse("SELECT $1::int", "s") + SYNC)
        raw.kinds()
        raw.send(b"".join(bind(b"%d" % n, name="s") + execute() + SYNC for n in range(5)))
        rows = [dict(raw.until_ready())["D"][-1:] for _ in range(5)]
        assert rows == [b"0", b"1", b"2", b"3", b"4"]
