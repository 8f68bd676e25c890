"""Masks: which rows of a segment pass, as bools, packed bits and sorted offsets; each made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vql.types import I64, U8, Bools

if TYPE_CHECKING:
    from vql.storage.vector_index import Partition


class Mask:
    """An immutable set of row offsets of one segment."""

    __slots__ = ("_bits", "_even", "_ids", "_selector", "bools", "count", "made_by")

    def __init__(self, bools: Bools, made_by: object = None) -> None:
        self.bools = bools
        self.made_by = made_by  # the predicate, which lives as long as masks kept under its id
        self.count = int(np.count_nonzero(bools))
        self._selector: object = None
        self._even: tuple[Partition, bool] | None = None
        self._bits: U8 | None = None
        self._ids: I64 | None = None

    @staticmethod
    def from_bools(bools: Bools) -> Mask:
        """Make a mask of a boolean array (rows,), which must not change afterwards."""
        return Mask(bools)

    @property
    def bits(self) -> U8:
        """Packed bits, LSB first: faiss' IDSelectorBitmap order, padded to 8 bytes."""
        if self._bits is None:
            packed = np.packbits(self.bools, bitorder="little")
            self._bits = np.concatenate([packed, np.zeros(-len(packed) % 8, np.uint8)])
        return self._bits

    @property
    def ids(self) -> I64:
        """Sorted offsets (count,) int64."""
        if self._ids is None:
            self._ids = np.flatnonzero(self.bools)
        return self._ids

    def faiss_selector(self) -> object:
        """Return faiss' selector over `bits`, kept with them."""
        if self._selector is None:
            from vql.storage.kernels import faiss

            self._selector = faiss.IDSelectorBitmap(self.bits)
        return self._selector

    def is_even(self, partition: Partition) -> bool:
        """Whether every list of a partition passes about its share; the last answer is kept."""
        kept = self._even
        if kept is None or kept[0] is not partition:
            kept = self._even = (partition, partition.is_even(self.ids))
        return kept[1]

    def __and__(self, other: Mask) -> Mask:
        return Mask(self.bools & other.bools)
