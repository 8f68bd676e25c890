"""Vector indexes as files: how one is opened without copying, what efforts it knows, how it is asked.

An index proposes candidates; exact distances come from the segment's own vectors afterwards. The
families are inverted lists (faiss IndexIVF kinds: `ivfpq` 4-bit product-quantised codes read by
fast-scan, `rabitq` one bit a dimension, `ivfflat` the vectors themselves) and `hnsw`, a graph walked on
8-bit scalar quantised codes. All are read in place through faiss' ZeroCopyIOReader. For cosine the
codes are of normalised vectors and the search is by l2, which orders unit vectors as cosine does.

Codes may be of a projection onto fewer dimensions, in which most of the variance lies: then the query is
projected too. A graph numbers rows in an order of its own (rows of a neighbourhood together), `order`
maps back.

A `Level` is one setting of effort with the recall and time measured when the index was built, a
curve a list of them. Curves are named by k and the kind of filter: "10 1.0" is unfiltered,
"10 0.1" under an even filter that passes a tenth, "10 far 0.1" one that passes a tenth on the side of
the data away from the query, "10 outside" unfiltered for queries that lie apart from the rows. A
`Partition` of the rows by nearest centroid tells whether a mask passes rows everywhere alike, and in
which lists.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from vql.limits import INDEX_LAYOUT
from vql.storage.index.kernels import faiss
from vql.types.bit import selector_bits
from vql.types.ndarrays import F32, F64, I64, U8, Bools

# A filter that passes less than this share of what it should near the query is called far.
FAR_BELOW = 0.5
# At this share of rows and above an unfiltered effort is stretched instead of a filtered one taken.
NEARLY_ALL = 0.8
# So many times fewer rows than at the lowest share measured may pass for its effort to be stretched.
STRETCHED_MAX = 2.0
# Rows of each list looked at to see what share of it a mask passes.
LIST_SAMPLE = 16
MEASURED_KS = (10, 100)
# So many searches are checked before curves are read otherwise, and how strictly at most.
CHECKS_A_CORRECTION, MISS_FACTOR_MAX = 40, 30.0
REACH_RANKS = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1_000, 3_000, 10_000)


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """`info` is JSON-able and stays in the manifest, `blobs` go to the index file."""

    info: dict[str, Any]
    blobs: dict[str, bytes | np.ndarray]


class Level(NamedTuple):
    """One effort: `breadth` is ef_search or nprobe, `candidates` how many are re-ranked; recall and
    microseconds as measured."""

    breadth: int
    candidates: int
    recall: float
    microseconds: float


class Partition:
    """Rows by nearest of some hundred `centroids` (lists, d): `sizes` (lists,) and a `sample`
    (lists, LIST_SAMPLE) of the offsets in each."""

    def __init__(self, centroids: F32, sizes: np.ndarray, sample: np.ndarray) -> None:
        self.centroids = centroids
        self.sizes = sizes.astype(np.float64)
        self.sample = sample.astype(np.int64).reshape(-1)
        # Where their bits are in a mask.
        self._bytes, self._bits = self.sample >> 3, np.left_shift(1, self.sample & 7).astype(np.uint8)
        self.lists = len(sizes)
        filled = sizes > 0
        self._has_empty = not filled.all()
        self._filled = max(1, int(np.count_nonzero(filled)))
        # By the variance of a list's share by chance, and of that of the sample of it.
        variance = 1 / LIST_SAMPLE + 1 / np.maximum(self.sizes, 1)
        self._weights = np.where(filled, 1 / variance, 0.0) / self._filled
        self._counted_weights = self.sizes / self._filled

    def shares(self, bits: U8) -> np.ndarray:
        """Return the share (lists,) of each list that passes, as `sample` tells, under a mask's bits."""
        passed = bits[self._bytes]
        passed &= self._bits
        # A byte has one bit or none: those of a list are two words, of which the bits are counted.
        counts = np.bitwise_count(passed.view(np.uint64)).reshape(self.lists, -1).sum(1)
        shares: np.ndarray = counts / LIST_SAMPLE
        if self._has_empty:
            shares[self.sizes == 0] = 0.0
        return shares

    def counted(self, passing: I64) -> F64:
        """Return the share (lists,) of each list that passes, of which so many rows do."""
        shares: F64 = passing / np.maximum(self.sizes, 1)
        return shares

    def is_even(self, shares: np.ndarray, overall: float, counted: bool = False) -> bool:
        """Whether the lists pass alike, as far as chance tells (chi-square of the samples, or of what has
        been `counted`)."""
        if not 0 < overall < 1:
            return True
        apart = shares - overall
        weights = self._counted_weights if counted else self._weights
        seen = float(apart @ (apart * weights)) / (overall * (1 - overall))
        return seen < 1 + 5 * math.sqrt(2 / self._filled)


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
        self.breadth_max = rows if self.is_graph else int(self.index.nlist)
        # How much more new queries miss than was measured, as checks of statements have shown.
        self.miss_factor = 1.0
        self._spreads: dict[tuple[int, float], F64] = {}
        self._selectivities: dict[str, list[float]] = {}
        self.curves: dict[str, list[Level]] = {
            name: [Level(*level) for level in levels] for name, levels in info["curves"].items()
        }

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

    def spread(self, k: int, selectivity: float) -> F64:
        """Return which share (lists,) of the k nearest rows that pass an even filter lies in the nearest
        list, the second nearest and so on, as the curves tell."""
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
        if self.is_graph or selectivity / max(1.0, k / MEASURED_KS[-1]) * STRETCHED_MAX < measured[0]:
            return None
        wanted = 1 - (1 - recall) / self.miss_factor
        reached = np.cumsum(self.spread(k, selectivity))
        return min(self.breadth_max, int(np.searchsorted(reached, wanted)) + 1)

    def scaled(self, level: Level, factor: float) -> Level:
        """Return more effort, for more neighbours or for those that a filter takes away."""
        widened = factor if self.is_graph else min(factor**0.5, 8.0)
        return Level(
            min(self.breadth_max, int(level.breadth * widened) + 1), int(level.candidates * factor) + 1,
            level.recall, level.microseconds * factor,
        )  # fmt: skip


