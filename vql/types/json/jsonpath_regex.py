"""like_regex: XQuery's expressions as Python's, those constructs that mean the same in both."""

from __future__ import annotations

import re
from functools import lru_cache

from vql.errors import DataError, NotSupportedError

# One character with a meaning, an escape, or a set of characters.
PART = re.compile(
    r"\\(?P<escape>.)?|(?P<set>\[\^?\]?(?:\[[:.=].*?[:.=]\]|\\.|[^\]\\])*\])|(?P<group>\(\?.?)|.", re.S
)
ESCAPES_KEPT = frozenset("dDwWsSnrtfv")
COMPILED_MAX = 64


@lru_cache(COMPILED_MAX)
def compiled_regex(pattern: str, flags: str) -> re.Pattern[str]:
    """Return what searches for a pattern. Raises 2201B; 0A000 for what is written differently in Python.

    A dot and a set `[^...]` stand for no line break unless the flags have s; ^ and $ are the ends of the text
    unless they have m.
    """
    options = (re.IGNORECASE if "i" in flags else 0) | (re.MULTILINE if "m" in flags else 0)
    if "q" in flags:
        return re.compile(re.escape(pattern), options)
    options |= re.DOTALL if "s" in flags else 0
    try:
        return re.compile("".join(_in_python(part, flags) for part in PART.finditer(pattern)), options)
    except re.error as error:
        raise DataError(f"invalid regular expression: {error.msg}", sqlstate="2201B") from None


def _in_python(part: re.Match[str], flags: str) -> str:
    text = part.group()
    if text.startswith("\\"):
        char = part["escape"]
        if char is None:
            raise DataError("invalid regular expression: invalid escape \\ sequence", sqlstate="2201B")
        if char.isalnum() and char not in ESCAPES_KEPT:
            raise _unsupported(text)
        return text if char.isalnum() else re.escape(char)
    if part["set"]:
        if "[" in text[1:]:
            raise _unsupported(text)
        return text.replace("[^", "[^\\n", 1) if "s" not in flags and text.startswith("[^") else text
    if part["group"] and text != "(?:":
        raise _unsupported(text)
    return "\\Z" if text == "$" and "m" not in flags else text


def _unsupported(text: str) -> NotSupportedError:
    return NotSupportedError(f'"{text}" in a regular expression of jsonpath is not supported')
