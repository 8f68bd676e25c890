"""A folder of databases, as a server has it: each is a folder in it, called what the database is called.

What is no database yet, or no more, has a name that begins with a full stop, which no database can have.

* CREATE makes a whole database (`vql.storage.folder`) in `.new-...`, renames it, and syncs the folder. A
  crash leaves none or, behind the rename, that one.
* DROP renames the database to `.dropped-...`, syncs the folder, and removes what is in it. A crash leaves it
  as it was or, behind the rename, none.
* RENAME renames it and syncs the folder. A crash leaves it under one of its names.

What a crash leaves under names with a full stop is removed when a server starts (`sweep`).

Invariants
* Names change under an flock on `.lock`, taken by whoever makes, drops or renames: of two that make one of
  the same name one finds it there.
* A database that anybody has open, in this process or another, is neither dropped nor renamed: whoever has
  it open has a shared flock on its `main.mdb` (`vql.storage.files.metastore`), which is taken alone here.
  Whoever opens one meanwhile finds, having that lock, that the file is no longer where it was.

It holds nothing but paths, and is shared by threads.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vql.deadline import attempts
from vql.errors import DuplicateObject, Error, OperationalError, ProgrammingError, UndefinedObject
from vql.storage.files.blobfile import sync_folder
from vql.storage.files.failpoint import failpoint
from vql.storage.files.identity import marks, read_identity
from vql.storage.store import Store

NEW, DROPPED, LOCK_FILE = ".new-", ".dropped-", ".lock"
MAIN_FILE = "main.mdb"
# How long others have to leave a database, as in PostgreSQL, and between two requests to do so.
LEAVE_S, ASK_EVERY_S = 5.0, 0.1


class Cluster:
    """See the module. `vacate` has the server's processes close a database that no session of theirs is in,
    and with True end those sessions; it returns at once."""

    def __init__(self, folder: Path, vacate: Callable[[str, bool], None]) -> None:
        self.folder = folder
        self._vacate = vacate

    def path(self, name: str) -> Path | None:
        """Return the folder of a database, None where there is none of that name."""
        there = is_name(name) and is_database(self.folder / name)
        return self.folder / name if there and name in os.listdir(self.folder) else None

    def others(self, path: Path) -> list[tuple[int, str]]:
        """Return the number and the name of each database but the one of a folder."""
        return [(database_oid(each), each.name) for each in databases_in(self.folder) if each != path]

    def create(self, name: str, fill: Callable[[Path], None] | None = None) -> None:
        """Make a database, an empty one or what `fill` makes in a folder. Raises 42602, 42P04, 53100,
        58030."""
        path = self._new_path(name)
        with self._alone():
            self._require_free(path)
            making = self._hidden(NEW)
            try:
                if fill is None:
                    Store.open(making).close()
                else:
                    fill(making)
                failpoint("before-database")
                os.rename(making, path)
            except BaseException:
                shutil.rmtree(making, ignore_errors=True)
                raise
            failpoint("after-database")
            sync_folder(self.folder)

    def drop(self, name: str, force: bool = False) -> None:
        """Remove a database. Raises 3D000, 55006."""
        with self._vacant(name, force) as path, self._alone():
            gone = self._hidden(DROPPED)
            failpoint("before-drop")
            os.rename(path, gone)
            failpoint("after-drop")
            sync_folder(self.folder)
        shutil.rmtree(gone, ignore_errors=True)

    def rename(self, name: str, new_name: str) -> None:
        """Call a database something else. Raises 3D000, 42602, 42P04, 55006."""
        new_path = self._new_path(new_name)
        with self._vacant(name, False) as path, self._alone():
            self._require_free(new_path)
            os.rename(path, new_path)
            sync_folder(self.folder)

    def sweep(self) -> None:
        """Remove what crashes have left."""
        with self._alone():
            for child in self.folder.iterdir():
                if child.name.startswith((NEW, DROPPED)):
                    shutil.rmtree(child, ignore_errors=True)

    # -------------------------------------------------------------- names and locks

    def _new_path(self, name: str) -> Path:
        if not is_name(name):
            raise ProgrammingError(
                f'invalid name of a database: "{name}"',
                sqlstate="42602",
                hint="It is the name of a folder: without a slash, and not beginning with a full stop.",
            )
        return self.folder / name

    def _require_free(self, path: Path) -> None:
        if is_database(path):
            raise DuplicateObject(f'database "{path.name}" already exists', sqlstate="42P04")
        if path.exists():
            raise OperationalError(
                f'"{path.name}" is there already, and is no database',
                hint="Move it out of the folder of the databases.",
                sqlstate="58P02",
            )

    def _hidden(self, prefix: str) -> Path:
        return self.folder / f"{prefix}{secrets.token_hex(8)}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one that changes which names there are; for as long as it takes to make a database."""
        with open(self.folder / LOCK_FILE, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _vacant(self, name: str, force: bool) -> Iterator[Path]:
        """Have a database to oneself, waiting for those who leave it. Raises 3D000, 55006, 57014."""
        asked_s, ends_s = 0.0, time.monotonic() + LEAVE_S
        for _ in attempts():
            path = self.path(name)
            if path is None:
                raise unknown_database(name)
            if time.monotonic() - asked_s >= ASK_EVERY_S:
                asked_s = time.monotonic()
                self._vacate(name, force)
            file = _taken(path / MAIN_FILE)
            if file is not None:
                with file:
                    yield path
                return
            if time.monotonic() >= ends_s:
                raise OperationalError(
                    f'database "{name}" is being accessed by other users',
                    detail="Other sessions or processes have it open.",
                    sqlstate="55006",
                )


def _taken(path: Path) -> BinaryIO | None:
    """Open a file that nobody else has a lock on, and lock it; None where that is not so."""
    with suppress(FileNotFoundError):
        file = open(path, "rb")  # noqa: SIM115 - the lock lasts as long as the file is open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return file
    return None


def unknown_database(name: str) -> UndefinedObject:
    """Return the error of a name that no database has."""
    return UndefinedObject(f'database "{name}" does not exist', sqlstate="3D000")


def is_name(name: str) -> bool:
    """Whether a database may be called so."""
    return bool(name) and not name.startswith(".") and not {"/", "\0"} & set(name)


def is_database(path: Path) -> bool:
    """Whether a folder is a database."""
    return (path / MAIN_FILE).is_file()


def databases_in(folder: Path) -> list[Path]:
    """Return the databases in a folder by name."""
    found = [child for child in folder.iterdir() if is_name(child.name) and is_database(child)]
    return sorted(found, key=lambda child: child.name)


def is_cluster(folder: Path) -> bool:
    """Whether a folder holds databases, and is not one itself, or what is left of one."""
    return folder.is_dir() and not is_database(folder) and not marks(folder) and bool(databases_in(folder))


def make_cluster(folder: Path, name: str) -> None:
    """Have a folder hold databases: one of a name, if one is given; what crashes have left is removed. Raises
    58P01 for a folder that is a database itself."""
    if is_database(folder) or marks(folder):
        raise OperationalError(f"{folder} is a database itself", sqlstate="58P01", hint="give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder, lambda *_: None)
    cluster.sweep()
    if name and cluster.path(name) is None:
        cluster.create(name)


def database_oid(path: Path) -> int:
    """Return the number of a database for those who are connected to another one: above all others."""
    try:
        identity = read_identity(path)
    except (OSError, Error):
        identity = ""
    return 1 << 31 | zlib.crc32((identity or path.name).encode()) >> 1
