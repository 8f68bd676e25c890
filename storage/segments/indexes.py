"""The indexes of one sealed segment: their files mapped with it, each opened on first use and kept.

Shared by threads and by all layouts of the segment. Files are mapped when their record is read, so that
maintenance may unlink them at any time. It holds no segment: a circle would keep merged files mapped.

An index is verified as it is opened, but for large blobs that can only make its proposals worse
(`vql.storage.index.kind.IndexKind`, `verified_later`). One that is damaged is left out, and the log says so:
who asks finds none, and compares rows.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vql.errors import DataCorrupted, ExternalRoutineFailed
from vql.storage.columns.column import Column
from vql.storage.files.blobfile import BlobFile, Checked
from vql.storage.index.elements import ElementIndex
from vql.storage.index.kind import IndexKind
from vql.storage.index.record import IndexRecord, is_current, unpack
from vql.storage.index.registry import find_kind, foreign_code
from vql.storage.index.sorted import ScalarIndex

# More of an index' proposals is verified by the scrub, not by the first search: 4 MiB take 5 ms.
PROPOSALS_BYTES_MAX = 4 << 20
# What reading a damaged index may raise: numpy's, faiss', and of a third party's kind 38000.
FAILURES = (
    IndexError, KeyError, ValueError, RuntimeError, OverflowError, MemoryError, ExternalRoutineFailed,
)  # fmt: skip
# In the place of a blob's name: the whole file is missing or another one.
LOST = ""
log = logging.getLogger("vql.storage")
# Gives the columns of some ids; None where the definition that asks lacks one.
ColumnsOf = Callable[[Sequence[int]], Sequence[Column] | None]


class KeyedIndex(NamedTuple):
    """An open index that answers comparisons or has lists of elements, and its columns' places."""

    index_id: int
    positions: tuple[int, ...]
    opened: ScalarIndex | ElementIndex


class SegmentIndexes:
    """Index id -> record, and what its kind has opened. Every method takes the lock of its own."""

    def __init__(
        self, folder: Path, entries: Mapping[str, Mapping[str, Any]], checked: Mapping[str, Checked]
    ) -> None:
        """Map the files of manifest entries; one that is not what was written is left out. Raises
        FileNotFoundError."""
        self._folder = folder
        self._checked = checked
        self._lock = threading.Lock()
        self._entries: Mapping[str, Mapping[str, Any]] = {}
        self._records: dict[int, IndexRecord] = {}
        self._files: dict[str, BlobFile] = {}
        self._opened: dict[int, Any] = {}
        self.update(entries)

    def update(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        """Take other entries; files that are in both stay mapped."""
        with self._lock:
            if entries == self._entries:
                return
            records = {int(index_id): unpack(entry) for index_id, entry in entries.items()}
            files = {}
            for record in records.values():
                file = self._files.get(record.file) or self._mapped(record)
                if file is not None:
                    files[record.file] = file
            self._entries, self._records, self._files, self._opened = entries, records, files, {}

    def _mapped(self, record: IndexRecord) -> BlobFile | None:
        checked = self._checked[record.file]
        if LOST in checked.damaged:
            return None
        try:
            return BlobFile(self._folder / record.file, record.places, checked)
        except DataCorrupted as error:
            checked.damaged[LOST] = error.message
            log.error("an index is not used: %s", error.message)
            return None

    def damaged(self) -> set[int]:
        """Return the ids of indexes that are left out: they are to be built anew."""
        with self._lock:
            return {i for i, record in self._records.items() if self._checked[record.file].damaged}

    def built(self) -> set[int]:
        """Return the ids of indexes that there are, and that are not left out."""
        with self._lock:
            sound = (i for i, record in self._records.items() if record.file in self._files)
            return {i for i in sound if self._opened.get(i, True) is not None}

    def files(self) -> list[BlobFile]:
        """Return the files that are mapped."""
        with self._lock:
            return list(self._files.values())

    def distrust(self, column_id: int, metric: str) -> bool:
        """Verify the indexes over a column by a metric, one of which has failed; return whether any is
        damaged, and so is used no more."""
        found = False
        with self._lock:
            for index_id, record in self._records.items():
                if record.columns == (column_id,) and record.metric == metric:
                    file = self._files.get(record.file)
                    if file is None or not self._is_sound(record, file, ()):
                        self._opened[index_id] = None
                        found = True
        return found

    def _is_sound(self, record: IndexRecord, file: BlobFile, later: Collection[str]) -> bool:
        """Whether the blobs of an index are what was written; large ones of `later` are believed."""
        try:
            for name in file.places:
                file.require(name, PROPOSALS_BYTES_MAX if name in later else None)
        except DataCorrupted as error:
            log.error("an index is not used: %s", error.message)
            return False
        return True

    def nearest(self, column_id: int, metric: str, columns_of: ColumnsOf) -> Any:
        """Return the oldest index over a column by a metric that there is something to ask of, or None."""
        with self._lock:
            for index_id, record in self._records.items():  # oldest first
                if record.columns == (column_id,) and record.metric == metric:
                    index = self._open(index_id, record, columns_of)
                    if index is not None:
                        return index
        return None

    def scalar(self, columns_of: ColumnsOf) -> list[tuple[int, tuple[int, ...], ScalarIndex | ElementIndex]]:
        """Return ids, columns and indexes of those that answer no distances, oldest first."""
        with self._lock:
            found = [
                (index_id, record.columns, self._open(index_id, record, columns_of))
                for index_id, record in self._records.items()
                if not record.metric
            ]
        return [each for each in found if isinstance(each[2], ScalarIndex | ElementIndex)]

    def opened(self) -> dict[int, Any]:
        """Return those that are open, by index id."""
        with self._lock:
            return {index_id: index for index_id, index in self._opened.items() if index is not None}

    def _open(self, index_id: int, record: IndexRecord, columns_of: ColumnsOf) -> Any:
        """Return an index, opened now or before; None where its kind is missing, its blobs are of another
        layout, there is nothing to ask, or who asks has not its columns."""
        if index_id in self._opened:
            return self._opened[index_id]
        columns = columns_of(record.columns)
        if columns is None:
            return None
        index = None
        kind = find_kind(record.method, columns[0].type, record.metric)
        file = self._files.get(record.file)
        if kind is not None and file is not None and is_current(record.info, kind):
            if self._is_sound(record, file, kind.verified_later):
                index = self._made(record, file, kind, columns)
        self._opened[index_id] = index
        return index

    def _made(self, record: IndexRecord, file: BlobFile, kind: IndexKind, columns: Sequence[Column]) -> Any:
        blobs = {name: file.view(name) for name in file.places}
        try:
            with foreign_code(record.method, "open an index"):
                return kind.open(columns, record.metric, record.info, blobs)
        except FAILURES:
            if self._is_sound(record, file, ()):
                raise
            return None
