"""A database at home in a bucket: read and written in a working copy here, durable there.

All the engine works on the working copy (`vql.storage.bucket.working_copy`), which is a folder like any
other; the bucket holds what makes another one:

| in the bucket | what |
|---|---|
| `journal/` | the batches of main.mdb, one behind the other (`vql.storage.bucket.journal`) |
| `bases/<position>-<digits>.mdb` | main.mdb as of an entry of the journal |
| `segments/`, `indexes/` | the files that manifest records name, under the names they have here |

A process reads first, and follows: what others write is replayed here within half a second. With its first
change it becomes the writer, which fences the one before. A writer that was fenced learns it from its next
commit (57P03) or within a second and a half, and follows from then on. Work in the background never makes a
process the writer: two would take turns for ever. Who was fenced lets the next one write for TENURE_S before
it fences that, or the two would do nothing else. A follower answers AS OF a time once it has all that was
committed by then.

Order of a commit: files that it names are stored, then its entry is appended, then the working copy takes it.
A crash before the entry leaves objects that nobody names; behind it, the entry is replayed at the next open.
Order of a base: main.mdb is copied, stored, named by the journal, and then what only older bases need is
removed: entries, bases, and files that nothing names and that are older than a pull takes (GRACE_S).

Invariants
* Entries are appended behind the newest one: `_writes` is set once the working copy has all that the writer
  before has written, in a journal that has fenced it, and cleared by the first append that fails. From then
  on nobody knows what the journal has, and it is opened and followed anew.
* A working copy never has what the journal has not: the entry is durable first.
* The bucket has what a main.mdb names, for GRACE_S longer than the newest one names it.
* `metastore.is_read_only` is `not _writes`.

`_turn` is held while the copy is brought up to the journal, and by who becomes the writer; it is taken before
the write gate. Appending is done behind that gate, by whoever commits, without `_turn`: `_journal` is
replaced only while `_writes` is not set. `_basing` is held by who makes a base, before all others.
"""

from __future__ import annotations

import logging
import math
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from vql.deadline import acquired, check_deadline, current_deadline, rest
from vql.errors import Error, NotSupportedError, OperationalError
from vql.storage.backup.copying import files_named
from vql.storage.bucket.journal import POLL_MS, About, Journal, fenced
from vql.storage.bucket.objects import Objects, StoredObject
from vql.storage.bucket.slots import Slot, taken_slot
from vql.storage.bucket.working_copy import (
    JOURNALED,
    WorkingCopy,
    about_of,
    new_files,
    opened_copy,
    position_in,
)
from vql.storage.clock import now_us
from vql.storage.files.identity import FOLDERS
from vql.storage.files.metastore import Batch, Metastore, key
from vql.storage.folder import FORMAT_VERSION
from vql.storage.store import Store

BASES = "bases"
# A base is made behind so much: what an open has to replay.
BASE_BYTES, BASE_ENTRIES = 64 << 20, 20_000
# And where a writer ends, behind so much.
LAST_BYTES, LAST_ENTRIES = 1 << 20, 200
# Files that nothing names any more stay as long as a pull may take, and an upload before its commit.
GRACE_S = 3600.0
FOLLOW_S = POLL_MS / 1000
# How long a writer that was fenced waits at least before it fences the next one; and of its own take-over's
# time so many times more, since the next one has to open the journal, too.
TENURE_S, TAKE_OVERS = 1.0, 2
# What was committed so long ago is in a journal that is read, by clocks that differ by half of it; and how
# long AS OF waits for that.
LAG_US, PAST_S_MAX, LOOK_S = 2_000 * POLL_MS, 10.0, 0.02
Progress = Callable[[str, float], None]
log = logging.getLogger("vql.storage")


