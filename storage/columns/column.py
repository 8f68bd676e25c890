"""Columns in memory: numpy arrays, NULLs as a validity array, strings as codes of a dictionary.

A column of a sealed segment is a view of the mapping; one of the delta a view of a growing array.
Nothing here copies what it is given, except `take`, `concat` and the makers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import repeat
from operator import is_not
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vql.dataclass import dataclass
from vql.deadline import (
    ITEMS_BETWEEN_CHECKS,
    SORTED_BETWEEN_CHECKS,
    VALUES_BETWEEN_CHECKS,
    check_deadline,
    map_watched,
    runs_watched,
    sorted_watched,
    watched,
)
from vql.storage.columns.elements import Elements
from vql.storage.columns.ragged_rows import DenseRows, RaggedRows, SparseRows, joined_rows
from vql.types.arrays.dimensions import kept_elements
from vql.types.base import Storage, is_null
from vql.types.forms.ndarrays import I64, Bools, sorted_distinct
from vql.types.type import Type
from vql.types.vectors.sparsevec import SparseVector

# Dictionaries up to this many strings are decoded whole at first use.
DECODED_AT_ONCE = 1_024
# Of larger ones a smaller share than this is decoded anew each time rather than all for good.
DECODED_SHARE = 32


class Dictionary:
    """Distinct strings by code: a UTF-8 byte array and int64 offsets (Arrow's large_utf8 layout).

    `sorted` dictionaries are in code point order, which for UTF-8 is byte order, so that `find` is
    a binary search on the bytes and no string is decoded that nobody asks for.
    """

    __slots__ = ("_elements", "_values", "data", "is_sorted", "offsets")

    def __init__(self, offsets: I64, data: NDArray[np.uint8], is_sorted: bool) -> None:
        self.offsets = offsets
        self.data = data
        self.is_sorted = is_sorted
        self._values: NDArray[np.object_] | None = None
        self._elements: Elements | None = None

    @staticmethod
    def of(texts: Sequence[str], is_sorted: bool) -> Dictionary:
        """Make a dictionary of distinct strings, already in order where `is_sorted`; one that is not, as
        results have, is encoded when that is needed. Raises UnicodeEncodeError."""
        made = Dictionary.__new__(Dictionary)
        made.is_sorted = is_sorted
        made._values, made._elements = _objects(texts), None
        if is_sorted:
            made._encode(texts)
        return made

    def __getattr__(self, name: str) -> Any:
        """Return `offsets` or `data` where they have not been made."""
        if name not in ("offsets", "data"):
            raise AttributeError(name)
        self._encode(self.values().tolist())
        return getattr(self, name)

    def _encode(self, texts: Sequence[str]) -> None:
        encoded = list((map if len(texts) <= ITEMS_BETWEEN_CHECKS else map_watched)(str.encode, texts))
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(list(map(len, encoded)), out=offsets[1:])
        self.offsets, self.data = offsets, np.frombuffer(b"".join(encoded), np.uint8)

    def __len__(self) -> int:
        return len(self.offsets) - 1 if self._values is None else len(self._values)

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
            self._values = _objects(
                [raw[a:b].decode() for a, b in zip(watched(ends[:-1]), ends[1:], strict=True)]
            )
        return self._values

    def arrays_having(self, element: object) -> Bools:
        """Return which of the arrays that the strings are have an element, None for one that is NULL."""
        if self._elements is None and len(self) > DECODED_AT_ONCE:
            found = self._found_having(element)
            if found is not None:
                return found
        return self.elements().having(element)

    def _found_having(self, element: object) -> Bools | None:
        """Find the arrays that have an element by its bytes; None where so many may that all are better read
        once."""
        raw, part = self.data.tobytes(), json.dumps(element, ensure_ascii=False).encode()
        at, places = raw.find(part), list[int]()
        while at >= 0 and len(places) * DECODED_SHARE < len(self):
            places.append(at)
            at = raw.find(part, at + 1)
        if at >= 0:
            return None
        found = np.zeros(len(self), bool)
        codes = sorted_distinct(np.searchsorted(self.offsets, places, side="right") - 1).tolist()
        # The bytes may be those of others.
        arrays = json.loads(b"[" + b",".join(map(self._bytes, codes)) + b"]")
        found[codes] = [element in kept_elements(array) for array in arrays]
        return found

    def elements(self) -> Elements:
        """Return the elements of the arrays that the strings are, read once and kept."""
        if self._elements is None:
            self._elements = Elements(self.values().tolist())
        return self._elements

    def _bytes(self, code: int) -> bytes:
        return self.data[self.offsets[code] : self.offsets[code + 1]].tobytes()


@dataclass(frozen=True, slots=True)
class Column:
    """One column, laid out as the storage of its base type says: data (n,) of type.dtype, (n, width) for
    a matrix, int32 codes for strings, int64 codes of the rows of `ragged` for sparse vectors and for dense
    ones without dimensions, Python objects for types of results.

    `valid` (n,) is None where nothing is NULL; NULL slots hold zeros (code 0, also when the
    dictionary is empty; a row without elements among ragged ones).
    """

    type: Type
    data: NDArray[Any]
    valid: Bools | None
    dictionary: Dictionary | None
    ragged: RaggedRows | None = None

    def __len__(self) -> int:
        return len(self.data)

    @property
    def ragged_rows(self) -> RaggedRows:
        """The ragged rows of the column in their order."""
        assert self.ragged is not None, "the rows of a matrix are its data"
        whole = len(self.data) == len(self.ragged) and np.array_equal(self.data, np.arange(len(self.data)))
        return self.ragged if whole else self.ragged.picked(self.data)

    @property
    def sparse_rows(self) -> SparseRows:
        """The rows of a sparsevec column in their order."""
        rows = self.ragged_rows
        assert isinstance(rows, SparseRows), "sparse rows are a sparsevec column's"
        return rows

    def of_size(self, size: int) -> Column:
        """Return vectors of any number of dimensions as a column of those that have so many; the others are
        NULL in it."""
        rows, type_ = self.ragged_rows, self.type.sized(size)
        valid = rows.dimensions == size
        known = None if valid.all() else valid
        if isinstance(rows, DenseRows):
            return Column(type_, rows.matrix(size), known, None)
        return Column.of_rows(type_, rows, known)

    def of_one_size(self) -> Column:
        """Return vectors of any number of dimensions that all have as many as a matrix; any other column as
        it is."""
        if self.ragged is None or self.type.is_sized or not self.type.is_dense:
            return self
        sizes = self.ragged_rows.dimensions
        is_one = len(sizes) and sizes[0] and (sizes == sizes[0]).all()
        return self.of_size(int(sizes[0])) if is_one else self

    @property
    def nbytes(self) -> int:
        """Bytes of the rows, the strings of a dictionary apart."""
        return self.data.nbytes + (0 if self.ragged is None else self.ragged.nbytes)

    def take(self, offsets: I64) -> Column:
        """Return the rows at `offsets`, in that order."""
        valid = None if self.valid is None else self.valid[offsets]
        return Column(self.type, self.data[offsets], valid, self.dictionary, self.ragged)

    def copied(self) -> Column:
        """Return the column with numbers of its own: nobody else can change them."""
        return replace(self, data=self.data.copy())

    def retyped(self, type_: Type) -> Column:
        """Return the column as of its type that has got other labels or fields, or other names of them."""
        return Column(type_, self.data, self.valid, self.dictionary, self.ragged)

    def part(self, start: int, stop: int) -> Column:
        """Return a run of rows, without copying them."""
        valid = None if self.valid is None else self.valid[start:stop]
        return Column(self.type, self.data[start:stop], valid, self.dictionary, self.ragged)

    def values(self, offsets: I64 | None = None) -> list[object]:
        """Return canonical Python values, None for NULL."""
        data = self.data if offsets is None else self.data[offsets]
        found: list[object]
        if self.dictionary is not None:
            found = self._strings(data)
        elif self.ragged is not None:
            found = [self.ragged.row(code) for code in data.tolist()]
        elif data.ndim == 2:
            found = self.type.base.from_matrix(data, self.type.modifier)
        else:
            found = data.tolist()
            if not self.type.base.is_stored_as_is and data.dtype != object:
                found = list(map(self.type.base.from_stored, found))
        if self.valid is not None:
            valid = self.valid if offsets is None else self.valid[offsets]
            if not valid.all():
                return [v if ok else None for v, ok in zip(found, valid.tolist(), strict=True)]
        return found

    def reader(self) -> Callable[[I64], list[object]]:
        """Return what `values` does of offsets, with all that does not depend on them looked up once."""
        if self.valid is None:
            data = self.data
            dictionary = self.dictionary
            if dictionary is None and self.type.base.is_stored_as_is:
                return lambda offsets: data[offsets].tolist()
            if (
                dictionary is not None
                and self.type.base.is_stored_as_is
                and len(dictionary)
                and dictionary.is_decoded(DECODED_AT_ONCE)
            ):
                texts = dictionary.values()
                return lambda offsets: texts[data[offsets]].tolist()
        return self.values

    def _strings(self, codes: NDArray[np.generic]) -> list[object]:
        assert self.dictionary is not None
        if not len(self.dictionary):
            return [None] * len(codes)
        few = max(64, len(self.dictionary) // DECODED_SHARE)
        if len(codes) <= few and not self.dictionary.is_decoded(DECODED_AT_ONCE):
            texts: list[object] = [self.dictionary[code] for code in codes.tolist()]
        else:
            texts = self.dictionary.values()[codes].tolist()
        return (
            texts if self.type.base.is_stored_as_is else list(map_watched(self.type.base.from_stored, texts))
        )

    @staticmethod
    def from_values(type_: Type, cells: Sequence[object]) -> Column:
        """Make a column of canonical values, None for NULL."""
        base = type_.base
        if base.storage is Storage.DICTIONARY:
            if not base.is_stored_as_is:
                cells = [
                    None if cell is None else base.stored(cell)
                    for run in runs_watched(cells, VALUES_BETWEEN_CHECKS)
                    for cell in run
                ]
            return from_strings(type_, cells)  # type: ignore[arg-type]
        valid = None
        if any(map(is_null, cells)):
            valid = np.fromiter((cell is not None for cell in cells), bool, len(cells))
        match type_.storage:
            case Storage.NUMBERS:
                return Column(type_, _numbers(type_, cells, valid), valid, None)
            case Storage.MATRIX:
                modifier, matrix = base.matrix(cells, type_.modifier)
                known = type_ if modifier == type_.modifier else type_.sized(modifier)
                return Column(known, matrix, valid, None)
            case Storage.SPARSE:
                vectors = [cell if isinstance(cell, SparseVector) else None for cell in cells]
                return Column.of_rows(type_, SparseRows.of(vectors, type_.modifier), valid)
            case Storage.RAGGED:
                return Column.of_rows(type_, DenseRows.of(cells, type_.dtype), valid)
        return Column(type_, _objects(cells), valid, None)

    @staticmethod
    def of_rows(type_: Type, rows: RaggedRows, valid: Bools | None) -> Column:
        """Make a column of ragged rows, in their order."""
        return Column(type_, np.arange(len(rows)), valid, None, rows)

    @staticmethod
    def of_matrix(type_: Type, matrix: NDArray[Any], valid: Bools | None) -> Column:
        """Make a column of the rows of a matrix, laid out as the type is."""
        if type_.storage is Storage.RAGGED:
            return Column.of_rows(type_, DenseRows.of_matrix(matrix, valid), valid)
        return Column(type_, matrix, valid, None)

    @staticmethod
    def empty(type_: Type) -> Column:
        """Make a column of no rows; its objects where the type does not say how it is laid out."""
        return Column.from_values(type_, []) if type_.has_layout else Column.of_objects(type_, [])

    @staticmethod
    def of_objects(type_: Type, cells: Sequence[object]) -> Column:
        """Make a column of Python objects, None for NULL: of types that are not stored, or not known
        well enough to be laid out."""
        return Column(type_, _objects(cells), None, None)

    @property
    def holds_objects(self) -> bool:
        """Whether values are Python objects, not laid out as a table's column is."""
        return self.data.dtype == object

    @staticmethod
    def from_array(type_: Type, array: object) -> Column:
        """Make a column of a numpy array or list, whole: the bulk way in.

        Numbers are checked for range, vectors (n, dim) for NaN, infinity and width, datetime64 is
        taken as UTC. Lists go value by value. Raises DataError subclasses, 22023 for a value that would be
        cut or rounded; floats of another width are rounded to the nearest. What comes back may share
        memory with what was given.
        """
        kept = type_.base.stored_array(array, type_.modifier)
        if kept is not None:
            data, valid = kept
            return (
                Column.of_matrix(type_, data, valid) if data.ndim == 2 else Column(type_, data, valid, None)
            )
        cells = type_.base.cells_of(array)
        return Column.from_values(type_, type_.base.coerce_exactly(cells, type_.modifier))

    @staticmethod
    def concat(columns: Sequence[Column]) -> Column:
        """Return the rows of several columns of one type, in order."""
        if len(columns) == 1:
            return columns[0]
        first = columns[0]
        valid = None
        if any(column.valid is not None for column in columns):
            valid = np.concatenate([np.ones(len(c), bool) if c.valid is None else c.valid for c in columns])
        if first.ragged is not None:
            return Column.of_rows(
                first.type, joined_rows(first.type, [c.ragged_rows for c in columns]), valid
            )
        if first.dictionary is None:
            return Column(first.type, np.concatenate(_of_one_width(columns)), valid, None)
        if all(column.dictionary is first.dictionary for column in columns):
            codes = np.concatenate([c.data for c in columns])
            return Column(first.type, codes, valid, first.dictionary)
        texts: list[str | None] = []
        for column in columns:
            check_deadline()
            texts += column.texts()
        is_sorted = any(column.dictionary.is_sorted for column in columns if column.dictionary is not None)
        return from_strings(first.type, texts, is_sorted=is_sorted)

    def compact(self) -> Column:
        """Return the column with a sorted dictionary of just the strings it uses, or with just its own
        ragged rows in order, as it is stored."""
        if self.ragged is not None:
            return Column.of_rows(self.type, self.ragged.picked(self.data), self.valid)
        dictionary = self.dictionary
        if dictionary is None or dictionary.is_sorted and len(dictionary) <= len(self.data):
            return self
        used, codes = np.unique(self.data, return_inverse=True)
        if not len(dictionary):
            return Column(self.type, self.data, self.valid, Dictionary.of([], True))
        texts = [dictionary[code] for code in watched(used.tolist())]
        ordered = sorted_watched(texts)
        codes_of = dict(zip(ordered, range(len(ordered)), strict=True))
        ranks = np.fromiter(map_watched(codes_of.__getitem__, texts), np.int32, len(texts))
        return Column(self.type, ranks[codes], self.valid, Dictionary.of(ordered, True))

    def texts(self) -> list[str | None]:
        """Return the stored strings of a string column, None for NULL."""
        assert self.dictionary is not None
        if not len(self.dictionary):
            return [None] * len(self.data)
        found: list[str | None] = self.dictionary.values()[self.data].tolist()
        if self.valid is None:
            return found
        return [t if ok else None for t, ok in zip(found, self.valid.tolist(), strict=True)]


def from_strings(type_: Type, texts: Sequence[str | None], *, is_sorted: bool = True) -> Column:
    """Factorise stored strings into codes over a dictionary."""
    known: dict[str | None, None] = {}
    if len(texts) <= SORTED_BETWEEN_CHECKS:
        known = dict.fromkeys(texts)
    else:
        for run in runs_watched(texts, SORTED_BETWEEN_CHECKS):
            known.update(dict.fromkeys(run))
    valid = None
    if None in known:
        del known[None]
        valid = np.fromiter(map(is_not, texts, repeat(None)), bool, len(texts))
    ordered = cast("list[str]", list(known))
    if is_sorted:
        in_order = sorted if len(known) <= ITEMS_BETWEEN_CHECKS else sorted_watched
        ordered = in_order(ordered)  # by code points: the order of UTF-8, too
    elif len(known) == (len(texts) if valid is None else np.count_nonzero(valid)):
        places = np.arange(len(texts)) if valid is None else np.where(valid, np.cumsum(valid) - 1, 0)
        return Column(type_, places.astype(np.int32), valid, Dictionary.of(ordered, False))
    codes_of: dict[str | None, int] = dict(zip(ordered, range(len(ordered)), strict=True))
    codes_of[None] = 0
    each = map if len(texts) <= ITEMS_BETWEEN_CHECKS else map_watched
    codes = np.fromiter(each(codes_of.__getitem__, texts), np.int32, len(texts))
    return Column(type_, codes, valid, Dictionary.of(ordered, is_sorted))


def _numbers(type_: Type, cells: Sequence[object], valid: Bools | None) -> NDArray[Any]:
    """Return the stored numbers of canonical values, 0 for None."""
    if not type_.base.is_stored_as_is:
        stored = type_.base.stored
        cells = [0 if cell is None else stored(cell) for cell in cells]
    elif valid is not None:
        cells = [0 if cell is None else cell for cell in cells]
    return np.array(cells, type_.dtype)


def _objects(cells: Sequence[object]) -> NDArray[np.object_]:
    return np.fromiter(cells, np.dtype(object), len(cells))


def _of_one_width(columns: Sequence[Column]) -> list[NDArray[Any]]:
    """Return what columns hold; where all is NULL, vectors as wide as the others'."""
    width = max((c.data.shape[1:] for c in columns), default=())
    return [
        c.data if c.data.shape[1:] == width else np.zeros((len(c), *width), c.data.dtype) for c in columns
    ]
