"""What effort gives what recall: curves measured on a new index, with leave-one-out queries.

Queries are rows of the segment, themselves left out: under no mask, under random masks of several
selectivities, and under masks that pick the rows on the other side of the data. Of all efforts
(breadth, candidates) tried, those on the Pareto front of time and recall are kept. Candidates come
back in the order of their codes' distances, so one search with many of them tells the recall of every
smaller number; times between two numbers are interpolated. Times are of CPU, on one thread, the exact
re-rank included.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vql.storage.kernels import faiss
from vql.storage.vector_index import Probe
from vql.types import F32, Bools

SELECTIVITIES = (1.0, 0.5, 0.1, 0.03)
# Filters that pick rows on the other side of the data; less than the last one is searched exactly.
FAR_SELECTIVITIES = (0.5, 0.1)
QUERIES, FILTERED_QUERIES, FAR_QUERIES, TIMED_QUERIES = 400, 100, 40, 40
RECALL_ENOUGH = 0.999
K = 10
HNSW_BREADTHS = (
    10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 768, 1024,
)  # fmt: skip
IVF_BREADTHS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512)
FAR_BREADTHS = (16, 32, 64, 128, 256, 512, 1024)
IVF_CANDIDATES = (10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 200, 300, 400, 600, 800)
# Among far rows codes tell little apart: many candidates, or the exact scan.
FAR_CANDIDATES = (40, 80, 160, 300, 600, 1_200, 2_500, 5_000)
BLOCK_ROWS = 20_000
Curves = dict[str, list[list[float]]]


@dataclass(frozen=True, slots=True)
class Trial:
    """Queries (q, dim) that are rows `offsets`, a selector (or None) and the true K-th distance each."""

    queries: F32
    offsets: np.ndarray
    selectors: list[Any]
    bounds: np.ndarray


class Measure:
    """Measures the families of one index over (n, dim) vectors.

    `block(start, end)` gives rows as the codes have them (normalised for cosine), `sample` offsets of
    rows to query with, `step` reports progress and raises when cancelled.
    """

    def __init__(
        self,
        vectors: F32,
        metric: str,
        block: Callable[[int, int], F32],
        unit: Callable[[F32], F32],
        sample: np.ndarray,
        step: Callable[[str, float], None],
    ) -> None:
        self.vectors = vectors
        self.metric = metric
        self.rows = len(vectors)
        self._block = block
        self._unit = unit
        self._sample = sample
        self._step = step
        self._faiss_metric = faiss.METRIC_INNER_PRODUCT if metric == "inner_product" else faiss.METRIC_L2
        self._trials: dict[str, Trial] = {}

    def curves(self, probe: Probe) -> Curves:
        """Return name -> [breadth, candidates, recall, microseconds] by rising time."""
        graph = probe.family.kind == "hnsw"
        found: Curves = {}
        names = [str(s) for s in SELECTIVITIES] + [f"far {s}" for s in FAR_SELECTIVITIES] * (not graph)
        for number, name in enumerate(names):
            self._step("measuring recall", number / len(names))
            trial = self._trial(name)
            if graph:
                found[name] = self._graph_curve(probe, trial)
            else:
                far = name.startswith("far ")
                found[name] = self._lists_curve(
                    probe,
                    trial,
                    FAR_BREADTHS if far else IVF_BREADTHS,
                    FAR_CANDIDATES if far else IVF_CANDIDATES,
                )
        return found

    def _graph_curve(self, probe: Probe, trial: Trial) -> list[list[float]]:
        """Try breadths; as many candidates as the breadth are re-ranked, since they are there."""
        levels: list[list[float]] = []
        for breadth in HNSW_BREADTHS:
            self._step("measuring recall", 0.5)
            # The query itself takes one of the places: it stands for the help that its node is to the walk.
            ranks, us = self._search(probe, trial, breadth, breadth, len(trial.offsets))
            levels.append([breadth, breadth, recall_of(ranks, breadth), us])
            if levels[-1][2] > RECALL_ENOUGH:
                break
        return pareto(levels)

    def _lists_curve(
        self, probe: Probe, trial: Trial, breadths: tuple[int, ...], numbers: tuple[int, ...]
    ) -> list[list[float]]:
        """Try breadths, each with every number of candidates at the price of two."""
        levels: list[list[float]] = []
        limit = probe.family.breadth_max
        most, few = min(numbers[-1], self.rows - 1), numbers[2]
        for breadth in [b for b in breadths if b < limit] + [limit]:
            self._step("measuring recall", 0.5)
            ranks, slow = self._search(probe, trial, breadth, most + 1, len(trial.offsets))
            _, quick = self._search(probe, trial, breadth, few, TIMED_QUERIES)
            each = max(0.0, (slow - quick) / max(1, most - few))
            for candidates in numbers:
                us = quick + (candidates - few) * each
                levels.append([breadth, candidates, recall_of(ranks, candidates), us])
            if levels[-1][2] > RECALL_ENOUGH:
                break
        return pareto(levels)

    def _search(
        self, probe: Probe, trial: Trial, breadth: int, candidates: int, count: int
    ) -> tuple[list[np.ndarray], float]:
        """Return for each query the ranks, among the candidates, of true neighbours; and microseconds."""
        sign = -1 if self.metric == "inner_product" else 1
        ranks: list[np.ndarray] = []
        spent = 0.0
        for place in range(min(count, len(trial.offsets))):
            query = trial.queries[place]
            started = time.thread_time()
            found = probe.ask(faiss.swig_ptr(query), breadth, candidates, trial.selectors[place])
            distances = by_ids(query, self.vectors, found, self.metric)
            spent += time.thread_time() - started
            distances = distances[found != trial.offsets[place]]
            bound = sign * trial.bounds[place]
            ranks.append(np.flatnonzero(sign * distances <= bound + abs(bound) * 1e-4 + 1e-9))
        return ranks, spent / max(1, len(ranks)) * 1e6

    # -------------------------------------------------------------- trials

    def _trial(self, name: str) -> Trial:
        if name not in self._trials:
            far, share = name.startswith("far "), float(name.removeprefix("far "))
            self._trials[name] = self._far(share) if far else self._random(share)
        return self._trials[name]

    def _random(self, share: float) -> Trial:
        """One random mask for all queries, none at 1.0."""
        offsets = self._sample[: QUERIES if share == 1.0 else FILTERED_QUERIES]
        queries = self._unit(self.vectors[offsets])
        if share == 1.0:
            return Trial(queries, offsets, [None] * len(offsets), self._bounds(queries, offsets, None))
        mask = np.random.default_rng(17).random(self.rows) < share
        bounds = self._bounds(queries, offsets, mask)
        return Trial(queries, offsets, [selector_of(mask)] * len(offsets), bounds)

    def _far(self, share: float) -> Trial:
        """A mask for each query: the rows farthest down the query's direction from the middle."""
        offsets = self._sample[:FAR_QUERIES]
        queries = self._unit(self.vectors[offsets])
        middle = self._block(0, min(self.rows, BLOCK_ROWS)).mean(0)
        along = np.concatenate([
            self._block(start, min(self.rows, start + BLOCK_ROWS)) @ (queries - middle).T
            for start in range(0, self.rows, BLOCK_ROWS)
        ])  # fmt: skip
        selectors, bounds = [], []
        for place in range(len(offsets)):
            # Equal vectors may all lie at the quantile: never an empty mask.
            mask = along[:, place] <= np.quantile(along[:, place], share)
            selectors.append(selector_of(mask))
            bounds.append(self._bounds(queries[place : place + 1], offsets[place : place + 1], mask))
        return Trial(queries, offsets, selectors, np.concatenate(bounds))

    def _bounds(self, queries: F32, offsets: np.ndarray, mask: Bools | None) -> np.ndarray:
        """Return the true distance of each query's K-th other row among those that pass."""
        found: list[np.ndarray] = []
        for start in range(0, self.rows, BLOCK_ROWS):
            end = min(self.rows, start + BLOCK_ROWS)
            pool = self._block(start, end)
            if mask is not None:
                pool = np.ascontiguousarray(pool[mask[start:end]])
            if len(pool):
                found.append(faiss.knn(queries, pool, min(K + 1, len(pool)), metric=self._faiss_metric)[0])
        distances = np.concatenate(found, axis=1)
        distances = np.sort(distances if self.metric != "inner_product" else -distances, axis=1)
        k = min(K + 1, distances.shape[1])
        # With the query itself in the pool the K-th other is one further.
        inside = np.ones(len(offsets), bool) if mask is None else mask[offsets]
        bounds = np.where(inside, distances[:, k - 1], distances[:, max(0, k - 2)])
        return bounds if self.metric != "inner_product" else -bounds


