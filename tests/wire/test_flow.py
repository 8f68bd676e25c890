"""Flow control: who does not read is paused, results are made as they are read, waits hold nobody else."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pytest
from raw import SYNC, Raw, bind, execute, packet, parse
from server_process import Server

MB = 1 << 20
# Of an answer that its client does not read, what the server and both sockets may hold: with what a worker is
# before, less than 300 MB.
HELD_MAX = 232 * MB


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker, so that all clients share it."""
    started = Server(tmp_path_factory.mktemp("flow") / "db", workers=1)
    with psycopg.connect(started.url, autocommit=True) as connected:
        connected.execute("CREATE TABLE few (id int PRIMARY KEY, v vector(3))")
        connected.execute(
            "INSERT INTO few SELECT i, ARRAY[i, i, i]::vector(3) FROM generate_series(1, 100) i"
        )
        connected.execute("CREATE TABLE wide (id int, v vector(512))")
        with connected.cursor().copy("COPY wide FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "bytea"])
            for number in range(60_000):
                cell = struct.pack(">hh", 512, 0) + np.full(512, number, ">f4").tobytes()
                copy.write_row((number, cell))
    yield started
    assert started.stop() == 0, started.log.read_text()
    assert started.errors() == "", started.log.read_text()


def anonymous_bytes(server: Server) -> int:
    """Memory of the worker's own, without what it maps."""
    (worker,) = server.workers()
    lines = Path(f"/proc/{worker}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:"))


def answers(server: Server) -> None:
    with psycopg.connect(server.url) as other:
        assert other.execute("SELECT id FROM few WHERE id = 7").fetchone() == (7,)


def test_a_client_that_sends_and_does_not_read_is_not_read_from(single: Server) -> None:
    with Raw(single.port) as raw:
        raw.socket.setblocking(False)
        before, sent, syncs = anonymous_bytes(single), 0, SYNC * 100_000
        stalled_s = time.monotonic()
        while time.monotonic() - stalled_s < 1:
            try:
                sent += raw.socket.send(syncs)
                stalled_s = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            assert sent < HELD_MAX, "all of it was taken"
        assert anonymous_bytes(single) < before + HELD_MAX
        answers(single)


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("simple", "SELECT i, repeat('x', 500) FROM generate_series(1, 100000000) i"),
        ("extended", "SELECT i, repeat('x', 500) FROM generate_series(1, 100000000) i"),
        ("simple", "COPY (SELECT i, repeat('x', 500) FROM generate_series(1, 100000000) i) TO STDOUT"),
        ("simple", "COPY (SELECT i, i FROM generate_series(1, 100000000) i) TO STDOUT (FORMAT binary)"),
        ("simple", "SELECT * FROM wide"),
        ("extended", "SELECT v, id FROM wide ORDER BY id DESC"),
        ("simple", "COPY wide TO STDOUT"),
    ],
)
def test_an_answer_is_made_as_it_is_read(single: Server, name: str, sql: str) -> None:
    answers(single)
    before = anonymous_bytes(single)
    with Raw(single.port) as raw:
        if name == "simple":
            raw.send(packet(b"Q", sql.encode() + b"\0"))
        else:
            raw.send(parse(sql) + bind() + execute() + SYNC)
        kinds = {message[0] for _ in range(1_000) if (message := raw.message()) is not None}
        assert kinds & {"D", "d"}
        answers(single)
        assert anonymous_bytes(single) < before + HELD_MAX
    answers(single)


