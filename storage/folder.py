"""The folder of a database before anything is read from it: made, recognised, brought to the present format.

Making a database: folders, then `main.mdb`, then one LMDB transaction with format, id and head, then
`identity` (`vql.storage.files.identity`), each durable before the next. A crash leaves a database that the
next open completes. One of an older format is upgraded (`vql.storage.upgrade`). No state, no lock but LMDB's.
"""

from __future__ import annotations

from pathlib import Path

from vql.errors import DataCorrupted, NotSupportedError, OperationalError
from vql.settings.files import AUTOMATIC, WRITTEN
from vql.storage.catalog import HEAD
from vql.storage.files.identity import (
    FOLDERS,
    IDENTITY_FILE,
    make_folders,
    marks,
    new_id,
    read_identity,
    require_owner,
    write_identity,
)
from vql.storage.files.metastore import WRITER_FILE, Metastore, key
from vql.storage.upgrade import FORMAT, NEW, old_format, upgraded

FORMAT_VERSION = int(NEW)
LEASE_FILE, CLOCK_FILE, LOCKS_FILE = "maintenance.lock", "clock", "locks"
NETWORK_FILE_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs")


def prepare_folder(folder: Path, create: bool) -> set[str]:
    """Return whose a folder is (`marks`), made where there is none and `create`. Raises 58P01, XX001, 0A000,
    OSError."""
    if not (folder / "main.mdb").exists():
        if folder.is_file():
            raise OperationalError(f"{folder} is a file, not a database folder", sqlstate="58P01")
        if not create:
            raise OperationalError(f"there is no database at {folder}", sqlstate="58P01")
        refuse_used(folder)
        make_folders(folder)
    refuse_network(folder)
    # Before main.mdb is looked at, which another process may be making at this moment.
    return marks(folder)


def prepare_metastore(metastore: Metastore, marked: set[str]) -> tuple[Metastore, str]:
    """Make or recognise the database of an open metastore, whose folder is `marked`; return it, opened anew
    where it was upgraded, and the database's id. Raises XX001, 0A000, 55006, OSError."""
    folder = metastore.path.parent
    if metastore.is_new:
        require_owner(marked, "", folder)
        with metastore.write() as batch:
            if batch.get("meta", FORMAT) is None:
                batch.put("meta", FORMAT, NEW)
                batch.put("meta", b"database", new_id().encode())
                batch.put("meta", HEAD, key(0, 0, 0))
    with metastore.read() as batch:
        old = old_format(batch)
    if old:
        metastore = upgraded(metastore)
    require_format(metastore.get("meta", FORMAT))
    database_id = (metastore.get("meta", b"database") or b"").decode("ascii")
    require_owner(marked, database_id, folder)
    if not metastore.is_read_only and read_identity(folder) != database_id:
        write_identity(folder, database_id)
    return metastore, database_id


def read_format(folder: Path, metastore: Metastore | None = None) -> int:
    """Return the format of a database, which this process has open as `metastore` or not at all; 0 of one
    that is being made. Raises 58P01, XX001."""
    if not (folder / "main.mdb").exists():
        raise OperationalError(f"there is no database at {folder}", sqlstate="58P01")
    keys = Metastore(folder / "main.mdb") if metastore is None else metastore
    try:
        with keys.read() as batch:
            old = old_format(batch)
        raw = old or (b"0" if keys.is_new else keys.get("meta", FORMAT))
    finally:
        if metastore is None:
            keys.close()
    if raw is None or not raw.isdigit():
        raise DataCorrupted("main.mdb: the format version is not a number")
    return int(raw)


def require_format(raw: bytes | None) -> None:
    """Raise XX001 or 0A000 where a database's format is not the present one."""
    if raw == NEW:
        return
    if raw is None or not raw.isdigit():
        raise DataCorrupted("main.mdb: the format version is not a number")
    raise NotSupportedError(
        f"the database has format {int(raw)}, this VQL reads {FORMAT_VERSION}",
        hint="open it with the vqldb that wrote it, or a newer one",
    )


def refuse_used(folder: Path) -> None:
    """Refuse to make a database in a folder that holds something else, or one without main.mdb."""
    if not folder.exists():
        return
    names = {path.name for path in folder.iterdir()}
    if marks(folder):
        raise DataCorrupted(
            f"main.mdb is missing in {folder}",
            hint="restore it from a backup: it says what the segments hold",
        )
    made = {*FOLDERS, "main.mdb-lock", LEASE_FILE, CLOCK_FILE, LOCKS_FILE, WRITER_FILE, IDENTITY_FILE}
    if names - made - {WRITTEN, AUTOMATIC}:
        raise OperationalError(
            f"{folder} is not empty and holds no database", sqlstate="58P01",
            hint="give the path of a new or empty folder",
        )  # fmt: skip


def refuse_network(folder: Path) -> None:
    """Refuse network file systems: their locks and mappings do not hold what LMDB needs."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    best, kind = "", ""
    for line in mounts.read_text().splitlines():
        _, at, found, *_ = line.split()
        if str(folder).startswith(at.rstrip("/") + "/") and len(at) >= len(best):
            best, kind = at, found
    if kind in NETWORK_FILE_SYSTEMS:
        raise NotSupportedError(
            f"{folder} is on a network file system ({kind})",
            hint="keep the database on a local disk and serve it with `vql serve`",
        )
