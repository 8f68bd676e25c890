"""Exact search for many queries at once: one blocked matrix product a batch, then each query's finish.

A product of matrices reads each row once for all queries and is several times quicker than their scans,
but gives a squared distance as |q|^2 - 2qx + |x|^2, whose rounding is that of the norms. So some more
rows than asked for are kept, and a query stands only if the last of them is farther than its k-th
exact distance by more than the rounding; otherwise it is searched alone. Answers are those of
`ExactSearch`, to the bit.

`finish_many` finishes the candidates of many queries, whoever proposes them, in a few calls for all.
"""

from __future__ import annotations

import numpy as np

from vql.deadline import check_deadline
from vql.executor.knn.scans.contract import Hits
from vql.executor.knn.scans.distances import row_distances
from vql.executor.knn.scans.exact import SINGLE_MAX, ExactSearch
from vql.executor.knn.scans.tuning import (
    BATCH_EXTRA,
    BATCH_KEPT,
    BATCH_QUERIES,
    BATCH_ROWS,
    BLOCK_FLOATS,
    FINISH_EXTRA,
    HELD,
    PRODUCTS_MAX,
)
from vql.types.forms.ndarrays import F32, F64, I64, Bools

METRICS = frozenset({"l2", "inner_product", "cosine"})


def scan_many(
    exact: ExactSearch, queries: F32, ids: I64 | None, k: int, strategy: tuple[object, ...]
) -> list[Hits | None]:
    """Return the k nearest of all rows, or of `ids` (sorted), for each of (nq, dim) queries; None where
    rounding leaves open which they are. Queries have a direction where the metric is cosine."""
    found: list[Hits | None] = []
    step = max(1, min(BATCH_QUERIES, BATCH_KEPT // (k + BATCH_EXTRA)))
    for start in range(0, len(queries), step):
        found += _some(exact, queries[start : start + step], ids, k, strategy)
    return found


def _some(
    exact: ExactSearch, queries: F32, ids: I64 | None, k: int, strategy: tuple[object, ...]
) -> list[Hits | None]:
    count = exact.rows if ids is None else len(ids)
    keep = min(count, k + BATCH_EXTRA)
    wide = queries.astype(np.float64)
    lengths = np.sqrt(np.vecdot(wide, wide))
    margins = _margins(exact, lengths)
    if not np.isfinite(margins).all():
        return [None] * len(queries)
    scaled = (wide / lengths[:, None]).astype(np.float32) if exact.metric == "cosine" else queries
    rough, places = _nearest(exact, scaled, ids, count, keep)
    least = rough[:, -1].astype(np.float64) - margins
    if exact.metric == "l2":
        least += lengths**2
    hits = finish_many(exact, queries, places if ids is None else ids[places], k, strategy)
    if keep < count:
        for number, (each, last) in enumerate(zip(hits, least.tolist(), strict=True)):
            if each is not None:
                farthest = float(each.distances[-1])
                if exact.metric == "l2":
                    farthest *= farthest
                elif exact.metric == "cosine":
                    farthest -= 1
                if not last > farthest:
                    hits[number] = None
    return hits


def finish_many(
    exact: ExactSearch, queries: F32, offsets: I64, k: int, strategy: tuple[object, ...]
) -> list[Hits | None]:
    """Return what `ExactSearch.finish` does of each query's distinct candidates (nq, count) among dense rows,
    -1 where there are fewer. None where one has fewer than k, or more as near as its k-th, as far as float32
    tells, than are compared here: those are to be finished alone."""
    found: list[Hits | None] = []
    count = offsets.shape[1]
    keep = count if count <= k + BATCH_EXTRA else k + FINISH_EXTRA
    # Rows that are widened are copied.
    width = keep if isinstance(exact.vectors, np.ndarray) else count
    step = max(1, BLOCK_FLOATS // max(1, width * exact.dim))
    for start in range(0, len(queries), step):
        some, near = queries[start : start + step], offsets[start : start + step]
        proven = np.ones(len(some), np.bool_)
        if keep < count:
            near, proven = _nearest_of(exact, some, near, k, keep)
        near = np.sort(near, axis=1)
        missing = near < 0
        proven &= np.count_nonzero(~missing, axis=1) >= k
        rows = exact.vectors.take(np.maximum(near, 0).ravel(), 0).reshape(*near.shape, exact.dim)
        distances = row_distances(rows, some[:, None, :], exact.metric)
        distances[missing] = np.nan
        order = np.argsort(distances, axis=1, kind="stable")[:, :k]  # NaN last
        near, distances = np.take_along_axis(near, order, 1), np.take_along_axis(distances, order, 1)
        last = distances[:, -1].tolist()
        for number, is_proven in enumerate(proven.tolist()):
            hits = Hits(distances[number], near[number], strategy, last[number]) if is_proven else None
            found.append(hits)
    return found


def _nearest_of(exact: ExactSearch, queries: F32, offsets: I64, k: int, keep: int) -> tuple[I64, Bools]:
    """Return the offsets (nq, keep) of the nearest candidates, in no order, and for which queries it is sure
    that the k nearest are among them."""
    numbers, factor, margins = exact.numbers_of_each(queries, offsets)
    places = np.argpartition(numbers, (k - 1, keep), axis=1)  # NaN counts as greatest
    bounds, beyond = (np.take_along_axis(numbers, places[:, at : at + 1], 1)[:, 0] for at in (k - 1, keep))
    # As in `ExactSearch.finish`; written so that NaN is no proof.
    proven = (beyond > bounds.astype(np.float64) * factor + margins) & (bounds < SINGLE_MAX / 2)
    return np.take_along_axis(offsets, places[:, :keep], 1), proven


class _Nearest:
    """The `keep` least rough distances of each query so far: (query, place, rough) in flat arrays, and
    the `bounds` (nq,) above which nothing has to be kept."""

    def __init__(self, queries: int, keep: int) -> None:
        self.queries, self.keep = queries, keep
        self.bounds = np.full(queries, np.inf, np.float32)
        self._found: list[tuple[I64, I64, F32]] = []
        self._held = 0

    def see(self, rough: F32, start: int) -> None:
        """Take in the rough distances (rows, nq) of the rows from `start`."""
        if np.isinf(self.bounds[0]) and len(rough) > self.keep:
            self.bounds = np.partition(rough, self.keep - 1, axis=0)[self.keep - 1]
        # Flat: nonzero of a table takes several times as long.
        flat = np.flatnonzero(rough <= self.bounds)
        place, query = np.divmod(flat, self.queries)
        self._found.append((query, place + start, rough.ravel()[flat]))
        self._held += len(query)
        if self._held > HELD * self.keep * self.queries:
            self._tighten()

    def _tighten(self) -> None:
        query, place, rough = (np.concatenate(pieces) for pieces in zip(*self._found, strict=True))
        order = np.lexsort([rough, query])
        sizes = np.bincount(query, minlength=self.queries)
        ranks = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        order = order[ranks < self.keep]
        self._found = [(query[order], place[order], rough[order])]
        self._held = len(order)
        if (sizes >= self.keep).all():
            self.bounds = rough[order].reshape(self.queries, self.keep)[:, -1]

    def least(self) -> tuple[F32, I64]:
        """Return rough distances and places (nq, keep), least first; every query has seen so many rows."""
        self._tighten()
        _, place, rough = self._found[0]
        return rough.reshape(self.queries, self.keep), place.reshape(self.queries, self.keep)


def _nearest(exact: ExactSearch, queries: F32, ids: I64 | None, count: int, keep: int) -> tuple[F32, I64]:
    """Return what orders as the distances do (-qx, or |x|^2 - 2qx for l2) and the places (nq, keep) of the
    nearest of `count` rows, nearest first."""
    norms = exact.row_norms() if exact.metric != "inner_product" else None
    nearest = _Nearest(len(queries), keep)
    # Rows times queries: the other way round the product of few queries is half as fast.
    scaled = np.ascontiguousarray((-2 * queries if exact.metric == "l2" else -queries).T)
    for start in range(0, count, BATCH_ROWS):
        check_deadline()
        place = (
            slice(start, min(count, start + BATCH_ROWS)) if ids is None else ids[start : start + BATCH_ROWS]
        )
        rough = _product(exact.vectors[place], scaled)
        if norms is not None:
            own = norms[place]
            if exact.metric == "l2":
                rough += (own * own)[:, None]
            else:
                rough /= own[:, None]
        nearest.see(rough, start)
    return nearest.least()


def _product(rows: F32, queries: F32) -> F32:
    """Return rows (n, dim) times queries (dim, nq), in pieces where that is faster."""
    piece = PRODUCTS_MAX // queries.size
    if piece < 2 * queries.shape[1] or piece >= len(rows):
        return rows @ queries
    found = np.empty((len(rows), queries.shape[1]), np.float32)
    for start in range(0, len(rows), piece):
        np.matmul(rows[start : start + piece], queries, out=found[start : start + piece])
    return found


def _margins(exact: ExactSearch, lengths: F64) -> F64:
    """Return by how much a rough distance of each query may be off: rounding of dim products of norms."""
    unit = 2 * (exact.dim + 16) * float(np.finfo(np.float32).eps)
    if exact.metric == "cosine":
        return np.full(len(lengths), unit)
    greatest = float(exact.row_norms().max(initial=0))
    if exact.metric == "l2":
        return np.asarray(unit * (lengths + greatest) ** 2)
    return np.asarray(unit * lengths * greatest)
