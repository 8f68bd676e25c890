"""Families: one faiss index over a segment, and the curves that say what effort finds what.

A family is inverted lists (faiss IndexIVF kinds: `ivfpq` 4-bit product-quantised codes read by
fast-scan, `rabitq` one bit a dimension, `ivfflat` the vectors themselves) or `hnsw`, a graph walked on
8-bit scalar quantised codes. All are read in place through faiss' ZeroCopyIOReader. For cosine the
codes are of normalised vectors and the search is by l2, which orders unit vectors as cosine does.

Codes may be of a projection onto fewer dimensions, in which most of the variance lies: then the query is
projected too. A graph numbers rows in an order of its own (rows of a neighbourhood together), `order`
maps back.

A `Level` is one setting of effort with the recall and time measured when the index was built, a
curve a list of them. Curves are named by k and the kind of filter: "10 1.0" is unfiltered,
"10 0.1" under an even filter that passes a tenth, "10 far 0.1" one that passes a tenth on the side of
the data away from the query, "10 outside" unfiltered for queries that lie apart from the rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from vql.storage.index.dense.nearness import Nearness
from vql.storage.index.dense.tuning import (
    CODES_SPARE,
    FILTERED_MARGIN,
    MEASURED_KS,
    NEARLY_ALL,
    STRETCHED_MAX,
)
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, F64


class Level(NamedTuple):
    """One effort: `breadth` is ef_search or nprobe, `candidates` how many are re-ranked; recall and
    microseconds as measured. Where there is a `gap` these are means over queries: looked into are the lists
    that are near enough (Nearness), re-ranked those that by their codes are no more than that farther than
    the k-th."""

    breadth: float
    candidates: int
    recall: float
    microseconds: float
    gap: float | None = None

    @property
    def fetched(self) -> int:
        """How many candidates are fetched, so that those within the gap are seldom more."""
        return self.candidates if self.gap is None else with_spare(self.candidates)


class Projection:
    """An affine map of vectors (dim,) to fewer or turned dimensions: `matrix` (d, dim), `shift` (d,)."""

    def __init__(self, packed: F32, dim: int) -> None:
        table = packed.reshape(-1, dim + 1)
        self.matrix = np.ascontiguousarray(table[:, :dim])
        self.shift = np.ascontiguousarray(table[:, dim])

    def apply(self, rows: F32) -> F32:
        """Project (n, dim) rows, or one (dim,)."""
        projected: F32 = rows @ self.matrix.T
        projected += self.shift
        return projected


class Family:
    """One faiss index over a segment with its curves, opened in place from `blob` or as built."""

    def __init__(
        self, info: Mapping[str, Any], blob: memoryview | None, rows: int, index: Any = None,
        order: np.ndarray | None = None, projection: Projection | None = None,
        centroids: F32 | None = None,
    ) -> None:  # fmt: skip
        self.kind: str = info["kind"]
        self.is_graph = self.kind == "hnsw"
        self.rows = rows
        if blob is not None:
            self._bytes = np.frombuffer(blob, np.uint8)
            self._reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(self._bytes), self._bytes.size)
            self._owner = faiss.read_index(self._reader)
            index = faiss.downcast_index(self._owner)
        self.index = index
        self.order = order
        self.projection = projection
        # Of the segment's lists, which are the family's own unless it is a graph.
        self.centroids = centroids
        self.breadth_max = rows if self.is_graph else int(self.index.nlist)
        # How much more new queries miss than was measured, as checks of statements have shown.
        self.miss_factor = 1.0
        self._spreads: dict[tuple[int, float], F64] = {}
        self._selectivities: dict[str, list[float]] = {}
        self.curves: dict[str, list[Level]] = {
            name: [Level(*level) for level in levels] for name, levels in info["curves"].items()
        }
        self.is_product: bool = index.metric_type == faiss.METRIC_INNER_PRODUCT
        # Indexes of before have none: a breadth is the number of the nearest lists.
        self.nearness: Nearness | None = None
        if "nearness" in info:
            self.nearness = Nearness(info["nearness"], self.breadth_max, self.is_product)

    def level(self, recall: float, k: int, selectivity: float, kind: str = "") -> Level | None:
        """Return the cheapest measured effort that reaches `recall` for k; None if none does.

        `kind` is "" for an even filter, "far", or "outside" (whatever the selectivity). Between two
        measured selectivities the effort is between theirs. Far below the lowest one nothing is promised.
        """
        if k <= MEASURED_KS[0]:
            return self._at(recall, MEASURED_KS[0], selectivity, kind)
        if k >= MEASURED_KS[-1]:
            level = self._at(recall, MEASURED_KS[-1], selectivity, kind)
            return None if level is None else self.scaled(level, k / MEASURED_KS[-1])
        low, high = (self._at(recall, at, selectivity, kind) for at in MEASURED_KS)
        if low is None or high is None:
            return high
        part = (k - MEASURED_KS[0]) / (MEASURED_KS[-1] - MEASURED_KS[0])
        high = high._replace(
            breadth=max(low.breadth, high.breadth), candidates=max(low.candidates, high.candidates)
        )
        return between(low, high, part)

    def _at(self, recall: float, k: int, selectivity: float, kind: str) -> Level | None:
        """Return what `level` does for a measured k."""
        wanted = 1 - (1 - recall) / self.miss_factor
        if kind == "outside":
            return self._first(f"{k} outside", wanted)
        prefix = f"{k} far " if kind == "far" else f"{k} "
        if NEARLY_ALL <= selectivity <= 1.0 and kind != "far":
            level = self._first(f"{k} 1.0", wanted)
            return level if level is None or selectivity == 1.0 else self.scaled(level, 1 / selectivity)
        if not self.is_graph:
            wanted = 1 - (1 - wanted) / FILTERED_MARGIN
        measured = self._measured(prefix)
        below = [s for s in measured if s <= selectivity]
        if not below:
            # Not far below the lowest one its effort is stretched.
            level = self._first(f"{prefix}{measured[0]}", wanted) if measured else None
            factor = measured[0] / selectivity if measured else math.inf
            return None if level is None or factor > STRETCHED_MAX else self.scaled(level, factor)
        low, high = below[-1], min((s for s in measured if s >= selectivity), default=below[-1])
        first, second = self._first(f"{prefix}{low}", wanted), self._first(f"{prefix}{high}", wanted)
        if first is None or second is None:
            return None
        # Effort falls with the logarithm of the share about evenly from one measured share to the next.
        part = math.log(selectivity / low) / math.log(high / low) if high > low else 0.0
        return between(first, second, part)

    def _measured(self, prefix: str) -> list[float]:
        """Return the selectivities, rising, of the curves "prefix selectivity"."""
        found = self._selectivities.get(prefix)
        if found is None:
            rests = [name.removeprefix(prefix) for name in self.curves if name.startswith(prefix)]
            found = self._selectivities[prefix] = sorted(float(r) for r in rests if r[0].isdigit())
        return found

    def _first(self, name: str, wanted: float) -> Level | None:
        """Return the least effort of a curve, between two measured ones: recall rises ever slower, so
        that halfway between two efforts it is more than halfway."""
        before: Level | None = None
        for level in self.curves.get(name, ()):
            if level.recall >= wanted:
                if before is None or level.recall == before.recall:
                    return level
                part = (wanted - before.recall) / (level.recall - before.recall)
                return between(before, level, part)._replace(recall=wanted)
            before = level
        return None

    def spread(self, k: int, selectivity: float, near: F32) -> F64:
        """Return which share (lists,) of the k nearest rows that pass an even filter lies in the nearest
        list, the second nearest and so on, as the curves tell of lists so near, rising, to a query."""
        spread = self.spread_by_breadth(k, selectivity)
        if self.nearness is None:
            return spread
        expected = spread[np.ceil(self.nearness.breadths(near)).astype(np.int64) - 1]
        of_query: F64 = expected / expected.sum()
        return of_query

    def spread_by_breadth(self, k: int, selectivity: float) -> F64:
        """Return which share (lists,) of the k nearest rows that pass an even filter lies in lists that each
        breadth more looks into, as the curves tell."""
        at = MEASURED_KS[0] if k <= MEASURED_KS[0] else MEASURED_KS[-1]
        # As many as these are where so many fewer pass.
        selectivity /= max(1.0, k / MEASURED_KS[-1])
        measured = self._measured(f"{at} ")
        low = max((s for s in measured if s <= selectivity), default=measured[0])
        high = min((s for s in measured if s >= selectivity), default=low)
        if not low < high:
            return self._spread(at, low)
        part = math.log(selectivity / low) / math.log(high / low)
        return self._spread(at, low) * (1 - part) + self._spread(at, high) * part

    def _spread(self, k: int, selectivity: float) -> F64:
        """Return what `spread` does for what was measured; kept."""
        found = self._spreads.get((k, selectivity))
        if found is None:
            levels = sorted(self.curves[f"{k} {selectivity}"], key=lambda level: level.breadth)
            breadths = [0.0, *(math.log1p(level.breadth) for level in levels), math.log1p(self.breadth_max)]
            recalls = np.maximum.accumulate([0.0, *(level.recall for level in levels), 1.0])
            reached = np.interp(np.log1p(np.arange(self.breadth_max + 1)), breadths, recalls)
            found = self._spreads[k, selectivity] = np.diff(reached)
        return found

    def lists_holding(self, recall: float, k: int, selectivity: float) -> int | None:
        """Return how many of the nearest lists hold such a share of the k nearest rows that pass an even
        filter; None where so few pass that nothing measured tells."""
        measured = self._measured(f"{MEASURED_KS[0]} ")
        stretched = measured[0] / selectivity * max(1.0, k / MEASURED_KS[-1])
        if self.is_graph or stretched > STRETCHED_MAX:
            return None
        wanted = 1 - (1 - recall) / (self.miss_factor * FILTERED_MARGIN)
        reached = np.cumsum(self.spread_by_breadth(k, selectivity))
        holding = (int(np.searchsorted(reached, wanted)) + 1) * math.sqrt(max(1.0, stretched))
        return min(self.breadth_max, math.ceil(holding))

    def scaled(self, level: Level, factor: float) -> Level:
        """Return more effort, for more neighbours or for those that a filter takes away."""
        widened = factor if self.is_graph else min(factor**0.5, 8.0)
        return level._replace(
            breadth=min(self.breadth_max, int(level.breadth * widened) + 1),
            candidates=int(level.candidates * factor) + 1,
            microseconds=level.microseconds * factor,
        )


def with_spare(candidates: int) -> int:
    """Return how many candidates are fetched where so many are within a gap on average."""
    return candidates + math.ceil(CODES_SPARE * math.sqrt(candidates))


def between(low: Level, high: Level, part: float) -> Level:
    """Return the effort between two, `part` of the way from the first to the second."""
    breadth = low.breadth + (high.breadth - low.breadth) * part
    candidates = low.candidates + (high.candidates - low.candidates) * part
    microseconds = low.microseconds + (high.microseconds - low.microseconds) * part
    gap = None
    if low.gap is not None and high.gap is not None:
        gap = low.gap + (high.gap - low.gap) * part
    else:
        breadth = math.ceil(breadth)
    return Level(breadth, math.ceil(candidates), min(low.recall, high.recall), microseconds, gap)
