"""Building vector indexes and measuring what effort gives what recall.

`auto` builds inverted lists with fast-scan codes, searches a sample, and adds a graph where that
promises to be faster or where the codes do not reach 0.99. Every family is searched with
leave-one-out queries from the segment, unfiltered and under random masks, and keeps the efforts on
the Pareto front of (time, recall): its curve. Curves are measured on single threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vql.errors import QueryCanceled
from vql.storage.kernels import faiss
from vql.storage.vector_index import BuiltIndex, Family
from vql.types import F32, Bools

SELECTIVITIES = (1.0, 0.5, 0.1, 0.03)
QUERIES = 200
# Leave-one-out recall on a sample exceeds the truth on new queries by sampling error: ask for more.
RECALL_MARGIN = 0.005
K = 10
HNSW_BREADTHS = (12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
IVF_BREADTHS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
IVF_CANDIDATES = (20, 40, 60, 100, 200, 400, 800)
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
        work = Work(vectors, metric, progress, cancelled)
        kinds = ["hnsw"] if method == "hnsw" else ["ivf"]
        while kinds:
            kind = kinds.pop()
            index = work.build_hnsw(options) if kind == "hnsw" else work.build_ivf()
            blob = np.asarray(faiss.serialize_index(index))
            entry = {"kind": kind, "curves": {}}
            faiss.omp_set_num_threads(1)
            entry["curves"] = work.measure(entry, blob)
            faiss.omp_set_num_threads(threads)
            info["families"].append(entry)
            blobs[kind] = blob
            if method == "auto" and kind == "ivf" and work.wants_graph(entry["curves"]):
                kinds.append("hnsw")
        info["scan_us_per_row"], info["gather_us_per_row"] = work.scan_costs()
        return BuiltIndex(info, blobs)
    finally:
        faiss.omp_set_num_threads(before)


class Work:
    """One build: the vectors, a sample of queries with their true neighbours, progress."""

    def __init__(
        self, vectors: F32, metric: str, progress: Progress | None, cancelled: Cancelled | None
    ) -> None:
        self.vectors = vectors
        self.metric = metric
        self._progress = progress or (lambda phase, fraction: None)
        self._cancelled = cancelled or (lambda: False)
        self.rows, self.dim = vectors.shape
        self.faiss_metric = faiss.METRIC_INNER_PRODUCT if metric == "inner_product" else faiss.METRIC_L2
        generator = np.random.default_rng(20261123)
        self.sample = np.sort(generator.choice(self.rows, min(QUERIES, self.rows), replace=False))
        self.masks = {
            s: None if s == 1.0 else generator.random(self.rows) < s for s in SELECTIVITIES
        }
        self._truths: dict[float, np.ndarray] = {}

    def step(self, phase: str, fraction: float) -> None:
        """Report progress and stop where asked to."""
        if self._cancelled():
            raise QueryCanceled("canceling statement due to user request")
        self._progress(phase, fraction)

    def block(self, start: int, end: int) -> F32:
        """Return rows as the codes want them: normalised for cosine."""
        rows = self.vectors[start:end]
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
        rows = self.vectors[picks]
        if self.metric == "cosine":
            norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
            rows = rows / np.where(norms == 0, 1, norms)
        return np.ascontiguousarray(rows, np.float32)

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

    # -------------------------------------------------------------- measuring

    def truth(self, selectivity: float) -> np.ndarray:
        """Return the true K-th distance of every sample query, itself left out."""
        if selectivity not in self._truths:
            mask = self.masks[selectivity]
            pool = self.block(0, self.rows) if mask is None else self.block_of(np.flatnonzero(mask))
            k = min(K + 1, len(pool))
            distances, _ = faiss.knn(self.queries(), pool, k, metric=self.faiss_metric)
            # With the query itself in the pool the K-th other is one further.
            inside = np.ones(len(self.sample), bool) if mask is None else mask[self.sample]
            self._truths[selectivity] = np.where(inside, distances[:, k - 1], distances[:, max(0, k - 2)])
        return self._truths[selectivity]

    def block_of(self, offsets: np.ndarray) -> F32:
        rows = self.vectors[offsets]
        if self.metric == "cosine":
            norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
            rows = rows / np.where(norms == 0, 1, norms)
        return np.ascontiguousarray(rows, np.float32)

    def queries(self) -> F32:
        """Return the sample queries."""
        return self.block_of(self.sample)

    def measure(self, entry: dict[str, Any], blob: np.ndarray) -> dict[str, list[list[float]]]:
        """Return the curves of a family: selectivity -> levels on the Pareto front."""
        family = Family({**entry, "curves": {}}, memoryview(blob), self.rows)
        breadths = HNSW_BREADTHS if family.kind == "hnsw" else [
            b for b in IVF_BREADTHS if b <= family.breadth_max
        ]  # fmt: skip
        curves: dict[str, list[list[float]]] = {}
        for selectivity in SELECTIVITIES:
            levels: list[list[float]] = []
            for breadth in breadths:
                choices = (max(2 * K, breadth // 2),) if family.kind == "hnsw" else IVF_CANDIDATES
                reached = 0.0
                for candidates in choices:
                    self.step("measuring recall", 0.9)
                    recall, us = self.measure_level(family, breadth, candidates, selectivity)
                    levels.append([breadth, candidates, recall - RECALL_MARGIN, us])
                    if recall < reached + 0.002 or recall > 0.9995:
                        break
                    reached = recall
                if levels[-1][2] > 0.994:
                    break
            curves[str(selectivity)] = pareto(levels)
        return curves

    def measure_level(
        self, family: Family, breadth: int, candidates: int, selectivity: float
    ) -> tuple[float, float]:
        """Return (recall@10, microseconds) of one effort, exact re-rank included."""
        mask = self.masks[selectivity]
        bits = None if mask is None else np.packbits(mask, bitorder="little")
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        truth = self.truth(selectivity)
        queries = self.queries()
        hits, spent = 0, 0.0
        sign = -1 if self.metric == "inner_product" else 1
        count = min(len(queries), 100 if selectivity < 1 else QUERIES)
        for place in range(count):
            query = queries[place : place + 1]
            started = time.perf_counter()
            found = family.search(query, breadth, candidates + 1, selector)
            found = found[found != self.sample[place]]
            distances = by_ids(query[0], self.vectors, found, self.metric)
            spent += time.perf_counter() - started
            bound = sign * truth[place]
            hits += min(K, int((sign * distances <= bound + abs(bound) * 1e-4 + 1e-9).sum()))
        return hits / (K * count), spent / count * 1e6

    def wants_graph(self, curves: dict[str, list[list[float]]]) -> bool:
        """Whether a graph promises to beat the lists: they miss 0.99, or cost much for the rows."""
        reached = [level for level in curves["1.0"] if level[2] >= 0.95]
        best = [level for level in curves["1.0"] if level[2] >= 0.985]
        return not best or (self.rows <= 200_000 and reached[0][3] > 60)

    def scan_costs(self) -> tuple[float, float]:
        """Return microseconds a row of an exact scan: contiguous, and gathered by id."""
        rows = min(self.rows, 20_000)
        query = self.queries()[0]
        ids = np.sort(np.random.default_rng(3).choice(self.rows, min(2_000, self.rows), replace=False))
        started = time.perf_counter()
        faiss.knn(query[None], np.ascontiguousarray(self.vectors[:rows]), K)
        scan = (time.perf_counter() - started) / rows * 1e6
        by_ids(query, self.vectors, ids, self.metric)
        started = time.perf_counter()
        by_ids(query, self.vectors, ids, self.metric)
        return scan, (time.perf_counter() - started) / len(ids) * 1e6


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


