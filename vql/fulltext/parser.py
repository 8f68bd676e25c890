"""PostgreSQL's default parser: what kinds of tokens a text is made of.

A token is what its beginning can be that comes first in a fixed order, a word where nothing else fits:
`HEADS` has the order by what a token begins with. A compound comes as itself and then in parts: a URL as host
and path, a hyphenated word as its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

# The kinds by their numbers of PostgreSQL's, and what each is.
KINDS: dict[str, tuple[int, str]] = {
    "asciiword": (1, "Word, all ASCII"),
    "word": (2, "Word, all letters"),
    "numword": (3, "Word, letters and digits"),
    "email": (4, "Email address"),
    "url": (5, "URL"),
    "host": (6, "Host"),
    "sfloat": (7, "Scientific notation"),
    "version": (8, "Version number"),
    "hword_numpart": (9, "Hyphenated word part, letters and digits"),
    "hword_part": (10, "Hyphenated word part, all letters"),
    "hword_asciipart": (11, "Hyphenated word part, all ASCII"),
    "blank": (12, "Space symbols"),
    "tag": (13, "XML tag"),
    "protocol": (14, "Protocol head"),
    "numhword": (15, "Hyphenated word, letters and digits"),
    "asciihword": (16, "Hyphenated word, all ASCII"),
    "hword": (17, "Hyphenated word, all letters"),
    "url_path": (18, "URL path"),
    "file": (19, "File or path name"),
    "float": (20, "Decimal notation"),
    "int": (21, "Signed integer"),
    "uint": (22, "Unsigned integer"),
    "entity": (23, "XML entity"),
}
# Kinds of which no dictionary is asked.
SILENT = frozenset({"blank", "tag", "protocol", "entity"})

# Numbers that are no digits are no letters either.
NO_LETTERS = (
    "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215f\u2460-\u249b\u24ea-\u24ff\u2776-\u2793"
)
LETTER = rf"(?![{NO_LETTERS}])[^\W\d_]"
ALNUM = rf"(?![{NO_LETTERS}])[^\W_]"
NAME = r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*"
HOST = rf"{NAME}\.[A-Za-z]{{2,}}(?![A-Za-z0-9])(?::[0-9]+)?"
FILE_PART = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
FILE = rf"(?:\.{FILE_PART}|/\.?~?{FILE_PART}|/\.\.(?![A-Za-z0-9_.]))"
IN_TAG = r"""(?:[A-Za-z0-9=_#/:.&?%~\s-]|"[^"]*"|'[^']*')"""
URL_CHAR = r"[!#-;=?-\[\]_a-z~]"
# A word that nothing else begins with, which most are.
PLAIN = re.compile(r"[A-Za-z]+(?![A-Za-z0-9]|[-_.@:/]\S|[^\x00-\x7f])")
# Signs that take no place of their own.
MARKS = frozenset({"Mn", "Mc", "Me", "Cf"})
HYPHENATED = frozenset({"asciihword", "hword", "numhword"})
# What no token begins with, and what goes with it.
REST = rf"(?:[^\w<&/+-]|_|[{NO_LETTERS}])*"
NOTHING = re.compile(rf"(?:[^\w<&./~+-]|_|[{NO_LETTERS}]){REST}")
NOTHING_AFTER = re.compile(rf".{REST}", re.S)
# Words that nothing else begins with, and what is between them.
PLAIN_RUN = re.compile(rf"(?:{PLAIN.pattern}(?:{NOTHING.pattern})?)+")
LETTERS = re.compile(r"[A-Za-z]+")
# What no token reaches beyond: tags and entities have spaces, and an end far off.
CHUNK = re.compile(r"[^\s<&]{1,64}(?=\s|\Z)")
CHUNKS_KEPT = 50_000
# What is left out up to its end.
LEFT_OUT = re.compile(r"<(script|style)\b", re.I)
WORD = re.compile(rf"(?:{ALNUM})+")
HYPHEN_PART = re.compile(rf"-(?=[0-9]*(?:{LETTER}))")


class TextToken(NamedTuple):
    """A token: its kind, its text, and where it begins."""

    kind: str
    text: str
    start: int


def _patterns(**texts: str) -> list[tuple[str, re.Pattern[str]]]:
    return [(kind, re.compile(text, re.S)) for kind, text in texts.items()]


OF_LETTER = _patterns(
    email=rf"{NAME}@{HOST}",
    url=rf"({HOST})(/{URL_CHAR}+)",
    host=HOST,
    protocol=r"[A-Za-z]+://",
    file=rf"[A-Za-z][A-Za-z0-9]*{FILE}+",
)
OF_DIGIT = _patterns(
    email=rf"{NAME}@{HOST}",
    url=rf"({HOST})(/{URL_CHAR}+)",
    host=HOST,
    sfloat=r"[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+",
    version=r"[0-9]+(?:\.[0-9]+){2,}",
    float=r"[0-9]+\.[0-9]+",
    file=rf"[0-9]+(?:[A-Za-z][A-Za-z0-9]*{FILE}|(?=/){FILE}){FILE}*",
    uint=rf"[0-9]+(?!{ALNUM})",
)
# By what a token begins with, what it may be, in this order.
HEADS = {
    "<": _patterns(tag=rf"<!--.*?-->|<[/?!]?[A-Za-z_:][A-Za-z0-9_:.-]*(?:\s{IN_TAG}*)?/?>"),
    "&": _patterns(entity=rf"&(?:[A-Za-z_:](?:{ALNUM}|[_.:-])*|#[0-9]+|#[xX][0-9A-Fa-f]+);"),
    "/": _patterns(file=rf"(?=/){FILE}+"),
    "~": _patterns(file=rf"~/?{FILE_PART}{FILE}*"),
    ".": _patterns(file=rf"\.\.?/\.?{FILE_PART}{FILE}*|\.\.(?=[/\s]|\Z)"),
    **dict.fromkeys(
        "+-",
        _patterns(
            sfloat=r"[-+][0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+",
            float=r"[-+][0-9]+\.[0-9]+(?!\.[0-9])",
            int=r"[-+][0-9]+(?!\.[0-9])",
        ),
    ),
    **dict.fromkeys("0123456789", OF_DIGIT),
}


def text_tokens(text: str) -> Iterator[TextToken]:
    """Give the tokens of a text, those of no interest among them."""
    place, end = 0, len(text)
    while place < end:
        plain = PLAIN.match(text, place)
        if plain is not None:
            yield TextToken("asciiword", plain[0], place)
            place = plain.end()
            continue
        found, place = _next(text, place)
        yield from found


def text_words(text: str) -> Iterator[tuple[str, str]]:
    """Give the tokens that a dictionary is asked of, and of which kind each is."""
    for kind, tokens in word_runs(text):
        for token in tokens:
            yield kind, token


def word_runs(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Give what `text_words` does, tokens of one kind together. Plain words are found many at once, and what
    stands between two spaces is looked at once, which is quicker."""
    place, end = 0, len(text)
    while place < end:
        run = PLAIN_RUN.match(text, place)
        if run is not None:
            yield "asciiword", LETTERS.findall(run[0])
            place = run.end()
            continue
        chunk = CHUNK.match(text, place)
        if chunk is not None:
            yield from _chunk_runs(chunk[0])
            place = chunk.end()
            continue
        found, place = _next(text, place)
        yield from _for_dictionaries(found)


@lru_cache(CHUNKS_KEPT)
def _chunk_runs(chunk: str) -> Sequence[tuple[str, Sequence[str]]]:
    """Return the tokens of what stands between two spaces."""
    runs = list[tuple[str, Sequence[str]]]()
    place = 0
    while place < len(chunk):
        found, place = _next(chunk, place)
        runs += _for_dictionaries(found)
    return runs


def _for_dictionaries(tokens: Sequence[TextToken]) -> Iterator[tuple[str, Sequence[str]]]:
    return ((token.kind, (token.text,)) for token in tokens if token.kind not in SILENT)


def _next(text: str, place: int) -> tuple[list[TextToken], int]:
    """Return the tokens of what begins at a place that is no plain word, and the place behind it."""
    blank = NOTHING.match(text, place)
    if blank is not None:
        return [TextToken("blank", blank[0], place)], blank.end()
    found = list(_at(text, place))
    place += len(found[0].text)
    if found[0].kind == "tag":
        closing = _closing_tag(text, place, found[0].text)
        found += closing
        place = closing[0].start + len(closing[0].text) if closing else place
    if found[0].kind in HYPHENATED and text.startswith("-", place):
        found.append(TextToken("blank", "-", place))
        place += 1
    return found, place


def _closing_tag(text: str, place: int, tag: str) -> list[TextToken]:
    """Return the end of a script or a style that a tag begins, an empty one at the end of the text where it
    does not end; none of other tags."""
    begun = LEFT_OUT.match(tag)
    if begun is None:
        return []
    found = re.compile(rf"</{begun[1]}\s*>", re.I).search(text, place)
    return [TextToken("blank", "", len(text)) if found is None else TextToken("tag", found[0], found.start())]


def _at(text: str, place: int) -> Iterator[TextToken]:
    """Give the tokens of what begins at a place: of a compound itself first, then its parts."""
    for kind, pattern in HEADS.get(text[place], OF_LETTER):
        found = pattern.match(text, place)
        if found is not None:
            yield TextToken(kind, found[0], place)
            if kind == "url":
                yield TextToken("host", found[1], place)
                yield TextToken("url_path", found[2], found.start(2))
            return
    ends = _word_ends(text, place)
    if not ends:
        blank = NOTHING_AFTER.match(text, place)
        assert blank is not None, "any character is one"
        yield TextToken("blank", blank[0], place)
    elif len(ends) == 1:
        word = text[place : ends[0]]
        yield TextToken(_kind_of(word, "asciiword", "word", "numword"), word, place)
    else:
        yield from _hyphenated(text, place, ends)


def _hyphenated(text: str, place: int, ends: list[int]) -> Iterator[TextToken]:
    whole = text[place : ends[-1]]
    yield TextToken(_kind_of(whole.replace("-", ""), "asciihword", "hword", "numhword"), whole, place)
    for end in ends:
        part = text[place:end]
        yield TextToken(_kind_of(part, "hword_asciipart", "hword_part", "hword_numpart"), part, place)
        if end < ends[-1]:
            yield TextToken("blank", "-", end)
        place = end + 1


def _kind_of(word: str, ascii_: str, letters: str, numbers: str) -> str:
    if any(char.isdigit() for char in word):
        return numbers
    return ascii_ if word.isascii() else letters


def _word_ends(text: str, place: int) -> list[int]:
    """Return where the words end that hyphens join from a place on; none where none begins there."""
    ends: list[int] = []
    while (found := WORD.match(text, place)) is not None:
        place = found.end()
        # Marks belong to the letters before them.
        while place < len(text) and text[place] > "\x7f" and category(text[place]) in MARKS:
            more = WORD.match(text, place + 1)
            place = more.end() if more is not None else place + 1
        ends.append(place)
        if HYPHEN_PART.match(text, place) is None or text[found.start() : place].isdigit():
            break
        place += 1
    return ends
