"""ts_headline."""

from __future__ import annotations

from vql.errors import NotSupportedError
from vql.fulltext.headline import HeadlineOptions, headline, headline_options
from vql.functions.declare import Environment, function
from vql.functions.search.configurations import configuration_of, current_configuration
from vql.types.objects import ObjectName
from vql.types.search.tsquery import tsquery_of

USUAL = HeadlineOptions()


@function("ts_headline(regconfig, text, tsquery) -> text")
def ts_headline(name: ObjectName, text: str, query: str) -> str:
    return headline(configuration_of(name), text, tsquery_of(query), USUAL)


@function("ts_headline(regconfig, text, tsquery, text) -> text")
def ts_headline_with(name: ObjectName, text: str, query: str, options: str) -> str:
    return headline(configuration_of(name), text, tsquery_of(query), headline_options(options))


@function("ts_headline(text, tsquery) -> text", needs_environment=True, volatility="stable")
def ts_headline_as_set(environment: Environment, text: str, query: str) -> str:
    return headline(current_configuration(environment), text, tsquery_of(query), USUAL)


@function("ts_headline(text, tsquery, text) -> text", needs_environment=True, volatility="stable")
def ts_headline_as_set_with(environment: Environment, text: str, query: str, options: str) -> str:
    return headline(current_configuration(environment), text, tsquery_of(query), headline_options(options))


def _refused(*arguments: object) -> str:
    raise NotSupportedError("ts_headline of json and jsonb is not supported yet")


for _kind in ("json", "jsonb"):
    for _first in ("", "regconfig, "):
        for _last in ("", ", text"):
            function(
                f"ts_headline({_first}{_kind}, tsquery{_last}) -> {_kind}",
                volatility="immutable" if _first else "stable",
            )(_refused)
