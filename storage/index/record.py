"""The record of one index of one segment, as the segment's manifest record holds it.

It names columns by id; a kind is given the columns themselves, and knows neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from vql.storage.files.blobfile import Place, places_of, raw_places
from vql.storage.index.kind import IndexKind

LAYOUT = "layout"


class IndexRecord(NamedTuple):
    """Which file holds the index, where its blobs lie in it, the ids of the columns it is of, and what its
    kind is to know again (`info`)."""

    file: str
    columns: tuple[int, ...]
    metric: str
    method: str
    info: Mapping[str, Any]
    places: dict[str, Place]


def pack(record: IndexRecord, kind: IndexKind) -> dict[str, Any]:
    """Return a record as the manifest keeps it, of blobs that the kind has written now."""
    return {
        "file": record.file, "columns": list(record.columns), "metric": record.metric,
        "method": record.method, "info": {**record.info, LAYOUT: kind.layout},
        "blobs": raw_places(record.places),
    }  # fmt: skip


def unpack(entry: Mapping[str, Any]) -> IndexRecord:
    """Return the record that the manifest keeps so."""
    # Older versions wrote no method: any that takes the columns opens what they built.
    method = entry.get("method") or ("auto" if entry["metric"] else "btree")
    columns, places = tuple(entry["columns"]), places_of(entry["blobs"])
    return IndexRecord(entry["file"], columns, entry["metric"], method, entry["info"], places)


def is_current(info: Mapping[str, Any], kind: IndexKind) -> bool:
    """Whether blobs are of the layout that a kind writes now."""
    return bool(info.get(LAYOUT, 0) == kind.layout)
