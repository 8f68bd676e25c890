"""Rows by how well texts of theirs meet words: BM25 as Lucene computes it, over several columns BM25F.

The score of a row is the sum over the clauses asked for, each as often as it is asked for, of

    ln(1 + (N - n + 0.5) / (n + 0.5)) * f / (f + k1),  f = sum of w * count / (1 - b + b * length / mean)

with N texts, n of them with the word, and over columns of weight w how often it stands there, among how many
words, and how many these are on average (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25
and Beyond, 2009; Kamphuis and others, Which BM25 Do You Mean?, 2020). What begins with a prefix is one word;
the first factor of a phrase is the sum of those of its words. Texts are counted as the snapshot sees them,
whatever the WHERE of a statement, so that a moment before ranks as it did then. The rank is the negative
score: smaller is better. Rows without any of the words, and those that have an excluded one, have 0; NULL has
no rank.

For the first rows alone the rarest words come first (MaxScore; Turtle and Flood, Query Evaluation: Strategies
and Optimizations, 1995): once what is left cannot lift a row that has none of the words before among the
first, only rows that may still be there are looked up in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vql.deadline import check_deadline
from vql.executor.knn.scans.mask import Mask
from vql.executor.masks.filter import Filter
from vql.executor.rows.context import Context
from vql.executor.rows.selection import Part, Selection, SelectionSource, sort_arrays, window
from vql.executor.shapes.postings import SegmentTexts, texts_of
from vql.fulltext.ranked import Clause, ranked_query
from vql.language import plan
from vql.storage.index.terms import Postings, column_weights, configuration_name
from vql.types.forms.ndarrays import F64, I64, Bools, kth_smallest, sorted_distinct

K1, B = 1.2, 0.75
# A list of so many times the rows that pass is looked up for these, a shorter one is gone through.
LOOKED_UP = 16
# Sums of floats in another order may be less by this share.
ROUNDING = 1e-9


class Scorer(NamedTuple):
    """What scores are made of beside the lists of words."""

    k1: float
    b: float
    weights: Sequence[float]
    means: Sequence[float]

    def scores(self, factor: float, counts: np.ndarray, lengths: np.ndarray) -> F64:
        """Return what a word adds to rows, given how often it stands in each and how long they are, both
        (columns, rows)."""
        found = np.zeros(counts.shape[1])
        for weight, mean, count, length in zip(self.weights, self.means, counts, lengths, strict=True):
            if mean:
                found += weight * count / ((1 - self.b) + (self.b / mean) * length)
        return factor * (found / (found + self.k1))

    def bound(self, factor: float, found: Postings) -> float:
        """Return what a word adds at most. Of single numbers, which numpy takes ten times as long for."""
        sum_ = 0.0
        columns = zip(self.weights, self.means, found.most.tolist(), found.least.tolist(), strict=True)
        for weight, mean, most, least in columns:
            if mean:
                sum_ += weight * most / ((1 - self.b) + (self.b / mean) * least)
        return factor * (sum_ / (sum_ + self.k1)) if sum_ else 0.0


class List(NamedTuple):
    """The rows of a segment that have a clause, the first factor of its scores, and what bounds these."""

    found: Postings
    factor: float
    bound: float


class Scored(NamedTuple):
    """The rows of a segment that pass and have any of the words, in any order, and their scores."""

    texts: SegmentTexts
    mask: Mask
    rows: I64
    scores: F64

    def above(self, least: float) -> Scored:
        """Return the rows whose score is not below another."""
        kept = self.scores >= least
        return self._replace(rows=self.rows[kept], scores=self.scores[kept])


def run_text(
    node: plan.SelectPlan, rank: plan.TextRank, context: Context, limit: int | None, offset: int
) -> Selection:
    """Return rows `offset` to `offset + limit` of those that pass, the best first."""
    is_first = limit is not None and len(node.order) == 1
    wanted = limit + offset if limit is not None and is_first else None
    found = _scored(node, rank, context, wanted)
    if wanted is None or sum(len(each.rows) for each in found) < wanted:
        parts, ranks = _all_rows(found, context.evaluator.value(rank.query) is None, wanted)
    else:
        kept = [each for each in found if len(each.rows)]
        parts = [Part(each.texts.segment, each.rows) for each in kept]
        ranks = [-each.scores for each in kept]
    chosen = Selection(node.table, tuple(parts), None, rank, np.concatenate(ranks) if ranks else np.empty(0))
    return window(_ordered(chosen, node, context, wanted), offset, limit)


def matching_texts(node: plan.SelectPlan, rank: plan.TextRank, context: Context, limit: int) -> Selection:
    """Return the first rows that pass and have any of the words, the best first."""
    found = [each for each in _scored(node, rank, context, limit) if len(each.rows)]
    parts = tuple(Part(each.texts.segment, each.rows) for each in found)
    ranks = np.concatenate([-each.scores for each in found]) if found else np.empty(0)
    return window(_ordered(Selection(node.table, parts, None, rank, ranks), node, context, limit), 0, limit)


def _all_rows(found: Sequence[Scored], is_null: bool, wanted: int | None) -> tuple[list[Part], list[F64]]:
    """Return all rows that pass, or those among which the first `wanted` are, and their ranks: none where the
    query `is_null`."""
    parts, ranks = list[Part](), list[F64]()
    for each in found:
        if not each.mask.count:
            continue
        rows, seen = each.mask.ids, each.texts.seen
        if wanted is not None:  # of rows that have none of the words the first ones come first
            most = wanted + len(each.rows)
            firsts = [rows] if seen is None else [rows[seen[rows]], rows[~seen[rows]]]
            rows = sorted_distinct(np.concatenate([each.rows, *(first[:most] for first in firsts)]))
        scores = np.full(len(rows), np.nan if is_null else 0.0)
        scores[np.searchsorted(rows, each.rows)] = each.scores
        if seen is not None:
            scores[~seen[rows]] = np.nan
        parts.append(Part(each.texts.segment, rows))
        ranks.append(-scores + 0.0)
    return parts, ranks


def _ordered(found: Selection, node: plan.SelectPlan, context: Context, wanted: int | None) -> Selection:
    """Return rows in order, the first `wanted` ones at least."""
    assert found.ranks is not None
    if wanted is not None:
        found = _first(found, wanted)
        return found.picked(np.lexsort([found.row_ids(), found.ordered_ranks()]))
    arrays: list[np.ndarray] = [found.row_ids()]
    for key in reversed(node.order[1:]):
        arrays += sort_arrays(context.evaluator.scalar(key.scalar, SelectionSource(found)), key)
    return found.reordered(np.lexsort([*arrays, found.ordered_ranks()]))


def _first(found: Selection, count: int) -> Selection:
    """Return the rows among which the first so many are, in any order."""
    ranks = found.ordered_ranks()
    if not 0 < count < len(ranks):
        return found
    worst = kth_smallest(ranks, count)
    if np.isnan(worst):
        return found
    better, equal = np.flatnonzero(ranks < worst), np.flatnonzero(ranks == worst)
    ids = found.picked(equal).row_ids()
    return found.picked(np.concatenate([better, equal[ids <= kth_smallest(ids, count - len(better))]]))


# ------------------------------------------------------------------ scores


def _scored(node: plan.SelectPlan, rank: plan.TextRank, context: Context, wanted: int | None) -> list[Scored]:
    """Return the rows that have any of the words: all, or all that may be among the first `wanted`."""
    texts = texts_of(node.table.table_id, rank, context.snapshot)
    passing = Filter.of(node.predicate, context)
    masks = [passing.mask(each.segment, context) for each in texts]
    given = context.evaluator.value(rank.query)
    if given is None:
        return [Scored(t, m, np.empty(0, np.int64), np.empty(0)) for t, m in zip(texts, masks, strict=True)]
    query = ranked_query(configuration_name(rank.index), str(given))
    total = sum(each.seen_count for each in texts)
    lengths = sum((each.seen_words for each in texts), np.zeros(len(rank.positions), np.int64))
    scorer = Scorer(
        rank.index.option("k1", K1), rank.index.option("b", B), column_weights(rank.index),
        [float(length) / total if total else 0.0 for length in lengths],
    )  # fmt: skip
    words = {Clause((w,)) if not c.is_prefix else c for c in query.wanted for w in c.words}
    lists = {word: [each.having(word) for each in texts] for word in words}
    found, least = list[Scored](), 0.0
    for place, (each, mask) in enumerate(zip(texts, masks, strict=True)):
        passes = None if mask.count == mask.rows else mask.bools
        here = []
        for clause, times in query.wanted.items():
            parts = [clause] if clause.is_prefix else [Clause((word,)) for word in clause.words]
            having = [sum(seen for _, seen in lists[part]) for part in parts]
            factor = times * sum(math.log(1 + (total - n + 0.5) / (n + 0.5)) for n in having)
            is_phrase = len(clause.words) > 1
            postings = each.phrases(clause, passes) if is_phrase else lists[parts[0]][place][0]
            if len(postings.rows):
                here.append(List(postings, factor, scorer.bound(factor, postings)))
        for clause in query.excluded:
            passes = np.ones(each.segment.rows, bool) if passes is None else passes
            passes[_rows_with(each, clause, passes)] = False
        rows, scores, least = _segment_scores(each, mask, passes, here, scorer, wanted, least)
        found.append(Scored(each, mask, rows, scores))
        check_deadline()
    kept = [each.above(least * (1 - ROUNDING)) for each in found] if least else found
    return [each._replace(rows=each.rows.astype(np.int64)) for each in kept]


def _rows_with(texts: SegmentTexts, clause: Clause, passes: Bools) -> np.ndarray:
    if len(clause.words) > 1:
        return texts.phrases(clause, passes).rows
    return texts.having(clause)[0].rows


def _segment_scores(
    texts: SegmentTexts, mask: Mask, passes: Bools | None, lists: list[List], scorer: Scorer,
    wanted: int | None, least: float,
) -> tuple[I64, F64, float]:  # fmt: skip
    """Return rows of a segment with their scores, and what score the first `wanted` have at least, which was
    `least` before."""
    # One order in all segments: sums of equal texts are equal.
    lists = sorted(lists, key=lambda each: -each.factor)
    left = np.cumsum([each.bound for each in reversed(lists)])[::-1]
    rows, scores = np.empty(0, np.int64), np.empty(0)
    for place, each in enumerate(lists):
        if least and left[place] < least * (1 - ROUNDING):
            return _looked_up(texts, lists[place:], left[place:], rows, scores, scorer, wanted, least)
        own, counts = _passing(each.found, mask, passes)
        added = scorer.scores(each.factor, counts, texts.words.lengths[:, own])
        rows, scores = _summed(rows, scores, own, added, texts.segment.rows)
        least = max(least, _reached(scores, wanted))
    return rows, scores, least


def _summed(rows: I64, scores: F64, own: np.ndarray, added: F64, count: int) -> tuple[np.ndarray, F64]:
    """Return the rows of either, below `count`, with the sums of their scores; `own` rise."""
    if not len(rows):
        return own, added
    if len(rows) * LOOKED_UP < len(own):
        at, both = _places(own, rows)
        added[at] += scores[both]
        apart = np.ones(len(rows), bool)
        apart[both] = False
    else:
        totals, is_own = np.empty(count), np.zeros(count, bool)
        totals[own], is_own[own] = added, True
        apart = ~is_own[rows]
        totals[rows[~apart]] += scores[~apart]
        added = totals[own]
    return np.concatenate([own, rows[apart]]), np.concatenate([added, scores[apart]])


def _looked_up(
    texts: SegmentTexts, lists: Sequence[List], left: F64, rows: I64, scores: F64, scorer: Scorer,
    wanted: int | None, least: float,
) -> tuple[I64, F64, float]:  # fmt: skip
    """Return of the rows known so far those that may be among the first, with what further lists add."""
    for each, rest in zip(lists, left, strict=True):
        kept = scores + rest >= least * (1 - ROUNDING)
        rows, scores = rows[kept], scores[kept]
        at, own = _places(each.found.rows, rows)
        added = scorer.scores(each.factor, each.found.counts[:, at], texts.words.lengths[:, rows[own]])
        scores[own] += added
        least = max(least, _reached(scores, wanted))
    return rows, scores, least


def _passing(found: Postings, mask: Mask, passes: Bools | None) -> tuple[np.ndarray, np.ndarray]:
    """Return those of a list's rows that pass, and their counts."""
    if passes is None:
        return found.rows, found.counts
    if mask.count * LOOKED_UP < len(found.rows):
        at, own = _places(found.rows, mask.ids)
        kept = passes[mask.ids[own]]
        return mask.ids[own][kept], found.counts[:, at[kept]]
    there = passes[found.rows]
    return found.rows[there], found.counts[:, there]


def _places(among: np.ndarray, rows: I64) -> tuple[I64, I64]:
    """Return the places in a rising list of those rows that it has, and which rows these are."""
    at = np.searchsorted(among, rows.astype(among.dtype))
    at[at == len(among)] = 0
    own = np.flatnonzero(among[at] == rows) if len(among) else np.empty(0, np.int64)
    return at[own], own


def _reached(scores: F64, wanted: int | None) -> float:
    """Return the score of the last of the first so many, 0 where there are fewer."""
    return -float(kth_smallest(-scores, wanted)) if wanted and len(scores) >= wanted else 0.0