class Home:
    """The bucket of one open database. Use `open`, then `attach`."""

    def __init__(self, objects: Objects, slot: Slot, journal: Journal) -> None:
        """Bring the working copy in a slot up to a journal. Raises XX001, 0A000, 53100, 58030."""
        self.url = objects.url
        self.folder = slot.folder
        self._objects = objects
        self._slot = slot
        self._journal = journal
        self._copy = WorkingCopy(objects, slot)
        require_present_format(about_of(journal), self.url)
        self.about = self._copy.begin(journal)
        self._writes = False
        self._appended = 0  # the newest entry, of a writer
        self._fenced_s = -math.inf  # when another process was seen to have become the writer, monotonic
        self._taking_over_s = 0.0  # how long it took to become the writer
        self._followed_us = 0  # this process has all that was committed by then
        self._bytes = self._entries = 0  # since the newest base
        self._turn = threading.RLock()
        self._basing = threading.Lock()
        self._base_maker: threading.Thread | None = None
        self._ended = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="vql-follow", daemon=True)
        self._store: Store | None = None

    @staticmethod
    def open(url: str, create: bool) -> Home:
        """Bring a working copy of the database at a URL up to date, making the database where there is none
        and `create`. Raises 58P01, 0A000, XX001, 53100, 58030."""
        objects = Objects(url)
        objects.require_conditions()
        is_there = has_journal(objects)
        if not is_there and not create:
            raise no_database(url)
        slot, journal = taken_slot(objects.url), None
        try:
            journal = Journal(objects.url, is_writer=not is_there)
            if journal.about() is None:
                if not create:
                    raise no_database(url)
                if not journal.is_writer:  # whoever was making it has not come to an end
                    journal.close()
                    journal = Journal(objects.url, is_writer=True)
                _make(objects, slot, journal)
            if journal.is_writer:  # to make it; from now on who changes something is the writer
                journal.close()
                journal = Journal(objects.url, is_writer=False)
            return Home(objects, slot, journal)
        except BaseException:
            if journal is not None:
                journal.close()
            slot.free()
            raise

    def attach(self, store: Store) -> None:
        """Serve the open working copy from now on."""
        self._store = store
        store.on_written, store.on_past = self._store_files, self._wait_for_past
        store.metastore.become_writer = self._become_writer
        store.metastore.journal = self._append
        store.metastore.is_read_only = True
        self._follower.start()

    def close(self) -> None:
        """End it, before the store is closed; a writer leaves a base where much is to be replayed."""
        self._ended.set()
        if self._store is not None:
            self._follower.join()
        if self._base_maker is not None:
            self._base_maker.join()
        try:
            if self._writes and (self._bytes > LAST_BYTES or self._entries > LAST_ENTRIES):
                self.make_base()
        except Error as error:
            log.warning("%s: no base was made at the end: %s", self.url, error)
        finally:
            self._journal.close()
            self._slot.free()

    # -------------------------------------------------------------- following

    def _follow(self) -> None:
        """Replay what others write, until the end; in a thread of its own."""
        failed = False
        while not self._ended.wait(FOLLOW_S):
            try:
                with self._turn:
                    if self._writes and self._journal.has_ended():
                        self._stop_writing()
                    if not self._writes:
                        if failed or self._journal.is_writer or self._journal.has_ended():
                            self._replace_journal(is_writer=False)
                        self._catch_up()
                failed = False
            except (Error, OSError) as error:
                if not failed:  # once, not twice a second
                    log.warning("%s cannot be followed: %s", self.url, error)
                failed = True

    def _catch_up(self) -> None:
        assert self._store is not None
        begun_us = now_us()
        about, entries = self._copy.catch_up(self._store.metastore, self._journal)
        if about != self.about:
            self._bytes = self._entries = 0
        self.about = about
        self._followed_us = begun_us - LAG_US
        self._count(entries)

    def _wait_for_past(self, time_us: int) -> None:
        """Wait until this process has all that was committed at or before a time, so that AS OF says the same
        ever after. Commits come behind the newest one there is, so up to that there is nothing to wait for.
        Raises 58030, 57014."""
        assert self._store is not None
        if self._writes or time_us <= self._store.snapshot().time_us:
            return
        ends_s = time.monotonic() + PAST_S_MAX
        while not self._writes and self._followed_us < time_us:
            if time.monotonic() > ends_s:
                raise OperationalError(
                    f"{self.url}: the bucket does not say what was committed by then",
                    hint="AS OF a version or a snapshot does not need that",
                    sqlstate="58030",
                )
            rest(LOOK_S)

    def _count(self, entries: Iterable[tuple[int, bytes]]) -> None:
        for _, changes in entries:
            self._entries += 1
            self._bytes += len(changes)

    def _replace_journal(self, is_writer: bool) -> None:
        before, self._journal = self._journal, Journal(self.url, is_writer)
        before.close()

    # -------------------------------------------------------------- writing

    def _become_writer(self) -> None:
        """Fence whoever writes, and take over what that has written. Raises 57P03 for work in the
        background, XX001, 53100, 58030, 57014."""
        if current_deadline().is_background:
            raise fenced(self.url)
        store = self._store
        assert store is not None
        # Of several that were fenced not all at once.
        tenure_s = (TENURE_S + TAKE_OVERS * self._taking_over_s) * random.uniform(1.0, 1.5)
        rest(self._fenced_s + tenure_s - time.monotonic())
        with acquired(self._turn):
            if self._writes:
                return
            started_s = time.monotonic()
            self._replace_journal(is_writer=True)
            self._catch_up()
            with store.metastore.read() as batch:
                self._appended = position_in(batch)
            self._writes, store.metastore.is_read_only = True, False
            self._taking_over_s = time.monotonic() - started_s
        log.info("%s: this process is the writer", self.url)

    def _stop_writing(self) -> None:
        """Append nothing from now on; what the journal has is followed anew."""
        assert self._store is not None
        if self._journal.was_fenced():
            self._fenced_s = time.monotonic()
        self._writes, self._store.metastore.is_read_only = False, True

    def _append(self, batch: Batch) -> None:
        """Make a batch durable in the bucket, before main.mdb takes it. Raises 57P03, 58030."""
        journal = self._journal  # the one of `_writes`, or an older one, which takes nothing any more
        if not self._writes:
            raise fenced(self.url)
        try:
            if position_in(batch) != self._appended:
                raise OperationalError(
                    f"the working copy of {self.url} has not taken its last commit, which is durable",
                    hint="look whether that is there before you run it again",
                    sqlstate="58030",
                )
            batch.put("meta", JOURNALED, key(self._appended + 1))
            self._store_files(new_files(batch.changes))
            changes = b"".join(batch.changes)
            journal.append(self._appended + 1, changes)
            self._appended += 1
        except BaseException:
            self._stop_writing()
            raise
        self._count([(self._appended, changes)])
        if self._bytes > BASE_BYTES or self._entries > BASE_ENTRIES:
            self._bytes = self._entries = 0
            self._base_maker = threading.Thread(target=self._make_base_beside, name="vql-base", daemon=True)
            self._base_maker.start()

    def _store_files(self, names: Iterable[str]) -> None:
        """Store new files, before a commit names them; those that are stored already are left. Raises 58030,
        57014."""
        for name in names:
            if name not in self._copy.stored:
                check_deadline()
                self._objects.put(name, self.folder / name)
                self._copy.stored.add(name)

    # -------------------------------------------------------------- bases

    def _make_base_beside(self) -> None:
        try:
            self.make_base()
        except Error as error:
            log.warning("%s: no base was made: %s", self.url, error)

    def make_base(self) -> None:
        """Store main.mdb as it is, so that nobody replays what was before, unless that is being done. Raises
        57P03, 53100, 58030."""
        assert self._store is not None
        if not self._basing.acquire(blocking=False):
            return
        try:
            if not self._writes:
                raise fenced(self.url)
            journal, before = self._journal, self.about
            with tempfile.TemporaryDirectory(dir=self.folder) as made:
                copy = Path(made) / "main.mdb"
                self._store.metastore.copy_to(copy)
                with opened_copy(copy) as metastore, metastore.read() as batch:
                    position = position_in(batch)
                    named = {file.name for file in files_named(batch)}
                base = base_name(position)
                self._objects.put(base, copy)
            about = before._replace(base=base, position=position)
            journal.begin_with(about, before.position)
            self.about = about
            self._remove_unnamed({*named, base, before.base})
        finally:
            self._basing.release()

    def _remove_unnamed(self, named: set[str]) -> None:
        stored = self._files_stored()
        # By the store's clock: a base has just come.
        limit_s = max((each.stored_s for each in stored.values()), default=0.0) - GRACE_S
        for name, each in stored.items():
            # What is here waits for its commit, however long ago it was stored.
            if name not in named and each.stored_s < limit_s and not (self.folder / name).exists():
                self._objects.remove(name)

    def _files_stored(self) -> dict[str, StoredObject]:
        found: dict[str, StoredObject] = {}
        for part in (*FOLDERS, BASES):
            found |= self._objects.stored(f"{part}/")
        return found

    # -------------------------------------------------------------- checks

    def problems(self) -> list[str]:
        """Return what the bucket lacks of what the working copy names, one sentence each. Raises 58030."""
        assert self._store is not None
        with self._turn:
            wanted = {self.about.base: 0}
            with self._store.metastore.read() as batch:
                names = [file.name for file in files_named(batch)]
            for name in names:
                with suppress(FileNotFoundError):  # merged away meanwhile
                    wanted[name] = (self.folder / name).stat().st_size
            stored = self._files_stored()
        return [
            f"{self.url}/{name} is missing" if name not in stored
            else f"{self.url}/{name} has {stored[name].bytes} bytes, {size} were written"
            for name, size in wanted.items()
            if name not in stored or size and stored[name].bytes != size
        ]  # fmt: skip


