"""Many queries by an index of dense vectors: one call for all, one finish for all.

Lists of an index are chosen by a product of matrices, in half the time that faiss takes, read once for all
queries that look into them, and candidates are finished together. Queries that lie apart from the rows are
asked again with the effort that these take, together too. What needs more than that is searched alone.
"""

from __future__ import annotations

import math

import numpy as np

from vql.deadline import check_deadline
from vql.executor.knn.scans.contract import Hits
from vql.executor.knn.scans.exact import ExactSearch
from vql.executor.knn.scans.exact_batch import finish_many
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import (
    BATCH_KEPT,
    EARLY_LISTS_UNUSUAL,
    LATE_SHARE_UNUSUAL,
    NEARLY_ALL_LISTS,
    QUERIES_LEAST,
    TOGETHER,
)
from vql.executor.knn.strategy import Choice, Chooser, by_graph
from vql.types.forms.ndarrays import F32, I64


class IndexBatch:
    """One search of many queries under one mask, that passes rows everywhere alike."""

    def __init__(
        self, exact: ExactSearch, chooser: Chooser, mask: Mask | None, k: int, recall: float
    ) -> None:
        self._exact = exact
        self._chooser = chooser
        self._index = chooser.index
        self._mask = mask
        self._passing = exact.rows if mask is None else mask.count
        self._k = k
        self._recall = recall
        self._is_product = self._index.metric == "inner_product"

    def search(self, queries: F32, choice: Choice) -> list[Hits | None]:
        """Return the k nearest rows of each of (nq, dim) queries as `choice` says, which asks a probe; None
        where one is to be searched alone."""
        found: list[Hits | None] = []
        assert choice.level is not None
        step = max(1, min(TOGETHER, BATCH_KEPT // max(choice.level.fetched, self._k)))
        for start in range(0, len(queries), step):
            check_deadline()
            some = queries[start : start + step]
            unit = some
            if self._index.metric == "cosine":
                wide = some.astype(np.float64)
                unit = (wide / np.sqrt(np.vecdot(wide, wide))[:, None]).astype(np.float32)
            found += self._some(some, unit, choice)
        return found

    def _some(self, queries: F32, unit: F32, choice: Choice) -> list[Hits | None]:
        _, hits, _ = self._probed(queries, unit, choice, is_ordered=False)
        rest = []
        for number, (query, each) in enumerate(zip(queries, hits, strict=True)):
            if each is None or self._index.is_outside(each.last, choice.reach, query):
                rest.append(number)
                hits[number] = None
        if len(rest) < QUERIES_LEAST:
            return hits
        further = self._chooser.outside(self._mask, unit[rest[0]], self._recall, self._k)
        if further.probe is None or further.level is None or by_graph(further):
            return hits
        if further.level.breadth > further.probe.family.breadth_max * NEARLY_ALL_LISTS:
            breadth = further.probe.family.breadth_max
            further = further._replace(level=further.level._replace(breadth=breadth))
        near, again, lists = self._probed(queries[rest], unit[rest], further, is_ordered=True)
        for place, number in enumerate(rest):
            each = again[place]
            if each is not None and not self._needs_more(each, near[place], lists[place]):
                hits[number] = each
        return hits

    def _probed(
        self, queries: F32, unit: F32, choice: Choice, is_ordered: bool
    ) -> tuple[I64, list[Hits | None], I64]:
        """Return the candidates (nq, candidates), nearest by their codes first, the hits among them, and the
        lists looked into (nq, lists), none where faiss has chosen them; nearest first where `is_ordered`."""
        probe, level = choice.probe, choice.level
        assert probe is not None and level is not None
        candidates = min(max(level.fetched, self._k), self._passing)
        selector = None if self._mask is None else probe.selector_of(self._mask)
        prepared, lists = probe.prepared(unit), np.empty((len(queries), 0), np.int64)
        centroids = self._index.partition.centroids
        breadth = math.ceil(level.breadth)
        if not probe.family.is_graph and (is_ordered or breadth < len(centroids)):
            away = prepared @ (-1 * centroids.T)
            if not self._is_product:
                away *= 2
                away += np.vecdot(centroids, centroids)
                away += np.vecdot(prepared, prepared)[:, None]
            if is_ordered:
                lists = np.argsort(away, axis=1)[:, :breadth]
            elif probe.family.nearness is not None and level.gap is not None:
                lists = probe.family.nearness.within_many(away, level.breadth)
            else:
                lists = np.argpartition(away, breadth - 1, axis=1)[:, :breadth]
        near, is_cut = probe.ask_many(prepared, level, self._k, candidates, selector, lists)
        strategy = (probe.family.kind, breadth, candidates, choice.kind)
        hits = finish_many(self._exact, queries, near, self._k, strategy)
        if candidates < self._passing:
            for number in np.flatnonzero(is_cut).tolist():
                hits[number] = None
        return near, hits, lists

    def _needs_more(self, hits: Hits, near: I64, lists: I64) -> bool:
        """Whether a query apart from the rows may have more to find, as `SegmentSearcher` judges it: later
        lists or candidates than the first hold some of what was found."""
        few = LATE_SHARE_UNUSUAL * self._k
        late = np.isin(hits.offsets, near[len(near) // 2 :])
        if len(near) < self._passing and np.count_nonzero(late) > few:
            return True
        if len(lists) == self._index.partition.lists:
            return False
        first = lists[: math.ceil(len(lists) * EARLY_LISTS_UNUSUAL)]
        early = np.isin(self._index.assignment[hits.offsets], first)
        return len(lists) == 0 or self._k - int(np.count_nonzero(early)) > few
