"""Which text search configuration a function works with, and what its parser and dictionaries say."""

from __future__ import annotations

from collections.abc import Iterator

from vql.errors import UndefinedObject
from vql.fulltext.configuration import (
    CONFIGURATIONS,
    DICTIONARIES,
    STOPPED,
    TextConfiguration,
    configuration_at,
)
from vql.fulltext.parser import KINDS, text_tokens
from vql.functions.arrays.arrays import Array
from vql.functions.declare import Environment, function
from vql.types.objects import ObjectName

PARSER, PARSER_OID = "default", 3722


def configuration_of(name: ObjectName) -> TextConfiguration:
    """Return a configuration that an argument names."""
    return configuration_at(int(name))


def current_configuration(environment: Environment) -> TextConfiguration:
    """Return the configuration that default_text_search_config names."""
    return CONFIGURATIONS[environment.text_search_config.removeprefix("pg_catalog.")]


@function("get_current_ts_config() -> regconfig", needs_environment=True, volatility="stable")
def get_current_ts_config(environment: Environment) -> ObjectName:
    found = current_configuration(environment)
    return ObjectName(found.oid, found.name)


@function("ts_lexize(dict: regdictionary, token: text) -> text[]")
def ts_lexize(dictionary: ObjectName, token: str) -> Array:
    found = next((each for each in DICTIONARIES.values() if each.oid == int(dictionary)), None)
    if found is None:
        raise UndefinedObject(f"cache lookup failed for text search dictionary {int(dictionary)}")
    word = found.word(token)
    return [] if word == STOPPED else [word]


def _check_parser(name: str | int) -> None:
    if name not in (PARSER, PARSER_OID, f"pg_catalog.{PARSER}"):
        if isinstance(name, int):
            raise UndefinedObject(f"cache lookup failed for text search parser {name}")
        raise UndefinedObject(f'text search parser "{name}" does not exist')


@function(
    "ts_parse(parser_name: text, txt: text) -> setof (tokid: integer, token: text)", volatility="stable"
)
@function("ts_parse(parser_oid: oid, txt: text) -> setof (tokid: integer, token: text)")
def ts_parse(parser: str | int, text: str) -> Iterator[tuple[int, str]]:
    _check_parser(parser)
    for kind, token, _ in text_tokens(text):
        yield KINDS[kind][0], token


KIND_COLUMNS = "(tokid: integer, alias: text, description: text)"


@function(f"ts_token_type(parser_name: text) -> setof {KIND_COLUMNS}", volatility="stable")
@function(f"ts_token_type(parser_oid: oid) -> setof {KIND_COLUMNS}")
def ts_token_type(parser: str | int) -> Iterator[tuple[int, str, str]]:
    _check_parser(parser)
    for alias, (number, description) in KINDS.items():
        yield number, alias, description


DEBUG_COLUMNS = (
    "(alias: text, description: text, token: text, dictionaries: regdictionary[], "
    "dictionary: regdictionary, lexemes: text[])"
)
Debugged = tuple[str, str, str, Array, ObjectName | None, Array | None]


@function(f"ts_debug(config: regconfig, document: text) -> setof {DEBUG_COLUMNS}", volatility="stable")
def ts_debug(name: ObjectName, text: str) -> Iterator[Debugged]:
    configuration = configuration_of(name)
    for kind, token, _ in text_tokens(text):
        shown = kind, KINDS[kind][1], token
        if not configuration.asks_of(kind):
            yield (*shown, [], None, None)
            continue
        asked = configuration.dictionary(kind)
        dictionary = ObjectName(asked.oid, asked.name)
        word = asked.word(token)
        yield (*shown, [dictionary], dictionary, [] if word == STOPPED else [word])


@function(f"ts_debug(document: text) -> setof {DEBUG_COLUMNS}", needs_environment=True, volatility="stable")
def ts_debug_as_set(environment: Environment, text: str) -> Iterator[Debugged]:
    return ts_debug(get_current_ts_config(environment), text)
