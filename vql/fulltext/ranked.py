"""Queries of ranks by words: `red shoes`, `"red shoes"`, `sho*`, `-blue`.

Any text is one: words count wherever they stand, as often as they are asked for. In quotes they are a phrase,
one behind the other; a star behind a word stands for any ending; with a minus sign before it a word, a phrase
or a beginning is excluded. Signs mean that where spaces are beside them, and within quotes nothing; a quote
that is not closed ends with the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from vql.fulltext.configuration import CONFIGURATIONS, STOPPED

KEPT = 4_096
# What is more than words: a phrase; a word that is excluded, or has a star.
SIGNED = re.compile(
    r'(?<!\S)(?P<minus>-?)(?:"(?P<phrase>[^"]*)(?:"|\Z)|(?P<word>[^\s"*-][^\s"*]*)(?P<star>\*?)(?!\S))'
)


class Clause(NamedTuple):
    """What is looked for: a word; those that begin so; or words of a phrase, each at its place."""

    words: tuple[str, ...]
    is_prefix: bool = False
    places: tuple[int, ...] = (0,)


class RankedQuery(NamedTuple):
    """How often each clause is asked for, and the excluded ones."""

    wanted: dict[Clause, int]
    excluded: frozenset[Clause]


@lru_cache(KEPT)
def ranked_query(configuration: str, text: str) -> RankedQuery:
    """Return the query of a text, its words being a configuration's; nobody changes it."""
    wanted: dict[Clause, int] = {}
    excluded: set[Clause] = set()
    place = 0
    for found in SIGNED.finditer(text):
        if not (found["minus"] or found["star"] or found["phrase"] is not None):
            continue  # words, which may be more than one together with their neighbours
        _add(wanted, _clauses(configuration, text[place : found.start()]))
        place = found.end()
        if found["star"]:
            clauses = [each._replace(is_prefix=True) for each in _clauses(configuration, found["word"])[-1:]]
        else:
            clauses = _phrase(configuration, found["phrase"] or found["word"] or "")
        excluded.update(clauses) if found["minus"] else _add(wanted, clauses)
    _add(wanted, _clauses(configuration, text[place:]))
    return RankedQuery(wanted, frozenset(excluded))


def phrase_count(clause: Clause, words: dict[str, list[int]]) -> int:
    """Return how often a phrase stands in a text, given where its words do."""
    first, *others = zip(clause.words, clause.places, strict=True)
    starts = {at - first[1] for at in words.get(first[0], ())}
    for word, place in others:
        starts &= {at - place for at in words.get(word, ())}
    return len(starts)


def word_places(configuration: str, text: str) -> dict[str, list[int]]:
    """Return where each word of a text stands."""
    found: dict[str, list[int]] = {}
    for word, place in CONFIGURATIONS[configuration].words(text):
        found.setdefault(word, []).append(place)
    return found


def _add(wanted: dict[Clause, int], clauses: list[Clause]) -> None:
    for clause in clauses:
        wanted[clause] = wanted.get(clause, 0) + 1


def _clauses(configuration: str, text: str) -> list[Clause]:
    """Return the words of a text, each by itself."""
    return [Clause((word,)) for word, _ in CONFIGURATIONS[configuration].words(text) if word != STOPPED]


def _phrase(configuration: str, text: str) -> list[Clause]:
    """Return the words of a text as a phrase, none where there are none."""
    found = [each for each in CONFIGURATIONS[configuration].words(text) if each[0] != STOPPED]
    if not found:
        return []
    return [Clause(tuple(w for w, _ in found), False, tuple(place - found[0][1] for _, place in found))]
