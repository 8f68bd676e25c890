"""The parts of a text that show why it meets a query, its words marked: PostgreSQL's ts_headline.

The text is gone through as *units*, tokens and what is between them. A *cover* is a shortest run of units
that meets the query; the headline is the best cover, made longer or shorter until it ends at a good place, or
with `max_fragments` several.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from vql.dataclass import dataclass
from vql.errors import InvalidParameterValue, InvalidText
from vql.fulltext.configuration import STOPPED, TextConfiguration
from vql.fulltext.matching import is_met, locations
from vql.fulltext.parser import SILENT, text_tokens
from vql.types.search.tsquery import Operation, Query, Word, words_of
from vql.types.search.words import POSITION_MAX

# Compounds, whose parts follow.
COMPOUND = frozenset({"url", "numhword", "asciihword", "hword"})
NO_WORDS = COMPOUND | {"blank", "tag"}
NO_ENDS = NO_WORDS | SILENT | {"sfloat", "version", "float", "int", "uint"}
OPTION = re.compile(
    r"""\s*("(?:[^"]|"")+"|[^\s=,"]+)\s*=\s*('(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|[^\s,]*)\s*(?:,|\Z)""", re.S
)
TRUE = frozenset({"1", "on", "true", "t", "y", "yes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineOptions:
    """What a headline is to be like, by PostgreSQL's names."""

    max_words: int = 35
    min_words: int = 15
    short_word: int = 3
    max_fragments: int = 0
    highlight_all: bool = False
    start_sel: str = "<b>"
    stop_sel: str = "</b>"
    fragment_delimiter: str = " ... "


NAMES = {name.replace("_", ""): name for name in HeadlineOptions.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class HeadlineUnit:
    """A token, which word it is of those that are asked for and at which position."""

    kind: str
    text: str
    word: str = ""
    position: int = 0
    is_repeated: bool = False  # it is the unit before, as another word of the query

    @property
    def is_wanted(self) -> bool:
        """Whether it is one of the words that are asked for, and no unit more for the same."""
        return bool(self.word) and not self.is_repeated


Span = tuple[int, int]


def headline_options(text: str) -> HeadlineOptions:
    """Read options: `MaxWords=20, StartSel = "<i>"`. Raises 42601, 22023, 22P02."""
    given: dict[str, Any] = {}
    place = 0
    while text[place:].strip():
        option = OPTION.match(text, place)
        if option is None:
            raise InvalidParameterValue(f'invalid parameter list format: "{text}"', sqlstate="42601")
        place = option.end()
        name, value = _unquoted(option[1]), _unquoted(option[2])
        field = NAMES.get(name.lower())
        if field is None:
            raise InvalidParameterValue(f'unrecognized headline parameter: "{name}"')
        given[field] = _value(field, value)
    found = HeadlineOptions(**given)
    if found.highlight_all:
        return found
    if found.min_words >= found.max_words:
        raise InvalidParameterValue("MinWords must be less than MaxWords")
    if found.min_words <= 0:
        raise InvalidParameterValue("MinWords must be positive")
    if found.short_word < 0:
        raise InvalidParameterValue("ShortWord must be >= 0")
    if found.max_fragments < 0:
        raise InvalidParameterValue("MaxFragments must be >= 0")
    return found


def _unquoted(text: str) -> str:
    quote = text[:1]
    if quote not in ('"', "'") or not quote:
        return text
    inside = text[1:-1].replace(quote * 2, quote)
    return re.sub(r"\\(.)", r"\1", inside) if quote == "'" else inside


def _value(field: str, text: str) -> object:
    match getattr(HeadlineOptions(), field):
        case bool():
            return text.lower() in TRUE
        case int():
            if re.fullmatch(r"\s*[+-]?[0-9]+\s*", text) is None:
                raise InvalidText(f'invalid input syntax for type integer: "{text}"')
            return int(text)
    return text


def headline(configuration: TextConfiguration, text: str, query: Query, options: HeadlineOptions) -> str:
    """Return the headline of a text."""
    query = _without_weights(query)
    units = list(_units(configuration, text, query))
    if options.highlight_all:
        chosen = [(0, len(units) - 1)]
    else:
        covers = list(_covers(units, query))
        choose = _Chooser(units, options)
        chosen = choose.fragments(covers) if options.max_fragments else [choose.best(covers)]
    return _written(units, sorted(chosen), options)


def _without_weights(query: Query) -> Query:
    if isinstance(query, Operation):
        left, right = _without_weights(query.left), _without_weights(query.right)
        return Operation(query.operator, left, right, query.distance)
    return None if query is None else Word(query.text, 0, query.is_prefix)


def _units(configuration: TextConfiguration, text: str, query: Query) -> Iterator[HeadlineUnit]:
    terms = words_of(query)
    place = 0
    for kind, token, _ in text_tokens(text):
        if not configuration.asks_of(kind):
            yield HeadlineUnit(kind, token)
            continue
        place += 1
        word = configuration.dictionary(kind).word(token)
        times = 0 if word == STOPPED else sum(
            word.startswith(each.text) if each.is_prefix else word == each.text for each in terms
        )  # fmt: skip
        for at in range(times or 1):
            yield HeadlineUnit(kind, token, word if times else "", min(place, POSITION_MAX), at > 0)


def _covers(units: Sequence[HeadlineUnit], query: Query) -> Iterator[Span]:
    """Give the runs of units that meet a query and are as short as may be."""
    if query is None:
        return
    terms = locations(query, _lexemes(units))
    start = 0
    while terms:
        found = _next_cover(units, query, terms, start)
        if found is None:
            return
        start = found[0] + 1
        yield found[1], found[2]


def _next_cover(
    units: Sequence[HeadlineUnit], query: Query, terms: Sequence[tuple[Sequence[int], int]], place: int
) -> tuple[int, int, int] | None:
    """Return the next cover that begins at a position or behind it: that position, its first unit and its
    last."""
    while True:
        ends = [next((at for at in positions if at >= place), None) for positions, _ in terms]
        if None in ends:
            return None
        last = max(end for end in ends if end is not None)
        begins = [
            next((at - width for at in reversed(positions) if at - width <= last), -1)
            for positions, width in terms
        ]
        first = max(min(begins), place)
        span = _span(units, first, last)
        if first <= last and span is not None and is_met(_lexemes(units[span[0] : span[1] + 1]), query):
            return first, *span
        place = first + 1


def _span(units: Sequence[HeadlineUnit], first: int, last: int) -> Span | None:
    within = [at for at, unit in enumerate(units) if unit.word and first <= unit.position <= last]
    return (within[0], within[-1]) if within else None


def _lexemes(units: Sequence[HeadlineUnit]) -> dict[str, tuple[int, ...]]:
    found: dict[str, dict[int, None]] = {}
    for unit in units:
        if unit.word:
            found.setdefault(unit.word, {})[unit.position] = None
    return {word: tuple(at) for word, at in found.items()}


@dataclass(slots=True)
class _Fragment:
    """A run of units, how many words it has and how many of them are asked for."""

    start: int
    end: int
    words: int
    wanted: int
    is_chosen: bool = False
    is_excluded: bool = False


class _Chooser:
    """What chooses a headline among units."""

    def __init__(self, units: Sequence[HeadlineUnit], options: HeadlineOptions) -> None:
        self._units = units
        self._options = options

    def _is_word(self, at: int) -> bool:
        return self._units[at].kind not in NO_WORDS

    def _is_bad_end(self, at: int) -> bool:
        unit = self._units[at]
        is_short = len(unit.text.encode()) <= self._options.short_word
        return (unit.kind in NO_ENDS or is_short) and not unit.is_wanted

    def _begin(self) -> Span:
        """Return as many words from the beginning as there are to be at least."""
        words, end = 0, 0
        for at in range(len(self._units)):
            if words >= self._options.min_words:
                break
            words += self._is_word(at)
            end = at
        return 0, end

    # -------------------------------------------------------------- one run

    def best(self, covers: Sequence[Span]) -> Span:
        """Return the best run around a cover: the one that has it all, then the most words asked for, then
        a good end."""
        chosen: tuple[bool, int, bool] | None = None
        span = self._begin()
        for first, last in covers:
            start, end, wanted = self._stretched(first, last)
            score = start <= first and end >= last, wanted, not self._is_bad_end(end)
            if chosen is None or score > chosen:
                chosen, span = score, (start, end)
        return span

    def _stretched(self, first: int, last: int) -> tuple[int, int, int]:
        options, units = self._options, self._units
        words, wanted, start, end, at = 0, 0, first, first, first
        while at <= last and words < options.max_words:
            words += self._is_word(at)
            wanted += units[at].is_wanted
            end = at
            at += 1
        if words >= options.max_words:
            at = min(at, last)
            while words > options.min_words and self._is_bad_end(at):
                words -= self._is_word(at)
                wanted -= units[at].is_wanted
                end = at = at - 1
            return start, end, wanted
        at -= 1
        while at < len(units) and words < options.max_words:
            if at > last:
                words += self._is_word(at)
                wanted += units[at].is_wanted
            end = at
            if not self._is_bad_end(at) and words >= options.min_words:
                break
            at += 1
        if words < options.min_words:
            at = first - 1
            while at >= 0:
                words += self._is_word(at)
                wanted += units[at].is_wanted
                if words >= options.max_words or not self._is_bad_end(at) and words >= options.min_words:
                    break
                at -= 1
            start = max(at, 0)
        return start, end, wanted

    # -------------------------------------------------------------- several

    def fragments(self, covers: Sequence[Span]) -> list[Span]:
        """Return the best runs around covers that do not overlap."""
        found = [fragment for first, last in covers for fragment in self._cut(first, last)]
        chosen: list[Span] = []
        for _ in range(self._options.max_fragments):
            free = [each for each in found if not each.is_chosen and not each.is_excluded]
            best = min(free, key=lambda each: (-each.wanted, each.words), default=None)
            if best is None or not best.wanted:
                break
            best.is_chosen = True
            start, end = span = self._widened(best, chosen)
            chosen.append(span)
            for each in found:
                each.is_excluded |= each is not best and each.start <= end and each.end >= start
        return chosen or [self._begin()]

    def _cut(self, start: int, last: int) -> Iterator[_Fragment]:
        """Give the parts of a cover that are no longer than may be, with words asked for at both ends."""
        units = self._units
        while start <= last:
            start = next((at for at in range(start, last + 1) if units[at].is_wanted), last)
            words, wanted, at = 0, 0, start
            while at <= last and words < self._options.max_words:
                words += self._is_word(at)
                wanted += units[at].is_wanted
                at += 1
            end = last
            if last > at:
                end = at
                while at >= start:
                    end = at
                    if units[at].is_wanted:
                        break
                    words -= self._is_word(at)
                    at -= 1
            yield _Fragment(start, end, words, wanted)
            start = end + 1

    def _widened(self, fragment: _Fragment, taken: Sequence[Span]) -> Span:
        start, end, words = fragment.start, fragment.end, fragment.words
        limit = self._options.max_words
        if words >= limit:
            return start, end
        is_free = self._is_free_of(taken)
        stretch, most, at, mark = 0, (limit - words) // 2, start - 1, start
        while at >= 0 and stretch < most and is_free(at):
            words += self._is_word(at)
            stretch += self._is_word(at)
            mark = at
            at -= 1
        while mark < start and self._is_bad_end(mark):
            words -= self._is_word(mark)
            mark += 1
        start, at, mark = mark, end + 1, end
        while at < len(self._units) and words < limit and is_free(at):
            words += self._is_word(at)
            mark = at
            at += 1
        while mark > end and self._is_bad_end(mark):
            mark -= 1
        return start, mark

    @staticmethod
    def _is_free_of(taken: Sequence[Span]) -> Callable[[int], bool]:
        return lambda at: not any(low <= at <= high for low, high in taken)


def _written(units: Sequence[HeadlineUnit], spans: Sequence[Span], options: HeadlineOptions) -> str:
    parts: list[str] = []
    before = -2
    for low, high in spans:
        if parts and low > before + 1:
            parts.append(options.fragment_delimiter)
        before = high
        for unit in units[low : high + 1]:
            if unit.is_repeated or unit.kind in COMPOUND:
                continue
            if unit.kind == "tag" and not options.highlight_all:
                parts.append(" ")
            else:
                parts.append(f"{options.start_sel}{unit.text}{options.stop_sel}" if unit.word else unit.text)
    return "".join(parts)
