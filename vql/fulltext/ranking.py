"""How well the words of a text meet a query: PostgreSQL's ts_rank, by how often and how near to each other
words stand, and ts_rank_cd, by covers (Clarke, Cormack, Tudhope: Relevance Ranking for One to Three Term
Queries).

Sums are rounded to single precision where PostgreSQL's are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue
from vql.fulltext.matching import entries_of, has_weight, is_met
from vql.types.search.tsquery import AND, PHRASE, Operation, Query, Word, words_of
from vql.types.search.tsvector import Lexemes
from vql.types.search.words import POSITION_MAX, WEIGHT_SHIFT

# Of D, C, B and A.
WEIGHTS = (0.1, 0.2, 0.4, 1.0)
# What a rank is divided by, as bits.
BY_LOG_LENGTH, BY_LENGTH, BY_EXTENTS, BY_WORDS, BY_LOG_WORDS, BY_ITSELF = 1, 2, 4, 8, 16, 32
# The sum of 1 / i^2.
SQUARES = 1.64493406685
# Where a word stands that has no positions, for one and for several words.
NO_POSITIONS, FAR = (0,), (POSITION_MAX,)
FAR_APART = 16_384

F4 = np.float32


def checked_weights(given: Sequence[float | None]) -> tuple[float, ...]:
    """Return weights of D, C, B and A; a negative one stands for what it is otherwise. Raises 2202E, 22004,
    22023."""
    if len(given) < len(WEIGHTS):
        raise InvalidParameterValue("array of weight is too short", sqlstate="2202E")
    if None in given:
        raise InvalidParameterValue("array of weight must not contain nulls", sqlstate="22004")
    chosen = tuple(
        float(F4(usual)) if each is None or each < 0 else float(F4(each))
        for each, usual in zip(given, WEIGHTS, strict=False)
    )
    if max(chosen) > 1:
        raise InvalidParameterValue("weight out of range")
    return chosen


def rank(lexemes: Lexemes, query: Query, weights: Sequence[float], method: int) -> float:
    """Return ts_rank."""
    if not lexemes or query is None:
        return 0.0
    words = _distinct(query)
    of_pairs = isinstance(query, Operation) and query.operator in (AND, PHRASE) and len(words) > 1
    found = (_rank_of_pairs if of_pairs else _rank_of_words)(lexemes, words, [F4(each) for each in weights])
    result = F4(1e-20) if found < 0 else found
    if method & BY_LOG_LENGTH:
        result = F4(float(result) / (math.log(_length(lexemes) + 1) / math.log(2.0)))
    if method & BY_LENGTH:
        result = F4(result / F4(_length(lexemes)))
    if method & BY_WORDS:
        result = F4(result / F4(len(lexemes)))
    if method & BY_LOG_WORDS:
        result = F4(float(result) / (math.log(len(lexemes) + 1) / math.log(2.0)))
    if method & BY_ITSELF:
        result = F4(result / F4(result + F4(1)))
    return float(result)


def _distinct(query: Query) -> list[Word]:
    by_text: dict[str, Word] = {}
    for word in words_of(query):
        by_text.setdefault(word.text, word)
    return [by_text[text] for text in sorted(by_text, key=str.encode)]


def _length(lexemes: Lexemes) -> int:
    """Return how many positions there are, one of a word without."""
    return sum(len(positions) or 1 for positions in lexemes.values())


def _rank_of_words(lexemes: Lexemes, words: Sequence[Word], weights: Sequence[F4]) -> F4:
    total = F4(0)
    for word in words:
        for _, positions in entries_of(lexemes, word):
            sum_, greatest, place = F4(0), F4(-1), 0
            for at, each in enumerate(positions or NO_POSITIONS):
                weight = weights[each >> WEIGHT_SHIFT]
                sum_ = F4(sum_ + F4(weight / F4((at + 1) * (at + 1))))
                if weight > greatest:
                    greatest, place = weight, at
            share = F4(F4(greatest + sum_) - F4(greatest / F4((place + 1) * (place + 1))))
            total = F4(float(total) + float(share) / SQUARES)
    return F4(total / F4(len(words)))


def _rank_of_pairs(lexemes: Lexemes, words: Sequence[Word], weights: Sequence[F4]) -> F4:
    total = F4(-1)
    seen: list[Sequence[int]] = []
    for word in words:
        mine: Sequence[int] = ()
        for _, positions in entries_of(lexemes, word):
            mine = positions or FAR
            for other in seen:
                total = _paired(total, mine, other, weights)
        seen.append(mine)
    return total


def _paired(total: F4, mine: Sequence[int], other: Sequence[int], weights: Sequence[F4]) -> F4:
    is_far = mine is FAR or other is FAR
    for each in mine:
        for there in other:
            distance = abs((each & POSITION_MAX) - (there & POSITION_MAX))
            if not distance and not is_far:
                continue
            product = F4(weights[each >> WEIGHT_SHIFT] * weights[there >> WEIGHT_SHIFT])
            share = F4(math.sqrt(float(F4(product * _nearness(distance or FAR_APART)))))
            if total < 0:
                total = share
            else:
                total = F4(1.0 - (1.0 - float(total)) * (1.0 - float(share)))
    return total


def _nearness(distance: int) -> F4:
    if distance > 100:
        return F4(1e-30)
    return F4(1.0 / (1.005 + 0.05 * math.exp(float(F4(distance)) / 1.5 - 2)))


# ------------------------------------------------------------------ covers


@dataclass(frozen=True, slots=True)
class _Hit:
    """A position of a text, its weight, and the words of the query that stand there."""

    position: int
    weight: int
    words: tuple[str, ...]


def rank_by_covers(lexemes: Lexemes, query: Query, weights: Sequence[float], method: int) -> float:
    """Return ts_rank_cd."""
    hits = _hits(lexemes, query)
    if not hits:
        return 0.0
    total, extents, nearness, before = 0.0, 0, 0.0, 0.0
    with np.errstate(divide="ignore"):
        inverse = [float(np.float64(1.0) / np.float64(each)) for each in weights]
    start = 0
    while (cover := _cover(hits, start, query)) is not None:
        first, last = cover
        low, high = hits[first].position, hits[last].position
        share = (last - first + 1) / sum(inverse[hit.weight] for hit in hits[first : last + 1])
        noise = (high - low) - (last - first)
        total += share / (1 + (noise if noise >= 0 else (last - first) // 2))
        middle = (high + low) / 2.0
        if extents and middle > before:
            nearness += 1.0 / (middle - before)
        before, extents, start = middle, extents + 1, first + 1
    return _normalized(total, lexemes, method, extents, nearness)


def _normalized(total: float, lexemes: Lexemes, method: int, extents: int, nearness: float) -> float:
    if method & BY_LOG_LENGTH:
        total /= math.log(_length(lexemes) + 1)
    if method & BY_LENGTH:
        total /= _length(lexemes)
    if method & BY_EXTENTS and extents and nearness > 0:
        total /= extents / nearness
    if method & BY_WORDS:
        total /= len(lexemes)
    if method & BY_LOG_WORDS:
        total /= math.log(len(lexemes) + 1) / math.log(2.0)
    if method & BY_ITSELF:
        total /= total + 1
    return float(F4(total))


def _hits(lexemes: Lexemes, query: Query) -> list[_Hit]:
    """Return where words of a query stand, by position; words without positions are left out."""
    found: dict[tuple[int, int, str], dict[str, None]] = {}
    for word in words_of(query):
        for text, positions in entries_of(lexemes, word):
            for each in positions:
                if has_weight(word, each):
                    at = each & POSITION_MAX, each >> WEIGHT_SHIFT, text
                    found.setdefault(at, {})[text] = None
    return [_Hit(at[0], at[1], tuple(found[at])) for at in sorted(found)]


def _cover(hits: Sequence[_Hit], start: int, query: Query) -> tuple[int, int] | None:
    """Return the first and the last hit of the next run that meets a query and is as short as may be."""
    while True:
        last = _first_met(hits, range(start, len(hits)), query)
        if last is None:
            return None
        first = _first_met(hits, range(last, start - 1, -1), query)
        if first is not None and hits[first].position <= hits[last].position:
            return first, last
        start += 1


def _first_met(hits: Sequence[_Hit], order: range, query: Query) -> int | None:
    """Return the hit with which those before it in an order meet a query."""
    held: dict[str, tuple[int, ...]] = {}
    for at in order:
        hit = hits[at]
        for text in hit.words:
            place = hit.weight << WEIGHT_SHIFT | hit.position
            held[text] = tuple(sorted({*held.get(text, ()), place}, key=_position_of))
        if is_met(held, query):
            return at
    return None


_position_of: Callable[[int], int] = POSITION_MAX.__and__
