"""What users hand over as a table, as columns of the SQL types that its values have.

| given | column |
|---|---|
| array (n, dim) of numbers, lists of floats of one length | vector(dim), halfvec(dim) of float16 |
| array (n, bits) of booleans | bit(bits) |
| integers of 8 and 16, 32, 64 bits; Python's as of 64 | smallint, integer, bigint; numeric beyond |
| unsigned integers | the next wider type |
| floats of 16 and 32, 64 bits | real, double precision |
| lists of anything else | an array |
| dicts, structs | jsonb |
| nothing but NULL | text |

Where the table is there already its columns have types; see `vql.executor.bridge.arrow_input`.
"""

from __future__ import annotations

import datetime
import decimal
import functools
import itertools
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import nanoarrow as na
import numpy as np

from vql.calendar.interval import Interval
from vql.errors import DataError, DatatypeMismatch, LimitExceeded, NotSupportedError
from vql.executor.bridge.arrow_input import (
    INDEX_OF_PANDAS,
    column_of_arrays,
    columns_by_name,
    opened_stream,
    vql_type,
)
from vql.storage.columns.column import Column
from vql.storage.columns.misfit import misfit
from vql.types.type import (
    BIGINT,
    BIT,
    BOOLEAN,
    DATE,
    DOUBLE,
    HALFVEC,
    INTEGER,
    JSONB,
    NUMERIC,
    REAL,
    SMALLINT,
    SPARSEVEC,
    TEXT,
    TIMESTAMPTZ,
    UNKNOWN,
    UUID,
    VECTOR,
    Type,
)
from vql.types.vectors.sparsevec import SparseVector

BYTEA, TIMESTAMP = Type("bytea"), Type("timestamp")
# By numpy's kind and bytes; unsigned integers become the next wider type.
NUMBERS = {
    "b1": BOOLEAN, "i1": SMALLINT, "i2": SMALLINT, "i4": INTEGER, "i8": BIGINT, "u1": SMALLINT,
    "u2": INTEGER, "u4": BIGINT, "u8": NUMERIC, "f2": REAL, "f4": REAL, "f8": DOUBLE,
}  # fmt: skip
KINDS = {"U": TEXT, "T": TEXT, "S": BYTEA, "M": TIMESTAMP, "m": Type("interval")}
VALUES: dict[type, Type] = {
    bool: BOOLEAN, int: BIGINT, float: DOUBLE, decimal.Decimal: NUMERIC, str: TEXT, bytes: BYTEA,
    bytearray: BYTEA, memoryview: BYTEA, datetime.date: DATE, datetime.datetime: TIMESTAMP,
    datetime.time: Type("time"), datetime.timedelta: Type("interval"), Interval: Type("interval"),
    uuid.UUID: UUID, dict: JSONB, SparseVector: SPARSEVEC,
}  # fmt: skip
# Those of which every value has the type.
FIXED = VALUES.keys() - {int, datetime.datetime, SparseVector}
# Values of two types in one column, and the type that has both.
JOINED = {
    frozenset({BIGINT, DOUBLE}): DOUBLE, frozenset({BIGINT, NUMERIC}): NUMERIC,
    frozenset({DOUBLE, NUMERIC}): DOUBLE, frozenset({DATE, TIMESTAMP}): TIMESTAMP,
}  # fmt: skip
# Numbers beyond are no bigint.
BIGINT_BITS = 63
ARRAY_HINT = "Lists of floats are vectors, of one length. For double precision[], make the table first."


def by_column(data: object) -> Mapping[str, object] | None:
    """Return what is given as columns by name, a row of dicts among them; None for a frame. Raises 42804."""
    if isinstance(data, Mapping):
        found: Mapping[str, object] = data
    elif isinstance(data, Sequence) and data and all(isinstance(row, Mapping) for row in data):
        names = dict.fromkeys(itertools.chain.from_iterable(data))
        found = {name: [row.get(name) for row in data] for name in names}
    else:
        return None
    for name in found:
        if not isinstance(name, str):
            raise DatatypeMismatch(f"the name of a column is a string, not a {type(name).__name__}")
    return {name: _unmasked(name, values) for name, values in found.items()}


