"""What a transaction has done and not committed: its changes, its rows and their unique keys.

Rows are kept in batches of falling size: a batch is joined to the one before it when that is not
much larger, so n single inserts are copied log n times, and a view of them is a few segments. Batches of many
bytes stay as they are: they may be mapped from disk, and a commit writes them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from enum import Enum

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.errors import DuplicateObject, UndefinedObject
from vql.storage.columns.column import Column
from vql.storage.keys import keys_of
from vql.storage.segments.layout import Layout, ids_of, laid_out
from vql.storage.segments.segment import MemorySegment, Tombstones
from vql.types.forms.ndarrays import I64

# Ids of rows that are not committed yet: above every real one, so they sort last.
PENDING_ROW_ID = 1 << 62
# Batches of rows that take more are not joined.
BATCH_BYTES_MAX = 64 << 20
# Rows that a transaction has changed and a statement of its goes through without a thread.
FEW_ROWS = 200
Rows = tuple[Column, ...]
# By batch of rows and its first id: the batch, its layout, its segment.
PendingSegments = dict[tuple[int, int], tuple[Rows, Layout, MemorySegment]]


class Naming(Enum):
    """What a transaction does with the name of a snapshot; REPLACE where it drops and creates it."""

    CREATE = "create"
    REPLACE = "replace"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a transaction has done: immutable, so a savepoint is a reference. `deletes` are sorted, own rows
    among them."""

    inserts: Mapping[int, tuple[Rows, ...]] = field(default_factory=dict)
    deletes: Mapping[int, I64] = field(default_factory=dict)
    tables: Mapping[int, schema.Table | None] = field(default_factory=dict)
    others: Mapping[int, schema.Object | None] = field(default_factory=dict)  # what is no table
    snapshots: Mapping[str, Naming] = field(default_factory=dict)
    undropped: frozenset[int] = frozenset()  # tables among those that were dropped, with their rows
    catalog_version: int = 0  # negative where definitions were changed: nobody else's

    @property
    def names_given(self) -> dict[str, bool]:
        """Which names it gives to snapshots, and drops (False)."""
        return {name: how is not Naming.DROP for name, how in self.snapshots.items()}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not (self.inserts or self.deletes or self.tables or self.others or self.snapshots)

    @property
    def are_of_few_rows(self) -> bool:
        """Whether it has changed rows alone, and not many."""
        if self.tables or self.others or self.snapshots:
            return False
        count = 0
        for batches in self.inserts.values():
            for rows in batches:
                count += len(rows[0])
        for row_ids in self.deletes.values():
            count += len(row_ids)
        return count <= FEW_ROWS


def duplicate_snapshot(name: str) -> DuplicateObject:
    """Return the error of a snapshot's name that is taken."""
    return DuplicateObject(f'snapshot "{name}" already exists')


def with_snapshot(changes: Changes, name: str, is_stored: Callable[[str], bool]) -> Changes:
    """Return changes that name the version they become; `is_stored` says which names there are. Raises
    42710."""
    own = changes.snapshots.get(name)
    if own not in (None, Naming.DROP) or (own is None and is_stored(name)):
        raise duplicate_snapshot(name)
    naming = Naming.CREATE if own is None else Naming.REPLACE
    return replace(changes, snapshots={**changes.snapshots, name: naming})


def without_snapshot(changes: Changes, name: str, is_stored: Callable[[str], bool]) -> Changes:
    """Return changes that drop a name. Raises 42704."""
    own = changes.snapshots.get(name)
    if own is Naming.DROP or (own is None and not is_stored(name)):
        raise UndefinedObject(f'snapshot "{name}" does not exist')
    names = {given: how for given, how in changes.snapshots.items() if given != name}
    return replace(changes, snapshots=names if own is Naming.CREATE else {**names, name: Naming.DROP})


def stacked(batches: Sequence[Rows], rows: Rows) -> tuple[Rows, ...]:
    """Return the batches with further rows."""
    made = [*batches, rows]
    while len(made) > 1 and len(made[-2][0]) <= 2 * len(made[-1][0]) and not is_large(made[-2]):
        made[-2:] = [joined(made[-2:])]
    return tuple(made)


