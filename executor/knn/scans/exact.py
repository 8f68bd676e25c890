"""Exact distances over one segment's vectors: scans of all rows or of chosen ones, and the finish.

A scan orders by float32 kernels, keeps the k nearest and some more, and finishes those in float64, as
SQL gives them. Whatever proposes candidates, `finish` has the last word.
"""

from __future__ import annotations

import math

import numpy as np

from vql.executor.knn.scans.contract import Hits
from vql.executor.knn.scans.distances import dense_distances, row_distances
from vql.executor.knn.scans.mask import Mask
from vql.executor.knn.scans.tuning import (
    BLOCK_FLOATS,
    DIRECT_FLOATS,
    HEAP_MAX,
    PROVEN_ROWS,
    SAMPLE,
    SAMPLED_ROWS,
    SCAN_ROWS,
    SORTED_ROWS,
)
from vql.storage.index.dense.widened import WidenedRows
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, F64, I64

# Squares of shorter vectors are lost in float32, of a bit longer ones a part.
LEAST_NORM, LEAST_LENGTH = 1e-18, 1e-15
HALF_ULP, SMALLEST_NORMAL, SINGLE_MAX = 2.0**-24, 2.0**-126, 3.4e38
NOT_ASKED: F64 = np.empty(0)


class ExactSearch:
    """Exact search over (n, dim) C-contiguous float32 vectors, maybe mapped, by one metric.

    Above `whole_above` of all rows a scan of everything is cheaper than fetching those that pass. `norms`
    (n,) float32 are the rows' lengths where they are known already.
    """

    def __init__(
        self, vectors: F32 | WidenedRows, metric: str, whole_above: float, norms: F32 | None = None
    ) -> None:
        self.vectors = vectors
        self.rows, self.dim = vectors.shape
        self.metric = metric
        self._norms = norms
        self._norm_range: tuple[float, float] | None = None  # of rows that have a length
        self._product = metric != "l2"
        self._vectors_pointer = None
        if self.rows and isinstance(vectors, np.ndarray):
            self._vectors_pointer = faiss.swig_ptr(vectors)
        self._whole_above = whole_above
        # A squared difference is rounded three times at most, a sum of dim of them dim - 1 times. A quarter
        # more leaves room for the rounding of the float64 distances, by which rows are ordered, and of
        # lengths.
        self._error = 1.25 * (self.dim + 3) * HALF_ULP
        self._factor = (1 + self._error) / (1 - self._error)
        self._underflow = 4 * self.dim * SMALLEST_NORMAL
        self._buffer, self._squares = np.empty((2, PROVEN_ROWS), np.float32)
        self._buffer_pointer = faiss.swig_ptr(self._buffer)
        # faiss' kernel that compares rows by their numbers and keeps the nearest, in a heap.
        self._select = None
        if self._vectors_pointer is not None:
            kernels = {"l2": faiss.knn_L2sqr_by_idx, "inner_product": faiss.knn_inner_products_by_idx}
            self._select = kernels.get(metric)
        self._origin = np.zeros(self.dim, np.float32)

    def scan(self, query: F32, k: int) -> I64:
        """Return the offsets of at least the k nearest of all rows."""
        return self._nearest(query, self._rough(query, None), k, None)

    def scan_ids(self, query: F32, ids: I64, k: int) -> I64:
        """Return the offsets of at least the k nearest among `ids` (sorted)."""
        if len(ids) > self.rows * self._whole_above:
            rough = self._rough(query, None)[ids]
        else:
            rough = self._rough(query, ids)
        return self._nearest(query, rough, k, ids)

    def within(self, query: F32, bound: float, ids: I64) -> I64:
        """Return those of `ids` (sorted) whose distance may be at most `bound`, and some that are a
        rounding error farther; all of them where nothing quick tells."""
        if self.metric not in ("l2", "inner_product", "cosine") or not math.isfinite(bound) or not len(ids):
            return ids
        whole = len(ids) > self.rows * self._whole_above
        rough = (self._rough(query, None)[ids] if whole else self._rough(query, ids)).astype(np.float64)
        # Sums of dim products in float32 are off by at most about dim roundings.
        error = (self.dim + 16) * float(np.finfo(np.float32).eps)
        length = float(np.linalg.norm(query.astype(np.float64)))
        if self.metric == "l2":
            rough, bound = np.sqrt(np.maximum(rough, 0)) * (1 - error), bound + 1e-30
        elif self.metric == "cosine":
            bound = (bound - 1) * length + 2 * error * length
        else:
            rough -= error * length * self.row_norms()[ids]
        return ids[~(rough > bound)]

    def _nearest(self, query: F32, rough: np.ndarray, k: int, ids: I64 | None) -> I64:
        """Return the offsets of all rows that may be among the k nearest, as far as the rounding of
        `rough` leaves that open, in the order of offsets."""
        if k >= len(rough):
            return np.arange(len(rough)) if ids is None else ids
        near: I64 | None = None
        if len(rough) > SAMPLED_ROWS and k <= SAMPLE // 4:
            # The k-th least of a sample bounds that of all: what is above need not be partitioned.
            bound = float(np.partition(rough[:: len(rough) // SAMPLE], k - 1)[k - 1])
            near = np.flatnonzero(~(rough > bound + self._margin(query, bound)))
        among = rough if near is None else rough[near]
        bound = float(np.partition(among, k - 1)[k - 1])
        # NaN, which float32 makes of what it cannot hold, is decided in float64.
        picked = np.flatnonzero(~(among > bound + self._margin(query, bound)))
        if near is not None:
            picked = near[picked]
        return picked if ids is None else ids[picked]

    def _margin(self, query: F32, bound: float) -> float:
        """Return by how much a row of the k nearest may exceed the k-th least of `_rough`: twice what
        rounding may have changed (as in `_by_float32`); NaN where float32 could not hold a number."""
        if self.metric == "l2":
            return 2 * (self._error * bound + self._underflow) if bound < SINGLE_MAX else math.nan
        if self.metric == "l1":
            return 0.0
        norms = self.row_norms()
        length = float(np.linalg.norm(query.astype(np.float64)))
        if self._norm_range is None:
            some = norms[norms > 0]
            self._norm_range = (float(some.min()), float(some.max())) if len(some) else (1.0, 1.0)
        least, most = self._norm_range
        product = self._error * length * most + self._underflow
        if self.metric == "inner_product":
            return 2 * product if product < SINGLE_MAX else math.nan
        # A quotient by the length, itself a root of a rounded sum.
        quotient = 4 * self._error * length + self._underflow / least
        return 2 * quotient if product < SINGLE_MAX and least > LEAST_NORM else math.nan

    def _rough(self, query: F32, ids: I64 | None) -> np.ndarray:
        """Return float32 numbers that order as the distance does, of all rows or of `ids`."""
        if self.metric == "l1":
            return self._l1(query, ids)
        out = self._compared(query, ids)
        if self.metric == "l2":
            return out
        if self.metric == "cosine":
            norms = self.row_norms()
            with np.errstate(all="ignore"):
                out /= norms if ids is None else norms[ids]
        return -out

    def _l1(self, query: F32, ids: I64 | None) -> F64:
        assert isinstance(self.vectors, np.ndarray)
        return dense_distances(self.vectors if ids is None else self.vectors[ids], query, "l1")

    def _compared(self, query: F32, ids: I64 | None) -> F32:
        """Return squared l2 distances, or products, of all rows or of `ids`."""
        out = np.empty(self.rows if ids is None else len(ids), np.float32)
        if ids is None:
            whole = faiss.fvec_inner_products_ny if self._product else faiss.fvec_L2sqr_ny
            whole(faiss.swig_ptr(out), faiss.swig_ptr(query), self._vectors_pointer, self.dim, self.rows)
        elif len(ids):
            self._compare(query, ids, self._product, out)
        return out

    def _compare(self, query: F32, ids: I64, product: bool, out: F32) -> None:
        """Write what `_compared` returns of `ids`."""
        run = faiss.fvec_inner_products_by_idx if product else faiss.fvec_L2sqr_by_idx
        pointer = faiss.swig_ptr
        run(pointer(out), pointer(query), self._vectors_pointer, pointer(ids), self.dim, 1, len(ids))

    def row_norms(self) -> F32:
        if self._norms is None:
            norms = np.empty(self.rows, np.float32)
            for start in range(0, self.rows, SCAN_ROWS):
                block = self.vectors[start : start + SCAN_ROWS]
                with np.errstate(over="ignore"):  # an infinite norm is put right when hits are finished
                    norms[start : start + len(block)] = np.sqrt(np.vecdot(block, block))
            self._norms = norms
        return self._norms

    def search_ids(
        self, query: F32, ids: I64, k: int, strategy: tuple[object, ...], order_only: bool = False
    ) -> Hits:
        """Return the k nearest among `ids` (sorted)."""
        if self.metric == "l1" or len(ids) > PROVEN_ROWS:
            ids = self.scan_ids(query, ids, k)
        return self.finish(query, ids, k, strategy, order_only)

    def finish(
        self, query: F32, offsets: I64, k: int, strategy: tuple[object, ...], order_only: bool = False
    ) -> Hits:
        """Compute exact distances of candidates (distinct, in any order) and keep the k nearest.

        Few are ordered by float32 alone, where each of the k is nearer than the next by more than both
        may be wrong by; where not, float64 orders those that may be among the k.
        """
        count = len(offsets)
        if 0 < count <= PROVEN_ROWS and self.metric != "l1":
            norms, factor, margin, length = None, self._factor, self._underflow, math.nan
            if self.metric != "l2":
                norms, factor = self._norms_of(offsets), 1.0
                margin, length = self._tolerance(query, norms)
            # Of two rows that one is farther for certain whose number is above the other's * factor + margin
            # (Higham, Accuracy and Stability of Numerical Algorithms, 3.1 and 4.2, whatever the order of
            # summation).
            if math.isfinite(margin):
                nearest, found = self._least(query, offsets, norms, min(k + 1, count))
                far = near = -math.inf
                for far in nearest:
                    # Written so that NaN is no proof.
                    if not far > near * factor + margin:
                        break
                    near = far
                else:
                    if far < SINGLE_MAX:
                        offsets, last = found[:k], nearest[min(k, count) - 1]
                        if self.metric == "l2":
                            last = math.sqrt(last)
                        elif self.metric == "cosine":
                            last = 1 + last / length
                        distances = NOT_ASKED if order_only else self._distances(query, offsets)
                        return Hits(distances, offsets, strategy, last)
                if k < count:
                    bound = nearest[k - 1] * factor + margin
                    if abs(bound) < SINGLE_MAX:
                        offsets = offsets[~(self._numbers(query, offsets, norms) > bound)]
        elif count > k and count * self.dim > DIRECT_FLOATS:
            offsets = self._nearest(query, self._rough(query, offsets), k, offsets)
        offsets = np.sort(offsets)
        distances = self._distances(query, offsets)
        order = distances.argsort(kind="stable")[:k]  # NaN last
        distances = distances[order]
        return Hits(distances, offsets[order], strategy, float(distances[-1]) if len(distances) else math.nan)

    def numbers_of_each(self, queries: F32, offsets: I64) -> tuple[F32, float, F64]:
        """Return float32 numbers that order the rows at `offsets` (nq, count) as the distances to each of
        (nq, dim) queries do, infinity where one is -1; a factor and margins (nq,): one row is farther for
        certain whose number is above another's * factor + margin, none where that is not finite."""
        pointer, (asked, count) = faiss.swig_ptr, offsets.shape
        ids, rows, place = np.ascontiguousarray(offsets), self._vectors_pointer, np.maximum(offsets, 0)
        if rows is None:
            widened = self.vectors.take(place.ravel(), 0)
            ids, rows = np.arange(offsets.size), pointer(widened)
        numbers = np.empty((asked, count), np.float32)
        run = faiss.fvec_inner_products_by_idx if self._product else faiss.fvec_L2sqr_by_idx
        run(pointer(numbers), pointer(queries), rows, pointer(ids), self.dim, asked, count)
        factor, margins = self._factor, np.full(asked, self._underflow)
        if self._product:
            np.negative(numbers, out=numbers)
            factor = 1.0
            norms = self.row_norms()[place]
            wide = queries.astype(np.float64)
            lengths = np.sqrt(np.vecdot(wide, wide) + self._underflow)
            most = norms.max(1) + LEAST_LENGTH
            margins = self._error * lengths * most + self._underflow
            if self.metric == "cosine":
                least = norms.min(1)
                with np.errstate(all="ignore"):
                    numbers /= norms
                    margins = 3 * self._error * lengths + self._underflow / least
                margins[~((least > LEAST_LENGTH) & (most < SINGLE_MAX))] = np.nan
        numbers[offsets < 0] = np.inf
        return numbers, factor, margins

    def _distances(self, query: F32, offsets: I64) -> F64:
        if len(offsets) * self.dim > BLOCK_FLOATS:
            return dense_distances(self.vectors[offsets], query, self.metric)
        return row_distances(self.vectors.take(offsets, 0), query, self.metric)

    def _tolerance(self, query: F32, norms: F32) -> tuple[float, float]:
        """Return by how much one of `_numbers` exceeds another at least where its row is farther whatever the
        rounding, NaN or infinite where float32 cannot tell; and the query's length."""
        length = math.sqrt(faiss.fvec_norm_L2sqr(faiss.swig_ptr(query), self.dim) + self._underflow)
        most = norms.item(norms.argmax()) + LEAST_LENGTH
        if self.metric == "inner_product":
            return self._error * length * most + self._underflow, length
        least = norms.item(norms.argmin())
        if not (least > LEAST_LENGTH and most < SINGLE_MAX):
            return math.nan, length
        # Half as much again as a product: the length is the root of a rounded sum.
        return 3 * self._error * length + self._underflow / least, length

    def _numbers(self, query: F32, offsets: I64, norms: F32 | None) -> F32:
        """Return float32 numbers that order up to PROVEN_ROWS rows as the distance does, in a buffer; `norms`
        are the rows' lengths, None for l2."""
        numbers = self._buffer[: len(offsets)]
        self._compare(query, offsets, self._product, numbers)
        if self._product:
            np.negative(numbers, out=numbers)
        if self.metric == "cosine":
            assert norms is not None
            np.divide(numbers, norms, out=numbers)
        return numbers

    def _least(self, query: F32, offsets: I64, norms: F32 | None, count: int) -> tuple[list[float], I64]:
        """Return the `count` least of what `_numbers` returns, rising, and their offsets."""
        if self._select is None or count > HEAP_MAX:
            numbers = self._numbers(query, offsets, norms)
            if len(offsets) <= SORTED_ROWS or count == len(offsets):
                order = numbers.argsort()[:count]
            else:
                order = numbers.argpartition(count - 1)[:count]  # NaN counts as greatest
                order = order[numbers[order].argsort()]
            return numbers[order].tolist(), offsets[order]
        pointer, found = faiss.swig_ptr, np.empty(count, np.int64)
        self._select(
            pointer(query), self._vectors_pointer, pointer(offsets), self.dim, 1, self.rows, len(offsets),
            count, self._buffer_pointer, pointer(found),
        )  # fmt: skip
        nearest = self._buffer[:count].tolist()
        return [-number for number in nearest] if self._product else nearest, found

    def _norms_of(self, offsets: I64) -> F32:
        """Return the lengths of up to PROVEN_ROWS rows."""
        if self._norms is not None:
            return self._norms.take(offsets)
        squares = self._squares[: len(offsets)]
        self._compare(self._origin, offsets, False, squares)
        return np.sqrt(squares, out=squares)


def undirected(rows: int, mask: Mask | None, nulls: I64 | None, k: int) -> Hits:
    """Return the hits of a query without a direction, by cosine: the first rows that are not NULL."""
    ids = np.arange(rows) if mask is None else mask.ids
    if nulls is not None:
        ids = np.setdiff1d(ids, nulls, assume_unique=True)
    return Hits(np.full(min(k, len(ids)), np.nan), ids[:k], ("no direction",))
