"""Segments: rows at fixed offsets, sealed in a mapped file or growing in memory.

Visibility at version T: `created` never falls along a segment, so the rows created by then are a
prefix; deletes are kept sorted by version, so those done by then are a prefix too. The mask depends
on the two lengths alone and the last ones are kept.

A segment object is shared by all snapshots and threads of a process and only ever gains deletes; what
a snapshot sees is decided by its version.

Invariants
* Row ids rise along a segment, `created` never falls, the rows themselves never change.
* `tombstones` show one tuple, replaced under Store.lock; its versions never fall. A reader that took the
  tuple before has all deletes of its own version.
* An index in a record covers every row of its segment.

Locks: `_masks_lock` for the masks kept, `SealedSegment._lock` for the record and the layouts, whose indexes
have one of their own. Columns are made on first use without a lock: a second thread makes an equal one.

Files are mapped when a SealedSegment is made, so that maintenance may unlink them at any time. Nothing
is written here: a crash leaves what it finds.
"""

from __future__ import annotations

import copy
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vql import schema
from vql.errors import DataCorrupted
from vql.storage.columns.column import Column, Dictionary
from vql.storage.files.blobfile import BlobFile, Checked, places_of
from vql.storage.segments.indexes import KeyedIndex, SegmentIndexes
from vql.storage.segments.layout import Layout, laid_out, layout_key, missing, places_of_ids
from vql.storage.segments.records import column_of
from vql.types.forms.ndarrays import I64, Bools

MASKS_KEPT = 4
# More of a column of vectors is verified by the scrub, not by the first statement: 4 MiB take 5 ms. So are
# versions, which opening looks at: 1 MiB of them are those of 131,072 rows.
VECTOR_BYTES_MAX, CREATED_BYTES_MAX = 4 << 20, 1 << 20
CheckedFiles = Mapping[str, Checked]


class Tombstones:
    """Deletes of one segment: offsets and versions in the order of versions, only ever appended.

    `add` wants Store.lock; readers want none. Arrays grow by doubling, what stands behind the deletes that
    were shown nobody has seen, and one assignment shows them together with how far they have been read.
    """

    def __init__(self) -> None:
        self._offsets = self._versions = np.empty(0, np.int64)
        self._shown: tuple[I64, I64, int] = (self._offsets, self._versions, 0)

    @property
    def read_to(self) -> int:
        """Deletes up to this version are here."""
        return self._shown[2]

    @property
    def both(self) -> tuple[I64, I64]:
        """Offsets and versions of all deletes."""
        return self._shown[:2]

    def add(self, offsets: I64, versions: I64, upto: int) -> None:
        """Append deletes; versions must not be below those there. All up to a version are here then."""
        count = len(self._shown[0])
        end = count + len(offsets)
        if end > len(self._offsets):
            grown = np.empty((2, max(end, 2 * count)), np.int64)
            grown[:, :count] = self._shown[:2]
            self._offsets, self._versions = grown
        self._offsets[count:end], self._versions[count:end] = offsets, versions
        self._shown = (self._offsets[:end], self._versions[:end], max(upto, self._shown[2]))

    def done_by(self, version: int) -> I64:
        """Return the offsets deleted by a version."""
        offsets, versions, _ = self._shown
        if not len(versions) or versions[-1] <= version:
            return offsets
        return offsets[: np.searchsorted(versions, version, "right")]


