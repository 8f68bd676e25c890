"""Stems of words: Snowball's algorithms, of the version that PostgreSQL 18 has but for what `stem` mends.

The package is loaded when a word is first stemmed. Its stemmers keep the word they work on, so that each call
has one of its own; stems are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from vql.errors import NotSupportedError

# By name, as snowballstemmer has modules. PostgreSQL's estonian is newer than the package.
LANGUAGES = (
    "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german",
    "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian",
    "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
)  # fmt: skip
STEMS_KEPT = 200_000
# Short words of English whose doubled letter stays, and Romanian letters with a comma, which its algorithm
# knows with a cedilla.
DOUBLED = {"ad": "add", "eg": "egg", "of": "off"}
TO_CEDILLA, TO_COMMA = str.maketrans("șț", "şţ"), str.maketrans("şţ", "șț")


@lru_cache(STEMS_KEPT)
def stem(language: str, word: str) -> str:
    """Return the stem of a word in small letters, the word where nothing is left of it. Raises 0A000."""
    stemmer = _stemmer_of(language)()
    if language == "romanian":
        found = str(stemmer.stemWord(word.translate(TO_CEDILLA))).translate(TO_COMMA)
    else:
        found = str(stemmer.stemWord(word))
    if language == "english" and word.startswith(DOUBLED.get(found, word + " ")):
        return DOUBLED[found]
    return found or word


@cache
def _stemmer_of(language: str) -> Callable[[], Any]:
    if language not in LANGUAGES:
        raise NotSupportedError(f'the text search dictionary "{language}_stem" is not supported yet')
    module = import_module(f"snowballstemmer.{language}_stemmer")
    made: Callable[[], Any] = getattr(module, f"{language.capitalize()}Stemmer")
    return made
