"""The meta pages of an LMDB file, read in place: whether anything was committed, for two words of memory.

LMDB's file begins with two meta pages that its commits write in turn; the greater `mm_txnid` of the two is
that of the last commit of any process (LMDB 0.9, mdb.c: MDB_meta and mdb_env_pick_meta, data version 1). A
writer shows it there before readers are told of the transaction, so it says when to look, not what is there.
"""

from __future__ import annotations

import mmap
import struct
from array import array
from pathlib import Path

from vql.storage.files.blobfile import LMDB_MAGIC, LMDB_MAGIC_OFFSET

DATA_VERSION = 1
TXNID_OFFSET = 144
NEVER = (1 << 64) - 1


def transaction_numbers(path: Path, page_bytes: int) -> memoryview:
    """Return the two words, mapped, of an open environment with pages of `page_bytes`: the greater one is the
    number of the last transaction; NEVER where the file has another layout."""
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 2 * page_bytes, prot=mmap.PROT_READ)
    head = LMDB_MAGIC + struct.pack("<I", DATA_VERSION)
    if pages[LMDB_MAGIC_OFFSET : LMDB_MAGIC_OFFSET + len(head)] != head:
        return memoryview(array("Q", [NEVER]))
    return memoryview(pages).cast("Q")[TXNID_OFFSET // 8 :: page_bytes // 8]
