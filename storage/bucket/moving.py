"""A database in a folder stored in a bucket, and one in a bucket copied into a folder.

Either has an identity of its own then, as a clone has (`vql.storage.backup.restore`), and nothing that is
there is overwritten. A push that was broken off has left files that nothing names and no database.
"""

from __future__ import annotations

from pathlib import Path

from vql.errors import OperationalError
from vql.storage.backup.restore import clone_store, made_beside
from vql.storage.bucket.home import Progress, has_journal, publish
from vql.storage.bucket.journal import Journal
from vql.storage.bucket.objects import Objects
from vql.storage.bucket.slots import taken_slot
from vql.storage.store import Store


def push(store: Store, url: str, progress: Progress) -> None:
    """Store an open database, as it is at this moment, where a URL says. Raises 58P02 where there is one,
    0A000, XX001, 53100, 58030, 57014."""
    objects = Objects(url)
    objects.require_conditions()
    slot = taken_slot(objects.url)
    try:
        journal = Journal(objects.url, is_writer=not has_journal(objects))
        try:
            if journal.about() is not None:
                raise OperationalError(
                    f"there is a database at {url} already", hint="give another path", sqlstate="58P02"
                )
        finally:
            journal.close()
        slot.clear()
        progress("copying main.mdb", 0.0)
        clone_store(store, slot.folder)
        journal = Journal(objects.url, is_writer=True)
        try:
            publish(objects, slot, journal, progress)
        finally:
            journal.close()
    finally:
        slot.free()


def pull(store: Store, target: Path, progress: Progress) -> None:
    """Make a database in a new folder of the open working copy of one in a bucket; each file is compared with
    its checksums. Raises 58P02, XX001, 53100, 58030, 57014."""
    with made_beside(target) as making:
        clone_store(store, making, progress)
