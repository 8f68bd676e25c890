"""Names of numpy's array types, as signatures use them, and what numpy itself is slow at."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

F16 = NDArray[np.float16]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Integer = TypeVar("Integer", bound=np.integer)


def sorted_distinct(values: NDArray[Integer]) -> NDArray[Integer]:
    """Return integers in order, each once. `numpy.unique` of numpy 2.3 and later hashes them first: 300,000
    that are in order take 580 ms there and 10 ms here."""
    found = np.sort(values, axis=None)
    if len(found) < 2:
        return found
    kept = np.ones(len(found), bool)
    np.not_equal(found[1:], found[:-1], out=kept[1:])
    return found[kept]
