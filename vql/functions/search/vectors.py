"""tsvector: made of texts and documents, its parts, weights, and what it is when joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vql.errors import DataError, InvalidParameterValue
from vql.fulltext.configuration import STOPPED, TextConfiguration
from vql.functions.arrays.arrays import Array
from vql.functions.declare import Environment, function, operator
from vql.functions.search.configurations import configuration_of, current_configuration
from vql.functions.text.texts import COMPARISONS
from vql.types.arrays.dimensions import flat
from vql.types.json.json import Tree, tree_of
from vql.types.objects import ObjectName
from vql.types.search.tsvector import TSVECTOR, lexemes_of, tsvector_text
from vql.types.search.words import POSITION_MAX, WEIGHT_SHIFT, WEIGHTS, checked_word

SIZE_MAX = 1 << 20
TOO_LONG = f"string is too long for tsvector ({{}} bytes, max {SIZE_MAX - 1} bytes)"


# ------------------------------------------------------------------ made of texts


def text_vector(configuration: TextConfiguration, texts: Iterable[str]) -> str:
    """Return the words of texts, each a place behind the one before it. Raises 54000."""
    found: dict[str, list[int]] = {}
    place = 0
    for text in texts:
        has_words = False
        for word, at in configuration.words(text, place):
            place = at
            if word != STOPPED:
                has_words = True
                found.setdefault(word, []).append(at)
        # Phrases do not reach from one text into the next.
        place += has_words
    size = sum(len(word.encode()) for word in found)
    if size >= SIZE_MAX:
        raise DataError(TOO_LONG.format(size), sqlstate="54000")
    return tsvector_text(found)


@function("to_tsvector(regconfig, text) -> tsvector")
def to_tsvector(name: ObjectName, text: str) -> str:
    return text_vector(configuration_of(name), (text,))


@function("to_tsvector(text) -> tsvector", needs_environment=True, volatility="stable")
def to_tsvector_as_set(environment: Environment, text: str) -> str:
    return text_vector(current_configuration(environment), (text,))


# What jsonb_to_tsvector takes, by its words; strings alone where nothing else is said.
STRINGS = frozenset({"string"})
WANTED = frozenset("all key string numeric boolean".split())


def _parts(tree: Tree) -> Iterator[tuple[str, str]]:
    """Give the texts of a document, each with the word for what it is."""
    match tree:
        case dict():
            for key, value in tree.items():
                yield "key", key
                yield from _parts(value)
        case list():
            for item in tree:
                yield from _parts(item)
        case bool():
            yield "boolean", "true" if tree else "false"
        case str():
            yield "string", tree
        case None:
            return
        case _:
            yield "numeric", str(tree)


def _document_texts(document: str, wanted: frozenset[str]) -> Iterator[str]:
    return (text for kind, text in _parts(tree_of(document)) if kind in wanted)


def _wanted(text: str) -> frozenset[str]:
    """Return what a filter of jsonb_to_tsvector asks for. Raises 22023."""
    given = tree_of(text)
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        raise InvalidParameterValue("wrong flag type, only arrays and scalars are allowed")
    words: set[str] = set()
    for each in given:
        if isinstance(each, dict | list):
            raise InvalidParameterValue("wrong flag type, only arrays and scalars are allowed")
        if not isinstance(each, str):
            raise InvalidParameterValue(
                "flag array element is not a string",
                hint='Possible values are: "string", "numeric", "boolean", "key", and "all".',
            )
        if each.lower() not in WANTED:
            raise InvalidParameterValue(
                f'wrong flag in flag array: "{each}"',
                hint='Possible values are: "string", "numeric", "boolean", "key", and "all".',
            )
        words.add(each.lower())
    return WANTED if "all" in words else frozenset(words)


def _declare_documents(kind: str) -> None:
    @function(f"to_tsvector(regconfig, {kind}) -> tsvector")
    def of_document(name: ObjectName, document: str) -> str:
        return text_vector(configuration_of(name), _document_texts(document, STRINGS))

    @function(f"to_tsvector({kind}) -> tsvector", needs_environment=True, volatility="stable")
    def as_set(environment: Environment, document: str) -> str:
        return text_vector(current_configuration(environment), _document_texts(document, STRINGS))

    @function(f"{kind}_to_tsvector(regconfig, {kind}, jsonb) -> tsvector")
    def of_parts(name: ObjectName, document: str, parts: str) -> str:
        return text_vector(configuration_of(name), _document_texts(document, _wanted(parts)))

    @function(f"{kind}_to_tsvector({kind}, jsonb) -> tsvector", needs_environment=True, volatility="stable")
    def parts_as_set(environment: Environment, document: str, parts: str) -> str:
        texts = _document_texts(document, _wanted(parts))
        return text_vector(current_configuration(environment), texts)


for _kind in ("json", "jsonb"):
    _declare_documents(_kind)


@function("array_to_tsvector(text[]) -> tsvector")
def array_to_tsvector(words: Array) -> str:
    found: dict[str, tuple[int, ...]] = {}
    for word in flat(words):
        if word is None:
            raise DataError("lexeme array may not contain nulls", sqlstate="22004")
        if not word:
            raise DataError("lexeme array may not contain empty strings", sqlstate="2200F")
        found[checked_word(word)] = ()
    return tsvector_text(found)


# ------------------------------------------------------------------ parts


@function("length(tsvector) -> integer")
def count_of_words(vector: str) -> int:
    return len(lexemes_of(vector))


@function("strip(tsvector) -> tsvector")
def without_positions(vector: str) -> str:
    return tsvector_text(dict.fromkeys(lexemes_of(vector), ()))


@function("tsvector_to_array(tsvector) -> text[]")
def tsvector_to_array(vector: str) -> Array:
    return list(lexemes_of(vector))


@function("unnest(tsvector: tsvector) -> setof (lexeme: text, positions: smallint[], weights: text[])")
def rows_of_words(vector: str) -> Iterator[tuple[str, Array | None, Array | None]]:
    for word, positions in lexemes_of(vector).items():
        if positions:
            numbers = [each & POSITION_MAX for each in positions]
            yield word, numbers, [WEIGHTS[each >> WEIGHT_SHIFT] for each in positions]
        else:
            yield word, None, None


# ------------------------------------------------------------------ weights


def weight_named(letter: str) -> int:
    """Return the weight that a letter means. Raises 22023 as PostgreSQL does."""
    weight = WEIGHTS.find(letter.upper()) if letter else -1
    if weight < 0:
        shown = str(ord(letter)) if letter else "0"
        raise InvalidParameterValue(f"unrecognized weight: {shown}")
    return weight


def _weighted(positions: Iterable[int], weight: int) -> tuple[int, ...]:
    return tuple(each & POSITION_MAX | weight << WEIGHT_SHIFT for each in positions)


@function('setweight(vector: tsvector, weight: "char") -> tsvector')
def setweight(vector: str, letter: str) -> str:
    weight = weight_named(letter)
    return tsvector_text({word: _weighted(at, weight) for word, at in lexemes_of(vector).items()})


@function('setweight(vector: tsvector, weight: "char", lexemes: text[]) -> tsvector')
def setweight_of_words(vector: str, letter: str, words: Array) -> str:
    weight, chosen = weight_named(letter), set(flat(words))
    return tsvector_text(
        {word: _weighted(at, weight) if word in chosen else at for word, at in lexemes_of(vector).items()}
    )


@function('ts_filter(vector: tsvector, weights: "char"[]) -> tsvector')
def ts_filter(vector: str, letters: Array) -> str:
    chosen = set()
    for letter in flat(letters):
        if letter is None:
            raise DataError("weight array may not contain nulls", sqlstate="22004")
        if letter not in WEIGHTS + WEIGHTS.lower() or not letter:
            raise InvalidParameterValue(f'unrecognized weight: "{letter}"')
        chosen.add(WEIGHTS.index(letter.upper()))
    kept = {
        word: tuple(each for each in at if each >> WEIGHT_SHIFT in chosen)
        for word, at in lexemes_of(vector).items()
    }
    return tsvector_text({word: at for word, at in kept.items() if at})


@function("ts_delete(vector: tsvector, lexeme: text) -> tsvector")
def ts_delete(vector: str, word: str) -> str:
    return tsvector_text({each: at for each, at in lexemes_of(vector).items() if each != word})


@function("ts_delete(vector: tsvector, lexemes: text[]) -> tsvector")
def ts_delete_words(vector: str, words: Array) -> str:
    left_out = set(flat(words))
    return tsvector_text({each: at for each, at in lexemes_of(vector).items() if each not in left_out})


# ------------------------------------------------------------------ joined and compared


@operator("tsvector || tsvector -> tsvector")
@function("tsvector_concat(tsvector, tsvector) -> tsvector")
def tsvector_concat(left: str, right: str) -> str:
    first, second = lexemes_of(left), lexemes_of(right)
    last = max((each & POSITION_MAX for at in first.values() for each in at), default=0)
    joined = dict(first)
    for word, positions in second.items():
        moved = tuple(
            min((each & POSITION_MAX) + last, POSITION_MAX) | each & ~POSITION_MAX for each in positions
        )
        joined[word] = joined.get(word, ()) + moved
    return tsvector_text(joined)


def _compare(symbol: str, compare: Callable[[object, object], bool], name: str) -> None:
    @operator(f"tsvector {symbol} tsvector -> boolean")
    @function(f"tsvector_{name}(tsvector, tsvector) -> boolean")
    def compared(left: str, right: str) -> bool:
        return compare(TSVECTOR.order_key(left), TSVECTOR.order_key(right))


NAMES = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
for _symbol, _run in COMPARISONS.items():
    _compare(_symbol, _run, NAMES[_symbol])
