"""Manifest records: what a segment file holds and which index files stand beside it (JSON).

`file`, `rows`, `row_id` (first of consecutive ids, or null with a blob `row_id`), `created` (one
version, or null with a blob `created`), `max_created`, `blobs` {name: [offset, length, crc32]},
`indexes` {index id: {file, columns, metric, info, blobs}}, `columns` being column ids. Blob `2.data` is
the data of the column with id 2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vql.errors import DataCorrupted
from vql.storage.columns.column import Column
from vql.storage.files.blobfile import Blob, Gathered, raw_places, write_blobs
from vql.storage.files.failpoint import failpoint
from vql.storage.segments.records import MANIFEST, buffers_of, marked, unmarked
from vql.types.forms.ndarrays import I64

Record = dict[str, Any]
FIELDS = frozenset({"file", "rows", "row_id", "created", "max_created", "blobs", "indexes"})


def encode(record: Record) -> bytes:
    """Encode a manifest record."""
    return marked(MANIFEST, json.dumps(record).encode())


def decode(raw: bytes) -> Record:
    """Return a manifest record. Raises DataCorrupted."""
    made: Record = json.loads(unmarked(MANIFEST, raw, "main.mdb: manifest record"))
    if not made.keys() >= FIELDS:
        raise DataCorrupted(f"main.mdb: a manifest record lacks {', '.join(sorted(FIELDS - made.keys()))}")
    return made


def files(record: Record) -> list[str]:
    """Return the files that a record names: the segment's, then those of its indexes."""
    return [record["file"], *(entry["file"] for entry in record["indexes"].values())]


def named(path: Path) -> str:
    """Return the name of a file as a record has it: its path below the database's folder."""
    return f"{path.parent.name}/{path.name}"


def write_segment(
    path: Path,
    columns: Mapping[int, Column],
    row_ids: I64 | None = None,
    created: I64 | None = None,
    gathered: Mapping[int, Gathered] | None = None,
) -> Record:
    """Write a segment file and return its record; consecutive ids and one version are left to the
    caller (None), who knows them only at commit. Columns go by column id; the data of `gathered`
    ones come in chunks. Raises DiskFull."""
    blobs: dict[str, Blob] = {}
    for column_id, column in columns.items():
        for part, array in buffers_of(column.compact()).items():
            blobs[f"{column_id}.{part}"] = array
    for column_id, data in (gathered or {}).items():
        blobs[f"{column_id}.data"] = data
    if row_ids is not None:
        blobs["row_id"] = row_ids.astype("<i8")
    if created is not None:
        blobs["created"] = created.astype("<i8")
    failpoint("before-segment-file")
    places = write_blobs(path, blobs)
    failpoint("after-segment-file")
    rows = max(len(column) for column in columns.values())
    return {
        "file": named(path), "rows": rows, "row_id": None, "created": None,
        "max_created": int(created[-1]) if created is not None else None,
        "blobs": raw_places(places), "indexes": {},
    }  # fmt: skip