def gathered(batches: Sequence[Rows]) -> tuple[Rows, ...]:
    """Return batches as a commit writes them: those beside each other joined, large ones as they are."""
    if len(batches) == 1:
        return (batches[0],)
    made: list[list[Rows]] = []
    for rows in batches:
        if made and not is_large(rows) and not is_large(made[-1][-1]):
            made[-1].append(rows)
        else:
            made.append([rows])
    return tuple(joined(each) for each in made)


def is_large(rows: Rows) -> bool:
    """Whether a batch is not joined to others."""
    return bytes_in(rows) > BATCH_BYTES_MAX


def bytes_in(rows: Rows) -> int:
    """Return how many bytes a batch takes, the strings of dictionaries apart."""
    size = 0
    for column in rows:
        size += column.nbytes
    return size


def joined(batches: Sequence[Rows]) -> Rows:
    """Return all rows as one batch."""
    if len(batches) == 1:
        return batches[0]
    return tuple(Column.concat(columns) for columns in zip(*batches, strict=True))


def without(batches: Sequence[Rows], places: I64) -> tuple[Rows, ...]:
    """Return the batches without the rows at places counted over all of them; maybe none."""
    made = []
    start = 0
    for rows in batches:
        count = len(rows[0])
        inside = places[(places >= start) & (places < start + count)] - start
        start += count
        if len(inside):
            keep = np.ones(count, bool)
            keep[inside] = False
            kept = np.flatnonzero(keep)
            rows = tuple(column.take(kept) for column in rows)
        if len(rows[0]):
            made.append(rows)
    return tuple(made)


def relaid(batches: Sequence[Rows], before: Layout, after: Layout) -> tuple[Rows, ...]:
    """Return the batches of one definition of a table as those of another."""
    ids = ids_of(before)
    return tuple(laid_out(dict(zip(ids, rows, strict=True)), after, len(rows[0])) for rows in batches)


def without_own_deletes(changes: Changes) -> Changes:
    """Return changes as others are to see them: own rows that were deleted have never been."""
    inserts, deletes = {**changes.inserts}, {}
    for table_id, row_ids in changes.deletes.items():
        split = int(np.searchsorted(row_ids, PENDING_ROW_ID))
        if split:
            deletes[table_id] = row_ids[:split]
        if split < len(row_ids) and table_id in inserts:
            inserts[table_id] = without(inserts[table_id], row_ids[split:] - PENDING_ROW_ID)
            if not inserts[table_id]:
                del inserts[table_id]
    return replace(changes, inserts=inserts, deletes=deletes)


def pending_segments(batches: Sequence[Rows], layout: Layout, known: PendingSegments) -> PendingSegments:
    """Return batches of rows as segments, in their order; those that are known are made once."""
    made, start = PendingSegments(), PENDING_ROW_ID
    for rows in batches:
        kept = known.get((id(rows), start))
        if kept is None or kept[1] != layout:
            kept = (rows, layout, _pending_segment(rows, layout, start))
        made[id(rows), start] = kept
        start += len(rows[0])
    return made


def _pending_segment(rows: Rows, layout: Layout, start: int) -> MemorySegment:
    """Return a batch of rows as a segment that every version sees, its ids from `start` on."""
    stored = dict(zip(ids_of(layout), rows, strict=True))
    return MemorySegment(layout, stored, np.arange(start, start + len(rows[0])), 0, Tombstones())


class PendingKeys:
    """Encoded unique keys of a table's pending rows, by place; follows the batches as they grow."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._twins: dict[bytes, list[int]] = {}  # places before that of a key
        self._rows = 0

    @property
    def rows(self) -> int:
        """Count the rows whose keys are here."""
        return self._rows

    def add(self, table: schema.Table, rows: Rows) -> None:
        """Enter the keys of further rows."""
        for unique in table.unique_keys:
            for place, encoded in enumerate(keys_of(unique, rows), self._rows):
                if encoded is None:
                    continue
                if encoded in self._places:
                    self._twins.setdefault(encoded, []).append(self._places[encoded])
                self._places[encoded] = place
        self._rows += len(rows[0])

    def find(self, encoded: bytes) -> int:
        """Return the id of the last row that has a key, or -1."""
        place = self._places.get(encoded)
        return -1 if place is None else PENDING_ROW_ID + place

    def find_all(self, encoded: bytes) -> list[int]:
        """Return the ids of all rows that have, or had, a key."""
        places = [*self._twins.get(encoded, ()), *([self._places[encoded]] * (encoded in self._places))]
        return [PENDING_ROW_ID + place for place in places]
