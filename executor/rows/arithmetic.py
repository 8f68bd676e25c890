"""Arithmetic and casts of columns of numbers, with PostgreSQL's promotions, rounding and errors.

Integers are computed in 64 bits and checked for the result's range, floats in the result's width and
checked for results that are infinite or zero where no operand was; numerics exactly, once for each distinct
pair. What a row with a NULL holds is computed too, and never refused.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vql.deadline import watched
from vql.errors import NumericOutOfRange
from vql.functions.declare import CASTS
from vql.storage.columns.column import Column
from vql.types.forms.ndarrays import F64, I64, Bools
from vql.types.numbers import numeric_math
from vql.types.numbers.numeric_math import division_by_zero
from vql.types.type import DOUBLE, NUMERIC, Type

LOWEST = np.iinfo(np.int64).min
# Products up to this size, computed as floats, are surely those of integers of 64 bits.
SURE_PRODUCT = 2.0**62
DECIMALS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": numeric_math.add, "-": numeric_math.subtract, "*": numeric_math.multiply, "/": numeric_math.divide,
    "%": numeric_math.remainder,
}  # fmt: skip
UFUNCS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}


def arithmetic(op: str, left: Column, right: Column, type_: Type) -> Column:
    """Return left op right, row by row, as a column of the type the operator has. Raises 22003, 22012."""
    valid = both_valid(left.valid, right.valid)
    if type_.is_decimal:
        return _of_decimals(DECIMALS[op], left, right, valid)
    data: NDArray[Any]
    with np.errstate(all="ignore"):
        if type_.is_float:
            data = _of_floats(op, as_floats(left, type_), as_floats(right, type_), valid)
        else:
            a, b = (side.data.astype(np.int64, copy=False) for side in (left, right))
            data = _of_integers(op, a, b, type_, valid).astype(type_.dtype, copy=False)
    return Column(type_, data, valid, None)


def both_valid(left: Bools | None, right: Bools | None) -> Bools | None:
    """Rows where both sides are not NULL."""
    if left is None or right is None:
        return right if left is None else left
    return left & right


def as_floats(column: Column, type_: Type = DOUBLE) -> F64:
    """Return numbers as floats of a type. Raises 22003 for a decimal beyond them."""
    if column.dictionary is None:
        return column.data.astype(type_.dtype, copy=False)
    distinct = np.array([type_.from_text(text) for text in column.dictionary.values()], type_.dtype)
    return distinct[column.data] if len(distinct) else np.zeros(len(column.data), type_.dtype)


def cast_column(column: Column, type_: Type) -> Column:
    """Return a column as one of another type, by the declared cast, once for each distinct value."""
    cast = CASTS[column.type.name, type_.name]
    assert cast.run is not None, "casts of numbers are computed here"
    rows = np.arange(len(column)) if column.valid is None else np.flatnonzero(column.valid)
    kept, codes = _distinct_codes(column, rows)
    single = Column(column.type, kept, None, column.dictionary)
    more = (type_.modifier,) if cast.needs_modifier else ()
    made = [type_.coerce(cast.run(value, *more)) for value in watched(single.values())]
    return _spread(type_, made, codes, rows, column.valid)


def _any(rows: Bools, valid: Bools | None) -> bool:
    return bool(np.any(rows if valid is None else rows & valid))


def _of_floats(op: str, a: F64, b: F64, valid: Bools | None) -> F64:
    if op == "/" and _any((b == 0) & ~np.isnan(a), valid):
        raise division_by_zero()
    result: F64 = UFUNCS[op](a, b)
    may_be_infinite = np.isinf(a) if op == "/" else np.isinf(a) | np.isinf(b)
    if _any(np.isinf(result) & ~may_be_infinite, valid):
        raise NumericOutOfRange("value out of range: overflow")
    if op in "*/":
        may_be_zero = (a == 0) | (np.isinf(b) if op == "/" else b == 0)
        if _any((result == 0) & ~may_be_zero, valid):
            raise NumericOutOfRange("value out of range: underflow")
    return result


def _of_integers(op: str, a: I64, b: I64, type_: Type, valid: Bools | None) -> I64:
    result: I64
    if op in "/%":
        if _any(b == 0, valid):
            raise division_by_zero()
        divisor = np.where(b == 0, 1, b)
        # The lowest integer divided by -1 is its own remainder's trap in some processors.
        rest = np.fmod(a, np.where(divisor == -1, 1, divisor))
        result = rest if op == "%" else (a - rest) // divisor
        over = (a == LOWEST) & (b == -1) if op == "/" else np.zeros(len(a), bool)
    else:
        result = UFUNCS[op](a, b)
        over = _has_wrapped(op, a, b, result)
    if type_.dtype.itemsize < 8:
        bounds = np.iinfo(type_.dtype)
        over = over | (result < bounds.min) | (result > bounds.max)
    if _any(over, valid):
        raise NumericOutOfRange(f"{type_.name} out of range")
    return result


def _has_wrapped(op: str, a: I64, b: I64, result: I64) -> Bools:
    """Tell where a result needs more than 64 bits."""
    if op == "+":
        return np.asarray(((a ^ result) & (b ^ result)) < 0, bool)
    if op == "-":
        return np.asarray(((a ^ b) & (a ^ result)) < 0, bool)
    wrapped: Bools = np.abs(a.astype("f8") * b.astype("f8")) >= SURE_PRODUCT
    for row in np.flatnonzero(wrapped):
        wrapped[row] = int(a[row]) * int(b[row]) != int(result[row])
    return wrapped


def _of_decimals(
    compute: Callable[[Decimal, Decimal], Decimal], left: Column, right: Column, valid: Bools | None
) -> Column:
    rows = np.arange(len(left)) if valid is None else np.flatnonzero(valid)
    (lefts, left_codes), (rights, right_codes) = (
        _distinct_decimals(left, rows),
        _distinct_decimals(right, rows),
    )
    pairs, codes = np.unique(left_codes * len(rights) + right_codes, return_inverse=True)
    made: list[object] = [
        compute(lefts[pair // len(rights)], rights[pair % len(rights)]) for pair in watched(pairs)
    ]
    return _spread(NUMERIC, made, codes, rows, valid)


def _distinct_decimals(column: Column, rows: I64) -> tuple[list[Decimal], NDArray[np.int64]]:
    """Return the distinct numbers of some rows, and which of them each row has."""
    kept, codes = _distinct_codes(column, rows)
    if column.dictionary is None:
        return [Decimal(number) for number in watched(kept.tolist())], codes
    return [Decimal(column.dictionary[code]) for code in watched(kept.tolist())], codes


def _distinct_codes(column: Column, rows: I64) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return what is stored for the distinct values of some rows; zero and its negative are two."""
    data = column.data[rows]
    bits = data.view(f"i{data.dtype.itemsize}") if data.dtype.kind == "f" else data
    kept, codes = np.unique(bits, return_inverse=True)
    return kept.view(data.dtype), codes


def _spread(
    type_: Type, made: list[object], codes: NDArray[np.int64], rows: I64, valid: Bools | None
) -> Column:
    """Return a column that has a value for each code at the rows, NULL elsewhere."""
    if valid is None:
        return Column.from_values(type_, made).take(codes)
    places = np.full(len(valid), len(made))
    places[rows] = codes
    return Column.from_values(type_, [*made, None]).take(places)
