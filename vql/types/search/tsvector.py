"""tsvector: the words of a text, sorted by their bytes, each with the positions where it stands.

A value is its text in PostgreSQL's form; `lexemes_of` takes it apart. The binary form:

| size | field |
|--:|---|
| 4 | number of words, int32 |
| n + 1 | a word, ended by a zero |
| 2 | number of its positions, uint16 |
| 2 | each: the weight in the upper two bits, D 0 to A 3, the position in the others |
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from vql.errors import DataError, InvalidText
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import decode_text, too_short
from vql.types.search.words import (
    POSITION_MAX,
    POSITIONS_MAX,
    WEIGHT_SHIFT,
    WEIGHTS,
    WORD_BYTES_MAX,
    WordReader,
    quoted_word,
)

# Positions by word; those of a word rise, and there may be none.
Lexemes = Mapping[str, tuple[int, ...]]
COUNT, SHORT = struct.Struct(">i"), struct.Struct(">H")
KEPT = 4_096
# A word as it is written: those with quotes or backslashes in them are read as if they were typed.
POSITION = r"[1-9][0-9]{0,3}[ABC]?"
WRITTEN = re.compile(rf"'([^'\\]{{1,500}})'(?::({POSITION}(?:,{POSITION})*))?(?: (?=')|\Z)")
STAR = {"*": 3} | {letter: weight for weight, letter in enumerate(WEIGHTS)}


class TsvectorType(BaseType):
    """Sorted words with positions."""

    def from_text(self, text: str, modifier: int | None) -> str:
        return tsvector_text(_read(text))

    def convert(self, value: object, modifier: int | None) -> str:
        raise self.mismatch(value)

    def to_binary(self, value: object) -> bytes:
        lexemes = lexemes_of(str(value))
        parts = [COUNT.pack(len(lexemes))]
        for word, positions in lexemes.items():
            parts.append(
                word.encode() + b"\0" + struct.pack(f">H{len(positions)}H", len(positions), *positions)
            )
        return b"".join(parts)

    def from_binary(self, data: bytes, modifier: int | None) -> str:
        try:
            return tsvector_text(_received(data))
        except struct.error:
            raise too_short() from None

    def comparand(self, kept: Any) -> str:
        return self.sort_text(kept)

    def order_key(self, value: object) -> object:
        """Return what compares as PostgreSQL has it: the bytes that it takes first, then word by word."""
        lexemes = lexemes_of(str(value))
        size = 0
        for word, positions in lexemes.items():
            size += len(word.encode())
            if positions:
                size += size % 2 + 2 + 2 * len(positions)
        return 4 * len(lexemes) + size, len(lexemes), tuple(
            (
                not positions, word.encode(), -len(positions),
                tuple((-(each & POSITION_MAX), -(each >> WEIGHT_SHIFT)) for each in positions),
            )
            for word, positions in lexemes.items()
        )  # fmt: skip


def _read(text: str) -> dict[str, tuple[int, ...]]:
    """Return the words of a text, as it is typed or as values are written, which is quicker."""
    found: dict[str, tuple[int, ...]] = {}
    place = 0
    while (entry := WRITTEN.match(text, place)) is not None:
        found[entry[1]] = _written_positions(entry[2]) if entry[2] else ()
        place = entry.end()
    return found if place == len(text) and place else _typed(text)


def _written_positions(text: str) -> tuple[int, ...]:
    if text.isdecimal():
        return (int(text),)
    return tuple(
        int(each) if each.isdecimal() else STAR[each[-1]] << WEIGHT_SHIFT | int(each[:-1])
        for each in text.split(",")
    )


def _typed(text: str) -> dict[str, tuple[int, ...]]:
    reader = WordReader(text, "tsvector")
    found: dict[str, tuple[int, ...]] = {}
    while True:
        reader.skip_space()
        if not reader.here:
            return found
        word = reader.word()
        found[word] = found.get(word, ()) + (_positions(reader) if reader.here == ":" else ())


def _positions(reader: WordReader) -> tuple[int, ...]:
    """Read what stands behind the colon: `1A,2`."""
    found: list[int] = []
    while True:
        reader.place += 1
        digits = _digits(reader)
        if not digits:
            raise reader.wrong()
        if not int(digits):
            raise DataError(f'wrong position info in tsvector: "{reader.text}"', sqlstate="42601")
        weight = 0
        while (letter := reader.here.upper()) in STAR and letter:
            if weight:
                raise reader.wrong()
            weight = STAR[letter]
            reader.place += 1
        found.append(weight << WEIGHT_SHIFT | min(int(digits), POSITION_MAX))
        if reader.here != ",":
            if reader.here and not reader.here.isspace():
                raise reader.wrong()
            return tuple(found)


def _digits(reader: WordReader) -> str:
    start = reader.place
    while reader.here and reader.here in "0123456789":
        reader.place += 1
    return reader.text[start : reader.place]


def _received(data: bytes) -> dict[str, tuple[int, ...]]:
    (count,), place = COUNT.unpack_from(data), COUNT.size
    if not 0 <= count <= len(data):
        raise DataError("invalid size of tsvector", sqlstate="22P03")
    found: dict[str, tuple[int, ...]] = {}
    for _ in range(count):
        end = data.find(b"\0", place)
        if end < 0:
            raise InvalidText("invalid string in message", sqlstate="08P01")
        if end - place > WORD_BYTES_MAX:
            raise DataError("invalid tsvector: lexeme too long", sqlstate="22P03")
        word = decode_text(data[place:end])
        (length,) = SHORT.unpack_from(data, end + 1)
        if length > POSITIONS_MAX:
            raise DataError("unexpected number of tsvector positions", sqlstate="22P03")
        place = end + 1 + SHORT.size
        positions = struct.unpack_from(f">{length}H", data, place)
        numbers = [each & POSITION_MAX for each in positions]
        if any(low >= high for low, high in zip(numbers, numbers[1:], strict=False)):
            raise DataError("position information is misordered", sqlstate="22P03")
        place += length * SHORT.size
        if word in found:
            raise DataError("lexemes are misordered", sqlstate="22P03")
        found[word] = positions
    if place != len(data):
        raise InvalidText("incorrect binary data format in bind parameter", sqlstate="22P03")
    return found


def tsvector_text(lexemes: Mapping[str, Iterable[int]]) -> str:
    """Write words as PostgreSQL does; of equal positions the one of the greatest weight counts."""
    ordered = sorted(lexemes) if "".join(lexemes).isascii() else sorted(lexemes, key=str.encode)
    return " ".join([quoted_word(word) + _positions_text(lexemes[word]) for word in ordered])


def _positions_text(positions: Iterable[int]) -> str:
    if not positions:
        return ""
    weights: dict[int, int] = {}
    for each in positions:
        number, weight = each & POSITION_MAX, each >> WEIGHT_SHIFT
        weights[number] = max(weight, weights.get(number, 0))
    shown = [f"{number}{WEIGHTS[weights[number]] if weights[number] else ''}" for number in sorted(weights)]
    return ":" + ",".join(shown[:POSITIONS_MAX])


@lru_cache(KEPT)
def lexemes_of(text: str) -> Lexemes:
    """Return the words of a value, in their order; nobody changes them."""
    return _read(text)


TSVECTOR = TsvectorType(
    name="tsvector", oid=3614, array_oid=3643, storage=Storage.DICTIONARY, is_stored_as_is=True,
    has_order=True, has_equality=True, orders_as_stored=False, duck_name="VARCHAR", duck_is_text=True,
    duck_equates=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (TSVECTOR,)
