"""vector, as pgvector has it, and what its kin with dense values share.

| binary form of vector, halfvec | type | field |
|--:|---|---|
| 0 | i16 | dim |
| 2 | i16 | 0 |
| 4 | f32, f16 each | component |
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import DataError, DatatypeMismatch, InvalidText, LimitExceeded, NumericOutOfRange
from vql.limits import VECTOR_DIMENSIONS_MAX
from vql.types.base import BaseType, Storage, StoredArray, checked_dimensions, is_null
from vql.types.forms.binary import too_short, wrong_size
from vql.types.forms.crossing import Crossing
from vql.types.forms.ndarrays import F16, F32
from vql.types.numbers.floats import SINGLE_PLAIN_HIGH, SINGLE_PLAIN_LOW, float_text
from vql.types.numbers.integers import narrowed
from vql.types.vectors.texts import matrix_of_texts

FLOAT32 = np.dtype(np.float32)
# Rows a check reads at a time, which bounds its memory.
CHECK_ROWS = 65_536


class DenseType(BaseType):
    """Vectors of as many numbers as they have dimensions, which the modifier says."""

    def modifier_of(self, numbers: tuple[int, ...]) -> int | None:
        return checked_dimensions(self.name, numbers, self.dimensions_max)

    def typmod(self, modifier: int) -> int:
        return modifier

    def modifier_of_typmod(self, typmod: int) -> int | None:
        return typmod if typmod > 0 else None

    def to_text(self, value: object) -> str:
        return vector_text(value) if isinstance(value, np.ndarray) else str(value)

    def to_binary(self, value: object) -> bytes:
        array = np.asarray(value, self.dtype.newbyteorder(">"))
        return struct.pack(">hh", array.size, 0) + array.tobytes()

    def binaries_of(self, cells: Sequence[object]) -> list[bytes] | None:
        if set(map(type, cells)) != {np.ndarray} or len({cell.size for cell in cells}) != 1:  # type: ignore[attr-defined]
            return None
        matrix = np.array(cells, self.dtype.newbyteorder(">"))
        raw, size = matrix.tobytes(), matrix.itemsize * matrix.shape[1]
        head = struct.pack(">hh", matrix.shape[1], 0)
        return [head + raw[at : at + size] for at in range(0, len(raw), size)]

    def order_key(self, value: object) -> object:
        assert isinstance(value, np.ndarray), "a vector is an array"
        return tuple(value.tolist())

    def storage_of(self, modifier: int | None) -> Storage:
        return Storage.MATRIX if modifier is not None else Storage.RAGGED

    def width(self, modifier: int | None) -> int:
        return modifier or 0

    def matrix(self, cells: Sequence[object], modifier: int | None) -> tuple[int | None, NDArray[Any]]:
        if cells and not any(map(is_null, cells)):
            return modifier, np.stack([np.asarray(cell, self.dtype) for cell in cells])
        width = modifier or next((int(c.size) for c in cells if isinstance(c, np.ndarray)), 0)
        made = np.zeros((len(cells), width), self.dtype)
        for row, cell in enumerate(cells):
            if cell is not None:
                made[row] = np.asarray(cell, self.dtype)
        return modifier, made

    def from_matrix(self, data: NDArray[Any], modifier: int | None) -> list[object]:
        return list(data)

    def narrowed(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return numbers as the type's, C-contiguous. Raises 22023 for integers beyond its digits."""
        if array.dtype.kind in "iu":
            return np.ascontiguousarray(narrowed(array, self.dtype, self.name))
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(array, self.dtype)

    def checked(self, array: NDArray[Any], modifier: int | None) -> NDArray[Any]:
        """Return vectors (n, dim), refused where a value is NaN or infinite or the width is wrong."""
        if array.ndim != 2:
            raise DataError("vectors must be an array of shape (rows, dimensions)")
        if modifier is not None and array.shape[1] != modifier:
            raise DataError(f"expected {modifier} dimensions, not {array.shape[1]}")
        matrix = self.narrowed(array)
        # A sum is finite unless a value is not (or it overflows).
        for start in range(0, len(matrix), CHECK_ROWS):
            block = matrix[start : start + CHECK_ROWS]
            if not np.isfinite(np.einsum("ij->i", block)).all() and not np.isfinite(block).all():
                if np.isnan(block).any():
                    raise DataError(f"NaN not allowed in {self.name}")
                raise DataError(f"infinite value not allowed in {self.name}")
        return matrix

    def stored_array(self, given: object, modifier: int | None) -> StoredArray | None:
        if isinstance(given, np.ndarray) and given.dtype.kind in "mMc":
            raise DatatypeMismatch(f"an array of {given.dtype} is not a column of type {self.name}")
        if not isinstance(given, np.ndarray) or given.dtype.kind not in "biuf":
            cells = self.cells_of(given)
            if not cells or any(cell is None for cell in cells):
                return None
            given = float_rows(cells)
        return self.checked(given, modifier), None

    def to_numpy(self, data: NDArray[Any], modifier: int | None) -> NDArray[Any] | None:
        return data

    def read_numbers(self, data: bytes) -> NDArray[Any]:
        """Return the numbers of the binary form. Raises 22P03, 08P01."""
        if len(data) < 4:
            raise too_short()
        size, unused = struct.unpack_from(">hh", data)
        if unused:
            raise DataError(f"expected unused to be 0, not {unused}")
        if len(data) != 4 + self.dtype.itemsize * max(size, 0):
            raise wrong_size()
        return np.frombuffer(data, self.dtype.newbyteorder(">"), offset=4)


