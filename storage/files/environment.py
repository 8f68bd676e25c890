"""LMDB's environments: how main.mdb is mapped, and what LMDB raises, as errors of SQL."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import lmdb

from vql.errors import DatabaseError, DataCorrupted, DiskFull, OutOfMemory
from vql.storage.files.blobfile import disk_error
from vql.storage.files.header import READERS_MAX

# Address space, not memory. Where a process may not have so much (ulimit -v), a smaller map must do.
MAP_BYTES = (1 << 40, 1 << 36, 1 << 34, 1 << 32, 1 << 30, 1 << 28)
FREE_BYTES_MIN = 1 << 20
ADDRESS_SPACE_HINT = "raise the limit on address space (ulimit -v)"
DAMAGES = (
    lmdb.CorruptedError, lmdb.InvalidError, lmdb.VersionMismatchError, lmdb.PageNotFoundError,
    lmdb.IncompatibleError,
)  # fmt: skip


def opened_environment(path: Path, is_read_only: bool, sync: bool = False) -> lmdb.Environment:
    """Open an environment, which LMDB syncs at each commit where it is to `sync`. Raises 53200 where there is
    no address space for it, XX001, 53100, 58030."""
    for map_bytes in MAP_BYTES:
        try:
            return lmdb.open(
                str(path), map_size=map_bytes, subdir=False, max_dbs=16, max_readers=READERS_MAX, sync=sync,
                writemap=False, readahead=True, readonly=is_read_only, lock=not is_read_only,
            )  # fmt: skip
        except lmdb.Error as error:
            if error_number(error) != errno.ENOMEM:
                raise metastore_error(error, path) from error
        except MemoryError:
            pass
    raise OutOfMemory(f"{path.name} cannot be mapped: no address space left", hint=ADDRESS_SPACE_HINT)


def free_bytes(folder: Path) -> int:
    """Return the space left on the disk of a folder."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def metastore_error(error: lmdb.Error, path: Path) -> DatabaseError:
    """Return the SQL error of an LMDB error."""
    full = isinstance(error, lmdb.DiskError | lmdb.MapFullError) or "No space" in str(error)
    # A write that the disk takes in part is reported as an input/output error.
    if full or ("Input/output error" in str(error) and free_bytes(path.parent) < FREE_BYTES_MIN):
        return DiskFull(
            f"could not write {path.name}: no space left on device",
            hint="free space on the database's disk and run the statement again",
        )
    if isinstance(error, DAMAGES):
        return DataCorrupted(f"{path.name}: {error}")
    if isinstance(error, lmdb.MapResizedError):
        return OutOfMemory(
            f"{path.name} has outgrown the address space of this process", hint=ADDRESS_SPACE_HINT
        )
    return disk_error(OSError(error_number(error), str(error)), path)


def error_number(error: lmdb.Error) -> int:
    """Return the errno of an LMDB error, 0 where it is LMDB's own."""
    return max(0, getattr(error, "code", None) or 0)
