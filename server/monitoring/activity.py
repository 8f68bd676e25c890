"""What the sessions of all workers do, in memory that all processes of a server map.

Each worker has a region of its own, which it alone writes: a header, and a slot for each of its sessions.

| offset in a region | size | type | what |
|--:|--:|---|---|
| 0 | 8 | u64 LE | how many slots may be in use |
| 64 | n x 2,048 | | slots |

| offset in a slot | size | type | what |
|--:|--:|---|---|
| 0 | 8 | u64 LE | edition: odd while the slot is written |
| 8 | 4 | i32 LE | the session's process id, 0 where the slot is free |
| 12 | 4 | i32 LE | the client's port, -1 on a unix socket |
| 16 | 32 | 4 x i64 LE | begin of session, transaction and statement, last change: us since 1970 or 0 |
| 48 | 1 | u8 | state, a place in STATES |
| 50 | 16 | 8 x u16 LE | bytes of database, user, application, address, encryption, command, phase, query |
| 66 | 8 | 2 x u32 LE | the table whose indexes are built, 0 where none are, and the index |
| 74 | 4 | f32 LE | how far that is |
| 78 | | UTF-8 | these texts, the last cut where the slot ends |

Whoever reads copies a slot and looks whether its edition was even and is the same behind that. The memory has
no name: it is gone with the processes. The supervisor empties the region of a worker that has died.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Iterator

from vql.functions.lookups import Activity, IndexBuild
from vql.server.unnamed import unnamed_file

HEADER_BYTES, SLOT_BYTES = 64, 2048
WORD = struct.Struct("<Q")
FIELDS = struct.Struct("<ii4qBx8H2If")
FIELDS_AT = 8
TEXTS_AT = FIELDS_AT + FIELDS.size
NAME_BYTES_MAX = 256  # of each text but the statement
NO_BUILD = IndexBuild(0, 0, "", "", 0.0)
STATES = ("", "active", "idle", "idle in transaction", "idle in transaction (aborted)")
ACTIVE = STATES.index("active")
OF_STATUS = {"I": 2, "T": 3, "E": 4}
READS_MAX = 100


def make_memory(workers: int, sessions: int) -> int:
    """Return a descriptor of memory for so many workers with so many sessions each."""
    descriptor = unnamed_file()
    os.ftruncate(descriptor, workers * region_bytes(sessions))
    return descriptor


def region_bytes(sessions: int) -> int:
    """Return the size of one worker's region."""
    size = HEADER_BYTES + sessions * SLOT_BYTES
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def empty_region(descriptor: int, number: int, sessions: int) -> None:
    """Take the sessions of a worker that has died out."""
    os.pwrite(descriptor, bytes(WORD.size), (number - 1) * region_bytes(sessions))


class ActivityReader:
    """The memory as who looks at it sees it; any thread may."""

    def __init__(self, descriptor: int, sessions: int) -> None:
        self._bytes = region_bytes(sessions)
        self._memory = mmap.mmap(descriptor, 0)
        self._sessions = sessions

    def __iter__(self) -> Iterator[Activity]:
        """Yield what the sessions of all workers do."""
        for region in range(0, len(self._memory), self._bytes):
            (high,) = WORD.unpack_from(self._memory, region)
            for place in range(min(high, self._sessions)):
                found = self._read(region + HEADER_BYTES + place * SLOT_BYTES)
                if found is not None:
                    yield found

    def _read(self, start: int) -> Activity | None:
        for _ in range(READS_MAX):
            copy = self._memory[start : start + SLOT_BYTES]
            (edition,) = WORD.unpack_from(copy)
            if edition % 2 == 0 and (edition,) == WORD.unpack_from(self._memory, start):
                return _activity(copy)
            time.sleep(0)
        return None  # its worker died while it wrote