def _unmasked(name: str, values: object) -> object:
    """Return what is given with None where a mask hides a value. Raises 0A000 for a mask of vectors."""
    if not isinstance(values, np.ma.MaskedArray):
        return values
    if values.ndim != 1:
        raise NotSupportedError(f'column "{name}" is a masked array of {values.ndim} dimensions')
    cells = values.data.astype(object)
    cells[np.ma.getmaskarray(values)] = None
    return cells


def columns_for(data: object, types: Mapping[str, Type]) -> Mapping[str, object]:
    """Return what is given as columns for a table that has `types`. Raises DataError subclasses naming column
    and row, 42804 for what is no table."""
    named = by_column(data)
    if named is None:
        return columns_by_name(data, types)
    found = dict(named)
    for name, values in named.items():
        if name in types and (stream := _stream_of(values)) is not None:
            found[name] = column_of_arrays(name, types[name], list(stream))
    return found


def typed_columns(data: object) -> dict[str, Column]:
    """Return the columns of what is given, each of the type of its values. Raises DataError subclasses naming
    column and row, 42804 for what is no table."""
    named = by_column(data)
    if named is not None:
        columns = {name: _typed(name, values) for name, values in named.items()}
    else:
        columns = {
            child.name: _of_arrays(child.name, child, arrays)
            for child, arrays in opened_stream(data)
            if not INDEX_OF_PANDAS.fullmatch(child.name or "")
        }
    if not columns:
        raise DatatypeMismatch("there are no columns to make a table of")
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f'"{name}" has {rows}' for name, rows in lengths.items())
        raise DataError(f"columns have one length: {shown}", sqlstate="22023")
    return columns


def _typed(name: str, values: Any) -> Column:
    """Return one column of a dict. Raises DataError subclasses naming column and row."""
    stream = _stream_of(values)
    if stream is not None:
        return _of_arrays(name, stream.get_schema(), list(stream))
    if not isinstance(values, list | tuple):
        array = np.asarray(values)
        if array.ndim == 0:
            kind = type(values).__name__
            raise DatatypeMismatch(f'column "{name}" is a {kind}, not a list or an array of values')
        values = array.tolist() if array.dtype == object else array
    type_ = _type_of_array(values) if isinstance(values, np.ndarray) else _type_of_values(name, values)
    if type_ == UNKNOWN:
        raise DatatypeMismatch(f'column "{name}": an array of {values.dtype} is no column of an SQL type')
    try:
        return Column.from_array(type_, values)
    except Exception as error:  # noqa: BLE001 - named in what follows
        raise misfit(name, type_, values, error) from error


def _stream_of(values: object) -> Any | None:
    """Return an array or a series of another library as an Arrow stream, None for what is none."""
    if not hasattr(values, "__arrow_c_stream__") and not hasattr(values, "__arrow_c_array__"):
        return None
    try:
        return na.c_array_stream(values)
    except ImportError:  # pandas without pyarrow
        return None


def _of_arrays(name: str, schema: Any, arrays: Sequence[Any]) -> Column:
    """Return one column of an Arrow stream."""
    type_ = _type_of_arrow(schema)
    column = column_of_arrays(name, type_, arrays)
    if not type_.is_dense or type_.modifier is not None or not len(column):
        return column
    present = np.arange(len(column)) if column.valid is None else np.flatnonzero(column.valid)
    sizes = column.ragged_rows.dimensions[present]
    if not len(sizes):
        return column
    wrong = np.flatnonzero(sizes != sizes[0])
    if len(wrong):
        where = f'column "{name}", row {present[wrong[0]] + 1}'
        text = f"{where}: expected {sizes[0]} dimensions, not {sizes[wrong[0]]}"
        raise DataError(text, hint=ARRAY_HINT)
    return column.of_size(int(sizes[0]))


# ------------------------------------------------------------------ types


def _type_of_arrow(schema: Any) -> Type:
    """Return the type of an Arrow column."""
    if schema.dictionary is not None:
        return _type_of_arrow(schema.dictionary)
    form = schema.format
    if form[:2] in ("+w", "+l", "+L", "+v"):
        inner = schema.child(0)
        if inner.format == "e":
            return HALFVEC.sized(int(form[3:]) if form[:2] == "+w" else None)
        if _type_of_arrow(inner) == JSONB:
            return JSONB
    return JSONB if form == "+s" else vql_type(schema)


