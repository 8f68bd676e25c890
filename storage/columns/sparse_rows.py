"""Rows of sparse vectors in memory: compressed rows, as a column of sparsevec keeps them.

A column's `data` are codes: the place of each row here. So rows are chosen and repeated without
their elements being copied, as strings are through a dictionary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vql.types.ndarrays import F32, I32, I64
from vql.types.vectors.sparsevec import SparseVector, sparse_vector, stacked_rows


class SparseRows:
    """Sparse vectors of one number of dimensions: row i has the elements `offsets[i]` up to
    `offsets[i + 1]` of `indices` (int32, from 0, rising) and `values` (float32)."""

    __slots__ = ("dim", "indices", "offsets", "values")

    def __init__(self, offsets: I64, indices: I32, values: F32, dim: int) -> None:
        self.offsets = offsets
        self.indices = indices
        self.values = values
        self.dim = dim

    @staticmethod
    def of(vectors: Sequence[SparseVector | None], dim: int) -> SparseRows:
        """Make rows of vectors; None is a row without elements."""
        return SparseRows(*stacked_rows(vectors), dim)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.offsets.nbytes + self.indices.nbytes + self.values.nbytes

    def row(self, code: int) -> SparseVector:
        """Return one row."""
        part = slice(self.offsets[code], self.offsets[code + 1])
        return sparse_vector(self.indices[part], self.values[part], self.dim)

    def picked(self, codes: I64) -> SparseRows:
        """Return the rows of `codes`, in that order, as rows of their own."""
        starts = self.offsets[codes]
        lengths = self.offsets[codes + 1] - starts
        offsets = np.zeros(len(codes) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        # Places of the elements: each row's start, counted on within the row.
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return SparseRows(offsets, self.indices[places], self.values[places], self.dim)

    @staticmethod
    def joined(parts: Sequence[SparseRows]) -> SparseRows:
        """Return the rows of several, in order."""
        ends = np.cumsum([0, *(part.offsets[-1] for part in parts)])
        offsets = [part.offsets[1:] + end for part, end in zip(parts, ends[:-1], strict=True)]
        return SparseRows(
            np.concatenate([np.zeros(1, np.int64), *offsets]),
            np.concatenate([part.indices for part in parts]),
            np.concatenate([part.values for part in parts]),
            parts[0].dim,
        )

    def row_sums(self, elements: np.ndarray) -> np.ndarray:
        """Return the sum (n,) of each row's share of `elements` (one for each element stored).

        Every row is summed by itself, so that a sum does not depend on the rows beside it.
        """
        sums = np.zeros(len(self), np.float64)
        filled = np.flatnonzero(self.offsets[1:] > self.offsets[:-1])
        if len(filled):
            sums[filled] = np.add.reduceat(elements, self.offsets[filled])
        return sums


class GrowingSparse:
    """Sparse rows that are appended to; arrays are replaced when full, so views stay as they are."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._offsets = np.zeros(1, np.int64)
        self._indices = np.zeros(0, np.int32)
        self._values = np.zeros(0, np.float32)

    def append(self, rows: SparseRows, at: int) -> None:
        """Append rows behind the first `at`."""
        used = int(self._offsets[at])
        end, stop = at + len(rows), used + len(rows.indices)
        self._offsets = grown(self._offsets, at + 1, end + 1)
        self._indices, self._values = grown(self._indices, used, stop), grown(self._values, used, stop)
        self._offsets[at + 1 : end + 1] = rows.offsets[1:] + used
        self._indices[used:stop], self._values[used:stop] = rows.indices, rows.values

    def view(self, rows: int) -> SparseRows:
        """Return the first `rows`."""
        offsets = self._offsets[: rows + 1]
        used = int(offsets[-1])
        return SparseRows(offsets, self._indices[:used], self._values[:used], self._dim)


def grown(array: np.ndarray, used: int, needed: int) -> np.ndarray:
    """Return an array with room for `needed` entries, the first `used` of them kept."""
    if needed <= len(array):
        return array
    made: np.ndarray = np.zeros((max(needed, 2 * len(array)), *array.shape[1:]), array.dtype)
    made[:used] = array[:used]
    return made
