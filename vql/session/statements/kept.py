"""What a session keeps by the text of statements: bounded in number and, as texts may be long, in length."""

from __future__ import annotations

from typing import TypeVar

Kept = TypeVar("Kept")

TEXTS_KEPT = 1_024
# Characters of all texts; a syntax tree takes about a hundred bytes for each.
LENGTH_MAX = 1 << 20


class ByText(dict[tuple[str, tuple[int, ...]], Kept]):
    """Values by text and parameter types; `keep` drops the oldest. One session's."""

    def __init__(self, texts_max: int = TEXTS_KEPT) -> None:
        super().__init__()
        self._texts_max = texts_max
        self._length = 0

    def keep(self, key: tuple[str, tuple[int, ...]], value: Kept) -> None:
        """Keep a value, unless its text alone is too long."""
        self._drop(key)
        if len(key[0]) > LENGTH_MAX:
            return
        self[key] = value
        self._length += len(key[0])
        while len(self) > self._texts_max or self._length > LENGTH_MAX:
            self._drop(next(iter(self)))

    def _drop(self, key: tuple[str, tuple[int, ...]]) -> None:
        if key in self:
            del self[key]
            self._length -= len(key[0])
