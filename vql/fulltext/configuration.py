"""Text search configurations: which dictionary makes words of which tokens.

There are those that PostgreSQL has from the beginning, `simple` and one a language. A dictionary gives the
word that stands for a token, or says that it is a stop word, which counts as a place in the text alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from vql.dataclass import dataclass
from vql.errors import UndefinedObject
from vql.fulltext.parser import SILENT, text_words, word_runs
from vql.fulltext.stemming import LANGUAGES, stem
from vql.fulltext.stop_words import STOP_WORDS
from vql.types.search.words import POSITION_MAX, WORD_BYTES_MAX

SIMPLE, DEFAULT = "simple", "english"
# Kinds of tokens that are words of a language; those of ASCII letters may be words of another one.
OF_ASCII = frozenset({"asciiword", "hword_asciipart", "asciihword"})
OF_LETTERS = frozenset({"word", "hword_part", "hword"})
# Whose own words are of no ASCII letters.
WITH_ENGLISH = frozenset({"hindi", "russian"})
# What the catalog numbers: PostgreSQL's are 3748 and 3765 of `simple`, then pairs from 12363 on.
SIMPLE_CONFIGURATION, SIMPLE_DICTIONARY, FIRST_DICTIONARY = 3748, 3765, 12_363
STOPPED = ""
WORDS_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class TextDictionary:
    """What makes words of tokens: of a language, or of none."""

    oid: int
    language: str

    @property
    def name(self) -> str:
        """What the catalog calls it."""
        return f"{self.language}_stem" if self.language else SIMPLE

    def word(self, token: str) -> str:
        """Return the word of a token, `STOPPED` for a stop word."""
        return _word(self.language, token)


@dataclass(frozen=True, slots=True)
class TextConfiguration:
    """Dictionaries for tokens: of ASCII letters, of letters, of anything else."""

    oid: int
    name: str
    of_ascii: TextDictionary
    of_letters: TextDictionary
    of_others: TextDictionary

    def dictionary(self, kind: str) -> TextDictionary:
        """Return the dictionary of a kind of tokens."""
        if kind in OF_ASCII:
            return self.of_ascii
        return self.of_letters if kind in OF_LETTERS else self.of_others

    def asks_of(self, kind: str) -> bool:
        """Whether a dictionary is asked of a kind of tokens."""
        return kind not in SILENT

    def words(self, text: str, place: int = 0) -> Iterator[tuple[str, int]]:
        """Give the words of a text with their positions, which count on from a place; `STOPPED` where a stop
        word stands."""
        for kind, token in text_words(text):
            if len(token) <= WORD_BYTES_MAX:
                place += 1
                yield self.dictionary(kind).word(token), min(place, POSITION_MAX)

    def counts(self, text: str) -> dict[str, int]:
        """Return how often each word stands in a text, stop words left out."""
        found: dict[str, int] = {}
        for kind, tokens in word_runs(text):
            language = self.dictionary(kind).language
            for token in tokens:
                if len(token) <= WORD_BYTES_MAX:
                    word = _word(language, token)
                    found[word] = found.get(word, 0) + 1
        found.pop(STOPPED, None)
        return found


@lru_cache(WORDS_KEPT)
def _word(language: str, token: str) -> str:
    lowered = token.lower()
    if not language:
        return lowered
    return STOPPED if lowered in _stop_words(language) else stem(language, lowered)


@lru_cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(STOP_WORDS.get(language, "").split())


def _configurations() -> Mapping[str, TextConfiguration]:
    simple = TextDictionary(SIMPLE_DICTIONARY, "")
    names = sorted((*LANGUAGES, "estonian"))
    dictionaries = {name: TextDictionary(FIRST_DICTIONARY + 2 * at, name) for at, name in enumerate(names)}
    made = {SIMPLE: TextConfiguration(SIMPLE_CONFIGURATION, SIMPLE, simple, simple, simple)}
    for name, own in dictionaries.items():
        of_ascii = dictionaries["english"] if name in WITH_ENGLISH else own
        made[name] = TextConfiguration(own.oid + 1, name, of_ascii, own, simple)
    return made


CONFIGURATIONS = _configurations()
DICTIONARIES = {
    each.name: each for made in CONFIGURATIONS.values() for each in (made.of_others, made.of_letters)
}
BY_OID = {made.oid: made for made in CONFIGURATIONS.values()}


def configuration_at(oid: int) -> TextConfiguration:
    """Return a configuration by its number in the catalog. Raises 42704."""
    found = BY_OID.get(oid)
    if found is None:
        raise UndefinedObject(f"cache lookup failed for text search configuration {oid}")
    return found
