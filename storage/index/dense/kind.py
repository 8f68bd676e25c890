"""The kinds of index over vector and halfvec columns: inverted lists and graphs by faiss, or none.

faiss is loaded when an index is built or opened, not with the package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vql import schema
from vql.storage.columns.column import Column
from vql.storage.index.kind import Blobs, BuiltIndex, Device, Step
from vql.storage.index.methods import COMMON, VectorMethod
from vql.types.type import Type


class DenseKind(VectorMethod):
    """One access method over vectors of numbers."""

    methods = COMMON
    # Not the graph, whose edges are followed without a look.
    verified_later = frozenset({"ivfpq", "rabitq", "ivfflat"})

    def accepts(self, type_: Type, metric: str) -> bool:
        return type_.is_dense and metric in type_.base.metrics

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        from vql.storage.index.dense import build
        from vql.storage.index.dense.widened import WidenedRows

        (column,) = columns
        vectors = column.data if column.type.is_single else WidenedRows(column.data)
        options = dict(definition.options)
        return build.build_index(vectors, column.valid, self.method, definition.metric, options, device, step)

    def open(self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs) -> Any:
        if not info["families"]:
            return None
        from vql.storage.index.dense.index import VectorIndex

        return VectorIndex(info, blobs, *columns[0].data.shape)
