"""Which index a column gets, by its type: built here, opened here.

vector and halfvec have the families of `vql.storage.index.build`; sparsevec inverted lists, which are exact,
whatever graph was asked for; bit lists of its own for hamming distances, and none for jaccard.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vql import schema
from vql.storage.columns.column import Column
from vql.storage.index import bit as bit_index
from vql.storage.index import build as index_build
from vql.storage.index.build import Cancelled, Progress
from vql.storage.index.dense import BuiltIndex, open_index
from vql.storage.index.inverted import SparseIndex, inverted_blobs
from vql.storage.index.widened import WidenedRows


def build(
    column: Column,
    index: schema.Index,
    threads: int,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> BuiltIndex:
    """Build an index over one segment's column. Raises QueryCanceled."""
    if column.type.is_dense:
        vectors = column.data if column.type.is_single else WidenedRows(column.data)
        options = dict(index.options)
        return index_build.build_index(
            vectors, column.valid, index.method, index.metric, options, threads, progress, cancelled
        )
    info: dict[str, Any] = {"metric": index.metric, "families": []}
    if column.sparse is not None and index.method != "flat":
        info["families"].append({"kind": "inverted"})
        return BuiltIndex(info, dict(inverted_blobs(column.sparse_rows, index.metric)))
    if index.metric == "hamming" and index.method not in ("flat", "binary_flat"):
        step, stop = progress or (lambda phase, part: None), cancelled or (lambda: False)
        info["families"], blobs = bit_index.build(column.data, column.valid, step, stop)
        return BuiltIndex(info, blobs)
    return BuiltIndex(info, {})


def opened(column: Column, info: Mapping[str, Any], blobs: Mapping[str, memoryview]) -> Any:
    """Open a built index over mapped blobs, copying nothing; None where there is none to be used."""
    if not info["families"]:
        return None
    if column.sparse is not None:
        return SparseIndex(blobs)
    if not column.type.is_dense:
        return bit_index.BitIndex(info, blobs)
    return open_index(info, blobs, column.data, column.valid)
