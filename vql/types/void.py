"""void: what a function gives that is called for what it does. Its one value is an empty text."""

from __future__ import annotations

from vql.types.base import BaseType


class VoidType(BaseType):
    """Nothing, as a result."""

    def to_text(self, value: object) -> str:
        return ""

    def to_binary(self, value: object) -> bytes:
        return b""


VOID = VoidType(name="void", oid=2278, type_kind="p", category="P", length=4, duck_is_text=True)
TYPES: tuple[BaseType, ...] = (VOID,)
