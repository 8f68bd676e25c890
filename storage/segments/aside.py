"""Columns put aside: on disk and mapped instead of in memory, while a statement still gathers rows.

The file has no name, so that what a crash leaves is nothing, and goes with the last column that maps it.
Nobody else sees it; it is neither synced nor checked.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vql.storage.columns.column import Column
from vql.storage.files.blobfile import disk_error
from vql.storage.segments.records import buffers_of, column_of

# Buffers begin where any number may.
ALIGNMENT_BYTES = 64


def put_aside(folder: Path, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return columns that are mapped from a file in a folder, which is made. Raises DiskFull, 58030."""
    laid: list[dict[str, tuple[int, int]]] = []
    kept = [column.compact() for column in columns]
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            for column in kept:
                places = {}
                for name, array in buffers_of(column).items():
                    places[name] = file.tell(), array.nbytes
                    file.write(np.ascontiguousarray(array).data.cast("B") if array.nbytes else b"")
                    file.write(bytes(-array.nbytes % ALIGNMENT_BYTES))
                laid.append(places)
            file.flush()
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.tell() else b""
    except OSError as error:
        raise disk_error(error, folder) from error
    raw = np.frombuffer(mapped, np.uint8)
    return tuple(
        column_of(column.type, len(column), {name: raw[at : at + n] for name, (at, n) in places.items()})
        for column, places in zip(kept, laid, strict=True)
    )
