"""sparsevec: pgvector's sparse vectors and what users hand over.

A `SparseVector` has the interface of pgvector's Python class of that name: indices count from 0; in
text they count from 1.

| binary form | type | field |
|--:|---|---|
| 0 | i32 | dim |
| 4 | i32 | elements, e |
| 8 | i32 | 0 |
| 12 | i32 each | indices, from 0, rising |
| 12 + 4 e | f32 each | values, none of them 0 |
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import numpy as np

from vql.errors import DataError, DatatypeMismatch, LimitExceeded
from vql.limits import SPARSE_DIMENSIONS_MAX, SPARSE_NONZERO_MAX, VECTOR_DIMENSIONS_MAX
from vql.types.base import BaseType, Storage, checked_dimensions
from vql.types.forms.binary import too_short, wrong_size
from vql.types.forms.crossing import Crossing
from vql.types.forms.ndarrays import F32, I32, I64
from vql.types.numbers.floats import float_text
from vql.types.vectors.vector import bad_text, floats_of

# Inside DuckDB: equality, GROUP BY and DISTINCT work on structs. Indices count from 1 there.
DUCK_SPARSEVEC = "STRUCT(indices INTEGER[], elements FLOAT[], dim INTEGER)"


class SparsevecType(BaseType):
    """Sparse vectors; the modifier says the dimensions."""

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        return checked_dimensions(self.name, numbers, self.dimensions_max)

    def typmod(self, modifier: int) -> int:
        return modifier

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod if typmod > 0 else None

    def from_text(self, text: str, modifier: int | None) -> SparseVector:
        return sparse_from(text, modifier)

    def coerce(self, value: object, modifier: int | None) -> SparseVector:
        return sparse_from(value, modifier)

    def cells_of(self, given: Any) -> list[object]:
        if getattr(given, "tocsr", None) is not None:  # scipy's compressed rows
            return [given[place] for place in range(given.shape[0])]
        return list(given)

    def to_binary(self, value: object) -> bytes:
        assert isinstance(value, SparseVector), "a sparsevec is a SparseVector"
        head = struct.pack(">iii", value.dimensions(), len(value.indices()), 0)
        return head + value.indices().astype(">i4").tobytes() + value.values().astype(">f4").tobytes()

    def from_binary(self, data: bytes, modifier: int | None) -> SparseVector:
        if len(data) < 12:
            raise too_short()
        dimensions, count, unused = struct.unpack_from(">iii", data)
        check_dimensions(dimensions)
        if count < 0:
            raise DataError("sparsevec cannot have negative number of elements")
        if count > SPARSE_NONZERO_MAX:
            raise LimitExceeded(f"sparsevec cannot have more than {SPARSE_NONZERO_MAX} non-zero elements")
        if count > dimensions:
            raise LimitExceeded("sparsevec cannot have more elements than dimensions")
        if unused:
            raise DataError(f"expected unused to be 0, not {unused}")
        if len(data) != 12 + 8 * count:
            raise wrong_size()
        indices = np.frombuffer(data, ">i4", count, 12).astype(np.int64)
        numbers = np.frombuffer(data, ">f4", count, 12 + 4 * count).astype(np.float32)
        if (indices < 0).any() or (indices >= dimensions).any():
            raise DataError("sparsevec index out of bounds")
        steps = np.diff(indices)
        if (steps < 0).any():
            raise DataError("sparsevec indices must be in ascending order")
        if (steps == 0).any():
            raise DataError("sparsevec indices must not contain duplicates")
        if (numbers == 0).any():
            raise DataError("binary representation of sparsevec cannot contain zero values")
        return sparse_from(assembled(indices, numbers, dimensions), modifier)

    def order_key(self, value: object) -> object:
        """Return the elements that are not zero, in pgvector's order of dense vectors: one below zero is less
        the earlier it comes, one above zero the later; the end of a vector is below every number."""
        assert isinstance(value, SparseVector), "a sparse vector is one"
        elements = zip(value.indices().tolist(), value.values().tolist(), strict=True)
        end = (0, value.dimensions(), -inf)
        return (*((0, i, x) if x < 0 else (2, -i, x) for i, x in elements), end)

    def from_duck(self, value: object) -> SparseVector:
        """Read a struct of indices from 1, elements and dim."""
        assert isinstance(value, dict), "DuckDB gives STRUCT as dicts"
        return _from_parts(value)


class SparseVector:
    """The elements of a vector that are not zero: rising int32 indices from 0, float32 values.

    `value` is a dict of index to number with `dimensions`, a dense sequence, or an object with
    scipy's `tocoo`. Raises 22000, 54000.
    """

    __slots__ = ("_dimensions", "_indices", "_values")

    def __init__(self, value: Any, dimensions: int | None = None) -> None:
        made = sparse_from(value if dimensions is None else _of_mapping(value, dimensions))
        self._set(made._indices, made._values, made._dimensions)

    def _set(self, indices: I32, values: F32, dimensions: int) -> None:
        self._indices, self._values, self._dimensions = indices, values, dimensions

    def dimensions(self) -> int:
        """Return the number of dimensions."""
        return self._dimensions

    def indices(self) -> I32:
        """Return the places of the elements, rising, from 0."""
        return self._indices

    def values(self) -> F32:
        """Return the elements."""
        return self._values

    def to_numpy(self) -> F32:
        """Return all dimensions as float32."""
        dense = np.zeros(self._dimensions, np.float32)
        dense[self._indices] = self._values
        return dense

    def to_dict(self) -> dict[int, float]:
        """Return elements by index."""
        return dict(zip(self._indices.tolist(), self._values.tolist(), strict=True))

    def __str__(self) -> str:
        pairs = zip(self._indices.tolist(), self._values.tolist(), strict=True)
        inside = ",".join(f"{index + 1}:{float_text(value, True)}" for index, value in pairs)
        return f"{{{inside}}}/{self._dimensions}"

    def __repr__(self) -> str:
        return f"SparseVector({self.to_dict()}, {self._dimensions})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SparseVector)
            and self._dimensions == other._dimensions
            and np.array_equal(self._indices, other._indices)
            and np.array_equal(self._values, other._values)
        )

    def __hash__(self) -> int:
        return hash((self._dimensions, self._indices.tobytes(), self._values.tobytes()))


def sparse_vector(indices: I32, values: F32, dimensions: int) -> SparseVector:
    """Return a vector of parts that are known to be right."""
    made = SparseVector.__new__(SparseVector)
    made._set(indices, values, dimensions)
    return made


def sparse_from(value: object, dim: int | None = None) -> SparseVector:
    """Return the sparse vector of pgvector's text form, a SparseVector (ours or pgvector's), scipy's
    sparse arrays, or a dense sequence. Raises 22P02, 22000, 22003, 54000."""
    if isinstance(value, SparseVector):
        made = value
    elif isinstance(value, str):
        made = parse_sparse(value)
    else:
        made = _of_object(value, dim)
    if dim is not None and made.dimensions() != dim:
        raise DataError(f"expected {dim} dimensions, not {made.dimensions()}")
    return made


def _of_object(value: object, dim: int | None) -> SparseVector:
    if isinstance(value, Mapping):
        if dim is None:
            raise DatatypeMismatch("a dict is a sparse vector only beside its dimensions")
        return _of_mapping(value, dim)
    parts = [getattr(value, name, None) for name in ("dimensions", "indices", "values")]
    if all(callable(part) for part in parts):
        dimensions, indices, values = (part() for part in parts)  # type: ignore[misc]
        return assembled(np.asarray(indices, np.int64), np.asarray(values, np.float32), int(dimensions))
    tocoo = getattr(value, "tocoo", None)
    if tocoo is not None:
        coo = tocoo()
        if len(coo.shape) == 2 and coo.shape[0] != 1:
            raise DataError("a sparse vector has one row")
        return assembled(np.asarray(coo.col, np.int64), np.asarray(coo.data, np.float32), coo.shape[-1])
    try:
        with np.errstate(over="ignore"):
            dense = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        raise DatatypeMismatch(
            f"a sparse vector cannot be made of {type(value).__name__}",
            hint="give vql.SparseVector({0: 1.5, 2: 2}, 5) or pgvector's text form '{1:1.5,3:2}/5'",
        ) from None
    if dense.ndim != 1:
        raise DataError("array must be 1-D")
    return sparse_of_dense(dense)


def sparse_of_dense(dense: F32) -> SparseVector:
    """Return the elements of a dense vector (dim,) that are not zero."""
    places = np.flatnonzero(dense)
    return assembled(places, dense[places], int(dense.size))


def _of_mapping(value: Any, dim: int) -> SparseVector:
    if not isinstance(value, Mapping):
        raise DatatypeMismatch("dimensions are given with a dict of elements only")
    try:
        indices = np.fromiter(value.keys(), np.int64, len(value))
        with np.errstate(over="ignore"):
            values = np.fromiter(value.values(), np.float64, len(value)).astype(np.float32)
    except (TypeError, ValueError):
        raise DatatypeMismatch("elements are numbers by index") from None
    return assembled(indices, values, dim)


def assembled(indices: I64, values: F32, dim: int) -> SparseVector:
    """Return a vector of elements in any order, indices from 0; zeros are left out."""
    check_dimensions(dim)
    if np.isnan(values).any():
        raise DataError("NaN not allowed in sparsevec")
    if np.isinf(values).any():
        raise DataError("infinite value not allowed in sparsevec")
    kept = values != 0
    indices, values = indices[kept], values[kept]
    if len(indices) > SPARSE_NONZERO_MAX:
        raise LimitExceeded(f"sparsevec cannot have more than {SPARSE_NONZERO_MAX} non-zero elements")
    if len(indices):
        if indices.min() < 0 or indices.max() >= dim:
            raise DataError("sparsevec index out of bounds")
        order = np.argsort(indices, kind="stable")
        indices, values = indices[order], values[order]
        if (indices[1:] == indices[:-1]).any():
            raise DataError("sparsevec indices must not contain duplicates")
    return sparse_vector(indices.astype(np.int32), np.ascontiguousarray(values, np.float32), dim)


def check_dimensions(dim: int) -> None:
    """Raise pgvector's errors for a number of dimensions."""
    if dim < 1:
        raise DataError("sparsevec must have at least 1 dimension")
    if dim > SPARSE_DIMENSIONS_MAX:
        raise LimitExceeded(f"sparsevec cannot have more than {SPARSE_DIMENSIONS_MAX} dimensions")


