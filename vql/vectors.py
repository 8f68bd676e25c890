"""Vectors and floats as text, and vectors of whatever a user hands over, as pgvector does it.

Floats are written in the shortest form that reads back the same, fixed between 1e-4 and 1e6
(float4) or 1e15 (float8) and with an exponent beyond, as Postgres writes them with
extra_float_digits = 1 (its ryu_common.h names these thresholds after printf's).
"""

from __future__ import annotations

import math

import numpy as np

from vql.errors import DataError, DatatypeMismatch, InvalidText, LimitExceeded, NumericOutOfRange
from vql.limits import VECTOR_DIMENSIONS_MAX
from vql.types import F32

# Decimal exponents from which a float is written with an exponent.
SINGLE_EXPONENT_MIN, DOUBLE_EXPONENT_MIN = 6, 15
# Inside these magnitudes numpy's and Python's shortest forms are Postgres' fixed ones.
SINGLE_PLAIN_LOW, SINGLE_PLAIN_HIGH = 1.01e-4, 999_999.0
DOUBLE_PLAIN_LOW, DOUBLE_PLAIN_HIGH = 1.01e-4, 999_999_999_999_999.0


def vector_from(value: object, dim: int | None = None) -> F32:
    """Return a C-contiguous float32 vector (dim,), checked as pgvector checks it.

    Raises 22000 for NaN, infinity, no or wrong dimensions; 54000 above 16,000; 22P02 for bad text.
    """
    if (
        type(value) is np.ndarray
        and value.dtype == np.float32
        and value.ndim == 1
        and value.flags.c_contiguous
    ):
        # The common case in one product: not finite where an element is not (or, rarely, where the
        # sum of squares overflows; the long way tells).
        fits = value.size == dim or (dim is None and 0 < value.size <= VECTOR_DIMENSIONS_MAX)
        if fits and math.isfinite(value @ value):
            return value
    if isinstance(value, str):
        vector = parse_vector(value)
    else:
        vector = _vector_of(value)
    if vector.size == 0:
        raise DataError("vector must have at least 1 dimension")
    if vector.size > VECTOR_DIMENSIONS_MAX:
        raise LimitExceeded(f"vector cannot have more than {VECTOR_DIMENSIONS_MAX} dimensions")
    # One pass decides the common case: the float64 sum of finite float32 cannot overflow.
    if not math.isfinite(float(vector.sum(dtype=np.float64))):
        if np.isnan(vector).any():
            raise DataError("NaN not allowed in vector")
        raise DataError("infinite value not allowed in vector")
    if dim is not None and vector.size != dim:
        raise DataError(f"expected {dim} dimensions, not {vector.size}")
    return vector


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


def parse_vector(text: str) -> F32:
    """Parse pgvector's text form '[1, 2.5, -3]'; values are not checked for NaN and infinity."""
    body = text.strip()
    if not body.startswith("["):
        raise _bad(text, 'Vector contents must start with "[".')
    inside, bracket, rest = body[1:].partition("]")
    if not bracket:
        raise _bad(text)
    if rest:
        raise _bad(text, "Junk after closing right brace.")
    if not inside.strip():
        raise DataError("vector must have at least 1 dimension")
    parts = inside.split(",")
    # float() takes 1_000 and digits of other scripts, C's strtof does not.
    if "_" in inside or not inside.isascii():
        raise _bad(text)
    try:
        wide = np.fromiter(map(float, parts), np.float64, len(parts))
    except ValueError:
        raise _bad(text) from None
    with np.errstate(over="ignore"):
        vector = wide.astype(np.float32)
    over = np.isinf(vector)
    if over.any():
        for word in (parts[int(i)].strip() for i in np.flatnonzero(over)):
            if "inf" not in word.lower():
                raise NumericOutOfRange(f'"{word}" is out of range for type vector')
    return vector


def _bad(text: str, detail: str | None = None) -> InvalidText:
    return InvalidText(f'invalid input syntax for type vector: "{text}"', detail=detail)


def vector_text(vector: F32) -> str:
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
