"""Arrays as texts: `{a,"b c",NULL}`, `{{1,2},{3,4}}`, `[1:2]={1,2}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vql.deadline import watched
from vql.errors import DataError, InvalidText, LimitExceeded
from vql.types.arrays.dimensions import (
    BOUND_MAX,
    DIMENSIONS_MAX,
    BoundedArray,
    dimensions_of,
    has_matching_dimensions,
    lower_bounds,
    too_many_dimensions,
    with_bounds,
)
from vql.types.text import ITEM_SPACE, quoted_item

# `[2]` or `[1:2]`, any number of times.
BOUNDS = re.compile(r"(?:\[[+-]?[0-9]+(?::[+-]?[0-9]+)?\])+")
BOUND = re.compile(r"\[(?:([+-]?[0-9]+):)?([+-]?[0-9]+)\]")
# A mark, an element in quotes, or one without; backslashes take the next character as it is.
TOKEN = re.compile(
    rf"""[{ITEM_SPACE}]*(?:([{{}},])|"((?:[^"\\]|\\.)*)"|((?:[{ITEM_SPACE}]*(?:[^{{}}",\\{ITEM_SPACE}]|\\.))+))""",
    re.S,
)
ESCAPE = re.compile(r"\\(.)", re.S)
SIMPLE = frozenset('"\\{}')


def array_words(text: str) -> list[Any]:
    """Return an array of the texts of an array's elements, None for NULL. Raises 22P02, 2202E, 54000."""
    body = text.strip(ITEM_SPACE)
    bounds: list[tuple[int, int]] = []
    if body.startswith("["):
        bounds, body = _bounds(text, body)
    elif not body.startswith("{"):
        raise malformed(text, 'Array value must start with "{" or dimension information.')
    inner = body[1:-1]
    if body.endswith("}") and SIMPLE.isdisjoint(inner):
        words: list[Any] = _plain_words(text, inner) if inner.strip(ITEM_SPACE) else []
    else:
        words = _words(text, body)
    if bounds:
        if dimensions_of(words) != tuple(high - low + 1 for low, high in bounds):
            raise malformed(text, "Specified array dimensions do not match array contents.")
        return with_bounds(words, [low for low, _ in bounds])
    return words


def array_text(items: list[Any], write: Callable[[Any], str]) -> str:
    """Write an array; `write` gives an element's text."""
    words = [
        "NULL" if item is None
        else array_text(item, write) if isinstance(item, list)
        else quoted_item(write(item))
        for item in watched(items)
    ]  # fmt: skip
    text = "{" + ",".join(words) + "}"
    return f"{dimensions_text(items)}={text}" if isinstance(items, BoundedArray) else text


def dimensions_text(items: list[Any]) -> str:
    """Return the bounds of each dimension, as `[1:2][1:3]`."""
    bounds = zip(lower_bounds(items), dimensions_of(items), strict=True)
    return "".join(f"[{low}:{low + length - 1}]" for low, length in bounds)


def malformed(text: str, detail: str) -> InvalidText:
    """Return the error of a text that is no array."""
    return InvalidText(f'malformed array literal: "{text}"', detail=detail)


def _bounds(text: str, body: str) -> tuple[list[tuple[int, int]], str]:
    """Return the bounds before an array, and the array."""
    found = BOUNDS.match(body)
    if found is None:
        if re.match(r"\[[+-]?[0-9]+(?::[+-]?[0-9]+)?(?!.*\])", body):
            raise malformed(text, 'Missing "]" after array dimensions.')
        raise malformed(text, '"[" must introduce explicitly-specified array dimensions.')
    bounds = [(int(low or 1), int(high)) for low, high in BOUND.findall(found.group())]
    for low, high in bounds:
        if not (-BOUND_MAX <= low <= BOUND_MAX and -BOUND_MAX <= high <= BOUND_MAX):
            raise LimitExceeded("array bound is out of integer range")
        if high < low:
            raise DataError("upper bound cannot be less than lower bound", sqlstate="2202E")
    if len(bounds) > DIMENSIONS_MAX:
        raise too_many_dimensions()
    rest = body[found.end() :].lstrip(ITEM_SPACE)
    if not rest.startswith("="):
        raise malformed(text, 'Missing "=" after array dimensions.')
    rest = rest[1:].lstrip(ITEM_SPACE)
    if not rest.startswith("{"):
        raise malformed(text, 'Array contents must start with "{".')
    return bounds, rest


def _plain_words(text: str, inner: str) -> list[str | None]:
    """Return the words of an array of one dimension without quotes and escapes."""
    words = [word.strip(ITEM_SPACE) for word in watched(inner.split(","))]
    if "" in words:
        raise malformed(text, f'Unexpected "{"}" if words.index("") == len(words) - 1 else ","}" character.')
    return [None if len(word) == 4 and word.upper() == "NULL" else word for word in watched(words)]


def _words(text: str, body: str) -> list[Any]:
    """Return the words of any array."""
    root: list[Any] = []
    open_lists = [root]
    position, wants_comma, is_empty = 0, False, True
    while True:
        token = TOKEN.match(body, position)
        if token is None:
            # A quote that is not closed, or one within a word.
            is_inside = wants_comma and body.startswith('"', position)
            why = "Incorrectly quoted array element." if is_inside else "Unexpected end of input."
            raise malformed(text, why)
        position, mark = token.end(), token[1]
        if mark == "," and (not wants_comma) or mark == "{" and wants_comma:
            raise malformed(text, f'Unexpected "{mark}" character.')
        if mark == "}" and not wants_comma and not is_empty:
            raise malformed(text, 'Unexpected "}" character.')
        if mark == ",":
            wants_comma = is_empty = False
        elif mark == "{":
            made: list[Any] = []
            open_lists[-1].append(made)
            open_lists.append(made)
            if len(open_lists) > DIMENSIONS_MAX + 1:
                raise too_many_dimensions()
            is_empty = True
        elif mark == "}":
            open_lists.pop()
            wants_comma = True
            if len(open_lists) == 1:
                break
        else:
            if wants_comma:
                raise malformed(text, "Incorrectly quoted array element.")
            open_lists[-1].append(_element_text(token[2], token[3]))
            wants_comma = True
    if body[position:].strip(ITEM_SPACE):
        raise malformed(text, "Junk after closing right brace.")
    words: list[Any] = root[0]
    if not has_matching_dimensions(words):
        raise malformed(text, "Multidimensional arrays must have sub-arrays with matching dimensions.")
    return words if 0 not in _lengths(words) else []


def _element_text(quoted: str | None, bare: str) -> str | None:
    """Return the text of an element, None for NULL."""
    if quoted is not None:
        return ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted
    if bare.upper() == "NULL":
        return None
    return ESCAPE.sub(r"\1", bare) if "\\" in bare else bare


def _lengths(items: list[Any]) -> list[int]:
    """Return the lengths of the first list of each dimension, the empty one's, too."""
    found = [len(items)]
    while items and isinstance(items[0], list):
        items = items[0]
        found.append(len(items))
    return found
