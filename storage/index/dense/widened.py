"""Rows of float16 read as float32, block by block: what indexes of halfvec are built and searched with."""

from __future__ import annotations

from typing import Any

import numpy as np

from vql.storage.index.dense.tuning import WIDENED_FLOATS
from vql.storage.index.kernels import faiss
from vql.types.forms.ndarrays import F16, F32, I64


class WidenedRows:
    """(n, dim) C-contiguous float16 rows, maybe mapped; what is asked for comes as float32, exactly.

    Slices and picked rows are copies; the matrix is never widened whole.
    """

    def __init__(self, halves: F16) -> None:
        self.halves = halves
        self.shape: tuple[int, int] = (halves.shape[0], halves.shape[1])
        self._bytes = halves.view(np.uint8)
        self._codes = {product: _scalar_quantised(halves, product) for product in (False, True)}

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, at: slice | I64) -> F32:
        return self.halves[at].astype(np.float32)

    def take(self, offsets: I64, axis: int = 0) -> F32:
        """Return rows by their offsets, as numpy's `take` does."""
        return self.halves.take(offsets, axis).astype(np.float32)

    def compared(self, query: F32, ids: I64 | None, product: bool) -> F32:
        """Return float32 squared l2 distances of a query, or products with it, of all rows or of `ids`."""
        if ids is None:
            return self._all(query, product)
        out = np.empty(len(ids), np.float32)
        step = max(1, WIDENED_FLOATS // max(1, self.shape[1]))
        run = faiss.fvec_inner_products_ny if product else faiss.fvec_L2sqr_ny
        for start in range(0, len(ids), step):
            rows, part = self.take(ids[start : start + step]), out[start : start + step]
            run(*map(faiss.swig_ptr, (part, query, rows)), self.shape[1], len(rows))
        return out

    def nearest(self, query: F32, k: int, product: bool, ids: I64 | None = None) -> tuple[F32, I64]:
        """Return what `compared` gives of the k nearest of all rows or of `ids`, nearest first, and their
        offsets; ten times faster, as faiss widens in registers and keeps no more. k is at most the
        number of rows that are looked at."""
        parameters = None
        if ids is not None:
            passed = np.zeros(-(-len(self) // 64) * 64, bool)
            passed[ids] = True
            # faiss' selector does not hold its bits: they live as long as this name.
            bits = np.packbits(passed, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        found, offsets = np.empty(k, np.float32), np.empty(k, np.int64)
        pointers = faiss.swig_ptr(found), faiss.swig_ptr(offsets)
        self._codes[product].search_c(1, faiss.swig_ptr(query), k, *pointers, parameters)
        return found, offsets

    def _all(self, query: F32, product: bool) -> F32:
        """Compare every row; faiss decodes faster than numpy converts."""
        rows, dim = self.shape
        out = np.empty(rows, np.float32)
        step = max(1, WIDENED_FLOATS // max(1, dim))
        block = np.empty((step, dim), np.float32)
        decode = self._codes[product].sq.decode_c
        run = faiss.fvec_inner_products_ny if product else faiss.fvec_L2sqr_ny
        asked, wide = faiss.swig_ptr(query), faiss.swig_ptr(block)
        for start in range(0, rows, step):
            count = min(step, rows - start)
            decode(faiss.swig_ptr(self._bytes[start : start + count]), wide, count)
            run(faiss.swig_ptr(out[start : start + count]), asked, wide, dim, count)
        return out


def _scalar_quantised(halves: F16, product: bool) -> Any:
    """Return faiss' index whose codes are the rows themselves, which it does not copy or own."""
    codes = faiss.MaybeOwnedVectorUInt8()
    codes.is_owned = False
    codes.view_size = codes.c_size = halves.nbytes
    if halves.nbytes:
        codes.view_data = codes.c_ptr = faiss.swig_ptr(halves.view(np.uint8))
    metric = faiss.METRIC_INNER_PRODUCT if product else faiss.METRIC_L2
    index = faiss.IndexScalarQuantizer(halves.shape[1], faiss.ScalarQuantizer.QT_fp16, metric)
    index.codes = codes
    index.ntotal = len(halves)
    index.is_trained = True
    return index
