"""What a process knows of one table: sealed segments, the delta, deletes, and how far it has read.

Invariants
* What is known is what `main.mdb` holds up to version `read_to`: read from it, or known to be written to it.
* Segments are laid out as `table`, the newest definition, says. Their ids rise, so new ones come last.
* `read` may be done again over what an interrupt or an error left: frames and deletes below what a part
  has read are passed over, and `read_to` is set last.

A `TableState` belongs to its store and is used under Store.lock alone; it writes nothing. What others get is
`contents()`: an immutable value, whose segments gain deletes later and nothing else, and tell them by
version.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vql import schema
from vql.dataclass import dataclass
from vql.storage.files.metastore import Batch, key, numbers
from vql.storage.segments import manifest
from vql.storage.segments.growing import Growing
from vql.storage.segments.records import Frame, decode_deletes, decode_frame
from vql.storage.segments.segment import CheckedFiles, MemorySegment, SealedSegment, Segment
from vql.types.forms.ndarrays import I64

NO_DELETES = (np.empty(0, np.int64), np.empty(0, np.int64))


class TableSizes(NamedTuple):
    """How much of a table there is, and what indexes are wanted of it; as in TableContents."""

    delta_rows: int
    delta_bytes: int
    delete_frames: int
    sealed: int  # segments
    newest: int  # the id of the last of them, 0 where there is none
    indexes: tuple[schema.Index, ...]
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class TableContents:
    """A table at one moment: immutable. `delta` are the rows of no segment file, `delta_bytes` what their
    records take; `delete_frames` were read so far."""

    table: schema.Table
    sealed: tuple[SealedSegment, ...]
    delta: MemorySegment | None
    delta_bytes: int
    delete_frames: int
    read_to: int
    is_dropped: bool

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The sealed segments, then the delta."""
        return self.sealed if self.delta is None else (*self.sealed, self.delta)

    @property
    def delta_rows(self) -> int:
        """How many rows stand in no segment file."""
        return 0 if self.delta is None else self.delta.rows

    def segments_of(self, table: schema.Table) -> tuple[Segment, ...]:
        """Return the segments laid out as another definition says."""
        # Types that differ are stored alike, but labels have names.
        if table.column_ids == self.table.column_ids and table.types_made == self.table.types_made:
            return self.segments
        return tuple(segment.laid_out(table.stored) for segment in self.segments)


class TableState:
    """See the module. `columns` are all the table has had."""

    def __init__(
        self,
        table: schema.Table,
        columns: Mapping[int, schema.Column],
        folder: Path,
        checked: CheckedFiles,
    ) -> None:
        self.table = table
        self.read_to = -1
        self.is_dropped = False
        self.delete_frames = 0
        self.oldest = (0, 0)  # the version, and its time, from which on the history is whole
        self._folder = folder
        self._checked = checked
        self._sealed: list[SealedSegment] = []
        self._growing = Growing(columns)
        self._contents: TableContents | None = None

    def contents(self) -> TableContents:
        """Return what is known now: the same object until something changes."""
        if self._contents is None:
            delta = self._growing.view(self.table.stored)
            self._contents = TableContents(
                self.table, tuple(self._sealed), delta, self._growing.bytes, self.delete_frames, self.read_to,
                self.is_dropped,
            )  # fmt: skip
        return self._contents

    def sizes(self) -> TableSizes:
        """Return how much is known now, without a view of it."""
        growing, sealed = self._growing, self._sealed
        newest = sealed[-1].segment_id if sealed else 0
        return TableSizes(
            growing.rows, growing.bytes, self.delete_frames, len(sealed), newest, self.table.indexes,
            self.is_dropped,
        )  # fmt: skip

    def open_segments(self) -> dict[int, SealedSegment]:
        """Return the segments that are open, by id, laid out as `table` says."""
        return {segment.segment_id: segment for segment in self._sealed}

    def read(self, batch: Batch, version: int, is_dropped: bool, kept: Mapping[int, SealedSegment]) -> None:
        """Read what is new up to a version; segments that are open already are `kept`. Raises XX001,
        FileNotFoundError."""
        self._contents = None
        self.is_dropped = is_dropped
        table_id = self.table.table_id
        self._read_manifest(batch, kept)
        for at, raw in batch.range("delta", key(table_id, self._growing.read_to + 1), key(table_id)):
            made_at = numbers(at)[1]
            where = f"delta frame {made_at} of table {self.table.name}"
            self._growing.append(decode_frame(raw, where), made_at, len(raw))
        start = min((s.tombstones.read_to for s in self.contents().segments), default=version)
        frames = [
            decode_deletes(raw) for _, raw in batch.range("deletes", key(table_id, start + 1), key(table_id))
        ]
        ids, versions = map(np.concatenate, zip(NO_DELETES, *frames, strict=True))
        self._delete(ids, versions, version)
        self.delete_frames += len(frames)
        self._contents, self.read_to = None, version

    def commit(self, frame: tuple[Frame, int] | None, deleted: I64 | None, version: int) -> None:
        """Take note of what a commit of this process did: rows added, with the size of their record, and
        ids deleted."""
        self._contents = None
        if deleted is not None:
            self._delete(deleted, np.full(len(deleted), version), version)
            self.delete_frames += 1
        if frame is not None:
            self._growing.append(frame[0], version, frame[1])
        self._contents, self.read_to = None, version

    def folded(self) -> None:
        """Take note that one frame of deletes is left."""
        self.delete_frames = 1
        self._contents = None

    def _read_manifest(self, batch: Batch, kept: Mapping[int, SealedSegment]) -> None:
        table_id = self.table.table_id
        last = self._sealed[-1].segment_id if self._sealed else 0
        for at, raw in batch.range("manifest", key(table_id, last + 1), key(table_id)):
            segment_id, record = numbers(at)[1], manifest.decode(raw)
            segment = kept.get(segment_id)
            if segment is None:
                segment = SealedSegment(segment_id, record, self.table.stored, self._folder, self._checked)
            else:
                segment = segment.laid_out(self.table.stored)
                segment.update_record(record)
            self._sealed.append(segment)

    def _delete(self, row_ids: I64, versions: I64, upto: int) -> None:
        """Mark deleted rows; all deletes up to a version are known then."""
        for segment in self.contents().segments:
            offsets = NO_DELETES
            ids = segment.row_ids()
            if len(row_ids) and len(ids):
                at = np.minimum(np.searchsorted(ids, row_ids), len(ids) - 1)
                here = (ids[at] == row_ids) & (versions > segment.tombstones.read_to)
                offsets = (at[here], versions[here])
            segment.tombstones.add(*offsets, upto)
        self._growing.tombstones.add(*NO_DELETES, upto)
