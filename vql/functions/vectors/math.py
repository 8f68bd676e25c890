"""Vectors computed element by element, and sparse vectors compared, as pgvector computes and compares them.

In single precision, as the values are; what leaves its range is refused (22003). halfvec is computed in
single precision and rounded; sparse vectors are compared as the dense ones they stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import DataError, LimitExceeded, NumericOutOfRange
from vql.functions.declare import cast, function, operator
from vql.limits import VECTOR_DIMENSIONS_MAX
from vql.types.forms.ndarrays import Bools
from vql.types.vectors.halfvec import halfvec_from
from vql.types.vectors.sparsevec import SparseVector, dense_of, sparse_vector

Dense = NDArray[Any]
DENSE = ("vector", "halfvec")


def check_alike(kind: str, one: Dense | SparseVector, other: Dense | SparseVector) -> None:
    """Raise 22000 for vectors of different dimensions."""
    sizes = [v.dimensions() if isinstance(v, SparseVector) else len(v) for v in (one, other)]
    if sizes[0] != sizes[1]:
        raise DataError(f"different {kind} dimensions {sizes[0]} and {sizes[1]}")


def in_precision(made: Dense, dtype: Any, is_product_of: tuple[Dense, Dense] | None = None) -> Dense:
    """Return numbers in the precision of a type. Raises 22003."""
    with np.errstate(over="ignore", under="ignore"):
        kept = made.astype(dtype)
    if np.isinf(kept).any():
        raise NumericOutOfRange("value out of range: overflow")
    if is_product_of is not None and ((kept == 0) & (is_product_of[0] != 0) & (is_product_of[1] != 0)).any():
        raise NumericOutOfRange("value out of range: underflow")
    return kept


def _elementwise(kind: str, sign: str, compute: Callable[[Dense, Dense], Dense]) -> None:
    @operator(f"{kind} {sign} {kind} -> {kind}")
    def combined(one: Dense, other: Dense) -> Dense:
        check_alike(kind, one, other)
        with np.errstate(over="ignore", under="ignore"):
            made = compute(one.astype(np.float32), other.astype(np.float32))
        return in_precision(made, one.dtype, (one, other) if sign == "*" else None)


def _pieces(kind: str) -> None:
    """Declare what joins, cuts and scales vectors of a kind."""

    @operator(f"{kind} || {kind} -> {kind}")
    def joined(one: Dense, other: Dense) -> Dense:
        if len(one) + len(other) > VECTOR_DIMENSIONS_MAX:
            raise LimitExceeded(f"{kind} cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions")
        return np.concatenate([one, other])

    @function(f"subvector({kind}, integer, integer) -> {kind}")
    def subvector(vector: Dense, start: int, count: int) -> Dense:
        # A start below 1 shortens the count.
        found = vector[max(start, 1) - 1 : max(start + count - 1, 0)] if count > 0 else vector[:0]
        if not len(found):
            raise DataError(f"{kind} must have at least 1 dimension")
        return found

    @function(f"l2_normalize({kind}) -> {kind}")
    def l2_normalize(vector: Dense) -> Dense:
        norm = np.sqrt(np.square(vector, dtype=np.float64).sum())
        return in_precision(vector / norm, vector.dtype) if norm > 0 else np.zeros_like(vector)


for _kind in DENSE:
    _elementwise(_kind, "+", np.add)
    _elementwise(_kind, "-", np.subtract)
    _elementwise(_kind, "*", np.multiply)
    _pieces(_kind)


def vector_sum(rows: Sequence[Dense]) -> Dense | None:
    """Return the sum of vectors, each addition in their own precision. Raises 22000, 22003."""
    for row in rows:
        check_alike("vector", rows[0], row)
    return in_precision(_summed(rows, rows[0].dtype), rows[0].dtype) if rows else None


def vector_mean(rows: Sequence[Dense]) -> Dense | None:
    """Return the average of vectors, summed in double precision. Raises 22000, 22003."""
    for row in rows:
        if len(row) != len(rows[0]):
            raise DataError(f"expected {len(rows[0])} dimensions, not {len(row)}")
    return in_precision(_summed(rows, np.float64) / len(rows), rows[0].dtype) if rows else None


def _summed(rows: Sequence[Dense], dtype: Any) -> Dense:
    made = rows[0].astype(dtype)  # not zeros: a sum of minus zeros is one
    for row in rows[1:]:
        made += row
    return made


# ------------------------------------------------------------------ sparse vectors


@function("l2_normalize(sparsevec) -> sparsevec")
def sparse_normalized(vector: SparseVector) -> SparseVector:
    numbers = vector.values()
    norm = np.sqrt(np.square(numbers, dtype=np.float64).sum())
    scaled = in_precision(numbers / norm, np.float32) if norm > 0 else numbers[:0]
    kept = scaled != 0
    indices = vector.indices()[kept] if len(scaled) else vector.indices()[:0]
    return sparse_vector(indices, scaled[kept], vector.dimensions())


@function("l2_norm(sparsevec) -> double precision")
def sparse_norm(vector: SparseVector) -> float:
    return float(np.sqrt(np.square(vector.values(), dtype=np.float64).sum()))


def paired_elements(one: SparseVector, other: SparseVector) -> tuple[Dense, Dense]:
    """Return the elements of two vectors at the indices that either has, in double precision."""
    check_alike("sparsevec", one, other)
    places = np.union1d(one.indices(), other.indices())
    sides = []
    for vector in (one, other):
        numbers = np.zeros(len(places))
        numbers[np.searchsorted(places, vector.indices())] = vector.values()
        sides.append(numbers)
    return sides[0], sides[1]


def _l2(a: Dense, b: Dense) -> float:
    return float(np.sqrt(np.square(a - b).sum()))


def _cosine(a: Dense, b: Dense) -> float:
    with np.errstate(invalid="ignore", divide="ignore"):
        similarity = np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b))
    return float(1 - np.clip(similarity, -1, 1))


def _l1(a: Dense, b: Dense) -> float:
    return float(np.abs(a - b).sum())


def _declare_distance(compute: Callable[[Dense, Dense], float], sign: str, names: Sequence[str]) -> None:
    def distance(one: SparseVector, other: SparseVector) -> float:
        return compute(*paired_elements(one, other))

    if sign:
        operator(f"sparsevec {sign} sparsevec -> double precision")(distance)
    for name in names:
        function(f"{name}(sparsevec, sparsevec) -> double precision")(distance)


_declare_distance(_l2, "<->", ("l2_distance", "l2"))
_declare_distance(_cosine, "<=>", ("cosine_distance", "cosine"))
_declare_distance(lambda a, b: float(-np.dot(a, b)), "<#>", ("ip", "sparsevec_negative_inner_product"))
_declare_distance(_l1, "<+>", ("l1_distance", "l1"))
_declare_distance(lambda a, b: float(np.dot(a, b)), "", ("inner_product",))
_declare_distance(lambda a, b: float(np.square(a - b).sum()), "", ("sparsevec_l2_squared_distance",))


@cast("sparsevec -> vector", willingness="assignment")
def vector_of_sparse(vector: SparseVector) -> Dense:
    return dense_of(vector)


@cast("sparsevec -> halfvec", willingness="assignment")
def halfvec_of_sparse(vector: SparseVector) -> Dense:
    return halfvec_from(dense_of(vector, "halfvec"))


def compare_sparse(one: SparseVector, other: SparseVector) -> int:
    """Return -1, 0 or 1: by the elements at the first index where they differ, then by dimensions."""
    places = np.union1d(one.indices(), other.indices())
    places = places[places < min(one.dimensions(), other.dimensions())]
    first, second = (_at(vector, places) for vector in (one, other))
    different: Bools = first != second
    if different.any():
        place = int(different.argmax())
        return -1 if first[place] < second[place] else 1
    return (one.dimensions() > other.dimensions()) - (one.dimensions() < other.dimensions())


def _at(vector: SparseVector, places: Dense) -> Dense:
    numbers = np.zeros(len(places), np.float32)
    inside = vector.indices() < (places[-1] + 1 if len(places) else 0)
    numbers[np.searchsorted(places, vector.indices()[inside])] = vector.values()[inside]
    return numbers


def _declare_comparison(sign: str, holds: Callable[[int], bool]) -> None:
    @operator(f"sparsevec {sign} sparsevec -> boolean")
    def compared(one: SparseVector, other: SparseVector) -> bool:
        return holds(compare_sparse(one, other))


_declare_comparison("=", lambda order: order == 0)
_declare_comparison("<>", lambda order: order != 0)
_declare_comparison("<", lambda order: order < 0)
_declare_comparison("<=", lambda order: order <= 0)
_declare_comparison(">", lambda order: order > 0)
_declare_comparison(">=", lambda order: order >= 0)
