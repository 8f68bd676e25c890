"""Masks: which rows of a segment pass, as packed bits or sorted offsets; each made once, when it is
asked for."""

from __future__ import annotations

import numpy as np

from vql.executor.knn.scans.tuning import MASK_SINGLY, MASK_SORTED, MASK_SPARSE, MASK_UNPACKED
from vql.types.forms.ndarrays import I64, U8, Bools
from vql.types.vectors.bit import selector_bits


class Mask:
    """An immutable set of row offsets of one segment.

    Bits are kept rather than bools: an eighth of the memory, and to take new memory costs as much as to
    compare a column (1,000,000 rows: 0.9 ms where the bools stay, 0.3 ms where they are packed).
    """

    __slots__ = ("_bits", "_ids", "_listed", "_selector", "count", "index_id", "made_by", "rows")

    def __init__(self, bools: Bools, made_by: object = None) -> None:
        bits = selector_bits(bools)
        self._set(bits, None, _ones(bits), len(bools), made_by, 0)

    @staticmethod
    def from_bools(bools: Bools) -> Mask:
        """Make a mask of a boolean array (rows,)."""
        return Mask(bools)

    @staticmethod
    def from_bits(bits: U8, rows: int, made_by: object = None, index_id: int = 0) -> Mask:
        """Make a mask of packed bits as `bits` gives them, and of the index they are from."""
        mask = Mask.__new__(Mask)
        mask._set(bits, None, _ones(bits), rows, made_by, index_id)
        return mask

    @staticmethod
    def from_ids(ids: I64, rows: int, made_by: object = None, index_id: int = 0) -> Mask:
        """Make a mask of sorted offsets among `rows`, and of the index they are from."""
        mask = Mask.__new__(Mask)
        mask._set(None, ids, len(ids), rows, made_by, index_id)
        return mask

    @staticmethod
    def from_offsets(offsets: np.ndarray, rows: int, made_by: object = None, index_id: int = 0) -> Mask:
        """Make a mask of distinct offsets in any order and of any integer type, and of their index."""
        mask = Mask.__new__(Mask)
        mask._set(None, None, len(offsets), rows, made_by, index_id)
        mask._listed = offsets.astype(np.int64)  # a copy: what is mapped is given back with its segment
        return mask

    def _set(
        self, bits: U8 | None, ids: I64 | None, count: int, rows: int, made_by: object, index_id: int
    ) -> None:
        self._bits = bits
        self._ids = ids
        self._listed = ids  # in any order
        self.count = count
        self.rows = rows
        self.made_by = made_by  # the predicate, which lives as long as masks kept under its id
        self.index_id = index_id
        self._selector: object = None

    @property
    def bools(self) -> Bools:
        """Whether each row passes (rows,); made anew each time."""
        if self._bits is None:
            return _bools_of(self.listed, self.rows)
        return np.unpackbits(self._bits, count=self.rows, bitorder="little").view(np.bool_)

    @property
    def bits(self) -> U8:
        """Packed bits, LSB first: faiss' IDSelectorBitmap order, padded to 8 bytes."""
        if self._bits is None:
            if self.count * MASK_SINGLY <= self.rows:
                made = np.zeros(-(-self.rows // 64) * 8, np.uint8)
                listed = self.listed
                np.bitwise_or.at(made, listed >> 3, np.left_shift(1, listed & 7).astype(np.uint8))
                self._bits = made
            else:
                self._bits = selector_bits(self.bools)
        return self._bits

    @property
    def ids(self) -> I64:
        """Sorted offsets (count,) int64."""
        if self._ids is None:
            if self._listed is not None and self.count * MASK_SORTED <= self.rows:
                self._ids = self._listed = np.sort(self._listed)
            elif self.count * MASK_SPARSE <= self.rows:
                self._ids = self._listed = _places(self.bits)
            else:
                self._ids = self._listed = np.flatnonzero(self.bools)
        return self._ids

    @property
    def listed(self) -> I64:
        """Offsets (count,) int64, in any order, and in another once another thread has sorted them."""
        listed = self._listed
        return self.ids if listed is None else listed

    @property
    def is_listed(self) -> bool:
        """Whether `listed` is known already."""
        return self._listed is not None

    def passes(self, offsets: np.ndarray) -> Bools:
        """Return whether the rows at `offsets` pass."""
        if len(offsets) * MASK_UNPACKED > self.rows:
            return np.asarray(self.bools[offsets])
        some = self.bits.take(offsets >> 3)
        some &= np.left_shift(1, offsets & 7).astype(np.uint8)
        return np.asarray(some != 0)

    def among(self, offsets: np.ndarray) -> I64:
        """Return those of some distinct offsets, of any integer type, that pass."""
        return offsets[np.flatnonzero(self.passes(offsets))].astype(np.int64)

    def faiss_selector(self) -> object:
        """Return faiss' selector over `bits`, kept with them."""
        if self._selector is None:
            from vql.storage.index.kernels import faiss

            self._selector = faiss.IDSelectorBitmap(self.bits)
        return self._selector

    def __and__(self, other: Mask) -> Mask:
        few, many = (self, other) if self.count <= other.count else (other, self)
        if few._bits is None:
            return Mask.from_ids(few.ids[many.passes(few.ids)], self.rows)
        return Mask.from_bits(self.bits & other.bits, self.rows)


def _ones(bits: U8) -> int:
    return int(np.bitwise_count(bits.view(np.uint64)).sum())


def _places(bits: U8) -> I64:
    """Return the places of bits that are set, by looking into words that have any."""
    words = bits.view(np.uint64)
    some = np.flatnonzero(words != 0)
    found = np.flatnonzero(np.unpackbits(words[some].view(np.uint8), bitorder="little").view(np.bool_))
    places: I64 = (some[found >> 6] << 6) + (found & 63)
    return places


def _bools_of(offsets: np.ndarray, rows: int) -> Bools:
    made = np.zeros(rows, np.bool_)
    made[offsets] = True
    return made
