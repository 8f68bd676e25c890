"""halfvec: dense vectors of float16, rounded by way of float32 as pgvector does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import NumericOutOfRange
from vql.limits import VECTOR_DIMENSIONS_MAX
from vql.types.base import BaseType, Storage
from vql.types.forms.crossing import Crossing
from vql.types.forms.ndarrays import F16
from vql.types.numbers.floats import float_text
from vql.types.vectors.vector import DenseType, check_vector, floats_from, parse_vector

# Inside DuckDB a struct around a list, so that overloads can tell it from a vector.
DUCK_HALFVEC = "STRUCT(halfs FLOAT[])"


class HalfvecType(DenseType):
    """float16 vectors."""

    def from_text(self, text: str, modifier: int | None) -> F16:
        return halfvec_from(text, modifier)

    def coerce(self, value: object, modifier: int | None) -> F16:
        return halfvec_from(value, modifier)

    def from_duck(self, value: Any) -> F16:
        return halfvec_from(value["halfs"])

    def from_binary(self, data: bytes, modifier: int | None) -> F16:
        return halfvec_from(self.read_numbers(data).astype(np.float16), modifier)

    def narrowed(self, array: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(halves(array) if array.dtype != np.float16 else array)


def halfvec_from(value: object, dim: int | None = None) -> F16:
    """Return a C-contiguous float16 vector (dim,), checked as pgvector checks it; numbers are rounded
    by way of float32, as pgvector does. Raises what `vector_from` does; 22003 above 65504."""
    if isinstance(value, np.ndarray) and value.dtype == np.float16 and value.ndim == 1:
        half = np.ascontiguousarray(value)
    else:
        half = halves(parse_vector(value, "halfvec") if isinstance(value, str) else floats_from(value))
    check_vector(half, "halfvec", dim)
    return half


def halves(numbers: NDArray[np.generic]) -> F16:
    """Round numbers to float16. Raises 22003 where a finite one becomes infinite."""
    with np.errstate(over="ignore"):
        half = numbers.astype(np.float16)
    over = np.isinf(half) & np.isfinite(numbers)
    if over.any():
        wide = float_text(float(numbers[over][0]), True)
        raise NumericOutOfRange(f'"{wide}" is out of range for type halfvec')
    return half


HALFVEC = HalfvecType(
    name="halfvec", oid=16402, array_oid=16403, extension="vector", storage=Storage.MATRIX,
    dtype=np.dtype("f2"), dimensions_max=VECTOR_DIMENSIONS_MAX, sizes_name="halfvec dimensions",
    arrow_format="+w", duck_name=DUCK_HALFVEC, duck_results=(DUCK_HALFVEC,), duck_stream="vql__halfvec",
    duck_compares=True,
    metrics=("l2", "inner_product", "cosine", "l1"), takes=("vector",),
    duck_crossing=Crossing(
        argument="FLOAT[]", result="FLOAT[]", into="({0}).halfs", out_of="vql__halfvec({0})",
        read=lambda value: np.asarray(value, np.float16), write=lambda value: value.tolist(),
    ),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (HALFVEC,)
