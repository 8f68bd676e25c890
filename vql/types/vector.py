"""Vectors and floats as text, and vectors of whatever a user hands over, as pgvector does it.

Floats are written in the shortest form that reads back the same, fixed between 1e-4 and 1e6
(float4) or 1e15 (float8) and with an exponent beyond, as Postgres writes them with
extra_float_digits = 1 (its ryu_common.h names these thresholds after printf's).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vql.errors import DataError, DatatypeMismatch, InvalidText, LimitExceeded, NumericOutOfRange
from vql.limits import VECTOR_DIMENSIONS_MAX
from vql.types.type import F16, F32

FLOAT32 = np.dtype(np.float32)
# Decimal exponents from which a float is written with an exponent.
SINGLE_EXPONENT_MIN, DOUBLE_EXPONENT_MIN = 6, 15
# Inside these magnitudes numpy's and Python's shortest forms are Postgres' fixed ones.
SINGLE_PLAIN_LOW, SINGLE_PLAIN_HIGH = 1.01e-4, 999_999.0
DOUBLE_PLAIN_LOW, DOUBLE_PLAIN_HIGH = 1.01e-4, 999_999_999_999_999.0


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
    vector = parse_vector(value) if isinstance(value, str) else _vector_of(value)
    _check(vector, "vector", dim)
    return vector


def halfvec_from(value: object, dim: int | None = None) -> F16:
    """Return a C-contiguous float16 vector (dim,), checked as pgvector checks it; numbers are rounded
    by way of float32, as pgvector does. Raises what `vector_from` does; 22003 above 65504."""
    if isinstance(value, np.ndarray) and value.dtype == np.float16 and value.ndim == 1:
        half = np.ascontiguousarray(value)
    else:
        half = halves(parse_vector(value, "halfvec") if isinstance(value, str) else _vector_of(value))
    _check(half, "halfvec", dim)
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


def _check(vector: F32 | F16, name: str, dim: int | None) -> None:
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


def _vector_of(value: object) -> F32:
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


def floats_of(words: list[str], name: str) -> F32:
    """Parse numbers as float4. Raises ValueError, and 22003 for one that does not fit."""
    # float() takes 1_000 and digits of other scripts, C's strtof does not.
    if any("_" in word or not word.isascii() for word in words):
        raise ValueError
    wide = np.fromiter(map(float, words), np.float64, len(words))
    with np.errstate(over="ignore"):
        vector = wide.astype(np.float32)
    over = np.isinf(vector)
    if over.any():
        for word in (words[int(i)].strip() for i in np.flatnonzero(over)):
            if "inf" not in word.lower():
                raise NumericOutOfRange(f'"{word}" is out of range for type {name}')
    return vector


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


def float_text(value: float, single: bool) -> str:
    """Write a float as Postgres does: shortest, `1e+10`, `Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    size = abs(value)
    if single:
        if SINGLE_PLAIN_LOW <= size < SINGLE_PLAIN_HIGH or size == 0:
            return str(np.float32(value)).removesuffix(".0")
        shortest = np.format_float_scientific(np.float32(value), unique=True, trim="-")
    else:
        if DOUBLE_PLAIN_LOW <= size < DOUBLE_PLAIN_HIGH or size == 0:
            return repr(value).removesuffix(".0")
        shortest = np.format_float_scientific(np.float64(value), unique=True, trim="-")
    mantissa, _, exponent_text = shortest.partition("e")
    exponent = int(exponent_text)
    if -4 <= exponent < (SINGLE_EXPONENT_MIN if single else DOUBLE_EXPONENT_MIN):
        return _fixed(mantissa, exponent)
    sign = "-" if exponent < 0 else "+"
    return f"{mantissa}e{sign}{abs(exponent):02d}"


def _fixed(mantissa: str, exponent: int) -> str:
    minus = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    digits = whole + fraction
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{digits}"
    digits = digits.ljust(exponent + 1, "0")
    head, tail = digits[: exponent + 1], digits[exponent + 1 :]
    return minus + head + (f".{tail}" if tail else "")
