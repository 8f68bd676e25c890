"""What exists, by version: definitions, sequences, the commit clock, how far back tables reach.

The functions work inside one transaction of `main.mdb`, handed over as a `Batch`; those that write
want LMDB's write lock, which a writing `Batch` holds. `Catalog` is an immutable value that all
threads share.

* A definition is written once, under (object id, version), and never changed: the catalog of any
  version can be told. An empty record says that the object was dropped.
* Numbers of a sequence are given out once, also where the transaction that took them fails.
* Versions rise by one; their times rise strictly, even where the machine's clock does not, so that
  a time names one version (`vql.storage.clock`).
* `oldest` notes for a table the version before which rows of it have been dropped for good.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from vql import schema
from vql.errors import Error
from vql.limits import RETENTION_DEFAULT_US
from vql.storage.clock import CommitClock, now_us
from vql.storage.files.metastore import Batch, key, numbers, opened, shown
from vql.storage.segments.records import decode_object
from vql.types.interval import retention_us

# meta: newest version, generation of the manifest, number of catalog records; u64 big-endian each.
HEAD = b"head"
FIRST_OBJECT_ID = 16_500
Definition = schema.Table | None


class Catalog:
    """Every definition there has been, in the order of versions: immutable."""

    def __init__(self, records: list[tuple[int, int, Definition]]) -> None:
        """Take (version, object id, definition or None where it was dropped)."""
        self._records = sorted(records, key=lambda record: record[0])

    def __len__(self) -> int:
        return len(self._records)

    def at(self, version: int) -> tuple[int, dict[int, schema.Table]]:
        """Return the version of the last change at or before one, and the tables there were then."""
        end = bisect_right(self._records, version, key=lambda record: record[0])
        tables: dict[int, schema.Table] = {}
        for _, object_id, table in self._records[:end]:
            if table is None:
                tables.pop(object_id, None)
            else:
                tables[object_id] = table
        return self._records[end - 1][0] if end else 0, tables

    @cached_property
    def latest(self) -> Mapping[int, schema.Table]:
        """The last definition of every table, dropped ones included: AS OF shows them."""
        return {object_id: table for _, object_id, table in self._records if table is not None}

    @cached_property
    def columns(self) -> Mapping[int, Mapping[int, schema.Column]]:
        """Every column each table has had, by table id and column id."""
        return {table_id: self.columns_since(table_id, 0) for table_id in self.latest}

    def columns_since(self, table_id: int, version: int) -> dict[int, schema.Column]:
        """Return the columns of a table's definitions that some snapshot from a version on sees."""
        found: dict[int, schema.Column] = {}
        for at, object_id, table in self._records:
            if object_id == table_id and table is not None:
                if at <= version:
                    found.clear()
                found |= {column.column_id: column for column in table.columns}
        return found

    @cached_property
    def dropped(self) -> frozenset[int]:
        """The tables that are no more."""
        last = {object_id: table for _, object_id, table in self._records}
        return frozenset(object_id for object_id, table in last.items() if table is None)


def read_catalog(batch: Batch) -> Catalog:
    """Read every definition; one that cannot be read is an `unreadable` table."""
    return Catalog([(version, object_id, found) for object_id, version, found in _definitions(batch)])


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
        found[table_id] = (table, 0) if table is not None else (found[table_id][0], version)
    return found


def _definitions(batch: Batch, prefix: bytes = b"") -> Iterator[tuple[int, int, Definition]]:
    for at, raw in batch.stored("catalog", prefix, prefix):
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


def go_on(batch: Batch, name: str, successor: str) -> None:
    """Let a sequence begin where another one has come to."""
    raw = batch.get("sequences", name.encode())
    if raw is not None:
        batch.put("sequences", successor.encode(), raw)


def record_commit(batch: Batch, clock: CommitClock, version: int, touched: Iterable[int]) -> int:
    """Write a version's time and the tables it touched; return the time."""
    last = batch.last("commits")
    time_us = clock.take(version, numbers(last[1][:8])[0] if last else 0)
    at = key(version)
    batch.put("commits", at, key(time_us, *touched))
    batch.put("times", key(time_us), at)
    return time_us


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


def bump(batch: Batch) -> None:
    """Move the generation: every process reads the manifest again."""
    version, generation, definitions = numbers(batch.get("meta", HEAD) or b"")
    batch.put("meta", HEAD, key(version, generation + 1, definitions))


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


def read_oldest(batch: Batch) -> dict[int, tuple[int, int]]:
    """Return table id -> (version, time) from which on its history is whole."""
    found = {}
    for at, raw in batch.range("oldest", b""):
        version, time_us = numbers(raw)
        found[numbers(at)[0]] = (version, time_us)
    return found


def note_oldest(batch: Batch, table_id: int, version: int) -> None:
    """Write down that rows of a table were dropped that snapshots before `version` would see."""
    if version > oldest_of(batch, table_id):
        batch.put("oldest", key(table_id), key(version, commit_time_us(batch, version)))
