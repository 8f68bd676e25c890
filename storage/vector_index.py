"""Vector indexes as files: how one is opened without copying, what efforts it knows, how it is asked.

An index proposes candidates; exact distances come from the segment's own vectors afterwards. Two
families are built: `hnsw`, a graph walked on 8-bit scalar quantised codes (faiss IndexHNSWSQ), and
`ivf`, inverted lists of 4-bit product-quantised codes read by fast-scan (IndexIVFPQFastScan). Both
are read in place through faiss' ZeroCopyIOReader. For cosine the codes are of normalised vectors
and the search is by l2, which orders unit vectors as cosine does.

A `Level` is one setting of effort with the recall and time measured when the index was built, a
curve a list of them at one selectivity. Curves named `far` are of filters that pick rows on the side
of the data away from the query. A `Partition` of the rows by nearest centroid tells whether a mask
passes rows everywhere alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vql.storage.kernels import faiss
from vql.types import F32, I64, Bools

# A filter that passes less than this share of what it should near the query is called far.
FAR_BELOW = 0.5
# A mask that every list passes at least this much of its share is not far from any query.
EVEN_ABOVE = 0.6
# At this share of rows and above an unfiltered effort is stretched instead of a filtered one taken.
NEARLY_ALL = 0.8
# By how much more is missed on new queries than on rows of the segment that were left out: those are
# nodes of the graph, and a walk that meets one has its neighbours at hand (measured 1.3 to 1.75; for
# lists 0.6 to 1.25).
SAFETY = {"hnsw": 1.85, "ivf": 1.2}


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """`info` is JSON-able and stays in the manifest, `blobs` go to the index file."""

    info: dict[str, Any]
    blobs: dict[str, bytes | np.ndarray]


@dataclass(frozen=True, slots=True)
class Level:
    """One effort: `breadth` is ef_search or nprobe, `candidates` how many are re-ranked for k = 10;
    recall@10 and microseconds as measured."""

    breadth: int
    candidates: int
    recall: float
    microseconds: float


class Partition:
    """Rows by nearest of some hundred centroids: `assignment` (n,) u2 of `lists`."""

    def __init__(self, lists: int, assignment: np.ndarray) -> None:
        self.lists = lists
        self._assignment = assignment
        self._totals = np.bincount(assignment, minlength=lists)

    def is_even(self, ids: I64) -> bool:
        """Whether every list holds about its share of `ids`: then no query is far from them."""
        counts = np.bincount(self._assignment[ids], minlength=self.lists)
        expected = self._totals * (len(ids) / max(1, len(self._assignment)))
        # Chance alone leaves a list short by some roots of what is expected, and some lists empty.
        if bool((counts < expected * EVEN_ABOVE - 2 * np.sqrt(expected)).any()):
            return False
        empty = (counts == 0) & (expected >= 1)
        return bool(empty.mean() <= 2 * np.exp(-expected.mean()) + 0.02)


class Family:
    """One faiss index over a segment, opened in place, with its curves."""

    def __init__(self, info: Mapping[str, Any], blob: memoryview, rows: int) -> None:
        self.kind: str = info["kind"]
        self.rows = rows
        self._bytes = np.frombuffer(blob, np.uint8)
        self._reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(self._bytes), self._bytes.size)
        self._owner = faiss.read_index(self._reader)
        self.index = faiss.downcast_index(self._owner)
        self.breadth_max = rows if self.kind == "hnsw" else int(self.index.nlist)
        # name ("1.0", "0.5" ... "far 0.5") -> levels by rising time
        self.curves: dict[str, list[Level]] = {
            name: [Level(*level) for level in levels] for name, levels in info["curves"].items()
        }

    def level(self, recall: float, k: int, selectivity: float, far: bool = False) -> Level | None:
        """Return the cheapest measured effort that reaches `recall`, scaled to k; None if none does.

        Between two measured selectivities the greater effort of both holds. Below the lowest one
        nothing is promised.
        """
        if NEARLY_ALL <= selectivity < 1.0 and not far:
            level = self.level(recall, k, 1.0)
            return None if level is None else Level(
                int(level.breadth / selectivity) + 1, int(level.candidates / selectivity) + 1, level.recall,
                level.microseconds / selectivity,
            )  # fmt: skip
        prefix = "far " if far else ""
        measured = {
            float(name.removeprefix("far ")): curve
            for name, curve in self.curves.items()
            if name.startswith("far ") == far
        }
        below = [s for s in measured if s <= selectivity]
        if not below:
            return None
        around = {min((s for s in measured if s >= selectivity), default=max(measured)), max(below)}
        found = []
        for name in around:
            wanted = 1 - (1 - recall) / SAFETY[self.kind]
            level = next((x for x in self.curves[f"{prefix}{name}"] if x.recall >= wanted), None)
            if level is None:
                return None
            found.append(level)
        greatest = Level(
            max(x.breadth for x in found), max(x.candidates for x in found), min(x.recall for x in found),
            max(x.microseconds for x in found),
        )  # fmt: skip
        return self._scaled(greatest, k)

    def _scaled(self, level: Level, k: int) -> Level:
        """Return a level measured at k = 10 for another k: as much effort a neighbour."""
        if k <= 10:
            return level
        factor = k / 10
        widened = factor if self.kind == "hnsw" else min(factor**0.5, 4.0)
        return Level(
            min(self.breadth_max, int(level.breadth * widened)), int(level.candidates * factor), level.recall,
            level.microseconds * factor,
        )  # fmt: skip


class Probe:
    """One user's way to ask a family: buffers and parameters that are written at each search."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self._graph = family.kind == "hnsw"
        self._asked: tuple[int, object] | None = None
        self._parameters = faiss.SearchParametersHNSW() if self._graph else faiss.SearchParametersIVF()
        self.search_function = family.index.search_c
        self._room(64)

    def _room(self, candidates: int) -> None:
        self._capacity = candidates
        self._distances = np.empty(candidates, np.float32)
        self._ids = np.empty(candidates, np.int64)
        self._pointers = faiss.swig_ptr(self._distances), faiss.swig_ptr(self._ids)

    def ask(self, query: Any, breadth: int, candidates: int, selector: Any) -> I64:
        """Return up to `candidates` offsets, nearest by their codes first, in a buffer that the next
        search overwrites.

        `query` is faiss' pointer to a prepared float32 query, `selector` a faiss selector or None.
        """
        if candidates > self._capacity:
            self._room(max(candidates, 2 * self._capacity))
        asked = (max(breadth, candidates) if self._graph else breadth, selector)
        if asked != self._asked:
            self._set(*asked)
        self.search_function(1, query, candidates, *self._pointers, self._parameters)
        ids = self._ids[:candidates]
        # Missing results are -1, at the end.
        return ids if ids[-1] >= 0 else ids[: int(np.count_nonzero(ids >= 0))]

    def _set(self, breadth: int, selector: Any) -> None:
        """Write the parameters: through faiss' wrappers that takes longer than a look whether they are
        those of the last search."""
        self._parameters.sel = selector
        if self._graph:
            self._parameters.efSearch = breadth
        else:
            self._parameters.nprobe = breadth
        self._asked = (breadth, selector)

    def search(self, query: Any, breadth: int, candidates: int, selector: Any) -> I64:
        """Return what `ask` does, sorted by offset."""
        ids = self.ask(query, breadth, candidates, selector)
        ids.sort()
        return ids

    def search_many(self, queries: F32, breadth: int, candidates: int) -> I64:
        """Return what `search` does, unfiltered, for each of (nq, dim) prepared queries: offsets
        (nq, candidates), -1 where there are no more, sorted."""
        asked = (max(breadth, candidates) if self._graph else breadth, None)
        if asked != self._asked:
            self._set(*asked)
        distances = np.empty((len(queries), candidates), np.float32)
        ids = np.empty((len(queries), candidates), np.int64)
        pointers = faiss.swig_ptr(distances), faiss.swig_ptr(ids)
        self.search_function(len(queries), faiss.swig_ptr(queries), candidates, *pointers, self._parameters)
        ids.sort(axis=1)
        return ids


class VectorIndex:
    """The index of one column and metric over one segment: one or two families."""

    def __init__(self, info: Mapping[str, Any], blobs: Mapping[str, memoryview], rows: int, dim: int) -> None:
        self.metric: str = info["metric"]
        self.families = [Family(f, blobs[f["kind"]], rows) for f in info["families"]]
        centroids = np.frombuffer(blobs["centroids"], np.float32).reshape(-1, dim)
        assignment = np.frombuffer(blobs["assignment"], "<u2")[:rows]
        self.partition = Partition(len(centroids), assignment)
        self.zero_rows: list[int] = info["zero_rows"]  # cosine: rows without a direction
        # Microseconds an exact scan costs a row, contiguous and by id, measured at build time.
        self.scan_us_per_row: float = info["scan_us_per_row"]
        self.gather_us_per_row: float = info["gather_us_per_row"]


def open_index(
    info: Mapping[str, Any], blobs: Mapping[str, memoryview], vectors: F32, valid: Bools | None
) -> VectorIndex | None:
    """Open a built index over mapped blobs, copying nothing; None for `flat`, which has none."""
    if not info["families"]:
        return None
    return VectorIndex(info, blobs, *vectors.shape)
