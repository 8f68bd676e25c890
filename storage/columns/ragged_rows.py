"""Rows of vectors of any number of elements in memory: compressed rows, as a column of sparsevec and one of
dense vectors without dimensions keep them.

A column's `data` are codes: the place of each row here. So rows are chosen and repeated without
their elements being copied, as strings are through a dictionary. Immutable, but for `GrowingRows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vql.types.base import Storage
from vql.types.forms.ndarrays import I32, I64, Bools
from vql.types.type import Type
from vql.types.vectors.sparsevec import SparseVector, sparse_vector, stacked_rows


class RaggedRows:
    """Rows of different numbers of `values`: row i has those from `offsets[i]` up to `offsets[i + 1]`."""

    __slots__ = ("offsets", "values")

    def __init__(self, offsets: I64, values: NDArray[Any]) -> None:
        self.offsets = offsets
        self.values = values

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(part.nbytes for part in self.parts().values())

    @property
    def dimensions(self) -> I64:
        """How many dimensions each row has (n,), 0 where it is NULL."""
        raise NotImplementedError

    def row(self, code: int) -> object:
        """Return one row as a canonical value."""
        raise NotImplementedError

    def parts(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that rows are stored as, by name."""
        return {"offsets": self.offsets, "values": self.values}

    def row_sums(self, elements: NDArray[Any]) -> NDArray[Any]:
        """Return the sum (n,) of each row's share of `elements` (one for each element stored).

        Every row is summed by itself, so that a sum does not depend on the rows beside it.
        """
        sums = np.zeros(len(self), np.float64)
        filled = np.flatnonzero(self.offsets[1:] > self.offsets[:-1])
        if len(filled):
            sums[filled] = np.add.reduceat(elements, self.offsets[filled])
        return sums

    def picked(self, codes: I64) -> Self:
        """Return the rows of `codes`, in that order, as rows of their own."""
        starts = self.offsets[codes]
        lengths = self.offsets[codes + 1] - starts
        offsets = np.zeros(len(codes) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        # Places of the elements: each row's start, counted on within the row.
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return self._picked(offsets, places, codes)

    def _picked(self, offsets: I64, places: I64, codes: I64) -> Self:
        return type(self)(offsets, self.values[places])


class DenseRows(RaggedRows):
    """Dense vectors of any number of dimensions; a row without elements is NULL."""

    __slots__ = ()

    @staticmethod
    def of(vectors: Sequence[object], dtype: np.dtype[Any]) -> DenseRows:
        """Make rows of arrays; None is a row without elements."""
        present = [np.asarray(vector, dtype) for vector in vectors if vector is not None]
        offsets = np.zeros(len(vectors) + 1, np.int64)
        np.cumsum([0 if v is None else len(v) for v in vectors], out=offsets[1:])  # type: ignore[arg-type]
        return DenseRows(offsets, np.concatenate(present) if present else np.empty(0, dtype))

    @staticmethod
    def of_matrix(matrix: NDArray[Any], valid: Bools | None) -> DenseRows:
        """Make rows of those of a matrix (n, dim) that are `valid`."""
        lengths = np.full(len(matrix), matrix.shape[1])
        if valid is not None:
            lengths[~valid] = 0
            matrix = matrix[valid]
        return DenseRows(np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]), matrix.reshape(-1))

    @property
    def dimensions(self) -> I64:
        return np.diff(self.offsets)

    def row(self, code: int) -> NDArray[Any]:
        return self.values[self.offsets[code] : self.offsets[code + 1]]

    def matrix(self, dim: int) -> NDArray[Any]:
        """Return all rows (n, dim), zeros for those of other dimensions; a view where there are none."""
        alike = self.dimensions == dim
        if alike.all():
            return self.values[self.offsets[0] : self.offsets[-1]].reshape(len(self), dim)
        made = np.zeros((len(self), dim), self.values.dtype)
        made[alike] = self.values[self.offsets[:-1][alike][:, None] + np.arange(dim)]
        return made


