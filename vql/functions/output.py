"""Internal values as text, as a client would be sent them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vql.calendar.style import style_of
from vql.functions.declare import Environment
from vql.types.array_text import array_text
from vql.types.arrays import ArrayType
from vql.types.base import BaseType
from vql.types.bytea import BYTEA, octal_escaped
from vql.types.floats import FloatType, float_text
from vql.types.record import RecordType, row_text


def writer(base: BaseType, environment: Environment) -> Callable[[Any], str]:
    """Return what writes internal values of a type."""
    if isinstance(base, ArrayType):
        write = writer(base.element, environment)
        return lambda items: array_text(items, write)
    if isinstance(base, RecordType):
        return lambda row: row_text(row, [writer(type_, environment) for type_ in row.types])
    if isinstance(base, FloatType):
        digits = environment.extra_float_digits
        return lambda value: float_text(value, base.is_single, digits)
    if base is BYTEA and environment.bytea_output == "escape":
        return octal_escaped
    styled = base.styled(style_of(environment.datestyle, environment.intervalstyle, environment.timezone))
    return lambda value: styled.to_text(styled.from_internal(value))
