"""Lists of the rows that have an element: of arrays their elements, of jsonb keys and values at any depth.

A *token* is an element as bytes, whose first says what it is: `k` a key of an object, a string in an array or
one alone, `s` a string that is a key's value, `n` a number in its shortest form, `b` true, false or null.
What contains a document has all of its tokens; whether it contains it is for the column to say.

| blob | type | what |
|---|---|---|
| `tokens` | bytes | the distinct tokens, in their order, one behind the other |
| `ends` | u64 | where each ends |
| `stops` | u64 | where the rows of each end |
| `rows` | u32 | offsets of rows, rising for each token |
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from vql import schema
from vql.settings.parameters import SWITCH, Option
from vql.storage.columns.column import Column
from vql.storage.index.kind import Blobs, BuiltIndex, Device, IndexKind, Step
from vql.storage.index.sorted import Span
from vql.types.forms.ndarrays import I64, U8
from vql.types.type import JSONB, Type

TEXTS_A_STEP = 4_096
# One token in so many is looked at before any other.
SOME = 128


class ElementIndex:
    """The open lists of one segment's column; many threads ask them at once."""

    bitmaps = None

    def __init__(self, column: Column, blobs: Blobs) -> None:
        self.column = column
        self._tokens = blobs["tokens"]
        self._ends = np.frombuffer(blobs["ends"], "<u8")
        self._stops = np.frombuffer(blobs["stops"], "<u8")
        self._rows = np.frombuffer(blobs["rows"], "<u4")

    def span(self, token: bytes) -> Span:
        """Return where the rows of a token stand."""
        at = self.place(token)
        return (0, 0) if at == len(self._ends) or self._token(at) != token else self.span_at(at)

    def spans_beginning(self, prefix: bytes) -> tuple[Span, ...]:
        """Return where the rows stand of all tokens that begin with something."""
        low, high = self.place(prefix), self.place(prefix + b"\xff")
        return tuple(self.span_at(place) for place in range(low, high))

    def place(self, token: bytes) -> int:
        """Return the place of a token among all, or that of the first behind it."""
        start = max(bisect_left(self._some, token) - 1, 0) * SOME
        return bisect_left(range(min(start + SOME + 1, len(self._ends))), token, start, key=self._token)

    @cached_property
    def _some(self) -> list[bytes]:
        """The first of each SOME tokens, which are looked at more quickly."""
        return [self._token(place) for place in range(0, len(self._ends), SOME)]

    def span_at(self, place: int) -> Span:
        """Return where the rows of the token at a place stand."""
        return int(self._stops[place - 1]) if place else 0, int(self._stops[place])

    def _token(self, place: int) -> bytes:
        start = int(self._ends[place - 1]) if place else 0
        return bytes(self._tokens[start : int(self._ends[place])])

    def rows_of(self, spans: Sequence[Span]) -> np.ndarray:
        """Return the distinct offsets of some spans."""
        parts = [self._rows[low:high] for low, high in spans]
        if len(parts) == 1:
            return parts[0]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.uint32)

    def bits_of(self, spans: Sequence[Span]) -> U8 | None:
        """There are no bitmaps."""
        return None


def lists_of(tokens: Sequence[bytes], owned: I64, owners: I64) -> tuple[I64, dict[str, Any]]:
    """Return the blobs of tokens, in order, and of the rows that have each: `owners[i]` has the token
    `owned[i]`; and the order in which the rows stand there, those of a token one behind the other."""
    order: I64 = np.argsort(owned, kind="stable")
    return order, {
        "tokens": b"".join(tokens),
        "ends": np.cumsum([len(token) for token in tokens]).astype("<u8"),
        "stops": np.cumsum(np.bincount(owned, minlength=len(tokens))).astype("<u8"),
        "rows": owners[order].astype("<u4"),
    }


class ElementsKind(IndexKind):
    """USING gin, of jsonb and of arrays of texts or integers."""

    # Built alike, whichever is named.
    opclasses = frozenset({"jsonb_ops", "jsonb_path_ops", "array_ops"})
    # Of PostgreSQL's pages: kept, and without effect.
    options = MappingProxyType({"fastupdate": SWITCH, "gin_pending_list_limit": Option(64, (1 << 31) - 1)})
    index: ClassVar[type[ElementIndex]] = ElementIndex

    def accepts(self, type_: Type, metric: str) -> bool:
        return not metric and type_.is_string_stored and (type_ == JSONB or type_.is_array)

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        column = columns[0].compact()
        assert column.dictionary is not None, "documents and arrays are stored as texts"
        texts = column.dictionary.values().tolist()
        known: dict[bytes, int] = {}
        numbers: list[int] = []
        ends = np.zeros(len(texts) + 1, np.int64)
        for place, text in enumerate(texts):
            if place % TEXTS_A_STEP == 0:
                step("reading elements", place / len(texts))
            numbers += {known.setdefault(token, len(known)) for token in self.tokens(text)}
            ends[place + 1] = len(numbers)
        if not known:
            return BuiltIndex({}, {})
        tokens = sorted(known)
        ranks = np.empty(len(known), np.int64)
        ranks[[known[token] for token in tokens]] = np.arange(len(known))
        rows = np.arange(len(column)) if column.valid is None else np.flatnonzero(column.valid)
        codes = column.data[rows]
        lengths = np.diff(ends)[codes]
        # Of each row its texts' tokens: where they begin, counted on within the row.
        places = np.repeat(ends[codes] - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
        owned, owners = ranks[np.array(numbers, np.int64)[places]], np.repeat(rows, lengths)
        return BuiltIndex({"tokens": len(tokens)}, lists_of(tokens, owned, owners)[1])

    def open(self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs) -> Any:
        return self.index(columns[0], blobs) if info.get("tokens") else None

    def tokens(self, text: str) -> Iterator[bytes]:
        """Give the tokens of a stored value."""
        return element_tokens(text)

    def describe(self, info: Mapping[str, Any]) -> str:
        return f"{info.get('tokens', 0)} elements"


def element_tokens(text: str) -> Iterator[bytes]:
    """Give the tokens of a stored array or document."""
    yield from _tokens(json.loads(text, parse_int=Decimal, parse_float=Decimal), "k")


def element_token(element: object) -> bytes:
    """Return the token of an element of an array."""
    return next(_tokens(Decimal(element) if type(element) is int else element, "k"))


def _tokens(tree: object, strings: str) -> Iterator[bytes]:
    """Give the tokens of a tree in which a string alone is of a kind."""
    match tree:
        case dict():
            for key, value in tree.items():
                yield b"k" + key.encode()
                yield from _tokens(value, "s")
        case list():
            for item in tree:
                yield from _tokens(item, "k")
        case str():
            yield strings.encode() + tree.encode()
        case bool() | None:
            yield b"b" + json.dumps(tree).encode()
        case Decimal():
            yield b"n" + str(tree.normalize() if tree else Decimal(0)).encode()
