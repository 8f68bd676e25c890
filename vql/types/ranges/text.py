"""How ranges are written: bounds in brackets that say whether they belong to it, in quotes where need be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vql.errors import InvalidText

SPACE = " \t\n\v\f\r"
QUOTED = frozenset('"\\()[],' + SPACE)
EMPTY = "empty"
# The two bounds as they are written, None where there is none, and the brackets; no bounds: empty.
Written = tuple[str | None, str | None, str]


def written_range(text: str) -> Written | None:
    """Return what a range's text says, None for the empty one. Raises 22P02."""
    found, end = _range_at(text, 0)
    if text[end:].strip(SPACE):
        junk = "Junk after right parenthesis or bracket." if found else 'Junk after "empty" key word.'
        raise malformed_range("range", text, junk)
    return found


def written_multirange(text: str) -> Iterator[Written]:
    """Yield the ranges of a multirange's text that are not empty. Raises 22P02."""
    place = _skip(text, 0)
    if text[place : place + 1] != "{":
        raise malformed_range("multirange", text, "Missing left brace.")
    place = _skip(text, place + 1)
    is_first = True
    while text[place : place + 1] != "}" or not is_first and text[:place].rstrip(SPACE).endswith(","):
        if not is_first:
            if text[place : place + 1] != ",":
                raise malformed_range(
                    "multirange", text, _expected(text, place, "Expected comma or end of multirange.")
                )
            place = _skip(text, place + 1)
        rest = text[place : place + len(EMPTY)]
        if rest.lower() != EMPTY and rest[:1] not in ("[", "("):
            raise malformed_range("multirange", text, _expected(text, place, "Expected range start."))
        found, place = _range_at(text, place)
        if found is not None:
            yield found
        place, is_first = _skip(text, place), False
    if text[place + 1 :].strip(SPACE):
        raise malformed_range("multirange", text, "Junk after closing right brace.")


def _expected(text: str, place: int, what: str) -> str:
    return what if place < len(text) else "Unexpected end of input."


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in SPACE:
        place += 1
    return place


def _range_at(text: str, place: int) -> tuple[Written | None, int]:
    """Read a range that begins at a place; return it and where it ends."""
    place = _skip(text, place)
    if text[place : place + len(EMPTY)].lower() == EMPTY:
        return None, place + len(EMPTY)
    if text[place : place + 1] not in ("[", "("):
        raise malformed_range("range", text, "Missing left parenthesis or bracket.")
    left = text[place]
    lower, place = _bound_at(text, place + 1)
    if text[place] != ",":
        raise malformed_range("range", text, "Missing comma after lower bound.")
    upper, place = _bound_at(text, place + 1)
    if text[place] == ",":
        raise malformed_range("range", text, "Too many commas.")
    return (lower, upper, left + text[place]), place + 1


def _bound_at(text: str, place: int) -> tuple[str | None, int]:
    """Read a bound up to the sign behind it, which is not the text's end."""
    parts: list[str] = []
    is_quoted, is_there = False, False
    while place < len(text):
        char = text[place]
        if not is_quoted and char in ",)]":
            return ("".join(parts) if is_there else None), place
        is_there = True
        if char == "\\" and place + 1 < len(text):
            parts.append(text[place + 1])
            place += 2
        elif char == '"':
            if is_quoted and text[place + 1 : place + 2] == '"':
                parts.append('"')
                place += 2
            else:
                is_quoted, place = not is_quoted, place + 1
        else:
            parts.append(char)
            place += 1
    raise malformed_range("range", text, "Unexpected end of input.")


def malformed_range(kind: str, text: str, detail: str) -> InvalidText:
    """Return the error of a text that is no range."""
    return InvalidText(f'malformed {kind} literal: "{text}"', detail=detail)


def range_text(lower: object, upper: object, brackets: str, write: Callable[[object], str]) -> str:
    """Write a range that is not empty; None stands for no bound."""
    shown = ("" if bound is None else quoted_bound(write(bound)) for bound in (lower, upper))
    return brackets[0] + ",".join(shown) + brackets[1]


def quoted_bound(text: str) -> str:
    """Return a bound's text, in quotes where it has to be."""
    if text and QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'
