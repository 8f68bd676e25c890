"""uuid."""

from __future__ import annotations

import re
import uuid
from typing import Any

from vql.errors import DatatypeMismatch
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import wrong_size

BYTES = 16
# Thirty-two digits, a hyphen allowed behind every fourth, in braces or not.
FORM = re.compile(r"(\{)?[0-9a-fA-F]{4}(?:-?[0-9a-fA-F]{4}){7}(?(1)\})")


class UuidType(BaseType):
    """UUIDs, kept as their texts, which order as they do."""

    @property
    def binary_is_text(self) -> bool | None:
        return False

    def from_text(self, text: str, modifier: int | None) -> uuid.UUID:
        if FORM.fullmatch(text) is None:
            raise self.bad_text(text)
        return uuid.UUID(text)

    def convert(self, value: object, modifier: int | None) -> uuid.UUID:
        if isinstance(value, uuid.UUID):
            return value
        if isinstance(value, bytes) and len(value) == BYTES:
            return uuid.UUID(bytes=value)
        raise DatatypeMismatch(f"{type(value).__name__} is not a value of type uuid")

    def to_binary(self, value: object) -> bytes:
        return (value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))).bytes

    def from_binary(self, data: bytes, modifier: int | None) -> uuid.UUID:
        if len(data) != BYTES:
            raise wrong_size()
        return uuid.UUID(bytes=data)

    def stored(self, value: object) -> str:
        return str(value)

    def from_stored(self, kept: Any) -> uuid.UUID:
        return uuid.UUID(str(kept))


UUID = UuidType(
    name="uuid", oid=2950, array_oid=2951, length=BYTES, storage=Storage.DICTIONARY, has_order=True,
    has_equality=True, duck_name="UUID", duck_compares=True, duck_results=("UUID",), duck_stream="cast",
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (UUID,)
