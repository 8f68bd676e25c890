"""bytea: byte strings, of results alone."""

from __future__ import annotations

from vql.errors import InvalidText
from vql.types.base import BaseType


class ByteaType(BaseType):
    """Bytes; the text form is hexadecimal behind a backslash and x."""

    def from_text(self, text: str, modifier: int | None) -> bytes:
        if not text.startswith("\\x"):
            return text.encode()
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            raise InvalidText("invalid hexadecimal data", sqlstate="22023") from None

    def to_text(self, value: object) -> str:
        return "\\x" + value.hex() if isinstance(value, bytes) else str(value)

    def to_binary(self, value: object) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> bytes:
        return bytes(data)


BYTEA = ByteaType(
    name="bytea", oid=17, array_oid=1001, arrow_formats=("z", "Z", "vz"), duck_name="BLOB",
    duck_results=("BLOB",),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (BYTEA,)
