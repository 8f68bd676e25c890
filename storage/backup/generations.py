"""A folder of backups of one database: whole copies of it, each of one moment, called generations.

| in the folder | what |
|---|---|
| `<moment>/` | a generation: a database's `main.mdb`, `identity`, `segments/`, `indexes/`, and `backup` |
| `.new-<digits>/` | one that is being copied, or was when a process ended |
| `.old-<digits>/` | one that is being removed |
| `.lock` | empty; an flock on it is held by who makes or removes a generation |

A moment is the UTC time from which on commits may be missing, `20261128T154800.123456Z`, so names sort as
times do. `backup`, JSON, says what it is a copy of; a folder with it is never written to
(`vql.storage.files.metastore`). Files of `segments` and `indexes` that two generations have are one file with
two names (hard links), where the file system has such.

Invariants
* A generation is renamed to its name once every byte of it is durable: who finds the name finds it whole.
* One that is to go is renamed first, so that none is there in part.
* What a crash leaves has a name with a full stop; the next backup takes the files of it that are whole, each
  of which has its own name since it was durable, and removes the rest.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from vql.dataclass import dataclass
from vql.errors import DataCorrupted, OperationalError
from vql.storage.files.blobfile import sync_folder
from vql.storage.files.failpoint import failpoint
from vql.storage.files.header import BACKUP_FILE

NEW, OLD, LOCK_FILE = ".new-", ".old-", ".lock"
NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z")
NAME_FORM = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True, slots=True)
class Generation:
    """One copy: the database of an id at `version`, with every commit up to `taken_us`."""

    path: Path
    database_id: str
    version: int
    taken_us: int

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.name


def generation_name(time_us: int) -> str:
    """Return what a generation of a moment is called."""
    seconds, rest = divmod(time_us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest).strftime(NAME_FORM)


def is_backup(folder: Path) -> bool:
    """Whether a folder holds generations, or is made to. One of databases has a `.lock`, too."""
    names = os.listdir(folder) if folder.is_dir() else []
    return any(map(NAME.fullmatch, names)) or LOCK_FILE in names and all(n.startswith(".") for n in names)


def generations(folder: Path) -> list[Generation]:
    """Return the generations in a folder, oldest first. Raises XX001, OSError."""
    return [read_generation(folder / name) for name in _names(folder)]


def read_generation(path: Path) -> Generation:
    """Return the generation in a folder. Raises XX001, OSError."""
    try:
        said = json.loads((path / BACKUP_FILE).read_bytes())
        return Generation(path, str(said["database"]), int(said["version"]), int(said["taken_us"]))
    except (ValueError, KeyError, TypeError, FileNotFoundError) as error:
        raise DataCorrupted(
            f"{path}: the file backup of this generation cannot be read: {error}",
            hint="take an earlier generation",
        ) from error


def write_generation(found: Generation) -> None:
    """Say in a folder what it is a copy of, durably. Raises OSError."""
    said = {"database": found.database_id, "version": found.version, "taken_us": found.taken_us}
    with open(found.path / BACKUP_FILE, "w", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Be the only one that makes or removes generations. Raises 55006, OSError."""
    with open(folder / LOCK_FILE, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperationalError(
                f"another backup into {folder} is under way", hint="wait for its end", sqlstate="55006"
            ) from None
        yield


def new_folder(folder: Path) -> Path:
    """Make the folder of a generation to come."""
    path = folder / f"{NEW}{secrets.token_hex(8)}"
    for part in ("segments", "indexes"):
        (path / part).mkdir(parents=True)
    return path


def left_behind(folder: Path) -> list[Path]:
    """Return the folders that a crash has left."""
    return [path for path in folder.iterdir() if path.name.startswith((NEW, OLD))]


def finish_generation(made: Generation) -> Generation:
    """Give a whole generation its name. Raises OSError."""
    for part in ("segments", "indexes", "."):
        sync_folder(made.path / part)
    folder = made.path.parent
    path = folder / generation_name(made.taken_us)
    failpoint("before-generation")
    os.rename(made.path, path)
    failpoint("after-generation")
    sync_folder(folder)
    return Generation(path, made.database_id, made.version, made.taken_us)


def prune(folder: Path, keep: int) -> list[str]:
    """Remove all generations but the newest `keep`; return their names. Raises OSError."""
    gone = _names(folder)[:-keep]
    for name in gone:
        moved = folder / f"{OLD}{secrets.token_hex(8)}"
        os.rename(folder / name, moved)
        sync_folder(folder)
        failpoint("before-prune")
        shutil.rmtree(moved)
    return gone


def _names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if NAME.fullmatch(name)) if folder.is_dir() else []
