"""citext: strings whose case does not count where they are compared; every form of a value has it."""

from __future__ import annotations

from typing import Any

from vql.types.base import BaseType, Storage
from vql.types.forms.letters import in_lower
from vql.types.text import TextType


class CitextType(TextType):
    """Strings that are equal, and in the same place of an order, where their small letters are."""

    def comparand(self, kept: Any) -> object:
        return in_lower(str(kept))

    def key(self, value: object) -> str:
        return in_lower(str(value))

    def order_key(self, value: object) -> str:
        return in_lower(str(value))


CITEXT = CitextType(
    name="citext", oid=16_406, array_oid=16_407, extension="citext", category="S", storage=Storage.DICTIONARY,
    is_stored_as_is=True, has_order=True, has_equality=True, orders_as_stored=False, equal_is_same=False,
    duck_name="VARCHAR",
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (CITEXT,)
