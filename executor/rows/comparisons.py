"""Comparisons of columns, with values and with each other, and what rows are sorted by.

A string column is compared with a value once for each distinct string, through the dictionary, and then by
its codes.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vql.deadline import map_watched, sorted_watched, watched
from vql.errors import Error
from vql.executor.rows.arithmetic import as_floats
from vql.storage.columns.column import Column, Dictionary
from vql.types.forms.ndarrays import I64, Bools
from vql.types.type import Type

# Decimals of no more digits are told apart and put in order by the doubles nearest to them.
FLOAT_DIGITS = 15
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare_value(op: str, column: Column, value: object, value_type: Type) -> Bools:
    """Compare a column with one canonical value; NULL rows come out arbitrary."""
    if column.type.is_decimal and isinstance(value, float):
        return compare_arrays(op, as_floats(column), np.full(len(column), value))
    if column.type.is_string_stored:
        return _compare_strings(op, column, value)
    data = column.data
    value = column.type.stored(value)
    if isinstance(value, Decimal):
        if data.dtype.kind == "i":
            return _compare_integers(op, data, value)
        value = float(value)
    if data.dtype == np.float32 and value_type.dtype != np.float32:
        data = data.astype("f8")
    result = np.asarray(OPERATORS[op](data, value), bool)
    if data.dtype.kind == "f":
        result = _order_nan(op, data, value, result)
    return result


def compare_arrays(op: str, left: NDArray[Any], right: NDArray[Any]) -> Bools:
    """Compare two arrays row by row, NaN as Postgres does."""
    nans = [not_numbers(side) for side in (left, right)]
    if nans[0] is None and nans[1] is None:
        return np.asarray(OPERATORS[op](left, right), bool)
    # NaN is ranked apart: 1 beside the 0 of numbers.
    ranks = [np.zeros(len(left), bool) if nan is None else nan for nan in nans]
    left, right = (np.where(rank, 0, side) for rank, side in zip(ranks, (left, right), strict=True))
    same = ranks[0] == ranks[1]
    plain = np.where(ranks[0], op in ("=", "<=", ">="), OPERATORS[op](left, right))
    return np.where(same, plain, OPERATORS[op](ranks[0], ranks[1])).astype(bool)


def not_numbers(data: NDArray[Any]) -> Bools | None:
    """Return where floats or decimals are NaN, None where none is."""
    if data.dtype.kind not in "fO":
        return None
    nan = np.asarray(data != data, bool)
    return nan if nan.any() else None


def _compare_strings(op: str, column: Column, value: object) -> Bools:
    assert column.dictionary is not None
    dictionary = column.dictionary
    if not column.type.base.orders_as_stored:
        wanted: Any = column.type.base.comparand(column.type.stored(value))
        known: list[Any] = list(map(column.type.base.comparand, dictionary.values()))
        if wanted != wanted or any(each != each for each in known):
            # NaN is ranked apart, equal to itself and above every number.
            wanted, *known = [(each != each, 0 if each != each else each) for each in (wanted, *known)]
        compare = OPERATORS[op]
        return by_code(np.fromiter((bool(compare(each, wanted)) for each in known), bool), column.data)
    text = str(column.type.stored(value))
    if op in ("=", "<>"):
        code = dictionary.find(text)
        return np.asarray(column.data == code if op == "=" else column.data != code, bool)
    if not len(dictionary):
        return np.zeros(len(column.data), bool)
    hits = np.asarray(OPERATORS[op](dictionary.values(), text), bool)
    return by_code(hits, column.data)


def _compare_integers(op: str, data: NDArray[np.generic], value: Decimal) -> Bools:
    """Compare integers with a decimal exactly: x < 3.5 is x <= 3."""
    if not value.is_finite():
        above = value > 0 or value.is_nan()
        return np.full(len(data), (op in ("<", "<=", "<>")) if above else (op in (">", ">=", "<>")))
    if value == value.to_integral_value():
        return np.asarray(OPERATORS[op](data, int(value)), np.bool_)
    floor, numbers = math.floor(value), cast(NDArray[np.int64], data)
    if op in ("=", "<>"):
        return np.full(len(data), op == "<>")
    return np.asarray(numbers <= floor if op in ("<", "<=") else numbers > floor, np.bool_)


def _order_nan(op: str, data: NDArray[np.generic], value: object, result: Bools) -> Bools:
    """Order NaN as Postgres does: equal to itself and above every number."""
    nan: Bools = np.isnan(data)
    wanted_nan = isinstance(value, float) and math.isnan(value)
    if wanted_nan:
        answers: dict[str, Bools] = {"=": nan, "<>": ~nan, "<": ~nan, "<=": np.ones(len(nan), bool),
                                     ">": np.zeros(len(nan), bool), ">=": nan}  # fmt: skip
        return answers[op]
    if nan.any():
        result = result | nan if op in (">", ">=", "<>") else result & ~nan
    return result


def by_code(hits: Bools, codes: NDArray[np.generic]) -> Bools:
    """Spread an outcome per distinct string over the rows."""
    return hits[codes] if len(hits) else np.zeros(len(codes), bool)


def comparable(column: Column) -> NDArray[np.generic]:
    """Return an array whose elements order as the SQL type does."""
    if not column.type.is_string_stored:
        return column.data
    assert column.dictionary is not None
    distinct = column.dictionary.values()
    if not column.type.base.orders_as_stored:
        distinct = np.array([column.type.base.comparand(text) for text in watched(distinct.tolist())], object)
    if not len(distinct):
        return np.full(len(column.data), "", object)
    return np.asarray(distinct[column.data])


def ranks(column: Column) -> tuple[NDArray[np.generic], Bools | None]:
    """Return numbers that compare as the values of a column do, and which are NaN, above all numbers: None
    where none is. Either means nothing at a NULL."""
    dictionary = column.dictionary
    if dictionary is not None:
        if dictionary.is_sorted and column.type.base.orders_as_stored:
            return column.data, None
        return _ranks_of_codes(column, dictionary)
    data, nan = column.data, not_numbers(column.data)
    if data.dtype != object:
        return (data if nan is None else np.where(nan, 0, data)), nan
    # What stands at a NULL may be one, which compares with nothing.
    there = np.ones(len(data), bool) if column.valid is None else column.valid
    there = there if nan is None else there & ~nan
    found = np.zeros(len(data), np.int64)
    found[there] = _ranked(data[there].tolist())
    return found, nan


def _ranks_of_codes(column: Column, dictionary: Dictionary) -> tuple[NDArray[np.generic], Bools | None]:
    """Return the ranks of strings, each looked at once."""
    if not len(dictionary):
        return np.zeros(len(column.data), np.int64), None
    is_used = np.zeros(len(dictionary), bool)
    is_used[column.data] = True
    used = np.flatnonzero(is_used)
    texts = dictionary.values()[used].tolist()
    values: NDArray[Any]
    if column.type.is_decimal and max(map(len, watched(texts)), default=0) <= FLOAT_DIGITS:
        values = np.fromiter(map_watched(float, texts), np.float64, len(texts))
    else:
        values = np.empty(len(texts), object)
        values[:] = list(map_watched(column.type.base.comparand, texts))
    nan = not_numbers(values)
    if nan is not None:
        values[nan] = 0
    ranked = values if values.dtype != object else _ranked(values.tolist())
    of_codes = np.zeros(len(dictionary), ranked.dtype)
    of_codes[used] = ranked
    if nan is None:
        return of_codes[column.data], None
    is_used[used] = nan
    return of_codes[column.data], is_used[column.data]


def _ranked(values: list[Any]) -> I64:
    rank_of = {value: rank for rank, value in enumerate(sorted_watched(set(watched(values))))}
    return np.fromiter(map(rank_of.__getitem__, watched(values)), np.int64, len(values))


def comparable_pair(left: Column, right: Column) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return arrays that compare as the SQL types do: beside a float a decimal is one."""
    sides = (left, right)
    if any(side.type.is_decimal for side in sides) and any(side.type.is_float for side in sides):
        return as_floats(left), as_floats(right)
    return comparable(left), comparable(right)


def like_regex(pattern: str) -> str:
    """Translate LIKE's % and _ (escape: backslash) into a regular expression."""
    out: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 1
            if position == len(pattern):
                raise Error("LIKE pattern must not end with escape character", sqlstate="22025")
            out.append(re.escape(pattern[position]))
        else:
            out.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
        position += 1
    return "".join(out)


# ------------------------------------------------------------------ values
