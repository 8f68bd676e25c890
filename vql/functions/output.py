"""Internal values as text, as a client would be sent them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vql.functions.declare import Environment
from vql.types.base import BaseType, Storage


def writer(base: BaseType, environment: Environment) -> Callable[[Any], str]:
    """Return what writes internal values of a type."""
    if base.storage is Storage.NUMBERS and not base.is_stored_as_is:
        return lambda value: base.to_text(base.from_stored(value))
    return base.to_text
