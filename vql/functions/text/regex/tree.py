"""A regular expression as a tree, and which lengths its parts prefer (manual, 9.7.3.5).

A part without groups and back references whose quantifiers all prefer the same is *plain*: only where it
may end matters, and an automaton knows that. The others are divided: a `Chain` of two parts, one of which
is not plain, an `Alternation`, a `Repeat`, each with a preference of its own. A branch is divided before and
after its first part that is not plain, as Henry Spencer's library divides it, so that groups match the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vql.dataclass import dataclass
from vql.functions.text.regex.charset import Charset

LONGER, SHORTER, MIXED, GROUPS, REFERS = 1, 2, 4, 8, 16
PREFERENCE = LONGER | SHORTER


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Piece:
    """What all parts have: flags, and the numbers of the groups inside."""

    flags: int = 0
    numbers: tuple[int, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether nobody needs to know how it matches."""
        return not self.flags & (MIXED | GROUPS | REFERS)

    @property
    def prefers_shorter(self) -> bool:
        return bool(self.flags & SHORTER)


@dataclass(frozen=True, eq=False, slots=True)
class One(Piece):
    """One character of a set."""

    charset: Charset


@dataclass(frozen=True, eq=False, slots=True)
class Assertion(Piece):
    """A place: `^` and `$` at lines, `A` and `Z` at the ends, `m` `M` `y` `Y` at words."""

    kind: str


@dataclass(frozen=True, eq=False, slots=True)
class Look(Piece):
    """A place where a part does or does not match, ahead of it or behind it."""

    inner: Piece
    is_ahead: bool
    is_negated: bool


@dataclass(frozen=True, eq=False, slots=True)
class Chain(Piece):
    """Parts one after another; two where it is not plain."""

    parts: tuple[Piece, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Alternation(Piece):
    """One of several parts, the earlier preferred among matches of the same length."""

    parts: tuple[Piece, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Repeat(Piece):
    """A part `low` to `high` times (None: without end)."""

    inner: Piece
    low: int
    high: int | None


@dataclass(frozen=True, eq=False, slots=True)
class Capture(Piece):
    """A part whose match is kept under a number."""

    inner: Piece
    number: int


@dataclass(frozen=True, eq=False, slots=True)
class Back(Piece):
    """What a group matched, `low` to `high` times."""

    group: Capture
    low: int
    high: int | None


class Item(NamedTuple):
    """One item of a branch: an atom and its quantifier, which prefers LONGER, SHORTER or nothing (0)."""

    atom: Piece
    low: int = 1
    high: int | None = 1
    prefers: int = 0


EMPTY = Chain(())


def upward(flags: int) -> int:
    """Return what a part's flags mean for what is around it: preferences that differ are mixed."""
    both = flags & PREFERENCE == PREFERENCE
    return flags & ~PREFERENCE | (MIXED if both else 0)


def combined(first: int, second: int) -> int:
    """Return the flags of two parts in a row; the first that prefers anything decides."""
    return upward(first | second) | (first & PREFERENCE or second & PREFERENCE)


def choice(parts: Sequence[Piece]) -> Piece:
    """Return a part of several branches, which prefers the longer match."""
    if len(parts) == 1:
        return parts[0]
    flags = LONGER
    for part in parts:
        flags |= upward(flags | part.flags)
    return Alternation(tuple(parts), flags=flags, numbers=_numbers(parts))


def group(inner: Piece, number: int) -> Capture:
    """Return a group, which prefers what is inside of it does."""
    return Capture(inner, number, flags=inner.flags | GROUPS, numbers=(*inner.numbers, number))


def back_reference(group: Capture, low: int = 1, high: int | None = 1, prefers: int = 0) -> Back:
    """Return what a group matched, so many times: no part that is repeated as others are."""
    return Back(group, low, high, flags=REFERS | combined(prefers, REFERS))


def branch(items: Sequence[Item]) -> Piece:
    """Return items in a row, divided at the first that is not plain."""
    plain: list[Piece] = []
    flags = 0
    for place, item in enumerate(items):
        both = flags | item.prefers | item.atom.flags
        if not (both | upward(both)) & (MIXED | GROUPS | REFERS):
            plain.append(repetition(item.atom, item.low, item.high))
            flags = both
            continue
        rest = _divided(item, items[place + 1 :])
        if not plain:
            return rest
        head = Chain(tuple(plain), flags=flags)
        return _pair(head, rest, flags | combined(flags, rest.flags))
    return Chain(tuple(plain), flags=flags)


def _divided(item: Item, rest: Sequence[Item]) -> Piece:
    first = _repeated_apart(item)
    if not rest:
        return first
    flags, second = combined(item.prefers, item.atom.flags), branch(rest)
    return _pair(first, second, flags | combined(flags, second.flags))


def _repeated_apart(item: Item) -> Piece:
    """Return an item that is not plain: only the last of its repetitions has groups to be kept."""
    atom, low, high, prefers = item
    flags = combined(prefers, atom.flags)
    own = atom.flags & (PREFERENCE | MIXED)
    if low == high == 1 and (not prefers or not own or prefers == own):
        return atom
    if not atom.flags & (GROUPS | REFERS):
        return Repeat(atom, low, high, flags=flags & PREFERENCE)
    if low > 0 and not atom.flags & REFERS:
        head = Repeat(atom, low - 1, None if high is None else high - 1, flags=flags & PREFERENCE)
        return _pair(head, atom, flags)
    return Repeat(atom, low, high, flags=flags, numbers=atom.numbers)


def repetition(part: Piece, low: int, high: int | None) -> Piece:
    """Return a plain part several times."""
    return part if low == high == 1 else Repeat(part, low, high, flags=part.flags)


def _pair(first: Piece, second: Piece, flags: int) -> Chain:
    numbers = _numbers([part for part in (first, second) if not part.is_plain])
    return Chain((first, second), flags=flags, numbers=numbers)


def _numbers(parts: Sequence[Piece]) -> tuple[int, ...]:
    return tuple(number for part in parts for number in part.numbers)
