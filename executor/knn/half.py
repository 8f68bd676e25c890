"""k-NN over one segment of halfvec: that of vectors, with rows widened to float32 as they are needed.

A half is a float32 exactly, so indexes, bounds of rounding and distances are those of `SegmentSearcher`
over the widened rows, which are never all held.
"""

from __future__ import annotations

import numpy as np

from vql.executor.knn.dense import SegmentSearcher
from vql.executor.knn.scans.contract import Hits
from vql.executor.knn.scans.distances import dense_distances
from vql.executor.knn.scans.exact import ExactSearch
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import HALF_EXTRA, HALF_NEAREST_MAX
from vql.storage.index.dense.index import VectorIndex
from vql.storage.index.dense.widened import WidenedRows
from vql.types.forms.ndarrays import F16, F32, F64, I64, Bools


class HalfExact(ExactSearch):
    """Exact search over float16 rows; queries are float32."""

    def __init__(
        self, vectors: F32 | WidenedRows, metric: str, whole_above: float, norms: F32 | None = None
    ) -> None:
        super().__init__(vectors, metric, whole_above, norms)
        assert isinstance(vectors, WidenedRows)
        self._widened = vectors

    def scan(self, query: F32, k: int) -> I64:
        found = self._quickly(query, k, None)
        return super().scan(query, k) if found is None else found

    def scan_ids(self, query: F32, ids: I64, k: int) -> I64:
        found = self._quickly(query, k, ids) if len(ids) > self.rows * self._whole_above else None
        return super().scan_ids(query, ids, k) if found is None else found

    def _quickly(self, query: F32, k: int, ids: I64 | None) -> I64 | None:
        """Return what `scan` or `scan_ids` does by faiss' own scan, which keeps some more rows than k;
        None where it cannot, or rounding may hide more."""
        count = self.rows if ids is None else len(ids)
        wanted = min(k + HALF_EXTRA, count)
        if self.metric not in ("l2", "inner_product") or wanted > HALF_NEAREST_MAX:
            return None
        found, offsets = self._widened.nearest(query, wanted, self._product, ids)
        if self._product:
            found = -found
        if wanted < count:
            bound = float(found[k - 1])
            if not float(found[-1]) > bound + self._margin(query, bound):
                return None
        offsets.sort()
        return offsets

    def _compared(self, query: F32, ids: I64 | None) -> F32:
        return self._widened.compared(query, ids, self._product)

    def _compare(self, query: F32, ids: I64, product: bool, out: F32) -> None:
        out[:] = self._widened.compared(query, ids, product)

    def _l1(self, query: F32, ids: I64 | None) -> F64:
        halves = self._widened.halves
        # Every step widens to float64, whatever the rows are.
        return dense_distances(halves if ids is None else halves[ids], query, "l1")  # type: ignore[arg-type]


class HalfSearcher(SegmentSearcher):
    """Searches (n, dim) float16 vectors, maybe mapped; queries are float16 (dim,)."""

    exact_search = HalfExact

    def __init__(self, vectors: F16, valid: Bools | None, index: VectorIndex | None, metric: str) -> None:
        super().__init__(WidenedRows(vectors), valid, index, metric)

    def search(
        self,
        query: F16 | F32,
        k: int,
        recall: float,
        mask: Mask | None,
        effort: int | None = None,
        exact: bool = False,
        order_only: bool = False,
    ) -> Hits:
        wide = np.asarray(query, np.float32)
        return super().search(wide, k, recall, mask, effort, exact, order_only)

    def finish(self, query: F16 | F32, offsets: I64, k: int, strategy: tuple[object, ...]) -> Hits:
        return super().finish(np.asarray(query, np.float32), offsets, k, strategy)