def test_rows_that_copy_brings_wait_on_disk(single: Server) -> None:
    """More than is held, and in a block that has not ended; 16 KiB a row, and no two texts alike."""
    cell = struct.pack(">hh", 4096, 0) + np.arange(4096, dtype=">f4").tobytes()
    answers(single)
    before, most = anonymous_bytes(single), 0
    with psycopg.connect(single.url, autocommit=True) as connected:
        connected.execute(
            "CREATE TABLE brought (id int PRIMARY KEY, t text, v vector(4096), d int DEFAULT 7)"
        )
        connected.execute("BEGIN")
        with connected.cursor().copy("COPY brought (id, t, v) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "text", "bytea"])
            for number in range(19_000):
                copy.write_row((number, f"number {number}", cell))
                if number % 1_000 == 0:
                    most = max(most, anonymous_bytes(single))
        most = max(most, anonymous_bytes(single))
        found = "SELECT count(*), count(DISTINCT t), sum(d), min(id), max(id) FROM brought"
        assert connected.execute(found).fetchone() == (19_000, 19_000, 133_000, 0, 18_999)
        connected.execute("COMMIT")
        most = max(most, anonymous_bytes(single))
        assert connected.execute(found).fetchone() == (19_000, 19_000, 133_000, 0, 18_999)
        last = "SELECT t, subvector(v, 4096, 1)::text FROM brought WHERE id = 7777"
        assert connected.execute(last).fetchone() == ("number 7777", "[4095]")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connected.execute("INSERT INTO brought VALUES (18999)")
        connected.execute("DROP TABLE brought")
    assert most < before + HELD_MAX


def test_all_of_a_long_answer_arrives_in_its_order(single: Server) -> None:
    with psycopg.connect(single.url) as connected:
        rows = connected.execute("SELECT i, 'x' || i FROM generate_series(1, 300000) i").fetchall()
        assert rows == [(i, f"x{i}") for i in range(1, 300_001)]
        ids = connected.execute("SELECT id FROM wide ORDER BY id DESC").fetchall()
        assert ids == [(i,) for i in reversed(range(60_000))]
        cursor = connected.execute("SELECT v, id FROM wide WHERE id < 12000")
        assert cursor.rowcount == 12_000
        for vector, number in cursor.fetchall()[::1000]:
            assert vector == "[" + ",".join([str(number)] * 512) + "]"
        with connected.cursor().copy("COPY (SELECT id FROM wide ORDER BY id) TO STDOUT") as copy:
            assert b"".join(copy) == b"".join(b"%d\n" % i for i in range(60_000))
            count = copy.cursor.rowcount
        assert count in (-1, 60_000)


def test_an_error_behind_the_first_rows_ends_the_answer(single: Server) -> None:
    with psycopg.connect(single.url) as connected:
        sql = "SELECT 1000000 / (1000000 - i) FROM generate_series(1, 2000000) i"
        with pytest.raises(psycopg.Error):
            connected.execute(sql)  # type: ignore[call-overload]
        connected.rollback()
        assert connected.execute("SELECT 1").fetchone() == (1,)


def test_a_long_answer_is_cancelled_and_timed_out_while_it_is_sent(single: Server) -> None:
    sql = "SELECT i FROM generate_series(1, 1000000000) i"
    with psycopg.connect(single.url, autocommit=True) as connected:
        connected.execute("SET statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            connected.execute(sql)
        connected.execute("SET statement_timeout = 0")
        threading.Timer(0.3, connected.cancel).start()
        with pytest.raises(psycopg.errors.QueryCanceled, match="user request"):
            connected.execute(sql)


def test_a_timeout_is_called_so_however_soon_it_is_met(single: Server) -> None:
    # The event loop's clock has milliseconds; what waits for the client stops within that of its timeout.
    with psycopg.connect(single.url, autocommit=True) as connected, connected.cursor() as cursor:
        for limit_ms in range(20, 60):
            cursor.execute(f"SET statement_timeout = {limit_ms}")
            with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
                with cursor.copy("COPY few (id) FROM STDIN"):
                    time.sleep(limit_ms / 1e3 + 0.005)


def test_portals_that_take_turns_do_not_mix(single: Server) -> None:
    with Raw(single.port) as raw:
        raw.send(packet(b"Q", b"BEGIN\0"))
        raw.until_ready()
        raw.send(parse("SELECT i FROM generate_series(1, 5) i", name="s") + bind(name="s", portal="a"))
        raw.send(bind(name="s", portal="b") + execute(2, "a") + execute(3, "b") + execute(0, "a"))
        raw.send(execute(0, "b") + SYNC)
        cells = [payload[6:] for kind, payload in raw.until_ready() if kind == "D"]
    assert cells == [b"1", b"2", b"1", b"2", b"3", b"3", b"4", b"5", b"4", b"5"]


# ------------------------------------------------------------------ waits


def is_waited_for_beside_others(server: Server, wait: Callable[[], object]) -> bool:
    """Whether another client is answered while something waits."""
    with psycopg.connect(server.url, autocommit=True) as other:
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
        other.execute("SELECT id FROM few WHERE id = 7")
        was_waiting = waiting.is_alive()
        waiting.join()
    return was_waiting


def test_a_writer_that_waits_for_another_process_holds_no_reader(single: Server) -> None:
    code = (
        "import sys, vql\n"
        "with vql.connect(sys.argv[1]).database.store.metastore.write():\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    insert = "INSERT INTO few VALUES (%s, '[1,2,3]')"
    with psycopg.connect(single.url, autocommit=True) as connected:
        for number in range(1_000, 1_030):  # a shape that has lately been short
            connected.execute(insert, [number])
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(single.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None and holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with psycopg.connect(single.url, autocommit=True) as connected:
        writing = threading.Thread(target=connected.execute, args=(insert, [2_000]))
        writing.start()
        time.sleep(0.1)
        answers(single)
        assert writing.is_alive(), "it did not wait"
        holder.stdin.close()
        writing.join()
    holder.stdout.close()
    assert holder.wait() == 0


def moment(ahead_s: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=ahead_s)).isoformat()


# A moment is waited for a second at most: on a busy machine nobody may be answered in time, so some rounds.
ROUNDS = 10


def test_a_moment_ahead_in_the_start_up_packet_is_waited_for_beside_the_others(single: Server) -> None:
    def connect() -> None:
        psycopg.connect(single.url, options=f"-c vql.as_of='{moment(0.95)}'").close()

    assert any(is_waited_for_beside_others(single, connect) for _ in range(ROUNDS))


def test_a_moment_ahead_is_waited_for_beside_the_others(single: Server) -> None:
    sql = "SELECT id FROM few WHERE id = 1 AS OF %s"
    with psycopg.connect(single.url, autocommit=True) as connected:
        for _ in range(30):
            connected.execute(sql, [moment(-0.001)])

        def ask() -> None:
            connected.execute(sql, [moment(0.95)])

        assert any(is_waited_for_beside_others(single, ask) for _ in range(ROUNDS))
