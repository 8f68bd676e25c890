"""Queries with known answers, by which a new index is measured.

Most are rows held out of the index, asked unfiltered, under random masks of several selectivities, and
under masks that pick the rows on the other side of the data; others are made of several rows and lie
apart from all. The true neighbours of all of them are found together, in one pass over the rows: a
block's distances to every query are one matrix product, of which those that improve an answer are kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vql.dataclass import dataclass
from vql.storage.index.dense.tuning import (
    DOUBT,
    FAR_QUERIES,
    FAR_SELECTIVITIES,
    FILTERED_QUERIES,
    MEASURED_KS,
    OUTSIDE_QUERIES,
    QUERIES,
    REGION_ITERATIONS,
    REGIONS,
    SELECTIVITIES,
    TRUTH_ROWS,
    TRUTH_SAMPLE_ROWS,
)
from vql.storage.index.dense.widened import WidenedRows
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, I64, Bools

NEIGHBOURS = MEASURED_KS[-1]
# The names of the trials of queries as rows, where what passes lies near them as elsewhere.
EVEN = tuple(map(str, SELECTIVITIES))
# Of float32, in sums of products, against their greatest.
ROUNDING = np.float32(1e-6)


@dataclass(slots=True)
class Trial:
    """Queries (q, dim) asked under one mask (n,), under a mask each (q, n), or under none.

    `distances` (q, <= NEIGHBOURS) are those of the true neighbours, squared l2 or negative products,
    nearest first; all queries have as many. Squares are of lengths `Trials.unit` gives. By `rounding` (q,)
    the same distance may differ when it is computed again. `regions` (q,) numbers where queries lie."""

    name: str
    queries: F32
    masks: Bools | None
    distances: F32
    rounding: F32
    regions: I64

    @property
    def shared(self) -> Bools | None:
        """The mask of all queries, None where there is none."""
        return None if self.masks is None or self.masks.ndim == 2 else self.masks

    @property
    def is_far(self) -> bool:
        """Whether each query has a mask of its own, of rows far from it."""
        return self.masks is not None and self.masks.ndim == 2

    @property
    def is_even(self) -> bool:
        """Whether queries are as rows, and what passes lies near them as elsewhere."""
        return self.name in EVEN

    def doubt(self, k: int, count: int) -> float:
        """Return how many standard deviations of a query's recall the mean of `count` of these may tell too
        much of k neighbours by luck."""
        if self.masks is None and self.is_even:
            return DOUBT / math.sqrt(count)
        if self.shared is not None:  # neighbours are few where few rows pass: another mask passes others
            count = max(1, min(count, int(self.shared.sum()) // k))
        return max(0.0, 1 / math.sqrt(count) - 0.5 / math.sqrt(QUERIES))

    def bounds(self) -> tuple[F32, I64]:
        """Return distances (q, len(MEASURED_KS)) of the last neighbours that count, and how many do."""
        known = self.distances.shape[1]
        counts = np.array([min(k, known) for k in MEASURED_KS])
        if not known:
            return np.zeros((len(self.queries), len(counts)), np.float32), counts
        return self.distances[:, counts - 1], counts


class Trials:
    """Makes the trials of (n, dim) vectors.

    `unit` gives rows as an index compares them (normalised for cosine), `sample` are the offsets of the
    rows held out, `known` marks rows that are not NULL, `step` reports progress and raises when
    cancelled.
    """

    def __init__(
        self,
        vectors: F32 | WidenedRows,
        metric: str,
        unit: Callable[[F32], F32],
        sample: I64,
        known: Bools | None,
        step: Callable[[str, float], None],
    ) -> None:
        self.vectors = vectors
        self.metric = metric
        self.step = step
        self._rows, self._dim = vectors.shape
        self._product = metric == "inner_product"
        self._unit = unit
        self.pool = np.ones(self._rows, bool) if known is None else known.copy()
        self.pool[sample] = False
        self._held = unit(vectors[sample])
        picks = np.random.default_rng(19).choice(
            self._rows, min(self._rows, TRUTH_SAMPLE_ROWS), replace=False
        )
        self._some = np.sort(picks)
        # Distances are computed from here: less is lost by rounding.
        middle = unit(vectors[self._some]).mean(0)
        self._middle = np.zeros_like(middle) if self._product else middle

    def make(self) -> dict[str, Trial]:
        """Return the trials by name: a selectivity, "far" and one, or "outside"."""
        made = {}
        regions = self._regions()
        for name, queries, masks in self._kinds():
            unknown = np.empty((len(queries), 0), np.float32)
            rounding = np.zeros(len(queries), np.float32)
            of_queries = regions[: len(queries)] if name in EVEN else np.zeros(len(queries), np.int64)
            made[name] = Trial(name, queries, masks, unknown, rounding, of_queries)
        self._answer(list(made.values()))
        return made

    def _regions(self) -> I64:
        """Return a number (held,) for each row held out, the same for those of a neighbourhood, by inner
        product of a direction."""
        held = self._held
        if self._product:
            held = held / np.maximum(np.sqrt(np.vecdot(held, held)), 1e-30)[:, None]
        regions = min(REGIONS, len(self._held))
        means = faiss.Kmeans(self._dim, regions, niter=REGION_ITERATIONS, seed=1, min_points_per_centroid=1)
        means.train(held)
        return np.asarray(means.index.search(held, 1)[1][:, 0])

    def _kinds(self) -> list[tuple[str, F32, Bools | None]]:
        kinds: list[tuple[str, F32, Bools | None]] = [("1.0", self._held, None)]
        filtered, far = self._held[:FILTERED_QUERIES], self._held[:FAR_QUERIES]
        for share in SELECTIVITIES[1:]:
            passed = np.random.default_rng(17).random(self._rows) < share
            kinds.append((str(share), filtered, np.asarray(passed)))
        kinds += [
            (f"far {share}", far, masks)
            for share, masks in zip(FAR_SELECTIVITIES, self._far(far), strict=True)
        ]
        return [*kinds, ("outside", self._apart(), None)]

    def _far(self, queries: F32) -> list[Bools]:
        """Return for each of FAR_SELECTIVITIES a mask (q, n) of the rows farthest down each query's
        direction from the middle."""
        directions = (queries - self._middle).T
        some = self._unit(self.vectors[self._some]) @ directions
        # Equal vectors may all lie at the quantile: never an empty mask.
        ends = np.quantile(some, FAR_SELECTIVITIES, axis=0)
        masks = [np.empty((len(queries), self._rows), bool) for _ in ends]
        for start in range(0, self._rows, TRUTH_ROWS):
            self.step("finding true neighbours", 0.0)
            along = self._unit(self.vectors[start : start + TRUTH_ROWS]) @ directions
            for mask, end in zip(masks, ends, strict=True):
                mask[:, start : start + TRUTH_ROWS] = (along <= end).T
        return masks

    def _apart(self) -> F32:
        """Return queries that are no rows: sums of the deviations of several rows from the middle, by
        which they keep the spread of the data and lose its clusters."""
        picks = np.random.default_rng(23).choice(self._rows, (OUTSIDE_QUERIES, 8))
        rows = self._unit(self.vectors[picks.ravel()]).reshape(*picks.shape, self._dim)
        middle = rows.mean((0, 1))
        apart = (rows - middle).astype(np.float64)
        half = OUTSIDE_QUERIES // 2
        made = np.concatenate([apart[:half, :2].mean(1), apart[half:].sum(1) / np.sqrt(8)]) + middle
        return self._unit(made.astype(np.float32))

    # -------------------------------------------------------------- true neighbours

    def _answer(self, trials: list[Trial]) -> None:
        """Find the true neighbours of every trial among the rows not held out."""
        queries = np.concatenate([self._held, trials[-1].queries]) - self._middle
        own = [slice(len(trial.queries)) for trial in trials[:-1]] + [slice(len(self._held), None)]
        # |x|^2 - 2qx by one product: of (-2q, 1) and (x, |x|^2). |q|^2 is added in the end.
        factor = np.float32(-1 if self._product else -2)
        asked = np.column_stack([queries * factor, np.ones(len(queries), np.float32)])
        left = self.pool.copy()
        places: list[I64 | slice] = [self._some]
        places += [slice(start, start + TRUTH_ROWS) for start in range(0, self._rows, TRUTH_ROWS)]
        for number, place in enumerate(places):
            self.step("finding true neighbours", number / len(places))
            rows = self._unit(self.vectors[place])
            rows = np.column_stack([rows - self._middle, np.zeros(len(rows), np.float32)])
            if not self._product:
                rows[:, -1] = np.vecdot(rows, rows)
            # Infinitely far: no one's neighbour, or seen already.
            rows[~left[place], -1] = np.inf
            left[place] = False
            distances = asked @ rows.T
            for trial, of in zip(trials, own, strict=True):
                if trial.shared is None:
                    improve(trial, distances[of], None if trial.masks is None else trial.masks[:, place])
                else:
                    improve(trial, distances[of].take(np.flatnonzero(trial.shared[place]), axis=1), None)
        for trial, of in zip(trials, own, strict=True):
            trial.distances = np.sort(trial.distances, axis=1)
            full = int(np.isfinite(trial.distances).sum(1).min())
            trial.distances = np.ascontiguousarray(trial.distances[:, :full])
            if not self._product:
                squares = np.vecdot(queries[of], queries[of])
                trial.distances += squares[:, None]
                # What is near 0, as between duplicates, is a difference of products of lengths.
                trial.rounding = ROUNDING * np.maximum(squares, self.metric == "cosine")
                np.maximum(trial.distances, 0, out=trial.distances)


def improve(trial: Trial, near: F32, mask: Bools | None) -> None:
    """Merge a block's distances (q, rows) into a trial's, which are as yet in no order."""
    known = trial.distances
    if known.shape[1] < NEIGHBOURS:
        fresh = near if mask is None else np.where(mask, near, np.float32(np.inf))
    else:
        nearer = near < known.max(1, keepdims=True)
        if mask is not None:
            nearer &= mask
        # One index into all is found, and taken from, several times faster than two.
        picks = np.flatnonzero(nearer)
        places = picks // max(1, near.shape[1])
        counts = np.bincount(places, minlength=len(near))
        # Each query's new ones to the left, infinity where another query has more.
        fresh = np.full((len(near), int(counts.max(initial=0))), np.inf, np.float32)
        left = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        fresh[places, left] = near.ravel()[picks]
    both = np.concatenate([known, fresh], axis=1)
    if both.shape[1] > NEIGHBOURS:
        both = np.partition(both, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    trial.distances = both