class SparseRows(RaggedRows):
    """Sparse vectors: row i has the elements `offsets[i]` up to `offsets[i + 1]` of `indices` (int32, from 0,
    rising) and `values` (float32). `dims` (n,) int32 where rows may differ in it, else all have `dim`, which
    is above every index."""

    __slots__ = ("dim", "dims", "indices")

    def __init__(
        self, offsets: I64, indices: I32, values: NDArray[Any], dim: int, dims: I32 | None = None
    ) -> None:
        super().__init__(offsets, values)
        self.indices = indices
        self.dim = dim
        self.dims = dims

    @staticmethod
    def of(vectors: Sequence[SparseVector | None], dim: int | None) -> SparseRows:
        """Make rows of vectors of one number of dimensions, or of any; None is a row without elements."""
        if dim is not None:
            return SparseRows(*stacked_rows(vectors), dim)
        dims = np.array([0 if v is None else v.dimensions() for v in vectors], np.int32)
        return SparseRows(*stacked_rows(vectors), int(dims.max(initial=0)), dims)

    @property
    def dimensions(self) -> I64:
        return np.full(len(self), self.dim) if self.dims is None else self.dims.astype(np.int64)

    def row(self, code: int) -> SparseVector:
        part = slice(self.offsets[code], self.offsets[code + 1])
        dim = self.dim if self.dims is None else int(self.dims[code])
        return sparse_vector(self.indices[part], self.values[part], dim)

    def _picked(self, offsets: I64, places: I64, codes: I64) -> Self:
        dims = None if self.dims is None else self.dims[codes]
        return type(self)(offsets, self.indices[places], self.values[places], self.dim, dims)

    def parts(self) -> dict[str, NDArray[Any]]:
        dims = {} if self.dims is None else {"dims": self.dims}
        return {"offsets": self.offsets, "indices": self.indices, "values": self.values, **dims}


def rows_of_parts(type_: Type, parts: Mapping[str, NDArray[np.uint8]]) -> RaggedRows:
    """Return the rows of a column of a type whose stored arrays are given as bytes."""
    offsets, values = parts["offsets"].view(np.int64), parts["values"]
    if type_.storage is Storage.RAGGED:
        return DenseRows(offsets, values.view(type_.dtype))
    dims = parts["dims"].view(np.int32) if "dims" in parts else None
    dim = type_.modifier or (0 if dims is None else int(dims.max(initial=0)))
    return SparseRows(offsets, parts["indices"].view(np.int32), values.view(np.float32), dim, dims)


def joined_rows(type_: Type, rows: Sequence[RaggedRows]) -> RaggedRows:
    """Return the rows of several columns of a type, in order."""
    ends = np.cumsum([0, *(len(part.values) for part in rows)])
    offsets = [part.offsets[1:] + end for part, end in zip(rows, ends[:-1], strict=True)]
    parts = {"offsets": np.concatenate([np.zeros(1, np.int64), *offsets])}
    for name in rows[0].parts().keys() - parts.keys():
        parts[name] = np.concatenate([part.parts()[name] for part in rows])
    return rows_of_parts(type_, {name: array.view(np.uint8) for name, array in parts.items()})


class GrowingRows:
    """Rows that are appended to; arrays are replaced when full, so views stay as they are."""

    def __init__(self, type_: Type) -> None:
        self._type = type_
        self._offsets = np.zeros(1, np.int64)
        self._parts: dict[str, NDArray[Any]] = {}

    def append(self, rows: RaggedRows, at: int) -> None:
        """Append rows behind the first `at`."""
        used = int(self._offsets[at])
        parts = rows.parts()
        self._offsets = grown(self._offsets, at + 1, at + 1 + len(rows))
        self._offsets[at + 1 : at + 1 + len(rows)] = parts.pop("offsets")[1:] + used
        for name, array in parts.items():
            start = at if name == "dims" else used
            known = self._parts.get(name, np.zeros(0, array.dtype))
            self._parts[name] = grown(known, start, start + len(array))
            self._parts[name][start : start + len(array)] = array

    def view(self, rows: int) -> RaggedRows:
        """Return the first `rows`."""
        offsets = self._offsets[: rows + 1]
        used = int(offsets[-1])
        parts = {name: array[: rows if name == "dims" else used] for name, array in self._parts.items()}
        return rows_of_parts(
            self._type, {n: a.view(np.uint8) for n, a in (("offsets", offsets), *parts.items())}
        )


def grown(array: NDArray[Any], used: int, needed: int) -> NDArray[Any]:
    """Return an array with room for `needed` entries, the first `used` of them kept."""
    if needed <= len(array):
        return array
    made: NDArray[Any] = np.zeros((max(needed, 2 * len(array)), *array.shape[1:]), array.dtype)
    made[:used] = array[:used]
    return made