class VectorType(DenseType):
    """float32 vectors; inside DuckDB a list of FLOAT."""

    def from_text(self, text: str, modifier: int | None) -> F32:
        return vector_from(text, modifier)

    def coerce(self, value: object, modifier: int | None) -> F32:
        return vector_from(value, modifier)

    def converter(self, modifier: int | None) -> Callable[[object], object]:
        return lambda value: None if value is None else vector_from(value, modifier)

    def from_binary(self, data: bytes, modifier: int | None) -> F32:
        return vector_from(self.read_numbers(data), modifier)

    def of_texts(self, cells: Sequence[str | None], modifier: int | None) -> object | None:
        texts = [cell for cell in cells if cell is not None]
        if len(texts) < len(cells):
            return None
        found = matrix_of_texts(texts, modifier)
        return _matrix_of_texts(texts, modifier) if found is None else found

    def of_binaries(self, cells: Sequence[bytes], modifier: int | None) -> object | None:
        width = len(cells[0]) - 4
        if width <= 0 or width % 4 or set(map(len, cells)) != {width + 4}:
            return None
        table = np.frombuffer(b"".join(cells), np.uint8).reshape(len(cells), width + 4)
        heads = table[:, :4].copy().view(">i2")
        dim = width // 4
        if (heads[:, 0] != dim).any() or heads[:, 1].any() or modifier not in (None, dim):
            return None
        matrix = table[:, 4:].copy().view(">f4").astype(np.float32)
        return matrix if np.isfinite(matrix).all() else None

    def duck_type(self, modifier: int | None) -> str:
        return "FLOAT[]" if modifier is None else f"FLOAT[{modifier}]"


def float_rows(cells: Sequence[object]) -> NDArray[Any]:
    """Return what users hand over as rows of vectors as one array."""
    try:
        return np.array(cells, np.float32)
    except (TypeError, ValueError):
        return np.stack([vector_from(cell) for cell in cells])


def vector_from(value: object, dim: int | None = None) -> F32:
    """Return a C-contiguous float32 vector (dim,), checked as pgvector checks it.

    Raises 22000 for NaN, infinity, no or wrong dimensions; 54000 above 16,000; 22P02 for bad text.
    """
    if type(value) is np.ndarray and value.dtype == FLOAT32 and value.ndim == 1 and value.flags.c_contiguous:
        # The common case in one product: not finite where an element is not (or, rarely, where the
        # sum of squares overflows; the long way tells).
        fits = value.size == dim or (dim is None and 0 < value.size <= VECTOR_DIMENSIONS_MAX)
        if fits and math.isfinite(value.dot(value)):
            return value
    vector = parse_vector(value) if isinstance(value, str) else floats_from(value)
    check_vector(vector, "vector", dim)
    return vector


def check_vector(vector: F32 | F16, name: str, dim: int | None) -> None:
    if vector.size == 0:
        raise DataError(f"{name} must have at least 1 dimension")
    if vector.size > VECTOR_DIMENSIONS_MAX:
        raise LimitExceeded(f"{name} cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions")
    # One pass decides the common case: the float64 sum of finite float32 cannot overflow.
    if not math.isfinite(float(vector.sum(dtype=np.float64))):
        if np.isnan(vector).any():
            raise DataError(f"NaN not allowed in {name}")
        raise DataError(f"infinite value not allowed in {name}")
    if dim is not None and vector.size != dim:
        raise DataError(f"expected {dim} dimensions, not {vector.size}")


def floats_from(value: object) -> F32:
    """Return float32 numbers (n,) of a sequence or array. Raises 42804, 22000."""
    to_numpy = getattr(value, "to_numpy", None)
    raw = to_numpy() if to_numpy is not None else value
    try:
        with np.errstate(over="ignore"):
            vector: F32 = np.ascontiguousarray(raw, np.float32)
    except (TypeError, ValueError):
        raise DatatypeMismatch(
            f"a vector cannot be made of {type(value).__name__}",
            hint="give a list of numbers, a numpy array or pgvector's text form '[1,2,3]'",
        ) from None
    # ascontiguousarray makes a scalar one-dimensional; a number alone is no vector.
    if vector.ndim != 1 or np.ndim(raw) != 1:  # type: ignore[arg-type]
        raise DataError("array must be 1-D")
    return vector