class Segment:
    """The shape shared by sealed and growing segments.

    Subclasses set `segment_id` (0 when growing), `rows`, `created` (an int where one version made
    every row) and provide `column` and `row_ids`.
    """

    segment_id: int
    rows: int
    created: int | I64

    def __init__(self, tombstones: Tombstones) -> None:
        self.tombstones = tombstones
        self._masks: dict[tuple[int, int], Bools | None] = {}
        self._masks_lock = threading.Lock()
        # By column id: what rows have in a column by which they expire, in order, and their offsets.
        self.moments: dict[int, tuple[np.ndarray, I64]] = {}

    @property
    def identity(self) -> object:
        """The object caches may be tied to: equal identity means equal rows and columns."""
        return self

    @property
    def whole(self) -> Segment:
        """The same rows, those that somebody does not see among them."""
        return self

    def column(self, position: int) -> Column:
        """Return the column at a place of the segment's layout; views, nothing is copied."""
        raise NotImplementedError

    def laid_out(self, layout: Layout) -> Segment:
        """Return the same rows with the columns of another definition of their table."""
        raise NotImplementedError

    def row_ids(self, offsets: I64 | None = None) -> I64:
        """Return the global ids of all rows or of those at `offsets`."""
        raise NotImplementedError

    def find_row(self, row_id: int) -> int:
        """Return the offset of a row id, or -1; ids rise along a segment."""
        ids = self.row_ids()
        at = int(ids.searchsorted(row_id))
        return at if at < len(ids) and ids[at] == row_id else -1

    def offsets_of(self, row_ids: I64) -> I64:
        """Return the offsets of those row ids that are in this segment."""
        ids = self.row_ids()
        at = np.searchsorted(ids, row_ids)
        at = at[at < len(ids)] if not len(ids) else np.minimum(at, len(ids) - 1)
        return at[ids[at] == row_ids] if len(ids) else at

    def state_at(self, version: int) -> tuple[int, int] | None:
        """Return how many rows were made and how many deletes done by a version: what the rows
        visible at it depend on. None where they depend on more."""
        return self._prefix(version), len(self.tombstones.done_by(version))

    def _prefix(self, version: int) -> int:
        created = self.created
        if isinstance(created, np.ndarray):
            return self.rows if created[-1] <= version else int(created.searchsorted(version, "right"))
        return self.rows if created <= version else 0

    def visible(self, version: int) -> Bools | None:
        """Return the rows that exist at a version; None means every row."""
        prefix = self._prefix(version)
        deleted = self.tombstones.done_by(version)
        if prefix == self.rows and not len(deleted):
            return None
        kept = self._masks.get((prefix, len(deleted)))
        if kept is None:
            kept = np.zeros(self.rows, bool)
            kept[:prefix] = True
            kept[deleted] = False
            kept.flags.writeable = False
            with self._masks_lock:
                if len(self._masks) >= MASKS_KEPT:
                    self._masks.pop(next(iter(self._masks)))
                self._masks[(prefix, len(deleted))] = kept
        return kept

    def is_visible(self, offset: int, version: int) -> bool:
        """Whether one row exists at a version."""
        visible = self.visible(version)
        return visible is None or bool(visible[offset])

    def vector_index(self, position: int, metric: str) -> Any:
        """Return an open index over a vector column, or None."""
        return None

    def opened_indexes(self) -> Mapping[int, Any]:
        """Return the indexes that are open, by index id."""
        return {}

    def built_indexes(self) -> set[int]:
        """Return the ids of the indexes that there are of it."""
        return set()

    def distrust(self, position: int, metric: str) -> bool:
        """Read the file of an index that has failed: True where it is damaged, and is not used again."""
        return False

    def verify(self) -> None:
        """Raise DataCorrupted where stored rows are not what was written."""
        return None

    @property
    def scalar_indexes(self) -> tuple[KeyedIndex, ...]:
        """The indexes that answer comparisons, oldest first."""
        return ()


