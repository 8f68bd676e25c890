"""The beginning of an LMDB file, looked at before LMDB maps it: whether it is one, is whole, and the newest
of its commits is there."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path

from vql.errors import DataCorrupted
from vql.storage.files.blobfile import LMDB_MAGIC, LMDB_MAGIC_OFFSET, disk_error
from vql.storage.files.pages import broken_page

# MDB_meta, behind the page's header: magic 4, version 4, address 8, mapsize 8, two MDB_db of 48 bytes whose
# first begins with the page size, last page 8, transaction 8: (magic, page size, last page, transaction).
META = struct.Struct("<4s20xI92xQQ")
# A page is at most 64 KiB; two of them begin with a meta page.
HEAD_BYTES_MAX = (64 << 10) + 4096
BACKUP_FILE = "backup"  # beside a metastore that is a copy, to be kept as it is
READERS_MAX = 1024
# LMDB's reader table: 64 bytes a slot behind a header.
LOCK_BYTES = READERS_MAX * 64 + 4096


def check_header(path: Path) -> None:
    """Refuse a file that is no LMDB database, has lost its end or its last commit, before LMDB maps it:
    reading behind the end of a mapped file kills the process."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES_MAX)
    except OSError as error:
        raise disk_error(error, path) from error
    if len(head) == 0:
        return
    end = LMDB_MAGIC_OFFSET + META.size
    page_bytes = META.unpack_from(head, LMDB_MAGIC_OFFSET)[1] if len(head) >= end else 0
    if page_bytes.bit_count() != 1 or len(head) < page_bytes + end:
        raise not_ours(path)
    first, second = (META.unpack_from(head, start + LMDB_MAGIC_OFFSET) for start in (0, page_bytes))
    if not first[0] == second[0] == LMDB_MAGIC:
        raise not_ours(path)
    # Transactions are written to the two meta pages in turn: where the numbers do not follow on each other,
    # one of the pages is damaged, and LMDB would take the older one, without the last commit.
    if {first[3], second[3]} != {0} and (first[3] % 2 or abs(first[3] - second[3]) != 1):
        raise DataCorrupted(f"{path.name}: its meta pages are of transactions {first[3]} and {second[3]}")
    needed = (max(first[2], second[2]) + 1) * page_bytes
    size = path.stat().st_size
    # Pages taken and given back within one transaction are never written, so a sound file may be
    # a few pages shorter than its last page number says: then every page is looked at.
    if size < needed and problems(path):
        raise DataCorrupted(
            f"{path.name} has been cut short: {size} bytes, its last page ends at {needed}",
            hint="restore it from a backup",
        )
    problem = broken_page(path, page_bytes)
    if problem:
        raise DataCorrupted(f"{path.name}: {problem}", hint="restore it from a backup")


def is_writable(path: Path) -> bool:
    """Whether a metastore can be written, which a backup is not, and give its lock file its blocks before
    LMDB maps it: a process that takes a reader slot on a full disk would otherwise be killed. Closing the
    file here would end locks held on it, so no environment of this process may have it open yet. Raises
    53100."""
    lock = path.with_name(path.name + "-lock")
    if path.with_name(BACKUP_FILE).exists():
        return False
    try:
        if path.exists():
            os.close(os.open(path, os.O_RDWR))
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, LOCK_BYTES)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and path.exists():
            return False
        raise disk_error(error, lock) from error
    return True


def is_nobodys(path: Path) -> bool:
    """Whether no process has a metastore open: who has holds a lock on it."""
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def not_ours(path: Path) -> DataCorrupted:
    """Return the error of a file that LMDB has not written."""
    return DataCorrupted(
        f"{path.name} is not a VQL database or has been cut short",
        hint="restore it from a backup, or give the path of another folder",
    )


def problems(path: Path) -> list[str]:
    """Return what is wrong with the pages of an LMDB file, read as bytes, never mapped."""
    from lmdb import verify

    try:
        found: list[str] = verify.verify(str(path), subdir=False)  # type: ignore[no-untyped-call]
        return [f"{path.name}: {problem}" for problem in found]
    except (verify.VerifyError, OSError) as error:
        return [f"{path.name}: {error}"]
