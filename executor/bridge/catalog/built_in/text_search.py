"""Rows of pg_ts_config, pg_ts_config_map, pg_ts_dict, pg_ts_parser and pg_ts_template: the configurations that
every database has."""

from __future__ import annotations

from collections.abc import Mapping

from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.namespaces import CATALOG
from vql.executor.bridge.catalog.type_rows import OWNER
from vql.fulltext.configuration import CONFIGURATIONS, DICTIONARIES
from vql.fulltext.parser import KINDS
from vql.fulltext.stop_words import STOP_WORDS
from vql.storage.snapshot import Snapshot
from vql.types.objects import ObjectName

PARSER, PARSER_NAME, SIMPLE_TEMPLATE, SNOWBALL_TEMPLATE = 3722, "default", 3727, 12_362


def numbers_of(kind: str) -> dict[str, int]:
    """Return what the names of configurations and dictionaries mean, by the type of the names; none of another
    type."""
    match kind:
        case "regconfig":
            return {name: each.oid for name, each in CONFIGURATIONS.items()}
        case "regdictionary":
            return {name: each.oid for name, each in DICTIONARIES.items()}
    return {}


def configurations(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_ts_config."""
    return [(each.oid, each.name, CATALOG, OWNER, PARSER) for each in CONFIGURATIONS.values()]


def configuration_maps(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_ts_config_map: the dictionary of each kind of tokens."""
    return [
        (each.oid, number, 1, each.dictionary(kind).oid)
        for each in CONFIGURATIONS.values()
        for kind, (number, _) in KINDS.items()
        if each.asks_of(kind)
    ]


def dictionaries(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_ts_dict."""
    return [
        (
            each.oid, each.name, CATALOG, OWNER, SNOWBALL_TEMPLATE if each.language else SIMPLE_TEMPLATE,
            _options(each.language),
        )
        for each in DICTIONARIES.values()
    ]  # fmt: skip


def _options(language: str) -> str | None:
    if not language:
        return None
    return f"language = '{language}'" + f", stopwords = '{language}'" * (language in STOP_WORDS)


def parsers(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_ts_parser."""
    routines = ("prsd_start", "prsd_nexttoken", "prsd_end", "prsd_headline", "prsd_lextype")
    return [(PARSER, PARSER_NAME, CATALOG, *(ObjectName(0, name) for name in routines))]


def templates(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_ts_template: those that there are dictionaries of."""
    found = ((SIMPLE_TEMPLATE, "simple", "dsimple"), (SNOWBALL_TEMPLATE, "snowball", "dsnowball"))
    return [
        (oid, name, CATALOG, ObjectName(0, f"{prefix}_init"), ObjectName(0, f"{prefix}_lexize"))
        for oid, name, prefix in found
    ]


TEXT_SEARCH = {
    "pg_ts_config": configurations, "pg_ts_config_map": configuration_maps, "pg_ts_dict": dictionaries,
    "pg_ts_parser": parsers, "pg_ts_template": templates,
}  # fmt: skip
