"""faiss IndexHNSWFlat as it is, one query at a time; a filter is a bitmap."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from bench.cases import K, Window
from bench.peers.peer import BEAMS, Peer
from bench.sets import F32, I64, searchable


class RawHnsw(Peer):
    """The bitmap is made anew for each window and kept while the same window comes again."""

    note = "faiss IndexHNSWFlat M=16, efConstruction=64; a filter is an IDSelectorBitmap"
    ladders = (BEAMS,)
    M, EF_CONSTRUCTION = 16, 64

    def build(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        """Build in memory with as many threads as faiss was told."""
        metric = faiss.METRIC_INNER_PRODUCT if self.metric == "ip" else faiss.METRIC_L2
        self.index = faiss.IndexHNSWFlat(self.dim, self.M, metric)
        self.index.hnsw.efConstruction = self.EF_CONSTRUCTION
        self.index.add(searchable(self.metric, base))
        self.columns = columns
        self.kept: Window | None = None

    def load(self, base: F32, columns: dict[str, NDArray[np.int32]]) -> None:
        self.build(base, columns)
        self.save()

    def save(self) -> None:
        """Write the index and the columns."""
        self.folder.mkdir(parents=True)
        faiss.write_index(self.index, str(self.folder / "index"))
        np.savez(self.folder / "columns.npz", **self.columns)

    def open(self) -> None:
        self.index = faiss.read_index(str(self.folder / "index"))
        self.columns = dict(np.load(self.folder / "columns.npz"))
        self.kept = None

    def tune(self, effort: object) -> None:
        assert isinstance(effort, int)
        self.effort = effort
        self.plain = faiss.SearchParametersHNSW(efSearch=effort)
        self.kept = None

    def search(self, query: F32, window: Window | None) -> I64:
        asked = searchable(self.metric, query[None])
        _, ids = self.index.search(asked, K, params=self.plain if window is None else self.masked(window))
        found: I64 = ids[0]
        return found[found >= 0]

    def masked(self, window: Window) -> faiss.SearchParametersHNSW:
        if window != self.kept:
            value = self.columns[window.column]
            self.bits = np.packbits((value >= window.low) & (value < window.high), bitorder="little")
            self.selector = faiss.IDSelectorBitmap(self.bits)
            self.parameters = faiss.SearchParametersHNSW(efSearch=self.effort, sel=self.selector)
            self.kept = window
        return self.parameters
