"""Where a part of a regular expression may end: a nondeterministic automaton, made deterministic as it runs
(Thompson 1968; Cox, "Regular expression matching can be simple and fast", 2007).

A `_State` is what may be going on behind a character: the states of the NFA that arcs lead to, before those
that need no character are followed, for whether they may be depends on the character that comes (`$`, `\\M`)
and on the one that was (`^`, `\\m`). Its moves are kept by that coming character. Lookaround depends on
more of the text: where a state can reach one, the moves are kept by its outcome too.

A run takes time linear in the text. Automata are shared by threads: what they keep is only ever added or
forgotten as a whole, and the same whoever computes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from vql.dataclass import dataclass
from vql.deadline import check_deadline
from vql.functions.text.characters import CLASSES
from vql.functions.text.regex.charset import ANY, Charset
from vql.functions.text.regex.syntax import TOO_COMPLEX, InvalidPattern
from vql.functions.text.regex.tree import (
    Alternation,
    Assertion,
    Back,
    Capture,
    Chain,
    Look,
    One,
    Piece,
    Repeat,
)

STATES_MAX = 100_000
MOVES_MAX = 100_000
# Characters between two looks at the deadline: 10 ms.
CHECK_MASK = 0xFFFF
EDGE, NEWLINE, WORD, OTHER = range(4)
Key = str | tuple[str, tuple[bool, ...]]
Outcomes = dict[Look, bool]


@dataclass(slots=True)
class _State:
    kernel: frozenset[int]
    before: int  # the kind of the character in front
    looks: tuple[Look, ...]
    moves: dict[Key, tuple[bool, _State | None]]


class Automaton:
    """Of a part; `anywhere` begins at every place behind the first."""

    def __init__(self, part: Piece, anywhere: bool = False) -> None:
        self._arcs: list[list[tuple[Charset, int]]] = [[], []]
        self._free: list[list[tuple[Assertion | Look | None, int]]] = [[], []]
        self._looks: dict[Look, Automaton] = {}
        self._has_checks = False
        self._states: dict[tuple[frozenset[int], int], _State] = {}
        self._moves_count = 0
        if anywhere:
            self._arcs[0].append((ANY, 0))
            inner = self._new()
            self._free[0].append((None, inner))
            self._add(part, inner, 1)
        else:
            self._add(part, 0, 1)

    # -------------------------------------------------------------- runs

    def longest(self, text: str, begin: int, end: int) -> int:
        """Return the last place up to `end` where a match from `begin` may end, -1 for none."""
        state, place, found = self._start(text, begin), begin, -1
        while True:
            accepts, following = state.moves.get(text[place : place + 1]) or self._move(state, text, place)
            if accepts:
                found = place
            if following is None or place == end:
                return found
            state, place = following, place + 1
            if not place & CHECK_MASK:
                check_deadline()

    def shortest(self, text: str, begin: int, low: int, high: int) -> int:
        """Return the first place from `low` to `high` where a match from `begin` may end, -1 for none."""
        state, place = self._start(text, begin), begin
        while True:
            accepts, following = state.moves.get(text[place : place + 1]) or self._move(state, text, place)
            if accepts and place >= low:
                return place
            if following is None or place == high:
                return -1
            state, place = following, place + 1
            if not place & CHECK_MASK:
                check_deadline()

    # -------------------------------------------------------------- states

    def _start(self, text: str, begin: int) -> _State:
        return self._state(frozenset((0,)), self._kind(text[begin - 1 : begin] if begin else ""))

    def _state(self, kernel: frozenset[int], before: int) -> _State:
        made = self._states.get((kernel, before))
        if made is None:
            everything = self._reached(kernel, None)
            looks = {
                condition: None
                for state in everything
                for condition, _ in self._free[state]
                if isinstance(condition, Look)
            }
            made = self._states[kernel, before] = _State(kernel, before, tuple(looks), {})
        return made

    def _move(self, state: _State, text: str, place: int) -> tuple[bool, _State | None]:
        char = text[place : place + 1]
        key: Key = char
        if state.looks:
            key = (char, tuple(self._looks_like(look, text, place) for look in state.looks))
        found = state.moves.get(key)
        return self._made(state, key) if found is None else found

    def _made(self, state: _State, key: Key) -> tuple[bool, _State | None]:
        char, outcomes = key if isinstance(key, tuple) else (key, ())
        after = self._kind(char)
        true = dict(zip(state.looks, outcomes, strict=True))
        reached = self._reached(state.kernel, (state.before, after, true))
        following = None
        if char:
            kernel = frozenset(
                target for each in reached for charset, target in self._arcs[each] if char in charset
            )
            following = self._state(kernel, after) if kernel else None
        made = state.moves[key] = 1 in reached, following
        self._moves_count += 1
        if self._moves_count > MOVES_MAX:
            self._states.clear()
            self._moves_count = 0
        return made

    def _reached(self, kernel: Iterable[int], here: tuple[int, int, Outcomes] | None) -> set[int]:
        """Return the states that need no character, whatever stands here where nothing is said of it."""
        found, waiting = set(kernel), list(kernel)
        while waiting:
            for condition, target in self._free[waiting.pop()]:
                if target not in found and (condition is None or here is None or _holds(condition, *here)):
                    found.add(target)
                    waiting.append(target)
        return found

    def _kind(self, char: str) -> int:
        if not self._has_checks:
            return OTHER
        if not char:
            return EDGE
        return NEWLINE if char == "\n" else WORD if CLASSES["word"](char) else OTHER

    def _looks_like(self, look: Look, text: str, place: int) -> bool:
        inner = self._looks[look]
        if look.is_ahead:
            end = inner.shortest(text, place, place, len(text))
        else:
            end = inner.shortest(text, 0, place, place)
        return (end < 0) == look.is_negated

    # -------------------------------------------------------------- the NFA

    def _new(self) -> int:
        check_deadline()
        if len(self._arcs) == STATES_MAX:
            raise InvalidPattern(TOO_COMPLEX)
        self._arcs.append([])
        self._free.append([])
        return len(self._arcs) - 1

    def _add(self, part: Piece, start: int, end: int, is_bare: bool = False) -> None:
        """Add the way of a part from one state to another; a bare one has nothing but characters."""
        match part:
            case One(charset=charset):
                self._arcs[start].append((charset, end))
            case Assertion() | Look():
                self._free[start].append((None if is_bare else part, end))
                if isinstance(part, Assertion):
                    self._has_checks = True
                elif part not in self._looks:
                    self._looks[part] = Automaton(part.inner, anywhere=not part.is_ahead)
            case Chain(parts=parts):
                for each in parts:
                    following = self._new()
                    self._add(each, start, following, is_bare)
                    start = following
                self._free[start].append((None, end))
            case Alternation(parts=parts):
                for each in parts:
                    self._add(each, start, end, is_bare)
            case Capture(inner=inner):
                self._add(inner, start, end, is_bare)
            case Back(group=group, low=low, high=high):
                self._add_repeated(group, start, end, (low, high), True)
            case Repeat(inner=inner, low=low, high=high):
                self._add_repeated(inner, start, end, (low, high), is_bare)

    def _add_repeated(
        self, part: Piece, start: int, end: int, counts: tuple[int, int | None], is_bare: bool
    ) -> None:
        check_deadline()
        low, high = counts
        for _ in range(low):
            following = self._new()
            self._add(part, start, following, is_bare)
            start = following
        # What begins here may be gone through again: it has states of its own.
        here = self._new()
        self._free[start].append((None, here))
        self._free[here].append((None, end))
        if high is None:
            back = self._new()
            self._add(part, here, back, is_bare)
            self._free[back].append((None, here))
            return
        for _ in range(high - low):
            following = self._new()
            self._add(part, here, following, is_bare)
            self._free[following].append((None, end))
            here = following


def _holds(condition: Assertion | Look, before: int, after: int, outcomes: Outcomes) -> bool:
    if isinstance(condition, Look):
        return outcomes[condition]
    match condition.kind:
        case "A":
            return before == EDGE
        case "Z":
            return after == EDGE
        case "^":
            return before in (EDGE, NEWLINE)
        case "$":
            return after in (EDGE, NEWLINE)
        case "m":
            return before != WORD and after == WORD
        case "M":
            return before == WORD and after != WORD
        case "y":
            return (before == WORD) != (after == WORD)
    return (before == WORD) == (after == WORD)
