"""A segment's rows by nearest centroid: whether a mask passes rows everywhere alike, and in which lists."""

from __future__ import annotations

import math

import numpy as np

from vql.storage.index.dense.tuning import LIST_SAMPLE
from vql.types.forms.ndarrays import F32, F64, I64, U8


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


def lists_passing(order: I64, shares: np.ndarray) -> I64:
    """Return lists in the given order, those first in which a mask seems to pass anything."""
    some = shares[order] > 0
    return np.concatenate([order[some], order[~some]])
