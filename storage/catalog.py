"""What exists, by version: definitions, sequences, the commit clock, how far back tables reach.

The functions work inside one transaction of `main.mdb`, handed over as a `Batch`; those that write
want LMDB's write lock, which a writing `Batch` holds. `Catalog` is an immutable value that all
threads share.

* A definition is written once, under (object id, version), and never changed: the catalog of any
  version can be told. An empty record says that the object was dropped.
* Numbers of a sequence are given out once, also where the transaction that took them fails.
* Versions rise by one; their times rise strictly, even where the machine's clock does not, so that
  a time names one version (`vql.storage.clock`).
* `swaps` says of the last generations whose manifest each changed, so that nobody reads the others.
* `oldest` notes for a table the version before which rows of it have been dropped for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vql import schema
from vql.errors import Error
from vql.limits import RETENTION_DEFAULT_US
from vql.naming import Qualified
from vql.storage.clock import CommitClock, now_us
from vql.storage.files.metastore import Batch, key, numbers, opened, shown
from vql.storage.namespace import Definition, Namespace
from vql.storage.persistent import PersistentMap
from vql.storage.segments.records import decode_object
from vql.types.moments.interval import retention_us

# meta: newest version, generation of the manifest, number of catalog records; u64 big-endian each.
HEAD = b"head"
FIRST_OBJECT_ID = 16_500
# Who has not looked for so many swaps reads the manifests of all tables.
SWAPS_KEPT = 10_000


Record = tuple[int, int, Definition]


class Catalog:
    """Every definition there has been, by object and version: immutable. `names` are of what is there at the
    end, `version` that of the last change."""

    def __init__(self, records: Iterable[Record] = (), before: Catalog | None = None) -> None:
        """Take (version, object id, definition or None where it was dropped), to come behind those of
        `before`."""
        self._history: PersistentMap[int, tuple[tuple[int, Definition], ...]] = PersistentMap()
        self.names = Namespace()
        # The tables whose definitions cannot be read.
        self.unreadable: dict[int, schema.Table] = {}
        self.version = 0
        self._count = 0
        if before is not None:
            self._history, self.unreadable = before._history, dict(before.unreadable)
            self.names = Namespace(before.names)
            self.version, self._count = before.version, len(before)
        for version, object_id, table in sorted(records, key=lambda record: record[0]):
            known = self._history.get(object_id, ())
            self._history = self._history.having(object_id, (*known, (version, table)))
            self.names.define(object_id, table)
            self.unreadable.pop(object_id, None)
            if isinstance(table, schema.Table) and table.unreadable:
                self.unreadable[object_id] = table
            self.version, self._count = version, self._count + 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        """Yield the ids of all there have been."""
        return iter(self._history)

    def at(self, version: int) -> Catalog:
        """Return the catalog as it was at a version."""
        if version >= self.version:
            return self
        return Catalog(
            (at, object_id, table)
            for object_id, history in self._history.items()
            for at, table in history
            if at <= version
        )

    def is_table(self, object_id: int) -> bool:
        """Whether an id is, or was, that of a table."""
        return any(isinstance(each, schema.Table) for _, each in self._history.get(object_id, ()))

    def history(self, table_id: int) -> list[tuple[int, schema.Table | None]]:
        """Return the definitions that a table has had, each with its version."""
        found = self._history.get(table_id, ())
        return [(version, each if isinstance(each, schema.Table) else None) for version, each in found]

    def dropped(self, name: Qualified) -> list[tuple[int, schema.Table]]:
        """Return the tables that were dropped under a name, each with the version at which it was, the last
        first."""
        found = [
            (history[-1][0], history[-2][1])
            for history in self._history.values()
            if len(history) > 1 and history[-1][1] is None
        ]
        tables = [(version, t) for version, t in found if isinstance(t, schema.Table) and t.qualified == name]
        return sorted(tables, key=lambda entry: -entry[0])

    def dropped_at(self, version: int) -> list[schema.Object]:
        """Return what was dropped at a version, and is not there now."""
        found = (
            each[-2][1] for each in self._history.values() if len(each) > 1 and each[-1] == (version, None)
        )
        return [each for each in found if each is not None]

    def latest(self, object_id: int) -> schema.Table:
        """Return the last definition of a table, also of a dropped one: AS OF shows it."""
        return next(
            table for _, table in reversed(self._history[object_id]) if isinstance(table, schema.Table)
        )

    def earlier(self) -> dict[Qualified, list[schema.Table]]:
        """Return the definitions that tables of a name have had, newest first, without that of now."""
        found: dict[Qualified, list[tuple[int, schema.Table]]] = {}
        for history in self._history.values():
            for version, table in history:
                if isinstance(table, schema.Table) and table is not self.names.tables.get(table.qualified):
                    found.setdefault(table.qualified, []).append((version, table))
        return {
            name: [table for _, table in sorted(tables, key=lambda entry: -entry[0])]
            for name, tables in found.items()
        }

    def columns_since(self, table_id: int, version: int) -> dict[int, schema.Column]:
        """Return the columns of a table's definitions that some snapshot from a version on sees."""
        found: dict[int, schema.Column] = {}
        for at, table in self._history[table_id]:
            if isinstance(table, schema.Table):
                if at <= version:
                    found.clear()
                found |= {column.column_id: column for column in table.stored}
        return found


