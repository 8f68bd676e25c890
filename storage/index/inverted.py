"""Inverted lists over one segment's sparse vectors: for each index, the rows that have it.

An index file holds `terms` (int32, the indices that occur, rising), `starts` (int64, one more than
terms), `rows` and `values` (int32, float32, the postings term by term, rows rising), and `norms`
(float64 a row: the squared length, the sum of magnitudes for l1). Searching it is exact: every
metric follows from the norms and from the terms that row and query share. A row occurs once in a
list, so that a list is added in one step of numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from vql import schema
from vql.storage.columns.column import Column
from vql.storage.columns.ragged_rows import SparseRows
from vql.storage.index.kind import Blobs, BuiltIndex, Device, Step
from vql.storage.index.methods import COMMON, VectorMethod
from vql.types.base import Storage
from vql.types.forms.ndarrays import F32, F64, I32, I64
from vql.types.type import Type
from vql.types.vectors.sparsevec import SparseVector


class InvertedKind(VectorMethod):
    """One access method over sparse vectors: every one but `flat` gives the same lists."""

    methods: ClassVar = {**COMMON, "inverted": {}}

    def accepts(self, type_: Type, metric: str) -> bool:
        return type_.base.storage is Storage.SPARSE and metric in type_.base.metrics

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        info: dict[str, Any] = {"metric": definition.metric, "families": []}
        if self.method == "flat":
            return BuiltIndex(info, {})
        info["families"].append({"kind": "inverted"})
        return BuiltIndex(info, inverted_blobs(columns[0].sparse_rows, definition.metric))

    def open(self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs) -> Any:
        return SparseIndex(blobs) if info["families"] else None


def inverted_blobs(rows: SparseRows, metric: str) -> dict[str, np.ndarray]:
    """Return the parts of an inverted index over rows in their order."""
    order = np.argsort(rows.indices, kind="stable")
    owners = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(rows.offsets))
    terms, starts = np.unique(rows.indices[order], return_index=True)
    return {
        "terms": terms.astype(np.int32),
        "starts": np.append(starts, len(order)).astype(np.int64),
        "rows": owners[order],
        "values": rows.values[order],
        "norms": row_norms(rows, metric),
    }


def row_norms(rows: SparseRows, metric: str) -> F64:
    """Return (n,) squared lengths, or sums of magnitudes for l1."""
    values = rows.values.astype(np.float64)
    return rows.row_sums(np.abs(values) if metric == "l1" else values * values)


def common_terms(rows: SparseRows, query: SparseVector, metric: str) -> F64:
    """Return for each row the sum over the indices it shares with the query, by a scan."""
    place = np.searchsorted(query.indices(), rows.indices)
    place = np.minimum(place, max(0, len(query.indices()) - 1))
    found = np.zeros(len(rows.indices), np.float64)
    if len(query.indices()):
        shared = np.flatnonzero(query.indices()[place] == rows.indices)
        wanted = query.values()[place[shared]].astype(np.float64)
        found[shared] = _term(rows.values[shared].astype(np.float64), wanted, metric)
    return rows.row_sums(found)


class SparseIndex:
    """The inverted lists of one column and metric, over mapped arrays."""

    def __init__(self, blobs: Mapping[str, memoryview]) -> None:
        self._terms: I32 = np.frombuffer(blobs["terms"], np.int32)
        self._starts: I64 = np.frombuffer(blobs["starts"], np.int64)
        self._rows: I32 = np.frombuffer(blobs["rows"], np.int32)
        self._values: F32 = np.frombuffer(blobs["values"], np.float32)
        self.norms: F64 = np.frombuffer(blobs["norms"], np.float64)

    def elements_of(self, query: SparseVector) -> int:
        """Return how many postings a query touches."""
        return sum(end - start for _, start, end in self._lists(query))

    def common_terms(self, query: SparseVector, metric: str) -> F64:
        """Return for each row the sum over the indices it shares with the query: of products, of
        |x - q| - |x| - |q| for l1."""
        sums = np.zeros(len(self.norms), np.float64)
        for value, start, end in self._lists(query):
            values = self._values[start:end].astype(np.float64)
            sums[self._rows[start:end]] += _term(values, value, metric)
        return sums

    def _lists(self, query: SparseVector) -> list[tuple[float, int, int]]:
        """Return (value of the query, start, end) of the lists of its indices."""
        if not len(self._terms):
            return []
        at = np.searchsorted(self._terms, query.indices())
        at = np.minimum(at, len(self._terms) - 1)
        there = self._terms[at] == query.indices()
        at, values = at[there], query.values()[there]
        return list(
            zip(values.tolist(), self._starts[at].tolist(), self._starts[at + 1].tolist(), strict=True)
        )


def _term(values: F64, wanted: F64 | float, metric: str) -> F64:
    if metric == "l1":
        return np.asarray(np.abs(values - wanted) - np.abs(values) - np.abs(wanted))
    return np.asarray(values * wanted)