class ActivityTable(ActivityReader):
    """The memory as a worker sees it; `number` is its own, from 1. Slots are taken and given back in the
    event loop."""

    def __init__(self, descriptor: int, number: int, sessions: int) -> None:
        super().__init__(descriptor, sessions)
        self._start = (number - 1) * self._bytes
        self._free = list(range(sessions - 1, -1, -1))
        self._high = 0
        WORD.pack_into(self._memory, self._start, 0)

    def slot(self) -> ActivitySlot:
        """Return a free slot."""
        place = self._free.pop()
        self._high = max(self._high, place + 1)
        WORD.pack_into(self._memory, self._start, self._high)
        return ActivitySlot(self._memory, self._start + HEADER_BYTES + place * SLOT_BYTES)

    def release(self, slot: ActivitySlot) -> None:
        """Give a slot back."""
        slot.clear()
        self._free.append((slot.start - self._start - HEADER_BYTES) // SLOT_BYTES)


class ActivitySlot:
    """One session's slot; one thread writes at a time, that which has its conversation."""

    def __init__(self, memory: mmap.mmap, start: int) -> None:
        self.start = start
        self._memory = memory
        self._names: tuple[bytes, ...] = ()
        self._build = NO_BUILD
        self._statement = b""
        self._key = self._port = 0
        self._begun_us = self._transaction_us = self._changed_us = 0
        self.statement_us = 0  # when the statement at hand began
        self.ended_us = 0  # when it has ended, 0 where nobody has looked
        (self._edition,) = WORD.unpack_from(memory, start)
        self._edition += self._edition % 2  # whose writer died

    def begin(
        self, key: int, database: str, user: str, application: str, address: str, port: int,
        encryption: str = "",
    ) -> None:  # fmt: skip
        """Take note of a session that begins."""
        texts = (database, user, application, address, encryption)
        self._names = tuple(text.encode()[:NAME_BYTES_MAX] for text in texts)
        self._key, self._port = key, port
        self._begun_us = self._changed_us = time.time_ns() // 1000
        self._write(OF_STATUS["I"])

    def rename(self, application: str) -> None:
        """Take note of another application_name."""
        self._names = (*self._names[:2], application.encode()[:NAME_BYTES_MAX], *self._names[3:])
        self._write(ACTIVE)

    def run(self, statement: str) -> None:
        """Take note of a statement that begins."""
        now_us = time.time_ns() // 1000
        self._statement = statement[:SLOT_BYTES].encode(errors="replace")
        self.statement_us = self._changed_us = now_us
        self._transaction_us = self._transaction_us or now_us
        self._write(ACTIVE)

    def rest(self, status: str) -> None:
        """Take note that the session waits for its client: I outside a transaction, T in one, E in a failed
        one."""
        self._changed_us = self.ended_us or time.time_ns() // 1000
        self.ended_us = 0
        if status == "I":
            self._transaction_us = 0
        self._write(OF_STATUS[status])

    def build(self, build: IndexBuild | None) -> None:
        """Take note of how far the statement is with indexes, None where it is done with them."""
        self._build = build or NO_BUILD
        if self._key:
            self._write(ACTIVE)

    @property
    def transaction_us(self) -> int:
        """When the transaction began, 0 where there is none."""
        return self._transaction_us

    def clear(self) -> None:
        """Take note that the session has ended."""
        self._key = 0
        self._write(0)

    def _write(self, state: int) -> None:
        table_id, index_id, command, phase, share = self._build
        head = (*(self._names or (b"",) * 5), command.encode(), phase.encode()[:NAME_BYTES_MAX])
        texts = (*head, self._statement[: SLOT_BYTES - TEXTS_AT - sum(map(len, head))])
        times = (self._begun_us, self._transaction_us, self.statement_us, self._changed_us)
        fields = (self._key, self._port, *times, state, *map(len, texts), table_id, index_id, share)
        data = FIELDS.pack(*fields) + b"".join(texts)
        start, memory = self.start, self._memory
        WORD.pack_into(memory, start, self._edition + 1)
        memory[start + FIELDS_AT : start + FIELDS_AT + len(data)] = data
        self._edition += 2
        WORD.pack_into(memory, start, self._edition)


def _activity(slot: bytes) -> Activity | None:
    fields = FIELDS.unpack_from(slot, FIELDS_AT)
    key, port, begun_us, transaction_us, statement_us, changed_us, state = fields[:7]
    *sizes, table_id, index_id, share = fields[7:]
    if not key:
        return None
    place, texts = TEXTS_AT, []
    for size in sizes:
        texts.append(slot[place : place + size].decode(errors="ignore"))
        place += size
    database, user, application, address, encryption, command, phase, statement = texts
    build = IndexBuild(table_id, index_id, command, phase, share) if table_id else None
    return Activity(
        key, database, user, application, address, port, begun_us, transaction_us, statement_us, changed_us,
        STATES[state], statement, build, encryption,
    )  # fmt: skip
