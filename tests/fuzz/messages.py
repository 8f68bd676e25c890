"""Messages of every kind, length and order: `python -m tests.fuzz.messages [MESSAGES] [SEED]`.

A server with one worker is sent sequences of messages, well formed and not, in start-up and after it, each
on a connection of its own, several at a time. What must hold: no answer has XX000, nothing is logged as an
internal error, the worker is the same at the end, its memory does not grow, and another client is answered
all the time. A sequence that breaks this is printed; the seed makes the same sequences again.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "wire"))

from raw import Raw, packet, parse  # noqa: E402 - found beside its tests, as pytest finds it
from server_process import Server  # noqa: E402

MB = 1 << 20
# What the worker may grow by after its first sequences: caches that fill, arenas of the allocator.
GROWTH_MAX = 160 * MB
SEQUENCE_MAX = 24
WARM_SEQUENCES = 300
WITNESS_EVERY = 50
NAMES = ("", "", "", "a", "b", "x" * 70, "é", '"')
STATEMENTS = (
    "SELECT 1", "SELECT $1::int, $2::text", "SELECT id, v, t FROM f WHERE id < $1 ORDER BY v <-> $2 LIMIT 3",
    "SELECT i, repeat('x', 50) FROM generate_series(1, 3000) i", "INSERT INTO f VALUES ($1, $2, $3)",
    "INSERT INTO f (id, t) VALUES (1, 'a') ON CONFLICT DO NOTHING", "UPDATE f SET t = $1 WHERE id = 1",
    "DELETE FROM f", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s", "SHOW ALL", "",
    "COPY f FROM STDIN", "COPY f TO STDOUT", "COPY f FROM STDIN (FORMAT binary)",
    "COPY f FROM STDIN (FORMAT csv)", "COPY (SELECT 1, 'x') TO STDOUT (FORMAT binary)",
    "DECLARE c CURSOR FOR SELECT 1", "FETCH ALL FROM c", "CLOSE ALL", "SET application_name = 'x'",
    "RESET ALL", "DISCARD ALL", "DEALLOCATE a", "EXPLAIN SELECT * FROM f", "TABLE f",
    "SELECT 1; SELECT 2; BEGIN; SELECT 3", "SELECT 1/0", "SELECT nothing", "sElEcT 'é' \N{SNOWMAN}", ";;",
    "SELECT count(*) FROM pg_class", "SELECT '[1,2,3]'::vector <-> $1", "SELECT \0", "--",
)  # fmt: skip
VALUES = (
    None, b"", b"1", b"-1", b"x", b"[1,2,3]", b"1.5", b"\x00\x00\x00\x07", b"\xff\xfe", b"NaN", b"{1,2}",
    b"\x00\x03\x00\x00" + bytes(12), b"9" * 40, b"\0" * 9,
)  # fmt: skip
LINES = (
    b"1\t[1,2,3]\tx\n", b"2\t\\N\t\\N\n", b"\\.\n", b"1\t[1,2]\n", b"\t\t\t\t\n", b"\xff\n",
    b'3,"[1,2,3]",x\n', b'"', b"PGCOPY\n\xff\r\n\0" + bytes(8),
    b"\x00\x03\x00\x00\x00\x04\x00\x00\x00\x01" + b"\xff" * 8, b"\xff\xff",
)  # fmt: skip
LAST = "the last of it"
# Out of COPY, of an error and of a block.
END = packet(b"f", b"\0") + packet(b"S") + packet(b"Q", b"ROLLBACK\0")
END += packet(b"Q", f"SELECT '{LAST}'\0".encode())
KINDS = b"BCdcfDEHFPpQSX"


class Messages:
    """A source of messages."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)
        pick = self.source.choice
        self._makers: tuple[Callable[[], bytes], ...] = (
            lambda: packet(b"Q", pick(STATEMENTS).encode() + b"\0"),
            lambda: packet(b"Q", pick(STATEMENTS).encode() + b"\0"),
            self._parse,
            self._parse,
            self._bind,
            self._bind,
            lambda: packet(b"D", pick((b"S", b"P", b"?")) + pick(NAMES).encode() + b"\0"),
            lambda: packet(
                b"E", pick(NAMES).encode() + b"\0" + struct.pack(">i", pick((0, 0, 1, 2, -1, 1 << 30)))
            ),
            lambda: packet(b"E", b"\0" + bytes(4)),
            lambda: packet(b"C", pick((b"S", b"P", b"!")) + pick(NAMES).encode() + b"\0"),
            lambda: packet(b"S"),
            lambda: packet(b"S"),
            lambda: packet(b"S"),
            lambda: packet(b"S"),
            lambda: packet(b"S"),
            lambda: packet(b"H"),
            lambda: packet(b"d", b"".join(self.source.choices(LINES, k=3))),
            lambda: packet(b"c"),
            lambda: packet(b"f", b"enough\0"),
            lambda: packet(b"p", b"secret\0"),
            lambda: packet(b"F", self.source.randbytes(12)),
            lambda: self._mangled(pick(self._makers[:17])()),
            lambda: self._mangled(pick(self._makers[:17])()),
        )

    def sequence(self) -> list[bytes]:
        """Return some messages; each is as long as it says."""
        count = self.source.randint(1, SEQUENCE_MAX)
        return [self.source.choice(self._makers)() for _ in range(count)]

    def broken_off(self) -> bytes:
        """Return a message that is not as long as it says, or no message."""
        made = self.source.choice(self._makers)()
        return self._nonsense() if self.source.random() < 0.5 else made[: self.source.randrange(len(made))]

    def startup(self) -> bytes:
        """Return a first packet, good more often than not."""
        words = b"user\0vql\0database\0vql\0"
        extra = self.source.choice((
            b"", b"", b"client_encoding\0UTF8\0", b"options\0-c statement_timeout=2s\0", b"options\0-c x\0",
            b"x", b"_pq_.x\0y\0", b"replication\0true\0", b"DateStyle\0ISO\0", b"nothing\0x\0",
            b"\xff\0\xff\0", b"client_encoding\0LATIN1\0",
        ))  # fmt: skip
        version = self.source.choice(
            (196608, 196608, 196608, 196610, 0, 131072, 80877102, 80877103, 80877104)
        )
        body = struct.pack(">i", version) + words + extra + b"\0"
        made = struct.pack(">i", len(body) + 4) + body
        return made if self.source.random() < 0.7 else made[:4] + self.source.randbytes(len(made) - 4)

    def _parse(self) -> bytes:
        oids = tuple(
            self.source.choices((0, 23, 25, 1700, 16500, 2_000_000_000), k=self.source.randint(0, 3))
        )
        name = self.source.choice(NAMES)
        return parse(self.source.choice(STATEMENTS), name=name, oids=oids)

    def _bind(self) -> bytes:
        pick, count = self.source.choice, self.source.randint(0, 4)
        body = pick(NAMES).encode() + b"\0" + pick(NAMES).encode() + b"\0"
        body += self._codes() + struct.pack(">H", count)
        for value in self.source.choices(VALUES, k=count):
            body += struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
        return packet(b"B", body + self._codes())

    def _codes(self) -> bytes:
        codes = self.source.choices((0, 1, 0, 1, 2), k=self.source.choice((0, 0, 1, 2, 3)))
        return struct.pack(f">H{len(codes)}h", len(codes), *codes)

    def _nonsense(self) -> bytes:
        kind = bytes([self.source.choice((*KINDS, self.source.randrange(256)))])
        length = self.source.choice((0, 3, 4, 5, 8, 64, 1 << 16, (1 << 30) - 1, 1 << 30, -1, -(1 << 31)))
        return kind + struct.pack(">i", length) + self.source.randbytes(self.source.randint(0, 20))

    def _mangled(self, message: bytes) -> bytes:
        """Change, drop, insert or cut some bytes of a message."""
        body = bytearray(message[5:])
        for _ in range(self.source.randint(1, 3)):
            at = self.source.randrange(len(body) + 1)
            match self.source.randrange(4):
                case 0 if at < len(body):
                    body[at] = self.source.randrange(256)
                case 1:
                    del body[at : at + self.source.randint(1, 4)]
                case 2:
                    body[at:at] = self.source.randbytes(self.source.randint(1, 4))
                case _:
                    del body[at:]
        return packet(message[:1], bytes(body))


