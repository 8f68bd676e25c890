"""A working copy of a database in a bucket, brought up to the journal.

Order: entries are taken over in one transaction, which is committed once every file that it names is here.
What a crash leaves is an older main.mdb and files that it does not name, which the next `begin` removes.

Invariants
* A main.mdb never names a file that its folder has not.
* The newest entry that it has (`meta`, JOURNALED) is set in the transaction of that entry.
* It has no entry that the journal had not: one of another history is given up (`_follows_from`).

What is found missing may have been replaced meanwhile: a newer base stands for entries that are removed, and
behind newer entries other files are named. So it is looked for again, as long as there is news.

No lock of its own: who calls has a turn (`vql.storage.bucket.home`), and the write gate keeps others out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vql.deadline import rest
from vql.errors import DataCorrupted, Error
from vql.storage.backup.copying import files_named
from vql.storage.bucket.journal import POLL_MS, About, Journal
from vql.storage.bucket.objects import Objects
from vql.storage.bucket.slots import Slot
from vql.storage.files.commit_log import CHANGE, DELETE, PUT, changes_in, logged
from vql.storage.files.header import BACKUP_FILE
from vql.storage.files.identity import FOLDERS
from vql.storage.files.metastore import DATABASES, PLACES, Batch, Metastore, key, numbers
from vql.storage.files.removal import may_remove
from vql.storage.segments import manifest

# In `meta`: the newest entry of the bucket's journal that main.mdb has.
JOURNALED = b"journaled"
# How often something that is missing is looked for without news: a reader's journal has them by then.
LOOKS_MAX, LOOK_S = 4, 2 * POLL_MS / 1000
Entries = list[tuple[int, bytes]]


class WorkingCopy:
    """The working copy in a slot."""

    def __init__(self, objects: Objects, slot: Slot) -> None:
        self.folder = slot.folder
        self.stored: set[str] = set()  # names of files that the bucket is known to have
        self._objects = objects
        self._slot = slot

    def begin(self, journal: Journal) -> About:
        """Bring a main.mdb that nobody has open up to the journal: from the newest base where it is older, or
        not of this database. Raises XX001, 53100, 58030."""
        main = self.folder / "main.mdb"
        if not self._follows_from(main, journal):
            self._slot.forget_main()
            for _ in range(LOOKS_MAX):
                base = about_of(journal).base
                try:
                    self._objects.fetch(base, main)
                    break
                except FileNotFoundError:
                    rest(LOOK_S)
            else:
                raise lost(f"{self._objects.url}/{base} is missing")
        metastore = Metastore(main)
        try:
            about, _ = self.catch_up(metastore, journal, is_first=True)
            return about
        finally:
            metastore.close()

    def catch_up(
        self, metastore: Metastore, journal: Journal, is_first: bool = False
    ) -> tuple[About, Entries]:
        """Take over what the journal has, and return where it begins, and the entries. Raises XX001, 53100,
        58030, 57014."""
        seen: list[object] = []
        while True:
            with metastore.read() as batch:
                known = position_in(batch)
            # In this order: entries are removed behind a base that is there.
            entries, about = journal.entries(known), about_of(journal)
            news = [known, about, len(entries)]
            try:
                if (entries[0][0] if entries else about.position) <= known + (1 if entries else 0):
                    self._replay(metastore, entries, is_first)
                    return about, entries
                if about.position <= known:
                    raise lost(f"{journal.url}: entry {known + 1} of the journal is missing")
                self._take_base(metastore, about)
            except FileNotFoundError as error:
                seen = [*seen, news] if seen[:1] == [news] else [news]
                if len(seen) > LOOKS_MAX:
                    raise lost(str(error)) from error
                rest(LOOK_S)

    def _replay(self, metastore: Metastore, entries: Entries, is_first: bool) -> None:
        """Take over entries. Raises FileNotFoundError where a file is not in the bucket."""
        if is_first:
            self._remove_unnamed(metastore)
        elif not entries:
            return
        names_files = is_first or any(_names_files(each) for _, each in entries)
        with self._rearranging(metastore, names_files) as batch:
            known = position_in(batch)
            for position, changes in entries:
                if position > known:
                    batch.replay(changes)

    def _take_base(self, metastore: Metastore, about: About) -> None:
        """Make an open main.mdb what a base is: entries between are removed. Raises as `_replay` does."""
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            base = Path(made) / "main.mdb"
            self._objects.fetch(about.base, base)
            with opened_copy(base) as source, source.read() as whole:
                with self._rearranging(metastore, True) as batch:
                    for place, database in enumerate(DATABASES):
                        now, then = dict(batch.stored(database, b"")), dict(whole.stored(database, b""))
                        put = [(at, value) for at, value in then.items() if now.get(at) != value]
                        batch.replay(logged(DELETE, place, [(at, b"") for at in now.keys() - then.keys()]))
                        batch.replay(logged(PUT, place, put))

    @contextmanager
    def _rearranging(self, metastore: Metastore, names_files: bool) -> Iterator[Batch]:
        """Open a batch that may name other files: those are fetched, the others removed behind it."""
        before: set[str] = set()
        named: set[str] = set()
        with metastore.write(replays=True) as batch:
            if names_files:
                before = {file.name for file in files_named(batch)}
            yield batch
            if names_files:
                named = {file.name for file in files_named(batch)}
                for name in named:
                    self._fetch(name)
        if before - named:  # what nothing has named yet may be of a statement that runs
            with may_remove(self.folder) as may:
                for name in before - named if may else ():
                    (self.folder / name).unlink(missing_ok=True)

    def _remove_unnamed(self, metastore: Metastore) -> None:
        """Remove what the process before has left, and nobody names; nobody has the copy open."""
        with metastore.read() as batch:
            named = {file.name for file in files_named(batch)}
        for part in FOLDERS:
            for path in (self.folder / part).iterdir():
                if manifest.named(path) not in named:
                    path.unlink()

    def _fetch(self, name: str) -> None:
        """See to it that a file is here. Raises FileNotFoundError, 53100, 58030."""
        target = self.folder / name
        if not target.exists() and not self._slot.link(name):
            self._objects.fetch(name, target)
        self.stored.add(name)

    def _follows_from(self, main: Path, journal: Journal) -> bool:
        """Whether a main.mdb is one of this database that the journal leads on from."""
        if not main.exists():
            return False
        try:
            metastore = Metastore(main)
        except Error:
            return False
        try:
            about = about_of(journal)
            if (metastore.get("meta", b"database") or b"").decode("ascii", "replace") != about.database:
                return False
            with metastore.read() as batch:
                known = position_in(batch)
        except DataCorrupted:
            return False
        finally:
            metastore.close()
        if known <= about.position:
            return known == about.position
        entries = journal.entries(known - 1)
        return bool(entries) and entries[0][0] == known


@contextmanager
def opened_copy(path: Path) -> Iterator[Metastore]:
    """Open a copy of a main.mdb that stands alone in a folder, to be read."""
    path.with_name(BACKUP_FILE).touch()
    metastore = Metastore(path)
    try:
        yield metastore
    finally:
        metastore.close()


def lost(what: str) -> DataCorrupted:
    """Return the error of something that the bucket has lost."""
    return DataCorrupted(what, hint="`vql check` says what else is damaged")


def about_of(journal: Journal) -> About:
    """Return whose a journal is. Raises XX001 where it does not say so, 58030."""
    about = journal.about()
    if about is None:
        raise DataCorrupted(f"{journal.url}: the journal does not say whose it is")
    return about


def position_in(batch: Batch) -> int:
    """Return the newest entry of the journal that a main.mdb has; 0 where it has none."""
    return numbers(batch.get("meta", JOURNALED) or key(0))[0]


def new_files(changes: Iterable[bytes]) -> Iterator[str]:
    """Return the files that the manifest records of a batch name; `changes` are its changes, one by one."""
    for change in changes:
        _, place, _ = CHANGE.unpack_from(change)
        if place == PLACES["manifest"]:
            for kind, _, items in changes_in(change):
                for _, stored in items if kind != DELETE else ():
                    yield from manifest.files(manifest.decode(stored[:-4]))


def _names_files(changes: bytes) -> bool:
    return any(place == PLACES["manifest"] for _, place, _ in changes_in(changes))