class SealedSegment(Segment):
    """A segment file and its manifest record.

    Its index files are mapped with it, so that maintenance may unlink them at any time; what is in
    them is opened on first use and kept.
    """

    def __init__(
        self, segment_id: int, record: Mapping[str, Any], layout: Layout, folder: Path, checked: CheckedFiles
    ) -> None:
        """Map the files of a record; `checked` is what is known of them. Raises FileNotFoundError,
        DataCorrupted."""
        super().__init__(Tombstones())
        self.segment_id = segment_id
        self.record = record
        self.layout = tuple(layout)
        # By column ids, shared by all of them. Weak: a circle would keep merged files mapped.
        self._layouts = weakref.WeakValueDictionary({layout_key(layout): self})
        self.rows = int(record["rows"])
        places = places_of(record["blobs"])
        self.file = BlobFile(folder / record["file"], places, checked[record["file"]])
        self._indexes = SegmentIndexes(folder, record["indexes"], checked)
        self._columns: dict[int, Column] = {}
        self._scalar_indexes: tuple[KeyedIndex, ...] | None = None
        self._lock = threading.Lock()
        created = record["created"]
        self.created = int(created) if created is not None else self._numbers("created", CREATED_BYTES_MAX)
        if int(np.ravel(self.created)[-1]) != record["max_created"]:
            raise DataCorrupted(f"{self.file.name}: its last row is not of version {record['max_created']}")
        # No row is deleted before it is made: older deletes need not be read for this segment.
        self.tombstones.add(np.empty(0, np.int64), np.empty(0, np.int64), int(np.ravel(self.created)[0]))
        first = record["row_id"]
        self._row_ids: I64 | None = None
        self._first_row_id = first

    def column(self, position: int) -> Column:
        found = self._columns.get(position)
        if found is None:
            definition = self.layout[position]
            prefix = f"{definition.column_id}."
            buffers = {}
            for name in self.file.places:
                if name.startswith(prefix):
                    # Vectors are many times as large as all else, and a search touches few of them.
                    self.file.require(name, VECTOR_BYTES_MAX if definition.type.is_matrix else None)
                    buffers[name.removeprefix(prefix)] = self.file.array(name, "u1")
            found = (
                column_of(definition.type, self.rows, buffers) if buffers else missing(definition, self.rows)
            )
            self._columns[position] = found
        return found

    def laid_out(self, layout: Layout) -> SealedSegment:
        key = layout_key(layout)
        with self._lock:
            found = self._layouts.get(key)
            if found is None:
                found = copy.copy(self)
                found.layout = tuple(layout)
                found._columns, found._scalar_indexes = {}, None
                self._layouts[key] = found
        return found

    def row_ids(self, offsets: I64 | None = None) -> I64:
        if self._first_row_id is not None and offsets is not None:
            ids: I64 = offsets + self._first_row_id
            return ids
        if self._row_ids is None:
            if self._first_row_id is not None:
                self._row_ids = np.arange(self._first_row_id, self._first_row_id + self.rows)
            else:
                self._row_ids = self._numbers("row_id")
        return self._row_ids if offsets is None else self._row_ids[offsets]

    def _numbers(self, name: str, at_once_max: int | None = None) -> I64:
        self.file.require(name, at_once_max)
        return self.file.array(name, "i8").view(np.int64)

    def find_row(self, row_id: int) -> int:
        if self._first_row_id is None:
            return super().find_row(row_id)
        at = row_id - self._first_row_id
        return at if 0 <= at < self.rows else -1

    def vector_index(self, position: int, metric: str) -> Any:
        return self._indexes.nearest(self.layout[position].column_id, metric, self._columns_of)

    def opened_indexes(self) -> Mapping[int, Any]:
        return self._indexes.opened()

    def built_indexes(self) -> set[int]:
        return self._indexes.built()

    def distrust(self, position: int, metric: str) -> bool:
        return self._indexes.distrust(self.layout[position].column_id, metric)

    def verify(self) -> None:
        for name in self.file.places:
            self.file.verify(name)

    def damaged_indexes(self) -> set[int]:
        """Return the ids of indexes that are damaged, and so left out."""
        return self._indexes.damaged()

    def files(self) -> list[BlobFile]:
        """Return the files of the indexes, then that of the rows."""
        return [*self._indexes.files(), self.file]

    @property
    def scalar_indexes(self) -> tuple[KeyedIndex, ...]:
        found = self._scalar_indexes
        if found is None:
            with self._lock:
                opened = self._indexes.scalar(self._columns_of)
                placed = ((i, places_of_ids(self.layout, columns), index) for i, columns, index in opened)
                # Those of a column that this definition does not have are nothing to it.
                found = tuple(KeyedIndex(i, tuple(p), index) for i, p, index in placed if p is not None)
                self._scalar_indexes = found
        return found

    def _columns_of(self, column_ids: Sequence[int]) -> list[Column] | None:
        """Return columns by id; None where this layout lacks one."""
        places = places_of_ids(self.layout, column_ids)
        return None if places is None else [self.column(place) for place in places]

    def update_record(self, record: Mapping[str, Any]) -> None:
        """Take a manifest record of the same rows that names other indexes."""
        with self._lock:
            self._indexes.update(record["indexes"])
            for each in self._layouts.values():
                each.record, each._scalar_indexes = record, None


