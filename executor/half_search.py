"""k-NN over one segment of halfvec: always exact scans, in float64, by blocks."""

from __future__ import annotations

import numpy as np

from vql.executor.evaluate import distances
from vql.executor.mask import Mask
from vql.executor.whole_search import NOTHING, WholeSearcher
from vql.types import F16, F64, I64, Bools


class HalfSearcher(WholeSearcher[F16]):
    """Searches (n, dim) float16 vectors, maybe mapped; queries are float16 (dim,)."""

    def __init__(self, vectors: F16, valid: Bools | None, metric: str) -> None:
        zeros = np.flatnonzero(~vectors.any(1)) if metric == "cosine" else NOTHING
        super().__init__(len(vectors), valid, zeros, metric)
        self._vectors = vectors

    def has_no_direction(self, query: F16) -> bool:
        return self.metric == "cosine" and not query.any()

    def rough(self, query: F16, mask: Mask | None) -> tuple[F64, float, tuple[object, ...]]:
        if mask is not None:
            return self.exact(query, mask.ids), 0.0, ("exact over ids",)
        return self._of(self._vectors, query), 0.0, ("exact scan",)

    def exact(self, query: F16, offsets: I64) -> F64:
        return self._of(self._vectors[offsets], query)

    def _of(self, vectors: F16, query: F16) -> F64:
        # Every step of `distances` widens to float64, whatever the rows are.
        return distances(vectors, query, self.metric)  # type: ignore[arg-type]
