"""Whether the words of a text meet a query, phrases by their positions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from vql.dataclass import dataclass
from vql.types.search.tsquery import AND, NOT, OR, PHRASE, Query, Word, tsquery_of
from vql.types.search.tsvector import Lexemes, lexemes_of
from vql.types.search.words import POSITION_MAX, WEIGHT_SHIFT, quoted_word

TESTS_KEPT = 256


class Found(Enum):
    """Whether something is found: MAYBE where the text has no positions."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a part of a phrase ends; with `elsewhere` everywhere but there. A match is `width` positions
    longer than one."""

    found: Found
    at: frozenset[int] = frozenset()
    elsewhere: bool = False
    width: int = 0


NOWHERE, SOMEWHERE = _Places(Found.NO), _Places(Found.MAYBE)


def vector_meets(vector: str, query: str) -> bool:
    """Whether a value of tsvector meets one of tsquery."""
    test = _test_of(query)
    if test is not None:
        return test(vector)
    wanted = tsquery_of(query)
    return wanted is not None and is_met(lexemes_of(vector), wanted)


@lru_cache(TESTS_KEPT)
def _test_of(query: str) -> _WordTest | None:
    """Return how a query is tested on the text of a value; None where it has to be taken apart."""
    return _WordTest(tsquery_of(query)) if _is_plain(tsquery_of(query)) else None


def _is_plain(query: Query) -> bool:
    if isinstance(query, Word):
        return not query.weights and not query.text.startswith("'")
    if query is None or query.operator == PHRASE:
        return False
    return _is_plain(query.right) and (query.operator == NOT or _is_plain(query.left))


class _WordTest:
    """A query of words alone: each is looked for where words begin in a text, which a quote behind a space
    does, since those within words are doubled."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def __call__(self, vector: str) -> bool:
        return self._holds(self._query, vector)

    def _holds(self, query: Query, vector: str) -> bool:
        if isinstance(query, Word):
            return _pattern_of(query).search(vector) is not None
        assert query is not None, "an operator has its operands"
        if query.operator == NOT:
            return not self._holds(query.right, vector)
        if query.operator == AND:
            return self._holds(query.left, vector) and self._holds(query.right, vector)
        return self._holds(query.left, vector) or self._holds(query.right, vector)


@lru_cache(TESTS_KEPT)
def _pattern_of(word: Word) -> re.Pattern[str]:
    written = re.escape(quoted_word(word.text))
    return re.compile(f"(?:^| ){written[:-1]}" if word.is_prefix else f"(?:^| ){written}(?![^ :])")


def is_met(lexemes: Lexemes, query: Query) -> bool:
    """Whether words meet a query that asks for something."""
    return _executed(query, lexemes) is not Found.NO


def entries_of(lexemes: Lexemes, word: Word) -> Iterable[tuple[str, tuple[int, ...]]]:
    """Give the words of a text that one of a query means, whatever their weights."""
    if word.is_prefix:
        return [(each, at) for each, at in lexemes.items() if each.startswith(word.text)]
    return [(word.text, lexemes[word.text])] if word.text in lexemes else []


def has_weight(word: Word, position: int) -> bool:
    """Whether a position has one of the weights that a word asks for."""
    return not word.weights or bool(word.weights >> (position >> WEIGHT_SHIFT) & 1)


def _executed(query: Query, lexemes: Lexemes) -> Found:
    if isinstance(query, Word):
        return _word_found(query, lexemes)
    assert query is not None, "an operator has its operands"
    if query.operator == PHRASE:
        found = _placed(query, lexemes).found
        return Found.NO if found is Found.MAYBE else found
    right = _executed(query.right, lexemes)
    if query.operator == NOT:
        return Found(Found.YES.value - right.value)
    left = _executed(query.left, lexemes)
    least_or_most = min if query.operator == AND else max
    return Found(least_or_most(left.value, right.value))


def _word_found(word: Word, lexemes: Lexemes) -> Found:
    best = Found.NO
    for _, positions in entries_of(lexemes, word):
        if not word.weights or any(has_weight(word, each) for each in positions):
            return Found.YES
        if not positions:
            best = Found.MAYBE
    return best


