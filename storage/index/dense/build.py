"""Building vector indexes.

`auto` builds inverted lists with fast-scan codes, and for inner products, where vectors of very
different lengths can make codes useless, measures a graph too and keeps both. Where few dimensions hold
most of the variance, codes and graphs are of a projection onto them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from vql.deadline import blocks
from vql.storage.index.dense.families import Family, Projection
from vql.storage.index.dense.indexable import is_indexable
from vql.storage.index.dense.partition import Partition
from vql.storage.index.dense.recall import Measure, by_ids
from vql.storage.index.dense.trials import Trials
from vql.storage.index.dense.tuning import (
    ADD_ROWS,
    CODE_BYTES_MAX,
    CODE_ITERATIONS,
    COST_ROUNDS,
    DIMENSIONS_KEPT_MAX,
    DIMENSIONS_STEP,
    FEW_LISTS,
    GATHERED_ROWS,
    LENGTH_QUERIES,
    LIST_ITERATIONS,
    LIST_SAMPLE,
    LISTS_LEAST,
    LISTS_MOST,
    LONG,
    QUERIES,
    QUERIES_LEAST,
    QUERY_ROWS,
    REACH_RANKS,
    RUN_ROWS,
    TRAINING_ROWS_LEAST,
    TRAINING_ROWS_MAX,
    VARIANCE_KEPT,
    VARIANCE_KEPT_GRAPH,
)
from vql.storage.index.dense.widened import WidenedRows
from vql.storage.index.kernels import faiss
from vql.storage.index.kind import BuiltIndex, Device, Step
from vql.types.forms.ndarrays import F32, I64, Bools

IVF_FACTORY = {"ivfpq": "PQ{codes}x4fs", "rabitq": "RaBitQfs", "ivfflat": "Flat"}


def build_index(
    vectors: F32 | WidenedRows,
    valid: Bools | None,
    method: str,
    metric: str,
    options: Mapping[str, float | str],
    device: Device,
    step: Step,
) -> BuiltIndex:
    """Build an index over (n, dim) vectors. Raises what `step` does.

    `options`: m, ef_construction, lists. NULL rows are indexed as zeros and masked at search time.
    """
    info: dict[str, Any] = {
        "metric": metric,
        "families": [],
    }
    if method == "flat" or metric == "l1" or not is_indexable(vectors, valid):
        return BuiltIndex(info, {})
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(device.threads)
    try:
        return Work(vectors, valid, metric, options, step).build(method, info)
    finally:
        faiss.omp_set_num_threads(before)


class Work:
    """One build: the vectors, the rows held out as queries, what is made of them, progress."""

    def __init__(
        self,
        vectors: F32 | WidenedRows,
        valid: Bools | None,
        metric: str,
        options: Mapping[str, float | str],
        step: Step,
    ) -> None:
        self.vectors = vectors
        self.valid = valid
        self.metric = metric
        self.options = options
        self.step = step
        self.rows, self.dim = vectors.shape
        self.faiss_metric = faiss.METRIC_INNER_PRODUCT if metric == "inner_product" else faiss.METRIC_L2
        self._generator = np.random.default_rng(20261123)
        known = np.arange(self.rows) if valid is None else np.flatnonzero(valid)
        held = min(QUERIES, max(len(known) // QUERY_ROWS, min(QUERIES_LEAST, len(known) // 5)))
        self.sample: I64 = self._generator.choice(known, held, replace=False)
        self.projection: Projection | None = None

    def build(self, method: str, info: dict[str, Any]) -> BuiltIndex:
        """Build and measure the families of a method."""
        blobs: dict[str, bytes | np.ndarray] = {}
        training = self.training()
        kinds = [method]
        if method == "auto":
            kinds = ["ivfpq", "hnsw"] if self.metric == "inner_product" else ["ivfpq"]
        variance = VARIANCE_KEPT_GRAPH if "hnsw" in kinds else VARIANCE_KEPT
        packed_projection = self.projected(training, variance)
        if packed_projection is None and self.dim % DIMENSIONS_STEP and "hnsw" in kinds:
            packed_projection = self.padding()
        if packed_projection is not None:
            self.projection = Projection(packed_projection, self.dim)
            blobs["projection"] = packed_projection
            training = self.projection.apply(training)
        info |= self.scan_costs()
        trials = Trials(self.vectors, self.metric, self.unit, self.sample, self.valid, self.step)
        measure = Measure(trials, info)
        partition, assignment = None, np.empty(0, "<u2")
        for kind in kinds:
            order = None
            if kind == "hnsw":
                if partition is None:
                    partition, assignment = self.partition(*self.means(training), blobs)
                order = self.graph_order(partition, assignment)
                index = self.graph(training, order)
                blobs["order"] = order.astype("<u4")
            else:
                index = self.lists(training, kind)
                if partition is None:
                    partition, assignment = self.partition(*self.lists_of(index), blobs)
            described: dict[str, Any] = {"kind": kind, "curves": {}}
            if kind != "hnsw":
                described["nearness"] = measure.nearness(partition, self.projection)
            family = Family(described, None, self.rows, index, order, self.projection, partition.centroids)
            described["curves"] = curves = measure.curves(family, partition, assignment)
            if not family.is_graph:
                info["stretch"] = measure.stretch(family, partition, curves)
            if kind == "hnsw":
                assert order is not None
                self.add(index, order[index.ntotal :], "adding rows held out")
            info["families"].append(described)
            blobs[kind] = np.asarray(faiss.serialize_index(index))
        info["reach"] = measure.reach
        info["zero_rows"] = []
        if self.metric == "cosine":
            info["zero_rows"] = self.zero_rows()
            measure.norms[info["zero_rows"]] = 0
            blobs["norms"] = measure.norms
        return BuiltIndex(info, blobs)

    # -------------------------------------------------------------- rows

    def unit(self, rows: F32) -> F32:
        """Return rows normalised where the metric is cosine."""
        if self.metric != "cosine":
            return np.ascontiguousarray(rows)
        norms = np.sqrt(np.vecdot(rows, rows))[:, None]
        return np.ascontiguousarray(rows / np.where(norms == 0, 1, norms), np.float32)

    def coded(self, rows: F32) -> F32:
        """Return rows as codes are made of: normalised for cosine, projected."""
        rows = self.unit(rows)
        return rows if self.projection is None else np.ascontiguousarray(self.projection.apply(rows))

    def training(self) -> F32:
        """Return a sample of rows, none of them held out."""
        self.step("training", 0.0)
        wanted = int(np.clip(self.list_count * 64, TRAINING_ROWS_LEAST, TRAINING_ROWS_MAX))
        trained = np.ones(self.rows, bool) if self.valid is None else self.valid.copy()
        trained[self.sample] = False
        picks = np.flatnonzero(trained)
        if len(picks) > wanted:
            picks = np.sort(self._generator.choice(picks, wanted, replace=False))
        return self.unit(self.vectors[picks])

    @property
    def list_count(self) -> int:
        """How many inverted lists: about the root of the rows, or as asked."""
        if "lists" in self.options:
            return int(min(float(self.options["lists"]), max(1, self.rows // 2)))
        return int(np.clip(2 ** np.round(np.log2(np.sqrt(self.rows))), LISTS_LEAST, LISTS_MOST))

    def projected(self, training: F32, variance: float) -> F32 | None:
        """Return the projection (d, dim + 1) onto the principal dimensions, its shift last; None where
        the variance is spread over too many. For inner products nothing is centred."""
        middle = training.mean(0, dtype=np.float64)
        if self.metric == "inner_product":
            middle[:] = 0
        centred = training[: TRAINING_ROWS_LEAST * 2] - middle.astype(np.float32)
        values, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        share = np.cumsum(values[::-1]) / max(float(values.sum()), 1e-300)
        kept = int(np.searchsorted(share, variance)) + 1
        kept = -(-kept // DIMENSIONS_STEP) * DIMENSIONS_STEP
        if kept > self.dim * DIMENSIONS_KEPT_MAX:
            return None
        # Turned at random among themselves: codes of equal width want dimensions of like variance.
        turn = np.linalg.qr(np.random.default_rng(5).normal(size=(kept, kept)))[0]
        matrix = turn @ vectors[:, ::-1][:, :kept].T
        return np.ascontiguousarray(np.column_stack([matrix, -matrix @ middle]), np.float32)

    def padding(self) -> F32:
        """Return the projection that adds zeros: 8-bit codes are compared a register at a time only where
        their number is a multiple of one (100 dimensions: a third of the speed of 112)."""
        wide = -(-self.dim // DIMENSIONS_STEP) * DIMENSIONS_STEP
        padded = np.zeros((wide, self.dim + 1), np.float32)
        np.fill_diagonal(padded[:, : self.dim], 1)
        return padded

    # -------------------------------------------------------------- inverted lists

    def lists(self, training: F32, kind: str) -> Any:
        """Build inverted lists (faiss IndexIVF kinds; fast-scan: André et al. 2015, RaBitQ: Gao and
        Long 2024)."""
        width = training.shape[1]
        codes = width if self.rows * width / 2 <= CODE_BYTES_MAX and width <= 256 else (width + 1) // 2
        while width % codes:
            codes -= 1
        centroids = self.centroids(training)
        name = f"IVF{len(centroids)},{IVF_FACTORY[kind].format(codes=codes)}"
        index = faiss.index_factory(width, name, self.faiss_metric)
        index.quantizer.add(centroids)
        if kind == "ivfpq":
            index.pq.cp.niter = CODE_ITERATIONS
        index.train(training)
        self.add(index, np.arange(self.rows), "adding rows")
        return index

    def centroids(self, training: F32) -> F32:
        """Return the centroids (lists, d) of k-means: more of them where neighbours are found in so few
        lists that shorter ones would be looked into as seldom."""
        count = self.list_count
        while True:
            means = faiss.Kmeans(
                training.shape[1], count, niter=1, seed=1, min_points_per_centroid=1,
                max_points_per_centroid=64, spherical=self.metric == "inner_product",
            )  # fmt: skip
            for iteration in range(LIST_ITERATIONS):
                self.step("training", iteration / LIST_ITERATIONS)
                means.train(training, init_centroids=means.centroids)
            given = "lists" in self.options or 2 * count > LISTS_MOST
            if given or not self._are_long(training, means.centroids):
                return np.asarray(means.centroids)
            count *= 2

    def _are_long(self, training: F32, centroids: F32) -> bool:
        """Whether the few lists that hold nearly all neighbours take much longer than to find them among
        all, as far as a sample tells."""
        asked = training[:: max(1, len(training) // LENGTH_QUERIES)]
        near = self.nearest(asked, training, 11)[:, 1:]
        lists = self.nearest(training, centroids)[:, 0]
        order = self.nearest(asked, centroids, len(centroids))
        ranks = np.take_along_axis(np.argsort(order, 1), lists[near].astype(np.int64), 1)
        breadth = int(np.quantile(ranks, 0.95)) + 1
        sizes = np.bincount(lists, minlength=len(centroids)) * (self.rows / len(training))
        looked_into = float(sizes[order[:, :breadth]].sum(1).mean())
        return breadth <= FEW_LISTS and looked_into > LONG * len(centroids)

    def nearest(self, rows: F32, others: F32, count: int = 1) -> I64:
        """Return which of some others are nearest to rows (n, count), nearest first."""
        parts = []
        for block in blocks(len(rows), len(rows)):
            self.step("training", block.start / len(rows))
            parts.append(faiss.knn(rows[block], others, count, metric=self.faiss_metric)[1])
        return np.concatenate(parts)

    def add(self, index: Any, offsets: np.ndarray, phase: str) -> None:
        """Add rows in blocks."""
        for block in blocks(len(offsets), ADD_ROWS):
            self.step(phase, block.start / len(offsets))
            picks = offsets[block]
            consecutive = int(picks[-1]) - int(picks[0]) + 1 == len(picks) and bool(
                (np.diff(picks) == 1).all()
            )
            rows = self.vectors[int(picks[0]) : int(picks[-1]) + 1] if consecutive else self.vectors[picks]
            index.add(self.coded(rows))

    def lists_of(self, index: Any) -> tuple[F32, np.ndarray]:
        """Return centroids and each row's list of an IVF index."""
        assignment = np.zeros(self.rows, "<u2")
        for number in range(index.nlist):
            size = index.invlists.list_size(number)
            if size:
                assignment[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] = number
        return faiss.downcast_index(index.quantizer).reconstruct_n(0, index.nlist), assignment

    def means(self, training: F32) -> tuple[F32, np.ndarray]:
        """Return some centroids and each row's nearest, for an index that has no lists."""
        centroids = self.centroids(training)
        assignment = np.empty(self.rows, "<u2")
        for start in range(0, self.rows, ADD_ROWS):
            self.step("training", start / self.rows)
            rows = self.coded(self.vectors[start : start + ADD_ROWS])
            assignment[start : start + len(rows)] = self.nearest(rows, centroids)[:, 0]
        return centroids, assignment

    def partition(
        self, centroids: F32, assignment: np.ndarray, blobs: dict[str, bytes | np.ndarray]
    ) -> tuple[Partition, np.ndarray]:
        """Return what a Partition keeps, also into `blobs`, and the assignment."""
        lists = len(centroids)
        sizes = np.bincount(assignment, minlength=lists)
        by_list = np.argsort(assignment, kind="stable")
        starts = np.cumsum(sizes) - sizes
        picks = (self._generator.random((lists, LIST_SAMPLE)) * sizes[:, None]).astype(np.int64)
        sample = by_list[np.minimum(starts[:, None] + picks, self.rows - 1)]
        blobs |= {
            "centroids": np.ascontiguousarray(centroids, np.float32),
            "sizes": sizes.astype("<u4"),
            "sample": sample.astype("<u4"),
            "assignment": assignment,
        }
        return Partition(centroids, sizes, sample), assignment

    # -------------------------------------------------------------- graphs

    def graph_order(self, partition: Partition, assignment: np.ndarray) -> I64:
        """Return rows in the order a graph numbers them: list by list, those of near centroids near to
        each other, which keeps walks within the cache; the rows held out last."""
        centred = partition.centroids - partition.centroids.mean(0)
        along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
        rank = np.argsort(np.argsort(along))
        order = np.argsort(rank[assignment], kind="stable")
        held = np.zeros(self.rows, bool)
        held[self.sample] = True
        return np.concatenate([order[~held[order]], self.sample])

    def graph(self, training: F32, order: I64) -> Any:
        """Build a graph over 8-bit codes (Malkov & Yashunin 2016, faiss IndexHNSWSQ), without the rows
        held out.

        Rows go in shuffled and are numbered in `order` afterwards: put in list by list they get a tenth
        fewer links, and the same recall takes a third more breadth.
        """
        width = training.shape[1]
        m = int(self.options.get("m", 16))
        index = faiss.IndexHNSWSQ(width, faiss.ScalarQuantizer.QT_8bit, m, self.faiss_metric)
        index.hnsw.efConstruction = int(self.options.get("ef_construction", 64))
        index.train(training)
        numbered = order[: self.rows - len(self.sample)]
        runs = np.array_split(np.sort(numbered), -(-len(numbered) // RUN_ROWS))
        self._generator.shuffle(runs)
        added = np.concatenate(runs)
        self.add(index, added, "building graph")
        place = np.empty(self.rows, np.int64)
        place[added] = np.arange(len(added))
        index.permute_entries(place[numbered])
        return index

    # -------------------------------------------------------------- costs

    def zero_rows(self) -> list[int]:
        """Return the rows of zeros, which have no cosine."""
        blocks = range(0, self.rows, ADD_ROWS)
        found = [start + np.flatnonzero(~self.vectors[start : start + ADD_ROWS].any(1)) for start in blocks]
        return [int(row) for row in np.concatenate(found)]

    def scan_costs(self) -> dict[str, float]:
        """Return microseconds a row of an exact scan: contiguous, gathered by id, and of selecting
        the nearest among those that pass."""
        # More than caches hold, as a scan of everything would meet it.
        rows = min(self.rows, max(20_000, (64 << 20) // (4 * self.dim)))
        query = self.unit(self.vectors[self.sample[:1]])[0]
        out = np.empty(rows, np.float32)
        generator = np.random.default_rng(3)
        passed = generator.random(rows) < 0.5
        halves = self.vectors if isinstance(self.vectors, WidenedRows) else None
        scanned_rows = rows if halves is None else self.rows
        pointers = [faiss.swig_ptr(a) for a in (out, query, self.vectors) if isinstance(a, np.ndarray)]
        times: list[list[float]] = []
        for _ in range(COST_ROUNDS):
            self.step("training", 1.0)
            # Others each time: most are not in caches when a search comes to them.
            ids = np.sort(generator.choice(self.rows, min(GATHERED_ROWS, self.rows), replace=False))
            started = time.thread_time()
            if halves is None:
                faiss.fvec_L2sqr_ny(*pointers, self.dim, rows)
            elif self.metric == "cosine":
                halves.compared(query, None, True)
            else:
                halves.nearest(query, REACH_RANKS[-1], self.metric != "l2")
            scanned = time.thread_time()
            by_ids(query, self.vectors, ids, self.metric)
            gathered = time.thread_time()
            among = out[np.flatnonzero(passed)]
            np.flatnonzero(~(among > among[0]))
            times.append([scanned - started, gathered - scanned, time.thread_time() - gathered])
        # The least of some rounds: a page that has to be fetched is no cost of a search.
        scan, gather, select = (1e6 * min(column) for column in zip(*times, strict=True))
        return {
            "scan_us_per_row": scan / scanned_rows,
            "gather_us_per_row": gather / len(ids),
            "select_us_per_row": select / (rows / 2),
        }
