"""k-NN over one segment of vectors of any number of dimensions, exact.

Rows that pass must have the query's dimensions, as in pgvector; one that has not raises. So a search is that
of the rows that have, for which the others are NULL. The column of one size is made when it is first searched
for, without a copy where all rows have it, and the last is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vql.executor.knn.scans.contract import Hits
from vql.executor.knn.scans.distances import check_sizes, size_of
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.searcher import Searcher
from vql.executor.knn.whole import NOTHING, WholeSearcher
from vql.storage.columns.column import Column


class RaggedSearcher(WholeSearcher[Any]):
    """Searches a column of a type without dimensions; one session's, one thread at a time. `open_sized` makes
    the searcher of a column of a type with them."""

    def __init__(self, column: Column, metric: str, open_sized: Callable[[Column], Searcher]) -> None:
        rows = column.ragged_rows
        zeros = NOTHING
        if metric == "cosine":
            zeros = np.flatnonzero(rows.row_sums((rows.values != 0).astype(np.float64)) == 0)
        super().__init__(len(column), column.valid, zeros, metric)
        self._column = column
        self._dimensions = rows.dimensions
        self._sizes = set(np.unique(self._dimensions).tolist()) - {0}
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

    def _searcher_of(self, size: int, mask: Mask | None) -> Searcher:
        if self._sizes - {size}:
            dimensions = self._dimensions if mask is None else self._dimensions[mask.ids]
            check_sizes(self._column.type, dimensions, size)
        if self._last is None or self._last[0] != size:
            self._last = size, self._open_sized(self._column.of_size(size))
        return self._last[1]