class GrowingDictionary(Dictionary):
    """The first `count` strings of a growing list, in insertion order."""

    __slots__ = ("_codes", "_count", "_texts")

    def __init__(self, texts: list[str], codes: dict[str, int], count: int) -> None:
        self._texts = texts
        self._codes = codes
        self._count = count
        self.is_sorted = False
        self._values = None
        self._elements = None

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, code: int) -> str:
        return self._texts[code]

    def find(self, text: str) -> int:
        code = self._codes.get(text, -1)
        return code if code < self._count else -1

    def values(self) -> Any:
        if self._values is None:
            made = np.empty(self._count, object)
            made[:] = self._texts[: self._count]
            self._values = made
        return self._values


class MemorySegment(Segment):
    """Rows in memory: a view of the delta at one length, or a transaction's own rows."""

    def __init__(
        self,
        layout: Layout,
        stored: Mapping[int, Column],
        row_ids: I64,
        created: int | I64,
        tombstones: Tombstones,
    ) -> None:
        super().__init__(tombstones)
        self.segment_id = 0
        self.columns = laid_out(stored, layout, len(row_ids))
        self._stored = stored
        self.rows = len(row_ids)
        self.created = created
        self._row_ids = row_ids

    def column(self, position: int) -> Column:
        return self.columns[position]

    def laid_out(self, layout: Layout) -> MemorySegment:
        made = copy.copy(self)
        made.columns = laid_out(self._stored, layout, self.rows)
        return made

    def row_ids(self, offsets: I64 | None = None) -> I64:
        return self._row_ids if offsets is None else self._row_ids[offsets]


def some_rows(segment: Segment, offsets: I64, table: schema.Table) -> MemorySegment:
    """Return some rows of a segment of a table as one of their own, visible at every version."""
    columns = [segment.column(position).take(offsets) for position in range(len(table.stored))]
    stored = dict(zip(table.column_ids, columns, strict=True))
    return MemorySegment(table.stored, stored, segment.row_ids(offsets), 0, Tombstones())


class OverlaidSegment(Segment):
    """A segment as a transaction sees it that has deleted rows of its table, `row_ids`, sorted."""

    def __init__(self, base: Segment, row_ids: I64) -> None:
        super().__init__(base.tombstones)
        self.base = base
        self._deleted_ids = row_ids
        self._deleted: I64 | None = None
        self.segment_id = base.segment_id
        self.rows = base.rows
        self.created = base.created

    @property
    def identity(self) -> object:
        return self.base.identity

    @property
    def whole(self) -> Segment:
        return self.base.whole

    def column(self, position: int) -> Column:
        return self.base.column(position)

    def laid_out(self, layout: Layout) -> OverlaidSegment:
        return OverlaidSegment(self.base.laid_out(layout), self._deleted_ids)

    def row_ids(self, offsets: I64 | None = None) -> I64:
        return self.base.row_ids(offsets)

    def find_row(self, row_id: int) -> int:
        return self.base.find_row(row_id)

    @property
    def deleted(self) -> I64:
        """The offsets of rows deleted. A statement that finds its rows by key does without."""
        if self._deleted is None:
            self._deleted = self.base.offsets_of(self._deleted_ids)
        return self._deleted

    def state_at(self, version: int) -> tuple[int, int] | None:
        return None if len(self.deleted) else self.base.state_at(version)

    def is_visible(self, offset: int, version: int) -> bool:
        row_id = self.base.row_ids(np.array([offset]))[0]
        at = int(self._deleted_ids.searchsorted(row_id))
        here = at < len(self._deleted_ids) and self._deleted_ids[at] == row_id
        return not here and self.base.is_visible(offset, version)

    def visible(self, version: int) -> Bools | None:
        seen = self.base.visible(version)
        if not len(self.deleted):
            return seen
        mask = np.ones(self.rows, bool) if seen is None else seen.copy()
        mask[self.deleted] = False
        return mask

    def vector_index(self, position: int, metric: str) -> Any:
        return self.base.vector_index(position, metric)

    def distrust(self, position: int, metric: str) -> bool:
        return self.base.distrust(position, metric)

    @property
    def scalar_indexes(self) -> tuple[KeyedIndex, ...]:
        return self.base.scalar_indexes
