"""What effort gives what recall: curves measured on a new index, with rows held out of it.

The queries are those of `vql.storage.index.dense.trials`. Rows held out for them neither train the index
nor count as neighbours, and are put into a graph only after it has been measured: a walk that meets the
query's own node has its neighbours at hand.

One search of all lists with many candidates tells the recall of inverted lists at every breadth and
every number of candidates: a neighbour is found when its list is among the first ones and its code
among the first of those. Times are measured at a few efforts and interpolated. Of all efforts those on
the Pareto front of time and recall are kept. Times are of CPU, on one thread, the exact re-rank included.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import accumulate
from typing import Any

import numpy as np

from vql.deadline import POLL_S, blocks, check_deadline, current_deadline, each_watched, work_for
from vql.storage.index.dense.depth import Depth, RankedCodes
from vql.storage.index.dense.families import Family, Projection
from vql.storage.index.dense.nearness import Nearness
from vql.storage.index.dense.partition import Partition, lists_passing
from vql.storage.index.dense.probe import Probe
from vql.storage.index.dense.trials import NEIGHBOURS, Trial, Trials
from vql.storage.index.dense.tuning import (
    CANDIDATE_FLOATS,
    CANDIDATE_ROWS,
    CANDIDATES_LEAST,
    CANDIDATES_MOST,
    EXACT_TIMES,
    FAR_CANDIDATE_ROWS,
    FAR_CANDIDATES,
    FEW,
    HNSW_BREADTHS,
    HNSW_DEAR,
    HNSW_DENSE_MAX,
    HNSW_QUERIES_LEAST,
    HNSW_RANKED_MAX,
    HNSW_TIMED,
    LENGTH_ROWS,
    MEASURED_KS,
    REACH_QUANTILE,
    REACH_RANKS,
    RECALL_STEP,
    REGION_MISSES,
    SELECTIVITIES,
    STEPS_AN_OCTAVE,
    STRETCH_QUANTILE,
    TIMED_QUERIES,
    TIMED_SECONDS,
    TIMED_STEP,
    USUAL_RECALL,
)
from vql.storage.index.dense.widened import WidenedRows
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, F64, I64
from vql.types.vectors.bit import selector_bits

Curves = dict[str, list[list[float]]]
Times = tuple[list[int], list[float]]


class Measure:
    """Measures the families of one index by trials. `costs` are those of an exact scan, by microseconds
    a row."""

    def __init__(self, trials: Trials, costs: Mapping[str, float]) -> None:
        self.vectors, self.metric = trials.vectors, trials.metric
        self.rows, self.dim = self.vectors.shape
        self._step = trials.step
        self._costs = costs
        self._faiss_metric = faiss.METRIC_INNER_PRODUCT if self.metric == "inner_product" else faiss.METRIC_L2
        self._sign = -1 if self.metric == "inner_product" else 1
        # Of rows by cosine, 1 for those of zeros.
        self.norms = norms_of(self.vectors) if self.metric == "cosine" else np.empty(0, np.float32)
        self._pool = trials.pool
        self._trials = trials.make()
        self.reach = self._reach()

    def curves(self, family: Family, partition: Partition, assignment: np.ndarray) -> Curves:
        """Return "k kind" -> [breadth, candidates, recall, microseconds, maybe gap] by rising time."""
        if not family.is_graph:
            return self._lists_curves(family, partition, assignment)
        found: Curves = {}
        for name, trial in self._trials.items():
            if trial.masks is None or trial.shared is not None:
                found |= curves_of(name, self._graph_levels(family, trial))
        return found

    def nearness(self, partition: Partition, projection: Projection | None) -> dict[str, Any]:
        """Return what a Nearness is made of."""
        queries = projected_queries(projection, self._trials[str(SELECTIVITIES[0])].queries)
        near = self._near_lists(queries, partition)[0]
        return Nearness.measured(near, steps(1, partition.lists), self.metric == "inner_product")

    def stretch(self, family: Family, partition: Partition, curves: Curves) -> list[tuple[float, float]]:
        """Return ranks of neighbours and, for each, how many times as far as the first list that is not
        looked into it lies at most, of most queries. A filter that takes away what is near a query shows
        in this, even where the query's list passes like others."""
        found: list[tuple[float, float]] = []
        if self.metric == "inner_product":
            return found
        for share in SELECTIVITIES:
            trial, k = self._trials[str(share)], MEASURED_KS[0]
            looked_into = [int(level[0]) for level in curves[f"{k} {share}"] if level[2] >= USUAL_RECALL]
            if not looked_into or looked_into[0] >= partition.lists or trial.distances.shape[1] < k:
                break
            near = faiss.knn(
                projected_queries(family.projection, trial.queries), partition.centroids, looked_into[0] + 1
            )[0]
            times = np.sqrt(trial.distances[:, k - 1] / np.maximum(near[:, -1], 1e-30))
            found.append((k / share, float(np.quantile(times, STRETCH_QUANTILE))))
        return found

    # -------------------------------------------------------------- graphs

    def _graph_levels(self, family: Family, trial: Trial) -> list[list[list[float]]]:
        """Try breadths, and at each to re-rank fewer of what a walk has found."""
        levels: list[list[list[float]]] = [[] for _ in MEASURED_KS]
        order = family.order if family.order is not None else np.arange(self.rows, dtype=np.uint32)
        inside = order[: family.index.ntotal]
        # faiss' selector does not hold its bits: they live as long as this name.
        bits = None if trial.shared is None else selector_bits(trial.shared[inside])
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        projected = projected_queries(family.projection, trial.queries)
        _, counts = trial.bounds()
        few = MEASURED_KS[0]
        worth = EXACT_TIMES * self._exact_us(trial)
        timed = self._worthwhile(Probe(family), trial, selector, worth)
        slow = self._times(Probe(family), trial, selector, timed, HNSW_RANKED_MAX)
        quick = self._times(Probe(family), trial, selector, timed, few)
        numbers = steps(few, HNSW_RANKED_MAX)
        means = np.zeros((len(levels), len(numbers)))
        before = list(np.zeros((len(levels), 1, len(numbers))))
        reached: list[float] = []
        for breadth in HNSW_BREADTHS:
            stalled = len(reached) > 2 and reached[-1] - reached[-3] < RECALL_STEP
            if reached and (stalled or breadth > timed[-1] or float(np.interp(breadth, *quick)) > worth):
                break
            self._step("measuring recall", 0.5)
            parameters = faiss.SearchParametersHNSW(efSearch=breadth, sel=selector)
            asked = len(projected) * HNSW_DENSE_MAX // max(breadth, HNSW_DENSE_MAX)
            some = projected[: max(asked, HNSW_QUERIES_LEAST)]
            ids = self._search(family, some, min(breadth, HNSW_RANKED_MAX), parameters)[1]
            ranks = self._ranks(trial, [inside[row[row >= 0]] for row in ids])[1]
            base = float(np.interp(breadth, *quick))
            most = min(breadth, HNSW_RANKED_MAX)
            each = max(0.0, float(np.interp(breadth, *slow)) - base) / max(1, most - few)
            for place, of_k in enumerate(levels):
                shares = shares_of(*ranks[place], numbers, int(counts[place]), len(some))
                # Fewer queries tell what more breadth adds as well as all do, not what all find.
                means[place] += (shares - before[place][: len(some)]).mean(0)
                before[place] = shares
                doubt = trial.doubt(MEASURED_KS[place], len(projected))
                recalls = promised(means[place], shares, doubt, trial.regions).tolist()
                of_k += [
                    [breadth, candidates, recall, base + (candidates - few) * each]
                    for candidates, recall in zip(numbers, recalls, strict=True)
                    if candidates <= breadth
                ]
            reached.append(sum(float(mean[-1]) for mean in means))
        return levels

    def _worthwhile(self, probe: Probe, trial: Trial, selector: object, worth: float) -> list[int]:
        """Return the breadths of HNSW_TIMED up to the first at which a query costs far more than `worth`
        microseconds, asked twice as the first time finds nothing in caches: none behind it is ever tried."""
        probe.prepare(trial.queries[0])
        tried = []
        for breadth in HNSW_TIMED:
            tried.append(breadth)
            spent = []
            for _ in range(2):
                started = time.thread_time()
                probe.ask(breadth, MEASURED_KS[0], selector)
                spent.append(time.thread_time() - started)
            if min(spent) * 1e6 > HNSW_DEAR * worth:
                break
        return tried

    # -------------------------------------------------------------- inverted lists

    def _lists_curves(self, family: Family, partition: Partition, assignment: np.ndarray) -> Curves:
        """Search all lists once; see the module."""
        usual = int(np.clip(CANDIDATE_FLOATS // self.dim, CANDIDATES_LEAST, CANDIDATES_MOST))
        near, far = self.rows // CANDIDATE_ROWS, self.rows // FAR_CANDIDATE_ROWS
        trials = [
            (name, trial, min(far, usual * FAR_CANDIDATES) if trial.is_far else min(near, usual))
            for name, trial in self._trials.items()
        ]
        times = [self._lists_times(family, trial, (min(FEW, most), most)) for _, trial, most in trials]
        found: Curves = {}
        # One trial's neighbours are counted while the next is searched.
        with ThreadPoolExecutor(1, initializer=work_for, initargs=(current_deadline(),)) as counting:
            counted = []
            for number, ((_, trial, most), spent) in enumerate(zip(trials, times, strict=True)):
                self._step("measuring recall", number / len(trials))
                candidates = self._candidates(family, trial, partition, assignment, most)
                counted.append(counting.submit(self._lists_levels, trial, family, candidates, most, *spent))
            for (name, _, _), levels in zip(trials, counted, strict=True):
                while wait((levels,), POLL_S).not_done:
                    self._step("measuring recall", 1.0)
                found |= curves_of(name, levels.result())
        return found

    def _lists_levels(
        self, trial: Trial, family: Family, ranked: list[RankedCodes], most: int, quick: Times, slow: Times
    ) -> list[list[list[float]]]:
        """Return for each k the recall and time of every breadth and number of candidates, or gap."""
        starts, ranks = self._ranks(trial, [each.offsets for each in ranked])
        # Nothing behind a query's last neighbour found is counted.
        query, rank = ranks[-1]
        sizes = np.zeros_like(starts)
        sizes[query] = rank + 1
        breadths, away = (
            np.concatenate([each[part][:size] for each, size in zip(ranked, sizes.tolist(), strict=True)])
            for part in (1, 2)
        )
        starts = np.cumsum(sizes) - sizes
        nearness = family.nearness if trial.is_even else None
        numbers = [steps(MEASURED_KS[0] if nearness is None else k, most) for k in MEASURED_KS]
        projected = projected_queries(family.projection, trial.queries)
        lengths = np.sqrt(np.vecdot(projected, projected), dtype=np.float64)
        depths = [
            Depth(nearness, lengths, ranked, k, of_k) for k, of_k in zip(MEASURED_KS, numbers, strict=True)
        ]
        _, counts = trial.bounds()
        levels: list[list[list[float]]] = [[] for _ in MEASURED_KS]
        last = quick[0][-1]
        for breadth in steps(1, last) if nearness is None else fine_steps(last):
            check_deadline()
            inside = breadths <= breadth
            # Of all queries together: how many candidates are in these lists, up to each.
            before = np.concatenate([[0], np.cumsum(inside)])
            base = float(np.interp(breadth, *quick))
            each = max(0.0, (float(np.interp(breadth, *slow)) - base) / max(1, most - FEW))
            for depth, (query, rank), count, of_k in zip(depths, ranks, counts.tolist(), levels, strict=True):
                at = starts[query] + rank
                there = inside[at]
                query, at = query[there], at[there]
                kept, limits = depth.needed(before, starts, sizes, away, query, at)
                shares = shares_of(query, kept, limits, count, len(ranked))
                doubt = trial.doubt(depth.k, len(ranked))
                recalls = promised(shares.mean(0), shares, doubt, trial.regions).tolist()
                of_k += depth.levels(breadth, recalls, base, each)
        return levels

    def _candidates(
        self, family: Family, trial: Trial, partition: Partition, assignment: np.ndarray, most: int
    ) -> list[RankedCodes]:
        """Return what all lists give for each query."""
        projected = projected_queries(family.projection, trial.queries)
        near, order = self._near_lists(projected, partition)
        breadths = np.broadcast_to(np.arange(1.0, partition.lists + 1), order.shape)
        if trial.is_even and family.nearness is not None:
            breadths = family.nearness.breadths(near)
        ranked = []
        parameters = faiss.SearchParametersIVF(nprobe=family.breadth_max)
        own_masks = trial.masks if trial.shared is None else None
        if trial.shared is not None:
            bits = selector_bits(trial.shared)
            parameters.sel = faiss.IDSelectorBitmap(bits)
        if own_masks is None:
            # No more than pass are found, and faiss takes long to look for more.
            passing = self.rows if trial.shared is None else int(np.count_nonzero(trial.shared))
            together = self._search(family, projected, max(1, min(most, passing)), parameters)
        for number, lists in enumerate(order):
            self._step("measuring recall", 0.5)
            if own_masks is None:
                away, ids = (part[number] for part in together)
            else:
                mask = own_masks[number]
                bits = selector_bits(mask)
                parameters.sel = faiss.IDSelectorBitmap(bits)
                away, ids = self._search(family, projected[number : number + 1], most, parameters)
                away, ids = away[0], ids[0]
                lists = lists_passing(lists, partition.shares(bits))
            there = (ids >= 0) & self._pool[ids]
            ids = ids[there]
            of_list = np.empty(len(lists))
            of_list[lists] = breadths[number]
            ranked.append(RankedCodes(ids, of_list[assignment[ids]], self._sign * away[there]))
        return ranked

    def _near_lists(self, queries: F32, partition: Partition) -> tuple[F32, I64]:
        """Return what tells how near lists are to each of (q, d) queries (q, lists), rising, and which lists
        these are."""
        near, order = faiss.knn(queries, partition.centroids, partition.lists, metric=self._faiss_metric)
        return self._sign * near, order

    def _search(self, family: Family, queries: F32, count: int, parameters: Any) -> tuple[F32, I64]:
        """Return what an index gives for queries: what tells how near by their codes, and rows (q, count)."""
        found = []
        for block in blocks(len(queries), len(queries)):
            self._step("measuring recall", 0.5)
            found.append(family.index.search(queries[block], count, params=parameters))
        away, ids = zip(*found, strict=True)
        return np.concatenate(away), np.concatenate(ids)

    def _lists_times(self, family: Family, trial: Trial, candidates: tuple[int, int]) -> list[Times]:
        """Return breadths and microseconds with few candidates and with many."""
        at = [family.breadth_max]
        while at[0] > 1:
            at.insert(0, max(1, at[0] // TIMED_STEP))
        mask = trial.masks if trial.shared is not None or trial.masks is None else trial.masks[0]
        bits = None if mask is None else selector_bits(mask)
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        return [self._times(Probe(family), trial, selector, at, number) for number in candidates]

    # -------------------------------------------------------------- shared

    def _ranks(self, trial: Trial, found: Sequence[I64]) -> tuple[I64, list[tuple[I64, I64]]]:
        """Return where each query's candidates start among all, and for each k the true neighbours among
        them: their queries and their ranks."""
        last = trial.bounds()[0]
        allowed = last + np.abs(last) * 1e-4 + trial.rounding[:, None]
        distances = [
            self._sign * self._distances(query, ids)
            for query, ids in each_watched(zip(trial.queries, found, strict=False))
        ]
        sizes = np.array([len(ids) for ids in found])
        starts = np.cumsum(sizes) - sizes
        owner = np.repeat(np.arange(len(found)), sizes)
        together = np.concatenate(distances)
        ranks = []
        for bounds in allowed[: len(found)].T:
            at = np.flatnonzero(together <= bounds[owner])
            ranks.append((owner[at], at - starts[owner[at]]))
        return starts, ranks

    def _exact_us(self, trial: Trial) -> float:
        """Return the microseconds of an exact scan of the rows that pass."""
        passing = self.rows if trial.shared is None else int(np.count_nonzero(trial.shared))
        costs = self._costs
        fetched: float = min(passing * costs["gather_us_per_row"], self.rows * costs["scan_us_per_row"])
        return fetched + passing * costs["select_us_per_row"]

    def _times(
        self, probe: Probe, trial: Trial, selector: object, breadths: Sequence[int], candidates: int
    ) -> Times:
        """Return breadths, rising, and microseconds of CPU of a search with its re-rank."""
        times = []
        # The greatest first, by which the others find in caches what they would in service.
        for breadth in reversed(breadths):
            self._step("measuring recall", 0.5)
            number = min(candidates, breadth) if probe.family.is_graph else candidates
            rounds = []
            for _ in range(2):
                started, asked, spent = time.thread_time(), 0, 0.0
                for query in trial.queries[:TIMED_QUERIES]:
                    if spent < TIMED_SECONDS:
                        probe.prepare(query)
                        found = probe.ask_some(breadth, number, selector, trial.is_even)
                        self._distances(query, found)
                        asked, spent = asked + 1, time.thread_time() - started
                rounds.append(spent / asked)
            times.append(min(rounds) * 1e6)
        return list(breadths), times[::-1]

    def _distances(self, query: F32, ids: I64) -> F32:
        """Return float32 distances of rows by id as faiss orders them: squared l2 (cosine: of unit
        vectors), or the product."""
        out = by_ids(query, self.vectors, ids, self.metric)
        if self.metric == "cosine":
            out = 2 - 2 * out / self.norms[ids]
        return out

    def _reach(self) -> list[float]:
        """Return, for neighbours of REACH_RANKS, the distance as SQL gives it that few exceed. Every
        hundredth of a hundred times as many neighbours passes a random mask of a hundredth."""
        found: list[float] = []
        for rank in REACH_RANKS:
            share = next(s for s in (1.0, 0.1, 0.01) if rank * s <= NEIGHBOURS)
            trial, place = self._trials[str(share)], round(rank * share) - 1
            if place >= trial.distances.shape[1]:
                break
            near = trial.distances[:, place].astype(np.float64)
            if self.metric == "l2":
                near = np.sqrt(near)
            elif self.metric == "cosine":
                near = near / 2
            else:
                near = near / np.maximum(np.linalg.norm(trial.queries, axis=1), 1e-30)
            found.append(float(np.quantile(near, REACH_QUANTILE)))
        return list(accumulate(found, max))


def projected_queries(projection: Projection | None, queries: F32) -> F32:
    """Return queries as codes want them."""
    if projection is None:
        return queries
    return np.ascontiguousarray(projection.apply(queries), np.float32)


def steps(first: int, last: int) -> list[int]:
    """Return numbers from first to last, four an octave."""
    octaves = np.log2(max(last, first) / first)
    count = int(np.ceil(octaves * STEPS_AN_OCTAVE)) + 1
    return sorted({int(x) for x in np.geomspace(first, max(last, first), count).round()})


def fine_steps(last: int) -> list[float]:
    """Return numbers from 1 to `last`, four an octave."""
    count = int(np.ceil(np.log2(max(last, 1)) * STEPS_AN_OCTAVE)) + 1
    return [*np.geomspace(1, last, count).round(3).tolist()]


def shares_of(query: I64, rank: I64 | F64, numbers: Sequence[float] | F64, count: int, queries: int) -> F64:
    """Return the share (queries, numbers) of `count` true neighbours that is found when only the first so
    many candidates are re-ranked, by the queries and ranks of those found."""
    # The first of the numbers that a rank is below; behind the last one nothing is found.
    needed = np.searchsorted(np.asarray(numbers), rank, side="right")
    width = len(numbers) + 1
    found = np.bincount(query * width + needed, minlength=queries * width).reshape(queries, width)
    shares: F64 = np.minimum(found[:, :-1].cumsum(1), count) / max(count, 1)
    return shares


def promised(means: F64, shares: F64, doubt: float, regions: I64) -> F64:
    """Return mean recalls less so many deviations as a lucky sample would promise too much; and no more than
    what is found in any of the `regions` (q,), as far as chance tells, of which each may miss REGION_MISSES
    times as much."""
    recalls: F64 = means - doubt * shares.std(0)
    regions = regions[: len(shares)]
    for region in np.unique(regions):
        of_region = shares[regions == region]
        error = 0.5 * of_region.std(0) / math.sqrt(len(of_region))
        recalls = np.minimum(recalls, 1 - (1 - of_region.mean(0) - error) / REGION_MISSES)
    return recalls


def curves_of(name: str, levels: list[list[list[float]]]) -> Curves:
    """Return the curve of each k of a trial."""
    return {f"{k} {name}": pareto(of_k) for k, of_k in zip(MEASURED_KS, levels, strict=True)}


def pareto(levels: list[list[float]]) -> list[list[float]]:
    """Return the levels nothing cheaper beats, by rising time, and of those that differ by less than
    RECALL_STEP the first alone; the best is there. Left out is also what an effort between two others
    beats: a level with fewer lists than the one before and many more candidates, or the other way round."""
    front: list[list[float]] = []
    best = max(level[2] for level in levels)
    least = -1.0
    for level in sorted(levels, key=lambda entry: entry[3]):
        if level[2] < min(least, best) or (front and level[2] <= front[-1][2]):
            continue
        least = level[2] + RECALL_STEP
        while len(front) > 1 and is_detour(front[-2], front[-1], level):
            front.pop()
        front.append([level[0], int(level[1]), round(level[2], 4), round(level[3], 1), *level[4:]])
    return front


def is_detour(first: list[float], middle: list[float], last: list[float]) -> bool:
    """Whether a level finds less than the way from one to another at its time does, and is not on it."""
    part = (middle[3] - first[3]) / max(last[3] - first[3], 1e-9)
    below = middle[2] < first[2] + part * (last[2] - first[2])
    return below and not all(first[axis] <= middle[axis] <= last[axis] for axis in (0, 1))


def norms_of(vectors: F32 | WidenedRows) -> F32:
    """Return the lengths (n,) of rows, 1 for those of zeros."""
    blocks = [vectors[at : at + LENGTH_ROWS] for at in range(0, len(vectors), LENGTH_ROWS)]
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
