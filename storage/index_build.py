"""Building vector indexes and measuring what effort gives what recall.

`auto` builds inverted lists with fast-scan codes, searches a sample, and adds a graph where that
promises to be faster or where the codes do not reach 0.99. Every family is searched with
leave-one-out queries from the segment, unfiltered and under random masks, and keeps the efforts on
the Pareto front of (time, recall): its curve. Curves are measured on single threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vql.errors import QueryCanceled
from vql.storage.kernels import faiss
from vql.storage.vector_index import BuiltIndex, Family, Probe
from vql.types import F32, Bools

SELECTIVITIES = (1.0, 0.5, 0.1, 0.03)
# Filters that pick rows on the other side of the data; less than the last one is searched exactly.
FAR_SELECTIVITIES = (0.5, 0.1)
QUERIES = 200
FILTERED_QUERIES = 100
FAR_QUERIES = 40
# Leave-one-out recall on a sample exceeds the truth on new queries by sampling error: ask for more.
RECALL_MARGIN = 0.005
RECALL_ENOUGH = 0.998
K = 10
HNSW_BREADTHS = (
    10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 768, 1024,
)  # fmt: skip
IVF_BREADTHS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512)
FAR_BREADTHS = (16, 32, 64, 128, 256, 512, 1024)
IVF_CANDIDATES = (16, 24, 32, 48, 64, 96, 128, 200, 300, 500, 800)
FAR_CANDIDATES = (32, 64, 128, 300)
PARTITION_LISTS = 256
TRAINING_ROWS_MAX = 100_000
ADD_ROWS = 20_000
Progress = Callable[[str, float], None]
Cancelled = Callable[[], bool]


def build_index(
    vectors: F32,
    valid: Bools | None,
    method: str,
    metric: str,
    options: Mapping[str, float | str],
    threads: int = 1,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> BuiltIndex:
    """Build an index over (n, dim) vectors. Raises QueryCanceled.

    `options`: m, ef_construction. NULL rows are indexed as zeros and masked at search time.
    """
    info: dict[str, Any] = {"metric": metric, "families": [], "scan_us_per_row": 0.0, "gather_us_per_row": 0.0}
    blobs: dict[str, bytes | np.ndarray] = {}
    if method == "flat" or metric == "l1":
        return BuiltIndex(info, blobs)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        work = Work(vectors, valid, metric, progress, cancelled)
        kinds = ["hnsw"] if method == "hnsw" else ["ivf"]
        while kinds:
            kind = kinds.pop()
            index = work.build_hnsw(options) if kind == "hnsw" else work.build_ivf()
            blob = np.asarray(faiss.serialize_index(index))
            if "centroids" not in blobs:
                blobs |= work.partition(index if kind == "ivf" else None)
            faiss.omp_set_num_threads(1)
            entry = {"kind": kind, "curves": work.measure(kind, blob)}
            faiss.omp_set_num_threads(threads)
            info["families"].append(entry)
            blobs[kind] = blob
            if method == "auto" and kind == "ivf" and work.wants_graph(entry["curves"]):
                kinds.append("hnsw")
        info["zero_rows"] = work.zero_rows() if metric == "cosine" else []
        info["scan_us_per_row"], info["gather_us_per_row"] = work.scan_costs()
        return BuiltIndex(info, blobs)
    finally:
        faiss.omp_set_num_threads(before)


@dataclass(frozen=True, slots=True)
class Trial:
    """Queries (q, dim) that are rows `offsets`, a selector (or None) and the true K-th distance each."""

    queries: F32
    offsets: np.ndarray
    selectors: list[Any]
    bounds: np.ndarray


class Work:
    """One build: the vectors, a sample of queries with their true neighbours, progress."""

    def __init__(
        self,
        vectors: F32,
        valid: Bools | None,
        metric: str,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:
        self.vectors = vectors
        self.metric = metric
        self._progress = progress or (lambda phase, fraction: None)
        self._cancelled = cancelled or (lambda: False)
        self.rows, self.dim = vectors.shape
        self.faiss_metric = faiss.METRIC_INNER_PRODUCT if metric == "inner_product" else faiss.METRIC_L2
        generator = np.random.default_rng(20261123)
        known = self.rows if valid is None else np.flatnonzero(valid)
        count = known if isinstance(known, int) else len(known)
        self.sample = np.asarray(generator.choice(known, min(QUERIES, count), replace=False), np.int64)

    def step(self, phase: str, fraction: float) -> None:
        """Report progress and stop where asked to."""
        if self._cancelled():
            raise QueryCanceled("canceling statement due to user request")
        self._progress(phase, fraction)

    def block(self, start: int, end: int) -> F32:
        """Return rows as the codes want them: normalised for cosine."""
        rows = self.vectors[start:end]
        return self.unit(rows)

    def unit(self, rows: F32) -> F32:
        """Return rows normalised where the metric is cosine."""
        if self.metric != "cosine":
            return np.ascontiguousarray(rows)
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        return np.ascontiguousarray(rows / np.where(norms == 0, 1, norms), np.float32)

    # -------------------------------------------------------------- building

    def training(self, wanted: int) -> F32:
        """Return a sample of rows for training."""
        if self.rows <= wanted:
            return self.block(0, self.rows)
        picks = np.sort(np.random.default_rng(1).choice(self.rows, wanted, replace=False))
        return self.unit(self.vectors[picks])

    def add(self, index: Any, phase: str) -> None:
        """Add every row in blocks."""
        for start in range(0, self.rows, ADD_ROWS):
            self.step(phase, start / self.rows)
            index.add(self.block(start, min(self.rows, start + ADD_ROWS)))

    def build_hnsw(self, options: Mapping[str, float | str]) -> Any:
        """Build a graph over 8-bit codes (Malkov & Yashunin 2016, faiss IndexHNSWSQ)."""
        m = int(options.get("m", 16))
        index = faiss.IndexHNSWSQ(self.dim, faiss.ScalarQuantizer.QT_8bit, m, self.faiss_metric)
        index.hnsw.efConstruction = int(options.get("ef_construction", 64))
        self.step("training", 0.0)
        index.train(self.training(min(TRAINING_ROWS_MAX, 20_000)))
        self.add(index, "building graph")
        return index

    def build_ivf(self) -> Any:
        """Build inverted lists with 4-bit codes (André et al. 2015, faiss IndexIVFPQFastScan)."""
        lists = int(2 ** np.clip(np.round(np.log2(np.sqrt(self.rows))), 5, 12))
        codes = max(1, (self.dim + 1) // 2) if self.dim <= 256 else self.dim // 4
        while self.dim % codes:
            codes -= 1
        index = faiss.index_factory(self.dim, f"IVF{lists},PQ{codes}x4fs", self.faiss_metric)
        index.cp.niter = 10
        index.cp.max_points_per_centroid = 64
        self.step("training", 0.0)
        index.train(self.training(min(TRAINING_ROWS_MAX, max(lists * 64, 20_000))))
        self.add(index, "adding rows")
        return index

    def partition(self, lists: Any) -> dict[str, np.ndarray]:
        """Return centroids and assignment: those of an IVF index, or some trained for the purpose."""
        if lists is not None:
            quantizer = faiss.downcast_index(lists.quantizer)
            assignment = np.zeros(self.rows, "<u2")
            inverted = lists.invlists
            for number in range(lists.nlist):
                size = inverted.list_size(number)
                if size:
                    ids = faiss.rev_swig_ptr(inverted.get_ids(number), size)
                    assignment[ids] = number
            return {"centroids": quantizer.reconstruct_n(0, lists.nlist), "assignment": assignment}
        count = max(1, min(PARTITION_LISTS, self.rows // 40))
        self.step("training", 0.5)
        means = faiss.Kmeans(self.dim, count, niter=8, seed=1, min_points_per_centroid=1)
        means.train(self.training(count * 64))
        flat = faiss.IndexFlat(self.dim, self.faiss_metric)
        flat.add(means.centroids)
        assignment = np.empty(self.rows, "<u2")
        for start in range(0, self.rows, ADD_ROWS):
            end = min(self.rows, start + ADD_ROWS)
            assignment[start:end] = flat.search(self.block(start, end), 1)[1][:, 0]
        return {"centroids": means.centroids, "assignment": assignment}

    # -------------------------------------------------------------- measuring

    def queries(self) -> F32:
        """Return the sample queries."""
        return self.block_of(self.sample)

    def block_of(self, offsets: np.ndarray) -> F32:
        """Return some rows as the codes want them."""
        return self.unit(self.vectors[offsets])

    def measure(self, kind: str, blob: np.ndarray) -> dict[str, list[list[float]]]:
        """Return the curves of a family: name -> levels on the Pareto front."""
        family = Family({"kind": kind, "curves": {}}, memoryview(blob), self.rows)
        probe = Probe(family)
        curves: dict[str, list[list[float]]] = {}
        for number, selectivity in enumerate(SELECTIVITIES):
            self.step("measuring recall", number / len(SELECTIVITIES))
            trial = self.random_trial(selectivity)
            breadths = HNSW_BREADTHS if kind == "hnsw" else IVF_BREADTHS
            curves[str(selectivity)] = self.curve(probe, trial, breadths, IVF_CANDIDATES)
        if kind == "ivf":
            for selectivity in FAR_SELECTIVITIES:
                trial = self.far_trial(selectivity)
                curves[f"far {selectivity}"] = self.curve(probe, trial, FAR_BREADTHS, FAR_CANDIDATES)
        return curves

    def curve(
        self, probe: Probe, trial: Trial, breadths: tuple[int, ...], candidates: tuple[int, ...]
    ) -> list[list[float]]:
        """Return the efforts worth taking on one trial."""
        levels: list[list[float]] = []
        limit = probe.family.breadth_max
        for breadth in [b for b in breadths if b < limit] + [limit] * (probe.family.kind == "ivf"):
            reached = 0.0
            for wanted in (breadth,) if probe.family.kind == "hnsw" else candidates:
                self.step("measuring recall", 0.5)
                recall, us = self.measure_level(probe, trial, breadth, wanted)
                levels.append([breadth, wanted, recall - RECALL_MARGIN, us])
                if recall < reached + 0.002 or recall > RECALL_ENOUGH:
                    break
                reached = recall
            if max(level[2] for level in levels[-len(candidates) :]) > RECALL_ENOUGH - RECALL_MARGIN:
                break
        return pareto(levels)

    def random_trial(self, selectivity: float) -> Trial:
        """Return queries under one random mask, with the true K-th distances, themselves left out."""
        offsets = self.sample if selectivity == 1.0 else self.sample[:FILTERED_QUERIES]
        queries = self.block_of(offsets)
        if selectivity == 1.0:
            return Trial(queries, offsets, [None] * len(offsets), self.bounds(queries, offsets, None))
        mask = np.random.default_rng(17).random(self.rows) < selectivity
        return Trial(queries, offsets, [selector_of(mask)] * len(offsets), self.bounds(queries, offsets, mask))

    def far_trial(self, selectivity: float) -> Trial:
        """Return queries that each have their own mask: the rows farthest down their direction."""
        offsets = self.sample[:FAR_QUERIES]
        queries = self.block_of(offsets)
        middle = self.training(20_000).mean(0)
        selectors, bounds = [], []
        for place in range(len(offsets)):
            direction = queries[place] - middle
            along = np.concatenate([
                self.block(start, min(self.rows, start + ADD_ROWS)) @ direction
                for start in range(0, self.rows, ADD_ROWS)
            ])  # fmt: skip
            mask = along < np.quantile(along, selectivity)
            selectors.append(selector_of(mask))
            bounds.append(self.bounds(queries[place : place + 1], offsets[place : place + 1], mask))
        return Trial(queries, offsets, selectors, np.concatenate(bounds))

    def bounds(self, queries: F32, offsets: np.ndarray, mask: Bools | None) -> np.ndarray:
        """Return the true distance of each query's K-th neighbour among the rows that pass."""
        picks = None if mask is None else np.flatnonzero(mask)
        pool = self.block(0, self.rows) if picks is None else self.block_of(picks)
        k = min(K + 1, len(pool))
        distances, _ = faiss.knn(queries, pool, k, metric=self.faiss_metric)
        # With the query itself in the pool the K-th other is one further.
        inside = np.ones(len(offsets), bool) if mask is None else mask[offsets]
        return np.where(inside, distances[:, k - 1], distances[:, max(0, k - 2)])

    def measure_level(self, probe: Probe, trial: Trial, breadth: int, candidates: int) -> tuple[float, float]:
        """Return (recall@10, microseconds) of one effort, exact re-rank included."""
        sign = -1 if self.metric == "inner_product" else 1
        hits, spent = 0, 0.0
        for place, selector in enumerate(trial.selectors):
            query = trial.queries[place]
            started = time.thread_time()
            found = probe.search(faiss.swig_ptr(query), breadth, candidates, selector)
            distances = by_ids(query, self.vectors, found, self.metric)
            spent += time.thread_time() - started
            distances = distances[found != trial.offsets[place]]
            bound = sign * trial.bounds[place]
            hits += min(K, int((sign * distances <= bound + abs(bound) * 1e-4 + 1e-9).sum()))
        count = len(trial.selectors)
        return hits / (K * count), spent / count * 1e6

    def wants_graph(self, curves: dict[str, list[list[float]]]) -> bool:
        """Whether a graph promises to beat the lists: they miss 0.99, or cost much for the rows."""
        reached = [level for level in curves["1.0"] if level[2] >= 0.95]
        best = [level for level in curves["1.0"] if level[2] >= 0.985]
        return not best or (self.rows <= 200_000 and reached[0][3] > 60)

    def zero_rows(self) -> list[int]:
        """Return the rows of zeros, which have no cosine."""
        blocks = range(0, self.rows, ADD_ROWS)
        found = [start + np.flatnonzero(~self.vectors[start : start + ADD_ROWS].any(1)) for start in blocks]
        return [int(row) for row in np.concatenate(found)]

    def scan_costs(self) -> tuple[float, float]:
        """Return microseconds a row of an exact scan: contiguous, and gathered by id."""
        rows = min(self.rows, 20_000)
        query = self.queries()[0]
        ids = np.sort(np.random.default_rng(3).choice(self.rows, min(2_000, self.rows), replace=False))
        started = time.thread_time()
        faiss.knn(query[None], np.ascontiguousarray(self.vectors[:rows]), K)
        scan = (time.thread_time() - started) / rows * 1e6
        by_ids(query, self.vectors, ids, self.metric)
        started = time.thread_time()
        by_ids(query, self.vectors, ids, self.metric)
        return scan, (time.thread_time() - started) / len(ids) * 1e6


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
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        out = (2 - 2 * out / np.where(norms == 0, 1, norms)).astype(np.float32)
    return out


