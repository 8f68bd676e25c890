"""tsquery: words joined by `!`, `<->`, `&` and `|`, each of which may ask for weights and for all that
begin with it.

A value is its text in PostgreSQL's form; `query_of` takes it apart. The binary form is the number of nodes,
int32, and the nodes, an operator before its operands, the right one first:

| size | field |
|--:|---|
| 1 | 1, of a word |
| 1 | weights, bit 0 for D to bit 3 for A, 0 for any |
| 1 | whether it is what words begin with |
| n + 1 | the word, ended by a zero |
| 1 | or 2, of an operator |
| 1 | 1 `!`, 2 `&`, 3 `|`, 4 `<->` |
| 2 | of `<->` alone: the distance, uint16 |
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from vql.dataclass import dataclass
from vql.errors import DataError, InvalidParameterValue, InvalidText
from vql.types.base import BaseType, Storage
from vql.types.forms.binary import decode_text, too_short
from vql.types.search.words import OPERATORS, WEIGHTS, WORD_BYTES_MAX, WordReader, quoted_word

DISTANCE_MAX = 16_384
COUNT = struct.Struct(">i")
KEPT = 1_024
# Operators by what they are called in the binary form, and how closely each binds.
NOT, AND, OR, PHRASE = 1, 2, 3, 4
PRIORITY = {OR: 1, AND: 2, PHRASE: 3, NOT: 4}
SIGNS = {"&": AND, "|": OR}


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for."""

    text: str
    weights: int = 0  # bit 0 for D to bit 3 for A; 0: any
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """Operands joined; NOT has one, on the right."""

    operator: int
    left: Query
    right: Query
    distance: int = 1  # of PHRASE


# None is the query that asks for nothing, and the left of NOT.
Query = Word | Operation | None


class TsqueryType(BaseType):
    """Conditions on words."""

    def from_text(self, text: str, modifier: int | None) -> str:
        return tsquery_text(_Parser(text).query())

    def convert(self, value: object, modifier: int | None) -> str:
        raise self.mismatch(value)

    def to_binary(self, value: object) -> bytes:
        nodes = list(_nodes(tsquery_of(str(value))))
        return COUNT.pack(len(nodes)) + b"".join(map(_node_bytes, nodes))

    def from_binary(self, data: bytes, modifier: int | None) -> str:
        try:
            return _received(data)
        except struct.error:
            raise too_short() from None

    def comparand(self, kept: Any) -> str:
        return self.sort_text(kept)

    def order_key(self, value: object) -> object:
        """Return what compares as PostgreSQL has it: nodes, bytes, then each node. Weights do not count."""
        query = tsquery_of(str(value))
        nodes = list(_nodes(query))
        size = sum(len(node.text.encode()) + 1 for node in nodes if isinstance(node, Word))
        return len(nodes), 12 * len(nodes) + size, tuple(map(_compared, nodes))

    def key(self, value: object) -> str:
        return self.sort_text(value)


def _nodes(query: Query) -> Iterator[Word | Operation]:
    """Give the nodes of a query, operators before their operands, right ones first."""
    if query is None:
        return
    yield query
    if isinstance(query, Operation):
        yield from _nodes(query.right)
        yield from _nodes(query.left)


def words_of(query: Query) -> list[Word]:
    """Return the words of a query, in the order of its nodes."""
    return [node for node in _nodes(query) if isinstance(node, Word)]


def node_count(query: Query) -> int:
    """Return the number of words and operators."""
    return sum(1 for _ in _nodes(query))


def _node_bytes(node: Word | Operation) -> bytes:
    if isinstance(node, Word):
        return bytes((1, node.weights, node.is_prefix)) + node.text.encode() + b"\0"
    distance = struct.pack(">H", node.distance) if node.operator == PHRASE else b""
    return bytes((2, node.operator)) + distance


def _compared(node: Word | Operation) -> tuple[object, ...]:
    if isinstance(node, Word):
        return -1, -_old_crc(node.text.encode()), node.text.encode()
    return -2, -node.operator, -node.distance if node.operator == PHRASE else 0


def _crc_of(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xEDB8_8320 if byte & 1 else 0)
    return byte


CRC_TABLE = tuple(map(_crc_of, range(256)))


def _old_crc(data: bytes) -> int:
    """Return PostgreSQL's CRC of words, signed: a table for bits in one order, applied in the other."""
    crc = 0xFFFF_FFFF
    for byte in data:
        crc = CRC_TABLE[(crc >> 24 ^ byte) & 0xFF] ^ (crc << 8 & 0xFFFF_FFFF)
    crc ^= 0xFFFF_FFFF
    return crc - (crc >> 31 << 32)


def _received(data: bytes) -> str:
    (count,), place = COUNT.unpack_from(data), COUNT.size
    if not 0 <= count <= len(data):
        raise DataError("invalid size of tsquery", sqlstate="22P03")
    nodes: list[tuple[int, int] | Word] = []
    for _ in range(count):
        kind, second = struct.unpack_from("BB", data, place)
        if kind == 1:
            prefix, end = data[place + 2 : place + 3], data.find(b"\0", place + 3)
            if end < 0:
                raise InvalidText("invalid string in message", sqlstate="08P01")
            if second > 15:
                raise DataError("invalid tsquery: invalid weight bitmap", sqlstate="22P03")
            if end - place - 3 > WORD_BYTES_MAX:
                raise DataError("invalid tsquery: operand too long", sqlstate="22P03")
            nodes.append(Word(decode_text(data[place + 3 : end]), second, prefix != b"\0"))
            place = end + 1
        elif kind == 2:
            if second not in PRIORITY:
                raise DataError(f"unrecognized operator type {second}", sqlstate="22P03")
            distance = struct.unpack_from(">H", data, place + 2)[0] if second == PHRASE else 1
            nodes.append((second, distance))
            place += 4 if second == PHRASE else 2
        else:
            raise DataError(f"unrecognized tsquery node type: {kind}", sqlstate="22P03")
    if place != len(data):
        raise InvalidText("incorrect binary data format in bind parameter", sqlstate="22P03")
    rest = iter(nodes)
    query = _built(rest) if nodes else None
    if next(rest, None) is not None:
        raise DataError("malformed tsquery: extra nodes", sqlstate="22P03")
    return tsquery_text(query)