def between(low: Level, high: Level, part: float) -> Level:
    """Return the effort between two, `part` of the way from the first to the second."""
    breadth = low.breadth + (high.breadth - low.breadth) * part
    candidates = low.candidates + (high.candidates - low.candidates) * part
    microseconds = low.microseconds + (high.microseconds - low.microseconds) * part
    return Level(math.ceil(breadth), math.ceil(candidates), min(low.recall, high.recall), microseconds)


class Probe:
    """One user's way to ask a family: buffers and parameters that are written at each search."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self._graph = family.is_graph
        self._asked: tuple[int, object] | None = None
        self._parameters = faiss.SearchParametersHNSW() if self._graph else faiss.SearchParametersIVF()
        self.search_function = family.index.search_c
        self._query: F32 = np.zeros(family.index.d, np.float32)
        self._query_pointer = faiss.swig_ptr(self._query)
        self._masked: tuple[Any, Any] = (None, None)
        self._lists: np.ndarray | None = None
        self._room(64)

    def _room(self, candidates: int) -> None:
        self._distances = np.empty(candidates, np.float32)
        self._ids = np.empty(candidates, np.int64)
        self._pointers = faiss.swig_ptr(self._distances), faiss.swig_ptr(self._ids)

    def prepare(self, query: F32) -> F32:
        """Take a float32 query (dim,), normalised for cosine, as this family's codes want it."""
        projection = self.family.projection
        if projection is None:
            self._query = query
        else:
            self._query = np.dot(projection.matrix, query)
            self._query += projection.shift
        self._query_pointer = faiss.swig_ptr(self._query)
        return self._query

    def ask(self, breadth: int, candidates: int, selector: Any = None) -> I64:
        """Return up to `candidates` offsets for the prepared query, nearest by their codes first, in a
        buffer that the next search may overwrite. `selector` is what `selector_of` returns."""
        if candidates != len(self._ids):
            self._room(candidates)
        asked = (max(breadth, candidates) if self._graph else breadth, selector)
        if asked != self._asked:
            self._set(*asked)
        self.search_function(1, self._query_pointer, candidates, *self._pointers, self._parameters)
        return self._found()

    def _set(self, breadth: int, selector: Any) -> None:
        """Write the parameters: through faiss' wrappers that takes longer than a look whether they are
        those of the last search."""
        self._parameters.sel = selector
        if self._graph:
            self._parameters.efSearch = breadth
        else:
            self._parameters.nprobe = breadth
        self._asked = (breadth, selector)

    def ask_lists(self, lists: I64, candidates: int, selector: Any) -> I64:
        """Return what `ask` does, from the named lists alone, which must be an int64 array."""
        if candidates != len(self._ids):
            self._room(candidates)
        if self._lists is None:
            self._lists = np.zeros(self.family.breadth_max, np.float32)
        self._set(len(lists), selector)
        self.family.index.search_preassigned_c(
            1, self._query_pointer, candidates, faiss.swig_ptr(lists), faiss.swig_ptr(self._lists),
            *self._pointers, False, self._parameters,
        )  # fmt: skip
        return self._found()

    def _found(self) -> I64:
        ids = self._ids
        # Missing results are -1, at the end.
        if ids[-1] < 0:
            ids = ids[: int(np.count_nonzero(ids >= 0))]
        order = self.family.order
        return ids if order is None else order.take(ids).astype(np.int64)

    def selector_of(self, mask: Any) -> Any:
        """Return faiss' selector of a mask, in the order of the family's own numbers; kept."""
        if self.family.order is None:
            return mask.faiss_selector()
        if self._masked[0] is not mask:
            bits = selector_bits(mask.passes(self.family.order))
            self._masked = (mask, faiss.IDSelectorBitmap(bits))
        return self._masked[1]

    def ask_many(self, queries: F32, breadth: int, candidates: int) -> list[I64]:
        """Return what `ask` does, unfiltered, for each of (nq, dim) queries, sorted by offset."""
        asked = (max(breadth, candidates) if self._graph else breadth, None)
        if asked != self._asked:
            self._set(*asked)
        projection, order = self.family.projection, self.family.order
        prepared = queries if projection is None else np.ascontiguousarray(projection.apply(queries))
        distances = np.empty((len(queries), candidates), np.float32)
        ids = np.empty((len(queries), candidates), np.int64)
        pointers = faiss.swig_ptr(distances), faiss.swig_ptr(ids)
        self.search_function(len(queries), faiss.swig_ptr(prepared), candidates, *pointers, self._parameters)
        found = [row[row >= 0] for row in ids]
        return [np.sort(row if order is None else order.take(row).astype(np.int64)) for row in found]


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
        self.families = [
            Family(f, blobs[f["kind"]], rows, None, order if f["kind"] == "hnsw" else None, projection)
            for f in info["families"]
        ]
        width = self.families[0].index.d
        self.partition = Partition(
            np.frombuffer(blobs["centroids"], np.float32).reshape(-1, width),
            np.frombuffer(blobs["sizes"], "<u4"),
            np.frombuffer(blobs["sample"], "<u4"),
        )
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


def open_index(
    info: Mapping[str, Any], blobs: Mapping[str, memoryview], vectors: F32, valid: Bools | None
) -> VectorIndex | None:
    """Open a built index over mapped blobs; None for `flat`, which has none, and for one of an older
    layout, which maintenance builds anew."""
    if info.get("layout") != INDEX_LAYOUT or not info["families"]:
        return None
    return VectorIndex(info, blobs, *vectors.shape)


def lists_passing(order: I64, shares: np.ndarray) -> I64:
    """Return lists in the given order, those first in which a mask seems to pass anything."""
    some = shares[order] > 0
    return np.concatenate([order[some], order[~some]])