# ------------------------------------------------------------------ phrases


def _placed(query: Query, lexemes: Lexemes) -> _Places:
    if isinstance(query, Word):
        return _word_places(query, lexemes)
    assert query is not None, "an operator has its operands"
    right = _placed(query.right, lexemes)
    if query.operator == NOT:
        return _not_there(right)
    left = _placed(query.left, lexemes)
    if query.operator == OR:
        return _either(left, right)
    if Found.NO in (left.found, right.found):
        return NOWHERE
    if Found.MAYBE in (left.found, right.found):
        return SOMEWHERE
    if query.operator == PHRASE:
        width = query.distance + left.width + right.width
        return _both(left, right, query.distance + right.width, 0, width)
    width = max(left.width, right.width)
    return _both(left, right, width - left.width, width - right.width, width)


def _word_places(word: Word, lexemes: Lexemes) -> _Places:
    entries = list(entries_of(lexemes, word))
    if any(not positions for _, positions in entries):
        return SOMEWHERE
    at = frozenset(
        each & POSITION_MAX for _, positions in entries for each in positions if has_weight(word, each)
    )
    return _Places(Found.YES, at) if at else NOWHERE


def _not_there(right: _Places) -> _Places:
    if right.found is Found.NO:
        return _Places(Found.YES, elsewhere=True, width=right.width)
    if right.found is Found.MAYBE:
        return SOMEWHERE
    if right.at:
        return _Places(Found.YES, right.at, not right.elsewhere, right.width)
    return NOWHERE


def _both(left: _Places, right: _Places, left_by: int, right_by: int, width: int) -> _Places:
    """Return where both are, each moved by so much."""
    lefts, rights = _moved(left, left_by), _moved(right, right_by)
    if left.elsewhere and right.elsewhere:
        return _Places(Found.YES, lefts | rights, True, width)
    if left.elsewhere:
        return _some(rights - lefts, width)
    return _some(lefts - rights if right.elsewhere else lefts & rights, width)


def _either(left: _Places, right: _Places) -> _Places:
    if left.found is Found.NO and right.found is Found.NO:
        return NOWHERE
    if Found.MAYBE in (left.found, right.found):
        return SOMEWHERE
    width = max(left.width, right.width)
    lefts, rights = _moved(left, width - left.width), _moved(right, width - right.width)
    if left.elsewhere and right.elsewhere:
        return _Places(Found.YES, lefts & rights, True, width)
    if left.elsewhere:
        return _Places(Found.YES, lefts - rights, True, width)
    if right.elsewhere:
        return _Places(Found.YES, rights - lefts, True, width)
    return _some(lefts | rights, width)


def _moved(places: _Places, by: int) -> frozenset[int]:
    return frozenset(each + by for each in places.at) if by else places.at


def _some(at: frozenset[int], width: int) -> _Places:
    return _Places(Found.YES, at, width=width) if at else _Places(Found.NO, width=width)


def locations(query: Query, lexemes: Lexemes) -> list[tuple[list[int], int]]:
    """Return where the terms of a query stand of which a text has to have one each, positions that rise, and
    how many positions longer than one each is; none where the text does not meet the query."""
    return _located(query, lexemes) or []


def _located(query: Query, lexemes: Lexemes) -> list[tuple[list[int], int]] | None:
    if isinstance(query, Word) or query is not None and query.operator == PHRASE:
        found = _placed(query, lexemes)
        if found.found is not Found.YES:
            return None
        return [] if found.elsewhere else [(sorted(found.at), found.width)]
    assert query is not None, "an operator has its operands"
    right = _located(query.right, lexemes)
    if query.operator == NOT:
        return [] if right is None else None
    left = _located(query.left, lexemes)
    if query.operator == AND:
        return None if left is None or right is None else left + right
    if not left or not right:
        return None if left is None and right is None else left or right or []
    return [(sorted({*at, *other}), max(width, wide)) for at, width in left for other, wide in right]
