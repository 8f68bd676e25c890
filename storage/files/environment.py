"""LMDB's environments: how main.mdb is mapped, and what LMDB raises, as errors of SQL."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lmdb

from vql.errors import DatabaseError, DataCorrupted, DiskFull, OperationalError, OutOfMemory
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


def named_databases(environment: lmdb.Environment, names: Sequence[str], path: Path) -> dict[str, Any]:
    """Return the handles of the databases of an environment, those of some names. Raises XX001 where it has
    others."""
    found = {}
    with environment.begin() as transaction:
        entries = transaction.stat()["entries"]
    for name in names if entries else ():
        with contextlib.suppress(lmdb.NotFoundError):
            found[name] = environment.open_db(name.encode(), create=False)
    if entries > len(found):
        raise DataCorrupted(
            f"{path.name} is not the main file of a VQL database",
            hint="restore it from a backup: it says what the segments hold",
        )
    return found


def with_databases(environment: lmdb.Environment, names: Sequence[str], path: Path) -> lmdb.Environment:
    """Make those of a new file, and what an older VQL had not: with LMDB's own syncs; return the environment
    opened anew. A crash on the way leaves some of them, with nothing in them."""
    environment.close()
    environment = opened_environment(path, is_read_only=False, sync=True)
    for name in names:
        environment.open_db(name.encode())
    environment.close()
    return opened_environment(path, is_read_only=False)


def not_taken(error: Exception, path: Path) -> OperationalError:
    """Return the error of a commit that is durable elsewhere, but not in this working copy yet."""
    return OperationalError(
        f"the commit is durable, but {path.name} could not take it: {error}",
        hint="do not run the transaction again: it is there once this process has caught up",
        sqlstate="58030",
    )


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
