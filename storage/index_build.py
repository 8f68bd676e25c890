"""Building vector indexes.

`auto` builds inverted lists with fast-scan codes, measures them (`vql.storage.recall`), and adds a
graph where that promises to be faster or where the codes do not reach 0.99.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vql.errors import QueryCanceled
from vql.storage.indexable import is_indexable
from vql.storage.kernels import faiss
from vql.storage.recall import QUERIES, Measure, by_ids
from vql.storage.vector_index import BuiltIndex, Family, Probe
from vql.types import F32, Bools

PARTITION_LISTS = 256
COST_ROUNDS = 5
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
    info: dict[str, Any] = {
        "metric": metric,
        "families": [],
        "scan_us_per_row": 0.0,
        "gather_us_per_row": 0.0,
    }
    blobs: dict[str, bytes | np.ndarray] = {}
    if method == "flat" or metric == "l1" or not is_indexable(vectors, valid):
        return BuiltIndex(info, blobs)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        work = Work(vectors, valid, metric, progress, cancelled)
        measure = Measure(vectors, metric, work.block, work.unit, work.sample, work.step)
        kinds = ["hnsw"] if method == "hnsw" else ["ivf"]
        while kinds:
            kind = kinds.pop()
            index = work.build_hnsw(options) if kind == "hnsw" else work.build_ivf()
            blob = np.asarray(faiss.serialize_index(index))
            if "centroids" not in blobs:
                blobs |= work.partition(index if kind == "ivf" else None)
            faiss.omp_set_num_threads(1)
            family = Family({"kind": kind, "curves": {}}, memoryview(blob.data), work.rows)
            curves = measure.curves(Probe(family))
            faiss.omp_set_num_threads(threads)
            info["families"].append({"kind": kind, "curves": curves})
            blobs[kind] = blob
            if method == "auto" and kind == "ivf" and work.wants_graph(curves):
                kinds.append("hnsw")
        info["zero_rows"] = work.zero_rows() if metric == "cosine" else []
        info["scan_us_per_row"], info["gather_us_per_row"] = work.scan_costs()
        return BuiltIndex(info, blobs)
    finally:
        faiss.omp_set_num_threads(before)


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

    # -------------------------------------------------------------- deciding

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
        query = self.unit(self.vectors[self.sample[:1]])[0]
        out = np.empty(rows, np.float32)
        picks = np.random.default_rng(3).choice(self.rows, min(2_000, self.rows), replace=False)
        ids = np.sort(picks)
        pointers = [faiss.swig_ptr(array) for array in (out, query, self.vectors)]
        best = [float("inf"), float("inf")]
        # The least of some rounds: a page that has to be fetched is no cost of a search.
        for _ in range(COST_ROUNDS):
            started = time.thread_time()
            faiss.fvec_L2sqr_ny(*pointers, self.dim, rows)
            scanned = time.thread_time()
            by_ids(query, self.vectors, ids, self.metric)
            gathered = time.thread_time()
            best = [min(best[0], scanned - started), min(best[1], gathered - scanned)]
        return best[0] / rows * 1e6, best[1] / len(ids) * 1e6
