"""Which searcher answers for a column: by its type, over the index of its segment where there is one."""

from __future__ import annotations

from typing import Any

from vql.executor.knn.bit import BitSearcher
from vql.executor.knn.candidates import CandidateSearcher
from vql.executor.knn.dense import SegmentSearcher
from vql.executor.knn.half import HalfSearcher
from vql.executor.knn.ragged import RaggedSearcher
from vql.executor.knn.searcher import ExactSearcher, Searcher
from vql.executor.knn.sparse import SparseSearcher
from vql.storage.columns.column import Column
from vql.storage.index.dense.index import VectorIndex
from vql.storage.index.inverted import SparseIndex


def searcher_of(column: Column, index: Any, metric: str) -> Searcher:
    """Return a searcher over a segment's vector column; `index` is what the segment opened, or None."""
    # Ours of numbers and of sparse vectors know more of their indexes than to take candidates from them.
    dense = index if isinstance(index, VectorIndex) else None
    inverted = index if isinstance(index, SparseIndex) else None
    searcher: ExactSearcher
    if column.ragged is not None and not column.type.is_sized:
        return RaggedSearcher(column, metric, lambda sized: searcher_of(sized, None, metric))
    if column.ragged is not None:
        searcher = SparseSearcher(column.sparse_rows, column.valid, inverted, metric)
    elif not column.type.is_dense:
        searcher = BitSearcher(column.data, column.valid, metric)
    elif column.type.is_single:
        searcher = SegmentSearcher(column.data, column.valid, dense, metric)
    else:
        searcher = HalfSearcher(column.data, column.valid, dense, metric)
    if index is None or index in (dense, inverted):
        return searcher
    return CandidateSearcher(searcher, index)
