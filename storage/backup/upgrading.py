"""`vql upgrade`: a database of an older format brought to the present one, as opening it does, but said.

`main.mdb`, the one file that is changed, is copied first, into a folder of the database's, synced: putting it
back undoes the upgrade as long as nothing has been written since. Where the upgrade is refused, or fails, the
copy is removed again. A crash leaves the copy, and one format or the other (`vql.storage.upgrade`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from vql.errors import Error
from vql.storage.files.blobfile import disk_error, sync_folder
from vql.storage.files.metastore import Metastore
from vql.storage.folder import FORMAT_VERSION, read_format, require_format
from vql.storage.store import Store


def upgrade_folder(folder: Path) -> tuple[int, Path | None]:
    """Return the format that a database had, and where `main.mdb` is kept as it was, None where there was
    nothing to do. Raises 58P01, 55006, 0A000 of a newer format, XX001, 53100."""
    found = read_format(folder)
    if found in (0, FORMAT_VERSION):
        return found, None
    if found > FORMAT_VERSION:
        require_format(str(found).encode())
    kept = Path(tempfile.mkdtemp(prefix=f"format-{found}-", dir=folder))
    try:
        _copy(folder / "main.mdb", kept / "main.mdb")
        sync_folder(kept)
        sync_folder(folder)
        Store.open(folder, create=False).close()
    except OSError as error:
        shutil.rmtree(kept, ignore_errors=True)
        raise disk_error(error, folder / "main.mdb") from error
    except Error:
        shutil.rmtree(kept, ignore_errors=True)
        raise
    return found, kept


def _copy(source: Path, target: Path) -> None:
    metastore = Metastore(source)
    try:
        with metastore.write():
            shutil.copyfile(source, target)
    finally:
        metastore.close()
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
