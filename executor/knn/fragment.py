"""The vector block of a plan on one segment: the only way into this room.

A statement that runs for the first time or again, statements that are answered together, and a lateral
join all ask a `Fragment` of each segment. It is made for the segments of one snapshot; what differs from
execution to execution is handed over: queries, k, the mask of the rows that pass, the contract. So what a
search owes is said here once: exactly min(k, passing rows) hits, those without a distance last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vql.executor.knn.scans.contract import Contract, Hits, Test
from vql.executor.knn.scans.mask import Mask
from vql.storage.segments.indexes import FAILURES
from vql.storage.segments.segment import Segment
from vql.types.forms.ndarrays import I64

if TYPE_CHECKING:
    from vql.executor.knn.recall_check import RecallChecker
    from vql.executor.knn.searcher import Searcher


class Fragment:
    """The search of one segment's column by one metric; one session's, one thread at a time.

    `all_visible` says that the snapshot sees every row of the segment, so that a search without a
    predicate needs no mask, `takes_tests` that `search_tested` may answer.
    """

    __slots__ = ("_metric", "_position", "_valid", "all_visible", "searcher", "segment", "takes_tests")

    def __init__(
        self, segment: Segment, position: int, metric: str, searcher: Searcher, all_visible: bool
    ) -> None:
        self.segment = segment
        self.searcher = searcher
        self.all_visible = all_visible
        self.takes_tests = searcher.takes_tests
        self._position = position
        self._metric = metric
        self._valid = segment.column(position).valid

    def search(
        self, query: Any, k: int, mask: Mask | None, contract: Contract, order_only: bool = False
    ) -> Hits:
        """Return the first min(k, passing rows) rows; with `order_only` distances may be left out."""
        recall, effort, exact, _ = contract
        try:
            hits = self.searcher.search(query, k, recall, mask, effort, exact, order_only)
        except FAILURES:
            self._do_without_index()
            hits = self.searcher.search(query, k, recall, mask, effort, exact, order_only)
        return hits if len(hits.offsets) == k else self._completed(hits, k, mask, contract)

    def search_tested(
        self, query: Any, k: int, test: Test, contract: Contract, order_only: bool = False
    ) -> Hits | None:
        """Return what `search` does by testing the rows an index finds; None where a mask is of more use."""
        if contract.effort is not None or contract.is_exact:
            return None
        try:
            return self.searcher.search_tested(query, k, contract.recall, test, order_only)
        except FAILURES:
            return None  # `search` sees to it

    def search_each(self, queries: Any, k: int, mask: Mask | None, contract: Contract) -> list[Hits]:
        """Return what `search` does for each of some queries under one mask."""
        recall, effort, exact, _ = contract
        try:
            found = self.searcher.search_batch(queries, k, recall, mask, effort=effort, exact=exact)
        except FAILURES:
            self._do_without_index()
            found = self.searcher.search_batch(queries, k, recall, mask, effort=effort, exact=exact)
        return [self._completed(hits, k, mask, contract) for hits in found]

    def within(self, query: Any, bound: float, mask: Mask) -> I64:
        """Return those rows of a mask, sorted, that may be at most so far, and maybe some that are not."""
        try:
            return self.searcher.within(query, bound, mask.ids)
        except FAILURES:
            self._do_without_index()
            return self.searcher.within(query, bound, mask.ids)

    def passing(self, mask: Mask | None) -> int:
        """Count the rows that pass."""
        return self.segment.rows if mask is None else mask.count

    def _do_without_index(self) -> None:
        """Go on by comparing rows where the index is damaged; else raise what it has raised."""
        from vql.executor.knn.open import searcher_of

        if not self.segment.distrust(self._position, self._metric):
            raise
        self.searcher = searcher_of(self.segment.column(self._position), None, self._metric)

    def _completed(self, hits: Hits, k: int, mask: Mask | None, contract: Contract) -> Hits:
        """Return hits with the rows that have no distance behind them, each kind in the order of rows."""
        passing = self.passing(mask)
        missing = min(k, passing) - len(hits.offsets)
        if missing <= 0 or contract.index_only_rows:
            return hits
        without = self.searcher.without_distance(mask)
        # All of them, or, where a query without a direction has NaN among its hits, the NULLs alone.
        rest = without[len(without) - (passing - len(hits.offsets)) :][:missing]
        nulls = 0 if self._valid is None else int(np.count_nonzero(~self._valid[rest]))
        return Hits(
            np.concatenate([hits.distances, np.full(missing, np.nan)]),
            np.concatenate([hits.offsets, rest]),
            hits.strategy,
            nulls=nulls,
        )


class Checks(NamedTuple):
    """One in `every` answers of an index is handed to the checker that `checker` gives; none where
    `every` is 0."""

    every: int = 0
    checker: Callable[[], RecallChecker] | None = None


class Searchers:
    """One session's searchers by segment, column and metric, each made once a segment object."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int, str], tuple[object, Searcher]] = {}

    def get(self, segment: Segment, position: int, metric: str) -> Searcher:
        """Return the searcher over a segment's column."""
        # faiss is loaded here, on the first vector statement, not with the package.
        from vql.executor.knn.open import searcher_of

        kept = self.kept(segment, position, metric)
        if kept is not None:
            return kept
        index = segment.vector_index(position, metric)
        searcher = searcher_of(segment.column(position), index, metric)
        self._kept[segment.segment_id, position, metric] = (segment.identity, searcher)
        return searcher

    def kept(self, segment: Segment, position: int, metric: str) -> Searcher | None:
        """Return the searcher over a segment's column where there is one."""
        kept = self._kept.get((segment.segment_id, position, metric))
        return kept[1] if kept is not None and kept[0] is segment.identity else None

    def fragment(
        self, segment: Segment, position: int, metric: str, all_visible: bool, checks: Checks
    ) -> Fragment:
        """Return the fragment of a segment; answers of its index are checked as `checks` says."""
        searcher = self.get(segment, position, metric)
        if searcher.index is not None and checks.every > 0 and checks.checker is not None:
            searcher.watch(checks.checker(), checks.every)
        else:
            searcher.watch(None, 0)
        return Fragment(segment, position, metric, searcher, all_visible)

    def all(self) -> list[Searcher]:
        """Return every searcher."""
        return [searcher for _, searcher in self._kept.values()]

    def clear(self) -> None:
        """Let go of the segments and indexes that searchers hold."""
        self._kept.clear()
