"""The kinds of index over bit columns: inverted lists by hamming distance, or none.

Every method but the flat ones gives the same lists, which are kept where they are quicker than to compare
all rows. faiss is loaded when an index is built or opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from vql import schema
from vql.storage.columns.column import Column
from vql.storage.index.kind import Blobs, BuiltIndex, Device, Step
from vql.storage.index.methods import COMMON, GRAPH_OPTIONS, VectorMethod
from vql.types.type import Type


class BitKind(VectorMethod):
    """One access method over strings of bits."""

    methods: ClassVar = {**COMMON, "binary_hnsw": GRAPH_OPTIONS, "binary_flat": {}}

    def accepts(self, type_: Type, metric: str) -> bool:
        return type_.is_matrix and not type_.is_dense and metric in type_.base.metrics

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        info: dict[str, Any] = {"metric": definition.metric, "families": []}
        if self.method in ("flat", "binary_flat") or definition.metric != "hamming":
            return BuiltIndex(info, {})
        from vql.storage.index.bit import lists

        info["families"], blobs = lists.build(columns[0].data, columns[0].valid, step)
        return BuiltIndex(info, blobs)

    def open(self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs) -> Any:
        if not info["families"]:
            return None
        from vql.storage.index.bit.lists import BitIndex

        return BitIndex(info, blobs)