def parse_sparse(text: str) -> SparseVector:
    """Parse pgvector's text form '{1:1.5,3:2}/5'; elements in any order."""
    body = text.strip()
    if not body.startswith("{"):
        raise bad_text("sparsevec", text, 'Vector contents must start with "{".')
    inside, brace, rest = body[1:].partition("}")
    if not brace:
        raise bad_text("sparsevec", text)
    slash, number = rest.lstrip()[:1], rest.lstrip()[1:].strip()
    if slash != "/" or not number:
        raise bad_text("sparsevec", text, "Unexpected end of input." if not rest.strip() else None)
    pairs = [pair.split(":") for pair in inside.split(",")] if inside.strip() else []
    if any(len(pair) != 2 for pair in pairs):
        raise bad_text("sparsevec", text)
    try:
        indices = np.array([_whole(place) - 1 for place, _ in pairs], np.int64)
        values = floats_of([word for _, word in pairs], "sparsevec", refuses_underflow=True)
        dim = _whole(number)
    except (ValueError, OverflowError):
        junk = "Junk after closing." if number[:1].isdigit() and not number.isdigit() else None
        raise bad_text("sparsevec", text, junk) from None
    return assembled(indices, values, dim)


def _whole(word: str) -> int:
    if "_" in word or not word.isascii():
        raise ValueError
    return int(word)


