"""Vector indexes as files: what is built, how it is opened without copying, how it is searched.

An index proposes candidates; exact distances come from the segment's own vectors afterwards. Two
families are built: `hnsw`, a graph walked on 8-bit scalar quantised codes (faiss IndexHNSWSQ), and
`ivf`, inverted lists of 4-bit product-quantised codes read by fast-scan (IndexIVFPQFastScan). Both
are read in place through faiss' ZeroCopyIOReader. For cosine the codes are of normalised vectors
and the search is by l2, which orders unit vectors as cosine does.

A `Level` is one setting of effort with the recall and time measured when the index was built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from vql.storage.kernels import faiss
from vql.types import F32, I64, Bools


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """`info` is JSON-able and stays in the manifest, `blobs` go to the index file."""

    info: dict[str, Any]
    blobs: dict[str, bytes | np.ndarray]


@dataclass(frozen=True, slots=True)
class Level:
    """One effort: `breadth` is ef_search or nprobe, `candidates` how many are re-ranked for k = 10;
    recall@10 and microseconds as measured at `selectivity`."""

    breadth: int
    candidates: int
    recall: float
    microseconds: float


class Family:
    """One faiss index over a segment, opened in place."""

    def __init__(self, info: Mapping[str, Any], blob: memoryview, rows: int) -> None:
        self.kind: str = info["kind"]
        self.rows = rows
        self._bytes = np.frombuffer(blob, np.uint8)
        self._reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(self._bytes), self._bytes.size)
        self._owner = faiss.read_index(self._reader)
        self.index = faiss.downcast_index(self._owner)
        self.breadth_max = rows if self.kind == "hnsw" else int(self.index.nlist)
        # selectivity -> levels, by rising time
        self.curves: dict[float, list[Level]] = {
            float(s): [Level(*level) for level in levels] for s, levels in info["curves"].items()
        }

    def level(self, recall: float, k: int, selectivity: float) -> Level | None:
        """Return the cheapest measured effort that reaches `recall`, scaled to k; None if none does.

        Between two measured selectivities the greater effort of both holds: fewer rows need more
        breadth, more rows more candidates. Below the lowest one nothing is promised.
        """
        above = [s for s in self.curves if s >= selectivity]
        below = [s for s in self.curves if s <= selectivity]
        if not below:
            return None
        found = []
        for measured in {min(above, default=1.0), max(below)}:
            level = next((x for x in self.curves[measured] if x.recall >= recall), None)
            if level is None:
                return None
            found.append(level)
        greatest = Level(*(max(column) for column in zip(*map(astuple, found), strict=True)))
        return scaled(greatest, k)

    def search(self, query: F32, breadth: int, candidates: int, selector: Any) -> I64:
        """Return up to `candidates` offsets (unordered use; -1 left out) near a prepared query."""
        if self.kind == "hnsw":
            parameters = faiss.SearchParametersHNSW(efSearch=max(breadth, candidates), sel=selector)
        else:
            parameters = faiss.SearchParametersIVF(nprobe=breadth, sel=selector)
        _, found = self.index.search(query, candidates, params=parameters)
        ids: I64 = found[0]
        return ids[ids >= 0] if ids[-1] < 0 else ids


class VectorIndex:
    """The index of one column and metric over one segment: one or two families."""

    def __init__(self, info: Mapping[str, Any], blobs: Mapping[str, memoryview], rows: int) -> None:
        self.metric: str = info["metric"]
        self.families = [Family(f, blobs[f["kind"]], rows) for f in info["families"]]
        # Seconds an exact scan costs a row, contiguous and by id, measured at build time.
        self.scan_us_per_row: float = info["scan_us_per_row"]
        self.gather_us_per_row: float = info["gather_us_per_row"]

    def prepared(self, query: F32) -> F32:
        """Return the query (1, dim) as the codes want it."""
        if self.metric == "cosine":
            norm = float(np.sqrt(query @ query))
            query = query / norm if norm else query
        return np.ascontiguousarray(query.reshape(1, -1), np.float32)


def scaled(level: Level, k: int) -> Level:
    """Return a level measured at k = 10 for another k: at least as much effort a neighbour."""
    if k <= 10:
        return level
    factor = k / 10
    return Level(
        max(level.breadth, int(level.breadth * min(factor, 4))) if level.candidates else level.breadth,
        int(level.candidates * factor), level.recall, level.microseconds * factor,
    )  # fmt: skip


def open_index(
    info: Mapping[str, Any], blobs: Mapping[str, memoryview], vectors: F32, valid: Bools | None
) -> VectorIndex | None:
    """Open a built index over mapped blobs, copying nothing; None for `flat`, which has none."""
    if not info["families"]:
        return None
    return VectorIndex(info, blobs, len(vectors))
