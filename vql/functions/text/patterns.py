"""Functions and operators of regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from vql.deadline import watched
from vql.errors import InvalidParameterValue
from vql.functions.declare import function, operator
from vql.functions.text.like import similar_to_escape
from vql.functions.text.parts import check_length
from vql.functions.text.regex.regex import PLAIN_OPTIONS, Match, Regex, Span, compiled
from vql.functions.text.regex.syntax import RegexOptions

IGNORING_CASE = RegexOptions(ignores_case=True)
REPLACEMENT = re.compile(r"\\([1-9&\\])")


def regex_of(pattern: str, letters: str, caller: str = "") -> tuple[Regex, bool]:
    """Return a compiled expression and whether every match is meant, which only callers without a name allow.
    Raises 22023, 2201B, 0A000."""
    options, is_global = PLAIN_OPTIONS, False
    for letter in letters:
        if letter == "g":
            is_global = True
            continue
        made = options.with_letter(letter)
        if made is None:
            raise InvalidParameterValue(f'invalid regular expression option: "{letter}"')
        options = made
    if is_global and caller:
        hint = "Use the regexp_matches function instead." if caller == "regexp_match" else None
        raise InvalidParameterValue(f'{caller}() does not support the "global" option', hint=hint)
    return compiled(pattern, options), is_global


def part(text: str, span: Span) -> str | None:
    """Return what a group matched, None where it took no part."""
    return text[span[0] : span[1]] if span[0] >= 0 else None


def spans_of(match: Match) -> Sequence[Span]:
    """Return the places of a match's groups, of the whole where the expression has none."""
    return match.groups or (match.span,)


def check_positive(**given: int) -> None:
    """Refuse a parameter that is not greater than 0."""
    for name, value in given.items():
        if value <= 0:
            raise InvalidParameterValue(f'invalid value for parameter "{name}": {value}')


# ------------------------------------------------------------------ whether there is a match

for _type in ("text", "bpchar", "name"):

    @operator(f"{_type} ~ text -> boolean")
    def is_match(text: str, pattern: str) -> bool:
        return compiled(pattern).matches(text)

    @operator(f"{_type} !~ text -> boolean")
    def is_no_match(text: str, pattern: str) -> bool:
        return not compiled(pattern).matches(text)

    @operator(f"{_type} ~* text -> boolean")
    def is_match_of_any_case(text: str, pattern: str) -> bool:
        return compiled(pattern, IGNORING_CASE).matches(text)

    @operator(f"{_type} !~* text -> boolean")
    def is_no_match_of_any_case(text: str, pattern: str) -> bool:
        return not compiled(pattern, IGNORING_CASE).matches(text)


@function("regexp_like(text, text) -> boolean")
@function("regexp_like(text, text, text) -> boolean")
def regexp_like(text: str, pattern: str, letters: str = "") -> bool:
    return regex_of(pattern, letters, "regexp_like")[0].matches(text)


# ------------------------------------------------------------------ what matches


@function("regexp_match(text, text) -> text[]")
@function("regexp_match(text, text, text) -> text[]")
def regexp_match(text: str, pattern: str, letters: str = "") -> list[str | None] | None:
    found = regex_of(pattern, letters, "regexp_match")[0].search(text)
    return None if found is None else [part(text, span) for span in spans_of(found)]


@function("regexp_matches(text, text) -> setof text[]")
@function("regexp_matches(text, text, text) -> setof text[]")
def regexp_matches(text: str, pattern: str, letters: str = "") -> Iterator[list[str | None]]:
    regex, is_global = regex_of(pattern, letters)
    for found in islice(watched(regex.finditer(text)), None if is_global else 1):
        yield [part(text, span) for span in spans_of(found)]


@function("substring(text, text) -> text")
def regex_substring(text: str, pattern: str) -> str | None:
    found = compiled(pattern).search(text)
    return None if found is None else part(text, spans_of(found)[0])


@function("substring(text, text, text) -> text")
def similar_substring(text: str, pattern: str, escape: str) -> str | None:
    return regex_substring(text, similar_to_escape(pattern, escape))


@function("regexp_substr(text, text) -> text")
@function("regexp_substr(text, text, integer) -> text")
@function("regexp_substr(text, text, integer, integer) -> text")
@function("regexp_substr(text, text, integer, integer, text) -> text")
@function("regexp_substr(text, text, integer, integer, text, integer) -> text")
def regexp_substr(
    text: str, pattern: str, start: int = 1, n: int = 1, letters: str = "", subexpr: int = 0
) -> str | None:
    span = _nth(text, pattern, (start, n, subexpr), letters, "regexp_substr")
    return None if span is None else part(text, span)