def _type_of_array(array: np.ndarray) -> Type:
    """Return the type of the rows of an array: (n,) of numbers or texts, (n, dim) of numbers."""
    dtype = array.dtype
    element = NUMBERS.get(f"{dtype.kind}{dtype.itemsize}") or KINDS.get(dtype.kind, UNKNOWN)
    if dtype == "M8[D]":
        element = DATE
    if array.ndim == 1 or element == UNKNOWN:
        return element
    if array.ndim == 2 and element == BOOLEAN:
        return BIT.sized(array.shape[1])
    if array.ndim == 2 and dtype.kind in "iuf":
        return (HALFVEC if dtype == np.float16 else VECTOR).sized(array.shape[1])
    return element.array


def _type_of_values(name: str, values: Sequence[object]) -> Type:
    """Return the type that all values of a list have, None apart. Raises 42804 naming the first row that has
    another."""
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) == 1 and kinds <= FIXED:
        return VALUES[kinds.pop()]
    found: Type | None = None
    for row, value in enumerate(values, 1):
        try:
            type_ = _type_of_value(value)
        except RecursionError:
            raise LimitExceeded(f'column "{name}", row {row}: lists are nested too deep') from None
        if type_ is None or type_ == found:
            continue
        joined = type_ if found is None else _joined(found, type_)
        if joined is None or joined == UNKNOWN:
            where = f'column "{name}", row {row}'
            if type_ == UNKNOWN:
                raise DatatypeMismatch(f"{where}: a {type(value).__name__} is no value of an SQL type")
            assert found is not None, "the first is of its own type"
            if found.is_dense and type_.is_dense:
                text = f"{where}: expected {found.modifier} dimensions, not {type_.modifier}"
                raise DataError(text, hint=ARRAY_HINT)
            raise DatatypeMismatch(f"{where}: a value of type {type_} behind some of type {found}")
        found = joined
    return found or TEXT


def _joined(one: Type, other: Type) -> Type | None:
    """Return the type that has the values of two, None where there is none; lists of integers may be
    vectors."""
    if one == other:
        return one
    pair = (one, other)
    if BIGINT.array in pair and any(type_.is_dense for type_ in pair):
        return other if one == BIGINT.array else one
    if one.is_array and other.is_array:
        inner = _joined(one.element, other.element)
        return None if inner is None else inner.array
    return JOINED.get(frozenset(pair))


def _type_of_value(value: Any) -> Type | None:
    """Return the type of one value, None of NULL and of an empty list, `unknown` of what has none."""
    match value:
        case None:
            return None
        case int() if value.bit_length() > BIGINT_BITS:
            return NUMERIC
        case datetime.datetime() if value.tzinfo is not None:
            return TIMESTAMPTZ
        case SparseVector():
            return SPARSEVEC.sized(value.dimensions())
        case list() | tuple():
            return _type_of_list(value)
        case np.generic():
            return _type_of_array(np.asarray([value]))
    known = next((VALUES[kind] for kind in type(value).__mro__ if kind in VALUES), UNKNOWN)
    if known == UNKNOWN and (hasattr(value, "to_numpy") or hasattr(value, "__array__")):
        # pgvector's classes, tensors
        array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
        return _type_of_array(array[np.newaxis]) if array.dtype.kind == "f" else _type_of_list(array.tolist())
    return known


def _type_of_list(items: Sequence[object]) -> Type | None:
    """Return the type of a list: a vector of floats, else an array."""
    kinds = set(map(type, items))
    if kinds and kinds <= {int, float}:
        return BIGINT.array if kinds == {int} else VECTOR.sized(len(items))
    types = [_type_of_value(item) for item in items]
    known = [type_ for type_ in types if type_ is not None]
    if not known:
        return None
    inner = functools.reduce(lambda one, other: _joined(one, other) or JSONB, known)
    if inner in (REAL, DOUBLE) and len(known) == len(items):
        return VECTOR.sized(len(items))
    if inner in (JSONB, UNKNOWN):
        return inner
    return inner if inner.is_array else inner.sized(None).array
