"""Which databases a backup is of, and where those of several are kept.

A database's generations stand in the folder of its backups (`vql.storage.backup.generations`); those of a
folder of databases in a folder of such folders, each called as its database. No state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vql.errors import InvalidParameterValue, NotSupportedError, OperationalError
from vql.session.cluster import databases_in, is_cluster, is_name
from vql.session.database import Database, alone, database_format
from vql.storage.backup.backup import Backup, backup_store
from vql.storage.backup.generations import Generation, generations, is_backup, read_generation
from vql.storage.backup.restore import made_beside, restore_generation
from vql.storage.backup.upgrading import upgrade_folder
from vql.storage.files.blobfile import sync_folder
from vql.storage.files.header import BACKUP_FILE
from vql.storage.folder import FORMAT_VERSION
from vql.types.type import TIMESTAMPTZ

PRESENT_FORMAT = FORMAT_VERSION
Progress = Callable[[str, float], None]


def sources(path: Path, folder: Path) -> list[tuple[Path, Path]]:
    """Return the databases that a path means, each with the folder of its backups in `folder`. Raises 58P01
    where either is a folder of backups in the place of something else."""
    if is_backup(path):
        raise OperationalError(
            f"{path} holds backups and is no database", hint="Name one of them.", sqlstate="58P01"
        )
    if not is_cluster(path):
        return [(path, folder)]
    if is_backup(folder):
        raise OperationalError(
            f"{folder} holds backups of one database, {path} is a folder of databases", sqlstate="58P01"
        )
    return [(each, folder / each.name) for each in databases_in(path)]


def databases_meant(path: Path) -> list[Path]:
    """Return the databases in a folder of some, else the folder itself."""
    return databases_in(path) if is_cluster(path) else [path]


def upgrade_database(path: Path) -> tuple[int, Path | None]:
    """Bring a database to the present format. Raises and returns what `vql.storage.backup.upgrading` does;
    55006 also where it is open in this process."""
    with alone(path) as folder:
        return upgrade_folder(folder)


def backup(path: Path, folder: Path, progress: Progress, keep: int | None = None) -> Backup:
    """Make a backup of the database in a folder, whoever has it open. Raises what
    `vql.storage.backup.backup` does, 0A000 of an older format."""
    found = database_format(path)
    if 0 < found < PRESENT_FORMAT:
        raise NotSupportedError(
            f"the database has format {found}, backups are made of {PRESENT_FORMAT}",
            hint="vql upgrade brings it to the present format, and keeps what was before",
        )
    database = Database.open(path, create=False)
    try:
        return backup_store(database.store, folder.absolute(), progress, keep)
    finally:
        database.close()


def restore(generation: Generation, target: Path, at_us: int | None, progress: Progress) -> int:
    """Make a database of a generation, as it was then or at a moment before; return its version. Raises what
    `vql.storage.backup.restore` does."""
    return restore_generation(generation, target.absolute(), at_us, progress)


def restorable(path: Path, target: Path, at: str | None) -> list[tuple[Generation, int | None, Path]]:
    """Return which generation is to be restored where, and to which moment before it where `at` is one: a
    generation's name, or a time. Raises 58P01, 22023, 22007, XX001."""
    if (path / BACKUP_FILE).exists():
        return [(*_chosen([read_generation(path)], at), target)]
    folders = list(backup_folders(path))
    if not folders:
        raise OperationalError(f"there is no backup in {path}", sqlstate="58P01")
    return [
        (*_chosen(generations(folder), at), target if folder == path else target / folder.name)
        for folder in folders
    ]


def _chosen(known: list[Generation], at: str | None) -> tuple[Generation, int | None]:
    """Return the newest generation, that of a name, or the first one behind a moment, and that moment."""
    if not known:
        raise OperationalError("no backup has been finished here", sqlstate="58P01")
    if at is None:
        return known[-1], None
    for each in known:
        if each.name == at:
            return each, None
    at_us = TIMESTAMPTZ.stored(TIMESTAMPTZ.coerce(at))
    assert isinstance(at_us, int), "a moment is a number of microseconds"
    for each in known:
        if each.taken_us >= at_us:
            return each, at_us
    raise InvalidParameterValue(
        f"no backup reaches {at}: the last one is {known[-1].name}",
        hint="Times are UTC unless they say otherwise.",
    )


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """Hand out a folder for a database that becomes `target` when the block ends and has closed it, or is
    removed where the block raises. Raises 58P02, 55006, 58030."""
    with made_beside(target.absolute()) as making:
        yield making
        sync_folder(making)


def kept_generations(path: Path) -> list[Generation]:
    """Return the generations in a folder of backups, of one database or several; none of another folder."""
    return [found for folder in backup_folders(path) for found in generations(folder)]


def backup_folders(path: Path) -> Iterator[Path]:
    """Yield the folders that hold the backups of one database each."""
    if is_backup(path):
        yield path
    elif path.is_dir() and not (path / "main.mdb").exists():
        yield from sorted(each for each in path.iterdir() if is_name(each.name) and is_backup(each))
