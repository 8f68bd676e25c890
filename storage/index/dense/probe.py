"""A probe: how one session asks a family for candidates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vql.storage.index.dense.families import Family, Level
from vql.storage.index.dense.tuning import CODES_MORE, MEASURED_KS
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, I64, Bools
from vql.types.vectors.bit import selector_bits


class Probe:
    """One user's way to ask a family: buffers and parameters that are written at each search."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self._graph = family.is_graph
        self._set_to: tuple[int, object] | None = None
        kind = faiss.SearchParametersHNSW if self._graph else faiss.SearchParametersIVF
        self._parameters = kind()
        # Through faiss' own way of setting attributes it takes five times as long.
        self._set_breadth = (kind.efSearch if self._graph else kind.nprobe).fset
        self.search_function = family.index.search_c
        self._query: F32 = np.zeros(family.index.d, np.float32)
        self._query_pointer = faiss.swig_ptr(self._query)
        self._masked: tuple[Any, Any] = (None, None)
        self._search_lists: Any = None if self._graph else family.index.search_preassigned_c
        self._zeros: F32 = np.zeros(0, np.float32)
        self._zeros_pointer: Any = None
        self._nearness = family.nearness
        # What centroids are compared by, smaller when nearer.
        self._near: F32 = np.empty(0, np.float32)
        if family.centroids is not None:
            self._compare = faiss.fvec_inner_products_ny if family.is_product else faiss.fvec_L2sqr_ny
            self._near = np.empty(len(family.centroids), np.float32)
            self._near_pointer = faiss.swig_ptr(self._near)
            self._centroids_pointer = faiss.swig_ptr(family.centroids)
            self._lists, self._width = family.centroids.shape
        self._room(64)

    def _room(self, candidates: int) -> None:
        # Of what was found last, nearest first, by their codes: squared l2 distances or products.
        self.distances = np.empty(candidates, np.float32)
        self._ids = np.empty(candidates, np.int64)
        self._pointers = faiss.swig_ptr(self.distances), faiss.swig_ptr(self._ids)

    def prepare(self, query: F32) -> F32:
        """Take a float32 query (dim,), normalised for cosine, as this family's codes want it."""
        projection = self.family.projection
        if projection is None:
            self._query = query
        else:
            self._query = np.dot(projection.matrix, query)
            self._query += projection.shift
        self._query_pointer = faiss.swig_ptr(self._query)
        return self._query

    def ask(self, breadth: int, candidates: int, selector: Any = None) -> I64:
        """Return up to `candidates` offsets for the prepared query, nearest by their codes first, in a
        buffer that the next search may overwrite. `selector` is what `selector_of` returns."""
        if candidates != len(self._ids):
            self._room(candidates)
        wanted = (max(breadth, candidates) if self._graph else breadth, selector)
        if wanted != self._set_to:
            self._set(*wanted)
        self.search_function(1, self._query_pointer, candidates, *self._pointers, self._parameters)
        return self._found()

    def _set(self, breadth: int, selector: Any) -> None:
        """Write the parameters: through faiss' wrappers that takes longer than a look whether they are
        those of the last search."""
        before, self._set_to = self._set_to, (breadth, selector)
        if before is None or before[1] is not selector:
            self._parameters.sel = selector
        if before is None or before[0] != breadth:
            self._set_breadth(self._parameters, breadth)

    def near(self) -> F32:
        """Return by how much the centroid of each list (lists,) is away from the prepared query, squared l2
        or the negative product, in a buffer."""
        near = self._near
        self._compare(
            self._near_pointer, self._query_pointer, self._centroids_pointer, self._width, self._lists
        )
        if self.family.is_product:
            np.negative(near, out=near)
        return near

    def lists_near(self, breadth: float) -> I64:
        """Return the lists that are near enough to the prepared query by a breadth, in no order; where
        nothing was measured of that, so many of the nearest."""
        near = self.near()
        if breadth >= len(near):
            return np.arange(len(near))
        if self._nearness is None:
            return near.argpartition(int(breadth) - 1)[: int(breadth)]
        return self._nearness.within(near, breadth)

    def ask_near(self, level: Level, k: int, passing: int, selector: Any = None) -> I64:
        """Return what `ask` does, as a level says, for the k nearest of so many rows that pass: where it has
        a gap from the lists that are near enough, and those whose codes are, however many."""
        nearness, gap, candidates = self._nearness, level.gap, max(level.candidates, k)
        if nearness is None or gap is None:
            return self.ask(int(level.breadth), min(candidates, passing), selector)
        lists = None
        if level.breadth < self.family.breadth_max:
            lists = nearness.within(self.near(), level.breadth)
        fetched = min(max(level.fetched, k), passing)
        while True:
            if lists is None:
                found = self.ask(self.family.breadth_max, fetched, selector)
            else:
                found = self.ask_lists(lists, fetched, selector)
                if len(found) < min(k, passing):
                    # Those near enough are short.
                    return self.ask(math.ceil(level.breadth), fetched, selector)
            near = self.codes_within(self.distances[: len(found)], k, gap)
            if near < fetched or fetched == passing:
                return found[:near]
            fetched = min(CODES_MORE * fetched, passing)

    def ask_some(self, breadth: int, candidates: int, selector: Any, near: bool) -> I64:
        """Return what `ask` does, where `near` of lists from those that are near enough."""
        if not near or self._nearness is None or breadth >= self.family.breadth_max:
            return self.ask(breadth, candidates, selector)
        return self.ask_lists(self._nearness.within(self.near(), breadth), candidates, selector)

    def codes_within(self, found: F32, k: int, gap: float) -> int:
        """Return how many of some `distances` are near enough; all where these are few."""
        rank = max(k, MEASURED_KS[0])
        if len(found) < rank or self._nearness is None:
            return len(found)
        length = 0.0
        if self.family.is_product:
            length = math.sqrt(faiss.fvec_norm_L2sqr(self._query_pointer, self._query.size))
        return self._nearness.codes_within(found, rank, gap, length)

    def ask_lists(self, lists: I64, candidates: int, selector: Any) -> I64:
        """Return what `ask` does, from the named lists alone, which must be an int64 array."""
        if candidates != len(self._ids):
            self._room(candidates)
        if len(lists) > len(self._zeros):
            # Fast-scan codes are compared whatever their lists are away.
            self._zeros = np.zeros(self.family.breadth_max, np.float32)
            self._zeros_pointer = faiss.swig_ptr(self._zeros)
        self._set(len(lists), selector)
        self._search_lists(
            1, self._query_pointer, candidates, faiss.swig_ptr(lists), self._zeros_pointer,
            *self._pointers, False, self._parameters,
        )  # fmt: skip
        return self._found()

    def _found(self) -> I64:
        ids = self._ids
        # Missing results are -1, at the end.
        if ids[-1] < 0:
            ids = ids[: int(np.count_nonzero(ids >= 0))]
        order = self.family.order
        return ids if order is None else order.take(ids).astype(np.int64)

    def selector_of(self, mask: Any) -> Any:
        """Return faiss' selector of a mask, in the order of the family's own numbers; kept."""
        if self.family.order is None:
            return mask.faiss_selector()
        if self._masked[0] is not mask:
            bits = selector_bits(mask.passes(self.family.order))
            self._masked = (mask, faiss.IDSelectorBitmap(bits))
        return self._masked[1]

    def prepared(self, queries: F32) -> F32:
        """Return (nq, dim) float32 queries, normalised for cosine, as this family's codes want them."""
        projection = self.family.projection
        return np.ascontiguousarray(queries if projection is None else projection.apply(queries))

    def ask_many(
        self, queries: F32, level: Level, k: int, candidates: int, selector: Any, lists: I64
    ) -> tuple[I64, Bools]:
        """Return what `ask_near` does for each of (nq, d) prepared queries by one call, (nq, candidates), -1
        where there are fewer, and which of them may have more; from the named lists (nq, most, -1 where there
        are fewer) where there are any."""
        asked, pointer, order = len(queries), faiss.swig_ptr, self.family.order
        breadth = lists.shape[1] or math.ceil(level.breadth)
        lists = np.ascontiguousarray(lists, np.int64)
        distances = np.empty((asked, candidates), np.float32)
        ids = np.empty((asked, candidates), np.int64)
        found = pointer(distances), pointer(ids)
        self._set(max(breadth, candidates) if self._graph else breadth, selector)
        if lists.size:
            away = np.zeros(lists.shape, np.float32)
            self.family.index.search_preassigned_c(
                asked, pointer(queries), candidates, pointer(lists), pointer(away), *found, False,
                self._parameters,
            )  # fmt: skip
        else:
            self.search_function(asked, pointer(queries), candidates, *found, self._parameters)
        rank, is_cut = max(k, MEASURED_KS[0]), np.zeros(asked, np.bool_)
        if level.gap is not None and self._nearness is not None and rank <= candidates:
            lengths = np.sqrt(np.vecdot(queries, queries), dtype=np.float64)
            near = self._nearness.are_codes_within(distances, rank, level.gap, lengths)
            is_cut = near[:, -1] & (ids[:, -1] >= 0)
            ids[~near] = -1
        return ids if order is None else np.where(ids < 0, ids, order.take(ids)), is_cut
