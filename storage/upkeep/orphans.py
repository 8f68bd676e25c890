"""Files that no record names: a crash, or a process ended in the middle of its work, leaves them.

A commit may be about to name a young file, so it is left alone. Naming and removing exclude each
other by the write lock; a commit that finds its file gone fails. A crash between two removals
leaves the rest for the next time.
"""

from __future__ import annotations

import re
import time

from vql.storage.files.metastore import Batch
from vql.storage.segments import manifest
from vql.storage.store import FOLDERS, Store

ORPHAN_AGE_SECONDS = 600
# Names as secrets.token_hex(8) makes them; other files in the folders are not ours to remove.
OWN_FILE = re.compile(r"[0-9a-f]{16}(\.mdb|\.tmp|\.mdb-lock)")


def named_files(batch: Batch) -> set[str]:
    """Return the files that manifest records name."""
    return {file for _, raw in batch.range("manifest", b"") for file in manifest.files(manifest.decode(raw))}


def remove_orphans(store: Store, age_seconds: float = ORPHAN_AGE_SECONDS) -> None:
    """Remove files of ours that no manifest record names, older than an age."""
    limit = time.time() - age_seconds
    old = [
        path
        for part in FOLDERS
        for path in (store.path / part).iterdir()
        if OWN_FILE.fullmatch(path.name) and path.stat().st_mtime < limit
    ]
    if not old:
        return
    with store.metastore.write() as batch:
        named = named_files(batch)
        for path in old:
            if f"{path.parent.name}/{path.name}" not in named:
                path.unlink(missing_ok=True)
