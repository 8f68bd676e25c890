"""An opened index of dense vectors: its families, and what was measured of rows and searches.

An index proposes candidates; exact distances come from the segment's own vectors afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from vql.storage.index.dense.families import Family, Projection
from vql.storage.index.dense.partition import Partition
from vql.storage.index.dense.tuning import CHECKS_A_CORRECTION, MISS_FACTOR_MAX, REACH_RANKS
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, I64


class VectorIndex:
    """The index of one column and metric over one segment: one or two families."""

    def __init__(self, info: Mapping[str, Any], blobs: Mapping[str, memoryview], rows: int, dim: int) -> None:
        self.metric: str = info["metric"]
        projection = None
        if "projection" in blobs:
            projection = Projection(np.frombuffer(blobs["projection"], np.float32), dim)
        order = None
        if "order" in blobs:
            order = np.frombuffer(blobs["order"], "<u4")[:rows]
        sizes = np.frombuffer(blobs["sizes"], "<u4")
        centroids = np.frombuffer(blobs["centroids"], np.float32).reshape(len(sizes), -1)
        self.partition = Partition(centroids, sizes, np.frombuffer(blobs["sample"], "<u4"))
        self.families = [
            Family(
                f, blobs[f["kind"]], rows, None, order if f["kind"] == "hnsw" else None, projection, centroids
            )
            for f in info["families"]
        ]
        # Cosine: rows without a direction, and the lengths (rows,) of all.
        self.zero_rows: list[int] = info["zero_rows"]
        self.norms: F32 | None = np.frombuffer(blobs["norms"], "<f4")[:rows] if "norms" in blobs else None
        # Microseconds an exact scan costs a row, contiguous and by id, and then to select the nearest;
        # measured at build time.
        self.scan_us_per_row: float = info["scan_us_per_row"]
        self.gather_us_per_row: float = info["gather_us_per_row"]
        self.select_us_per_row: float = info["select_us_per_row"]
        # recall target -> [found, there were, searches checked], since the index was opened.
        self.checks: dict[float, list[int]] = {}
        self._window: dict[float, list[int]] = {}
        self.corrections = 0
        self.assignment = np.frombuffer(blobs["assignment"], "<u2")[:rows]
        # The offsets of all rows list by list, and where each list begins; made when they are asked for.
        self._listed: tuple[np.ndarray, list[int]] | None = None
        # The distances of neighbours of some ranks that few rows exceed: of a query whose neighbours are
        # farther the curves measured with rows say little.
        self.reach: list[float] = info["reach"]
        self._reach_ranks = np.log(REACH_RANKS[: len(self.reach)])
        self.stretch: list[tuple[float, float]] = info.get("stretch", [])

    def rows_in(self, lists: I64) -> np.ndarray:
        """Return the offsets (n,) uint32 of the rows in some lists."""
        if self._listed is None:
            starts = np.cumsum(np.bincount(self.assignment, minlength=self.partition.lists)).tolist()
            by_list = np.argsort(self.assignment, kind="stable").astype(np.uint32)
            self._listed = by_list, [0, *starts]
        by_list, starts = self._listed
        return np.concatenate([by_list[starts[each] : starts[each + 1]] for each in lists.tolist()])

    def rows_in_us(self, microseconds: float) -> int:
        """Return how many rows by id are compared in some time."""
        return int(microseconds / max(self.gather_us_per_row + self.select_us_per_row, 1e-3))

    def note(self, recall: float, found: int, there: int) -> None:
        """Enter a search that was checked; see `vql.executor.knn.recall_check`. After some of them read
        the curves more strictly where they promise too much, less so where it was too much."""
        for kept in (self.checks, self._window):
            sums = kept.setdefault(recall, [0, 0, 0])
            sums[0] += found
            sums[1] += there
            sums[2] += 1
        found, there, searches = self._window[recall]
        if searches < CHECKS_A_CORRECTION or recall >= 1.0:
            return
        self._window.clear()
        missed = (1 - found / there) / (1 - recall)
        factor = self.families[0].miss_factor
        if missed > 1.2:
            factor = min(MISS_FACTOR_MAX, factor * missed)
        elif missed < 0.5:
            factor = max(1.0, factor / 1.5)
        if factor != self.families[0].miss_factor:
            for family in self.families:
                family.miss_factor = factor
            self.corrections += 1

    def reach_at(self, rank: float) -> float:
        """Return how far the nearest row of some rank is from most rows at most; beyond the ranks
        measured it goes on growing as from one to the next."""
        ranks, reach = self._reach_ranks, self.reach
        beyond = math.log(rank) - float(ranks[-1])
        if beyond <= 0 or len(reach) < 2:
            return float(np.interp(math.log(rank), ranks, reach))
        return reach[-1] + beyond * (reach[-1] - reach[-2]) / float(ranks[-1] - ranks[-2])

    def reach_from(self, rank: float, beyond: float) -> float:
        """Return how far the nearest row of some rank is at most from most queries whose nearest list that
        is not looked into is so far, squared and by codes; infinity beyond the ranks measured."""
        if not self.stretch or rank > self.stretch[-1][0]:
            return math.inf
        ranks, measured = zip(*self.stretch, strict=True)
        times = float(np.interp(math.log(rank), np.log(ranks), measured))
        return times * times * beyond / 2 if self.metric == "cosine" else times * math.sqrt(beyond)

    def is_outside(self, last: float, reach: float, query: F32) -> bool:
        """Whether the last of the nearest rows is farther from a query than it is from most rows."""
        if self.metric == "inner_product":
            last /= math.sqrt(faiss.fvec_norm_L2sqr(faiss.swig_ptr(query), query.size)) or 1.0
        return last > reach
