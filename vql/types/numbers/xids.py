"""Numbers of transactions: xid, as the system column xmax has it, which wraps; xid8, which does not; and what
a statement sees of transactions, pg_snapshot and txid_snapshot."""

from __future__ import annotations

import re
import struct

import numpy as np

from vql.errors import DataError, InvalidText, NumericOutOfRange
from vql.types.base import BaseType, Storage
from vql.types.numbers.integers import IntegerType, OidType

SNAPSHOT = re.compile(r"\d+:\d+:(\d+(,\d+)*)?")


class Xid8Type(IntegerType):
    """Whole numbers of 64 bits. PostgreSQL's have no sign; what is beyond bigint is refused here."""

    def from_text(self, text: str, modifier: int | None) -> int:
        value = super().from_text(text, modifier)
        if value < 0:
            raise NumericOutOfRange(f'value "{text}" is out of range for type {self.name}')
        return value


class SnapshotType(BaseType):
    """xmin:xmax:xip_list, as texts: transactions from xmax on are not seen, nor are those listed; all below
    xmin have ended."""

    def from_text(self, text: str, modifier: int | None) -> str:
        if SNAPSHOT.fullmatch(text) is None:
            raise self.bad_text(text)
        xmin, xmax, listed = parts_of_snapshot(text)
        if not 0 < xmin <= xmax or listed != sorted(listed) or any(not xmin <= x < xmax for x in listed):
            raise self.bad_text(text)
        return snapshot_text(xmin, xmax, sorted({*listed}))

    def to_binary(self, value: object) -> bytes:
        xmin, xmax, listed = parts_of_snapshot(str(value))
        return struct.pack(f">i{2 + len(listed)}q", len(listed), xmin, xmax, *listed)

    def from_binary(self, data: bytes, modifier: int | None) -> object:
        try:
            count, xmin, xmax, *listed = struct.unpack(f">i{len(data) // 8}q", data)
            text = self.from_text(snapshot_text(xmin, xmax, listed), modifier)
        except (struct.error, ValueError, InvalidText):
            count, listed, text = -1, [], ""
        if count != len(listed):
            raise DataError("invalid external pg_snapshot data", sqlstate="22P03")
        return text


def snapshot_text(xmin: int, xmax: int, listed: list[int]) -> str:
    """Write a snapshot."""
    return f"{xmin}:{xmax}:{','.join(map(str, listed))}"


def parts_of_snapshot(text: str) -> tuple[int, int, list[int]]:
    """Return xmin, xmax and what is listed of a snapshot."""
    xmin, xmax, listed = text.split(":")
    return int(xmin), int(xmax), [int(each) for each in listed.split(",") if each]


def _snapshot(name: str, oid: int, array_oid: int) -> SnapshotType:
    return SnapshotType(name=name, oid=oid, array_oid=array_oid, duck_name="VARCHAR", is_sortable=False)


XID = OidType(
    name="xid", oid=28, array_oid=1011, category="U", length=4, struct_code="I", duck_name="BIGINT",
    bound=1 << 32, duck_equates=True, storage=Storage.NUMBERS, dtype=np.dtype("i8"), is_stored_as_is=True,
    arrow_format="l", has_equality=True, is_sortable=False,
)  # fmt: skip
XID8 = Xid8Type(
    name="xid8", oid=5069, array_oid=271, category="U", length=8, struct_code="q", duck_name="BIGINT",
    bound=1 << 63, duck_compares=True, storage=Storage.NUMBERS, dtype=np.dtype("i8"), is_stored_as_is=True,
    arrow_format="l", has_order=True, has_equality=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (
    XID, XID8, _snapshot("pg_snapshot", 5038, 5039), _snapshot("txid_snapshot", 2970, 2949),
)  # fmt: skip
