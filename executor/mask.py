"""Masks: which rows of a segment pass, as bools, packed bits and sorted offsets; each made once,
when it is asked for."""

from __future__ import annotations

import numpy as np

from vql.types import I64, U8, Bools

# Up to one row in this many passing, bits are set one by one.
BITS_SET_SINGLY = 256


class Mask:
    """An immutable set of row offsets of one segment."""

    __slots__ = ("_bits", "_bools", "_ids", "_selector", "count", "index_id", "made_by", "rows")

    def __init__(self, bools: Bools, made_by: object = None) -> None:
        self._set(bools, None, int(np.count_nonzero(bools)), len(bools), made_by, 0)

    @staticmethod
    def from_bools(bools: Bools) -> Mask:
        """Make a mask of a boolean array (rows,), which must not change afterwards."""
        return Mask(bools)

    @staticmethod
    def from_ids(ids: I64, rows: int, made_by: object = None, index_id: int = 0) -> Mask:
        """Make a mask of sorted offsets among `rows`, and of the index they are from."""
        mask = Mask.__new__(Mask)
        mask._set(None, ids, len(ids), rows, made_by, index_id)
        return mask

    def _set(
        self, bools: Bools | None, ids: I64 | None, count: int, rows: int, made_by: object, index_id: int
    ) -> None:
        self._bools = bools
        self._ids = ids
        self.count = count
        self.rows = rows
        self.made_by = made_by  # the predicate, which lives as long as masks kept under its id
        self.index_id = index_id
        self._bits: U8 | None = None
        self._selector: object = None

    @property
    def bools(self) -> Bools:
        """Whether each row passes (rows,)."""
        if self._bools is None:
            made = np.zeros(self.rows, bool)
            made[self._ids] = True
            self._bools = made
        return self._bools

    @property
    def bits(self) -> U8:
        """Packed bits, LSB first: faiss' IDSelectorBitmap order, padded to 8 bytes."""
        if self._bits is None:
            size = -(-self.rows // 64) * 8
            made = np.zeros(size, np.uint8)
            if self._bools is None and self.count * BITS_SET_SINGLY <= self.rows:
                places = self.ids
                np.bitwise_or.at(made, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))
            else:
                packed = np.packbits(self.bools, bitorder="little")
                made[: len(packed)] = packed
            self._bits = made
        return self._bits

    @property
    def ids(self) -> I64:
        """Sorted offsets (count,) int64."""
        if self._ids is None:
            self._ids = np.flatnonzero(self.bools)
        return self._ids

    def passes(self, offsets: I64) -> Bools:
        """Return whether the rows at `offsets` pass."""
        if self._bools is not None:
            return self._bools[offsets]
        ids = self.ids
        if not len(ids):
            return np.zeros(len(offsets), bool)
        at = np.minimum(np.searchsorted(ids, offsets), len(ids) - 1)
        return np.asarray(ids[at] == offsets, np.bool_)

    def faiss_selector(self) -> object:
        """Return faiss' selector over `bits`, kept with them."""
        if self._selector is None:
            from vql.storage.kernels import faiss

            self._selector = faiss.IDSelectorBitmap(self.bits)
        return self._selector

    def __and__(self, other: Mask) -> Mask:
        few, many = (self, other) if self.count <= other.count else (other, self)
        if few._bools is None:
            return Mask.from_ids(few.ids[many.passes(few.ids)], self.rows)
        return Mask(self.bools & other.bools)
