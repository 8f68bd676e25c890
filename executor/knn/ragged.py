"""k-NN over one segment of vectors of any number of dimensions, exact.

Rows that pass must have the query's dimensions, as in pgvector; one that has not raises. So a search is that
of the rows that have, for which the others are NULL. The column of one size is made when it is first searched
for, without a copy where all rows have it, and the last is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vql.executor.knn.contract import Hits
from vql.executor.knn.distances import check_sizes, size_of
from vql.executor.knn.mask import Mask
from vql.executor.knn.searcher import Searcher
from vql.executor.knn.tuning import ROW_US
from vql.storage.columns.column import Column
from vql.types.ndarrays import I64


class RaggedSearcher:
    """Searches a column of a type without dimensions; one session's, one thread at a time. `open_sized` makes
    the searcher of a column of a type with them."""

    def __init__(self, column: Column, metric: str, open_sized: Callable[[Column], Searcher]) -> None:
        self.index: Any = None
        self._column = column
        rows = column.ragged_rows
        self._dimensions = rows.dimensions
        self._sizes = set(np.unique(self._dimensions).tolist()) - {0}
        known = np.ones(len(column), bool) if column.valid is None else column.valid
        zeros = np.empty(0, np.int64)
        if metric == "cosine":
            zeros = np.flatnonzero(known & (rows.row_sums((rows.values != 0).astype(np.float64)) == 0))
        self._zeros, self._nulls = zeros, np.flatnonzero(~known)
        self._open_sized = open_sized
        self._last: tuple[int, Searcher] | None = None

    def search(
        self,
        query: Any,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
        order_only: bool = False,
    ) -> Hits:
        """Return exactly min(k, passing rows with a distance) hits. Raises 22000."""
        searcher = self._searcher_of(size_of(query), mask)
        return searcher.search(query, k, recall, mask, effort, exact, order_only)

    def search_batch(
        self,
        queries: Sequence[Any],
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
    ) -> list[Hits]:
        """Return what `search` does for each of some queries under one mask."""
        return [self.search(query, k, recall, mask, effort, exact) for query in queries]

    def _searcher_of(self, size: int, mask: Mask | None) -> Searcher:
        if self._sizes - {size}:
            dimensions = self._dimensions if mask is None else self._dimensions[mask.ids]
            check_sizes(self._column.type, dimensions, size)
        if self._last is None or self._last[0] != size:
            self._last = size, self._open_sized(self._column.of_size(size))
        return self._last[1]

    def watch(self, checker: object, every: int) -> None:
        """Nothing here is approximate."""

    def scans(self, k: int, recall: float) -> bool:
        """Whether an unfiltered search is an exact scan: there is no index."""
        return True

    def cost_us(self, k: int, recall: float, mask: Mask | None, exact: bool) -> float:
        """Return about how many microseconds a search takes, rather too few."""
        return (len(self._column) if mask is None else mask.count) * ROW_US

    def costs(self, k: int, recall: float, passing: int) -> str:
        """Nothing is chosen here."""
        return ""

    def within(self, query: Any, bound: float, offsets: I64) -> I64:
        """Nothing is quicker than the distances."""
        return offsets

    def without_distance(self, mask: Mask | None) -> I64:
        """Return the passing rows `search` leaves out, in order: those without a direction, NULLs."""
        zeros, nulls = self._zeros, self._nulls
        if mask is not None:
            zeros, nulls = zeros[mask.passes(zeros)], nulls[mask.passes(nulls)]
        return np.concatenate([zeros, nulls])
