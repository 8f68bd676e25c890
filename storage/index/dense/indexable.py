"""Whether an index over a segment's vectors can help: faiss computes in float32 and learns from data.

Where it cannot, the segment is answered exactly, which is right for any data.
"""

from __future__ import annotations

import numpy as np

from vql.storage.index.dense.tuning import DISTINCT_MIN, DISTINCT_SAMPLE_ROWS, NORM_ROWS, ROWS_MIN
from vql.storage.index.dense.widened import WidenedRows
from vql.types.forms.ndarrays import F32, Bools

# Squares of differences of such vectors stay within float32, also summed over the rows of a list.
NORM_SQUARED_MAX = 1e30
# Below it squares are lost to rounding, and all distances are alike.
NORM_SQUARED_MIN = 1e-30


def is_indexable(vectors: F32 | WidenedRows, valid: Bools | None) -> bool:
    """Whether there are enough distinct vectors with a length float32 can work with.

    vectors (n, dim) float32, NULL rows zeros; `valid` (n,) marks the others.
    """
    norms = np.empty(len(vectors), np.float32)
    with np.errstate(over="ignore", under="ignore"):
        for start in range(0, len(vectors), NORM_ROWS):
            block = vectors[start : start + NORM_ROWS]
            np.einsum("ij,ij->i", block, block, out=norms[start : start + len(block)])
    if not (norms < NORM_SQUARED_MAX).all():
        return False
    useful = np.flatnonzero(norms > NORM_SQUARED_MIN)
    if valid is not None:
        useful = useful[valid[useful]]
    if len(useful) < ROWS_MIN:
        return False
    picks = useful[:: max(1, len(useful) // DISTINCT_SAMPLE_ROWS)]
    return len(np.unique(vectors[picks], axis=0)) >= DISTINCT_MIN
