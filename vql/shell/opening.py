"""Which database a path means, and what happens where there is none.

A prompt asks before it makes one, a script has to say `--create`: a mistyped path would otherwise be a new,
empty database, and the old one look lost.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable
from pathlib import Path

from vql.errors import OperationalError
from vql.link.link import Link
from vql.naming import is_bucket

# What makes a folder a database.
MARK = "main.mdb"
NEIGHBOURS_MAX = 1_000
SERVER = re.compile(r"postgres(ql)?://")


def is_server(path: str) -> bool:
    """Whether a path is the address of a server."""
    return SERVER.match(path) is not None


def open_link(path: str, create: bool, asks: bool, progress: Callable[[str, float], None]) -> Link | None:
    """Open the database of a path, or of an address; None where a person did not want to make one. Raises
    Error, OSError."""
    if is_server(path):
        from vql.link.remote import connected

        return connected(path)
    if not is_bucket(path) and not may_open(path, create, asks):
        return None
    from vql.link.embedded import EmbeddedLink
    from vql.session.database import Database

    return EmbeddedLink(Database.open(path, create or not is_bucket(path)), progress)


def opened_link(path: str) -> Link:
    """Open the database of a path, or of an address, where it is. Raises Error, 3D000 where there is none."""
    link = open_link(path, create=False, asks=False, progress=lambda what, share: None)
    assert link is not None  # nobody was asked
    return link


def may_open(path: str, create: bool, asks: bool) -> bool:
    """Whether to open the database in a folder; where there is none, make it if that is said, or ask someone.
    False where the person does not want it. Raises 3D000 with a hint."""
    folder = Path(path).expanduser()
    if create or (folder / MARK).exists():
        return True
    meant = neighbour(folder)
    if not asks:
        hint = f"--create makes one: vql {path} --create"
        if meant:
            hint = f"Did you mean {meant}? If not, {hint}"
        raise OperationalError(f"there is no database in {path}", sqlstate="3D000", hint=hint)
    said = f"There is no database in {path}."
    said += f" Did you mean {meant}?" if meant else ""
    sys.stdout.write(f"{said} Make one? [y/N] ")
    sys.stdout.flush()
    try:
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        sys.stdout.write("\n")
        return False


def neighbour(folder: Path) -> str | None:
    """Return the database beside a folder whose name is nearest to its, as one would type it."""
    try:
        beside = [
            entry.name for entry in list(folder.parent.iterdir())[:NEIGHBOURS_MAX] if (entry / MARK).exists()
        ]
    except OSError:
        return None
    found = difflib.get_close_matches(folder.name, beside, 1, 0.6)
    return str(folder.with_name(found[0])) if found else None
