"""Queries made of texts: PostgreSQL's to_tsquery, plainto_, phraseto_ and websearch_to_tsquery.

`STOP` stands where a stop word was looked for, until `cleaned` takes it away: what follows in a phrase is
then further away by it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from vql.dataclass import dataclass
from vql.fulltext.configuration import STOPPED, TextConfiguration
from vql.types.search.tsquery import AND, NOT, OR, PHRASE, Operation, Query, Word

STOP = Word("")
ISOLATED = "!&|()"


def words_query(configuration: TextConfiguration, text: str, operator: int, like: Word = STOP) -> Query:
    """Return a query for all words of a text, joined by an operator; with the weights of a word, and as it
    prefixes."""
    found: Query = None
    last = 0
    for word, position in configuration.words(text):
        if word == STOPPED:
            continue
        # The places of stop words between two words.
        for _ in range(position - last - 1 if last else 0):
            found = Operation(operator, found, STOP)
        made = Word(word, like.weights, like.is_prefix)
        found = made if found is None else Operation(operator, found, made)
        last = position
    return STOP if found is None else found


def lexized(configuration: TextConfiguration, query: Query) -> Query:
    """Return a query as it was typed with each of its words looked up."""
    if isinstance(query, Word):
        return words_query(configuration, query.text, PHRASE, query)
    if query is None:
        return None
    left, right = lexized(configuration, query.left), lexized(configuration, query.right)
    return Operation(query.operator, left, right, query.distance)


# ------------------------------------------------------------------ stop words


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is left of a query, and the distances that its lost words had on either side."""

    query: Query
    before: int = 0
    after: int = 0


def cleaned(query: Query) -> Query:
    """Return a query without its stop words, None where nothing else was asked for."""
    return None if query is None else _kept(query).query


def _kept(query: Query) -> _Kept:
    if not isinstance(query, Operation):
        return _Kept(None if query is STOP or query == STOP else query)
    if query.operator == NOT:
        right = _kept(query.right)
        return _Kept(right.query and Operation(NOT, None, right.query), right.before, right.after)
    left, right = _kept(query.left), _kept(query.right)
    distance = query.distance if query.operator == PHRASE else 0
    if left.query is None and right.query is None:
        if query.operator == PHRASE:
            lost = left.before + distance + right.before
        else:
            lost = max(left.before, right.before)
        return _Kept(None, lost, lost)
    if left.query is None:
        before = left.before + distance + right.before if query.operator == PHRASE else right.before
        return _Kept(right.query, before, right.after)
    if right.query is None:
        after = left.after + distance + right.after if query.operator == PHRASE else left.after
        return _Kept(left.query, left.before, after)
    if query.operator == PHRASE:
        distance += left.after + right.before
        return _Kept(Operation(PHRASE, left.query, right.query, distance), left.before, right.after)
    return _Kept(Operation(query.operator, left.query, right.query))


# ------------------------------------------------------------------ as typed into a search box


def websearch(configuration: TextConfiguration, text: str) -> Query:
    """Return the query of a text with quotes, `or` and `-`; no text is wrong."""
    return _Search(text, lambda words: words_query(configuration, words, PHRASE)).query()


class _Search:
    """A place in a text of a search box."""

    def __init__(self, text: str, look_up: Callable[[str], Query]) -> None:
        self._text = text
        self._place = 0
        self._look_up = look_up

    def query(self) -> Query:
        """Read it: alternatives of words that are joined by AND, each of which may be negated."""
        alternatives: list[list[Query]] = [[]]
        while (operand := self._operand()) is not None:
            alternatives[-1].append(operand)
            self._skip_space()
            if self._is_or():
                self._place += 2
                alternatives.append([])
        joined = [reduce(_and, each) for each in alternatives if each]
        return reduce(_or, joined) if joined else None

    def _operand(self) -> Query:
        text = self._text
        negations = 0
        while self._place < len(text):
            char = text[self._place]
            if char == "-":
                negations += 1
            elif char == '"':
                end = text.find('"', self._place + 1)
                end = len(text) if end < 0 else end
                found, self._place = self._look_up(text[self._place + 1 : end]), end + 1
                return _negated(found, negations)
            elif not char.isspace() and char not in ISOLATED:
                return _negated(self._look_up(self._word()), negations)
            self._place += 1
        return _negated(STOP, negations) if negations else None

    def _word(self) -> str:
        start = self._place
        self._place += 1
        while self._place < len(self._text):
            char = self._text[self._place]
            if char.isspace() or char == '"' or char == ":" or char in ISOLATED:
                break
            self._place += 1
        return self._text[start : self._place]

    def _is_or(self) -> bool:
        """Whether the word `or` is next, with something behind it."""
        rest = self._text[self._place :]
        if rest[:2].lower() != "or" or len(rest) == 2:
            return False
        return not (rest[2] in "-_" or rest[2].isalnum()) and bool(rest[3:].strip())

    def _skip_space(self) -> None:
        while self._place < len(self._text) and self._text[self._place].isspace():
            self._place += 1


def _negated(query: Query, times: int) -> Query:
    for _ in range(times):
        query = Operation(NOT, None, query)
    return query


def _and(left: Query, right: Query) -> Query:
    return Operation(AND, left, right)


def _or(left: Query, right: Query) -> Query:
    return Operation(OR, left, right)


# ------------------------------------------------------------------ what an index can say


def without_not(query: Query) -> tuple[Query, bool]:
    """Return what a query asks for that must be there, and whether it asks for that alone: None and False
    where all texts may match."""
    if not isinstance(query, Operation):
        return query, True
    if query.operator == NOT:
        return None, False
    left, right = without_not(query.left)[0], without_not(query.right)[0]
    if query.operator == OR:
        return (None, False) if left is None or right is None else (Operation(OR, left, right), True)
    if left is None or right is None:
        return left or right, False
    return Operation(query.operator, left, right, query.distance), True
