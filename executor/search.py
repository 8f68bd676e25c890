"""k-NN over one segment: the strategies, the choice among them, the exact re-rank.

Whatever proposes candidates, distances come from the float vectors, ties are ordered by offset, and
exactly min(k, passing rows) come back: where an index finds too few, its effort is raised, and in
the end the exact scan answers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from vql.executor.evaluate import distances as exact_distances
from vql.executor.mask import Mask
from vql.storage.kernels import faiss
from vql.types import F32, F64, I64, Bools

# A scan without an index takes float32 distances to pick, then finishes a few more than k in
# float64, so that rounding cannot drop a true neighbour at the end of the list.
FINISH_EXTRA = 16
SCAN_ROWS = 16_384


class Hits(NamedTuple):
    """The nearest rows by (distance, offset): float64 distances as SQL gives them, int64 offsets."""

    distances: F64
    offsets: I64
    strategy: str


class SegmentSearcher:
    """Searches one segment's vector column by one metric; one session's, one thread at a time.

    vectors (n, dim) C-contiguous float32, maybe mapped; `valid` marks rows that are not NULL;
    `index` is the segment's VectorIndex or None.
    """

    def __init__(self, vectors: F32, valid: Bools | None, index: Any, metric: str) -> None:
        self.vectors = vectors
        self.rows, self.dim = vectors.shape
        self.index = index
        self.metric = metric
        self._valid = None if valid is None or valid.all() else valid
        self._valid_mask = None if self._valid is None else Mask.from_bools(self._valid)
        self._norms: F32 | None = None

    def search(
        self,
        query: F32,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
    ) -> Hits:
        """Return exactly min(k, passing rows with a vector) hits. Raises nothing."""
        if self._valid_mask is not None:
            mask = self._valid_mask if mask is None else mask & self._valid_mask
        passing = self.rows if mask is None else mask.count
        wanted = min(k, passing)
        if wanted == 0:
            return Hits(np.empty(0), np.empty(0, np.int64), "none")
        if self.index is not None and not exact and recall < 1.0:
            found = self._by_index(query, wanted, recall, mask, passing, effort)
            if found is not None:
                return found
        if mask is None:
            return self._finish(query, self._scan(query, wanted), wanted, "exact scan")
        return self._finish(query, self._scan_ids(query, mask.ids, wanted), wanted, "exact over ids")

    # -------------------------------------------------------------- by index

    def _by_index(
        self, query: F32, k: int, recall: float, mask: Mask | None, passing: int, effort: int | None
    ) -> Hits | None:
        """Search by the cheapest family and effort; None where an exact scan costs less."""
        selectivity = passing / self.rows
        choices = [
            (level.microseconds, family, level)
            for family in self.index.families
            if (level := family.level(recall, k, selectivity)) is not None
        ]
        exact_us = passing * (self.index.scan_us_per_row if mask is None else self.index.gather_us_per_row)
        if not choices or (exact_us < min(c[0] for c in choices) and effort is None):
            return None
        _, family, level = min(choices, key=lambda choice: choice[0])
        prepared = self.index.prepared(query)
        selector = None if mask is None else self._selector(mask)
        breadth = effort or level.breadth
        candidates = min(max(level.candidates, k), passing)
        while True:
            found = family.search(prepared, breadth, candidates, selector)
            # Fewer candidates than asked: what passes is not where the index looks.
            if len(found) >= candidates or (mask is None and len(found) >= k):
                return self._finish(query, np.sort(found), k, f"{family.kind} effort {breadth}/{candidates}")
            breadth *= 4
            if breadth >= family.breadth_max or exact_us < level.microseconds * 4:
                return None

    def _selector(self, mask: Mask) -> Any:
        if mask.selector is None:
            mask.selector = faiss.IDSelectorBitmap(mask.bits)
        return mask.selector

    # -------------------------------------------------------------- exact

    def _scan(self, query: F32, k: int) -> I64:
        """Return the offsets of at least the k nearest of all rows."""
        return self._nearest(self._rough(query, None), k, None)

    def _scan_ids(self, query: F32, ids: I64, k: int) -> I64:
        """Return the offsets of at least the k nearest among `ids` (sorted)."""
        if len(ids) * 2 > self.rows:
            rough = self._rough(query, None)[ids]
        else:
            rough = self._rough(query, ids)
        return self._nearest(rough, k, ids)

    def _nearest(self, rough: np.ndarray, k: int, ids: I64 | None) -> I64:
        take = min(len(rough), k + FINISH_EXTRA)
        if take < len(rough):
            bound = np.partition(rough, take - 1)[take - 1]
            # All rows that tie with the last one stay, so that offsets can order them.
            picked = np.flatnonzero(~(rough > bound)) if not np.isnan(bound) else np.arange(len(rough))
        else:
            picked = np.arange(len(rough))
        return picked if ids is None else ids[picked]

    def _rough(self, query: F32, ids: I64 | None) -> np.ndarray:
        """Return float32 numbers that order as the distance does, of all rows or of `ids`."""
        if self.metric == "l1":
            rows = self.vectors if ids is None else self.vectors[ids]
            return exact_distances(rows, query, "l1")
        count = self.rows if ids is None else len(ids)
        out = np.empty(count, np.float32)
        run = faiss.fvec_L2sqr_by_idx if self.metric == "l2" else faiss.fvec_inner_products_by_idx
        if ids is None:
            whole = faiss.fvec_L2sqr_ny if self.metric == "l2" else faiss.fvec_inner_products_ny
            whole(faiss.swig_ptr(out), faiss.swig_ptr(query), faiss.swig_ptr(self.vectors), self.dim, count)
        elif count:
            run(faiss.swig_ptr(out), faiss.swig_ptr(query), faiss.swig_ptr(self.vectors),
                faiss.swig_ptr(ids), self.dim, 1, count)  # fmt: skip
        if self.metric == "l2":
            return out
        if self.metric == "cosine":
            norms = self._row_norms()
            with np.errstate(all="ignore"):
                out /= norms if ids is None else norms[ids]
        return -out

    def _row_norms(self) -> F32:
        if self._norms is None:
            norms = np.empty(self.rows, np.float32)
            for start in range(0, self.rows, SCAN_ROWS):
                block = self.vectors[start : start + SCAN_ROWS]
                norms[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))
            self._norms = norms
        return self._norms

    def _finish(self, query: F32, offsets: I64, k: int, strategy: str) -> Hits:
        """Compute exact distances of candidates (sorted offsets) and keep the k nearest."""
        if len(offsets) > k + 4 * FINISH_EXTRA:
            offsets = self._nearest(self._rough(query, offsets), k, offsets)
        found = exact_distances(self.vectors[offsets], query, self.metric)
        order = np.argsort(found, kind="stable")[:k]  # NaN last
        return Hits(found[order], offsets[order], strategy)
