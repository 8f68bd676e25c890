"""LIKE and ILIKE of text and byte strings, and what ESCAPE makes of their patterns and of SIMILAR TO's.

A pattern is cut at its percent signs. What stands between two of them has one length, so it is looked for
from left to right, and time is at most the text's length times the pattern's.
"""

from __future__ import annotations

import re
from functools import lru_cache

from vql.errors import DataError
from vql.functions.declare import function, operator
from vql.types.forms.letters import in_lower

PATTERNS_KEPT = 1024
LONE = re.compile(r"(?:[^\\]|\\.)*\\", re.S)
OPEN_END = re.compile(r"((?:\\.|[^\\])*?)(%[%_]*)?", re.S)
PIECES = re.compile(r"\\(.)|([%_])|([^\\%_]+)", re.S)


@lru_cache(PATTERNS_KEPT)
def _runs(pattern: str) -> list[tuple[re.Pattern[str], int]]:
    """Return what stands between the percent signs of a pattern, and the length of each."""
    texts, lengths = [""], [0]
    for escaped, wildcard, plain in PIECES.findall(pattern):
        if wildcard == "%":
            texts.append("")
            lengths.append(0)
            continue
        texts[-1] += "." if wildcard else re.escape(escaped or plain)
        lengths[-1] += len(escaped or wildcard or plain)
    return [(re.compile(text, re.S), length) for text, length in zip(texts, lengths, strict=True)]


def is_like(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern. Raises 22025 where it reaches a backslash that ends the pattern."""
    if pattern.endswith("\\") and LONE.fullmatch(pattern):
        if is_like(text, _reaching(pattern[:-1])):
            raise DataError("LIKE pattern must not end with escape character", sqlstate="22025")
        return False
    runs = _runs(pattern)
    first, length = runs[0]
    if len(runs) == 1:
        return len(text) == length and first.match(text) is not None
    last, last_length = runs[-1]
    end = len(text) - last_length
    if end < length or not first.match(text) or not last.match(text, end):
        return False
    place = length
    for run, _ in runs[1:-1]:
        found = run.search(text, place, end)
        if found is None:
            return False
        place = found.end()
    return True


def _reaching(pattern: str) -> str:
    """Return what a text matches whose matching goes beyond a pattern: behind percent signs that end it the
    text may be used up."""
    found = OPEN_END.fullmatch(pattern)
    assert found, pattern
    if not found[2]:
        return pattern + "_%"
    return found[1] + "%" + "_" * max(found[2].count("_"), 1)


def is_ilike(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern, small and capital letters being the same."""
    return is_like(in_lower(text), in_lower(pattern))


for _type in ("text", "bpchar", "name"):
    operator(f"{_type} ~~ text -> boolean")(is_like)
    operator(f"{_type} ~~* text -> boolean")(is_ilike)
for _type in ("text", "name"):
    function(f"like({_type}, text) -> boolean")(is_like)


@operator("text !~~ text -> boolean")
@operator("bpchar !~~ text -> boolean")
@operator("name !~~ text -> boolean")
@function("notlike(text, text) -> boolean")
@function("notlike(name, text) -> boolean")
def is_unlike(text: str, pattern: str) -> bool:
    return not is_like(text, pattern)


@operator("text !~~* text -> boolean")
@operator("bpchar !~~* text -> boolean")
@operator("name !~~* text -> boolean")
def is_not_ilike(text: str, pattern: str) -> bool:
    return not is_ilike(text, pattern)


@operator("bytea ~~ bytea -> boolean")
@function("like(bytea, bytea) -> boolean")
def is_like_bytes(value: bytes, pattern: bytes) -> bool:
    return is_like(value.decode("latin-1"), pattern.decode("latin-1"))


@operator("bytea !~~ bytea -> boolean")
@function("notlike(bytea, bytea) -> boolean")
def is_unlike_bytes(value: bytes, pattern: bytes) -> bool:
    return not is_like_bytes(value, pattern)


# ------------------------------------------------------------------ ESCAPE


@function("like_escape(text, text) -> text")
def like_escape(pattern: str, escape: str) -> str:
    """Return a pattern whose escape character is the backslash. Raises 22025."""
    if escape == "\\":
        return pattern
    if not escape:
        return pattern.replace("\\", "\\\\")
    _check_escape(escape)
    made, is_escaped = [], False
    for char in pattern:
        if char == escape and not is_escaped:
            made.append("\\")
            is_escaped = True
            continue
        made.append("\\\\" if char == "\\" and not is_escaped else char)
        is_escaped = False
    return "".join(made)


@function("like_escape(bytea, bytea) -> bytea")
def like_escape_bytes(pattern: bytes, escape: bytes) -> bytes:
    return like_escape(pattern.decode("latin-1"), escape.decode("latin-1")).encode("latin-1")


def _check_escape(escape: str) -> None:
    if len(escape) > 1:
        hint = "Escape string must be empty or one character."
        raise DataError("invalid escape string", sqlstate="22025", hint=hint)


@function("similar_escape(text, text) -> text", is_strict=False)
def similar_escape(pattern: str | None, escape: str | None) -> str | None:
    return None if pattern is None else similar_to_escape(pattern, "\\" if escape is None else escape)


@function("similar_to_escape(text) -> text")
@function("similar_to_escape(text, text) -> text")
def similar_to_escape(pattern: str, escape: str = "\\") -> str:
    """Return the regular expression of a pattern of SIMILAR TO. Raises 22025, 2200C."""
    _check_escape(escape)
    made = ["^(?:"]
    quotes, brackets = 0, _Brackets()
    is_escaped = False
    for char in pattern:
        if is_escaped:
            is_escaped = False
            if char == '"' and not brackets.is_open:
                made.append(_separator(quotes))
                quotes += 1
            else:
                made.append("\\" + char)
                brackets.escaped()
        elif char == escape:
            is_escaped = True
        elif brackets.read(char):
            made.append("\\\\" if char == "\\" else char)
        else:
            made.append({"%": ".*", "_": ".", "(": "(?:"}.get(char) or ("\\" * (char in "\\.^$") + char))
    return "".join(made) + ")$"


def _separator(quotes: int) -> str:
    """Return what parts a pattern of substring into three; the first is as short as can be."""
    if quotes > 1:
        raise DataError(
            "SQL regular expression may not contain more than two escape-double-quote separators",
            sqlstate="2200C",
        )
    return "){1,1}(?:" if quotes else "){1,1}?("


class _Brackets:
    """Where in a bracket expression the reader of a pattern is."""

    def __init__(self) -> None:
        self._depth = 0
        self._may_be_member = False  # a closing bracket here
        self._is_first = False

    @property
    def is_open(self) -> bool:
        return self._depth > 0

    def read(self, char: str) -> bool:
        """Take the next character; whether it belongs to a bracket expression."""
        if not self._depth:
            self._depth = int(char == "[")
            self._is_first = self._may_be_member = True
            return False
        if char == "[":
            self._depth += 1
        elif char == "]" and not self._may_be_member:
            self._depth -= 1
        self._may_be_member = self._is_first and char == "^"
        self._is_first = False
        return True

    def escaped(self) -> None:
        """Take an escaped character."""
        self._is_first = self._may_be_member = False
