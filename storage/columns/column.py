"""Columns in memory: numpy arrays, NULLs as a validity array, strings as codes of a dictionary.

A column of a sealed segment is a view of the mapping; one of the delta a view of a growing array.
Nothing here copies what it is given, except `take`, `concat` and the makers.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.errors import DataError, DatatypeMismatch
from vql.storage.columns.sparse_rows import SparseRows
from vql.types import values
from vql.types.bit import bits_from, packed_rows, unpacked
from vql.types.sparsevec import SparseVector, sparse_from
from vql.types.type import I64, Bools, Type
from vql.types.vector import halves, vector_from

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


# Dictionaries up to this many strings are decoded whole at first use.
DECODED_AT_ONCE = 1_024


class Dictionary:
    """Distinct strings by code: a UTF-8 byte array and int64 offsets (Arrow's large_utf8 layout).

    `sorted` dictionaries are in code point order, which for UTF-8 is byte order, so that `find` is
    a binary search on the bytes and no string is decoded that nobody asks for.
    """

    __slots__ = ("_values", "data", "is_sorted", "offsets")

    def __init__(self, offsets: I64, data: NDArray[np.uint8], is_sorted: bool) -> None:
        self.offsets = offsets
        self.data = data
        self.is_sorted = is_sorted
        self._values: NDArray[np.object_] | None = None

    @staticmethod
    def of(texts: Sequence[str], is_sorted: bool) -> Dictionary:
        """Make a dictionary of distinct strings, already in order where `is_sorted`."""
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(e) for e in encoded], out=offsets[1:])
        made = Dictionary(offsets, np.frombuffer(b"".join(encoded), np.uint8), is_sorted)
        made._values = _objects(texts)
        return made

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, code: int) -> str:
        if self._values is not None:
            return str(self._values[code])
        return self._bytes(code).decode()

    def find(self, text: str) -> int:
        """Return the code of a string, or -1."""
        if not self.is_sorted:
            matches = np.flatnonzero(self.values() == text)
            return int(matches[0]) if len(matches) else -1
        code = self.lower_bound(text)
        return code if code < len(self) and self._bytes(code) == text.encode() else -1

    def lower_bound(self, text: str) -> int:
        """Return how many strings of a sorted dictionary come before one."""
        wanted = text.encode()
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._bytes(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def is_decoded(self, at_most: int) -> bool:
        """Whether all strings are at hand, or so few that decoding all is no matter."""
        return self._values is not None or len(self) <= at_most

    def values(self) -> NDArray[np.object_]:
        """Return every string, decoded once and kept."""
        if self._values is None:
            raw = self.data.tobytes()
            ends = self.offsets.tolist()
            self._values = _objects([raw[a:b].decode() for a, b in zip(ends[:-1], ends[1:], strict=True)])
        return self._values

    def _bytes(self, code: int) -> bytes:
        return self.data[self.offsets[code] : self.offsets[code + 1]].tobytes()


# Types whose stored numbers are their canonical values.
AS_STORED = frozenset({"boolean", "smallint", "integer", "bigint", "real", "double precision"})
# Types whose canonical values are the stored strings.
PLAIN_STRINGS = frozenset({"text", "varchar", "jsonb"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: data (n,) of type.dtype, (n, width) for vectors and bit strings, int32 codes for
    strings, int64 codes of the rows of `sparse` for sparsevec.

    `valid` (n,) is None where nothing is NULL; NULL slots hold zeros (code 0, also when the
    dictionary is empty; a row without elements in a sparsevec column).
    """

    type: Type
    data: NDArray[Any]
    valid: Bools | None
    dictionary: Dictionary | None
    sparse: SparseRows | None = None

    def __len__(self) -> int:
        return len(self.data)

    @property
    def sparse_rows(self) -> SparseRows:
        """The rows of a sparsevec column in their order."""
        assert self.sparse is not None, "sparse rows are a sparsevec column's"
        whole = len(self.data) == len(self.sparse) and np.array_equal(self.data, np.arange(len(self.data)))
        return self.sparse if whole else self.sparse.picked(self.data)

    @property
    def nbytes(self) -> int:
        """Bytes of the rows, the strings of a dictionary apart."""
        return self.data.nbytes + (0 if self.sparse is None else self.sparse.nbytes)

    def take(self, offsets: I64) -> Column:
        """Return the rows at `offsets`, in that order."""
        valid = None if self.valid is None else self.valid[offsets]
        return Column(self.type, self.data[offsets], valid, self.dictionary, self.sparse)

    def values(self, offsets: I64 | None = None) -> list[object]:
        """Return canonical Python values, None for NULL."""
        data = self.data if offsets is None else self.data[offsets]
        found: list[object]
        if self.type.name in AS_STORED:
            found = data.tolist()
        elif self.dictionary is not None:
            found = self._strings(data)
        elif self.type.is_vector:
            found = self._vectors(data)
        else:
            found = [values.from_stored(self.type, kept) for kept in data.tolist()]
        if self.valid is not None:
            valid = self.valid if offsets is None else self.valid[offsets]
            if not valid.all():
                return [v if ok else None for v, ok in zip(found, valid.tolist(), strict=True)]
        return found

    def reader(self) -> Callable[[I64], list[object]]:
        """Return what `values` does of offsets, with all that does not depend on them looked up once."""
        if self.valid is None:
            data = self.data
            if self.type.name in AS_STORED:
                return lambda offsets: data[offsets].tolist()
            dictionary = self.dictionary
            if (
                dictionary is not None
                and self.type.name in PLAIN_STRINGS
                and len(dictionary)
                and dictionary.is_decoded(DECODED_AT_ONCE)
            ):
                texts = dictionary.values()
                return lambda offsets: texts[data[offsets]].tolist()
        return self.values

    def _vectors(self, data: NDArray[Any]) -> list[object]:
        if self.sparse is not None:
            return [self.sparse.row(code) for code in data.tolist()]
        if self.type.name == "bit" and data.dtype == np.uint8:
            return list(unpacked(data, self.type.modifier))
        return list(data)

    def _strings(self, codes: NDArray[np.generic]) -> list[object]:
        assert self.dictionary is not None
        if not len(self.dictionary):
            return [None] * len(codes)
        if len(codes) <= 64 and not self.dictionary.is_decoded(DECODED_AT_ONCE):
            texts: list[object] = [self.dictionary[code] for code in codes.tolist()]
        else:
            texts = self.dictionary.values()[codes].tolist()
        if self.type.name in PLAIN_STRINGS:
            return texts
        return [values.from_stored(self.type, text) for text in texts]

    @staticmethod
    def from_values(type_: Type, cells: Sequence[object]) -> Column:
        """Make a column of canonical values, None for NULL."""
        known = np.fromiter((cell is not None for cell in cells), bool, len(cells))
        valid = None if known.all() else known
        if type_.is_vector:
            return _vector_column(type_, cells, valid)
        if type_.is_string_stored or type_.name not in _FIXED:
            texts = [None if cell is None else str(values.stored(type_, cell)) for cell in cells]
            return from_strings(type_, texts)
        kept = [0 if cell is None else values.stored(type_, cell) for cell in cells]
        return Column(type_, np.array(kept, type_.dtype), valid, None)

    @staticmethod
    def from_array(type_: Type, array: object) -> Column:
        """Make a column of a numpy array or list, whole: the bulk way in.

        Numbers are checked for range, vectors (n, dim) for NaN, infinity and width, datetime64 is
        taken as UTC. Lists go value by value. Raises DataError subclasses.
        """
        if type_.name == "sparsevec":
            return Column.from_values(type_, _sparse_cells(type_, array))
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biufUM":
            if isinstance(array, np.ndarray) and array.dtype == object and type_.name == "text":
                return from_strings(type_, array.tolist())
            cells = array.tolist() if isinstance(array, np.ndarray) else list(array)  # type: ignore[call-overload]
            if type_.name == "text" and all(c is None or type(c) is str for c in cells):
                return from_strings(type_, cells)
            if type_.is_dense and len(cells) and all(c is not None for c in cells):
                return Column.from_array(type_, _stack(cells))
            return Column.from_values(type_, [values.coerce(type_, cell) for cell in cells])
        if type_.is_dense:
            return Column(type_, checked_matrix(type_, array), None, None)
        if type_.name == "bit" and array.ndim == 2:
            return Column(type_, _bit_rows(type_, array), None, None)
        if type_.name == "text" and array.dtype.kind == "U":
            return from_strings(type_, array.tolist())
        if type_.name in ("timestamptz", "date") and array.dtype.kind == "M":
            return _from_datetimes(type_, array)
        if type_.is_number and type_.name != "numeric" or type_.name == "boolean":
            return _from_numbers(type_, array)
        return Column.from_values(type_, [values.coerce(type_, cell) for cell in array.tolist()])

    @staticmethod
    def concat(columns: Sequence[Column]) -> Column:
        """Return the rows of several columns of one type, in order."""
        if len(columns) == 1:
            return columns[0]
        first = columns[0]
        valid = None
        if any(column.valid is not None for column in columns):
            valid = np.concatenate([np.ones(len(c), bool) if c.valid is None else c.valid for c in columns])
        if first.sparse is not None:
            parts = [c.sparse.picked(c.data) for c in columns if c.sparse is not None]
            codes = np.arange(sum(map(len, columns)))
            return Column(first.type, codes, valid, None, SparseRows.joined(parts))
        if first.dictionary is None:
            return Column(first.type, np.concatenate([c.data for c in columns]), valid, None)
        if all(column.dictionary is first.dictionary for column in columns):
            codes = np.concatenate([c.data for c in columns])
            return Column(first.type, codes, valid, first.dictionary)
        texts: list[str | None] = []
        for column in columns:
            texts += column.texts()
        return from_strings(first.type, texts)

    def compact(self) -> Column:
        """Return the column with a sorted dictionary of just the strings it uses, or with just its own
        sparse rows in order, as it is stored."""
        if self.sparse is not None:
            rows = self.sparse.picked(self.data)
            return Column(self.type, np.arange(len(rows)), self.valid, None, rows)
        dictionary = self.dictionary
        if dictionary is None or dictionary.is_sorted and len(dictionary) <= len(self.data):
            return self
        used, codes = np.unique(self.data, return_inverse=True)
        if not len(dictionary):
            return Column(self.type, self.data, self.valid, Dictionary.of([], True))
        texts = [dictionary[code] for code in used.tolist()]
        order = sorted(range(len(texts)), key=lambda place: texts[place].encode())
        rank = np.empty(len(texts), np.int32)
        rank[order] = np.arange(len(texts))
        compacted = Dictionary.of([texts[place] for place in order], True)
        return Column(self.type, rank[codes].astype(np.int32), self.valid, compacted)

    def texts(self) -> list[str | None]:
        """Return the stored strings of a string column, None for NULL."""
        assert self.dictionary is not None
        if not len(self.dictionary):
            return [None] * len(self.data)
        found: list[str | None] = self.dictionary.values()[self.data].tolist()
        if self.valid is None:
            return found
        return [t if ok else None for t, ok in zip(found, self.valid.tolist(), strict=True)]


_FIXED = frozenset(
    {"boolean", "smallint", "integer", "bigint", "real", "double precision", "timestamptz", "date"}
)


def from_strings(type_: Type, texts: Sequence[str | None]) -> Column:
    """Factorise stored strings into codes over a sorted dictionary."""
    distinct = sorted({text for text in texts if text is not None}, key=str.encode)
    codes_of: dict[str | None, int] = {text: code for code, text in enumerate(distinct)}
    codes_of[None] = 0
    codes = np.fromiter(map(codes_of.__getitem__, texts), np.int32, len(texts))
    valid = None
    if None in texts:
        valid = np.fromiter((text is not None for text in texts), bool, len(texts))
    return Column(type_, codes, valid, Dictionary.of(distinct, True))


def checked_matrix(type_: Type, array: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return (n, dim) float32, or float16 of halfvec, refused where a value is NaN or infinite or the
    width is wrong."""
    if array.ndim != 2:
        raise DataError("vectors must be an array of shape (rows, dimensions)")
    if type_.modifier is not None and array.shape[1] != type_.modifier:
        raise DataError(f"expected {type_.modifier} dimensions, not {array.shape[1]}")
    if type_.name == "halfvec":
        matrix = np.ascontiguousarray(halves(array) if array.dtype != np.float16 else array)
    else:
        with np.errstate(over="ignore"):
            matrix = np.ascontiguousarray(array, np.float32)
    # Blocks bound the memory of the check; a sum is finite unless a value is not (or it overflows).
    for start in range(0, len(matrix), 65536):
        block = matrix[start : start + 65536]
        if not np.isfinite(np.einsum("ij->i", block)).all() and not np.isfinite(block).all():
            if np.isnan(block).any():
                raise DataError(f"NaN not allowed in {type_.name}")
            raise DataError(f"infinite value not allowed in {type_.name}")
    return matrix


def _objects(texts: Sequence[str]) -> NDArray[np.object_]:
    made = np.empty(len(texts), object)
    made[:] = texts
    return made


def _vector_column(type_: Type, cells: Sequence[object], valid: Bools | None) -> Column:
    """Make a column of canonical vectors of any of the types; without a modifier the first one's
    dimensions are everybody's."""
    if type_.name == "sparsevec":
        vectors = [cell if isinstance(cell, SparseVector) else None for cell in cells]
        dim = type_.modifier or next((v.dimensions() for v in vectors if v is not None), 0)
        return Column(type_, np.arange(len(cells)), valid, None, SparseRows.of(vectors, dim))
    if type_.name != "bit":
        return Column(type_, _matrix(type_, cells), valid, None)
    length = type_.modifier or next((int(c.size) for c in cells if isinstance(c, np.ndarray)), 0)
    bits = np.zeros((len(cells), length), np.bool_)
    for row, cell in enumerate(cells):
        if cell is not None:
            bits[row] = cell
    return Column(Type("bit", length), packed_rows(bits), valid, None)


def _matrix(type_: Type, cells: Sequence[object]) -> NDArray[Any]:
    width = type_.modifier or next((int(c.size) for c in cells if isinstance(c, np.ndarray)), 0)
    if cells and all(cell is not None for cell in cells):
        return np.stack([np.asarray(cell, type_.dtype) for cell in cells])
    matrix = np.zeros((len(cells), width), type_.dtype)
    for row, cell in enumerate(cells):
        if cell is not None:
            matrix[row] = np.asarray(cell, type_.dtype)
    return matrix


def _bit_rows(type_: Type, array: NDArray[Any]) -> NDArray[np.uint8]:
    """Return bit strings as rows of packed bytes: of 0 and 1 (n, bits), or of bytes (n, bytes)."""
    length = type_.modifier or array.shape[1]
    if array.dtype == np.uint8 and array.shape[1] != length:
        if array.shape[1] != -(-length // 8):
            bits_from(array[0] if len(array) else array.reshape(-1), length)
        return packed_rows(unpacked(array, length))
    if len(array):
        bits_from(array[0], length)
    if array.dtype.kind not in "bui" or ((array != 0) & (array != 1)).any():
        raise DataError("a bit is 0 or 1", sqlstate="22P02")
    return packed_rows(array.astype(bool))


def _sparse_cells(type_: Type, array: Any) -> list[SparseVector | None]:
    """Return the rows of a list of vectors, or of scipy's compressed rows."""
    rows = getattr(array, "tocsr", None)
    if rows is not None:
        array = [array[place] for place in range(array.shape[0])]
    return [None if cell is None else sparse_from(cell, type_.modifier) for cell in array]


def _stack(cells: Sequence[object]) -> NDArray[np.float32]:
    try:
        return np.array(cells, np.float32)
    except (TypeError, ValueError):
        return np.stack([vector_from(cell) for cell in cells])


def _from_datetimes(type_: Type, array: NDArray[np.generic]) -> Column:
    unit = "us" if type_.name == "timestamptz" else "D"
    valid = ~np.isnat(array)
    kept = array.astype(f"datetime64[{unit}]").astype(np.int64)
    kept[~valid] = 0
    return Column(type_, kept.astype(type_.dtype), None if valid.all() else valid, None)


def _from_numbers(type_: Type, array: NDArray[np.generic]) -> Column:
    if array.ndim != 1:
        raise DataError(f"a column of type {type_.name} must be a one-dimensional array")
    kind = type_.dtype.kind
    if kind == "b" and array.dtype.kind != "b" or kind == "i" and array.dtype.kind not in "iu":
        raise DatatypeMismatch(f"an array of {array.dtype} is not a column of type {type_.name}")
    if kind == "i" and len(array):
        bounds = np.iinfo(type_.dtype)
        if int(array.min()) < bounds.min or int(array.max()) > bounds.max:
            raise DataError(f"{type_.name} out of range", sqlstate="22003")
    return Column(type_, np.ascontiguousarray(array, type_.dtype), None, None)
