"""What effort gives what recall: curves measured on a new index, with rows held out of it.

Queries are a sample of rows that neither train the index nor count as neighbours (and are put into a
graph only after it has been measured: a walk that meets the query's own node has its neighbours at
hand). They are asked unfiltered, under random masks of several selectivities, and under masks that pick
the rows on the other side of the data; then queries made of several rows, which lie apart from all.

One search of all lists with many candidates tells the recall of inverted lists at every breadth and
every number of candidates: a neighbour is found when its list is among the first ones and its code
among the first of those. Times are measured at a few efforts and interpolated. Of all efforts those on
the Pareto front of time and recall are kept. Times are of CPU, on one thread, the exact re-rank included.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vql.storage.kernels import faiss
from vql.storage.vector_index import MEASURED_KS, REACH_RANKS, Family, Partition, Probe, lists_passing, packed
from vql.storage.widened import WidenedRows
from vql.types import F32, F64, I64, Bools

SELECTIVITIES = (1.0, 0.5, 0.1, 0.03, 0.01)
# Filters that pick rows on the other side of the data; less than the last one is searched exactly.
FAR_SELECTIVITIES = (0.5, 0.1)
QUERIES, FILTERED_QUERIES, FAR_QUERIES, OUTSIDE_QUERIES = 600, 250, 60, 150
TIMED_QUERIES = 16
RECALL_ENOUGH = 0.999
HNSW_BREADTHS = (
    10, 12, 14, 16, 18, 20, 23, 26, 30, 34, 39, 45, 52, 60, 70, 80, 96, 112, 128, 160, 192, 256, 384,
    512, 768, 1024, 1536, 2048, 3072, 4096,
)  # fmt: skip
HNSW_DENSE_MAX = 128
# Floats of candidates looked at a query: the more dimensions, the fewer candidates.
CANDIDATE_FLOATS, CANDIDATES_LEAST, CANDIDATES_MOST = 400_000, 600, 4_000
STEPS_AN_OCTAVE = 4
BLOCK_ROWS = 32_768
# Rows further from their neighbours than this share of others are, are outliers.
REACH_QUANTILE = 0.99
Curves = dict[str, list[list[float]]]


@dataclass(frozen=True, slots=True)
class Trial:
    """Queries (q, dim) asked under one mask, a mask each (`masks`), or none.

    `bounds` (q, len(MEASURED_KS)) are the true distances of the last neighbours that count, `counts`
    (q, len(MEASURED_KS)) how many there are."""

    name: str
    queries: F32
    masks: list[Bools] | None
    bounds: np.ndarray
    counts: np.ndarray


class Measure:
    """Measures the families of one index over (n, dim) vectors.

    `unit` gives rows as the codes have them (normalised for cosine), `sample` are the offsets of the
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
        self.rows, self.dim = vectors.shape
        self._unit = unit
        self._sample = sample
        self._pool = np.ones(self.rows, bool) if known is None else known.copy()
        self._pool[sample] = False
        self._step = step
        self._faiss_metric = faiss.METRIC_INNER_PRODUCT if metric == "inner_product" else faiss.METRIC_L2
        self._sign = -1 if metric == "inner_product" else 1
        self._norms = norms_of(vectors) if metric == "cosine" else None
        self._trials: dict[str, Trial] = {}
        self.reach: list[float] = []

    def names(self, graph: bool) -> list[str]:
        """Return the kinds of filter a family is measured under."""
        names = [str(s) for s in SELECTIVITIES]
        return [*names, "outside"] if graph else [*names, *(f"far {s}" for s in FAR_SELECTIVITIES), "outside"]

    def curves(self, family: Family, partition: Partition, assignment: np.ndarray) -> Curves:
        """Return "k kind" -> [breadth, candidates, recall, microseconds] by rising time."""
        found: Curves = {}
        names = self.names(family.is_graph)
        for number, name in enumerate(names):
            self._step("measuring recall", number / len(names))
            trial = self._trial(name)
            if family.is_graph:
                levels = self._graph_levels(family, trial)
            else:
                levels = self._lists_levels(family, trial, partition, assignment)
            for k, of_k in zip(MEASURED_KS, levels, strict=True):
                found[f"{k} {name}"] = pareto(of_k)
        return found

    # -------------------------------------------------------------- graphs

    def _graph_levels(self, family: Family, trial: Trial) -> list[list[list[float]]]:
        """Try breadths; as many candidates as the breadth are re-ranked, since they are there."""
        levels: list[list[list[float]]] = [[] for _ in MEASURED_KS]
        probe = Probe(family)
        order = family.order if family.order is not None else np.arange(self.rows, dtype=np.uint32)
        inside = order[: family.index.ntotal]
        # faiss' selector does not hold its bits: they live as long as this name.
        bits = None if trial.masks is None else packed(trial.masks[0][inside])
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        projected = project(family, trial.queries)
        last = 0.0
        for breadth in HNSW_BREADTHS:
            if last > RECALL_ENOUGH:
                break
            self._step("measuring recall", 0.5)
            parameters = faiss.SearchParametersHNSW(efSearch=breadth, sel=selector)
            few = len(projected) if breadth <= HNSW_DENSE_MAX else len(projected) // 3 + 1
            ids = family.index.search(projected[:few], breadth, params=parameters)[1]
            ranks = self._ranks(trial, [inside[row[row >= 0]] for row in ids])
            us = self._timed(probe, trial, lambda p: p.ask(breadth, breadth, selector))  # noqa: B023
            for place, of_k in enumerate(levels):
                counts = trial.counts[:few, place]
                recall = float(recalls_of([r[place] for r in ranks], [breadth], counts)[0])
                of_k.append([breadth, breadth, recall, us])
            last = min(of_k[-1][2] for of_k in levels)
        return levels

    # -------------------------------------------------------------- inverted lists

    def _lists_levels(
        self, family: Family, trial: Trial, partition: Partition, assignment: np.ndarray
    ) -> list[list[list[float]]]:
        """Search all lists once; see the module."""
        lists = family.breadth_max
        most = int(np.clip(CANDIDATE_FLOATS // self.dim, CANDIDATES_LEAST, CANDIDATES_MOST))
        most = min(most, self.rows)
        projected = project(family, trial.queries)
        near = faiss.knn(projected, partition.centroids, lists, metric=self._faiss_metric)[1]
        lists_of, found = self._candidates(family, trial, partition, assignment, projected, near, most)
        ranks = self._ranks(trial, found)
        breadths = steps(1, lists)
        numbers = steps(MEASURED_KS[0], most)
        quick, slow, few = self._lists_times(family, trial, lists, most, near)
        levels: list[list[list[float]]] = [[] for _ in MEASURED_KS]
        for breadth in breadths:
            inside = [of < breadth for of in lists_of]
            before = [np.cumsum(i) - 1 for i in inside]
            base, each = float(np.interp(breadth, *quick)), 0.0
            each = max(0.0, (float(np.interp(breadth, *slow)) - base) / max(1, most - few))
            for place, of_k in enumerate(levels):
                kept = [b[r[place]][i[r[place]]] for b, i, r in zip(before, inside, ranks, strict=True)]
                recalls = recalls_of(kept, numbers, trial.counts[:, place]).tolist()
                of_k += [
                    [breadth, candidates, recall, base + (candidates - few) * each]
                    for candidates, recall in zip(numbers, recalls, strict=True)
                ]
        return levels

    def _candidates(
        self, family: Family, trial: Trial, partition: Partition, assignment: np.ndarray, projected: F32,
        near: I64, most: int,
    ) -> tuple[list[np.ndarray], list[I64]]:  # fmt: skip
        """Return for each query its candidates of all lists, best codes first, and the rank of the
        list each is in."""
        places = np.arange(family.breadth_max)
        lists_of, found = [], []
        masks = trial.masks
        shared = masks is None or len(masks) == 1
        parameters = faiss.SearchParametersIVF(nprobe=family.breadth_max)
        if shared:
            if masks is not None:
                bits = packed(masks[0])
                parameters.sel = faiss.IDSelectorBitmap(bits)
            together = family.index.search(projected, most, params=parameters)[1]
        for number in range(len(projected)):
            order = near[number]
            if not shared:
                assert masks is not None
                bits = packed(masks[number])
                parameters.sel = faiss.IDSelectorBitmap(bits)
                ids = family.index.search(projected[number : number + 1], most, params=parameters)[1][0]
                order = lists_passing(order, partition.shares(masks[number][partition.sample]))
            else:
                ids = together[number]
            ids = ids[ids >= 0]
            ids = ids[self._pool[ids]]
            rank = np.empty(len(places), np.int64)
            rank[order] = places
            lists_of.append(rank[assignment[ids]])
            found.append(ids)
        return lists_of, found

    def _lists_times(
        self, family: Family, trial: Trial, lists: int, most: int, near: I64
    ) -> tuple[tuple[list[int], list[float]], tuple[list[int], list[float]], int]:
        """Return microseconds at some breadths with few candidates and with many."""
        probe = Probe(family)
        few = min(32, most)
        at = [b for b in (1, 4, 16, 64, 256, 1024) if b < lists] + [lists]
        bits = None if trial.masks is None else packed(trial.masks[0])
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        times: list[list[float]] = [[], []]
        for breadth in at:
            for number, candidates in enumerate((few, most)):
                self._step("measuring recall", 0.5)
                us = self._timed(probe, trial, lambda p: p.ask(breadth, candidates, selector))  # noqa: B023
                times[number].append(us)
        return (at, times[0]), (at, times[1]), few

    # -------------------------------------------------------------- shared

    def _ranks(self, trial: Trial, found: Sequence[I64]) -> list[list[np.ndarray]]:
        """Return for each query and each k the ranks, among the candidates, of true neighbours."""
        ranks: list[list[np.ndarray]] = []
        for number, ids in enumerate(found):
            distances = self._sign * self._distances(trial.queries[number], ids)
            bounds = trial.bounds[number]
            ranks.append([np.flatnonzero(distances <= b + abs(b) * 1e-4 + 1e-9) for b in bounds])
        return ranks

    def _timed(self, probe: Probe, trial: Trial, ask: Callable[[Probe], I64]) -> float:
        """Return microseconds of CPU of a search with its re-rank: the lesser of two rounds."""
        best = float("inf")
        for _ in range(2):
            started = time.thread_time()
            for query in trial.queries[:TIMED_QUERIES]:
                probe.prepare(query)
                self._distances(query, ask(probe))
            best = min(best, time.thread_time() - started)
        return best / min(TIMED_QUERIES, len(trial.queries)) * 1e6

    def _distances(self, query: F32, ids: I64) -> F32:
        """Return float32 distances of rows by id as faiss orders them: squared l2 (cosine: of unit
        vectors), or the product."""
        out = by_ids(query, self.vectors, ids, self.metric)
        if self._norms is not None:
            out = 2 - 2 * out / self._norms[ids]
        return out

    def _trial(self, name: str) -> Trial:
        if name not in self._trials:
            kind, _, share = name.rpartition(" ")
            if name == "outside":
                trial = self._made(name, self._apart(), None)
            elif kind == "far":
                trial = self._far(name, float(share))
            else:
                trial = self._random(name, float(share))
            self._trials[name] = trial
        return self._trials[name]

    def _random(self, name: str, share: float) -> Trial:
        """One random mask for all queries, none at 1.0."""
        if share == 1.0:
            return self._made(name, self._unit(self.vectors[self._sample]), None)
        queries = self._unit(self.vectors[self._sample[:FILTERED_QUERIES]])
        return self._made(name, queries, [np.asarray(np.random.default_rng(17).random(self.rows) < share)])

    def _far(self, name: str, share: float) -> Trial:
        """A mask for each query: the rows farthest down the query's direction from the middle."""
        queries = self._unit(self.vectors[self._sample[:FAR_QUERIES]])
        middle = self._unit(self.vectors[: min(self.rows, BLOCK_ROWS)]).mean(0)
        along = np.concatenate([
            self._unit(self.vectors[start : start + BLOCK_ROWS]) @ (queries - middle).T
            for start in range(0, self.rows, BLOCK_ROWS)
        ])  # fmt: skip
        # Equal vectors may all lie at the quantile: never an empty mask.
        masks = [along[:, i] <= np.quantile(along[:, i], share) for i in range(len(queries))]
        return self._made(name, queries, masks)

    def _apart(self) -> F32:
        """Return queries that are no rows: sums of the deviations of several rows from the middle, by
        which they keep the spread of the data and lose its clusters."""
        generator = np.random.default_rng(23)
        picks = generator.choice(self.rows, (OUTSIDE_QUERIES, 8))
        rows = self._unit(self.vectors[picks.ravel()]).reshape(*picks.shape, self.dim)
        middle = rows.mean((0, 1))
        apart = (rows - middle).astype(np.float64)
        half = OUTSIDE_QUERIES // 2
        made = np.concatenate([apart[:half, :2].mean(1), apart[half:].sum(1) / np.sqrt(8)]) + middle
        return self._unit(made.astype(np.float32))

    def _made(self, name: str, queries: F32, masks: list[Bools] | None) -> Trial:
        """Find the true neighbours of a trial's queries among the rows not held out."""
        if masks is None or len(masks) == 1:
            distances = self._nearest(queries, self._pool if masks is None else self._pool & masks[0])
            if name == "1.0":
                self.reach = self._reach(distances, queries)
        else:
            distances = self._nearest_masked(queries, masks)
        counts = np.array([min(k, distances.shape[1]) for k in MEASURED_KS])
        bounds = distances[:, counts - 1] if distances.shape[1] else np.zeros((len(queries), len(counts)))
        return Trial(name, queries, masks, bounds, np.tile(counts, (len(queries), 1)))

    def _nearest(self, queries: F32, mask: Bools) -> np.ndarray:
        """Return the true distances (q, <= 100) of the nearest rows that pass, smaller is nearer."""
        found = np.empty((len(queries), 0), np.float32)
        for start in range(0, self.rows, BLOCK_ROWS):
            self._step("measuring recall", start / self.rows)
            passing = mask[start : start + BLOCK_ROWS]
            rows = self.vectors[start : start + BLOCK_ROWS]
            pool = self._unit(rows if passing.all() else rows[passing])
            if len(pool):
                k = min(MEASURED_KS[-1], len(pool))
                near = self._sign * faiss.knn(queries, pool, k, metric=self._faiss_metric)[0]
                found = np.sort(np.concatenate([found, near], axis=1), axis=1)[:, : MEASURED_KS[-1]]
        return found

    def _nearest_masked(self, queries: F32, masks: list[Bools]) -> np.ndarray:
        """Return what `_nearest` does under a mask for each query."""
        found = np.empty((len(queries), 0), np.float32)
        for start in range(0, self.rows, BLOCK_ROWS):
            self._step("measuring recall", start / self.rows)
            pool = self._unit(self.vectors[start : start + BLOCK_ROWS])
            distances = -(queries @ pool.T)
            if self.metric != "inner_product":
                distances = 2 * distances + np.vecdot(pool, pool)
                distances += np.vecdot(queries, queries)[:, None]
            for row, mask in zip(distances, masks, strict=True):
                row[~(mask & self._pool)[start : start + BLOCK_ROWS]] = np.inf
            both = np.concatenate([found, distances], axis=1)
            k = min(MEASURED_KS[-1], both.shape[1])
            found = np.partition(both, k - 1, axis=1)[:, :k]
        found = np.sort(found, axis=1)
        return found[:, : int(np.isfinite(found).sum(1).min())]

    def _reach(self, distances: np.ndarray, queries: F32) -> list[float]:
        """Return, for neighbours of REACH_RANKS, the distance as SQL gives it that few exceed."""
        ranks = [rank - 1 for rank in REACH_RANKS if rank <= distances.shape[1]]
        near = distances[:, ranks].astype(np.float64)
        if self.metric == "l2":
            near = np.sqrt(np.maximum(near, 0))
        elif self.metric == "cosine":
            near = near / 2
        else:
            near = near / np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-30)
        return [float(x) for x in np.quantile(near, REACH_QUANTILE, axis=0)]


def project(family: Family, queries: F32) -> F32:
    """Return queries as a family's codes want them."""
    if family.projection is None:
        return queries
    return np.ascontiguousarray(family.projection.apply(queries), np.float32)


def steps(first: int, last: int) -> list[int]:
    """Return numbers from first to last, four an octave."""
    octaves = np.log2(max(last, first) / first)
    count = int(np.ceil(octaves * STEPS_AN_OCTAVE)) + 1
    return sorted({int(x) for x in np.geomspace(first, max(last, first), count).round()})


def recalls_of(ranks: list[np.ndarray], numbers: Sequence[int], counts: np.ndarray) -> F64:
    """Return recall when only the first so many candidates are re-ranked, less half its standard
    error, by which a lucky sample would promise too much."""
    asked = np.asarray(numbers)
    hits = np.array([np.searchsorted(r, asked) for r in ranks])
    shares = np.minimum(hits, counts[:, None]) / np.maximum(counts[:, None], 1)
    recalls: F64 = shares.mean(0) - 0.5 * shares.std(0) / np.sqrt(len(shares))
    return recalls


def pareto(levels: list[list[float]]) -> list[list[float]]:
    """Return the levels nothing cheaper beats, by rising time."""
    front: list[list[float]] = []
    for level in sorted(levels, key=lambda entry: entry[3]):
        if not front or level[2] > front[-1][2]:
            front.append([int(level[0]), int(level[1]), round(level[2], 4), round(level[3], 1)])
    return front


def norms_of(vectors: F32 | WidenedRows) -> F32:
    """Return the lengths (n,) of rows, 1 for those of zeros."""
    blocks = [vectors[at : at + BLOCK_ROWS] for at in range(0, len(vectors), BLOCK_ROWS)]
    norms = np.concatenate([np.sqrt(np.vecdot(block, block)) for block in blocks])
    return np.where(norms == 0, np.float32(1), norms)


def by_ids(query: F32, vectors: F32 | WidenedRows, ids: I64, metric: str) -> F32:
    """Return float32 squared l2 distances of rows by id, or products where the metric is another."""
    if isinstance(vectors, WidenedRows):
        return vectors.compared(query, ids, metric != "l2")
    out = np.empty(len(ids), np.float32)
    if len(ids):
        ids = np.ascontiguousarray(ids, np.int64)
        run = faiss.fvec_L2sqr_by_idx if metric == "l2" else faiss.fvec_inner_products_by_idx
        run(faiss.swig_ptr(out), faiss.swig_ptr(query), faiss.swig_ptr(vectors), faiss.swig_ptr(ids),
            vectors.shape[1], 1, len(ids))  # fmt: skip
    return out
