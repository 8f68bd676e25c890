"""Which lists are near enough to a query to be looked into, and which codes to be compared exactly.

How many hold a query's neighbours differs from region to region: a crowded one is cut into many lists of
which each is about as far as the next, where rows lie sparsely the first list has them all. So a list is
looked into for how much farther than the nearest one it is, by the scale of the query's own distance to
that; a breadth is the number of lists so near on average, over rows held out of the index.

So it is with codes: they are off by about as much everywhere, and in a crowded region many more rows are as
near as the k-th nearest but for that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vql.storage.index.dense.tuning import BREADTHS_MOST, NEAR_LEAST, NEAR_POWER
from vql.types.forms.ndarrays import F32, F64, I64, Bools

# A gap that all lists are within.
ALL = 1e30


class Nearness:
    """How much farther than a query's nearest list others may be for a breadth.

    `measured` is what `Nearness.measured` returns. Lists are compared by squared l2 distances, or negative
    products where `is_product`."""

    def __init__(self, measured: Mapping[str, Any], lists: int, is_product: bool) -> None:
        breadths, gaps = zip(*measured["gaps"], strict=True)
        self._table = np.interp(np.arange(lists + 1), breadths, gaps)
        # One list is the nearest, all are all there are.
        self._table[0], self._table[lists] = -1.0, ALL
        self._gaps: list[float] = self._table.tolist()
        self._least: float = measured["least"]
        self._is_product = is_product
        self._power = 1.0 if is_product else NEAR_POWER

    @staticmethod
    def measured(near: F32, breadths: Sequence[int], is_product: bool) -> dict[str, Any]:
        """Return the gaps within which so many lists are on average, and the scale of a query that lies on a
        centroid, by what (q, lists), rising, tells of the lists of some queries."""
        nearest = near[:, :1].astype(np.float64)
        least = max(NEAR_LEAST * float(np.abs(nearest).mean()), 1e-30)
        scale = np.maximum(np.abs(nearest), least) ** (1.0 if is_product else NEAR_POWER)
        gaps = np.sort(((near - nearest) / scale).ravel())
        places = [breadth * len(near) - 1 for breadth in breadths]
        pairs = [[breadth, float(gaps[place])] for breadth, place in zip(breadths, places, strict=True)]
        return {"gaps": pairs, "least": least}

    def _gap(self, breadth: float) -> float:
        low = int(breadth)
        return self._gaps[low] + (self._gaps[low + 1] - self._gaps[low]) * (breadth - low)

    def within(self, near: F32, breadth: float) -> I64:
        """Return the lists, in no order, that are near enough by a breadth below all, by what `near` (lists,)
        tells of them."""
        nearest = near.item(near.argmin())
        scale: float = max(abs(nearest), self._least) ** self._power
        lists, most = (
            (near <= nearest + self._gap(breadth) * scale).nonzero()[0],
            int(breadth * BREADTHS_MOST),
        )
        return lists if len(lists) <= most else near.argpartition(most - 1)[:most]

    def within_many(self, near: F32, breadth: float) -> I64:
        """Return what `within` does of each query's lists (q, lists), in rows (q, most) with -1 where there
        are fewer."""
        nearest = near.min(1, keepdims=True)
        scale = np.maximum(np.abs(nearest), self._least) ** self._power
        is_near = near <= nearest + self._gap(breadth) * scale
        most = min(int(is_near.sum(1).max()), int(breadth * BREADTHS_MOST))
        lists = near.argpartition(most - 1, axis=1)[:, :most]
        return np.where(np.take_along_axis(is_near, lists, 1), lists, -1)

    def breadths(self, near: F32) -> F64:
        """Return the least breadths (..., lists) by which lists are looked into that are so near, rising."""
        nearest = near[..., :1].astype(np.float64)
        scale = np.maximum(np.abs(nearest), self._least) ** self._power
        by_gap = np.interp((near - nearest) / scale, self._table, np.arange(len(self._table)))
        least: F64 = np.maximum(by_gap, np.arange(1, near.shape[-1] + 1) / BREADTHS_MOST)
        return least

    def code_scale(self, last: F64, lengths: F64) -> F64:
        """Return by how much codes are off about, up to a factor: of squared distances `last` as their root,
        of products with queries of some lengths as these."""
        of_codes: F64 = lengths if self._is_product else np.sqrt(np.maximum(last, self._least))
        return np.maximum(of_codes, 1e-30)

    def codes_within(self, found: F32, k: int, gap: float, length: float) -> int:
        """Return how many of the distances or products found by codes, nearest first, are no more than a gap
        farther than the k-th; `length` is that of the query."""
        last = found.item(k - 1)
        if self._is_product:
            return len(found) - int(found[::-1].searchsorted(np.float32(last - gap * length)))
        bound = last + gap * math.sqrt(max(last, self._least))
        return int(found.searchsorted(np.float32(bound), "right"))

    def are_codes_within(self, found: F32, k: int, gap: float, lengths: F64) -> Bools:
        """Return which of those of many queries (q, found) are, as `codes_within` counts them."""
        away = -found if self._is_product else found
        last = away[:, k - 1].astype(np.float64)
        bounds = (last + gap * self.code_scale(last, lengths)).astype(np.float32)
        return np.asarray(away <= bounds[:, None])
