"""k-NN over one segment's sparse vectors, exact: by inverted lists where there is an index, else by
a scan of the elements.

Every metric is a number of the row, one of the query, and a sum over the indices both have; so the
elements of the query's indices are all that is read. What comes of it is rounded where terms cancel;
rows within the rounding of the k-th are finished exactly.
"""

from __future__ import annotations

import numpy as np

from vql.executor.knn.scans.distances import sparse_distances
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import SPARSE_ROW_COST
from vql.executor.knn.whole import NOTHING, WholeSearcher
from vql.storage.columns.ragged_rows import SparseRows
from vql.storage.index.inverted import SparseIndex, common_terms, row_norms
from vql.types.forms.ndarrays import F64, I64, Bools
from vql.types.vectors.sparsevec import SparseVector

# Rounding of sums of a few thousand float64 terms, relative to the terms.
ROUNDING = 1e-12


class SparseSearcher(WholeSearcher[SparseVector]):
    """Searches sparse rows; `index` is the segment's inverted lists, or None."""

    def __init__(self, rows: SparseRows, valid: Bools | None, index: SparseIndex | None, metric: str) -> None:
        self._sparse = rows
        self._lists = index
        self._norms = row_norms(rows, metric) if index is None else index.norms
        zeros = np.flatnonzero(self._norms == 0) if metric == "cosine" else NOTHING
        super().__init__(len(rows), valid, zeros, metric)
        self._norm_max = float(self._norms.max()) if len(self._norms) else 0.0

    def has_no_direction(self, query: SparseVector) -> bool:
        return self.metric == "cosine" and not len(query.indices())

    def rough(self, query: SparseVector, mask: Mask | None) -> tuple[F64, float, tuple[object, ...]]:
        reached = len(self._sparse.indices) if self._lists is None else self._lists.elements_of(query)
        if mask is not None and self._elements_of(mask) < reached:
            return self.exact(query, mask.ids), 0.0, ("exact over ids",)
        if self._lists is None:
            sums, strategy = common_terms(self._sparse, query, self.metric), "exact scan"
        else:
            sums, strategy = self._lists.common_terms(query, self.metric), "inverted lists"
        wanted = query.values().astype(np.float64)
        if self.metric == "l1":
            own = float(np.abs(wanted).sum())
            found, scale = self._norms + own + sums, self._norm_max + own
        elif self.metric == "l2":
            own = float(wanted @ wanted)
            found, scale = self._norms + own - 2.0 * sums, self._norm_max + own
        elif self.metric == "cosine":
            with np.errstate(all="ignore"):
                found, scale = -sums / np.sqrt(self._norms), float(np.sqrt(wanted @ wanted))
        else:
            found, scale = -sums, float(np.abs(sums).max()) if len(sums) else 0.0
        if mask is not None:
            found = found[mask.ids]
        return found, ROUNDING * scale, (strategy,)

    def exact(self, query: SparseVector, offsets: I64) -> F64:
        return sparse_distances(self._sparse.picked(offsets), query, self.metric)

    def _elements_of(self, mask: Mask) -> float:
        """Return the work of comparing the rows of a mask one by one, in elements."""
        each = len(self._sparse.indices) / max(1, self.rows)
        return mask.count * (each + SPARSE_ROW_COST)
