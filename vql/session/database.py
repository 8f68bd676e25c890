"""One open database directory in this process, shared by every session on it.

Invariants
* One Database a directory and process, whatever name it was opened by: `_REGISTRY` knows the open ones by
  device and inode of `main.mdb`, because LMDB allows one environment a file. It is the one module-level
  thing that changes.
* `_users` counts who has opened it; the last one out stops its threads, then closes its files.
* After a fork a Database is the parent's: the child's first open gives the environment up and makes its
  own.

`Registry.lock` guards the registry, `_users` and the making of the recall checker. Opening makes files
(`vql.storage.store.Store.open`); nothing else here is on disk.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vql import limits
from vql.errors import DataCorrupted, InterfaceError, NotSupportedError, OperationalError
from vql.executor.bridge.spill import sweep
from vql.executor.rows.mask_cache import MaskCache
from vql.executor.rows.threads import Helpers, processors
from vql.functions.own import OwnFunctions
from vql.memory import Budget, default_bytes
from vql.naming import is_bucket
from vql.session.cluster import Cluster
from vql.storage.store import Store
from vql.storage.transactions.temporary import sweep_temporary
from vql.storage.upkeep.maintainer import Maintainer
from vql.storage.upkeep.scrub import Scrubber

if TYPE_CHECKING:
    from vql.executor.bridge.catalog.kept import ObjectRows
    from vql.executor.bridge.duck import DuckEngine
    from vql.executor.knn.recall_check import RecallChecker
    from vql.storage.bucket.home import Home


class Keeper(Protocol):
    """A session, as its database knows it."""

    def forget(self) -> None:
        """Let go of what is kept between statements; from any thread."""


class Registry:
    """Databases open in this process by device and inode: one LMDB environment a file."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.open: dict[tuple[int, int], Database] = {}


_REGISTRY = Registry()


class Database:
    """What sessions of one directory share: the store, the cache of masks, maintenance, DuckDB."""

    def __init__(
        self, store: Store, identity: tuple[int, int], budget: Budget, home: Home | None = None
    ) -> None:
        self.store = store
        self.home = home  # where it is durable, if not in its folder
        self.budget = budget
        self.masks = MaskCache(limits.MASK_CACHE_BYTES_MAX)
        self.threads = processors()  # of one statement, where its session says nothing else
        self.helpers = Helpers()
        self.functions = OwnFunctions()
        self.maintainer = Maintainer(store)
        self.scrubber = Scrubber(store)
        self._duck: DuckEngine | None = None
        self._identity = identity
        self._checker: RecallChecker | None = None
        self._users = 0
        self.catalog_rows: ObjectRows | None = None  # made by who first asks the catalog
        self.cluster: Cluster | None = None  # the others beside it, in a server that has them
        self._sessions: dict[int, weakref.ref[Keeper]] = {}
        store.on_swap = self._forget
        self._process = os.getpid()

    @staticmethod
    def open(path: str | os.PathLike[str], create: bool = True, budget: Budget | None = None) -> Database:
        """Open a directory, or share the one this process has open, as it was opened. `budget` is what
        statements may take, by default 70 % of the memory there is. Raises OperationalError,
        DataCorrupted, NotSupportedError."""
        with _REGISTRY.lock:
            home = _home_of(path, create) if is_bucket(path) else None
            if isinstance(home, Database):
                home._users += 1
                return home
            folder = Path(path).expanduser() if home is None else home.folder
            found = _REGISTRY.open.get(_identity(folder))
            if found is not None and found._process == os.getpid():
                found._users += 1
                return found
            if found is not None:
                found.store.metastore.leave_to_parent()
            try:
                store = Store.open(folder, create)
            except BaseException:
                if home is not None:
                    home.close()
                raise
            if home is not None:
                home.attach(store)
            sweep(folder)
            sweep_temporary(store)
            database = Database(store, _identity(folder), budget or Budget(default_bytes()), home)
            database._users = 1
            _REGISTRY.open[database._identity] = database
            database.scrubber.start()
            return database

    @property
    def duck(self) -> DuckEngine:
        """The DuckDB instance of this process' sessions; nothing of it is loaded before."""
        if self._duck is None:
            from vql.executor.bridge.duck import DuckEngine

            self._duck = DuckEngine(self.path, self.budget.statement_bytes)
        return self._duck

    def checker(self) -> RecallChecker:
        """Return the thread that checks answers of indexes; made on first need, as it loads faiss."""
        with _REGISTRY.lock:
            if self._checker is None:
                from vql.executor.knn.recall_check import RecallChecker

                self._checker = RecallChecker()
            return self._checker

    @property
    def path(self) -> Path:
        """The directory."""
        return self.store.path

    def is_among(self, cluster: Cluster) -> None:
        """Take note of the databases beside this one."""
        self.cluster = cluster
        self.store.neighbours = partial(cluster.others, self.path)

    def join(self, session: Keeper) -> None:
        """Take note of a session, which is told to forget what it keeps of files that are merged away, also
        while it is idle: only then are they given back to the disk."""
        self._sessions[id(session)] = weakref.ref(session)

    def leave(self, session: Keeper) -> None:
        """Forget a session that has ended."""
        self._sessions.pop(id(session), None)

    def _forget(self) -> None:
        for number, found in list(self._sessions.items()):  # at once: sessions come and go in other threads
            session = found()
            if session is None:
                self._sessions.pop(number, None)
            else:
                session.forget()

    def require_open(self) -> None:
        """Raise InterfaceError when nobody has the database open any more."""
        if self._users <= 0:
            raise InterfaceError("the database is closed")

    def close(self) -> None:
        """Leave the database; the last one out closes its files."""
        with _REGISTRY.lock:
            self._users -= 1
            if self._users:
                return
            _REGISTRY.open.pop(self._identity, None)
        self.helpers.close()
        if self._checker is not None:
            self._checker.close()
        self.scrubber.stop()
        self.maintainer.stop()
        if self._duck is not None:
            self._duck.close()
        if self.home is not None:
            self.home.close()
        self.store.close()


