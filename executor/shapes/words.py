"""Rows by how well a text of theirs meets words: BM25 as Lucene computes it.

The score of a row is the sum over the words asked for, each as often as it is asked for, of

    ln(1 + (N - n + 0.5) / (n + 0.5)) * f / (f + k1 * (1 - b + b * length / mean length))

with N texts, n of them with the word, f times in the row's (Robertson and Zaragoza, The Probabilistic
Relevance Framework: BM25 and Beyond, 2009; Kamphuis and others, Which BM25 Do You Mean?, 2020). Texts are
counted as the snapshot sees them, whatever the WHERE of a statement, so that a moment before ranks as it did
then. The rank is the negative score: smaller is better. Rows without any of the words have 0, NULL no rank.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from vql.executor.masks.filter import Filter
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Part, Selection, SelectionSource, sort_arrays, window
from vql.language import plan
from vql.storage.columns.column import Column
from vql.storage.index.terms import TermIndex, configuration_name, counted_words
from vql.storage.segments.segment import Segment
from vql.types.forms.ndarrays import F64, I64, Bools

K1, B = 1.2, 0.75


class Postings(Protocol):
    """The words of a segment's texts."""

    lengths: np.ndarray

    def postings(self, word: str) -> tuple[np.ndarray, np.ndarray]: ...


class ReadTexts:
    """The words of a segment whose index is not built yet, counted as they are asked for."""

    def __init__(self, column: Column, configuration: str) -> None:
        counted = [
            {} if text is None else counted_words(configuration, str(text)) for text in column.values()
        ]
        self._counted = counted
        self.lengths = np.array([sum(words.values()) for words in counted], "u4")

    def postings(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows that have a word, rising, and how often each has it."""
        counts = np.array([words.get(word, 0) for words in self._counted], "u4")
        rows = np.flatnonzero(counts)
        return rows, counts[rows]


class _Texts(NamedTuple):
    """A segment, its rows that the snapshot sees and that have a text, and their words."""

    segment: Segment
    seen: Bools
    words: Postings


def run_text(
    node: plan.SelectPlan, rank: plan.TextRank, context: Context, limit: int | None, offset: int
) -> Selection:
    """Return rows `offset` to `offset + limit` of those that pass, the best first."""
    parts, ranks = list[Part](), list[F64]()
    passing = Filter.of(node.predicate, context)
    for segment, scores in _scored(node, rank, context):
        offsets = passing.mask(segment, context).ids
        if len(offsets):
            parts.append(Part(segment, offsets))
            ranks.append(-scores[offsets] + 0.0)
    found = Selection(node.table, tuple(parts), None, rank, np.concatenate(ranks) if ranks else np.empty(0))
    assert found.ranks is not None
    arrays: list[np.ndarray] = [found.row_ids()]
    if len(node.order) == 1 and limit is not None:
        chosen = _first(found.ranks, limit + offset)
        ordered = chosen[np.lexsort([arrays[0][chosen], found.ranks[chosen]])]
        return window(found.reordered(ordered), offset, limit)
    for key in reversed(node.order[1:]):
        arrays += sort_arrays(context.evaluator.scalar(key.scalar, SelectionSource(found)), key)
    return window(found.reordered(np.lexsort([*arrays, found.ranks])), offset, limit)


def matching_texts(node: plan.SelectPlan, rank: plan.TextRank, context: Context, limit: int) -> Selection:
    """Return the first rows that pass and have any of the words, the best first."""
    found = run_text(node, rank, context, limit, 0)
    return window(found, 0, int(np.count_nonzero(found.ordered_ranks() < 0)))


def _first(ranks: F64, count: int) -> I64:
    """Return the places among which the first so many are, whatever orders those of equal rank."""
    if 0 < count < len(ranks):
        worst = np.partition(ranks, count - 1)[count - 1]
        if not np.isnan(worst):
            return np.flatnonzero(ranks <= worst)
    return np.arange(len(ranks))


def _scored(node: plan.SelectPlan, rank: plan.TextRank, context: Context) -> list[tuple[Segment, F64]]:
    """Return the score of each row of each segment, NaN where there is none."""
    texts = list(_texts(node, rank, context))
    given = context.evaluator.value(rank.query)
    scores = [np.where(each.seen, 0.0, np.nan) for each in texts]
    total = sum(int(np.count_nonzero(each.seen)) for each in texts)
    if given is None:
        return [(each.segment, np.full(each.segment.rows, np.nan)) for each in texts]
    length = sum(int(each.words.lengths[each.seen].sum(dtype=np.int64)) for each in texts)
    mean = length / total if total else 0.0
    k1, b = rank.index.option("k1", K1), rank.index.option("b", B)
    for word, times in counted_words(configuration_name(rank.index), str(given)).items():
        lists = [_seen(each, *each.words.postings(word)) for each in texts]
        having = sum(len(rows) for rows, _ in lists)
        weight = times * math.log(1 + (total - having + 0.5) / (having + 0.5))
        for each, score, (rows, counts) in zip(texts, scores, lists, strict=True):
            share = each.words.lengths[rows] / mean if mean else 0.0
            score[rows] += weight * counts / (counts + k1 * (1 - b + b * share))
    return [(each.segment, score) for each, score in zip(texts, scores, strict=True)]


def _seen(texts: _Texts, rows: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kept = texts.seen[rows]
    return (rows, counts) if kept.all() else (rows[kept], counts[kept])


def _texts(node: plan.SelectPlan, rank: plan.TextRank, context: Context) -> Sequence[_Texts]:
    found = []
    for segment in context.snapshot.segments(node.table.table_id):
        visible = segment.visible(context.snapshot.version)
        column = segment.column(rank.position)
        seen = np.ones(segment.rows, bool) if visible is None else visible
        seen = seen if column.valid is None else seen & column.valid
        index = next(
            (
                each.opened
                for each in segment.scalar_indexes
                if each.index_id == rank.index.index_id and isinstance(each.opened, TermIndex)
            ),
            None,
        )
        words = ReadTexts(column, configuration_name(rank.index)) if index is None else index
        found.append(_Texts(segment, seen, words))
    return found
