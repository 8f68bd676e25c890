"""Internal values as text, as a client would be sent them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vql.functions.declare import Environment
from vql.types.arrays.arrays import ArrayType
from vql.types.arrays.rows import AnyRowType, row_text
from vql.types.arrays.text import array_text
from vql.types.base import BaseType


def writer(base: BaseType, environment: Environment) -> Callable[[Any], str]:
    """Return what writes internal values of a type."""
    if isinstance(base, ArrayType):
        write = writer(base.element, environment)
        return lambda items: array_text(items, write)
    if isinstance(base, AnyRowType):
        return lambda row: row_text(row, [writer(type_, environment) for type_ in row.types])
    styled = base.styled(environment.style)
    return lambda value: styled.to_text(styled.from_internal(value))