def parse_vector(text: str, name: str = "vector") -> F32:
    """Parse pgvector's text form '[1, 2.5, -3]' of type `name`; values are not checked for NaN and
    infinity."""
    body = text.strip()
    if not body.startswith("["):
        raise bad_text(name, text, 'Vector contents must start with "[".')
    inside, bracket, rest = body[1:].partition("]")
    if not bracket:
        raise bad_text(name, text)
    if rest:
        raise bad_text(name, text, "Junk after closing right brace.")
    if not inside.strip():
        raise DataError(f"{name} must have at least 1 dimension")
    try:
        return floats_of(inside.split(","), name)
    except ValueError:
        raise bad_text(name, text) from None


def floats_of(words: list[str], name: str, refuses_underflow: bool = False) -> F32:
    """Parse numbers as float4. Raises ValueError, and 22003 for one too large, or too small where asked."""
    # float() takes 1_000 and digits of other scripts, C's strtof does not.
    if any("_" in word or not word.isascii() for word in words):
        raise ValueError
    wide = np.fromiter(map(float, words), np.float64, len(words))
    with np.errstate(over="ignore", under="ignore"):
        vector = wide.astype(np.float32)
    lost = np.isinf(vector)
    if refuses_underflow:
        lost |= (vector == 0) & (wide != 0)
    if lost.any():
        for word in (words[int(i)].strip() for i in np.flatnonzero(lost)):
            if "inf" not in word.lower():
                raise NumericOutOfRange(f'"{word}" is out of range for type {name}')
    return vector


# A place between commas with no number.
NO_NUMBER = re.compile(r"(?:\A|,)\s*(?:,|\Z)")


def bad_text(name: str, text: str, detail: str | None = None) -> InvalidText:
    """Return the error of a text that is no value of a type."""
    return InvalidText(f'invalid input syntax for type {name}: "{text}"', detail=detail)


def vector_text(vector: F32 | F16) -> str:
    """Write a vector as pgvector does: shortest float4, no spaces."""
    single = np.asarray(vector, np.float32)
    size = np.abs(single)
    # Whole numbers (pixels, counts) are ten times cheaper through int. -0 keeps its sign.
    whole = (size < SINGLE_PLAIN_HIGH).all() and (single == np.rint(single)).all()
    if whole and not (np.signbit(single) & (single == 0)).any():
        return str(single.astype(np.int32).tolist()).replace(" ", "")
    words = single.astype("U32").tolist()
    odd = ~(((size >= SINGLE_PLAIN_LOW) & (size < SINGLE_PLAIN_HIGH)) | (size == 0))
    for i in np.flatnonzero(odd):
        words[i] = float_text(float(single[i]), True)
    return "[" + (",".join(words) + ",").replace(".0,", ",")[:-1] + "]"


def _matrix_of_texts(cells: Sequence[str], modifier: int | None) -> F32 | None:
    """Read vectors of one width; the order and number of commas and brackets is checked by width,
    as every other character must be part of a number."""
    dim = modifier or cells[0].count(",") + 1
    texts = [cell.strip() for cell in cells]
    for text in texts:
        if text[:1] != "[" or text[-1:] != "]" or text.count(",") != dim - 1:
            return None
    joined = ",".join([text[1:-1] for text in texts])
    # Where there is nothing but a space numpy reads -1.
    if not joined.isascii() or ((" " in joined or not joined.isprintable()) and NO_NUMBER.search(joined)):
        return None
    found = np.fromstring(joined, np.float32, sep=",")
    # What is no number ends it, by an error or with what comes before.
    if len(found) != dim * len(texts) or not np.isfinite(found).all():
        return None
    return found.reshape(len(texts), dim)


VECTOR = VectorType(
    name="vector", oid=16400, array_oid=16401, extension="vector", storage=Storage.MATRIX,
    dtype=FLOAT32, dimensions_max=VECTOR_DIMENSIONS_MAX, sizes_name="vector dimensions", arrow_format="+w",
    duck_is_list=True, duck_compares=True,
    metrics=("l2", "inner_product", "cosine", "l1"),
    duck_crossing=Crossing(
        argument="FLOAT[]", result="FLOAT[]", into="CAST({0} AS FLOAT[])",
        read=lambda value: np.asarray(value, np.float32), write=lambda value: value.tolist(),
    ),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (VECTOR,)