def read_catalog(batch: Batch) -> Catalog:
    """Read every definition; one that cannot be read is an `unreadable` table."""
    return Catalog([(version, object_id, found) for object_id, version, found in _definitions(batch)])


def read_definitions(batch: Batch, object_ids: Iterable[int], since: int) -> list[Record]:
    """Read the definitions that some objects have been given behind a version, as `read_catalog` does."""
    return [
        (version, object_id, found)
        for object_id in object_ids
        for _, version, found in _definitions(batch, key(object_id), since + 1)
    ]


def last_definition(batch: Batch, object_id: int) -> tuple[int, Definition]:
    """Return the version of an object's newest definition, and it; (0, None) of none."""
    found: tuple[int, Definition] = (0, None)
    for _, version, definition in _definitions(batch, key(object_id)):
        found = (version, definition)
    return found


def last_definitions(batch: Batch) -> dict[int, tuple[schema.Table, int]]:
    """Return the last definition of every table and the version it was dropped at, 0 where it is
    there."""
    found: dict[int, tuple[schema.Table, int]] = {}
    for table_id, version, table in _definitions(batch):
        if isinstance(table, schema.Table):
            found[table_id] = (table, 0)
        elif table_id in found:
            found[table_id] = (found[table_id][0], version)
    return found


def _definitions(batch: Batch, prefix: bytes = b"", since: int = 0) -> Iterator[tuple[int, int, Definition]]:
    for at, raw in batch.stored("catalog", prefix + key(since) if since else prefix, prefix):
        object_id, version = numbers(at)
        yield object_id, version, definition_of(object_id, at, raw)


def definition_of(object_id: int, at: bytes, stored: bytes) -> Definition:
    """Return the definition of a stored catalog record; an `unreadable` table where it cannot be read."""
    try:
        raw = opened("catalog", at, stored)
        return decode_object(raw) if raw else None
    except Error as error:
        why = error.message
    except (ValueError, KeyError, TypeError, IndexError) as error:
        why = f"main.mdb: record {shown(at)} of catalog cannot be read: {error}"
    name = re.search(rb'"name": "(\w+)"', stored)
    called = name[1].decode("utf-8", "replace") if name else f"object_{object_id}"
    return schema.Table(object_id, called, (), unreadable=why)


# ------------------------------------------------------------------ sequences, the commit clock


