"""k-NN over one segment's bit strings, exact.

Hamming distances of all rows are faiss' (`faiss::hammings`), which counts bits at the speed of
memory; jaccard and a few rows are numpy's.
"""

from __future__ import annotations

from vql.executor.knn.scans.distances import bit_distances
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import BIT_GATHER_COST
from vql.executor.knn.whole import NOTHING, WholeSearcher
from vql.storage.index.bit.lists import all_distances
from vql.types.forms.ndarrays import F64, I64, U8, Bools
from vql.types.vectors.bit import packed_rows


class BitSearcher(WholeSearcher[Bools]):
    """Searches packed bit strings (n, bytes), whole words of 64 bits a row; queries are bool (bits,)."""

    def __init__(self, packed: U8, valid: Bools | None, metric: str) -> None:
        super().__init__(len(packed), valid, NOTHING, metric)
        self._packed = packed

    def rough(self, query: Bools, mask: Mask | None) -> tuple[F64, float, tuple[object, ...]]:
        if mask is not None and mask.count * BIT_GATHER_COST < self.rows:
            return self.exact(query, mask.ids), 0.0, ("exact over ids",)
        found = self._hammings(query) if self.metric == "hamming" else self.exact(query, None)
        return found if mask is None else found[mask.ids], 0.0, ("exact scan",)

    def exact(self, query: Bools, offsets: I64 | None) -> F64:
        rows = self._packed if offsets is None else self._packed[offsets]
        return bit_distances(rows, query, self.metric)

    def _hammings(self, query: Bools) -> F64:
        """Return the distances of all rows, whole numbers (int32)."""
        return all_distances(self._packed, packed_rows(query))
