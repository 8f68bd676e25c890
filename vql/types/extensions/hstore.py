"""hstore: texts, or NULLs, under keys. A value is its text in PostgreSQL's form, short keys first.

The binary form:

| size | field |
|--:|---|
| 4 | number of pairs, int32 |
| 4 + n | length of a key, int32, and the key, for each pair |
| 4 + n | length of its value, int32, -1 for NULL, and the value |
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache

from vql.errors import DataError, InvalidText, NumericOutOfRange, SyntaxError
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import decode_text, too_short
from vql.types.text import TEXT, text_of

Pairs = dict[str, str | None]
NUMBER = struct.Struct(">i")
KEPT = 1024
SPACES = " \t\n\v\f\r"


class HstoreType(BaseType):
    """Pairs of keys and texts; a dict is taken for one."""

    def from_text(self, text: str, modifier: int | None) -> str:
        return hstore_text(_Reader(TEXT.from_text(text, None) if "\0" in text else text).pairs())

    def convert(self, value: object, modifier: int | None) -> str:
        if not isinstance(value, dict):
            raise self.mismatch(value)
        return hstore_text({str(k): None if v is None else text_of(v) for k, v in value.items()})

    def to_binary(self, value: object) -> bytes:
        pairs = pairs_of(str(value))
        parts = [NUMBER.pack(len(pairs))]
        for pair in pairs.items():
            for each in pair:
                raw = b"" if each is None else each.encode()
                parts += NUMBER.pack(-1 if each is None else len(raw)), raw
        return b"".join(parts)

    def from_binary(self, data: bytes, modifier: int | None) -> str:
        try:
            return hstore_text(self._received(data))
        except struct.error:
            raise too_short() from None

    def _received(self, data: bytes) -> Pairs:
        (count,), place = NUMBER.unpack_from(data), NUMBER.size
        if not 0 <= count <= len(data):
            raise NumericOutOfRange(f"number of pairs ({count}) exceeds the maximum allowed (134217727)")
        found: Pairs = {}
        for _ in range(count):
            pair: list[str | None] = []
            for _ in range(2):
                (length,) = NUMBER.unpack_from(data, place)
                place += NUMBER.size
                raw = data[place : place + max(length, 0)]
                if len(raw) < length:
                    raise too_short()
                pair.append(None if length < 0 else decode_text(raw))
                place += len(raw)
            key, value = pair
            if key is None:
                raise no_key()
            found.setdefault(key, value)
        if place != len(data):
            raise InvalidText("incorrect binary data format in bind parameter", sqlstate="22P03")
        return found

    def order_key(self, value: object) -> object:
        """Return what compares as PostgreSQL has it: all texts one behind the other, then where they end."""
        texts = [
            None if each is None else each.encode() for pair in pairs_of(str(value)).items() for each in pair
        ]
        ends, end = [], 0
        for each in texts:
            end += len(each or b"")
            ends.append((end, each is None))
        return b"".join(each or b"" for each in texts), len(texts), tuple(ends)


class _Reader:
    """A place in a text that is to be pairs. Raises 42601."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def pairs(self) -> Pairs:
        """Return the pairs; of equal keys the first one counts."""
        found: Pairs = {}
        while (key := self._word(ends="=")) is not None:
            self._arrow()
            value = self._word(ends=",", is_value=True)
            if value is None:
                raise self._at_end()
            found.setdefault(key[0], None if value[0].lower() == "null" and not value[1] else value[0])
            self._skip_space()
            if self._place >= len(self._text):
                break
            if self._here() != ",":
                raise self._wrong()
            self._place += 1
        return found

    def _word(self, ends: str, is_value: bool = False) -> tuple[str, bool] | None:
        """Return a word, in quotes or up to a space or what `ends` one, and whether it was in quotes; None
        at the end."""
        self._skip_space()
        if self._place >= len(self._text):
            return None
        if self._here() == '"':
            return self._quoted(), True
        if self._here() == "=" and not is_value:
            raise self._wrong()
        made: list[str] = []
        while self._place < len(self._text) and self._here() not in SPACES:
            char = self._here()
            # A value that begins with a comma has it.
            if char == ends and (made or not is_value):
                break
            if char == "\\":
                self._place += 1
                if self._place >= len(self._text):
                    raise self._at_end()
            made.append(self._here())
            self._place += 1
        return "".join(made), False

    def _quoted(self) -> str:
        made: list[str] = []
        self._place += 1
        while self._place < len(self._text):
            char = self._here()
            if char == '"':
                self._place += 1
                return "".join(made)
            if char == "\\":
                self._place += 1
                if self._place >= len(self._text):
                    break
            made.append(self._here())
            self._place += 1
        raise self._at_end()

    def _arrow(self) -> None:
        self._skip_space()
        for char in "=>":
            if self._place >= len(self._text):
                raise self._at_end()
            if self._here() != char:
                raise self._wrong()
            self._place += 1

    def _skip_space(self) -> None:
        while self._place < len(self._text) and self._here() in SPACES:
            self._place += 1

    def _here(self) -> str:
        return self._text[self._place]

    def _wrong(self) -> SyntaxError:
        place = len(self._text[: self._place].encode())
        return SyntaxError(f'syntax error in hstore, near "{self._here()}" at position {place}')

    @staticmethod
    def _at_end() -> SyntaxError:
        return SyntaxError("syntax error in hstore: unexpected end of string")


def no_key() -> DataError:
    """Return the error of a key that is NULL."""
    return DataError("null value not allowed for hstore key", sqlstate="22004")


def _order(pair: tuple[str, str | None]) -> tuple[int, bytes]:
    raw = pair[0].encode()
    return len(raw), raw


def hstore_text(pairs: Pairs) -> str:
    """Write pairs as PostgreSQL does."""
    written = (
        f"{_quoted(key)}=>{'NULL' if value is None else _quoted(value)}"
        for key, value in sorted(pairs.items(), key=_order)
    )
    return ", ".join(written)


def hstore_of(pairs: Iterable[tuple[str | None, str | None]]) -> str:
    """Return the value of pairs; of equal keys the first one counts. Raises 22004."""
    found: Pairs = {}
    for key, value in pairs:
        if key is None:
            raise no_key()
        found.setdefault(key, value)
    return hstore_text(found)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(KEPT)
def pairs_of(text: str) -> Pairs:
    """Return the pairs of a value, in their order; nobody changes them."""
    return _Reader(text).pairs()


HSTORE = HstoreType(
    name="hstore", oid=16_408, array_oid=16_409, extension="hstore", storage=Storage.DICTIONARY,
    is_stored_as_is=True, duck_name="VARCHAR", duck_is_text=True, duck_equates=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (HSTORE,)
