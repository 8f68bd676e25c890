"""The meta pages of an LMDB file, read in place: whether anything was committed, for two words of memory.

LMDB's file begins with two meta pages that its commits write in turn; the greater `mm_txnid` of the two is
that of the last commit of any process (LMDB 0.9, mdb.c: MDB_meta and mdb_env_pick_meta, data version 1). A
writer shows it there before readers are told of the transaction, so it says when to look, not what is there.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from vql.storage.files.blobfile import LMDB_MAGIC, LMDB_MAGIC_OFFSET

DATA_VERSION = 1
TXNID_OFFSET = 144


class MetaPages:
    """The two meta pages of an open environment with pages of `page_bytes`; read without a lock."""

    def __init__(self, path: Path, page_bytes: int) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 2 * page_bytes, prot=mmap.PROT_READ)
        head = LMDB_MAGIC + struct.pack("<I", DATA_VERSION)
        self._known = self._map[LMDB_MAGIC_OFFSET : LMDB_MAGIC_OFFSET + len(head)] == head
        self._words = memoryview(self._map).cast("Q")
        self._first, self._second = TXNID_OFFSET // 8, (page_bytes + TXNID_OFFSET) // 8

    def last_transaction(self) -> int:
        """Return the number of the last transaction, -1 where the file has another layout."""
        if not self._known:
            return -1
        return max(self._words[self._first], self._words[self._second])

    def close(self) -> None:
        """Unmap the pages."""
        self._words.release()
        self._map.close()