def take_numbers(batch: Batch, name: str, count: int, first: int) -> int:
    """Take `count` numbers of a sequence; returns the first."""
    raw = batch.get("sequences", name.encode())
    start = numbers(raw)[0] if raw else first
    batch.put("sequences", name.encode(), key(start + count))
    return start


def begin_commits(batch: Batch, clock: CommitClock) -> None:
    """Say in the commit clock that the next commits are under way."""
    last = batch.last("commits")
    version, time_us, *_ = numbers(b"".join(last)) if last else (0, 0)
    clock.begin(version + 1, time_us)


def record_commit(batch: Batch, version: int, time_us: int, touched: Iterable[int]) -> None:
    """Write a version's time and the tables it touched."""
    at = key(version)
    batch.put("commits", at, key(time_us, *touched))
    batch.put("times", key(time_us), at)


def touched_since(batch: Batch, known: int, version: int) -> set[int] | None:
    """Return the tables that the commits behind a known version have touched; None where one of these
    commits is forgotten."""
    found: set[int] = set()
    count = 0
    for _, raw in batch.range("commits", key(known + 1)):
        found.update(numbers(raw)[1:])
        count += 1
    return found if count == version - known else None


def commit_time_us(batch: Batch, version: int) -> int:
    """Return the time of a version, 0 where it is forgotten."""
    raw = batch.get("commits", key(version))
    return numbers(raw[:8])[0] if raw else 0


def bump(batch: Batch, *table_ids: int) -> None:
    """Move the generation: every process reads the manifest of some tables again, of all where none is
    named."""
    version, generation, definitions = numbers(batch.get("meta", HEAD) or b"")
    note_swap(batch, generation + 1, *table_ids)
    batch.put("meta", HEAD, key(version, generation + 1, definitions))


def note_swap(batch: Batch, generation: int, *table_ids: int) -> None:
    """Write down whose manifest a generation changed; the last ones are kept."""
    if table_ids:
        batch.put("swaps", key(generation), key(*table_ids))
    if generation > SWAPS_KEPT:
        batch.delete("swaps", key(generation - SWAPS_KEPT))


def swapped_since(batch: Batch, known: int, generation: int) -> set[int] | None:
    """Return the tables whose manifest has changed behind a known generation; None where that is not
    written down."""
    found: set[int] = set()
    count = 0
    for _, raw in batch.range("swaps", key(known + 1)):
        found.update(numbers(raw))
        count += 1
    return found if count == generation - known else None


# ------------------------------------------------------------------ how far back tables reach


def horizon_of(batch: Batch, table: schema.Table) -> int:
    """Return the version from which on a table must stay readable; 0 where all of it must."""
    if table.unreadable:
        return 0  # it may be kept for ever
    found = next((value for name, value in table.options if name == "retention"), None)
    kept_us = RETENTION_DEFAULT_US if found is None else retention_us(str(found))
    if kept_us is None:
        return 0
    last = batch.before("times", key(max(0, now_us() - kept_us)))
    if last is None:
        return 0
    named = (numbers(raw)[0] for _, raw in batch.range("snapshots", b""))
    return min(numbers(last[1])[0], min(named, default=1 << 62))


def oldest_of(batch: Batch, table_id: int) -> int:
    """Return the version from which on a table's history is whole."""
    raw = batch.get("oldest", key(table_id))
    return numbers(raw)[0] if raw else 0


def read_oldest(batch: Batch, table_id: int) -> tuple[int, int]:
    """Return the version, and its time, from which on a table's history is whole; (0, 0) where all is."""
    raw = batch.get("oldest", key(table_id))
    version, time_us = numbers(raw) if raw else (0, 0)
    return version, time_us


def note_oldest(batch: Batch, table_id: int, version: int) -> None:
    """Write down that rows of a table were dropped that snapshots before `version` would see."""
    if version > oldest_of(batch, table_id):
        batch.put("oldest", key(table_id), key(version, commit_time_us(batch, version)))
