"""tsquery: made of texts, joined, asked of vectors, and compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vql.errors import NotSupportedError
from vql.fulltext.configuration import TextConfiguration
from vql.fulltext.matching import vector_meets
from vql.fulltext.queries import cleaned, lexized, websearch, without_not, words_query
from vql.functions.declare import Environment, function, operator
from vql.functions.search.configurations import configuration_of, current_configuration
from vql.functions.search.vectors import NAMES, text_vector
from vql.functions.text.texts import COMPARISONS
from vql.types.objects import ObjectName
from vql.types.search.tsquery import (
    AND,
    NOT,
    OR,
    PHRASE,
    TSQUERY,
    Operation,
    Query,
    checked_distance,
    node_count,
    tsquery_of,
    tsquery_text,
    words_of,
)

# What is said of queries that ask for nothing.
NO_WORDS = "text-search query contains only stop words or doesn't contain lexemes, ignored"
NO_TEXT = 'text-search query doesn\'t contain lexemes: "{}"'

# ------------------------------------------------------------------ made of texts


def _typed(configuration: TextConfiguration, text: str) -> Query:
    return lexized(configuration, tsquery_of(TSQUERY.from_text(text, None)))


def _all_words(configuration: TextConfiguration, text: str) -> Query:
    return words_query(configuration, text, AND)


def _in_order(configuration: TextConfiguration, text: str) -> Query:
    return words_query(configuration, text, PHRASE)


def _made(
    environment: Environment,
    make: Callable[[TextConfiguration, str], Query],
    configuration: TextConfiguration,
    text: str,
) -> str:
    """Return the query of a text without its stop words; a client learns where nothing else is in it."""
    query = make(configuration, text)
    found = cleaned(query)
    if found is None:
        environment.notice(NO_WORDS if text and query is not None else NO_TEXT.format(text))
    return tsquery_text(found)


def _declare(name: str, make: Callable[[TextConfiguration, str], Query]) -> None:
    @function(f"{name}(regconfig, text) -> tsquery", needs_environment=True)
    def made(environment: Environment, configuration: ObjectName, text: str) -> str:
        return _made(environment, make, configuration_of(configuration), text)

    @function(f"{name}(text) -> tsquery", needs_environment=True, volatility="stable")
    def as_set(environment: Environment, text: str) -> str:
        return _made(environment, make, current_configuration(environment), text)


_declare("to_tsquery", _typed)
_declare("plainto_tsquery", _all_words)
_declare("phraseto_tsquery", _in_order)
_declare("websearch_to_tsquery", websearch)


# ------------------------------------------------------------------ asked


@operator("tsvector @@ tsquery -> boolean", tests_columns=True)
@operator("tsvector @@@ tsquery -> boolean", tests_columns=True)
@function("ts_match_vq(tsvector, tsquery) -> boolean")
def vector_matches(vector: str, query: str) -> bool:
    return vector_meets(vector, query)


@operator("tsquery @@ tsvector -> boolean")
@operator("tsquery @@@ tsvector -> boolean")
@function("ts_match_qv(tsquery, tsvector) -> boolean")
def query_matches(query: str, vector: str) -> bool:
    return vector_meets(vector, query)


@operator("text @@ tsquery -> boolean", needs_environment=True, volatility="stable")
@function("ts_match_tq(text, tsquery) -> boolean", needs_environment=True, volatility="stable")
def text_matches(environment: Environment, text: str, query: str) -> bool:
    return vector_meets(text_vector(current_configuration(environment), (text,)), query)


@operator("text @@ text -> boolean", needs_environment=True, volatility="stable")
@function("ts_match_tt(text, text) -> boolean", needs_environment=True, volatility="stable")
def text_matches_words(environment: Environment, text: str, words: str) -> bool:
    configuration = current_configuration(environment)
    query = _made(environment, _all_words, configuration, words)
    return vector_meets(text_vector(configuration, (text,)), query)


# ------------------------------------------------------------------ joined


def _joined(operator_: int, left: str, right: str, distance: int = 1) -> str:
    """Join two queries; of one that asks for nothing the other is left."""
    first, second = tsquery_of(left), tsquery_of(right)
    if first is None or second is None:
        return right if first is None else left
    return tsquery_text(Operation(operator_, first, second, distance))


@operator("tsquery && tsquery -> tsquery")
@function("tsquery_and(tsquery, tsquery) -> tsquery")
def tsquery_and(left: str, right: str) -> str:
    return _joined(AND, left, right)


@operator("tsquery || tsquery -> tsquery")
@function("tsquery_or(tsquery, tsquery) -> tsquery")
def tsquery_or(left: str, right: str) -> str:
    return _joined(OR, left, right)


@operator("tsquery <-> tsquery -> tsquery")
@function("tsquery_phrase(tsquery, tsquery) -> tsquery")
def tsquery_phrase(left: str, right: str) -> str:
    return _joined(PHRASE, left, right)


@function("tsquery_phrase(tsquery, tsquery, integer) -> tsquery")
def tsquery_phrase_apart(left: str, right: str, distance: int) -> str:
    return _joined(PHRASE, left, right, checked_distance(distance))


@operator("!! tsquery -> tsquery")
@function("tsquery_not(tsquery) -> tsquery")
def tsquery_not(query: str) -> str:
    found = tsquery_of(query)
    return query if found is None else tsquery_text(Operation(NOT, None, found))


# ------------------------------------------------------------------ parts and comparisons


@function("numnode(tsquery) -> integer")
def numnode(query: str) -> int:
    return node_count(tsquery_of(query))


@function("querytree(tsquery) -> text")
def querytree(query: str) -> str:
    found = tsquery_of(query)
    if found is None:
        return ""
    needed = without_not(found)[0]
    return "T" if needed is None else tsquery_text(needed)


@operator("tsquery @> tsquery -> boolean")
@function("tsq_mcontains(tsquery, tsquery) -> boolean")
def contains_words(query: str, other: str) -> bool:
    return {word.text for word in words_of(tsquery_of(query))} >= {
        word.text for word in words_of(tsquery_of(other))
    }


@operator("tsquery <@ tsquery -> boolean")
@function("tsq_mcontained(tsquery, tsquery) -> boolean")
def has_words_contained(query: str, other: str) -> bool:
    return contains_words(other, query)


def _compare(symbol: str, compare: Callable[[object, object], bool], name: str) -> None:
    @operator(f"tsquery {symbol} tsquery -> boolean")
    @function(f"tsquery_{name}(tsquery, tsquery) -> boolean")
    def compared(left: str, right: str) -> bool:
        return compare(TSQUERY.order_key(left), TSQUERY.order_key(right))


for _symbol, _run in COMPARISONS.items():
    _compare(_symbol, _run, NAMES[_symbol])


def _refuse(signature: str, **options: Any) -> None:
    """Declare a function of PostgreSQL's that there is not yet."""

    @function(signature, **options)
    def refused(*arguments: object) -> Any:
        raise NotSupportedError(f"the function {signature.partition('(')[0]} is not supported yet")


_refuse("ts_rewrite(tsquery, tsquery, tsquery) -> tsquery")
_refuse("ts_rewrite(tsquery, text) -> tsquery", volatility="volatile")
for _arguments in ("text", "text, text"):
    _columns = "(word: text, ndoc: integer, nentry: integer)"
    _refuse(f"ts_stat({_arguments}) -> setof {_columns}", volatility="volatile")
