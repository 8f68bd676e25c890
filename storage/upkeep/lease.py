"""The maintenance lease: one maintainer a database, whichever process or thread it is in.

It is an flock on `maintenance.lock`, which belongs to the open file description: only closing the
descriptor it was taken on, or the end of the process, gives it back. A POSIX record lock would go
with any descriptor of the file that this process closes, so that a check beside a maintaining
thread gave the lease away; and it would not keep two threads of one process apart.

The lease saves work done twice; what keeps the database whole is `vql.storage.swap`. A crash frees
it. Taken after Maintainer._lock, before any lock of the store; nothing is locked while waiting for it
but the former. The file is empty and never removed.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vql.deadline import attempts
from vql.storage.files.blobfile import disk_error
from vql.storage.folder import LEASE_FILE


@contextmanager
def lease(folder: Path) -> Iterator[None]:
    """Hold the maintenance lease of a database; waits for whoever has it. Raises 57014,
    55P03, 53000, 58030."""
    path = folder / LEASE_FILE
    try:
        descriptor = _descriptor_of(path)
    except OSError as error:
        raise disk_error(error, path) from error
    if descriptor is None:
        yield
        return
    try:
        for _ in attempts():
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        yield
    finally:
        os.close(descriptor)


def _descriptor_of(path: Path) -> int | None:
    """Open the file, made where there is none; None where none can be made: nobody maintains there."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
    return os.open(path, os.O_RDONLY) if path.exists() else None
