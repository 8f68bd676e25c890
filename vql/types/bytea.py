"""bytea: byte strings, which columns keep as hexadecimal digits: these order as the bytes do."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from vql.calendar.style import Style
from vql.dataclass import dataclass
from vql.deadline import watched
from vql.errors import InvalidParameterValue, InvalidText
from vql.types.base import BaseType, Storage

# Never gone back into: a long text would take a hundred times as long.
PAIRS = re.compile(r"(?:[ \n\t\r]*+[0-9a-fA-F]{2})*+[ \n\t\r]*+")
# Space to Python and not to PostgreSQL.
OTHER_SPACE = frozenset("\v\f")
NO_DIGIT = re.compile("[^0-9a-fA-F]")
ESCAPED = re.compile(rb"\\(?:(\\)|([0-3][0-7]{2}))|\\")
# Bytes that the escape form writes as they are.
PRINTABLE = frozenset(range(0x20, 0x7F)) - {0x5C}


@dataclass(frozen=True, eq=False, kw_only=True)
class ByteaType(BaseType):
    """Bytes. The text form is read as hexadecimal digits behind a backslash and x, or as characters with
    octal escapes, and written as digits, or so where `bytea_output` says it."""

    @property
    def binary_is_text(self) -> bool | None:
        return False

    is_escaped: bool = False

    def styled(self, style: Style) -> BaseType:
        is_escaped = style.bytea_output == "escape"
        return self if is_escaped == self.is_escaped else replace(self, is_escaped=is_escaped)

    def from_text(self, text: str, modifier: int | None) -> bytes:
        return of_hex(text[2:]) if text.startswith("\\x") else of_escapes(text)

    def convert(self, value: object, modifier: int | None) -> bytes:
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        raise self.mismatch(value)

    def to_text(self, value: object) -> str:
        if not isinstance(value, bytes):
            return str(value)
        return octal_escaped(value) if self.is_escaped else "\\x" + value.hex()

    def to_binary(self, value: object) -> bytes:
        return value if isinstance(value, bytes) else str(value).encode()

    def from_binary(self, data: bytes, modifier: int | None) -> bytes:
        return bytes(data)

    def stored(self, value: object) -> str:
        assert isinstance(value, bytes), "a canonical value"
        return value.hex()

    def from_stored(self, kept: Any) -> bytes:
        return bytes.fromhex(str(kept))


def of_hex(text: str) -> bytes:
    """Read pairs of hexadecimal digits, space between them. Raises 22023."""
    if OTHER_SPACE.isdisjoint(text):
        with suppress(ValueError):
            return bytes.fromhex(text)
    right = PAIRS.match(text)
    rest = text[right.end() :] if right else text
    wrong = NO_DIGIT.search(rest[:2])
    if wrong:
        raise InvalidParameterValue(f'invalid hexadecimal digit: "{wrong[0]}"')
    raise InvalidParameterValue("invalid hexadecimal data: odd number of digits")


def of_escapes(text: str) -> bytes:
    """Read the escape form: a backslash is doubled or begins three octal digits. Raises 22P02."""

    data, parts, end = text.encode(), list[bytes](), 0
    for found in watched(ESCAPED.finditer(data)):
        if not found[1] and not found[2]:
            raise InvalidText("invalid input syntax for type bytea")
        parts += data[end : found.start()], found[1] or bytes((int(found[2], 8),))
        end = found.end()
    return b"".join((*parts, data[end:]))


def octal_escaped(value: bytes) -> str:
    """Write the escape form."""
    return "".join(
        chr(byte) if byte in PRINTABLE else "\\\\" if byte == 0x5C else f"\\{byte:03o}"
        for byte in watched(value)
    )


BYTEA = ByteaType(
    name="bytea", oid=17, array_oid=1001, arrow_formats=("z", "Z", "vz", "w:"), duck_name="BLOB",
    duck_compares=True, duck_results=("BLOB",), storage=Storage.DICTIONARY, has_order=True, has_equality=True,
    duck_stream="from_hex",
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (BYTEA,)