def _built(nodes: Iterator[tuple[int, int] | Word]) -> Query:
    node = next(nodes, None)
    if node is None:
        raise DataError("malformed tsquery: operand not found", sqlstate="22P03")
    if isinstance(node, Word):
        return node
    right = _built(nodes)
    return Operation(node[0], None if node[0] == NOT else _built(nodes), right, node[1])


# ------------------------------------------------------------------ text


class _Parser:
    """A text that is to be a query. Raises 42601."""

    def __init__(self, text: str) -> None:
        self._reader = WordReader(text, "tsquery", OPERATORS + "<")

    def query(self) -> Query:
        reader = self._reader
        reader.skip_space()
        if not reader.here:
            return None
        found = self._operand_of(0)
        if reader.here:
            raise reader.wrong()
        return found

    def _operand_of(self, priority: int) -> Query:
        """Read an operand, and what follows it as long as that binds more closely than a priority."""
        left = self._operand()
        while (found := self._operator(priority)) is not None:
            operator, distance = found
            left = Operation(operator, left, self._operand_of(PRIORITY[operator]), distance)
        return left

    def _operator(self, priority: int) -> tuple[int, int] | None:
        """Read an operator that binds more closely; None where there is none, which is left where it is."""
        reader = self._reader
        reader.skip_space()
        start = reader.place
        if reader.here in ("", ")"):
            return None
        operator, distance = SIGNS.get(reader.here, PHRASE), 1
        if operator == PHRASE:
            distance = self._distance()
        else:
            reader.place += 1
        if PRIORITY[operator] > priority:
            return operator, distance
        reader.place = start
        return None

    def _distance(self) -> int:
        reader = self._reader
        if reader.here != "<":
            raise reader.wrong()
        end = reader.text.find(">", reader.place)
        inside = reader.text[reader.place + 1 : end] if end > 0 else ""
        reader.place = end + 1
        if inside == "-":
            return 1
        if not inside.isascii() or not inside.isdigit():
            raise reader.wrong()
        return checked_distance(int(inside))

    def _operand(self) -> Query:
        reader = self._reader
        reader.skip_space()
        if reader.here == "!":
            reader.place += 1
            return Operation(NOT, None, self._operand())
        if reader.here == "(":
            reader.place += 1
            inside = self._operand_of(0)
            reader.skip_space()
            if reader.here != ")":
                raise reader.wrong()
            reader.place += 1
            return inside
        if reader.here == ":":
            raise reader.wrong()
        if not reader.here or reader.here in OPERATORS + "<":
            if reader.here:
                raise reader.wrong()
            raise DataError(f'no operand in tsquery: "{reader.text}"', sqlstate="42601")
        return self._word()

    def _word(self) -> Word:
        reader = self._reader
        text, weights, is_prefix = reader.word(), 0, False
        if reader.here == ":":
            reader.place += 1
            while (letter := reader.here.upper()) and letter in WEIGHTS + "*":
                is_prefix |= letter == "*"
                weights |= 0 if letter == "*" else 1 << WEIGHTS.index(letter)
                reader.place += 1
        return Word(text, weights, is_prefix)


def checked_distance(distance: int) -> int:
    """Return a distance of PHRASE. Raises 22023."""
    if not 0 <= distance <= DISTANCE_MAX:
        raise InvalidParameterValue(
            f"distance in phrase operator must be an integer value between zero and {DISTANCE_MAX} inclusive"
        )
    return distance


def tsquery_text(query: Query) -> str:
    """Write a query as PostgreSQL does."""
    return "" if query is None else _text(query, 0, False)


def _text(query: Query, outer: int, is_right_of_phrase: bool) -> str:
    assert query is not None, "an operator has its operands"
    if isinstance(query, Word):
        marks = "*" * query.is_prefix + "".join(
            letter for bit, letter in reversed(list(enumerate(WEIGHTS))) if query.weights >> bit & 1
        )
        return quoted_word(query.text) + (f":{marks}" if marks else "")
    operator, priority = query.operator, PRIORITY[query.operator]
    if operator == NOT:
        text = "!" + _text(query.right, priority, False)
    else:
        sign = {AND: "&", OR: "|"}.get(operator) or ("<->" if query.distance == 1 else f"<{query.distance}>")
        left = _text(query.left, priority, False)
        text = f"{left} {sign} {_text(query.right, priority, operator == PHRASE)}"
    needs_parentheses = priority < outer or operator == PHRASE and is_right_of_phrase
    return f"( {text} )" if needs_parentheses else text


@lru_cache(KEPT)
def tsquery_of(text: str) -> Query:
    """Return what a value asks for."""
    return _Parser(text).query()


TSQUERY = TsqueryType(
    name="tsquery", oid=3615, array_oid=3645, storage=Storage.DICTIONARY, is_stored_as_is=True,
    has_order=True, has_equality=True, orders_as_stored=False, equal_is_same=False, duck_name="VARCHAR",
    duck_is_text=True,
)  # fmt: skip
TYPES: tuple[BaseType, ...] = (TSQUERY,)
