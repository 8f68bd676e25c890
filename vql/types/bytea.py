"""bytea: byte strings, of results alone."""

from __future__ import annotations

import re

from vql.errors import InvalidParameterValue, InvalidText
from vql.types.base import BaseType

PAIRS = re.compile(r"(?:[ \n\t\r]*[0-9a-fA-F]{2})*[ \n\t\r]*")
NO_DIGIT = re.compile("[^0-9a-fA-F]")
ESCAPED = re.compile(rb"\\(?:(\\)|([0-3][0-7]{2}))|\\")
# Bytes that the escape form writes as they are.
PRINTABLE = frozenset(range(0x20, 0x7F)) - {0x5C}


class ByteaType(BaseType):
    """Bytes. The text form is read as hexadecimal digits behind a backslash and x, or as characters with
    octal escapes, and written as digits."""

    def from_text(self, text: str, modifier: int | None) -> bytes:
        return of_hex(text[2:]) if text.startswith("\\x") else of_escapes(text)

    def to_text(self, value: object) -> str:
        return "\\x" + value.hex() if isinstance(value, bytes) else str(value)

    def to_binary(self, value: object) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> bytes:
        return bytes(data)


def of_hex(text: str) -> bytes:
    """Read pairs of hexadecimal digits, space between them. Raises 22023."""
    right = PAIRS.match(text)
    if right and right.end() == len(text):
        return bytes.fromhex(text)
    rest = text[right.end() :] if right else text
    wrong = NO_DIGIT.search(rest[:2])
    if wrong:
        raise InvalidParameterValue(f'invalid hexadecimal digit: "{wrong[0]}"')
    raise InvalidParameterValue("invalid hexadecimal data: odd number of digits")


def of_escapes(text: str) -> bytes:
    """Read the escape form: a backslash is doubled or begins three octal digits. Raises 22P02."""

    def byte(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return b"\\"
        if not found[2]:
            raise InvalidText("invalid input syntax for type bytea")
        return bytes((int(found[2], 8),))

    return ESCAPED.sub(byte, text.encode())


def octal_escaped(value: bytes) -> str:
    """Write the escape form, the output where `bytea_output` asks for it."""
    return "".join(
        chr(byte) if byte in PRINTABLE else "\\\\" if byte == 0x5C else f"\\{byte:03o}" for byte in value
    )


BYTEA = ByteaType(
    name="bytea", oid=17, array_oid=1001, arrow_formats=("z", "Z", "vz"), duck_name="BLOB",
    duck_compares=True,
    duck_results=("BLOB",),
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (BYTEA,)