def _nth(text: str, pattern: str, numbers: tuple[int, int, int], letters: str, caller: str) -> Span | None:
    """Return the place of the n-th match behind a start, or of one of its groups."""
    start, n, subexpr = numbers
    check_positive(start=start, n=n)
    if subexpr < 0:
        check_positive(subexpr=subexpr)
    regex, _ = regex_of(pattern, letters, caller)
    found = next(islice(regex.finditer(text, start - 1), n - 1, None), None)
    if found is None:
        return None
    if not subexpr:
        return found.span
    spans = spans_of(found)
    return spans[subexpr - 1] if subexpr <= len(spans) else None


# ------------------------------------------------------------------ where and how often


@function("regexp_count(text, text) -> integer")
@function("regexp_count(text, text, integer) -> integer")
@function("regexp_count(text, text, integer, text) -> integer")
def regexp_count(text: str, pattern: str, start: int = 1, letters: str = "") -> int:
    check_positive(start=start)
    regex, _ = regex_of(pattern, letters, "regexp_count")
    return sum(1 for _ in watched(regex.finditer(text, start - 1)))


@function("regexp_instr(text, text) -> integer")
@function("regexp_instr(text, text, integer) -> integer")
@function("regexp_instr(text, text, integer, integer) -> integer")
@function("regexp_instr(text, text, integer, integer, integer) -> integer")
@function("regexp_instr(text, text, integer, integer, integer, text) -> integer")
@function("regexp_instr(text, text, integer, integer, integer, text, integer) -> integer")
def regexp_instr(  # noqa: PLR0913 - as PostgreSQL has it
    text: str,
    pattern: str,
    start: int = 1,
    n: int = 1,
    endoption: int = 0,
    letters: str = "",
    subexpr: int = 0,
) -> int:
    check_positive(start=start, n=n)
    if endoption not in (0, 1):
        raise InvalidParameterValue(f'invalid value for parameter "endoption": {endoption}')
    span = _nth(text, pattern, (start, n, subexpr), letters, "regexp_instr")
    return 0 if span is None else span[endoption] + 1


# ------------------------------------------------------------------ changed and split


@function("regexp_replace(text, text, text) -> text")
@function("regexp_replace(text, text, text, text) -> text")
def regexp_replace(text: str, pattern: str, replacement: str, letters: str = "") -> str:
    if letters[:1] in tuple("0123456789"):
        raise InvalidParameterValue(
            f'invalid regular expression option: "{letters[:1]}"',
            hint="If you meant to use regexp_replace() with a start parameter, "
            "cast the fourth argument to integer explicitly.",
        )
    regex, is_global = regex_of(pattern, letters)
    return _replaced(text, regex, replacement, 1, 0 if is_global else 1)


@function("regexp_replace(text, text, text, integer) -> text")
@function("regexp_replace(text, text, text, integer, integer) -> text")
@function("regexp_replace(text, text, text, integer, integer, text) -> text")
def regexp_replace_from(
    text: str, pattern: str, replacement: str, start: int, n: int = 1, letters: str = ""
) -> str:
    check_positive(start=start)
    if n < 0:
        check_positive(n=n)
    return _replaced(text, regex_of(pattern, letters)[0], replacement, start, n)


def _replaced(text: str, regex: Regex, replacement: str, start: int, n: int) -> str:
    """Return a text with its n-th match behind a start replaced, every one where n is 0."""
    pieces, place, length = [], 0, 0
    matches = regex.finditer(text, start - 1)
    for found in watched(islice(matches, max(n - 1, 0), n or None)):
        begin, end = found.span
        pieces += [text[place:begin], _filled_in(replacement, text, found)]
        length += len(pieces[-2]) + len(pieces[-1])
        check_length(length)
        place = end
    return "".join(pieces) + text[place:]


def _filled_in(replacement: str, text: str, found: Match) -> str:
    def piece(mark: re.Match[str]) -> str:
        if mark[1] == "\\":
            return "\\"
        if mark[1] == "&":
            return part(text, found.span) or ""
        number = int(mark[1])
        return part(text, found.groups[number - 1]) or "" if number <= len(found.groups) else ""

    return REPLACEMENT.sub(piece, replacement) if "\\" in replacement else replacement


@function("regexp_split_to_table(text, text) -> setof text")
@function("regexp_split_to_table(text, text, text) -> setof text")
def regexp_split_to_table(text: str, pattern: str, letters: str = "") -> Iterator[str]:
    return _pieces(text, regex_of(pattern, letters, "regexp_split_to_table")[0])


@function("regexp_split_to_array(text, text) -> text[]")
@function("regexp_split_to_array(text, text, text) -> text[]")
def regexp_split_to_array(text: str, pattern: str, letters: str = "") -> list[str]:
    return list(_pieces(text, regex_of(pattern, letters, "regexp_split_to_array")[0]))


def _pieces(text: str, regex: Regex) -> Iterator[str]:
    """Yield what stands between matches; an empty one at an end or right behind another parts nothing."""
    place = ended = 0
    for found in watched(regex.finditer(text)):
        begin, end = found.span
        if begin < len(text) and end > ended:
            yield text[place:begin]
            place = end
        ended = end
    yield text[place:]
