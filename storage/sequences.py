"""Numbers of sequences that have a name: given out once, whatever becomes of the transaction that asked.

| `sequences` of `main.mdb` | bytes | what |
|---|--:|---|
| `numbering <id>` | 9 | the last number, int64 little-endian; 1 where it was given out, 0 where it is next |

A sequence without a record has given out nothing. Each call is one LMDB transaction, durable when it returns:
a crash behind it leaves numbers out, and gives none twice. Under LMDB's write lock, no other.
"""

from __future__ import annotations

import struct

from vql import schema
from vql.errors import DataError
from vql.storage.files.metastore import Batch
from vql.storage.store import Store

STATE = struct.Struct("<q?")


def take_from(store: Store, sequence: schema.Sequence, count: int) -> list[int]:
    """Return the next numbers of a sequence. Raises 2200H where they end."""
    with store.metastore.write() as batch:
        last, is_called = state_of(batch, sequence)
        made: list[int] = []
        for _ in range(count):
            last, is_called = _next(sequence, last, is_called), True
            made.append(last)
        if made:
            batch.put("sequences", _key(sequence), STATE.pack(last, True))
    return made


def set_last(store: Store, sequence: schema.Sequence, last: int, is_called: bool) -> None:
    """Say which number was the last, or is the next. Raises 22003."""
    if not sequence.minimum <= last <= sequence.maximum:
        raise DataError(
            f'setval: value {last} is out of bounds for sequence "{sequence.name}"'
            f" ({sequence.minimum}..{sequence.maximum})",
            sqlstate="22003",
        )
    with store.metastore.write() as batch:
        batch.put("sequences", _key(sequence), STATE.pack(last, is_called))


def read_state(store: Store, sequence: schema.Sequence) -> tuple[int, bool]:
    """Return the last number and whether it was given out."""
    with store.metastore.read() as batch:
        return state_of(batch, sequence)


def state_of(batch: Batch, sequence: schema.Sequence) -> tuple[int, bool]:
    """Return what `read_state` does."""
    raw = batch.get("sequences", _key(sequence))
    if raw is None:
        return sequence.start, False
    last, is_called = STATE.unpack(raw)
    return last, is_called


def _next(sequence: schema.Sequence, last: int, is_called: bool) -> int:
    if not is_called:
        return last
    following = last + sequence.increment
    if sequence.minimum <= following <= sequence.maximum:
        return following
    is_rising = sequence.increment > 0
    if sequence.cycles:
        return sequence.minimum if is_rising else sequence.maximum
    bound, which = (sequence.maximum, "maximum") if is_rising else (sequence.minimum, "minimum")
    raise DataError(
        f'nextval: reached {which} value of sequence "{sequence.name}" ({bound})', sqlstate="2200H"
    )


def _key(sequence: schema.Sequence) -> bytes:
    return f"numbering {sequence.numbering}".encode()
