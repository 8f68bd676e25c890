"""Exact distances: between dense vectors, bit strings and sparse vectors.

Each row is computed by itself in float64, so that a distance does not depend on the plan that asks
for it. As everywhere, smaller is nearer.
"""

from __future__ import annotations

import numpy as np

from vql.errors import DataError
from vql.executor.knn.scans.tuning import BLOCK_BYTES, BLOCK_FLOATS, LOOKUP_DIMENSIONS_MAX
from vql.storage.columns.column import Column
from vql.storage.columns.ragged_rows import SparseRows
from vql.types.forms.ndarrays import F32, F64, I64, U8, Bools
from vql.types.type import Type
from vql.types.vectors.bit import packed_rows
from vql.types.vectors.sparsevec import SparseVector


def check_size(type_: Type, query: object) -> None:
    """Raise pgvector's error for a query that has not the dimensions of a column, where it has any."""
    dim, size = type_.modifier, size_of(query)
    if dim is not None and size != dim:
        raise DataError(f"different {type_.base.sizes_name} {dim} and {size}")


def check_sizes(type_: Type, dimensions: I64, size: int) -> None:
    """Raise pgvector's error where a vector of a column has not the dimensions of a query; 0 is NULL."""
    others = dimensions[(dimensions != size) & (dimensions != 0)]
    if len(others):
        raise DataError(f"different {type_.base.sizes_name} {others[0]} and {size}")


def size_of(query: object) -> int:
    """Return how many dimensions a vector has."""
    if isinstance(query, SparseVector):
        return query.dimensions()
    return int(query.size)  # type: ignore[attr-defined]


def column_distances(column: Column, query: object, metric: str) -> F64:
    """Return the distances (n,) of a column's vectors to a query, anything where one is NULL. Raises 22000
    for one of other dimensions."""
    if not column.type.is_sized:
        check_sizes(column.type, column.ragged_rows.dimensions, size_of(query))
        column = column.of_size(size_of(query))
    if isinstance(query, SparseVector):
        return sparse_distances(column.sparse_rows, query, metric)
    assert isinstance(query, np.ndarray)
    compute = dense_distances if column.type.is_dense else bit_distances
    return compute(column.data, query, metric)


# ------------------------------------------------------------------ dense vectors


