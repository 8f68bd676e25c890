"""Lists of the rows that a word stands in, with how often: of texts, for scores by words (BM25).

| blob | type | what |
|---|---|---|
| `tokens` | bytes | the distinct words, in their order, one behind the other |
| `ends` | u64 | where each ends |
| `stops` | u64 | where the rows of each end |
| `rows` | u32 | offsets of rows, rising for each word |
| `counts` | u32 | for each column: how often the word stands in the row's text |
| `lengths` | u32 | for each column: how many words each row has, stop words left out; 0 of NULL |
| `most` | u32 | for each column: how often each word stands in a text at most |
| `least` | u32 | for each column: the length of the shortest text that has each word; 1 where none has |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from vql import schema
from vql.fulltext.configuration import CONFIGURATIONS, DEFAULT
from vql.settings.parameters import Option, listed_numbers
from vql.storage.columns.column import Column
from vql.storage.index.elements import TEXTS_A_STEP, ElementIndex, lists_of
from vql.storage.index.kind import Blobs, BuiltIndex, Device, IndexKind, Step
from vql.types.forms.ndarrays import I64
from vql.types.type import Type

COUNTED_KEPT = 50_000
CONFIGURATION, WEIGHTS = "text_config", "weights"
WEIGHT_MAX = 1_000


class Postings(NamedTuple):
    """The rows that have a word, rising; how often each has it in each column (columns, rows); and what
    bounds its scores: for each column the most of it in a text, and the length of the shortest with it."""

    rows: np.ndarray
    counts: np.ndarray
    most: np.ndarray
    least: np.ndarray


def configuration_name(index: schema.Index) -> str:
    """Return the configuration that makes words of an index' texts."""
    return str(dict(index.options).get(CONFIGURATION, DEFAULT))


def column_weights(index: schema.Index) -> list[float]:
    """Return what a word counts in each column of an index."""
    given = dict(index.options).get(WEIGHTS)
    if given is None:
        return [1.0] * len(index.columns)
    return listed_numbers(given)


@lru_cache(COUNTED_KEPT)
def counted_words(configuration: str, text: str) -> Mapping[str, int]:
    """Return how often each word stands in a text; nobody changes them."""
    return CONFIGURATIONS[configuration].counts(text)


def bounded_postings(postings: tuple[np.ndarray, np.ndarray], lengths: np.ndarray) -> Postings:
    """Return lists of rows and counts with what bounds their scores; `lengths` are those of all texts."""
    rows, counts = postings
    own = np.where(counts > 0, lengths[:, rows], np.iinfo("u4").max)
    most = counts.max(1, initial=0)
    return Postings(rows, counts, most, np.where(most > 0, own.min(1, initial=np.iinfo("u4").max), 1))


class TermIndex(ElementIndex):
    """The open lists of one segment's texts."""

    def __init__(self, columns: Sequence[Column], blobs: Blobs) -> None:
        super().__init__(columns[0], blobs)
        shape = len(columns), -1
        self._counts = np.frombuffer(blobs["counts"], "<u4").reshape(shape)
        self._most = np.frombuffer(blobs["most"], "<u4").reshape(shape)
        self._least = np.frombuffer(blobs["least"], "<u4").reshape(shape)
        self.lengths: np.ndarray = np.frombuffer(blobs["lengths"], "<u4").reshape(shape)

    @cached_property
    def total(self) -> I64:
        """Of each column the words of all rows."""
        total: I64 = self.lengths.sum(1, dtype=np.int64)
        return total

    def postings(self, word: str) -> Postings:
        """Return the rows that have a word."""
        token = word.encode()
        at = self.place(token)
        if at == len(self._ends) or self._token(at) != token:
            at, low, high = 0, 0, 0
        else:
            low, high = self.span_at(at)
        return Postings(
            self._rows[low:high], self._counts[:, low:high], self._most[:, at], self._least[:, at]
        )

    def beginning(self, prefix: str) -> Postings:
        """Return the rows that have words which begin with something, as if these were one."""
        spans = self.spans_beginning(prefix.encode())
        places = np.concatenate([np.arange(low, high) for low, high in spans] or [np.empty(0, np.int64)])
        return bounded_postings(summed(self._rows[places], self._counts[:, places]), self.lengths)


