"""k-NN over one segment: the strategies, the choice among them, the exact re-rank.

Whatever proposes candidates, distances come from the float vectors, ties are ordered by offset, and
exactly min(k, passing rows) come back: where an index finds too few, its effort is raised, and in
the end the exact scan answers.

Under a mask the effort is taken from the share of rows that pass where the query looks, not in the
whole segment: a filter that passes little near the query is answered with the efforts measured for
such filters, or exactly.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from vql.executor.exact import ExactSearch, Hits
from vql.executor.exact_batch import METRICS, QUERIES_LEAST, search_many
from vql.executor.mask import Mask
from vql.storage.kernels import faiss
from vql.storage.vector_index import FAR_BELOW, Family, Level, Probe, VectorIndex
from vql.types import F32, I64, Bools

WHOLE_ABOVE, WHOLE_LEAST = 0.3, 0.05
CHOICES_KEPT = 256
# Queries that an index is asked at once, and how few of them take as long one by one.
TOGETHER, TOGETHER_LEAST = 256, 8
# Nearest rows looked at to see how many pass an uneven filter near the query.
PROBED_MIN, PROBED_MAX, PROBED_BREADTH = 48, 128, 16


class Choice(NamedTuple):
    """How to answer: a probe and its effort, or None for the exact scan."""

    probe: Probe | None
    level: Level | None
    exact_us: float


class SegmentSearcher:
    """Searches one segment's vector column by one metric; one session's, one thread at a time.

    vectors (n, dim) C-contiguous float32, maybe mapped; `valid` marks rows that are not NULL;
    `index` is the segment's VectorIndex or None.
    """

    def __init__(self, vectors: F32, valid: Bools | None, index: VectorIndex | None, metric: str) -> None:
        self.vectors = vectors
        self.rows, self.dim = vectors.shape
        self.index = index
        self.metric = metric
        whole_above = WHOLE_ABOVE
        if index is not None and index.gather_us_per_row > 0:
            measured = index.scan_us_per_row / index.gather_us_per_row
            whole_above = min(1.0, max(WHOLE_LEAST, measured))
        self.exact = ExactSearch(vectors, metric, whole_above)
        self._nulls = None if valid is None or valid.all() else np.flatnonzero(~valid)
        self._zeros = self._zero_rows(valid) if metric == "cosine" else None
        self._last_masked: tuple[Mask, Mask] | None = None
        self._probes = [Probe(family) for family in index.families] if index is not None else []
        self._unfiltered: dict[tuple[float, int], Choice] = {}
        self._choices: dict[tuple[float, int, int, int], Choice] = {}
        self._valid = self._with_distance()

    def _zero_rows(self, valid: Bools | None) -> I64 | None:
        """Return the rows without a direction; an index knows them, otherwise the norms tell."""
        if self.index is not None:
            found = np.asarray(self.index.zero_rows, np.int64)
        else:
            found = np.flatnonzero(self.exact.row_norms() == 0)
        if valid is not None:
            found = found[valid[found]]
        return found if len(found) else None

    def _with_distance(self) -> Mask | None:
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
        """Return exactly min(k, passing rows with a distance) hits. Raises nothing.

        With `order_only` distances may be left out.
        """
        if self._valid is not None:
            mask = self._valid if mask is None else self._masked(mask)
        passing = self.rows if mask is None else mask.count
        wanted = min(k, passing)
        if wanted == 0:
            return Hits(np.empty(0), np.empty(0, np.int64), ("none",))
        if self.metric == "cosine" and not query.any():
            ids = np.arange(wanted) if mask is None else mask.ids[:wanted]
            return Hits(np.full(wanted, np.nan), ids, ("no direction",))
        if self.index is not None and not exact and recall < 1.0:
            found = self._by_index(query, wanted, recall, mask, passing, effort, order_only)
            if found is not None:
                return found
        if mask is None:
            near = self.exact.scan(query, wanted)
            return self.exact.finish(query, near, wanted, ("exact scan",), order_only)
        return self.exact.search_ids(query, mask.ids, wanted, ("exact over ids",), order_only)

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
        seen = mask if self._valid is None else self._valid if mask is None else self._masked(mask)
        wanted = min(k, self.rows if seen is None else seen.count)
        place = np.flatnonzero(queries.any(1)) if self.metric == "cosine" else np.arange(len(queries))
        if wanted and len(place) > 1 and self.metric in METRICS:
            hits: list[Hits | None] = []
            if self._scans(wanted, recall, seen, effort, exact):
                if len(place) >= QUERIES_LEAST:
                    name = ("exact scan",) if seen is None else ("exact over ids",)
                    ids = None if seen is None else seen.ids
                    hits = search_many(self.exact, queries[place], ids, wanted, name)
            elif seen is None and effort is None and len(place) >= TOGETHER_LEAST:
                hits = self._by_index_many(queries[place], wanted, recall)
            for number, each in zip(place.tolist(), hits, strict=bool(hits)):
                found[number] = each
        return [
            hits or self.search(query, k, recall, mask, effort=effort, exact=exact)
            for query, hits in zip(queries, found, strict=True)
        ]

    def _scans(self, k: int, recall: float, mask: Mask | None, effort: int | None, exact: bool) -> bool:
        """Whether every query of a batch would be answered by an exact scan."""
        if self.index is None or exact or recall >= 1.0:
            return True
        if effort is not None:
            return False
        if mask is None:
            return self.choice(recall, k).probe is None
        return self._choose(recall, k, mask.count, mask.count / self.rows, False).probe is None

    def without_distance(self, mask: Mask | None) -> I64:
        """Return the passing rows `search` leaves out, in order: zero vectors by cosine, then NULLs."""
        empty = np.empty(0, np.int64)
        zeros = empty if self._zeros is None else self._zeros
        nulls = empty if self._nulls is None else self._nulls
        if mask is not None:
            zeros, nulls = zeros[mask.bools[zeros]], nulls[mask.bools[nulls]]
        return np.concatenate([zeros, nulls])

    def _masked(self, mask: Mask) -> Mask:
        """Return a mask without the NULL rows; the last one is kept."""
        last = self._last_masked
        if last is None or last[0] is not mask:
            assert self._valid is not None
            last = self._last_masked = (mask, mask & self._valid)
        return last[1]

    # -------------------------------------------------------------- by index

    def _by_index(
        self,
        query: F32,
        k: int,
        recall: float,
        mask: Mask | None,
        passing: int,
        effort: int | None,
        order_only: bool,
    ) -> Hits | None:
        """Search by the cheapest family and effort; None where an exact scan costs less."""
        assert self.index is not None
        asked = query
        if self.metric == "cosine":
            norm = float(query @ query) ** 0.5
            asked = query / np.float32(norm) if norm else query
        plain = self._unfiltered.get((recall, k)) or self.choice(recall, k)
        choice, far = plain, False
        pointer = faiss.swig_ptr(asked)
        if mask is not None:
            choice = self._choose(recall, k, passing, passing / self.rows, False)
            if effort is None and choice.probe is None:
                return None  # so few that an exact scan costs least, wherever they are
            share, far = self._share(pointer, mask, passing, k, plain)
            choice = self._choose(recall, k, passing, share, far)
        if effort is not None and self._probes:
            probe = choice.probe or self._probes[-1]
            level = Level(effort, max(choice.level.candidates if choice.level else 0, 2 * k), 0.0, 0.0)
        elif choice.probe is None:
            return None
        else:
            assert choice.level is not None
            probe, level = choice.probe, choice.level
        selector = None if mask is None else mask.faiss_selector()
        breadth, candidates = level.breadth, min(max(level.candidates, k), passing)
        while True:
            found = probe.search(pointer, breadth, candidates, selector)
            if len(found) >= k:
                strategy = (probe.family.kind, breadth, candidates, far)
                return self.exact.finish(query, found, k, strategy, order_only)
            # What passes is not where the index looked.
            breadth *= 4
            if breadth >= probe.family.breadth_max or choice.exact_us < level.microseconds * 4:
                return None

    def _by_index_many(self, queries: F32, k: int, recall: float) -> list[Hits | None]:
        """Return what `_by_index` does, unfiltered, by one call; None where it finds too few."""
        choice = self.choice(recall, k)
        assert choice.probe is not None and choice.level is not None
        breadth, candidates = choice.level.breadth, min(max(choice.level.candidates, k), self.rows)
        asked = queries
        if self.metric == "cosine":
            asked = np.stack([query / np.float32(float(query @ query) ** 0.5) for query in queries])
        strategy = (choice.probe.family.kind, breadth, candidates, False)
        found: list[Hits | None] = []
        for start in range(0, len(queries), TOGETHER):
            near = choice.probe.search_many(asked[start : start + TOGETHER], breadth, candidates)
            for query, ids in zip(queries[start : start + TOGETHER], near, strict=True):
                ids = ids[np.searchsorted(ids, 0) :]
                found.append(self.exact.finish(query, ids, k, strategy) if len(ids) >= k else None)
        return found

    def choice(self, recall: float, k: int) -> Choice:
        """Return how an unfiltered search is answered: the probe and effort taken, None for a scan."""
        if len(self._unfiltered) >= CHOICES_KEPT:
            self._unfiltered.clear()
        choice = self._unfiltered[recall, k] = self._choose(recall, k, self.rows, 1.0, False)
        return choice

    def _share(self, pointer: Any, mask: Mask, passing: int, k: int, plain: Choice) -> tuple[float, bool]:
        """Return the share of rows that pass where the query looks, and whether that is far less
        than in the whole segment: by the nearest rows of all, where the mask is uneven."""
        assert self.index is not None
        overall = passing / self.rows
        if mask.is_even(self.index.partition):
            return overall, False
        probe = plain.probe or self._probes[0]
        breadth = plain.level.breadth if plain.level is not None else PROBED_BREADTH
        wanted = min(self.rows, PROBED_MAX, max(PROBED_MIN, int(4 * k / overall)))
        seen = probe.ask(pointer, breadth, wanted, None)
        share = float(np.count_nonzero(mask.bools[seen])) / max(1, len(seen))
        if share < overall * FAR_BELOW:
            return overall, True
        return share, False

    def _exact_us(self, passing: int) -> float:
        """Return microseconds of an exact scan: of what passes, or of all where that is cheaper."""
        assert self.index is not None
        least: float = min(passing * self.index.gather_us_per_row, self.rows * self.index.scan_us_per_row)
        return least

    def _choose(self, recall: float, k: int, passing: int, share: float, far: bool) -> Choice:
        """Return the cheapest way by the curves; shares are rounded so that choices can be kept."""
        # Four steps an octave, downwards: never less effort than the share itself would get.
        step = -1 if share >= 1.0 else math.ceil(-4 * math.log2(max(share, 1e-6)))
        key = (recall, k, step if not far else -2 - step, passing if share < 1.0 or far else 0)
        choice = self._choices.get(key)
        if choice is None:
            rounded = 1.0 if step < 0 else 2.0 ** (-step / 4)
            choice = self._cheapest(recall, k, passing, rounded, far)
            if len(self._choices) >= CHOICES_KEPT:
                self._choices.clear()
            self._choices[key] = choice
        return choice

    def _cheapest(self, recall: float, k: int, passing: int, share: float, far: bool) -> Choice:
        assert self.index is not None
        exact_us = self._exact_us(passing)
        best = Choice(None, None, exact_us)
        least = exact_us
        for probe in self._probes:
            family: Family = probe.family
            level = family.level(recall, k, share, far)
            if level is not None and level.microseconds < least:
                best, least = Choice(probe, level, exact_us), level.microseconds
        return best
