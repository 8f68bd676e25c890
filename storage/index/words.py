"""Lists of the rows that have a word: of tsvector. The blobs are those of `vql.storage.index.elements`, a
token being a word.

A list says that a word is there, not where and with which weight: rows that are found for a phrase or a
weight are candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import numpy as np

from vql.storage.index.elements import ElementIndex, ElementsKind
from vql.types.forms.ndarrays import U8
from vql.types.search.tsquery import AND, NOT, OR, Query, Word, tsquery_of
from vql.types.search.tsvector import TSVECTOR, lexemes_of
from vql.types.type import Type
from vql.types.vectors.bit import selector_bits


class WordRows(NamedTuple):
    """The rows that may meet a query, of so many: offsets that rise. Where they are `exact` they do, and no
    others."""

    offsets: np.ndarray
    is_exact: bool
    rows: int
    # As of an index, whatever is there: rows can be had as bits.
    bitmaps: bool = True

    def rows_of(self, spans: object) -> np.ndarray:
        """Return the offsets."""
        return self.offsets

    def bits_of(self, spans: object) -> U8 | None:
        """Return the rows as bits, LSB first."""
        return selector_bits(self.passed())

    def passed(self) -> np.ndarray:
        """Return which rows they are."""
        found = np.zeros(self.rows, bool)
        found[self.offsets] = True
        return found


class WordIndex(ElementIndex):
    """The open lists of one segment's vectors."""

    def meeting(self, op: str, query: str) -> WordRows | None:
        """Return the rows that may meet a query; None where they may be any."""
        wanted = tsquery_of(query)
        if wanted is None:
            return self._rows_with(np.empty(0, np.uint32), True)
        return self._meeting(wanted)

    def _meeting(self, query: Query) -> WordRows | None:
        if isinstance(query, Word):
            raw = query.text.encode()
            spans = self.spans_beginning(raw) if query.is_prefix else (self.span(raw),)
            return self._rows_with(self.rows_of(spans), not query.weights)
        assert query is not None, "an operator has its operands"
        if query.operator == NOT:
            return None
        left, right = self._meeting(query.left), self._meeting(query.right)
        if query.operator == OR:
            if left is None or right is None:
                return None
            rows = np.union1d(left.offsets, right.offsets)
            return self._rows_with(rows, left.is_exact and right.is_exact)
        if left is None or right is None:
            known = left or right
            return None if known is None else known._replace(is_exact=False)
        rows = np.intersect1d(left.offsets, right.offsets, assume_unique=True)
        return self._rows_with(rows, query.operator == AND and left.is_exact and right.is_exact)

    def _rows_with(self, offsets: np.ndarray, is_exact: bool) -> WordRows:
        return WordRows(offsets, is_exact, len(self.column))


class WordsKind(ElementsKind):
    """USING gin, of tsvector."""

    opclasses = frozenset({"tsvector_ops"})
    index: ClassVar = WordIndex

    def accepts(self, type_: Type, metric: str) -> bool:
        return not metric and type_.base is TSVECTOR

    def tokens(self, text: str) -> Iterator[bytes]:
        """Give the words of a value."""
        return map(str.encode, lexemes_of(text))