def has_journal(objects: Objects) -> bool:
    """Whether a journal was begun somewhere. Raises 58030."""
    return bool(objects.stored("journal/manifest/"))


def no_database(url: str) -> OperationalError:
    """Return the error of a URL where there is none."""
    return OperationalError(f"there is no database at {url}", sqlstate="58P01")


def require_present_format(about: About, url: str) -> None:
    """Raise 0A000 where the format of a database is not the present one."""
    if about.format != FORMAT_VERSION:
        raise NotSupportedError(
            f"the database at {url} has format {about.format}, this VQL reads {FORMAT_VERSION}",
            hint="pull it with the vqldb that wrote it, upgrade the copy and push that to another place",
        )


def base_name(position: int) -> str:
    """Return a new name for a base."""
    return f"{BASES}/{position}-{secrets.token_hex(8)}.mdb"


def publish(objects: Objects, slot: Slot, journal: Journal, progress: Progress = lambda *_: None) -> About:
    """Store the database in a working copy, its files first, and begin its journal with it; what a crash has
    left there without a base is named by nothing. Raises XX001, 53100, 58030."""
    metastore, base = Metastore(slot.folder / "main.mdb"), base_name(0)
    try:
        with metastore.write() as batch:
            batch.put("meta", JOURNALED, key(0))
            database_id = (batch.get("meta", b"database") or b"").decode("ascii")
            files = files_named(batch)
        for done, file in enumerate(files):
            progress("storing files", done / len(files))
            check_deadline()
            objects.put(file.name, slot.folder / file.name)
        with tempfile.TemporaryDirectory(dir=slot.folder) as made:
            metastore.copy_to(Path(made) / "main.mdb")
            objects.put(base, Path(made) / "main.mdb")
    finally:
        metastore.close()
    about = About(database_id, FORMAT_VERSION, base, 0)
    journal.begin_with(about, 0)
    return about


def _make(objects: Objects, slot: Slot, journal: Journal) -> None:
    """Make an empty database in a bucket."""
    slot.clear()
    Store.open(slot.folder).close()
    publish(objects, slot, journal)
