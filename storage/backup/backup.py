"""`vql backup`: a copy of a database at one moment, beside writers, maintenance and a server.

Order of the work, and what a crash or an error leaves:

1. An flock on the source's `segments` keeps its files from being removed (`vql.storage.files.removal`):
   maintenance goes on, what it merges away takes room until the next sweep. Freed with the process.
2. The moment is the clock's, once no commit of it or before is under way any more.
3. LMDB copies `main.mdb` as it is in one read transaction: that is the version of the backup. The files are
   taken that the copy, not the source, names.
4. Files that an earlier generation has are linked; others are copied and verified (`copying`). Beside that
   each record of the copied `main.mdb` is compared with its checksum.
5. What it is a copy of is written down, all is synced, the folder renamed, and the folder of backups synced.

Before the rename there is nothing but a folder with a full stop (`generations`), which is no generation.
Only then are earlier generations removed that are more than `keep`. Nobody waits but for steps 1 and 2,
for microseconds.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vql.dataclass import dataclass
from vql.errors import DatabaseError, DiskFull, OperationalError
from vql.storage.backup.copying import (
    FileCopy,
    NamedFile,
    Told,
    copy_files,
    files_named,
    link_or_copy,
    remove_tree,
)
from vql.storage.backup.generations import (
    Generation,
    changing,
    finish_generation,
    generations,
    is_backup,
    left_behind,
    new_folder,
    prune,
    write_generation,
)
from vql.storage.catalog import HEAD
from vql.storage.clock import now_us
from vql.storage.files.blobfile import disk_error
from vql.storage.files.failpoint import failpoint
from vql.storage.files.header import BACKUP_FILE
from vql.storage.files.identity import write_identity
from vql.storage.files.metastore import DATABASES, Metastore, numbers
from vql.storage.files.removal import files_kept
from vql.storage.store import Store


@dataclass(frozen=True, slots=True)
class Backup:
    """A generation that was made: how many bytes and files were copied, how many files were there already,
    and the names of the generations that were removed."""

    made: Generation
    copied_bytes: int
    copied: int
    linked: int
    removed: list[str]


def backup_store(store: Store, folder: Path, progress: Told, keep: int | None = None) -> Backup:
    """Make a generation of an open database in a folder of backups, which is made where there is none. Raises
    58P01 of a folder that holds something else, 55006, XX001, 53100, 58030, 57014."""
    require_backup_folder(store, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with changing(folder):
            known = generations(folder)
            for other in known:
                if other.database_id != store.database_id:
                    raise OperationalError(
                        f"{folder} holds backups of another database, {other.database_id[:16]}",
                        hint="give each database a folder of its own",
                        sqlstate="58P02",
                    )
            left = left_behind(folder)
            places = [*(each.path for each in reversed(known)), *left]
            made, copied_bytes, copied, linked = _made(store, folder, places, progress)
            for path in left:
                shutil.rmtree(path)
            removed = [] if keep is None else prune(folder, keep)
    except OSError as error:
        raise full_or_failed(error, folder) from error
    return Backup(made, copied_bytes, copied, linked, removed)


def require_backup_folder(store: Store, folder: Path) -> None:
    """Raise 58P01 where a folder is not one for backups of a database."""
    inner, outer = folder.resolve(), store.path.resolve()
    if inner == outer or outer in inner.parents:
        raise OperationalError(
            f"{folder} is within the database {store.path}",
            hint="give a folder outside of it",
            sqlstate="58P01",
        )
    if folder.is_dir() and not is_backup(folder) and any(folder.iterdir()):
        raise OperationalError(
            f"{folder} is not empty and holds no backups", hint="give a new or empty folder", sqlstate="58P01"
        )
    if folder.exists() and not folder.is_dir():
        raise OperationalError(f"{folder} is a file", hint="give a new or empty folder", sqlstate="58P01")


def full_or_failed(error: OSError, folder: Path) -> DatabaseError:
    """Return the SQL error of a system call that failed while a copy was written."""
    found = disk_error(error, Path(error.filename or folder))
    return no_space(folder) if isinstance(found, DiskFull) else found


def no_space(folder: Path) -> DiskFull:
    """Return the error of a full disk; what was there before is whole."""
    return DiskFull(
        f"could not write {folder}: no space left on device",
        hint="Free space on its disk, or keep fewer generations (--keep); those that were there are whole.",
    )


def _made(store: Store, folder: Path, places: list[Path], progress: Told) -> tuple[Generation, int, int, int]:
    making = new_folder(folder)
    try:
        (making / BACKUP_FILE).touch()  # from now on nobody writes to it but we
        with copied_metastore(store, making, progress) as (taken_us, version, files):
            missing = [file for file in files if not _linked(file, making, places)]
            failpoint("before-copies")
            copies = [FileCopy(store.path / file.name, making / file.name, file) for file in missing]
            copied_bytes = copy_files(copies, progress, lambda: read_through(making))
            failpoint("after-copies")
        write_identity(making, store.database_id)
        found = Generation(making, store.database_id, version, taken_us)
        write_generation(found)
        made = finish_generation(found)
    except DiskFull:
        remove_tree(making)
        raise no_space(folder) from None
    except BaseException:
        remove_tree(making)
        raise
    return (
        made,
        copied_bytes + (made.path / "main.mdb").stat().st_size,
        len(missing),
        len(files) - len(missing),
    )


@contextmanager
def copied_metastore(
    store: Store, target: Path, progress: Told
) -> Iterator[tuple[int, int, list[NamedFile]]]:
    """Copy `main.mdb` into a folder; hand out the moment it is of, its version and the
    files it names, which stay in the source meanwhile. Raises XX001, 53100, 58030."""
    with files_kept(store.path):
        taken_us = max(now_us(), store.snapshot().time_us)
        store.version_at(taken_us)
        progress("copying main.mdb", 0.0)
        store.metastore.copy_to(target / "main.mdb")
        failpoint("after-metastore")
        copy = Metastore(target / "main.mdb")
        try:
            with copy.read() as batch:
                version = numbers(batch.get("meta", HEAD) or b"")[0]
                taken_us = max(taken_us, numbers((batch.last("commits") or (b"", bytes(8)))[1][:8])[0])
                files = files_named(batch)
        finally:
            copy.close()
        yield taken_us, version, files


def read_through(folder: Path) -> None:
    """Raise XX001 where a record of a copied `main.mdb` is not what was written."""
    metastore = Metastore(folder / "main.mdb")
    try:
        with metastore.read() as batch:
            for database in DATABASES:
                for _ in batch.range(database, b""):
                    pass
    finally:
        metastore.close()


def _linked(file: NamedFile, making: Path, places: list[Path]) -> bool:
    """Take a file from an earlier generation, if one has it: files of a name never change."""
    needed = max((place.offset + place.length for place in file.places.values()), default=0)
    for place in places:
        source = place / file.name
        try:
            if source.stat().st_size >= needed:
                return link_or_copy(source, making / file.name)
        except FileNotFoundError:
            continue
    return False