def dense_distances(vectors: F32, query: F32, metric: str) -> F64:
    """Exact distances (n,) float64 of `query` to every row, as pgvector finishes them.

    Everything is computed in float64, each row by itself, so that a distance does not depend on the
    plan that asks for it; by blocks, so that no copy of the matrix is made. Cosine of a zero vector
    is NaN.
    """
    step = max(1, BLOCK_FLOATS // max(1, vectors.shape[1]))
    if len(vectors) <= step:
        return row_distances(vectors, query, metric)
    blocks = [row_distances(vectors[at : at + step], query, metric) for at in range(0, len(vectors), step)]
    return np.concatenate(blocks)


def row_distances(rows: F32, query: F32, metric: str) -> F64:
    """Return what `dense_distances` does, of a few rows."""
    if metric == "l2":
        apart = np.subtract(rows, query, dtype=np.float64)
        return np.asarray(np.sqrt(np.vecdot(apart, apart)))
    if metric == "l1":
        return np.asarray(np.abs(np.subtract(rows, query, dtype=np.float64)).sum(1))
    block, wide = rows.astype(np.float64), query.astype(np.float64)
    products = np.vecdot(block, wide)
    if metric == "inner_product":
        return np.asarray(-products)
    norms = np.sqrt(np.vecdot(block, block) * np.vecdot(wide, wide))
    with np.errstate(all="ignore"):
        return np.asarray(1.0 - np.clip(products / norms, -1.0, 1.0))


# ------------------------------------------------------------------ bits


def bit_distances(rows: U8, query: Bools, metric: str) -> F64:
    """Return distances (n,) of packed rows (n, bytes) to a query (bits,): hamming, jaccard."""
    words, wanted = rows.view(np.uint64), packed_rows(query).view(np.uint64)
    found = np.empty(len(rows), np.float64)
    step = max(1, BLOCK_BYTES // max(1, rows.shape[1]))
    for at in range(0, len(rows), step):
        found[at : at + step] = _bit_block(words[at : at + step], wanted, metric)
    return found


def _bit_block(words: np.ndarray, wanted: np.ndarray, metric: str) -> np.ndarray:
    if metric == "hamming":
        return np.asarray(np.bitwise_count(words ^ wanted).sum(1, dtype=np.int64))
    both = np.bitwise_count(words & wanted).sum(1, dtype=np.int64)
    either = np.bitwise_count(words | wanted).sum(1, dtype=np.int64)
    # No common bit is distance 1, also where neither has any.
    return np.asarray(1.0 - np.divide(both, either, out=np.zeros(len(words)), where=both > 0))


# ------------------------------------------------------------------ sparse vectors


def sparse_distances(rows: SparseRows, query: SparseVector, metric: str) -> F64:
    """Return distances (n,) of sparse rows to a query; cosine of a vector without elements is NaN."""
    values = rows.values.astype(np.float64)
    wanted = query.values().astype(np.float64)
    at, common = _matched(rows, query)
    if metric in ("inner_product", "cosine"):
        products = rows.row_sums(np.where(common, values * _of(wanted, at), 0.0))
        if metric == "inner_product":
            return -products
        norms = np.sqrt(rows.row_sums(values * values) * float(wanted @ wanted))
        with np.errstate(all="ignore"):
            return np.asarray(1.0 - np.clip(products / norms, -1.0, 1.0))
    theirs = np.where(common, _of(wanted, at), 0.0)
    # Elements of the query that a row lacks count whole.
    if metric == "l2":
        inside = rows.row_sums((values - theirs) ** 2)
        return np.asarray(np.sqrt(inside + _missing(rows, wanted * wanted, at, common)))
    inside = rows.row_sums(np.abs(values - theirs))
    return np.asarray(inside + _missing(rows, np.abs(wanted), at, common))


def _missing(rows: SparseRows, wanted: F64, at: I64, common: Bools) -> F64:
    """Return for each row the sum of `wanted`, one for each element of the query, without those the
    row has too. They are added up, not taken away from the whole, which would lose small ones."""
    lacking = np.zeros(len(rows), np.float64)
    step = max(1, BLOCK_BYTES // (8 * max(1, len(wanted))))
    for start in range(0, len(rows), step):
        end = min(start + step, len(rows))
        part = slice(rows.offsets[start], rows.offsets[end])
        shared = np.flatnonzero(common[part])
        owners = np.repeat(np.arange(end - start), np.diff(rows.offsets[start : end + 1]))
        terms = np.tile(wanted, (end - start, 1))
        terms[owners[shared], at[part][shared]] = 0.0
        lacking[start:end] = terms.sum(1)
    return lacking


def _of(wanted: F64, at: I64) -> F64:
    return wanted[at] if len(wanted) else np.zeros(len(at))


def _matched(rows: SparseRows, query: SparseVector) -> tuple[I64, Bools]:
    """Return for each stored element the place in the query of its index, and whether it is there."""
    wanted = query.indices()
    if not len(wanted):
        return np.zeros(len(rows.indices), np.int64), np.zeros(len(rows.indices), np.bool_)
    if rows.dim <= LOOKUP_DIMENSIONS_MAX:
        places = np.full(max(rows.dim, query.dimensions()), -1, np.int64)
        places[wanted] = np.arange(len(wanted))
        found: I64 = places[rows.indices]
        return np.maximum(found, 0), found >= 0
    at = np.minimum(np.searchsorted(wanted, rows.indices), len(wanted) - 1)
    return at, wanted[at] == rows.indices
