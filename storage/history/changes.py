"""What was done to the rows of tables between two versions: a snapshot in which each table has, for its
rows, those that were inserted and deleted, and says of each which, at what version and when.

It is a snapshot as any other, so whatever reads tables reads changes. A table's are looked up when somebody
asks for its segments: the versions at which rows were made and ended are in order, so that what is read is
what has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from vql import schema
from vql.errors import DuplicateColumn, NotSupportedError, SnapshotTooOld
from vql.storage.catalog import Catalog
from vql.storage.columns.column import Column, Dictionary
from vql.storage.persistent import PersistentMap
from vql.storage.segments.segment import MemorySegment, Segment, Tombstones
from vql.storage.snapshot import Snapshot
from vql.types.forms.ndarrays import I64, Bools
from vql.types.type import BIGINT, TEXT, TIMESTAMPTZ

# The kinds of change by their codes: of one version, deletes come first.
KINDS = ("delete", "insert")
# The columns that a change has behind those of its row.
CHANGE_COLUMNS = (("change_type", TEXT), ("change_version", BIGINT), ("change_time", TIMESTAMPTZ))
Key = TypeVar("Key")


class Past(Protocol):
    """What a store tells of its past."""

    def snapshot(self, version: int | None = None) -> Snapshot: ...
    @property
    def catalog(self) -> Catalog: ...
    def commit_times(self, versions: I64) -> I64: ...


class _Changed(NamedTuple):
    """Rows of a segment that were made or ended: their offsets, the versions, and which it was."""

    segment: Segment
    offsets: I64
    versions: I64
    is_insert: bool


def changes_between(past: Past, first: int, last: Snapshot) -> Snapshot:
    """Return the changes of all versions from `first` on up to that of a snapshot; none where there is no
    such version. Using a table raises 72000 where its history does not reach back, 0A000 where a column has
    had another type, 42701 where one is called as those that changes have."""
    return replace(
        last,
        tables=PersistentMap(_ChangeTables(last.tables)),
        tables_by_id=PersistentMap(_ChangeTables(last.tables_by_id)),
        find_segments=lambda table, _: _segments(past, first, last, table),
        kept_segments={},
        expiring=frozenset(),
    )


def table_of_changes(table: schema.Table) -> schema.Table:
    """Return the table that changes of a table's rows are. Raises 42701."""
    taken = next((name for name, _ in CHANGE_COLUMNS if table.column(name) is not None), None)
    if taken is not None:
        raise DuplicateColumn(
            f'column "{taken}" of table "{table.name}" is called as one that its changes have',
            hint="Rename the column.",
        )
    made = tuple(schema.Column(name, type_, not_null=True) for name, type_ in CHANGE_COLUMNS)
    bare = replace(
        table,
        columns=table.columns + made,
        primary_key=(),
        indexes=(),
        checks=(),
        foreign_keys=(),
        computed=(),
    )
    return bare.numbered()


class _ChangeTables(Mapping[Key, schema.Table]):
    """Tables as those that their changes are, each made when it is asked for."""

    def __init__(self, tables: Mapping[Key, schema.Table]) -> None:
        self._tables = tables
        self._made: dict[Key, schema.Table] = {}

    def __getitem__(self, key: Key) -> schema.Table:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = table_of_changes(self._tables[key])
        return found

    def __iter__(self) -> Iterator[Key]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def _segments(past: Past, first: int, last: Snapshot, made: schema.Table) -> tuple[Segment, ...]:
    """Return the changes of a table as a segment."""
    table = last.tables_by_id[made.table_id]
    found = list(_changes(past, first, last, table, table)) if first <= last.version else []
    count = sum(len(each.offsets) for each in found)
    if not count:
        return ()
    versions = np.concatenate([each.versions for each in found])
    kinds = np.concatenate([np.full(len(each.offsets), each.is_insert, np.int32) for each in found])
    order = np.lexsort((kinds, versions))
    versions, kinds = versions[order], kinds[order]

    def column(position: int) -> Column:
        pieces = [each.segment.column(position).take(each.offsets) for each in found]
        return Column.concat(pieces).take(order)

    columns = [column(position) for position in range(len(table.columns))]
    times = past.commit_times(versions)
    known: Bools = times > 0
    columns += [
        Column(TEXT, kinds, None, Dictionary.of(KINDS, True)),
        Column(BIGINT, versions, None, None),
        Column(TIMESTAMPTZ, times, None if known.all() else known, None),
    ]
    stored = dict(zip(made.column_ids, columns, strict=True))
    return (MemorySegment(made.stored, stored, np.arange(1, count + 1), 0, Tombstones()),)


def _changes(
    past: Past, first: int, last: Snapshot, table: schema.Table, shown: schema.Table
) -> Iterator[_Changed]:
    """Yield what was changed of a table, and of those in whose place TRUNCATE has put it, laid out as
    `shown`."""
    definitions = past.catalog.history(table.table_id)
    made_at = definitions[0][0]
    before = past.snapshot(max(first - 1, made_at - 1, 0))
    _require_same_types(shown, definitions, before.version, last.version)
    try:
        before.segments(table.table_id)
    except SnapshotTooOld as error:
        text = "VERSIONS BETWEEN begins before the history that is kept"
        raise SnapshotTooOld(text, hint=error.hint) from None
    for segment in last.segments(table.table_id):
        yield from _changed(segment.laid_out(shown.stored), before.version, last.version)
    if made_at < first:
        return  # it was there before
    former = before.tables.get(table.qualified)
    began, known = definitions[0][1], past.snapshot(max(first - 1, 0)).tables.get(table.qualified)
    is_truncated = former is not None and began is not None and former.stored == began.stored
    if former is None or not is_truncated:
        if former is None and known is None:
            return
        raise SnapshotTooOld(
            f'table "{table.name}" was made anew within these versions', hint=f"Begin with VERSION {made_at}."
        )
    yield from _changes(past, first, before, former, shown)
    for segment in (each.laid_out(shown.stored) for each in before.segments(former.table_id)):
        visible = segment.visible(before.version)
        there = np.arange(segment.rows) if visible is None else np.flatnonzero(visible)
        yield _Changed(segment, there, np.full(len(there), made_at), is_insert=False)


def _changed(segment: Segment, before: int, last: int) -> Iterator[_Changed]:
    """Yield the rows of a segment that were made, and those that ended, behind a version up to another."""
    if isinstance(segment.created, np.ndarray):
        start, end = np.searchsorted(segment.created, [before, last], "right")
        yield _Changed(segment, np.arange(start, end), segment.created[start:end].astype(np.int64), True)
    elif before < segment.created <= last:
        yield _Changed(segment, np.arange(segment.rows), np.full(segment.rows, segment.created), True)
    offsets, versions = segment.tombstones.both
    start, end = np.searchsorted(versions, [before, last], "right")
    yield _Changed(segment, offsets[start:end], versions[start:end], False)


def _require_same_types(
    table: schema.Table, definitions: Sequence[tuple[int, schema.Table | None]], first: int, last: int
) -> None:
    """Raise 0A000 where a column has had another type in some versions, whose rows then have no value for
    what it is now."""
    ids = {column.number: column for column in table.columns}
    ends = [*(version for version, _ in definitions[1:]), last + 1]
    for (_, then), end in zip(definitions, ends, strict=True):
        if end <= first or then is None:
            continue
        for column in then.columns:
            now = ids.get(column.number)
            if now is not None and now.column_id != column.column_id and end <= last:
                raise NotSupportedError(
                    f'changes of table "{table.name}" from before column "{now.name}" had its type are not '
                    "supported",
                    hint=f"Begin behind VERSION {end}.",
                )
