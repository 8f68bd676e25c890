"""Sets of characters: what a bracket expression, a class or a single character of a pattern stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vql.dataclass import dataclass
from vql.types.forms.letters import lower, upper

Test = Callable[[str], bool]


@dataclass(frozen=True, eq=False, slots=True)
class Charset:
    """Single characters, ranges of them, and classes; or all others."""

    chars: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    tests: tuple[Test, ...] = ()
    is_negated: bool = False

    def __contains__(self, char: str) -> bool:
        found = (
            char in self.chars
            or any(first <= char <= last for first, last in self.ranges)
            or any(test(char) for test in self.tests)
        )
        return found != self.is_negated


ANY = Charset(is_negated=True)
NO_NEWLINE = Charset(frozenset("\n"), is_negated=True)


def cases(char: str) -> Iterable[str]:
    """Return a character, its small letter and its capital."""
    return (char, lower(char), upper(char))
