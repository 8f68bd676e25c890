"""k-NN over one segment: the strategies, the choice among them, the exact re-rank.

Whatever proposes candidates, distances come from the float vectors, ties are ordered by offset, and
exactly min(k, passing rows) come back: where an index finds too few, its effort is raised, and in
the end the exact scan answers.

Which index is asked, and with what effort, is decided by `vql.executor.knn.strategy`.
"""

from __future__ import annotations

import math

import numpy as np

from vql.executor.knn.index_batch import IndexBatch
from vql.executor.knn.recall_check import Check, RecallChecker
from vql.executor.knn.scans.contract import AT_HITS, Hits, Test
from vql.executor.knn.scans.exact import LEAST_LENGTH, SINGLE_MAX, ExactSearch, undirected
from vql.executor.knn.scans.exact_batch import METRICS, scan_many
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import (
    CHOOSING_US,
    EARLY_LISTS,
    EARLY_LISTS_UNUSUAL,
    FINISH_US,
    FLOAT_US,
    GATHERED,
    LATE_SHARE,
    LATE_SHARE_UNUSUAL,
    NEARLY_ALL_LISTS,
    PRODUCT_US,
    PROVEN_ROWS,
    QUERIES_LEAST,
    TOGETHER_LEAST,
    WHOLE_ABOVE,
    WHOLE_LEAST,
    WIDENING_COST,
)
from vql.executor.knn.strategy import Choice, Chooser
from vql.storage.index.dense.index import VectorIndex
from vql.storage.index.dense.widened import WidenedRows
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, I64, Bools


