"""Types of arithmetic, and constants: what they are kept as, and what casts make of them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from vql.functions.declare import CASTS
from vql.functions.numbers import casts  # noqa: F401 - declares them
from vql.language import plan
from vql.types.type import BOOLEAN, DOUBLE, NUMERIC, REAL, SPARSEVEC, VECTOR, Type
from vql.types.vectors.sparsevec import SparseVector


def constant(value: object, type_: Type) -> plan.Constant:
    """Return a hashable constant; `value` is canonical, a dense vector or bit string becomes its bytes."""
    if isinstance(value, np.ndarray):
        known = type_ if type_.is_vector else VECTOR
        return plan.Constant(value.tobytes(), known.sized(int(value.size)))
    if isinstance(value, SparseVector):
        return plan.Constant(value, SPARSEVEC.sized(value.dimensions()))
    if isinstance(value, list):
        return plan.Constant(tuple(value), type_)
    return plan.Constant(value, type_)


def arithmetic_type(left: Type, right: Type) -> Type:
    """Return the type that PostgreSQL's operators give a sum, difference, product or quotient."""
    if left.is_float or right.is_float:
        return REAL if left == right == REAL else DOUBLE
    if left.is_decimal or right.is_decimal:
        return NUMERIC
    return max(left, right, key=lambda type_: type_.dtype.itemsize).plain


def is_convertible(given: Type, target: Type) -> bool:
    """Whether a declared cast makes a number or truth value one of another type."""
    found = CASTS.get((given.name, target.name))
    is_known = found is not None and found.run is not None and not found.needs_environment
    return is_known and (given.is_number or given == BOOLEAN)


def converted(given: plan.Constant, target: Type) -> plan.Constant | None:
    """Return what a declared cast makes of a number or truth value, None where there is none."""
    if given.value is None or not is_convertible(given.type, target):
        return None
    found = CASTS[given.type.name, target.name]
    assert found.run is not None, "it is convertible"
    if found.needs_modifier:
        return constant(found.run(given.value, target.modifier), target)
    return constant(target.coerce(found.run(given.value)), target)


def as_double(scalar: plan.Scalar) -> plan.Scalar:
    """Turn a decimal constant into a double, as Postgres does beside a float."""
    if isinstance(scalar, plan.Constant) and isinstance(scalar.value, Decimal):
        return plan.Constant(float(scalar.value), DOUBLE)
    return scalar
