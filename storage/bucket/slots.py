"""Working copies of databases in buckets: folders in a cache of this machine, one for each process.

`<cache>/<digits of the URL>-<number>/<name>/` holds a copy of main.mdb and the files that it names; the name
is the URL's last part, by which sessions call the database. What is in a copy is in the bucket too, so all of
it may be removed while nobody uses it. A file of one copy is given to the next by a hard link.

Invariant: who uses a copy has an flock on the `.lock` beside its numbered folder, taken before anything in it
is looked at, and freed with the process. A crash leaves a copy that the next process to have it brings up to
date.

The cache is the folder that VQL_CACHE names, or else `vql` in XDG_CACHE_HOME or ~/.cache.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from vql.errors import OperationalError
from vql.storage.backup.copying import link_or_copy
from vql.storage.files.blobfile import disk_error
from vql.storage.files.identity import FOLDERS, make_folders

SLOTS_MAX = 64
DIGITS = 16
# What belongs to a main.mdb, and goes with it.
MAIN_FILES = ("main.mdb", "main.mdb-lock", "main.wal", "identity")


def cache_folder() -> Path:
    """Return the folder of all working copies."""
    named = os.environ.get("VQL_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vql"


class Slot:
    """One working copy, ours until `free`."""

    def __init__(self, folder: Path, others: list[Path], descriptor: int) -> None:
        self.folder = folder
        self._others = others
        self._descriptor = descriptor

    def link(self, name: str) -> bool:
        """Take a file from another copy of the same database, if one has it."""
        for other in self._others:
            try:
                if link_or_copy(other / name, self.folder / name):
                    return True
            except FileNotFoundError:
                continue
            except FileExistsError:
                return True
        return False

    def forget_main(self) -> None:
        """Remove main.mdb and what belongs to it. Raises OSError."""
        for name in MAIN_FILES:
            (self.folder / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the database in it. Raises OSError."""
        self.forget_main()
        for part in FOLDERS:
            shutil.rmtree(self.folder / part)
        make_folders(self.folder)

    def free(self) -> None:
        """Let another process have it."""
        os.close(self._descriptor)


def taken_slot(url: str) -> Slot:
    """Take a working copy that nobody uses, made where there is none. Raises 53000, 53100, 58030."""
    digits = hashlib.sha256(url.encode()).hexdigest()[:DIGITS]
    cache = cache_folder()
    name = url.rpartition("/")[2]
    folders = [cache / f"{digits}-{number}" / name for number in range(SLOTS_MAX)]
    try:
        for folder in folders:
            make_folders(folder)
            descriptor = os.open(
                folder.parent.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
            )
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            others = [other for other in folders if other != folder and other.is_dir()]
            return Slot(folder, others, descriptor)
    except OSError as error:
        raise disk_error(error, Path(error.filename or cache)) from error
    raise OperationalError(
        f"{SLOTS_MAX} processes use {url} on this machine", hint="serve it with one", sqlstate="53000"
    )
