"""Whose files are in a folder: the id of a database stands in `main.mdb`, in `identity` and in file names.

`main.mdb` alone says what exists. Put another one in its place, an older disk's, an empty one, and every
file would belong to nobody. So the id that was made with the database stands beside it too, and each file
of `segments` and `indexes` bears it in its name: `<database>-<file>.mdb`, 16 hexadecimal digits each.

* Opening refuses a `main.mdb` that is not the one of its folder (XX001).
* Nothing is removed as left behind by a crash but files that bear the id of this database.

`identity` is written once, after the first commit of `main.mdb`, and read before `main.mdb` is: who finds it
finds that commit too. A crash between the two leaves none, and the next open for writing writes it; so is one
added to a database that was made before there was such a file. No state, no lock.
"""

from __future__ import annotations

import os
import re
import secrets
import zlib
from pathlib import Path

from vql.errors import DataCorrupted
from vql.storage.files.blobfile import TEMPORARY, disk_error, sync_folder

FOLDERS = ("segments", "indexes")
IDENTITY_FILE = "identity"
ID_BYTES = 16
MARK_DIGITS = 16  # of the id in a file's name
OWN_FILE = re.compile(r"([0-9a-f]{16})-[0-9a-f]{16}(\.mdb|\.tmp|\.mdb-lock)")


def new_id() -> str:
    """Return the id of a new database: 32 hexadecimal digits."""
    return secrets.token_hex(ID_BYTES)


def new_name(database_id: str) -> str:
    """Return the name of a new file of a database."""
    return f"{database_id[:MARK_DIGITS]}-{secrets.token_hex(8)}.mdb"


def is_of(name: str, database_id: str) -> bool:
    """Whether a file's name says that a database wrote it."""
    found = OWN_FILE.fullmatch(name)
    return found is not None and found[1] == database_id[:MARK_DIGITS]


def marks(folder: Path) -> set[str]:
    """Return what tells whose a folder is: the first digits of the id in `identity` or, where there is none
    that can be read, in the names of its files; "" for a file that tells nothing. Empty of a folder without
    files. Raises OSError."""
    known = read_identity(folder)
    if known:
        return {known[:MARK_DIGITS]}
    return {
        found[1] if (found := OWN_FILE.fullmatch(path.name)) else ""
        for part in FOLDERS
        if (folder / part).is_dir()
        for path in (folder / part).iterdir()
    }


def read_identity(folder: Path) -> str:
    """Return the id in `identity`; "" where there is no such file or it is damaged. Raises OSError."""
    try:
        written = (folder / IDENTITY_FILE).read_bytes()
    except FileNotFoundError:
        return ""
    database_id = written[: 2 * ID_BYTES].decode("ascii", "replace")
    return database_id if written == _line(database_id) else ""


def _line(database_id: str) -> bytes:
    return f"{database_id} {zlib.crc32(database_id.encode()):08x}\n".encode()


def require_owner(found: set[str], database_id: str, folder: Path) -> None:
    """Raise DataCorrupted where `marks` are not those of a database, "" for one that is new."""
    # Files made before names said so bear no mark.
    strange = found - {database_id[:MARK_DIGITS], ""} if database_id else found
    if strange:
        own = f"that of database {database_id[:MARK_DIGITS]}" if database_id else "empty"
        written = " and ".join(sorted(filter(None, strange)))
        raise DataCorrupted(
            f"main.mdb is {own}, {folder} holds files of {written or 'another one'}",
            hint="put the main.mdb of this folder back, from a backup; nothing has been changed",
        )


def write_identity(folder: Path, database_id: str) -> None:
    """Say whose a folder is, durably, with the folder itself. Raises 53100, 58030."""
    path = folder / IDENTITY_FILE
    # Of this process alone: several may do the same at once.
    temporary = folder / f"{IDENTITY_FILE}.{os.getpid()}{TEMPORARY}"
    try:
        with open(temporary, "wb") as file:
            file.write(_line(database_id))
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
        sync_folder(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise disk_error(error, path) from error


def make_folders(folder: Path) -> None:
    """Make the folder of a database and those in it, durably: a folder is there for good once the one that
    it stands in is synced. Raises OSError."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for part in FOLDERS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_folder(path.parent)
