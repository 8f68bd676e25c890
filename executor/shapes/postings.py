"""The words of the texts of a table's segments: of their indexes, or read where none is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from vql.fulltext.ranked import Clause, phrase_count, word_places
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.index.terms import (
    Postings,
    TermIndex,
    bounded_postings,
    configuration_name,
    counted_words,
    summed,
)
from vql.storage.segments.segment import Segment
from vql.storage.snapshot import Snapshot
from vql.types.forms.ndarrays import I64, Bools


class WordLists(Protocol):
    """The words of a segment's texts: `lengths` (columns, rows) are how many each has, `total` (columns,)
    of all."""

    lengths: np.ndarray

    @property
    def total(self) -> I64: ...

    def postings(self, word: str) -> Postings: ...

    def beginning(self, prefix: str) -> Postings: ...


class ReadTexts:
    """The words of a segment whose index is not built yet."""

    def __init__(self, columns: Sequence[Column], configuration: str) -> None:
        self._counted = [
            [{} if text is None else counted_words(configuration, str(text)) for text in column.values()]
            for column in columns
        ]
        self.lengths = np.array([[sum(w.values()) for w in texts] for texts in self._counted], "u4")

    @property
    def total(self) -> I64:
        """Of each column the words of all rows."""
        total: I64 = self.lengths.sum(1, dtype=np.int64)
        return total

    @cached_property
    def _lists(self) -> Mapping[str, tuple[list[int], list[list[int]]]]:
        """Of each word the rows that have it, and for each column how often."""
        found: dict[str, tuple[list[int], list[list[int]]]] = {}
        for row, texts in enumerate(zip(*self._counted, strict=True)):
            for word in texts[0] if len(texts) == 1 else {word for words in texts for word in words}:
                rows, counts = found.setdefault(word, ([], [[] for _ in texts]))
                rows.append(row)
                for mine, words in zip(counts, texts, strict=True):
                    mine.append(words.get(word, 0))
        return found

    def postings(self, word: str) -> Postings:
        """Return the rows that have a word."""
        return self._postings([self._lists[word]] if word in self._lists else [])

    def beginning(self, prefix: str) -> Postings:
        """Return the rows that have words which begin with something, as if these were one."""
        return self._postings([lists for word, lists in self._lists.items() if word.startswith(prefix)])

    def _postings(self, lists: Sequence[tuple[list[int], list[list[int]]]]) -> Postings:
        rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in lists)]).astype(np.int64)
        none = np.empty((len(self._counted), 0), np.int64)
        counts = np.concatenate([none, *(np.array(each) for _, each in lists)], axis=1)
        return bounded_postings(summed(rows, counts), self.lengths)


class SegmentTexts(NamedTuple):
    """A segment, which of its rows the snapshot sees with a text, None for all, and their words."""

    segment: Segment
    columns: tuple[Column, ...]
    seen: Bools | None
    words: WordLists
    configuration: str

    @property
    def seen_count(self) -> int:
        """How many texts are seen."""
        return self.segment.rows if self.seen is None else int(np.count_nonzero(self.seen))

    @property
    def seen_words(self) -> I64:
        """Of each column how many words are seen."""
        total = self.words.total
        if self.seen is not None:
            total = total - self.words.lengths[:, ~self.seen].sum(1, dtype=np.int64)
        return total

    def having(self, clause: Clause) -> tuple[Postings, int]:
        """Return the rows that may have a word, or words that begin so, and how many of them are seen."""
        word = clause.words[0]
        found = self.words.beginning(word) if clause.is_prefix else self.words.postings(word)
        return found, len(found.rows) if self.seen is None else int(np.count_nonzero(self.seen[found.rows]))

    def phrases(self, clause: Clause, passes: Bools | None) -> Postings:
        """Return those of the rows that pass which have a phrase, and how often."""
        rows: np.ndarray | None = None
        for word in dict.fromkeys(clause.words):
            mine = self.words.postings(word).rows
            rows = mine if rows is None else np.intersect1d(rows, mine, assume_unique=True)
        assert rows is not None, "a phrase has words"
        rows = rows if passes is None else rows[passes[rows]]
        counts = np.array([
            [
                0 if text is None else phrase_count(clause, word_places(self.configuration, str(text)))
                for text in column.values(rows.astype(np.int64))
            ]
            for column in self.columns
        ]).reshape(len(self.columns), len(rows))  # fmt: skip
        there = counts.any(0)
        return bounded_postings((rows[there], counts[:, there]), self.words.lengths)


def texts_of(table_id: int, rank: plan.TextRank, snapshot: Snapshot) -> list[SegmentTexts]:
    """Return the texts of each segment that a snapshot reads."""
    return [_texts(segment, rank, snapshot) for segment in snapshot.segments(table_id)]


def _texts(segment: Segment, rank: plan.TextRank, snapshot: Snapshot) -> SegmentTexts:
    columns = tuple(segment.column(position) for position in rank.positions)
    visible = segment.visible(snapshot.version)
    valid = [column.valid for column in columns]  # a row is one of the texts where any column has one
    given = [each for each in valid if each is not None]
    known = np.any(given, axis=0) if len(given) == len(columns) else None
    seen = known if visible is None else visible if known is None else visible & known
    name, own = configuration_name(rank.index), rank.index.index_id
    found = (each.opened for each in segment.scalar_indexes if each.index_id == own)
    index = next((each for each in found if isinstance(each, TermIndex)), None)
    words = ReadTexts(columns, name) if index is None else index
    return SegmentTexts(segment, columns, seen, words, name)