def summed(rows: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct rows, rising, with the sums of their counts."""
    distinct, places = np.unique(rows, return_inverse=True)
    sums = np.stack([np.bincount(places, each, len(distinct)) for each in counts])
    return distinct, sums.astype(np.int64)


class TermsKind(IndexKind):
    """USING bm25, of texts: k1 and b are those of the score (Robertson and Zaragoza, 2009)."""

    options = {
        CONFIGURATION: Option(1, 0, words=tuple(CONFIGURATIONS), is_fixed=True),
        "k1": Option(0, 100, is_fixed=True),
        "b": Option(0, 1, is_fixed=True),
        WEIGHTS: Option(0, WEIGHT_MAX, is_open=True, is_list=True, is_fixed=True),
    }
    many_columns = True
    layout = 2

    def accepts(self, type_: Type, metric: str) -> bool:
        return not metric and type_.is_string and type_.is_string_stored

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        name, rows = configuration_name(definition), len(columns[0])
        known: dict[str, int] = {}
        lengths = np.zeros((len(columns), rows), "<u4")
        parts = []
        for number, column in enumerate(columns):
            numbers, counts = list[int](), list[int]()
            sizes = np.zeros(rows, np.int64)
            for place, text in enumerate(column.values()):
                if place % TEXTS_A_STEP == 0:
                    step("reading words", (number + place / rows) / len(columns))
                if text is not None:
                    words = counted_words(name, str(text))
                    numbers += [known.setdefault(word, len(known)) for word in words]
                    counts += words.values()
                    sizes[place], lengths[number, place] = len(words), sum(words.values())
            parts.append(
                (np.array(numbers, np.int64), np.repeat(np.arange(rows), sizes), np.array(counts, "<u4"))
            )
        if not known:
            return BuiltIndex({}, {})
        ordered = sorted(known, key=str.encode)
        ranks = np.empty(len(known), np.int64)
        ranks[[known[word] for word in ordered]] = np.arange(len(known))
        # Of all columns: a word and a row are one place.
        places = [ranks[numbers] * rows + owners for numbers, owners, _ in parts]
        distinct = places[0] if len(places) == 1 else np.unique(np.concatenate(places))
        owned, owners = np.divmod(distinct, rows)
        order, lists = lists_of([word.encode() for word in ordered], owned, owners)
        distinct = distinct[order]
        counts_of = np.zeros((len(columns), len(distinct)), "<u4")
        for number, (own, (_, _, counted_)) in enumerate(zip(places, parts, strict=True)):
            sorter = np.argsort(own)
            counts_of[number, np.searchsorted(distinct, own[sorter])] = counted_[sorter]
        blobs = {**lists, **_bounds(counts_of, lengths, lists), "counts": counts_of, "lengths": lengths}
        return BuiltIndex({"words": len(ordered)}, blobs)

    def open(self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs) -> Any:
        return TermIndex(columns, blobs) if info.get("words") else None

    def describe(self, info: Mapping[str, Any]) -> str:
        return f"{info.get('words', 0)} words"


def _bounds(counts: np.ndarray, lengths: np.ndarray, lists: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the blobs of what bounds the scores of each word."""
    starts = np.concatenate([[0], lists["stops"][:-1]]).astype(np.int64)
    own = np.where(counts > 0, lengths[:, lists["rows"]], np.iinfo("u4").max)
    most = np.maximum.reduceat(counts, starts, axis=1)
    least = np.where(most > 0, np.minimum.reduceat(own, starts, axis=1), 1)
    return {"most": most.astype("<u4"), "least": least.astype("<u4")}