def dense_of(vector: SparseVector, name: str = "vector") -> F32:
    """Return all dimensions of a vector. Raises 54000 for more than the dense type of a name has."""
    if vector.dimensions() > VECTOR_DIMENSIONS_MAX:
        raise LimitExceeded(f"{name} cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions")
    return vector.to_numpy()


def stacked_rows(vectors: Sequence[SparseVector | None]) -> tuple[I64, I32, F32]:
    """Return vectors as compressed rows: offsets (n + 1,), indices, values; None is an empty row."""
    offsets = np.zeros(len(vectors) + 1, np.int64)
    np.cumsum([0 if v is None else len(v.indices()) for v in vectors], out=offsets[1:])
    present = [vector for vector in vectors if vector is not None]
    if not present:
        return offsets, np.empty(0, np.int32), np.empty(0, np.float32)
    indices = np.concatenate([vector.indices() for vector in present])
    return offsets, indices, np.concatenate([vector.values() for vector in present])


def _from_parts(value: dict[str, Any]) -> SparseVector:
    indices = np.array(value["indices"], np.int64) - 1
    return assembled(indices, np.array(value["elements"], np.float32), value["dim"])


SPARSEVEC = SparsevecType(
    name="sparsevec", oid=16404, array_oid=16405, extension="vector", storage=Storage.SPARSE,
    dtype=np.dtype("i8"), dimensions_max=SPARSE_DIMENSIONS_MAX, sizes_name="sparsevec dimensions",
    arrow_format="+s", duck_name=DUCK_SPARSEVEC, duck_results=(DUCK_SPARSEVEC,),
    metrics=("l2", "inner_product", "cosine", "l1"),
    takes=("vector",),
    duck_crossing=Crossing(
        argument=DUCK_SPARSEVEC, result=DUCK_SPARSEVEC, read=_from_parts,
        write=lambda value: {
            "indices": (value.indices() + 1).tolist(), "elements": value.values().tolist(),
            "dim": value.dimensions(),
        },
    ),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (SPARSEVEC,)