def check(path: str | os.PathLike[str]) -> list[str]:
    """Read every part of the database in a folder and return the damage found, [] where there is
    none; also of one too damaged to be opened. Raises 58P01 where there is none."""
    from vql.storage.upkeep.check import check_store

    if is_bucket(path):
        return _check_bucket(path)
    folder = Path(path).expanduser()
    with _REGISTRY.lock:
        found = _REGISTRY.open.get(_identity(folder))
        if found is None or found._process != os.getpid():
            return check_store(folder)
    return check_store(found.store)


def _check_bucket(url: str | os.PathLike[str]) -> list[str]:
    """Return the damage of a working copy, and what the bucket lacks."""
    from vql.storage.upkeep.check import check_store

    try:
        database = Database.open(url, create=False)
    except DataCorrupted as error:
        return [error.message]
    try:
        assert database.home is not None
        return [*check_store(database.store), *database.home.problems()]
    finally:
        database.close()


def database_format(path: str | os.PathLike[str]) -> int:
    """Return the format of the database in a folder, and leave it as it is; 0 of a new one. Raises 58P01,
    XX001, 58030."""
    from vql.storage.folder import read_format

    folder = Path(path).expanduser().absolute()
    with _REGISTRY.lock:
        found = _REGISTRY.open.get(_identity(folder))
        return read_format(folder, None if found is None else found.store.metastore)


def repair(path: str | os.PathLike[str], apply: bool = False) -> tuple[list[str], list[str]]:
    """Return what is mended of the damage in a database, or would be unless `apply`, and the problems that
    are left then. Raises 55006 where it is open, here or in another process."""
    from vql.storage.upkeep import repair as mending

    with alone(path) as folder:
        return mending.repair_database(folder, apply)


@contextmanager
def alone(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Keep this process from opening a database. Raises 55006 where it has it open, 0A000 of one in a
    bucket."""
    if is_bucket(path):
        raise NotSupportedError(
            "mending a database in a bucket", hint="Mend a copy (vql pull), and push that to another place."
        )
    folder = Path(path).expanduser().absolute()
    with _REGISTRY.lock:
        if _identity(folder) in _REGISTRY.open:
            raise OperationalError("the database is open", hint="close it first", sqlstate="55006")
        yield folder


def _home_of(path: str | os.PathLike[str], create: bool) -> Database | Home:
    """Return the database of a URL that this process has open, or bring a working copy of it up to date."""
    from vql.storage.bucket.home import Home

    url = str(path)
    for database in _REGISTRY.open.values():
        home = database.home if database._process == os.getpid() else None
        if home is not None and home.url == url.rstrip("/"):
            return database
    return Home.open(url, create)


def _identity(folder: Path) -> tuple[int, int]:
    try:
        status = os.stat(folder / "main.mdb")
    except OSError:
        return (-1, -1)
    return (status.st_dev, status.st_ino)
