"""A database made of a copy of another one, with an identity of its own: a restored one, or a clone.

It is made in a hidden folder beside its place and renamed when all of it is durable: a crash leaves that
folder, which the next one made there removes, and never a database in part. Files of `segments` and `indexes`
bear the new id in their names (`vql.storage.files.identity`), which the manifest is told in one transaction
with the id, so nothing of the new one is ever taken for the old one's.

A file of a backup is copied and verified; a clone beside its source shares its files (hard links), which
nobody ever changes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vql.errors import InvalidParameterValue, OperationalError
from vql.storage.backup.backup import copied_metastore, full_or_failed, read_through
from vql.storage.backup.copying import (
    FileCopy,
    NamedFile,
    Told,
    copy_files,
    files_named,
    link_or_copy,
    remove_tree,
)
from vql.storage.backup.generations import Generation
from vql.storage.backup.rewind import rewind
from vql.storage.files.blobfile import sync_folder
from vql.storage.files.failpoint import failpoint
from vql.storage.files.identity import FOLDERS, make_folders, new_id, new_name
from vql.storage.files.metastore import Metastore
from vql.storage.segments import manifest
from vql.storage.store import Store

RESTORING = ".restoring-"


def restore_generation(generation: Generation, target: Path, at_us: int | None, progress: Told) -> int:
    """Make a database of a generation, as it was then or at an earlier moment; return its version. Raises
    58P02 where there is something, 22023, 72000, XX001, 53100, 58030."""
    if at_us is not None and at_us > generation.taken_us:
        raise InvalidParameterValue(f"the backup {generation.name} was made before that moment")
    try:
        with made_beside(target) as making:
            make_folders(making)
            shutil.copyfile(generation.path / "main.mdb", making / "main.mdb")
            _take_over(generation.path, making, None, progress)
            failpoint("before-rewind")
            if at_us is not None:
                _rewind(making, at_us)
            version = _finished(making)
    except OSError as error:
        raise full_or_failed(error, target) from error
    return version


def clone_store(store: Store, target: Path, progress: Told | None = None) -> None:
    """Make a database in a new folder that has what an open one has at this moment, its files shared where
    they can be; with `progress` they are copied and verified. Raises XX001, 53100, 58030, 57014."""
    told = progress or (lambda *_: None)
    try:
        make_folders(target)
        with copied_metastore(store, target, told) as (_, _, files):
            _take_over(store.path, target, files if progress is None else None, told)
        _finished(target)
    except OSError as error:
        raise full_or_failed(error, target) from error
    except BaseException:
        remove_tree(target)
        raise


@contextmanager
def made_beside(target: Path) -> Iterator[Path]:
    """Hand out a folder that becomes `target` when the block ends, and is removed where it raises. Raises
    58P02, 55006, OSError."""
    require_nothing(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    making = target.with_name(RESTORING + target.name)
    making.mkdir(exist_ok=True)
    descriptor = os.open(making, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperationalError(
                f"another one restores {target}", hint="wait for its end", sqlstate="55006"
            ) from None
        try:
            for left in making.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield making
            require_nothing(target)
            failpoint("before-restored")
            os.rename(making, target)
            sync_folder(target.parent)
        except BaseException:
            remove_tree(making)
            raise
    finally:
        os.close(descriptor)


def require_nothing(target: Path) -> None:
    """Raise 58P02 where there is something: nothing is ever overwritten."""
    if target.is_symlink() or target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OperationalError(
            f"{target} is there already", hint="give the path of a new folder", sqlstate="58P02"
        )


def _take_over(source: Path, making: Path, files: list[NamedFile] | None, progress: Told) -> None:
    """Give a copied metastore an identity and its files: those of a clone are linked, of a backup, without
    `files`, copied."""
    metastore = Metastore(making / "main.mdb")
    try:
        database_id = new_id()
        names: dict[str, str] = {}
        copies = []
        with metastore.write() as batch:
            for file in files_named(batch) if files is None else files:
                part = file.name.partition("/")[0]
                names[file.name] = f"{part}/{new_name(database_id)}"
                copy = FileCopy(source / file.name, making / names[file.name], file)
                if files is None or not link_or_copy(copy.source, copy.target):
                    copies.append(copy)
            for at, raw in list(batch.range("manifest", b"")):
                record = manifest.decode(raw)
                for entry in (record, *record["indexes"].values()):
                    entry["file"] = names[entry["file"]]
                batch.put("manifest", at, manifest.encode(record))
            batch.put("meta", b"database", database_id.encode())
    finally:
        metastore.close()
    copy_files(copies, progress, None if files is not None else lambda: read_through(making))


def _rewind(making: Path, at_us: int) -> None:
    store = Store.open(making, create=False)
    try:
        rewind(store, store.version_at(at_us))
    finally:
        store.close()


def _finished(making: Path) -> int:
    """Open what was made, which completes it, and make its folders durable; return its version."""
    store = Store.open(making, create=False)
    try:
        version = store.snapshot().version
    finally:
        store.close()
    for part in (*FOLDERS, "."):
        sync_folder(making / part)
    return version
