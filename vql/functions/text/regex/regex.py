"""Matches of a regular expression: the leftmost, of the length it prefers, and what its groups matched.

An automaton of the whole finds where a match begins and ends. Where groups are wanted it is then divided,
part by part, each trying the length it prefers first; a division that back references refuse is given up
for the next. That is how Henry Spencer's library answers, and so PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from vql.dataclass import dataclass
from vql.deadline import check_deadline
from vql.functions.text.regex.automaton import Automaton
from vql.functions.text.regex.syntax import RegexOptions, parsed
from vql.functions.text.regex.tree import REFERS, Alternation, Back, Capture, Chain, Piece, Repeat
from vql.types.forms.letters import in_lower

EXPRESSIONS_KEPT = 256
Span = tuple[int, int]
NO_SPAN = (-1, -1)
PLAIN_OPTIONS = RegexOptions()


@dataclass(frozen=True, slots=True)
class Match:
    """Places in a text: of the whole, and of each group, (-1, -1) for one that took no part."""

    span: Span
    groups: tuple[Span, ...]


@lru_cache(EXPRESSIONS_KEPT)
def compiled(pattern: str, options: RegexOptions = PLAIN_OPTIONS) -> Regex:
    """Return an expression, compiled once. Raises 2201B, 0A000."""
    return Regex(pattern, options)


class Regex:
    """A compiled expression; may be used by several threads."""

    def __init__(self, pattern: str, options: RegexOptions) -> None:
        self._tree, self.groups_count, self.ignores_case = parsed(pattern, options)
        self._automata: dict[Piece, Automaton] = {}
        self._anywhere = Automaton(self._tree, anywhere=True)

    def matches(self, text: str) -> bool:
        """Whether there is a match anywhere."""
        if self._tree.flags & REFERS:
            return self.search(text) is not None
        return self._anywhere.shortest(text, 0, 0, len(text)) >= 0

    def search(self, text: str, start: int = 0) -> Match | None:
        """Return the leftmost match that begins at `start` or behind it."""
        while True:
            last = self._anywhere.shortest(text, start, start, len(text))
            if last < 0:
                return None
            found = self._match_from(text, start, last)
            start = last + 1
            # Back references may refuse what the automaton takes, which has any match of their groups for
            # them. Then nothing is tried at the very end, as PostgreSQL does not.
            if found is not None or start >= len(text):
                return found

    def finditer(self, text: str, start: int = 0) -> Iterator[Match]:
        """Yield matches one behind the other; an empty one may stand where the last one ended."""
        while start <= len(text) and (found := self.search(text, start)):
            yield found
            begin, end = found.span
            start = end + (begin == end)

    # -------------------------------------------------------------- the whole

    def _match_from(self, text: str, first: int, last: int) -> Match | None:
        """Return the leftmost match that begins from `first` to `last`."""
        tree = self._tree
        for begin in range(first, last + 1):
            if not begin & 0xFF:
                check_deadline()
            spans = [NO_SPAN] * (self.groups_count + 1)
            division = _Division(self, text, spans)
            for end in division.ends(tree, begin, len(text)):
                if division.divide(tree, begin, end):
                    return Match((begin, end), tuple(spans[1:]))
                division.forget(tree)
        return None

    def automaton_of(self, part: Piece) -> Automaton:
        """Return the automaton of a part, made once."""
        found = self._automata.get(part)
        if found is None:
            found = self._automata[part] = Automaton(part)
        return found

    def same(self, one: str, other: str) -> bool:
        """Whether two texts are the same to a back reference."""
        return one == other or self.ignores_case and in_lower(one) == in_lower(other)


class _Division:
    """The division of one match. The methods take a part and the text its automaton says it matches, and
    keep what groups match in `spans`; False where back references refuse every division."""

    def __init__(self, regex: Regex, text: str, spans: list[Span]) -> None:
        self._regex = regex
        self._text = text
        self._spans = spans

    def divide(self, part: Piece, begin: int, end: int) -> bool:
        if part.is_plain:
            return True
        match part:
            case Capture(inner=inner, number=number):
                if not self.divide(inner, begin, end):
                    return False
                self._spans[number] = (begin, end)
                return True
            case Chain(parts=(first, second)):
                return self._pair(first, second, begin, end)
            case Alternation(parts=parts):
                return any(self._fits(each, begin, end) and self.divide(each, begin, end) for each in parts)
            case Repeat():
                return _Repetition(self, part, begin, end).found()
            case Back():
                return self._back(part, begin, end)
        return True  # mixed preferences inside, and nothing to be kept

    def ends(self, part: Piece, begin: int, last: int) -> Iterator[int]:
        """Yield where a part that begins at a place may end, as it prefers."""
        automaton, text = self._regex.automaton_of(part), self._text
        if part.prefers_shorter:
            end = automaton.shortest(text, begin, begin, last)
            while end >= 0:
                yield end
                end = automaton.shortest(text, begin, end + 1, last) if end < last else -1
        else:
            end = automaton.longest(text, begin, last)
            while end >= 0:
                yield end
                end = automaton.longest(text, begin, end - 1) if end > begin else -1

    def forget(self, part: Piece) -> None:
        """Forget what groups inside of a part matched in another division."""
        for number in part.numbers:
            self._spans[number] = NO_SPAN

    def _fits(self, part: Piece, begin: int, end: int) -> bool:
        return self._regex.automaton_of(part).longest(self._text, begin, end) == end

    def _pair(self, first: Piece, second: Piece, begin: int, end: int) -> bool:
        for middle in self.ends(first, begin, end):
            if self._fits(second, middle, end):
                if self.divide(first, begin, middle) and self.divide(second, middle, end):
                    return True
                self.forget(first)
                self.forget(second)
        return False

    def _back(self, part: Back, begin: int, end: int) -> bool:
        start, stop = self._spans[part.group.number]
        if start < 0:
            return False
        if start == stop:
            return begin == end
        if begin == end:
            return part.low == 0
        times, rest = divmod(end - begin, stop - start)
        if rest or times < part.low or (part.high is not None and times > part.high):
            return False
        return self._regex.same(self._text[start:stop] * times, self._text[begin:end])


class _Repetition:
    """The division of a text among the repetitions of a part, the last of which says what groups matched.
    Empty repetitions are tried only where fewer than asked for would be left."""

    def __init__(self, division: _Division, part: Repeat, begin: int, end: int) -> None:
        self._division = division
        self._part = part
        self._begin = begin
        self._end = end
        self._low = max(part.low, 1)
        most = end - begin if part.high is None else min(end - begin, part.high)
        self._high = max(most, self._low)

    def found(self) -> bool:
        if self._part.inner.prefers_shorter and self._begin == self._end and not self._part.low:
            return True
        inner, ends, verified = self._part.inner, [self._begin], 0
        tries = [self._ends(1, self._begin)]
        while tries:
            end = next(tries[-1], None)
            if end is None:  # the repetition before is to end elsewhere
                tries.pop()
                continue
            count = len(tries)
            ends[count:] = [end]
            verified = min(verified, count - 1)
            if end != self._end:
                if count < self._high:
                    tries.append(self._ends(count + 1, end))
                continue
            if count < self._low:
                continue
            check_deadline()
            while verified < count:
                self._division.forget(inner)
                if not self._division.divide(inner, ends[verified], ends[verified + 1]):
                    break
                verified += 1
            if verified == count:
                return True
            del tries[verified + 1 :]
        return self._part.low == 0 and self._begin == self._end

    def _ends(self, count: int, begin: int) -> Iterator[int]:
        """Yield where a repetition may end."""
        for end in self._division.ends(self._part.inner, begin, self._end):
            needed = count < self._low and self._low - count >= self._end - end
            if end == self._end or end != begin or needed:
                yield end
