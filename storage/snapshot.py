"""Snapshots: which tables and segments exist at a version. Immutable, cheap, shared by threads.

A snapshot names segment objects that later gain deletes; it sees those up to its version alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from vql import schema
from vql.errors import SnapshotTooOld
from vql.storage.columns.column import Column
from vql.storage.segments.segment import Segment
from vql.types import values
from vql.types.type import INTEGERS, TIMESTAMPTZ, Type

KEY_BYTES_MAX = 400


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database at `version`; `time_us` is that commit's time in microseconds since 1970.

    `catalog_version` changes when any definition does: plans are keyed by it.
    """

    version: int
    time_us: int
    catalog_version: int
    tables: Mapping[str, schema.Table]
    segments_by_table: Mapping[int, tuple[Segment, ...]]
    find_key: Callable[[bytes], tuple[int, int]]
    # table id -> (version, its time): before it, rows of the table have been dropped for good.
    oldest: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    generation: int = 0  # moves when maintenance puts other files in the place of some

    def table(self, name: str) -> schema.Table | None:
        """Return the table of that name, or None."""
        return self.tables.get(name)

    def segments(self, table_id: int) -> tuple[Segment, ...]:
        """Return the segments of a table: sealed ones, then growing ones. Raises 72000 where the
        table's history no longer reaches back to this snapshot."""
        kept = self.oldest.get(table_id)
        if kept is not None and self.version < kept[0]:
            raise too_old(kept[1])
        return self.segments_by_table.get(table_id, ())

    def locate(self, table: schema.Table, key: tuple[object, ...]) -> tuple[Segment, int] | None:
        """Return where the row with a primary key (canonical values) stands, or None."""
        types = [table.columns[table.position(name)].type for name in table.primary_key]
        found, current = self.find_key(encode_key(table.table_id, types, key))
        if found >= 0:
            for segment in reversed(self.segments(table.table_id)):
                offset = segment.find_row(found)
                if offset >= 0:
                    visible = segment.visible(self.version)
                    if visible is None or visible[offset]:
                        return segment, offset
                    break
        if current == self.version and found < 0:
            return None
        return self._scan(table, key)

    def _scan(self, table: schema.Table, key: tuple[object, ...]) -> tuple[Segment, int] | None:
        """Look through the key columns: `keys` holds the present, not this snapshot's moment."""
        for segment in self.segments(table.table_id):
            visible = segment.visible(self.version)
            match = np.ones(segment.rows, bool) if visible is None else visible.copy()
            for name, value in zip(table.primary_key, key, strict=True):
                column = segment.column(table.position(name))
                kept = values.stored(column.type, value)
                if column.type.name == "numeric" and column.dictionary is not None:
                    texts = column.dictionary.values().tolist()
                    codes = [code for code, text in enumerate(texts) if Decimal(text) == value]
                    match &= np.isin(column.data, codes)
                elif column.dictionary is not None:
                    match &= column.data == column.dictionary.find(str(kept))
                else:
                    match &= column.data == kept
            where = np.flatnonzero(match)
            if len(where):
                return segment, int(where[0])
        return None


def too_old(oldest_us: int) -> SnapshotTooOld:
    """Return the error of a time before what is kept; `oldest_us` is the oldest time there is."""
    oldest = values.to_text(TIMESTAMPTZ, values.from_stored(TIMESTAMPTZ, oldest_us))
    return SnapshotTooOld(
        "AS OF time is older than the history that is kept", hint=f"the oldest time available is {oldest}"
    )


def encode_key(table_id: int, types: list[Type], key: tuple[object, ...]) -> bytes:
    """Encode a primary key for `keys`: table id, then each value so that equal values are equal.

    Integers are 8 bytes big-endian with the sign bit flipped; other values their stored text ended
    by a zero byte. What exceeds LMDB's key length keeps a prefix and a 16-byte hash of the whole.
    """
    if len(key) == 1 and type(key[0]) is int and types[0].name in INTEGERS:
        biased = (key[0] + (1 << 63)) & ((1 << 64) - 1)
        return table_id.to_bytes(8, "big") + biased.to_bytes(8, "big")
    out = bytearray(table_id.to_bytes(8, "big"))
    for type_, value in zip(types, key, strict=True):
        kept = values.stored(type_, value)
        if isinstance(kept, float):
            kept += 0.0  # -0.0 equals 0.0
        elif type_.name == "numeric":
            kept = format(Decimal(str(kept)).normalize(), "f")  # 1.0 equals 1.00
        if isinstance(kept, int) and not isinstance(kept, bool):
            out += ((kept + (1 << 63)) & ((1 << 64) - 1)).to_bytes(8, "big")
        else:
            out += str(kept).encode() + b"\0"
    return shortened(bytes(out))


def encode_keys(table_id: int, columns: tuple[Column, ...]) -> list[bytes]:
    """Encode the primary keys of rows; one integer column goes by array."""
    prefix = table_id.to_bytes(8, "big")
    if len(columns) == 1 and columns[0].data.dtype.kind == "i" and columns[0].dictionary is None:
        wide = (columns[0].data.astype(np.int64).view(np.uint64) ^ np.uint64(1 << 63)).astype(">u8")
        raw = wide.tobytes()
        return [prefix + raw[i : i + 8] for i in range(0, len(raw), 8)]
    types = [column.type for column in columns]
    rows = zip(*(column.values() for column in columns), strict=True)
    return [shortened(encode_key(table_id, types, row)) for row in rows]


def shortened(raw: bytes) -> bytes:
    """Return a key LMDB can hold."""
    if len(raw) <= KEY_BYTES_MAX:
        return raw
    import hashlib

    return raw[: KEY_BYTES_MAX - 16] + hashlib.blake2b(raw, digest_size=16).digest()