def recall_of(ranks: list[np.ndarray], candidates: int) -> float:
    """Return recall@K when only the first `candidates` are re-ranked."""
    return sum(min(K, int(np.searchsorted(r, candidates))) for r in ranks) / (K * max(1, len(ranks)))


def selector_of(mask: Bools) -> Any:
    """Return a faiss selector of the rows that pass."""
    bits = np.packbits(mask, bitorder="little")
    return faiss.IDSelectorBitmap(np.concatenate([bits, np.zeros(-len(bits) % 8, np.uint8)]))


def pareto(levels: list[list[float]]) -> list[list[float]]:
    """Return the levels nothing cheaper beats, by rising time."""
    front: list[list[float]] = []
    for level in sorted(levels, key=lambda entry: entry[3]):
        if not front or level[2] > front[-1][2]:
            front.append(level)
    return front


def by_ids(query: F32, vectors: F32, ids: np.ndarray, metric: str) -> np.ndarray:
    """Return float32 distances of rows by id: squared l2, or the product (cosine: of unit vectors,
    as squared l2), as faiss orders them."""
    out = np.empty(len(ids), np.float32)
    if not len(ids):
        return out
    ids = np.ascontiguousarray(ids, np.int64)
    run = faiss.fvec_L2sqr_by_idx if metric == "l2" else faiss.fvec_inner_products_by_idx
    run(faiss.swig_ptr(out), faiss.swig_ptr(query), faiss.swig_ptr(vectors), faiss.swig_ptr(ids),
        vectors.shape[1], 1, len(ids))  # fmt: skip
    if metric == "cosine":
        rows = vectors[ids]
        norms = np.sqrt(np.vecdot(rows, rows))
        out = (2 - 2 * out / np.where(norms == 0, 1, norms)).astype(np.float32)
    return out
