"""Snapshots: which tables and segments exist at a version. Immutable, cheap, shared by threads.

A snapshot names segment objects that later gain deletes; it sees those up to its version alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

import numpy as np

from vql import schema
from vql.constraints import UniqueKey
from vql.dataclass import dataclass
from vql.errors import DataCorrupted, SnapshotTooOld
from vql.naming import Qualified, find_object
from vql.storage.columns.column import Column
from vql.storage.jobs import JobStatus
from vql.storage.keys import encode_row
from vql.storage.locks.table import Entry
from vql.storage.persistent import PersistentMap
from vql.storage.segments.expiry import hidden_rows, without_expired
from vql.storage.segments.history import History
from vql.storage.segments.segment import Segment
from vql.types.forms.ndarrays import I64, Bools
from vql.types.type import TIMESTAMPTZ


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database at `version`; `time_us` is that commit's time in microseconds since 1970.

    `catalog_version` changes when any definition does: plans are keyed by it. Segments of a table are looked
    up when they are first asked for, and kept: whenever that is, they hold every row of this version, and
    tell it from others.
    """

    version: int
    time_us: int
    catalog_version: int
    tables: PersistentMap[Qualified, schema.Table]
    tables_by_id: PersistentMap[int, schema.Table]
    index_names: PersistentMap[Qualified, int]  # the tables they are on
    part_tables: PersistentMap[int, int]  # the tables of indexes and constraints, by the ids of these
    others: PersistentMap[Qualified, schema.Object]  # what is no table
    others_by_id: PersistentMap[int, schema.Object]
    find_key: Callable[[bytes], tuple[int, int]]
    find_segments: Callable[[schema.Table, int], tuple[Segment, ...]]
    generation: int  # moves when maintenance puts other files in the place of some
    history: History
    # Rows of the tables that are `expiring` are seen that have not expired by this moment.
    moment_us: int
    expiring: frozenset[int]
    closed: Mapping[int, str] = field(default_factory=dict)  # tables that cannot be read, and why
    jobs: Iterable[JobStatus] = ()
    locks: Iterable[Entry] = ()
    neighbours: Callable[[], Sequence[tuple[int, str]]] = tuple  # other databases of the server
    kept_segments: dict[int, tuple[Segment, ...]] = field(default_factory=dict)

    def at_moment(self, moment_us: int) -> Snapshot:
        """Return the same version as it is seen at a moment, where rows of some tables expire."""
        if not self.expiring or moment_us == self.moment_us:
            return self
        kept = {t: segments for t, segments in self.kept_segments.items() if t not in self.expiring}
        return replace(self, moment_us=moment_us, kept_segments=kept)

    def with_expired(self) -> Snapshot:
        """Return the same version with the rows that have expired and are still there."""
        return replace(self, expiring=frozenset(), kept_segments={}) if self.expiring else self

    def table(self, *name: str) -> schema.Table | None:
        """Return the table of a name, alone or behind that of its schema, or None."""
        return find_object(self.tables, name, (schema.PUBLIC,))

    def definition(self, object_id: int) -> schema.Object | None:
        """Return the object of an id, or None."""
        return self.tables_by_id.get(object_id) or self.others_by_id.get(object_id)

    def relation(self, name: Qualified) -> schema.Object | None:
        """Return the table, or what else there is, of a name."""
        return self.tables.get(name) or self.others.get(name)

    def objects(self) -> Iterator[schema.Object]:
        """Yield all there is."""
        yield from self.others.values()
        yield from self.tables.values()

    def find_schema(self, name: str) -> schema.Schema | None:
        """Return the schema of a name, or None."""
        found = self.others.get(("", name))
        return found if isinstance(found, schema.Schema) else None

    def segments(self, table_id: int) -> tuple[Segment, ...]:
        """Return the segments of a table: sealed ones, then growing ones. Raises 72000 where the
        table's history no longer reaches back to this snapshot, XX001 where it cannot be read."""
        if table_id in self.closed:
            raise closed_table(self.closed[table_id])
        found = self.kept_segments.get(table_id)
        if found is None:
            table = self.tables_by_id.get(table_id)
            found = () if table is None else self.find_segments(table, self.version)
            if table is not None and table_id in self.expiring:
                found = without_expired(found, table, self.moment_us)
            self.kept_segments[table_id] = found
        return found

    def hidden_rows(self, table_id: int) -> I64:
        """Return the ids of the rows of a table that have expired and are still there."""
        segments = self.segments(table_id) if table_id in self.expiring else ()
        return hidden_rows(segments, self.version)

    def readable_segments(self, table_id: int) -> tuple[Segment, ...]:
        """Return the segments of a table, none where it is closed or its history does not reach back."""
        try:
            return self.segments(table_id)
        except (DataCorrupted, SnapshotTooOld):
            return ()

    def has_relation(self, name: Qualified) -> bool:
        """Whether a table, an index or anything else that is one's kin has a name."""
        return name in self.tables or name in self.index_names or name in self.others

    def table_of_key(self, key_id: int) -> int:
        """Return the table whose unique key it is."""
        if key_id in self.tables_by_id:
            return key_id
        return self.part_tables.get(key_id, key_id)

    def has_rows(self, table_id: int, row_ids: I64) -> Bools:
        """Return which row ids are those of rows that this snapshot sees."""
        found = np.zeros(len(row_ids), bool)
        for segment in self.segments(table_id):
            visible, ids = segment.visible(self.version), segment.row_ids()
            if len(ids):
                at = np.minimum(np.searchsorted(ids, row_ids), len(ids) - 1)
                found |= (ids[at] == row_ids) & (True if visible is None else visible[at])
        return found

    def locate(
        self, table: schema.Table, unique: UniqueKey, key: tuple[object, ...]
    ) -> tuple[Segment, int] | None:
        """Return where the row with a unique key (canonical values, none NULL) stands, or None; not of a
        partial one. Raises as `segments`."""
        self.segments(table.table_id)
        types = [table.stored[position].type for position in unique.positions]
        found, current = self.find_key(encode_row(unique, types, key))
        if found >= 0:
            place = self.find_row(table.table_id, found)
            if place is not None:
                return place
        if current == self.version:
            return None  # nobody has it, or who has it is deleted by the transaction, or has expired
        return self._scan(table, unique, key)

    def find_row(self, table_id: int, row_id: int) -> tuple[Segment, int] | None:
        """Return where a row stands, or None where this snapshot does not see it."""
        for segment in reversed(self.segments(table_id)):
            offset = segment.find_row(row_id)
            if offset >= 0:
                return (segment, offset) if segment.is_visible(offset, self.version) else None
        return None

    def _scan(
        self, table: schema.Table, unique: UniqueKey, key: tuple[object, ...]
    ) -> tuple[Segment, int] | None:
        """Look through the key columns: `keys` holds the present, not this snapshot's moment."""
        for segment in self.segments(table.table_id):
            visible = segment.visible(self.version)
            match = np.ones(segment.rows, bool) if visible is None else visible.copy()
            for position, value in zip(unique.positions, key, strict=True):
                match &= equals_key(segment.column(position), value)
            where = np.flatnonzero(match)
            if len(where):
                return segment, int(where[0])
        return None


def equals_key(column: Column, value: object) -> Bools:
    """Return the rows of a key column that hold a canonical value: equal keys, and NaN equals itself."""
    base, kept = column.type.base, column.type.stored(value)
    if column.dictionary is None:
        found: Bools = column.data == kept if kept == kept else np.isnan(column.data)
    elif base.orders_as_stored:
        found = column.data == column.dictionary.find(str(kept))
    else:
        wanted, texts = base.key(value), column.dictionary.values().tolist()
        codes = [code for code, text in enumerate(texts) if base.key(base.from_stored(text)) == wanted]
        found = np.isin(column.data, codes)
    return found


def closed_table(why: str) -> DataCorrupted:
    """Return the error of a table that is closed."""
    return DataCorrupted(why, hint="`vql check` says what is damaged, `vql repair` mends what it can")


def too_old(oldest_us: int) -> SnapshotTooOld:
    """Return the error of a time before what is kept; `oldest_us` is the oldest time there is."""
    oldest = TIMESTAMPTZ.to_text(TIMESTAMPTZ.from_stored(oldest_us))
    return SnapshotTooOld(
        "AS OF time is older than the history that is kept", hint=f"the oldest time available is {oldest}"
    )
