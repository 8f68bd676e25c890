"""Arrow to columns: what users hand over for bulk inserts, and what DuckDB answers.

Numbers, dates and vectors are taken from Arrow's buffers with numpy; strings are decoded in one
piece. Types without a fixed-width form in storage (interval, time, arrays ...) become columns of
Python objects, which results may hold.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import nanoarrow as na
import numpy as np
from numpy.typing import NDArray

from vql.calendar.interval import Interval, to_python
from vql.deadline import ITEMS_BETWEEN_CHECKS, check_deadline
from vql.errors import DataError, DatatypeMismatch, DuplicateColumn, NotSupportedError
from vql.executor.bridge.arrow_views import fixed_width, list_bounds, viewed_bytes
from vql.storage.columns.column import Column, from_strings
from vql.storage.columns.misfit import misfit
from vql.storage.columns.ragged_rows import DenseRows
from vql.types.forms.ndarrays import Bools
from vql.types.moments.moments import ARROW_UNITS_US, DATE, EPOCH_DATE, TIME, TIMESTAMP, TIMESTAMPTZ
from vql.types.numbers.integers import ARROW_NUMBERS
from vql.types.type import UUID, VECTOR, Type, type_of_arrow
from vql.types.vectors.vector import DenseType

ARROW_FLOATS = "efg"
# What pandas calls the index of a frame that has been filtered, sorted or grouped: no column of its user's.
INDEX_OF_PANDAS = re.compile(r"__index_level_\d+__")


def columns_in_pieces(
    array: Any, types: Sequence[Type], rows_max: int
) -> Iterator[tuple[int, tuple[Column, ...]]]:
    """Yield rows and columns of one array of a stream, up to so many at a time, the columns of these types.
    Raises DataError subclasses for values that do not fit."""
    children = [array.child(i) for i in range(len(types))]
    if 0 < array.length <= rows_max:
        yield array.length, tuple(map(column_from_array, children, types))
        return
    for start in range(0, array.length, rows_max):
        stop = min(start + rows_max, array.length)
        parts = [child[start:stop] for child in children]
        # Numbers of their own: who keeps the last piece does not keep the whole array.
        yield stop - start, tuple(column_from_array(p, t).copied() for p, t in zip(parts, types, strict=True))


def columns_by_name(source: Any, types: Mapping[str, Type]) -> dict[str, Column]:
    """Return a stream's columns by name, each of the type that `types` gives its name, else of the nearest to
    its Arrow type. Raises DataError subclasses for values that do not fit."""
    return {
        child.name: column_of_arrays(child.name, types.get(child.name) or vql_type(child), arrays)
        for child, arrays in opened_stream(source)
        if child.name in types or not INDEX_OF_PANDAS.fullmatch(child.name or "")
    }


def column_of_arrays(name: str, type_: Type, arrays: Sequence[Any], first: int = 0) -> Column:
    """Return the arrays of a column as one of `type_`. Raises DataError subclasses naming the row that does
    not fit, behind the `first` ones."""
    arrays = [array for array in arrays if array.length]
    try:
        return concatenated(type_, [column_from_array(array, type_, exact=True) for array in arrays])
    except Exception as error:  # noqa: BLE001 - named in what follows
        raise misfit(name, type_, _cells(arrays), error, first) from error


def opened_stream(source: Any) -> list[tuple[Any, list[Any]]]:
    """Return the columns of a frame, each its schema and its arrays. Raises 42804 for what is none, 42701
    where two columns have one name, 22004 for a row that is NULL."""
    try:
        stream = na.c_array_stream(source)
        schema, batches = stream.get_schema(), list(stream)
    except Exception as error:  # noqa: BLE001 - of the frame's library
        what = type(source).__name__
        if hasattr(source, "__arrow_c_stream__"):
            raise DataError(f"the {what} cannot be read as columns: {error}") from error
        raise DatatypeMismatch(
            f"a {what} cannot be inserted",
            hint="Give a dict of columns, a list of dicts, an Arrow table, or a frame of pandas or polars.",
        ) from error
    if schema.format != "+s":
        raise DatatypeMismatch(f"a {type(source).__name__} has no named columns")
    names = [child.name for child in schema.children]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DuplicateColumn(f'column "{twice}" specified more than once')
    if any(validity(batch) is not None for batch in batches):
        raise DataError("a row of a frame is not NULL as a whole", sqlstate="22004")
    return [(child, [_part_of(b, b.child(i)) for b in batches]) for i, child in enumerate(schema.children)]


def _part_of(batch: Any, child: Any) -> Any:
    """Return the rows of a child that its batch shows: a slice of a struct has its children whole."""
    is_whole = batch.offset == 0 and child.length == batch.length
    return child if is_whole else child[batch.offset : batch.offset + batch.length]


def _cells(arrays: Sequence[Any]) -> list[object]:
    """Return the Python values of arrays, none where they cannot be read as such."""
    try:
        return [cell for array in arrays for cell in python_values(array)]
    except Exception:  # noqa: BLE001 - the whole column's error is told
        return []


def concatenated(type_: Type, parts: Sequence[Column]) -> Column:
    """Return parts as one column of `type_`, also where there are none."""
    if not parts:
        return Column.empty(type_)
    if not type_.has_layout or any(part.holds_objects for part in parts):
        return Column.of_objects(type_, [cell for part in parts for cell in part.values()])
    return Column.concat(parts)


def vql_type(schema: Any) -> Type:
    """Return the SQL type nearest to an Arrow type."""
    if schema.dictionary is not None:
        return vql_type(schema.dictionary)
    form = schema.format
    if form.startswith("+w:") and schema.child(0).format in ARROW_FLOATS:
        return VECTOR.sized(int(form[3:]))
    if form == "w:16" and schema.metadata is not None:
        extension = dict(schema.metadata.items()).get(b"ARROW:extension:name")
        return UUID if extension == b"arrow.uuid" else type_of_arrow(form)
    if form in ("+l", "+L", "+vl", "+vL") or form.startswith("+w:"):
        inner = vql_type(schema.child(0))
        if inner.is_float:
            return VECTOR
        return inner if inner.is_array else inner.sized(None).array
    return type_of_arrow(form)


# ------------------------------------------------------------------ one array


def column_from_array(array: Any, type_: Type, exact: bool = False) -> Column:
    """Return one Arrow array as a column of `type_`; `exact` refuses values it would cut or round."""
    form = array.schema.format
    if array.schema.dictionary is not None:
        return _from_dictionary(array, type_, exact)
    if type_.is_dense and form[:2] in ("+w", "+l", "+L"):
        return _vectors(array, type_, validity(array))
    if type_.is_dense and form == "+s" and not exact:  # halfvec, as DuckDB has it
        lists = array.child(0)[array.offset : array.offset + array.length]
        return _vectors(lists, type_, validity(array))
    if type_.is_array and type_.is_string_stored and form in ("u", "U", "vu") and not exact:
        return from_strings(type_, strings(array))
    if type_.base.duck_says_more and not exact:
        read = type_.base.from_duck
        return Column.of_objects(type_, [None if c is None else read(c) for c in python_values(array)])
    if type_.is_vector and (form == "+s" or form in ("z", "Z", "vz") and not exact):
        read = type_.base.from_duck
        values = [None if cell is None else read(cell) for cell in python_values(array)]
        return Column.from_values(type_, values) if type_.has_layout else Column.of_objects(type_, values)
    if type_.is_string_stored and form in ("u", "U", "vu"):
        texts = type_.base.coerce_column(strings(array), type_.modifier)
        if exact or not type_.base.is_stored_as_is:
            return Column.from_values(type_, texts)
        return from_strings(type_, texts, is_sorted=False)  # type: ignore[arg-type]
    if form in ARROW_NUMBERS or form == "b" or form[:2] in ("td", "ts", "tt"):
        data, valid = attribute_numbers(array)
        kept = type_.base.stored_arrow(_zeroed(data, valid), form)
        if kept is not None:
            return Column(type_, kept, valid, None)
    coerce = type_.base.coerce_exactly if exact else type_.base.coerce_column
    cells = coerce(python_values(array), type_.modifier)
    return Column.from_values(type_, cells) if type_.has_layout else Column.of_objects(type_, cells)


def _zeroed(data: NDArray[np.generic], valid: Bools | None) -> NDArray[np.generic]:
    """Return `data` with 0 in NULL slots, as columns keep them."""
    if valid is None:
        return data
    copied = data.copy()
    copied[~valid] = 0
    return copied


def validity(array: Any) -> Bools | None:
    """Return which rows are not NULL; None where all are."""
    if array.null_count == 0 or array.length == 0:
        return None
    view = array.view()
    bits = np.frombuffer(view.buffer(0), np.uint8)
    if not len(bits):
        return None
    unpacked = np.unpackbits(bits, bitorder="little")[array.offset : array.offset + array.length]
    found = unpacked.astype(bool)
    return None if found.all() else found


def attribute_numbers(array: Any) -> tuple[NDArray[np.generic], Bools | None]:
    """Return the values of a fixed-width array and which are not NULL."""
    view = array.view()
    start, stop = array.offset, array.offset + array.length
    if array.schema.format == "b":
        bits = np.frombuffer(view.buffer(1), np.uint8)
        data: NDArray[np.generic] = np.unpackbits(bits, bitorder="little")[start:stop].astype(bool)
    else:
        kind = {"e": "f2", "tdD": "i4"}.get(array.schema.format) or view.buffer(1).format
        data = np.frombuffer(view.buffer(1), np.dtype(kind))[start:stop]
    return data, validity(array)


def strings(array: Any) -> list[str | None]:
    """Return the strings of a utf8 array, None for NULL."""
    if array.length == 0:
        return []
    if array.schema.format == "vu":
        texts: list[object] = [text.decode() for text in _zero_lengths(viewed_bytes(array), validity(array))]
        return _masked(texts, validity(array))  # type: ignore[return-value]
    view = array.view()
    wide = "i8" if array.schema.format in ("U", "Z") else "i4"
    stop = array.offset + array.length + 1
    offsets = np.frombuffer(view.buffer(1), wide)[array.offset : stop].tolist()
    raw = bytes(memoryview(view.buffer(2)).cast("B")[offsets[0] : offsets[-1]])
    first = offsets[0]
    found: list[str | None] = []
    # Where all is ASCII its text is cut, decoded once.
    text = raw.decode("ascii") if raw.isascii() else None
    for start in range(0, array.length, ITEMS_BETWEEN_CHECKS):
        check_deadline()
        ends = offsets[start : start + ITEMS_BETWEEN_CHECKS + 1]
        if first:
            ends = [end - first for end in ends]
        if text is not None:
            found += [text[a:b] for a, b in pairwise(ends)]
        else:
            found += [raw[a:b].decode() for a, b in pairwise(ends)]
    valid = validity(array)
    if valid is None:
        return found
    return [cell if ok else None for cell, ok in zip(found, valid.tolist(), strict=True)]


def _zero_lengths(cells: list[bytes], valid: Bools | None) -> list[bytes]:
    """Return byte strings without what NULL slots hold, which may be anything."""
    if valid is None:
        return cells
    return [cell if ok else b"" for cell, ok in zip(cells, valid.tolist(), strict=True)]


def _from_dictionary(array: Any, type_: Type, exact: bool) -> Column:
    """Decode the dictionary once, then spread it by code."""
    codes, valid = attribute_numbers(array)
    distinct = column_from_array(array.dictionary, type_, exact)
    if not len(distinct):
        return Column.from_values(type_, [None] * array.length)
    column = distinct.take(_zeroed(codes, valid).astype(np.int64))
    if valid is None:
        return column
    if column.ragged is not None or column.holds_objects:
        cells = _masked(column.values(), valid)
        return Column.from_values(type_, cells) if type_.has_layout else Column.of_objects(type_, cells)
    valid = valid if column.valid is None else valid & column.valid
    return replace(column, data=_zeroed(column.data, valid), valid=valid)


def _vectors(array: Any, type_: Type, valid: Bools | None) -> Column:
    """Return lists of floats as vectors, `valid` ones of them."""
    form = array.schema.format
    flat, inner_valid = attribute_numbers(array.child(0))
    if flat.dtype.kind not in "iuf":
        raise DatatypeMismatch("a vector column takes lists of numbers")
    if form.startswith("+w:"):
        width = int(form[3:])
        start = array.offset * width
        cells = slice(start, start + array.length * width)
        matrix = flat[cells].reshape(array.length, width)
        if inner_valid is not None:
            known = inner_valid[cells].reshape(array.length, width).all(1).reshape(-1)
            _require_known(known if valid is None else known | ~valid)
        if valid is not None:
            matrix = matrix.astype(np.float32)
            matrix[~valid] = 0
    else:
        wide = "i8" if form == "+L" else "i4"
        stop = array.offset + array.length + 1
        offsets = np.frombuffer(array.view().buffer(1), wide)[array.offset : stop].astype(np.int64)
        if inner_valid is not None:
            _require_known(inner_valid[offsets[0] : offsets[-1]])
        rows = _listed_rows(flat, offsets, valid, type_)
        if not type_.is_matrix:
            return Column.of_rows(type_, rows, valid)
        matrix = rows.matrix(type_.width)
    if array.length and matrix.shape[1] == 0 and (valid is None or valid.any()):
        raise DataError("vector must have at least 1 dimension")
    return Column.of_matrix(type_, _checked(type_, matrix), valid)


def _require_known(known: Bools) -> None:
    if not known.all():
        raise DataError("array must not contain nulls", sqlstate="22004")


def _listed_rows(
    flat: NDArray[np.generic], offsets: NDArray[np.int64], valid: Bools | None, type_: Type
) -> DenseRows:
    """Return lists as rows, checked, those that are NULL without elements."""
    lengths = np.diff(offsets)
    present = lengths if valid is None else lengths[valid]
    wrong = present[present != type_.modifier] if type_.is_matrix else present[:0]
    if len(wrong):
        raise DataError(f"expected {type_.modifier} dimensions, not {int(wrong[0])}")
    if not present.all():
        raise DataError(f"{type_.name} must have at least 1 dimension")
    if valid is None:
        rows = DenseRows(offsets - offsets[0], flat[offsets[0] : offsets[-1]])
    else:
        known = DenseRows(offsets, flat).picked(np.flatnonzero(valid))
        ends = np.cumsum(np.where(valid, lengths, 0))
        rows = DenseRows(np.concatenate([np.zeros(1, np.int64), ends]), known.values)
    return DenseRows(rows.offsets, _checked(type_.sized(None), rows.values.reshape(1, -1))[0])


def _checked(type_: Type, matrix: NDArray[Any]) -> NDArray[Any]:
    assert isinstance(type_.base, DenseType), "halfvec and vector are dense"
    return type_.base.checked(matrix, type_.modifier)


# ------------------------------------------------------------------ Python values


def python_values(array: Any) -> list[object]:
    """Return the rows of any Arrow array as Python values, None for NULL."""
    form = array.schema.format
    if array.schema.dictionary is not None:
        distinct = python_values(array.dictionary)
        codes, valid = attribute_numbers(array)
        return _masked([distinct[code] for code in _zeroed(codes, valid).tolist()], valid)
    if form == "n":
        return [None] * array.length
    if form in ("u", "U", "vu"):
        return list(strings(array))
    if form.startswith("d:"):
        return _decimals(array)
    if form in ARROW_NUMBERS or form == "b":
        data, valid = attribute_numbers(array)
        return _masked(data.tolist(), valid)
    if form == "tin":
        return _intervals(array)
    if form[:2] in ("td", "tt", "ts", "tD"):
        data, valid = attribute_numbers(array)
        convert = _clock(form)
        return _masked([convert(int(n)) for n in _zeroed(data, valid).tolist()], valid)
    if form in ("+l", "+L") or form.startswith("+w:"):
        return _lists(array)
    if form == "+s":
        return _records(array)
    if form in ("+vl", "+vL"):
        return _listed_views(array)
    if form == "vz":
        return _masked(list[object](viewed_bytes(array)), validity(array))
    if form.startswith("w:"):
        size = int(form[2:])
        raw = fixed_width(array, size)
        return _masked([raw[i * size : i * size + size] for i in range(array.length)], validity(array))
    if form in ("z", "Z"):
        return list(na.Array(array).to_pylist())
    what = {"+m": "map", "+r": "run-end encoded"}.get(form, "union" if form.startswith("+u") else form)
    raise NotSupportedError(f"values of the Arrow type {what} are not supported")


def _masked(cells: list[object], valid: Bools | None) -> list[object]:
    if valid is None:
        return cells
    return [cell if ok else None for cell, ok in zip(cells, valid.tolist(), strict=True)]


def _decimals(array: Any) -> list[object]:
    parts = array.schema.format[2:].split(",")
    scale, bits = int(parts[1]), int(parts[2]) if len(parts) > 2 else 128
    size = bits // 8
    raw = fixed_width(array, size)
    found: list[object] = []
    for row in range(array.length):
        whole = int.from_bytes(raw[row * size : row * size + size], "little", signed=True)
        found.append(Decimal((whole < 0, tuple(map(int, str(abs(whole)))), -scale)))
    return _masked(found, validity(array))


def _intervals(array: Any) -> list[object]:
    layout = np.dtype([("months", "i4"), ("days", "i4"), ("nanos", "i8")])
    stop = array.offset + array.length
    valid = validity(array)
    rows = _zeroed(np.frombuffer(array.view().buffer(1), layout)[array.offset : stop], valid).tolist()
    found: list[object] = [to_python(Interval(months, days, nanos // 1000)) for months, days, nanos in rows]
    return _masked(found, valid)


def _clock(form: str) -> Callable[[int], object]:
    """Return the maker of Python values for a date or time format."""
    if form == "tdD":
        return DATE.from_stored
    if form == "tdm":
        return lambda ms: EPOCH_DATE + datetime.timedelta(milliseconds=ms)

    def micros(number: int) -> int:
        return number // 1000 if form[2] == "n" else number * ARROW_UNITS_US[form[2]]

    if form.startswith("tt"):
        return lambda number: TIME.from_stored(micros(number))
    if form.startswith("tD"):
        return lambda number: datetime.timedelta(microseconds=micros(number))
    moments = TIMESTAMPTZ if form.partition(":")[2] else TIMESTAMP
    return lambda number: moments.from_stored(micros(number))


def _lists(array: Any) -> list[object]:
    form = array.schema.format
    items = python_values(array.child(0))
    if form.startswith("+w:"):
        width = int(form[3:])
        bounds = [width * i for i in range(array.offset, array.offset + array.length + 1)]
    elif array.length:
        wide = "i8" if form == "+L" else "i4"
        stop = array.offset + array.length + 1
        bounds = np.frombuffer(array.view().buffer(1), wide)[array.offset : stop].tolist()
    else:
        bounds = [0]
    found: list[object] = [items[a:b] for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
    return _masked(found, validity(array))


def _listed_views(array: Any) -> list[object]:
    items = python_values(array.child(0))
    starts, sizes = list_bounds(array, "i8" if array.schema.format == "+vL" else "i4")
    valid = validity(array)
    sizes = _zeroed(sizes, valid).astype(np.int64)
    bounds = zip(starts.tolist(), sizes.tolist(), strict=True)
    return _masked([items[start : start + size] for start, size in bounds], valid)


def _records(array: Any) -> list[object]:
    names = [child.name for child in array.schema.children]
    cells = [python_values(array.child(i)) for i in range(array.n_children)]
    stop = array.offset + array.length
    rows = [tuple(column[row] for column in cells) for row in range(array.offset, stop)]
    return _masked([dict(zip(names, row, strict=True)) for row in rows], validity(array))
