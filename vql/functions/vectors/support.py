"""pgvector's functions behind its operators, casts and folds, by their own names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vql.errors import DataError, InternalError, NumericOutOfRange
from vql.functions.arrays import making  # what makes vectors of arrays
from vql.functions.declare import CASTS, OPERATORS, function, in_duck
from vql.functions.vectors import vectors
from vql.functions.vectors.math import (
    DENSE,
    Dense,
    check_alike,
    compare_sparse,
    halfvec_of_sparse,
    vector_of_sparse,
)
from vql.types.type import type_named
from vql.types.vectors.halfvec import halfvec_from
from vql.types.vectors.sparsevec import SparseVector, sparse_from
from vql.types.vectors.vector import vector_from

# An XX000 that is none of our bugs: pgvector's own is one too.
STATE_EXPECTED = "expected state array"
COMPARISONS = dict(zip(vectors.COMPARISONS, ("eq", "ne", "lt", "le", "gt", "ge"), strict=True))
ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "||": "concat"}
CASTS_MADE: dict[str, Callable[[Any], Any]] = {
    "vector(vector) -> vector": lambda vector: vector,
    "halfvec(halfvec) -> halfvec": lambda vector: vector,
    "sparsevec(sparsevec) -> sparsevec": lambda vector: vector,
    "vector_to_halfvec(vector) -> halfvec": halfvec_from,
    "vector_to_sparsevec(vector) -> sparsevec": sparse_from,
    "vector_to_float4(vector) -> real[]": making.array_of_vector,
    "halfvec_to_vector(halfvec) -> vector": vector_from,
    "halfvec_to_sparsevec(halfvec) -> sparsevec": sparse_from,
    "halfvec_to_float4(halfvec) -> real[]": making.array_of_halfvec,
    "sparsevec_to_vector(sparsevec) -> vector": vector_of_sparse,
    "sparsevec_to_halfvec(sparsevec) -> halfvec": halfvec_of_sparse,
}
NUMBERS = ("integer", "real", "double precision", "numeric")
State = list[Any]


def _as_operators(kind: str) -> None:
    """Declare the functions that are operators of two vectors of a kind."""
    for sign, word in (COMPARISONS | (ARITHMETIC if kind in DENSE else {})).items():
        types = [kind, kind]
        found = next(f for f in OPERATORS[sign] if [argument.type for argument in f.arguments] == types)
        in_duck(f"{kind}_{word}({kind}, {kind}) -> {found.result}", found.duck, found.run)


def _as_cast(signature: str, make: Callable[[Any], Any]) -> None:
    """Declare a cast as a function of a value, the dimensions (-1 for any) and whether it was asked."""
    head, tail = signature.split(")")

    @function(f"{head}, integer, boolean){tail}")
    def made(value: Any, dimensions: int, is_explicit: bool) -> Any:
        if not tail.endswith("[]") and (not isinstance(value, list) or _is_plain(value)):
            size = value.dimensions() if isinstance(value, SparseVector) else len(value)
            if size and dimensions not in (-1, size):
                raise DataError(f"expected {dimensions} dimensions, not {size}")
        return make(value)


def _is_plain(items: State) -> bool:
    return not any(item is None or isinstance(item, list) for item in items)


def compare_dense(one: Dense, other: Dense) -> int:
    """Return -1, 0 or 1: by the first elements that differ, then by dimensions."""
    size = min(len(one), len(other))
    different = np.flatnonzero(one[:size] != other[:size])
    if len(different):
        return -1 if one[different[0]] < other[different[0]] else 1
    return (len(one) > len(other)) - (len(one) < len(other))


def _of_elements(element: str, kind: str) -> Callable[[Any], Any]:
    run = CASTS[f"{element}[]", kind].run
    assert run is not None, "it is computed in Python"
    return lambda items: run(items, None)


for _kind, _compare in (("vector", compare_dense), ("halfvec", compare_dense), ("sparsevec", compare_sparse)):
    _as_operators(_kind)
    function(f"{_kind}_cmp({_kind}, {_kind}) -> integer")(_compare)
    function(f"{_kind}_send({_kind}) -> bytea")(type_named(_kind).base.to_binary)
    for _element in NUMBERS:
        _as_cast(f"array_to_{_kind}({_element}[]) -> {_kind}", _of_elements(_element, _kind))
for _signature, _make in CASTS_MADE.items():
    _as_cast(_signature, _make)


def _angle(kind: str) -> None:
    """Declare the angle of two unit vectors, of which pi is 1."""

    @function(f"{kind}_spherical_distance({kind}, {kind}) -> double precision")
    def spherical_distance(one: Dense, other: Dense) -> float:
        check_alike(kind, one, other)
        product = float(np.dot(one.astype(np.float32), other.astype(np.float32)))
        return math.acos(min(1.0, max(-1.0, product))) / math.pi


# ------------------------------------------------------------------ avg(): a count, and sums by dimension


def _accumulation(kind: str) -> None:
    """Declare what averages vectors of a kind step by step."""

    @function(f"{kind}_accum(double precision[], {kind}) -> double precision[]")
    def accumulated(state: State, vector: Dense) -> State:
        count, sums = _of_state(state, f"{kind}_accum")
        if not len(sums):
            return [count + 1.0, *vector.astype(float).tolist()]
        _check_size(len(sums), len(vector))
        return _state(count + 1.0, sums + vector)

    @function(f"{kind}_combine(double precision[], double precision[]) -> double precision[]")
    def combined(one: State, other: State) -> State:
        (count, sums), (others, added) = (_of_state(state, f"{kind}_combine") for state in (one, other))
        if count == 0 or others == 0:
            return other if count == 0 else one
        _check_size(len(sums), len(added))
        return _state(count + others, sums + added)

    @function(f"{kind}_avg(double precision[]) -> {kind}")
    def average(state: State) -> object:
        count, sums = _of_state(state, f"{kind}_avg")
        if count == 0:
            return None
        with np.errstate(over="ignore"):
            return type_named(kind).coerce((sums / count).astype(np.float32))


def _of_state(state: State, function_: str) -> tuple[float, Dense]:
    if not state or not _is_plain(state):
        raise InternalError(f"{function_}: {STATE_EXPECTED}")
    return state[0], np.array(state[1:])


def _state(count: float, sums: Dense) -> State:
    if np.isinf(sums).any():
        raise NumericOutOfRange("value out of range: overflow")
    return [count, *sums.tolist()]


def _check_size(size: int, given: int) -> None:
    if size != given:
        raise DataError(f"expected {size} dimensions, not {given}")


for _kind in DENSE:
    _accumulation(_kind)
    _angle(_kind)
