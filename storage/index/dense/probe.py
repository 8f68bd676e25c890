"""A probe: how one session asks a family for candidates."""

from __future__ import annotations

from typing import Any

import numpy as np

from vql.storage.index.dense.families import Family
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F32, I64
from vql.types.vectors.bit import selector_bits


class Probe:
    """One user's way to ask a family: buffers and parameters that are written at each search."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self._graph = family.is_graph
        self._set_to: tuple[int, object] | None = None
        self._parameters = faiss.SearchParametersHNSW() if self._graph else faiss.SearchParametersIVF()
        self.search_function = family.index.search_c
        self._query: F32 = np.zeros(family.index.d, np.float32)
        self._query_pointer = faiss.swig_ptr(self._query)
        self._masked: tuple[Any, Any] = (None, None)
        self._lists: np.ndarray | None = None
        self._room(64)

    def _room(self, candidates: int) -> None:
        self._distances = np.empty(candidates, np.float32)
        self._ids = np.empty(candidates, np.int64)
        self._pointers = faiss.swig_ptr(self._distances), faiss.swig_ptr(self._ids)

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
        self._parameters.sel = selector
        if self._graph:
            self._parameters.efSearch = breadth
        else:
            self._parameters.nprobe = breadth
        self._set_to = (breadth, selector)

    def ask_lists(self, lists: I64, candidates: int, selector: Any) -> I64:
        """Return what `ask` does, from the named lists alone, which must be an int64 array."""
        if candidates != len(self._ids):
            self._room(candidates)
        if self._lists is None:
            self._lists = np.zeros(self.family.breadth_max, np.float32)
        self._set(len(lists), selector)
        self.family.index.search_preassigned_c(
            1, self._query_pointer, candidates, faiss.swig_ptr(lists), faiss.swig_ptr(self._lists),
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

    def ask_many(self, queries: F32, breadth: int, candidates: int, selector: Any, lists: I64) -> I64:
        """Return what `ask` does for each of (nq, d) prepared queries by one call, (nq, candidates), -1 where
        there are fewer; from the named lists (nq, breadth) where there are any, C-contiguous int64."""
        asked, pointer, order = len(queries), faiss.swig_ptr, self.family.order
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
        return ids if order is None else np.where(ids < 0, ids, order.take(ids))
