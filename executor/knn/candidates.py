"""k-NN over one segment by an index that only proposes rows: a third party's, and ours of bits.

What an index proposes is not trusted: offsets that are no rows, come twice or do not pass are left out,
distances are computed from the column, and where fewer than min(k, passing rows) are left the exact scan
answers. So an index of any quality costs recall at most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vql.executor.knn.scans.contract import Hits, Test
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.searcher import ExactSearcher
from vql.storage.index.kind import CandidateIndex
from vql.storage.index.registry import foreign_code
from vql.types.forms.ndarrays import I64, sorted_distinct


class CandidateSearcher:
    """Searches one segment's column through an index; one session's, one thread at a time."""

    takes_tests = False

    def __init__(self, searcher: ExactSearcher, index: CandidateIndex) -> None:
        self.index = index
        self._exactly = searcher

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
        """Return exactly min(k, passing rows with a distance) hits, nearest first. Raises 38000."""
        if not exact and recall < 1.0:
            hits = self._by_index(query, k, recall, self._exactly.with_distance(mask), effort)
            if hits is not None:
                return hits
        return self._exactly.search(query, k, recall, mask, effort, exact, order_only)

    def _by_index(
        self, query: Any, k: int, recall: float, mask: Mask | None, effort: int | None
    ) -> Hits | None:
        """Return what `search` does, of candidates; None where the exact scan is to answer."""
        wanted = min(k, self._exactly.rows if mask is None else mask.count)
        if not wanted or self._exactly.has_no_direction(query):
            return None
        with foreign_code(self.index.name, "search"):
            found = self.index.candidates(query, wanted, recall, mask, effort)
            if found is None:
                return None
            offsets = sorted_distinct(np.asarray(found.offsets).astype(np.int64, casting="same_kind"))
            offsets = offsets[(offsets >= 0) & (offsets < self._exactly.rows)]
        if mask is not None:
            offsets = offsets[mask.passes(offsets)]
        if len(offsets) < wanted:
            return None
        strategy = (self.index.name, found.effort, len(offsets), "")
        return self._exactly.finish(query, offsets, wanted, strategy)

    def search_tested(
        self, query: Any, k: int, recall: float, test: Test, order_only: bool = False
    ) -> Hits | None:
        """Return None: a mask is of more use."""
        return None

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
        if exact or (effort is None and self.scans(k, recall)):
            return self._exactly.search_batch(queries, k, recall, mask, effort, exact)
        return [self.search(query, k, recall, mask, effort, exact) for query in queries]

    def watch(self, checker: object, every: int) -> None:
        """Answers are not checked: nothing here could be corrected by what a check finds."""

    def scans(self, k: int, recall: float) -> bool:
        """Whether an unfiltered search for so many rows is an exact scan."""
        return recall >= 1.0 or math.isinf(self._index_us(k, recall, self._exactly.rows))

    def cost_us(self, k: int, recall: float, mask: Mask | None, exact: bool) -> float:
        """Return about how many microseconds a search takes."""
        scan_us = self._exactly.cost_us(k, recall, mask, exact)
        if exact or recall >= 1.0:
            return scan_us
        index_us = self._index_us(k, recall, self._exactly.rows if mask is None else mask.count)
        return scan_us if math.isinf(index_us) else index_us

    def costs(self, k: int, recall: float, passing: int) -> str:
        """Return what each way would cost, as text."""
        index_us = self._index_us(min(k, passing), recall, passing) if passing else math.inf
        told = "" if math.isinf(index_us) else f"{self.index.name} {index_us:,.0f} us"
        return told or self._exactly.costs(k, recall, passing)

    def within(self, query: Any, bound: float, offsets: I64) -> I64:
        """Return those of some sorted offsets whose distance may be at most `bound`."""
        return self._exactly.within(query, bound, offsets)

    def without_distance(self, mask: Mask | None) -> I64:
        """Return the passing rows `search` leaves out, in order: those without a direction, NULLs."""
        return self._exactly.without_distance(mask)

    def _index_us(self, k: int, recall: float, passing: int) -> float:
        with foreign_code(self.index.name, "search"):
            return float(self.index.cost_us(k, recall, passing))
