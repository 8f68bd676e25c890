"""Named parameters: `:name` and `$name` of a statement that is run with a dict.

They are numbered before the statement is read, so that what is kept of it is found by its text. `::` casts,
`:=`, what is quoted or a comment, and the bounds of a slice are none: a colon behind a name, a number or a
bracket parts bounds, and `[:n]` is a bound where the dict has no `n`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from vql.errors import Error, UndefinedParameter

TOKEN = re.compile(
    r"""
    (?<![\w$])[eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
  | --[^\n]* | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
  | :: | := | (?P<comment>/\*)
  | (?<![\w\])"$]):(?P<colon>[^\W\d]\w*) | (?<![\w$])\$(?P<dollar>[^\W\d]\w*)
    """,
    re.X | re.S,
)
COMMENT_MARK = re.compile(r"/\*|\*/")
STATEMENTS_KEPT = 512


class Numbered(NamedTuple):
    """A statement with `$1` for each name; `shifts` are (place in it, characters more than before the text
    had there), in order."""

    sql: str
    names: tuple[str, ...]
    shifts: tuple[tuple[int, int], ...]

    def values(self, parameters: Mapping[str, object]) -> list[object]:
        """Return the values of the names in their order."""
        return [parameters[name] for name in self.names]

    def placed(self, error: Error) -> Error:
        """Return an error with its place in the text as it was given."""
        if error.position is not None:
            error.position = self.place(error.position - 1) + 1
        return error

    def place(self, place: int) -> int:
        """Return where a place of the statement is in the text as it was given."""
        found = bisect_right(self.shifts, (place, 1 << 62))
        return place + (self.shifts[found - 1][1] if found else 0)


def numbered_names(sql: str, parameters: Mapping[str, object]) -> Numbered:
    """Return a statement with its names numbered. Raises 42P02 for one that has no value."""
    return _numbered(sql, frozenset(parameters))


@lru_cache(STATEMENTS_KEPT)
def _numbered(sql: str, given: frozenset[str]) -> Numbered:
    numbers: dict[str, int] = {}
    pieces, shifts, end, length = [], [], 0, 0
    position = 0
    while (token := TOKEN.search(sql, position)) is not None:
        position = token.end()
        if token["comment"]:
            position = _comment_end(sql, token.start())
            continue
        name = token["colon"] or token["dollar"]
        if name is None or name not in given and sql[: token.start()].rstrip().endswith("["):
            continue
        if name not in given:
            raise UndefinedParameter(
                f"there is no value for parameter {token.group()}", position=token.start() + 1
            )
        pieces += [sql[end : token.start()], f"${numbers.setdefault(name, len(numbers) + 1)}"]
        length += len(pieces[-2]) + len(pieces[-1])
        end = token.end()
        shifts.append((length, end - length))
    return Numbered("".join((*pieces, sql[end:])), tuple(numbers), tuple(shifts))


def _comment_end(sql: str, start: int) -> int:
    """Return where a comment ends, which may hold others."""
    depth = 0
    for mark in COMMENT_MARK.finditer(sql, start):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(sql)
