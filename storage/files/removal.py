"""Keeping files of `segments` and `indexes` from being removed while somebody copies them.

Both sides take an flock on the folder `segments` itself: who copies shares it, who removes files has it alone
and for as long as that takes, without waiting. Where it is not to be had the files stay, named by nobody, and
are swept once they are old enough (`vql.storage.upkeep.orphans`). A crash frees it; nothing is on disk.

Invariant: who shares the lock and reads `main.mdb` afterwards finds every file that it names, for as long as
the lock is held: files are removed behind the transaction that unnames them, and under the lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def files_kept(folder: Path) -> Iterator[None]:
    """Keep the files of a database from being removed. Raises OSError."""
    descriptor = os.open(folder / "segments", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def may_remove(folder: Path) -> Iterator[bool]:
    """Tell whether files of a database may be removed now; nobody begins to copy them meanwhile."""
    descriptor = os.open(folder / "segments", os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
