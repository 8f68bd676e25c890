"""Which searcher answers for a column: by its type, over the index of its segment where there is one."""

from __future__ import annotations

from typing import Any, Protocol

from vql.executor.knn.bit import BitSearcher
from vql.executor.knn.contract import Hits
from vql.executor.knn.dense import SegmentSearcher
from vql.executor.knn.half import HalfSearcher
from vql.executor.knn.mask import Mask
from vql.executor.knn.recall_check import RecallChecker
from vql.executor.knn.sparse import SparseSearcher
from vql.storage.columns.column import Column
from vql.types.ndarrays import I64


class Searcher(Protocol):
    """k-NN over one segment's column by one metric; a query is a canonical value of its type.

    `index` is an index that may miss neighbours, or None; `scans` says whether it would not be used;
    `cost_us` is about what a search takes, in microseconds, `costs` what each way would; `within` leaves
    out of some rows those that are farther than a bound, as far as that is quick to tell.
    """

    index: Any

    def search(
        self,
        query: Any,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
        order_only: bool = False,
    ) -> Hits: ...

    def search_batch(
        self,
        queries: Any,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
    ) -> list[Hits]: ...

    def watch(self, checker: RecallChecker | None, every: int) -> None: ...

    def scans(self, k: int, recall: float) -> bool: ...

    def cost_us(self, k: int, recall: float, mask: Mask | None, exact: bool) -> float: ...

    def costs(self, k: int, recall: float, passing: int) -> str: ...

    def within(self, query: Any, bound: float, offsets: I64) -> I64: ...

    def without_distance(self, mask: Mask | None) -> I64: ...


def searcher_of(column: Column, index: Any, metric: str) -> Searcher:
    """Return a searcher over a segment's vector column; `index` is what the segment opened, or None."""
    if column.sparse is not None:
        return SparseSearcher(column.sparse_rows, column.valid, index, metric)
    if not column.type.is_dense:
        return BitSearcher(column.data, column.valid, index, metric)
    if column.type.is_single:
        return SegmentSearcher(column.data, column.valid, index, metric)
    return HalfSearcher(column.data, column.valid, index, metric)