def answers(raw: Raw) -> Iterator[str]:
    """Yield the SQLSTATE of each error till the end of what was asked, or of the stream."""
    try:
        while (message := raw.message()) is not None:
            if message[0] == "E":
                fields = message[1].split(b"\0")
                yield next(field[1:].decode() for field in fields if field[:1] == b"C")
            if message[0] == "D" and message[1].endswith(LAST.encode()):
                return
    except ConnectionError:
        return


def fuzz(server: Server, count: int, seed: int) -> Counter[str]:
    """Send so many messages; returns how often each SQLSTATE was answered. Raises AssertionError."""
    messages, found, sent, number = Messages(seed), Counter[str](), 0, 0
    workers, warm = server.workers(), 0
    with Raw(server.port) as witness:
        witness.query("CREATE TABLE f (id int PRIMARY KEY, v vector(3), t text)")
        while sent < count:
            sequence = messages.sequence()
            started = messages.source.random() < 0.9
            whole = started and messages.source.random() < 0.8
            data = (b"" if started else messages.startup()) + b"".join(sequence)
            states = exchanged(server, data + (END if whole else messages.broken_off()), started, whole)
            assert "XX000" not in states, f"seed {seed}, sequence {number}: {sequence}"
            found.update(states)
            sent += len(sequence)
            number += 1
            if number % WITNESS_EVERY == 0:
                assert witness.query("SELECT 1")[-1] == ("Z", b"I")
                assert server.errors() == "", f"seed {seed}, before sequence {number}: {server.errors()}"
            if number == WARM_SEQUENCES:
                warm = resident_bytes(workers[0])
        assert witness.query("SELECT 1")[-1] == ("Z", b"I")
        grown = resident_bytes(workers[0]) - warm if warm else 0
        assert grown < GROWTH_MAX, f"the worker has grown by {grown / MB:.0f} MB"
        assert server.workers() == workers, "a worker has died"
        log = server.log.read_text()
        assert "internal error" not in log and "Traceback" not in log, log
        witness.query("DROP TABLE f")
    return found


def exchanged(server: Server, data: bytes, started: bool, whole: bool) -> list[str]:
    """Send bytes on a connection of their own and return the SQLSTATEs that are answered. What is not
    `whole` is given up, as nobody can say how long its answer is."""
    with Raw(server.port, start=started) as raw:
        try:
            raw.send(data)
            if not whole:
                raw.socket.shutdown(socket.SHUT_WR)
        except OSError:  # the server has hung up at an earlier message
            pass
        return list(answers(raw))


def resident_bytes(pid: int) -> int:
    """Return the memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Fuzz a server of its own."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "db", workers=1)
        try:
            found = fuzz(server, count, seed)
        finally:
            status = server.stop()
    assert status == 0
    print(
        f"seed {seed}: {count} messages in {time.monotonic() - started_s:.0f} s, "
        f"answers {dict(found.most_common())}"
    )


if __name__ == "__main__":
    main()
