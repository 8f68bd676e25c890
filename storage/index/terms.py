"""Lists of the rows that a word stands in, with how often: of texts, for scores by words (BM25).

| blob | type | what |
|---|---|---|
| `tokens` | bytes | the distinct words, in their order, one behind the other |
| `ends` | u64 | where each ends |
| `stops` | u64 | where the rows of each end |
| `rows` | u32 | offsets of rows, rising for each word |
| `counts` | u32 | how often the word stands in the row |
| `lengths` | u32 | of each row the number of its words, stop words left out; 0 of NULL |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from vql import schema
from vql.fulltext.configuration import CONFIGURATIONS, DEFAULT, STOPPED
from vql.settings.parameters import Option
from vql.storage.columns.column import Column
from vql.storage.index.elements import TEXTS_A_STEP, ElementIndex, lists_of
from vql.storage.index.kind import Blobs, BuiltIndex, Device, IndexKind, Step
from vql.types.type import Type

COUNTED_KEPT = 50_000
CONFIGURATION = "text_config"


def configuration_name(index: schema.Index) -> str:
    """Return the configuration that makes words of an index' texts."""
    return str(dict(index.options).get(CONFIGURATION, DEFAULT))


@lru_cache(COUNTED_KEPT)
def counted_words(configuration: str, text: str) -> Mapping[str, int]:
    """Return how often each word stands in a text; nobody changes them."""
    found: dict[str, int] = {}
    for word, _ in CONFIGURATIONS[configuration].words(text):
        if word != STOPPED:
            found[word] = found.get(word, 0) + 1
    return found


class TermIndex(ElementIndex):
    """The open lists of one segment's texts."""

    def __init__(self, column: Column, blobs: Blobs) -> None:
        super().__init__(column, blobs)
        self._counts = np.frombuffer(blobs["counts"], "<u4")
        self.lengths: np.ndarray = np.frombuffer(blobs["lengths"], "<u4")

    def postings(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows that have a word, rising, and how often each has it."""
        low, high = self.span(word.encode())
        return self._rows[low:high], self._counts[low:high]


class TermsKind(IndexKind):
    """USING bm25, of texts: k1 and b are those of the score (Robertson and Zaragoza, 2009)."""

    options = {
        CONFIGURATION: Option(1, 0, words=tuple(CONFIGURATIONS)),
        "k1": Option(0, 100),
        "b": Option(0, 1),
    }

    def accepts(self, type_: Type, metric: str) -> bool:
        return not metric and type_.is_string and type_.is_string_stored

    def build(
        self, columns: Sequence[Column], definition: schema.Index, device: Device, step: Step
    ) -> BuiltIndex:
        column, name = columns[0], configuration_name(definition)
        known: dict[str, int] = {}
        numbers, counts = list[int](), list[int]()
        sizes, lengths = np.zeros(len(column), np.int64), np.zeros(len(column), "<u4")
        for place, text in enumerate(column.values()):
            if place % TEXTS_A_STEP == 0:
                step("reading words", place / len(column))
            if text is not None:
                words = counted_words(name, str(text))
                numbers += [known.setdefault(word, len(known)) for word in words]
                counts += words.values()
                sizes[place], lengths[place] = len(words), sum(words.values())
        if not known:
            return BuiltIndex({}, {})
        ordered = sorted(known, key=str.encode)
        ranks = np.empty(len(known), np.int64)
        ranks[[known[word] for word in ordered]] = np.arange(len(known))
        owned, owners = ranks[np.array(numbers, np.int64)], np.repeat(np.arange(len(column)), sizes)
        order, lists = lists_of([word.encode() for word in ordered], owned, owners)
        blobs = {**lists, "counts": np.array(counts, "<u4")[order], "lengths": lengths}
        return BuiltIndex({"words": len(ordered)}, blobs)

    def open(self, columns: Sequence[Column], metric: str, info: Mapping[str, Any], blobs: Blobs) -> Any:
        return TermIndex(columns[0], blobs) if info.get("words") else None

    def describe(self, info: Mapping[str, Any]) -> str:
        return f"{info.get('words', 0)} words"
