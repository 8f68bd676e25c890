"""k-NN over one segment by comparing every row that may pass: the search of bits and sparse vectors.

A subclass computes numbers that order as the distance does, of all rows or of some, and exact
distances of a few; this is the rest: masks, rows without a distance, ties in the order of rows.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np

from vql.executor.knn.scans.contract import Hits, Test
from vql.executor.knn.scans.exact import undirected
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import ROW_US
from vql.types.forms.ndarrays import F64, I64, Bools

Query = TypeVar("Query")
NOTHING = np.empty(0, np.int64)


class WholeSearcher(Generic[Query]):
    """Searches one segment's column by one metric; one session's, one thread at a time.

    `valid` marks rows that are not NULL, `zeros` are rows without a direction (cosine only), sorted.
    """

    takes_tests = False

    def __init__(self, rows: int, valid: Bools | None, zeros: I64, metric: str) -> None:
        self.index: Any = None
        self.rows = rows
        self.metric = metric
        self._nulls = NOTHING if valid is None else np.flatnonzero(~valid)
        self._zeros = zeros if valid is None else zeros[valid[zeros]]
        self._valid: Mask | None = None
        self._last_masked: tuple[Mask, Mask] | None = None
        if len(self._nulls) or len(self._zeros):
            kept = np.ones(rows, bool)
            kept[self._nulls] = False
            kept[self._zeros] = False
            self._valid = Mask.from_bools(kept)

    def search(
        self,
        query: Query,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
        order_only: bool = False,
    ) -> Hits:
        """Return exactly min(k, passing rows with a distance) hits. Raises nothing."""
        given = mask
        mask = self.with_distance(mask)
        wanted = min(k, self.rows if mask is None else mask.count)
        if wanted == 0:
            return Hits(np.empty(0), NOTHING, ("none",))
        if self.has_no_direction(query):
            return undirected(self.rows, given, self._nulls, k)
        rough, slack, strategy = self.rough(query, mask)
        bound = np.partition(rough, wanted - 1)[wanted - 1]
        near = np.flatnonzero(rough <= bound + slack)
        if mask is not None:
            near = mask.ids[near]
        return self.finish(query, near, wanted, strategy)

    def search_tested(
        self, query: Query, k: int, recall: float, test: Test, order_only: bool = False
    ) -> Hits | None:
        """Return None: a mask is of more use."""
        return None

    def search_batch(
        self,
        queries: list[Query],
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
    ) -> list[Hits]:
        """Return what `search` does for each of some queries under one mask."""
        return [self.search(query, k, recall, mask, effort, exact) for query in queries]

    def watch(self, checker: object, every: int) -> None:
        """Nothing here is approximate."""

    def scans(self, k: int, recall: float) -> bool:
        """Whether an unfiltered search is an exact scan: there is no approximate index."""
        return True

    def cost_us(self, k: int, recall: float, mask: Mask | None, exact: bool) -> float:
        """Return about how many microseconds a search takes, rather too few."""
        return (self.rows if mask is None else mask.count) * ROW_US

    def costs(self, k: int, recall: float, passing: int) -> str:
        """Nothing is chosen here."""
        return ""

    def within(self, query: Query, bound: float, offsets: I64) -> I64:
        """Nothing is quicker than the distances."""
        return offsets

    def without_distance(self, mask: Mask | None) -> I64:
        """Return the passing rows `search` leaves out, in order: those without a direction, NULLs."""
        zeros, nulls = self._zeros, self._nulls
        if mask is not None:
            zeros, nulls = zeros[mask.passes(zeros)], nulls[mask.passes(nulls)]
        return np.concatenate([zeros, nulls])

    def finish(self, query: Query, offsets: I64, k: int, strategy: tuple[object, ...]) -> Hits:
        """Compute exact distances of candidates (sorted offsets) and keep the k nearest."""
        found = self.exact(query, offsets)
        order = found.argsort(kind="stable")[:k]
        return Hits(found[order], offsets[order], strategy)

    def rough(self, query: Query, mask: Mask | None) -> tuple[F64, float, tuple[object, ...]]:
        """Return numbers that order as the distance does up to a slack, of all rows or those of the
        mask; the slack; and the name of the way taken."""
        raise NotImplementedError

    def exact(self, query: Query, offsets: I64) -> F64:
        """Return the distances of rows."""
        raise NotImplementedError

    def has_no_direction(self, query: Query) -> bool:
        """Whether every distance to this query is NaN."""
        return False

    def with_distance(self, mask: Mask | None) -> Mask | None:
        """Return a mask without the rows that have no distance; the last one is kept."""
        if self._valid is None or mask is None:
            return self._valid if mask is None else mask
        last = self._last_masked
        if last is None or last[0] is not mask:
            last = self._last_masked = (mask, mask & self._valid)
        return last[1]
