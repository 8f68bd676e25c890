"""Files that no record names: a crash, or a process ended in the middle of its work, leaves them.

Removed are those that bear the id of this database (`vql.storage.files.identity`): what another one wrote, or
a person put there, is left alone, so is a young file, which a commit may be about to name, and so are all
while a backup is made. Naming and removing exclude each other by the write lock; a commit that finds its file
gone fails. A crash between two removals leaves the rest for the next time.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from vql.storage.files.identity import FOLDERS, is_of
from vql.storage.files.metastore import Batch
from vql.storage.files.removal import may_remove
from vql.storage.segments import manifest
from vql.storage.store import Store

ORPHAN_AGE_SECONDS = 600


def named_files(batch: Batch) -> Counter[str]:
    """Return the files that manifest records name, and how often. Raises DataCorrupted."""
    return Counter(
        file for _, raw in batch.range("manifest", b"") for file in manifest.files(manifest.decode(raw))
    )


def remove_orphans(store: Store, age_seconds: float = ORPHAN_AGE_SECONDS) -> None:
    """Remove files of ours that no manifest record names, older than an age. Raises OSError."""
    limit = time.time() - age_seconds
    old = [
        path
        for part in FOLDERS
        for path in (store.path / part).iterdir()
        if is_of(path.name, store.database_id) and _is_older(path, limit)
    ]
    if not old:
        return
    with may_remove(store.path) as may, store.metastore.write() as batch:
        named = named_files(batch)
        for path in old if may else ():
            if manifest.named(path) not in named:
                path.unlink(missing_ok=True)


def _is_older(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False  # it has been named or removed meanwhile