class SegmentSearcher:
    """Searches one segment's vector column by one metric; one session's, one thread at a time.

    vectors (n, dim) C-contiguous float32, maybe mapped; `valid` marks rows that are not NULL;
    `index` is the segment's VectorIndex or None.
    """

    exact_search = ExactSearch

    def __init__(
        self, vectors: F32 | WidenedRows, valid: Bools | None, index: VectorIndex | None, metric: str
    ) -> None:
        self.vectors = vectors
        self.rows, self.dim = vectors.shape
        self.index = index
        self.metric = metric
        whole_above = WHOLE_ABOVE
        if index is not None and index.gather_us_per_row > 0:
            measured = index.scan_us_per_row / index.gather_us_per_row
            whole_above = min(1.0, max(WHOLE_LEAST, measured))
        norms = None if index is None else index.norms
        self.exact = self.exact_search(vectors, metric, whole_above, norms)
        self._nulls = None if valid is None or valid.all() else np.flatnonzero(~valid)
        self._zeros = self._zero_rows(valid) if metric == "cosine" else None
        self._last_masked: tuple[Mask, Mask] | None = None
        # One in so many answers of the index is handed to the checker; none while it is None.
        self.checker: RecallChecker | None = None
        self.check_every = 0
        self._unchecked = 0
        self.chooser = None if index is None else Chooser(index, self.rows)
        # So few rows that to compare them costs less than to choose another way.
        self._few = 0 if index is None else min(PROVEN_ROWS, index.rows_in_us(CHOOSING_US))
        self._valid = self._rows_with_distance()

    def _zero_rows(self, valid: Bools | None) -> I64 | None:
        """Return the rows without a direction; an index knows them, otherwise the norms tell."""
        if self.index is not None:
            found = np.asarray(self.index.zero_rows, np.int64)
        else:
            found = np.flatnonzero(self.exact.row_norms() == 0)
        if valid is not None:
            found = found[valid[found]]
        return found if len(found) else None

    def _rows_with_distance(self) -> Mask | None:
        """Return the rows that have a distance, None where all do."""
        left_out = [rows for rows in (self._nulls, self._zeros) if rows is not None]
        if not left_out:
            return None
        kept = np.ones(self.rows, bool)
        kept[np.concatenate(left_out)] = False
        return Mask.from_bools(kept)

    def search(
        self,
        query: F32,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
        order_only: bool = False,
    ) -> Hits:
        """Return exactly min(k, passing rows with a distance) hits; a query without a direction has NaN
        to every row that is not NULL. Raises nothing.

        With `order_only` distances may be left out.
        """
        given = mask
        if self._valid is not None:
            mask = self.with_distance(mask)
        passing = self.rows if mask is None else mask.count
        wanted = k if k <= passing else passing
        if wanted == 0:
            return Hits(np.empty(0), np.empty(0, np.int64), ("none",))
        unit = query
        if self.metric == "cosine":
            unit = direction(query)
            if not unit.size:
                return undirected(self.rows, given, self._nulls, k)
        hits: Hits | None = None
        if self.chooser is not None and not exact and recall < 1.0:
            if effort is not None:
                choice = self.chooser.forced(recall, wanted, effort)
            elif mask is None:
                choice = self.chooser.plain(recall, wanted)
            elif passing <= self._few:
                return self.exact.search_ids(query, mask.listed, wanted, ("exact over ids",), order_only)
            else:
                choice = self.chooser.under(mask, unit, recall, wanted)
            hits = self._by_index(query, unit, wanted, choice, mask, passing, order_only, recall)
            if hits is not None and self.checker is not None and effort is None:
                self._unchecked += 1
                if self._unchecked >= self.check_every:
                    self._check(query, wanted, recall, mask, hits)
        if hits is not None:
            return hits
        if mask is None:
            near = self.exact.scan(query, wanted)
            return self.exact.finish(query, near, wanted, ("exact scan",), order_only)
        return self.exact.search_ids(query, mask.ids, wanted, ("exact over ids",), order_only)

    @property
    def takes_tests(self) -> bool:
        """Whether `search_tested` may answer."""
        return self.chooser is not None

    def search_tested(
        self, query: F32, k: int, recall: float, test: Test, order_only: bool = False
    ) -> Hits | None:
        """Return the k nearest of the rows that pass among those the index finds without a filter; None where
        a mask is of more use, or where fewer pass than a search under the mask would look at."""
        if self.chooser is None or recall >= 1.0:
            return None
        tested = self.chooser.tested(recall, k, test.rows, test.share)
        if tested is None:
            return None
        unit = direction(query) if self.metric == "cosine" else query
        if not unit.size:
            return None
        probe, level, candidates, reach = tested
        probe.prepare(unit)
        found = probe.ask_lists(probe.lists_near(level.breadth), candidates, None)
        # The nearest by their codes come first: of those that pass, as many as under the mask.
        passed = test.passes(found)
        if self._valid is not None:
            passed &= self._valid.passes(found)
        passing = int(np.count_nonzero(passed))
        wanted = max(level.candidates, k)
        if level.gap is not None and passing >= k:
            wanted = probe.codes_within(probe.distances[: len(found)][passed], k, level.gap)
            passing -= wanted == passing  # there may be more
        found = found[passed][:wanted]
        if passing < wanted:
            self.chooser.note_tested(False)
            return None
        self.chooser.note_tested(True)
        hits = self.exact.finish(
            query, found, k, (probe.family.kind, math.ceil(level.breadth), candidates, AT_HITS), order_only
        )
        assert self.index is not None
        if self.index.is_outside(hits.last, reach, query):
            return None
        if self.checker is not None:
            self._unchecked += 1
            if self._unchecked >= self.check_every:
                self._check(query, k, recall, test.mask(), hits)
        return hits

    def watch(self, checker: RecallChecker | None, every: int) -> None:
        """Have one in `every` answers of the index checked from now on."""
        self.checker, self.check_every = (checker, every) if self.chooser is not None else (None, 0)

    def _check(self, query: F32, k: int, recall: float, mask: Mask | None, found: Hits) -> None:
        """Have an answer of the index compared with the exact one."""
        assert self.checker is not None and self.index is not None
        self._unchecked = 0
        # What searches write into later is copied.
        offsets = found.offsets.copy()
        self.checker.put(Check(self.index, self.exact, query.copy(), k, recall, mask, offsets))

    def search_batch(
        self,
        queries: F32,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
    ) -> list[Hits]:
        """Return what `search` does for each of (nq, dim) queries under one mask."""
        found: list[Hits | None] = [None] * len(queries)
        seen = self.with_distance(mask)
        wanted = min(k, self.rows if seen is None else seen.count)
        place = np.flatnonzero(queries.any(1)) if self.metric == "cosine" else np.arange(len(queries))
        if wanted and len(place) >= QUERIES_LEAST and self.metric in METRICS:
            some = np.ascontiguousarray(queries[place], np.float32)
            hits = self._together(some, wanted, recall, seen, effort, exact)
            for number, each in zip(place.tolist(), hits, strict=bool(hits)):
                found[number] = each
        return [
            hits or self.search(query, k, recall, mask, effort=effort, exact=exact)
            for query, hits in zip(queries, found, strict=True)
        ]

    def _together(
        self, queries: F32, k: int, recall: float, mask: Mask | None, effort: int | None, exact: bool
    ) -> list[Hits | None]:
        """Return what `search` does for each query, by the rows of all of them or by one call of an index, as
        costs less; None where one is to be searched alone, nothing where all are."""
        choice: Choice | None = None
        if self.chooser is not None and not exact and recall < 1.0:
            if effort is not None:
                return []
            choice = self.chooser.together(mask, queries, recall, k)
            if choice.level is not None and choice.level.microseconds < self._scan_each_us(
                mask, len(queries)
            ):
                if len(queries) < TOGETHER_LEAST or choice.probe is None or choice.kind:
                    return []
                batch = IndexBatch(self.exact, self.chooser, mask, k, recall)
                found = batch.search(queries, choice)
                self._unchecked += len(found)
                if self.checker is not None and self._unchecked >= self.check_every and found[-1] is not None:
                    self._check(queries[-1], k, recall, mask, found[-1])
                return found
        name = ("exact scan",) if mask is None else ("exact over ids",)
        return scan_many(self.exact, queries, None if mask is None else mask.ids, k, name)

    def _scan_each_us(self, mask: Mask | None, queries: int) -> float:
        """Return the microseconds that a query takes where the rows are read once for so many."""
        assert self.index is not None
        passing = self.rows if mask is None else mask.count
        fetch = self.index.scan_us_per_row if mask is None else self.index.gather_us_per_row
        return float(passing * (fetch / queries + self.dim * PRODUCT_US) + FINISH_US)

    def scans(self, k: int, recall: float) -> bool:
        """Whether an unfiltered search for so many rows is an exact scan."""
        return self.chooser is None or self.chooser.plain(recall, k).probe is None

    def cost_us(self, k: int, recall: float, mask: Mask | None, exact: bool) -> float:
        """Return about how many microseconds a search takes: the choice's, or a scan's."""
        passing = self.rows if mask is None else mask.count
        if not passing or not k:
            return 0.0
        if self.chooser is None or exact or recall >= 1.0:
            return float(min(self.rows, passing * GATHERED) * self.dim * FLOAT_US)
        k = min(k, passing)
        choice = self.chooser.plain(recall, k) if mask is None else self.chooser.even(mask, recall, k)
        return choice.exact_us if choice.level is None else float(choice.level.microseconds)

    def costs(self, k: int, recall: float, passing: int) -> str:
        """Return what each way of an indexed segment would cost, as text."""
        if self.chooser is None or not passing:
            return ""
        index = self.chooser.index
        ways = self.chooser.costs(recall, min(k, passing), passing).items()
        each = (f"{name} " + (f"{us:,.0f} us" if us < math.inf else "falls short") for name, us in ways)
        return (
            f"{', '.join(each)}; exact by {index.scan_us_per_row:.4f} us a row scanned, "
            f"{index.gather_us_per_row:.4f} fetched, {index.select_us_per_row:.4f} compared"
        )

    def within(self, query: F32, bound: float, offsets: I64) -> I64:
        """Return those of some sorted offsets whose distance may be at most `bound`."""
        return self.exact.within(query, bound, offsets)

    def without_distance(self, mask: Mask | None) -> I64:
        """Return the passing rows `search` leaves out, in order: zero vectors by cosine, then NULLs."""
        empty = np.empty(0, np.int64)
        zeros = empty if self._zeros is None else self._zeros
        nulls = empty if self._nulls is None else self._nulls
        if mask is not None:
            zeros, nulls = zeros[mask.passes(zeros)], nulls[mask.passes(nulls)]
        return np.concatenate([zeros, nulls])

    def with_distance(self, mask: Mask | None) -> Mask | None:
        """Return a mask without the rows that have no distance; the last one is kept."""
        if self._valid is None or mask is None:
            return self._valid if mask is None else mask
        last = self._last_masked
        if last is None or last[0] is not mask:
            last = self._last_masked = (mask, mask & self._valid)
        return last[1]

    def has_no_direction(self, query: F32) -> bool:
        """Whether every distance to this query is NaN."""
        return self.metric == "cosine" and not direction(query).size

    def finish(self, query: F32, offsets: I64, k: int, strategy: tuple[object, ...]) -> Hits:
        """Compute exact distances of candidates (distinct offsets) and keep the k nearest."""
        return self.exact.finish(query, offsets, k, strategy)

    # -------------------------------------------------------------- by index

    def _by_index(
        self,
        query: F32,
        unit: F32,
        k: int,
        choice: Choice,
        mask: Mask | None,
        passing: int,
        order_only: bool,
        recall: float,
    ) -> Hits | None:
        """Ask a probe for candidates and finish them: with the effort that was measured, with more as long as
        too few are found or where the query or the filter is not of the usual kind. None where an exact
        scan costs less. `unit` is the query, for cosine at length one."""
        probe, level = choice.probe, choice.level
        selector: object = None
        if level is None:
            return None
        if probe is not None:
            probe.prepare(unit)
            selector = None if mask is None else probe.selector_of(mask)
        if probe is None:
            assert mask is not None
            hits = self._within(query, k, choice, mask, order_only)
        elif choice.kind:
            hits = self._widening(query, k, choice, selector, passing, order_only)
        else:
            while len(found := probe.ask_near(level, k, passing, selector)) < k:
                if level.breadth >= probe.family.breadth_max or choice.exact_us < level.microseconds * 4:
                    return None
                level = level._replace(breadth=4 * level.breadth)
            strategy = (probe.family.kind, math.ceil(level.breadth), len(found), "")
            hits = self.exact.finish(query, found, k, strategy, order_only)
        assert self.index is not None and self.chooser is not None
        if hits is None:
            return None
        if not self.index.is_outside(hits.last, choice.reach, query):
            if not hits.last > choice.near_reach:
                return hits
            choice = self.chooser.widened(choice)
            if mask is not None and choice.probe is None:
                return self._within(query, k, choice, mask, order_only)
            return self._widening(query, k, choice, selector, passing, order_only)
        # Rows this far from their neighbours are rare: what was measured with rows does not hold.
        choice = self.chooser.outside(mask, unit, recall, k)
        return self._by_index(query, unit, k, choice, mask, passing, order_only, recall)

    def _within(self, query: F32, k: int, choice: Choice, mask: Mask, order_only: bool) -> Hits | None:
        """Compare all rows that pass in the lists chosen; where the filter is not of the usual kind, in more
        as long as not the first ones alone hold the nearest rows. None where an exact scan has become
        cheaper."""
        assert self.index is not None and choice.level is not None and choice.lists is not None
        lists, breadth = choice.lists, math.ceil(choice.level.breadth)
        while True:
            breadth = min(breadth, len(lists))
            rows = self._passing_in(lists[:breadth], mask)
            if len(rows) >= k:
                strategy = ("exact in lists", breadth, len(rows), choice.kind)
                hits = self.exact.finish(query, rows, k, strategy, order_only)
                if not choice.kind or breadth == len(lists) or self._are_early(hits, k, choice, breadth):
                    return hits
            elif breadth == len(lists):
                return None
            breadth *= 2
            if choice.exact_us < choice.level.microseconds * breadth / choice.level.breadth * WIDENING_COST:
                return None

    def _passing_in(self, lists: I64, mask: Mask) -> I64:
        """Return the rows of some lists that pass, in no order."""
        assert self.index is not None
        partition = self.index.partition
        if mask.is_listed and mask.count < partition.sizes[lists].sum():
            chosen = np.zeros(partition.lists, np.bool_)
            chosen[lists] = True
            listed = mask.listed
            return listed[np.flatnonzero(chosen.take(self.index.assignment.take(listed)))]
        return mask.among(self.index.rows_in(lists))

    def _are_early(self, hits: Hits, k: int, choice: Choice, breadth: int) -> bool:
        """Whether the first of the lists looked into hold the hits, but for as many as are expected in later
        ones."""
        assert self.index is not None and choice.lists is not None
        early, few = EARLY_LISTS_UNUSUAL, LATE_SHARE_UNUSUAL * k
        if choice.late:
            expected = choice.late * k
            early, few = EARLY_LISTS, expected + 2 * math.sqrt(expected)
        first = np.zeros(len(choice.lists), np.bool_)
        first[choice.lists[: math.ceil(breadth * early)]] = True
        return k - int(np.count_nonzero(first[self.index.assignment[hits.offsets]])) <= few

    def _widening(
        self, query: F32, k: int, choice: Choice, selector: object, passing: int, order_only: bool
    ) -> Hits | None:
        """Ask where the query or the filter is not of the usual kind: more lists as long as not the first
        ones alone hold the nearest rows, more candidates as long as the last half of those, by their
        codes, holds any. None where an exact scan has become cheaper."""
        assert self.index is not None
        probe, level = choice.probe, choice.level
        assert probe is not None and level is not None
        # An even curve's gap holds where lists pass unlike shares, too; of a far one none is known.
        gap = level.gap if choice.late else None
        candidates = min(max(level.candidates if gap is None else level.fetched, k), passing)
        breadth = math.ceil(level.breadth)
        if breadth > probe.family.breadth_max * NEARLY_ALL_LISTS:
            breadth = probe.family.breadth_max
        few = (LATE_SHARE if choice.late else LATE_SHARE_UNUSUAL) * k
        is_cut = False
        while True:
            if choice.lists is None:
                found = probe.ask(breadth, candidates, selector)
            else:
                found = probe.ask_lists(choice.lists[:breadth], candidates, selector)
            late = found[candidates // 2 :]
            if gap is not None:
                near = probe.codes_within(probe.distances[: len(found)], k, gap)
                is_cut, found = near == candidates, found[:near]
            strategy = (probe.family.kind, breadth, candidates, choice.kind)
            hits = self.exact.finish(query, found, k, strategy, order_only) if len(found) >= k else None
            more_lists = hits is None
            if hits is not None:
                if gap is None:
                    is_cut = len(set(late.tolist()) & set(hits.offsets.tolist())) > few
                more_candidates = candidates < passing and is_cut
                if choice.lists is not None and breadth < len(choice.lists):
                    more_lists = not self._are_early(hits, k, choice, breadth)
                if not more_lists and not more_candidates:
                    return hits
                if more_candidates:
                    candidates = min(2 * candidates, passing)
            if more_lists:
                if breadth >= probe.family.breadth_max:
                    return None
                breadth *= 2
            work = max(breadth / level.breadth, candidates / level.candidates)
            if choice.exact_us < level.microseconds * work * WIDENING_COST:
                return None


def direction(query: F32) -> F32:
    """Return a query (dim,) at length one, (0,) where it has no direction."""
    length = math.sqrt(faiss.fvec_norm_L2sqr(faiss.swig_ptr(query), query.size))
    if LEAST_LENGTH < length < SINGLE_MAX:
        return np.divide(query, length, dtype=np.float32)
    wide = query.astype(np.float64)
    length = math.sqrt(wide @ wide)
    return (wide / length).astype(np.float32) if length else query[:0]
