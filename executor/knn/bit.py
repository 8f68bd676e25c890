"""k-NN over one segment's bit strings: by inverted lists for hamming distances, else by exact scans.

Hamming distances of all rows are faiss' (`faiss::hammings`), which counts bits at the speed of
memory; jaccard and a few rows are numpy's.
"""

from __future__ import annotations

from vql.executor.knn.contract import Hits
from vql.executor.knn.distances import bit_distances
from vql.executor.knn.mask import Mask
from vql.executor.knn.whole import NOTHING, WholeSearcher
from vql.storage.index.bit import BitIndex, all_distances
from vql.types.bit import packed_rows
from vql.types.ndarrays import F64, I64, U8, Bools

# Gathering a row by its id costs about as much as scanning this many.
GATHER_COST = 8
# Rows looked at beyond k: whole numbers are often equal, and equal ones are ordered by row.
TIES = 32


class BitSearcher(WholeSearcher[Bools]):
    """Searches packed bit strings (n, bytes), whole words of 64 bits a row; queries are bool (bits,)."""

    def __init__(self, packed: U8, valid: Bools | None, index: BitIndex | None, metric: str) -> None:
        super().__init__(len(packed), valid, NOTHING, metric)
        self._packed = packed
        self.index = index if metric == "hamming" else None

    def search(
        self,
        query: Bools,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
        order_only: bool = False,
    ) -> Hits:
        if self.index is not None and mask is None and self._valid is None and not exact and recall < 1.0:
            lists = effort or self.index.lists_for(k, recall)
            if lists is not None and k <= self.rows:
                found = self.index.ask(packed_rows(query), k + TIES, lists)
                if len(found) >= k:
                    return self.finish(query, found, k, ("binary_ivf", lists, k + TIES, ""))
        return super().search(query, k, recall, mask, effort, exact, order_only)

    def scans(self, k: int, recall: float) -> bool:
        return self.index is None or recall >= 1.0 or self.index.lists_for(k, recall) is None

    def rough(self, query: Bools, mask: Mask | None) -> tuple[F64, float, tuple[object, ...]]:
        if mask is not None and mask.count * GATHER_COST < self.rows:
            return self.exact(query, mask.ids), 0.0, ("exact over ids",)
        found = self._hammings(query) if self.metric == "hamming" else self.exact(query, None)
        return found if mask is None else found[mask.ids], 0.0, ("exact scan",)

    def exact(self, query: Bools, offsets: I64 | None) -> F64:
        rows = self._packed if offsets is None else self._packed[offsets]
        return bit_distances(rows, query, self.metric)

    def _hammings(self, query: Bools) -> F64:
        """Return the distances of all rows, whole numbers (int32)."""
        return all_distances(self._packed, packed_rows(query))
